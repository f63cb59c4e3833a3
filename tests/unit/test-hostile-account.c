// SPDX-License-Identifier: GPL-3.0-or-later
// Where account and store meet a server that is another one than before, that
// sends without end, or that sends something else than was asked for.
#include "config.h"

#include "store-test.h"

#include "account/account.h"
#include "account/board.h"
#include "account/gate.h"
#include "account/origin.h"
#include "account/sync.h"
#include "loop/queue.h"
#include "remote/remote.h"
#include "store/outbox.h"

// --- another server under the same name ------------------------------------------

static void
origin_is(struct store_test *t, const char *incoming)
{
	struct account_settings settings = { .name = str_dup("home"),
		.incoming = str_dup(incoming) };

	if (!origin_check(t->s, t->account, &settings, &t->err))
		fail_msg("%s", t->err.text);
	account_settings_done(&settings);
}

static void
the_rows_of_another_server(void **state)
{
	(void)state;
	struct store_test t = {0};

	store_test_open(&t);
	origin_is(&t, "imaps://ann@imap.example.org");
	store_test_fill(&t, t.inbox, 3);
	store_test_flag(&t, store_test_id(&t, t.inbox, 2), "flagged", "");
	// The same one, however it is spelled.
	origin_is(&t, "imap://ann@IMAP.example.org:1143/");
	store_test_reopen(&t);
	origin_is(&t, "imaps://ann@imap.example.org");
	assert_string_equal(store_test_rows(&t, t.inbox, ORDER_DATE), "3 2Fp 1");

	// Another, with the same UIDVALIDITY and UIDs: nothing of before is shown
	// for it, and the act waits for its own message.
	origin_is(&t, "imaps://ann@imap.example.net");
	assert_string_equal(store_test_counts(&t, t.inbox), "0 0");
	assert_string_equal(store_test_pending(&t), "flag");
	struct batch b;
	batch_init(&b, t.inbox);
	batch_row(&b, 2, "of somebody else", "other@x", NULL, EPOCH, "");
	b.b.uidnext = 3;
	b.b.lowest_uid = 2;
	batch_must(&t, &b);
	assert_string_equal(store_test_rows(&t, t.inbox, ORDER_DATE), "2");
	assert_string_equal(store_test_pending(&t), "flag");
	// There it is, under another number.
	batch_init(&b, t.inbox);
	char id[32];
	snprintf(id, sizeof(id), "m%u.2@x", t.inbox);
	batch_row(&b, 1, "subject 2", id, NULL, EPOCH + 2 * DAY, "");
	b.b.lowest_uid = 1;
	batch_must(&t, &b);
	assert_string_equal(store_test_rows(&t, t.inbox, ORDER_DATE), "1Fp 2");
	assert_string_equal(store_test_pending(&t), "flag 1");

	// Another user of the same server is another mailbox, too.
	origin_is(&t, "imaps://bob@imap.example.net");
	assert_string_equal(store_test_counts(&t, t.inbox), "0 0");
	store_test_close(&t);
}

// A name that the journal knows would be taken for a message that is here, and
// removed from the server without having been downloaded.
static void
the_names_of_another_maildrop(void **state)
{
	(void)state;
	struct store_test t = {0};
	struct drop_entry entry = { .uidl = (char *)"1", .file = (char *)"a.b.c",
		.downloaded = EPOCH }, *entries;

	store_test_open(&t);
	origin_is(&t, "pop3s://ann@pop.example.org");
	store_test_fill(&t, t.inbox, 2); // of the Maildir here
	assert_true(store_drop_put(t.s, t.account, &entry, 1, &t.err));
	origin_is(&t, "pop3://ann@pop.example.org");
	assert_int_equal(store_drops(t.s, t.account, &entries), 1);
	drop_entry_done(&entries[0]);
	free(entries);
	origin_is(&t, "pop3s://ann@pop.example.net");
	assert_int_equal(store_drops(t.s, t.account, &entries), 0);
	free(entries);
	assert_string_equal(store_test_counts(&t, t.inbox), "2 2");
	store_test_close(&t);
}

// --- bodies ------------------------------------------------------------------------

// A server that has one folder and answers each fetch of a message as told.
struct endless {
	size_t bytes;         // of each answer
	enum error_kind then; // NONE: it says that it was all right
	unsigned fetches;
};

static bool
endless_select(struct remote *r, const char *folder, const struct remote_known *known,
	struct remote_state *state_r, const struct remote_sink *sink, struct error *err)
{
	(void)r;
	(void)folder;
	(void)known;
	(void)sink;
	(void)err;
	*state_r = (struct remote_state){ .uidvalidity = VALIDITY, .uidnext = 2,
		.exists = 1 };
	return true;
}

static bool
endless_fetch_raw(struct remote *r, uint32_t uid, uint64_t offset, uint64_t max,
	const struct remote_sink *sink, struct error *err)
{
	static const char piece[4096] = "From: ann@example.org\n\n";
	struct endless *e = (struct endless *)(void *)r;

	(void)uid;
	(void)offset;
	(void)max;
	e->fetches++;
	for (size_t left = e->bytes; left > 0;) {
		size_t n = left < sizeof(piece) ? left : sizeof(piece);
		sink->data(sink->arg, piece, n);
		left -= n;
	}
	return e->then == ERROR_NONE || error_set(err, e->then, "it ended so");
}

