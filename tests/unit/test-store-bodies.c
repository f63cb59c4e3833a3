// SPDX-License-Identifier: GPL-3.0-or-later
// Bodies: raw in pieces, resumed; parts; the limit; what is wanted. And the small
// tables of the journal: states, outbox, POP3's memory. And the owner's lock.
#include "config.h"

#include "tests/unit/store-test.h"

#include <signal.h>
#include <sys/wait.h>
#include <unistd.h>

#include "base/when.h"
#include "mail/part.h"
#include "mail/query.h"
#include "store/outbox.h"
#include "store/owner.h"

static char *
noise(size_t len)
{
	char *data = mem_alloc(len + 1, 1);

	for (size_t i = 0; i < len; i++)
		data[i] = (char)('a' + (i * 7 + i / 251) % 26);
	return data;
}

static void
test_raw(void **state)
{
	static const size_t sizes[] = { 0, 1, 5000, BODY_CHUNK, BODY_CHUNK + 1,
		3 * BODY_CHUNK + 77 };
	struct store_test t = { 0 };
	struct message m;
	uint64_t have;
	bool complete;

	(void)state;
	store_test_open(&t);
	store_test_fill(&t, t.inbox, COUNT_OF(sizes));
	for (size_t i = 0; i < COUNT_OF(sizes); i++) {
		uint64_t id = store_test_id(&t, t.inbox, (uint32_t)i + 1);
		char *data = noise(sizes[i]);
		struct buf out = { 0 };
		size_t half = sizes[i] / 2;
		assert_false(store_raw_read(t.s, id, 0, 10, &out, &t.err));
		assert_int_equal(t.err.kind, ERROR_GONE);
		assert_true(store_raw_put(t.s, id, 0, data, half, false, &t.err));
		store_raw_state(t.s, id, &have, &complete);
		assert_int_equal(have, half);
		assert_false(complete);
		// Not what follows.
		assert_false(store_raw_put(t.s, id, half + 1, "x", 1, false, &t.err));
		assert_int_equal(t.err.kind, ERROR_GONE);
		if (i == 3)
			store_test_reopen(&t);
		assert_true(store_raw_put(t.s, id, half, data + half, sizes[i] - half, true,
			&t.err));
		assert_true(store_raw_state(t.s, id, &have, &complete));
		assert_int_equal(have, sizes[i]);
		assert_true(complete);
		assert_true(store_raw_read(t.s, id, 0, sizes[i] + 10, &out, &t.err));
		assert_int_equal(out.len, sizes[i]);
		assert_memory_equal(buf_text(&out), data, sizes[i]);
		buf_clear(&out);
		assert_true(store_raw_read(t.s, id, half, 100, &out, &t.err));
		assert_memory_equal(buf_text(&out), data + half, out.len);
		assert_true(store_message(t.s, id, &m));
		assert_true(m.has_raw);
		message_done(&m);
		buf_done(&out);
		free(data);
	}
	uint64_t id = store_test_id(&t, t.inbox, 6);
	assert_true(store_body_drop(t.s, id, &t.err));
	assert_false(store_raw_state(t.s, id, &have, &complete));
	assert_false(store_raw_put(t.s, 12345, 0, "x", 1, true, &t.err));
	assert_int_equal(t.err.kind, ERROR_GONE);
	store_test_close(&t);
}

