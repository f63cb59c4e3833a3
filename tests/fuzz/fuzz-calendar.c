// SPDX-License-Identifier: GPL-3.0-or-later
// Calendars, with the zones and rules in them.
#include "config.h"

#include "base/utf8.h"
#include "mail/calendar.h"
#include "mail/document.h"
#include "tests/fuzz/check.h"

int
LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	struct part *p = part_new("text", "calendar");
	struct document *d = document_new();
	struct buf record = {0};

	calendar_to_document(d, p, (const char *)data, size, true);
	fuzz_check(utf8_valid(buf_text(&d->text), d->text.len));
	document_pack(&record, d);
	document_free(&d);
	d = document_unpack(record.data, record.len);
	fuzz_check(d != NULL);
	document_free(&d);
	buf_done(&record);
	part_free(&p);
	return 0;
}
