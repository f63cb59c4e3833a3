// SPDX-License-Identifier: GPL-3.0-or-later
// Queries from text: every mistake is told with its column and what was
// expected there.
#include "config.h"

#include "mail/query.h"

#include "base/buf.h"
#include "base/error.h"
#include "base/mem.h"
#include "base/str.h"
#include "base/utf8.h"
#include "base/when.h"
#include "mail/query_tree.h"
#include "mail/query_words.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>

#define DAY (24 * 60 * 60)

struct parser {
	const char *text;
	size_t at;
	int64_t now;
	int depth, terms;
	struct error *err;
};

// Reads the value of a term into its node. False when it is none; the message
// says what was expected.
typedef bool value_parse(struct parser *p, struct query_node *node);

static value_parse parse_text, parse_id, parse_size, parse_age, parse_date,
	parse_period, parse_is, parse_has;

#define A_DATE "a date like 2026-11-22, 2026-11, today or yesterday"

static const struct query_field {
	const char *name;
	enum query_kind kind;
	value_parse *parse;
	const char *expected;   // NULL: one of the words
	const char *value;      // for the manual
	const char *help;
} fields[] = {
	{ "from", QUERY_FROM, parse_text, "a text", "TEXT",
		"in the sender's name or address" },
	{ "to", QUERY_TO, parse_text, "a text", "TEXT", "in a recipient, To or Cc" },
	{ "cc", QUERY_CC, parse_text, "a text", "TEXT", "in a recipient of a copy" },
	{ "bcc", QUERY_BCC, parse_text, "a text", "TEXT",
		"in a hidden recipient, of one's own mail" },
	{ "subject", QUERY_SUBJECT, parse_text, "a text", "TEXT", "in the subject" },
	{ "list", QUERY_LIST, parse_text, "a text", "TEXT",
		"in the name of the mailing list" },
	{ "body", QUERY_BODY, parse_text, "a text", "TEXT",
		"in the text, where that is here" },
	{ "folder", QUERY_FOLDER, parse_text, "the name of a folder", "NAME",
		"in that folder: its whole name, or inbox drafts sent archive junk trash" },
	{ "inbox", QUERY_INBOX, parse_text, "all, or the name of an account", "all",
		"in the inbox of any account; inbox:NAME: of that one" },
	{ "account", QUERY_ACCOUNT, parse_text, "the name of an account", "NAME",
		"of that account" },
	{ "tag", QUERY_TAG, parse_text, "a tag", "WORD", "with that tag, or flag" },
	{ "id", QUERY_ID, parse_id, "an id as `list` shows it", "ID",
		"that message; id:ID,ID: those" },
	{ "thread", QUERY_THREAD, parse_id, "an id as `list` shows it", "ID",
		"of that thread" },
	{ "larger", QUERY_LARGER, parse_size, "a size like 500k or 1M", "1M",
		"larger than that" },
	{ "smaller", QUERY_SMALLER, parse_size, "a size like 500k or 1M", "20k",
		"smaller than that" },
	{ "newer", QUERY_NEWER, parse_age, "an age like 3d, 2w or 1y", "2w",
		"younger than that: m h d w y are minutes to years" },
	{ "older", QUERY_OLDER, parse_age, "an age like 3d, 2w or 1y", "1y",
		"older than that" },
	{ "date", QUERY_DATE, parse_period, A_DATE ", or two with .. between", "2026-11",
		"of that day, month or year; date:2026-01..2026-03: from one to the other" },
	{ "before", QUERY_BEFORE, parse_date, A_DATE, "2026-11-22", "before that day" },
	{ "after", QUERY_AFTER, parse_date, A_DATE, "yesterday", "from that day on" },
	{ "is", QUERY_IS, parse_is, NULL },
	{ "has", QUERY_HAS, parse_has, NULL },
};

#define N_FIELDS (sizeof(fields) / sizeof(*fields))

const char *
query_field_name(enum query_kind kind)
{
	for (size_t i = 0; i < N_FIELDS; i++)
		if (fields[i].kind == kind)
			return fields[i].name;
	return NULL;
}

