// SPDX-License-Identifier: GPL-3.0-or-later
// The line layer and what lies under it: splits, limits, deadlines, cancelling,
// TLS and the certificates that must not be believed.
#include "config.h"

#include "test.h"

#include <stdio.h>
#include <string.h>
#include <sys/socket.h>
#include <unistd.h>

#include "base/buf.h"
#include "base/error.h"
#include "base/when.h"
#include "loop/cancel.h"
#include "remote/dial.h"
#include "remote/line.h"
#include "remote/remote.h"
#include "remote/stream.h"
#include "remote/tls.h"
#include "remote/transcript.h"
#include "script.h"

// Much less than any deadline here; how soon is not for a test to say.
#define SOON_MS 30000

struct fixture {
	char *folder;
	struct script_ca *ca;
	struct cancel *cancel;
};

static int
setup(void **state)
{
	struct fixture *f = calloc(1, sizeof(*f));
	f->folder = test_folder_make();
	f->ca = script_ca_new(f->folder);
	f->cancel = cancel_new();
	*state = f;
	return 0;
}

static int
teardown(void **state)
{
	struct fixture *f = *state;
	script_ca_free(&f->ca);
	cancel_free(&f->cancel);
	test_folder_remove(&f->folder);
	free(f);
	return 0;
}

static int
reset(void **state)
{
	cancel_reset(((struct fixture *)*state)->cancel);
	return 0;
}

static void
assert_line(struct line *l, const char *text, size_t len)
{
	const char *got;
	size_t got_len;
	struct error err = { 0 };
	if (!line_read(l, 0, &got, &got_len, &err))
		fail_msg("%s", err.text);
	assert_int_equal(got_len, len);
	assert_memory_equal(got, text, len + 1); // with the NUL behind
}

static void
lines_split_anywhere(void **state)
{
	(void)state;
	static const char wire[] = "one\r\n\ntw\ro\n\r\nth\0ree\r\nxyz";
	static const struct { const char *text; size_t len; } lines[] = {
		{ "one", 3 }, { "", 0 }, { "tw\ro", 4 }, { "", 0 }, { "th\0ree", 6 },
	};
	struct remote_settings settings = { .host = (char[]){ "test" } };
	for (size_t split = 0; split < sizeof(wire); split++) {
		int pair[2];
		assert_int_equal(socketpair(AF_UNIX, SOCK_STREAM, 0, pair), 0);
		struct line *l = line_from_fd(pair[0], &settings, NULL);
		enum line_event event;
		assert_int_equal(write(pair[1], wire, split), split);
		assert_true(line_wait(l, 0, NULL, &event, NULL));
		assert_int_equal(event, split ? LINE_READY : LINE_TIMEOUT);
		size_t rest = sizeof(wire) - 1 - split;
		assert_int_equal(write(pair[1], wire + split, rest), rest);
		for (size_t i = 0; i < COUNT_OF(lines); i++)
			assert_line(l, lines[i].text, lines[i].len);
		const char *bytes;
		size_t n, all = 0;
		while (all < 3) {
			assert_true(line_read_bytes(l, 2, &bytes, &n, NULL));
			assert_in_range(n, 1, 2);
			assert_memory_equal(bytes, &"xyz"[all], n);
			all += n;
		}
		assert_false(line_buffered(l));
		line_close(&l);
		close(pair[1]);
	}
}

static void
long_line_ends_it(void **state)
{
	(void)state;
	struct remote_settings settings = { .host = (char[]){ "test" } };
	int pair[2];
	assert_int_equal(socketpair(AF_UNIX, SOCK_STREAM, 0, pair), 0);
	struct line *l = line_from_fd(pair[0], &settings, NULL);
	static char wire[] = "12345678\r\n123456789\r\nx\r\n";
	assert_int_equal(write(pair[1], wire, sizeof(wire) - 1), sizeof(wire) - 1);
	const char *text;
	size_t len;
	struct error err = { 0 };
	assert_true(line_read(l, 8, &text, &len, &err));
	assert_int_equal(len, 8);
	assert_false(line_read(l, 7, &text, &len, &err));
	assert_int_equal(err.kind, ERROR_OFFLINE);
	error_clear(&err);
	assert_false(line_read(l, 0, &text, &len, &err)); // for good
	assert_int_equal(err.kind, ERROR_OFFLINE);
	line_close(&l);
	close(pair[1]);
}

static void
play_flood(struct script *s, void *arg)
{
	(void)arg;
	static const char flood[16 * 1024] = { 'x' };
	while (script_send(s, flood, sizeof(flood)))
		;
}

