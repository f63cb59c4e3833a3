// SPDX-License-Identifier: GPL-3.0-or-later
// Joins a pty and libvterm.
#include "config.h"

#include "tests/screen/harness.h"

#include <errno.h>
#include <fcntl.h>
#include <poll.h>
#include <pty.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/ioctl.h>
#include <sys/wait.h>
#include <unistd.h>
#include <vterm.h>
#include "base/buf.h"
#include "base/mem.h"
#include "base/str.h"
#include "base/utf8.h"
#include "base/when.h"

#define LOOKS_MAX 52           // letters

struct terminal {
	int fd;                // -1: hung up
	pid_t pid;             // 0: it has ended
	int status;            // then
	VTerm *vterm;
	VTermScreen *screen;
	int rows, cols;
	bool cursor_visible;
	VTermPos cursor;
	size_t bytes;
};

// --- libvterm tells ---------------------------------------------------------------

static int
moved(VTermPos to, VTermPos from, int visible, void *arg)
{
	struct terminal *t = arg;

	(void)from;
	(void)visible;
	t->cursor = to;
	return 1;
}

static int
property(VTermProp prop, VTermValue *value, void *arg)
{
	struct terminal *t = arg;

	if (prop == VTERM_PROP_CURSORVISIBLE)
		t->cursor_visible = value->boolean;
	return 1;
}

static const VTermScreenCallbacks callbacks = {
	.movecursor = moved, .settermprop = property,
};

static void
answered(const char *bytes, size_t len, void *arg)
{
	struct terminal *t = arg;

	terminal_type(t, bytes, len);
}

// --- life --------------------------------------------------------------------------

struct terminal *
terminal_start(const char *const argv[], const char *const environment[], int rows,
	int cols)
{
	struct winsize size = { .ws_row = rows, .ws_col = cols };
	int fd;
	pid_t pid = forkpty(&fd, NULL, NULL, &size);

	if (pid < 0)
		return NULL;
	if (pid == 0) {
		if (environment)
			environ = (char **)environment;
		execvp(argv[0], (char *const *)argv);
		fprintf(stderr, "%s: %s\n", argv[0], strerror(errno));
		_exit(127);
	}
	struct terminal *t = mem_new(struct terminal);

	fcntl(fd, F_SETFD, FD_CLOEXEC);
	t->fd = fd;
	t->pid = pid;
	t->rows = rows;
	t->cols = cols;
	t->cursor_visible = true;
	t->vterm = vterm_new(rows, cols);
	vterm_set_utf8(t->vterm, 1);
	vterm_output_set_callback(t->vterm, answered, t);
	t->screen = vterm_obtain_screen(t->vterm);
	vterm_screen_set_callbacks(t->screen, &callbacks, t);
	vterm_screen_enable_altscreen(t->screen, 1);
	vterm_screen_reset(t->screen, 1);
	return t;
}

void
terminal_free(struct terminal **t_r)
{
	struct terminal *t = *t_r;

	if (!t)
		return;
	if (t->fd >= 0)
		close(t->fd);
	if (t->pid > 0) {
		kill(t->pid, SIGKILL);
		waitpid(t->pid, NULL, 0);
	}
	vterm_free(t->vterm);
	free(t);
	*t_r = NULL;
}

pid_t
terminal_pid(const struct terminal *t)
{
	return t->pid;
}

size_t
terminal_bytes(const struct terminal *t)
{
	return t->bytes;
}

// --- typing ------------------------------------------------------------------------

void
terminal_type(struct terminal *t, const char *bytes, size_t len)
{
	while (t->fd >= 0 && len > 0) {
		ssize_t n = write(t->fd, bytes, len);

		if (n < 0 && errno == EINTR)
			continue;
		if (n <= 0)
			return;
		bytes += n;
		len -= n;
	}
}

static const struct {
	const char *name, *bytes;
} key_bytes[] = {
	{ "Enter", "\r" }, { "Esc", "\033" }, { "Tab", "\t" }, { "Space", " " },
	{ "Backspace", "\177" }, { "S-Tab", "\033[Z" }, { "lt", "<" },
	{ "Up", "\033OA" }, { "Down", "\033OB" }, { "Right", "\033OC" },
	{ "Left", "\033OD" }, { "Home", "\033OH" }, { "End", "\033OF" },
	{ "PageUp", "\033[5~" }, { "PageDown", "\033[6~" }, { "Delete", "\033[3~" },
	{ "F1", "\033OP" },
};

