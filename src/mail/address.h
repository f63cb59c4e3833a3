// SPDX-License-Identifier: GPL-3.0-or-later
// Addresses: parsing lists of them as mail has them (through GMime), writing
// them, and naming a sender in a list without being fooled.
#ifndef MAIL_ADDRESS_H
#define MAIL_ADDRESS_H

#include <stdbool.h>
#include <stddef.h>

struct buf;

// name: decoded UTF-8, filtered (utf8_filter_line), NULL when none.
// mail: the addr-spec, UTF-8 (RFC 6532), filtered; never NULL ("" in a group
// without members).
struct address {
	char *name;
	char *mail;
};

struct address_list {
	struct address *items;
	size_t len;
	size_t cap;
};

#define ADDRESS_LIST_MAX 5000 // past it the rest is not parsed

// text: the value of a header field, raw (encoded words, comments, groups,
// 8-bit). What cannot be parsed gives fewer addresses, never a failure.
void address_list_parse(struct address_list *list, const char *text);
// The same of what a person typed, where nothing is dropped: what is no address stays
// as one that address_valid refuses. False then; *end_r (may be NULL) is the byte
// behind the first such.
struct error;
bool address_list_typed(struct address_list *list, const char *text, size_t *end_r,
	struct error *err);
void address_list_add(struct address_list *list, const char *name, const char *mail);
void address_list_copy(struct address_list *to, const struct address_list *from);
bool address_list_has(const struct address_list *list, const char *mail);
void address_list_remove(struct address_list *list, const char *mail);
void address_list_done(struct address_list *list);

// "Ann Example <ann@example.org>, bob@example.org": UTF-8, quoted where RFC 5322
// demands it, not encoded. Parsing it again gives the same list.
void address_format(struct buf *out, const struct address *a);
void address_list_format(struct buf *out, const struct address_list *list);

// The short name for a list row: the name; the address when there is no name
// or when the name holds an '@' and could be taken for another address.
const char *address_short(const struct address *a);
// Compares addr-specs: domain without case, local part as most servers do,
// without case too.
bool address_same(const char *a, const char *b);
// False for an address that must not go on a protocol line or into a header:
// control characters, spaces, no '@', over 320 bytes.
bool address_valid(const char *mail);

#endif
