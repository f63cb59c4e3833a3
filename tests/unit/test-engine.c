// SPDX-License-Identifier: GPL-3.0-or-later
// The engine with a store and a Maildir as its account: what commands do with a
// cursor, with questions, with drafts; starting, stopping, and starting again.
#include "config.h"

#include "tests/unit/test.h"

#include <arpa/inet.h>
#include <netinet/in.h>
#include <poll.h>
#include <stdatomic.h>
#include <string.h>
#include <sys/socket.h>
#include <unistd.h>

#include "account/event.h"
#include "base/buf.h"
#include "base/mem.h"
#include "command/option.h"
#include "command/run.h"
#include "command/script.h"
#include "engine.h"
#include "files/maildir.h"
#include "loop/loop.h"
#include "loop/worker.h"
#include "mail/query.h"
#include "reader/reader.h"
#include "store/folders.h"
#include "store/messages.h"
#include "store/owner.h"
#include "store/pending.h"
#include "store/store.h"
#include "tests/unit/fake-frontend.h"

struct env {
	char *folder, *mail;
	struct engine *engine;
	struct fake fake;
	atomic_int told;       // of work, also when the engine is freed
};

static void
deliver(struct env *t, const char *name)
{
	struct maildir *m = NULL;
	struct maildir_write *w = NULL;
	char *text = str_printf("From: Bob <bob@example.net>\nTo: ann@example.org\n"
		"Subject: %s\nMessage-ID: <%s@example.net>\n"
		"Date: Sun, 22 Nov 2026 06:28:00 +0000\n\nHello from %s.\n",
		name, name, name);

	assert_true(maildir_open(&m, t->mail, true, NULL));
	assert_true(maildir_write_begin(m, &w, NULL));
	assert_true(maildir_write_data(w, text, strlen(text), NULL));
	assert_true(maildir_write_commit(&w, &(struct flags){0}, 0, NULL, NULL,
		NULL));
	maildir_close(&m);
	free(text);
}

static void
engine_open(struct env *t)
{
	struct error err;

	t->engine = engine_new(t->folder, &err);
	assert_non_null(t->engine);
	fake_init(&t->fake, t->engine, "fake");
	assert_true(engine_configure(t->engine, &t->fake.front));
	if (!engine_start(t->engine, OWNER_BATCH, false, &err))
		fail_msg("%s", err.text);
	engine_begin(t->engine);
	engine_attach(t->engine, &t->fake.front);
}

static void
engine_shut(struct env *t)
{
	engine_detach(t->engine, &t->fake.front);
	engine_free(&t->engine);
	fake_done(&t->fake);
}

static void
must(struct env *t, const char *text)
{
	if (!fake_run(&t->fake, text))
		fail_msg("%s: %s", text, t->fake.error.text);
}

static void
must_fail(struct env *t, const char *text, const char *word)
{
	if (fake_run(&t->fake, text))
		fail_msg("%s: was done", text);
	if (strstr(t->fake.error.text, word) == NULL)
		fail_msg("%s: %s", text, t->fake.error.text);
}

// Not on the thread that an engine before has made the UI's.
static void
prepare(struct worker *w, void *arg)
{
	struct env *t = arg;

	(void)w;
	deliver(t, "one");
	deliver(t, "two");
	deliver(t, "three");
	char *config = path_join(t->folder, "config");
	assert_true(path_make_folder(config, NULL));
	char *file = path_join(config, "config");
	char *text = str_printf("account local {\n"
		"set address 'Ann Example <ann@example.org>'\n"
		"set incoming maildir://%s\nset outgoing smtps://a@127.0.0.1:1\n}\n",
		t->mail);
	assert_true(path_write_atomic(file, text, strlen(text), NULL));
	free(text);
	free(file);
	free(config);
}

