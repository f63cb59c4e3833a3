// SPDX-License-Identifier: GPL-3.0-or-later
// What another client moves is here already: its body is found at its new place,
// in whatever order the two folders are looked at, and never that of another
// message; what nobody asks for again goes.
#include "config.h"

#include "tests/unit/store-test.h"

#include "base/when.h"
#include "mail/part.h"
#include "mail/thread.h"
#include "store/inside.h"
#include "store/left.h"

#include <stdlib.h>

#define BODY "Subject: x\r\n\r\nThe one body.\r\n"

// One message as a server tells it at a place.
struct told {
	uint32_t uid;
	const char *id;
	const char *subject;
	uint64_t size, same;
	int64_t received;      // 0: at the usual time
	const char *flags;     // NULL: none
};

static void
tell(struct store_test *t, uint32_t folder, const struct told *told, uint32_t gone)
{
	struct batch b;

	batch_init(&b, folder);
	if (told != NULL) {
		struct sync_row *row = batch_row(&b, told->uid,
			told->subject != NULL ? told->subject : "about it", told->id, NULL,
			told->received != 0 ? told->received : EPOCH,
			told->flags != NULL ? told->flags : "");
		row->size = told->size != 0 ? told->size : strlen(BODY);
		row->same = told->same;
	}
	if (gone != 0)
		batch_gone(&b, gone);
	batch_must(t, &b);
}

static void
put_body(struct store_test *t, uint32_t folder, uint32_t uid)
{
	assert_true(store_raw_put(t->s, store_test_id(t, folder, uid), 0, BODY,
		strlen(BODY), true, &t->err));
}

static bool
is_here(struct store_test *t, uint32_t folder, uint32_t uid)
{
	uint64_t id = store_test_id(t, folder, uid), have;
	struct buf out = { 0 };
	struct message m;
	bool complete = false;

	assert_true(store_message(t->s, id, &m));
	store_raw_state(t->s, id, &have, &complete);
	assert_int_equal(m.has_raw, complete);
	message_done(&m);
	if (complete) {
		assert_true(store_raw_read(t->s, id, 0, 1000, &out, &t->err));
		assert_string_equal(buf_text(&out), BODY);
	}
	buf_done(&out);
	return complete;
}

// What stood in the inbox, what stands in the archive, and whether it is known to be
// one message.
static const struct pair {
	const char *name;
	struct told from, to;
	bool known;
} pairs[] = {
	{ "the server says so", { .id = "a@x", .same = 9 },
		{ .id = "a@x", .same = 9, .received = EPOCH + 5 }, true },
	{ "the server says so, without a Message-ID", { .same = 9 }, { .same = 9 },
		true },
	{ "the server says no", { .id = "a@x", .same = 9 },
		{ .id = "a@x", .same = 11 }, false },
	{ "of one the server does not say", { .id = "a@x", .same = 9 },
		{ .id = "a@x" }, false },
	{ "another size though the server says so", { .id = "a@x", .same = 9 },
		{ .id = "a@x", .same = 9, .size = 77 }, false },
	{ "all is equal", { .id = "a@x" }, { .id = "a@x" }, true },
	{ "flags may differ", { .id = "a@x" }, { .id = "a@x", .flags = "seen" }, true },
	{ "another size", { .id = "a@x" }, { .id = "a@x", .size = 77 }, false },
	{ "another date", { .id = "a@x" }, { .id = "a@x", .received = EPOCH + 1 },
		false },
	{ "another subject", { .id = "a@x" }, { .id = "a@x", .subject = "b" }, false },
	{ "another Message-ID", { .id = "a@x" }, { .id = "b@x" }, false },
	{ "no Message-ID", { 0 }, { 0 }, false },
	{ "a draft", { .id = "a@x", .flags = "draft" },
		{ .id = "a@x", .flags = "draft" }, false },
};

// The order in which a client learns of it.
enum order { GONE_FIRST, NEW_FIRST, GONE_AND_AGAIN, ASKED_FOR, ORDERS };

