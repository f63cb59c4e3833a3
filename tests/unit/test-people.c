// SPDX-License-Identifier: GPL-3.0-or-later
// Addresses that are offered as one types, and what the keys make of them.
#include "config.h"

#include "ui/people.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdlib.h>
#include <string.h>
#include <cmocka.h>
#include "base/str.h"
#include "command/binding.h"
#include "ui/widget/prompt.h"

static const char *const known[] = {
	"Carol Jones <carol@example.net>", "Bob Builder <bob@example.org>",
	"\xc3\x84nne Example <aenne@example.org>", "scar@example.com",
};

struct world {
	struct strlist people;
	char *answer;
};

static void
complete(void *arg, const char *text, struct strlist *words, struct strlist *helps,
	size_t *start_r)
{
	struct world *w = arg;
	const char *comma = strrchr(text, ','), *word = comma ? comma + 1 : text;

	(void)helps;
	while (*word == ' ')
		word++;
	*start_r = word - text;
	people_offer(&w->people, word, words);
}

static void
finished(void *arg, const char *text)
{
	struct world *w = arg;

	str_set(&w->answer, text);
}

static const struct {
	const char *word, *offered;
} offers[] = {
	// Where a word begins so comes first, though it is later in the list.
	{ "car", "Carol Jones <carol@example.net>|scar@example.com" },
	{ "ar", "Carol Jones <carol@example.net>|scar@example.com" },
	{ "bob", "Bob Builder <bob@example.org>" },
	{ "BUILD", "Bob Builder <bob@example.org>" },
	{ "\xc3\xa4n", "\xc3\x84nne Example <aenne@example.org>" },
	{ "example.com", "scar@example.com" },
	{ "nobody", "" },
	{ "", "" },
};

static void
test_offers(void **state)
{
	struct strlist people = {0};

	(void)state;
	for (size_t i = 0; i < sizeof known / sizeof known[0]; i++)
		strlist_add(&people, known[i]);
	for (size_t i = 0; i < sizeof offers / sizeof offers[0]; i++) {
		struct strlist words = {0};

		people_offer(&people, offers[i].word, &words);
		char *all = strlist_join(&words, "|");
		assert_string_equal(all, offers[i].offered);
		free(all);
		strlist_done(&words);
	}
	strlist_done(&people);
}

// '>' Tab, '<' back Tab, 'v' Down, '!' the people are there now (else from the start).
static const struct {
	const char *typed, *answer, *initial;
} typed[] = {
	{ "carol", "carol" },
	{ "carol>", "Carol Jones <carol@example.net> " },
	{ "car>", "Carol Jones <carol@example.net>" },
	{ "car>>", "scar@example.com" },
	{ "carv", "Carol Jones <carol@example.net>" },
	{ "carvv", "scar@example.com" },
	{ "car<", "scar@example.com" },
	{ "bob>,car>>", "Bob Builder <bob@example.org> ,scar@example.com" },
	{ "nobody>", "nobody" },
	// A Tab that came too early is not lost; one that was thought better of is.
	{ "bob>!", "Bob Builder <bob@example.org> " },
	{ "bo>b!", "bob" },
	// Nothing is offered for what was put there: it would hide why it was put again.
	{ "!v", "car", "car" },
	{ "!ov", "Carol Jones <carol@example.net> ", "car" },
	{ ">!", "Carol Jones <carol@example.net>", "car" },
};

static void
test_keys(void **state)
{
	(void)state;
	for (size_t i = 0; i < sizeof typed / sizeof typed[0]; i++) {
		struct world w = {0};
		bool late = strchr(typed[i].typed, '!') != NULL;
		struct prompt *p = prompt_new(&(struct prompt_settings){
			.label = "To:", .as_typed = true, .complete = complete,
			.initial = typed[i].initial, .finished = finished, .arg = &w });

		for (size_t k = 0; !late && k < sizeof known / sizeof known[0]; k++)
			strlist_add(&w.people, known[k]);
		for (const char *s = typed[i].typed; *s; s++) {
			uint32_t key = *s == '>' ? KEY_CODE_TAB : *s == '<' ? KEY_CODE_BACKTAB
				: *s == 'v' ? KEY_CODE_DOWN : (uint32_t)*s;

			for (size_t k = 0; *s == '!' && k < sizeof known / sizeof known[0]; k++)
				strlist_add(&w.people, known[k]);
			if (*s == '!')
				prompt_offer(p);
			else
				prompt_key(p, key, NULL);
		}
		prompt_key(p, KEY_CODE_ENTER, NULL);
		if (!str_equal(w.answer, typed[i].answer))
			fail_msg("%s: \"%s\"", typed[i].typed, w.answer);
		prompt_free(&p);
		strlist_done(&w.people);
		free(w.answer);
	}
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_offers),
		cmocka_unit_test(test_keys),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
