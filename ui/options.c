// SPDX-License-Identifier: GPL-3.0-or-later
// The options that only a screen has, and all else that it adds to the tables.
#include "config.h"

#include "command/option.h"
#include "engine.h"
#include "ui/app.h"

static const struct option option_rows[] = {
	{ "browser", OPTION_ARGV, OPTION_GLOBAL,
		.help = "The program that opens links; without it $BROWSER, else the "
			"desktop's, else one that a terminal can show" },
	{ "fold-quotes", OPTION_NUMBER, OPTION_GLOBAL, .initial = "0", .min = 0, .max = 50,
		.help = "Quotes of this level and deeper are folded when a message is opened: "
			"2 leaves what is answered to; 0: none" },
	{ "hint-line", OPTION_SWITCH, OPTION_GLOBAL, .initial = "on",
		.help = "The line of the keys that matter here" },
	{ "mark-seen", OPTION_SWITCH, OPTION_GLOBAL, .initial = "on",
		.help = "A message that is opened is marked as seen" },
	{ "opener", OPTION_ARGV, OPTION_GLOBAL,
		.help = "The program that opens attachments; without it the one that mailcap "
			"names for the type, else the desktop's" },
	{ "order", OPTION_CHOICE, OPTION_GLOBAL, .initial = "thread",
		.choices = "thread date",
		.help = "How a folder's messages stand when it is first opened" },
};

void
app_options_add(struct options *o)
{
	options_add(o, option_rows, sizeof option_rows / sizeof option_rows[0]);
}

void
app_prepare(struct engine *e)
{
	app_commands_add(e->commands);
	app_options_add(e->options);
}