static char *
endless_name(struct remote *r, const char *label)
{
	(void)r;
	return str_dup(label);
}

static const struct remote_driver endless_driver = {
	.name = "endless", .select = endless_select, .fetch_raw = endless_fetch_raw,
	.folder_name = endless_name,
};

static const struct {
	const char *what;
	size_t bytes;
	enum error_kind then, kind;   // of the server, of the verb
	unsigned fetches_max;
	bool keeps;
} raws[] = {
	{ "whole", 5000, ERROR_NONE, ERROR_NONE, 1, true },
	{ "twice what was told", 10000, ERROR_NONE, ERROR_NONE, 1, true },
	{ "without end", 1 << 20, ERROR_NONE, ERROR_REFUSED, 3, false },
	{ "more in a piece than asked", 20 << 20, ERROR_NONE, ERROR_REFUSED, 1, false },
	{ "something else", 600000, ERROR_GONE, ERROR_GONE, 1, false },
	{ "refused in the middle", 600000, ERROR_REFUSED, ERROR_REFUSED, 1, false },
	{ "cut off", 600000, ERROR_OFFLINE, ERROR_OFFLINE, 1, true },
};

static void
messages_that_are_none(void **state)
{
	(void)state;
	for (size_t i = 0; i < COUNT_OF(raws); i++) {
		struct store_test t = {0};
		struct endless server = { .bytes = raws[i].bytes, .then = raws[i].then };
		struct error err = {0};
		uint64_t have;
		bool complete;

		store_test_open(&t);
		struct batch b;
		batch_init(&b, t.inbox);
		batch_row(&b, 1, "x", "x@x", NULL, EPOCH, "")->size = 5000;
		b.b.lowest_uid = 1;
		b.b.uidnext = 2;
		batch_must(&t, &b);
		uint64_t id = store_test_id(&t, t.inbox, 1);
		struct sync sync = { .store = t.s, .driver = &endless_driver,
			.remote = (struct remote *)(void *)&server, .account = t.account };
		bool ok = sync_fetch_raw(&sync, id, &err);
		if (ok != !raws[i].kind || err.kind != raws[i].kind ||
		    server.fetches > raws[i].fetches_max)
			fail_msg("%s: %s (%u fetches)", raws[i].what, err.text,
				server.fetches);
		store_raw_state(t.s, id, &have, &complete);
		assert_int_equal(complete, raws[i].kind == ERROR_NONE);
		assert_int_equal(have > 0, raws[i].keeps);
		store_test_close(&t);
	}
}

// --- what a person once accepted -----------------------------------------------------

// Keeps what it was opened with.
static char *opened_with; // a driver that opens nothing has nothing else to keep it in

static bool
pin_open(struct remote **r, const struct remote_settings *settings,
	struct cancel *cancel, struct remote_certificate *certificate_r,
	struct error *err)
{
	(void)r;
	(void)cancel;
	(void)certificate_r;
	str_set(&opened_with, settings->tls_pin);
	return error_set(err, ERROR_CANCELLED, "that was all");
}

static const struct remote_driver pin_driver = { .name = "pin", .open = pin_open };

static const struct { const char *pin, *url, *seen; } pins[] = {
	{ NULL, "imaps://ann@imap.example.org", NULL },
	{ "sha256:ab", "imaps://ann@imap.example.org", "sha256:ab" },
	{ "sha256:ab imap.example.org", "imaps://ann@imap.example.org", "sha256:ab" },
	{ "sha256:ab IMAP.example.org", "imap://bob@imap.EXAMPLE.org:1", "sha256:ab" },
	{ "sha256:ab imap.example.org", "imaps://ann@imap.example.net", NULL },
	{ "sha256:ab imap.example.org", "imaps://ann@xmap.example.org", NULL },
	{ "sha256:ab ", "imaps://ann@imap.example.org", NULL },
	{ "sha256:ab 127.0.0.1", "imaps://ann@127.0.0.1", "sha256:ab" },
};

static void
a_pin_is_of_one_host(void **state)
{
	(void)state;
	struct queue *events = queue_new();
	struct board *board = board_new(events, 1);

	for (size_t i = 0; i < COUNT_OF(pins); i++) {
		struct gate *gate = gate_new(board, false);
		struct account_settings settings = { .name = str_dup("home"),
			.incoming = str_dup(pins[i].url), .tls_pin = str_dup(pins[i].pin),
			.driver = &pin_driver };
		struct remote *r = NULL;
		struct error err = {0};

		assert_false(gate_open(gate, &settings, &pin_driver, 0, NULL, &r, &err));
		assert_string_equal(err.text, "that was all");
		if (!str_equal(opened_with, pins[i].seen))
			fail_msg("\"%s\" at %s gave \"%s\"", pins[i].pin, pins[i].url,
				opened_with);
		account_settings_done(&settings);
		gate_free(&gate);
	}
	str_set(&opened_with, NULL);
	board_free(&board);
	struct queue_item *item;
	while ((item = queue_take(events)) != NULL) {
		struct event *event = (struct event *)item;
		event_free(&event);
	}
	queue_free(&events, NULL);
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(the_rows_of_another_server),
		cmocka_unit_test(the_names_of_another_maildrop),
		cmocka_unit_test(messages_that_are_none),
		cmocka_unit_test(a_pin_is_of_one_host),
	};
	return cmocka_run_group_tests_name("hostile-account", tests, NULL, NULL);
}
