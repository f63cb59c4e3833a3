// SPDX-License-Identifier: GPL-3.0-or-later
// What the halves of the POP3 client share: pop3.c has the connection up to the
// login, pop3_drop.c the maildrop, pop3_body.c the bytes of a message.
#ifndef REMOTE_POP3_H
#define REMOTE_POP3_H

#include "base/array.h"
#include "base/buf.h"
#include "remote/private.h"

struct line;

#define POP3_LINE_MAX 4096          // of an answer or a list; RFC 2449: 512
#define POP3_MESSAGES_MAX 1000000   // in a maildrop
#define POP3_CAPA_MAX 200           // lines
#define POP3_UIDL_MAX 70            // RFC 1939 section 7
#define POP3_MESSAGE_MAX (UINT64_C(2) << 30) // of unknown size
#define POP3_MESSAGE_SLACK (1024 * 1024)     // past twice the size told

enum pop3_capability {
	POP3_CAPA = 1,          // there was a list
	POP3_STLS = 2,          // RFC 2595
	POP3_USER = 4,
	POP3_TOP = 8,
	POP3_UIDL = 16,
	POP3_PIPELINING = 32,   // RFC 2449
	POP3_RESP_CODES = 64,
	POP3_AUTH_CODE = 128,   // AUTH-RESP-CODE, RFC 3206
};

struct pop3_message {
	uint32_t number;
	uint64_t size;
	char *uidl;             // NULL: none that can be used
	bool named;             // a UIDL line was seen
	bool removed;           // DELE was said yes to
};

struct pop3 {
	struct remote base;     // base.line NULL once it is of no use
	unsigned capabilities;
	char *sasl;             // mechanisms; NULL
	char *banner;           // "<...>" of the greeting for APOP; NULL
	struct array messages;  // struct pop3_message, ascending by number
	bool selected;
	size_t removed;
};

static inline struct pop3 *
pop3_of(struct remote *r)
{
	return (struct pop3 *)r;
}

// Greeting to login over p->base.line, which is connected.
bool pop3_begin(struct pop3 *p, struct remote_certificate *certificate_r,
	struct error *err);
void pop3_drop(struct pop3 *p);
void pop3_forget(struct pop3 *p);  // the list of messages

// --- answers: pop3.c ---------------------------------------------------------------

enum pop3_answer { POP3_OK, POP3_ERR, POP3_CHALLENGE };
// text_r: behind "+OK " and the like, lent until the next read. OFFLINE when the
// connection ended or what came is no answer.
bool pop3_answer(struct pop3 *p, enum pop3_answer *answer_r, const char **text_r,
	struct error *err);
// An answer that must be +OK; "-ERR ..." is REFUSED, and OFFLINE where its code
// says that a later try helps.
bool pop3_expect(struct pop3 *p, const char *what, struct error *err);
bool pop3_refused(struct pop3 *p, const char *what, const char *text,
	struct error *err);
// One line of a list, dot-unstuffed; *end_r at its end.
bool pop3_list_line(struct pop3 *p, const char **text_r, size_t *len_r, bool *end_r,
	struct error *err);
// What came is no answer: OFFLINE.
bool pop3_nonsense(struct pop3 *p, const char *text, size_t len, struct error *err);
// True for the text of an -ERR after which a later try helps.
bool pop3_is_temporary(const struct pop3 *p, const char *text);
bool pop3_connected(struct pop3 *p, struct error *err);

bool pop3_login(struct pop3 *p, struct error *err);  // pop3_login.c

// --- bytes: pop3_body.c ------------------------------------------------------------

// A message behind +OK (RFC 1939 section 3): bytes as they are, NULs too, without
// the dots that the server put before others, up to the final one.
struct pop3_body {
	enum {
		POP3_BODY_START,    // of a line
		POP3_BODY_TEXT,
		POP3_BODY_CR,
		POP3_BODY_DOT,      // the first of a line
		POP3_BODY_DOT_CR,
		POP3_BODY_END,
	} state;                // {0} begins
};
// Appends to out; returns how many bytes belong to the message, all unless it ended.
size_t pop3_body_add(struct pop3_body *b, struct buf *out, const char *bytes,
	size_t len);

// --- verbs: pop3_drop.c ------------------------------------------------------------

bool pop3_folders(struct remote *r, struct remote_folders *folders_r,
	struct error *err);
bool pop3_status(struct remote *r, const char *folder, struct remote_folder *status_r,
	struct error *err);
bool pop3_select(struct remote *r, const char *folder, const struct remote_known *known,
	struct remote_state *state_r, const struct remote_sink *sink,
	struct error *err);
bool pop3_fetch(struct remote *r, struct remote_set set, unsigned what,
	uint64_t changed_since, const struct remote_sink *sink, struct error *err);
bool pop3_fetch_part(struct remote *r, uint32_t uid, const char *section,
	uint64_t offset, uint64_t max, const struct remote_sink *sink,
	struct error *err);
bool pop3_fetch_raw(struct remote *r, uint32_t uid, uint64_t offset, uint64_t max,
	const struct remote_sink *sink, struct error *err);
bool pop3_expunge(struct remote *r, struct remote_set set, struct error *err);
bool pop3_commit(struct remote *r, struct error *err);

#endif