static void
move(struct store_test *t, const struct pair *p, enum order order, uint32_t uid)
{
	struct told from = p->from, to = p->to;
	char id[2][32];

	// Each case is about a message of its own.
	snprintf(id[0], sizeof(id[0]), "%u.%s", uid, from.id != NULL ? from.id : "");
	snprintf(id[1], sizeof(id[1]), "%u.%s", uid, to.id != NULL ? to.id : "");
	from.id = from.id != NULL ? id[0] : NULL;
	to.id = to.id != NULL ? id[1] : NULL;
	from.same = from.same != 0 ? from.same + 100 * uid : 0;
	to.same = to.same != 0 ? to.same + 100 * uid : 0;
	from.uid = to.uid = uid;
	tell(t, t->inbox, &from, 0);
	put_body(t, t->inbox, uid);
	if (order == NEW_FIRST || order == ASKED_FOR)
		tell(t, t->archive, &to, 0);
	// Asked for while it is in both places; then neither order matters.
	if (order == ASKED_FOR)
		assert_int_equal(store_body_adopt(t->s, store_test_id(t, t->archive, uid)),
			p->known && p->to.id != NULL && p->to.same != 0);
	tell(t, t->inbox, NULL, uid);
	if (order == GONE_AND_AGAIN && p->known)
		store_test_reopen(t);
	if (order == GONE_FIRST || order == GONE_AND_AGAIN)
		tell(t, t->archive, &to, 0);
	// By a Message-ID the row that came first is found by what goes. Without one it
	// is the row that finds what went, when its body is asked for.
	if ((order == NEW_FIRST || order == ASKED_FOR) && p->to.id == NULL)
		assert_int_equal(store_body_adopt(t->s, store_test_id(t, t->archive, uid)),
			p->known);
}

static void
test_moved(void **state)
{
	struct store_test t = { 0 };
	uint32_t uid = 0;

	(void)state;
	store_test_open(&t);
	for (size_t i = 0; i < COUNT_OF(pairs); i++) {
		for (enum order order = 0; order < ORDERS; order++) {
			move(&t, &pairs[i], order, ++uid);
			if (is_here(&t, t.archive, uid) != pairs[i].known)
				fail_msg("%s, order %d: it is %s", pairs[i].name, order,
					pairs[i].known ? "not here" : "here");
		}
	}
	store_test_close(&t);
}

// Which of two was moved is not known: neither is taken for the other.
static void
test_ambiguous(void **state)
{
	const struct told one = { .uid = 1, .id = "a@x" }, two = { .uid = 2, .id = "a@x" };
	const struct told to = { .uid = 50, .id = "a@x" };

	(void)state;
	for (int both = 0; both < 2; both++) {
		struct store_test t = { 0 };
		store_test_open(&t);
		tell(&t, t.inbox, &one, 0);
		tell(&t, t.inbox, &two, 0);
		put_body(&t, t.inbox, 1);
		tell(&t, t.inbox, NULL, 1);
		if (both)
			tell(&t, t.inbox, NULL, 2);
		tell(&t, t.archive, &to, 0);
		// What had no body does not wait for one, so there is no doubt then.
		assert_int_equal(is_here(&t, t.archive, 50), both);
		assert_int_equal(store_body_adopt(t.s, store_test_id(&t, t.archive, 50)),
			false);
		store_test_close(&t);
	}
}

// Its id goes with it, parts and half a message too.
static void
test_goes_on(void **state)
{
	const struct told from = { .uid = 1, .id = "a@x" }, to = { .uid = 50, .id = "a@x" };
	struct store_test t = { 0 };
	struct buf out = { 0 };
	uint64_t have;
	bool complete;

	(void)state;
	store_test_open(&t);
	tell(&t, t.inbox, &from, 0);
	uint64_t id = store_test_id(&t, t.inbox, 1);
	struct part *root = part_parse(BODY, strlen(BODY));
	assert_true(store_structure_put(t.s, id, root, &t.err));
	part_free(&root);
	assert_true(store_part_put(t.s, id, "1", "text", 4, &t.err));
	assert_true(store_raw_put(t.s, id, 0, BODY, 5, false, &t.err));
	tell(&t, t.inbox, NULL, 1);
	assert_false(store_message_at(t.s, t.inbox, 1, &have));
	tell(&t, t.archive, &to, 0);
	assert_true(store_test_id(&t, t.archive, 50) == id);
	assert_true(store_part_read(t.s, id, "1", &out));
	root = store_structure(t.s, id);
	assert_non_null(root);
	part_free(&root);
	store_raw_state(t.s, id, &have, &complete);
	assert_int_equal(have, 5);
	assert_false(complete);
	assert_true(store_raw_put(t.s, id, 5, &BODY[5], strlen(BODY) - 5, true, &t.err));
	assert_true(is_here(&t, t.archive, 50));
	// Back again, where the row came first and has nothing.
	struct told back = { .uid = 2, .id = "a@x" };
	tell(&t, t.inbox, &back, 0);
	tell(&t, t.archive, NULL, 50);
	assert_true(is_here(&t, t.inbox, 2));
	buf_done(&out);
	store_test_close(&t);
}

