// SPDX-License-Identifier: GPL-3.0-or-later
// One thread's wait: descriptors, timers, signals and the end of children.
#include "config.h"

#include "tests/unit/test.h"

#include <poll.h>
#include <signal.h>
#include <string.h>
#include <sys/wait.h>
#include <unistd.h>

#include "base/buf.h"
#include "base/error.h"
#include "base/when.h"
#include "loop/child.h"
#include "loop/loop.h"

// What callbacks write, one letter each, and what they may use.
struct story {
	struct loop *loop;
	struct buf text;
	int fd[2];
	struct loop_watch *watch;
	struct loop_watch *other;
	struct loop_timer *timer;
	int count;
};

static void
story_init(struct story *s)
{
	*s = (struct story){ .loop = loop_new() };
	assert_int_equal(pipe(s->fd), 0);
}

static void
story_done(struct story *s)
{
	loop_free(&s->loop);
	assert_null(s->loop);
	close(s->fd[0]);
	close(s->fd[1]);
	buf_done(&s->text);
}

static void
tell_read(void *arg, short events)
{
	struct story *s = arg;
	char c;

	assert_true(events & POLLIN);
	assert_int_equal(read(s->fd[0], &c, 1), 1);
	buf_char(&s->text, c);
}

static void
tell_write(void *arg, short events)
{
	struct story *s = arg;

	assert_true(events & POLLOUT);
	buf_char(&s->text, 'w');
	loop_set_events(s->watch, 0);
}

static void
test_descriptors(void **state)
{
	(void)state;
	struct story s;

	story_init(&s);
	s.watch = loop_add_fd(s.loop, s.fd[0], POLLIN, tell_read, &s);
	loop_turn(s.loop, 0);
	assert_string_equal(buf_text(&s.text), "");
	assert_int_equal(write(s.fd[1], "ab", 2), 2);
	loop_turn(s.loop, -1);
	loop_turn(s.loop, -1);
	loop_turn(s.loop, 0);
	assert_string_equal(buf_text(&s.text), "ab");
	loop_remove_fd(&s.watch);
	assert_null(s.watch);
	loop_remove_fd(&s.watch);
	s.watch = loop_add_fd(s.loop, s.fd[1], POLLOUT, tell_write, &s);
	loop_turn(s.loop, -1);
	loop_turn(s.loop, 0);
	assert_string_equal(buf_text(&s.text), "abw");
	story_done(&s);
}

// Whichever of two is served first removes both.
static void
remove_both(void *arg, short events)
{
	struct story *s = arg;

	(void)events;
	buf_char(&s->text, 'r');
	loop_remove_fd(&s->watch);
	loop_remove_fd(&s->other);
	loop_remove_timer(&s->timer);
}

static void
test_remove_within(void **state)
{
	(void)state;
	struct story s;

	story_init(&s);
	s.watch = loop_add_fd(s.loop, s.fd[0], POLLIN, remove_both, &s);
	s.other = loop_add_fd(s.loop, s.fd[0], POLLIN, remove_both, &s);
	assert_int_equal(write(s.fd[1], "x", 1), 1);
	loop_turn(s.loop, -1);
	loop_turn(s.loop, 0);
	assert_string_equal(buf_text(&s.text), "r");
	story_done(&s);
}

static void
add_another(void *arg, short events)
{
	struct story *s = arg;

	(void)events;
	buf_char(&s->text, 'a');
	loop_remove_fd(&s->watch);
	s->watch = loop_add_fd(s->loop, s->fd[0], POLLIN, tell_read, s);
}

// A new watch is not served by an event that was there before it.
static void
test_add_within(void **state)
{
	(void)state;
	struct story s;

	story_init(&s);
	s.watch = loop_add_fd(s.loop, s.fd[0], POLLIN, add_another, &s);
	assert_int_equal(write(s.fd[1], "x", 1), 1);
	loop_turn(s.loop, -1);
	assert_string_equal(buf_text(&s.text), "a");
	loop_turn(s.loop, -1);
	assert_string_equal(buf_text(&s.text), "ax");
	story_done(&s);
}

static void
tell_hangup(void *arg, short events)
{
	struct story *s = arg;

	assert_true(events & POLLHUP);
	buf_char(&s->text, 'h');
	loop_remove_fd(&s->watch);
}

