// SPDX-License-Identifier: GPL-3.0-or-later
// Keeps one copy of a draft on the server. The draft's file names each copy
// before it is made: after a crash the next one takes away what was left.
#include "config.h"

#include "command/draft_copy.h"

#include "base/array.h"
#include "base/buf.h"
#include "base/error.h"
#include "base/log.h"
#include "base/path.h"
#include "base/str.h"
#include "base/when.h"
#include "command/attachment.h"
#include "command/drafts.h"
#include "command/outgoing.h"
#include "engine.h"
#include "mail/draft.h"
#include "mail/query.h"
#include "store/bodies.h"
#include "store/folders.h"
#include "store/messages.h"
#include "store/pending.h"

#include <inttypes.h>
#include <stdlib.h>

#define COPIES_MAX 20     // remembered; the oldest are long gone

// --- which messages are copies ------------------------------------------------------------

static bool
is_in_drafts(struct engine *e, const struct message *m)
{
	struct folder f;
	bool drafts = false;

	if (store_folder(e->store, m->folder, &f)) {
		drafts = f.role == ROLE_DRAFTS;
		folder_done(&f);
	}
	return drafts;
}

// Only there: a message that was sent may bear the same Message-ID.
static void
add_copy(struct engine *e, uint64_t id, const char *message_id, struct array *ids)
{
	struct message m;

	if (!store_message(e->store, id, &m))
		return;
	bool is = is_in_drafts(e, &m) && (message_id == NULL ||
		str_equal(m.envelope.message_id, message_id));
	message_done(&m);
	for (size_t i = 0; i < ids->len; i++)
		is = is && *(uint64_t *)array_at(ids, i) != id;
	if (is)
		*(uint64_t *)array_push(ids) = id;
}

static void
add_copies(struct engine *e, uint32_t account, const char *message_id,
	struct array *ids)
{
	struct message m;
	uint64_t id, *all = NULL;

	if (!store_message_by_message_id(e->store, account, message_id, &id) ||
		!store_message(e->store, id, &m))
		return;
	size_t n = store_thread(e->store, m.thread, &all);
	for (size_t i = 0; i < n; i++)
		add_copy(e, all[i], message_id, ids);
	add_copy(e, id, message_id, ids);
	free(all);
	message_done(&m);
}

static struct array
copies_of(struct engine *e, uint32_t account, const struct draft *d)
{
	struct array ids = ARRAY_OF(uint64_t);
	uint64_t id;

	if (d->stored != NULL && query_parse_id(d->stored, &id))
		add_copy(e, id, NULL, &ids);
	for (size_t i = 0; i < d->copies.len; i++)
		add_copies(e, account, d->copies.items[i], &ids);
	return ids;
}

// The one with the text that was saved last: an undo, or another client, may have
// brought back one before it.
static bool
newest_is_there(struct engine *e, uint32_t account, const struct draft *d)
{
	struct array ids = ARRAY_OF(uint64_t);
	uint64_t id;

	if (d->copies.len > 0)
		add_copies(e, account, d->copies.items[d->copies.len - 1], &ids);
	else if (d->stored != NULL && query_parse_id(d->stored, &id))
		add_copy(e, id, NULL, &ids);
	bool is = ids.len > 0;
	array_done(&ids);
	return is;
}

// All of their text, from which an undo of their removal makes them again.
static bool
all_are_here(struct engine *e, const struct array *ids)
{
	bool here = true;

	for (size_t i = 0; here && i < ids->len; i++) {
		uint64_t have;
		bool whole;
		here = store_raw_state(e->store, *(uint64_t *)array_at(ids, i), &have,
			&whole) && whole;
	}
	return here;
}

