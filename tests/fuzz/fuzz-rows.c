// SPDX-License-Identifier: GPL-3.0-or-later
// Records as they lie on the disk and come through pipes, damaged: each is refused
// or is a value that can be written and read again.
#include "config.h"

#include "base/buf.h"
#include "mail/header.h"
#include "mail/part.h"
#include "mail/read.h"
#include "store/operations.h"
#include "store/row.h"
#include "tests/fuzz/check.h"

static void
try_row(const uint8_t *data, size_t size)
{
	struct row row, again;
	struct row_head head;
	struct message m;
	struct buf packed = {0};

	if (row_unpack(&row, 7, data, size)) {
		fuzz_check(row_head(&head, data, size));
		row_message(&m, &row);
		message_done(&m);
		row_pack(&packed, &row);
		fuzz_check(row_unpack(&again, 7, packed.data, packed.len));
		fuzz_check(again.root == row.root && again.shown == row.shown &&
			again.shown_flags.bits == row.shown_flags.bits);
		row_done(&again);
	}
	row_done(&row);
	buf_done(&packed);
}

static void
try_operation(const uint8_t *data, size_t size)
{
	struct reader in = reader_of(data, size);
	struct op *op = op_unpack(&in);
	struct buf packed = {0}, twice = {0};

	if (op == NULL)
		return;
	op_pack(&packed, op);
	struct op *copy = op_copy(op);
	op_pack(&twice, copy);
	fuzz_check(fuzz_same(&packed, &twice));
	op_free(&copy);
	op_free(&op);
	buf_done(&packed);
	buf_done(&twice);
}

static void
try_part(const uint8_t *data, size_t size)
{
	struct reader in = reader_of(data, size);
	struct part *root = part_unpack(&in), **shown = NULL;
	struct buf packed = {0};
	size_t n = 0;

	if (root == NULL)
		return;
	part_shown(root, false, &shown, &n);
	(void)part_has_attachments(root);
	part_pack(&packed, root);
	free(shown);
	part_free(&root);
	struct reader back = reader_of(packed.data, packed.len);
	root = part_unpack(&back);
	fuzz_check(root != NULL);
	part_free(&root);
	buf_done(&packed);
}

static void
try_envelope(const uint8_t *data, size_t size)
{
	struct reader in = reader_of(data, size);
	struct envelope e;

	envelope_unpack(&e, &in);
	envelope_done(&e);
}

static void
try_request(const uint8_t *data, size_t size)
{
	struct read_input in;

	if (read_input_unpack(&in, data, size))
		read_input_done(&in);
}

static void (*const tries[])(const uint8_t *data, size_t size) = {
	try_row, try_operation, try_part, try_envelope, try_request,
};

int
LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	for (size_t i = 0; i < sizeof(tries) / sizeof(tries[0]); i++)
		tries[i](data, size);
	return 0;
}
