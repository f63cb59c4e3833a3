// SPDX-License-Identifier: GPL-3.0-or-later
// What a sync writes, and what the orders, counts and threads make of it.
#include "config.h"

#include "tests/unit/store-test.h"

#include <stdlib.h>
#include <sys/stat.h>
#include <unistd.h>

#include "base/str.h"
#include "store/inside.h"

static void
test_empty(void **state)
{
	struct store_test t = { 0 };
	struct folder *folders;

	(void)state;
	store_test_open(&t);
	assert_int_equal(store_folders(t.s, t.account, &folders), 4);
	assert_string_equal(folders[0].name, "INBOX");
	assert_string_equal(folders[1].name, "Sent");
	for (int i = 0; i < 4; i++)
		folder_done(&folders[i]);
	free(folders);
	assert_string_equal(store_test_rows(&t, t.inbox, ORDER_DATE), "");
	assert_int_equal(store_order_count(t.s, t.inbox), 0);
	store_test_close(&t);
}

static void
test_rows(void **state)
{
	struct store_test t = { 0 };
	struct message m;
	uint32_t row;
	uint64_t ids[10];

	(void)state;
	store_test_open(&t);
	store_test_fill(&t, t.inbox, 5);
	assert_string_equal(store_test_rows(&t, t.inbox, ORDER_DATE), "5 4 3 2 1");
	assert_string_equal(store_test_rows(&t, t.inbox, ORDER_THREAD), "5 4 3 2 1");
	assert_string_equal(store_test_counts(&t, t.inbox), "5 5");
	assert_string_equal(store_test_counts(&t, t.archive), "0 0");
	assert_true(store_message(t.s, store_test_id(&t, t.inbox, 2), &m));
	assert_string_equal(m.envelope.subject, "subject 2");
	assert_int_equal(m.folder, t.inbox);
	assert_int_equal(m.account, t.account);
	message_done(&m);
	for (int order = ORDER_DATE; order <= ORDER_THREAD; order++) {
		assert_true(store_order_find(t.s, t.inbox, order,
			store_test_id(&t, t.inbox, 2), &row));
		assert_int_equal(row, 3);
		assert_int_equal(store_order_ids(t.s, t.inbox, order, 2, 10, ids), 3);
		assert_true(ids[0] == store_test_id(&t, t.inbox, 3));
		assert_int_equal(store_order_ids(t.s, t.inbox, order, 5, 10, ids), 0);
	}
	store_test_reopen(&t);
	assert_string_equal(store_test_rows(&t, t.inbox, ORDER_DATE), "5 4 3 2 1");
	assert_string_equal(store_test_counts(&t, t.inbox), "5 5");
	store_test_close(&t);
}

static void
test_flags_and_gone(void **state)
{
	struct store_test t = { 0 };
	struct batch b;
	uint32_t row;

	(void)state;
	store_test_open(&t);
	store_test_fill(&t, t.inbox, 5);
	batch_init(&b, t.inbox);
	batch_flags(&b, 2, "seen", 10);
	batch_flags(&b, 4, "seen flagged", 10);
	batch_flags(&b, 99, "seen", 10);
	batch_gone(&b, 3);
	batch_gone(&b, 98);
	b.b.highestmodseq = 10;
	batch_must(&t, &b);
	assert_string_equal(store_test_rows(&t, t.inbox, ORDER_DATE), "5 4SF 2S 1");
	assert_string_equal(store_test_counts(&t, t.inbox), "4 2");
	assert_true(store_order_next(t.s, t.inbox, ORDER_DATE, 0, 1, FLAG_SEEN, 0, 10,
		&row));
	assert_int_equal(row, 1);
	assert_true(store_order_next(t.s, t.inbox, ORDER_DATE, 1, 1, 0, FLAG_SEEN, 10,
		&row));
	assert_int_equal(row, 3);
	assert_true(store_order_next(t.s, t.inbox, ORDER_THREAD, 3, -1, FLAG_FLAGGED, 0,
		10, &row));
	assert_int_equal(row, 1);
	assert_false(store_order_next(t.s, t.inbox, ORDER_DATE, 2, 1, FLAG_FLAGGED, 0,
		10, &row));
	// Flags of before, and a row that is gone, told late by another connection.
	batch_init(&b, t.inbox);
	batch_flags(&b, 4, "", 9);
	batch_row(&b, 3, "subject 3", "m3@x", NULL, EPOCH, "");
	batch_must(&t, &b);
	assert_string_equal(store_test_rows(&t, t.inbox, ORDER_DATE), "5 4SF 2S 1");
	store_test_close(&t);
}

