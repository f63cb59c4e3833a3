// SPDX-License-Identifier: GPL-3.0-or-later
// One message: its header from the store at once, then its text when the
// reader has it; the network is never waited for.
#include "config.h"

#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include "account/event.h"
#include "base/error.h"
#include "base/mem.h"
#include "base/utf8.h"
#include "command/option.h"
#include "command/tags.h"
#include "engine.h"
#include "loop/loop.h"
#include "mail/document.h"
#include "mail/message.h"
#include "mail/query.h"
#include "store/folders.h"
#include "store/messages.h"
#include "ui/app.h"
#include "ui/child.h"
#include "ui/text.h"
#include "ui/view/index.h"
#include "ui/view/message.h"
#include "ui/view/message_header.h"
#include "ui/widget/pager.h"

#define MESSAGE_WAIT_MS 300     // most texts are here sooner: no word then
#define MESSAGE_LINK_CELLS 34  // of what a link says, before where it goes
#define MESSAGE_FOLD_MAX 50     // a deeper quote there is none
#define MESSAGE_ROWS_LOW 12     // a lower view shows less of the header

struct message_view {
	struct view view;          // first
	uint64_t id;
	char *within;              // the section of a message attached to it; NULL
	uint32_t folder;           // where it was opened: leaving it goes on
	struct message message;    // from the store
	struct document *document; // NULL: not here yet
	uint64_t job;              // that reads it; 0
	struct loop_timer *timer;  // until the waiting is worth a word
	bool waiting;              // it is
	char *error;               // why it could not be read; NULL
	struct pager *pager;
	struct message_header header;
	int header_width;          // it is laid out for; 0: not yet
	bool header_few;           // as on a low screen
	bool all_headers, html;
	bool wants_parts;          // they are chosen from once they are known
};

static void message_choose_part(struct message_view *m);

uint64_t
message_shown(const struct view *v, const char **within_r)
{
	const struct message_view *m = (const struct message_view *)v;

	*within_r = m->within;
	return m->id;
}

const struct part *
message_parts(const struct view *v)
{
	const struct message_view *m = (const struct message_view *)v;

	return m->document ? m->document->root : NULL;
}

// --- reading -----------------------------------------------------------------------

// Where the server keeps no such mark, nothing is marked unasked: it would come back
// as unread.
static bool
message_seen_denied(const struct message_view *m)
{
	struct folder f;

	if (!store_folder(m->view.app->engine->store, m->message.folder, &f))
		return false;
	bool denied = f.attributes & FOLDER_NO_SEEN;
	folder_done(&f);
	return denied;
}

static void
message_mark_seen(struct message_view *m)
{
	struct app *a = m->view.app;

	if ((m->message.flags.bits & FLAG_SEEN) ||
	    !options_on(a->engine->options, NULL, "mark-seen") ||
	    message_seen_denied(m))
		return;
	if (app_focus(a) == &m->view)
		app_run(a, "mark -quiet +seen");
	else
		app_runf(a, "mark -quiet -t id:%" PRIx64 " +seen", m->id);
}

// An attached message has its own header, once that is here.
static void
message_take_envelope(struct message_view *m)
{
	if (!m->within)
		return;
	envelope_done(&m->message.envelope);
	m->message.envelope = (struct envelope){ 0 };
	if (m->document)
		envelope_copy(&m->message.envelope, &m->document->envelope);
}

static void
message_read(void *arg, struct event *event)
{
	struct message_view *m = arg;

	if (event->kind != EVENT_REPLY)
		return;
	m->job = 0;
	loop_remove_timer(&m->timer);
	m->view.dirty = true;
	m->header_width = 0;
	if (event->error.kind != ERROR_NONE) {
		str_set(&m->error, event->error.text);
		return;
	}
	str_set(&m->error, NULL);
	struct document *old = m->document;

	m->document = event->document;
	event->document = NULL;
	pager_set(m->pager, m->document);
	document_free(&old);
	message_take_envelope(m);
	message_mark_seen(m);
	if (m->wants_parts)
		message_choose_part(m);
}

static void
message_waits(void *arg)
{
	struct message_view *m = arg;

	loop_remove_timer(&m->timer);
	m->waiting = m->view.dirty = true;
}

static void
message_fetch(struct message_view *m)
{
	struct engine *e = m->view.app->engine;

	if (m->job)
		engine_job_cancel(e, m->job);
	loop_remove_timer(&m->timer);
	m->waiting = false;
	m->timer = loop_add_timer(e->loop, MESSAGE_WAIT_MS, message_waits, m);
	str_set(&m->error, NULL);
	m->job = engine_read(e, m->id, m->within, m->html, message_read, m);
}

