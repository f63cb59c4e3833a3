// SPDX-License-Identifier: GPL-3.0-or-later
// Sending through a program: its arguments, its input, and each way it can end.
#include "config.h"

#include "tests/unit/test.h"

#include <fcntl.h>
#include <pthread.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "base/buf.h"
#include "base/error.h"
#include "loop/cancel.h"
#include "remote/remote.h"

#define D (&sender_program)

struct fixture {
	char *folder, *program, *args, *input;
};

static int
setup(void **state)
{
	struct fixture *f = calloc(1, sizeof(*f));

	f->folder = test_folder_make();
	f->program = path_join(f->folder, "send mail;x");
	f->args = path_join(f->folder, "args");
	f->input = path_join(f->folder, "input");
	*state = f;
	return 0;
}

static int
teardown(void **state)
{
	struct fixture *f = *state;

	free(f->program);
	free(f->args);
	free(f->input);
	test_folder_remove(&f->folder);
	free(f);
	return 0;
}

// A program that writes its arguments and its input down, then does `more`.
static void
write_program(struct fixture *f, const char *more)
{
	char *text = str_printf("#!/bin/sh\nprintf '%%s\\n' \"$@\" >'%s'\n%s\n", f->args,
		more);

	assert_true(path_write_atomic(f->program, text, strlen(text), NULL));
	assert_int_equal(chmod(f->program, 0700), 0);
	free(text);
}

static void
file_is(const char *path, const char *wanted)
{
	struct buf text = {0};

	assert_true(path_read(path, 100000, &text, NULL));
	assert_string_equal(buf_text(&text), wanted);
	buf_done(&text);
}

struct body {
	const char *text;
	size_t len, at, step;
};

static bool
next_piece(void *arg, const void **bytes_r, size_t *len_r)
{
	struct body *b = arg;
	size_t left = b->len - b->at;

	*bytes_r = b->text + b->at;
	*len_r = left < b->step ? left : b->step;
	b->at += *len_r;
	return left > 0;
}

// Sets the cancel once the program has its input, then lets it go on.
struct leave {
	struct cancel *cancel;
	char *has_all, *go_on;
};

static void *
leave_then(void *arg)
{
	struct leave *l = arg;
	// Each opening waits for the other end.
	int fd = open(l->has_all, O_RDONLY | O_CLOEXEC);
	char byte;

	while (read(fd, &byte, 1) == 1)
		;
	close(fd);
	cancel_set(l->cancel);
	fd = open(l->go_on, O_WRONLY | O_CLOEXEC);
	close(fd);
	return NULL;
}

struct run {
	struct sender_recipient to[2];
	struct error err;
	bool ok, maybe;
};

static struct run
send_under(struct fixture *f, struct cancel *cancel, const char *from, const char *to,
	struct body *body, uint64_t size)
{
	struct run r = { .to = { { .mail = to }, { .mail = "cy@example.org" } } };
	struct remote_settings settings = { .path = f->program, .timeout_ms = 60000 };
	struct sender *sender;

	if (!D->open(&sender, &settings, cancel, NULL, &r.err))
		fail_msg("%s", r.err.text);
	r.ok = D->send(sender, from, r.to, 2, size, next_piece, body, &r.maybe, &r.err);
	D->close(&sender);
	return r;
}

static struct run
send_one(struct fixture *f, const char *from, const char *to, struct body *body,
	uint64_t size)
{
	return send_under(f, NULL, from, to, body, size);
}

static void
run_done(struct run *r)
{
	free(r->to[0].answer);
	free(r->to[1].answer);
}

static void
test_send(void **state)
{
	struct fixture *f = *state;
	static const char text[] = "Subject: x\r\n\r\n.\r\na\rb\nc\r\n\r";

	char *more = str_printf("cat >'%s'", f->input);
	write_program(f, more);
	free(more);
	for (size_t step = 1; step < sizeof(text); step++) {
		struct body body = { text, sizeof(text) - 1, 0, step };
		struct run r = send_one(f, "ann@example.org", "-o@example.org", &body,
			body.len);
		if (!r.ok)
			fail_msg("%s", r.err.text);
		assert_true(r.to[0].accepted && r.to[1].accepted && !r.maybe);
		file_is(f->args, "-i\n-f\nann@example.org\n--\n-o@example.org\n"
			"cy@example.org\n");
		file_is(f->input, "Subject: x\n\n.\na\nb\nc\n\n");
		run_done(&r);
	}
}

static const struct {
	const char *from, *to;
} bad[] = {
	{ "ann@example.org", "bob@example.org\n.\n" },
	{ "ann@example.org", "bob" },
	{ "ann@example.org", "" },
	{ "-oQ/tmp@example.org", "bob@example.org" },
	{ "ann@example.org\r\nX: y", "bob@example.org" },
};

