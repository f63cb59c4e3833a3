// SPDX-License-Identifier: GPL-3.0-or-later
// Acts: journalled, shown at once, played, refused, undone, over restarts and
// with syncs in between.
#include "config.h"

#include "tests/unit/store-test.h"

#include "store/op.h"

#define inbox_is(t, text) \
	assert_string_equal(store_test_rows(t, (t)->inbox, ORDER_DATE), text)
#define archive_is(t, text) \
	assert_string_equal(store_test_rows(t, (t)->archive, ORDER_DATE), text)
#define trash_is(t, text) \
	assert_string_equal(store_test_rows(t, (t)->trash, ORDER_DATE), text)
#define pending_is(t, text) assert_string_equal(store_test_pending(t), text)

static void
test_flag(void **state)
{
	struct store_test t = { 0 };
	struct operation op;

	(void)state;
	store_test_open(&t);
	store_test_fill(&t, t.inbox, 3);
	store_test_flag(&t, store_test_id(&t, t.inbox, 2), "seen", "");
	assert_int_equal(t.err.kind, ERROR_NONE);
	assert_int_equal(t.n, 1);
	inbox_is(&t, "3 2Sp 1");
	assert_string_equal(store_test_counts(&t, t.inbox), "3 2");
	assert_int_equal(store_operations_count(t.s, 0), 1);
	store_test_reopen(&t);
	inbox_is(&t, "3 2Sp 1");
	assert_true(store_operation_next(t.s, t.account, &op));
	assert_int_equal(op.kind, ACT_FLAG);
	assert_int_equal(op.folder, t.inbox);
	assert_int_equal(op.uidvalidity, VALIDITY);
	assert_int_equal(op.n, 1);
	assert_int_equal(op.uids[0], 2);
	assert_true(op.ids[0] == store_test_id(&t, t.inbox, 2));
	assert_int_equal(op.change.add.bits, FLAG_SEEN);
	operation_done(&op);
	assert_true(store_test_play(&t, 0));
	inbox_is(&t, "3 2S 1");
	pending_is(&t, "");
	// A flag that is there already is no act.
	store_test_flag(&t, store_test_id(&t, t.inbox, 2), "seen", "");
	assert_int_equal(t.n, 0);
	pending_is(&t, "");
	store_test_close(&t);
}

static void
test_flag_of_server(void **state)
{
	struct store_test t = { 0 };
	struct batch b;

	(void)state;
	store_test_open(&t);
	store_test_fill(&t, t.inbox, 2);
	store_test_flag(&t, store_test_id(&t, t.inbox, 1), "seen", "");
	// The server tells its own meanwhile: ours stays over it.
	batch_init(&b, t.inbox);
	batch_flags(&b, 1, "flagged", 5);
	batch_must(&t, &b);
	inbox_is(&t, "2 1SFp");
	store_test_undo(&t, true);
	inbox_is(&t, "2 1F");
	pending_is(&t, "");
	store_test_close(&t);
}

static void
test_move(void **state)
{
	struct store_test t = { 0 };
	struct batch b;
	uint64_t id;
	uint32_t folder, uid;

	(void)state;
	store_test_open(&t);
	store_test_fill(&t, t.inbox, 3);
	id = store_test_id(&t, t.inbox, 2);
	store_test_to(&t, ACT_MOVE, id, t.archive);
	inbox_is(&t, "3 1");
	archive_is(&t, "-p");
	assert_string_equal(store_test_counts(&t, t.inbox), "2 2");
	assert_string_equal(store_test_counts(&t, t.archive), "1 1");
	assert_true(store_message_place(t.s, id, &folder, &uid));
	assert_int_equal(folder, t.inbox);
	assert_int_equal(uid, 2);
	store_test_reopen(&t);
	archive_is(&t, "-p");
	// Flagged where it will be.
	store_test_flag(&t, id, "flagged", "");
	archive_is(&t, "-Fp");
	pending_is(&t, "move 2; flag");
	assert_true(store_test_play(&t, 77));
	archive_is(&t, "77Fp");
	pending_is(&t, "flag 77");
	assert_true(store_test_id(&t, t.archive, 77) == id);
	// A late answer of another connection does not revive it.
	batch_init(&b, t.inbox);
	batch_row(&b, 2, "subject 2", "m@x", NULL, EPOCH, "");
	batch_must(&t, &b);
	inbox_is(&t, "3 1");
	assert_true(store_test_play(&t, 0));
	archive_is(&t, "77F");
	assert_false(store_test_play(&t, 0));
	store_test_close(&t);
}

static void
archive_compared(struct store_test *t)
{
	struct batch b;

	batch_init(&b, t->archive);
	b.b.set_exists = true;
	b.b.lowest_uid = 1;
	batch_must(t, &b);
}

