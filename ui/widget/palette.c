// SPDX-License-Identifier: GPL-3.0-or-later
// Joins a prompt and a list: each letter typed narrows what is offered.
#include "config.h"

#include "ui/widget/palette.h"

#include <stdlib.h>
#include <string.h>
#include "base/buf.h"
#include "base/mem.h"
#include "base/str.h"
#include "base/utf8.h"
#include "command/binding.h"
#include "ui/widget/fuzzy.h"
#include "ui/widget/prompt.h"

#define PALETTE_ROWS 12        // of the list
#define PALETTE_HELP_COL 28
#define PALETTE_HELP_FROM 3    // letters that are sought in the helps too

struct palette {
	struct palette_settings settings;
	struct prompt *prompt;
	struct strlist words, helps;
	size_t *order;             // into words: those that fit, best first
	size_t n;
	size_t named;              // so many fit themselves; of the rest their help does
	size_t start;              // of the word, in the text
	size_t chosen;
	bool moved;                // one was chosen by hand
};

// Behind those whose names fit: what says in its help what is typed. Returns how
// many there are by then.
static size_t
palette_add_helps(struct palette *p, const char *typed)
{
	size_t n = p->named;
	char *folded = utf8_fold(typed);
	bool *has = mem_alloc(p->words.len + 1, sizeof *has);

	for (size_t i = 0; i < n; i++)
		has[p->order[i]] = true;
	p->order = mem_grow(p->order, p->words.len + 1, sizeof *p->order);
	for (size_t i = 0; i < p->helps.len && utf8_cells(typed) >= PALETTE_HELP_FROM; i++) {
		char *help = utf8_fold(p->helps.items[i]);

		if (!has[i] && utf8_contains_folded(help, folded))
			p->order[n++] = i;
		free(help);
	}
	free(has);
	free(folded);
	return n;
}

// Gathers what may stand at the word that is typed.
static void
palette_look(struct palette *p)
{
	const char *text = prompt_text(p->prompt);

	strlist_done(&p->words);
	strlist_done(&p->helps);
	free(p->order);
	p->start = strlen(text);
	p->settings.complete(p->settings.arg, text, &p->words, &p->helps, &p->start);
	if (p->start > strlen(text))
		p->start = strlen(text);
	p->named = fuzzy_order(&p->words, text + p->start, &p->order);
	p->n = palette_add_helps(p, text + p->start);
	p->chosen = 0;
	p->moved = false;
}

static void
palette_changed(void *arg, const char *text)
{
	struct palette *p = arg;

	palette_look(p);
	if (p->settings.changed)
		p->settings.changed(p->settings.arg, text);
}

static void
palette_prompted(void *arg, const char *text)
{
	struct palette *p = arg;

	p->settings.finished(p->settings.arg, text);
}

struct palette *
palette_new(const struct palette_settings *settings)
{
	struct palette *p = mem_new(struct palette);

	p->settings = *settings;
	p->prompt = prompt_new(&(struct prompt_settings){
		.label = settings->label, .initial = settings->initial,
		.history = settings->history, .changed = palette_changed,
		.finished = palette_prompted, .arg = p,
	});
	p->settings.label = p->settings.initial = NULL;
	palette_look(p);
	return p;
}

void
palette_free(struct palette **p_r)
{
	struct palette *p = *p_r;

	if (!p)
		return;
	prompt_free(&p->prompt);
	strlist_done(&p->words);
	strlist_done(&p->helps);
	free(p->order);
	free(p);
	*p_r = NULL;
}

bool
palette_finished(const struct palette *p)
{
	return prompt_finished(p->prompt);
}

static const char *
palette_choice(const struct palette *p)
{
	return p->chosen < p->n ? p->words.items[p->order[p->chosen]] : NULL;
}

// Puts the chosen word where one is being typed.
static void
palette_put(struct palette *p, bool space)
{
	struct buf text = {0};
	const char *choice = palette_choice(p);

	if (!choice)
		return;
	buf_add(&text, prompt_text(p->prompt), p->start);
	buf_str(&text, choice);
	if (space && !str_has_suffix(choice, ":") && !str_has_suffix(choice, "/"))
		buf_char(&text, ' ');
	prompt_set(p->prompt, buf_text(&text));
	buf_done(&text);
	palette_look(p);
}

static bool
palette_typed_one(const struct palette *p)
{
	const char *typed = prompt_text(p->prompt) + p->start;

	for (size_t i = 0; i < p->n; i++) {
		if (str_equal(p->words.items[p->order[i]], typed))
			return true;
	}
	return false;
}

static enum palette_pick
palette_picks(const struct palette *p, const char *text)
{
	const struct palette_settings *s = &p->settings;

	if (s->picks)
		return s->picks(s->arg, text, p->start);
	return text[p->start] ? PALETTE_PICKS_CLEAR : PALETTE_PICKS_FIRST;
}

static bool
palette_begins_one(const struct palette *p, const char *typed)
{
	size_t n = 0;

	for (size_t i = 0; i < p->named; i++)
		n += fuzzy_fit(p->words.items[p->order[i]], typed) >= FUZZY_BEGINS;
	return n == 1;
}