static void
test_hangup(void **state)
{
	(void)state;
	struct story s;

	story_init(&s);
	s.watch = loop_add_fd(s.loop, s.fd[0], POLLIN, tell_hangup, &s);
	close(s.fd[1]);
	// Not wanted just now: no callback, and no wait that ends at once.
	loop_set_events(s.watch, 0);
	int64_t begin = when_mono_ms();
	loop_turn(s.loop, 3);
	assert_true(when_mono_ms() - begin >= 3);
	assert_string_equal(buf_text(&s.text), "");
	loop_set_events(s.watch, POLLIN);
	loop_turn(s.loop, -1);
	assert_string_equal(buf_text(&s.text), "h");
	s.fd[1] = dup(s.fd[0]);
	story_done(&s);
}

static void
tell_one(void *arg)
{
	buf_char(&((struct story *)arg)->text, '1');
}

static void
tell_two(void *arg)
{
	buf_char(&((struct story *)arg)->text, '2');
}

static void
tell_again(void *arg)
{
	struct story *s = arg;

	buf_char(&s->text, 't');
	if (++s->count < 3)
		loop_timer_set(s->timer, 0);
}

static void
test_timers(void **state)
{
	(void)state;
	struct story s;

	story_init(&s);
	struct loop_timer *late = loop_add_timer(s.loop, 2, tell_two, &s);
	struct loop_timer *soon = loop_add_timer(s.loop, 1, tell_one, &s);
	int64_t begin = when_mono_ms();
	while (s.text.len < 2)
		loop_turn(s.loop, -1);
	assert_true(when_mono_ms() - begin >= 1);
	assert_string_equal(s.text.data, "12");
	// Once only, until they are set again.
	loop_turn(s.loop, 5);
	assert_string_equal(s.text.data, "12");
	loop_timer_set(late, 0);
	loop_turn(s.loop, -1);
	assert_string_equal(s.text.data, "122");
	loop_timer_set(soon, WHEN_NEVER);
	loop_turn(s.loop, 1);
	assert_string_equal(s.text.data, "122");
	loop_timer_set(soon, 0);
	loop_remove_timer(&soon);
	assert_null(soon);
	loop_turn(s.loop, 1);
	assert_string_equal(s.text.data, "122");
	story_done(&s);
}

// Several that are late already: the one that has waited longest first.
static void
test_timer_order(void **state)
{
	(void)state;
	struct story s;

	story_init(&s);
	s.count = 3;
	loop_add_timer(s.loop, -1, tell_one, &s);
	loop_add_timer(s.loop, -30, tell_two, &s);
	s.timer = loop_add_timer(s.loop, -20, tell_again, &s);
	loop_turn(s.loop, -1);
	assert_string_equal(buf_text(&s.text), "2t1");
	story_done(&s);
}

// A timer that sets itself to 0 waits for the next turn: the others live on.
static void
test_timer_again(void **state)
{
	(void)state;
	struct story s;

	story_init(&s);
	s.timer = loop_add_timer(s.loop, 0, tell_again, &s);
	for (int turn = 1; turn <= 3; turn++) {
		loop_turn(s.loop, -1);
		assert_int_equal(s.count, turn);
	}
	loop_turn(s.loop, 0);
	assert_int_equal(s.count, 3);
	story_done(&s);
}

// A deadline far away ends no wait early and overflows nothing.
static void
test_timeout(void **state)
{
	(void)state;
	struct story s;

	story_init(&s);
	loop_add_timer(s.loop, INT64_C(1) << 60, tell_one, &s);
	int64_t begin = when_mono_ms();
	loop_turn(s.loop, 3);
	assert_true(when_mono_ms() - begin >= 3);
	assert_string_equal(buf_text(&s.text), "");
	story_done(&s);
}

static void
count_and_stop(void *arg)
{
	struct story *s = arg;

	buf_char(&s->text, 'b');
	if (s->text.len > 4)
		loop_stop(s->loop);
	else
		loop_timer_set(s->timer, 0);
}

static void
stop_now(void *arg)
{
	struct story *s = arg;

	buf_char(&s->text, 's');
	loop_stop(s->loop);
}

