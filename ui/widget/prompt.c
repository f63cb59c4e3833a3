// SPDX-License-Identifier: GPL-3.0-or-later
// A line of text being typed, with the editing keys people know from shells.
#include "config.h"

#include <stdlib.h>
#include <string.h>
#include "base/buf.h"
#include "base/mem.h"
#include "base/utf8.h"
#include "command/binding.h"
#include "ui/term/keys.h"
#include "ui/widget/prompt.h"

#define PROMPT_TEXT_MAX 65536
#define PROMPT_HISTORY_MAX 200
#define PROMPT_SHOWN_MAX 8     // completions above the line

struct prompt {
	struct prompt_settings settings;
	char *label;
	struct buf text;
	size_t at;                 // byte before which one types
	size_t history_at;         // index; history->len is the new line
	char *typed;               // the new line while history is looked at
	struct strlist words, helps;
	size_t word_start;
	size_t chosen;             // completion shown as chosen; words.len: none yet
	int asked;                 // step of a Tab that found nothing yet; 0
	bool edited;               // else the text is what was put there
	bool finished;
};

struct prompt *
prompt_new(const struct prompt_settings *settings)
{
	struct prompt *p = mem_new(struct prompt);

	p->settings = *settings;
	p->label = str_dup(str_or_empty(settings->label));
	buf_str(&p->text, str_or_empty(settings->initial));
	p->settings.label = p->settings.initial = NULL;
	p->at = settings->at > 0 && settings->at < p->text.len ? settings->at
		: p->text.len;
	p->history_at = settings->history ? settings->history->len : 0;
	return p;
}

static void
prompt_forget_words(struct prompt *p)
{
	strlist_done(&p->words);
	strlist_done(&p->helps);
	p->chosen = 0;
}

void
prompt_free(struct prompt **p_r)
{
	struct prompt *p = *p_r;

	if (!p)
		return;
	prompt_forget_words(p);
	if (p->settings.secret && p->text.data)
		mem_wipe(p->text.data, p->text.cap);
	buf_done(&p->text);
	free(p->label);
	free(p->typed);
	free(p);
	*p_r = NULL;
}

bool
prompt_finished(const struct prompt *p)
{
	return p->finished;
}

const char *
prompt_text(const struct prompt *p)
{
	return buf_text(&p->text);
}

void
prompt_set(struct prompt *p, const char *text)
{
	buf_clear(&p->text);
	buf_str(&p->text, text);
	p->at = p->text.len;
	prompt_forget_words(p);
}

static void
prompt_finish(struct prompt *p, bool accepted)
{
	const char *text = buf_text(&p->text);
	struct strlist *history = p->settings.history;

	p->finished = true;
	if (accepted && history && !p->settings.secret && *text &&
	    (history->len == 0 || !str_equal(history->items[history->len - 1], text))) {
		strlist_add(history, text);
		if (history->len > PROMPT_HISTORY_MAX)
			strlist_remove(history, 0);
	}
	p->settings.finished(p->settings.arg, accepted ? text : NULL);
}

static void
prompt_find_words(struct prompt *p)
{
	char *head = str_ndup(buf_text(&p->text), p->at);

	p->settings.complete(p->settings.arg, head, &p->words, &p->helps, &p->word_start);
	free(head);
	if (p->word_start > p->at)
		prompt_forget_words(p);
}

static void prompt_complete(struct prompt *p, int step);

void
prompt_offer(struct prompt *p)
{
	// What was chosen stays; where nothing is typed, nothing is meant yet.
	if (!p->settings.as_typed || (p->words.len > 0 && p->chosen < p->words.len))
		return;
	if (p->asked) {
		prompt_complete(p, p->asked);
		return;
	}
	if (!p->edited)
		return;
	prompt_forget_words(p);
	prompt_find_words(p);
	p->chosen = p->words.len;
	if (p->word_start == p->at || (p->words.len == 1 && str_equal(p->words.items[0],
	    buf_text(&p->text) + p->word_start)))
		prompt_forget_words(p);
}

static void
prompt_changed(struct prompt *p)
{
	prompt_forget_words(p);
	p->asked = 0;
	p->edited = true;
	prompt_offer(p);
	if (p->settings.changed)
		p->settings.changed(p->settings.arg, buf_text(&p->text));
}