static int
setup(void **state)
{
	struct env *t = mem_new(struct env);

	setenv("POSTERN_KEYMAPS", "/nonexistent", 1);
	t->folder = test_folder_make();
	t->mail = path_join(t->folder, "Maildir");
	struct worker *w = worker_start("prepare", prepare, t);
	worker_stop(&w, NULL);
	engine_open(t);
	must(t, "sync");
	*state = t;
	return 0;
}

static int
teardown(void **state)
{
	struct env *t = *state;

	engine_shut(t);
	test_folder_remove(&t->folder);
	free(t->mail);
	free(t);
	return 0;
}

// The id of the one message that a query matches.
static uint64_t
id_of(struct env *t, const char *query)
{
	char *text = str_printf("list %s", query);
	uint64_t id = 0;

	fake_clear(&t->fake);
	must(t, text);
	assert_int_equal(t->fake.rows.len, 1);
	char *word = str_ndup(t->fake.rows.items[0],
		strcspn(t->fake.rows.items[0], " "));
	assert_true(query_parse_id(word, &id));
	fake_clear(&t->fake);
	free(word);
	free(text);
	return id;
}

static size_t
count(struct env *t, const char *query)
{
	char *text = str_printf("count %s", query);

	fake_clear(&t->fake);
	must(t, text);
	size_t n = strtoul(t->fake.rows.items[0], NULL, 10);
	fake_clear(&t->fake);
	free(text);
	return n;
}

static void
put_cursor(struct env *t, uint64_t a, uint64_t b)
{
	target_done(&t->fake.target);
	t->fake.target.ids = mem_alloc(2, sizeof(uint64_t));
	t->fake.target.ids[t->fake.target.n++] = a;
	if (b != 0)
		t->fake.target.ids[t->fake.target.n++] = b;
}

// --- targets and acts ---------------------------------------------------------------

static void
test_cursor(void **state)
{
	struct env *t = *state;
	uint64_t one = id_of(t, "subject:one"), two = id_of(t, "subject:two");

	must_fail(t, "mark +x", "under the cursor");
	put_cursor(t, one, two);
	must(t, "mark +todo -seen");
	assert_int_equal(count(t, "tag:todo"), 2);
	// Turned by the first of them.
	must(t, "mark !todo");
	assert_int_equal(count(t, "tag:todo"), 0);
	// -t goes before the cursor.
	must(t, "mark -t subject:three +todo");
	assert_int_equal(count(t, "tag:todo"), 1);
	must(t, "mark -t subject:nothing +todo");
	assert_int_equal(count(t, "tag:todo"), 1);
	must(t, "if subject:one { mark +first } else { mark +other }");
	assert_int_equal(count(t, "tag:first"), 1);
	assert_int_equal(count(t, "tag:other"), 1);
	must_fail(t, "mark todo", "+todo");
	must_fail(t, "mark +", "behind the +, as in +flagged");
	must_fail(t, "mark +(", "flag");
	must_fail(t, "mark ''", "an empty word");
	must_fail(t, "mark +seen \"\"", "an empty word");
}

// The server's list, as an account with labels would bring it.
static void
list_labels(struct worker *w, void *arg)
{
	struct env *t = arg;
	struct error err = {0};
	const struct folder folders[] = {
		{ .name = "INBOX", .remote_name = "INBOX", .role = ROLE_INBOX,
			.attributes = FOLDER_LABELS },
		{ .name = "All", .remote_name = "All", .role = ROLE_ALL,
			.attributes = FOLDER_LABELS },
	};

	(void)w;
	if (!store_folders_sync(t->engine->store,
			engine_account_find(t->engine, "local"), folders, 2, 0, &err))
		fail_msg("%s", err.text);
}

// Without a folder for it, what is archived goes where all mail is, if labels are
// folders there: elsewhere "all" is a view into which nothing can be put.
static void
test_archive_of_labels(void **state)
{
	struct env *t = *state;

	must(t, "offline");
	must_fail(t, "archive -t subject:one", "no folder for archive");
	struct worker *w = worker_start("list", list_labels, t);
	worker_stop(&w, NULL);
	must(t, "archive -t subject:one");
	assert_int_equal(count(t, "folder:All subject:one"), 1);
	assert_int_equal(count(t, "folder:INBOX"), 2);
	must(t, "undo");
	assert_int_equal(count(t, "folder:INBOX"), 3);
}

