// SPDX-License-Identifier: GPL-3.0-or-later
// Several accounts at once: each has its own mail, connections and troubles, in
// whatever order they were begun.
#include "config.h"

#include "tests/unit/test.h"

#include "tests/server/proxy.h"
#include "tests/sync/desk_server.h"

#include "base/buf.h"
#include "mail/message.h"
#include "store/folders.h"
#include "store/outbox.h"
#include "store/store.h"

#include <stdio.h>
#include <string.h>

#define EACH 20
#define STALL_MS (10 * DESK_WAIT_MS)

// --- the server --------------------------------------------------------------------------

static char *
mail_text(const char *subject)
{
	return str_printf("From: Bob <bob@example.net>\r\n"
		"To: ann@example.org\r\nSubject: %s\r\n"
		"Message-ID: <%s@example.net>\r\n"
		"Date: Sun, 22 Nov 2026 06:28:00 +0000\r\n\r\n"
		"This is about %s.\r\n", subject, subject, subject);
}

static void
deliver(struct fixture *f, const char *user, const char *subject)
{
	char *text = mail_text(subject);
	char *address = str_printf("%s@example.org", user);

	assert_true(server_deliver(f->server, address, text, strlen(text)));
	free(address);
	free(text);
}

static int
setup(void **state)
{
	static const char *const options[] = { "--users", "3", NULL };
	struct fixture *f = fixture_begin(state, options);

	if (f->server == NULL)
		return 0;
	for (int user = 1; user <= 3; user++) {
		char *address = str_printf("user%d@example.org", user);
		for (int i = 1; i <= EACH; i++) {
			// The same Message-IDs everywhere, as of a mailing list.
			char *subject = str_printf("letter%d", i);
			char *text = mail_text(subject);
			assert_true(server_put(f->server, address, "INBOX", "", 0,
				text, strlen(text)));
			free(text);
			free(subject);
		}
		free(address);
	}
	return 0;
}

// --- accounts ----------------------------------------------------------------------------

struct wanted {
	const char *name, *user, *password, *scheme;
	int port;                // 0: the server's own
	int connections;
	int timeout_ms;          // 0: long
};

// Returns its number; the desk's jobs are for it then.
static uint32_t
add(struct fixture *f, const struct wanted *w)
{
	const char *scheme = w->scheme != NULL ? w->scheme : "imaps";
	struct account_settings s = {
		.name = str_dup(w->name),
		.incoming = str_printf("%s://%s@localhost:%d", scheme, w->user,
			w->port > 0 ? w->port : server_port(f->server, scheme)),
		.outgoing = str_printf("smtps://%s@localhost:%d", w->user,
			server_port(f->server, "smtps")),
		.password = str_dup(w->password != NULL ? w->password : "secret"),
		.tls_ca = str_dup(server_get(f->server, "ca")),
		.keep = 30, .keep_size = 1000000, .pop3_keep = POP3_KEEP_ALL,
		.connections = w->connections > 0 ? w->connections : 3,
		.timeout_ms = w->timeout_ms > 0 ? w->timeout_ms : STALL_MS,
	};

	address_list_add(&s.addresses, "Ann", "ann@example.org");
	if (!desk_add(&f->desk, &s))
		fail_msg("%s: %s", w->name, f->desk.reply.text);
	account_settings_done(&s);
	assert_in_range(f->desk.account, 1, DESK_ACCOUNTS_MAX - 1);
	return f->desk.account;
}

static bool
job(struct desk *d, enum job_kind kind, uint32_t account, uint64_t id)
{
	d->account = account;
	return desk_job(d, kind, 0, id);
}

static void
must(struct desk *d, bool ok, const char *what)
{
	if (!ok)
		fail_msg("%s: %s (account %u: %s, %s)", what, d->reply.text,
			d->account, d->of[d->account].text,
			d->of[d->account].error);
}

struct standing {
	uint32_t account;
	enum account_state state;
};

static bool
stands(struct desk *d, const void *arg)
{
	const struct standing *s = arg;

	return d->of[s->account].state == s->state;
}

static void
wait_state(struct desk *d, uint32_t account, enum account_state state)
{
	struct standing s = { account, state };

	d->account = account;
	must(d, desk_wait(d, stands, &s, DESK_WAIT_MS), "waiting");
}

static bool
is_there(struct desk *d, const void *arg)
{
	return desk_find(d, "INBOX", arg) != 0;
}

static bool
is_played(struct desk *d, const void *arg)
{
	(void)arg;
	return store_operations_count(d->store, d->account) == 0;
}

// --- tests ---------------------------------------------------------------------------------