static bool
type_named(struct terminal *t, const char *name)
{
	if (str_has_prefix(name, "Paste:")) {
		terminal_type(t, "\033[200~", 6);
		terminal_type(t, name + 6, strlen(name + 6));
		terminal_type(t, "\033[201~", 6);
		return true;
	}
	if (name[0] && name[1] == '-' && name[2] && !name[3] && name[0] != 'S') {
		char bytes[2] = { '\033', name[2] };

		if (name[0] == 'C')
			bytes[0] = name[2] & 0x1f;
		terminal_type(t, bytes, name[0] == 'C' ? 1 : 2);
		return true;
	}
	for (size_t i = 0; i < sizeof key_bytes / sizeof key_bytes[0]; i++) {
		if (str_equal(key_bytes[i].name, name)) {
			terminal_type(t, key_bytes[i].bytes, strlen(key_bytes[i].bytes));
			// With a key right behind it, it would be that key with Alt.
			if (str_equal(name, "Esc"))
				terminal_still(t);
			return true;
		}
	}
	return false;
}

bool
terminal_keys(struct terminal *t, const char *keys)
{
	while (*keys) {
		const char *end = *keys == '<' ? strchr(keys, '>') : NULL;

		if (end && end[1] != '>') {
			char *name = str_ndup(keys + 1, end - keys - 1);
			bool known = type_named(t, name);

			free(name);
			if (!known)
				return false;
			keys = end + 1;
		} else if (*keys == ' ') {
			keys++;
		} else {
			terminal_type(t, keys++, 1);
		}
	}
	return true;
}

void
terminal_resize(struct terminal *t, int rows, int cols)
{
	struct winsize size = { .ws_row = rows, .ws_col = cols };

	t->rows = rows;
	t->cols = cols;
	vterm_set_size(t->vterm, rows, cols);
	ioctl(t->fd, TIOCSWINSZ, &size);
}

void
terminal_hang_up(struct terminal *t)
{
	close(t->fd);
	t->fd = -1;
}

// --- waiting -------------------------------------------------------------------------

// Reads what comes within ms; false when nothing did.
static bool
read_some(struct terminal *t, int ms)
{
	struct pollfd p = { .fd = t->fd, .events = POLLIN };
	char bytes[16384];

	if (t->fd < 0 || poll(&p, 1, ms) <= 0)
		return false;
	ssize_t n = read(t->fd, bytes, sizeof bytes);

	if (n <= 0) {
		// It has closed its side: nothing more will come.
		close(t->fd);
		t->fd = -1;
		return false;
	}
	t->bytes += n;
	vterm_input_write(t->vterm, bytes, n);
	vterm_screen_flush_damage(t->screen);
	return true;
}

bool
terminal_wait(struct terminal *t, bool (*found)(struct terminal *t, void *arg),
	void *arg, int deadline_ms)
{
	int64_t until = when_mono_ms() + deadline_ms;

	for (;;) {
		if (found(t, arg))
			return true;
		int64_t left = until - when_mono_ms();

		if (left <= 0 || t->fd < 0)
			return false;
		read_some(t, left < TERMINAL_LOOK_MS ? (int)left : TERMINAL_LOOK_MS);
	}
}

bool
terminal_has(struct terminal *t, const char *text)
{
	struct buf all = {0};

	terminal_text(t, &all);
	bool has = strstr(buf_text(&all), text) != NULL;

	buf_done(&all);
	return has;
}

static bool
has_text(struct terminal *t, void *arg)
{
	return terminal_has(t, arg);
}

static bool
lacks_text(struct terminal *t, void *arg)
{
	return !terminal_has(t, arg);
}

bool
terminal_wait_text(struct terminal *t, const char *text)
{
	return terminal_wait(t, has_text, (void *)text, TERMINAL_DEADLINE_MS);
}

bool
terminal_wait_gone(struct terminal *t, const char *text)
{
	return terminal_wait(t, lacks_text, (void *)text, TERMINAL_DEADLINE_MS);
}

void
terminal_read(struct terminal *t)
{
	while (read_some(t, 0))
		;
}

void
terminal_still(struct terminal *t)
{
	while (read_some(t, TERMINAL_STILL_MS))
		;
}

