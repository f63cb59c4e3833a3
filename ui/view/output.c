// SPDX-License-Identifier: GPL-3.0-or-later
// What a command answered in more than one line.
#include "config.h"

#include <stdlib.h>
#include <string.h>
#include "base/buf.h"
#include "base/error.h"
#include "base/str.h"
#include "base/utf8.h"
#include "mail/document.h"
#include "ui/app.h"
#include "ui/widget/pager.h"

struct output {
	struct view view;          // first
	struct document *document;
	struct pager *pager;
	size_t lines;
	char *title;               // NULL: an answer
};

// A tab goes on to the next column of eight, as in any terminal.
static void
output_add_line(struct document *d, const char *text, size_t len)
{
	struct buf line = {0};
	size_t start = 0, piece = 0;
	int cells = 0;

	for (size_t i = 0; i <= len; i++) {
		if (i < len && text[i] != '\t')
			continue;
		buf_add(&line, text + start, i - start);
		cells = (cells + utf8_cells(buf_text(&line) + piece)) % 8;
		if (i < len)
			buf_printf(&line, "%*s", 8 - cells, "");
		start = i + 1;
		piece = line.len;
		cells = 0;
	}
	document_add_text(d, buf_text(&line), line.len);
	buf_done(&line);
}

static bool
output_open(struct view *v, const char *argument, struct error *err)
{
	struct output *o = (struct output *)v;
	const char *text = buf_text(&v->app->rows);

	(void)err;
	if (!o->pager)
		o->pager = pager_new();
	if (!*text && o->document)
		return true;   // it was only asked to come forward
	str_set(&o->title, argument);
	pager_set(o->pager, NULL);
	document_free(&o->document);
	o->document = document_new();
	o->lines = 0;
	while (*text) {
		size_t len = strcspn(text, "\n");

		if (!document_add_block(o->document, BLOCK_LINE))
			break;
		output_add_line(o->document, text, len);
		text += len + (text[len] == '\n');
		o->lines++;
	}
	pager_set(o->pager, o->document);
	pager_top(o->pager);
	v->dirty = true;
	return true;
}

static void
output_close(struct view *v)
{
	struct output *o = (struct output *)v;

	pager_free(&o->pager);
	document_free(&o->document);
	free(o->title);
}

static void
output_draw(struct view *v, struct screen *s, struct area a)
{
	pager_draw(((struct output *)v)->pager, s, a);
}

static void
output_title(struct view *v, struct buf *out)
{
	struct output *o = (struct output *)v;

	buf_printf(out, "%s\t%zu line%s", o->title ? o->title : "Answer", o->lines,
		o->lines == 1 ? "" : "s");
}

static void
output_move(struct view *v, int64_t by)
{
	pager_scroll(((struct output *)v)->pager, by);
}

static void
output_page(struct view *v, int half_pages)
{
	struct pager *p = ((struct output *)v)->pager;

	pager_scroll(p, (int64_t)half_pages * pager_rows(p) / 2);
}

static void
output_end(struct view *v, bool bottom)
{
	struct pager *p = ((struct output *)v)->pager;

	if (bottom)
		pager_bottom(p);
	else
		pager_top(p);
}

static bool
output_search(struct view *v, const char *argument, struct error *err)
{
	v->dirty = true;
	return pager_find(((struct output *)v)->pager, argument, true) ||
		error_set(err, ERROR_INPUT, "not found");
}

static const struct view_verb output_verbs[] = {
	{ "search", output_search },
	{ NULL, NULL },
};

const struct view_ops view_output = {
	.name = "output",
	.size = sizeof(struct output),
	.once = true,
	.only = true,
	.wide = true,
	.open = output_open,
	.close = output_close,
	.draw = output_draw,
	.title = output_title,
	.move = output_move,
	.page = output_page,
	.end = output_end,
	.verbs = output_verbs,
};