static void
test_folder_shown(void **state)
{
	struct env *t = *state;
	uint32_t account = engine_account_find(t->engine, "local");
	struct folder later;

	must(t, "folder create Later; sync; move -t subject:one Later; sync");
	assert_true(store_folder_find(t->engine->store, account, "Later", &later));
	t->fake.target.folder = later.id;
	t->fake.target.account = later.account;
	// A query means the folder shown, unless it says otherwise.
	must(t, "mark -t from:bob +here");
	assert_int_equal(count(t, "tag:here"), 1);
	must(t, "mark -t 'from:bob folder:INBOX' +there");
	assert_int_equal(count(t, "tag:there"), 2);
	// The folder shown is the one that is renamed.
	must(t, "folder rename Sooner; sync");
	assert_int_equal(count(t, "folder:Sooner"), 1);
	folder_done(&later);
}

// Each line is typed before the one before it is in the journal.
static void
test_folder_at_once(void **state)
{
	struct env *t = *state;
	struct fake *f = &t->fake;

	put_cursor(t, id_of(t, "subject:one"), 0);
	script_run(t->engine, &f->front, "folder create Boat", ":", 1, NULL, NULL);
	fake_start(f, "move Boat; mark +moved", ":");
	assert_false(f->over);
	// What is meant is what the cursor was on.
	put_cursor(t, id_of(t, "subject:two"), 0);
	must(t, "sync");
	assert_int_equal(count(t, "folder:Boat subject:one"), 1);
	assert_int_equal(count(t, "folder:Boat"), 1);
	// One that waits for another that waits, in the order they were typed.
	script_run(t->engine, &f->front, "folder create Raft", ":", 1, NULL, NULL);
	script_run(t->engine, &f->front, "folder rename Raft Ark", ":", 1, NULL, NULL);
	must(t, "move Ark");
	assert_int_equal(count(t, "folder:Ark subject:two"), 1);
	// What -t names is sought when it is there.
	script_run(t->engine, &f->front, "folder rename Boat Punt", ":", 1, NULL, NULL);
	must(t, "mark -t folder:Punt +afloat");
	assert_int_equal(count(t, "folder:Punt tag:afloat"), 1);
	// Given up while that waits; and where there is nothing to be found.
	script_run(t->engine, &f->front, "folder create Skiff", ":", 1, NULL, NULL);
	fake_start(f, "mark -t folder:Punt +sunk", ":");
	assert_false(f->over);
	script_cancel(t->engine, &f->front);
	assert_true(f->over);
	must(t, "sync");
	assert_int_equal(count(t, "tag:sunk"), 0);
	script_run(t->engine, &f->front, "folder create Dory", ":", 1, NULL, NULL);
	must_fail(t, "show -t folder:Dory", "no message matches");
	// Given up while it is held: it is not done.
	script_run(t->engine, &f->front, "folder create Canoe", ":", 1, NULL, NULL);
	fake_start(f, "copy Canoe", ":");
	script_cancel(t->engine, &f->front);
	assert_true(f->over);
	assert_int_equal(f->error.kind, ERROR_CANCELLED);
	must(t, "sync");
	assert_int_equal(count(t, "folder:Canoe"), 0);
}

