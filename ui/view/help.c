// SPDX-License-Identifier: GPL-3.0-or-later
// The keys of a place and all commands, found by a few letters; one that is
// opened is run.
#include "config.h"

#include <stdlib.h>
#include <string.h>
#include "base/array.h"
#include "base/buf.h"
#include "base/error.h"
#include "base/str.h"
#include "base/utf8.h"
#include "command/binding.h"
#include "command/command.h"
#include "command/script.h"
#include "engine.h"
#include "ui/app.h"
#include "ui/text.h"
#include "ui/widget/fuzzy.h"
#include "ui/widget/list.h"

#define HELP_KEYS_CELLS 12
#define HELP_NAME_CELLS 22
#define HELP_NARROW_CELLS 15    // of keys or a name, where the help needs the rest
#define HELP_WIDE_COLS 100
#define HELP_MORE_ROWS 3       // below the list: all of what is under the cursor
#define HELP_MORE_FROM 10      // rows of the area; of fewer one less is taken
#define HELP_MORE_LEAST 6      // fewer are needed for the list

struct help_row {
	char *keys;            // NULL: a command without keys; heading: both NULL
	char *name;            // the command, or the block
	char *help;
	bool needs_more;       // it cannot run without arguments
};

struct help {
	struct view view;      // first
	char *context;
	struct array rows;     // struct help_row
	struct strlist words;  // beside each row: what is searched
	size_t *order;         // those that fit
	struct list list;
	char *sought;
};

static void
help_clear(struct help *h)
{
	for (size_t i = 0; i < h->rows.len; i++) {
		struct help_row *row = array_at(&h->rows, i);

		free(row->keys);
		free(row->name);
		free(row->help);
	}
	array_clear(&h->rows);
	strlist_done(&h->words);
}

static void
help_add(struct help *h, const char *keys, const char *name, const char *help,
	bool needs_more)
{
	struct help_row *row = array_push(&h->rows);

	row->keys = str_dup(keys);
	row->name = str_dup(name);
	row->help = str_dup(str_or_empty(help));
	row->needs_more = needs_more;
	strlist_take(&h->words, str_printf("%s %s %s", str_or_empty(name),
		str_or_empty(keys), row->help));
}

// What a block does, by its first command: of what a pick or command line is
// opened with, that one. Bare: it stands there without a word that narrows it.
static const struct command *
help_first(struct engine *e, const char *block, bool *bare_r)
{
	struct script script = {0};
	const struct command *row = NULL, *inner = NULL;

	*bare_r = false;
	if (script_parse(&script, block, ":", 1, NULL) && script.len > 0) {
		const struct strlist *words = &script.items[0].words;

		row = commands_find(e->commands, words->items[0]);
		*bare_r = script.len == 1 && words->len == 1;
		if (row && words->len > 1 && (str_equal(row->name, "pick") ||
			str_equal(row->name, "command"))) {
			const char *line = words->items[1];
			size_t len = strcspn(line, " ");
			char *name = str_ndup(line, len);

			inner = commands_find(e->commands, name);
			*bare_r = script.len == 1 && inner &&
				line[len + strspn(line + len, " ")] == '\0';
			free(name);
		}
	}
	script_done(&script);
	return inner ? inner : row;
}

static void
help_add_keys(struct help *h)
{
	struct engine *e = h->view.app->engine;
	const struct binding **list;
	size_t n = bindings_in(e->bindings, h->context, &list);

	for (size_t i = 0; i < n; i++) {
		bool bare;
		const struct command *row = help_first(e, list[i]->block, &bare);
		struct buf keys = {0}, block = {0};

		key_sequence_print(&keys, &list[i]->keys);
		utf8_filter_line(&block, list[i]->block, strlen(list[i]->block));
		char *copy = str_dup(buf_text(&block));

		help_add(h, buf_text(&keys), str_trim(copy), list[i]->note &&
			!(bare && row) ? list[i]->note : row ? row->help : NULL, false);
		free(copy);
		buf_done(&keys);
		buf_done(&block);
	}
	free(list);
}

static void
help_add_commands(struct help *h)
{
	struct engine *e = h->view.app->engine;
	size_t n;
	const struct command *const *rows = commands_all(e->commands, &n);
	const struct definition *const *defined;

	for (size_t i = 0; i < n; i++)
		help_add(h, NULL, rows[i]->name, rows[i]->help, rows[i]->arguments &&
			rows[i]->arguments[0].name && !rows[i]->arguments[0].optional);
	n = commands_definitions(e->commands, &defined);
	for (size_t i = 0; i < n; i++)
		help_add(h, NULL, defined[i]->name, defined[i]->help, false);
}

static void
help_sift(struct help *h)
{
	free(h->order);
	list_set_count(&h->list, (uint32_t)fuzzy_order(&h->words, str_or_empty(h->sought),
		&h->order));
	list_go(&h->list, 0);
	h->view.dirty = true;
}

static bool
help_open(struct view *v, const char *argument, struct error *err)
{
	struct help *h = (struct help *)v;

	(void)err;
	if (argument && str_equal(argument, "help"))
		return true;
	str_set(&h->context, argument ? argument : "index");
	if (h->rows.size == 0)
		h->rows = ARRAY_OF(struct help_row);
	help_clear(h);
	help_add_keys(h);
	help_add_commands(h);
	str_set(&h->sought, NULL);
	help_sift(h);
	return true;
}

static void
help_close(struct view *v)
{
	struct help *h = (struct help *)v;

	// What is run from here acts where it was asked for: at the side, if there.
	if (h->context && str_equal(h->context, view_folders.name))
		app_focus_sidebar(v->app, true);
	help_clear(h);
	array_done(&h->rows);
	free(h->order);
	free(h->sought);
	free(h->context);
}

