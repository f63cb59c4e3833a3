// SPDX-License-Identifier: GPL-3.0-or-later
// Watching all folders (NOTIFY, RFC 5465), and one where the server cannot.
#include "config.h"

#include "test.h"

#include <pthread.h>
#include <string.h>

#include "base/str.h"
#include "imap-session.h"
#include "loop/cancel.h"
#include "tests/server/server.h"

static void
hear_folder(void *arg, const struct remote_folder *f)
{
	struct buf *log = &((struct heard *)arg)->log;
	if (!f)
		buf_str(log, "tree ");
	else
		buf_printf(log, "%s=%u/%u%s ", f->name, f->messages, f->unseen,
			f->told & REMOTE_COUNT_UNSEEN ? "" : "?");
}

#define WATCH "SET STATUS (selected-delayed (MessageNew MessageExpunge FlagChange)) " \
	"(personal (MessageNew MessageExpunge FlagChange%s)) " \
	"(subscribed (MessageNew MessageExpunge FlagChange%s))"
#define TREE " MailboxName SubscriptionChange"

static void
watched(struct session *n, const char *script)
{
	session_select(n, script);
	n->sink.folder = hear_folder;
}

static bool
watch(struct session *n, int ms, bool *changed_r)
{
	buf_clear(&n->heard.log);
	n->err = (struct error){ 0 };
	return remote_imap.watch(n->r, ms, NULL, changed_r, &n->sink, &n->err);
}

static void
all_folders_are_told(void **state)
{
	(void)state;
	struct session n;
	bool changed;
	char *text = str_printf(SELECTED("NOTIFY IDLE", "3", "4")
		"C: $2 NOTIFY " WATCH "\n"
		"S: * STATUS a (MESSAGES 5 UNSEEN 1)\nS: * STATUS f (MESSAGES 3)\nS: $2 OK\n"
		"C: $3 IDLE\nS: + idling\nS: * STATUS a (MESSAGES 6 UNSEEN 2 UIDNEXT 9)\n"
		"S: * STATUS \"b c\" (MESSAGES 1)\nS: * STATUS b (MESS\nS: * LIST () \"/\" new\n"
		"S: * 4 EXISTS\nC: DONE\nS: $3 OK\n"
		// Once is enough; what comes beside another verb is not lost.
		"C: $4 NOOP\nS: * STATUS a (MESSAGES 7)\nS: $4 OK\n"
		"C: $5 IDLE\nS: + idling\nS: * 5 EXISTS\nC: DONE\nS: $5 OK\nC: PX LOGOUT",
		TREE, TREE);
	watched(&n, text);
	assert_true(remote_imap.abilities(n.r) & REMOTE_NOTIFY);
	if (!watch(&n, 20000, &changed))
		fail_msg("%s", n.err.text);
	assert_true(changed);
	assert_string_equal(buf_text(&n.heard.log),
		"a=5/1 a=6/2 b c=1/0? tree noticed ");
	struct remote_sink without = { 0 };
	assert_true(remote_imap.noop(n.r, &without, &n.err));
	assert_true(watch(&n, 20000, &changed));
	assert_string_equal(buf_text(&n.heard.log), "tree noticed ");
	session_close(&n);
	free(text);
}

static void
fewer_events_then_none(void **state)
{
	(void)state;
	struct session n;
	bool changed;
	char *text = str_printf(SELECTED("NOTIFY IDLE", "3", "4")
		"C: $2 NOTIFY " WATCH "\nS: $2 NO [BADEVENT (MessageNew)] not those\n"
		"C: $3 NOTIFY " WATCH "\nS: $3 OK\n"
		"C: $4 IDLE\nS: + idling\nS: * 4 EXISTS\nC: DONE\nS: $4 OK\nC: PX LOGOUT",
		TREE, TREE, "", "");
	watched(&n, text);
	if (!watch(&n, 20000, &changed))
		fail_msg("%s", n.err.text);
	assert_true(changed);
	session_close(&n);
	free(text);
	text = str_printf(SELECTED("NOTIFY IDLE", "3", "4")
		"C: $2 NOTIFY *\nS: $2 NO no\nC: $3 NOTIFY *\nS: $3 BAD no\n"
		"C: $4 IDLE\nS: + idling\nS: * STATUS a (MESSAGES 7)\nS: * 4 EXISTS\nC: DONE\n"
		"S: $4 OK\nC: $5 IDLE\nS: + idling\nS: * 5 EXISTS\nC: DONE\nS: $5 OK\n"
		"C: PX LOGOUT");
	watched(&n, text);
	for (int i = 0; i < 2; i++) {
		if (!watch(&n, 20000, &changed))
			fail_msg("%s", n.err.text);
		assert_true(changed);
		assert_string_equal(buf_text(&n.heard.log), "noticed ");
		assert_false(remote_imap.abilities(n.r) & REMOTE_NOTIFY);
	}
	session_close(&n);
	free(text);
}

static void
the_old_way(void **state)
{
	(void)state;
	struct session n;
	bool changed;
	// A server without it, and a caller that does not listen for it.
	for (int i = 0; i < 2; i++) {
		char *text = str_printf(PRE "IDLE%s] hi\nC: $1 SELECT *\nS: * 3 EXISTS\n"
			"S: * OK [UIDVALIDITY 7]\nS: $1 OK\n"
			"C: $2 IDLE\nS: + idling\nS: * 4 EXISTS\nC: DONE\nS: $2 OK\nC: PX LOGOUT",
			i ? " NOTIFY" : "");
		session_select(&n, text);
		n.sink.folder = i ? NULL : hear_folder;
		assert_true(watch(&n, 20000, &changed));
		assert_string_equal(buf_text(&n.heard.log), "noticed ");
		session_close(&n);
		free(text);
	}
}