// Tree and parts of a large one are shared as they are; the raw form goes before.
static void
test_adopts(void **state)
{
	const struct told from = { .uid = 1, .id = "a@x", .same = 9 };
	const struct told to = { .uid = 50, .id = "a@x", .same = 9 };
	struct store_test t = { 0 };
	struct buf out = { 0 };

	(void)state;
	store_test_open(&t);
	tell(&t, t.inbox, &from, 0);
	tell(&t, t.archive, &to, 0);
	uint64_t id = store_test_id(&t, t.inbox, 1);
	uint64_t there = store_test_id(&t, t.archive, 50);
	assert_false(store_body_adopt(t.s, there));
	struct part *root = part_parse(BODY, strlen(BODY));
	assert_true(store_structure_put(t.s, id, root, &t.err));
	part_free(&root);
	char *large = mem_alloc(3 * BODY_CHUNK, 1);
	memset(large, 'x', 3 * BODY_CHUNK);
	assert_true(store_part_put(t.s, id, "1", large, 2 * BODY_CHUNK + 5, &t.err));
	assert_true(store_body_adopt(t.s, there));
	assert_true(store_part_read(t.s, there, "1", &out));
	assert_int_equal(out.len, 2 * BODY_CHUNK + 5);
	buf_clear(&out);
	// What it has is not asked for again.
	assert_false(store_body_adopt(t.s, there));
	assert_true(store_raw_put(t.s, id, 0, large, 3 * BODY_CHUNK, true, &t.err));
	assert_true(store_body_adopt(t.s, there));
	assert_true(store_raw_read(t.s, there, 0, 4 * BODY_CHUNK, &out, &t.err));
	assert_int_equal(out.len, 3 * BODY_CHUNK);
	assert_memory_equal(buf_text(&out), large, out.len);
	free(large);
	buf_done(&out);
	store_test_close(&t);
}

// --- limits -------------------------------------------------------------------------

// n messages with bodies leave the inbox; how many of them are known again.
static unsigned
leave(struct store_test *t, uint32_t n)
{
	struct batch b;
	unsigned known = 0;

	store_test_fill(t, t->inbox, n);
	for (uint32_t uid = 1; uid <= n; uid++)
		put_body(t, t->inbox, uid);
	for (uint32_t uid = 1; uid <= n; uid += 100) {
		batch_init(&b, t->inbox);
		for (uint32_t i = uid; i < uid + 100 && i <= n; i++)
			batch_gone(&b, i);
		batch_must(t, &b);
	}
	batch_init(&b, t->archive);
	for (uint32_t i = 1; i <= n; i++) {
		char id[32], subject[32];
		snprintf(id, sizeof(id), "m%u.%u@x", t->inbox, i);
		snprintf(subject, sizeof(subject), "subject %u", i);
		batch_row(&b, i, subject, id, NULL, EPOCH + (int64_t)i * DAY, "");
	}
	batch_must(t, &b);
	for (uint32_t uid = 1; uid <= n; uid++)
		known += is_here(t, t->archive, uid);
	return known;
}

static void
test_limits(void **state)
{
	struct store_test t = { 0 };

	(void)state;
	t.home = test_folder_make();
	store_test_open(&t);
	assert_int_equal(leave(&t, LEFT_MAX + 100), LEFT_MAX);
	store_test_close(&t);
	// By bytes: a tenth of what there may be in all.
	t = (struct store_test){ .home = test_folder_make() };
	const struct store_settings settings = {
		.folder = t.home, .mail = t.home, .changed = store_test_changed, .arg = &t,
		.bodies_max = LEFT_BYTES_SHARE * 20 * strlen(BODY),
	};
	store_test_open(&t);
	store_close(&t.s);
	assert_true(store_open(&t.s, &settings, &t.err));
	assert_int_equal(leave(&t, 50), 20);
	store_test_close(&t);
}

static bool
sweep_at(struct store *s, void *arg, struct error *err)
{
	(void)err;
	left_sweep(s, *(const int64_t *)arg);
	return true;
}

static void
test_time(void **state)
{
	const struct told from = { .uid = 1, .id = "a@x" }, to = { .uid = 50, .id = "a@x" };

	(void)state;
	for (int late = 0; late < 2; late++) {
		struct store_test t = { 0 };
		store_test_open(&t);
		tell(&t, t.inbox, &from, 0);
		put_body(&t, t.inbox, 1);
		int64_t when = when_now();
		tell(&t, t.inbox, NULL, 1);
		when += LEFT_SECONDS - 1;
		if (late)
			when = when_now() + LEFT_SECONDS + 1;
		assert_true(writer_call(t.s, JOB_UPKEEP, sweep_at, &when, &t.err));
		tell(&t, t.archive, &to, 0);
		assert_int_equal(is_here(&t, t.archive, 50), !late);
		store_test_close(&t);
	}
}