// The key or the command, and all of its help: what a key runs is told below.
static void
help_draw_narrow(const struct help_row *r, struct screen *s, struct area row, bool under)
{
	enum style style = under ? STYLE_CURSOR : STYLE_NORMAL;
	char *name = r->keys ? str_dup(r->keys) : str_printf(":%s", r->name);
	int cells = row.cols < 60 ? row.cols / 4 : HELP_NARROW_CELLS;

	if (under)
		screen_fill(s, row, 0, 0, style);
	screen_text(s, row, 0, 1, cells - 2, name, under ? style : r->keys
		? STYLE_HINT_KEY : STYLE_NORMAL);
	screen_text(s, row, 0, cells, 0, *r->help ? r->help : r->name, style);
	free(name);
}

static void
help_draw_row(void *arg, struct screen *s, struct area row, uint32_t at, bool under)
{
	struct help *h = arg;
	const struct help_row *r = array_at(&h->rows, h->order[at]);
	enum style style = under ? STYLE_CURSOR : STYLE_NORMAL;

	if (row.cols < HELP_WIDE_COLS) {
		help_draw_narrow(r, s, row, under);
		return;
	}
	int name = HELP_NAME_CELLS;

	if (under)
		screen_fill(s, row, 0, 0, style);
	screen_text(s, row, 0, 1, HELP_KEYS_CELLS - 2, r->keys ? r->keys : ":",
		under ? style : r->keys ? STYLE_HINT_KEY : STYLE_DIM);
	screen_text(s, row, 0, HELP_KEYS_CELLS, name - 1, r->name, style);
	screen_text(s, row, 0, HELP_KEYS_CELLS + name, 0, r->help,
		under ? style : STYLE_DIM);
}

// What is under the cursor: how the command is written, and its help to the end.
static void
help_draw_more(struct help *h, struct screen *s, struct area a)
{
	const struct help_row *r = array_at(&h->rows, h->order[h->list.cursor]);
	struct buf text = {0};
	bool bare;
	const struct command *row = help_first(h->view.app->engine, r->name, &bare);

	if (row && (!r->keys || bare))
		command_usage(&text, row);
	else
		buf_str(&text, r->name);
	buf_printf(&text, ": %s", r->help);
	const char *at = text.data;

	for (int i = 0; i < a.rows; i++) {
		size_t len = text_break(at, a.cols - 2);
		char *line = i == a.rows - 1 ? str_dup(at) : str_ndup(at, len);

		screen_fill(s, a, i, 0, STYLE_TITLE);
		screen_text(s, a, i, 1, a.cols - 2, line, STYLE_TITLE);
		free(line);
		at += len + strspn(at + len, " ");
	}
	buf_done(&text);
}

static void
help_draw(struct view *v, struct screen *s, struct area a)
{
	struct help *h = (struct help *)v;

	if (a.rows >= HELP_MORE_LEAST && h->list.cursor < h->list.count) {
		int more = a.rows < HELP_MORE_FROM ? HELP_MORE_ROWS - 1 : HELP_MORE_ROWS;

		a.rows -= more;
		help_draw_more(h, s, (struct area){ a.row + a.rows, a.col, more, a.cols });
	}
	list_draw(&h->list, s, a, help_draw_row, h);
	if (h->list.count == 0)
		screen_text(s, a, 1, 2, 0, "Nothing fits what is sought", STYLE_DIM);
}

static void
help_title(struct view *v, struct buf *out)
{
	struct help *h = (struct help *)v;

	buf_printf(out, "Keys and commands: %s", h->context);
	if (h->sought)
		buf_printf(out, " · %s\t%u", h->sought, h->list.count);
}

static void
help_move(struct view *v, int64_t by)
{
	list_move(&((struct help *)v)->list, by);
}

static void
help_page(struct view *v, int half_pages)
{
	struct help *h = (struct help *)v;

	if (half_pages % 2 == 0)
		list_page(&h->list, half_pages / 2);
	else
		list_move(&h->list, (int64_t)half_pages * h->list.height / 2);
}

static void
help_end(struct view *v, bool bottom)
{
	struct help *h = (struct help *)v;

	list_go(&h->list, bottom ? (int64_t)h->list.count - 1 : 0);
}

static bool
help_limit(struct view *v, const char *argument, struct error *err)
{
	struct help *h = (struct help *)v;

	(void)err;
	str_set(&h->sought, str_empty(argument) ? NULL : argument);
	help_sift(h);
	return true;
}

static bool
help_run(struct view *v, const char *argument, struct error *err)
{
	struct help *h = (struct help *)v;
	struct app *a = v->app;

	(void)argument;
	if (h->list.cursor >= h->list.count)
		return error_set(err, ERROR_INPUT, "nothing is chosen");
	const struct help_row *r = array_at(&h->rows, h->order[h->list.cursor]);
	char *name = str_dup(r->name);
	bool more = r->needs_more;

	// It acts where the help was asked for, so the help goes first.
	app_close(a, v);
	if (more) {
		struct buf text = {0};

		buf_printf(&text, "%s ", name);
		app_palette(a, text.data, false);
		buf_done(&text);
	} else {
		app_run(a, name);
	}
	free(name);
	return true;
}

static const struct view_verb help_verbs[] = {
	{ "open", help_run },
	{ "limit", help_limit },
	{ NULL, NULL },
};

const struct view_ops view_help = {
	.name = "help",
	.size = sizeof(struct help),
	.once = true,
	.only = true,
	.wide = true,
	.open = help_open,
	.close = help_close,
	.draw = help_draw,
	.title = help_title,
	.move = help_move,
	.page = help_page,
	.end = help_end,
	.verbs = help_verbs,
};
