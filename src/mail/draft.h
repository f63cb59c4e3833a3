// SPDX-License-Identifier: GPL-3.0-or-later
// A message being written: a text file of header lines, an empty line and the
// body, that any editor can change; new ones, replies and forwards.
#ifndef MAIL_DRAFT_H
#define MAIL_DRAFT_H

#include <stdbool.h>
#include <stddef.h>
#include "base/str.h"
#include "mail/address.h"

struct buf;
struct document;
struct envelope;
struct error;

enum draft_kind { DRAFT_NEW, DRAFT_REPLY, DRAFT_FORWARD };

struct draft {
	enum draft_kind kind;
	struct address_list from;     // one
	struct address_list to, cc, bcc, reply_to;
	char *subject;
	char *in_reply_to;            // Message-ID without <>; NULL
	struct strlist references;    // without <>
	struct strlist attach;        // paths; or "message:ID" for a forwarded one
	char *account;                // name of the account that sends it
	char *original;               // id: of the message answered or forwarded
	char *stored;                 // id: of the message that it was continued from
	struct strlist copies;        // Message-IDs, without <>, of what was saved of it
	                              // in a folder of drafts on a server
	char *saved;                  // which text the latest of them holds: a hash
	struct strlist attached;      // what the attachments were (command/attachment.h)
	char *body;                   // UTF-8, \n; never NULL after parse or make
};

void draft_done(struct draft *d);
// *d is overwritten by all that make one, not released.
// The file: "From: To: Cc: Bcc: Subject: Reply-To: Attach: ..." each with a
// UTF-8 value, then X-Postern-Account, -Original, -Kind, -References, In-Reply-To;
// an empty line; the body.
void draft_print(struct buf *out, const struct draft *d);
// The same in two texts: what a person writes, and the fields that only programs
// do (those named X-Postern, In-Reply-To), which are kept out of the editor. Both
// can be parsed as drafts; draft_adopt puts them together again.
void draft_print_written(struct buf *out, const struct draft *d);
void draft_print_hidden(struct buf *out, const struct draft *d);
// Takes over the hidden fields that d does not have itself.
void draft_adopt(struct draft *d, const struct draft *hidden);
// False, ERROR_INPUT "line 3: ..." and an empty *d when it is no draft. A header
// line that is not known is left out, and the first such is spoken of in
// *left_out_r (may be NULL; else free()), which is NULL when there was none.
bool draft_parse(struct draft *d, const char *text, size_t len, char **left_out_r,
	struct error *err);

// Who answers, and how.
struct draft_who {
	const struct address *self;          // identity to write from
	const struct address_list *own;      // every address that is one's own
	bool all;                            // reply to all
	bool list;                           // reply to the list
	const char *list_post;               // List-Post (RFC 2369); NULL
	const char *followup_to;             // Mail-Followup-To; NULL
	// The line above the quoted text: %d the date, %n the name, %a the address,
	// %% a percent sign. NULL or "": "On DATE, NAME wrote:".
	const char *attribution;
};
// text: the original as document_print gave it (unquoted levels kept).
// Recipients per RFC 5322 section 3.6.3 (Reply-To, else From; own addresses left
// out of Cc, unless it is one's own message: then its To again). To all: where
// the sender wants answers to go (Mail-Followup-To), if that is said. To the
// list: its address for posts, else Mail-Followup-To, else the recipient that
// List-Id names; a list that takes no posts is not answered. The subject gets one "Re: ". The body is the attribution and the quoted text.
void draft_reply(struct draft *d, const struct envelope *original,
	const char *text, const struct draft_who *who);
void draft_forward(struct draft *d, const struct envelope *original,
	const char *text, const struct draft_who *who);  // inline
// mailto: (RFC 6068): to cc bcc subject body in-reply-to only.
bool draft_mailto(struct draft *d, const char *url, struct error *err);
// What stands in the way of sending: no recipient, an invalid address, no From.
bool draft_check(const struct draft *d, struct error *err);

#endif