int
terminal_wait_exit(struct terminal *t)
{
	int64_t until = when_mono_ms() + TERMINAL_DEADLINE_MS;
	int status;

	if (t->pid == 0)
		return t->status;
	// The pty closes when it ends; a pipe would block if nobody read it.
	while (t->fd >= 0 && when_mono_ms() < until)
		read_some(t, TERMINAL_LOOK_MS);
	while (waitpid(t->pid, &status, WNOHANG) == 0) {
		if (when_mono_ms() >= until)
			return -1;
		poll(NULL, 0, 5);
	}
	t->pid = 0;
	t->status = WIFEXITED(status) ? WEXITSTATUS(status) : 128 + WTERMSIG(status);
	return t->status;
}

// --- looking ---------------------------------------------------------------------------

static void
add_cell(struct buf *out, const VTermScreenCell *cell)
{
	char bytes[4];

	if (cell->chars[0] == 0)
		buf_char(out, ' ');
	for (int i = 0; i < VTERM_MAX_CHARS_PER_CELL && cell->chars[i]; i++)
		buf_add(out, bytes, utf8_encode(cell->chars[i], bytes));
}

char *
terminal_row(struct terminal *t, int row)
{
	struct buf out = {0};

	for (int col = 0; col < t->cols; ) {
		VTermScreenCell cell;

		vterm_screen_get_cell(t->screen, (VTermPos){ row, col }, &cell);
		add_cell(&out, &cell);
		col += cell.width > 0 ? cell.width : 1;
	}
	while (out.len > 0 && out.data[out.len - 1] == ' ')
		buf_cut(&out, out.len - 1);
	return out.data ? buf_take(&out) : str_dup("");
}

void
terminal_text(struct terminal *t, struct buf *out)
{
	for (int row = 0; row < t->rows; row++) {
		char *text = terminal_row(t, row);

		buf_printf(out, "%s\n", text);
		free(text);
	}
}

static void
name_colour(struct buf *out, const char *name, const VTermColor *c, bool is_default)
{
	if (is_default)
		return;
	if (VTERM_COLOR_IS_INDEXED(c))
		buf_printf(out, " %s %d", name, c->indexed.idx);
	else
		buf_printf(out, " %s #%02x%02x%02x", name, c->rgb.red, c->rgb.green,
			c->rgb.blue);
}

// "bold fg 75"; "" for the plain look.
static void
name_look(struct buf *out, const VTermScreenCell *cell)
{
	buf_str(out, "");
	if (cell->attrs.bold)
		buf_str(out, " bold");
	if (cell->attrs.italic)
		buf_str(out, " italic");
	if (cell->attrs.underline)
		buf_str(out, " underline");
	if (cell->attrs.reverse)
		buf_str(out, " reverse");
	name_colour(out, "on", &cell->bg, VTERM_COLOR_IS_DEFAULT_BG(&cell->bg));
	name_colour(out, "in", &cell->fg, VTERM_COLOR_IS_DEFAULT_FG(&cell->fg));
}

static char
look_letter(struct strlist *looks, const VTermScreenCell *cell)
{
	struct buf name = {0};
	size_t at = 0;

	name_look(&name, cell);
	if (name.len == 0) {
		buf_done(&name);
		return '.';
	}
	while (at < looks->len && !str_equal(looks->items[at], name.data))
		at++;
	if (at == looks->len)
		strlist_add(looks, name.data);
	buf_done(&name);
	return at < LOOKS_MAX ? "abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ"[at]
		: '?';
}

static void
add_look_row(struct terminal *t, int row, struct strlist *looks, struct buf *out)
{
	size_t start = out->len;

	for (int col = 0; col < t->cols; ) {
		VTermScreenCell cell;

		vterm_screen_get_cell(t->screen, (VTermPos){ row, col }, &cell);
		int width = cell.width > 0 ? cell.width : 1;

		for (int i = 0; i < width; i++)
			buf_char(out, look_letter(looks, &cell));
		col += width;
	}
	while (out->len > start && out->data[out->len - 1] == '.')
		buf_cut(out, out->len - 1);
	buf_char(out, '\n');
}

void
terminal_picture(struct terminal *t, struct buf *out)
{
	struct strlist looks = {0};

	terminal_text(t, out);
	buf_str(out, "--- looks\n");
	for (int row = 0; row < t->rows; row++)
		add_look_row(t, row, &looks, out);
	for (size_t i = 0; i < looks.len && i < LOOKS_MAX; i++)
		buf_printf(out, "%c:%s\n", i < 26 ? (char)('a' + i) : (char)('A' + i - 26),
			looks.items[i]);
	if (t->cursor_visible)
		buf_printf(out, "cursor %d %d\n", t->cursor.row, t->cursor.col);
	strlist_done(&looks);
}
