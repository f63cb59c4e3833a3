// SPDX-License-Identifier: GPL-3.0-or-later
// Accounts against real servers: all that a person would see happen, with one,
// two and three connections, and with servers that die, stall, or refuse.
#include "config.h"

#include "tests/unit/test.h"

#include "tests/server/proxy.h"
#include "tests/sync/desk_server.h"

#include "base/buf.h"
#include "base/when.h"
#include "files/maildir.h"
#include "loop/cancel.h"
#include "mail/message.h"
#include "remote/remote.h"
#include "store/bodies.h"
#include "store/folders.h"
#include "store/messages.h"
#include "store/outbox.h"
#include "store/store.h"

#include <stdio.h>
#include <string.h>
#include <unistd.h>

#define USER "ann@example.org"
#define MANY 250
#define FIRST_STARTS 8
#define STALL_MS (10 * DESK_WAIT_MS)

// --- the server --------------------------------------------------------------------------

static char *
mail_text(const char *subject)
{
	return str_printf("From: Bob <bob@example.net>\r\nTo: " USER "\r\n"
		"Subject: %s\r\nMessage-ID: <%s@example.net>\r\n"
		"Date: Sun, 22 Nov 2026 06:28:00 +0000\r\n\r\n"
		"This is about %s.\r\n", subject, subject, subject);
}

static void
put(struct server *server, const char *folder, const char *flags,
	const char *subject)
{
	char *text = mail_text(subject);

	assert_true(server_put(server, USER, folder, flags, 0, text,
		strlen(text)));
	free(text);
}

static void
deliver(struct server *server, const char *subject)
{
	char *text = mail_text(subject);

	assert_true(server_deliver(server, USER, text, strlen(text)));
	free(text);
}

static int
setup(void **state)
{
	struct fixture *f = fixture_begin(state, NULL);
	char subject[32];

	if (f->server == NULL)
		return 0;
	for (int i = 1; i <= MANY; i++) {
		snprintf(subject, sizeof(subject), "letter%d", i);
		put(f->server, "INBOX", i % 2 ? "S" : "", subject);
	}
	put(f->server, "Sent", "S", "sent1");
	put(f->server, "Archive", "S", "old1");
	put(f->server, "Archive", "S", "old2");
	return 0;
}

static void
settings_for(struct account_settings *s, struct server *server, int connections,
	int imap_port)
{
	*s = (struct account_settings){
		.name = str_dup("home"),
		.incoming = str_printf("imaps://ann@localhost:%d", imap_port > 0 ?
			imap_port : server_port(server, "imaps")),
		.outgoing = str_printf("smtps://ann@localhost:%d",
			server_port(server, "smtps")),
		.password = str_dup("secret"),
		.tls_ca = str_dup(server_get(server, "ca")),
		.keep = 30, .keep_size = 1000000, .connections = connections,
		.timeout_ms = DESK_WAIT_MS,
	};
	address_list_add(&s->addresses, "Ann", USER);
}

static void
add_account(struct fixture *f, int connections)
{
	struct account_settings s;

	settings_for(&s, f->server, connections, 0);
	if (!desk_add(&f->desk, &s))
		fail_msg("%s", f->desk.reply.text);
	account_settings_done(&s);
}

static void
must(struct desk *d, bool ok, const char *what)
{
	if (!ok)
		fail_msg("%s: %s (%s, %s)", what, d->reply.text, d->status.text,
			d->status.error);
}

// --- another client -----------------------------------------------------------------------

struct other {
	struct remote *r;
	struct cancel *cancel;
};

static void
other_open(struct other *o, struct server *server, const char *folder)
{
	struct remote_settings s = {
		.scheme = str_dup("imaps"), .user = str_dup("ann"),
		.host = str_dup("localhost"),
		.port = (uint16_t)server_port(server, "imaps"),
		.tls = REMOTE_TLS_IMPLICIT,
		.tls_ca = str_dup(server_get(server, "ca")),
		.password = str_dup("secret"), .client_name = str_dup("other"),
		.timeout_ms = DESK_WAIT_MS,
	};
	struct remote_state st;
	struct error err = {0};
	struct remote_sink none = {0};

	o->cancel = cancel_new();
	bool ok = remote_imap.open(&o->r, &s, o->cancel, NULL, &err) &&
		remote_imap.select(o->r, folder, &(struct remote_known){0}, &st,
			&none, &err);
	remote_settings_done(&s);
	if (!ok)
		fail_msg("%s", err.text);
}

static void
other_close(struct other *o)
{
	remote_imap.close(&o->r);
	cancel_free(&o->cancel);
}

static uint32_t
other_find(struct other *o, const char *subject)
{
	char *id = str_printf("%s@example.net", subject);
	uint32_t *uids = NULL, uid = 0;
	struct error err = {0};
	size_t n = 0;

	assert_true(remote_imap.find(o->r, id, 1, &uids, &n, &err));
	if (n > 1)
		fail_msg("%s stands there %zu times", subject, n);
	uid = n > 0 ? uids[0] : 0;
	free(uids);
	free(id);
	return uid;
}

static void
other_flag(struct server *server, const char *folder, const char *subject,
	unsigned flag)
{
	struct flag_change change = { .add = { .bits = flag } };
	struct remote_sink none = {0};
	struct error err = {0};
	struct other o;

	other_open(&o, server, folder);
	uint32_t uid = other_find(&o, subject);
	struct remote_range one = { uid, uid };
	assert_true(remote_imap.store_flags(o.r, (struct remote_set){ &one, 1 },
		&change, &none, &err));
	other_close(&o);
}

static bool
other_has(struct server *server, const char *folder, const char *subject)
{
	struct other o;

	other_open(&o, server, folder);
	bool has = other_find(&o, subject) != 0;
	other_close(&o);
	return has;
}

// --- what is waited for ---------------------------------------------------------------------

static bool
is_idle(struct desk *d, const void *arg)
{
	(void)arg;
	return d->status.state == ACCOUNT_IDLE;
}

static bool
is_played(struct desk *d, const void *arg)
{
	(void)arg;
	return store_operations_count(d->store, d->account) == 0;
}

static bool
is_in_inbox(struct desk *d, const void *arg)
{
	return desk_find(d, "INBOX", arg) != 0;
}

// Told, too.
static bool
is_announced(struct desk *d, const void *arg)
{
	return d->arrived > 0 && is_in_inbox(d, arg);
}

static bool
is_flagged(struct desk *d, const void *arg)
{
	return desk_flagged(d, "INBOX", arg, FLAG_FLAGGED);
}

static bool
has_state(struct desk *d, const void *arg)
{
	return d->status.state == *(const enum account_state *)arg;
}

