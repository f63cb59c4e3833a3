// SPDX-License-Identifier: GPL-3.0-or-later
// Sets up an account: the form that asks for what it needs, one after another, and
// has it tried and saved.
#include "config.h"

#include <stdlib.h>
#include <string.h>
#include "base/error.h"
#include "base/mem.h"
#include "command/option.h"
#include "engine.h"
#include "mail/address.h"
#include "ui/app.h"
#include "ui/text.h"
#include "ui/view/setup.h"
#include "ui/view/setup_inside.h"
#include "ui/view/setup_servers.h"

#define SETUP_LABEL_CELLS 14
#define SETUP_MESSAGE_ROWS 3

static const struct {
	const char *label, *help;
} setup_rows[SETUP_ROWS] = {
	[SETUP_NAME] = { "Your name", "as others shall read it" },
	[SETUP_ADDRESS] = { "Address", "ann@example.org" },
	[SETUP_INCOMING] = { "Incoming mail", "the server, such as imap.example.org" },
	[SETUP_OUTGOING] = { "Outgoing mail", "the server, such as smtp.example.org" },
	[SETUP_PASSWORD] = { "Password", "of the servers" },
	[SETUP_KEEP] = { "Password kept", "how it is known at the next start" },
	[SETUP_TRY] = { "Try it", "connects; what works is saved" },
	[SETUP_SAVE] = { "Save", "without trying" },
};

static const char *const setup_keeps[] = {
	"in a file of your own (0600)", "asked for at each start",
	"by a command that prints it", NULL,
};

void
setup_say(struct setup *x, bool bad, const char *text)
{
	str_set(&x->message, text);
	x->bad = bad;
	x->view.dirty = true;
}

struct setup *
setup_of(struct app *a)
{
	return a->quitting ? NULL : (struct setup *)app_find(a, "setup");
}

// --- guesses -------------------------------------------------------------------------

static bool
setup_is_taken(const struct setup *x, const char *name)
{
	const struct strlist *all = options_accounts(x->view.app->engine->options);

	return strlist_has(all, name) && !str_equal(name, x->declared);
}

// The account is called after the provider; another one's name is not taken.
static void
setup_call(struct setup *x)
{
	const char *mail = str_or_empty(x->values[SETUP_ADDRESS]);
	const char *at = strrchr(mail, '@');

	if (!at || !at[1])
		return;
	free(x->account);
	x->account = str_ndup(at + 1, strcspn(at + 1, "."));
	str_lower(x->account);
	for (char *c = x->account; *c; c++) {
		if (!strchr("abcdefghijklmnopqrstuvwxyz0123456789-", *c))
			*c = '-';
	}
	char *base = str_dup(x->account);

	for (int i = 2; setup_is_taken(x, x->account); i++) {
		free(x->account);
		x->account = str_printf("%s-%d", base, i);
	}
	free(base);
}

// --- asking -------------------------------------------------------------------------------------

struct setup_answer {
	struct app *app;
	int row;
};

static void
setup_next(struct setup *x, int row)
{
	// Where no server is there is no password to ask for.
	if (row + 1 == SETUP_PASSWORD && !setup_wants_password(x))
		row = SETUP_KEEP;
	list_go(&x->list, row + 1);
	x->view.dirty = true;
	// What was left and taken up again goes on with what is still missing.
	bool missing = row + 1 < SETUP_KEEP && str_empty(x->values[row + 1]);

	if (row + 1 < SETUP_TRY && (x->guided || missing))
		setup_ask(x, row + 1);
	else
		x->guided = false;
}

// False: it cannot be that, which is said.
static bool
setup_check(struct setup *x, int row, const char *answer)
{
	const char *address = str_or_empty(x->values[SETUP_ADDRESS]);
	bool server = row == SETUP_INCOMING || row == SETUP_OUTGOING;
	struct error err;
	char *url = NULL;

	error_clear(&err);
	if (row == SETUP_ADDRESS && !address_valid(answer))
		error_set(&err, ERROR_INPUT, "\"%s\" is no address such as "
			"ann@example.org", answer);
	else if (server && *answer)
		url = setup_server(answer, address, row == SETUP_OUTGOING, &err);
	if (url)
		str_set(&x->values[row], url);
	free(url);
	str_set(&x->typed, err.kind == ERROR_NONE ? NULL : answer);
	setup_say(x, true, err.kind == ERROR_NONE ? NULL : err.text);
	return err.kind == ERROR_NONE;
}