static void
test_known(void **state)
{
	struct store_test t = { 0 };
	struct sync_known *known;
	struct batch b;

	(void)state;
	store_test_open(&t);
	store_test_fill(&t, t.inbox, 700);
	batch_init(&b, t.inbox);
	batch_flags(&b, 600, "seen todo", 0);
	batch_must(&t, &b);
	assert_int_equal(store_sync_known(t.s, t.inbox, 1, UINT32_MAX, &known), 700);
	assert_int_equal(known[599].uid, 600);
	assert_int_equal(known[599].bits, FLAG_SEEN);
	assert_true(known[599].words_hash == str_hash("todo", 4));
	assert_true(known[598].words_hash == 0);
	free(known);
	assert_int_equal(store_sync_known(t.s, t.inbox, 10, 12, &known), 3);
	assert_int_equal(known[2].uid, 12);
	free(known);
	store_test_close(&t);
}

static void
test_uidvalidity(void **state)
{
	struct store_test t = { 0 };
	struct batch b;

	(void)state;
	store_test_open(&t);
	store_test_fill(&t, t.inbox, 3);
	batch_init(&b, t.inbox);
	b.b.uidvalidity = VALIDITY + 1;
	batch_row(&b, 1, "other", "o@x", NULL, EPOCH, "");
	assert_false(batch_sync(&t, &b));
	assert_int_equal(t.err.kind, ERROR_GONE);
	assert_string_equal(store_test_rows(&t, t.inbox, ORDER_DATE), "3 2 1");
	batch_init(&b, t.inbox);
	b.b.uidvalidity = VALIDITY + 1;
	b.b.reset = true;
	batch_row(&b, 1, "other", "o@x", NULL, EPOCH, "seen");
	batch_must(&t, &b);
	assert_string_equal(store_test_rows(&t, t.inbox, ORDER_DATE), "1S");
	assert_string_equal(store_test_counts(&t, t.inbox), "1 0");
	store_test_close(&t);
}

// Each row: UID, own id, the id it answers, day. Arrives in this order.
struct talk_row {
	uint32_t uid;
	const char *id, *parent;
	int day;
};

static const struct talk {
	struct talk_row rows[8];
	const char *order;
} talks[] = {
	{ { { 1, "a", NULL, 1 }, { 2, "b", "a", 2 }, { 3, "c", "b", 3 } }, "1 >2 >>3" },
	{ { { 3, "c", "b", 3 }, { 2, "b", "a", 2 }, { 1, "a", NULL, 1 } }, "1 >2 >>3" },
	{ { { 2, "b", "a", 2 }, { 3, "c", "b", 3 }, { 1, "a", NULL, 1 } }, "1 >2 >>3" },
	// Two threads that one message brings together.
	{ { { 1, "a", NULL, 1 }, { 3, "c", "b", 3 }, { 5, "x", NULL, 2 },
		{ 2, "b", "a", 4 } }, "1 >2 >>3 5" },
	// The latest message of a thread places it.
	{ { { 1, "a", NULL, 1 }, { 2, "x", NULL, 2 }, { 3, "b", "a", 3 },
		{ 4, "y", "x", 4 }, { 5, "c", "a", 5 } }, "1 >3 >5 2 >4" },
	// No Message-ID at all.
	{ { { 1, NULL, NULL, 1 }, { 2, NULL, NULL, 2 } }, "2 1" },
	// One id twice; a message that answers itself.
	{ { { 1, "a", NULL, 1 }, { 2, "a", NULL, 2 }, { 3, "z", "z", 3 } }, "3 1 2" },
};

