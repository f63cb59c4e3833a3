// SPDX-License-Identifier: GPL-3.0-or-later
// From a draft to the bytes that are sent: RFC 5322 and MIME, through GMime.
#ifndef MAIL_BUILD_H
#define MAIL_BUILD_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

struct address_list;
struct buf;
struct draft;
struct error;

struct build_attachment {
	const char *name;      // file name shown to the recipient
	const char *type;      // "image/png"; NULL: guessed from name and content
	const char *data;
	size_t len;
};

// Whether text is sent as format=flowed (mail/flowed.h).
enum build_flowed {
	BUILD_FIXED,       // never
	BUILD_FLOWED_LONG, // where it has paragraphs in long lines
	BUILD_FLOWED_ALL,  // always; blanks at line ends mean what they say there
};

struct build_options {
	int64_t date;
	int date_offset;              // minutes east
	const char *message_id;       // without <>
	const struct build_attachment *attachments;
	size_t n_attachments;
	enum build_flowed flowed;
};

// The message with CR LF line ends, lines of at most 998 bytes, every header
// encoded anew (no CR or LF of an original survives in one), Bcc left out.
// Text that is ASCII stays 7bit; else quoted-printable or base64, so that it
// passes any server.
bool build_message(struct buf *out, const struct draft *d,
	const struct build_options *o, struct error *err);
// "<32 hex digits>@<domain of from>"; the randomness is given. free()
char *build_message_id(const unsigned char random[16], const char *from);
// All recipients, each once.
void build_recipients(struct address_list *list, const struct draft *d);
const char *build_guess_type(const char *name, const char *data, size_t len);
// What names of files of this type end in: "pdf"; NULL when that is not known.
const char *build_type_ending(const char *type);

#endif
