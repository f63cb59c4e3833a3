// SPDX-License-Identifier: GPL-3.0-or-later
// The commands for the screen itself: its views and areas, the palette, the
// terminal.
#include "config.h"

#include <stdlib.h>
#include "base/error.h"
#include "base/str.h"
#include "command/command.h"
#include "command/script.h"
#include "engine.h"
#include "ui/app.h"
#include "ui/child.h"
#include "ui/command/commands.h"

static enum command_result
run_view(struct call *c, struct error *err)
{
	struct view *v = app_open(app_of(c->front), call_arg(c, 0), call_arg(c, 1), err);

	return v ? COMMAND_DONE : COMMAND_FAILED;
}

static enum command_result
run_close(struct call *c, struct error *err)
{
	struct app *a = app_of(c->front);
	struct view *v = app_focus(a);
	bool quits = call_flag(c, "q") && a->n_views == 1 && v != a->sidebar;

	(void)err;
	if (quits && (!v->ops->leave || v->ops->leave(v))) {
		call_end_all(c);
		app_quit(a);
	} else if (!quits && !app_close(a, v) && v->ops == &view_index) {
		call_info(c, "This is the last one; quit ends Postern");
	}
	return COMMAND_DONE;
}

static enum command_result
run_focus(struct call *c, struct error *err)
{
	struct app *a = app_of(c->front);

	(void)err;
	app_focus_sidebar(a, !a->sidebar_focus);
	return COMMAND_DONE;
}

// on, off, or the other way round.
static int
wish(const char *value, bool is_on)
{
	if (!value)
		return is_on ? -1 : 1;
	return str_equal(value, "on") ? 1 : str_equal(value, "off") ? -1 : 0;
}

static enum command_result
run_sidebar(struct call *c, struct error *err)
{
	struct app *a = app_of(c->front);

	(void)err;
	a->sidebar_wish = wish(call_arg(c, 0), a->sidebar_shown);
	app_draw_all(a);
	app_changed_place(a);
	return COMMAND_DONE;
}

static enum command_result
run_split(struct call *c, struct error *err)
{
	struct app *a = app_of(c->front);
	bool is_on = a->split_wish > 0 || (a->split_wish == 0 &&
		screen_area(a->screen).rows >= APP_SPLIT_ROWS);

	(void)err;
	a->split_wish = wish(call_arg(c, 0), is_on);
	app_draw_all(a);
	app_changed_place(a);
	return COMMAND_DONE;
}

static enum command_result
run_command(struct call *c, struct error *err)
{
	char *text = call_rest(c, 0);

	(void)err;
	app_palette(app_of(c->front), str_or_empty(text),
		str_equal(c->command->name, "pick"));
	free(text);
	return COMMAND_DONE;
}

static enum command_result
run_keys(struct call *c, struct error *err)
{
	struct app *a = app_of(c->front);

	return app_open(a, "help", view_context(app_focus(a)), err)
		? COMMAND_DONE : COMMAND_FAILED;
}

static enum command_result
run_messages(struct call *c, struct error *err)
{
	return app_show_messages(app_of(c->front), err) ? COMMAND_DONE : COMMAND_FAILED;
}

static enum command_result
run_redraw(struct call *c, struct error *err)
{
	struct app *a = app_of(c->front);

	(void)err;
	screen_resize(a->screen);
	screen_redraw(a->screen);
	app_draw_all(a);
	return COMMAND_DONE;
}

static enum command_result
run_suspend(struct call *c, struct error *err)
{
	(void)err;
	child_suspend(app_of(c->front));
	return COMMAND_DONE;
}

static enum command_result
run_cancel(struct call *c, struct error *err)
{
	(void)err;
	script_cancel(c->engine, c->front);
	return COMMAND_DONE;
}

static enum command_result
run_account_ask(struct call *c, struct error *err)
{
	struct app *a = app_of(c->front);
	uint32_t ids[64];
	size_t n = engine_account_ids(a->engine, ids, 64);

	bool asked = false;

	for (size_t i = 0; i < n; i++)
		asked |= account_ask(a, ids[i]);
	if (!asked)
		error_set(err, ERROR_INPUT, "no account needs a password or a certificate");
	return asked ? COMMAND_DONE : COMMAND_FAILED;
}

static const struct argument view_arguments[] = {
	{ "name", ARGUMENT_CHOICE, "Which one",
		"index folders drafts outbox pending accounts help setup output message compose" },
	{ "on", ARGUMENT_TEXT, "What it shows", .optional = true },
	{ NULL },
};

static const struct argument on_arguments[] = {
	{ "how", ARGUMENT_CHOICE, "auto: as the terminal's size allows; without it, "
		"the other way round", "on off auto", .optional = true },
	{ NULL },
};

static const struct argument text_arguments[] = {
	{ "text", ARGUMENT_TEXT, "What stands in the line already",
		.optional = true, .many = true },
	{ NULL },
};

static const struct command_flag close_flags[] = {
	{ "q", NULL, ARGUMENT_TEXT, "Quits where there is nothing to go back to" },
	{ NULL },
};

static const struct command rows[] = {
	{ .name = "view", .help = "Opens a view, or goes to it",
		.arguments = view_arguments, .screen = true, .run = run_view },
	{ .name = "close", .help = "Goes back to what was shown before",
		.flags = close_flags, .screen = true, .run = run_close },
	{ .name = "focus", .help = "Goes to the folders at the side, and back",
		.screen = true, .run = run_focus },
	{ .name = "sidebar", .help = "Shows or hides the folders at the side",
		.arguments = on_arguments, .screen = true, .run = run_sidebar },
	{ .name = "split", .help = "Shows a message below its index, or in its place",
		.arguments = on_arguments, .screen = true, .run = run_split },
	{ .name = "command", .help = "Opens the line in which commands are typed",
		.more = "Keys of this and any other line: <Enter> runs it, <Esc> leaves it, "
			"<Tab> completes, <Up> and <Down> choose or bring back earlier "
			"lines. Of a command its beginning is enough where no other "
			"begins so; what is only like what was typed runs when it was "
			"chosen, never by <Enter> alone. <C-a> <C-e> and <A-b> <A-f> move, <C-w> <C-u> <C-k> delete "
			"a word, all before or all behind the cursor.",
		.arguments = text_arguments, .screen = true, .run = run_command },
	{ .name = "pick", .help = "Opens the command line to choose from what it offers",
		.more = "<Enter> takes what is lit: the best of those that fit what was "
			"typed. Where several fit as well, one is chosen by <Down> or by "
			"more letters.",
		.arguments = text_arguments, .screen = true, .run = run_command },
	{ .name = "keys", .help = "Shows the keys and commands of this place",
		.screen = true, .run = run_keys },
	{ .name = "messages", .help = "Shows what was said in the last line, with the time",
		.screen = true, .run = run_messages },
	{ .name = "redraw", .help = "Draws the screen anew",
		.screen = true, .run = run_redraw },
	{ .name = "suspend", .help = "Gives the terminal back to the shell",
		.screen = true, .run = run_suspend },
	{ .name = "cancel", .help = "Ends the commands that still wait",
		.screen = true, .run = run_cancel },
	{ .name = "account-ask", .help = "Asks again for what an account needs",
		.screen = true, .run = run_account_ask },
};

void
commands_add_screen(struct commands *c)
{
	commands_add(c, rows, sizeof rows / sizeof rows[0]);
}

void
app_commands_add(struct commands *c)
{
	commands_add_motion(c);
	commands_add_screen(c);
	commands_add_verbs(c);
	commands_add_part(c);
}
