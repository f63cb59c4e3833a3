// SPDX-License-Identifier: GPL-3.0-or-later
// What is attached to the message that is shown: to be opened, saved, or handed to a
// program.
#include "config.h"

#include <inttypes.h>
#include <stdlib.h>
#include <string.h>
#include "base/array.h"
#include "base/buf.h"
#include "base/error.h"
#include "base/mem.h"
#include "base/path.h"
#include "base/str.h"
#include "base/utf8.h"
#include "command/attachment.h"
#include "command/script.h"
#include "mail/part.h"
#include "ui/app.h"
#include "ui/view/message.h"
#include "ui/widget/list.h"

#define ATTACHMENTS_TYPE_COLS 56   // narrower ones show no types
#define ATTACHMENTS_SIZE_CELLS 9

struct attachments_row {
	char *section;
	char *name;            // as it is shown
	char *file;            // as it is saved
	char *type, *size;
	bool is_message;
};

struct attachments {
	struct view view;      // first
	uint64_t id;
	char *within;          // they are those of a message attached to it; NULL
	struct array rows;     // struct attachments_row
	int section_cells;     // the widest
	struct list list;
};

static void
attachments_clear(struct attachments *v)
{
	for (size_t i = 0; i < v->rows.len; i++) {
		struct attachments_row *row = array_at(&v->rows, i);

		free(row->section);
		free(row->name);
		free(row->file);
		free(row->type);
		free(row->size);
	}
	array_clear(&v->rows);
	v->section_cells = 1;
}

static void
attachments_add(struct attachments *v, const struct part *p)
{
	struct attachments_row *row = array_push(&v->rows);
	struct buf size = {0}, name = {0};

	part_print_size(&size, p);
	row->file = attachment_file_name(p);
	utf8_filter_line(&name, p->name ? p->name : row->file,
		strlen(p->name ? p->name : row->file));
	row->section = str_dup(p->section);
	row->name = buf_take(&name);
	row->type = str_printf("%s/%s", p->type, p->subtype);
	row->size = buf_take(&size);
	row->is_message = part_is_message(p);
	if ((int)strlen(row->section) > v->section_cells)
		v->section_cells = (int)strlen(row->section);
}

static void
attachments_add_tree(struct attachments *v, const struct part *p)
{
	if (part_is_attachment(p))
		attachments_add(v, p);
	for (size_t i = 0; i < p->n_children; i++)
		attachments_add_tree(v, p->children[i]);
}

static bool
attachments_open(struct view *view, const char *argument, struct error *err)
{
	struct attachments *v = (struct attachments *)view;
	struct view *message = app_find(view->app, "message");
	const struct part *tree = message ? message_parts(message) : NULL;
	const char *within = NULL;

	(void)argument;
	if (!tree)
		return error_set(err, ERROR_INPUT, "open a message first");
	if (v->rows.size == 0)
		v->rows = ARRAY_OF(struct attachments_row);
	attachments_clear(v);
	v->id = message_shown(message, &within);
	str_set(&v->within, within);
	attachments_add_tree(v, tree);
	list_set_count(&v->list, (uint32_t)v->rows.len);
	view->dirty = true;
	return v->rows.len > 0 ||
		error_set(err, ERROR_INPUT, "this message has no attachments");
}

static void
attachments_close(struct view *view)
{
	struct attachments *v = (struct attachments *)view;

	attachments_clear(v);
	array_done(&v->rows);
	free(v->within);
}

static void
attachments_draw_row(void *arg, struct screen *s, struct area row, uint32_t at, bool under)
{
	const struct attachments *v = arg;
	const struct attachments_row *r = array_at(&v->rows, at);
	enum style base = under ? STYLE_CURSOR : STYLE_NORMAL;
	enum style dim = under ? STYLE_CURSOR : STYLE_DIM;
	int first = 1 + v->section_cells + 2;
	int size = row.cols - 1 - utf8_cells(r->size), name = size - 2 - first;

	if (under)
		screen_fill(s, row, 0, 0, base);
	screen_text(s, row, 0, 1, v->section_cells, r->section, dim);
	screen_text(s, row, 0, size, 0, r->size, dim);
	if (row.cols >= ATTACHMENTS_TYPE_COLS) {
		int type = row.cols / 2 + 4;

		screen_text(s, row, 0, type,
			row.cols - 1 - ATTACHMENTS_SIZE_CELLS - type, r->type, dim);
		name = type - 2 - first;
	}
	screen_text(s, row, 0, first, name, r->name, base);
}

static void
attachments_draw(struct view *view, struct screen *s, struct area a)
{
	struct attachments *v = (struct attachments *)view;

	list_draw(&v->list, s, a, attachments_draw_row, v);
}

static void
attachments_title(struct view *view, struct buf *out)
{
	buf_printf(out, "Attachments\t%zu", ((struct attachments *)view)->rows.len);
}

static void
attachments_move(struct view *view, int64_t by)
{
	list_move(&((struct attachments *)view)->list, by);
}

static void
attachments_page(struct view *view, int half_pages)
{
	struct attachments *v = (struct attachments *)view;

	list_move(&v->list, (int64_t)half_pages * v->list.height / 2);
}