// Nor does it have the message any more when it is looked for.
static void
test_move_never_seen(void **state)
{
	struct store_test t = { 0 };

	(void)state;
	store_test_open(&t);
	store_test_fill(&t, t.inbox, 3);
	store_test_to(&t, ACT_MOVE, store_test_id(&t, t.inbox, 2), t.archive);
	assert_true(store_test_play(&t, 0));
	archive_is(&t, "-p");
	// It may have come after the server was asked.
	archive_compared(&t);
	archive_is(&t, "-p");
	store_test_reopen(&t);
	archive_is(&t, "-p");
	archive_compared(&t);
	archive_is(&t, "");
	store_test_close(&t);
}

// The server tells no UID: the next sync of the target finds the message.
static void
test_move_unbound(void **state)
{
	for (int how = 0; how < 4; how++) {
		bool reopen = how % 2 == 1, given_back = how / 2 == 1;
		struct store_test t = { 0 };
		struct operation op;
		struct batch b;
		uint64_t id;
		(void)state;
		store_test_open(&t);
		store_test_fill(&t, t.inbox, 3);
		id = store_test_id(&t, t.inbox, 2);
		store_test_to(&t, ACT_MOVE, id, t.archive);
		store_test_flag(&t, id, "flagged", "");
		assert_true(store_test_play(&t, 0));
		archive_is(&t, "-Fp");
		if (reopen)
			store_test_reopen(&t);
		// The flag cannot be played yet: its folder has to be synced, with the
		// operation in hand or not.
		assert_true(store_operation_next(t.s, t.account, &op));
		assert_int_equal(op.n, 0);
		assert_int_equal(op.folder, t.archive);
		if (given_back)
			assert_true(store_operation_again(t.s, op.seq, NULL, NULL));
		operation_done(&op);
		char mid[32];
		snprintf(mid, sizeof(mid), "m%u.2@x", t.inbox);
		batch_init(&b, t.archive);
		batch_row(&b, 8, "another", "a@x", NULL, EPOCH, "");
		batch_row(&b, 9, "subject 2", mid, NULL, EPOCH + 2 * DAY, "");
		batch_must(&t, &b);
		archive_is(&t, "9Fp 8");
		assert_true(store_test_id(&t, t.archive, 9) == id);
		pending_is(&t, "flag 9");
		assert_true(store_test_play(&t, 0));
		archive_is(&t, "9F 8");
		pending_is(&t, "");
		store_test_close(&t);
	}
}

// A sync of the target was faster than the answer to the move.
static void
test_move_overtaken(void **state)
{
	for (uint32_t told = 0; told < 2; told++) {
		struct store_test t = { 0 };
		struct operation op;
		struct batch b;
		uint64_t id;
		char mid[32];
		(void)state;
		store_test_open(&t);
		store_test_fill(&t, t.inbox, 3);
		id = store_test_id(&t, t.inbox, 2);
		store_test_to(&t, ACT_MOVE, id, t.archive);
		assert_true(store_operation_next(t.s, t.account, &op));
		assert_true(store_operation_started(t.s, op.seq, 20, &t.err));
		snprintf(mid, sizeof(mid), "m%u.2@x", t.inbox);
		batch_init(&b, t.archive);
		batch_row(&b, 20, "subject 2", mid, NULL, EPOCH + 2 * DAY, "flagged");
		batch_must(&t, &b);
		batch_init(&b, t.inbox);
		batch_gone(&b, 2);
		batch_must(&t, &b);
		uint32_t from = 2, to = 20;
		assert_true(store_operation_played(t.s, op.seq, VALIDITY, &from, &to, told,
			&t.err));
		operation_done(&op);
		archive_is(&t, "20F");
		inbox_is(&t, "3 1");
		assert_true(store_test_id(&t, t.archive, 20) == id);
		store_test_close(&t);
	}
}

static void
test_copy_and_expunge(void **state)
{
	struct store_test t = { 0 };
	uint64_t id;

	(void)state;
	store_test_open(&t);
	store_test_fill(&t, t.inbox, 3);
	id = store_test_id(&t, t.inbox, 2);
	store_test_to(&t, ACT_COPY, id, t.archive);
	inbox_is(&t, "3 2p 1");
	archive_is(&t, "-p");
	store_test_reopen(&t);
	archive_is(&t, "-p");
	assert_true(store_test_play(&t, 5));
	archive_is(&t, "5");
	inbox_is(&t, "3 2 1");
	store_test_to(&t, ACT_EXPUNGE, id, 0);
	inbox_is(&t, "3 1");
	assert_string_equal(store_test_counts(&t, t.inbox), "2 2");
	store_test_verify(&t);
	store_test_undo(&t, true);
	inbox_is(&t, "3 2 1");
	store_test_undo(&t, false);
	inbox_is(&t, "3 1");
	assert_true(store_test_play(&t, 0));
	inbox_is(&t, "3 1");
	assert_true(store_test_id(&t, t.inbox, 2) == 0);
	store_test_close(&t);
}