static bool
wait_state(struct desk *d, enum account_state state)
{
	return desk_wait(d, has_state, &state, DESK_WAIT_MS);
}

// --- tests ------------------------------------------------------------------------------

static void
check_counts(struct desk *d)
{
	assert_int_equal(desk_total(d, "INBOX"), MANY);
	assert_int_equal(desk_total(d, "Archive"), 2);
	assert_int_equal(desk_total(d, "Sent"), 1);
}

static void
unsound(void *arg, const char *line)
{
	(void)arg;
	print_error("%s\n", line);
}

// The same with as many connections as a server may allow.
static void
test_sync(void **state)
{
	for (int connections = 1; connections <= 3; connections++) {
		struct fixture *f = need_server(state);
		struct desk *d = &f->desk;
		struct error err = {0};
		add_account(f, connections);
		must(d, desk_job(d, JOB_SYNC, 0, 0), "sync");
		check_counts(d);
		assert_int_equal(d->arrived, 0);
		assert_true(store_verify(d->store, unsound, NULL, &err));
		// Bodies as `keep` says, then nothing is left to be asked.
		struct message m;
		uint64_t id = desk_find(d, "INBOX", "letter7");
		assert_true(store_message(d->store, id, &m));
		assert_true(m.has_raw);
		message_done(&m);
		must(d, desk_job(d, JOB_READ, 0, id), "read");
		assert_non_null(strstr(d->text, "This is about letter7."));
		must(d, desk_job(d, JOB_SYNC, 0, 0), "sync again");
		check_counts(d);
		desk_restart(d);
		add_account(f, connections);
		must(d, desk_job(d, JOB_SYNC, 0, 0), "sync after a restart");
		check_counts(d);
		desk_close(d);
	}
}

// New mail and another client's flag come without being asked for.
static void
news_come(struct fixture *f, const char *subject)
{
	struct desk *d = &f->desk;

	must(d, desk_wait(d, is_idle, NULL, DESK_WAIT_MS), "idle");
	deliver(f->server, subject);
	must(d, desk_wait(d, is_announced, subject, DESK_WAIT_MS), "news");
	other_flag(f->server, "INBOX", subject, FLAG_FLAGGED);
	must(d, desk_wait(d, is_flagged, subject, DESK_WAIT_MS), "flag");
	// Away again, for the counts of the other tests.
	uint64_t id = desk_find(d, "INBOX", subject);
	struct act act = { .kind = ACT_EXPUNGE, .ids = &id, .n = 1 };
	desk_act(d, &act);
	must(d, desk_wait(d, is_played, NULL, DESK_WAIT_MS), "expunge");
	assert_false(other_has(f->server, "INBOX", subject));
}

static void
test_watch(void **state)
{
	for (int connections = 1; connections <= 3; connections++) {
		struct fixture *f = need_server(state);
		char subject[32];
		add_account(f, connections);
		must(&f->desk, desk_job(&f->desk, JOB_SYNC, 0, 0), "sync");
		snprintf(subject, sizeof(subject), "news%d", connections);
		news_come(f, subject);
		desk_close(&f->desk);
	}
}

static bool
is_whole(struct desk *d, const void *arg)
{
	(void)arg;
	return desk_total(d, "INBOX") == MANY && desk_total(d, "Archive") == 2;
}

// The same at a first start, where the one who watches may come while another is
// fetching the first rows of the inbox: which of them is first differs.
static void
test_watch_first(void **state)
{
	for (int i = 0; i < FIRST_STARTS; i++) {
		struct fixture *f = need_server(state);
		char subject[32];
		add_account(f, 3);
		must(&f->desk, desk_wait(&f->desk, is_whole, NULL, DESK_WAIT_MS),
			"first sync");
		snprintf(subject, sizeof(subject), "first%d", i);
		news_come(f, subject);
		desk_close(&f->desk);
	}
}

struct counted { const char *folder; uint32_t total, unread; };

static bool
is_counted(struct desk *d, const void *arg)
{
	const struct counted *c = arg;
	struct folder f;

	if (!store_folder_find(d->store, d->account, c->folder, &f))
		return false;
	bool is = f.total == c->total && f.unread == c->unread;
	folder_done(&f);
	return is;
}

static void
wait_counted(struct desk *d, const char *folder, uint32_t total, uint32_t unread)
{
	struct counted c = { folder, total, unread };

	if (!desk_wait(d, is_counted, &c, DESK_WAIT_MS))
		fail_msg("%s never had %u messages, %u unread (%s, %s)", folder,
			total, unread, d->status.text, d->status.error);
}

static bool
has_folder(struct desk *d, const void *name)
{
	return desk_folder(d, name) != 0;
}

// Another client goes through its folders; the counts of each follow.
static void
watch_folders(struct desk *d, struct server *server)
{
	struct error err = {0};
	struct other o;

	must(d, desk_job(d, JOB_SYNC, 0, 0), "sync");
	must(d, desk_wait(d, is_idle, NULL, DESK_WAIT_MS), "idle");
	other_open(&o, server, "INBOX");
	uint32_t uid = other_find(&o, "letter2");
	struct remote_range one = { uid, uid };
	struct remote_set set = { &one, 1 };
	struct remote_uid_map map = {0};
	assert_true(remote_imap.copy(o.r, set, "Archive", &map, &err));
	remote_uid_map_done(&map);
	wait_counted(d, "Archive", 3, 1);
	other_flag(server, "Archive", "letter2", FLAG_SEEN);
	wait_counted(d, "Archive", 3, 0);
	assert_true(remote_imap.folder_create(o.r, "Plans", &err));
	must(d, desk_wait(d, has_folder, "Plans", DESK_WAIT_MS), "new folder");
	assert_true(remote_imap.copy(o.r, set, "Plans", &map, &err));
	remote_uid_map_done(&map);
	wait_counted(d, "Plans", 1, 1);
	assert_true(remote_imap.folder_delete(o.r, "Plans", &err));
	other_close(&o);
	other_open(&o, server, "Archive");
	one.from = one.to = other_find(&o, "letter2");
	assert_true(remote_imap.expunge(o.r, set, &err));
	other_close(&o);
	wait_counted(d, "Archive", 2, 0);
}

// With NOTIFY all folders are live: no list is due within the time of the test.
static void
test_watch_folders(void **state)
{
	for (int connections = 1; connections <= 3; connections++) {
		struct fixture *f = need_server(state);
		add_account(f, connections);
		watch_folders(&f->desk, f->server);
		desk_close(&f->desk);
	}
}

