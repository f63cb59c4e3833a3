// SPDX-License-Identifier: GPL-3.0-or-later
// An act that a server is known to forbid is refused before it is journalled: shown
// as done and taken back later, it would deceive whoever did it.
#include "config.h"

#include "store/rights.h"

#include "base/str.h"
#include "store/folders.h"
#include "store/inside.h"
#include "store/op.h"

#include <string.h>

static const struct {
	unsigned attribute;
	const char *word;     // for programs
	const char *what;     // "the server lets nobody here ..."
} rights[] = {
	{ FOLDER_NO_SEEN, "seen", "mark messages as read or unread" },
	{ FOLDER_NO_FLAGS, "flags", "flag or tag messages" },
	{ FOLDER_NO_INSERT, "insert", "put messages in" },
	{ FOLDER_NO_CHILDREN, "create", "make folders in it" },
	{ FOLDER_NO_CHANGE, "rename", "rename or delete it" },
	{ FOLDER_NO_DELETE, "delete", "delete messages, or move them away" },
};

void
folder_denied(const struct folder *f, struct buf *out)
{
	for (size_t i = 0; i < sizeof(rights) / sizeof(*rights); i++)
		if (f->attributes & rights[i].attribute)
			buf_printf(out, "%s%s", out->len > 0 ? " " : "",
				rights[i].word);
}

static bool
right_check(struct store *s, uint32_t folder, unsigned needed, struct error *err)
{
	const struct folder_row *f = folder_row(s, folder);

	for (size_t i = 0; f != NULL && i < sizeof(rights) / sizeof(*rights); i++)
		if (f->f.attributes & needed & rights[i].attribute)
			return error_set(err, ERROR_REFUSED,
				"%s: the server does not let you %s",
				f->shown_name != NULL ? f->shown_name : f->f.name,
				rights[i].what);
	return true;
}

static unsigned
flags_need(const struct flag_change *change)
{
	unsigned bits = change->add.bits | change->remove.bits, need = 0;
	bool words = !str_empty(change->add.words) || !str_empty(change->remove.words);

	if (bits & FLAG_SEEN)
		need |= FOLDER_NO_SEEN;
	if (bits & FLAG_DELETED)
		need |= FOLDER_NO_DELETE;
	if (words || (bits & ~(unsigned)(FLAG_SEEN | FLAG_DELETED)))
		need |= FOLDER_NO_FLAGS;
	return need;
}

// The folder that holds the one of that name; 0: none that we know.
static uint32_t
parent_of(struct store *s, const struct op *op)
{
	const char *end = op->name == NULL ? NULL : strrchr(op->name, '/');
	size_t len = end == NULL ? 0 : (size_t)(end - op->name);

	for (size_t i = 0; len > 0 && i < s->folders.len; i++) {
		const struct folder_row *f = array_at(&s->folders, i);
		const char *name = f->shown_name != NULL ? f->shown_name : f->f.name;
		if (f->f.account == op->account && name != NULL &&
		    strlen(name) == len && memcmp(name, op->name, len) == 0)
			return f->f.id;
	}
	return 0;
}

static bool
op_allowed(struct store *s, const struct op *op, struct error *err)
{
	switch (op->kind) {
	case ACT_FLAG:
		return right_check(s, op->folder, flags_need(&op->change), err);
	case ACT_MOVE:
		return right_check(s, op->folder, FOLDER_NO_DELETE, err) &&
			right_check(s, op->target, FOLDER_NO_INSERT, err);
	case ACT_COPY:
	case ACT_APPEND:
		return right_check(s, op->target, FOLDER_NO_INSERT, err);
	case ACT_EXPUNGE:
		return right_check(s, op->folder, FOLDER_NO_DELETE, err);
	case ACT_FOLDER_CREATE:
		return right_check(s, parent_of(s, op), FOLDER_NO_CHILDREN, err);
	case ACT_FOLDER_RENAME:
		return right_check(s, op->folder, FOLDER_NO_CHANGE, err) &&
			right_check(s, parent_of(s, op), FOLDER_NO_CHILDREN, err);
	case ACT_FOLDER_DELETE:
		return right_check(s, op->folder, FOLDER_NO_CHANGE, err);
	default:
		return true;
	}
}

bool
rights_allow(struct store *s, const struct array *ops, struct error *err)
{
	for (size_t i = 0; i < ops->len; i++)
		if (!op_allowed(s, *(struct op **)array_at(ops, i), err))
			return false;
	return true;
}
