// SPDX-License-Identifier: GPL-3.0-or-later
// The lines at the bottom: how each account stands and what is still to be
// sent; below it what was said last, what may follow a key, or the keys that
// matter here.
#include "config.h"

#include "ui/app.h"

#include <stdlib.h>
#include <string.h>
#include "account/event.h"
#include "base/when.h"
#include "base/utf8.h"
#include "command/binding.h"
#include "command/option.h"
#include "engine.h"
#include "store/outbox.h"
#include "store/pending.h"
#include "ui/text.h"

#define LINES_ACCOUNTS_MAX 64
#define LINES_CAUSE_CELLS 12   // less of it says nothing
#define LINES_BOX_ROWS 12      // of a notice or question that is longer than a line

// --- the status line ------------------------------------------------------------------

static const struct {
	const char *word;      // where the account says no more itself
	bool busy, bad;
} lines_states[] = {
	[ACCOUNT_IDLE] = { "on line", false, false },
	[ACCOUNT_CONNECTING] = { "connecting", true, false },
	[ACCOUNT_SYNCING] = { "fetching", true, false },
	[ACCOUNT_PLAYING] = { "sending changes", true, false },
	[ACCOUNT_SENDING] = { "sending mail", true, false },
	[ACCOUNT_OFFLINE] = { "off line", true, true },
	[ACCOUNT_NEEDS_PASSWORD] = { "needs a password", true, true },
	[ACCOUNT_NEEDS_TRUST] = { "certificate not trusted", true, true },
	[ACCOUNT_PAUSED] = { "off line", true, false },
};

static void
lines_account(struct app *a, uint32_t id, struct buf *out, bool *bad)
{
	const struct account_status *s = engine_account_status(a->engine, id);
	const char *name = engine_account_name(a->engine, id);

	buf_printf(out, "%s: ", str_or_empty(name));
	if (!s) {
		buf_str(out, "starting");
		return;
	}
	*bad |= lines_states[s->state].bad;
	buf_str(out, *s->text ? s->text : lines_states[s->state].word);
	if (account_waits(a, id)) {
		buf_str(out, " (");
		account_keys(a, out);
		buf_str(out, " answers)");
	}
}

// Why accounts are off line, and until when: behind all that is more urgent.
static void
lines_causes(struct app *a, struct buf *out)
{
	uint32_t ids[LINES_ACCOUNTS_MAX];
	size_t n = engine_account_ids(a->engine, ids, LINES_ACCOUNTS_MAX);

	for (size_t i = 0; i < n; i++) {
		const struct account_status *s = engine_account_status(a->engine, ids[i]);

		if (!s || s->state != ACCOUNT_OFFLINE)
			continue;
		if (out->len > 0)
			buf_str(out, "; ");
		if (n > 1)
			buf_printf(out, "%s ", str_or_empty(engine_account_name(a->engine,
				ids[i])));
		if (s->retry_at > 0) {
			char *when = when_local(s->retry_at, "%H:%M");

			buf_printf(out, "tries again at %s%s", when,
				*s->error ? ": " : "");
			free(when);
		}
		buf_str(out, s->error);
	}
}

// Each account that does something; all of them where there are few.
static void
lines_accounts(struct app *a, struct buf *out, bool *bad)
{
	uint32_t ids[LINES_ACCOUNTS_MAX];
	size_t n = engine_account_ids(a->engine, ids, LINES_ACCOUNTS_MAX), idle = 0;

	if (n == 0)
		buf_str(out, a->engine->store ? "no account" : "the store is not open");
	for (size_t i = 0; i < n; i++) {
		const struct account_status *s = engine_account_status(a->engine, ids[i]);

		if (n > 2 && s && !lines_states[s->state].busy) {
			idle++;
			continue;
		}
		if (out->len > 0)
			buf_str(out, " │ ");
		lines_account(a, ids[i], out, bad);
	}
	if (idle > 0)
		buf_printf(out, "%s%zu %son line", out->len > 0 ? " │ " : "", idle,
			idle == n ? "accounts " : "more ");
}

// Counted when the outbox has changed, not with every key.
static void
lines_count_outbox(struct app *a)
{
	struct send *sends = NULL;

	if (a->to_send >= 0)
		return;
	size_t n = store_sends(a->engine->store, 0, &sends);

	a->to_send = 0;
	a->refused = a->unsure = 0;
	for (size_t i = 0; i < n; i++) {
		a->to_send += sends[i].state == SEND_WAITING ||
			sends[i].state == SEND_STARTED;
		a->unsure += sends[i].state == SEND_FAILED && send_is_doubt(&sends[i]);
		a->refused += sends[i].state == SEND_FAILED && !send_is_doubt(&sends[i]);
		send_done(&sends[i]);
	}
	free(sends);
}

size_t
lines_to_send(struct app *a)
{
	if (!a->engine->store)
		return 0;
	lines_count_outbox(a);
	return (size_t)a->to_send;
}