static void
test_threads(void **state)
{
	(void)state;
	for (size_t i = 0; i < COUNT_OF(talks); i++) {
		for (int at_once = 0; at_once < 2; at_once++) {
			struct store_test t = { 0 };
			struct batch b;
			store_test_open(&t);
			batch_init(&b, t.inbox);
			for (const struct talk_row *r = talks[i].rows; r->uid != 0; r++) {
				batch_row(&b, r->uid, "s", r->id, r->parent,
					EPOCH + r->day * DAY, "");
				if (!at_once) {
					batch_must(&t, &b);
					batch_init(&b, t.inbox);
				}
			}
			batch_must(&t, &b);
			const char *got = store_test_rows(&t, t.inbox, ORDER_THREAD);
			if (strcmp(got, talks[i].order) != 0)
				fail_msg("talk %zu, %d: %s instead of %s", i, at_once, got,
					talks[i].order);
			store_test_close(&t);
		}
	}
}

// A large sync, threaded through memory, gives what small ones give.
static void
test_threads_large(void **state)
{
	struct store_test t = { 0 };
	struct batch b;
	uint32_t n = 3000;

	(void)state;
	store_test_open(&t);
	for (uint32_t uid = n; uid > 0;) {
		batch_init(&b, t.inbox);
		for (int i = 0; i < 500 && uid > 0; i++, uid--) {
			char id[32], parent[32];
			snprintf(id, sizeof(id), "%u@x", uid);
			snprintf(parent, sizeof(parent), "%u@x", uid - 10);
			// Ten conversations that take turns, in spans of a hundred.
			batch_row(&b, uid, "s", id, uid % 100 > 10 ? parent : NULL,
				EPOCH + uid, "");
		}
		batch_must(&t, &b);
	}
	assert_int_equal(store_order_count(t.s, t.inbox), n);
	uint64_t ids[100];
	assert_int_equal(store_order_ids(t.s, t.inbox, ORDER_THREAD, 0, 100, ids), 100);
	struct message m;
	uint64_t *thread;
	assert_true(store_message(t.s, store_test_id(&t, t.inbox, 2595), &m));
	assert_int_equal(store_thread(t.s, m.thread, &thread), 10);
	assert_true(thread[0] == store_test_id(&t, t.inbox, 2505));
	message_done(&m);
	free(thread);
	store_test_verify(&t);
	store_test_reopen(&t);
	// A reply to the oldest is found over the restart.
	batch_init(&b, t.inbox);
	batch_row(&b, n + 1, "late", "late@x", "5@x", EPOCH + n + 1, "")->arrived = true;
	batch_must(&t, &b);
	assert_true(store_message(t.s, store_test_id(&t, t.inbox, n + 1), &m));
	assert_int_equal(store_thread(t.s, m.thread, &thread), 10 + 1);
	message_done(&m);
	free(thread);
	assert_int_equal(t.told[STORE_ARRIVED], 1);
	store_test_close(&t);
}

// What this process has read or written by calls so far; -1 where the kernel does
// not count.
static long
calls(const char *kind)
{
	FILE *f = fopen("/proc/self/io", "r");
	char line[64];
	long n = -1;

	while (f != NULL && fgets(line, sizeof(line), f) != NULL) {
		if (str_has_prefix(line, kind))
			n = atol(line + strlen(kind));
	}
	if (f != NULL)
		fclose(f);
	return n;
}

#define START_READS 200
#define START_WRITES 10

