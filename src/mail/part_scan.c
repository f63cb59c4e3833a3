// SPDX-License-Identifier: GPL-3.0-or-later
// The MIME tree of a raw message in one pass over its lines, with a stack of
// fixed depth. GMime's own parser builds objects without limit: a mail of five
// megabytes with a million empty parts took it ten seconds and 1.3 GB.
#include "config.h"

#include "mail/part_scan.h"

#include "mail/part.h"

#include "base/mem.h"

#include <stdlib.h>
#include <string.h>

// A multipart or a message whose end has not been seen yet.
struct frame {
	struct part *part;
	char *boundary;      // NULL of a message
	size_t boundary_len;
	bool closed;         // its last delimiter is behind us
};

struct scan {
	const char *message;
	size_t len;
	struct frame frames[PART_DEPTH_MAX];
	size_t depth;
	struct part *root;
	struct part *leaf;   // whose body these lines are; NULL between parts
	size_t count;
	uint64_t left_out;
};

static size_t
line_len(const struct scan *s, size_t at)
{
	const char *end = memchr(s->message + at, '\n', s->len - at);

	return end == NULL ? s->len - at : (size_t)(end - (s->message + at)) + 1;
}

// The open multipart that this line delimits, innermost first; -1 if none.
static int
delimiter(const struct scan *s, size_t at, size_t len, bool *last_r)
{
	const char *line = s->message + at;

	if (len < 3 || line[0] != '-' || line[1] != '-')
		return -1;
	while (len > 2 && strchr(" \t\r\n", line[len - 1]) != NULL)
		len--;
	line += 2;
	len -= 2;
	bool dashes = len >= 2 && memcmp(line + len - 2, "--", 2) == 0;
	for (size_t i = s->depth; i-- > 0;) {
		const struct frame *f = &s->frames[i];
		if (f->boundary == NULL || f->closed)
			continue;
		*last_r = dashes && len == f->boundary_len + 2;
		if ((*last_r || len == f->boundary_len) &&
		    memcmp(line, f->boundary, f->boundary_len) == 0)
			return (int)i;
	}
	return -1;
}

// Where the header at `at` ends: behind its empty line, or before the
// delimiter that cuts it short, or at once where there is no field at all.
static size_t
header_end(const struct scan *s, size_t at)
{
	size_t start = at;
	bool last;

	while (at < s->len) {
		size_t len = line_len(s, at);
		const char *line = s->message + at;
		if (line[0] == '\n' || (line[0] == '\r' && len == 2))
			return at + len;
		if (delimiter(s, at, len, &last) >= 0)
			return at;
		if (at == start && header_block_len(line, len) == 0)
			return at;
		at += len;
	}
	return start + header_block_len(s->message + start, at - start);
}

static uint64_t
count_lines(const char *s, size_t len)
{
	uint64_t lines = 0;

	for (size_t i = 0; i < len; i++)
		lines += s[i] == '\n';
	return lines;
}

static void
part_close(const struct scan *s, struct part *p, size_t end)
{
	p->body_len = end > p->body_start ? end - p->body_start : 0;
	p->size = p->body_len;
	if (part_is(p, "text", NULL))
		p->lines = count_lines(s->message + p->body_start, p->body_len);
}

// Ends the leaf and all containers above `depth`; their last line end belongs
// to the delimiter (RFC 2046 section 5.1.1).
static void
close_to(struct scan *s, size_t depth, size_t end)
{
	if (s->leaf != NULL)
		part_close(s, s->leaf, end);
	s->leaf = NULL;
	while (s->depth > depth) {
		struct frame *f = &s->frames[--s->depth];
		// A multipart without a single part is what it was all along: text.
		if (f->boundary != NULL && f->part->n_children == 0) {
			str_set(&f->part->type, "text");
			str_set(&f->part->subtype, "plain");
		}
		part_close(s, f->part, end);
		free(f->boundary);
	}
}

static bool
holds_message(const struct part *p)
{
	static const char *const plain[] = { "7bit", "8bit", "binary" };

	if (!part_is_message(p))
		return false;
	for (size_t i = 0; i < sizeof(plain) / sizeof(*plain); i++)
		if (str_equal(p->encoding, plain[i]))
			return true;
	return false;
}

static char *
trim_boundary(char *boundary)
{
	size_t len = boundary == NULL ? 0 : strlen(boundary);

	while (len > 0 && strchr(" \t\r\n", boundary[len - 1]) != NULL)
		boundary[--len] = '\0';
	if (len > 0)
		return boundary;
	free(boundary);
	return NULL;
}

static bool
push(struct scan *s, struct part *p, char *boundary)
{
	if (s->depth == PART_DEPTH_MAX) {
		s->left_out++;
		free(boundary);
		return false;
	}
	s->frames[s->depth++] = (struct frame){
		.part = p,
		.boundary = boundary,
		.boundary_len = boundary == NULL ? 0 : strlen(boundary),
	};
	return true;
}

// One part from its header on; true when a message begins within it at *at.
static bool
open_one(struct scan *s, size_t *at)
{
	struct part *parent = s->depth == 0 ? NULL : s->frames[s->depth - 1].part;
	bool digest = parent != NULL && part_is(parent, "multipart", "digest");
	size_t start = *at, end = header_end(s, start);
	char *boundary;
	struct part *p = part_describe(s->message + start, end - start, digest,
		&boundary);

	boundary = trim_boundary(boundary);
	p->body_start = end;
	*at = end;
	s->count++;
	if (parent == NULL) {
		s->root = p;
	} else {
		part_add_child(parent, p);
		if (part_is(parent, "message", NULL)) {
			parent->envelope = mem_new(struct envelope);
			envelope_parse(parent->envelope, s->message + start, end - start);
		}
	}
	if (part_is(p, "multipart", NULL) && boundary == NULL) {
		str_set(&p->type, "text");
		str_set(&p->subtype, "plain");
	}
	if (boundary != NULL && push(s, p, boundary))
		return false;
	if (holds_message(p) && s->count < PART_COUNT_MAX && push(s, p, NULL))
		return true;
	s->leaf = p;
	return false;
}

static void
open_part(struct scan *s, size_t *at)
{
	if (s->count >= PART_COUNT_MAX) {
		s->left_out++;
		return;
	}
	while (open_one(s, at))
		;
}

static void
scan_lines(struct scan *s, size_t at)
{
	while (at < s->len) {
		// Fifty million empty lines need no call for each.
		if (s->message[at] == '\n') {
			at++;
			continue;
		}
		size_t len = line_len(s, at), end = at;
		bool last = false;
		int found = delimiter(s, at, len, &last);
		at += len;
		if (found < 0)
			continue;
		if (end > 0 && s->message[end - 1] == '\n')
			end--;
		if (end > 0 && s->message[end - 1] == '\r' && end + 1 < at)
			end--;
		close_to(s, (size_t)found + 1, end);
		if (last)
			s->frames[found].closed = true;
		else
			open_part(s, &at);
	}
	close_to(s, 0, s->len);
}

struct part *
part_parse(const char *message, size_t len)
{
	struct scan s = { .message = message, .len = len };
	size_t at = 0;

	open_part(&s, &at);
	scan_lines(&s, at);
	s.root->left_out = s.left_out;
	part_number(s.root);
	return s.root;
}
