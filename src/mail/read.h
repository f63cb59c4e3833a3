// SPDX-License-Identifier: GPL-3.0-or-later
// Reading a message: bytes in, document out, pure and bounded, so that it can
// run in a helper process.
#ifndef MAIL_READ_H
#define MAIL_READ_H

#include <stdbool.h>
#include <stddef.h>

struct buf;
struct document;
struct part;
struct reader;

// A message in one of its two forms: raw, or its header with the tree and the
// encoded bodies of the parts that were fetched alone.
struct read_input {
	const char *raw;       // the whole message, or NULL
	size_t raw_len;
	const char *header;    // the header block, when raw is NULL
	size_t header_len;
	struct part *root;     // the tree, when raw is NULL (lent)
	struct read_body {     // bodies by section, encoded as on the wire
		const char *section;
		const char *data;
		size_t len;
	} *bodies;
	size_t n_bodies;
	bool prefer_html;
	// The section of an attached message that is to be read in place of the
	// one it is attached to; NULL or "": that one itself. Of the tree's form
	// only its body is needed. The parts are numbered as those of the whole.
	const char *within;
};

// Never NULL. A text part whose body is missing gives a note.
struct document *read_message(const struct read_input *in);
void read_input_pack(struct buf *out, const struct read_input *in);
// Points into data, which must outlive it; false when damaged.
bool read_input_unpack(struct read_input *in, const void *data, size_t len);
void read_input_done(struct read_input *in);  // frees what unpack made

#endif