// Opening and one screenful cost as much in a large folder as in a small one, and
// a log that was closed in order is not written anew.
static void
test_start(void **state)
{
	struct store_test t = { 0 };
	struct batch b;
	struct message rows[60];
	struct stat st;

	(void)state;
	if (calls("syscr:") < 0)
		skip();
	store_test_open(&t);
	for (uint32_t uid = 8000; uid > 0;) {
		batch_init(&b, t.inbox);
		for (int i = 0; i < 1000; i++, uid--) {
			char id[32];
			snprintf(id, sizeof(id), "%u@x", uid);
			batch_row(&b, uid, "A subject of some length", id, NULL,
				EPOCH + uid, "");
		}
		batch_must(&t, &b);
	}
	store_close(&t.s);
	char *file = str_printf("%s/cache/messages.db", t.home);
	assert_int_equal(stat(file, &st), 0);
	assert_true(st.st_size / 4096 > START_READS);
	free(file);
	long reads = calls("syscr:"), writes = calls("syscw:");
	store_test_open_only(&t);
	assert_int_equal(store_order_rows(t.s, t.inbox, ORDER_THREAD, 0, 60, rows), 60);
	reads = calls("syscr:") - reads;
	writes = calls("syscw:") - writes;
	for (int i = 0; i < 60; i++)
		message_done(&rows[i]);
	if (reads > START_READS || writes > START_WRITES)
		fail_msg("%ld reads, %ld writes", reads, writes);
	store_test_close(&t);
}

static void
test_across_folders(void **state)
{
	struct store_test t = { 0 };
	struct batch b;
	struct message m;
	uint64_t *thread, id;

	(void)state;
	store_test_open(&t);
	batch_init(&b, t.inbox);
	batch_row(&b, 1, "question", "a@x", NULL, EPOCH, "");
	batch_row(&b, 2, "thanks", "c@x", "b@x", EPOCH + 2 * DAY, "");
	batch_must(&t, &b);
	assert_string_equal(store_test_rows(&t, t.inbox, ORDER_THREAD), "2 1");
	batch_init(&b, t.sent);
	batch_row(&b, 1, "answer", "b@x", "a@x", EPOCH + DAY, "seen");
	batch_must(&t, &b);
	assert_string_equal(store_test_rows(&t, t.inbox, ORDER_THREAD), "1 >>2");
	assert_string_equal(store_test_rows(&t, t.sent, ORDER_THREAD), ">1S");
	assert_true(store_message_by_message_id(t.s, t.account, "c@x", &id));
	assert_true(store_message(t.s, id, &m));
	assert_int_equal(store_thread(t.s, m.thread, &thread), 3);
	message_done(&m);
	free(thread);
	// The answer goes: the question and the thanks stay together.
	batch_init(&b, t.sent);
	batch_gone(&b, 1);
	batch_must(&t, &b);
	assert_string_equal(store_test_rows(&t, t.inbox, ORDER_THREAD), "1 2");
	assert_false(store_message_by_message_id(t.s, t.account, "b@x", &id));
	store_test_close(&t);
}

static void
test_unreadable(void **state)
{
	struct store_test t = { 0 };
	struct batch b;
	struct message m;
	uint64_t id;

	(void)state;
	store_test_open(&t);
	batch_init(&b, t.inbox);
	*(struct sync_row *)array_push(&b.rows) = (struct sync_row){
		.uid = 1, .size = 5, .received = EPOCH, .unreadable = true };
	batch_must(&t, &b);
	id = store_test_id(&t, t.inbox, 1);
	assert_true(store_message(t.s, id, &m));
	assert_true(m.unreadable);
	message_done(&m);
	batch_init(&b, t.inbox);
	batch_row(&b, 1, "readable after all", "r@x", NULL, EPOCH + DAY, "seen");
	batch_must(&t, &b);
	assert_true(store_message(t.s, id, &m));
	assert_false(m.unreadable);
	assert_string_equal(m.envelope.subject, "readable after all");
	message_done(&m);
	assert_string_equal(store_test_counts(&t, t.inbox), "1 0");
	store_test_close(&t);
}

// UIDs from..to, and that all from there up is here, which `before` was the end of.
static struct sync_writing *
begin_window(struct store_test *t, uint32_t from, uint32_t to, uint32_t before)
{
	struct batch b;

	batch_init(&b, t->inbox);
	for (uint32_t uid = from; uid <= to; uid++)
		batch_row(&b, uid, "one of many", "", NULL, EPOCH + (int64_t)uid * DAY, "");
	b.b.rows = b.rows.items;
	b.b.n_rows = b.rows.len;
	b.b.uidnext = before == 0 ? to + 1 : 0;
	b.b.lowest_uid = from;
	b.b.lowest_before = before;
	struct sync_writing *w = store_sync_begin(t->s, &b.b);
	assert_int_equal(b.b.n_rows, 0);
	assert_null(b.b.rows);
	return w;
}