static void
test_questions(void **state)
{
	struct env *t = *state;
	struct fake *f = &t->fake;

	put_cursor(t, id_of(t, "subject:one"), 0);
	f->answer = "no";
	must_fail(t, "expunge", "");
	assert_int_equal(f->asked.len, 1);
	assert_string_equal(f->asked.items[0], "Delete this message for good?");
	assert_int_equal(count(t, "from:bob"), 3);
	f->answer = NULL;
	must_fail(t, "expunge", "-y");
	// Given up while it is asked: an answer that comes late does nothing.
	f->ask_later = true;
	fake_start(f, "expunge", ":");
	assert_false(f->over);
	script_cancel(t->engine, &f->front);
	assert_true(f->over);
	assert_int_equal(f->error.kind, ERROR_CANCELLED);
	fake_answer(f, NULL);
	assert_int_equal(count(t, "from:bob"), 3);
	f->ask_later = false;
	f->answer = "yes";
	must(t, "expunge; sync");
	assert_int_equal(count(t, "from:bob"), 2);
	// The file was all there was of it, so it was kept.
	must(t, "undo; sync");
	assert_int_equal(count(t, "from:bob subject:one"), 1);
}

// What the question says of a server, by what is set of the account.
static void
test_questions_of_servers(void **state)
{
	struct env *t = *state;
	struct fake *f = &t->fake;
	uint64_t one = id_of(t, "subject:one"), two = id_of(t, "subject:two");
	static const struct {
		const char *incoming, *keep, *ask_one, *ask_two;
	} rows[] = {
		{ "pop3s://a@127.0.0.1", "all",
			"Delete this message for good? The server keeps it.",
			"Delete 2 messages for good? The server keeps them." },
		{ "pop3s://a@127.0.0.1", "7",
			"Delete this message for good? The server keeps it for 7 days in all.",
			"Delete 2 messages for good? The server keeps them for 7 days in all." },
		{ "pop3://a@127.0.0.1", "none", "Delete this message for good?",
			"Delete 2 messages for good?" },
		{ "pop3s://a@127.0.0.1", "deleted", "Delete this message here and on the "
			"server? Undo brings it back here only.", "Delete 2 messages here and "
			"on the server? Undo brings them back here only." },
		{ "imaps://a@127.0.0.1", "all",
			"Delete this message for good? Undo could not bring it back.",
			"Delete 2 messages for good? Undo could not bring them back." },
	};

	f->front.own = options_overlay(t->engine->options);
	f->answer = "no";
	for (size_t i = 0; i < COUNT_OF(rows); i++) {
		struct error err;

		assert_true(options_set(f->front.own, "local", "incoming",
			rows[i].incoming, "test", &err));
		assert_true(options_set(f->front.own, "local", "pop3-keep",
			rows[i].keep, "test", &err));
		fake_clear(f);
		put_cursor(t, one, 0);
		must_fail(t, "expunge", "not done");
		put_cursor(t, one, two);
		must_fail(t, "expunge", "not done");
		assert_string_equal(f->asked.items[0], rows[i].ask_one);
		assert_string_equal(f->asked.items[1], rows[i].ask_two);
	}
	options_free(&f->front.own);
}

static void
test_undo_after_restart(void **state)
{
	struct env *t = *state;

	must(t, "folder create Later; sync; move -t subject:one Later; sync");
	engine_shut(t);
	engine_open(t);
	assert_int_equal(count(t, "folder:Later"), 1);
	must(t, "undo");
	assert_non_null(strstr(t->fake.infos.items[t->fake.infos.len - 1],
		"move to Later"));
	must(t, "sync");
	assert_int_equal(count(t, "folder:Later"), 0);
	assert_int_equal(count(t, "folder:INBOX"), 3);
	assert_int_equal(store_operations_count(t->engine->store, 0), 0);
}

// --- drafts ---------------------------------------------------------------------------

static void
draft_text(struct env *t, struct buf *text)
{
	buf_clear(text);
	assert_true(path_read(t->fake.edited, 100000, text, NULL));
}