// Without it the list tells, at its intervals; and without LIST-STATUS, too.
static void
test_lists_folders(void **state)
{
	static const char *const without[] = { "NOTIFY", "NOTIFY,LIST-STATUS" };

	for (size_t i = 0; i < COUNT_OF(without); i++) {
		struct fixture *f = need_server(state);
		// Dovecot's index of the list looks at times in whole seconds.
		const char *options[] = { "--without", without[i],
			"--set", "mailbox_list_index=no", NULL };
		struct server *server = server_start(options);
		struct account_settings s;
		assert_non_null(server);
		put(server, "INBOX", "", "letter2");
		put(server, "Archive", "S", "old1");
		put(server, "Archive", "S", "old2");
		settings_for(&s, server, 3, 0);
		s.interval = 1;
		assert_true(desk_add(&f->desk, &s));
		account_settings_done(&s);
		watch_folders(&f->desk, server);
		desk_close(&f->desk);
		server_stop(&server);
	}
}

// --- what it costs to come back -------------------------------------------------------------

struct spoken { unsigned turns, selects, lists, fetches; size_t bytes; };

// Of logging in, which the connection for clicks does while the other one is used.
static bool
is_login(const char *line)
{
	static const char *const words[] = { "AUTHENTICATE", "<secret>", "[CAPABILITY" };

	for (size_t i = 0; i < COUNT_OF(words); i++)
		if (strstr(line, words[i]) != NULL)
			return true;
	return str_equal(line, "C: ") ||
		(str_has_prefix(line, "S: + ") && strchr(line + 5, ' ') == NULL &&
		!str_equal(line, "S: + idling"));
}

// What a transcript holds that is not of logging in.
static struct spoken
spoken(const char *path)
{
	struct spoken n = {0};
	struct buf text = {0};
	bool ours = false;

	assert_true(path_read(path, 1 << 20, &text, NULL));
	for (const char *at = buf_text(&text); *at != '\0'; at = strchr(at, '\n') + 1) {
		size_t len = strcspn(at, "\n");
		char *line = str_ndup(at, len);
		bool login = is_login(line), client = !login && line[0] == 'C';
		n.bytes += login ? 0 : len - 1; // without "C: ", with CR LF
		n.turns += client && !ours;
		n.selects += client && strstr(line, " SELECT ") != NULL;
		n.lists += client && strstr(line, " LIST ") != NULL;
		n.fetches += client && strstr(line, " UID FETCH ") != NULL;
		ours = login ? ours : client;
		free(line);
	}
	buf_done(&text);
	return n;
}

static bool
is_watching(struct desk *d, const void *path)
{
	struct buf text = {0};

	(void)d;
	bool is = path_read(path, 1 << 20, &text, NULL) &&
		strstr(buf_text(&text), "S: + idling") != NULL;
	buf_done(&text);
	return is;
}

// The program begins again and shows its inbox, until it waits for news.
static struct spoken
come_back(struct desk *d, struct server *server, struct proxy *proxy, int keep,
	const char *path)
{
	struct account_settings s;

	unlink(path);
	// As the program does: what it shows is asked for before anything is done.
	d->held = true;
	desk_restart(d);
	proxy_reset(proxy);
	settings_for(&s, server, 3, proxy_port(proxy));
	s.keep = keep;
	str_set(&s.transcript, d->folder);
	assert_true(desk_add(d, &s));
	account_settings_done(&s);
	uint64_t job = desk_post(d, JOB_FOLDER, desk_folder(d, "INBOX"), 0, NULL);
	accounts_begin(d->accounts);
	d->held = false;
	must(d, desk_reply(d, job), "inbox");
	must(d, desk_wait(d, is_watching, path, DESK_WAIT_MS), "watch");
	return spoken(path);
}

static void
test_comes_back(void **state)
{
	struct fixture *f = need_server(state);
	struct desk *d = &f->desk;
	struct server *server = server_start(NULL);
	char *path = path_join(d->folder, "home-in");
	char subject[32];
	struct account_settings s;

	assert_non_null(server);
	for (int i = 0; i < 40; i++) {
		snprintf(subject, sizeof(subject), "old%d", i);
		put(server, "INBOX", "", subject);
	}
	struct proxy *proxy = proxy_start(server_port(server, "imaps"));
	settings_for(&s, server, 3, proxy_port(proxy));
	assert_true(desk_add(d, &s));
	account_settings_done(&s);
	must(d, desk_job(d, JOB_SYNC, 0, 0), "sync");
	// Nothing changed: one turn opens the folder, one asks for the others. No
	// connection is opened for bodies, for all are here.
	struct spoken n = come_back(d, server, proxy, 30, path);
	assert_int_equal(n.selects, 1);
	assert_int_equal(n.lists, 1);
	assert_int_equal(n.fetches, 0);
	assert_int_equal(n.turns, 3);
	assert_in_range(n.bytes, 1, 2000);
	// The one that watches, and one for a click that may come.
	assert_in_range(proxy_counted(proxy).links, 1, 2);
	desk_restart(d);
	for (int i = 5; i < 10; i++) {
		snprintf(subject, sizeof(subject), "old%d", i);
		other_flag(server, "INBOX", subject, FLAG_FLAGGED);
		snprintf(subject, sizeof(subject), "new%d", i);
		put(server, "INBOX", "", subject);
	}
	n = come_back(d, server, proxy, 0, path);
	assert_true(desk_flagged(d, "INBOX", "old7", FLAG_FLAGGED));
	assert_true(desk_find(d, "INBOX", "new9") != 0);
	assert_int_equal(n.selects, 1);
	assert_int_equal(n.lists, 1);
	assert_int_equal(n.turns, 4);
	desk_close(d);
	proxy_stop(&proxy);
	server_stop(&server);
	free(path);
}

// --- what it costs to learn of 200 changes ---------------------------------------------------

#define CHANGED_FLAGS 100
#define CHANGED_GONE 50
#define CHANGED_NEW 50

// Every third message is flagged, and half as many as there are of them go.
static void
change_many(struct server *server)
{
	struct remote_range flags[CHANGED_FLAGS], gone[CHANGED_GONE];
	struct flag_change change = { .add = { .bits = FLAG_FLAGGED } };
	struct remote_sink none = {0};
	struct error err = {0};
	struct other o;
	char subject[32];

	for (uint32_t i = 0; i < CHANGED_FLAGS; i++)
		flags[i] = (struct remote_range){ 3 * i + 1, 3 * i + 1 };
	for (uint32_t i = 0; i < CHANGED_GONE; i++)
		gone[i] = (struct remote_range){ 6 * i + 2, 6 * i + 2 };
	other_open(&o, server, "INBOX");
	assert_true(remote_imap.store_flags(o.r, (struct remote_set){ flags,
		CHANGED_FLAGS }, &change, &none, &err));
	assert_true(remote_imap.expunge(o.r, (struct remote_set){ gone,
		CHANGED_GONE }, &err));
	other_close(&o);
	for (int i = 0; i < CHANGED_NEW; i++) {
		snprintf(subject, sizeof(subject), "new%d", i);
		put(server, "INBOX", "", subject);
	}
}

