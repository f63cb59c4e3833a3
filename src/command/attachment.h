// SPDX-License-Identifier: GPL-3.0-or-later
// What the attachments of a draft are: name, type and size, also of those that
// still lie on a server, and whether a file is still the one that was attached.
#ifndef COMMAND_ATTACHMENT_H
#define COMMAND_ATTACHMENT_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

struct buf;
struct draft;
struct part;

enum attachment_state {
	ATTACHMENT_SAME,       // or nothing to compare with
	ATTACHMENT_CHANGED,    // the file was written since
	ATTACHMENT_GONE,       // there is no such file, or it cannot be read
};

// A line of draft.attached is "SIZE MTIME TYPE WHAT", and behind it, for what
// lies on a server, " NAME". WHAT is as in draft.attach.
struct attachment {
	char *name, *type;     // type NULL: not known
	uint64_t size;
	bool has_size;
	enum attachment_state state;
};
void attachment_done(struct attachment *a);
// Attachment `at` as it is now. Looks at the file: not on the UI thread.
void attachment_look(struct attachment *a, const struct draft *d, size_t at);
// "report.pdf  application/pdf, 12 kB", and what is wrong with it.
void attachment_print(struct buf *out, const struct attachment *a);
// Puts down what each attachment is, where that was not done yet, and forgets
// those that are none any more. Looks at files, as above.
void attachments_note(struct draft *d);
// Those that are one part, or one whole message, of a message.
void attachment_note_part(struct draft *d, const char *what, const struct part *p);
void attachment_note_message(struct draft *d, const char *what, const char *subject,
	uint64_t size);

// The name under which a part is saved: its own, made safe, else one with the
// ending of its type. free()
char *attachment_file_name(const struct part *p);

#endif