// How terms are put together; the fields come from their table.
static const struct query_help forms[] = {
	{ "WORD", NULL, "in the sender, a recipient or the subject" },
	{ "\"TWO WORDS\"", NULL, "just so, also behind a field: subject:\"q3 report\"" },
	{ "A B", NULL, "both of them" },
	{ "A or B", NULL, "one of them, or both" },
	{ "-A", NULL, "not that: -list:dev, -(A or B)" },
	{ "(A B)", NULL, "what belongs together: (from:ann or from:bob) is:unread" },
};
#define N_FORMS (sizeof(forms) / sizeof(*forms))

static void
help_word(const struct query_field *f, const struct query_word *w,
	struct query_help *row)
{
	snprintf(row->room, sizeof(row->room), "%s:%s", f->name, w->word);
	row->help = w->help;
}

bool
query_help(size_t at, struct query_help *row)
{
	*row = (struct query_help){ 0 };
	for (size_t i = 0; i < N_FIELDS; i++) {
		const struct query_word *words = fields[i].kind == QUERY_IS ?
			query_is_words : fields[i].kind == QUERY_HAS ?
			query_has_words : NULL;

		for (; words != NULL && words->word != NULL; words++, at--) {
			if (at == 0) {
				help_word(&fields[i], words, row);
				row->term = row->typed = row->room;
				return true;
			}
		}
		if (words == NULL && at-- == 0) {
			snprintf(row->room, sizeof(row->room), "%s:", fields[i].name);
			snprintf(row->shown, sizeof(row->shown), "%s:%s",
				fields[i].name, fields[i].value);
			row->typed = row->room;
			row->term = row->shown;
			row->help = fields[i].help;
			return true;
		}
	}
	if (at >= N_FORMS)
		return false;
	*row = forms[at];
	return true;
}

static struct query_node *
node_new(enum query_kind kind)
{
	struct query_node *node = mem_new(struct query_node);

	node->kind = kind;
	return node;
}

// Depth and number of nodes are bounded by the parser.
static void
node_free(struct query_node *node)
{
	while (node != NULL) {
		struct query_node *next = node->next;
		node_free(node->first);
		free(node->text);
		free(node->folded);
		free(node);
		node = next;
	}
}

static bool
fail(struct parser *p, size_t at, const char *expected)
{
	int column = 1;

	for (size_t i = 0; i < at; i++)
		column += ((unsigned char)p->text[i] & 0xc0) != 0x80;
	return error_set(p->err, ERROR_INPUT, "column %d: expected %s", column,
		expected);
}

static void
skip_space(struct parser *p)
{
	p->at += strspn(p->text + p->at, " \t\r\n");
}

// Reads "quoted" or bare text at p->at. Bare text ends at a blank, a bracket or
// a quote. NULL when the closing quote is missing.
static char *
take_string(struct parser *p)
{
	const char *s = p->text + p->at;
	struct buf out = {0};

	if (*s != '"') {
		size_t len = strcspn(s, " \t\r\n()\"");
		p->at += len;
		return str_ndup(s, len);
	}
	size_t start = p->at++;
	for (s++; *s != '"'; s++) {
		if (*s == '\\' && (s[1] == '"' || s[1] == '\\'))
			s++;
		if (*s == '\0') {
			buf_done(&out);
			fail(p, start, "a closing quote");
			return NULL;
		}
		buf_char(&out, *s);
	}
	p->at = (size_t)(s - p->text) + 1;
	return buf_take(&out);
}

static void
set_text(struct query_node *node, char *text)
{
	node->text = text;
	node->folded = utf8_fold(text);
	node->ascii = true;
	for (const char *s = node->folded; *s != '\0'; s++)
		node->ascii = node->ascii && (unsigned char)*s < 0x80;
}

static bool
parse_text(struct parser *p, struct query_node *node)
{
	(void)p;
	return *node->text != '\0';
}

static bool
parse_id(struct parser *p, struct query_node *node)
{
	(void)p;
	return query_parse_id(node->text, &node->id);
}

static bool
parse_size(struct parser *p, struct query_node *node)
{
	uint64_t size;

	(void)p;
	if (!str_to_size(node->text, &size) || size > INT64_MAX)
		return false;
	node->number = (int64_t)size;
	return true;
}

