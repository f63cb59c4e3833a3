// SPDX-License-Identifier: GPL-3.0-or-later
// Messages that a window left odd: their answer could not be parsed, or the store
// does not have them although it should. None is passed over.
#ifndef ACCOUNT_SALVAGE_H
#define ACCOUNT_SALVAGE_H

#include <stdbool.h>

struct error;
struct take;

// After take_window, before its flush: what is odd becomes rows of the batch, by
// another question or, where that brings no answer either, by the raw header.
// What cannot be read at all is a row all the same, shown raw.
bool salvage_rows(struct take *t, struct error *err);

#endif
