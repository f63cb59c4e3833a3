// SPDX-License-Identifier: GPL-3.0-or-later
// The page on which a draft is checked before it goes: its fields, attachments
// and text. The draft is its file; every change is a command on it.
#include "config.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include "base/buf.h"
#include "base/error.h"
#include "base/mem.h"
#include "base/path.h"
#include "base/str.h"
#include "base/utf8.h"
#include "command/attachment.h"
#include "command/drafts.h"
#include "command/script.h"
#include "engine.h"
#include "mail/address.h"
#include "mail/document.h"
#include "mail/draft.h"
#include "ui/app.h"
#include "ui/widget/list.h"
#include "ui/widget/pager.h"

#define COMPOSE_NAME_CELLS 11
#define COMPOSE_ATTACHMENTS_SHOWN 8
#define COMPOSE_ERROR_ROWS 6

struct compose {
	struct view view;          // first
	char *path;
	bool broken;               // its header cannot be read: the text is shown as it is
	struct draft draft;
	struct attachment *attachments;   // draft.attach.len of them
	char *error;               // why it is no draft, or could not be sent; NULL
	struct list list;          // the fields, then the attachments
	struct document *text;
	struct pager *pager;
	struct compose_load *load; // that is under way; NULL
};

static const struct compose_field {
	const char *label, *name;  // name: as draft-set has it
} compose_fields[] = {
	{ "From", "from" }, { "To", "to" }, { "Cc", "cc" }, { "Bcc", "bcc" },
	{ "Subject", "subject" },
};
#define COMPOSE_FIELDS ((uint32_t)(sizeof compose_fields / sizeof compose_fields[0]))

// --- loading ------------------------------------------------------------------------

// Done by the worker for files; the page may be gone when it comes back.
struct compose_load {
	struct compose *page;      // NULL: gone
	char *path;
	bool gone, ok;
	struct draft draft;
	struct attachment *attachments;
	struct error why;          // ok: what was left out of it, if anything
	struct buf text;           // not ok: the whole file
};

static bool
compose_read_file(void *arg, struct error *err)
{
	struct compose_load *l = arg;

	l->gone = !path_exists(l->path);
	if (l->gone)
		return true;
	error_clear(&l->why);
	l->ok = draft_load(&l->draft, l->path, &l->why);
	if (!l->ok)
		return path_read(l->path, DRAFT_SIZE_MAX, &l->text, err);
	l->attachments = mem_alloc(l->draft.attach.len + 1, sizeof *l->attachments);
	for (size_t i = 0; i < l->draft.attach.len; i++)
		attachment_look(&l->attachments[i], &l->draft, i);
	return true;
}

static void
compose_forget(struct draft *draft, struct attachment **attachments)
{
	for (size_t i = 0; *attachments && i < draft->attach.len; i++)
		attachment_done(&(*attachments)[i]);
	free(*attachments);
	*attachments = NULL;
	draft_done(draft);
}

static void
compose_set_text(struct compose *c, const char *text)
{
	pager_set(c->pager, NULL);
	document_free(&c->text);
	c->text = document_new();
	while (*text) {
		size_t len = strcspn(text, "\n");

		if (!document_add_block(c->text, BLOCK_LINE))
			break;
		document_add_text(c->text, text, len);
		text += len + (text[len] == '\n');
	}
	pager_set(c->pager, c->text);
}

// What stands in the way of sending it.
static void
compose_check(struct compose *c, const struct error *left_out)
{
	struct error err;

	str_set(&c->error, left_out->kind == ERROR_NONE ? NULL : left_out->text);
	for (size_t i = 0; !c->error && i < c->draft.attach.len; i++) {
		if (c->attachments[i].state == ATTACHMENT_GONE)
			c->error = str_printf("%s is not there any more: put it back, or "
				"take it off", c->attachments[i].name);
	}
	if (!c->error && !draft_check(&c->draft, &err))
		str_set(&c->error, err.text);
}

