// SPDX-License-Identifier: GPL-3.0-or-later
// What the halves of the SMTP client share: smtp.c has the connection up to the
// login, smtp_send.c a message, smtp_data.c its bytes on the wire.
#ifndef REMOTE_SMTP_H
#define REMOTE_SMTP_H

#include "base/buf.h"
#include "remote/private.h"

struct line;

#define SMTP_LINE_MAX 8192      // of an answer; RFC 5321 section 4.5.3.1.5: 512
#define SMTP_LINES_MAX 500      // of one answer
#define SMTP_TEXT_MAX (32 * 1024) // kept of one answer

enum smtp_extension {
	SMTP_STARTTLS = 1,      // RFC 3207
	SMTP_AUTH = 2,          // RFC 4954
	SMTP_PIPELINING = 4,    // RFC 2920
	SMTP_SIZE = 8,          // RFC 1870
	SMTP_8BITMIME = 16,     // RFC 6152
	SMTP_UTF8 = 32,         // RFC 6531
	SMTP_ENHANCED = 64,     // RFC 2034
};

struct smtp {
	struct sender base;
	struct remote_settings settings;
	struct cancel *cancel;  // lent
	struct line *line;      // NULL once it is of no use
	unsigned extensions;
	uint64_t size_max;      // of SIZE; 0: not told
	char *mechanisms;       // of AUTH; NULL
	bool begun;             // a transaction is open: RSET goes before the next
};

// An answer: its lines without the code, a LF between them.
struct smtp_reply {
	int code;
	struct buf text;
};
void smtp_reply_done(struct smtp_reply *r);
// OFFLINE when the connection ended or what came is no answer.
bool smtp_reply_read(struct smtp *s, struct smtp_reply *r, struct error *err);
// "550 5.1.1 No such user", filtered; owned.
char *smtp_reply_words(const struct smtp_reply *r);
// As an error: OFFLINE for 421, which ends the connection, else REFUSED.
bool smtp_refused(struct smtp *s, const struct smtp_reply *r, const char *what,
	struct error *err);

// Greeting to login over s->line, which is connected.
bool smtp_begin(struct smtp *s, struct remote_certificate *certificate_r,
	struct error *err);
// The connection ends here; everything after it fails.
void smtp_drop(struct smtp *s);

bool smtp_send(struct sender *sender, const char *from, struct sender_recipient *to,
	size_t n, uint64_t size,
	bool (*next)(void *arg, const void **bytes_r, size_t *len_r), void *arg,
	bool *maybe_r, struct error *err);

// Bytes of a message to what goes onto the wire behind DATA (RFC 5321 section
// 4.5.2): each line end is CR LF, dots are doubled, and nothing in it can be taken
// for the end of the message. {0}, with `start` set, begins.
struct smtp_data {
	bool start;     // of a line
	bool cr;        // a CR was the last byte
};
void smtp_data_add(struct smtp_data *d, struct buf *out, const char *bytes, size_t len);
// The end of the last line where it is missing, then the final dot.
void smtp_data_end(struct smtp_data *d, struct buf *out);

// False (INPUT) for an address that must not go on a protocol line or into argv.
bool sender_address_check(const char *mail, bool may_be_empty, struct error *err);

#endif