static void
test_drafts(void **state)
{
	struct env *t = *state;
	struct buf text = {0};

	put_cursor(t, id_of(t, "subject:one"), 0);
	must(t, "reply");
	assert_non_null(t->fake.edited);
	draft_text(t, &text);
	assert_non_null(strstr(buf_text(&text), "To: Bob <bob@example.net>\n"));
	assert_non_null(strstr(buf_text(&text), "Subject: Re: one\n"));
	assert_non_null(strstr(buf_text(&text), "> Hello from one.\n"));
	t->fake.target.path = str_dup(t->fake.edited);
	must(t, "draft-set subject A better one; draft-set cc Carl '<carl@example.org>'");
	must(t, "attach /proc/self/cmdline");
	draft_text(t, &text);
	assert_non_null(strstr(buf_text(&text), "Subject: A better one\n"));
	assert_non_null(strstr(buf_text(&text), "Cc: Carl <carl@example.org>\n"));
	assert_non_null(strstr(buf_text(&text), "> Hello from one.\n"));
	must_fail(t, "detach 2", "1 attachment");
	must(t, "detach 1");
	must_fail(t, "draft-set to nobody", "nobody");
	must_fail(t, "draft-set account nobody", "nobody");
	must(t, "edit; postpone");
	t->fake.answer = "no";
	must_fail(t, "discard", "kept");
	assert_true(path_exists(t->fake.edited));
	t->fake.answer = "yes";
	must(t, "discard");
	assert_false(path_exists(t->fake.edited));
	must_fail(t, "edit -t nothing.draft", "no draft");
	buf_done(&text);
}

static void
test_outbox_without_server(void **state)
{
	struct env *t = *state;

	must(t, "new -to bob@example.net -subject Hi -body Hello");
	t->fake.target.path = str_dup(t->fake.edited);
	must(t, "send-draft");
	// The draft is gone because the outbox has it.
	assert_false(path_exists(t->fake.edited));
	fake_clear(&t->fake);
	must(t, "outbox");
	assert_int_equal(t->fake.rows.len, 1);
	assert_non_null(strstr(t->fake.rows.items[0], "bob@example.net: Hi"));
	must(t, "outbox -drop 1");
	fake_clear(&t->fake);
	must(t, "outbox");
	assert_int_equal(t->fake.rows.len, 0);
	must_fail(t, "outbox -retry 7", "7");
}

// --- jobs ------------------------------------------------------------------------------

static void
count_replies(void *arg, struct event *event)
{
	(void)event;
	++*(int *)arg;
}

static void
test_jobs(void **state)
{
	struct env *t = *state;
	int replies = 0;

	// One that is cancelled is never replied to.
	uint64_t job = engine_search(t->engine, "from:bob", 0, ORDER_DATE,
		count_replies, &replies);
	engine_job_cancel(t->engine, job);
	must(t, "count from:bob; sync");
	assert_int_equal(replies, 0);
	engine_search(t->engine, "from:bob", 0, ORDER_DATE, count_replies, &replies);
	while (replies < 2)
		loop_turn(t->engine->loop, -1);
	assert_int_equal(replies, 2); // what was found, and the end
	must_fail(t, "show 123456", "");
	must_fail(t, "raw 123456", "");
	must_fail(t, "sync nobody", "nobody");
	must_fail(t, "save 123456 1 /tmp/x", "");
}

static bool
work_fails(void *arg, struct error *err)
{
	atomic_fetch_add((atomic_int *)arg, 1);
	return error_set(err, ERROR_STORE, "no");
}

static void
work_told(void *arg, const struct error *err)
{
	assert_non_null(err);
	atomic_fetch_add((atomic_int *)arg, 1);
}

// What was given to a worker is finished, and told, before the engine ends.
static void
test_work_at_the_end(void **state)
{
	struct env *t = *state;

	for (int i = 0; i < 10; i++)
		engine_work(t->engine, i % 2 == 0, work_fails, work_told, &t->told);
	engine_stop(t->engine);
	assert_int_equal(t->told, 20);
	engine_work(t->engine, false, work_fails, work_told, &t->told);
	engine_stop(t->engine);
}

