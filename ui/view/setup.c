// SPDX-License-Identifier: GPL-3.0-or-later
// Sets up an account: asks for what it needs one after another, tries it, and
// writes the configuration once it works.
#include "config.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>
#include "account/event.h"
#include "base/error.h"
#include "base/mem.h"
#include "base/path.h"
#include "command/option.h"
#include "command/script.h"
#include "engine.h"
#include "mail/address.h"
#include "store/folders.h"
#include "ui/app.h"
#include "ui/text.h"
#include "ui/view/setup.h"
#include "ui/view/setup_servers.h"
#include "ui/widget/list.h"

#define SETUP_CONFIG_MAX (1024 * 1024)
#define SETUP_LABEL_CELLS 14
#define SETUP_MESSAGE_ROWS 3

enum setup_row {
	SETUP_NAME, SETUP_ADDRESS, SETUP_INCOMING, SETUP_OUTGOING, SETUP_PASSWORD,
	SETUP_KEEP, SETUP_TRY, SETUP_SAVE,
	SETUP_ROWS,
};

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
enum { SETUP_IN_FILE, SETUP_ASKED, SETUP_BY_COMMAND };

struct setup {
	struct view view;        // first
	struct list list;
	char *values[SETUP_ROWS];
	char *command;           // that prints the password
	int keep;                // of setup_keeps
	char *account;           // its name
	uint32_t id;             // while it is tried; 0
	bool trying;
	bool guided;             // the next field is asked for by itself
	bool again;              // it is tried again with the password that is typed
	bool given;              // the password, to the account that is tried
	bool connected;          // it has begun to; a try without is no proof
	char *declared;          // the account that was tried; NULL
	bool leaves;             // that what was typed is lost was said
	char *typed;             // what could not be taken, to be mended; NULL
	char *message;           // how the try went; NULL
	bool bad;
};

static void setup_ask(struct setup *x, int row);