// Without COMPRESS it is the mail itself: of each new message its header with what the
// server says around it, which repeats the names of the fields; of each changed one a
// line. CHANGED_SAID is all else, so that nothing is told twice.
#define CHANGED_HEADER (138 + 234 + 3) // of the fifty's own bytes 138
#define CHANGED_LINE 51
#define CHANGED_SAID 2700

static void
learn_of_many(struct fixture *f, bool compress)
{
	struct desk *d = &f->desk;
	struct server *server = server_start((const char *[]){
		compress ? "--compress" : NULL, NULL });
	char *path = path_join(d->folder, "home-in");
	char subject[32];
	struct account_settings s;

	assert_non_null(server);
	for (int i = 0; i < 3 * CHANGED_FLAGS; i++) {
		snprintf(subject, sizeof(subject), "old%d", i);
		put(server, "INBOX", "", subject);
	}
	struct proxy *proxy = proxy_start(server_port(server, "imaps"));
	settings_for(&s, server, 3, proxy_port(proxy));
	s.keep = 0;
	assert_true(desk_add(d, &s));
	account_settings_done(&s);
	must(d, desk_job(d, JOB_SYNC, 0, 0), "sync");
	desk_restart(d);
	change_many(server);
	struct spoken n = come_back(d, server, proxy, 0, path);
	struct proxy_count wire = proxy_counted(proxy);
	print_message("# 200 changes%s: %u turns, %zu bytes; on the wire, logins and TLS "
		"with them, %llu\n", compress ? ", compressed" : "", n.turns, n.bytes,
		(unsigned long long)(wire.up + wire.down));
	assert_int_equal(n.selects, 1);
	assert_int_equal(n.fetches, 1);
	assert_int_equal(n.turns, 4);
	assert_in_range(n.bytes, 1, CHANGED_NEW * CHANGED_HEADER +
		CHANGED_FLAGS * CHANGED_LINE + CHANGED_SAID);
	if (compress)
		assert_in_range(wire.up + wire.down, 1, 15000);
	assert_true(desk_flagged(d, "INBOX", "old0", FLAG_FLAGGED));
	assert_false(desk_flagged(d, "INBOX", "new49", FLAG_FLAGGED));
	assert_int_equal(desk_find(d, "INBOX", "old1"), 0);
	desk_close(d);
	proxy_stop(&proxy);
	server_stop(&server);
	free(path);
}

static void
test_200_changes(void **state)
{
	for (int compress = 0; compress < 2; compress++)
		learn_of_many(need_server(state), compress);
}

// --- what others move -------------------------------------------------------------------------

// How often the transcript asks for bytes of bodies.
static unsigned
bodies_asked(struct desk *d)
{
	char *path = path_join(d->folder, "home-in");
	struct buf text = {0};
	unsigned n = 0;

	assert_true(path_read(path, 1 << 20, &text, NULL));
	for (const char *at = buf_text(&text);
	     (at = strstr(at, "BODY.PEEK[]")) != NULL; at++)
		n++;
	buf_done(&text);
	free(path);
	return n;
}

static void
other_move(struct server *server, const char *folder, const char *to)
{
	struct remote_range all = { 1, UINT32_MAX };
	struct remote_uid_map map = {0};
	struct error err = {0};
	struct other o;

	other_open(&o, server, folder);
	if (!remote_imap.move(o.r, (struct remote_set){ &all, 1 }, to, &map, &err))
		fail_msg("%s", err.text);
	remote_uid_map_done(&map);
	other_close(&o);
}

#define MOVED 3

// With its bodies, and nowhere else.
static bool
is_all_in(struct desk *d, const void *folder)
{
	static const char *const subjects[MOVED] = { "one", "two", "old" };
	bool all = desk_total(d, "INBOX") + desk_total(d, "Archive") == MOVED;

	for (size_t i = 0; all && i < MOVED; i++) {
		uint64_t id = desk_find(d, folder, subjects[i]), have;
		bool whole = false;
		all = id != 0 && store_raw_state(d->store, id, &have, &whole) && whole;
	}
	return all;
}

// Dovecot 2.3 has no ids of messages: it is by Message-ID, size and date that what
// others move is known again.
static void
test_moved(void **state)
{
	struct fixture *f = need_server(state);
	struct desk *d = &f->desk;
	struct server *server = server_start(NULL);
	struct account_settings s;

	assert_non_null(server);
	put(server, "INBOX", "", "one");
	put(server, "INBOX", "S", "two");
	put(server, "Archive", "S", "old");
	settings_for(&s, server, 1, 0);
	str_set(&s.transcript, d->folder);
	assert_true(desk_add(d, &s));
	must(d, desk_job(d, JOB_SYNC, 0, 0), "sync");
	unsigned asked = bodies_asked(d);
	assert_in_range(asked, MOVED, 100);
	// From here on no body is asked for but by a reader.
	desk_restart(d);
	s.keep = 0;
	assert_true(desk_add(d, &s));
	account_settings_done(&s);
	// There and back: either folder is the first that is looked at once.
	for (int back = 0; back < 2; back++) {
		const char *from = back ? "Archive" : "INBOX";
		const char *to = back ? "INBOX" : "Archive";
		other_move(server, from, to);
		must(d, desk_job(d, JOB_SYNC, 0, 0), "sync after a move");
		// Dovecot lists the folder that is selected as it was: it comes after.
		must(d, desk_wait(d, is_all_in, to, DESK_WAIT_MS), "all in one folder");
		must(d, desk_job(d, JOB_SYNC, 0, 0), "sync again");
		assert_int_equal(desk_total(d, from), 0);
		uint64_t id = desk_find(d, to, "one");
		must(d, desk_job(d, JOB_READ, 0, id), "read");
		assert_non_null(strstr(d->text, "This is about one."));
		assert_int_equal(bodies_asked(d), asked);
	}
	desk_close(d);
	server_stop(&server);
}

