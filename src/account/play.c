// SPDX-License-Identifier: GPL-3.0-or-later
// The journal played to the server, strictly in order: what was done here becomes
// true there, or is taken back and said.
#include "config.h"

#include "account/sync.h"

#include "account/roles.h"
#include "account/transfer.h"
#include "account/visit.h"
#include "base/array.h"
#include "base/error.h"
#include "base/log.h"
#include "base/mem.h"
#include "base/str.h"
#include "remote/remote.h"
#include "store/bodies.h"
#include "store/folders.h"
#include "store/pending.h"

#include <stdlib.h>
#include <string.h>

// How often one operation may find that the server is not what was thought.
#define PLAY_GONE_MAX 2

static bool
played(struct sync *s, const struct operation *op, struct error *err)
{
	return store_operation_played(s->store, op->seq, 0, NULL, NULL, 0, err);
}

static void
noticed(void *arg)
{
	struct sync *s = arg;

	s->visit.noticed = true;
}

// --- operations that may be repeated --------------------------------------------------

static bool
play_flag(struct sync *s, const struct operation *op, struct error *err)
{
	struct remote_sink sink = { .arg = s, .noticed = noticed };
	struct remote_range *ranges;
	size_t n = remote_ranges(op->uids, op->n, &ranges);
	bool ok = op->n == 0 ||
		(visit_use(s, op->folder, op->uidvalidity, err) &&
		s->driver->store_flags(s->remote,
			(struct remote_set){ ranges, n }, &op->change, &sink,
			err));

	free(ranges);
	sync_go_on(s, "flags stored");
	return ok && played(s, op, err);
}

// Bodies of mail on this disk are not kept, and when the file has gone nobody else
// has the message: what undo can bring back becomes a body first. What cannot be
// read goes all the same.
static bool
bring_near(struct sync *s, const struct operation *op, struct error *err)
{
	uint64_t have, bytes = 0;
	bool whole;

	if (!(s->driver->abilities(s->remote) & REMOTE_NEAR))
		return true;
	for (size_t i = 0; i < op->n && !s->stopped && bytes < OPERATION_KEPT_MAX; i++) {
		if (visit_raw(s, op->ids[i], err)) {
			if (store_raw_state(s->store, op->ids[i], &have, &whole))
				bytes += have;
			continue;
		}
		if (err->kind == ERROR_STORE || err->kind == ERROR_CANCELLED)
			return false;
		log_info("not kept for undo: %s", err->text);
		error_clear(err);
	}
	return true;
}

static bool
play_expunge(struct sync *s, const struct operation *op, struct error *err)
{
	if (!bring_near(s, op, err))
		return false;
	if (s->stopped)
		return true; // again, from here
	struct remote_range *ranges;
	size_t n = remote_ranges(op->uids, op->n, &ranges);
	bool ok = op->n == 0 ||
		(visit_use(s, op->folder, op->uidvalidity, err) &&
		s->driver->expunge(s->remote, (struct remote_set){ ranges, n },
			err));

	free(ranges);
	sync_go_on(s, "expunged");
	return ok && played(s, op, err);
}

// --- folders --------------------------------------------------------------------------

// A refusal of something that a cut connection has done already is none. The
// list of folders tells: is one of that name there?
static bool
server_has(struct sync *s, const char *name, bool *has_r, struct error *err)
{
	struct remote_folders told = {0};

	*has_r = false;
	if (!s->driver->folders(s->remote, &told, err))
		return false;
	for (size_t i = 0; i < told.len; i++)
		if (str_equal(told.items[i].name, name))
			*has_r = true;
	remote_folders_done(&told);
	return true;
}

// Keeps what the server said unless the list can be had and says `has`.
static bool
done_already(struct sync *s, const char *name, bool has, struct error *err)
{
	struct error other = {0};
	bool there;

	if (err->kind != ERROR_REFUSED && err->kind != ERROR_GONE)
		return false;
	if (!server_has(s, name, &there, &other)) {
		*err = other;
		return false;
	}
	return there == has;
}

