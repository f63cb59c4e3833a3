// SPDX-License-Identifier: GPL-3.0-or-later
// From a draft, or from a message that is ready, to a record of the outbox and
// the bytes that are sent. Runs on the engine's worker.
#ifndef COMMAND_OUTGOING_H
#define COMMAND_OUTGOING_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include "base/buf.h"
#include "mail/address.h"
#include "mail/build.h"
#include "mail/draft.h"
#include "store/outbox.h"

struct engine;
struct error;
struct job;

#define OUTGOING_SIZE_MAX (200 * 1024 * 1024)
// Fields of a draft's copy on a server.
#define OUTGOING_KIND "X-Postern-Kind"
#define OUTGOING_ORIGINAL "X-Postern-Original-ID"

struct outgoing {
	struct send send;
	struct buf message;      // CR LF line ends
};
void outgoing_done(struct outgoing *o);

// True when the text is a message as programs write it, to be sent as it is; else
// it is a draft.
bool outgoing_is_message(const char *text, size_t len);
// The job that fetches an attachment which lies on a server (message:ID,
// part:ID:SECTION); false: it is a file. job->text is lent from `what`.
bool outgoing_fetch_job(const char *what, struct job *job);
// The attachments are read: paths, message:ID and part:ID:SECTION, whose bytes
// are here already. flowed: the option of that name (mail/build.h).
bool outgoing_from_draft(struct outgoing *o, struct engine *e, const struct draft *d,
	enum build_flowed flowed, struct error *err);
// The same for a copy that only its writer reads: it may lack recipients, and Bcc
// stays. Kind and original go along in fields of ours.
bool outgoing_draft_copy(struct outgoing *o, struct engine *e, const struct draft *d,
	struct error *err);
// to: instead of To, Cc and Bcc; NULL: those. from: the sender where the
// message names none. Bcc is taken out, Date, From and Message-ID put in where
// they are missing.
bool outgoing_from_message(struct outgoing *o, const char *text, size_t len,
	const struct address_list *to, const struct address *from, struct error *err);

#endif
