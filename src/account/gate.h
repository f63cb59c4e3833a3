// SPDX-License-Identifier: GPL-3.0-or-later
// The way to one server, shared by the workers that go there: one opens at a
// time, one failure makes all of them wait, one refused password stops all.
#ifndef ACCOUNT_GATE_H
#define ACCOUNT_GATE_H

#include <stdbool.h>
#include <stdint.h>

struct account_settings;
struct board;
struct cancel;
struct error;
struct remote;
struct remote_driver;
struct sender;
struct sender_driver;

#define GATE_PAUSE_FIRST_MS 1000
#define GATE_PAUSE_MAX_MS (5 * 60 * 1000)
#define GATE_SECOND_TRY_MS 4000
#define GATE_CLIENT_NAME "postern"

struct gate;

// outgoing: the URL, password and pin of the sending side.
struct gate *gate_new(struct board *board, bool outgoing);
void gate_free(struct gate **g);

// Logins are noted in the journal, without the password: whether one worked in an
// earlier run is known then. Before the first opening.
struct store;
void gate_remember(struct gate *g, struct store *store);
// Refused although it worked before, a password is tried once more after so long
// before anybody is asked: a server that goes down refuses what it cannot look up.
void gate_set_second_try(struct gate *g, int pause_ms);

// Opens a connection, whatever the pause says; asks password-command when that
// has not been done. Waits while another worker opens one, and may fail with it;
// what only a person can mend fails at once until gate_retry. A failure is told
// to the board at `place` and makes the background wait.
bool gate_open(struct gate *g, const struct account_settings *settings,
	const struct remote_driver *driver, unsigned place,
	struct cancel *cancel, struct remote **remote_r, struct error *err);
bool gate_open_sender(struct gate *g, const struct account_settings *settings,
	const struct sender_driver *driver, unsigned place,
	struct cancel *cancel, struct sender **sender_r, struct error *err);

// A connection broke, or was of no use: the next pause is longer.
void gate_failed(struct gate *g, unsigned place, const struct error *err);
// Something was done over a connection: the pauses begin anew, and the board
// forgets the failures of all who use this gate, not only of the one who knows.
void gate_worked(struct gate *g);
// How long the background has to wait before it may open, milliseconds: 0 not
// at all, -1 until the settings change or somebody retries. A machine that was
// asleep need not wait.
int gate_wait_ms(struct gate *g);
// The last failure; false when there is none.
bool gate_error(struct gate *g, struct error *err);
// Forgets pause and refusals, for somebody asked for it; the board still shows them.
void gate_retry(struct gate *g);

#endif