static void
test_refused(void **state)
{
	struct store_test t = { 0 };
	struct operation op;
	uint64_t id;

	(void)state;
	store_test_open(&t);
	store_test_fill(&t, t.inbox, 3);
	id = store_test_id(&t, t.inbox, 2);
	store_test_to(&t, ACT_MOVE, id, t.archive);
	store_test_flag(&t, id, "flagged", "");
	assert_true(store_operation_next(t.s, t.account, &op));
	assert_true(store_operation_refused(t.s, op.seq, "over quota", &t.err));
	inbox_is(&t, "3 2 1");
	archive_is(&t, "");
	// What was done with it in the target went too, and that was said first.
	assert_int_equal(t.told[STORE_REFUSED], 2);
	assert_non_null(strstr(t.text, "over quota"));
	pending_is(&t, "move 2 failed");
	assert_int_equal(store_operations_count(t.s, 0), 0);
	store_test_reopen(&t);
	pending_is(&t, "move 2 failed");
	inbox_is(&t, "3 2 1");
	const struct act_reply reply = { store_test_reply, &t };
	store_operation_retry(t.s, op.seq, &reply);
	store_settle(t.s);
	inbox_is(&t, "3 1");
	pending_is(&t, "move 2");
	store_operation_drop(t.s, op.seq, &reply);
	store_settle(t.s);
	inbox_is(&t, "3 2 1");
	pending_is(&t, "");
	operation_done(&op);
	store_test_close(&t);
}

static void
test_gone_under_pending(void **state)
{
	struct store_test t = { 0 };
	struct batch b;

	(void)state;
	store_test_open(&t);
	store_test_fill(&t, t.inbox, 3);
	store_test_flag(&t, store_test_id(&t, t.inbox, 1), "seen", "");
	store_test_to(&t, ACT_MOVE, store_test_id(&t, t.inbox, 2), t.archive);
	batch_init(&b, t.inbox);
	batch_gone(&b, 1);
	batch_must(&t, &b);
	pending_is(&t, "move 2");
	assert_int_equal(t.told[STORE_REFUSED], 1);
	batch_init(&b, t.inbox);
	batch_gone(&b, 2);
	batch_must(&t, &b);
	pending_is(&t, "");
	assert_int_equal(t.told[STORE_REFUSED], 2);
	inbox_is(&t, "3");
	archive_is(&t, "");
	store_test_close(&t);
}

static void
test_uidvalidity(void **state)
{
	struct store_test t = { 0 };
	struct batch b;
	char mid[32];

	(void)state;
	store_test_open(&t);
	store_test_fill(&t, t.inbox, 3);
	store_test_flag(&t, store_test_id(&t, t.inbox, 2), "flagged", "");
	store_test_to(&t, ACT_MOVE, store_test_id(&t, t.inbox, 3), t.archive);
	store_test_flag(&t, store_test_id(&t, t.inbox, 3), "seen", "");
	store_test_flag(&t, store_test_id(&t, t.inbox, 1), "seen", "");
	batch_init(&b, t.inbox);
	b.b.uidvalidity = VALIDITY + 1;
	b.b.reset = true;
	b.b.lowest_uid = 5;
	snprintf(mid, sizeof(mid), "m%u.3@x", t.inbox);
	batch_row(&b, 13, "subject 3", mid, NULL, EPOCH + 3 * DAY, "");
	batch_must(&t, &b);
	pending_is(&t, "flag; move 13; flag; flag");
	inbox_is(&t, "");
	archive_is(&t, "-Sp");
	store_test_reopen(&t);
	batch_init(&b, t.inbox);
	b.b.uidvalidity = VALIDITY + 1;
	b.b.lowest_uid = 1;
	snprintf(mid, sizeof(mid), "m%u.2@x", t.inbox);
	// In the place of what was UID 1, another message.
	batch_row(&b, 1, "subject x", "x@x", NULL, EPOCH, "");
	batch_row(&b, 2, "subject 2", mid, NULL, EPOCH + 2 * DAY, "");
	batch_must(&t, &b);
	inbox_is(&t, "2Fp 1");
	pending_is(&t, "flag 2; move 13; flag");
	assert_int_equal(t.told[STORE_REFUSED], 1);
	store_test_close(&t);
}