static bool
parse_age(struct parser *p, struct query_node *node)
{
	int64_t seconds;

	if (!when_parse_span(node->text, &seconds))
		return false;
	node->number = p->now - seconds;
	return true;
}

// The first second of a day in the local zone.
static int64_t
day_start(int year, int month, int day)
{
	struct tm tm = { .tm_year = year - 1900, .tm_mon = month - 1, .tm_mday = day };
	int64_t utc = timegm(&tm);

	// The offset that holds there, not the one that holds now.
	int64_t guess = utc - when_local_offset(utc) * INT64_C(60);
	return utc - when_local_offset(guess) * INT64_C(60);
}

// The first second of a day, month or year, and the one behind its last.
static bool
read_period(int64_t now, const char *s, int64_t *start_r, int64_t *end_r)
{
	int year = 0, month = 1, day = 1, used = 0;
	bool today = str_equal_nocase(s, "today");

	if (today || str_equal_nocase(s, "yesterday")) {
		time_t then = (time_t)(today ? now : now - DAY) +
			when_local_offset(now) * 60;
		struct tm tm;
		gmtime_r(&then, &tm);
		*start_r = day_start(tm.tm_year + 1900, tm.tm_mon + 1, tm.tm_mday);
		*end_r = day_start(tm.tm_year + 1900, tm.tm_mon + 1, tm.tm_mday + 1);
		return true;
	}
	if (strspn(s, "0123456789-") != strlen(s) || strlen(s) > 10)
		return false;
	int n = sscanf(s, "%4d-%2d-%2d%n", &year, &month, &day, &used);
	if (n != 3 || used == 0) {
		day = 1;
		n = sscanf(s, "%4d-%2d%n", &year, &month, &used);
	}
	if (n < 2 || used == 0) {
		month = 1;
		n = sscanf(s, "%4d%n", &year, &used);
	}
	if (n < 1 || used == 0 || s[used] != '\0' || year < 1900 || month < 1 ||
	    month > 12 || day < 1 || day > 31)
		return false;
	*start_r = day_start(year, month, day);
	*end_r = day_start(n == 1 ? year + 1 : year, n == 2 ? month + 1 : month,
		n == 3 ? day + 1 : day);
	return true;
}

static bool
parse_date(struct parser *p, struct query_node *node)
{
	return read_period(p->now, node->text, &node->number, &node->end);
}

// A..B, each a date or, at one end, nothing.
static bool
parse_period(struct parser *p, struct query_node *node)
{
	const char *dots = strstr(node->text, "..");
	int64_t unused;

	if (dots == NULL)
		return parse_date(p, node);
	char *from = str_ndup(node->text, (size_t)(dots - node->text));
	const char *to = dots + 2;

	node->number = INT64_MIN;
	node->end = INT64_MAX;
	bool ok = (*from != '\0' || *to != '\0') &&
		(*from == '\0' || read_period(p->now, from, &node->number, &unused)) &&
		(*to == '\0' || read_period(p->now, to, &unused, &node->end));
	free(from);
	return ok;
}

static bool
parse_word_of(const struct query_word *words, struct query_node *node)
{
	if (query_word_find(words, node->text) == NULL)
		return false;
	str_lower(node->text);
	return true;
}

static bool
parse_is(struct parser *p, struct query_node *node)
{
	(void)p;
	return parse_word_of(query_is_words, node);
}

static bool
parse_has(struct parser *p, struct query_node *node)
{
	(void)p;
	if (str_equal_nocase(node->text, "attachments"))
		node->text[strlen("attachment")] = '\0';
	return parse_word_of(query_has_words, node);
}

// A node for several children; the only one stands for itself.
static struct query_node *
gather(enum query_kind kind, struct query_node *first)
{
	if (first->next == NULL)
		return first;
	struct query_node *node = node_new(kind);
	node->first = first;
	return node;
}