// What is done here is done there, at once, and undone the same way.
static void
test_acts(void **state)
{
	struct fixture *f = need_server(state);
	struct desk *d = &f->desk;

	add_account(f, 3);
	must(d, desk_job(d, JOB_SYNC, 0, 0), "sync");
	uint64_t id = desk_find(d, "INBOX", "letter10");
	struct act act = {
		.kind = ACT_MOVE, .ids = &id, .n = 1,
		.folder = desk_folder(d, "Archive"),
	};
	desk_act(d, &act);
	must(d, desk_wait(d, is_played, NULL, DESK_WAIT_MS), "move");
	assert_true(other_has(f->server, "Archive", "letter10"));
	assert_false(other_has(f->server, "INBOX", "letter10"));
	// It keeps its id, and can be read where it is now.
	assert_int_equal(desk_find(d, "Archive", "letter10"), id);
	must(d, desk_job(d, JOB_READ, 0, id), "read");
	store_undo(d->store, NULL);
	store_settle(d->store);
	must(d, desk_job(d, JOB_PLAY, 0, 0), "undo");
	assert_true(other_has(f->server, "INBOX", "letter10"));
	assert_false(other_has(f->server, "Archive", "letter10"));
	must(d, desk_job(d, JOB_SYNC, 0, 0), "sync");
	check_counts(d);
	desk_close(d);
}

static void
test_search(void **state)
{
	struct fixture *f = need_server(state);
	struct desk *d = &f->desk;

	add_account(f, 3);
	must(d, desk_job(d, JOB_SYNC, 0, 0), "sync");
	must(d, desk_reply(d, desk_post(d, JOB_SEARCH, 0, 0,
		"subject:letter is:unread folder:INBOX")), "search");
	assert_int_equal(d->found, MANY / 2);
	assert_false(desk_reply(d, desk_post(d, JOB_SEARCH, 0, 0, "(from:")));
	assert_int_equal(d->reply.kind, ERROR_INPUT);
	desk_close(d);
}

static unsigned
search(struct desk *d, const char *query)
{
	d->found = d->notices = 0;
	must(d, desk_reply(d, desk_post(d, JOB_SEARCH, 0, 0, query)), query);
	return d->found;
}

// Texts that are not here are looked for on the server, with any connections, by
// ESEARCH or without; off line it is said that they were not.
static void
test_search_there(void **state)
{
	static const struct { const char *query; unsigned found; } rows[] = {
		{ "body:\"about letter17.\"", 1 },
		{ "body:\"ABOUT LETTER24\" folder:INBOX", 11 },
		{ "body:letter24 -body:\"letter24.\" folder:INBOX", 10 },
		{ "-body:letter folder:INBOX", 0 },
		{ "-body:letter24 folder:INBOX", MANY - 11 },
		{ "body:letter17. is:unread", 0 },
		{ "body:nothing-of-this or subject:letter18", 11 },
		{ "(body:letter19. or body:letter20.) from:bob", 2 },
		{ "body:about folder:Archive", 2 },
	};

	for (int connections = 1; connections <= 3; connections++) {
		struct fixture *f = need_server(state);
		struct desk *d = &f->desk;
		struct server *server = f->server;
		struct account_settings s;
		const char *options[] = { "--without", "ESEARCH", NULL };
		if (connections == 2) {
			server = server_start(options);
			assert_non_null(server);
			char subject[32];
			for (int i = 1; i <= MANY; i++) {
				snprintf(subject, sizeof(subject), "letter%d", i);
				put(server, "INBOX", i % 2 ? "S" : "", subject);
			}
			put(server, "Archive", "S", "old1");
			put(server, "Archive", "S", "old2");
		}
		settings_for(&s, server, connections, 0);
		s.keep = 0;
		assert_true(desk_add(d, &s));
		must(d, desk_job(d, JOB_SYNC, 0, 0), "sync");
		// One is here, the others are not.
		must(d, desk_job(d, JOB_RAW, 0, desk_find(d, "INBOX", "letter240")),
			"raw");
		for (size_t i = 0; i < COUNT_OF(rows); i++) {
			if (search(d, rows[i].query) != rows[i].found ||
			    d->notices != 0)
				fail_msg("%s: %u, %s", rows[i].query, d->found,
					d->notice);
		}
		// What came since the last time is found, too.
		deliver(server, "letter24new");
		must(d, desk_wait(d, is_in_inbox, "letter24new", DESK_WAIT_MS), "news");
		assert_int_equal(search(d, "body:letter24 folder:INBOX"), 12);
		uint64_t id = desk_find(d, "INBOX", "letter24new");
		struct act act = { .kind = ACT_EXPUNGE, .ids = &id, .n = 1 };
		desk_act(d, &act);
		must(d, desk_wait(d, is_played, NULL, DESK_WAIT_MS), "expunge");
		assert_int_equal(search(d, "body:letter24 folder:INBOX"), 11);
		assert_true(server_say(server, "kill dovecot"));
		assert_int_equal(search(d, "body:letter240 folder:INBOX"), 1);
		assert_int_equal(d->notices, 1);
		assert_non_null(strstr(d->notice, "the text of 249 messages is not here"));
		assert_int_equal(search(d, "subject:letter24 folder:INBOX"), 11);
		assert_int_equal(d->notices, 0);
		assert_true(server_say(server, "start dovecot"));
		account_settings_done(&s);
		desk_close(d);
		if (server != f->server)
			server_stop(&server);
	}
}

// A folder on this disk is looked through by us.
static void
test_search_files(void **state)
{
	struct desk d;
	struct account_settings s = { .connections = 3, .keep = 30 };
	struct error err = {0};

	(void)state;
	desk_open(&d);
	char *maildir = path_join(d.folder, "files");
	char *new = path_join(maildir, "new");
	struct maildir *m = NULL;
	assert_true(path_make_folder(maildir, &err) && maildir_open(&m, maildir, true, &err));
	maildir_close(&m);
	s.name = str_dup("files");
	s.incoming = str_printf("maildir://%s", maildir);
	assert_true(desk_add(&d, &s));
	must(&d, desk_job(&d, JOB_SYNC, 0, 0), "sync");
	for (int i = 1; i <= 40; i++) {
		char name[32];
		snprintf(name, sizeof(name), "letter%d", i);
		char *path = path_join(new, name), *text = mail_text(name);
		assert_true(path_write_atomic(path, text, strlen(text), &err));
		free(path);
		free(text);
	}
	must(&d, desk_job(&d, JOB_SYNC, 0, 0), "sync again");
	assert_int_equal(desk_total(&d, "INBOX"), 40);
	assert_int_equal(search(&d, "body:\"about letter17.\""), 1);
	assert_int_equal(search(&d, "-body:\"about letter1\""), 40 - 11);
	assert_int_equal(d.notices, 0);
	account_settings_done(&s);
	desk_close(&d);
	free(maildir);
	free(new);
}

static bool
is_fetched(struct desk *d, const void *name)
{
	struct folder f;

	if (!store_folder_find(d->store, d->account, name, &f))
		return false;
	bool is = f.uidvalidity != 0;
	folder_done(&f);
	return is;
}

