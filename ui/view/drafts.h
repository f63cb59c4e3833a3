// SPDX-License-Identifier: GPL-3.0-or-later
// What the list of drafts does besides being a view.
#ifndef UI_VIEW_DRAFTS_H
#define UI_VIEW_DRAFTS_H

struct app;

// At the start: how many drafts wait, if any do, and which key goes on with them.
void drafts_announce(struct app *a);
void drafts_forget(struct app *a);      // the app goes: nothing is said any more

#endif
