// SPDX-License-Identifier: GPL-3.0-or-later
// What Enter takes of what a palette offers: never what was not meant.
#include "config.h"

#include "ui/widget/fuzzy.h"
#include "ui/widget/palette.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdlib.h>
#include <string.h>
#include <cmocka.h>
#include "base/str.h"
#include "command/binding.h"

static const char *const commands[] = {
	"archive", "define", "delete", "empty-trash", "limit", "move", "undo", "untag", NULL,
};
static const char *const folders[] = {
	"Archive", "Archive/2001", "Calendar", "Lists/dev", "Lists/users", "Old/Trash",
	"Trash", NULL,
};
static const char *const links[] = {
	"10 https://a.b/", "1 https://example.org/long", "2 https://example.net/", NULL,
};

struct world {
	enum palette_pick pick;
	const char *const *words;
	char *answer;
};

static void
offer(void *arg, const char *text, struct strlist *words, struct strlist *helps,
	size_t *start_r)
{
	struct world *w = arg;

	(void)text;
	for (size_t i = 0; w->words[i]; i++) {
		strlist_add(words, w->words[i]);
		strlist_add(helps, "Removes what it says");
	}
	*start_r = 0;
}

static enum palette_pick
pick(void *arg, const char *text, size_t start)
{
	struct world *w = arg;

	(void)text;
	(void)start;
	return w->pick;
}

static void
finished(void *arg, const char *text)
{
	struct world *w = arg;

	str_set(&w->answer, text);
}

// answer NULL: it stays open. '<' is Down, '>' Tab.
static const struct {
	enum palette_pick pick;
	const char *const *words;
	bool clear;
	const char *typed, *answer;
} cases[] = {
	{ PALETTE_PICKS_NAME, commands, false, "delete", "delete" },
	{ PALETTE_PICKS_NAME, commands, false, "delte", "delte" },
	{ PALETTE_PICKS_NAME, commands, false, "dlt", "dlt" },
	{ PALETTE_PICKS_NAME, commands, false, "del", "delete" },
	{ PALETTE_PICKS_NAME, commands, false, "de", "de" },
	{ PALETTE_PICKS_NAME, commands, false, "un", "un" },
	{ PALETTE_PICKS_NAME, commands, false, "trash", "trash" },
	{ PALETTE_PICKS_NAME, commands, false, "removes", "removes" },
	{ PALETTE_PICKS_NAME, commands, false, "dlt<", "delete" },
	{ PALETTE_PICKS_NAME, commands, false, "un<<", "untag" },
	{ PALETTE_PICKS_NAME, commands, false, "dlt>", "delete " },
	{ PALETTE_PICKS_NAME, commands, false, "", "" },
	{ PALETTE_PICKS_ONLY, folders, false, "2001", "Archive/2001" },
	{ PALETTE_PICKS_ONLY, folders, false, "arch", "arch" },
	{ PALETTE_PICKS_CLEAR, folders, true, "arch", "Archive" },
	{ PALETTE_PICKS_CLEAR, folders, true, "trash", "Trash" },
	{ PALETTE_PICKS_CLEAR, folders, true, "users", "Lists/users" },
	{ PALETTE_PICKS_CLEAR, folders, true, "lists", NULL },
	{ PALETTE_PICKS_CLEAR, folders, true, "lists<<", "Lists/users" },
	{ PALETTE_PICKS_CLEAR, folders, true, "ls", NULL },
	{ PALETTE_PICKS_CLEAR, folders, true, "clndr", "Calendar" },
	{ PALETTE_PICKS_CLEAR, folders, true, "nowhere", "nowhere" },
	{ PALETTE_PICKS_CLEAR, folders, true, "", "" },
	{ PALETTE_PICKS_CLEAR, links, true, "1", "1 https://example.org/long" },
	{ PALETTE_PICKS_CLEAR, links, true, "10", "10 https://a.b/" },
	{ PALETTE_PICKS_CLEAR, links, true, "https", NULL },
	{ PALETTE_PICKS_FIRST, folders, false, "", "Archive" },
	{ PALETTE_PICKS_FIRST, folders, false, "c", "c" },
	{ PALETTE_PICKS_NOTHING, folders, false, "Calenda", "Calenda" },
};

static void
test_enter(void **state)
{
	(void)state;
	for (size_t i = 0; i < sizeof cases / sizeof cases[0]; i++) {
		struct world w = { cases[i].pick, cases[i].words, NULL };
		struct palette *p = palette_new(&(struct palette_settings){
			.label = ":", .complete = offer, .picks = pick,
			.clear = cases[i].clear, .finished = finished, .arg = &w });

		for (const char *s = cases[i].typed; *s; s++)
			palette_key(p, *s == '<' ? KEY_CODE_DOWN : *s == '>' ? KEY_CODE_TAB
				: (uint32_t)*s, NULL);
		palette_key(p, KEY_CODE_ENTER, NULL);
		if (palette_finished(p) != (cases[i].answer != NULL))
			fail_msg("\"%s\": %s", cases[i].typed, str_or_empty(w.answer));
		if (cases[i].answer && !str_equal(w.answer, cases[i].answer))
			fail_msg("\"%s\" gives \"%s\"", cases[i].typed, str_or_empty(w.answer));
		free(w.answer);
		palette_free(&p);
	}
}

static const struct {
	const char *name, *typed;
	enum fuzzy_fit fit;
} fits[] = {
	{ "Archive", "archive", FUZZY_IS },
	{ "Archive", "arch", FUZZY_BEGINS },
	{ "Archive/2001", "archive", FUZZY_WORD_IS },
	{ "Archive", "chi", FUZZY_WITHIN },
	{ "Archive", "ave", FUZZY_SCATTERED },
	{ "Archive", "xyz", FUZZY_NOT },
	{ "Ärger", "är", FUZZY_BEGINS },
};

static void
test_fits(void **state)
{
	(void)state;
	for (size_t i = 0; i < sizeof fits / sizeof fits[0]; i++)
		assert_int_equal(fuzzy_fit(fits[i].name, fits[i].typed), fits[i].fit);
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_enter),
		cmocka_unit_test(test_fits),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