static void
compose_take(struct compose *c, struct compose_load *l)
{
	compose_forget(&c->draft, &c->attachments);
	c->draft = l->draft;
	c->attachments = l->attachments;
	l->draft = (struct draft){0};
	l->attachments = NULL;
	c->broken = !l->ok;
	if (c->broken) {
		free(c->error);
		c->error = str_printf("%s. Nothing is lost: edit it again", l->why.text);
		list_set_count(&c->list, 0);
		compose_set_text(c, buf_text(&l->text));
		return;
	}
	compose_check(c, &l->why);
	if (c->list.count == 0) {
		list_set_count(&c->list, COMPOSE_FIELDS);
		list_go(&c->list, 1);
	}
	list_set_count(&c->list, COMPOSE_FIELDS + (uint32_t)c->draft.attach.len);
	compose_set_text(c, str_or_empty(c->draft.body));
}

static void
compose_loaded(void *arg, const struct error *err)
{
	struct compose_load *l = arg;
	struct compose *c = l->page;

	if (c) {
		c->load = NULL;
		c->view.dirty = true;
		if (l->gone)
			app_close(c->view.app, &c->view);   // sent, or thrown away
		else if (err)
			str_set(&c->error, err->text);
		else
			compose_take(c, l);
	}
	compose_forget(&l->draft, &l->attachments);
	buf_done(&l->text);
	free(l->path);
	free(l);
}

static void
compose_reload(struct compose *c)
{
	struct compose_load *l = mem_new(struct compose_load);

	if (c->load)
		c->load->page = NULL;   // what it brings is old
	l->page = c;
	l->path = str_dup(c->path);
	c->load = l;
	engine_work(c->view.app->engine, false, compose_read_file, compose_loaded, l);
}

// --- the view ------------------------------------------------------------------------

static struct view *
compose_with_path(struct app *a, const char *path, const struct view *but)
{
	for (size_t i = 0; i < a->n_views; i++) {
		if (a->views[i] != but && a->views[i]->ops == &view_compose &&
		    str_equal(((struct compose *)a->views[i])->path, path))
			return a->views[i];
	}
	return NULL;
}

static bool
compose_open(struct view *v, const char *argument, struct error *err)
{
	struct compose *c = (struct compose *)v;
	struct view *other;

	if (str_empty(argument))
		return error_set(err, ERROR_INPUT, "which draft? :compose begins one");
	// The one page of a draft: another editor run brings it here anew.
	other = compose_with_path(v->app, argument, v);
	if (other)
		app_close(v->app, other);
	c->path = str_dup(argument);
	c->pager = pager_new();
	c->list.cursor = 1;
	list_set_count(&c->list, COMPOSE_FIELDS);
	list_go(&c->list, 1);
	compose_reload(c);
	return true;
}

static void
compose_close(struct view *v)
{
	struct compose *c = (struct compose *)v;

	if (c->load)
		c->load->page = NULL;
	pager_free(&c->pager);
	document_free(&c->text);
	compose_forget(&c->draft, &c->attachments);
	free(c->path);
	free(c->error);
}

static void
compose_event(struct view *v, const struct event *event)
{
	if (!event)
		compose_reload((struct compose *)v);
}

static void
compose_value(const struct compose *c, uint32_t at, struct buf *out)
{
	const struct address_list *lists[] = {
		&c->draft.from, &c->draft.to, &c->draft.cc, &c->draft.bcc,
	};

	if (at < sizeof lists / sizeof lists[0])
		address_list_format(out, lists[at]);
	else if (at < COMPOSE_FIELDS)
		buf_str(out, str_or_empty(c->draft.subject));
	else if (at - COMPOSE_FIELDS < c->draft.attach.len)
		attachment_print(out, &c->attachments[at - COMPOSE_FIELDS]);
}

