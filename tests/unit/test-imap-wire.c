// SPDX-License-Identifier: GPL-3.0-or-later
// Framing: responses split anywhere, literals of every kind, limits; and commands
// as they go out.
#include "config.h"

#include "test.h"

#include <pthread.h>
#include <stdio.h>
#include <string.h>
#include <sys/socket.h>
#include <unistd.h>

#include "base/buf.h"
#include "base/error.h"
#include "remote/imap_wire.h"
#include "remote/line.h"
#include "remote/remote.h"

struct link {
	struct remote_settings settings;
	struct line *line;
	struct wire *wire;
	int peer;
	pthread_t writer;
	const char *data;
	size_t len;
};

static void
link_open(struct link *k)
{
	int pair[2];
	*k = (struct link){ .settings.host = str_dup("server") };
	assert_int_equal(socketpair(AF_UNIX, SOCK_STREAM, 0, pair), 0);
	k->line = line_from_fd(pair[0], &k->settings, NULL);
	k->wire = wire_new(k->line);
	k->peer = pair[1];
}

static void
link_close(struct link *k)
{
	wire_free(&k->wire);
	line_close(&k->line);
	close(k->peer);
	remote_settings_done(&k->settings);
}

static void *
link_write(void *arg)
{
	struct link *k = arg;
	while (k->len > 0) {
		ssize_t n = send(k->peer, k->data, k->len, MSG_NOSIGNAL);
		if (n <= 0)
			break;
		k->data += n;
		k->len -= (size_t)n;
	}
	shutdown(k->peer, SHUT_WR);
	return NULL;
}

// Feeds from a thread, so that more than a socket holds can be fed.
static void
link_feed(struct link *k, const char *data, size_t len)
{
	k->data = data;
	k->len = len;
	assert_int_equal(pthread_create(&k->writer, NULL, link_write, k), 0);
}

static void
link_fed(struct link *k)
{
	shutdown(k->peer, SHUT_RDWR);
	pthread_join(k->writer, NULL);
}

// --- framing -----------------------------------------------------------------------

static const char stream[] =
	"* OK [CAPABILITY IMAP4rev1] see {3}\r\n"
	"* LIST () \"/\" {5}\r\na\"b\\c\r\n"
	"* 1 FETCH (UID 1 BODY[] {6}\r\nx\r\ny\r\n FLAGS (\\Seen))\r\n"
	"* LIST () NIL {0}\r\n\r\n"
	"* 2 FETCH (BODY[1] ~{3}\r\na\0b X {2+}\r\ncd)\r\n"
	"* LIST () \"}\" \"{2}\"\r\n"
	"+ idling {9}\r\n"
	"P12 NO bad {4}\r\n"
	"\r\n"
	"garbage {7}\r\n"
	"* 3 EXISTS\n"
	"P13 OK done\r\n";

static const struct { const char *text; size_t len; } frames[] = {
#define FRAME(s) { s, sizeof(s) - 1 }
	FRAME("* OK [CAPABILITY IMAP4rev1] see {3}"),
	FRAME("* LIST () \"/\" {5}\r\na\"b\\c"),
	FRAME("* 1 FETCH (UID 1 BODY[] {6}\r\nx\r\ny\r\n FLAGS (\\Seen))"),
	FRAME("* LIST () NIL {0}\r\n"),
	FRAME("* 2 FETCH (BODY[1] {3}\r\na\0b X {2}\r\ncd)"),
	FRAME("* LIST () \"}\" \"{2}\""),
	FRAME("+ idling {9}"),
	FRAME("P12 NO bad {4}"),
	FRAME(""),
	FRAME("garbage {7}"),
	FRAME("* 3 EXISTS"),
	FRAME("P13 OK done"),
};

static void
split_at_every_byte(void **state)
{
	(void)state;
	for (size_t split = 0; split < sizeof(stream); split++) {
		struct link k;
		link_open(&k);
		enum line_event event;
		assert_int_equal(write(k.peer, stream, split), split);
		assert_true(line_wait(k.line, 0, NULL, &event, NULL));
		size_t rest = sizeof(stream) - 1 - split;
		assert_int_equal(write(k.peer, stream + split, rest), rest);
		for (size_t i = 0; i < COUNT_OF(frames); i++) {
			struct wire_frame f;
			assert_true(wire_read(k.wire, &f, NULL));
			assert_int_equal(f.len, frames[i].len);
			assert_memory_equal(f.data, frames[i].text, f.len);
			assert_false(f.cut || f.dropped || f.streamed);
		}
		link_close(&k);
	}
}

static bool
gather(void *arg, const void *bytes, size_t len)
{
	buf_add(arg, bytes, len);
	return true;
}