static void
endless_line_is_bounded(void **state)
{
	struct fixture *f = *state;
	struct script *s = script_start_play(NULL, play_flood, NULL);
	struct remote_settings settings;
	script_settings(s, "imap", &settings);
	struct line *l;
	assert_true(line_open(&l, &settings, f->cancel, NULL, NULL));
	const char *text;
	size_t len;
	struct error err = { 0 };
	assert_false(line_read(l, 0, &text, &len, &err));
	assert_int_equal(err.kind, ERROR_OFFLINE);
	assert_in_range(line_counters(l).received, LINE_BYTES_MAX,
		LINE_BYTES_MAX + 2 * STREAM_BUFFER);
	line_close(&l);
	script_finish(&s);
	remote_settings_done(&settings);
}

// --- waits ------------------------------------------------------------------------

struct cancelling {
	struct cancel *cancel;
	int64_t when;
};

static void
play_cancel(struct script *s, void *arg)
{
	struct cancelling *c = arg;
	script_expect(s, "hello");
	c->when = when_mono_ms();
	cancel_set(c->cancel);
	script_wait(s);
}

static void
cancel_ends_a_stalled_read(void **state)
{
	struct fixture *f = *state;
	for (int tls = 0; tls < 2; tls++) {
		cancel_reset(f->cancel);
		struct cancelling c = { .cancel = f->cancel };
		struct script *s = script_start_play(&(struct script_options){
			.ca = tls ? f->ca : NULL, .tls = tls }, play_cancel, &c);
		struct remote_settings settings;
		script_settings(s, "imap", &settings);
		struct line *l;
		struct error err = { 0 };
		if (!line_open(&l, &settings, f->cancel, NULL, &err))
			fail_msg("%s", err.text);
		line_put_str(l, "hello\r\n");
		const char *text;
		size_t len;
		assert_false(line_read(l, 0, &text, &len, &err));
		int64_t end = when_mono_ms();
		assert_int_equal(err.kind, ERROR_CANCELLED);
		line_close(&l);
		script_finish(&s);
		assert_in_range(end - c.when, 0, SOON_MS);
		remote_settings_done(&settings);
	}
}

static void
silence_has_a_deadline(void **state)
{
	struct fixture *f = *state;
	struct script *s = script_start(NULL, "W:");
	struct remote_settings settings;
	script_settings(s, "imap", &settings);
	settings.timeout_ms = 1000; // to connect, too
	struct line *l;
	assert_true(line_open(&l, &settings, f->cancel, NULL, NULL));
	const char *text;
	size_t len;
	struct error err = { 0 };
	assert_false(line_read(l, 0, &text, &len, &err));
	assert_int_equal(err.kind, ERROR_OFFLINE);
	assert_non_null(strstr(err.text, "did not answer"));
	line_close(&l);
	script_finish(&s);
	remote_settings_done(&settings);
}

static void
wake_and_timeout(void **state)
{
	struct fixture *f = *state;
	struct cancel *wake = cancel_new();
	struct script *s = script_start(&(struct script_options){ .ca = f->ca,
		.tls = true }, "C: go\nS: news\nW:");
	struct remote_settings settings;
	script_settings(s, "imaps", &settings);
	struct line *l;
	struct error err = { 0 };
	if (!line_open(&l, &settings, f->cancel, NULL, &err))
		fail_msg("%s", err.text);
	enum line_event event;
	// The tickets of TLS 1.3 are no news.
	assert_true(line_wait(l, 30, wake, &event, NULL));
	assert_int_equal(event, LINE_TIMEOUT);
	cancel_set(wake);
	assert_true(line_wait(l, -1, wake, &event, NULL));
	assert_int_equal(event, LINE_WOKEN);
	cancel_reset(wake);
	line_put_str(l, "go\r\n");
	assert_true(line_wait(l, -1, wake, &event, NULL));
	assert_int_equal(event, LINE_READY);
	assert_line(l, "news", 4);
	assert_int_equal(line_counters(l).sent, 4);
	assert_int_equal(line_counters(l).received, 6);
	assert_int_equal(line_counters(l).turns, 1);
	line_close(&l);
	script_finish(&s);
	remote_settings_done(&settings);
	cancel_free(&wake);
}

// --- connecting -----------------------------------------------------------------------