static void
attachments_end(struct view *view, bool bottom)
{
	struct attachments *v = (struct attachments *)view;

	list_go(&v->list, bottom ? (int64_t)v->list.count - 1 : 0);
}

static bool
attachments_target(struct view *view, enum target_kind kind, struct target *target_r,
	struct error *err)
{
	struct attachments *v = (struct attachments *)view;

	if (kind != TARGET_MESSAGE && kind != TARGET_MESSAGES)
		return error_set(err, ERROR_INPUT, "only the message is meant here");
	target_r->ids = mem_alloc(1, sizeof *target_r->ids);
	target_r->ids[0] = v->id;
	target_r->n = 1;
	return true;
}

// --- what is done with one ---------------------------------------------------------------

static const struct attachments_row *
attachments_row(const struct attachments *v)
{
	return array_at(&v->rows, v->list.cursor);
}

// A message is read here, as any other.
static bool
attachments_show(struct view *view, const char *argument, struct error *err)
{
	struct attachments *v = (struct attachments *)view;
	const struct attachments_row *row = attachments_row(v);
	struct app *a = view->app;

	(void)argument;
	if (!row->is_message) {
		app_runf(a, "open-part %s", row->section);
		return true;
	}
	char *place = str_printf("%" PRIx64 "/%s", v->id, row->section);

	app_close(a, view);
	bool ok = app_open(a, "message", place, err) != NULL;

	free(place);
	return ok;
}

static bool
attachments_text(struct view *view, const char *argument, struct error *err)
{
	(void)argument;
	(void)err;
	app_runf(view->app, "open-part -text %s",
		attachments_row((struct attachments *)view)->section);
	return true;
}

static bool
attachments_hex(struct view *view, const char *argument, struct error *err)
{
	(void)argument;
	(void)err;
	app_runf(view->app, "open-part -hex %s",
		attachments_row((struct attachments *)view)->section);
	return true;
}

static bool
attachments_pipe(struct view *view, const char *argument, struct error *err)
{
	char *line = str_printf("pipe -part %s -- ",
		attachments_row((struct attachments *)view)->section);

	(void)argument;
	(void)err;
	app_palette(view->app, line, false);
	free(line);
	return true;
}

struct attachments_saving {
	struct app *app;
	char *what;            // the command up to the path
	bool folder;           // the answer is one
};

static void
attachments_save_as(void *arg, const char *answer)
{
	struct attachments_saving *w = arg;
	struct app *a = w->app;
	struct buf text = {0};

	if (!str_empty(answer) && !a->quitting) {
		const char *base = w->folder ? answer + strlen(answer) : path_base(answer);

		free(a->save_folder);
		a->save_folder = w->folder && !str_has_suffix(answer, "/")
			? str_printf("%s/", answer)
			: str_ndup(answer, (size_t)(base - answer));
		buf_str(&text, w->what);
		script_quote(&text, answer);
		app_run(a, text.data);
	}
	buf_done(&text);
	free(w->what);
	free(w);
}

// Proposes the attachment's name, without what is bad in one, where the last was saved.
static void
attachments_ask(struct app *a, const char *question, const char *name, char *what,
	bool folder)
{
	struct attachments_saving *w = mem_new(struct attachments_saving);
	char *path = str_printf("%s%s", a->save_folder ? a->save_folder : "~/", name);

	*w = (struct attachments_saving){ a, what, folder };
	app_ask(a, &(struct question){ .kind = QUESTION_TEXT, .text = question,
		.initial = path, .complete = "path" }, attachments_save_as, w);
	free(path);
}

static bool
attachments_save(struct view *view, const char *argument, struct error *err)
{
	struct attachments *v = (struct attachments *)view;
	const struct attachments_row *row = attachments_row(v);

	(void)argument;
	(void)err;
	attachments_ask(view->app, "Save as:", row->file,
		str_printf("save %" PRIx64 " %s ", v->id, row->section), false);
	return true;
}

static bool
attachments_save_all(struct view *view, const char *argument, struct error *err)
{
	struct attachments *v = (struct attachments *)view;

	(void)argument;
	(void)err;
	attachments_ask(view->app, "Save all in the folder:", "",
		str_printf("save-all %s%s %" PRIx64 " ", v->within ? "-part " : "",
			str_or_empty(v->within), v->id), true);
	return true;
}

static const struct view_verb attachments_verbs[] = {
	{ "open", attachments_show },
	{ "as-text", attachments_text },
	{ "as-hex", attachments_hex },
	{ "pipe-part", attachments_pipe },
	{ "save-part", attachments_save },
	{ "save-parts", attachments_save_all },
	{ NULL, NULL },
};

const struct view_ops view_attachments = {
	.name = "attachments",
	.size = sizeof(struct attachments),
	.once = true,
	.only = true,
	.text = true,          // it takes the message's place
	.open = attachments_open,
	.close = attachments_close,
	.draw = attachments_draw,
	.target = attachments_target,
	.title = attachments_title,
	.move = attachments_move,
	.page = attachments_page,
	.end = attachments_end,
	.verbs = attachments_verbs,
};
