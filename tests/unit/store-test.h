// SPDX-License-Identifier: GPL-3.0-or-later
// A store of the test's own with an account, some folders, and short ways to
// say what a server told and what a user did.
#ifndef TESTS_UNIT_STORE_TEST_H
#define TESTS_UNIT_STORE_TEST_H

#include "tests/unit/test.h"

#include <stdatomic.h>
#include <stdio.h>
#include <string.h>

#include "base/array.h"
#include "base/buf.h"
#include "base/error.h"
#include "base/mem.h"
#include "store/bodies.h"
#include "store/folders.h"
#include "store/messages.h"
#include "store/pending.h"
#include "store/store.h"

#define DAY 86400
#define EPOCH 1700000000
#define VALIDITY 7

struct store_test {
	char *home;
	struct store *s;
	uint32_t account;
	uint32_t inbox, archive, trash, sent;
	size_t cache_bytes;
	atomic_int told[STORE_RESET + 1];
	char text[512];          // of the last REFUSED or RESET
	// Of the last act; valid after store_settle.
	struct error err;
	bool done;
	size_t n;
};

static inline void
store_test_changed(void *arg, const struct store_change *change)
{
	struct store_test *t = arg;

	atomic_fetch_add(&t->told[change->kind], 1);
	if (change->text != NULL)
		snprintf(t->text, sizeof(t->text), "%s", change->text);
}

static inline void
store_test_open_only(struct store_test *t)
{
	const struct store_settings settings = {
		.folder = t->home, .mail = t->home, .cache_bytes = t->cache_bytes,
		.changed = store_test_changed, .arg = t,
	};

	if (!store_open(&t->s, &settings, &t->err))
		fail_msg("%s", t->err.text);
}

static inline uint32_t
store_test_folder(struct store_test *t, const char *name)
{
	struct folder f;

	if (!store_folder_find(t->s, t->account, name, &f))
		return 0;
	folder_done(&f);
	return f.id;
}

static inline void
store_test_list(struct store_test *t, const struct folder *folders, size_t n)
{
	if (!store_folders_sync(t->s, t->account, folders, n,
		store_folders_played(t->s), &t->err))
		fail_msg("%s", t->err.text);
}

static inline void
store_test_open(struct store_test *t)
{
	const struct folder folders[] = {
		{ .name = (char *)"INBOX", .remote_name = (char *)"INBOX",
			.delimiter = '/', .role = ROLE_INBOX },
		{ .name = (char *)"Archive", .remote_name = (char *)"Archive",
			.delimiter = '/', .role = ROLE_ARCHIVE },
		{ .name = (char *)"Trash", .remote_name = (char *)"Trash",
			.delimiter = '/', .role = ROLE_TRASH },
		{ .name = (char *)"Sent", .remote_name = (char *)"Sent",
			.delimiter = '/', .role = ROLE_SENT },
	};

	if (t->home == NULL)
		t->home = test_folder_make();
	store_test_open_only(t);
	assert_true(store_account(t->s, "home", &t->account, &t->err));
	store_test_list(t, folders, COUNT_OF(folders));
	t->inbox = store_test_folder(t, "INBOX");
	t->archive = store_test_folder(t, "Archive");
	t->trash = store_test_folder(t, "Trash");
	t->sent = store_test_folder(t, "Sent");
}

static inline void
store_test_say(void *arg, const char *line)
{
	(void)arg;
	print_error("%s\n", line);
}

static inline void
store_test_verify(struct store_test *t)
{
	if (!store_verify(t->s, store_test_say, t, &t->err))
		fail_msg("%s", t->err.text);
}

static inline void
store_test_reopen(struct store_test *t)
{
	store_close(&t->s);
	assert_null(t->s);
	store_test_open_only(t);
}

static inline void
store_test_close(struct store_test *t)
{
	if (t->s != NULL) {
		store_test_verify(t);
		store_close(&t->s);
	}
	test_folder_remove(&t->home);
}

// --- what a server tells ---------------------------------------------------------

struct batch {
	struct sync_batch b;
	struct array rows, flags, gone;
};

