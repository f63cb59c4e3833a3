// SPDX-License-Identifier: GPL-3.0-or-later
// Header blocks, and the same bytes as an address list, a value and a date.
#include "config.h"

#include "base/str.h"
#include "base/utf8.h"
#include "tests/fuzz/check.h"
#include "mail/header.h"

static void
check_addresses(const char *text)
{
	struct address_list list = {0}, again = {0};
	struct buf once = {0}, twice = {0};

	address_list_parse(&list, text);
	address_list_format(&once, &list);
	fuzz_check(utf8_valid(buf_text(&once), once.len));
	fuzz_check(strpbrk(buf_text(&once), "\r\n\x1b") == NULL);
	address_list_parse(&again, buf_text(&once));
	address_list_format(&twice, &again);
	address_list_done(&list);
	address_list_done(&again);
	buf_done(&once);
	buf_done(&twice);
}

static void
check_envelope(const char *block, size_t len)
{
	struct envelope e, copy;
	struct buf once = {0}, twice = {0};

	envelope_parse(&e, block, len);
	envelope_pack(&once, &e);
	struct reader in = reader_of(once.data, once.len);
	envelope_unpack(&copy, &in);
	fuzz_check(!in.bad && in.left == 0);
	envelope_pack(&twice, &copy);
	fuzz_check(fuzz_same(&once, &twice));
	envelope_done(&e);
	envelope_done(&copy);
	buf_done(&once);
	buf_done(&twice);
}

int
LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	const char *block = (const char *)data;
	char *text = str_ndup(block, size);
	struct header_field f;

	fuzz_check(header_block_len(block, size) <= size);
	for (size_t at = 0; header_next(block, size, &at, &f);) {
		fuzz_check(f.name_len > 0 && f.value + f.value_len <= block + size);
		free(header_decode(f.value, f.value_len));
	}
	check_envelope(block, size);
	check_addresses(text);
	header_date(text, NULL);
	free(text);
	return 0;
}