static void
dial_says_what_failed(void **state)
{
	(void)state;
	struct error err = { 0 };
	// A port that was free a moment ago and has no listener.
	struct script *s = script_start(NULL, "W:");
	struct remote_settings settings;
	script_settings(s, "imap", &settings);
	script_finish_early(&s);
	assert_int_equal(dial("127.0.0.1", "the relay, port 7",
		settings.port, false, 5000, NULL, &err), -1);
	assert_int_equal(err.kind, ERROR_OFFLINE);
	assert_non_null(strstr(err.text, "cannot connect to the relay, port 7: "));
	error_clear(&err);
	assert_int_equal(dial("192.0.2.1", "it", 143, true, 5000, NULL, &err), -1);
	assert_int_equal(err.kind, ERROR_INPUT);
	error_clear(&err);
	struct cancel *cancel = cancel_new();
	cancel_set(cancel);
	int64_t before = when_mono_ms();
	assert_int_equal(dial("nowhere.invalid", "it", 143, false, 10 * SOON_MS, cancel, &err), -1);
	assert_int_equal(err.kind, ERROR_CANCELLED);
	assert_in_range(when_mono_ms() - before, 0, SOON_MS);
	// Nor does it matter whether the resolver was quicker.
	for (int i = 0; i < 200; i++) {
		error_clear(&err);
		assert_int_equal(dial("192.0.2.1", "it", 143, true, 5000, cancel, &err), -1);
		assert_int_equal(err.kind, ERROR_CANCELLED);
	}
	cancel_free(&cancel);
	remote_settings_done(&settings);
}

static void
localhost_is_raced(void **state)
{
	struct fixture *f = *state;
	struct script *s = script_start(NULL, "S: hi"); // on 127.0.0.1 alone
	struct remote_settings settings;
	script_settings(s, "imap", &settings);
	free(settings.host);
	settings.host = str_dup("localhost");
	struct line *l;
	struct error err = { 0 };
	if (!line_open(&l, &settings, f->cancel, NULL, &err))
		fail_msg("%s", err.text);
	assert_line(l, "hi", 2);
	line_close(&l);
	script_finish(&s);
	remote_settings_done(&settings);
}

static void
names_beyond_ascii(void **state)
{
	(void)state;
	static const struct { const char *host, *name; } rows[] = {
		{ "mail.example.org", "mail.example.org" },
		{ "b\xc3\xbc" "cher.example", "xn--bcher-kva.example" },
		{ "::1", "::1" },
		{ "\xff\xfe", NULL },
	};
	for (size_t i = 0; i < COUNT_OF(rows); i++) {
		char *name = tls_host_name(rows[i].host);
		assert_true(str_equal(name, rows[i].name));
		free(name);
	}
}

// --- TLS ----------------------------------------------------------------------------------

static const struct {
	enum script_certificate certificate;
	bool trusted;
	const char *reason;
} certificates[] = {
	{ SCRIPT_GOOD, true, NULL },
	{ SCRIPT_EXPIRED, false, "expired on 2" },
	{ SCRIPT_OTHER_HOST, false, "is for other.example, not for 127.0.0.1" },
	{ SCRIPT_SELF_SIGNED, false, "nobody but itself" },
	{ SCRIPT_NUL_NAME, false, "not for 127.0.0.1" },
	{ SCRIPT_WEAK, false, "weak" },
};

static void
certificates_are_checked(void **state)
{
	struct fixture *f = *state;
	for (size_t i = 0; i < COUNT_OF(certificates); i++) {
		bool good = certificates[i].trusted;
		struct script *s = script_start(&(struct script_options){ .ca = f->ca,
			.tls = true, .certificate = certificates[i].certificate },
			"S: hi");
		struct remote_settings settings;
		script_settings(s, "imaps", &settings);
		struct remote_certificate c = { 0 };
		struct error err = { 0 };
		struct line *l = NULL;
		if (line_open(&l, &settings, f->cancel, &c, &err) != good)
			fail_msg("certificate %zu: %s", i, err.text);
		if (!good) {
			assert_int_equal(err.kind, ERROR_TRUST);
			if (!strstr(c.reason, certificates[i].reason))
				fail_msg("%s", c.reason);
			assert_string_equal(c.host, "127.0.0.1");
			assert_true(str_has_prefix(c.fingerprint, "sha256:"));
			assert_int_equal(strlen(c.fingerprint), 7 + 64);
			assert_true(c.not_before < c.not_after);
			assert_non_null(strstr(c.subject, "Test Server"));
			script_finish_early(&s);
		} else {
			assert_line(l, "hi", 2);
			line_close(&l);
			script_finish(&s);
		}
		remote_certificate_done(&c);
		remote_settings_done(&settings);
	}
}

