// SPDX-License-Identifier: GPL-3.0-or-later
// The control socket: commands handed by another postern on the same home to
// the one that owns the store, with its working folder, standard input and a
// batch front end of its own.
#ifndef CONTROL_H
#define CONTROL_H

#include <stdbool.h>
#include <stddef.h>

struct control;
struct engine;
struct error;
struct frontend;

#define CONTROL_MESSAGE_MAX (64 * 1024 * 1024)
#define CONTROL_CLIENTS_MAX 64

// --- the owner's side ------------------------------------------------------------------

// Listens on run/socket (0600, peer's uid checked). The screen (NULL in batch) is
// whose target --remote uses. take_over is called when another postern wants
// this owner to step aside: it ends what it does at a safe step, stops the engine
// and closes the control, which is what the other one waits for.
bool control_listen(struct control **c, struct engine *e, struct frontend *screen,
	void (*take_over)(void *arg), void *arg, struct error *err);
// Ends what clients still run and lets them go.
void control_close(struct control **c);
// Clients' commands end at their next safe step and go on at the next owner;
// new ones are sent away to try again.
void control_hand_over(struct control *c);
bool control_is_busy(const struct control *c);    // some client's commands run

// --- the client's side -------------------------------------------------------------------

struct control_request {
	const char *text, *where;
	bool json;
	bool remote;        // on the screen and its target
};

enum control_end {
	CONTROL_DONE,       // *status_r is the exit status
	CONTROL_NONE,       // nobody owns the store, or it ended before anything ran
	CONTROL_MOVED,      // *rest_r (free()) is to be run by the next owner
};
// Runs commands over there, prints the answers here (standard output and
// error), sends standard input when a command there wants it; ^C cancels.
enum control_end control_client(const char *run_folder,
	const struct control_request *request, int *status_r, char **rest_r);
// Asks the owner to hand over and waits until it did: engine_start follows.
bool control_take_over(const char *run_folder, int timeout_ms, struct error *err);

#endif