static void
lines_pending(struct app *a, struct buf *out)
{
	if (!a->engine->store)
		return;
	size_t acts = store_operations_count(a->engine->store, 0);

	size_t to_send = lines_to_send(a);
	if (acts > 0)
		buf_printf(out, "%zu pending", acts);
	if (to_send > 0)
		buf_printf(out, "%s%zu to send", acts > 0 ? ", " : "", to_send);
	if (a->running > 0)
		buf_printf(out, "%s…", out->len > 0 ? " " : "");
}

// At the right end; returns the cells that are left.
static int
lines_draw_right(struct app *a, struct area row, int room, const char *text,
	enum style style)
{
	int wide = utf8_cells(text);

	if (wide == 0 || wide >= room)
		return room;
	screen_text(a->screen, row, 0, 1 + room - wide, wide, text, style);
	return room - wide - 1;
}

// Mail that a person believes to be sent and that is not, or who knows.
static void
lines_refused(struct app *a, struct buf *out)
{
	struct buf keys = {0};

	if (a->refused > 0)
		buf_printf(out, "%zu refused", a->refused);
	if (a->unsure > 0)
		buf_printf(out, "%s%zu unsure", out->len > 0 ? ", " : "", a->unsure);
	if (out->len > 0 && bindings_print_keys(a->engine->bindings,
			view_context(app_focus(a)), "view outbox", &keys))
		buf_printf(out, " (%s)", buf_text(&keys));
	buf_done(&keys);
}

void
lines_draw_status(struct app *a, struct area row)
{
	struct buf left = {0}, right = {0};
	bool bad = false;

	lines_accounts(a, &left, &bad);
	lines_pending(a, &right);
	enum style style = bad ? STYLE_STATUS_BAD : STYLE_STATUS;
	int room = row.cols - 2;
	struct buf clean = {0}, refused = {0}, causes = {0}, why = {0};

	utf8_filter_line(&clean, buf_text(&left), left.len);
	lines_causes(a, &causes);
	utf8_filter_line(&why, buf_text(&causes), causes.len);
	screen_fill(a->screen, row, 0, 0, style);
	lines_refused(a, &refused);
	room = lines_draw_right(a, row, room, buf_text(&refused), STYLE_STATUS_BAD);
	room = lines_draw_right(a, row, room, buf_text(&right), style);
	int used = screen_text(a->screen, row, 0, 1, room, buf_text(&clean), style);

	if (why.len > 0 && room - used > LINES_CAUSE_CELLS)
		screen_text(a->screen, row, 0, 1 + used + 2, room - used - 2,
			why.data, style);
	buf_done(&why);
	buf_done(&causes);
	buf_done(&refused);
	buf_done(&clean);
	buf_done(&left);
	buf_done(&right);
}

// --- the line below it -------------------------------------------------------------------

// The word for a binding: its note, else the command's name.
static void
lines_word(const struct binding *b, struct buf *out)
{
	const char *block = b->block;

	if (b->note) {
		buf_str(out, b->note);
		return;
	}
	while (*block == ' ' || *block == '\t' || *block == '\n')
		block++;
	buf_add(out, block, strcspn(block, " \t\n;"));
}

static int
lines_draw_binding(struct app *a, struct area row, int col, const struct binding *b,
	size_t skip)
{
	struct buf keys = {0}, word = {0};
	struct key_sequence rest = b->keys;

	rest.len -= skip;
	memmove(rest.keys, rest.keys + skip, rest.len * sizeof rest.keys[0]);
	key_sequence_print(&keys, &rest);
	lines_word(b, &word);
	int wide = utf8_cells(keys.data) + 1 + utf8_cells(buf_text(&word));

	if (col + wide <= row.cols) {
		int used = screen_text(a->screen, row, 0, col, 0, keys.data,
			STYLE_HINT_KEY);

		screen_text(a->screen, row, 0, col + used + 1, 0, buf_text(&word),
			STYLE_HINT_TEXT);
		col += wide + 2;
	} else {
		col = row.cols;
	}
	buf_done(&keys);
	buf_done(&word);
	return col;
}

static void
lines_draw_following(struct app *a, struct area row)
{
	const struct binding **list;
	struct buf typed = {0};
	size_t n = keymap_following(&a->keymap, a->engine->bindings,
		view_context(app_focus(a)), &list);

	if (a->keymap.count > 0)
		buf_printf(&typed, "%u", a->keymap.count);
	if (a->keymap.typed.len > 0)
		key_sequence_print(&typed, &a->keymap.typed);
	int col = screen_text(a->screen, row, 0, 0, 0, buf_text(&typed), STYLE_PROMPT) + 2;

	for (size_t i = 0; a->keymap.typed.len > 0 && i < n; i++)
		col = lines_draw_binding(a, row, col, list[i], a->keymap.typed.len);
	free(list);
	buf_done(&typed);
}

static void
lines_draw_hints(struct app *a, struct area row)
{
	const struct binding **list;
	size_t n = bindings_in(a->engine->bindings, view_context(app_focus(a)), &list);
	int col = 0;

	// Those of everywhere first: on a narrow screen the help must not fall off.
	for (int own = 0; own <= 1; own++) {
		for (size_t i = 0; i < n && col < row.cols; i++) {
			if (list[i]->hint && own != str_equal(list[i]->context, "global"))
				col = lines_draw_binding(a, row, col, list[i], 0);
		}
	}
	free(list);
}