static bool
open_with_pin(struct script *s, const char *pin, struct cancel *cancel,
	struct remote_certificate *c, struct error *err)
{
	struct remote_settings settings;
	script_settings(s, "imaps", &settings);
	settings.tls_pin = str_dup(pin);
	struct line *l = NULL;
	bool ok = line_open(&l, &settings, cancel, c, err);
	if (ok)
		assert_line(l, "hi", 2);
	line_close(&l);
	remote_settings_done(&settings);
	return ok;
}

// What the user said yes to is accepted from then on, and nothing else.
static void
a_pin_is_one_key(void **state)
{
	struct fixture *f = *state;
	char *pin = NULL;
	for (int server = 0; server < 2; server++) {
		struct script *s = script_start(&(struct script_options){ .ca = f->ca,
			.tls = true, .certificate = SCRIPT_SELF_SIGNED, .refused = true },
			"S: hi");
		struct remote_certificate c = { 0 };
		struct error err = { 0 };
		assert_false(open_with_pin(s, pin, f->cancel, &c, &err));
		assert_int_equal(err.kind, ERROR_TRUST);
		if (!open_with_pin(s, c.fingerprint, f->cancel, NULL, &err))
			fail_msg("%s", err.text);
		str_set(&pin, c.fingerprint);
		remote_certificate_done(&c);
		script_finish(&s);
	}
	free(pin);
}

static void
old_tls_is_refused(void **state)
{
	struct fixture *f = *state;
	struct script *s = script_start(&(struct script_options){ .ca = f->ca,
		.tls = true, .priority = "NORMAL:-VERS-ALL:+VERS-TLS1.1:+VERS-TLS1.0" },
		"S: hi");
	struct remote_settings settings;
	script_settings(s, "imaps", &settings);
	struct error err = { 0 };
	struct line *l = NULL;
	assert_false(line_open(&l, &settings, f->cancel, NULL, &err));
	assert_int_equal(err.kind, ERROR_OFFLINE);
	script_finish_early(&s);
	remote_settings_done(&settings);
}

static void
a_clear_port_is_no_tls(void **state)
{
	struct fixture *f = *state;
	struct script *s = script_start(NULL, "S: * OK clear text here\nW:");
	struct remote_settings settings;
	script_settings(s, "imaps", &settings);
	settings.tls = REMOTE_TLS_IMPLICIT;
	struct error err = { 0 };
	struct line *l = NULL;
	assert_false(line_open(&l, &settings, f->cancel, NULL, &err));
	assert_int_equal(err.kind, ERROR_OFFLINE);
	assert_non_null(strstr(err.text, "does not speak TLS"));
	script_finish(&s);
	remote_settings_done(&settings);
}

static void
the_end_is_told_apart(void **state)
{
	static const struct { const char *script, *text; } ends[] = {
		{ "s: half a li", "ended the connection" },
		{ "s: half a li\nX:", "was cut" },
	};
	struct fixture *f = *state;
	for (size_t i = 0; i < COUNT_OF(ends); i++) {
		struct script *s = script_start(&(struct script_options){ .ca = f->ca,
			.tls = true }, ends[i].script);
		struct remote_settings settings;
		script_settings(s, "imaps", &settings);
		struct line *l;
		assert_true(line_open(&l, &settings, f->cancel, NULL, NULL));
		const char *text;
		size_t len;
		struct error err = { 0 };
		assert_false(line_read(l, 0, &text, &len, &err));
		assert_int_equal(err.kind, ERROR_OFFLINE);
		if (!strstr(err.text, ends[i].text))
			fail_msg("%s", err.text);
		line_close(&l);
		script_finish(&s);
		remote_settings_done(&settings);
	}
}

// --- STARTTLS ---------------------------------------------------------------------------

static void
start_tls_in_place(void **state)
{
	struct fixture *f = *state;
	struct script *s = script_start(&(struct script_options){ .ca = f->ca },
		"S: hello\nC: TLS\nS: go on\nT:\nC: inside\nS: yes");
	struct remote_settings settings;
	script_settings(s, "imap", &settings);
	struct line *l;
	struct error err = { 0 };
	assert_true(line_open(&l, &settings, f->cancel, NULL, NULL));
	assert_line(l, "hello", 5);
	assert_false(stream_secure(line_stream(l)));
	line_put_str(l, "TLS\r\n");
	assert_line(l, "go on", 5);
	if (!line_start_tls(l, NULL, &err))
		fail_msg("%s", err.text);
	assert_true(stream_secure(line_stream(l)));
	line_put_str(l, "inside\r\n");
	assert_line(l, "yes", 3);
	line_close(&l);
	script_finish(&s);
	remote_settings_done(&settings);
}