static void
too_much_to_tell(void **state)
{
	(void)state;
	struct session n;
	bool changed;
	watched(&n, SELECTED("NOTIFY IDLE", "3", "4")
		"C: $2 NOTIFY *\nS: $2 OK\n"
		"C: $3 IDLE\nS: + idling\nS: * OK [NOTIFICATIONOVERFLOW] no more\nC: DONE\n"
		"S: $3 OK\n"
		"C: $4 IDLE\nS: + idling\nS: * STATUS a (MESSAGES 1)\nS: * 4 EXISTS\nC: DONE\n"
		"S: $4 OK\nC: PX LOGOUT");
	assert_true(watch(&n, 20000, &changed));
	assert_string_equal(buf_text(&n.heard.log), "tree noticed ");
	assert_true(watch(&n, 20000, &changed));
	assert_string_equal(buf_text(&n.heard.log), "noticed ");
	session_close(&n);
}

// --- a real server --------------------------------------------------------------------

struct wait {
	pthread_mutex_t lock;
	pthread_cond_t told;
	struct buf log;
};

static void
wait_folder(void *arg, const struct remote_folder *f)
{
	struct wait *w = arg;
	pthread_mutex_lock(&w->lock);
	if (f)
		buf_printf(&w->log, "%s=%u ", f->name, f->messages);
	else
		buf_str(&w->log, "tree ");
	pthread_cond_signal(&w->told);
	pthread_mutex_unlock(&w->lock);
}

struct watcher { struct remote *r; struct cancel *wake; struct wait *wait; bool ok; };

static void *
watch_all(void *arg)
{
	struct watcher *w = arg;
	struct remote_sink sink = { .arg = w->wait, .folder = wait_folder };
	struct error err = { 0 };
	bool changed;
	do {
		w->ok = remote_imap.watch(w->r, 30000, w->wake, &changed, &sink, &err);
	} while (w->ok && changed && !cancel_is_set(w->wake));
	return NULL;
}

static void
until_told(struct wait *w, const char *what)
{
	struct timespec end;
	clock_gettime(CLOCK_REALTIME, &end);
	end.tv_sec += 20;
	pthread_mutex_lock(&w->lock);
	while (!strstr(buf_text(&w->log), what)) {
		if (pthread_cond_timedwait(&w->told, &w->lock, &end) != 0)
			fail_msg("not told of %s: %s", what, buf_text(&w->log));
	}
	pthread_mutex_unlock(&w->lock);
}

static struct remote *
connected(struct server *server, struct cancel *cancel)
{
	struct remote_settings settings = {
		.scheme = str_dup("imaps"),
		.user = str_dup(server_get(server, "user")),
		.host = str_dup(server_get(server, "host")),
		.port = (uint16_t)server_port(server, "imaps"),
		.tls_ca = str_dup(server_get(server, "ca")),
		.password = str_dup(server_get(server, "password")),
		.timeout_ms = 20000,
	};
	struct remote *r = NULL;
	struct error err = { 0 };
	if (!remote_imap.open(&r, &settings, cancel, NULL, &err))
		fail_msg("%s", err.text);
	remote_settings_done(&settings);
	return r;
}

static bool
next_mail(void *arg, const void **bytes_r, size_t *len_r)
{
	(void)arg;
	*bytes_r = "Subject: x\r\n";
	*len_r = 12;
	return true;
}

static void
dovecot(void **state)
{
	static const char *const options[] = { "--services", "imap,lmtp", NULL };
	(void)state;
	if (!server_available()) {
		print_message("# " SERVER_MISSING "\n");
		skip();
	}
	struct server *server = server_start(options);
	assert_non_null(server);
	struct wait wait = { PTHREAD_MUTEX_INITIALIZER, PTHREAD_COND_INITIALIZER, { 0 } };
	struct remote *other = connected(server, NULL);
	struct watcher w = { .r = connected(server, NULL), .wake = cancel_new(),
		.wait = &wait };
	struct remote_state st;
	struct error err = { 0 };
	uint32_t validity, uid;
	pthread_t thread;
	assert_true(remote_imap.select(w.r, "INBOX", NULL, &st, NULL, &err));
	assert_int_equal(pthread_create(&thread, NULL, watch_all, &w), 0);
	until_told(&wait, "Sent=0 ");
	assert_true(remote_imap.append(other, "Sent", NULL, 0, 12, next_mail, NULL, &validity,
		&uid, &err));
	until_told(&wait, "Sent=1 ");
	assert_true(remote_imap.folder_create(other, "Fresh", &err));
	until_told(&wait, "tree ");
	cancel_set(w.wake);
	pthread_join(thread, NULL);
	assert_true(w.ok);
	// The connection is in step afterwards.
	assert_true(remote_imap.select(w.r, "Sent", NULL, &st, NULL, &err));
	assert_int_equal(st.exists, 1);
	remote_imap.close(&w.r);
	remote_imap.close(&other);
	cancel_free(&w.wake);
	buf_done(&wait.log);
	server_stop(&server);
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(all_folders_are_told),
		cmocka_unit_test(fewer_events_then_none),
		cmocka_unit_test(the_old_way),
		cmocka_unit_test(too_much_to_tell),
		cmocka_unit_test(dovecot),
	};
	return cmocka_run_group_tests_name("imap-notify", tests, NULL, NULL);
}