// Our own act means it: nothing waits.
static void
test_own_expunge(void **state)
{
	const struct told from = { .uid = 1, .id = "a@x" }, to = { .uid = 50, .id = "a@x" };
	struct store_test t = { 0 };

	(void)state;
	store_test_open(&t);
	tell(&t, t.inbox, &from, 0);
	put_body(&t, t.inbox, 1);
	store_test_to(&t, ACT_EXPUNGE, store_test_id(&t, t.inbox, 1), 0);
	assert_true(store_test_play(&t, 0));
	tell(&t, t.archive, &to, 0);
	assert_false(is_here(&t, t.archive, 50));
	store_test_close(&t);
}

// A folder goes and comes with another name, which nobody says: its mail is here.
static void
test_folder_goes(void **state)
{
	const struct told from = { .uid = 1, .id = "a@x" }, to = { .uid = 1, .id = "a@x" };
	const struct folder listed[] = {
		{ .name = (char *)"INBOX", .remote_name = (char *)"INBOX",
			.delimiter = '/', .role = ROLE_INBOX },
		{ .name = (char *)"Elsewhere", .remote_name = (char *)"Elsewhere",
			.delimiter = '/' },
	};
	struct store_test t = { 0 };

	(void)state;
	store_test_open(&t);
	tell(&t, t.archive, &from, 0);
	put_body(&t, t.archive, 1);
	store_test_list(&t, listed, COUNT_OF(listed));
	uint32_t elsewhere = store_test_folder(&t, "Elsewhere");
	tell(&t, elsewhere, &to, 0);
	assert_true(is_here(&t, elsewhere, 1));
	store_test_close(&t);
}

// The account is another's now: what was in its folders, and what had left them.
static void
test_another_server(void **state)
{
	const struct told a = { .uid = 1, .id = "a@x" }, b = { .uid = 2, .id = "b@x" };
	struct store_test t = { 0 };
	struct batch reset;

	(void)state;
	store_test_open(&t);
	tell(&t, t.inbox, &a, 0);
	tell(&t, t.inbox, &b, 0);
	put_body(&t, t.inbox, 1);
	put_body(&t, t.inbox, 2);
	tell(&t, t.inbox, NULL, 2);
	batch_init(&reset, t.inbox);
	reset.b.uidvalidity = 0;
	reset.b.reset = true;
	batch_must(&t, &reset);
	tell(&t, t.archive, &a, 0);
	tell(&t, t.archive, &b, 0);
	assert_false(is_here(&t, t.archive, 1));
	assert_false(is_here(&t, t.archive, 2));
	store_test_close(&t);
}

// What comes back began a thread that is full where it comes: it goes on with its own
// number, which others have as theirs.
static void
test_full_thread(void **state)
{
	const struct told from = { .uid = 1, .id = "a@x" };
	const struct told to = { .uid = THREAD_MESSAGES_MAX + 1, .id = "a@x" };
	struct store_test t = { 0 };
	struct batch b;

	(void)state;
	store_test_open(&t);
	tell(&t, t.inbox, &from, 0);
	put_body(&t, t.inbox, 1);
	batch_init(&b, t.archive);
	for (uint32_t uid = 1; uid <= THREAD_MESSAGES_MAX; uid++) {
		char id[32];
		snprintf(id, sizeof(id), "%u@x", uid);
		batch_row(&b, uid, "Re: about it", id, "a@x", EPOCH + uid, "");
	}
	batch_must(&t, &b);
	tell(&t, t.inbox, NULL, 1);
	tell(&t, t.archive, &to, 0);
	assert_true(is_here(&t, t.archive, to.uid));
	store_test_verify(&t);
	tell(&t, t.archive, NULL, to.uid);
	store_test_close(&t);
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_moved), cmocka_unit_test(test_ambiguous),
		cmocka_unit_test(test_goes_on), cmocka_unit_test(test_adopts),
		cmocka_unit_test(test_limits), cmocka_unit_test(test_time),
		cmocka_unit_test(test_own_expunge),
		cmocka_unit_test(test_folder_goes),
		cmocka_unit_test(test_another_server),
		cmocka_unit_test(test_full_thread),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
