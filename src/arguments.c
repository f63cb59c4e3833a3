// SPDX-License-Identifier: GPL-3.0-or-later
// The arguments of the program, as people and other programs give them.
#include "config.h"

#include "batch.h"

#include "base/str.h"

#include <string.h>

#define USAGE \
	"usage: postern [--home DIR] [mailto:...]\n" \
	"       postern [--home DIR] [--json] -e COMMANDS | -f FILE\n" \
	"       postern [--home DIR] [--json] --remote COMMANDS | -f FILE\n" \
	"       postern [--home DIR] --sendmail [-t] [-f ADDRESS] [ADDRESS...]\n" \
	"       postern --help | --version\n"

#define HELP USAGE "\n" \
	"Without commands the screen opens. -e runs commands without it, -f the\n" \
	"same from a file (- is standard input); --json gives each answer as one\n" \
	"line of JSON.\n" \
	"--remote takes the same commands and gives them to the screen that is\n" \
	"open, as if typed there behind `:`. They act on its cursor and its\n" \
	"selected messages, and those of the screen (view, limit, cursor) work.\n" \
	"COMMANDS: name [-flag] [argument...], quoted as in sh; ; between two.\n" \
	"postern -e help lists the commands, postern -e 'help NAME' explains one.\n" \
	"Exit status: 0 done, 1 a command failed, 2 wrong usage.\n"

static bool
usage(const char *what, const char *why)
{
	fprintf(stderr, "postern: %s %s\n" USAGE, what, why);
	return false;
}

static bool
take_value(const char **where, int argc, char **argv, int *at)
{
	if (*at + 1 >= argc)
		return usage(argv[*at], "wants a value");
	*where = argv[++*at];
	return true;
}

static bool
take_one(struct arguments *a, int argc, char **argv, int *at)
{
	const struct {
		const char *name;
		bool *set;            // a switch
		const char **value;   // or its value
	} known[] = {
		{ "-e", NULL, &a->commands }, { "-f", NULL, &a->file },
		{ "--home", NULL, &a->home }, { "--json", &a->json, NULL },
		{ "--remote", &a->remote, &a->commands },
		{ "--sendmail", &a->sendmail, NULL }, { "--reader", &a->reader, NULL },
		{ "--help", &a->help, NULL }, { "-h", &a->help, NULL },
		{ "--version", &a->version, NULL }, { "-V", &a->version, NULL },
	};

	for (size_t i = 0; i < sizeof(known) / sizeof(known[0]); i++) {
		if (!str_equal(argv[*at], known[i].name))
			continue;
		if (known[i].set != NULL)
			*known[i].set = true;
		// --remote -e COMMANDS, --remote -f FILE: as it is said of the others.
		if (known[i].set == &a->remote && *at + 1 < argc &&
			(str_equal(argv[*at + 1], "-e") || str_equal(argv[*at + 1], "-f")))
			return true;
		return known[i].value == NULL ||
			take_value(known[i].value, argc, argv, at);
	}
	if (str_has_prefix(argv[*at], "--home=")) {
		a->home = argv[*at] + strlen("--home=");
		return true;
	}
	if (str_has_prefix_nocase(argv[*at], "mailto:")) {
		a->mailto = argv[*at];
		return true;
	}
	return usage(argv[*at], "is no argument that it knows");
}

bool
arguments_parse(struct arguments *a, int argc, char **argv)
{
	*a = (struct arguments){0};
	for (int i = 1; i < argc; i++) {
		if (!take_one(a, argc, argv, &i))
			return false;
		a->rest = i + 1;
		// What stands behind it is read as sendmail reads it.
		if (a->sendmail)
			break;
	}
	if ((a->commands != NULL) + (a->file != NULL) + a->sendmail +
		(a->mailto != NULL) > 1)
		return usage("-e, -f, --remote, --sendmail and mailto:",
			"exclude each other");
	if (a->help)
		fputs(HELP, stdout);
	else if (a->version)
		fputs("postern " PACKAGE_VERSION "\n", stdout);
	return true;
}
