// SPDX-License-Identifier: GPL-3.0-or-later
// Draws cells: every cluster is put at its own column, so that a terminal, the
// C library and Unicode may disagree about a width and the rest of the row
// still stands where it should.
#include "config.h"

#include <errno.h>
#include <fcntl.h>
#include <locale.h>
#include <signal.h>
#include <string.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/ioctl.h>
#include <unistd.h>
#include <wchar.h>
#include "base/error.h"
#include "base/mem.h"
#include "base/utf8.h"
#include "ui/term/private.h"

// Text is UTF-8 whatever the locale says; other categories stay as they are.
void
screen_locale(void)
{
	const char *now = setlocale(LC_CTYPE, "");

	if (MB_CUR_MAX > 1 && now)
		return;
	if (!setlocale(LC_CTYPE, "C.UTF-8"))
		setlocale(LC_CTYPE, "en_US.UTF-8");
}

// Until it was left once, ncurses 6.4 writes after each motion of the cursor: some
// hundred writes a picture instead of one. So it is left once, to nowhere.
static void
screen_settle(void)
{
	int real = fcntl(STDOUT_FILENO, F_DUPFD_CLOEXEC, 0);
	int nowhere = open("/dev/null", O_RDWR | O_CLOEXEC);

	if (real >= 0 && nowhere >= 0 && dup2(nowhere, STDOUT_FILENO) >= 0) {
		endwin();
		dup2(real, STDOUT_FILENO);
	}
	if (real >= 0)
		close(real);
	if (nowhere >= 0)
		close(nowhere);
}

static void
screen_stopped(int signo)
{
	(void)signo;
}

// While it writes a picture ncurses ignores SIGTSTP, and the kernel then forgets
// one that waits for the loop. It does so only where it found no handler.
static void
screen_keep_stops(void)
{
	struct sigaction now, mine = { .sa_handler = screen_stopped };

	if (sigaction(SIGTSTP, NULL, &now) == 0 && now.sa_handler == SIG_DFL)
		sigaction(SIGTSTP, &mine, NULL);
}

bool
screen_open(struct screen **s_r, struct error *err)
{
	*s_r = NULL;
	if (!isatty(STDIN_FILENO) || !isatty(STDOUT_FILENO))
		return error_set(err, ERROR_INPUT, "standard input and output "
			"are no terminal: use -e or -f to run commands without one");
	const char *term = getenv("TERM");
	screen_keep_stops();
	SCREEN *curses = newterm(NULL, stdout, stdin);

	if (!curses)
		return error_set(err, ERROR_INPUT, "the terminal type '%s' is not "
			"known here: set TERM, for example TERM=xterm",
			term ? term : "");
	struct screen *s = mem_new(struct screen);

	s->curses = curses;
	set_term(curses);
	screen_settle();
	raw();
	noecho();
	nonl();
	intrflush(stdscr, FALSE);
	leaveok(stdscr, FALSE);
	// Else a refresh reads keys into curses, where no poll sees them.
	typeahead(-1);
	theme_start(s);
	keys_start(s);
	screen_resize(s);
	*s_r = s;
	return true;
}

void
screen_close(struct screen **s_r)
{
	struct screen *s = *s_r;

	if (!s)
		return;
	if (!s->suspended)
		screen_suspend(s);
	delscreen(s->curses);
	buf_done(&s->paste);
	free(s);
	*s_r = NULL;
}

void
screen_suspend(struct screen *s)
{
	keys_stop(s);
	curs_set(1);
	endwin();
	s->suspended = true;
}

void
screen_resume(struct screen *s)
{
	s->suspended = false;
	screen_resize(s);
	keys_start(s);
	screen_redraw(s);
}

bool
screen_resize(struct screen *s)
{
	struct winsize size;
	int rows = LINES, cols = COLS;

	(void)s;
	if (ioctl(STDOUT_FILENO, TIOCGWINSZ, &size) == 0 && size.ws_row > 0 &&
	    size.ws_col > 0) {
		rows = size.ws_row < SCREEN_ROWS_MAX ? size.ws_row : SCREEN_ROWS_MAX;
		cols = size.ws_col < SCREEN_COLS_MAX ? size.ws_col : SCREEN_COLS_MAX;
	}
	if (rows == LINES && cols == COLS)
		return false;
	resizeterm(rows, cols);
	return true;
}

struct area
screen_area(const struct screen *s)
{
	(void)s;
	return (struct area){ 0, 0, LINES, COLS };
}

void
screen_clear(struct screen *s, struct area a)
{
	for (int row = 0; row < a.rows; row++)
		screen_fill(s, a, row, 0, STYLE_NORMAL);
}

