// SPDX-License-Identifier: GPL-3.0-or-later
// One operation as the journal holds it.
#include "config.h"

#include "store/op.h"

#include "base/mem.h"
#include "base/str.h"

#include <assert.h>
#include <stdlib.h>
#include <string.h>

// 2: a message has a path and a time of arrival. 1 was written without them and, for
// some time, with them.
#define OP_VERSION 2

static void
op_message_done(struct op_message *m)
{
	flags_done(&m->before);
	free(m->path);
}

void
op_free(struct op **out)
{
	struct op *op = *out;

	if (op == NULL)
		return;
	for (size_t i = 0; i < op->n; i++)
		op_message_done(&op->messages[i]);
	free(op->messages);
	flag_change_done(&op->change);
	flags_done(&op->flags);
	free(op->name);
	free(op->old_name);
	free(op->path);
	free(op->message_id);
	free(op->title);
	free(op->error);
	free(op);
	*out = NULL;
}

struct op *
op_copy(const struct op *op)
{
	struct buf b = { 0 };

	op_pack(&b, op);
	struct reader in = reader_of(b.data, b.len);
	struct op *copy = op_unpack(&in);
	assert(copy != NULL);
	copy->seq = op->seq;
	buf_done(&b);
	return copy;
}

static void
op_pack_flags(struct buf *out, const struct flags *f)
{
	buf_u32(out, f->bits);
	buf_pack_str(out, f->words);
}

static char *
op_read_str(struct reader *in)
{
	size_t len;
	const char *s = read_bytes(in, &len);

	return len == 0 ? NULL : str_ndup(s, len);
}

static void
op_read_flags(struct flags *f, struct reader *in)
{
	f->bits = read_u32(in);
	f->words = op_read_str(in);
}

static void
op_message_pack(struct buf *out, const struct op_message *m)
{
	buf_u32(out, m->index);
	buf_u32(out, m->uid);
	buf_u64(out, m->origin);
	buf_u64(out, m->key);
	buf_u64(out, m->size);
	op_pack_flags(out, &m->before);
	buf_u32(out, m->uid_to);
	buf_pack_str(out, m->path);
	buf_u64(out, (uint64_t)m->received);
}

void
op_pack(struct buf *out, const struct op *op)
{
	buf_u8(out, OP_VERSION);
	buf_u64(out, op->seq);
	buf_u64(out, op->step);
	buf_u8(out, (uint8_t)op->kind);
	buf_u8(out, (uint8_t)op->state);
	buf_u32(out, op->account);
	buf_u32(out, op->folder);
	buf_u32(out, op->uidvalidity);
	op_pack_flags(out, &op->change.add);
	op_pack_flags(out, &op->change.remove);
	buf_u32(out, op->target);
	buf_u32(out, op->target_uidnext);
	buf_u32(out, op->target_uidvalidity);
	buf_pack_str(out, op->name);
	buf_pack_str(out, op->old_name);
	buf_u8(out, (uint8_t)(op->subscribe | op->no_undo << 1 |
		op->dropped << 2 | op->inverse << 3));
	buf_pack_str(out, op->path);
	op_pack_flags(out, &op->flags);
	buf_u64(out, (uint64_t)op->received);
	buf_pack_str(out, op->message_id);
	buf_u64(out, (uint64_t)op->when);
	buf_u32(out, op->tries);
	buf_pack_str(out, op->title);
	buf_pack_str(out, op->error);
	buf_u32(out, (uint32_t)op->n);
	for (size_t i = 0; i < op->n; i++)
		op_message_pack(out, &op->messages[i]);
}

static void
op_message_unpack(struct op_message *m, bool whole, struct reader *in)
{
	m->index = read_u32(in);
	m->uid = read_u32(in);
	m->origin = read_u64(in);
	m->key = read_u64(in);
	m->size = read_u64(in);
	op_read_flags(&m->before, in);
	m->uid_to = read_u32(in);
	if (!whole)
		return;
	m->path = op_read_str(in);
	m->received = (int64_t)read_u64(in);
}