// Of a folder that is made here nobody tells, and its list is not due for long.
static void
test_makes_folder(void **state)
{
	struct desk d;
	struct account_settings s = { .connections = 3, .keep = 30 };
	struct error err = {0};
	struct maildir *m = NULL;

	(void)state;
	desk_open(&d);
	char *maildir = path_join(d.folder, "files");
	assert_true(path_make_folder(maildir, &err) && maildir_open(&m, maildir, true, &err));
	maildir_close(&m);
	s.name = str_dup("files");
	s.incoming = str_printf("maildir://%s", maildir);
	assert_true(desk_add(&d, &s));
	must(&d, desk_job(&d, JOB_SYNC, 0, 0), "sync");
	struct act create = { .kind = ACT_FOLDER_CREATE, .account = d.account,
		.name = "Plans" };
	desk_act(&d, &create);
	must(&d, desk_wait(&d, is_fetched, "Plans", DESK_WAIT_MS), "new folder");
	account_settings_done(&s);
	desk_close(&d);
	free(maildir);
}

static void
refused(struct desk *d, struct act *act, const char *words)
{
	struct error err = {0};

	act->title = "act";
	assert_false(store_act_wait(d->store, act, &err));
	assert_int_equal(err.kind, ERROR_REFUSED);
	if (strstr(err.text, words) == NULL)
		fail_msg("%s", err.text);
	assert_int_equal(store_operations_count(d->store, d->account), 0);
}

// In a folder of others what the server forbids is said before it is tried; what it
// allows is done.
static void
test_rights(void **state)
{
	struct fixture *f = need_server(state);
	struct desk *d = &f->desk;
	const char *options[] = { "--acl", NULL };
	struct server *server = server_start(options);
	struct account_settings s;
	struct folder folder;
	struct buf words = {0};

	assert_non_null(server);
	put(server, "INBOX", "", "letter2");
	settings_for(&s, server, 3, 0);
	assert_true(desk_add(d, &s));
	must(d, desk_job(d, JOB_SYNC, 0, 0), "sync");
	uint32_t notices = desk_folder(d, "Public/Notices");
	uint32_t team = desk_folder(d, "Public/Team");
	assert_true(store_folder(d->store, notices, &folder));
	folder_denied(&folder, &words);
	assert_string_equal(buf_text(&words), "seen flags insert create rename delete");
	folder_done(&folder);
	assert_true(store_folder(d->store, team, &folder));
	assert_int_equal(folder.attributes & FOLDER_NO_MASK, 0);
	folder_done(&folder);

	uint64_t id = desk_find(d, "INBOX", "letter2");
	struct act copy = { .kind = ACT_COPY, .ids = &id, .n = 1, .folder = notices };
	refused(d, &copy, "Public/Notices: the server does not let you put messages in");
	struct act rename = { .kind = ACT_FOLDER_RENAME, .account = d->account,
		.folder = notices, .name = "Mine" };
	refused(d, &rename, "rename or delete it");
	struct act create = { .kind = ACT_FOLDER_CREATE, .account = d->account,
		.name = "Public/Notices/Old" };
	refused(d, &create, "make folders in it");
	copy.folder = team;
	desk_act(d, &copy);
	must(d, desk_wait(d, is_played, NULL, DESK_WAIT_MS), "copy");
	must(d, desk_job(d, JOB_SYNC, 0, 0), "sync");
	assert_int_equal(desk_total(d, "Public/Team"), 1);
	assert_int_equal(desk_total(d, "Public/Notices"), 0);
	buf_done(&words);
	account_settings_done(&s);
	desk_close(d);
	server_stop(&server);
}

static bool
has_space(struct desk *d, const void *arg)
{
	(void)arg;
	return d->status.quota_limit == 64 * 1024 && d->status.quota_used > 0;
}

static bool
is_warned(struct desk *d, const void *arg)
{
	return d->notices > 0 && strstr(d->notice, arg) != NULL;
}

// The space is known, what goes beyond it is told with what to do, and it is warned
// of once; a server without quotas shows none.
static void
test_quota(void **state)
{
	struct fixture *f = need_server(state);
	struct desk *d = &f->desk;
	const char *options[] = { "--quota", "64", NULL };
	struct account_settings s;
	struct error err = {0};

	add_account(f, 3);
	must(d, desk_job(d, JOB_SYNC, 0, 0), "sync");
	assert_int_equal(d->status.quota_limit, 0);
	desk_close(d);

	struct server *server = server_start(options);
	assert_non_null(server);
	f = need_server(state);
	settings_for(&s, server, 2, 0);
	s.interval = 1;
	put(server, "INBOX", "", "letter2");
	assert_true(desk_add(d, &s));
	must(d, desk_job(d, JOB_SYNC, 0, 0), "sync");
	must(d, desk_wait(d, has_space, NULL, DESK_WAIT_MS), "space");
	// Nearly full, then more than there is room for.
	static const struct { unsigned kb; const char *words; } files[] = {
		{ 60, "% of the server's space is used" },
		{ 30, "delete mail there and empty Trash, then pending -retry" },
	};
	for (size_t i = 0; i < COUNT_OF(files); i++) {
		struct buf text = {0};
		char *name = str_printf("big%zu.eml", i);
		char *path = path_join(d->home.mail, name);
		buf_printf(&text, "From: ann@example.org\nSubject: big%zu\n\n", i);
		for (unsigned k = 0; k < files[i].kb * 16; k++)
			buf_printf(&text, "%062u\n", k);
		assert_true(path_write_atomic(path, buf_text(&text), text.len, &err));
		d->notices = 0;
		struct act act = { .kind = ACT_APPEND, .account = d->account,
			.folder = desk_folder(d, "INBOX"), .path = path };
		desk_act(d, &act);
		must(d, desk_wait(d, is_warned, files[i].words, DESK_WAIT_MS),
			files[i].words);
		buf_done(&text);
		free(name);
		free(path);
	}
	account_settings_done(&s);
	desk_close(d);
	server_stop(&server);
}