static void
test_parts(void **state)
{
	struct store_test t = { 0 };
	char *large = noise(5 * BODY_CHUNK + 3);
	struct buf out = { 0 };

	(void)state;
	store_test_open(&t);
	store_test_fill(&t, t.inbox, 1);
	uint64_t id = store_test_id(&t, t.inbox, 1);
	assert_null(store_structure(t.s, id));
	struct part *root = part_new("multipart", "mixed");
	part_add_child(root, part_new("text", "plain"));
	part_add_child(root, part_new("image", "png"));
	part_number(root);
	assert_true(store_structure_put(t.s, id, root, &t.err));
	part_free(&root);
	assert_true(store_part_put(t.s, id, "HEADER", "Subject: x\r\n\r\n", 14, &t.err));
	assert_true(store_part_put(t.s, id, "1", "text", 4, &t.err));
	assert_true(store_part_put(t.s, id, "2", large, 5 * BODY_CHUNK + 3, &t.err));
	assert_true(store_part_put(t.s, id, "2.1", "", 0, &t.err));
	store_test_reopen(&t);
	root = store_structure(t.s, id);
	assert_non_null(root);
	assert_int_equal(root->n_children, 2);
	part_free(&root);
	assert_true(store_part_read(t.s, id, "HEADER", &out));
	assert_int_equal(out.len, 14);
	assert_true(store_part_read(t.s, id, "1", &out));
	assert_string_equal(out.data + 14, "text");
	buf_clear(&out);
	assert_true(store_part_read(t.s, id, "2", &out));
	assert_int_equal(out.len, 5 * BODY_CHUNK + 3);
	assert_memory_equal(out.data, large, out.len);
	buf_clear(&out);
	assert_true(store_part_read(t.s, id, "2.1", &out));
	assert_int_equal(out.len, 0);
	assert_false(store_part_read(t.s, id, "3", &out));
	// The whole makes the parts go.
	assert_true(store_raw_put(t.s, id, 0, "whole", 5, true, &t.err));
	assert_false(store_part_read(t.s, id, "1", &out));
	assert_null(store_structure(t.s, id));
	free(large);
	buf_done(&out);
	store_test_close(&t);
}

static void
test_limit(void **state)
{
	struct store_test t = { 0 };
	char *data = noise(100000);
	uint64_t have;
	bool complete;
	int kept = 0;

	(void)state;
	t.home = test_folder_make();
	const struct store_settings settings = {
		.folder = t.home, .mail = t.home, .bodies_max = 500000,
		.changed = store_test_changed, .arg = &t,
	};
	store_test_open(&t);
	store_test_fill(&t, t.inbox, 20);
	store_close(&t.s);
	assert_true(store_open(&t.s, &settings, &t.err));
	for (uint32_t uid = 1; uid <= 20; uid++)
		assert_true(store_raw_put(t.s, store_test_id(&t, t.inbox, uid), 0, data,
			100000, true, &t.err));
	for (uint32_t uid = 1; uid <= 20; uid++) {
		struct message m;
		uint64_t id = store_test_id(&t, t.inbox, uid);
		store_raw_state(t.s, id, &have, &complete);
		assert_true(store_message(t.s, id, &m));
		assert_int_equal(m.has_raw, complete);
		message_done(&m);
		kept += complete;
	}
	assert_true(kept >= 3 && kept <= 5);
	free(data);
	store_test_close(&t);
}

static size_t
wanted(struct store_test *t, size_t n, uint64_t *first_r)
{
	uint64_t *ids;
	size_t got = store_raw_wanted(t->s, t->inbox, EPOCH + 100 * DAY, 5000, n, &ids);

	*first_r = got > 0 ? ids[0] : 0;
	free(ids);
	return got;
}

static void
test_wanted(void **state)
{
	struct store_test t = { 0 };
	struct batch b;
	uint64_t first;

	(void)state;
	store_test_open(&t);
	store_test_fill(&t, t.inbox, 700);
	assert_int_equal(wanted(&t, 1000, &first), 601);
	assert_true(first == store_test_id(&t, t.inbox, 700));
	for (uint32_t uid = 700; uid > 690; uid--)
		assert_true(store_raw_put(t.s, store_test_id(&t, t.inbox, uid), 0, "x", 1,
			true, &t.err));
	assert_int_equal(wanted(&t, 3, &first), 3);
	assert_true(first == store_test_id(&t, t.inbox, 690));
	// Again from there, until something newer comes or a body goes.
	assert_int_equal(wanted(&t, 1000, &first), 591);
	assert_true(store_body_drop(t.s, store_test_id(&t, t.inbox, 695), &t.err));
	assert_int_equal(wanted(&t, 1000, &first), 592);
	assert_true(first == store_test_id(&t, t.inbox, 695));
	batch_init(&b, t.inbox);
	batch_row(&b, 701, "new", "new@x", NULL, EPOCH + 900 * DAY, "");
	batch_row(&b, 702, "large", "large@x", NULL, EPOCH + 901 * DAY, "")->size = 6000;
	batch_must(&t, &b);
	assert_int_equal(wanted(&t, 1000, &first), 593);
	assert_true(first == store_test_id(&t, t.inbox, 701));
	store_test_close(&t);
}