static struct op *
op_unpack_as(struct reader *in, bool whole)
{
	struct op *op = mem_new(struct op);

	op->seq = read_u64(in);
	op->step = read_u64(in);
	op->kind = read_u8(in);
	op->state = read_u8(in);
	op->account = read_u32(in);
	op->folder = read_u32(in);
	op->uidvalidity = read_u32(in);
	op_read_flags(&op->change.add, in);
	op_read_flags(&op->change.remove, in);
	op->target = read_u32(in);
	op->target_uidnext = read_u32(in);
	op->target_uidvalidity = read_u32(in);
	op->name = op_read_str(in);
	op->old_name = op_read_str(in);
	uint8_t bits = read_u8(in);
	op->subscribe = (bits & 1) != 0;
	op->no_undo = (bits & 2) != 0;
	op->dropped = (bits & 4) != 0;
	op->inverse = (bits & 8) != 0;
	op->path = op_read_str(in);
	op_read_flags(&op->flags, in);
	op->received = (int64_t)read_u64(in);
	op->message_id = op_read_str(in);
	op->when = (int64_t)read_u64(in);
	op->tries = read_u32(in);
	op->title = op_read_str(in);
	op->error = op_read_str(in);
	uint32_t n = read_u32(in);
	if (n > OPERATION_MESSAGES_MAX || op->kind > ACT_FOLDER_SUBSCRIBE ||
		op->state > OPERATION_FAILED)
		in->bad = true;
	for (uint32_t i = 0; !in->bad && i < n; i++)
		op_message_unpack(op_message_add(op), whole, in);
	if (in->bad)
		op_free(&op);
	return op;
}

struct op *
op_unpack(struct reader *in)
{
	uint8_t version = read_u8(in);
	struct reader again = *in;

	if (version < 1 || version > OP_VERSION)
		in->bad = true;
	struct op *op = op_unpack_as(in, true);
	if (version != 1 || (op != NULL && in->left == 0))
		return op;
	// The longer form takes the record to its end, or it is the shorter one.
	op_free(&op);
	*in = again;
	return op_unpack_as(in, false);
}

struct op_message *
op_message_add(struct op *op)
{
	// Doubling: 1, 2, 4, ...
	if ((op->n & (op->n + 1)) == 0 || op->n == 0)
		op->messages = mem_grow(op->messages, 2 * op->n + 1,
			sizeof(*op->messages));
	struct op_message *m = &op->messages[op->n++];
	memset(m, 0, sizeof(*m));
	m->index = (unsigned)op->n - 1;
	return m;
}

struct op_message *
op_message_at(struct op *op, unsigned index)
{
	for (size_t i = index < op->n ? index + 1 : op->n; i-- > 0;) {
		if (op->messages[i].index == index)
			return &op->messages[i];
	}
	return NULL;
}

void
op_message_remove(struct op *op, struct op_message *m)
{
	size_t at = (size_t)(m - op->messages);

	assert(at < op->n);
	op_message_done(m);
	memmove(m, m + 1, (op->n - at - 1) * sizeof(*m));
	op->n--;
}

void
op_message_place(struct op *op, struct op_message *m, uint32_t uid)
{
	m->uid = uid;
	m->late = op->handed;
}

bool
op_message_handed(const struct op *op, const struct op_message *m)
{
	return m->uid != 0 && (m->late == 0 || m->late < op->handed);
}

char *
op_title(const struct op *op)
{
	return str_printf("%s%s", op->inverse ? "undo: " : "",
		str_or_empty(op->title));
}

bool
op_has_messages(const struct op *op)
{
	return op->kind <= ACT_EXPUNGE;
}

bool
op_maybe_played(const struct op *op)
{
	return op->state == OPERATION_STARTED || op->playing;
}