// Killed while it works, with acts done meanwhile.
static void
test_server_dies(void **state)
{
	struct fixture *f = need_server(state);
	struct desk *d = &f->desk;

	add_account(f, 3);
	uint64_t job = desk_post(d, JOB_SYNC, 0, 0, NULL);
	assert_true(server_say(f->server, "kill dovecot"));
	desk_reply(d, job);
	must(d, wait_state(d, ACCOUNT_OFFLINE), "off line");
	assert_false(desk_job(d, JOB_SYNC, 0, 0));
	assert_int_equal(d->reply.kind, ERROR_OFFLINE);
	assert_true(server_say(f->server, "start dovecot"));
	must(d, desk_job(d, JOB_SYNC, 0, 0), "sync when it is back");
	check_counts(d);

	uint64_t ids[2] = { desk_find(d, "INBOX", "letter20"),
		desk_find(d, "INBOX", "letter21") };
	assert_true(server_say(f->server, "kill dovecot"));
	struct act act = {
		.kind = ACT_FLAG, .ids = ids, .n = 2,
		.change.add.bits = FLAG_FLAGGED,
	};
	desk_act(d, &act);
	struct act move = {
		.kind = ACT_MOVE, .ids = ids, .n = 1,
		.folder = desk_folder(d, "Archive"),
	};
	desk_act(d, &move);
	// A message that is here is read while nobody is there.
	must(d, desk_job(d, JOB_READ, 0, ids[1]), "read off line");
	// And all that outlives the program.
	desk_restart(d);
	assert_int_equal(store_operations_count(d->store, d->account), 2);
	assert_true(server_say(f->server, "start dovecot"));
	add_account(f, 3);
	must(d, desk_job(d, JOB_SYNC, 0, 0), "sync");
	assert_true(is_played(d, NULL));
	assert_true(other_has(f->server, "Archive", "letter20"));
	assert_true(desk_flagged(d, "Archive", "letter20", FLAG_FLAGGED));
	// As it was.
	store_undo(d->store, NULL);
	store_undo(d->store, NULL);
	store_settle(d->store);
	must(d, desk_job(d, JOB_SYNC, 0, 0), "undo");
	check_counts(d);
	desk_close(d);
}

// It comes back by itself, without anybody's asking.
static void
test_reconnects(void **state)
{
	struct fixture *f = need_server(state);
	struct desk *d = &f->desk;

	add_account(f, 3);
	must(d, desk_job(d, JOB_SYNC, 0, 0), "sync");
	assert_true(server_say(f->server, "kill dovecot"));
	must(d, wait_state(d, ACCOUNT_OFFLINE), "off line");
	assert_true(d->status.retry_at > 0);
	assert_true(d->status.error[0] != '\0');
	assert_true(server_say(f->server, "start dovecot"));
	must(d, wait_state(d, ACCOUNT_IDLE), "on line");
	uint64_t id = desk_find(d, "INBOX", "letter30");
	struct act act = {
		.kind = ACT_FLAG, .ids = &id, .n = 1,
		.change.add.bits = FLAG_FLAGGED,
	};
	desk_act(d, &act);
	must(d, desk_wait(d, is_played, NULL, DESK_WAIT_MS), "played");
	desk_close(d);
}

// A link that hangs holds up nothing that is here; a job that waits for it can be
// given up.
static void
test_stalls(void **state)
{
	struct fixture *f = need_server(state);
	struct desk *d = &f->desk;
	struct proxy *proxy = proxy_start(server_port(f->server, "imaps"));
	struct proxy_rules stall = { .stall = true }, good = {0};
	struct account_settings s;

	assert_non_null(proxy);
	settings_for(&s, f->server, 3, proxy_port(proxy));
	s.keep = 0;
	// Whoever waited for the link would wait longer than the test does.
	s.timeout_ms = STALL_MS;
	assert_true(desk_add(d, &s));
	account_settings_done(&s);
	must(d, desk_job(d, JOB_SYNC, 0, 0), "sync");
	uint64_t here = desk_find(d, "INBOX", "letter40");
	uint64_t away = desk_find(d, "INBOX", "letter41");
	must(d, desk_job(d, JOB_READ, 0, here), "read");

	proxy_rule(proxy, &stall);
	uint64_t stuck = desk_post(d, JOB_READ, 0, away, NULL);
	must(d, desk_job(d, JOB_READ, 0, here), "read what is here");
	accounts_cancel(d->accounts, stuck);
	assert_false(desk_reply(d, stuck));
	assert_int_equal(d->reply.kind, ERROR_CANCELLED);

	proxy_rule(proxy, &good);
	proxy_cut(proxy);
	must(d, desk_job(d, JOB_READ, 0, away), "read when it goes on");
	assert_non_null(strstr(d->text, "This is about letter41."));
	// Stopping does not wait for a dead link either.
	proxy_rule(proxy, &stall);
	desk_post(d, JOB_SYNC, 0, 0, NULL);
	int64_t before = when_mono_ms();
	desk_close(d);
	assert_true(when_mono_ms() - before < STALL_MS / 2);
	proxy_stop(&proxy);
}

static void
test_password(void **state)
{
	struct fixture *f = need_server(state);
	struct desk *d = &f->desk;
	struct account_settings s;

	settings_for(&s, f->server, 3, 0);
	str_set(&s.password, "wrong");
	assert_true(desk_add(d, &s));
	must(d, wait_state(d, ACCOUNT_NEEDS_PASSWORD), "asks");
	assert_false(desk_job(d, JOB_SYNC, 0, 0));
	assert_int_equal(d->reply.kind, ERROR_AUTH);
	str_set(&s.password, NULL);
	// Three connections ask for it once, and give a wrong one once.
	char *asked = path_join(d->folder, "asked");
	char *script = str_printf("echo asked >>%s; echo wrong", asked);
	strlist_add(&s.password_command, "sh");
	strlist_add(&s.password_command, "-c");
	strlist_add(&s.password_command, script);
	assert_true(desk_add(d, &s));
	must(d, wait_state(d, ACCOUNT_NEEDS_PASSWORD), "asks");
	assert_false(desk_job(d, JOB_SYNC, 0, 0));
	assert_non_null(strstr(d->reply.text, "password-command"));
	desk_restart(d);
	struct buf times = {0};
	assert_true(path_read(asked, 100, &times, NULL));
	assert_string_equal(buf_text(&times), "asked\n");
	buf_done(&times);
	free(asked);
	free(script);
	strlist_done(&s.password_command);
	strlist_add(&s.password_command, "printf");
	strlist_add(&s.password_command, "secret\\nand a remark\\n");
	assert_true(desk_add(d, &s));
	must(d, desk_job(d, JOB_SYNC, 0, 0), "with the command");
	check_counts(d);
	account_settings_done(&s);
	desk_close(d);
}

static void
test_trust(void **state)
{
	struct fixture *f = need_server(state);
	struct desk *d = &f->desk;
	struct account_settings s;

	settings_for(&s, f->server, 3, 0);
	str_set(&s.tls_ca, NULL);
	assert_true(desk_add(d, &s));
	must(d, wait_state(d, ACCOUNT_NEEDS_TRUST), "asks");
	assert_string_equal(d->status.host, "localhost");
	assert_false(desk_job(d, JOB_SYNC, 0, 0));
	assert_int_equal(d->reply.kind, ERROR_TRUST);
	str_set(&s.tls_pin, d->status.fingerprint);
	assert_true(desk_add(d, &s));
	must(d, desk_job(d, JOB_SYNC, 0, 0), "with the pin");
	account_settings_done(&s);
	desk_close(d);
}