static void
test_undo(void **state)
{
	struct store_test t = { 0 };
	uint64_t ids[2];

	(void)state;
	store_test_open(&t);
	store_test_fill(&t, t.inbox, 3);
	store_test_undo(&t, true);
	assert_int_equal(t.err.kind, ERROR_INPUT);
	ids[0] = store_test_id(&t, t.inbox, 1);
	ids[1] = store_test_id(&t, t.inbox, 2);
	store_test_flag(&t, ids[0], "flagged", "");
	assert_true(store_test_play(&t, 0));
	// One of the two had the flag before.
	struct act act = { .kind = ACT_FLAG, .ids = ids, .n = 2 };
	flags_parse(&act.change.add, "flagged seen");
	store_test_act(&t, &act);
	flag_change_done(&act.change);
	assert_true(store_test_play(&t, 0));
	inbox_is(&t, "3 2SF 1SF");
	store_test_to(&t, ACT_MOVE, ids[0], t.archive);
	assert_true(store_test_play(&t, 77));
	archive_is(&t, "77SF");
	store_test_reopen(&t);
	// Back over everything, played or not.
	store_test_undo(&t, true);
	assert_int_equal(t.err.kind, ERROR_NONE);
	archive_is(&t, "");
	inbox_is(&t, "3 2SF -SFp");
	assert_true(store_test_play(&t, 11));
	inbox_is(&t, "3 2SF 11SF");
	store_test_undo(&t, true);
	inbox_is(&t, "3 2p 11Fp");
	pending_is(&t, "flag 11; flag 2");
	store_test_undo(&t, false);
	inbox_is(&t, "3 2SF 11SF");
	pending_is(&t, "");
	store_test_undo(&t, true);
	store_test_undo(&t, true);
	inbox_is(&t, "3 2p 11p");
	store_test_undo(&t, true);
	assert_int_equal(t.err.kind, ERROR_INPUT);
	while (store_test_play(&t, 0))
		;
	inbox_is(&t, "3 2 11");
	for (int i = 0; i < 3; i++)
		store_test_undo(&t, false);
	archive_is(&t, "-SFp");
	inbox_is(&t, "3 2SFp");
	assert_true(store_test_play(&t, 90));
	while (store_test_play(&t, 90))
		;
	archive_is(&t, "90SF");
	store_test_undo(&t, false);
	assert_int_equal(t.err.kind, ERROR_INPUT);
	store_test_close(&t);
}

static void
titles_are(struct store_test *t, const char *expected)
{
	struct buf b = { 0 };
	struct operation *ops;
	size_t n = store_operations(t->s, 0, &ops);

	for (size_t i = 0; i < n; i++) {
		buf_printf(&b, "%s%s", i > 0 ? "; " : "", ops[i].title);
		operation_done(&ops[i]);
	}
	free(ops);
	assert_string_equal(buf_text(&b), expected);
	buf_done(&b);
}

// Who reads the list sees what takes an act back, and what does it once more.
static void
test_undo_titles(void **state)
{
	struct store_test t = { 0 };
	uint64_t ids[2];

	(void)state;
	store_test_open(&t);
	store_test_fill(&t, t.inbox, 2);
	ids[0] = store_test_id(&t, t.inbox, 1);
	ids[1] = store_test_id(&t, t.inbox, 2);
	struct act move = { .kind = ACT_MOVE, .ids = ids, .n = 1, .folder = t.archive,
		.title = "move to Archive" };
	uint64_t step = move.step = store_step(t.s);
	store_test_act(&t, &move);
	struct act mark = { .kind = ACT_FLAG, .ids = ids, .n = 2, .title = "mark +seen",
		.step = step };
	flags_parse(&mark.change.add, "seen");
	store_test_act(&t, &mark);
	flag_change_done(&mark.change);
	titles_are(&t, "move to Archive; mark +seen; mark +seen");
	// What no server has seen goes without a trace, also when it is done again.
	store_test_undo(&t, true);
	titles_are(&t, "");
	store_test_undo(&t, false);
	titles_are(&t, "move to Archive; mark +seen; mark +seen");
	while (store_test_play(&t, 50))
		;
	store_test_undo(&t, true);
	titles_are(&t, "undo: mark +seen; undo: mark +seen; undo: move to Archive");
	store_test_reopen(&t);
	titles_are(&t, "undo: mark +seen; undo: mark +seen; undo: move to Archive");
	while (store_test_play(&t, 60))
		;
	store_test_undo(&t, false);
	titles_are(&t, "move to Archive; mark +seen; mark +seen");
	// A server's no is told of what was refused.
	while (store_test_play(&t, 70))
		;
	store_test_undo(&t, true);
	struct operation op;
	assert_true(store_operation_next(t.s, t.account, &op));
	assert_true(store_operation_refused(t.s, op.seq, "it is full", &t.err));
	operation_done(&op);
	assert_string_equal(t.text, "undo: mark +seen: it is full");
	store_test_close(&t);
}