static inline void
batch_init(struct batch *b, uint32_t folder)
{
	*b = (struct batch){
		.b = { .folder = folder, .uidvalidity = VALIDITY },
		.rows = ARRAY_OF(struct sync_row), .flags = ARRAY_OF(struct sync_flags),
		.gone = ARRAY_OF(uint32_t),
	};
}

// flags as words: "seen todo". id and parent: Message-IDs, NULL none.
static inline struct sync_row *
batch_row(struct batch *b, uint32_t uid, const char *subject, const char *id,
	const char *parent, int64_t date, const char *flags)
{
	struct sync_row *row = array_push(&b->rows);

	row->uid = uid;
	row->size = 1000 + strlen(subject);
	row->received = date;
	flags_parse(&row->flags, flags);
	row->envelope.date = date;
	row->envelope.subject = str_dup(subject);
	row->envelope.message_id = str_dup(id);
	address_list_add(&row->envelope.from, "Ann Example", "ann@example.org");
	if (parent != NULL) {
		strlist_add(&row->envelope.references, parent);
		strlist_add(&row->envelope.in_reply_to, parent);
	}
	return row;
}

static inline void
batch_flags(struct batch *b, uint32_t uid, const char *flags, uint64_t modseq)
{
	struct sync_flags *f = array_push(&b->flags);

	f->uid = uid;
	f->modseq = modseq;
	flags_parse(&f->flags, flags);
}

static inline void
batch_gone(struct batch *b, uint32_t uid)
{
	*(uint32_t *)array_push(&b->gone) = uid;
}

// Writes it and frees it. False: t->err.
static inline bool
batch_sync(struct store_test *t, struct batch *b)
{
	b->b.rows = b->rows.items;
	b->b.n_rows = b->rows.len;
	b->b.flags = b->flags.items;
	b->b.n_flags = b->flags.len;
	b->b.gone = b->gone.items;
	b->b.n_gone = b->gone.len;
	bool ok = store_sync(t->s, &b->b, &t->err);
	sync_batch_done(&b->b);
	return ok;
}

static inline void
batch_must(struct store_test *t, struct batch *b)
{
	if (!batch_sync(t, b))
		fail_msg("%s", t->err.text);
}

// n messages "m1@x" ... with UIDs from 1, a day apart, all unread.
static inline void
store_test_fill(struct store_test *t, uint32_t folder, uint32_t n)
{
	struct batch b;

	batch_init(&b, folder);
	for (uint32_t i = 1; i <= n; i++) {
		char id[32], subject[32];
		snprintf(id, sizeof(id), "m%u.%u@x", folder, i);
		snprintf(subject, sizeof(subject), "subject %u", i);
		batch_row(&b, i, subject, id, NULL, EPOCH + (int64_t)i * DAY, "");
	}
	b.b.uidnext = n + 1;
	b.b.lowest_uid = 1;
	batch_must(t, &b);
}

// --- what is shown -----------------------------------------------------------------

// "3 2 1": UIDs in an order ("-" for none), a flag's letter behind each: S seen,
// F flagged, p pending. Lent, until the next call.
static inline const char *
store_test_rows(struct store_test *t, uint32_t folder, enum message_order order)
{
	static char text[4096];
	struct message rows[200];
	size_t n = store_order_rows(t->s, folder, order, 0, COUNT_OF(rows), rows);
	struct buf b = { 0 };

	for (size_t i = 0; i < n; i++) {
		const struct message *m = &rows[i];
		buf_printf(&b, i > 0 ? " " : "%s", "");
		for (int depth = 0; depth < m->depth; depth++)
			buf_char(&b, '>');
		if (m->uid != 0)
			buf_printf(&b, "%u", m->uid);
		else
			buf_char(&b, '-');
		buf_str(&b, m->flags.bits & FLAG_SEEN ? "S" : "");
		buf_str(&b, m->flags.bits & FLAG_FLAGGED ? "F" : "");
		buf_str(&b, m->pending ? "p" : "");
		message_done(&rows[i]);
	}
	snprintf(text, sizeof(text), "%s", buf_text(&b));
	buf_done(&b);
	return text;
}

