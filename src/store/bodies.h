// SPDX-License-Identifier: GPL-3.0-or-later
// Bodies: the raw message in chunks, resumable; or its header, tree and single
// parts fetched alone. Mail that exists only here is read from its file.
#ifndef STORE_BODIES_H
#define STORE_BODIES_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

struct buf;
struct error;
struct part;
struct store;

#define BODY_CHUNK (64 * 1024)

// How much of the raw message is here; *complete_r when all. For a file: all.
bool store_raw_state(struct store *s, uint64_t id, uint64_t *have_r, bool *complete_r);
// Appends bytes offset..offset+max of the raw message to out; false when they
// are not all here (ERROR_GONE) or cannot be read.
bool store_raw_read(struct store *s, uint64_t id, uint64_t offset, size_t max,
	struct buf *out, struct error *err);
// Appends at `offset`, which must be what is there already. `last`: the message
// is complete, the parts go. [write]
bool store_raw_put(struct store *s, uint64_t id, uint64_t offset, const void *data,
	size_t len, bool last, struct error *err);
// Forgets the raw form and the parts (never of a file). [write]
bool store_body_drop(struct store *s, uint64_t id, struct error *err);

// What another client moved or copied is not fetched again: gives this message what
// is here of it from elsewhere in the account, or from a place that it has left.
// False: there is nothing that it lacks, or it is not sure. For workers. [write]
bool store_body_adopt(struct store *s, uint64_t id);

// The tree, and pieces by section: "HEADER" or a part's section, encoded as on
// the wire. Structure NULL when unknown. part_free() it.
struct part *store_structure(struct store *s, uint64_t id);
bool store_structure_put(struct store *s, uint64_t id, const struct part *root,
	struct error *err);                                            // [write]
bool store_part_read(struct store *s, uint64_t id, const char *section,
	struct buf *out);
bool store_part_put(struct store *s, uint64_t id, const char *section,
	const void *data, size_t len, struct error *err);              // [write]

// For `keep`: messages of a folder received since `since` whose raw form is not
// here and whose size is at most max_size, newest first; as many as fit below the
// limit of what is kept here. 0: nothing more is to be fetched now. free(*ids_r)
size_t store_raw_wanted(struct store *s, uint32_t folder, int64_t since,
	uint64_t max_size, size_t n, uint64_t **ids_r);

#endif