static void
bodies_stream_past(void **state)
{
	(void)state;
	struct link k;
	link_open(&k);
	static const char text[] =
		"* 1 FETCH (UID 7 X {2}\r\nab BODY[1.2]<0> {5}\r\n12345 Y {1}\r\nz)\r\n"
		"* 2 FETCH (BODY[] {3}\r\nxyz BODY[] {1}\r\nq)\r\n"
		"* LIST () NIL {3}\r\na]b\r\n";
	link_feed(&k, text, sizeof(text) - 1);
	struct buf body = { 0 };
	struct wire_frame f;
	wire_stream(k.wire, gather, &body, 5);
	assert_true(wire_read(k.wire, &f, NULL));
	assert_true(f.streamed);
	assert_int_equal(f.body, 5);
	assert_string_equal(f.data, "* 1 FETCH (UID 7 X {2}\r\nab BODY[1.2]<0> NIL"
		" Y {1}\r\nz)");
	assert_string_equal(buf_text(&body), "12345");
	buf_clear(&body);
	assert_true(wire_read(k.wire, &f, NULL));
	assert_string_equal(buf_text(&body), "xyz"); // only the first
	assert_true(wire_read(k.wire, &f, NULL));
	assert_false(f.streamed);
	buf_done(&body);
	link_fed(&k);
	link_close(&k);
}

static bool
refuse(void *arg, const void *bytes, size_t len)
{
	(void)arg;
	(void)bytes;
	(void)len;
	return false;
}

static const struct {
	const char *text;
	uint64_t max;
	bool refuse;
	enum error_kind kind;
} broken[] = {
	{ "* 1 FETCH (BODY[] {6}\r\n123456)\r\n", 5, false, ERROR_OFFLINE },
	{ "* 1 FETCH (BODY[] {6}\r\n123", 0, false, ERROR_OFFLINE },
	{ "* 1 FETCH (BODY[] {6}\r\n123456)\r\n", 0, true, ERROR_CANCELLED },
	{ "* 1 FETCH (BODY[] {99999999999999999999}\r\n", 0, false, ERROR_OFFLINE },
	{ "* LIST () NIL {99999999999999999999}\r\nx", 0, false, ERROR_OFFLINE },
	{ "* LIST () NIL {4294967296}\r\nx", 0, false, ERROR_OFFLINE },
	{ "* LIST", 0, false, ERROR_OFFLINE },
	{ "", 0, false, ERROR_OFFLINE },
};

static void
broken_streams_end(void **state)
{
	(void)state;
	for (size_t i = 0; i < COUNT_OF(broken); i++) {
		struct link k;
		link_open(&k);
		struct buf body = { 0 };
		struct wire_frame f;
		struct error err = { 0 };
		wire_stream(k.wire, broken[i].refuse ? refuse : gather, &body,
			broken[i].max);
		link_feed(&k, broken[i].text, strlen(broken[i].text));
		assert_false(wire_read(k.wire, &f, &err));
		assert_int_equal(err.kind, broken[i].kind);
		buf_done(&body);
		link_fed(&k);
		link_close(&k);
	}
}

// --- limits --------------------------------------------------------------------------

static void
long_literals_are_cut(void **state)
{
	(void)state;
	struct buf text = { 0 };
	size_t size = 3 * WIRE_LITERAL_MAX;
	buf_printf(&text, "* 1 FETCH (BODY[HEADER.FIELDS (TO)] {%zu}\r\n", size);
	for (size_t i = 0; i < size; i++)
		buf_char(&text, 'a');
	buf_str(&text, " UID 4)\r\n* 2 EXISTS\r\n");
	struct link k;
	link_open(&k);
	link_feed(&k, text.data, text.len);
	struct wire_frame f;
	assert_true(wire_read(k.wire, &f, NULL));
	assert_true(f.cut && !f.dropped);
	assert_in_range(f.len, WIRE_LITERAL_MAX, WIRE_LITERAL_MAX + 100);
	assert_true(str_has_suffix(f.data, "aaa UID 4)"));
	assert_non_null(strstr(f.data, "{65536}\r\n"));
	assert_true(wire_read(k.wire, &f, NULL));
	assert_string_equal(f.data, "* 2 EXISTS");
	link_fed(&k);
	link_close(&k);
	buf_done(&text);
}