// Several acts that are one step: seen, then moved.
static void
test_undo_step(void **state)
{
	for (int played = 0; played < 2; played++) {
		struct store_test t = { 0 };
		uint64_t id;
		(void)state;
		store_test_open(&t);
		store_test_fill(&t, t.inbox, 2);
		id = store_test_id(&t, t.inbox, 1);
		uint64_t step = store_step(t.s);
		struct act flag = { .kind = ACT_FLAG, .ids = &id, .n = 1, .step = step };
		flags_parse(&flag.change.add, "seen");
		store_test_act(&t, &flag);
		flag_change_done(&flag.change);
		struct act move = { .kind = ACT_MOVE, .ids = &id, .n = 1, .step = step,
			.folder = t.archive };
		store_test_act(&t, &move);
		while (played && store_test_play(&t, 50))
			;
		store_test_undo(&t, true);
		archive_is(&t, "");
		inbox_is(&t, played ? "2 -p" : "2 1");
		pending_is(&t, played ? "move 50; flag" : "");
		while (played && store_test_play(&t, 60))
			;
		inbox_is(&t, played ? "2 60" : "2 1");
		store_test_reopen(&t);
		store_test_undo(&t, false);
		inbox_is(&t, "2");
		archive_is(&t, "-Sp");
		pending_is(&t, played ? "flag 60; move 60" : "flag 1; move 1");
		while (store_test_play(&t, 70))
			;
		archive_is(&t, "70S");
		store_test_close(&t);
	}
}

// Of an act on two messages only one had a UID when it was played: the other waits.
// Two messages, of which the second has just come to the archive and has no UID
// there as yet: what is done to both leaves a rest.
static void
rest_open(struct store_test *t, uint64_t ids[2])
{
	struct batch b;

	store_test_open(t);
	store_test_fill(t, t->inbox, 3);
	batch_init(&b, t->archive);
	batch_row(&b, 8, "another", "a@x", NULL, EPOCH, "");
	batch_must(t, &b);
	ids[0] = store_test_id(t, t->archive, 8);
	ids[1] = store_test_id(t, t->inbox, 2);
	store_test_to(t, ACT_MOVE, ids[1], t->archive);
	assert_true(store_test_play(t, 0)); // its new UID is not told
}

// Both are of one step, whenever that is undone.
static void
test_undo_of_a_rest(void **state)
{
	for (int how = 0; how < 4; how++) {
		bool late = how % 2 == 1, reopen = how / 2 == 1;
		struct store_test t = { 0 };
		struct batch b;
		uint64_t ids[2];
		char mid[32];
		(void)state;
		rest_open(&t, ids);
		struct act flag = { .kind = ACT_FLAG, .ids = ids, .n = 2 };
		flags_parse(&flag.change.add, "seen");
		store_test_act(&t, &flag);
		flag_change_done(&flag.change);
		assert_true(store_test_play(&t, 0));
		archive_is(&t, "-Sp 8S");
		if (late) {
			snprintf(mid, sizeof(mid), "m%u.2@x", t.inbox);
			batch_init(&b, t.archive);
			batch_row(&b, 9, "subject 2", mid, NULL, EPOCH + 2 * DAY, "");
			batch_must(&t, &b);
			assert_true(store_test_play(&t, 0));
			archive_is(&t, "9S 8S");
		}
		if (reopen)
			store_test_reopen(&t);
		store_test_undo(&t, true);
		archive_is(&t, late ? "9p 8p" : "-p 8p");
		pending_is(&t, late ? "flag 8 9" : "flag 8");
		assert_true(store_test_play(&t, 0));
		archive_is(&t, late ? "9 8" : "-p 8");
		if (reopen)
			store_test_reopen(&t);
		store_test_undo(&t, false);
		archive_is(&t, late ? "9Sp 8Sp" : "-Sp 8Sp");
		assert_true(store_test_play(&t, 0));
		archive_is(&t, late ? "9S 8S" : "-Sp 8S");
		store_test_verify(&t);
		store_test_close(&t);
	}
}

