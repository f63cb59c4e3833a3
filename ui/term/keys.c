// SPDX-License-Identifier: GPL-3.0-or-later
// Turns what curses reads from the keyboard into key codes: characters, named
// keys with modifiers, and pasted text as one piece.
#include "config.h"

#include <stdio.h>
#include <stdlib.h>
#include <unistd.h>
#include "base/utf8.h"
#include "command/binding.h"
#include "ui/term/keys.h"
#include "ui/term/private.h"

#define KEYS_PASTE_MAX (1024 * 1024)
#define KEYS_ESCAPE_MS 10   // an ESC alone is told after this long

// Codes of our own for what curses has no name for.
enum { KEYS_PASTE_BEGIN = KEY_MAX + 1, KEYS_PASTE_END };

static const struct keys_row {
	int curses;
	uint32_t key;
} keys_rows[] = {
	{ KEY_UP, KEY_CODE_UP }, { KEY_DOWN, KEY_CODE_DOWN },
	{ KEY_LEFT, KEY_CODE_LEFT }, { KEY_RIGHT, KEY_CODE_RIGHT },
	{ KEY_HOME, KEY_CODE_HOME }, { KEY_END, KEY_CODE_END },
	{ KEY_PPAGE, KEY_CODE_PAGE_UP }, { KEY_NPAGE, KEY_CODE_PAGE_DOWN },
	{ KEY_IC, KEY_CODE_INSERT }, { KEY_DC, KEY_CODE_DELETE },
	{ KEY_BACKSPACE, KEY_CODE_BACKSPACE }, { KEY_ENTER, KEY_CODE_ENTER },
	{ KEY_BTAB, KEY_CODE_BACKTAB },
	{ KEY_SR, KEY_CODE_UP | KEY_MOD_SHIFT },
	{ KEY_SF, KEY_CODE_DOWN | KEY_MOD_SHIFT },
	{ KEY_SLEFT, KEY_CODE_LEFT | KEY_MOD_SHIFT },
	{ KEY_SRIGHT, KEY_CODE_RIGHT | KEY_MOD_SHIFT },
};

void
keys_start(struct screen *s)
{
	(void)s;
	keypad(stdscr, TRUE);
	nodelay(stdscr, TRUE);
	set_escdelay(KEYS_ESCAPE_MS);
	define_key("\033[200~", KEYS_PASTE_BEGIN);
	define_key("\033[201~", KEYS_PASTE_END);
	fputs("\033[?2004h", stdout);
	fflush(stdout);
}

void
keys_stop(struct screen *s)
{
	(void)s;
	fputs("\033[?2004l", stdout);
	fflush(stdout);
}

int
keys_fd(const struct screen *s)
{
	(void)s;
	return STDIN_FILENO;
}

// A key of curses' own; KEY_CODE_NONE for what we have no word for.
static uint32_t
keys_named(wint_t c)
{
	if (c >= (wint_t)KEY_F(1) && c <= (wint_t)KEY_F(12))
		return KEY_CODE_F1 + (c - KEY_F(1));
	for (size_t i = 0; i < sizeof keys_rows / sizeof keys_rows[0]; i++) {
		if ((wint_t)keys_rows[i].curses == c)
			return keys_rows[i].key;
	}
	return KEY_CODE_NONE;
}

static uint32_t
keys_character(wint_t c)
{
	switch (c) {
	case 9:
		return KEY_CODE_TAB;
	case 10:
	case 13:
		return KEY_CODE_ENTER;
	case 8:
	case 127:
		return KEY_CODE_BACKSPACE;
	case 0:
		return ' ' | KEY_MOD_CTRL;
	}
	if (c < 27)
		return ('a' + c - 1) | KEY_MOD_CTRL;
	if (c > 27 && c < 32)
		return ('@' + c) | KEY_MOD_CTRL;
	return c;
}

static void
keys_pasted(struct screen *s, wint_t c)
{
	char out[4];

	if (s->paste.len < KEYS_PASTE_MAX)
		buf_add(&s->paste, out, utf8_encode(c, out));
}

// One step: true when *key_r is a whole key.
static bool
keys_take(struct screen *s, int kind, wint_t c, uint32_t *key_r, char **paste_r)
{
	if (kind == KEY_CODE_YES && c == KEYS_PASTE_BEGIN) {
		s->pasting = true;
		return false;
	}
	if (kind == KEY_CODE_YES && c == KEYS_PASTE_END) {
		struct buf clean = {0};

		s->pasting = false;
		utf8_filter_text(&clean, buf_text(&s->paste), s->paste.len);
		buf_clear(&s->paste);
		buf_str(&clean, "");
		*paste_r = buf_take(&clean);
		*key_r = KEY_PASTE;
		return true;
	}
	if (s->pasting) {
		if (kind == OK)
			keys_pasted(s, c);
		return false;
	}
	*key_r = kind == KEY_CODE_YES ? keys_named(c) : keys_character(c);
	return *key_r != KEY_CODE_NONE;
}

bool
keys_next(struct screen *s, uint32_t *key_r, char **paste_r)
{
	wint_t c;
	int kind;

	*paste_r = NULL;
	while ((kind = wget_wch(stdscr, &c)) != ERR) {
		if (kind == OK && c == 27 && !s->pasting) {
			// ESC and a character in one go is the character with ALT.
			kind = wget_wch(stdscr, &c);
			if (kind == ERR) {
				*key_r = KEY_CODE_ESCAPE;
				return true;
			}
			if (kind == OK && c == 27) {
				unget_wch(27);
				*key_r = KEY_CODE_ESCAPE;
				return true;
			}
			if (keys_take(s, kind, c, key_r, paste_r)) {
				if (*key_r != KEY_PASTE)
					*key_r |= KEY_MOD_ALT;
				return true;
			}
			continue;
		}
		if (keys_take(s, kind, c, key_r, paste_r))
			return true;
	}
	return false;
}