// A list that a folder act has overtaken shows the folders as they were.
static void
test_late_list(void **state)
{
	struct store_test t = { 0 };
	const struct folder inbox = {
		.name = (char *)"INBOX", .remote_name = (char *)"INBOX",
		.delimiter = '/', .role = ROLE_INBOX };

	(void)state;
	store_test_open(&t);
	store_test_fill(&t, t.archive, 3);
	uint64_t now = store_folders_played(t.s);
	assert_true(store_folders_sync(t.s, t.account, &inbox, 1, now + 1, &t.err));
	assert_int_equal(store_test_folder(&t, "Archive"), t.archive);
	assert_string_equal(store_test_counts(&t, t.archive), "3 3");
	assert_true(store_folders_sync(t.s, t.account, &inbox, 1, now, &t.err));
	assert_int_equal(store_test_folder(&t, "Archive"), 0);
	assert_int_equal(store_test_folder(&t, "INBOX"), t.inbox);
	store_test_close(&t);
}

// UIDs far apart and at both ends of what there can be; what is known of them.
static void
expect_known(struct store_test *t, const uint32_t *uids, size_t n, uint32_t from,
	uint32_t to)
{
	struct sync_known *known;
	size_t len = store_sync_known(t->s, t->inbox, from, to, &known), at = 0;

	for (size_t i = 0; i < n; i++) {
		if (uids[i] < from || uids[i] > to)
			continue;
		assert_true(at < len);
		assert_int_equal(known[at].uid, uids[i]);
		at++;
	}
	assert_int_equal(at, len);
	free(known);
}

static void
test_places(void **state)
{
	enum { N = 1500 };
	struct store_test t = { 0 };
	uint32_t uids[N];
	struct batch b;
	size_t left = 0;

	(void)state;
	store_test_open(&t);
	for (uint32_t i = 0; i < N; i++)
		uids[i] = i < 600 ? i + 1 : i < N - 1 ? 601 + (i - 600) * 37 : UINT32_MAX;
	// Each third first: the others come between what is there.
	for (int turn = 0; turn < 3; turn++) {
		batch_init(&b, t.inbox);
		for (uint32_t i = turn == 0 ? 2 : turn == 1 ? 0 : 1; i < N; i += 3)
			batch_row(&b, uids[i], "one of many", "", NULL,
				EPOCH + (int64_t)(uids[i] * 2654435761u % 100000), "");
		batch_must(&t, &b);
		store_test_verify(&t);
	}
	expect_known(&t, uids, N, 1, UINT32_MAX);
	expect_known(&t, uids, N, 64, 128);
	expect_known(&t, uids, N, 602, 602);
	expect_known(&t, uids, N, UINT32_MAX, UINT32_MAX);
	store_test_reopen(&t);
	batch_init(&b, t.inbox);
	for (uint32_t i = 0; i < N; i++) {
		if (i % 64 < 60)
			batch_gone(&b, uids[i]);
		else
			uids[left++] = uids[i];
	}
	batch_must(&t, &b);
	store_test_verify(&t);
	expect_known(&t, uids, left, 1, UINT32_MAX);
	assert_int_equal(store_test_id(&t, t.inbox, 1), 0);
	assert_int_not_equal(store_test_id(&t, t.inbox, uids[0]), 0);
	// Nothing of them is left when the server numbers anew.
	batch_init(&b, t.inbox);
	b.b.uidvalidity = VALIDITY + 1;
	b.b.reset = true;
	batch_row(&b, 5, "of now", "", NULL, EPOCH, "");
	batch_must(&t, &b);
	expect_known(&t, (const uint32_t[]){ 5 }, 1, 1, UINT32_MAX);
	store_test_close(&t);
}

