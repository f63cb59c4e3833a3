// SPDX-License-Identifier: GPL-3.0-or-later
// Frames what the server says: where a response ends is decided here alone, so
// that nothing a parser does or refuses can put the connection out of step.
#include "config.h"

#include <stdarg.h>
#include <stdlib.h>
#include <string.h>

#include "base/error.h"
#include "base/mem.h"
#include "remote/imap_scan.h"
#include "remote/imap_wire.h"
#include "remote/line.h"
#include "remote/remote.h"

#define QUOTED_MAX 1000        // a longer string goes as a literal
#define LITERAL_MINUS_MAX 4096 // RFC 7888 section 5

struct wire {
	struct line *line;
	struct buf frame;
	uint32_t tag;
	bool plus, minus;
	uint64_t responses;        // since the last command
	bool (*data)(void *arg, const void *bytes, size_t len);
	bool (*wanted)(void *arg, const char *before, size_t len);
	void *arg;
	uint64_t max;
};

struct wire *
wire_new(struct line *line)
{
	struct wire *w = mem_new(struct wire);
	w->line = line;
	return w;
}

void
wire_free(struct wire **w)
{
	if (!*w)
		return;
	buf_done(&(*w)->frame);
	free(*w);
	*w = NULL;
}

// --- reading ---------------------------------------------------------------------

void
wire_stream(struct wire *w, bool (*data)(void *arg, const void *bytes, size_t len),
	void *arg, uint64_t max)
{
	w->data = data;
	w->wanted = NULL;
	w->arg = arg;
	w->max = max;
}

void
wire_stream_wanted(struct wire *w, bool (*wanted)(void *arg, const char *before,
	size_t len))
{
	w->wanted = wanted;
}

// Responses whose text is for people have no literals: "* OK see {3}" is a line.
static bool
is_status(const char *line, size_t len)
{
	static const char *const names[] = { "OK", "NO", "BAD", "BYE", "PREAUTH" };
	struct scan s = scan_of(line, len);
	struct slice word;
	if (scan_accept(&s, '+'))
		return true;
	if (!scan_word(&s, &word) || !scan_need(&s, ' '))
		return true; // what cannot be a response announces nothing
	bool untagged = slice_is(word, "*");
	if (!scan_word(&s, &word))
		return true;
	for (size_t i = 0; i < sizeof(names) / sizeof(names[0]); i++) {
		if (slice_is(word, names[i]))
			return true;
	}
	return !untagged;
}

// {123} {123+} ~{123} at the end of a line; *start_r where it begins.
static bool
announces(const char *line, size_t len, size_t *start_r, uint64_t *size_r)
{
	if (len < 3 || line[len - 1] != '}')
		return false;
	size_t i = len - 1;
	if (line[i - 1] == '+')
		i--;
	size_t end = i;
	while (i > 0 && line[i - 1] >= '0' && line[i - 1] <= '9')
		i--;
	if (i == end || i == 0 || line[i - 1] != '{')
		return false;
	struct scan s = scan_of(line + i, end - i);
	if (!scan_u64(&s, INT64_MAX, size_r))
		*size_r = UINT64_MAX;
	i--;
	if (i > 0 && line[i - 1] == '~')
		i--;
	*start_r = i;
	return true;
}

// What stands before the literal in a FETCH names a body.
static bool
is_body(const char *frame, size_t before)
{
	struct scan s = scan_of(frame, before);
	struct slice word;
	uint32_t number;
	if (!scan_accept(&s, '*') || !scan_need(&s, ' ') || !scan_u32(&s, &number) ||
	    !scan_need(&s, ' ') || !scan_word(&s, &word) || !slice_is(word, "FETCH"))
		return false;
	while (before > 0 && frame[before - 1] == ' ')
		before--;
	if (before > 0 && (frame[before - 1] == ']' || frame[before - 1] == '>'))
		return true;
	return before > 6 && slice_is((struct slice){ frame + before - 6, 6 }, "RFC822");
}

static bool
wire_fail(const char *what, struct error *err)
{
	return error_set(err, ERROR_OFFLINE, "the server %s", what);
}