// Fetches what is wanted, as the background does, until nothing is.
static unsigned
fill(struct store_test *t, const char *data, size_t len)
{
	unsigned n = 0;
	uint64_t first = 0;

	while (wanted(t, 200, &first) > 0) {
		assert_true(store_raw_put(t->s, first, 0, data, len, true, &t->err));
		if (++n > 100)
			fail_msg("the same bodies are wanted for ever");
	}
	return n;
}

static bool
has_raw(struct store_test *t, uint32_t uid)
{
	struct message m;

	assert_true(store_message(t->s, store_test_id(t, t->inbox, uid), &m));
	bool has = m.has_raw;
	message_done(&m);
	return has;
}

// With no room for all, the newest are kept, and nothing is fetched in turns.
static void
test_wanted_limit(void **state)
{
	struct store_test t = { 0 };
	char *data = noise(4000);
	struct batch b;

	(void)state;
	t.home = test_folder_make();
	const struct store_settings settings = {
		.folder = t.home, .mail = t.home, .bodies_max = 50000,
		.changed = store_test_changed, .arg = &t,
	};
	store_test_open(&t);
	store_test_fill(&t, t.inbox, 700);
	store_close(&t.s);
	assert_true(store_open(&t.s, &settings, &t.err));
	unsigned first = fill(&t, data, 4000);
	assert_in_range(first, 10, 11);
	for (uint32_t uid = 700; uid > 690; uid--)
		assert_true(has_raw(&t, uid));
	// What is read has its place, and nothing is fetched back for it.
	for (uint32_t uid = 1; uid <= 5; uid++)
		assert_true(store_raw_put(t.s, store_test_id(&t, t.inbox, uid), 0,
			data, 4000, true, &t.err));
	assert_int_equal(fill(&t, data, 4000), 0);
	// What arrives later than all of that was read takes the place of some.
	int64_t later = when_now() + 2 * 3600;
	batch_init(&b, t.inbox);
	batch_row(&b, 701, "later", "later@x", NULL, later, "");
	batch_row(&b, 702, "large", "large@x", NULL, later + 1, "")->size = 5000 + 1;
	batch_must(&t, &b);
	assert_int_equal(fill(&t, data, 4000), 1);
	assert_true(has_raw(&t, 701));
	free(data);
	store_test_close(&t);
}

// --- searching ---------------------------------------------------------------------

struct hits {
	uint64_t ids[100];
	size_t n, max;
};

static bool
hit(void *arg, uint64_t id)
{
	struct hits *h = arg;

	h->ids[h->n++] = id;
	return h->n < h->max;
}

static size_t
search(struct store_test *t, const char *text, uint32_t folder, struct hits *h)
{
	struct query *q;

	h->n = 0;
	if (!query_parse(&q, text, EPOCH, &t->err) ||
		!store_search(t->s, q, 0, folder, ORDER_DATE, NULL, hit, h, &t->err))
		fail_msg("%s: %s", text, t->err.text);
	query_free(&q);
	return h->n;
}