// The rest is refused and goes to another folder then: undo takes each part back from
// where it went, redo there again.
static void
test_change_of_a_rest(void **state)
{
	for (int reopen = 0; reopen < 2; reopen++) {
		struct store_test t = { 0 };
		struct operation op;
		struct batch b;
		uint64_t ids[2];
		char mid[32];
		(void)state;
		rest_open(&t, ids);
		struct act move = { .kind = ACT_MOVE, .ids = ids, .n = 2, .folder = t.trash };
		store_test_act(&t, &move);
		assert_true(store_test_play(&t, 20));
		trash_is(&t, "-p 20");
		snprintf(mid, sizeof(mid), "m%u.2@x", t.inbox);
		batch_init(&b, t.archive);
		batch_row(&b, 9, "subject 2", mid, NULL, EPOCH + 2 * DAY, "");
		batch_must(&t, &b);
		assert_true(store_operation_next(t.s, t.account, &op));
		assert_true(store_operation_refused(t.s, op.seq, "it is full", &t.err));
		trash_is(&t, "20");
		archive_is(&t, "9");
		store_operation_change(t.s, op.seq, t.inbox, NULL);
		operation_done(&op);
		store_settle(t.s);
		inbox_is(&t, "3 -p 1");
		if (reopen)
			store_test_reopen(&t);
		pending_is(&t, "move 9");
		while (store_test_play(&t, 30))
			;
		inbox_is(&t, "3 30 1");
		if (reopen)
			store_test_reopen(&t);
		store_test_undo(&t, true);
		trash_is(&t, "");
		inbox_is(&t, "3 1");
		archive_is(&t, "-p -p");
		assert_true(store_test_play(&t, 40));
		assert_true(store_test_play(&t, 41));
		archive_is(&t, "40 41");
		if (reopen)
			store_test_reopen(&t);
		store_test_undo(&t, false);
		assert_true(store_test_play(&t, 50));
		assert_true(store_test_play(&t, 51));
		assert_false(store_test_play(&t, 0));
		trash_is(&t, "50");
		inbox_is(&t, "3 51 1");
		archive_is(&t, "");
		store_test_verify(&t);
		store_test_close(&t);
	}
}

// What is in somebody's hands may have reached the server: it is not dropped.
static void
test_undo_of_playing(void **state)
{
	struct store_test t = { 0 };
	struct operation op;

	(void)state;
	store_test_open(&t);
	store_test_fill(&t, t.inbox, 1);
	store_test_flag(&t, store_test_id(&t, t.inbox, 1), "seen", "");
	assert_true(store_operation_next(t.s, t.account, &op));
	store_test_undo(&t, true);
	inbox_is(&t, "1p");
	pending_is(&t, "flag 1; flag 1");
	assert_true(store_operation_played(t.s, op.seq, 0, NULL, NULL, 0, &t.err));
	operation_done(&op);
	inbox_is(&t, "1p");
	assert_true(store_test_play(&t, 0));
	inbox_is(&t, "1");
	store_test_close(&t);
}

static void
test_folder_acts(void **state)
{
	struct store_test t = { 0 };

	(void)state;
	store_test_open(&t);
	store_test_fill(&t, t.inbox, 2);
	struct act act = { .kind = ACT_FOLDER_CREATE, .account = t.account,
		.name = "New/Deep" };
	store_test_act(&t, &act);
	uint32_t fresh = store_test_folder(&t, "New/Deep");
	assert_true(fresh != 0);
	store_test_to(&t, ACT_MOVE, store_test_id(&t, t.inbox, 1), fresh);
	assert_string_equal(store_test_rows(&t, fresh, ORDER_DATE), "-p");
	store_test_reopen(&t);
	assert_int_equal(store_test_folder(&t, "New/Deep"), fresh);
	assert_string_equal(store_test_rows(&t, fresh, ORDER_DATE), "-p");
	assert_true(store_test_play(&t, 0));
	const struct folder listed[] = {
		{ .name = (char *)"INBOX", .remote_name = (char *)"INBOX" },
		{ .name = (char *)"New/Deep", .remote_name = (char *)"New.Deep",
			.delimiter = '.' },
		{ .name = (char *)"Archive", .remote_name = (char *)"Archive",
			.role = ROLE_ARCHIVE },
	};
	store_test_list(&t, listed, COUNT_OF(listed));
	assert_int_equal(store_test_folder(&t, "New/Deep"), fresh);
	assert_true(store_test_play(&t, 4));
	assert_string_equal(store_test_rows(&t, fresh, ORDER_DATE), "4");
	act = (struct act){ .kind = ACT_FOLDER_RENAME, .folder = fresh, .name = "Old" };
	store_test_act(&t, &act);
	assert_int_equal(store_test_folder(&t, "Old"), fresh);
	store_test_undo(&t, true);
	assert_int_equal(store_test_folder(&t, "New/Deep"), fresh);
	store_test_undo(&t, false);
	assert_true(store_test_play(&t, 0));
	assert_int_equal(store_test_folder(&t, "Old"), fresh);
	act = (struct act){ .kind = ACT_FOLDER_CREATE, .account = t.account,
		.name = "Old" };
	store_test_act(&t, &act);
	assert_int_equal(t.err.kind, ERROR_INPUT);
	act = (struct act){ .kind = ACT_FOLDER_DELETE, .folder = fresh };
	store_test_act(&t, &act);
	assert_int_equal(store_test_folder(&t, "Old"), 0);
	assert_true(store_test_play(&t, 0));
	// What can never be undone does not stand before what was done earlier.
	store_test_undo(&t, true);
	assert_int_equal(t.err.kind, ERROR_REFUSED);
	assert_non_null(strstr(t.err.text, "delete"));
	store_test_undo(&t, true);
	assert_int_equal(t.err.kind, ERROR_NONE);
	store_test_close(&t);
}

