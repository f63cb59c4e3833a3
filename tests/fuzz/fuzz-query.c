// SPDX-License-Identifier: GPL-3.0-or-later
// Queries: what is parsed prints as the same query, and matches the same.
#include "config.h"

#include "base/error.h"
#include "base/str.h"
#include "tests/fuzz/check.h"
#include "mail/message.h"
#include "mail/query.h"

#define NOW 1795328880

int
LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	static const char header[] = "From: Ann <ann@example.org>\nSubject: caf\xc3\xa9\n"
		"To: bob@example.org\n\n";
	char *text = str_ndup((const char *)data, size);
	struct error err = {0};
	struct query *q, *again;
	struct message m = { .id = 1, .size = 1000, .received = NOW };
	struct query_subject s = { .message = &m, .folder = "INBOX", .role = "inbox",
		.account = "home", .body = "text of the body" };
	struct buf once = {0}, twice = {0};

	if (!query_parse(&q, text, NOW, &err)) {
		fuzz_check(q == NULL && err.kind == ERROR_INPUT);
		free(text);
		return 0;
	}
	envelope_parse(&m.envelope, header, strlen(header));
	query_print(&once, q);
	// Printed anew it may pass the limits only by its brackets.
	if (query_parse(&again, buf_text(&once), NOW, NULL)) {
		query_print(&twice, again);
		fuzz_check(fuzz_same(&once, &twice));
		fuzz_check(query_match(q, &s) == query_match(again, &s));
		query_free(&again);
	}
	if (query_match(q, &s))
		fuzz_check(query_may_match_folder(q, s.folder, s.role, s.account));
	query_free(&q);
	message_done(&m);
	buf_done(&once);
	buf_done(&twice);
	free(text);
	return 0;
}
