// SPDX-License-Identifier: GPL-3.0-or-later
// Whole messages, read to the end: the tree, the texts, the document and its
// record.
#include "config.h"

#include "base/utf8.h"
#include "tests/fuzz/check.h"
#include "mail/document.h"
#include "mail/read.h"

static void
check_tree(const struct part *p, size_t len, int depth)
{
	fuzz_check(depth <= PART_DEPTH_MAX);
	fuzz_check(p->body_start <= len && p->body_len <= len - p->body_start);
	for (size_t i = 0; i < p->n_children; i++)
		check_tree(p->children[i], len, depth + 1);
}

int
LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	for (int html = 0; html < 2; html++) {
		struct read_input in = { .raw = (const char *)data, .raw_len = size,
			.prefer_html = html == 1 };
		struct buf once = {0}, twice = {0};
		struct document *d = read_message(&in);
		fuzz_check(utf8_valid(buf_text(&d->text), d->text.len));
		check_tree(d->root, size, 0);
		document_pack(&once, d);
		document_free(&d);
		d = document_unpack(once.data, once.len);
		fuzz_check(d != NULL);
		document_pack(&twice, d);
		fuzz_check(fuzz_same(&once, &twice));
		buf_clear(&twice);
		document_print(&twice, d, 72);
		document_free(&d);
		buf_done(&once);
		buf_done(&twice);
	}
	return 0;
}
