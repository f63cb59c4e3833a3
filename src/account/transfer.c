// SPDX-License-Identifier: GPL-3.0-or-later
// What a server does twice when it is asked twice. Before the question goes out
// the journal notes that it does, with the UID from which the target is looked
// through when the answer never came.
#include "config.h"

#include "account/transfer.h"

#include "account/match.h"
#include "account/spool.h"
#include "account/sync.h"
#include "account/visit.h"
#include "base/error.h"
#include "base/mem.h"
#include "base/str.h"
#include "remote/remote.h"
#include "store/folders.h"
#include "store/pending.h"

#include <stdlib.h>
#include <string.h>

// Pairs of UIDs that belong together, as store_operation_played takes them.
struct pairs {
	uint32_t *from, *to;
	size_t n;
	uint32_t uidvalidity;     // of the target
};

static void
pairs_done(struct pairs *p)
{
	free(p->from);
	free(p->to);
	*p = (struct pairs){0};
}

static void
pairs_add(struct pairs *p, uint32_t from, uint32_t to)
{
	p->from = mem_grow(p->from, p->n + 1, sizeof(*p->from));
	p->to = mem_grow(p->to, p->n + 1, sizeof(*p->to));
	p->from[p->n] = from;
	p->to[p->n++] = to;
}

// The target's name for the server (free()), and from which UID on something new
// would stand in it.
static char *
target_name(struct sync *s, uint32_t folder, uint32_t *uidnext_r,
	struct error *err)
{
	struct remote_folder now = {0};
	struct folder f;

	if (!store_folder_any(s->store, folder, &f)) {
		error_set(err, ERROR_GONE, "the target folder is no longer there");
		return NULL;
	}
	char *name = visit_name(s, &f);
	if (name == NULL)
		error_set(err, ERROR_REFUSED,
			"the server can have no folder named %s", f.name);
	else if (uidnext_r != NULL &&
		 !s->driver->status(s->remote, name, &now, err)) {
		free(name);
		name = NULL;
	}
	if (uidnext_r != NULL) {
		*uidnext_r = now.uidnext != 0 ? now.uidnext : f.uidnext;
		if (*uidnext_r == 0)
			*uidnext_r = 1;
	}
	free(now.name);
	free(now.label);
	folder_done(&f);
	return name;
}

// --- COPY and MOVE --------------------------------------------------------------------

struct transfer {
	struct sync *s;
	const struct operation *op;
	char *target;
	uint32_t uidnext;         // of the target before the first try
	struct match_key *keys;   // beside op->uids
	struct pairs pairs;
};

static void
transfer_keys(struct transfer *t)
{
	if (t->keys != NULL)
		return;
	t->keys = mem_alloc(t->op->n + 1, sizeof(*t->keys));
	for (size_t i = 0; i < t->op->n; i++)
		match_key_of(t->s, t->op->ids[i], &t->keys[i]);
}

static bool
learn_message(void *arg, struct remote_message *m)
{
	struct transfer *t = arg;

	for (size_t i = 0; i < t->op->n; i++) {
		struct match_key *key = &t->keys[i];
		if (t->op->uids[i] != m->uid || !m->has_envelope ||
		    key->message_id != NULL || key->subject != NULL)
			continue;
		key->message_id = str_dup(m->envelope->message_id);
		key->subject = str_dup(m->envelope->subject);
		key->date = m->envelope->date;
		key->size = m->size;
	}
	return true;
}

// After a lost cache nothing is known of the messages: they can be found in the
// target only by what the server tells of them where they are now.
static bool
transfer_learn(struct transfer *t, struct error *err)
{
	struct sync *s = t->s;
	struct remote_sink sink = { .arg = t, .message = learn_message };
	struct remote_range *ranges;
	bool known = true;

	transfer_keys(t);
	for (size_t i = 0; i < t->op->n; i++)
		known = known && t->op->ids[i] != 0;
	if (known)
		return true;
	size_t n = remote_ranges(t->op->uids, t->op->n, &ranges);
	bool ok = visit_use(s, t->op->folder, t->op->uidvalidity, err) &&
		s->driver->fetch(s->remote, (struct remote_set){ ranges, n },
		REMOTE_FETCH_ENVELOPE, 0, &sink, err);
	free(ranges);
	return ok;
}