// Reads a literal: to the frame as far as it may, or to nobody.
static bool
literal_keep(struct wire *w, struct wire_frame *f, uint64_t size, bool keep,
	struct error *err)
{
	uint64_t kept = keep ? size : 0;
	if (kept > WIRE_LITERAL_MAX) {
		kept = WIRE_LITERAL_MAX;
		f->cut = true;
	}
	if (keep)
		buf_printf(&w->frame, "{%llu}\r\n", (unsigned long long)kept);
	while (size > 0) {
		const char *bytes;
		size_t len;
		size_t max = size < SIZE_MAX ? (size_t)size : SIZE_MAX;
		if (!line_read_bytes(w->line, max, &bytes, &len, err))
			return false;
		size_t take = len < kept ? len : (size_t)kept;
		buf_add(&w->frame, bytes, take);
		kept -= take;
		size -= len;
	}
	return true;
}

static bool
literal_stream(struct wire *w, struct wire_frame *f, uint64_t size, struct error *err)
{
	if (w->max && size > w->max)
		return wire_fail("sent more than was asked for", err);
	if (w->wanted && !w->wanted(w->arg, w->frame.data, w->frame.len))
		return wire_fail("sent another message, or another piece of it, than "
			"was asked for", err);
	f->streamed = true;
	f->body = size;
	buf_str(&w->frame, "NIL");
	while (size > 0) {
		const char *bytes;
		size_t len;
		size_t max = size < SIZE_MAX ? (size_t)size : SIZE_MAX;
		if (!line_read_bytes(w->line, max, &bytes, &len, err))
			return false;
		if (!w->data(w->arg, bytes, len))
			return error_set(err, ERROR_CANCELLED, "cancelled");
		size -= len;
	}
	return true;
}

static bool
wire_literal(struct wire *w, struct wire_frame *f, uint64_t size, uint64_t *read,
	struct error *err)
{
	if (w->data && !f->streamed && is_body(w->frame.data, w->frame.len))
		return size <= INT64_MAX ? literal_stream(w, f, size, err) :
			wire_fail("announced more than can be meant", err);
	if (size > WIRE_DRAIN_MAX)
		return wire_fail("announced more than can be meant", err);
	*read += size;
	return literal_keep(w, f, size, !f->dropped, err);
}

bool
wire_read(struct wire *w, struct wire_frame *f, struct error *err)
{
	*f = (struct wire_frame){ 0 };
	buf_clear(&w->frame);
	if (++w->responses > WIRE_UNTAGGED_MAX)
		return wire_fail("does not stop talking", err);
	size_t first_line = 0;
	uint64_t read = 0;
	for (size_t literals = 0;; literals++) {
		const char *line;
		size_t len, start = 0;
		uint64_t size = 0;
		if (!line_read(w->line, 0, &line, &len, err))
			return false;
		bool more = announces(line, len, &start, &size) &&
			(literals > 0 || !is_status(line, len));
		if (literals == 0)
			first_line = more ? start : len;
		read += len;
		if (read > WIRE_DRAIN_MAX)
			return wire_fail("sent an endless response", err);
		if (literals > WIRE_LITERALS_MAX ||
		    w->frame.len + len > WIRE_FRAME_MAX - WIRE_LITERAL_MAX)
			f->dropped = true;
		if (!f->dropped)
			buf_add(&w->frame, line, more ? start : len);
		if (!more)
			break;
		if (!wire_literal(w, f, size, &read, err))
			return false;
	}
	if (f->dropped)
		buf_cut(&w->frame, first_line);
	f->data = buf_text(&w->frame);
	f->len = w->frame.len;
	return true;
}

// --- writing ---------------------------------------------------------------------

static void
command_add(struct command *c, enum wire_piece_kind kind, const char *data, size_t len)
{
	if (!c->pieces.size)
		c->pieces = ARRAY_OF(struct wire_piece);
	struct wire_piece *last = c->pieces.len ?
		array_at(&c->pieces, c->pieces.len - 1) : NULL;
	if (last && last->kind == WIRE_TEXT && kind == WIRE_TEXT) {
		last->len += len;
	} else {
		struct wire_piece *piece = array_push(&c->pieces);
		*piece = (struct wire_piece){ kind, c->text.len, len };
	}
	buf_add(&c->text, data, len);
}

