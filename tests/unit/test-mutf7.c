// SPDX-License-Identifier: GPL-3.0-or-later
// Mailbox names: what is well-formed goes there and back, all else is refused.
#include "config.h"

#include "tests/unit/test.h"

#include <string.h>

#include "base/buf.h"
#include "base/mutf7.h"

static const struct {
	const char *name;
	const char *text;
} pairs[] = {
	{ "", "" },
	{ "INBOX", "INBOX" },
	{ "A&-B", "A&B" },
	{ "&-", "&" },
	{ "Entw&APw-rfe", "Entw\u00fcrfe" },
	{ "~peter/mail/&U,BTFw-/&ZeVnLIqe-", "~peter/mail/\u53f0\u5317/\u65e5\u672c\u8a9e" },
	{ "&Jjo-!", "\u263a!" },
	{ "&2D3eAA-", "\U0001f600" },
	{ "x&2D3eANg93gE-y", "x\U0001f600\U0001f601y" },
	{ "&AOQA9gD8-", "\u00e4\u00f6\u00fc" },
	{ "&AOQ-&-&APY-", "\u00e4&\u00f6" },
};

static const char *const broken[] = {
	"&", "a&", "&AOQ", "&AOQA-", "&AO-", "&AOR-", // bits left over
	"&AGE-",          // 'a' in disguise
	"&AAA-", "&AAo-", "&AH8-", "&AJs-", // control characters
	"&2D0-", "&3gA-", "&2D0A5A-",       // half a pair
	"&AOQ-&APY-",     // two runs for one
	"&A*Q-", "\xc3\xa4", "a\tb", "a\x7f",
};

static void
test_pairs(void **state)
{
	(void)state;
	for (size_t i = 0; i < COUNT_OF(pairs); i++) {
		struct buf out = {0};
		assert_true(mutf7_decode(&out, pairs[i].name));
		assert_string_equal(buf_text(&out), pairs[i].text);
		buf_clear(&out);
		assert_true(mutf7_encode(&out, pairs[i].text));
		assert_string_equal(buf_text(&out), pairs[i].name);
		buf_done(&out);
	}
}

static void
test_broken(void **state)
{
	(void)state;
	struct buf out = {0};

	buf_str(&out, "kept");
	for (size_t i = 0; i < COUNT_OF(broken); i++) {
		if (mutf7_decode(&out, broken[i]))
			fail_msg("%s was taken: %s", broken[i], buf_text(&out));
		assert_string_equal(buf_text(&out), "kept");
	}
	assert_false(mutf7_encode(&out, "a\nb"));
	assert_false(mutf7_encode(&out, "\xff"));
	assert_string_equal(buf_text(&out), "kept");
	buf_done(&out);
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_pairs),
		cmocka_unit_test(test_broken),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
