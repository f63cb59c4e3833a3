// SPDX-License-Identifier: GPL-3.0-or-later
// Other programs: what they inherit, what they are told, how they end.
#include "config.h"

#include "tests/unit/test.h"

#include <fcntl.h>
#include <poll.h>
#include <signal.h>
#include <string.h>
#include <sys/stat.h>
#include <sys/wait.h>
#include <unistd.h>

#include "base/buf.h"
#include "base/error.h"
#include "base/mem.h"
#include "base/when.h"
#include "loop/cancel.h"
#include "loop/child.h"
#include "loop/worker.h"

// What the program prints; it must succeed.
static char *
output_of(const char *const argv[])
{
	struct buf out = {0};
	struct error err = {0};

	if (!child_run(argv, NULL, 0, &out, 100000, -1, NULL, &err))
		fail_msg("%s", err.text);
	return buf_take(&out);
}

static void
test_run(void **state)
{
	(void)state;
	static const char *const echo[] = { "printf", "%s|", "a b", "$HOME",
		"*", "", NULL };
	static const char *const cat[] = { "cat", NULL };
	static const char *const gone[] = { "/nowhere/at/all", NULL };
	static const char *const empty[] = { "", NULL };
	static const char *const five[] = { "sh", "-c", "exit 5", NULL };
	static const char *const killed[] = { "sh", "-c", "kill -9 $$", NULL };
	struct error err = {0};
	struct buf out = {0};

	char *text = output_of(echo);
	assert_string_equal(text, "a b|$HOME|*||");
	free(text);
	assert_true(child_run(cat, "in", 2, &out, 100, -1, NULL, &err));
	assert_string_equal(out.data, "in");
	assert_true(child_run(cat, "", 0, NULL, 0, -1, NULL, &err));
	assert_false(child_run(gone, NULL, 0, NULL, 0, -1, NULL, &err));
	assert_int_equal(err.kind, ERROR_INPUT);
	assert_string_equal(err.text,
		"cannot run /nowhere/at/all: No such file or directory");
	assert_false(child_run(empty, NULL, 0, NULL, 0, -1, NULL, &err));
	assert_int_equal(err.kind, ERROR_INPUT);
	assert_false(child_run(five, NULL, 0, NULL, 0, -1, NULL, &err));
	assert_int_equal(err.kind, ERROR_REFUSED);
	assert_string_equal(err.text, "sh ended with status 5");
	assert_false(child_run(killed, NULL, 0, NULL, 0, -1, NULL, &err));
	assert_string_equal(err.text, "sh was ended by signal 9");
	buf_done(&out);
}

// More than a pipe holds, both ways at once, and no more kept than asked for.
static void
test_run_much(void **state)
{
	(void)state;
	static const char *const cat[] = { "cat", NULL };
	static const char *const deaf[] = { "true", NULL };
	size_t len = 1000000;
	char *in = mem_alloc(1, len);
	struct error err = {0};
	struct buf out = {0};

	for (size_t i = 0; i < len; i++)
		in[i] = (char)(i * 7);
	assert_true(child_run(cat, in, len, &out, len, -1, NULL, &err));
	assert_int_equal(out.len, len);
	assert_memory_equal(out.data, in, len);
	buf_clear(&out);
	assert_true(child_run(cat, in, len, &out, 1000, -1, NULL, &err));
	assert_int_equal(out.len, 1000);
	// One that reads nothing: no SIGPIPE, now or later.
	signal(SIGPIPE, SIG_DFL);
	assert_true(child_run(deaf, in, len, NULL, 0, -1, NULL, &err));
	buf_done(&out);
	free(in);
}

