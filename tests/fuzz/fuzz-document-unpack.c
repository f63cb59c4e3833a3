// SPDX-License-Identifier: GPL-3.0-or-later
// Records from a pipe whose other end a hostile mail may have taken over.
#include "config.h"

#include "base/utf8.h"
#include "tests/fuzz/check.h"
#include "mail/document.h"
#include "mail/read.h"

int
LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	struct document *d = document_unpack(data, size);
	struct read_input input;
	struct envelope e;
	struct buf out = {0};

	if (d != NULL) {
		fuzz_check(utf8_valid(buf_text(&d->text), d->text.len));
		for (size_t i = 0; i < d->text.len; i++)
			fuzz_check(d->text.data[i] == '\n' ||
				(unsigned char)d->text.data[i] >= ' ');
		document_print(&out, d, 40);
		buf_clear(&out);
		document_pack(&out, d);
	}
	document_free(&d);
	if (read_input_unpack(&input, data, size))
		read_input_done(&input);
	struct reader in = reader_of(data, size);
	envelope_unpack(&e, &in);
	envelope_done(&e);
	in = reader_of(data, size);
	struct part *p = part_unpack(&in);
	part_free(&p);
	buf_done(&out);
	return 0;
}
