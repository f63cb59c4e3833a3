// SPDX-License-Identifier: GPL-3.0-or-later
// The commands that only a screen can have, a table for each kind of them.
#ifndef UI_COMMAND_COMMANDS_H
#define UI_COMMAND_COMMANDS_H

struct commands;

void commands_add_motion(struct commands *c);    // the cursor, pages, ends
void commands_add_screen(struct commands *c);    // views, the palette, the terminal
void commands_add_verbs(struct commands *c);     // what the view in front does
void commands_add_part(struct commands *c);      // an attachment, by its program

#endif