static void
setup_say(struct setup *x, bool bad, const char *text)
{
	str_set(&x->message, text);
	x->bad = bad;
	x->view.dirty = true;
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

// No password is wanted where no server is.
static bool
setup_wants_password(const struct setup *x)
{
	const char *in = str_or_empty(x->values[SETUP_INCOMING]);
	const char *out = str_or_empty(x->values[SETUP_OUTGOING]);

	return !(str_has_prefix(in, "maildir:") || str_has_prefix(in, "mbox:")) ||
		str_has_prefix(out, "smtp");
}

// --- the configuration -----------------------------------------------------------------

static char *
setup_password_path(const struct setup *x)
{
	char *name = str_printf("password-%s", x->account);
	char *path = path_join(x->view.app->engine->home.config, name);

	free(name);
	return path;
}

static void
setup_set(struct buf *out, const char *option, const char *value)
{
	if (str_empty(value))
		return;
	buf_printf(out, "\tset %s ", option);
	script_quote(out, value);
	buf_char(out, '\n');
}

// The commands that declare the account.
static void
setup_commands(const struct setup *x, bool for_file, struct buf *out)
{
	struct buf address = {0};
	struct address one = { x->values[SETUP_NAME], x->values[SETUP_ADDRESS] };

	address_format(&address, &one);
	buf_str(out, "account ");
	script_quote(out, x->account);
	buf_str(out, " {\n");
	setup_set(out, "address", buf_text(&address));
	setup_set(out, "incoming", x->values[SETUP_INCOMING]);
	setup_set(out, "outgoing", x->values[SETUP_OUTGOING]);
	if (for_file && setup_wants_password(x) && x->keep == SETUP_IN_FILE) {
		char *path = setup_password_path(x);

		buf_str(out, "\tset password-command cat ");
		script_quote(out, path);
		buf_char(out, '\n');
		free(path);
	} else if (x->keep == SETUP_BY_COMMAND && !str_empty(x->command)) {
		buf_printf(out, "\tset password-command %s\n", x->command);
	}
	buf_str(out, "}\n");
	buf_done(&address);
}

struct setup_saving {
	struct engine *engine;
	char *config, *text;
	char *password_path, *password;   // NULL: not kept in a file
};

static bool
setup_write(void *arg, struct error *err)
{
	struct setup_saving *w = arg;
	struct buf all = {0};
	bool ok = true;

	if (w->password) {
		struct buf line = {0};

		buf_printf(&line, "%s\n", w->password);
		ok = path_write_atomic(w->password_path, line.data, line.len, err);
		mem_wipe(line.data, line.cap);
		buf_done(&line);
	}
	if (ok && path_exists(w->config))
		ok = path_read(w->config, SETUP_CONFIG_MAX, &all, err);
	if (all.len > 0 && all.data[all.len - 1] != '\n')
		buf_char(&all, '\n');
	buf_str(&all, w->text);
	ok = ok && path_write_atomic(w->config, all.data, all.len, err);
	buf_done(&all);
	return ok;
}

static void
setup_written(void *arg, const struct error *err)
{
	struct setup_saving *w = arg;
	// The last files are written when the screen is gone already.
	struct app *a = w->engine->quit_arg;

	if (a && err && !a->quitting)
		app_notice(a, SAY_ERROR, "The account works, but %s", err->text);
	else if (a && !a->quitting)
		app_notice(a, SAY_INFO, "Saved in %s", w->config);
	free(w->config);
	free(w->text);
	free(w->password_path);
	if (w->password)
		mem_wipe(w->password, strlen(w->password));
	free(w->password);
	free(w);
}

static void
setup_save(struct setup *x)
{
	struct app *a = x->view.app;
	struct setup_saving *w = mem_new(struct setup_saving);
	struct buf text = {0};

	setup_commands(x, true, &text);
	w->engine = a->engine;
	w->config = str_dup(engine_config_path(a->engine));
	w->text = buf_take(&text);
	if (setup_wants_password(x) && x->keep == SETUP_IN_FILE &&
	    x->values[SETUP_PASSWORD]) {
		w->password_path = setup_password_path(x);
		w->password = str_dup(x->values[SETUP_PASSWORD]);
	}
	engine_work(a->engine, false, setup_write, setup_written, w);
	x->leaves = true;
	app_open(a, "index", NULL, NULL);
	app_close(a, &x->view);
}

// --- trying ---------------------------------------------------------------------------------

static bool
setup_complete(struct setup *x)
{
	static const int needed[] = { SETUP_ADDRESS, SETUP_INCOMING };

	for (size_t i = 0; i < sizeof needed / sizeof needed[0]; i++) {
		if (!str_empty(x->values[needed[i]]))
			continue;
		list_go(&x->list, needed[i]);
		setup_say(x, true, "This is needed first");
		return false;
	}
	if (address_valid(x->values[SETUP_ADDRESS]))
		return true;
	list_go(&x->list, SETUP_ADDRESS);
	setup_say(x, true, "This is no address");
	return false;
}

static void
setup_declared(void *arg, const struct error *err)
{
	struct app *a = arg;
	struct view *v = a->quitting ? NULL : app_find(a, "setup");
	struct setup *x = (struct setup *)v;

	if (!v)
		return;
	if (err) {
		x->trying = false;
		setup_say(x, true, err->text);
		return;
	}
	engine_accounts_changed(a->engine);
	if (!x->trying)
		setup_save(x);
}

static void
setup_try(struct setup *x, bool save_only)
{
	struct app *a = x->view.app;
	struct buf text = {0};

	if (!setup_complete(x))
		return;
	setup_commands(x, false, &text);
	x->trying = !save_only;
	x->given = x->connected = false;
	x->id = 0;
	str_set(&x->declared, x->account);
	setup_say(x, false, save_only ? "Saving…" : "Connecting…");
	engine_run(a->engine, &a->front, text.data, ":", setup_declared, a);
	buf_done(&text);
}

// Its workers say that they fetch before they have reached a server. What a server
// told are its folders; a maildrop has none, and its own lies here at once.
static bool
setup_is_proven(const struct setup *x)
{
	const char *incoming = str_or_empty(x->values[SETUP_INCOMING]);
	struct folder inbox;

	if (str_has_prefix(incoming, "pop3") && !x->connected)
		return false;
	if (!store_folder_by_role(x->view.app->engine->store, x->id, ROLE_INBOX, &inbox))
		return false;
	folder_done(&inbox);
	return true;
}

static void
setup_tell(struct setup *x, const struct account_status *status)
{
	struct engine *e = x->view.app->engine;

	switch (status->state) {
	case ACCOUNT_CONNECTING:
		x->connected = true;
		break;
	case ACCOUNT_IDLE:
	case ACCOUNT_SYNCING:
	case ACCOUNT_PLAYING:
		if (!setup_is_proven(x))
			break;
		x->trying = false;
		setup_save(x);
		break;
	case ACCOUNT_NEEDS_PASSWORD:
		// The one that was typed here is given once; then another is wanted.
		if (x->values[SETUP_PASSWORD] && !x->given) {
			x->given = true;
			x->connected = false;
			engine_account_password(e, x->id, false, x->values[SETUP_PASSWORD]);
			engine_account_password(e, x->id, true, x->values[SETUP_PASSWORD]);
			break;
		}
		// What was said of the password before this one.
		if (x->given && !x->connected)
			break;
		x->trying = x->given = false;
		setup_say(x, true, *status->error ? status->error : "A password is wanted");
		list_go(&x->list, SETUP_PASSWORD);
		x->again = true;
		setup_ask(x, SETUP_PASSWORD);
		break;
	case ACCOUNT_OFFLINE:
		if (*status->error)
			setup_say(x, true, status->error);
		break;
	default:
		break;
	}
}

static void
setup_event(struct view *v, const struct event *event)
{
	struct setup *x = (struct setup *)v;
	struct engine *e = v->app->engine;
	const struct account_status *status;

	if (!x->trying)
		return;
	// Its number is known once its workers were started.
	if (!x->id)
		x->id = engine_account_find(e, x->account);
	if (!x->id)
		return;
	if (event && event->kind == EVENT_ACCOUNT && event->account == x->id)
		status = event->status;
	else
		status = !event || event->kind == EVENT_FOLDERS
			? engine_account_status(e, x->id) : NULL;
	if (status)
		setup_tell(x, status);
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
	if (x->guided && row + 1 < SETUP_TRY)
		setup_ask(x, row + 1);
	else if (x->guided)
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
}

static void
setup_answered(void *arg, const char *answer)
{
	struct setup_answer *w = arg;
	struct view *v = w->app->quitting ? NULL : app_find(w->app, "setup");
	struct setup *x = (struct setup *)v;
	int row = w->row;

	free(w);
	if (!v)
		return;
	v->dirty = true;
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

static void
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

bool
setup_asks(const struct app *a, uint32_t account)
{
	const struct setup *x = (const struct setup *)app_find(a, "setup");

	return x && x->id == account;
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
	struct view *v = a->quitting ? NULL : app_find(a, "setup");

	if (!v || !str_equal(answer, "yes"))
		return;
	((struct setup *)v)->leaves = true;
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

	for (int i = 0; i < SETUP_ROWS; i++) {
		if (i == SETUP_PASSWORD && x->values[i])
			mem_wipe(x->values[i], strlen(x->values[i]));
		free(x->values[i]);
	}
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
	.event = setup_event,
	.title = setup_title,
	.move = setup_move,
	.end = setup_end,
	.verbs = setup_verbs,
};
