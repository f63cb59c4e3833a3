// SPDX-License-Identifier: GPL-3.0-or-later
// The pending operations by sequence and by message.
#include "config.h"

#include "store/operations.h"

#include "base/map.h"
#include "base/mem.h"
#include "store/row.h"

#include <assert.h>
#include <stdlib.h>

void
operations_init(struct operations *o)
{
	*o = (struct operations){
		.items = ARRAY_OF(struct op *), .open = ARRAY_OF(struct op_count),
		.by_root = map_new(),
	};
}

static void
operations_free_refs(void *value)
{
	for (struct op_ref *r = value, *next; r != NULL; r = next) {
		next = r->next;
		free(r);
	}
}

void
operations_done(struct operations *o)
{
	for (size_t i = 0; i < o->items.len; i++)
		op_free(array_at(&o->items, i));
	array_done(&o->items);
	array_done(&o->open);
	map_free(&o->by_root, operations_free_refs);
}

// Where seq stands, or would.
static size_t
operations_place(const struct operations *o, uint64_t seq)
{
	size_t low = 0, high = o->items.len;

	while (low < high) {
		size_t mid = (low + high) / 2;
		struct op **op = array_at(&o->items, mid);
		if ((*op)->seq < seq)
			low = mid + 1;
		else
			high = mid;
	}
	return low;
}

struct op *
operations_find(const struct operations *o, uint64_t seq)
{
	size_t at = operations_place(o, seq);

	if (at == o->items.len)
		return NULL;
	struct op *op = *(struct op **)array_at(&o->items, at);
	return op->seq == seq ? op : NULL;
}

const struct op_ref *
operations_on(const struct operations *o, uint64_t root)
{
	return root == 0 ? NULL : map_get_u64(o->by_root, root);
}

static void
operations_link(struct operations *o, struct op *op, struct op_message *m,
	uint64_t root)
{
	m->root = root;
	if (root == 0) {
		o->lost++;
		return;
	}
	struct op_ref *ref = mem_new(struct op_ref);
	*ref = (struct op_ref){ .op = op, .message = m };
	struct op_ref *first = map_get_u64(o->by_root, root);
	struct op_ref **at = &first;
	while (*at != NULL && (*at)->op->seq < op->seq)
		at = &(*at)->next;
	ref->next = *at;
	*at = ref;
	map_put_u64(o->by_root, root, first);
}

static void
operations_unlink(struct operations *o, struct op *op, struct op_message *m)
{
	if (m->root == 0) {
		o->lost--;
		return;
	}
	struct op_ref *first = map_get_u64(o->by_root, m->root);
	for (struct op_ref **at = &first; *at != NULL; at = &(*at)->next) {
		if ((*at)->op == op) {
			struct op_ref *gone = *at;
			*at = gone->next;
			free(gone);
			break;
		}
	}
	if (first == NULL)
		map_remove_u64(o->by_root, m->root);
	else
		map_put_u64(o->by_root, m->root, first);
	m->root = 0;
}

static void
operations_count(struct operations *o, const struct op *op, int by)
{
	if (op->state == OPERATION_FAILED)
		return;
	for (size_t i = 0; i < o->open.len; i++) {
		struct op_count *count = array_at(&o->open, i);
		if (count->account == op->account) {
			count->n += (size_t)by;
			return;
		}
	}
	struct op_count *count = array_push(&o->open);
	*count = (struct op_count){ .account = op->account, .n = (size_t)by };
}

// A message that waits for an operation's work hangs on what that hangs on: a
// move takes its row along, a copy and an append make one.
static uint64_t
operations_root(const struct operations *o, const struct op *op,
	const struct op_message *m)
{
	if (!op_has_messages(op))
		return op->kind == ACT_APPEND ? root_of_creation(op->seq, m->index) : 0;
	if (m->uid != 0)
		return root_of_place(op->folder, m->uid);
	if (m->origin == 0)
		return 0;
	struct op *origin = operations_find(o, root_seq(m->origin));
	if (origin != NULL && origin->kind == ACT_MOVE) {
		struct op_message *source = op_message_at(origin, root_index(m->origin));
		return source == NULL ? m->origin : source->root;
	}
	return m->origin;
}

