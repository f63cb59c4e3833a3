// SPDX-License-Identifier: GPL-3.0-or-later
// The flags of a message: the system flags and well-known keywords as bits, all
// other keywords (tags) as words.
#ifndef MAIL_FLAGS_H
#define MAIL_FLAGS_H

#include <stdbool.h>
#include <stdint.h>

struct buf;

// RFC 9051 section 2.3.2 and the IANA registry of IMAP keywords.
enum flag {
	FLAG_SEEN = 1 << 0,
	FLAG_ANSWERED = 1 << 1,
	FLAG_FLAGGED = 1 << 2,
	FLAG_DELETED = 1 << 3,
	FLAG_DRAFT = 1 << 4,
	FLAG_FORWARDED = 1 << 5, // $Forwarded
	FLAG_MDNSENT = 1 << 6,   // $MDNSent
	FLAG_JUNK = 1 << 7,      // $Junk
	FLAG_NOTJUNK = 1 << 8,   // $NotJunk
};

// {0} is no flag. words: keywords in ASCII, sorted, each once (compared without
// case but for what modified UTF-7 has behind a '&', kept as first written), one
// space between; NULL when none.
struct flags {
	uint32_t bits;
	char *words;
};

#define FLAGS_WORDS_MAX 2048 // bytes; more keywords on a message are dropped

void flags_done(struct flags *f);
// Here and in all of mail/: what a copy, a parse or an unpack fills is
// overwritten, not released; lists alone (address_list_*) are added to.
void flags_copy(struct flags *to, const struct flags *from);
bool flags_equal(const struct flags *a, const struct flags *b);
bool flags_empty(const struct flags *f);
bool flags_has(const struct flags *f, const char *name); // name as flags_add
// name: an IMAP flag ("\\Seen", "$Junk", "todo") or our word for one (seen,
// answered, flagged, deleted, draft, forwarded, mdnsent, junk, notjunk); case
// does not matter. False when it is no atom (RFC 9051 flag-keyword).
bool flags_add(struct flags *f, const char *name);
// The same for a text of any letters, as somebody writes a tag: what no atom can hold
// is spelled in modified UTF-7 ("to do": "to&ACA-do"). False when it is none.
bool flags_add_text(struct flags *f, const char *text);
bool flags_has_text(const struct flags *f, const char *text);
// A keyword for such a text (free()); NULL for none: control characters, no letter at
// all, a system flag's name, our words for flags.
char *flags_word(const char *text);
// Appends what people call the keyword: the text, or itself.
void flags_word_text(struct buf *out, const char *word);
void flags_merge(struct flags *f, const struct flags *add);
void flags_subtract(struct flags *f, const struct flags *remove);
// Appends "\\Seen $Junk todo", without parentheses.
void flags_format_imap(struct buf *out, const struct flags *f);
// Appends "seen junk todo": our words, for queries and JSON.
void flags_format(struct buf *out, const struct flags *f);
// Parses what either of the above wrote; unknown system flags are left out.
void flags_parse(struct flags *f, const char *text);

// What an act does to flags: `f` minus remove plus add.
struct flag_change {
	struct flags add;
	struct flags remove;
};
void flag_change_done(struct flag_change *c);
void flag_change_copy(struct flag_change *to, const struct flag_change *from);
void flag_change_apply(struct flags *f, const struct flag_change *c);
// The change that turns `after` (== before with c applied) back to `before`.
void flag_change_inverse(struct flag_change *inverse_r,
	const struct flags *before, const struct flag_change *c);

#endif
