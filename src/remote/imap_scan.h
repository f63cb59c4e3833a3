// SPDX-License-Identifier: GPL-3.0-or-later
// Walking one framed IMAP response: numbers, words, strings and parentheses with
// every count checked, since each of them is the server's word.
#ifndef REMOTE_IMAP_SCAN_H
#define REMOTE_IMAP_SCAN_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

struct buf;

#define SCAN_DEPTH_MAX 64    // nested parentheses

// Lent bytes of the response. The first thing that is not as it should be sets
// `bad`; from then on nothing moves and every call says no.
struct scan {
	const char *at, *end;
	bool bad;
};

struct slice {
	const char *data;
	size_t len;
};

struct scan scan_of(const char *data, size_t len);
bool scan_done(const struct scan *s);             // nothing is left
bool scan_accept(struct scan *s, char c);         // takes it if it is there
bool scan_need(struct scan *s, char c);           // bad if it is not
char scan_peek(const struct scan *s);             // 0 at the end
void scan_spaces(struct scan *s);                 // any number, also none
bool scan_u64(struct scan *s, uint64_t max, uint64_t *value_r);
bool scan_u32(struct scan *s, uint32_t *value_r); // 0 to 4294967295
// Up to a space, parenthesis, bracket, quote or the end; bad when empty.
// "BODY[HEADER.FIELDS (DATE)]<0>" is one word: brackets hold anything.
bool scan_word(struct scan *s, struct slice *word_r);
// A quoted string, a literal or NIL; *nil_r (may be NULL: NIL is bad). The
// bytes are lent from the response, or from `scratch` where a quoted string had
// escapes.
bool scan_string(struct scan *s, struct buf *scratch, struct slice *text_r, bool *nil_r);
// A string or an atom, as mailbox names come.
bool scan_astring(struct scan *s, struct buf *scratch, struct slice *text_r);
// Any one value: word, string, or a list of them down to SCAN_DEPTH_MAX.
bool scan_skip(struct scan *s);

bool slice_is(struct slice word, const char *text);       // ASCII, without case
bool slice_begins(struct slice word, const char *text);
bool slice_u32(struct slice word, uint32_t *value_r);

// "1,3:5,9:*" as ascending or descending ranges; told to `range` one by one.
// '*' is UINT32_MAX. 0 is bad. False when it is no set or range() said false.
bool scan_set(struct scan *s, bool (*range)(void *arg, uint32_t from, uint32_t to),
	void *arg);

#endif
