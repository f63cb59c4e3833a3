// SPDX-License-Identifier: GPL-3.0-or-later
// What can be said of a query without a message, and the query as text again.
#include "config.h"

#include "mail/query.h"

#include "base/buf.h"
#include "base/mem.h"
#include "base/str.h"
#include "mail/query_tree.h"

#include <string.h>

static bool
any_of(const struct query_node *node, const enum query_kind *kinds, size_t n)
{
	for (size_t i = 0; i < n; i++)
		if (node->kind == kinds[i])
			return true;
	for (const struct query_node *c = node->first; c != NULL; c = c->next)
		if (any_of(c, kinds, n))
			return true;
	return false;
}

bool
query_wants_body(const struct query *q)
{
	static const enum query_kind kinds[] = { QUERY_BODY };

	return any_of(q->root, kinds, 1);
}

static void
add_body_texts(const struct query_node *node, const char ***texts, size_t *n)
{
	bool is = node->kind == QUERY_BODY || node->kind == QUERY_WORD;

	for (size_t i = 0; is && i < *n; i++)
		is = strcmp((*texts)[i], node->text) != 0;
	if (is) {
		*texts = mem_grow(*texts, *n + 1, sizeof(**texts));
		(*texts)[(*n)++] = node->text;
	}
	for (const struct query_node *c = node->first; c != NULL; c = c->next)
		add_body_texts(c, texts, n);
}

size_t
query_body_texts(const struct query *q, const char ***texts_r)
{
	size_t n = 0;

	*texts_r = NULL;
	// Beside such a term bare words are looked for in the text, too.
	if (query_wants_body(q))
		add_body_texts(q->root, texts_r, &n);
	return n;
}

bool
query_needs_envelope(const struct query *q)
{
	static const enum query_kind kinds[] = {
		QUERY_WORD, QUERY_FROM, QUERY_TO, QUERY_CC, QUERY_BCC,
		QUERY_SUBJECT, QUERY_LIST, QUERY_HAS,
	};

	return any_of(q->root, kinds, sizeof(kinds) / sizeof(*kinds));
}

bool
query_is_all(const struct query *q)
{
	return q->root->kind == QUERY_ALL;
}

bool
query_ids(const struct query *q, const uint64_t **ids_r, size_t *n_r)
{
	*ids_r = q->ids;
	*n_r = q->only_ids ? q->n_ids : 0;
	return q->only_ids;
}

static bool
names_folder(const struct query_node *node)
{
	const struct query_node *c = node->first;

	switch (node->kind) {
	case QUERY_FOLDER:
	case QUERY_INBOX:
	case QUERY_ID:
		return true;
	case QUERY_AND:
		while (c != NULL && !names_folder(c))
			c = c->next;
		return c != NULL;
	case QUERY_OR:
		while (c != NULL && names_folder(c))
			c = c->next;
		return c == NULL;
	default:
		return false;
	}
}

bool
query_names_folder(const struct query *q)
{
	return names_folder(q->root);
}

static bool
needs_quotes(const char *s)
{
	static const char *const words[] = { "or", "and", "not" };

	for (size_t i = 0; i < sizeof(words) / sizeof(*words); i++)
		if (str_equal_nocase(words[i], s))
			return true;
	return *s == '\0' || *s == '-' || *s == '!' ||
		strpbrk(s, " \t\r\n()\":\\") != NULL;
}

static void
print_text(struct buf *out, const char *s)
{
	if (!needs_quotes(s)) {
		buf_str(out, s);
		return;
	}
	buf_char(out, '"');
	for (; *s != '\0'; s++) {
		if (*s == '"' || *s == '\\')
			buf_char(out, '\\');
		buf_char(out, *s);
	}
	buf_char(out, '"');
}

// outer: the kind of what stands around it, which decides about brackets.
static void
print(struct buf *out, const struct query_node *node, enum query_kind outer)
{
	bool group = node->kind == QUERY_AND || node->kind == QUERY_OR;
	bool brackets = group && (outer == QUERY_NOT ||
		(outer == QUERY_AND && node->kind == QUERY_OR));

	if (node->kind == QUERY_ALL)
		return;
	if (node->kind == QUERY_NOT) {
		buf_char(out, '-');
		print(out, node->first, QUERY_NOT);
		return;
	}
	if (!group) {
		const char *name = query_field_name(node->kind);
		if (name != NULL)
			buf_printf(out, "%s:", name);
		print_text(out, node->text);
		return;
	}
	buf_str(out, brackets ? "(" : "");
	for (const struct query_node *c = node->first; c != NULL; c = c->next) {
		if (c != node->first)
			buf_str(out, node->kind == QUERY_OR ? " or " : " ");
		print(out, c, node->kind);
	}
	buf_str(out, brackets ? ")" : "");
}

void
query_print(struct buf *out, const struct query *q)
{
	print(out, q->root, QUERY_OR);
}

bool
query_parse_id(const char *text, uint64_t *id_r)
{
	static const char digits[] = "0123456789abcdef";
	size_t len = strlen(text);
	uint64_t id = 0;

	if (len == 0 || len > 16)
		return false;
	for (; *text != '\0'; text++) {
		char c = *text >= 'A' && *text <= 'F' ? (char)(*text | 0x20) : *text;
		const char *digit = strchr(digits, c);
		if (digit == NULL)
			return false;
		id = id << 4 | (uint64_t)(digit - digits);
	}
	*id_r = id;
	return true;
}

void
query_print_id(struct buf *out, uint64_t id)
{
	buf_printf(out, "%llx", (unsigned long long)id);
}