static void
message_show(struct message_view *m, uint64_t id, const char *within,
	const struct message *message)
{
	str_set(&m->within, within);
	message_done(&m->message);
	m->message = *message;
	tags_note(m->view.app->engine, &message->flags);
	m->id = id;
	m->folder = message->folder;
	m->html = m->wants_parts = false;
	m->header_width = 0;
	m->view.dirty = true;
	pager_set(m->pager, NULL);
	pager_top(m->pager);
	document_free(&m->document);
	message_take_envelope(m);
	message_fetch(m);
	app_changed_place(m->view.app);
}

static bool
message_open(struct view *v, const char *argument, struct error *err)
{
	struct message_view *m = (struct message_view *)v;
	struct message message;
	uint64_t id;

	if (!m->pager) {
		m->pager = pager_new();
		pager_fold_quotes(m->pager, (int)options_number(v->app->engine->options,
			NULL, "fold-quotes"));
		message_header_init(&m->header);
	}
	// "ID", or "ID/SECTION" for a message that is attached to it.
	const char *slash = argument ? strchr(argument, '/') : NULL;
	const char *within = slash && slash[1] ? slash + 1 : NULL;
	char *id_text = str_ndup(str_or_empty(argument),
		strcspn(str_or_empty(argument), "/"));
	bool named = query_parse_id(id_text, &id);

	free(id_text);
	if (!named) {
		if (m->id)
			return true;
		return error_set(err, ERROR_INPUT, "no message was named");
	}
	if (id == m->id && !m->error && str_equal(within, m->within))
		return true;
	if (!store_message(v->app->engine->store, id, &message))
		return error_set(err, ERROR_GONE, "this message is no longer there");
	message_show(m, id, within, &message);
	return true;
}

// From a message that is attached one goes back to the one around it.
static bool
message_leave(struct view *v)
{
	struct message_view *m = (struct message_view *)v;
	struct message message;

	if (!m->within || !store_message(v->app->engine->store, m->id, &message))
		return true;
	message_show(m, m->id, NULL, &message);
	return false;
}

static void
message_close(struct view *v)
{
	struct message_view *m = (struct message_view *)v;

	if (m->job)
		engine_job_cancel(v->app->engine, m->job);
	loop_remove_timer(&m->timer);
	pager_free(&m->pager);
	message_header_done(&m->header);
	document_free(&m->document);
	message_done(&m->message);
	free(m->within);
	free(m->error);
}

static void
message_save(struct view *v, struct buf *out)
{
	const struct message_view *m = (const struct message_view *)v;

	buf_printf(out, "%" PRIx64 "%s%s", m->id, m->within ? "/" : "",
		str_or_empty(m->within));
}

// --- drawing -------------------------------------------------------------------------

static void
message_draw_lead(void *arg, struct screen *s, struct area row, int at)
{
	message_header_draw(&((struct message_view *)arg)->header, s, row, at);
}

// What stands in the place of a text that is not here.
static void
message_draw_waiting(struct message_view *m, struct screen *s, struct area a)
{
	const struct account_status *status = engine_account_status(
		m->view.app->engine, m->message.account);
	int row = (int)m->header.rows.len + 2;

	if (m->error)
		screen_text(s, a, row, 0, 0, m->error, STYLE_ERROR);
	else if (!m->waiting)
		return;
	else if (status && (status->state == ACCOUNT_OFFLINE ||
	    status->state == ACCOUNT_PAUSED))
		screen_text(s, a, row, 0, 0, "Its text is not here, and there is no "
			"connection: it comes when the account is on line", STYLE_DIM);
	else
		screen_text(s, a, row, 0, 0, "Fetching the text…", STYLE_DIM);
}

static void
message_draw(struct view *v, struct screen *s, struct area a)
{
	struct message_view *m = (struct message_view *)v;

	bool few = a.rows < MESSAGE_ROWS_LOW && !m->all_headers;

	if (m->header_width != a.cols || m->header_few != few) {
		message_header_lay(&m->header, &m->message, m->document,
			few ? HEADER_FEW : m->all_headers ? HEADER_ALL : HEADER_USUAL,
			m->within != NULL, a.cols);
		m->header_few = few;
		m->header_width = a.cols;
		// The rule and an empty line stand behind it.
		pager_lead(m->pager, (int)m->header.rows.len + 2, message_draw_lead, m);
	}
	pager_draw(m->pager, s, a);
	if (!m->document)
		message_draw_waiting(m, s, a);
}

static void
message_title(struct view *v, struct buf *out)
{
	struct message_view *m = (struct message_view *)v;
	const char *subject = m->message.envelope.subject;

	buf_str(out, str_empty(subject) ? "(no subject)" : subject);
	buf_char(out, '\t');
	if (m->message.flags.bits & FLAG_FLAGGED)
		buf_str(out, "flagged  ");
	if (m->html)
		buf_str(out, "html  ");
	if (m->document)
		buf_printf(out, "%d%%", pager_percent(m->pager));
}