static const struct wanted three[] = {
	{ "one", "user1", .connections = 1 },
	{ "two", "user2", .connections = 2 },
	{ "three", "user3", .connections = 3 },
	{ "pop", "ann-pop", .scheme = "pop3s" },
};

// All of them sync; what is done in one is done in that one.
static void
test_side_by_side(void **state)
{
	struct fixture *f = need_server(state);
	struct desk *d = &f->desk;
	uint32_t ids[COUNT_OF(three)];

	for (int i = 1; i <= EACH / 2; i++) {
		char *subject = str_printf("letter%d", i);
		deliver(f, "ann-pop", subject);
		free(subject);
	}
	for (size_t i = 0; i < COUNT_OF(three); i++)
		ids[i] = add(f, &three[i]);
	must(d, job(d, JOB_SYNC, 0, 0), "sync of all");
	for (size_t i = 0; i < COUNT_OF(three); i++) {
		d->account = ids[i];
		assert_int_equal(desk_total(d, "INBOX"),
			i == 3 ? EACH / 2 : EACH);
	}
	for (size_t i = 0; i < COUNT_OF(three); i++) {
		d->account = ids[i];
		uint64_t id = desk_find(d, "INBOX", "letter3");
		struct act act = {
			.kind = ACT_FLAG, .ids = &id, .n = 1,
			.change.add.bits = FLAG_FLAGGED,
		};
		if (i % 2 == 0)
			desk_act(d, &act);
	}
	must(d, job(d, JOB_SYNC, 0, 0), "sync of acts");
	// The same accounts in another order, after a restart.
	desk_restart(d);
	for (size_t i = COUNT_OF(three); i-- > 0; )
		assert_int_equal(add(f, &three[i]), ids[i]);
	must(d, job(d, JOB_SYNC, 0, 0), "sync after a restart");
	for (size_t i = 0; i < COUNT_OF(three); i++) {
		d->account = ids[i];
		assert_true(is_played(d, NULL));
		assert_int_equal(desk_flagged(d, "INBOX", "letter3",
			FLAG_FLAGGED), i % 2 == 0);
		assert_int_equal(desk_total(d, "INBOX"),
			i == 3 ? EACH / 2 : EACH);
	}
	// News of each comes to it alone.
	for (size_t i = 0; i < 3; i++) {
		char *subject = str_printf("for %s", three[i].user);
		deliver(f, three[i].user, subject);
		for (size_t j = 3; j-- > 0; ) {
			d->account = ids[j];
			if (j == i)
				must(d, desk_wait(d, is_there, subject,
					DESK_WAIT_MS), subject);
			else
				assert_int_equal(desk_find(d, "INBOX", subject), 0);
		}
		free(subject);
	}
	desk_close(d);
}

// No account has more connections at once than it may.
static void
test_connections(void **state)
{
	struct fixture *f = need_server(state);
	struct desk *d = &f->desk;
	struct proxy *proxies[3];
	uint32_t ids[3];

	for (int i = 0; i < 3; i++) {
		struct wanted w = three[i];
		proxies[i] = proxy_start(server_port(f->server, "imaps"));
		assert_non_null(proxies[i]);
		w.port = proxy_port(proxies[i]);
		ids[i] = add(f, &w);
	}
	must(d, job(d, JOB_SYNC, 0, 0), "sync of all");
	for (int i = 0; i < 3; i++) {
		struct proxy_count count = proxy_counted(proxies[i]);
		assert_in_range(count.links, 1, (uint64_t)i + 1);
		wait_state(d, ids[i], ACCOUNT_IDLE);
		must(d, job(d, JOB_RAW, ids[i], desk_find(d, "INBOX", "letter5")),
			"read");
		assert_in_range(proxy_counted(proxies[i]).links, 1,
			(uint64_t)i + 1);
	}
	// One link that breaks is no matter of the others.
	uint64_t before = proxy_counted(proxies[2]).links;
	proxy_cut(proxies[0]);
	must(d, job(d, JOB_SYNC, ids[0], 0), "sync over a new link");
	assert_int_equal(proxy_counted(proxies[2]).links, before);
	desk_close(d);
	for (int i = 0; i < 3; i++)
		proxy_stop(&proxies[i]);
}

// --- one fails ------------------------------------------------------------------------------