// A name that a pending rename gives free belongs to what is made under it after that.
static void
test_folder_name_anew(void **state)
{
	struct store_test t = { 0 };

	(void)state;
	store_test_open(&t);
	struct act act = { .kind = ACT_FOLDER_RENAME, .folder = t.archive, .name = "Old" };
	store_test_act(&t, &act);
	act = (struct act){ .kind = ACT_FOLDER_CREATE, .account = t.account,
		.name = "Archive/Deep" };
	store_test_act(&t, &act);
	uint32_t deep = store_test_folder(&t, "Archive/Deep");
	assert_true(deep != 0);
	act = (struct act){ .kind = ACT_FOLDER_CREATE, .account = t.account,
		.name = "Archive" };
	store_test_act(&t, &act);
	uint32_t fresh = store_test_folder(&t, "Archive");
	assert_true(fresh != 0 && fresh != t.archive);
	for (int i = 0; i < 3; i++) {
		assert_int_equal(store_test_folder(&t, "Archive/Deep"), deep);
		assert_int_equal(store_test_folder(&t, "Archive"), fresh);
		assert_int_equal(store_test_folder(&t, "Old"), t.archive);
		if (i == 0)
			store_test_reopen(&t);
		else if (i == 1)
			assert_true(store_test_play(&t, 0));
	}
	store_test_close(&t);
}

// What was made here and there, and is not listed, another client has taken away.
static void
test_folder_made_and_gone(void **state)
{
	static const struct folder listed[] = {
		{ .name = (char *)"INBOX", .remote_name = (char *)"INBOX" },
	};
	struct store_test t = { 0 };

	(void)state;
	store_test_open(&t);
	store_test_fill(&t, t.inbox, 1);
	struct act act = { .kind = ACT_FOLDER_CREATE, .account = t.account,
		.name = "New" };
	store_test_act(&t, &act);
	uint32_t fresh = store_test_folder(&t, "New");
	store_test_to(&t, ACT_MOVE, store_test_id(&t, t.inbox, 1), fresh);
	store_test_list(&t, listed, COUNT_OF(listed));
	assert_int_equal(store_test_folder(&t, "New"), fresh);
	assert_true(store_test_play(&t, 0));
	store_test_list(&t, listed, COUNT_OF(listed));
	for (int i = 0; i < 2; i++) {
		assert_int_equal(store_test_folder(&t, "New"), 0);
		assert_string_equal(store_test_rows(&t, t.inbox, ORDER_DATE), "1");
		store_test_reopen(&t);
	}
	store_test_close(&t);
}

static void
test_append(void **state)
{
	struct store_test t = { 0 };
	static const char mail[] = "From: ann@example.org\r\nSubject: sent\r\n"
		"Message-ID: <s@x>\r\nDate: Tue, 14 Nov 2023 22:13:20 +0000\r\n\r\nhello\r\n";
	struct operation op;
	struct buf raw = { 0 };
	uint64_t id;

	(void)state;
	store_test_open(&t);
	char *path = path_join(t.home, "draft");
	assert_true(path_write_atomic(path, mail, strlen(mail), &t.err));
	struct act act = { .kind = ACT_APPEND, .folder = t.sent, .path = path,
		.no_undo = true };
	flags_parse(&act.flags, "seen");
	store_test_act(&t, &act);
	assert_int_equal(t.err.kind, ERROR_NONE);
	assert_string_equal(store_test_rows(&t, t.sent, ORDER_DATE), "-Sp");
	store_test_undo(&t, true);
	assert_int_equal(t.err.kind, ERROR_INPUT);
	assert_true(store_message_by_message_id(t.s, t.account, "s@x", &id));
	assert_true(store_raw_read(t.s, id, 0, 10000, &raw, &t.err));
	assert_string_equal(raw.data, mail);
	buf_done(&raw);
	assert_true(store_operation_next(t.s, t.account, &op));
	assert_string_equal(op.path, path);
	assert_string_equal(op.message_id, "s@x");
	assert_int_equal(op.flags.bits, FLAG_SEEN);
	operation_done(&op);
	assert_true(store_test_play(&t, 31));
	assert_string_equal(store_test_rows(&t, t.sent, ORDER_DATE), "31S");
	assert_true(store_test_id(&t, t.sent, 31) == id);
	flags_done(&act.flags);
	free(path);
	store_test_close(&t);
}