static void
nothing_may_follow_start_tls(void **state)
{
	struct fixture *f = *state;
	struct script *s = script_start(&(struct script_options){ .ca = f->ca },
		"C: TLS\ns: go on\\r\\n* injected\\r\\n\nW:");
	struct remote_settings settings;
	script_settings(s, "imap", &settings);
	struct line *l;
	struct error err = { 0 };
	assert_true(line_open(&l, &settings, f->cancel, NULL, NULL));
	line_put_str(l, "TLS\r\n");
	assert_line(l, "go on", 5);
	assert_false(line_start_tls(l, NULL, &err));
	assert_int_equal(err.kind, ERROR_OFFLINE);
	assert_non_null(strstr(err.text, "in clear"));
	const char *text;
	size_t len;
	assert_false(line_read(l, 0, &text, &len, &err));
	line_close(&l);
	script_finish(&s);
	remote_settings_done(&settings);
}

static void
transcript_hides_secrets(void **state)
{
	struct fixture *f = *state;
	struct script *s = script_start(NULL, "C: user ann\nC: pass *\ns: welcome\033\\r\\n");
	struct remote_settings settings;
	script_settings(s, "imap", &settings);
	settings.transcript = path_join(f->folder, "transcript");
	struct line *l;
	assert_true(line_open(&l, &settings, f->cancel, NULL, NULL));
	line_printf(l, "user %s\r\n", settings.user);
	line_put_str(l, "pass ");
	line_put_secret(l, "hunter2", 7);
	line_put_str(l, "\r\n");
	const char *text;
	size_t len;
	assert_true(line_read(l, 0, &text, &len, NULL));
	line_close(&l);
	script_finish(&s);
	struct buf all = { 0 };
	assert_true(path_read(settings.transcript, 4096, &all, NULL));
	assert_null(strstr(buf_text(&all), "hunter2"));
	assert_string_equal(buf_text(&all),
		"C: user ann\nC: pass <secret>\nS: welcome\\x1b\n");
	buf_done(&all);
	remote_settings_done(&settings);
}

static void
transcript_keeps_lines_whole(void **state)
{
	struct fixture *f = *state;
	char *path = path_join(f->folder, "two");
	struct transcript *one = transcript_open(path), *two = transcript_open(path);

	assert_non_null(one);
	transcript_add(one, 'C', "1 AUTHENTICATE ", 15);
	transcript_add(two, 'C', "8 IDLE\r\n* OK", 12);
	transcript_add(one, 'C', "PLAIN\r\n", 7);
	// Who speaks into an open line ends it, and so does the end of all.
	transcript_add(two, 'S', "+ idl", 5);
	transcript_add(one, 'S', "1 O", 3);
	transcript_close(&two);
	transcript_close(&one);
	struct buf all = { 0 };
	assert_true(path_read(path, 4096, &all, NULL));
	assert_string_equal(buf_text(&all), "C: 8 IDLE\nC: 1 AUTHENTICATE PLAIN\n"
		"C: * OK\nS: + idl\nS: 1 O\n");
	buf_done(&all);
	free(path);
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(lines_split_anywhere),
		cmocka_unit_test(long_line_ends_it),
		cmocka_unit_test_setup(endless_line_is_bounded, reset),
		cmocka_unit_test(cancel_ends_a_stalled_read),
		cmocka_unit_test_setup(silence_has_a_deadline, reset),
		cmocka_unit_test_setup(wake_and_timeout, reset),
		cmocka_unit_test(dial_says_what_failed),
		cmocka_unit_test_setup(localhost_is_raced, reset),
		cmocka_unit_test(names_beyond_ascii),
		cmocka_unit_test_setup(certificates_are_checked, reset),
		cmocka_unit_test(a_pin_is_one_key),
		cmocka_unit_test(old_tls_is_refused),
		cmocka_unit_test(a_clear_port_is_no_tls),
		cmocka_unit_test(the_end_is_told_apart),
		cmocka_unit_test(start_tls_in_place),
		cmocka_unit_test(nothing_may_follow_start_tls),
		cmocka_unit_test(transcript_hides_secrets),
		cmocka_unit_test(transcript_keeps_lines_whole),
	};
	return cmocka_run_group_tests_name("remote-line", tests, setup, teardown);
}
