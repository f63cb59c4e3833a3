// SPDX-License-Identifier: GPL-3.0-or-later
// A query as its tree. Private to the query files of this folder.
#ifndef MAIL_QUERY_TREE_H
#define MAIL_QUERY_TREE_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

enum query_kind {
	QUERY_ALL,      // matches everything
	QUERY_AND,
	QUERY_OR,
	QUERY_NOT,
	QUERY_WORD,     // a bare word
	// Terms with a text:
	QUERY_FROM, QUERY_TO, QUERY_CC, QUERY_BCC, QUERY_SUBJECT, QUERY_LIST,
	QUERY_BODY, QUERY_FOLDER, QUERY_INBOX, QUERY_ACCOUNT, QUERY_TAG,
	// Terms with a number:
	QUERY_ID, QUERY_THREAD, QUERY_LARGER, QUERY_SMALLER, QUERY_NEWER,
	QUERY_OLDER, QUERY_BEFORE, QUERY_AFTER, QUERY_DATE,
	// Terms with a word of ours:
	QUERY_IS, QUERY_HAS,
};

struct query_node {
	enum query_kind kind;
	struct query_node *first, *next; // children; siblings
	char *text;       // as written
	char *folded;     // utf8_fold(text)
	bool ascii;       // folded is ASCII
	int64_t number;   // size, or the moment that a date or an age means
	int64_t end;      // of DATE: the moment behind it
	uint64_t id;
};

struct query {
	struct query_node *root;
	int64_t now;
	uint64_t *ids;    // of query_ids; n_ids counts when only_ids
	size_t n_ids;
	bool only_ids;
};

// The name of a term's field, NULL for what is none ("(", words).
const char *query_field_name(enum query_kind kind);

#endif
