// SPDX-License-Identifier: GPL-3.0-or-later
// What the parts of the set-up share: the form (setup.c), how it is tried on its
// servers (setup_trial.c), and how it is saved (setup_save.c).
#ifndef UI_VIEW_SETUP_INSIDE_H
#define UI_VIEW_SETUP_INSIDE_H

#include <stdbool.h>
#include <stdint.h>
#include "ui/view/view.h"
#include "ui/widget/list.h"

struct buf;
struct event;

enum setup_row {
	SETUP_NAME, SETUP_ADDRESS, SETUP_INCOMING, SETUP_OUTGOING, SETUP_PASSWORD,
	SETUP_KEEP, SETUP_TRY, SETUP_SAVE,
	SETUP_ROWS,
};

enum setup_keep { SETUP_IN_FILE, SETUP_ASKED, SETUP_BY_COMMAND };

// Which server is tried: first where mail comes from, then where it is sent.
enum setup_side { SETUP_REST, SETUP_RECEIVING, SETUP_SENDING };

struct setup {
	struct view view;        // first
	struct list list;
	char *values[SETUP_ROWS];
	char *sending_password;  // where sending has one of its own; NULL
	char *command;           // that prints the password
	enum setup_keep keep;
	char *account;           // its name
	bool guided;             // the next field is asked for by itself
	bool again;              // it is tried again with the password that is typed
	char *declared;          // the account that was tried; NULL
	bool leaves;             // that what was typed is lost was said
	char *typed;             // what could not be taken, to be mended; NULL
	char *message;           // how the try went; NULL
	bool bad;

	enum setup_side side;    // that is tried now
	uint32_t id;             // of the account, while it is tried
	uint64_t job;            // that tries it; 0
	bool given;              // the password, to the account that is tried
};

// setup.c
void setup_say(struct setup *x, bool bad, const char *text);
void setup_ask(struct setup *x, int row);
// The one that is open; NULL: it is gone.
struct app;
struct setup *setup_of(struct app *a);

// setup_save.c
// No password is wanted where no server is.
bool setup_wants_password(const struct setup *x);
// The commands that declare the account. for_file: as the configuration has them,
// else as it is tried, with passwords that are handed over otherwise.
void setup_commands(const struct setup *x, bool for_file, struct buf *out);
// Writes the configuration, and closes the set-up.
void setup_save(struct setup *x);

// setup_trial.c
// Tries both servers and saves what works; save_only: saves without trying.
void setup_try(struct setup *x, bool save_only);
// What was declared to be tried is no more; engine_accounts_changed() ends it.
void setup_undeclare(struct setup *x);
// Nothing is tried any more; what is under way tells nobody.
void setup_stop(struct setup *x);

#endif