// A failed one is only listed: it hangs on nothing.
static void
operations_link_all(struct operations *o, struct op *op)
{
	for (size_t i = 0; i < op->n && op_has_messages(op); i++)
		operations_link(o, op, &op->messages[i],
			operations_root(o, op, &op->messages[i]));
}

static void
operations_unlink_all(struct operations *o, struct op *op)
{
	for (size_t i = 0; i < op->n && op_has_messages(op); i++)
		operations_unlink(o, op, &op->messages[i]);
}

void
operations_add(struct operations *o, struct op *op)
{
	*(struct op **)array_insert(&o->items, operations_place(o, op->seq)) = op;
	operations_count(o, op, 1);
	if (op->state != OPERATION_FAILED)
		operations_link_all(o, op);
}

void
operations_remove(struct operations *o, struct op *op)
{
	size_t at = operations_place(o, op->seq);

	assert(at < o->items.len && *(struct op **)array_at(&o->items, at) == op);
	array_remove(&o->items, at);
	operations_count(o, op, -1);
	if (op->state != OPERATION_FAILED)
		operations_unlink_all(o, op);
}

void
operations_leave(struct operations *o, struct op *op, struct op_message *m)
{
	if (op->state != OPERATION_FAILED)
		operations_unlink(o, op, m);
	size_t at = (size_t)(m - op->messages);
	op_message_remove(op, m);
	// The others moved up by one: so do the references to them.
	for (size_t i = at; i < op->n && op->state != OPERATION_FAILED; i++) {
		struct op_ref *ref = op->messages[i].root == 0 ? NULL :
			map_get_u64(o->by_root, op->messages[i].root);
		for (; ref != NULL; ref = ref->next) {
			if (ref->op == op)
				ref->message = &op->messages[i];
		}
	}
}

void
operations_reroot(struct operations *o, uint64_t from, uint64_t to)
{
	struct op_ref *moved = map_remove_u64(o->by_root, from);

	while (moved != NULL) {
		struct op_ref *next = moved->next;
		operations_link(o, moved->op, moved->message, to);
		free(moved);
		moved = next;
	}
}

void
operations_found(struct operations *o, struct op *op, struct op_message *m,
	uint64_t root)
{
	assert(m->root == 0);
	o->lost--;
	operations_link(o, op, m, root);
}

void
operations_refind(struct operations *o)
{
	for (size_t i = 0; o->lost > 0 && i < o->items.len; i++) {
		struct op *op = *(struct op **)array_at(&o->items, i);
		for (size_t j = 0; j < op->n && op->state != OPERATION_FAILED; j++) {
			struct op_message *m = &op->messages[j];
			bool waits = m->root == 0 && op_has_messages(op) &&
				operations_find(o, root_seq(m->origin)) != NULL;
			uint64_t root = waits ? operations_root(o, op, m) : 0;
			if (root != 0)
				operations_found(o, op, m, root);
		}
	}
}

void
operations_rebuild(struct operations *o)
{
	map_free(&o->by_root, operations_free_refs);
	o->by_root = map_new();
	o->lost = 0;
	for (size_t i = 0; i < o->items.len; i++) {
		struct op *op = *(struct op **)array_at(&o->items, i);
		if (op->state != OPERATION_FAILED)
			operations_link_all(o, op);
	}
}

void
operations_set_state(struct operations *o, struct op *op,
	enum operation_state state)
{
	bool was = op->state != OPERATION_FAILED, is = state != OPERATION_FAILED;

	if (was && !is) {
		operations_unlink_all(o, op);
		operations_count(o, op, -1);
	}
	op->state = state;
	if (is && !was) {
		operations_link_all(o, op);
		operations_count(o, op, 1);
	}
}

size_t
operations_open(const struct operations *o, uint32_t account)
{
	size_t n = 0;

	for (size_t i = 0; i < o->open.len; i++) {
		struct op_count *count = array_at(&o->open, i);
		if (account == 0 || count->account == account)
			n += count->n;
	}
	return n;
}

bool
operations_will_make(const struct operations *o, uint32_t folder)
{
	for (size_t i = 0; i < o->items.len; i++) {
		const struct op *op = *(struct op **)array_at(&o->items, i);
		if (op->kind == ACT_FOLDER_CREATE && op->folder == folder &&
		    op->state != OPERATION_FAILED)
			return true;
	}
	return false;
}