static void
huge_responses_are_dropped(void **state)
{
	(void)state;
	struct buf text = { 0 };
	buf_str(&text, "* 1 FETCH (UID 9 X");
	for (int i = 0; i < 200; i++) {
		buf_printf(&text, " {%d}\r\n", 60000);
		for (int j = 0; j < 60000; j++)
			buf_char(&text, 'b');
	}
	buf_str(&text, ")\r\n* LIST () NIL");
	for (int i = 0; i < 2 * WIRE_LITERALS_MAX; i++)
		buf_str(&text, " {0}\r\n");
	buf_str(&text, "\r\n* 2 EXISTS\r\n");
	struct link k;
	link_open(&k);
	link_feed(&k, text.data, text.len);
	struct wire_frame f;
	assert_true(wire_read(k.wire, &f, NULL));
	assert_true(f.dropped);
	assert_string_equal(f.data, "* 1 FETCH (UID 9 X ");
	assert_true(wire_read(k.wire, &f, NULL));
	assert_true(f.dropped);
	assert_true(wire_read(k.wire, &f, NULL));
	assert_string_equal(f.data, "* 2 EXISTS");
	link_fed(&k);
	link_close(&k);
	buf_done(&text);
}

// --- commands -------------------------------------------------------------------------

static void
assert_sent(struct link *k, const char *text)
{
	char got[8192];
	assert_true(line_flush(k->line, NULL));
	ssize_t n = recv(k->peer, got, sizeof(got) - 1, MSG_DONTWAIT);
	got[n > 0 ? n : 0] = '\0';
	assert_string_equal(got, text);
}

static void
strings_are_quoted(void **state)
{
	(void)state;
	static const struct { const char *text, *sent; } rows[] = {
		{ "INBOX", "P1 X \"INBOX\"\r\n" },
		{ "a\"b\\c", "P1 X \"a\\\"b\\\\c\"\r\n" },
		{ "", "P1 X \"\"\r\n" },
		{ "caf\xc3\xa9", "P1 X {5+}\r\ncaf\xc3\xa9\r\n" },
	};
	for (size_t i = 0; i < COUNT_OF(rows); i++) {
		struct link k;
		link_open(&k);
		struct command c = { 0 };
		size_t piece = 0;
		wire_literals(k.wire, true, false);
		command_text(&c, "X ");
		command_string(&c, rows[i].text);
		assert_false(c.bad);
		assert_true(wire_put_command(k.wire, wire_next_tag(k.wire), &c, &piece));
		assert_sent(&k, rows[i].sent);
		command_done(&c);
		link_close(&k);
	}
}

static void
nothing_is_injected(void **state)
{
	(void)state;
	static const char *const texts[] = { "a\r\nP9 DELETE INBOX", "a\n", "\r" };
	for (size_t i = 0; i < COUNT_OF(texts); i++) {
		struct command c = { 0 };
		command_string(&c, texts[i]);
		assert_true(c.bad);
		command_done(&c);
	}
}

static void
a_literal_waits(void **state)
{
	(void)state;
	struct link k;
	link_open(&k);
	struct command c = { 0 };
	size_t piece = 0;
	command_text(&c, "LOGIN ");
	command_string(&c, "\xc3\xa9");
	command_text(&c, " ");
	command_secret(&c, "\xc3\xa4");
	uint32_t tag = wire_next_tag(k.wire);
	assert_false(wire_put_command(k.wire, tag, &c, &piece));
	assert_sent(&k, "P1 LOGIN {2}\r\n");
	assert_false(wire_put_command(k.wire, tag, &c, &piece));
	assert_sent(&k, "\xc3\xa9 {2}\r\n");
	assert_true(wire_put_command(k.wire, tag, &c, &piece));
	assert_sent(&k, "\xc3\xa4\r\n");
	command_done(&c);
	link_close(&k);
}

static void
sets_fit_on_lines(void **state)
{
	(void)state;
	struct remote_range ranges[3000];
	for (uint32_t i = 0; i < COUNT_OF(ranges); i++)
		ranges[i] = (struct remote_range){ i * 10 + 1, i * 10 + 3 };
	ranges[1].to = ranges[1].from;
	ranges[2999].to = UINT32_MAX;
	size_t at = 0, commands = 0;
	while (at < COUNT_OF(ranges)) {
		struct command c = { 0 };
		command_set(&c, ranges, COUNT_OF(ranges), &at);
		assert_in_range(c.text.len, 1, WIRE_SET_BYTES + 30);
		if (commands++ == 0)
			assert_true(str_has_prefix(c.text.data, "1:3,11,21:23,"));
		if (at == COUNT_OF(ranges))
			assert_true(str_has_suffix(c.text.data, ",29991:*"));
		command_done(&c);
	}
	assert_in_range(commands, 2, 20);
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(split_at_every_byte),
		cmocka_unit_test(bodies_stream_past),
		cmocka_unit_test(broken_streams_end),
		cmocka_unit_test(long_literals_are_cut),
		cmocka_unit_test(huge_responses_are_dropped),
		cmocka_unit_test(strings_are_quoted),
		cmocka_unit_test(nothing_is_injected),
		cmocka_unit_test(a_literal_waits),
		cmocka_unit_test(sets_fit_on_lines),
	};
	return cmocka_run_group_tests_name("imap-wire", tests, NULL, NULL);
}