static void
transfer_done(struct transfer *t)
{
	for (size_t i = 0; t->keys != NULL && i < t->op->n; i++)
		match_key_done(&t->keys[i]);
	free(t->keys);
	free(t->target);
	pairs_done(&t->pairs);
}

// Asks the server to copy or move these; what it tells of their new UIDs is kept.
static bool
transfer_ask(struct transfer *t, const uint32_t *uids, size_t n,
	struct error *err)
{
	struct sync *s = t->s;
	struct remote_uid_map map = {0};
	struct remote_range *ranges;
	size_t n_ranges = remote_ranges(uids, n, &ranges);
	struct remote_set set = { ranges, n_ranges };

	bool ok = visit_use(s, t->op->folder, t->op->uidvalidity, err);
	if (ok)
		ok = t->op->kind == ACT_MOVE ?
			s->driver->move(s->remote, set, t->target, &map, err) :
			s->driver->copy(s->remote, set, t->target, &map, err);
	free(ranges);
	for (size_t i = 0; ok && i < map.n; i++)
		pairs_add(&t->pairs, map.from[i], map.to[i]);
	if (ok && map.n > 0)
		t->pairs.uidvalidity = map.uidvalidity;
	remote_uid_map_done(&map);
	return ok;
}

// Where each message stands in the target now. found has op->n places.
static bool
transfer_find(struct transfer *t, uint32_t *found, struct error *err)
{
	struct sync *s = t->s;
	struct folder f = {0};
	uint32_t validity;

	transfer_keys(t);
	if (!match_find(s, t->op->target, t->uidnext, t->keys, t->op->n, found,
			&validity, err))
		return false;
	bool known = store_folder(s->store, t->op->target, &f);
	uint32_t before = known ? f.uidvalidity : 0;
	folder_done(&f);
	t->pairs.uidvalidity = validity;
	if (before == 0 || before == validity)
		return true;
	// The folder began anew meanwhile, and with it its UIDs.
	return match_find(s, t->op->target, 1, t->keys, t->op->n, found,
		&validity, err);
}

static void
transfer_note(struct transfer *t, const uint32_t *found)
{
	for (size_t i = 0; i < t->op->n; i++)
		if (found[i] != 0)
			pairs_add(&t->pairs, t->op->uids[i], found[i]);
}

static bool
transfer_fresh(struct transfer *t, struct error *err)
{
	struct sync *s = t->s;
	const struct operation *op = t->op;
	// Who tells where they went need not be asked what they are.
	bool tells = (s->driver->abilities(s->remote) & REMOTE_UIDPLUS) != 0;

	if (!visit_use(s, op->folder, op->uidvalidity, err) ||
	    (!tells && !transfer_learn(t, err)) ||
	    !store_operation_started(s->store, op->seq, t->uidnext, err))
		return false;
	sync_go_on(s, "transfer started");
	if (!transfer_ask(t, op->uids, op->n, err))
		return false;
	sync_go_on(s, "transferred");
	if (t->pairs.n > 0)
		return true;
	uint32_t *found = mem_alloc(op->n, sizeof(*found));
	bool ok = transfer_find(t, found, err);
	if (ok)
		transfer_note(t, found);
	free(found);
	return ok;
}

static bool
mark_present(void *arg, struct remote_message *m)
{
	struct transfer *t = ((void **)arg)[0];
	bool *present = ((void **)arg)[1];

	for (size_t i = 0; i < t->op->n; i++)
		if (t->op->uids[i] == m->uid)
			present[i] = true;
	return true;
}

