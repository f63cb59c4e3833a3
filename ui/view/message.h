// SPDX-License-Identifier: GPL-3.0-or-later
// What other views may know of the message that is shown.
#ifndef UI_VIEW_MESSAGE_H
#define UI_VIEW_MESSAGE_H

#include <stdint.h>

struct part;
struct view;

// Its id. *within_r: the section of the attached message that is shown in its place,
// NULL if none is; lent.
uint64_t message_shown(const struct view *v, const char **within_r);
// Its parts; NULL until it was read. Lent.
const struct part *message_parts(const struct view *v);

#endif