static void
test_run(void **state)
{
	(void)state;
	struct story s;

	story_init(&s);
	// Stopped before it runs: not even painted.
	loop_stop(s.loop);
	loop_run(s.loop, count_and_stop, &s);
	assert_string_equal(buf_text(&s.text), "");
	// Painted before the first wait and after each turn.
	s.timer = loop_add_timer(s.loop, WHEN_NEVER, tell_one, &s);
	loop_run(s.loop, count_and_stop, &s);
	assert_string_equal(s.text.data, "b1b1b");
	loop_remove_timer(&s.timer);
	loop_add_timer(s.loop, 0, stop_now, &s);
	loop_run(s.loop, NULL, NULL);
	assert_string_equal(s.text.data, "b1b1bs");
	story_done(&s);
}

static void
tell_signal(void *arg, int signo)
{
	buf_printf(&((struct story *)arg)->text, "<%d>", signo - SIGRTMIN);
}

static void
test_signals(void **state)
{
	(void)state;
	struct story s;
	sigset_t before, after;

	pthread_sigmask(SIG_SETMASK, NULL, &before);
	story_init(&s);
	loop_add_signal(s.loop, SIGRTMIN + 1, tell_signal, &s);
	loop_add_signal(s.loop, SIGRTMIN + 2, tell_signal, &s);
	raise(SIGRTMIN + 2);
	raise(SIGRTMIN + 1);
	loop_turn(s.loop, -1);
	assert_string_equal(s.text.data, "<1><2>");
	story_done(&s);
	pthread_sigmask(SIG_SETMASK, NULL, &after);
	for (int signo = 1; signo < SIGRTMAX; signo++)
		assert_int_equal(sigismember(&before, signo),
			sigismember(&after, signo));
}

static void
tell_end(void *arg, int status)
{
	struct story *s = arg;

	s->count--;
	if (WIFEXITED(status))
		buf_printf(&s->text, "[exit %d]", WEXITSTATUS(status));
	else
		buf_printf(&s->text, "[signal %d]", WTERMSIG(status));
}

static void
test_children(void **state)
{
	(void)state;
	static const char *const three[] = { "sh", "-c", "exit 3", NULL };
	static const char *const wait_for_us[] = { "cat", NULL };
	struct story s;
	struct child first, second;
	struct error err = {0};

	story_init(&s);
	assert_true(child_start(&second, wait_for_us, NULL, CHILD_IN, &err));
	loop_add_child(s.loop, second.pid, tell_end, &s);
	assert_true(child_start(&first, three, NULL, 0, &err));
	loop_add_child(s.loop, first.pid, tell_end, &s);
	s.count = 2;
	while (s.count == 2)
		loop_turn(s.loop, -1);
	assert_string_equal(s.text.data, "[exit 3]");
	child_close(&second);
	while (s.count == 1)
		loop_turn(s.loop, -1);
	assert_string_equal(s.text.data, "[exit 3][exit 0]");
	// One that has ended long ago.
	assert_true(child_start(&first, three, NULL, 0, &err));
	siginfo_t info;
	assert_int_equal(waitid(P_PID, (id_t)first.pid, &info,
		WEXITED | WNOWAIT), 0);
	loop_add_child(s.loop, first.pid, tell_end, &s);
	loop_turn(s.loop, -1);
	assert_string_equal(s.text.data, "[exit 3][exit 0][exit 3]");
	// What still runs is only forgotten.
	assert_true(child_start(&second, wait_for_us, NULL, CHILD_IN, &err));
	loop_add_child(s.loop, second.pid, tell_end, &s);
	story_done(&s);
	int status;
	child_close(&second);
	assert_true(child_wait(&second, -1, NULL, &status, &err));
	assert_int_equal(status, 0);
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_descriptors),
		cmocka_unit_test(test_remove_within),
		cmocka_unit_test(test_add_within),
		cmocka_unit_test(test_hangup),
		cmocka_unit_test(test_timers),
		cmocka_unit_test(test_timer_order),
		cmocka_unit_test(test_timer_again),
		cmocka_unit_test(test_timeout),
		cmocka_unit_test(test_run),
		cmocka_unit_test(test_signals),
		cmocka_unit_test(test_children),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
