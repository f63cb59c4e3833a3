// SPDX-License-Identifier: GPL-3.0-or-later
// What `colour` commands say, on this screen.
#ifndef UI_COLOURS_H
#define UI_COLOURS_H

struct app;
struct folder;
struct message;

// Takes over what is said now, if it has changed.
void colours_apply(struct app *a);
// The look that a rule gives a message of the index, as look.colour; 0: none.
int colours_of_message(struct app *a, const struct message *m, const struct folder *f);

#endif