static inline uint64_t
store_test_id(struct store_test *t, uint32_t folder, uint32_t uid)
{
	uint64_t id = 0;

	store_message_at(t->s, folder, uid, &id);
	return id;
}

// "total unread"
static inline const char *
store_test_counts(struct store_test *t, uint32_t folder)
{
	static char text[64];
	struct folder f;

	if (!store_folder(t->s, folder, &f))
		return "none";
	snprintf(text, sizeof(text), "%u %u", f.total, f.unread);
	folder_done(&f);
	return text;
}

// --- what a user does ----------------------------------------------------------------

static inline void
store_test_reply(void *arg, const struct error *err, size_t n, const char *title)
{
	struct store_test *t = arg;

	(void)title;
	t->done = true;
	t->n = n;
	error_clear(&t->err);
	if (err != NULL)
		t->err = *err;
}

static inline void
store_test_act(struct store_test *t, const struct act *act)
{
	const struct act_reply reply = { store_test_reply, t };

	t->done = false;
	store_act(t->s, act, &reply);
	store_settle(t->s);
	assert_true(t->done);
}

static inline void
store_test_flag(struct store_test *t, uint64_t id, const char *add,
	const char *remove)
{
	struct act act = { .kind = ACT_FLAG, .ids = &id, .n = 1 };

	flags_parse(&act.change.add, add);
	flags_parse(&act.change.remove, remove);
	store_test_act(t, &act);
	flag_change_done(&act.change);
}

static inline void
store_test_to(struct store_test *t, enum act_kind kind, uint64_t id,
	uint32_t folder)
{
	const struct act act = { .kind = kind, .ids = &id, .n = 1, .folder = folder };

	store_test_act(t, &act);
}

static inline void
store_test_undo(struct store_test *t, bool back)
{
	const struct act_reply reply = { store_test_reply, t };

	t->done = false;
	if (back)
		store_undo(t->s, &reply);
	else
		store_redo(t->s, &reply);
	store_settle(t->s);
	assert_true(t->done);
}

// "flag 1 2; move 3": what would be played next, of the whole account. Lent.
static inline const char *
store_test_pending(struct store_test *t)
{
	static char text[4096];
	struct operation *ops;
	size_t n = store_operations(t->s, 0, &ops);
	struct buf b = { 0 };

	for (size_t i = 0; i < n; i++) {
		buf_printf(&b, "%s%s", i > 0 ? "; " : "", act_kind_name(ops[i].kind));
		for (size_t j = 0; j < ops[i].n; j++)
			buf_printf(&b, " %u", ops[i].uids[j]);
		if (ops[i].state != OPERATION_WAITING)
			buf_str(&b, ops[i].state == OPERATION_FAILED ? " failed" : " started");
		operation_done(&ops[i]);
	}
	free(ops);
	snprintf(text, sizeof(text), "%s", buf_text(&b));
	buf_done(&b);
	return text;
}

// The server does what is first; n UIDs in the target in the order of the old
// ones, from `to` up; 0: it tells none. False when nothing is to be played.
static inline bool
store_test_play(struct store_test *t, uint32_t to)
{
	struct operation op;
	uint32_t *uids;

	if (!store_operation_next(t->s, t->account, &op))
		return false;
	uids = mem_alloc(op.n + 1, sizeof(*uids));
	for (size_t i = 0; i < op.n || i == 0; i++)
		uids[i] = to + (uint32_t)i;
	if (op.kind == ACT_MOVE || op.kind == ACT_COPY || op.kind == ACT_APPEND)
		assert_true(store_operation_started(t->s, op.seq, to != 0 ? to : 1, &t->err));
	size_t n = to == 0 ? 0 : op.kind == ACT_APPEND ? 1 : op.n;
	if (!store_operation_played(t->s, op.seq, VALIDITY, op.uids, uids, n, &t->err))
		fail_msg("%s", t->err.text);
	free(uids);
	operation_done(&op);
	return true;
}

#endif