// One window is written while the next is gathered; one that does not go on where
// the rows end, because these were lost meanwhile, is not written at all.
static void
test_behind(void **state)
{
	struct store_test t = { 0 };
	struct sync_writing *w = NULL;
	struct folder f;

	(void)state;
	store_test_open(&t);
	assert_true(store_sync_end(t.s, &w, &t.err));
	w = begin_window(&t, 201, 300, 0);
	assert_true(store_sync_end(t.s, &w, &t.err));
	assert_null(w);
	w = begin_window(&t, 101, 200, 201);
	assert_true(store_sync_end(t.s, &w, &t.err));
	assert_string_equal(store_test_counts(&t, t.inbox), "200 200");
	w = begin_window(&t, 1, 50, 51);
	assert_false(store_sync_end(t.s, &w, &t.err));
	assert_null(w);
	assert_int_equal(t.err.kind, ERROR_GONE);
	assert_string_equal(store_test_counts(&t, t.inbox), "200 200");
	assert_true(store_folder(t.s, t.inbox, &f));
	assert_int_equal(f.lowest_uid, 101);
	folder_done(&f);
	error_clear(&t.err);
	store_test_close(&t);
}

// A server that tells a message twice in one answer, or in another order, has it once.
static void
test_twice(void **state)
{
	static const uint32_t answers[][4] = { { 5, 6, 6, 9 }, { 12, 11, 10, 12 } };
	struct store_test t = { 0 };

	(void)state;
	store_test_open(&t);
	for (size_t i = 0; i < 2; i++) {
		struct batch b;
		batch_init(&b, t.inbox);
		for (size_t j = 0; j < 4; j++)
			batch_row(&b, answers[i][j], "once", "", NULL, EPOCH, "");
		batch_must(&t, &b);
	}
	assert_string_equal(store_test_counts(&t, t.inbox), "6 6");
	store_test_close(&t);
}

static void
test_folders(void **state)
{
	struct store_test t = { 0 };
	struct folder f;

	(void)state;
	store_test_open(&t);
	store_test_fill(&t, t.archive, 400);
	const struct folder listed[] = {
		{ .name = (char *)"INBOX", .remote_name = (char *)"INBOX",
			.delimiter = '/', .role = ROLE_INBOX },
		{ .name = (char *)"Work", .remote_name = (char *)"Work", .delimiter = '/' },
	};
	store_test_list(&t, listed, 2);
	assert_int_equal(store_test_folder(&t, "INBOX"), t.inbox);
	assert_int_equal(store_test_folder(&t, "inbox"), t.inbox);
	assert_int_equal(store_test_folder(&t, "Archive"), 0);
	assert_string_equal(store_test_rows(&t, t.archive, ORDER_DATE), "");
	uint32_t work = store_test_folder(&t, "Work");
	assert_true(work > t.sent);
	int told = t.told[STORE_FOLDERS];
	store_test_list(&t, listed, 2);
	assert_int_equal(t.told[STORE_FOLDERS], told);
	store_test_reopen(&t);
	assert_int_equal(store_test_folder(&t, "Work"), work);
	assert_true(store_folder_by_role(t.s, t.account, ROLE_INBOX, &f));
	folder_done(&f);
	assert_false(store_folder_by_role(t.s, t.account, ROLE_TRASH, &f));
	store_test_close(&t);
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_empty),
		cmocka_unit_test(test_rows),
		cmocka_unit_test(test_flags_and_gone),
		cmocka_unit_test(test_known),
		cmocka_unit_test(test_uidvalidity),
		cmocka_unit_test(test_threads),
		cmocka_unit_test(test_threads_large),
		cmocka_unit_test(test_start),
		cmocka_unit_test(test_across_folders),
		cmocka_unit_test(test_unreadable),
		cmocka_unit_test(test_late_list),
		cmocka_unit_test(test_places),
		cmocka_unit_test(test_behind),
		cmocka_unit_test(test_twice),
		cmocka_unit_test(test_folders),
	};

	return cmocka_run_group_tests_name("store-sync", tests, NULL, NULL);
}