// id:1,2 is (id:1 or id:2).
static struct query_node *
split_ids(struct parser *p, const struct query_field *f, char *value, size_t start)
{
	struct strlist ids = {0};
	struct query_node *first = NULL, **end = &first;
	bool good = true;

	strlist_split(&ids, value, ',');
	for (size_t i = 0; i < ids.len && good; i++) {
		struct query_node *node = node_new(f->kind);
		*end = node;
		end = &node->next;
		set_text(node, str_dup(ids.items[i]));
		p->terms++;
		good = f->parse(p, node) && p->terms <= QUERY_TERMS_MAX;
	}
	strlist_done(&ids);
	free(value);
	if (good && first != NULL)
		return gather(QUERY_OR, first);
	fail(p, start, f->expected);
	node_free(first);
	return NULL;
}

// What a value should have been; of a word also which one may be meant.
static void
fail_value(struct parser *p, size_t at, const struct query_field *f, const char *text)
{
	struct buf expected = {0}, guess = {0};

	if (f->expected != NULL) {
		fail(p, at, f->expected);
		return;
	}
	const struct query_word *words = f->kind == QUERY_IS ? query_is_words :
		query_has_words;

	buf_str(&expected, words[1].word != NULL ? "one of " : "");
	query_words_list(&expected, words);
	if (*text != '\0')
		buf_printf(&expected, ", not \"%.30s\"", text);
	if (*text != '\0' && query_guess(&guess, f->name, text, NULL))
		buf_printf(&expected, ": did you mean %s?", buf_text(&guess));
	fail(p, at, buf_text(&expected));
	buf_done(&expected);
	buf_done(&guess);
}

static struct query_node *
parse_field(struct parser *p, const struct query_field *f)
{
	size_t start = p->at;
	char *value = take_string(p);

	if (value == NULL)
		return NULL;
	if ((f->kind == QUERY_ID || f->kind == QUERY_THREAD) &&
	    strpbrk(value, "0123456789abcdefABCDEF") != NULL &&
	    strchr(value, ',') != NULL)
		return split_ids(p, f, value, start);
	struct query_node *node = node_new(f->kind);
	set_text(node, value);
	if (f->parse(p, node))
		return node;
	fail_value(p, start, f, node->text);
	node_free(node);
	return NULL;
}

// The name before a colon at p->at, if letters stand there; NULL for a word.
static char *
field_name(const struct parser *p)
{
	const char *s = p->text + p->at;
	size_t len = 0;

	while ((s[len] | 0x20) >= 'a' && (s[len] | 0x20) <= 'z')
		len++;
	return len > 0 && s[len] == ':' ? str_ndup(s, len) : NULL;
}

static struct query_node *
unknown_field(struct parser *p, char *name)
{
	const char *names[N_FIELDS + 1] = { NULL };
	struct buf expected = {0}, guess = {0};

	for (size_t i = 0; i < N_FIELDS; i++)
		names[i] = fields[i].name;
	if (query_guess(&guess, name, NULL, names)) {
		buf_printf(&expected, "a field, not \"%.30s\": did you mean %s?", name,
			buf_text(&guess));
	} else {
		buf_str(&expected, "a field (");
		for (size_t i = 0; i < N_FIELDS; i++)
			buf_printf(&expected, "%s%s", i > 0 ? " " : "", names[i]);
		buf_printf(&expected, "), not \"%.30s\"; quote it to search for it",
			name);
	}
	fail(p, p->at, buf_text(&expected));
	buf_done(&expected);
	buf_done(&guess);
	free(name);
	return NULL;
}

static struct query_node *
parse_term(struct parser *p)
{
	char *name = field_name(p);
	size_t start = p->at;

	if (++p->terms > QUERY_TERMS_MAX) {
		free(name);
		fail(p, start, "no more than 500 terms");
		return NULL;
	}
	if (name != NULL) {
		for (size_t i = 0; i < N_FIELDS; i++)
			if (str_equal_nocase(fields[i].name, name)) {
				p->at += strlen(name) + 1;
				free(name);
				return parse_field(p, &fields[i]);
			}
		return unknown_field(p, name);
	}
	char *word = take_string(p);
	if (word == NULL)
		return NULL;
	bool quoted = p->text[start] == '"';
	if (*word == '\0' || (!quoted && (str_equal_nocase(word, "or") ||
	    str_equal_nocase(word, "and")))) {
		fail(p, start, "a word or a field");
		free(word);
		return NULL;
	}
	struct query_node *node = node_new(QUERY_WORD);
	set_text(node, word);
	return node;
}