static void
test_bad_addresses(void **state)
{
	struct fixture *f = *state;

	write_program(f, "touch called");
	for (size_t i = 0; i < COUNT_OF(bad); i++) {
		struct body body = { "x\r\n", 3, 0, 3 };
		struct run r = send_one(f, bad[i].from, bad[i].to, &body, 3);
		assert_false(r.ok || r.maybe);
		assert_int_equal(r.err.kind, ERROR_INPUT);
		run_done(&r);
	}
	assert_false(path_exists("called"));
}

static const struct {
	const char *program;
	bool permanent;
	const char *words;
} ends[] = {
	{ "cat >/dev/null; exit 75", false, "try again later" },
	{ "cat >/dev/null; exit 67", true, "no such user" },
	{ "cat >/dev/null; exit 1", false, "status 1" },
	{ "exit 69", false, "not available" },
	{ "kill -SEGV $$", false, "signal 11" },
};

static void
test_ends(void **state)
{
	struct fixture *f = *state;

	for (size_t i = 0; i < COUNT_OF(ends); i++) {
		struct body body = { "x\r\n", 3, 0, 3 };
		write_program(f, ends[i].program);
		struct run r = send_one(f, "ann@example.org", "bob@example.org", &body,
			3);
		assert_false(r.ok || r.maybe || r.to[0].accepted);
		assert_int_equal(r.err.kind, ERROR_REFUSED);
		assert_int_equal(r.to[1].permanent, ends[i].permanent);
		if (strstr(r.err.text, ends[i].words) == NULL)
			fail_msg("%s: %s", ends[i].program, r.err.text);
		assert_non_null(r.to[0].answer);
		run_done(&r);
	}
}

static void
test_halves(void **state)
{
	struct fixture *f = *state;
	struct body body = { "one\r\ntwo\r\n", 5, 0, 5 };

	// Ours: the program is killed before it could send what it has.
	char *more = str_printf("cat >'%s' && touch '%s.sent'", f->input, f->input);
	write_program(f, more);
	free(more);
	struct run r = send_one(f, "ann@example.org", "bob@example.org", &body, 10);
	assert_false(r.ok || r.maybe);
	assert_int_equal(r.err.kind, ERROR_INPUT);
	char *sent = str_printf("%s.sent", f->input);
	assert_false(path_exists(sent));
	free(sent);
	run_done(&r);
	// Its own: it stops reading, and says that all is well.
	size_t len = 4 * 1024 * 1024;
	char *large = malloc(len);
	memset(large, 'x', len);
	write_program(f, "exit 0");
	body = (struct body){ large, len, 0, 64 * 1024 };
	r = send_one(f, "ann@example.org", "bob@example.org", &body, len);
	assert_false(r.ok || r.maybe || r.to[0].accepted);
	assert_int_equal(r.err.kind, ERROR_OFFLINE);
	run_done(&r);
	free(large);
}

static void
test_open(void **state)
{
	struct fixture *f = *state;
	static const char *const paths[] = { NULL, "", "sendmail", "/no/such/program" };
	struct error err = {0};
	struct sender *sender;

	(void)f;
	for (size_t i = 0; i < COUNT_OF(paths); i++) {
		char *path = str_dup(paths[i]);
		struct remote_settings settings = { .path = path };
		assert_false(D->open(&sender, &settings, NULL, NULL, &err));
		assert_int_equal(err.kind, ERROR_INPUT);
		assert_null(sender);
		free(path);
	}
}

// Who leaves when the program has the whole message waits for what it says.
static void
test_leave(void **state)
{
	struct fixture *f = *state;
	struct leave l = {
		cancel_new(), path_join(f->folder, "has-all"),
		path_join(f->folder, "go-on"),
	};
	struct body body = { "Subject: x\r\n\r\nx\r\n", 17, 0, 17 };
	pthread_t thread;

	assert_int_equal(mkfifo(l.has_all, 0600), 0);
	assert_int_equal(mkfifo(l.go_on, 0600), 0);
	char *more = str_printf("cat >'%s'\necho >'%s'\ncat '%s'\nexit 0", f->input,
		l.has_all, l.go_on);
	write_program(f, more);
	free(more);
	assert_int_equal(pthread_create(&thread, NULL, leave_then, &l), 0);
	struct run r = send_under(f, l.cancel, "ann@example.org", "bob@example.org",
		&body, body.len);
	pthread_join(thread, NULL);
	if (!r.ok)
		fail_msg("%s", r.err.text);
	assert_true(r.to[0].accepted && !r.maybe);
	run_done(&r);
	cancel_free(&l.cancel);
	free(l.has_all);
	free(l.go_on);
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_send),
		cmocka_unit_test(test_bad_addresses),
		cmocka_unit_test(test_ends),
		cmocka_unit_test(test_halves),
		cmocka_unit_test(test_open),
		cmocka_unit_test(test_leave),
	};

	return cmocka_run_group_tests(tests, setup, teardown);
}
