// SPDX-License-Identifier: GPL-3.0-or-later
// One framed IMAP response as values. No function here believes a number, a count
// or a length of the server's that it has not compared with a limit.
#ifndef REMOTE_IMAP_PARSE_H
#define REMOTE_IMAP_PARSE_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include "mail/flags.h"
#include "remote/imap_scan.h"
#include "remote/remote.h"

struct buf;
struct part;

#define PARSE_NAME_MAX 1000      // bytes of a mailbox name
#define PARSE_UIDS_MAX 10000000  // made of one set that the server told
#define PARSE_SPACES_MAX 64      // parts of the tree, of all kinds
#define PARSE_QUOTAS_MAX 64
#define PARSE_LABELS_MAX 1000

enum response_kind {
	RESPONSE_BROKEN,     // none of the below
	RESPONSE_CONTINUE,   // "+ text"
	RESPONSE_TAGGED,     // "P12 OK text": status, code, text
	RESPONSE_STATUS,     // "* OK text": the same
	RESPONSE_DATA,       // "* 12 EXISTS", "* LIST ...": number, name, rest
};
enum response_status { STATUS_OK, STATUS_NO, STATUS_BAD, STATUS_BYE, STATUS_PREAUTH };

// All slices lent from the frame.
struct response {
	enum response_kind kind;
	uint32_t tag;
	enum response_status status;
	struct slice code;   // "UIDVALIDITY", empty when none
	struct slice values; // what follows it inside the brackets
	struct slice text;   // for people; of CONTINUE: all behind "+ "
	bool has_number;
	uint32_t number;
	struct slice name;   // "EXISTS", "FETCH", "LIST", ...
	struct slice rest;   // what follows it
};
void parse_response(struct response *r, const char *frame, size_t len);

// --- capabilities ----------------------------------------------------------------

// More than an int holds, so no enum.
#define CAP_BIT(n) (UINT64_C(1) << (n))
#define CAP_IMAP4REV1 CAP_BIT(0)
#define CAP_IMAP4REV2 CAP_BIT(1)
#define CAP_STARTTLS CAP_BIT(2)
#define CAP_LOGINDISABLED CAP_BIT(3)
#define CAP_SASL_IR CAP_BIT(4)
#define CAP_LITERAL_PLUS CAP_BIT(5)
#define CAP_LITERAL_MINUS CAP_BIT(6)
#define CAP_IDLE CAP_BIT(7)
#define CAP_UIDPLUS CAP_BIT(8)
#define CAP_MOVE CAP_BIT(9)
#define CAP_CONDSTORE CAP_BIT(10)
#define CAP_QRESYNC CAP_BIT(11)
#define CAP_ENABLE CAP_BIT(12)
#define CAP_ESEARCH CAP_BIT(13)
#define CAP_SPECIAL_USE CAP_BIT(14)
#define CAP_LIST_EXTENDED CAP_BIT(15)
#define CAP_LIST_STATUS CAP_BIT(16)
#define CAP_ID CAP_BIT(17)
#define CAP_UNSELECT CAP_BIT(18)
#define CAP_CHILDREN CAP_BIT(19)
#define CAP_UTF8_ACCEPT CAP_BIT(20)
#define CAP_COMPRESS CAP_BIT(21)
#define CAP_NAMESPACE CAP_BIT(22)
#define CAP_STATUS_SIZE CAP_BIT(23)
#define CAP_OBJECTID CAP_BIT(24)
#define CAP_CREATE_SPECIAL_USE CAP_BIT(25)
#define CAP_APPENDLIMIT CAP_BIT(26)
#define CAP_NOTIFY CAP_BIT(27)
#define CAP_QUOTA CAP_BIT(31)
#define CAP_ACL CAP_BIT(32)
#define CAP_LIST_MYRIGHTS CAP_BIT(33)
#define CAP_GMAIL CAP_BIT(35)
#define CAP_NEW_RIGHTS CAP_BIT(36) // of RFC 4314, not 2086

struct capabilities {
	uint64_t bits;       // of CAP_...
	uint64_t append_limit; // of APPENDLIMIT=..., 0: none for all folders
	char *mechanisms;    // "PLAIN LOGIN", "" when none; NULL: never told
};
void capabilities_done(struct capabilities *c);
// *c is replaced.
void parse_capabilities(struct capabilities *c, struct slice words);

// --- values of responses ----------------------------------------------------------

// "(M12)" of OBJECTID into text of REMOTE_ID_MAX + 1; "" when it is none.
bool parse_object_id(struct slice value, char *text);