void
command_done(struct command *c)
{
	if (c->text.data)
		mem_wipe(c->text.data, c->text.len);
	buf_done(&c->text);
	array_done(&c->pieces);
	*c = (struct command){ 0 };
}

void
command_text(struct command *c, const char *text)
{
	command_add(c, WIRE_TEXT, text, strlen(text));
}

void
command_printf(struct command *c, const char *format, ...)
{
	struct buf text = { 0 };
	va_list ap;
	va_start(ap, format);
	buf_vprintf(&text, format, ap);
	va_end(ap);
	command_add(c, WIRE_TEXT, buf_text(&text), text.len);
	buf_done(&text);
}

static void
command_value(struct command *c, const char *text, enum wire_piece_kind quoted)
{
	size_t len = strlen(text);
	bool literal = len > QUOTED_MAX;
	for (const char *at = text; *at; at++) {
		if (*at == '\r' || *at == '\n')
			c->bad = true;
		unsigned char byte = (unsigned char)*at;
		if (byte < 0x20 || byte == 0x7f || (byte > 0x7f && !c->utf8))
			literal = true;
	}
	if (literal) {
		command_add(c, quoted == WIRE_SECRET ? WIRE_SECRET_LITERAL :
			WIRE_LITERAL, text, len);
		return;
	}
	struct buf out = { 0 };
	buf_char(&out, '"');
	for (const char *at = text; *at; at++) {
		if (*at == '"' || *at == '\\')
			buf_char(&out, '\\');
		buf_char(&out, *at);
	}
	buf_char(&out, '"');
	command_add(c, quoted, out.data, out.len);
	mem_wipe(out.data, out.len);
	buf_done(&out);
}

void
command_string(struct command *c, const char *text)
{
	command_value(c, text, WIRE_TEXT);
}

void
command_secret(struct command *c, const char *text)
{
	command_value(c, text, WIRE_SECRET);
}

void
command_hidden(struct command *c, const char *text)
{
	command_add(c, WIRE_SECRET, text, strlen(text));
}

void
command_literal_to_come(struct command *c, uint64_t size, bool nonsync)
{
	command_printf(c, nonsync ? "{%llu+}" : "{%llu}", (unsigned long long)size);
}

void
command_set(struct command *c, const struct remote_range *ranges, size_t n, size_t *at)
{
	struct buf out = { 0 };
	while (*at < n && out.len < WIRE_SET_BYTES) {
		struct remote_range r = ranges[*at];
		if (out.len)
			buf_char(&out, ',');
		buf_printf(&out, "%u", r.from);
		if (r.to == UINT32_MAX && r.from != UINT32_MAX)
			buf_str(&out, ":*");
		else if (r.to != r.from)
			buf_printf(&out, ":%u", r.to);
		++*at;
	}
	command_add(c, WIRE_TEXT, buf_text(&out), out.len);
	buf_done(&out);
}

void
wire_literals(struct wire *w, bool plus, bool minus)
{
	w->plus = plus;
	w->minus = minus;
}

bool
wire_nonsync(const struct wire *w, uint64_t size)
{
	return (w->plus && size <= WIRE_NONSYNC_MAX) ||
		((w->plus || w->minus) && size <= LITERAL_MINUS_MAX);
}

uint32_t
wire_next_tag(struct wire *w)
{
	w->responses = 0;
	return ++w->tag;
}

bool
wire_put_command(struct wire *w, uint32_t tag, const struct command *c, size_t *piece)
{
	bool asked = *piece > 0; // the literal that we come back for was announced
	if (!asked)
		line_printf(w->line, "P%u ", tag);
	for (; *piece < c->pieces.len; ++*piece, asked = false) {
		const struct wire_piece *p = array_at(&c->pieces, *piece);
		const char *data = c->text.data + p->start;
		if (p->kind >= WIRE_LITERAL && !asked) {
			bool nonsync = wire_nonsync(w, p->len);
			line_printf(w->line, "{%zu%s}\r\n", p->len, nonsync ? "+" : "");
			if (!nonsync)
				return false;
		}
		if (p->kind == WIRE_SECRET || p->kind == WIRE_SECRET_LITERAL)
			line_put_secret(w->line, data, p->len);
		else
			line_put(w->line, data, p->len);
	}
	line_put_str(w->line, "\r\n");
	return true;
}