static void
test_search(void **state)
{
	struct store_test t = { 0 };
	struct hits h = { .max = 100 };
	struct batch b;
	char text[64];

	(void)state;
	store_test_open(&t);
	store_test_fill(&t, t.inbox, 80);
	store_test_fill(&t, t.archive, 5);
	store_test_fill(&t, t.trash, 5);
	batch_init(&b, t.inbox);
	batch_flags(&b, 7, "seen flagged", 0);
	batch_must(&t, &b);
	assert_int_equal(search(&t, "subject:\"subject 7\"", t.inbox, &h), 11);
	assert_true(h.ids[0] == store_test_id(&t, t.inbox, 79));
	assert_true(h.ids[10] == store_test_id(&t, t.inbox, 7));
	assert_int_equal(search(&t, "is:flagged", t.inbox, &h), 1);
	assert_int_equal(search(&t, "is:flagged -is:read", t.inbox, &h), 0);
	// Over the folders by date; Trash only when it is named.
	assert_int_equal(search(&t, "subject:\"subject 3\"", 0, &h), 12);
	assert_true(h.ids[10] == store_test_id(&t, t.inbox, 3) ||
		h.ids[11] == store_test_id(&t, t.inbox, 3));
	assert_int_equal(search(&t, "folder:trash", 0, &h), 5);
	assert_int_equal(search(&t, "folder:Archive subject:4", 0, &h), 1);
	h.max = 3;
	assert_int_equal(search(&t, "", 0, &h), 3);
	h.max = 100;
	struct buf id = { 0 };
	query_print_id(&id, store_test_id(&t, t.trash, 2));
	snprintf(text, sizeof(text), "id:%s", buf_text(&id));
	buf_done(&id);
	assert_int_equal(search(&t, text, 0, &h), 1);
	assert_true(h.ids[0] == store_test_id(&t, t.trash, 2));
	assert_int_equal(search(&t, text, t.inbox, &h), 0);
	// Text of bodies that are here.
	static const char mail[] = "Subject: x\r\n\r\nA needle in the hay.\r\n";
	assert_true(store_raw_put(t.s, store_test_id(&t, t.inbox, 9), 0, mail,
		strlen(mail), true, &t.err));
	assert_int_equal(search(&t, "body:needle", t.inbox, &h), 1);
	store_test_close(&t);
}

// The UIDs found over all folders, as "2 1+1": 2 in one's inbox, 1 in one's Sent,
// "w3" in the other account's inbox.
static void
assert_found(struct store_test *t, uint32_t other, const char *text,
	enum message_order order, const char *wanted)
{
	struct hits h = { .max = 100 };
	struct buf got = { 0 };
	struct query *q;

	if (!query_parse(&q, text, EPOCH, &t->err) ||
		!store_search(t->s, q, 0, 0, order, NULL, hit, &h, &t->err))
		fail_msg("%s: %s", text, t->err.text);
	query_free(&q);
	for (size_t i = 0; i < h.n; i++) {
		struct message m;
		assert_true(store_message(t->s, h.ids[i], &m));
		buf_printf(&got, "%s%s%u", i > 0 ? " " : "", m.folder == other ? "w" :
			m.folder == t->sent ? "s" : "", m.uid);
		message_done(&m);
	}
	if (strcmp(buf_text(&got), wanted) != 0)
		fail_msg("%s: %s, not %s", text, buf_text(&got), wanted);
	buf_done(&got);
}

