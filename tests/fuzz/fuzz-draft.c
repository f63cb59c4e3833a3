// SPDX-License-Identifier: GPL-3.0-or-later
// Drafts from any bytes: printed and parsed again they stay what they are, and
// what is built of them has no field that was not asked for.
#include "config.h"

#include "base/str.h"
#include "tests/fuzz/check.h"
#include "mail/build.h"
#include "mail/draft.h"
#include "mail/header.h"

static void
check_built(const struct draft *d)
{
	struct build_attachment a = { .name = d->subject, .type = d->account,
		.data = d->body, .len = strlen(d->body) };
	struct build_options o = { .date = 1795328880, .message_id = "1@example.org",
		.attachments = &a, .n_attachments = d->attach.len > 0 };
	struct buf out = {0};
	struct header_field f;
	size_t line = 0;

	if (!build_message(&out, d, &o, NULL)) {
		buf_done(&out);
		return;
	}
	for (size_t at = 0; header_next(out.data, out.len, &at, &f);)
		fuzz_check(f.name_len != 3 || strncasecmp(f.name, "Bcc", 3) != 0);
	for (size_t i = 0; i < out.len; i++) {
		fuzz_check(out.data[i] != '\n' || (i > 0 && out.data[i - 1] == '\r'));
		fuzz_check(out.data[i] != '\r' || out.data[i + 1] == '\n');
		line = out.data[i] == '\n' ? 0 : line + 1;
		fuzz_check(line <= 999);
	}
	buf_done(&out);
}

int
LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	struct draft d, again;
	struct buf once = {0}, twice = {0};

	if (draft_parse(&d, (const char *)data, size, NULL, NULL)) {
		draft_print(&once, &d);
		fuzz_check(draft_parse(&again, once.data, once.len, NULL, NULL));
		fuzz_check(strcmp(d.body, again.body) == 0);
		fuzz_check(str_equal(d.subject, again.subject));
		fuzz_check(d.attach.len == again.attach.len);
		check_built(&d);
		draft_done(&d);
		draft_done(&again);
	}
	char *url = str_printf("mailto:%.*s", (int)size, (const char *)data);
	if (draft_mailto(&d, url, NULL)) {
		fuzz_check(d.attach.len == 0 && d.from.len == 0);
		draft_done(&d);
	}
	free(url);
	buf_done(&once);
	buf_done(&twice);
	return 0;
}
