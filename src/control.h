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

// The owner's side: listens on run/socket (0600, peer's uid checked). The
// screen (NULL in batch) is whose target --remote uses. take_over is called when
// a screen wants this owner to step aside.
bool control_listen(struct control **c, struct engine *e, struct frontend *screen,
	void (*take_over)(void *arg), void *arg, struct error *err);
void control_close(struct control **c);

// The client's side: runs text over there, prints the answers here (standard
// output and error), reads standard input when a command there wants it; ^C cancels.
// remote: on the screen and its target. Returns the exit status.
int control_client(const char *run_folder, const char *text, const char *where,
	bool json, bool remote);
// Asks the owner to hand over and waits until it did.
bool control_take_over(const char *run_folder, int timeout_ms, struct error *err);

#endif