static void
test_search_threads(void **state)
{
	const struct folder folder = { .name = (char *)"INBOX",
		.remote_name = (char *)"INBOX", .delimiter = '/', .role = ROLE_INBOX };
	struct store_test t = { 0 };
	struct batch b;
	struct folder other;
	uint32_t work;

	(void)state;
	store_test_open(&t);
	assert_true(store_account(t.s, "work", &work, &t.err));
	assert_true(store_folders_sync(t.s, work, &folder, 1, 0, &t.err));
	assert_true(store_folder_find(t.s, work, "INBOX", &other));
	batch_init(&b, t.inbox);
	batch_row(&b, 1, "question", "a@x", NULL, EPOCH, "");
	batch_row(&b, 2, "alone", "z@x", NULL, EPOCH + 3 * DAY, "");
	batch_row(&b, 3, "thanks", "c@x", "b@x", EPOCH + 5 * DAY, "");
	batch_must(&t, &b);
	batch_init(&b, t.sent);
	batch_row(&b, 1, "answer", "b@x", "a@x", EPOCH + DAY, "seen");
	batch_row(&b, 2, "letter", "y@x", NULL, EPOCH + 4 * DAY, "seen");
	batch_must(&t, &b);
	batch_init(&b, other.id);
	batch_row(&b, 1, "question", "a@x", NULL, EPOCH + 2 * DAY, "");
	batch_row(&b, 2, "answer", "b@x", "a@x", EPOCH + 6 * DAY, "flagged");
	batch_row(&b, 3, "old", "o@x", NULL, EPOCH - DAY, "");
	batch_must(&t, &b);
	assert_found(&t, other.id, "", ORDER_DATE, "w2 3 s2 2 w1 s1 1 w3");
	// Threads stay together, across the folders of an account, and not beyond.
	assert_found(&t, other.id, "", ORDER_THREAD, "w1 w2 1 s1 3 s2 2 w3");
	assert_found(&t, other.id, "inbox:all", ORDER_THREAD, "w1 w2 1 3 2 w3");
	assert_found(&t, other.id, "inbox:all", ORDER_DATE, "w2 3 2 w1 1 w3");
	assert_found(&t, other.id, "inbox:WORK", ORDER_DATE, "w2 w1 w3");
	assert_found(&t, other.id, "is:unread", ORDER_THREAD, "w1 w2 1 3 2 w3");
	assert_found(&t, other.id, "subject:answer", ORDER_THREAD, "w2 s1");
	assert_found(&t, other.id, "-inbox:work -subject:thanks", ORDER_THREAD, "1 s1 s2 2");
	folder_done(&other);
	store_test_close(&t);
}

static void
test_thread_depths(void **state)
{
	struct store_test t = { 0 };
	struct batch b;
	struct message rows[4] = { 0 };

	(void)state;
	store_test_open(&t);
	batch_init(&b, t.inbox);
	batch_row(&b, 1, "question", "a@x", NULL, EPOCH, "");
	batch_row(&b, 2, "alone", "z@x", NULL, EPOCH + 3 * DAY, "");
	batch_row(&b, 3, "thanks", "c@x", "b@x", EPOCH + 5 * DAY, "");
	batch_must(&t, &b);
	batch_init(&b, t.sent);
	batch_row(&b, 1, "answer", "b@x", "a@x", EPOCH + DAY, "seen");
	batch_must(&t, &b);
	const uint64_t ids[] = { store_test_id(&t, t.inbox, 1),
		store_test_id(&t, t.sent, 1), store_test_id(&t, t.inbox, 3),
		store_test_id(&t, t.inbox, 2) };
	for (int i = 0; i < 4; i++)
		assert_true(store_message(t.s, ids[i], &rows[i]));
	store_thread_depths(t.s, rows, 4);
	assert_int_equal(rows[0].depth, 0);
	assert_int_equal(rows[1].depth, 1);
	assert_int_equal(rows[2].depth, 2);
	assert_int_equal(rows[3].depth, 0);
	for (int i = 0; i < 4; i++)
		message_done(&rows[i]);
	store_test_close(&t);
}

// --- the journal's tables --------------------------------------------------------------

static void
test_state(void **state)
{
	struct store_test t = { 0 };
	struct buf b = { 0 };

	(void)state;
	store_test_open(&t);
	assert_false(store_state_get(t.s, "cursor", &b));
	assert_true(store_state_put(t.s, "cursor", "12", 2, &t.err));
	store_state_post(t.s, "limit", "is:unread", 9);
	store_settle(t.s);
	assert_true(store_state_get(t.s, "limit", &b));
	assert_string_equal(buf_text(&b), "is:unread");
	store_test_reopen(&t);
	buf_clear(&b);
	assert_true(store_state_get(t.s, "cursor", &b));
	assert_string_equal(buf_text(&b), "12");
	buf_done(&b);
	store_test_close(&t);
}