static void
test_owner(void **state)
{
	struct env *t = *state;
	struct error err;
	struct engine *second = engine_new(t->folder, &err);

	assert_false(engine_start(second, OWNER_BATCH, false, &err));
	assert_int_equal(err.kind, ERROR_REFUSED);
	assert_int_equal(engine_holder(second)->pid, getpid());
	engine_free(&second);
	must(t, "count from:bob");
}

static void
test_accounts_change(void **state)
{
	struct env *t = *state;
	uint32_t id = engine_account_find(t->engine, "local");

	assert_int_not_equal(id, 0);
	assert_string_equal(engine_account_name(t->engine, id), "local");
	assert_string_equal(engine_account_address(t->engine, id)->mail,
		"ann@example.org");
	// One that cannot work is named with its reason; the others go on.
	must(t, "account bad { set incoming imaps://x@example.org }");
	must_fail(t, "sync bad", "address");
	must(t, "sync local");
	must(t, "account local { set address ann@example.net }");
	must(t, "sync local");
	assert_int_equal(engine_account_find(t->engine, "local"), id);
	assert_string_equal(engine_account_address(t->engine, id)->mail,
		"ann@example.net");
	assert_int_equal(engine_own_addresses(t->engine)->len, 1);
	must(t, "offline; online local");
}

static int
listener(uint16_t *port_r)
{
	struct sockaddr_in at = { .sin_family = AF_INET,
		.sin_addr.s_addr = htonl(INADDR_LOOPBACK) };
	socklen_t len = sizeof(at);
	int fd = socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0);

	assert_true(fd >= 0);
	assert_int_equal(bind(fd, (struct sockaddr *)&at, len), 0);
	assert_int_equal(listen(fd, 8), 0);
	assert_int_equal(getsockname(fd, (struct sockaddr *)&at, &len), 0);
	*port_r = ntohs(at.sin_port);
	return fd;
}

// A screen paints between the two: what it asked for meanwhile is done then.
static void
test_begin(void **state)
{
	struct env *t = *state;
	struct error err;
	uint16_t port;
	int fd = listener(&port);
	char *config = str_printf("account far {\n\tset address ann@example.org\n"
		"\tset incoming imap://ann@127.0.0.1:%u\n\tset tls off\n"
		"\tset password-command \"echo secret\"\n}\n", port);
	struct pollfd connected = { .fd = fd, .events = POLLIN };

	engine_shut(t);
	t->engine = engine_new(t->folder, &err);
	assert_non_null(t->engine);
	fake_init(&t->fake, t->engine, "fake");
	must(t, config);
	free(config);
	assert_true(engine_start(t->engine, OWNER_BATCH, true, &err));
	engine_attach(t->engine, &t->fake.front);
	assert_int_not_equal(engine_account_find(t->engine, "far"), 0);
	assert_int_equal(poll(&connected, 1, 100), 0);
	engine_begin(t->engine);
	assert_int_equal(poll(&connected, 1, 10000), 1);
	close(fd);
}

static void
test_doctor(void **state)
{
	struct env *t = *state;

	must(t, "doctor; verify; pending; rebuild; sync; verify");
	assert_int_equal(count(t, "from:bob"), 3);
}

int
main(int argc, char **argv)
{
#define TEST(name) cmocka_unit_test_setup_teardown(name, setup, teardown)
	const struct CMUnitTest tests[] = {
		TEST(test_cursor),
		TEST(test_archive_of_labels),
		TEST(test_folder_shown),
		TEST(test_folder_at_once),
		TEST(test_questions),
		TEST(test_questions_of_servers),
		TEST(test_undo_after_restart),
		TEST(test_drafts),
		TEST(test_outbox_without_server),
		TEST(test_jobs),
		TEST(test_work_at_the_end),
		TEST(test_owner),
		TEST(test_accounts_change),
		TEST(test_begin),
		TEST(test_doctor),
	};

	// The helper that reads messages is this program.
	if (argc > 1 && str_equal(argv[1], "--reader"))
		return reader_serve(STDIN_FILENO, STDOUT_FILENO);
	return cmocka_run_group_tests(tests, NULL, NULL);
}