// An account waits for an answer, and which key turns to it: instead of hints.
static bool
lines_draw_waiting(struct app *a, struct area row)
{
	uint32_t ids[LINES_ACCOUNTS_MAX];
	size_t n = engine_account_ids(a->engine, ids, LINES_ACCOUNTS_MAX), i = 0;
	struct buf keys = {0}, text = {0};

	while (i < n && !account_waits(a, ids[i]))
		i++;
	if (i == n)
		return false;
	const struct account_status *s = engine_account_status(a->engine, ids[i]);

	account_keys(a, &keys);
	buf_printf(&text, "%s waits for %s of %s: %s answers",
		str_or_empty(engine_account_name(a->engine, ids[i])),
		s->state == ACCOUNT_NEEDS_TRUST ? "a word on the certificate"
		: "the password", s->host, buf_text(&keys));
	screen_fill(a->screen, row, 0, 0, STYLE_QUESTION);
	screen_text(a->screen, row, 0, 0, 0, text.data, STYLE_QUESTION);
	buf_done(&text);
	buf_done(&keys);
	return true;
}

void
lines_draw_bottom(struct app *a, struct area row)
{
	static const enum style notices[] = {
		[SAY_ROW] = STYLE_NORMAL, [SAY_INFO] = STYLE_NOTICE,
		[SAY_ERROR] = STYLE_ERROR,
	};
	bool hints = options_on(a->engine->options, NULL, "hint-line");
	bool typing = a->keymap.typed.len > 0 || a->keymap.count > 0;

	if (!hints && !typing && (a->notice.text.len == 0 || lines_notice_is_long(a)))
		return;
	screen_fill(a->screen, row, 0, 0, STYLE_NORMAL);
	if (typing)
		lines_draw_following(a, row);
	else if (a->notice.text.len > 0 && !lines_notice_is_long(a))
		screen_text(a->screen, row, 0, 0, 0, a->notice.text.data,
			notices[a->notice.kind]);
	else if (!lines_draw_waiting(a, row))
		lines_draw_hints(a, row);
}

// --- questions -----------------------------------------------------------------------------

// Text in as many rows as it needs and the area has, the last one `bottom` of
// the area; `rest` stands where not all of it has room. Returns the cells used of
// the last row.
static int
lines_draw_box(struct app *a, struct area all, int bottom, const char *text,
	const char *rest, struct look look)
{
	size_t starts[LINES_BOX_ROWS], lens[LINES_BOX_ROWS], at = 0;
	int n = 0, used = 0, most = bottom < LINES_BOX_ROWS ? bottom : LINES_BOX_ROWS;

	if (most < 1)
		most = 1;
	for (; n < most && text[at]; n++) {
		starts[n] = at;
		lens[n] = text_break(text + at, all.cols - 2);
		at += lens[n];
		while (text[at] == ' ')
			at++;
	}
	for (int i = 0; i < n; i++) {
		struct area row = { all.row + bottom - n + 1 + i, all.col, 1, all.cols };
		bool cut = i == n - 1 && text[at];

		if (cut)
			lens[i] = utf8_fit(text + starts[i],
				all.cols - 2 - utf8_cells(rest), NULL);
		screen_fill(a->screen, row, 0, 0, look.style);
		used = screen_piece(a->screen, row, 0, 1, text + starts[i], lens[i], look);
		if (cut)
			used += screen_look(a->screen, row, 0, 1 + used, 0, rest, look);
	}
	return used;
}

// The line has room for the notice if it is not needed for what is typed.
bool
lines_notice_is_long(struct app *a)
{
	return a->notice.text.len > 0 && (a->prompt ||
		utf8_cells(a->notice.text.data) > screen_area(a->screen).cols);
}

void
lines_draw_notice(struct app *a, struct area all)
{
	bool bad = a->notice.kind == SAY_ERROR;
	bool hints = options_on(a->engine->options, NULL, "hint-line");
	int below = a->prompt ? 1 : hints ? 2 : 1;

	// The status stays in sight, but where a line is typed.
	lines_draw_box(a, all, all.rows - 1 - below, a->notice.text.data,
		"… (:messages)", (struct look){ .style = bad ? STYLE_STATUS_BAD
			: STYLE_STATUS });
}

void
lines_draw_question(struct app *a, struct area all)
{
	struct buf text = {0};
	const struct app_question *q = array_at(&a->questions, 0);
	bool yes_no = q->kind == QUESTION_YES_NO;
	int bottom = all.rows - 1 - !yes_no;

	utf8_filter_line(&text, q->text, strlen(q->text));
	if (yes_no)
		buf_str(&text, "  (y/n)");
	int used = lines_draw_box(a, all, bottom, text.data, yes_no ? "… (y/n)" : "…",
		(struct look){ .style = STYLE_QUESTION });

	if (yes_no)
		screen_cursor(a->screen, all, bottom, used + 2, true);
	buf_done(&text);
}