static void
test_outbox(void **state)
{
	struct store_test t = { 0 };
	struct send_recipient to[] = { { .mail = (char *)"bob@example.org" },
		{ .mail = (char *)"eve@example.org", .accepted = true } };
	struct send send = { .file = (char *)"1.eml", .from = (char *)"ann@example.org",
		.message_id = (char *)"1@x", .recipients = to, .n_recipients = 2,
		.original = 99, .when = EPOCH }, *sends, back;

	(void)state;
	store_test_open(&t);
	send.account = t.account;
	assert_true(store_send_add(t.s, &send, &t.err));
	assert_int_equal(send.seq, 1);
	send.state = SEND_STARTED;
	assert_true(store_send_update(t.s, &send, &t.err));
	store_test_reopen(&t);
	assert_int_equal(store_sends(t.s, 0, &sends), 1);
	assert_int_equal(sends[0].state, SEND_STARTED);
	assert_int_equal(sends[0].n_recipients, 2);
	assert_string_equal(sends[0].recipients[1].mail, "eve@example.org");
	assert_true(sends[0].recipients[1].accepted);
	assert_null(sends[0].draft);
	send_done(&sends[0]);
	free(sends);
	assert_int_equal(store_sends(t.s, t.account + 1, &sends), 0);
	free(sends);
	assert_true(store_send(t.s, 1, &back));
	send_done(&back);
	assert_true(store_send_remove(t.s, 1, &t.err));
	assert_false(store_send(t.s, 1, &back));
	assert_false(store_send_update(t.s, &send, &t.err));
	assert_true(store_send_add(t.s, &send, &t.err));
	assert_int_equal(send.seq, 2);
	// Who goes on with it gets it once, and not while it may be on its way.
	assert_false(store_send_take(t.s, 2, &back, &t.err));
	assert_int_equal(t.err.kind, ERROR_REFUSED);
	send.state = SEND_FAILED;
	assert_true(store_send_update(t.s, &send, &t.err));
	assert_true(store_send_take(t.s, 2, &back, &t.err));
	assert_int_equal(back.n_recipients, 2);
	send_done(&back);
	assert_false(store_send_take(t.s, 2, &back, &t.err));
	assert_int_equal(t.err.kind, ERROR_GONE);
	store_test_reopen(&t);
	assert_int_equal(store_sends(t.s, 0, &sends), 0);
	free(sends);
	assert_true(t.told[STORE_OUTBOX] >= 3);
	store_test_close(&t);
}

// What is refused leaves a store that opens.
static void
test_too_many_recipients(void **state)
{
	struct store_test t = { 0 };
	struct send send = { .file = (char *)"1.eml", .from = (char *)"ann@example.org",
		.message_id = (char *)"1@x", .when = EPOCH }, back;

	(void)state;
	store_test_open(&t);
	send.account = t.account;
	send.recipients = mem_alloc(SEND_RECIPIENTS_MAX + 1, sizeof(*send.recipients));
	for (size_t i = 0; i <= SEND_RECIPIENTS_MAX; i++)
		send.recipients[i].mail = (char *)"bob@example.org";
	send.n_recipients = SEND_RECIPIENTS_MAX + 1;
	assert_false(store_send_add(t.s, &send, &t.err));
	assert_int_equal(t.err.kind, ERROR_INPUT);
	send.n_recipients = SEND_RECIPIENTS_MAX;
	assert_true(store_send_add(t.s, &send, &t.err));
	store_test_reopen(&t);
	assert_true(store_send(t.s, send.seq, &back));
	assert_int_equal(back.n_recipients, SEND_RECIPIENTS_MAX);
	send_done(&back);
	free(send.recipients);
	store_test_close(&t);
}

