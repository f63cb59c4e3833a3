// SPDX-License-Identifier: GPL-3.0-or-later
// Tags: the keywords of messages that are somebody's own words. Those that were
// given or seen are remembered, to be proposed.
#ifndef COMMAND_TAGS_H
#define COMMAND_TAGS_H

#include <stdbool.h>

struct buf;
struct engine;
struct flags;
struct strlist;

#define TAGS_MAX 200           // remembered; the oldest go

// False of keywords that programs keep for themselves ($MDNSent, NonJunk).
bool tag_is_own(const char *word);
// Appends "#todo #to do", filtered; nothing when there is none.
void tags_print(struct buf *out, const struct flags *flags);
// Remembers the tags among these flags, also for the next start.
void tags_note(struct engine *e, const struct flags *flags);
// Keywords (flags_word_text), the latest last. Lent.
const struct strlist *tags_known(struct engine *e);

#endif