static char *
server_name(struct sync *s, const char *label, struct error *err)
{
	char *name = s->driver->folder_name(s->remote, label);

	if (name == NULL)
		error_set(err, ERROR_REFUSED,
			"the server can have no folder named %s", label);
	return name;
}

static char *
folder_name_of(struct sync *s, uint32_t folder, struct error *err)
{
	struct folder f;

	if (!store_folder_any(s->store, folder, &f)) {
		error_set(err, ERROR_GONE, "the folder is no longer there");
		return NULL;
	}
	char *name = visit_name(s, &f);
	if (name == NULL)
		error_set(err, ERROR_REFUSED,
			"the server can have no folder named %s", f.name);
	folder_done(&f);
	return name;
}

// The list tells how the server spells and uses the folder. When it cannot be had
// the next step says so; this operation is done.
static bool
folders_changed(struct sync *s, const struct operation *op, struct error *err)
{
	struct error unsaid = {0};

	sync_go_on(s, "folder changed");
	if (!played(s, op, err))
		return false;
	sync_go_on(s, "folder played");
	visit_folders(s, &unsaid);
	s->folders_played = true;
	return true;
}

// The first folder for sent mail, or another use, is made as such where the server
// can: then all programs take the same one.
static bool
create_on_server(struct sync *s, const struct operation *op, const char *name,
	struct error *err)
{
	enum folder_role role = roles_of_name(op->name, s->settings);
	struct folder f;

	if (store_folder_by_role(s->store, s->account, role, &f)) {
		if (!str_equal(f.name, op->name))
			role = ROLE_NONE;
		folder_done(&f);
	}
	if (role == ROLE_NONE || role == ROLE_INBOX ||
	    s->driver->folder_create_for == NULL)
		return s->driver->folder_create(s->remote, name, err);
	return s->driver->folder_create_for(s->remote, name,
		folder_role_name(role), err);
}

static bool
play_create(struct sync *s, const struct operation *op, struct error *err)
{
	char *name = server_name(s, op->name, err);
	if (name == NULL)
		return false;
	bool ok = create_on_server(s, op, name, err) ||
		done_already(s, name, true, err);
	// Else other programs do not show it.
	struct error unsaid = {0};
	if (ok)
		s->driver->folder_subscribe(s->remote, name, true, &unsaid);
	free(name);
	return ok && folders_changed(s, op, err);
}

static bool
play_rename(struct sync *s, const struct operation *op, struct error *err)
{
	char *to = server_name(s, op->name, err);
	char *from = to == NULL ? NULL : folder_name_of(s, op->folder, err);
	bool ok = from != NULL;

	if (ok) {
		visit_forget(s);
		ok = str_equal(from, to) ||
			s->driver->folder_rename(s->remote, from, to, err) ||
			(done_already(s, from, false, err) &&
			done_already(s, to, true, err));
	}
	free(from);
	free(to);
	return ok && folders_changed(s, op, err);
}

// It was deleted with what could be seen of it. What came since nobody has seen.
static bool
nothing_came(struct sync *s, uint32_t folder, const char *name, struct error *err)
{
	struct remote_folder now = {0};
	struct folder f;

	if (!store_folder_any(s->store, folder, &f))
		return true;
	bool ok = true;
	// One that holds no messages has no status, and neither has one that is gone.
	if (!(f.attributes & FOLDER_NOSELECT) && f.uidvalidity != 0 &&
	    !s->driver->status(s->remote, name, &now, err)) {
		ok = err->kind == ERROR_REFUSED || err->kind == ERROR_GONE;
		if (ok)
			error_clear(err);
	}
	uint32_t seen = f.lowest_uid == 1 ? f.total : f.remote_exists;
	if (ok && now.messages > seen)
		ok = error_set(err, ERROR_REFUSED, "mail came into %s meanwhile",
			f.name);
	free(now.name);
	free(now.label);
	folder_done(&f);
	return ok;
}

static bool
play_delete(struct sync *s, const struct operation *op, struct error *err)
{
	char *name = folder_name_of(s, op->folder, err);
	if (name == NULL)
		return err->kind == ERROR_GONE && folders_changed(s, op, err);
	visit_forget(s);
	bool ok = nothing_came(s, op->folder, name, err) &&
		(s->driver->folder_delete(s->remote, name, err) ||
		done_already(s, name, false, err));
	free(name);
	return ok && folders_changed(s, op, err);
}

