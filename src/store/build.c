// SPDX-License-Identifier: GPL-3.0-or-later
// What an act means: operations on the messages as they are shown now.
#include "config.h"

#include "store/build.h"

#include "base/map.h"
#include "base/mem.h"
#include "base/path.h"
#include "base/str.h"
#include "base/when.h"
#include "mail/header.h"
#include "store/inside.h"
#include "store/rows.h"

bool
build_row(struct store *s, uint64_t id, struct row *row)
{
	struct flags flags = { 0 };
	bool pending;
	struct view v;

	if (!view_open(&v, s))
		return false;
	bool found = rows_load(&v.txn, v.cache, id, row);
	// What it shows may lag behind the acts, where the disk was full.
	if (found) {
		rows_lay(s, row, &row->shown, &flags, &pending);
		flags_done(&row->shown_flags);
		row->shown_flags = flags;
	}
	if (found && row->shown == 0) {
		row_done(row);
		found = false;
	}
	if (!view_close(&v) && found) {
		row_done(row);
		found = false;
	}
	return found;
}

void
build_op_message(struct store *s, struct op_message *m, const struct row *row)
{
	const struct op_ref *ref = operations_on(&s->operations, row->root);
	const struct op_ref *moved = NULL;

	for (; ref != NULL; ref = ref->next) {
		if (ref->op->kind == ACT_MOVE)
			moved = ref;
	}
	if (moved != NULL)
		m->origin = root_of_creation(moved->op->seq, moved->message->index);
	else if (root_is_creation(row->root))
		m->origin = row->root;
	else
		m->uid = row_uid(row);
	m->key = row->links[LINK_OWN];
	m->size = row->size;
	flags_copy(&m->before, &row->shown_flags);
}

static struct op *
build_op(const struct op *like)
{
	struct op *op = op_copy(like);

	op->when = when_now();
	return op;
}

struct op_message *
build_add(struct build *g, struct store *s, const struct row *row)
{
	struct op *op = NULL;

	for (size_t i = g->ops.len; op == NULL && i-- > 0;) {
		struct op *there = *(struct op **)array_at(&g->ops, i);
		if (there->folder == row->shown && there->n < OPERATION_MESSAGES_MAX)
			op = there;
	}
	if (op == NULL) {
		const struct folder_row *f = folder_row(s, row->shown);
		op = build_op(g->like);
		op->account = row->account;
		op->folder = row->shown;
		op->uidvalidity = f == NULL ? 0 : f->f.uidvalidity;
		*(struct op **)array_push(&g->ops) = op;
	}
	struct op_message *m = op_message_add(op);
	build_op_message(s, m, row);
	return m;
}

// Is it an act on this row at all? Moving to where it is does nothing, and so
// does a flag that it has.
static bool
build_concerns(const struct op *like, const struct row *row, bool *wrong_account_r,
	uint32_t target_account)
{
	struct flags after = { 0 };
	bool changes = true;

	if (like->kind == ACT_FLAG) {
		flags_copy(&after, &row->shown_flags);
		flag_change_apply(&after, &like->change);
		changes = !flags_equal(&after, &row->shown_flags);
		flags_done(&after);
	} else if (like->kind == ACT_MOVE || like->kind == ACT_COPY) {
		if (row->account != target_account)
			*wrong_account_r = true;
		changes = like->kind == ACT_COPY || row->shown != like->target;
	}
	return changes;
}

static bool
build_messages(struct store *s, struct build *g, struct error *err)
{
	uint32_t target_account = folders_account_of(s, g->like->target);
	struct map *seen = map_new();
	size_t here = 0;
	bool wrong = false;

	for (size_t i = 0; i < g->n; i++) {
		struct row row;
		if (map_put_u64(seen, g->ids[i], s) != NULL || !build_row(s, g->ids[i], &row))
			continue;
		here++;
		if (build_concerns(g->like, &row, &wrong, target_account)) {
			build_add(g, s, &row);
			g->acted++;
		}
		row_done(&row);
	}
	map_free(&seen, NULL);
	if (wrong)
		return error_set(err, ERROR_INPUT, "%s",
			"messages cannot be moved to a folder of another account in one act");
	if (g->n > 0 && here == 0)
		return error_set(err, ERROR_GONE, "the message is no longer there");
	return true;
}

static bool
build_folder(struct store *s, struct build *g, struct error *err)
{
	struct op *op = build_op(g->like);
	const struct folder_row *f = folder_row(s, op->folder);

	*(struct op **)array_push(&g->ops) = op;
	if (op->kind == ACT_FOLDER_CREATE) {
		struct folder there;
		if (str_empty(op->name))
			return error_set(err, ERROR_INPUT, "a folder needs a name");
		if (store_folder_find(s, op->account, op->name, &there) ) {
			bool same = str_equal(there.name, op->name);
			folder_done(&there);
			if (same)
				return error_set(err, ERROR_INPUT, "there is a folder %s already",
					op->name);
		}
		return true;
	}
	if (f == NULL)
		return error_set(err, ERROR_GONE, "the folder is no longer there");
	op->account = f->f.account;
	str_set(&op->old_name, f->shown_name);
	if (op->kind == ACT_FOLDER_DELETE)
		str_set(&op->name, f->f.total == 0 ? f->shown_name : NULL);
	if (op->kind == ACT_FOLDER_RENAME && str_empty(op->name))
		return error_set(err, ERROR_INPUT, "a folder needs a name");
	return true;
}

static bool
build_append(struct store *s, struct build *g, struct error *err)
{
	struct op *op = build_op(g->like);
	struct buf b = { 0 };
	struct envelope e;

	*(struct op **)array_push(&g->ops) = op;
	op->account = folders_account_of(s, op->target);
	if (op->account == 0)
		return error_set(err, ERROR_GONE, "the folder is no longer there");
	if (op->path == NULL)
		return error_set(err, ERROR_INPUT, "there is no file to append");
	if (!path_read(op->path, APPEND_MAX, &b, err)) {
		buf_done(&b);
		return false;
	}
	envelope_parse(&e, b.data, header_block_len(b.data, b.len));
	str_set(&op->message_id, e.message_id);
	envelope_done(&e);
	struct op_message *m = op_message_add(op);
	m->size = b.len;
	buf_done(&b);
	return true;
}

bool
build_ops(struct store *s, struct build *g, struct error *err)
{
	const struct op *like = g->like;

	g->ops = ARRAY_OF(struct op *);
	g->acted = 0;
	if ((like->kind == ACT_MOVE || like->kind == ACT_COPY ||
		like->kind == ACT_APPEND) && folder_row(s, like->target) == NULL)
		return error_set(err, ERROR_GONE, "the folder is no longer there");
	if (like->kind <= ACT_EXPUNGE)
		return build_messages(s, g, err);
	g->acted = 1;
	return like->kind == ACT_APPEND ? build_append(s, g, err) :
		build_folder(s, g, err);
}