// Which of the messages still stand where they came from.
static bool
transfer_present(struct transfer *t, bool *present, struct error *err)
{
	struct sync *s = t->s;
	void *arg[] = { t, present };
	struct remote_sink sink = { .arg = arg, .message = mark_present };
	struct remote_range *ranges;
	size_t n_ranges = remote_ranges(t->op->uids, t->op->n, &ranges);

	bool ok = visit_use(s, t->op->folder, t->op->uidvalidity, err) &&
		s->driver->fetch(s->remote,
			(struct remote_set){ ranges, n_ranges },
			REMOTE_FETCH_UIDS, 0, &sink, err);
	free(ranges);
	return ok;
}

static bool
transfer_expunge(struct transfer *t, const uint32_t *uids, size_t n,
	struct error *err)
{
	struct remote_range *ranges;
	size_t n_ranges = remote_ranges(uids, n, &ranges);

	bool ok = t->s->driver->expunge(t->s->remote,
		(struct remote_set){ ranges, n_ranges }, err);
	free(ranges);
	return ok;
}

// Started once, and nobody knows how far it came: what arrived in the target is
// not sent again; what was copied but not removed is removed.
static bool
transfer_again(struct transfer *t, struct error *err)
{
	const struct operation *op = t->op;
	uint32_t *found = mem_alloc(op->n, sizeof(*found));
	uint32_t *missing = mem_alloc(op->n, sizeof(*missing));
	uint32_t *left = mem_alloc(op->n, sizeof(*left));
	bool *present = mem_alloc(op->n, sizeof(*present));
	size_t n_missing = 0, n_left = 0;

	bool ok = transfer_learn(t, err) && transfer_find(t, found, err) &&
		transfer_present(t, present, err);
	for (size_t i = 0; ok && i < op->n; i++) {
		if (present[i] && found[i] == 0)
			missing[n_missing++] = op->uids[i];
		if (present[i] && found[i] != 0 && op->kind == ACT_MOVE)
			left[n_left++] = op->uids[i];
	}
	if (ok && n_left > 0)
		ok = transfer_expunge(t, left, n_left, err);
	sync_go_on(t->s, "leftovers removed");
	if (ok && n_missing > 0) {
		ok = transfer_ask(t, missing, n_missing, err);
		sync_go_on(t->s, "transferred");
		if (ok && t->pairs.n == 0)
			ok = transfer_find(t, found, err);
	}
	if (ok)
		transfer_note(t, found);
	free(found);
	free(missing);
	free(left);
	free(present);
	return ok;
}

bool
transfer_messages(struct sync *s, const struct operation *op, struct error *err)
{
	struct transfer t = { .s = s, .op = op, .uidnext = op->target_uidnext };
	bool again = op->state == OPERATION_STARTED;
	bool ok = true;

	if (op->n > 0) {
		t.target = target_name(s, op->target, again ? NULL : &t.uidnext,
			err);
		ok = t.target != NULL &&
			(again ? transfer_again(&t, err) :
				transfer_fresh(&t, err));
	}
	ok = ok && store_operation_played(s->store, op->seq,
		t.pairs.uidvalidity, t.pairs.from, t.pairs.to, t.pairs.n, err);
	transfer_done(&t);
	return ok;
}

// --- APPEND ---------------------------------------------------------------------------

// A message without a Message-ID is known by its subject and date.
static bool
append_match(struct sync *s, const struct operation *op, uint32_t from,
	uint32_t *uidvalidity_r, uint32_t *uid_r, struct error *err)
{
	struct match_key key;

	if (op->path == NULL || !match_key_of_file(op->path, &key))
		return true;
	bool ok = match_find(s, op->target, from, &key, 1, uid_r, uidvalidity_r,
		err);
	match_key_done(&key);
	return ok;
}

// The message in the target, from a UID up; *uid_r 0: none.
static bool
append_find(struct sync *s, const struct operation *op, uint32_t from,
	uint32_t *uidvalidity_r, uint32_t *uid_r, struct error *err)
{
	uint32_t *uids = NULL;
	size_t n = 0;

	*uid_r = 0;
	if (str_empty(op->message_id))
		return append_match(s, op, from, uidvalidity_r, uid_r, err);
	bool ok = visit_reselect(s, op->target, uidvalidity_r, err) &&
		s->driver->find(s->remote, op->message_id, from, &uids, &n, err);
	if (ok && n > 0)
		*uid_r = uids[n - 1];
	free(uids);
	return ok;
}