static void
test_pause(void **state)
{
	struct fixture *f = need_server(state);
	struct desk *d = &f->desk;
	struct account_settings s;

	settings_for(&s, f->server, 3, 0);
	s.offline = true;
	assert_true(desk_add(d, &s));
	must(d, wait_state(d, ACCOUNT_PAUSED), "paused");
	assert_int_equal(d->states[ACCOUNT_CONNECTING], 0);
	// Asked for, it is done all the same.
	must(d, desk_job(d, JOB_SYNC, 0, 0), "sync");
	check_counts(d);
	must(d, wait_state(d, ACCOUNT_PAUSED), "paused again");
	uint64_t id = desk_find(d, "INBOX", "letter50");
	struct act act = {
		.kind = ACT_FLAG, .ids = &id, .n = 1,
		.change.add.bits = FLAG_FLAGGED,
	};
	desk_act(d, &act);
	assert_false(is_played(d, NULL));
	accounts_pause(d->accounts, d->account, false);
	must(d, desk_wait(d, is_played, NULL, DESK_WAIT_MS), "played");
	account_settings_done(&s);
	desk_close(d);
}

static void
test_send(void **state)
{
	struct fixture *f = need_server(state);
	struct desk *d = &f->desk;
	struct error err = {0};
	struct buf text = {0};
	char *mail = mail_text("question");

	add_account(f, 3);
	must(d, desk_job(d, JOB_SYNC, 0, 0), "sync");
	buf_str(&text, mail);
	struct send send = {
		.account = d->account, .from = str_dup(USER),
		.message_id = str_dup("question@example.net"),
		.subject = str_dup("question"), .n_recipients = 1,
		.recipients = calloc(1, sizeof(*send.recipients)),
		.original = desk_find(d, "INBOX", "letter60"),
	};
	send.recipients[0].mail = str_dup(USER);
	assert_true(accounts_queue_message(d->accounts, &send, &text, &err));
	must(d, desk_job(d, JOB_FLUSH, 0, 0), "flush");
	struct send *left = NULL;
	assert_int_equal(store_sends(d->store, d->account, &left), 0);
	free(left);
	// It comes to the one who sent it, and its copy stands in Sent.
	must(d, desk_wait(d, is_in_inbox, "question", DESK_WAIT_MS), "arrives");
	must(d, desk_wait(d, is_played, NULL, DESK_WAIT_MS), "copied");
	assert_true(other_has(f->server, "Sent", "question"));
	assert_true(desk_flagged(d, "INBOX", "letter60", FLAG_ANSWERED));

	// A recipient whom the server does not know.
	str_set(&send.recipients[0].mail, "nobody@example.org");
	str_set(&send.message_id, "second@example.net");
	assert_true(accounts_queue_message(d->accounts, &send, &text, &err));
	assert_false(desk_job(d, JOB_FLUSH, 0, 0));
	assert_int_equal(d->reply.kind, ERROR_REFUSED);
	size_t n = store_sends(d->store, d->account, &left);
	assert_int_equal(n, 1);
	assert_int_equal(left[0].state, SEND_FAILED);
	send_done(&left[0]);
	free(left);
	send_done(&send);
	buf_done(&text);
	free(mail);
	desk_close(d);
}

static void
test_pop3(void **state)
{
	struct fixture *f = need_server(state);
	struct desk *d = &f->desk;
	char subject[32];

	for (int i = 1; i <= 20; i++) {
		snprintf(subject, sizeof(subject), "parcel%d", i);
		char *text = mail_text(subject);
		assert_true(server_deliver(f->server, "ann-pop@example.org",
			text, strlen(text)));
		free(text);
	}
	struct account_settings s;
	settings_for(&s, f->server, 1, 0);
	free(s.incoming);
	s.incoming = str_printf("pop3s://ann-pop@localhost:%d",
		server_port(f->server, "pop3s"));
	s.pop3_keep = POP3_KEEP_ALL;
	assert_true(desk_add(d, &s));
	must(d, desk_job(d, JOB_SYNC, 0, 0), "download");
	assert_int_equal(desk_total(d, "INBOX"), 20);
	must(d, desk_job(d, JOB_SYNC, 0, 0), "again");
	assert_int_equal(desk_total(d, "INBOX"), 20);
	uint64_t id = desk_find(d, "INBOX", "parcel3");
	must(d, desk_job(d, JOB_READ, 0, id), "read");
	assert_non_null(strstr(d->text, "This is about parcel3."));
	struct act act = {
		.kind = ACT_FLAG, .ids = &id, .n = 1,
		.change.add.bits = FLAG_SEEN,
	};
	desk_act(d, &act);
	must(d, desk_wait(d, is_played, NULL, DESK_WAIT_MS), "flag");
	s.pop3_keep = POP3_KEEP_NONE;
	desk_restart(d);
	assert_true(desk_add(d, &s));
	must(d, desk_job(d, JOB_SYNC, 0, 0), "and remove");
	assert_int_equal(desk_total(d, "INBOX"), 20);
	assert_true(desk_flagged(d, "INBOX", "parcel3", FLAG_SEEN));
	account_settings_done(&s);
	desk_close(d);
}

// test-account [PATTERN]: just those tests.
int
main(int argc, char **argv)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_sync),
		cmocka_unit_test(test_watch),
		cmocka_unit_test(test_watch_first),
		cmocka_unit_test(test_watch_folders),
		cmocka_unit_test(test_lists_folders),
		cmocka_unit_test(test_comes_back),
		cmocka_unit_test(test_200_changes),
		cmocka_unit_test(test_moved),
		cmocka_unit_test(test_acts),
		cmocka_unit_test(test_search),
		cmocka_unit_test(test_search_there),
		cmocka_unit_test(test_search_files),
		cmocka_unit_test(test_makes_folder),
		cmocka_unit_test(test_rights),
		cmocka_unit_test(test_quota),
		cmocka_unit_test(test_server_dies),
		cmocka_unit_test(test_reconnects),
		cmocka_unit_test(test_stalls),
		cmocka_unit_test(test_password),
		cmocka_unit_test(test_trust),
		cmocka_unit_test(test_pause),
		cmocka_unit_test(test_send),
		cmocka_unit_test(test_pop3),
	};

	if (argc > 1)
		cmocka_set_test_filter(argv[1]);
	return cmocka_run_group_tests(tests, setup, fixture_end);
}
