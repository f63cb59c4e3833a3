// SPDX-License-Identifier: GPL-3.0-or-later
// The shape of a conversation: who answers whom, in which order the messages of
// one thread stand, and the subject without its prefixes.
#ifndef MAIL_THREAD_H
#define MAIL_THREAD_H

#include <stddef.h>
#include <stdint.h>

#define THREAD_MESSAGES_MAX 1000 // a thread that grows past it begins a new one

// One message of a thread, in any order on input.
struct thread_item {
	uint64_t id;
	uint64_t key;       // thread_key of its Message-ID
	uint64_t parent;    // key of the message it answers, 0 when none
	int64_t date;
	int depth;          // out: 0 for a root
};

// 64 bits of a Message-ID (without <>), never 0; 0 for NULL or "".
uint64_t thread_key(const char *message_id);
// The one it answers: the last of References, else the first In-Reply-To.
struct envelope;
uint64_t thread_parent(const struct envelope *e);
// Sorts depth first, siblings by date, and sets depth. Cycles, duplicates and
// missing parents (their children become roots) are borne.
void thread_arrange(struct thread_item *items, size_t n);
// The subject without Re:, Fwd:, AW: and their like, and without list tags in
// brackets before them; lent from s.
const char *thread_subject(const char *s);

#endif