static void
prompt_insert(struct prompt *p, const char *s, size_t len)
{
	if (p->text.len + len > PROMPT_TEXT_MAX)
		return;
	buf_insert(&p->text, p->at, s, len);
	p->at += len;
	prompt_changed(p);
}

static void
prompt_remove(struct prompt *p, size_t from, size_t to)
{
	if (from >= to)
		return;
	memmove(p->text.data + from, p->text.data + to, p->text.len - to);
	buf_cut(&p->text, p->text.len - (to - from));
	p->at = from;
	prompt_changed(p);
}

static size_t
prompt_left(const struct prompt *p)
{
	return p->at > 0 ? utf8_cluster_back(buf_text(&p->text), p->at) : 0;
}

static size_t
prompt_right(const struct prompt *p)
{
	int cells;

	if (p->at >= p->text.len)
		return p->text.len;
	return p->at + utf8_cluster(p->text.data + p->at, p->text.len - p->at, &cells);
}

static size_t
prompt_word_left(const struct prompt *p)
{
	const char *text = buf_text(&p->text);
	size_t at = p->at;

	while (at > 0 && text[at - 1] == ' ')
		at--;
	while (at > 0 && text[at - 1] != ' ')
		at--;
	return at;
}

static size_t
prompt_word_right(const struct prompt *p)
{
	const char *text = buf_text(&p->text);
	size_t at = p->at;

	while (text[at] == ' ')
		at++;
	while (text[at] && text[at] != ' ')
		at++;
	return at;
}

static void
prompt_history(struct prompt *p, int step)
{
	struct strlist *history = p->settings.history;

	if (!history || p->settings.secret)
		return;
	if (step < 0 ? p->history_at == 0 : p->history_at >= history->len)
		return;
	if (p->history_at == history->len)
		str_set(&p->typed, buf_text(&p->text));
	p->history_at += step;
	buf_clear(&p->text);
	buf_str(&p->text, p->history_at == history->len ? str_or_empty(p->typed)
		: history->items[p->history_at]);
	p->at = p->text.len;
	prompt_changed(p);
}

// Puts completion number `chosen` in place of the word.
static void
prompt_put_word(struct prompt *p)
{
	const char *word = p->words.items[p->chosen];

	memmove(p->text.data + p->word_start, p->text.data + p->at, p->text.len - p->at);
	buf_cut(&p->text, p->text.len - (p->at - p->word_start));
	buf_insert(&p->text, p->word_start, word, strlen(word));
	p->at = p->word_start + strlen(word);
	if (p->settings.changed)
		p->settings.changed(p->settings.arg, buf_text(&p->text));
}

static void
prompt_complete(struct prompt *p, int step)
{
	if (!p->settings.complete)
		return;
	p->asked = 0;
	if (p->words.len == 0)
		prompt_find_words(p);
	else if (p->chosen < p->words.len) {
		p->chosen = (p->chosen + p->words.len + step) % p->words.len;
		prompt_put_word(p);
		return;
	}
	if (p->words.len == 0) {
		p->asked = p->settings.as_typed ? step : 0;
	} else {
		buf_str(&p->text, "");   // so that there is memory
		p->chosen = step > 0 ? 0 : p->words.len - 1;
		prompt_put_word(p);
		if (p->words.len == 1) {
			prompt_forget_words(p);
			if (p->at == p->text.len && !p->settings.bare)
				prompt_insert(p, " ", 1);
		}
	}
}

// Keys that move or change; false when it is none of them.
static bool
prompt_edit_key(struct prompt *p, uint32_t key)
{
	switch (key) {
	case KEY_CODE_LEFT: case 'b' | KEY_MOD_CTRL:
		p->at = prompt_left(p);
		return true;
	case KEY_CODE_RIGHT: case 'f' | KEY_MOD_CTRL:
		p->at = prompt_right(p);
		return true;
	case KEY_CODE_HOME: case 'a' | KEY_MOD_CTRL:
		p->at = 0;
		return true;
	case KEY_CODE_END: case 'e' | KEY_MOD_CTRL:
		p->at = p->text.len;
		return true;
	case 'b' | KEY_MOD_ALT:
		p->at = prompt_word_left(p);
		return true;
	case 'f' | KEY_MOD_ALT:
		p->at = prompt_word_right(p);
		return true;
	case KEY_CODE_BACKSPACE:
		prompt_remove(p, prompt_left(p), p->at);
		return true;
	case KEY_CODE_DELETE: case 'd' | KEY_MOD_CTRL:
		prompt_remove(p, p->at, prompt_right(p));
		return true;
	case 'u' | KEY_MOD_CTRL:
		prompt_remove(p, 0, p->at);
		return true;
	case 'k' | KEY_MOD_CTRL:
		prompt_remove(p, p->at, p->text.len);
		return true;
	case 'w' | KEY_MOD_CTRL: case KEY_CODE_BACKSPACE | KEY_MOD_ALT:
		prompt_remove(p, prompt_word_left(p), p->at);
		return true;
	}
	return false;
}

