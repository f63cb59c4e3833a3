// SPDX-License-Identifier: GPL-3.0-or-later
// What the files of the fake server share.
#ifndef TESTS_SYNC_FAKE_PRIVATE_H
#define TESTS_SYNC_FAKE_PRIVATE_H

#include "tests/sync/fake.h"

struct fake *fake_used(void);
void fake_copy_name(char to[FAKE_NAME], const char *from);
uint32_t fake_put(struct fake *f, struct fake_folder *folder, const char *name,
	const char *flags, int64_t received);
void fake_set_flags(struct fake_folder *folder, struct fake_message *m,
	const char *flags);
void fake_drop_at(struct fake_folder *folder, size_t at);
// At the beginning of a verb: counts it, and a step. False with *err where a
// fault without effect was planned.
bool fake_begin(const char *verb, struct error *err);
// At its end: false where a fault with effect was planned.
bool fake_end(const char *verb, struct error *err);

#endif
