// SPDX-License-Identifier: GPL-3.0-or-later
// The helper process of the reader's test: a good one, and those that a message
// could make of it.
#include "config.h"

#include "reader/reader.h"

#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

static int
serve(void)
{
	return reader_serve(STDIN_FILENO, STDOUT_FILENO);
}

// Reads a little, so that the request was under way.
static void
swallow(void)
{
	char some[16];

	if (read(STDIN_FILENO, some, sizeof(some)) < 0)
		exit(EXIT_FAILURE);
}

static int
say(const void *bytes, size_t len)
{
	return write(STDOUT_FILENO, bytes, len) == (ssize_t)len ?
		EXIT_SUCCESS : EXIT_FAILURE;
}

static int
crash(void)
{
	swallow();
	raise(SIGKILL);
	return EXIT_FAILURE;
}

static int
leave(void)
{
	return EXIT_SUCCESS;
}

static int
hang(void)
{
	swallow();
	pause();
	return EXIT_FAILURE;
}

// A well-formed frame that holds no document.
static int
garbage(void)
{
	swallow();
	say("\0\0\0\5hello", 9);
	return hang();
}

static int
huge(void)
{
	swallow();
	say("\xff\xff\xff\xff", 4);
	return hang();
}

// Half of what was promised, then the end.
static int
cut(void)
{
	swallow();
	return say("\0\0\1\0half", 8);
}

static const struct {
	const char *name;
	int (*run)(void);
} modes[] = {
	{ "serve", serve }, { "crash", crash }, { "leave", leave },
	{ "hang", hang }, { "garbage", garbage }, { "huge", huge },
	{ "cut", cut },
};

int
main(int argc, char **argv)
{
	for (size_t i = 0; argc == 2 && i < sizeof(modes) / sizeof(*modes); i++)
		if (strcmp(argv[1], modes[i].name) == 0)
			return modes[i].run();
	return 2;
}