// NAMESPACE: one part of the tree. Prefixes that could end a command are left out.
struct space { enum remote_space kind; char *prefix; char delimiter; bool apart; };
struct spaces { struct space items[PARSE_SPACES_MAX]; size_t n; };
void spaces_done(struct spaces *s);
// *s is replaced. False when it makes no sense; it then holds what came before.
bool parse_namespace(struct slice rest, struct spaces *s);
// MYRIGHTS: the name (free()) and the rights that are not among them. old: a server
// of RFC 2086, whose "c" and "d" stand for several of today's.
bool parse_myrights(struct slice rest, bool old, char **name_r, unsigned *denied_r);
// QUOTA: its resources are added. Sizes are told in units of 1024 and become bytes.
bool parse_quota(struct slice rest, struct remote_quotas *quotas);

// The one number of a code or of "[...]"; false when it is none.
bool parse_number(struct slice text, uint64_t max, uint64_t *value_r);
bool parse_flags(struct scan *s, struct flags *flags);
// "(\Seen \*)": whether new keywords may be made.
bool parse_permanent(struct slice text);

// Copies a mailbox name; NULL when it holds what a command line could not.
char *parse_name(struct scan *s);
// LIST and LSUB. False when it is not one or its name cannot be used. The folder
// is the caller's; of the children attribute, subscribed and the role is set what
// is told here. label is made by parse_label.
bool parse_list(struct slice rest, struct remote_folder *folder_r);
// Only the delimiter, of LIST "" "", whose name is empty.
bool parse_delimiter(struct slice rest, char *delimiter_r);
// The server's spelling as people read it: UTF-8, filtered, '/' between levels.
char *parse_label(const char *name, char delimiter);
// The other way; NULL when the server cannot have such a folder.
char *parse_label_back(const char *label, char delimiter);
// A role's attribute, "\\Sent"; NULL when there is none.
const char *parse_role_attribute(const char *role);
// STATUS: the name (free()), the counts, and the size, 0 when not told.
bool parse_status_size(struct slice rest, char **name_r, uint64_t *size_r);
bool parse_status(struct slice rest, char **name_r, struct remote_folder *counts);

// A growing list of UIDs, at most `max` of them (0: PARSE_UIDS_MAX), which the
// caller sets by what it knows; `full` when the server told more.
struct uids { uint32_t *items; size_t len, cap, max; bool full; };
void uids_add(struct uids *u, uint32_t uid);
void uids_done(struct uids *u);      // max stays
void uids_sort(struct uids *u);      // ascending, each once
bool parse_search(struct slice rest, struct uids *uids);
// ESEARCH: the ALL set. True also when there is none: nothing was found.
bool parse_esearch(struct slice rest, struct uids *uids);
// VANISHED; only UIDs below `end`, which keeps 1:4294967295 from being that many.
// They are told in batches, so that a short line does not become a long list;
// *n_r how many (the caller counts on, from 0; past PARSE_UIDS_MAX it is refused).
bool parse_vanished(struct slice rest, uint64_t end, bool *earlier_r, size_t *n_r,
	void (*gone)(void *arg, const uint32_t *uids, size_t n), void *arg);
// COPYUID: "validity from to". The two sets must be of the same size, and no
// larger than from->max.
bool parse_copyuid(struct slice values, uint32_t *uidvalidity_r, struct uids *from,
	struct uids *to);
bool parse_appenduid(struct slice values, uint32_t *uidvalidity_r, uint32_t *uid_r);

// --- FETCH -------------------------------------------------------------------------

struct fetched {
	uint32_t uid;              // 0 when not told
	bool has_flags, has_size, has_received, has_body, body_nil;
	char email_id[REMOTE_ID_MAX + 1], thread_id[REMOTE_ID_MAX + 1]; // "": not told
	struct slice labels;       // of Gmail, with the parentheses; for parse_labels
	struct flags flags;
	uint64_t size, modseq;
	int64_t received;
	struct slice body;         // of the last BODY[...], BINARY[...] or RFC822...
	struct slice structure;    // BODYSTRUCTURE with its parentheses
	struct buf *scratch;       // the caller's, for bodies with escapes
};
void fetched_done(struct fetched *f);
// False when it is broken: then f->uid is what could be recovered, else 0.
bool parse_fetch(struct slice rest, struct buf *scratch, struct fetched *f);

// X-GM-LABELS as UTF-8; false when it makes no sense. strlist_done.
bool parse_labels(struct slice text, struct strlist *labels);

// imap_structure.c: a BODYSTRUCTURE value as a tree, NULL when it was refused.
struct part *parse_structure(struct slice text);

#endif
