// SPDX-License-Identifier: GPL-3.0-or-later
// What the reader is asked, as a record for its pipe.
#include "config.h"

#include "mail/read.h"

#include "base/buf.h"
#include "base/mem.h"
#include "mail/part.h"

#include <stdlib.h>

#define READ_VERSION 2
#define READ_BODIES_MAX (2 * PART_COUNT_MAX)

enum { READ_RAW = 1, READ_TREE = 2, READ_PREFER_HTML = 4 };

void
read_input_pack(struct buf *out, const struct read_input *in)
{
	buf_u8(out, READ_VERSION);
	buf_u8(out, (uint8_t)((in->raw != NULL ? READ_RAW : 0) |
		(in->root != NULL ? READ_TREE : 0) |
		(in->prefer_html ? READ_PREFER_HTML : 0)));
	buf_pack_str(out, in->within);
	if (in->raw != NULL) {
		buf_pack_bytes(out, in->raw, in->raw_len);
		return;
	}
	buf_pack_bytes(out, in->header, in->header_len);
	if (in->root != NULL)
		part_pack(out, in->root);
	buf_u32(out, (uint32_t)in->n_bodies);
	for (size_t i = 0; i < in->n_bodies; i++) {
		buf_pack_str(out, in->bodies[i].section);
		buf_pack_bytes(out, in->bodies[i].data, in->bodies[i].len);
	}
}

static void
unpack_bodies(struct read_input *in, struct reader *r)
{
	uint32_t n = read_u32(r);

	if (n > READ_BODIES_MAX)
		r->bad = true;
	if (r->bad)
		return;
	in->bodies = mem_alloc(n + 1, sizeof(*in->bodies));
	for (; in->n_bodies < n && !r->bad; in->n_bodies++) {
		struct read_body *b = &in->bodies[in->n_bodies];
		b->section = read_str(r);
		b->data = read_bytes(r, &b->len);
	}
}

bool
read_input_unpack(struct read_input *in, const void *data, size_t len)
{
	struct reader r = reader_of(data, len);

	*in = (struct read_input){0};
	if (read_u8(&r) != READ_VERSION)
		return false;
	uint8_t bits = read_u8(&r);
	in->prefer_html = (bits & READ_PREFER_HTML) != 0;
	in->within = read_str(&r);
	if ((bits & READ_RAW) != 0) {
		in->raw = read_bytes(&r, &in->raw_len);
	} else {
		in->header = read_bytes(&r, &in->header_len);
		if ((bits & READ_TREE) != 0)
			in->root = part_unpack(&r);
		unpack_bodies(in, &r);
	}
	if (!r.bad && r.left == 0)
		return true;
	read_input_done(in);
	return false;
}

void
read_input_done(struct read_input *in)
{
	for (size_t i = 0; i < in->n_bodies; i++)
		free((char *)(uintptr_t)in->bodies[i].section);
	free(in->bodies);
	free((char *)(uintptr_t)in->within);
	part_free(&in->root);
	*in = (struct read_input){0};
}