static void
screen_pen(struct screen *s, struct look look)
{
	short pair;
	struct pen pen = theme_pen(s, look, &pair);

	attr_set(pen.attributes, pair, NULL);
}

// The characters that one cell of curses can hold: a first one and the marks on
// it. Returns the bytes used, *width_r the columns that the library gives it.
static size_t
screen_letter(const char *text, size_t len, int cells, wchar_t out[CCHARW_MAX + 1],
	int *width_r)
{
	size_t at = 0;
	int n = 0;

	*width_r = 1;
	while (at < len) {
		uint32_t c;
		size_t used = utf8_decode(text + at, len - at, &c);
		int width = wcwidth((wchar_t)c);

		if (n > 0 && width != 0)
			break;
		if (n == 0) {
			if (width < 1 || width > cells)
				c = cells == 2 ? 0x3000 : 0xfffd; // it cannot draw it
			*width_r = wcwidth((wchar_t)c);
		}
		if (n < CCHARW_MAX)
			out[n++] = (wchar_t)c;
		at += used;
	}
	out[n] = 0;
	return at;
}

// Draws one cluster in its `cells`. A letter with a vowel sign beside it fills
// them letter by letter; of an emoji joined from several only the first is drawn.
static void
screen_cluster(int row, int col, const char *text, size_t len, int cells)
{
	wchar_t wide[CCHARW_MAX + 1];
	int used = 0, width;

	while (len > 0 && used < cells) {
		size_t n = screen_letter(text, len, cells - used, wide, &width);

		mvaddwstr(row, col + used, wide);
		used += width;
		text += n;
		len -= n;
	}
	for (; used < cells; used++)
		mvaddwstr(row, col + used, L" ");
}

int
screen_piece(struct screen *s, struct area a, int row, int col, const char *text,
	size_t len, struct look look)
{
	int start = col;

	if (row < 0 || row >= a.rows || a.cols <= 0)
		return 0;
	screen_pen(s, look);
	while (len > 0 && *text) {
		int cells;
		size_t used = utf8_cluster(text, len, &cells);

		if (col + cells > a.cols)
			break;
		if (cells > 0)
			screen_cluster(a.row + row, a.col + col, text, used, cells);
		col += cells;
		text += used;
		len -= used;
	}
	attr_set(A_NORMAL, 0, NULL);
	return col - start;
}

int
screen_look(struct screen *s, struct area a, int row, int col, int cells,
	const char *text, struct look look)
{
	if (cells <= 0 || col + cells > a.cols)
		cells = a.cols - col;
	if (cells <= 0 || !text)
		return 0;
	int used;
	size_t fits = utf8_fit(text, cells, &used);

	if (!text[fits])
		return screen_piece(s, a, row, col, text, fits, look);
	fits = utf8_fit(text, cells - 1, &used);
	used = screen_piece(s, a, row, col, text, fits, look);
	return used + screen_piece(s, a, row, col + used, "…", strlen("…"), look);
}

int
screen_text(struct screen *s, struct area a, int row, int col, int cells,
	const char *text, enum style style)
{
	return screen_look(s, a, row, col, cells, text,
		(struct look){ .style = style });
}

void
screen_fill_look(struct screen *s, struct area a, int row, int col, struct look look)
{
	cchar_t blank;
	short pair;

	if (row < 0 || row >= a.rows || col >= a.cols)
		return;
	struct pen pen = theme_pen(s, look, &pair);

	setcchar(&blank, L" ", pen.attributes, pair, NULL);
	mvhline_set(a.row + row, a.col + col, &blank, a.cols - col);
}

void
screen_fill(struct screen *s, struct area a, int row, int col, enum style style)
{
	screen_fill_look(s, a, row, col, (struct look){ .style = style });
}

void
screen_line(struct screen *s, struct area a, int row, int col, bool vertical,
	int length, enum style style)
{
	const char *piece = vertical ? "│" : "─";

	for (int i = 0; i < length; i++) {
		int r = vertical ? row + i : row, c = vertical ? col : col + i;

		if (r < a.rows && c < a.cols)
			screen_piece(s, a, r, c, piece, strlen(piece),
				(struct look){ .style = style });
	}
}

void
screen_cursor(struct screen *s, struct area a, int row, int col, bool visible)
{
	s->cursor_row = a.row + row;
	s->cursor_col = a.col + (col < a.cols ? col : a.cols - 1);
	s->cursor_shown = visible;
}

void
screen_write(struct screen *s)
{
	if (s->suspended)
		return;
	curs_set(s->cursor_shown ? 1 : 0);
	wmove(stdscr, s->cursor_row, s->cursor_col);
	wrefresh(stdscr);
}

void
screen_redraw(struct screen *s)
{
	(void)s;
	redrawwin(stdscr);
}