static void
test_end(void **state)
{
	(void)state;
	static const char *const endless[] = { "sleep", "1000", NULL };
	struct error err = {0};
	struct child c;
	int status;

	int64_t begin = when_mono_ms();
	assert_false(child_run(endless, NULL, 0, NULL, 0, 10, NULL, &err));
	assert_int_equal(err.kind, ERROR_REFUSED);
	assert_string_equal(err.text, "sleep: took too long");
	assert_true(child_start(&c, endless, NULL, 0, &err));
	assert_int_equal(c.in, -1);
	assert_int_equal(c.out, -1);
	assert_false(child_wait(&c, 10, NULL, &status, &err));
	assert_true(WIFSIGNALED(status) && WTERMSIG(status) == SIGKILL);
	assert_int_equal(c.pid, -1);
	assert_int_equal(waitpid(-1, NULL, WNOHANG), -1);
	assert_true(when_mono_ms() - begin < 60000);
}

static void
set_it(struct worker *w, void *arg)
{
	(void)w;
	cancel_set(arg);
}

static void
test_cancel(void **state)
{
	(void)state;
	static const char *const endless[] = { "sleep", "1000", NULL };
	struct error err = {0};
	struct cancel *c = cancel_new();

	struct worker *w = worker_start("canceller", set_it, c);
	assert_false(child_run(endless, NULL, 0, NULL, 0, -1, c, &err));
	assert_int_equal(err.kind, ERROR_CANCELLED);
	worker_stop(&w, NULL);
	assert_false(child_run(endless, NULL, 0, NULL, 0, -1, c, &err));
	assert_int_equal(err.kind, ERROR_CANCELLED);
	cancel_free(&c);
}

// One that it leaves behind keeps the pipe; that is not waited for.
static void
test_left_behind(void **state)
{
	(void)state;
	char *top = test_folder_make();
	char *fifo = path_join(top, "fifo");
	char *script = str_printf("cat '%s' & echo done", fifo);
	const char *const argv[] = { "sh", "-c", script, NULL };

	assert_int_equal(mkfifo(fifo, 0600), 0);
	char *text = output_of(argv);
	assert_string_equal(text, "done\n");
	// Lets it end.
	close(open(fifo, O_WRONLY));
	free(text);
	free(script);
	free(fifo);
	test_folder_remove(&top);
}

// With a group of its own, all of it is ended.
static void
test_group(void **state)
{
	(void)state;
	static const char *const argv[] = { "sh", "-c",
		"sleep 1000 & echo up; wait", NULL };
	struct error err = {0};
	struct child c;
	char text[3];

	assert_true(child_start(&c, argv, NULL, CHILD_OUT | CHILD_OWN_GROUP,
		&err));
	assert_int_equal(getpgid(c.pid), c.pid);
	assert_int_equal(read(c.out, text, 3), 3);
	assert_false(child_wait(&c, 0, NULL, NULL, &err));
	struct pollfd end = { .fd = c.out, .events = POLLIN };
	assert_int_equal(poll(&end, 1, 30000), 1);
	assert_int_equal(read(c.out, text, 3), 0);
	child_close(&c);
	assert_int_equal(c.out, -1);
}

static void
test_environment(void **state)
{
	(void)state;
	static const char *const argv[] = { "env", NULL };
	static const char *const extra[] = { "CHILD_TEST_GIVEN=given",
		"CHILD_TEST_CHANGED=new", NULL };
	struct error err = {0};
	static const char *const want[] = { "CHILD_TEST_KEPT=kept", "CHILD_TEST_GIVEN=given",
		"CHILD_TEST_CHANGED=new", "CHILD_TEST_CHANGED_NOT=x" };
	struct strlist got = {0};
	size_t ours = 0;
	struct child c;

	setenv("CHILD_TEST_KEPT", "kept", 1);
	setenv("CHILD_TEST_CHANGED", "old", 1);
	setenv("CHILD_TEST_CHANGED_NOT", "x", 1);
	assert_true(child_start(&c, argv, extra, CHILD_OUT, &err));
	struct buf text = {0};
	ssize_t more;
	do {
		buf_reserve(&text, 4096);
		more = read(c.out, text.data + text.len, 4096);
		text.len += more > 0 ? (size_t)more : 0;
	} while (more > 0);
	buf_cut(&text, text.len);
	assert_true(child_wait(&c, -1, NULL, NULL, &err));
	strlist_split(&got, text.data, '\n');
	for (size_t i = 0; i < got.len; i++)
		ours += str_has_prefix(got.items[i], "CHILD_TEST_");
	assert_int_equal(ours, COUNT_OF(want));
	for (size_t i = 0; i < COUNT_OF(want); i++)
		assert_true(strlist_has(&got, want[i]));
	assert_string_equal(getenv("CHILD_TEST_CHANGED"), "old");
	strlist_done(&got);
	buf_done(&text);
	child_close(&c);
}