static void
test_mistakes(void **state)
{
	struct store_test t = { 0 };
	uint32_t other;

	(void)state;
	store_test_open(&t);
	store_test_fill(&t, t.inbox, 1);
	store_test_flag(&t, 12345, "seen", "");
	assert_int_equal(t.err.kind, ERROR_GONE);
	store_test_to(&t, ACT_MOVE, store_test_id(&t, t.inbox, 1), 999);
	assert_int_equal(t.err.kind, ERROR_GONE);
	assert_true(store_account(t.s, "work", &other, &t.err));
	const struct folder listed = { .name = (char *)"INBOX",
		.remote_name = (char *)"INBOX" };
	assert_true(store_folders_sync(t.s, other, &listed, 1,
		store_folders_played(t.s), &t.err));
	struct folder f;
	assert_true(store_folder_find(t.s, other, "INBOX", &f));
	store_test_to(&t, ACT_MOVE, store_test_id(&t, t.inbox, 1), f.id);
	assert_int_equal(t.err.kind, ERROR_INPUT);
	folder_done(&f);
	inbox_is(&t, "1");
	pending_is(&t, "");
	store_test_close(&t);
}

// --- journals of before ----------------------------------------------------------------

static struct op *
unpack(const struct buf *b, size_t len)
{
	struct reader in = reader_of(b->data, len);

	return op_unpack(&in);
}

// An operation as version 1 wrote it, without path and time of each message, or with
// them, is read; what is cut or of another version is not.
static void
test_old_operations(void **state)
{
	enum { TAIL = 4 + 8 };   // an empty path, and the time
	struct buf b = { 0 };

	(void)state;
	for (size_t n = 0; n <= 3; n++) {
		struct op *op = mem_new(struct op), *old;
		struct buf one = { 0 }, two = { 0 };
		op->seq = 7;
		op->kind = ACT_FLAG;
		op->change.add.bits = FLAG_SEEN;
		op->title = mem_copy("flag", 5);
		op->account = 3;
		for (size_t i = 0; i < n; i++) {
			struct op_message *m = op_message_add(op);
			m->uid = 100 + (uint32_t)i;
			m->size = 1234;
			m->before.words = i % 2 ? mem_copy("todo", 5) : NULL;
		}
		buf_clear(&b);
		op_pack(&b, op);
		assert_non_null(old = unpack(&b, b.len));
		op_free(&old);
		b.data[0] = 1;
		assert_non_null(old = unpack(&b, b.len));
		assert_int_equal(old->n, n);
		op_free(&old);
		// The messages one by one, without their tails.
		size_t all = op->n;
		op->n = 0;
		op_pack(&one, op);
		size_t head = one.len;
		buf_add(&two, b.data, head);
		for (size_t i = 0, at = head; i < all; i++) {
			op->n = i + 1;
			buf_clear(&one);
			op_pack(&one, op);
			buf_add(&two, b.data + at, one.len - at - TAIL);
			at = one.len;
		}
		op->n = all;
		assert_non_null(old = unpack(&two, two.len));
		assert_int_equal(old->seq, 7);
		assert_int_equal(old->n, n);
		assert_string_equal(old->title, "flag");
		for (size_t i = 0; i < n; i++) {
			assert_int_equal(old->messages[i].uid, 100 + i);
			assert_int_equal(old->messages[i].size, 1234);
			assert_null(old->messages[i].path);
			if (i % 2)
				assert_string_equal(old->messages[i].before.words, "todo");
		}
		op_free(&old);
		assert_null(unpack(&two, two.len - 1));
		two.data[0] = 3;
		assert_null(unpack(&two, two.len));
		op_free(&op);
		buf_done(&one);
		buf_done(&two);
	}
	buf_done(&b);
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_old_operations),
		cmocka_unit_test(test_flag),
		cmocka_unit_test(test_flag_of_server),
		cmocka_unit_test(test_move),
		cmocka_unit_test(test_move_unbound),
		cmocka_unit_test(test_move_never_seen),
		cmocka_unit_test(test_move_overtaken),
		cmocka_unit_test(test_copy_and_expunge),
		cmocka_unit_test(test_refused),
		cmocka_unit_test(test_gone_under_pending),
		cmocka_unit_test(test_uidvalidity),
		cmocka_unit_test(test_undo),
		cmocka_unit_test(test_undo_titles),
		cmocka_unit_test(test_undo_step),
		cmocka_unit_test(test_undo_of_playing),
		cmocka_unit_test(test_undo_of_a_rest),
		cmocka_unit_test(test_change_of_a_rest),
		cmocka_unit_test(test_folder_acts),
		cmocka_unit_test(test_folder_name_anew),
		cmocka_unit_test(test_folder_made_and_gone),
		cmocka_unit_test(test_append),
		cmocka_unit_test(test_mistakes),
	};

	return cmocka_run_group_tests_name("store-acts", tests, NULL, NULL);
}