// What went out as mail has a Message-ID that nothing else has: a server that
// files a copy of its own, or a copy made before a crash, is found by it.
static bool
is_sent_mail(const char *path)
{
	return path != NULL && (strstr(path, "/outbox/") != NULL ||
		str_has_prefix(path, "outbox/"));
}

static bool
append_ask(struct sync *s, const struct operation *op, const char *target,
	uint32_t uidnext, uint32_t *uidvalidity_r, uint32_t *uid_r,
	struct error *err)
{
	struct spool *sp;

	if (!spool_open_file(&sp, str_or_empty(op->path), err)) {
		// Nothing that looking again would mend.
		err->kind = ERROR_REFUSED;
		return false;
	}
	bool ok = op->state == OPERATION_STARTED ||
		store_operation_started(s->store, op->seq, uidnext, err);
	sync_go_on(s, "append started");
	ok = ok && s->driver->append(s->remote, target, &op->flags, op->received,
		spool_size(sp), spool_next, sp, uidvalidity_r, uid_r, err);
	sync_go_on(s, "appended");
	spool_close(&sp);
	if (ok && *uid_r == 0)
		ok = append_find(s, op, uidnext, uidvalidity_r, uid_r, err);
	return ok;
}

// A server may refuse a label, and has the message all the same.
static bool
labels_refused(struct sync *s, const struct operation *op, struct error *err)
{
	struct folder f;

	if (err->kind != ERROR_REFUSED && err->kind != ERROR_GONE)
		return false;
	if (s->notice != NULL && store_folder_any(s->store, op->target, &f)) {
		char *text = str_printf("%s: a message was filed without its tags: %s",
			f.name, err->text);
		s->notice(s->arg, text);
		free(text);
		folder_done(&f);
	}
	error_clear(err);
	return true;
}

// What APPEND takes no labels along with is given them where it stands. May be
// done again: so it comes before the operation counts as played.
static bool
append_labels(struct sync *s, const struct operation *op, uint32_t uidvalidity,
	uint32_t uid, struct error *err)
{
	struct flag_change change = { .add.words = op->flags.words }; // lent
	struct remote_range one = { uid, uid };
	struct remote_sink none = {0};
	uint32_t found;

	if (uid == 0 || str_empty(op->flags.words) ||
	    !(s->driver->abilities(s->remote) & REMOTE_LABELS))
		return true;
	// Anew: a folder that is selected may not have told of it yet.
	bool ok = visit_reselect(s, op->target, &found, err);
	if (ok && found == uidvalidity)
		ok = s->driver->store_flags(s->remote, (struct remote_set){ &one, 1 },
			&change, &none, err);
	sync_go_on(s, "labels stored");
	return ok || labels_refused(s, op, err);
}

bool
transfer_append(struct sync *s, const struct operation *op, struct error *err)
{
	bool again = op->state == OPERATION_STARTED;
	uint32_t uidnext = op->target_uidnext, uid = 0, uidvalidity = 0;
	uint32_t before;
	char *target = target_name(s, op->target, &before, err);

	if (target == NULL)
		return false;
	if (!again)
		uidnext = before;
	bool ok = true;
	if (again || is_sent_mail(op->path))
		ok = append_find(s, op, again ? uidnext : 1, &uidvalidity, &uid,
			err);
	if (ok && uid == 0)
		ok = append_ask(s, op, target, uidnext, &uidvalidity, &uid, err);
	ok = ok && append_labels(s, op, uidvalidity, uid, err) &&
		store_operation_played(s->store, op->seq, uidvalidity, NULL, &uid,
			uid != 0 ? 1 : 0, err);
	free(target);
	return ok;
}