static bool
play_subscribe(struct sync *s, const struct operation *op, struct error *err)
{
	char *name = folder_name_of(s, op->folder, err);
	if (name == NULL)
		return false;
	bool ok = s->driver->folder_subscribe(s->remote, name, op->subscribe, err);
	free(name);
	return ok && folders_changed(s, op, err);
}

// --- the journal ----------------------------------------------------------------------

static bool (*const plays[])(struct sync *, const struct operation *,
	struct error *) = {
	[ACT_FLAG] = play_flag,
	[ACT_MOVE] = transfer_messages,
	[ACT_COPY] = transfer_messages,
	[ACT_EXPUNGE] = play_expunge,
	[ACT_APPEND] = transfer_append,
	[ACT_FOLDER_CREATE] = play_create,
	[ACT_FOLDER_RENAME] = play_rename,
	[ACT_FOLDER_DELETE] = play_delete,
	[ACT_FOLDER_SUBSCRIBE] = play_subscribe,
};

// Something was not what we thought: looks again, so that the store can say what
// the operation means now.
static bool
look_again(struct sync *s, const struct operation *op, struct error *err)
{
	struct error gone = {0};

	visit_forget(s);
	if (!visit_folders(s, err))
		return false;
	if (op->folder == 0 || visit_newest(s, op->folder, &gone))
		return true;
	if (gone.kind == ERROR_GONE || gone.kind == ERROR_REFUSED)
		return true;
	*err = gone;
	return false;
}

// The server's words say what, not what can be done.
static void
advise_space(struct error *why)
{
	if (why->kind != ERROR_REFUSED || (!str_find_nocase(why->text, "quota") &&
	    !str_find_nocase(why->text, "mailbox is full")))
		return;
	struct error said = *why;
	error_set(why, ERROR_REFUSED, "%.300s; delete mail there and empty Trash, "
		"then pending -retry", said.text);
}

// True: the next one, or this one again, may follow.
static bool
play_failed(struct sync *s, const struct operation *op, unsigned *gone,
	struct error *err)
{
	struct error why = *err;

	advise_space(&why);
	switch (why.kind) {
	case ERROR_GONE:
		error_clear(err);
		if ((*gone)++ < PLAY_GONE_MAX)
			return look_again(s, op, err);
		return store_operation_refused(s->store, op->seq, why.text, err);
	case ERROR_REFUSED:
	case ERROR_INPUT:
		error_clear(err);
		return store_operation_refused(s->store, op->seq, why.text, err);
	case ERROR_STORE:
		return false;
	default: {
		struct error unsaid = {0};
		store_operation_again(s->store, op->seq, why.text, &unsaid);
		return false;
	}
	}
}

// --- looking before acting ------------------------------------------------------------

// A server says nothing of UIDs that it does not have: flags that were set on
// nothing would pass for done. So a folder that is selected, for acts or to look
// for what a move brought there, is asked once which of all their messages it has;
// not where a visit has compared all of it.
struct look {
	struct array uids;      // uint32_t, ascending
	bool *seen;
};

static int
compare_uids(const void *a, const void *b)
{
	uint32_t x = *(const uint32_t *)a, y = *(const uint32_t *)b;

	return x < y ? -1 : x > y;
}

// Those of an expunge may be gone, that is what is wished; and those of a move
// that was begun may be because of it.
static void
look_gather(struct look *l, const struct operation *op, uint32_t folder)
{
	if (op->folder != folder || op->kind >= ACT_EXPUNGE ||
	    op->state != OPERATION_WAITING)
		return;
	for (size_t i = 0; i < op->n; i++)
		*(uint32_t *)array_push(&l->uids) = op->uids[i];
}

static bool
look_message(void *arg, struct remote_message *m)
{
	struct look *l = arg;
	const uint32_t *uids = l->uids.items;

	for (size_t low = 0, high = l->uids.len; low < high; ) {
		size_t mid = low + (high - low) / 2;
		l->seen[mid] = l->seen[mid] || uids[mid] == m->uid;
		if (uids[mid] < m->uid)
			low = mid + 1;
		else
			high = mid;
	}
	return true;
}