// --- events and targets ----------------------------------------------------------------

// It was moved away or deleted: on to what stands there now.
static void
message_left(struct message_view *m)
{
	struct app *a = m->view.app;
	struct view *index = app_find(a, "index");
	uint64_t next = index && index_holds(index, m->folder)
		? index_message(index) : 0;
	struct message message;

	if (next && next != m->id && store_message(a->engine->store, next, &message))
		message_show(m, next, NULL, &message);
	else
		app_close(a, &m->view);
}

static void
message_event(struct view *v, const struct event *event)
{
	struct message_view *m = (struct message_view *)v;
	struct message now;

	if (!event)
		return;
	bool mine = event->id == 0 || event->id == m->id;

	switch (event->kind) {
	case EVENT_MESSAGE:
	case EVENT_MESSAGES:
	case EVENT_RESET:
		if (!mine && event->kind == EVENT_MESSAGE)
			break;
		if (!store_message(v->app->engine->store, m->id, &now)) {
			message_left(m);
			break;
		}
		message_done(&m->message);
		m->message = now;
		message_take_envelope(m);
		m->header_width = 0;   // its tags stand there
		v->dirty = true;
		if (now.folder != m->folder)
			message_left(m);
		break;
	case EVENT_BODY:
		// It came by another way, after it could not be read.
		if (mine && m->error)
			message_fetch(m);
		break;
	case EVENT_ACCOUNT:
		v->dirty |= !m->document;
		break;
	default:
		break;
	}
}

static bool
message_target(struct view *v, enum target_kind kind, struct target *target,
	struct error *err)
{
	struct message_view *m = (struct message_view *)v;

	target->account = m->message.account;
	target->folder = m->message.folder;
	if (kind == TARGET_FOLDER || kind == TARGET_VIEW)
		return true;
	if (kind != TARGET_MESSAGE && kind != TARGET_MESSAGES)
		return error_set(err, ERROR_INPUT, "there is no draft here");
	// What is done to a message would be done to the one around it.
	if (m->within)
		return error_set(err, ERROR_INPUT, "this message is attached to "
			"another one: close it (q) to act on that");
	target->ids = mem_copy(&m->id, sizeof m->id);
	target->n = 1;
	return true;
}

// --- motions and verbs --------------------------------------------------------------------

static void
message_move(struct view *v, int64_t by)
{
	struct message_view *m = (struct message_view *)v;

	if (!pager_scroll(m->pager, by) && m->document)
		app_notice(v->app, SAY_INFO, by > 0 ? "This is the end of the message"
			: "This is the top of the message");
	v->dirty = true;
}

static void
message_page(struct view *v, int half_pages)
{
	struct message_view *m = (struct message_view *)v;
	bool moved = half_pages % 2 == 0 ? pager_page(m->pager, half_pages / 2)
		: pager_scroll(m->pager, (int64_t)half_pages * pager_rows(m->pager) / 2);

	if (!moved && m->document)
		app_notice(v->app, SAY_INFO, half_pages > 0
			? "This is the end of the message" : "This is the top of the message");
	v->dirty = true;
}

static void
message_end(struct view *v, bool bottom)
{
	struct message_view *m = (struct message_view *)v;

	if (bottom)
		pager_bottom(m->pager);
	else
		pager_top(m->pager);
	v->dirty = true;
}

static bool
message_headers(struct view *v, const char *argument, struct error *err)
{
	struct message_view *m = (struct message_view *)v;

	(void)argument;
	(void)err;
	m->all_headers = !m->all_headers;
	m->header_width = 0;
	pager_top(m->pager);
	v->dirty = true;
	return true;
}

static bool
message_html(struct view *v, const char *argument, struct error *err)
{
	struct message_view *m = (struct message_view *)v;

	(void)argument;
	(void)err;
	m->html = !m->html;
	message_fetch(m);
	v->dirty = true;
	return true;
}

static bool
message_quotes(struct view *v, const char *argument, struct error *err)
{
	struct message_view *m = (struct message_view *)v;
	long wanted = argument ? strtol(argument, NULL, 10) : PAGER_FOLD_NEXT;

	(void)err;
	if (argument && (wanted < 0 || wanted > MESSAGE_FOLD_MAX))
		wanted = 0;
	int level = pager_fold_quotes(m->pager, (int)wanted);
	// Else what is seen says it.
	if (level > 1)
		app_notice(v->app, SAY_INFO, "Quotes are folded from level %d on", level);
	v->dirty = true;
	return true;
}

static bool
message_skip_quoted(struct view *v, const char *argument, struct error *err)
{
	(void)argument;
	if (!pager_skip_quotes(((struct message_view *)v)->pager))
		return error_set(err, ERROR_INPUT, "no text stands behind a quote below");
	v->dirty = true;
	return true;
}

