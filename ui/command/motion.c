// SPDX-License-Identifier: GPL-3.0-or-later
// The commands that move: by lines, by pages, to an end.
#include "config.h"

#include "base/error.h"
#include "base/str.h"
#include "command/command.h"
#include "ui/app.h"
#include "ui/command/commands.h"

static struct view *
motion_view(struct call *c, uint32_t *count_r)
{
	struct app *a = app_of(c->front);
	struct view *v = app_focus(a);

	*count_r = a->count > 0 ? a->count : 1;
	v->dirty = true;
	a->dirty_lines = true;
	return v;
}

static enum command_result
motion_none(struct view *v, struct error *err)
{
	error_set(err, ERROR_INPUT, "there is nothing to move over here (%s)",
		v->ops->name);
	return COMMAND_FAILED;
}

static enum command_result
run_cursor(struct call *c, struct error *err)
{
	const char *to = call_arg(c, 0);
	uint32_t count;
	struct view *v = motion_view(c, &count);

	if (!v->ops->move || !v->ops->end)
		return motion_none(v, err);
	if (str_equal(to, "down"))
		v->ops->move(v, count);
	else if (str_equal(to, "up"))
		v->ops->move(v, -(int64_t)count);
	else if (app_of(c->front)->count > 0) {
		// A count before "first" or "last" is a row's number.
		v->ops->end(v, false);
		v->ops->move(v, (int64_t)count - 1);
	} else {
		v->ops->end(v, str_equal(to, "last"));
	}
	return COMMAND_DONE;
}

static enum command_result
run_page(struct call *c, struct error *err)
{
	const char *to = call_arg(c, 0);
	uint32_t count;
	struct view *v = motion_view(c, &count);
	int half = str_has_prefix(to, "half-") ? 1 : 2;

	if (!v->ops->page)
		return motion_none(v, err);
	if (count > 10000)
		count = 10000;
	v->ops->page(v, (str_has_suffix(to, "down") ? half : -half) * (int)count);
	return COMMAND_DONE;
}

static const struct argument cursor_arguments[] = {
	{ "where", ARGUMENT_CHOICE, "Where to; a count repeats it, or is the row's number",
		"down up first last" },
	{ NULL },
};

static const struct argument page_arguments[] = {
	{ "where", ARGUMENT_CHOICE, "Which way, and how far",
		"down up half-down half-up" },
	{ NULL },
};

static const struct command rows[] = {
	{ .name = "cursor", .help = "Moves by lines, or to an end",
		.arguments = cursor_arguments, .screen = true, .run = run_cursor },
	{ .name = "page", .help = "Moves by pages",
		.arguments = page_arguments, .screen = true, .run = run_page },
};

void
commands_add_motion(struct commands *c)
{
	commands_add(c, rows, sizeof rows / sizeof rows[0]);
}