bool
prompt_key(struct prompt *p, uint32_t key, const char *paste)
{
	char out[4];

	if (key == KEY_PASTE) {
		struct buf line = {0};

		utf8_filter_line(&line, paste, strlen(paste));
		prompt_insert(p, buf_text(&line), line.len);
		buf_done(&line);
		return true;
	}
	if (prompt_edit_key(p, key))
		return true;
	switch (key) {
	case KEY_CODE_ENTER:
		prompt_finish(p, true);
		return true;
	case KEY_CODE_ESCAPE: case 'g' | KEY_MOD_CTRL: case 'c' | KEY_MOD_CTRL:
		prompt_finish(p, false);
		return true;
	case KEY_CODE_TAB:
		prompt_complete(p, 1);
		return true;
	case KEY_CODE_BACKTAB:
		prompt_complete(p, -1);
		return true;
	case KEY_CODE_UP: case 'p' | KEY_MOD_CTRL:
		if (p->settings.as_typed && p->words.len > 0)
			prompt_complete(p, -1);
		prompt_history(p, -1);
		return true;
	case KEY_CODE_DOWN: case 'n' | KEY_MOD_CTRL:
		if (p->settings.as_typed && p->words.len > 0)
			prompt_complete(p, 1);
		prompt_history(p, 1);
		return true;
	}
	if (key >= ' ' && key < KEY_CODE_NAMED)
		prompt_insert(p, out, utf8_encode(key, out));
	return true;
}

static void
prompt_draw_words(struct prompt *p, struct screen *s, struct area a)
{
	int shown = p->words.len < PROMPT_SHOWN_MAX ? (int)p->words.len : PROMPT_SHOWN_MAX;
	size_t first = p->chosen >= (size_t)shown && p->chosen < p->words.len
		? p->chosen - shown + 1 : 0;

	if (shown > a.rows - 1)
		shown = a.rows - 1;
	for (int i = 0; i < shown; i++) {
		int row = a.rows - 1 - shown + i;
		size_t at = first + i;
		enum style style = at == p->chosen ? STYLE_CURSOR : STYLE_STATUS;
		const char *help = at < p->helps.len ? p->helps.items[at] : "";

		screen_fill(s, a, row, 0, style);
		int used = screen_text(s, a, row, 1, a.cols / 2, p->words.items[at], style);

		screen_text(s, a, row, used + 1 < 24 ? 26 : used + 3, 0, help, style);
	}
}

void
prompt_draw(struct prompt *p, struct screen *s, struct area a)
{
	int row = a.rows - 1;
	const char *text = buf_text(&p->text);

	if (p->words.len > 1 || (p->words.len == 1 && p->chosen == 1))
		prompt_draw_words(p, s, a);
	screen_fill(s, a, row, 0, STYLE_NORMAL);
	int col = screen_text(s, a, row, 0, a.cols * 2 / 3, p->label, STYLE_PROMPT);

	if (p->settings.secret) {
		int dots = 0;

		for (size_t i = 0; i < p->text.len && col + dots < a.cols - 1; dots++) {
			int cells;

			i += utf8_cluster(text + i, p->text.len - i, &cells);
			screen_text(s, a, row, col + dots, 1, "•", STYLE_NORMAL);
		}
		screen_cursor(s, a, row, col + dots, true);
		return;
	}
	// A line longer than the room shows the part before the cursor.
	size_t from = 0;
	char *head = str_ndup(text, p->at);
	int room = a.cols - col - 1;

	while (room > 0 && utf8_cells(head + from) > room) {
		int cells;

		from += utf8_cluster(head + from, p->at - from, &cells);
	}
	int before = utf8_cells(head + from);

	free(head);
	screen_piece(s, a, row, col, text + from, p->text.len - from,
		(struct look){ .style = STYLE_NORMAL });
	screen_cursor(s, a, row, col + before, true);
}
