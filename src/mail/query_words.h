// SPDX-License-Identifier: GPL-3.0-or-later
// The words of is: and has:, and what somebody may have meant by a word that
// is none. Private to the query files of this folder.
#ifndef MAIL_QUERY_WORDS_H
#define MAIL_QUERY_WORDS_H

#include <stdbool.h>
#include <stddef.h>

struct buf;

struct query_word {
	const char *word;
	const char *help;
};
// Ended by a NULL word.
extern const struct query_word query_is_words[], query_has_words[];

// In small letters and as the table has it; NULL when there is no such word.
const char *query_word_find(const struct query_word *words, const char *text);
// "unread read new ..."
void query_words_list(struct buf *out, const struct query_word *words);
// What may be meant by FIELD:TEXT, or by a FIELD that is none (text NULL): as it
// is to be written. False where nothing is near. names: the fields, NULL at the end.
bool query_guess(struct buf *out, const char *field, const char *text,
	const char *const *names);

#endif
