// SPDX-License-Identifier: GPL-3.0-or-later
// HTML, by the parser and by the way around it.
#include "config.h"

#include "base/utf8.h"
#include "tests/fuzz/check.h"
#include "mail/document.h"
#include "mail/html.h"
#include "mail/html_plain.h"

int
LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	struct part *p = part_new("text", "html");

	for (int plain = 0; plain < 2; plain++) {
		struct document *d = document_new();
		struct buf record = {0};
		if (plain == 1)
			html_plain(d, p, (const char *)data, size);
		else
			html_to_document(d, p, (const char *)data, size);
		fuzz_check(utf8_valid(buf_text(&d->text), d->text.len));
		document_pack(&record, d);
		document_free(&d);
		d = document_unpack(record.data, record.len);
		fuzz_check(d != NULL);
		buf_clear(&record);
		document_print(&record, d, 30);
		document_free(&d);
		buf_done(&record);
	}
	part_free(&p);
	return 0;
}