static void
send_from(struct fixture *f, uint32_t account)
{
	struct desk *d = &f->desk;
	struct error err = {0};
	struct buf text = {0};
	char *mail = mail_text("sent");
	struct send send = {
		.account = account, .from = str_dup("ann@example.org"),
		.message_id = str_dup("sent@example.net"),
		.subject = str_dup("sent"), .n_recipients = 1,
		.recipients = calloc(1, sizeof(*send.recipients)),
	};
	struct send *left = NULL;

	send.recipients[0].mail = str_dup("user1@example.org");
	buf_str(&text, mail);
	assert_true(accounts_queue_message(d->accounts, &send, &text, &err));
	must(d, job(d, JOB_FLUSH, account, 0), "flush");
	assert_int_equal(store_sends(d->store, 0, &left), 0);
	free(left);
	send_done(&send);
	buf_done(&text);
	free(mail);
}

// Four accounts, of which only "good" can be used.
struct failing {
	struct proxy *stalled, *refusing;
	uint32_t good, stall, refuse, password;
};

static void
failing_begin(struct fixture *f, struct failing *x, bool good_first)
{
	int port = server_port(f->server, "imaps");
	const struct wanted good = { "good", "user1" };

	x->stalled = proxy_start(port);
	x->refusing = proxy_start(port);
	assert_true(x->stalled != NULL && x->refusing != NULL);
	proxy_rule(x->stalled, &(struct proxy_rules){ .stall = true });
	proxy_rule(x->refusing, &(struct proxy_rules){ .refuse = true });
	if (good_first)
		x->good = add(f, &good);
	x->stall = add(f, &(struct wanted){ "stall", "user2",
		.port = proxy_port(x->stalled) });
	x->refuse = add(f, &(struct wanted){ "refuse", "user3",
		.port = proxy_port(x->refusing) });
	x->password = add(f, &(struct wanted){ "password", "user3",
		.password = "wrong" });
	if (!good_first)
		x->good = add(f, &good);
}

// What one can do with the good one while the others hang and fail.
static void
use_good(struct fixture *f, const struct failing *x, const char *news)
{
	struct desk *d = &f->desk;

	must(d, job(d, JOB_SYNC, x->good, 0), "sync of the good one");
	assert_true(desk_total(d, "INBOX") >= EACH);
	uint64_t id = desk_find(d, "INBOX", "letter7");
	must(d, job(d, JOB_READ, x->good, id), "read");
	assert_non_null(strstr(d->text, "This is about letter7."));
	deliver(f, "user1", news);
	must(d, desk_wait(d, is_there, news, DESK_WAIT_MS), "news");
	struct act act = {
		.kind = ACT_FLAG, .ids = &id, .n = 1,
		.change.add.bits = FLAG_ANSWERED,
	};
	desk_act(d, &act);
	must(d, desk_wait(d, is_played, NULL, DESK_WAIT_MS), "act");
	send_from(f, x->good);
}

static void
test_one_fails(void **state)
{
	for (int first = 0; first < 2; first++) {
		struct fixture *f = need_server(state);
		struct desk *d = &f->desk;
		struct failing x;
		failing_begin(f, &x, first);
		d->account = 0;
		uint64_t all = desk_post(d, JOB_SYNC, 0, 0, NULL);
		use_good(f, &x, first ? "news, first" : "news, last");
		wait_state(d, x.refuse, ACCOUNT_OFFLINE);
		wait_state(d, x.password, ACCOUNT_NEEDS_PASSWORD);
		wait_state(d, x.good, ACCOUNT_IDLE);
		assert_int_equal(d->of[x.stall].state, ACCOUNT_CONNECTING);
		// Whoever asked for all of them waits for the one that hangs, or not.
		assert_int_not_equal(d->replied, all);
		accounts_cancel(d->accounts, all);
		assert_false(desk_reply(d, all));
		assert_int_equal(d->reply.kind, ERROR_CANCELLED);
		// The one that hung goes on, those that fail are all named.
		proxy_rule(x.stalled, &(struct proxy_rules){0});
		proxy_cut(x.stalled);
		must(d, job(d, JOB_SYNC, x.stall, 0), "it hangs no more");
		assert_true(desk_total(d, "INBOX") >= EACH);
		assert_false(job(d, JOB_SYNC, 0, 0));
		assert_non_null(strstr(d->reply.text, "of account refuse"));
		assert_non_null(strstr(d->reply.text, "password password"));
		assert_null(strstr(d->reply.text, "good"));
		desk_close(d);
		proxy_stop(&x.stalled);
		proxy_stop(&x.refusing);
	}
}

int
main(int argc, char **argv)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_side_by_side),
		cmocka_unit_test(test_connections),
		cmocka_unit_test(test_one_fails),
	};

	if (argc > 1)
		cmocka_set_test_filter(argv[1]);
	return cmocka_run_group_tests(tests, setup, fixture_end);
}