static void
setup_take(struct setup *x, int row, const char *answer)
{
	if (row == SETUP_KEEP && x->keep == SETUP_BY_COMMAND &&
	    !str_equal(answer, setup_keeps[SETUP_BY_COMMAND])) {
		str_set(&x->command, answer);
		return;
	}
	for (int i = 0; row == SETUP_KEEP && setup_keeps[i]; i++) {
		if (str_equal(setup_keeps[i], answer))
			x->keep = i;
	}
	// A server has been taken already, as the URL that it is.
	if (row != SETUP_KEEP && row != SETUP_INCOMING && row != SETUP_OUTGOING)
		str_set(&x->values[row], answer);
	if (row == SETUP_ADDRESS)
		setup_call(x);
	// Another server or password: that of sending is guessed anew.
	if (row == SETUP_OUTGOING || row == SETUP_PASSWORD)
		str_set(&x->sending_password, NULL);
}

static void
setup_answered(void *arg, const char *answer)
{
	struct setup_answer *w = arg;
	struct setup *x = setup_of(w->app);
	int row = w->row;

	free(w);
	if (!x)
		return;
	x->view.dirty = true;
	bool again = x->again;

	x->again = false;
	if (!answer) {
		x->guided = false;
		str_set(&x->typed, NULL);
		return;
	}
	if (!setup_check(x, row, answer)) {
		setup_ask(x, row);
		return;
	}
	bool was_command = row == SETUP_KEEP && x->keep == SETUP_BY_COMMAND &&
		x->command;

	setup_take(x, row, answer);
	if (row == SETUP_KEEP && x->keep == SETUP_BY_COMMAND && !was_command &&
	    !x->command) {
		setup_ask(x, row);
		return;
	}
	if (again && row == SETUP_PASSWORD)
		setup_try(x, false);
	else
		setup_next(x, row);
}

void
setup_ask(struct setup *x, int row)
{
	struct setup_answer *w = mem_new(struct setup_answer);
	bool wants_command = row == SETUP_KEEP && x->keep == SETUP_BY_COMMAND &&
		!x->command;
	char *label = str_printf("%s:", wants_command
		? "Command, for example: pass show mail/home" : setup_rows[row].label);
	struct question q = { .kind = QUESTION_TEXT, .text = label,
		.initial = x->typed ? x->typed : x->values[row] };
	struct strlist servers = {0};
	const char **choices = NULL;

	if (row == SETUP_INCOMING)
		setup_servers_incoming(x->values[SETUP_ADDRESS], &servers);
	else if (row == SETUP_OUTGOING)
		setup_servers_outgoing(x->values[SETUP_ADDRESS],
			x->values[SETUP_INCOMING], &servers);
	if (servers.len > 0)
		q.choices = choices = text_choices(&servers);

	if (row == SETUP_PASSWORD)
		q = (struct question){ .kind = QUESTION_SECRET, .text = label };
	else if (row == SETUP_KEEP && !wants_command)
		q = (struct question){ .kind = QUESTION_CHOICE, .text = label,
			.choices = setup_keeps };
	*w = (struct setup_answer){ x->view.app, row };
	app_ask(x->view.app, &q, setup_answered, w);
	strlist_done(&servers);
	free(choices);
	free(label);
}

// --- the view ---------------------------------------------------------------------------------

static bool
setup_open(struct view *v, const char *argument, struct error *err)
{
	struct setup *x = (struct setup *)v;

	(void)argument;
	(void)err;
	if (x->list.count > 0)
		return true;
	list_set_count(&x->list, SETUP_ROWS);
	x->guided = true;
	setup_ask(x, SETUP_NAME);
	return true;
}

static void
setup_left(void *arg, const char *answer)
{
	struct app *a = arg;
	struct setup *x = setup_of(a);

	if (!x || !str_equal(answer, "yes"))
		return;
	x->leaves = true;
	app_run(a, "close -q");
}

// What is typed here is kept nowhere before it is saved.
static bool
setup_leave(struct view *v)
{
	struct setup *x = (struct setup *)v;
	bool typed = false;

	for (int i = 0; i < SETUP_ROWS; i++)
		typed |= !str_empty(x->values[i]);
	if (!typed || x->leaves)
		return true;
	app_ask(v->app, &(struct question){ .kind = QUESTION_YES_NO,
		.text = "Leave? What was typed here is not kept." }, setup_left, v->app);
	return false;
}