// True, and moved behind it, when this word stands at p->at by itself.
static bool
take_word(struct parser *p, const char *word)
{
	const char *s = p->text + p->at;
	size_t len = strlen(word);

	if (!str_has_prefix_nocase(s, word) ||
	    (s[len] != '\0' && strchr(" \t\r\n()", s[len]) == NULL))
		return false;
	p->at += len;
	return true;
}

static struct query_node *parse_or(struct parser *p);

static struct query_node *
parse_unary(struct parser *p)
{
	struct query_node *node = NULL;
	char c = p->text[p->at];
	size_t start = p->at;

	if (p->depth >= QUERY_DEPTH_MAX) {
		fail(p, p->at, "no more than 50 levels");
		return NULL;
	}
	p->depth++;
	if (c == '-' || c == '!' || take_word(p, "not")) {
		p->at += p->at == start;
		if (p->at != start + 1)
			skip_space(p);
		struct query_node *inner = parse_unary(p);
		if (inner != NULL) {
			node = node_new(QUERY_NOT);
			node->first = inner;
		}
	} else if (c == '(') {
		p->at++;
		node = parse_or(p);
		if (node != NULL && p->text[p->at] != ')') {
			fail(p, p->at, "a closing bracket");
			node_free(node);
			node = NULL;
		}
		p->at += node != NULL;
	} else {
		node = parse_term(p);
	}
	p->depth--;
	return node;
}

static bool
at_or(struct parser *p)
{
	size_t start = p->at;
	bool found = take_word(p, "or");

	p->at = start;
	return found;
}

static struct query_node *
parse_and(struct parser *p)
{
	struct query_node *first = NULL, **end = &first;

	for (;;) {
		skip_space(p);
		char c = p->text[p->at];
		if (first != NULL && (c == '\0' || c == ')' || at_or(p)))
			return gather(QUERY_AND, first);
		if (first != NULL && take_word(p, "and"))
			skip_space(p);
		*end = parse_unary(p);
		if (*end == NULL) {
			node_free(first);
			return NULL;
		}
		end = &(*end)->next;
	}
}

static struct query_node *
parse_or(struct parser *p)
{
	struct query_node *first = NULL, **end = &first;

	do {
		*end = parse_and(p);
		if (*end == NULL) {
			node_free(first);
			return NULL;
		}
		end = &(*end)->next;
	} while (take_word(p, "or"));
	return gather(QUERY_OR, first);
}

// Adds the ids that a match must have one of; false when any could match.
static bool
gather_ids(struct query *q, const struct query_node *node)
{
	size_t before = q->n_ids;

	switch (node->kind) {
	case QUERY_ID:
		q->ids = mem_grow(q->ids, q->n_ids + 1, sizeof(*q->ids));
		q->ids[q->n_ids++] = node->id;
		return true;
	case QUERY_OR:
		for (const struct query_node *c = node->first; c != NULL; c = c->next)
			if (!gather_ids(q, c)) {
				q->n_ids = before;
				return false;
			}
		return true;
	case QUERY_AND:
		for (const struct query_node *c = node->first; c != NULL; c = c->next)
			if (gather_ids(q, c))
				return true;
		return false;
	default:
		return false;
	}
}

bool
query_parse(struct query **q, const char *text, int64_t now, struct error *err)
{
	struct parser p = { .text = text, .now = now, .err = err };
	struct query_node *root;

	*q = NULL;
	skip_space(&p);
	if (text[p.at] == '\0') {
		root = node_new(QUERY_ALL);
	} else {
		root = parse_or(&p);
		if (root == NULL)
			return false;
		if (text[p.at] != '\0') {
			node_free(root);
			return fail(&p, p.at, "no closing bracket here");
		}
	}
	*q = mem_new(struct query);
	(*q)->root = root;
	(*q)->now = now;
	(*q)->only_ids = gather_ids(*q, root);
	return true;
}

void
query_free(struct query **q)
{
	if (*q == NULL)
		return;
	node_free((*q)->root);
	free((*q)->ids);
	free(*q);
	*q = NULL;
}