static void
compose_draw_row(void *arg, struct screen *s, struct area row, uint32_t at, bool under)
{
	const struct compose *c = arg;
	struct buf value = {0};
	char label[24];

	if (at < COMPOSE_FIELDS)
		snprintf(label, sizeof label, "%s:", compose_fields[at].label);
	else
		snprintf(label, sizeof label, "Attach %u:", at - COMPOSE_FIELDS + 1);
	compose_value(c, at, &value);
	enum style style = STYLE_HEADER_VALUE;

	if (at >= COMPOSE_FIELDS &&
	    c->attachments[at - COMPOSE_FIELDS].state != ATTACHMENT_SAME)
		style = STYLE_WARNING;
	if (under)
		screen_fill(s, row, 0, 0, STYLE_CURSOR);
	screen_text(s, row, 0, 1, COMPOSE_NAME_CELLS - 1, label,
		under ? STYLE_CURSOR : STYLE_HEADER_NAME);
	screen_text(s, row, 0, 1 + COMPOSE_NAME_CELLS, 0, buf_text(&value),
		under ? STYLE_CURSOR : style);
	buf_done(&value);
}

// In whole: it may be all that says which line of the header is wrong. Returns
// the rows that it took.
static int
compose_draw_error(const struct compose *c, struct screen *s, struct area a)
{
	struct buf safe = {0};
	int rows = 0;

	utf8_filter_line(&safe, c->error, strlen(c->error));
	const char *text = buf_text(&safe);

	while (*text && rows < COMPOSE_ERROR_ROWS && rows < a.rows) {
		size_t len = utf8_fit(text, a.cols - 2, NULL), fits = len;

		while (text[fits] && len > 0 && text[len] != ' ')
			len--;
		if (len == 0)
			len = fits;
		if (len == 0)
			break;
		screen_fill(s, a, rows, 0, STYLE_NORMAL);
		screen_piece(s, a, rows++, 1, text, len,
			(struct look){ .style = STYLE_WARNING });
		text += len;
		text += strspn(text, " ");
	}
	buf_done(&safe);
	return rows;
}

static void
compose_draw(struct view *v, struct screen *s, struct area a)
{
	struct compose *c = (struct compose *)v;
	struct area fields = a, rest = a;
	uint32_t shown = c->list.count;

	if (shown > COMPOSE_FIELDS + COMPOSE_ATTACHMENTS_SHOWN)
		shown = COMPOSE_FIELDS + COMPOSE_ATTACHMENTS_SHOWN;
	fields.rows = (int)shown < a.rows ? (int)shown : a.rows;
	if (fields.rows > 0)
		list_draw(&c->list, s, fields, compose_draw_row, c);
	rest.row += fields.rows;
	rest.rows -= fields.rows;
	if (rest.rows > 0 && c->error) {
		int rows = compose_draw_error(c, s, rest);

		rest.row += rows;
		rest.rows -= rows;
	}
	if (rest.rows <= 0)
		return;
	screen_fill(s, rest, 0, 0, STYLE_NORMAL);
	screen_line(s, rest, 0, 0, false, rest.cols, STYLE_BORDER);
	rest.row++;
	rest.rows--;
	for (int i = 0; i < rest.rows; i++)
		screen_fill(s, rest, i, 0, STYLE_NORMAL);
	rest.col++;
	rest.cols--;
	if (rest.rows > 0)
		pager_draw(c->pager, s, rest);
}

static void
compose_title(struct view *v, struct buf *out)
{
	struct compose *c = (struct compose *)v;

	buf_printf(out, "Draft: %s\t", c->broken ? "(cannot be read)"
		: str_empty(c->draft.subject) ? "(no subject)" : c->draft.subject);
	if (c->draft.account)
		buf_printf(out, "from %s", c->draft.account);
}

static bool
compose_target(struct view *v, enum target_kind kind, struct target *target,
	struct error *err)
{
	struct compose *c = (struct compose *)v;

	if (kind != TARGET_DRAFT)
		return error_set(err, ERROR_INPUT,
			"there is no message here but the draft itself");
	target->path = str_dup(c->path);
	return true;
}

static void
compose_move(struct view *v, int64_t by)
{
	struct compose *c = (struct compose *)v;

	list_move(&c->list, by);
}

static void
compose_page(struct view *v, int half_pages)
{
	struct compose *c = (struct compose *)v;

	pager_scroll(c->pager, (int64_t)half_pages * pager_rows(c->pager) / 2);
}

static void
compose_end(struct view *v, bool bottom)
{
	struct compose *c = (struct compose *)v;

	list_go(&c->list, bottom ? (int64_t)c->list.count - 1 : 0);
}

