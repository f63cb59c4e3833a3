// SPDX-License-Identifier: GPL-3.0-or-later
// The headless front end: reads commands, prints answers as text or as JSON
// lines.
#ifndef BATCH_H
#define BATCH_H

#include <stdbool.h>
#include <stdio.h>

struct engine;
struct frontend;

// The arguments of the program, parsed (postern(1)).
struct arguments {
	const char *home;        // --home; NULL
	const char *commands;    // -e
	const char *file;        // -f; "-" standard input
	bool json;
	bool remote;             // --remote, with commands
	bool sendmail;           // --sendmail: argv behind it
	bool reader;             // --reader: the helper that reads messages
	const char *mailto;
	bool help, version;
	int rest;                // index of the first argument behind
	// Called behind engine_new, before files are read: adds the rows of a screen to
	// commands and options, so that batch can read and check a configuration that
	// names them. NULL: there is no screen in this program.
	void (*prepare)(struct engine *e);
};
// False: usage error, told on standard error; exit with 2.
bool arguments_parse(struct arguments *a, int argc, char **argv);
// Everything but the screen: true when it was done here, with the status.
bool batch_main(const struct arguments *a, int argc, char **argv, int *status_r);

// A batch front end that writes to out and err.
struct frontend *batch_frontend_new(struct engine *e, FILE *out, FILE *err, bool json);
void batch_frontend_free(struct frontend **f);
// What servers refused meanwhile, one line each, unless err says it too.
struct error;
void batch_say_notices(struct frontend *f, const struct error *err);
// All of a file's input, bounded.
struct buf;
bool batch_read_all(int fd, struct buf *out, struct error *err);

#endif
