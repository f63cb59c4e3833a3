// SPDX-License-Identifier: GPL-3.0-or-later
// The query language: one for limit, search, colours, hooks and targets.
//   from:ann subject:"q3 report" has:attachment larger:1M newer:2w is:unread
//   tag:todo -list:dev (a or b)
#ifndef MAIL_QUERY_H
#define MAIL_QUERY_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

struct error;
struct message;
struct buf;

struct query;

#define QUERY_DEPTH_MAX 50
#define QUERY_TERMS_MAX 500

// ERROR_INPUT says the column and what was expected. "" matches everything.
// Fields: from to cc bcc (to: also cc) subject list id thread folder inbox (all,
// or an account) account tag is has larger smaller newer older date before
// after body; bare words are sought in from, to, cc and subject (and body where there
// is text).
// is: unread read new flagged answered forwarded deleted draft junk pending.
bool query_parse(struct query **q, const char *text, int64_t now,
	struct error *err);
void query_free(struct query **q);

// What a query is asked about. Names lent; body NULL when not at hand.
struct query_subject {
	const struct message *message;
	const char *folder;    // full name, UTF-8
	const char *role;      // "inbox", "sent", ... or NULL
	const char *account;
	const char *body;      // UTF-8 or NULL
};
bool query_match(const struct query *q, const struct query_subject *s);

// What callers need to look in fewer places. All conservative: they speak of
// terms that every match must fulfil.
bool query_wants_body(const struct query *q);        // some term needs text
// The texts that bodies are looked for, each once; lent, free(*texts_r). Empty where
// no term needs a body.
size_t query_body_texts(const struct query *q, const char ***texts_r);
bool query_is_all(const struct query *q);            // matches everything
// The ids of a query that can match only these; false when it is no such one.
bool query_ids(const struct query *q, const uint64_t **ids_r, size_t *n_r);
// True when a folder:, inbox: or id: term says where to look.
bool query_names_folder(const struct query *q);
// Which of a folder's messages match, as far as that is known without any of them.
enum query_share { QUERY_NONE, QUERY_SOME, QUERY_EVERY };
enum query_share query_of_folder(const struct query *q, const char *folder,
	const char *role, const char *account);
// Adds what matches of a folder with these counts; false, and nothing is added,
// when its messages would have to be looked at.
bool query_counts(const struct query *q, const char *folder, const char *role,
	const char *account, uint32_t total, uint32_t unread, uint64_t *total_r,
	uint64_t *unread_r);
// False when no message of that folder can match.
bool query_may_match_folder(const struct query *q, const char *folder,
	const char *role, const char *account);
// Only flags, folder and dates are asked for: no envelope text is needed.
bool query_needs_envelope(const struct query *q);
// Whether a search over all folders looks into this one: it may match there, and
// Trash and Junk are looked into only where the query names a folder.
bool query_looks_in(const struct query *q, const char *folder, const char *role,
	const char *account);
// The query as text again, normalised.
void query_print(struct buf *out, const struct query *q);
// The language, a row for each term and form, for the manual and completion.
struct query_help {
	const char *term;      // "from:TEXT"; may point into the row
	const char *typed;     // "from:", "is:unread": what is completed; NULL: a form
	const char *help;
	char room[32], shown[32];
};
bool query_help(size_t at, struct query_help *row);   // false past the end
// id: as shown: 16 hexadecimal digits at most; false when it is none.
bool query_parse_id(const char *text, uint64_t *id_r);
void query_print_id(struct buf *out, uint64_t id);

#endif