// --- changing fields --------------------------------------------------------------------

struct compose_answer {
	struct app *app;
	uint32_t field;
	char *path;
};

static void compose_ask(struct compose *c, uint32_t field, const char *value, size_t at);

static bool
compose_is_address(uint32_t field)
{
	return !str_equal(compose_fields[field].name, "subject");
}

// What was typed with a mistake in it is put again, the cursor behind the mistake.
static void
compose_set(struct compose *c, uint32_t field, const char *value)
{
	struct address_list list = {0};
	struct buf text = {0};
	struct error err;
	size_t end = 0;

	error_clear(&err);
	if (compose_is_address(field) &&
	    !address_list_typed(&list, value, &end, &err)) {
		compose_ask(c, field, value, end);
		app_notice(c->view.app, SAY_ERROR, "%s", err.text);
	} else {
		buf_printf(&text, "draft-set %s ", compose_fields[field].name);
		script_quote(&text, value);
		app_run(c->view.app, text.data);
	}
	address_list_done(&list);
	buf_done(&text);
}

static void
compose_answered(void *arg, const char *answer)
{
	struct compose_answer *x = arg;
	struct view *v = x->app->quitting ? NULL : app_focus(x->app);

	if (answer && v && v->ops == &view_compose &&
	    str_equal(((struct compose *)v)->path, x->path))
		compose_set((struct compose *)v, x->field, answer);
	free(x->path);
	free(x);
}

static void
compose_ask(struct compose *c, uint32_t field, const char *value, size_t at)
{
	struct compose_answer *x = mem_new(struct compose_answer);
	char *label = str_printf("%s:", compose_fields[field].label);

	*x = (struct compose_answer){ c->view.app, field, str_dup(c->path) };
	app_ask(c->view.app, &(struct question){ .kind = QUESTION_TEXT, .text = label,
		.initial = value, .at = at,
		.complete = compose_is_address(field) ? "address" : NULL },
		compose_answered, x);
	free(label);
}

static bool
compose_field(struct view *v, const char *argument, struct error *err)
{
	struct compose *c = (struct compose *)v;
	uint32_t at = c->list.cursor;
	struct buf value = {0};

	if (c->broken)
		return error_set(err, ERROR_INPUT, "%s", c->error);
	for (uint32_t i = 0; argument && i < COMPOSE_FIELDS; i++) {
		if (str_equal(compose_fields[i].name, argument))
			at = i;
	}
	if (at >= COMPOSE_FIELDS)
		return error_set(err, ERROR_INPUT, "this is an attachment: drop takes "
			"it away");
	list_go(&c->list, at);
	v->dirty = true;
	compose_value(c, at, &value);
	compose_ask(c, at, buf_text(&value), 0);
	buf_done(&value);
	return true;
}

static bool
compose_open_field(struct view *v, const char *argument, struct error *err)
{
	(void)argument;
	return compose_field(v, NULL, err);
}

static bool
compose_drop(struct view *v, const char *argument, struct error *err)
{
	struct compose *c = (struct compose *)v;

	(void)argument;
	if (c->list.cursor < COMPOSE_FIELDS || c->broken)
		return error_set(err, ERROR_INPUT, "no attachment is under the cursor");
	app_runf(v->app, "detach %u", c->list.cursor - COMPOSE_FIELDS + 1);
	return true;
}

static const struct view_verb compose_verbs[] = {
	{ "open", compose_open_field },
	{ "field", compose_field },
	{ "drop", compose_drop },
	{ NULL, NULL },
};

static void
compose_save(struct view *v, struct buf *out)
{
	buf_str(out, ((struct compose *)v)->path);
}

const struct view_ops view_compose = {
	.name = "compose",
	.size = sizeof(struct compose),
	.only = true,
	.text = true,
	.open = compose_open,
	.close = compose_close,
	.draw = compose_draw,
	.event = compose_event,
	.target = compose_target,
	.title = compose_title,
	.move = compose_move,
	.page = compose_page,
	.end = compose_end,
	.verbs = compose_verbs,
	.save = compose_save,
};
