// SPDX-License-Identifier: GPL-3.0-or-later
// Reads the command language: text to commands of words, with the place of
// every mistake.
#include "config.h"

#include "command/script.h"

#include "base/buf.h"
#include "base/error.h"
#include "base/mem.h"

#include <stdlib.h>
#include <string.h>

#define SCRIPT_NAME_MAX 40   // of a $name

void
script_command_done(struct script_command *c)
{
	strlist_done(&c->words);
	strlist_done(&c->raws);
	free(c->is_block);
	free(c->is_quoted);
	free(c->lines);
	*c = (struct script_command){0};
}

void
script_done(struct script *s)
{
	for (size_t i = 0; i < s->len; i++)
		script_command_done(&s->items[i]);
	free(s->items);
	*s = (struct script){0};
}

void
script_reader_init(struct script_reader *r, const char *text,
	const char *where, int first_line)
{
	*r = (struct script_reader){
		.text = text, .where = where, .line = first_line,
	};
}

static bool __attribute__((format(printf, 4, 5)))
mistake(const struct script_reader *r, size_t at, struct error *err,
	const char *format, ...)
{
	struct buf text = {0};
	va_list ap;

	va_start(ap, format);
	buf_vprintf(&text, format, ap);
	va_end(ap);
	// What was typed just now needs no place.
	if (r->where[0] == ':')
		error_set(err, ERROR_INPUT, "%s", buf_text(&text));
	else
		error_set(err, ERROR_INPUT, "%s:%d: column %zu: %s", r->where, r->line,
			at - r->line_start + 1, buf_text(&text));
	buf_done(&text);
	return false;
}

static void
newline(struct script_reader *r)
{
	r->at++;
	r->line++;
	r->line_start = r->at;
}

// Blanks, and a line's end behind a backslash.
static void
skip_blanks(struct script_reader *r)
{
	for (;;) {
		const char *s = r->text + r->at;

		if (s[0] == ' ' || s[0] == '\t' || s[0] == '\r') {
			r->at++;
		} else if (s[0] == '\\' && s[1] == '\n') {
			r->at++;
			newline(r);
		} else {
			return;
		}
	}
}

static void
skip_line(struct script_reader *r)
{
	while (r->text[r->at] != '\0' && r->text[r->at] != '\n')
		r->at++;
}

static void
skip_between(struct script_reader *r)
{
	for (;;) {
		skip_blanks(r);
		switch (r->text[r->at]) {
		case '\n':
			newline(r);
			break;
		case ';':
			r->at++;
			break;
		case '#':
			skip_line(r);
			break;
		default:
			return;
		}
	}
}

static bool
is_name_char(char c, bool first)
{
	return (c >= 'a' && c <= 'z') || (!first && (c == '-' || c == '_' ||
		(c >= '0' && c <= '9')));
}

// At a '$': appends the value and moves on; false when it is an ordinary one.
static bool
add_value(struct script_reader *r, struct buf *word)
{
	const char *s = r->text + r->at + 1;
	char name[SCRIPT_NAME_MAX + 1];
	size_t len = 0;

	if (r->value == NULL)
		return false;
	while (len < SCRIPT_NAME_MAX && is_name_char(s[len], len == 0)) {
		name[len] = s[len];
		len++;
	}
	name[len] = '\0';
	const char *value = len > 0 ? r->value(r->arg, name) : NULL;
	if (value == NULL)
		return false;
	buf_str(word, value);
	r->at += 1 + len;
	return true;
}

static bool
read_single(struct script_reader *r, struct buf *word, struct error *err)
{
	size_t start = r->at++;

	while (r->text[r->at] != '\'') {
		if (r->text[r->at] == '\0' || r->text[r->at] == '\n')
			return mistake(r, start, err,
				"the quote ' is not closed on its line");
		buf_char(word, r->text[r->at++]);
	}
	r->at++;
	return true;
}

static void
add_escape(struct script_reader *r, struct buf *word)
{
	char c = r->text[r->at + 1];

	if (c == 'n')
		buf_char(word, '\n');
	else if (c == 't')
		buf_char(word, '\t');
	else if (c == '"' || c == '\\' || c == '$')
		buf_char(word, c);
	else
		buf_add(word, r->text + r->at, 2);
	r->at += 2;
}

static bool
read_double(struct script_reader *r, struct buf *word, struct error *err)
{
	size_t start = r->at++;

	for (;;) {
		char c = r->text[r->at];

		if (c == '\0' || c == '\n' || (c == '\\' &&
			(r->text[r->at + 1] == '\0' || r->text[r->at + 1] == '\n')))
			return mistake(r, start, err,
				"the quote \" is not closed on its line");
		if (c == '"')
			break;
		if (c == '\\')
			add_escape(r, word);
		else if (c != '$' || !add_value(r, word))
			buf_char(word, r->text[r->at++]);
	}
	r->at++;
	return true;
}

static bool
is_word_end(const char *s)
{
	return *s == '\0' || strchr(" \t\r\n;", *s) != NULL ||
		(s[0] == '\\' && s[1] == '\n');
}

// One word that is no block. *quoted_r: its first character was quoted.
static bool
read_word(struct script_reader *r, struct buf *word, bool *quoted_r,
	struct error *err)
{
	size_t start = r->at;

	*quoted_r = false;
	while (!is_word_end(r->text + r->at)) {
		const char *s = r->text + r->at;
		bool first = r->at == start;

		if (*s == '\'' || *s == '"') {
			*quoted_r = *quoted_r || first;
			if (*s == '\'' ? !read_single(r, word, err) :
				!read_double(r, word, err))
				return false;
		} else if (*s == '\\' && s[1] != '\0') {
			*quoted_r = *quoted_r || first;
			buf_char(word, s[1]);
			r->at += 2;
		} else if (*s == '{') {
			return mistake(r, r->at, err,
				"put a blank before '{', or quote it");
		} else if (*s == '}') {
			return mistake(r, r->at, err, "'}' without its '{'");
		} else if (*s == '$' && add_value(r, word)) {
			// What comes from outside is never taken for a flag.
			*quoted_r = *quoted_r || first;
		} else {
			buf_char(word, *s);
			r->at++;
		}
	}
	return true;
}