static void
setup_close(struct view *v)
{
	struct setup *x = (struct setup *)v;

	setup_stop(x);
	if (x->declared && !v->app->quitting) {
		setup_undeclare(x);
		engine_accounts_changed(v->app->engine);
	}
	for (int i = 0; i < SETUP_ROWS; i++) {
		if (i == SETUP_PASSWORD && x->values[i])
			mem_wipe(x->values[i], strlen(x->values[i]));
		free(x->values[i]);
	}
	if (x->sending_password)
		mem_wipe(x->sending_password, strlen(x->sending_password));
	free(x->sending_password);
	free(x->command);
	free(x->typed);
	free(x->account);
	free(x->declared);
	free(x->message);
}

static const char *
setup_value(const struct setup *x, int row)
{
	if (row == SETUP_PASSWORD)
		return str_empty(x->values[row]) ? NULL : "••••••••";
	if (row == SETUP_KEEP)
		return x->keep == SETUP_BY_COMMAND && x->command ? x->command
			: setup_keeps[x->keep];
	return str_empty(x->values[row]) ? NULL : x->values[row];
}

static void
setup_draw_row(void *arg, struct screen *s, struct area row, uint32_t at, bool under)
{
	const struct setup *x = arg;
	const char *value = setup_value(x, (int)at);
	enum style style = under ? STYLE_CURSOR : STYLE_NORMAL;

	if (under)
		screen_fill(s, row, 0, 0, style);
	screen_text(s, row, 0, 2, SETUP_LABEL_CELLS, setup_rows[at].label,
		under ? style : STYLE_HEADER_NAME);
	screen_text(s, row, 0, 3 + SETUP_LABEL_CELLS, 0, value ? value
		: setup_rows[at].help, under ? style : value ? STYLE_NORMAL : STYLE_DIM);
}

// Above the lines, where what is offered for one of them does not cover it.
static void
setup_draw_message(const struct setup *x, struct screen *s, struct area a)
{
	const char *text = x->message;

	for (int row = 2; *text && row < 2 + SETUP_MESSAGE_ROWS; row++) {
		size_t len = text_break(text, a.cols - 4);
		bool last = row == 1 + SETUP_MESSAGE_ROWS;

		char *line = last ? str_dup(text) : str_ndup(text, len);

		screen_text(s, a, row, 2, a.cols - 4, line,
			x->bad ? STYLE_ERROR : STYLE_NOTICE);
		free(line);
		text += len;
		while (*text == ' ')
			text++;
	}
}

static void
setup_draw(struct view *v, struct screen *s, struct area a)
{
	struct setup *x = (struct setup *)v;
	struct area rows = a;

	screen_clear(s, a);
	screen_text(s, a, 1, 2, 0, "Welcome to Postern. A few questions, and your mail "
		"is here.", STYLE_HEADING);
	if (x->message)
		setup_draw_message(x, s, a);
	else
		screen_text(s, a, 2, 2, 0, "Enter changes a line, Esc leaves it; q ends.",
			STYLE_DIM);
	rows.row += 2 + SETUP_MESSAGE_ROWS;
	rows.rows -= 2 + SETUP_MESSAGE_ROWS;
	if (rows.rows > SETUP_ROWS)
		rows.rows = SETUP_ROWS;
	if (rows.rows < 1)
		return;
	list_draw(&x->list, s, rows, setup_draw_row, x);
}

static void
setup_title(struct view *v, struct buf *out)
{
	(void)v;
	buf_str(out, "A new account");
}

static void
setup_move(struct view *v, int64_t by)
{
	list_move(&((struct setup *)v)->list, by);
}

static void
setup_end(struct view *v, bool bottom)
{
	list_go(&((struct setup *)v)->list, bottom ? SETUP_ROWS - 1 : 0);
}

static bool
setup_open_row(struct view *v, const char *argument, struct error *err)
{
	struct setup *x = (struct setup *)v;
	int row = (int)x->list.cursor;

	(void)argument;
	(void)err;
	if (row < SETUP_TRY) {
		// What is changed is not what is tried.
		if (x->side != SETUP_REST)
			setup_say(x, false, "No longer trying: \"Try it\" begins again");
		setup_stop(x);
		if (row == SETUP_KEEP)
			str_set(&x->command, NULL);
		setup_ask(x, row);
	} else {
		x->guided = false;
		setup_try(x, row == SETUP_SAVE);
	}
	return true;
}

static const struct view_verb setup_verbs[] = {
	{ "open", setup_open_row },
	{ NULL, NULL },
};

const struct view_ops view_setup = {
	.name = "setup",
	.size = sizeof(struct setup),
	.once = true,
	.only = true,
	.open = setup_open,
	.leave = setup_leave,
	.close = setup_close,
	.draw = setup_draw,
	.title = setup_title,
	.move = setup_move,
	.end = setup_end,
	.verbs = setup_verbs,
};