static bool
message_find(struct view *v, const char *argument, bool forward)
{
	struct message_view *m = (struct message_view *)v;

	if (!pager_find(m->pager, argument, forward))
		app_notice(v->app, SAY_INFO, argument ? "Not found: %s" : "No further%s",
			argument ? argument : " place");
	v->dirty = true;
	return true;
}

static bool
message_search(struct view *v, const char *argument, struct error *err)
{
	(void)err;
	return message_find(v, argument, true);
}

static bool
message_search_back(struct view *v, const char *argument, struct error *err)
{
	(void)err;
	return message_find(v, argument, false);
}

static bool
message_refresh(struct view *v, const char *argument, struct error *err)
{
	(void)argument;
	(void)err;
	message_fetch((struct message_view *)v);
	v->dirty = true;
	return true;
}

// --- links and attachments -------------------------------------------------------------------

// The answer is one of the rows below, which end in where the link goes.
static void
message_open_link(void *arg, const char *answer)
{
	struct app *a = arg;
	const char *url = answer ? strrchr(answer, ' ') : NULL;

	if (url && !a->quitting)
		child_browse(a, url + 1);
}

// The words that are the link, as many as leave room for where it goes.
static void
message_link_words(const struct document *d, size_t link, struct buf *out)
{
	for (size_t i = 0; i < d->spans.len; i++) {
		const struct span *s = array_at(&d->spans, i);
		const char *text = buf_text(&d->text) + s->start;

		if (s->kind != SPAN_LINK || s->link != (int)link || s->len == 0 ||
		    document_link_shows(d->links.items[link], text, s->len))
			continue;
		char *copy = str_ndup(text, s->len);
		struct buf line = {0};

		utf8_filter_line(&line, copy, s->len);
		free(copy);
		size_t fits = utf8_fit(buf_text(&line), MESSAGE_LINK_CELLS, NULL);

		buf_printf(out, "%.*s%s  ", (int)fits, buf_text(&line),
			fits < line.len ? "…" : "");
		buf_done(&line);
		return;
	}
}

// "2  what it says  https://...": the number is the one that `link` takes.
static void
message_list_links(const struct document *d, struct strlist *rows)
{
	for (size_t i = 0; i < d->links.len; i++) {
		struct buf row = {0};

		buf_printf(&row, "%zu  ", i + 1);
		message_link_words(d, i, &row);
		buf_str(&row, d->links.items[i]);
		strlist_take(rows, buf_take(&row));
	}
}

static bool
message_link(struct view *v, const char *argument, struct error *err)
{
	struct message_view *m = (struct message_view *)v;
	size_t n = m->document ? m->document->links.len : 0;
	const char *one = argument ? pager_link(m->pager, atoi(argument))
		: n == 1 ? m->document->links.items[0] : NULL;

	if (n == 0 || (argument && !one))
		return error_set(err, ERROR_INPUT, n == 0 ? "there are no links in this "
			"message" : "there is no link %s", argument);
	if (one) {
		child_browse(v->app, one);
		return true;
	}
	struct strlist rows = {0};

	message_list_links(m->document, &rows);
	const char **choices = text_choices(&rows);

	app_ask(v->app, &(struct question){ .kind = QUESTION_CHOICE,
		.text = "Open link:", .choices = choices }, message_open_link, v->app);
	free(choices);
	strlist_done(&rows);
	return true;
}

static bool
message_attachments(struct view *v, const char *argument, struct error *err)
{
	struct message_view *m = (struct message_view *)v;

	(void)argument;
	m->wants_parts = !m->document && m->job;
	if (m->wants_parts)
		return true;
	return app_open(v->app, "attachments", NULL, err) != NULL;
}

static void
message_choose_part(struct message_view *m)
{
	struct error err;

	if (!message_attachments(&m->view, NULL, &err))
		app_notice(m->view.app, SAY_INFO, "%s", err.text);
}

static const struct view_verb message_verbs[] = {
	{ "headers", message_headers },
	{ "html", message_html },
	{ "quotes", message_quotes },
	{ "skip-quoted", message_skip_quoted },
	{ "search", message_search },
	{ "search-back", message_search_back },
	{ "link", message_link },
	{ "attachments", message_attachments },
	{ "refresh", message_refresh },
	{ NULL, NULL },
};

const struct view_ops view_message = {
	.name = "message",
	.size = sizeof(struct message_view),
	.once = true,
	.text = true,
	.open = message_open,
	.close = message_close,
	.draw = message_draw,
	.event = message_event,
	.leave = message_leave,
	.target = message_target,
	.title = message_title,
	.move = message_move,
	.page = message_page,
	.end = message_end,
	.verbs = message_verbs,
	.save = message_save,
};