static void
look_all(struct sync *s, struct look *l, uint32_t folder)
{
	struct operation *ops = NULL;
	size_t n = store_operations(s->store, s->account, &ops), kept = 0;

	for (size_t i = 0; i < n; i++) {
		look_gather(l, &ops[i], folder);
		operation_done(&ops[i]);
	}
	free(ops);
	if (l->uids.len == 0)
		return;
	uint32_t *uids = l->uids.items;
	array_sort(&l->uids, compare_uids);
	for (size_t i = 1; i < l->uids.len; i++)
		if (uids[i] != uids[kept])
			uids[++kept] = uids[i];
	l->uids.len = kept + 1;
}

static bool
look_ask(struct sync *s, struct look *l, struct error *err)
{
	struct remote_sink sink = {
		.arg = l, .message = look_message,
	};
	struct remote_range *ranges;
	size_t n = remote_ranges(l->uids.items, l->uids.len, &ranges);
	bool ok = s->driver->fetch(s->remote, (struct remote_set){ ranges, n },
		REMOTE_FETCH_UIDS, 0, &sink, err);

	free(ranges);
	return ok;
}

// Keeps those that no answer named.
static void
look_keep_unseen(struct look *l)
{
	uint32_t *uids = l->uids.items;
	size_t n = 0;

	for (size_t i = 0; i < l->uids.len; i++)
		if (!l->seen[i])
			uids[n++] = uids[i];
	l->uids.len = n;
	memset(l->seen, 0, n * sizeof(*l->seen));
}

// Servers leave messages out of an answer, too: what one does not name is asked for
// once more, alone, before it counts as gone.
static bool
look_twice(struct sync *s, struct look *l, struct error *err)
{
	for (int i = 0; i < 2 && l->uids.len > 0; i++) {
		if (!look_ask(s, l, err))
			return false;
		look_keep_unseen(l);
	}
	return true;
}

// *gone_r: some are; the operation is to be asked for once more.
static bool
play_look(struct sync *s, const struct operation *op, bool *gone_r,
	struct error *err)
{
	struct look l = { .uids = ARRAY_OF(uint32_t) };

	*gone_r = false;
	if (op->n == 0 || op->kind > ACT_EXPUNGE ||
	    (s->selected == op->folder && s->visit.looked))
		return true;
	look_all(s, &l, op->folder);
	l.seen = mem_alloc(l.uids.len + 1, sizeof(*l.seen));
	bool ok = visit_use(s, op->folder, op->uidvalidity, err) &&
		look_twice(s, &l, err);
	*gone_r = ok && l.uids.len > 0;
	s->visit.looked = ok;
	if (*gone_r)
		ok = store_operation_gone(s->store, op->seq, l.uids.items,
			l.uids.len, err);
	free(l.seen);
	array_done(&l.uids);
	return ok;
}

static bool
play_one(struct sync *s, const struct operation *op, struct error *err)
{
	bool gone;

	if (!play_look(s, op, &gone, err))
		return false;
	if (gone)
		return true;
	// What an earlier operation made has no UID that we know: the folder
	// shows it, if it is there.
	if (op->n == 0 && op->kind <= ACT_EXPUNGE)
		return error_set(err, ERROR_GONE,
			"the message was not found on the server");
	return plays[op->kind](s, op, err);
}

bool
sync_play(struct sync *s, struct error *err)
{
	struct operation op;
	uint64_t last = 0;
	unsigned gone = 0;
	bool ok = true;

	s->stopped = false;
	while (ok && store_operation_next(s->store, s->account, &op)) {
		if (op.seq != last)
			gone = 0;
		last = op.seq;
		if (sync_go_on(s, "play")) {
			s->visit.folder = 0;
			ok = play_one(s, &op, err) ||
				play_failed(s, &op, &gone, err);
		}
		operation_done(&op);
		if (s->stopped)
			break;
	}
	return ok;
}
