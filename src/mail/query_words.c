// SPDX-License-Identifier: GPL-3.0-or-later
// Words that other programs have, or that fingers slip into, led to ours.
#include "config.h"

#include "mail/query_words.h"

#include "base/buf.h"
#include "base/str.h"

#include <stdlib.h>
#include <string.h>

#define GUESS_LEN_MAX 20   // longer words are compared with nothing

const struct query_word query_is_words[] = {
	{ "unread", "not read yet" },
	{ "read", "read" },
	{ "new", "not read, and came within a day" },
	{ "flagged", "flagged" },
	{ "answered", "answered" },
	{ "forwarded", "forwarded" },
	{ "deleted", "marked as deleted" },
	{ "draft", "a draft" },
	{ "junk", "marked as junk" },
	{ "pending", "changed here, and not yet on the server" },
	{ NULL },
};

const struct query_word query_has_words[] = {
	{ "attachment", "with attachments" },
	{ NULL },
};

static const struct {
	const char *said, *meant;
} words[] = {
	{ "seen", "is:read" }, { "unseen", "is:unread" }, { "old", "is:read" },
	{ "starred", "is:flagged" }, { "star", "is:flagged" },
	{ "important", "is:flagged" }, { "flag", "is:flagged" },
	{ "replied", "is:answered" }, { "reply", "is:answered" },
	{ "passed", "is:forwarded" }, { "spam", "is:junk" },
	{ "attachments", "has:attachment" }, { "attached", "has:attachment" },
	{ "file", "has:attachment" }, { "files", "has:attachment" },
	{ "image", "has:attachment" }, { "pdf", "has:attachment" },
	{ "document", "has:attachment" }, { "tag", "tag:" }, { "label", "tag:" },
	{ "keyword", "tag:" }, { "tagged", "tag:" }, { "userlabels", "tag:" },
	{ "sent", "folder:sent" }, { "trash", "folder:trash" },
	{ "inbox", "folder:inbox" }, { "archived", "folder:archive" },
	{ NULL, NULL },
}, fields[] = {
	{ "sender", "from:" }, { "author", "from:" }, { "recipient", "to:" },
	{ "rcpt", "to:" }, { "in", "folder:" }, { "mailbox", "folder:" },
	{ "path", "folder:" }, { "box", "folder:" }, { "label", "tag:" },
	{ "keyword", "tag:" }, { "flag", "is:" }, { "status", "is:" },
	{ "topic", "subject:" }, { "title", "subject:" }, { "s", "subject:" },
	{ "size", "larger:" }, { "bigger", "larger:" }, { "since", "after:" },
	{ "until", "before:" }, { "day", "date:" }, { "on", "date:" },
	{ "sent", "date:" }, { "text", "body:" }, { "content", "body:" },
	{ "message", "body:" }, { "attachment", "has:attachment" },
	{ "unread", "is:unread" }, { "flagged", "is:flagged" },
	{ "mid", "id:" }, { "f", "from:" }, { "t", "to:" },
	{ NULL, NULL },
};

const char *
query_word_find(const struct query_word *table, const char *text)
{
	for (; table->word != NULL; table++)
		if (str_equal_nocase(table->word, text))
			return table->word;
	return NULL;
}

void
query_words_list(struct buf *out, const struct query_word *table)
{
	for (size_t i = 0; table[i].word != NULL; i++)
		buf_printf(out, "%s%s", i > 0 ? " " : "", table[i].word);
}

static int
least(int a, int b)
{
	return a < b ? a : b;
}

// How many letters must be put, taken, changed, or swapped with the next.
static int
distance(const char *a, const char *b)
{
	int rows[3][GUESS_LEN_MAX + 1];
	size_t n = strlen(a), m = strlen(b);

	if (n > GUESS_LEN_MAX || m > GUESS_LEN_MAX)
		return GUESS_LEN_MAX;
	for (size_t j = 0; j <= m; j++)
		rows[0][j] = (int)j;
	for (size_t i = 1; i <= n; i++) {
		int *row = rows[i % 3], *above = rows[(i + 2) % 3];
		const int *before = rows[(i + 1) % 3];

		row[0] = (int)i;
		for (size_t j = 1; j <= m; j++) {
			int change = above[j - 1] + (a[i - 1] != b[j - 1]);
			row[j] = least(change, least(above[j], row[j - 1]) + 1);
			if (i > 1 && j > 1 && a[i - 1] == b[j - 2] && a[i - 2] == b[j - 1])
				row[j] = least(row[j], before[j - 2] + 1);
		}
	}
	return rows[n % 3][m];
}

// A slip is near: one letter of a short word, two of a longer one.
static bool
is_near(const char *text, const char *word, int *best)
{
	int d = distance(text, word);

	if (d > (strlen(word) > 4 ? 2 : 1) || d >= *best)
		return false;
	*best = d;
	return true;
}

static bool
guess_word(struct buf *out, const char *text)
{
	const char *field = NULL, *word = NULL;
	int best = GUESS_LEN_MAX;

	for (size_t i = 0; words[i].said != NULL; i++) {
		if (str_equal(words[i].said, text)) {
			buf_str(out, words[i].meant);
			return true;
		}
	}
	for (const struct query_word *w = query_is_words; w->word != NULL; w++)
		if (is_near(text, w->word, &best)) {
			field = "is";
			word = w->word;
		}
	for (const struct query_word *w = query_has_words; w->word != NULL; w++)
		if (is_near(text, w->word, &best)) {
			field = "has";
			word = w->word;
		}
	if (word != NULL)
		buf_printf(out, "%s:%s", field, word);
	return word != NULL;
}

static bool
guess_field(struct buf *out, const char *field, const char *const *names)
{
	const char *name = NULL;
	int best = GUESS_LEN_MAX;

	for (size_t i = 0; fields[i].said != NULL; i++) {
		if (str_equal(fields[i].said, field)) {
			buf_str(out, fields[i].meant);
			return true;
		}
	}
	for (; *names != NULL; names++)
		if (is_near(field, *names, &best))
			name = *names;
	if (name != NULL)
		buf_printf(out, "%s:", name);
	return name != NULL;
}

bool
query_guess(struct buf *out, const char *field, const char *text,
	const char *const *names)
{
	char *small = str_dup(text != NULL ? text : field);

	str_lower(small);
	bool found = text != NULL ? guess_word(out, small) :
		guess_field(out, small, names);
	free(small);
	return found;
}