// To Trash, from where undo brings them back (*back_r). Without one they go for
// good: undo has them again where their text is here, and else passes over it.
static bool
remove_all(struct engine *e, uint32_t account, const struct array *ids,
	uint64_t step, const char *title, bool *back_r, struct error *err)
{
	struct act act = {
		.kind = ACT_EXPUNGE, .ids = ids->items, .n = ids->len,
		.title = title,
	};
	struct folder trash;

	*back_r = false;
	if (ids->len == 0)
		return true;
	if (store_folder_by_role(e->store, account, ROLE_TRASH, &trash)) {
		act.kind = ACT_MOVE;
		act.account = account;
		act.folder = trash.id;
		folder_done(&trash);
	}
	*back_r = act.kind == ACT_MOVE || all_are_here(e, ids);
	act.no_undo = !*back_r;
	act.step = *back_r ? step : 0;
	return store_act_wait(e->store, &act, err);
}

bool
draft_copies_remove(struct engine *e, uint32_t account, const struct draft *d,
	const char *title, bool *back_r, struct error *err)
{
	struct array ids = copies_of(e, account, d);
	bool ok = remove_all(e, account, &ids, 0, title, back_r, err);

	array_done(&ids);
	return ok;
}

// --- one more -------------------------------------------------------------------------

static char *
text_hash(const struct draft *d)
{
	struct buf text = {0};

	draft_print_written(&text, d);
	for (size_t i = 0; i < d->attached.len; i++)
		buf_printf(&text, "%s\n", d->attached.items[i]);
	char *hash = str_printf("%016" PRIx64, str_hash(buf_text(&text), text.len));
	buf_done(&text);
	return hash;
}

void
draft_copy_is_saved(struct draft *d)
{
	attachments_note(d);
	free(d->saved);
	d->saved = text_hash(d);
}

// Where the store takes it from; the sweep of the outbox removes it when no act
// needs it any more.
static bool
copy_write(struct engine *e, const struct outgoing *o, char **path_r,
	struct error *err)
{
	char *folder = path_join(e->home.mail, "outbox");
	char *name = str_printf("draft-%s", o->send.file);
	bool ok = path_make_folder(folder, err);

	*path_r = path_join(folder, name);
	ok = ok && path_write_atomic(*path_r, buf_text(&o->message), o->message.len, err);
	free(folder);
	free(name);
	return ok;
}

static bool
copy_put(struct engine *e, uint32_t account, struct draft *d, const char *path,
	uint32_t folder, struct error *err)
{
	struct outgoing o;
	char *file = NULL;

	if (!outgoing_draft_copy(&o, e, d, err))
		return false;
	struct array before = copies_of(e, account, d);
	uint64_t step = store_step(e->store);
	struct act act = {
		.kind = ACT_APPEND, .account = account, .folder = folder,
		.flags = { .bits = FLAG_DRAFT | FLAG_SEEN }, .received = when_now(),
		.title = "save the draft", .step = step,
	};
	char *hash = text_hash(d);
	strlist_add(&d->copies, o.send.message_id);
	while (d->copies.len > COPIES_MAX)
		strlist_remove(&d->copies, 0);
	bool ok = copy_write(e, &o, &file, err) && draft_save(d, path, err);
	act.path = file;
	ok = ok && store_act_wait(e->store, &act, err);
	if (ok) {
		str_set(&d->saved, hash);
		ok = draft_save(d, path, err);
	}
	// The new one is in the journal: now the old ones may go.
	bool back;
	ok = ok && remove_all(e, account, &before, step, "save the draft", &back, err);
	array_done(&before);
	free(hash);
	free(file);
	outgoing_done(&o);
	return ok;
}

bool
draft_copy_save(struct engine *e, uint32_t account, struct draft *d,
	const char *path, bool *folder_r, struct error *err)
{
	struct folder f;

	*folder_r = store_folder_by_role(e->store, account, ROLE_DRAFTS, &f);
	if (!*folder_r)
		return true;
	uint32_t folder = f.id;
	folder_done(&f);
	char *hash = text_hash(d);
	bool same = str_equal(hash, d->saved) && newest_is_there(e, account, d);
	free(hash);
	return same || copy_put(e, account, d, path, folder, err);
}