// A stray descriptor, a blocked and an ignored signal stay with us.
static void
test_inherits_nothing(void **state)
{
	(void)state;
	static const char *const closed[] = { "sh", "-c",
		"test -e /proc/self/fd/2 && test ! -e /proc/self/fd/50", NULL };
	static const char *const signals[] = { "grep", "-E", "^Sig(Blk|Ign)",
		"/proc/self/status", NULL };
	static const char *const places[] = { "sh", "-c",
		"readlink /proc/self/fd/0 /proc/self/fd/2", NULL };
	struct error err = {0};
	sigset_t some;

	assert_int_equal(dup2(STDERR_FILENO, 50), 50);
	assert_true(child_run(closed, NULL, 0, NULL, 0, -1, NULL, &err));
	close(50);
	sigemptyset(&some);
	sigaddset(&some, SIGUSR1);
	pthread_sigmask(SIG_BLOCK, &some, NULL);
	signal(SIGPIPE, SIG_IGN);
	char *text = output_of(signals);
	pthread_sigmask(SIG_UNBLOCK, &some, NULL);
	signal(SIGPIPE, SIG_DFL);
	assert_true(str_has_prefix(text, "SigBlk:\t0000000000000000\nSigIgn:\t"));
	// glibc keeps the two signals that only it uses (32, 33) out of the way.
	uint64_t ignored = strtoull(strrchr(text, '\t'), NULL, 16);
	assert_int_equal(ignored & ~UINT64_C(0x180000000), 0);
	free(text);
	text = output_of(places);
	assert_string_equal(text, "/dev/null\n/dev/null\n");
	free(text);
}

// With the terminal it has our three, whatever they are.
static void
test_terminal(void **state)
{
	(void)state;
	static const char *const argv[] = { "sh", "-c",
		"readlink /proc/self/fd/0 /proc/self/fd/2", NULL };
	char in[4096] = "", out[4096] = "", text[9000] = "";
	struct error err = {0};
	struct child c;

	assert_true(readlink("/proc/self/fd/0", in, sizeof(in) - 1) > 0);
	assert_true(readlink("/proc/self/fd/2", out, sizeof(out) - 1) > 0);
	char *want = str_printf("%s\n%s\n", in, out);
	assert_true(child_start(&c, argv, NULL, CHILD_TTY | CHILD_OUT, &err));
	assert_int_equal(getpgid(c.pid), getpgrp());
	assert_true(child_wait(&c, -1, NULL, NULL, &err));
	assert_true(read(c.out, text, sizeof(text) - 1) > 0);
	assert_string_equal(text, want);
	child_close(&c);
	free(want);
}

// Started with standard descriptors closed, as by a careless parent.
static void
test_low_descriptors(void **state)
{
	(void)state;
	static const char *const cat[] = { "cat", NULL };
	struct error err = {0};
	struct buf out = {0};
	int in = dup(STDIN_FILENO);

	close(STDIN_FILENO);
	bool ok = child_run(cat, "text", 4, &out, 100, -1, NULL, &err);
	dup2(in, STDIN_FILENO);
	close(in);
	assert_true(ok);
	assert_string_equal(out.data, "text");
	buf_done(&out);
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_run),
		cmocka_unit_test(test_run_much),
		cmocka_unit_test(test_end),
		cmocka_unit_test(test_cancel),
		cmocka_unit_test(test_left_behind),
		cmocka_unit_test(test_group),
		cmocka_unit_test(test_environment),
		cmocka_unit_test(test_inherits_nothing),
		cmocka_unit_test(test_terminal),
		cmocka_unit_test(test_low_descriptors),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