static void
test_drops(void **state)
{
	struct store_test t = { 0 };
	struct drop_entry in[] = {
		{ .uidl = (char *)"b", .file = (char *)"1.M1", .downloaded = EPOCH },
		{ .uidl = (char *)"a", .file = (char *)"", .removed = true },
	}, *out;
	struct strlist gone = { 0 };

	(void)state;
	store_test_open(&t);
	assert_true(store_drop_put(t.s, t.account, in, 2, &t.err));
	assert_true(store_drop_put(t.s, t.account + 1, in, 1, &t.err));
	store_test_reopen(&t);
	assert_int_equal(store_drops(t.s, t.account, &out), 2);
	assert_string_equal(out[0].uidl, "a");
	assert_true(out[0].removed);
	assert_string_equal(out[1].file, "1.M1");
	for (int i = 0; i < 2; i++)
		drop_entry_done(&out[i]);
	free(out);
	strlist_add(&gone, "a");
	assert_true(store_drop_remove(t.s, t.account, &gone, &t.err));
	strlist_done(&gone);
	assert_int_equal(store_drops(t.s, t.account, &out), 1);
	drop_entry_done(&out[0]);
	free(out);
	store_test_close(&t);
}

static void
test_owner(void **state)
{
	char *folder = test_folder_make();
	struct owner_info holder;
	struct owner *o, *other;
	struct error err;
	int status;

	(void)state;
	assert_true(owner_take(&o, folder, OWNER_SCREEN, &holder, &err));
	assert_non_null(o);
	assert_true(owner_take(&other, folder, OWNER_BATCH, &holder, &err));
	assert_null(other);
	assert_int_equal(holder.pid, getpid());
	assert_int_equal(holder.kind, OWNER_SCREEN);
	owner_release(&o);
	assert_null(o);
	// It ends with the process, however that ends.
	int ready[2];
	assert_int_equal(pipe(ready), 0);
	pid_t pid = fork();
	if (pid == 0) {
		bool ok = owner_take(&o, folder, OWNER_BATCH, &holder, &err) && o != NULL;
		(void)!write(ready[1], ok ? "y" : "n", 1);
		for (;;)
			pause();
	}
	char c;
	assert_int_equal(read(ready[0], &c, 1), 1);
	assert_int_equal(c, 'y');
	assert_true(owner_take(&o, folder, OWNER_SCREEN, &holder, &err));
	assert_null(o);
	assert_int_equal(holder.pid, pid);
	assert_int_equal(holder.kind, OWNER_BATCH);
	kill(pid, SIGKILL);
	assert_int_equal(waitpid(pid, &status, 0), pid);
	assert_true(owner_take(&o, folder, OWNER_SCREEN, &holder, &err));
	assert_non_null(o);
	owner_release(&o);
	close(ready[0]);
	close(ready[1]);
	// Nobody's link is followed.
	char *lock = path_join(folder, "lock");
	assert_int_equal(unlink(lock), 0);
	assert_int_equal(symlink("/tmp/elsewhere", lock), 0);
	assert_false(owner_take(&o, folder, OWNER_SCREEN, &holder, &err));
	assert_int_equal(err.kind, ERROR_STORE);
	free(lock);
	test_folder_remove(&folder);
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_raw),
		cmocka_unit_test(test_parts),
		cmocka_unit_test(test_limit),
		cmocka_unit_test(test_wanted),
		cmocka_unit_test(test_wanted_limit),
		cmocka_unit_test(test_search),
		cmocka_unit_test(test_search_threads),
		cmocka_unit_test(test_thread_depths),
		cmocka_unit_test(test_state),
		cmocka_unit_test(test_outbox),
		cmocka_unit_test(test_too_many_recipients),
		cmocka_unit_test(test_drops),
		cmocka_unit_test(test_owner),
	};

	return cmocka_run_group_tests_name("store-bodies", tests, NULL, NULL);
}