// Passes over a quoted stretch within a block; what is wrong in it is said when
// the block itself is read.
static void
skip_quoted(struct script_reader *r)
{
	char quote = r->text[r->at++];

	while (r->text[r->at] != '\0' && r->text[r->at] != '\n') {
		if (quote == '"' && r->text[r->at] == '\\' &&
			r->text[r->at + 1] != '\0' && r->text[r->at + 1] != '\n')
			r->at++;
		else if (r->text[r->at] == quote) {
			r->at++;
			return;
		}
		r->at++;
	}
}

static bool
read_block(struct script_reader *r, struct buf *word, struct error *err)
{
	struct script_reader begin = *r;
	size_t start = ++r->at;
	int depth = 1;
	bool at_word = true;

	while (r->text[r->at] != '\0') {
		char c = r->text[r->at];

		if (c == '\n') {
			newline(r);
			at_word = true;
			continue;
		}
		if (c == '\'' || c == '"') {
			skip_quoted(r);
			at_word = false;
			continue;
		}
		if (c == '#' && at_word) {
			skip_line(r);
			continue;
		}
		if (c == '\\' && r->text[r->at + 1] != '\0' &&
			r->text[r->at + 1] != '\n')
			r->at++;
		else if (c == '{')
			depth++;
		else if (c == '}' && --depth == 0)
			break;
		at_word = strchr(" \t\r;{}", c) != NULL;
		r->at++;
	}
	if (r->text[r->at] == '\0') {
		*r = begin;
		return mistake(&begin, begin.at, err, "'{' without its '}'");
	}
	buf_add(word, r->text + start, r->at - start);
	r->at++;
	if (!is_word_end(r->text + r->at) && r->text[r->at] != '}')
		return mistake(r, r->at, err, "a blank is missing behind '}'");
	return true;
}

static void
command_add(struct script_command *c, struct buf *word, const char *raw,
	size_t raw_len, bool block, bool quoted, int line)
{
	size_t n = c->words.len + 1;

	c->is_block = mem_grow(c->is_block, n, sizeof(bool));
	c->is_quoted = mem_grow(c->is_quoted, n, sizeof(bool));
	c->lines = mem_grow(c->lines, n, sizeof(int));
	c->is_block[n - 1] = block;
	c->is_quoted[n - 1] = quoted;
	c->lines[n - 1] = line;
	strlist_add(&c->words, buf_text(word));
	strlist_take(&c->raws, str_ndup(raw, raw_len));
}

static bool
read_command(struct script_reader *r, struct script_command *c, struct error *err)
{
	struct buf word = {0};
	bool ok = true;

	c->line = r->line;
	c->column = (int)(r->at - r->line_start) + 1;
	c->start = r->at;
	for (;;) {
		skip_blanks(r);
		char next = r->text[r->at];
		if (next == '#')
			skip_line(r);
		if (next == '\0' || next == '\n' || next == ';' || next == '#')
			break;

		size_t start = r->at;
		int line = r->line;
		bool quoted = false, block = next == '{';
		buf_clear(&word);
		ok = block ? read_block(r, &word, err) :
			read_word(r, &word, &quoted, err);
		if (!ok)
			break;
		command_add(c, &word, r->text + start, r->at - start, block,
			quoted, line);
		c->end = r->at;
	}
	buf_done(&word);
	return ok;
}

enum script_next
script_next(struct script_reader *r, struct script_command *c, struct error *err)
{
	*c = (struct script_command){0};
	skip_between(r);
	if (r->text[r->at] == '\0')
		return SCRIPT_END;
	if (read_command(r, c, err))
		return SCRIPT_COMMAND;
	script_command_done(c);
	skip_line(r);
	return SCRIPT_BAD;
}

bool
script_parse(struct script *s, const char *text, const char *where,
	int first_line, struct error *err)
{
	struct script_reader r;
	struct script_command c;
	enum script_next next;

	*s = (struct script){0};
	if (strlen(text) > SCRIPT_SIZE_MAX)
		return error_set(err, ERROR_INPUT, "%s: longer than %d bytes",
			where, SCRIPT_SIZE_MAX);
	script_reader_init(&r, text, where, first_line);
	while ((next = script_next(&r, &c, err)) == SCRIPT_COMMAND) {
		s->items = mem_grow(s->items, s->len + 1, sizeof(c));
		s->items[s->len++] = c;
	}
	if (next == SCRIPT_BAD)
		script_done(s);
	return next == SCRIPT_END;
}

void
script_quote(struct buf *out, const char *word)
{
	static const char plain[] = "abcdefghijklmnopqrstuvwxyz"
		"ABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789_-+./:@,%=<>!~^*()[]";

	if (word[0] != '\0' && word[strspn(word, plain)] == '\0') {
		buf_str(out, word);
		return;
	}
	if (strpbrk(word, "'\n\t") == NULL) {
		buf_printf(out, "'%s'", word);
		return;
	}
	buf_char(out, '"');
	for (const char *s = word; *s != '\0'; s++) {
		if (*s == '\n')
			buf_str(out, "\\n");
		else if (*s == '\t')
			buf_str(out, "\\t");
		else if (strchr("\"\\$", *s) != NULL)
			buf_printf(out, "\\%c", *s);
		else
			buf_char(out, *s);
	}
	buf_char(out, '"');
}