// Whether Enter takes the chosen one.
static bool
palette_takes(const struct palette *p)
{
	const char *text = prompt_text(p->prompt), *typed = text + p->start;

	if (p->moved)
		return true;
	// What only its help speaks of was not meant unless it is chosen.
	if (p->named == 0 || palette_typed_one(p))
		return false;
	switch (palette_picks(p, text)) {
	case PALETTE_PICKS_NOTHING:
		return false;
	case PALETTE_PICKS_ONLY:
		return *typed && p->named == 1;
	case PALETTE_PICKS_NAME:
		return *typed && palette_begins_one(p, typed);
	case PALETTE_PICKS_CLEAR:
		return *typed && fuzzy_is_clear(&p->words, p->order, p->named, typed);
	case PALETTE_PICKS_FIRST:
		return !*typed;
	}
	return false;
}

// What is typed fits several as well, and one of them is wanted.
static bool
palette_is_unclear(const struct palette *p)
{
	const char *typed = prompt_text(p->prompt) + p->start;

	return (p->settings.only || p->settings.clear) && p->named > 1 && *typed &&
		!palette_takes(p) && !palette_typed_one(p) &&
		palette_picks(p, prompt_text(p->prompt)) == PALETTE_PICKS_CLEAR;
}

// Whether the first one is shown as the one that Enter takes, or that is typed.
static bool
palette_is_lit(const struct palette *p)
{
	const char *choice = palette_choice(p);

	return palette_takes(p) || (choice && p->named > 0 &&
		str_equal(choice, prompt_text(p->prompt) + p->start));
}

static void
palette_enter(struct palette *p)
{
	const struct palette_settings *s = &p->settings;
	const char *text;
	bool take = palette_takes(p);

	// What is typed fits nothing: that is shown, and can be typed anew.
	if ((s->only && p->named == 0 && !p->moved) || palette_is_unclear(p))
		return;
	if (take)
		palette_put(p, false);
	text = prompt_text(p->prompt);
	if (*text && s->wants_more && s->wants_more(s->arg, text)) {
		if (!str_has_suffix(text, " ")) {
			struct buf more = {0};

			buf_printf(&more, "%s ", text);
			prompt_set(p->prompt, buf_text(&more));
			buf_done(&more);
		}
		palette_look(p);
		return;
	}
	prompt_key(p->prompt, KEY_CODE_ENTER, NULL);
}

static void
palette_move(struct palette *p, int64_t by)
{
	int64_t to = (int64_t)p->chosen + by;

	if (p->n == 0)
		return;
	p->moved = true;
	p->chosen = to < 0 ? 0 : to >= (int64_t)p->n ? p->n - 1 : (size_t)to;
}

void
palette_key(struct palette *p, uint32_t key, const char *paste)
{
	switch (key) {
	case KEY_CODE_ENTER:
		palette_enter(p);
		return;
	case KEY_CODE_TAB:
		palette_put(p, true);
		return;
	case KEY_CODE_DOWN:
		palette_move(p, palette_is_lit(p));
		return;
	case KEY_CODE_PAGE_DOWN:
		palette_move(p, PALETTE_ROWS - 1);
		return;
	case KEY_CODE_PAGE_UP:
		palette_move(p, -(PALETTE_ROWS - 1));
		return;
	case KEY_CODE_UP: case KEY_CODE_BACKTAB:
		if (p->chosen > 0) {
			palette_move(p, -1);
			return;
		}
		break;   // above the first one lies what was typed before
	}
	prompt_key(p->prompt, key, paste);
}

static void
palette_draw_row(const struct palette *p, struct screen *s, struct area row,
	size_t at, bool lit)
{
	enum style style = lit ? STYLE_CURSOR : STYLE_STATUS;
	const char *help = p->order[at] < p->helps.len
		? str_or_empty(p->helps.items[p->order[at]]) : "";
	int col = row.cols < 2 * PALETTE_HELP_COL ? row.cols / 2 : PALETTE_HELP_COL;

	screen_fill(s, row, 0, 0, style);
	int used = screen_text(s, row, 0, 1, *help ? row.cols * 2 / 3 : 0,
		p->words.items[p->order[at]], style) + 1;

	screen_text(s, row, 0, used < col ? col : used + 2, 0, help, style);
}

void
palette_draw(struct palette *p, struct screen *s, struct area a)
{
	struct buf hint = {0};
	int room = a.rows - 3, shown = p->n < PALETTE_ROWS ? (int)p->n : PALETTE_ROWS;
	const char *typed = prompt_text(p->prompt) + p->start;

	if (shown > room)
		shown = room > 0 ? room : 0;
	size_t first = p->chosen >= (size_t)shown && shown > 0
		? p->chosen - shown + 1 : 0;
	bool lit = palette_is_lit(p);

	if (p->settings.hint)
		p->settings.hint(p->settings.arg, prompt_text(p->prompt), &hint);
	if (hint.len == 0 && p->n == 0 && *typed && p->settings.only)
		buf_printf(&hint, p->words.len > 0 ? "Nothing here fits \"%s\""
			: "There is nothing to choose", typed);
	if (hint.len > 0 && palette_is_unclear(p)) {
		buf_clear(&hint);
		buf_printf(&hint, "Several fit \"%s\": Down chooses, or type more", typed);
	}
	int top = a.rows - 1 - shown - (hint.len > 0);

	for (int i = 0; i < shown; i++)
		palette_draw_row(p, s, (struct area){ a.row + top + i, a.col, 1, a.cols },
			first + i, lit && first + i == p->chosen);
	if (hint.len > 0) {
		struct area row = { a.row + a.rows - 2, a.col, 1, a.cols };

		screen_fill(s, row, 0, 0, STYLE_TITLE);
		screen_text(s, row, 0, 1, a.cols - 2, hint.data, STYLE_TITLE);
	}
	buf_done(&hint);
	prompt_draw(p->prompt, s, a);
}
