// SPDX-License-Identifier: GPL-3.0-or-later
// The set-up, as those know it who would ask about its account too.
#ifndef UI_VIEW_SETUP_H
#define UI_VIEW_SETUP_H

#include <stdbool.h>
#include <stdint.h>

struct app;

// The set-up is open on this account and asks for its password itself: what is
// typed is what it will save.
bool setup_asks(const struct app *a, uint32_t account);
// A password that was typed and works, for an account that has its own from a file
// that the set-up wrote: it goes into that file. False: it has it from elsewhere.
bool setup_keep_password(struct app *a, const char *account, bool sending,
	const char *password);

#endif
