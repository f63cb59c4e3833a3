// SPDX-License-Identifier: GPL-3.0-or-later
// Acts on messages: flags, copies, moves and removals, so that a server without
// UIDPLUS or MOVE never loses a message that was not meant.
#include "config.h"

#include <stdlib.h>
#include <string.h>

#include "base/mem.h"
#include "base/str.h"
#include "remote/imap.h"

// Sends "verb SET rest" for all of the set, as many commands as it takes.
static bool
send_sets(struct imap *m, struct call *c, const char *verb, struct remote_set set,
	const char *rest, struct error *err)
{
	for (size_t at = 0; at < set.n;) {
		struct command command = { 0 };
		command_printf(&command, "%s ", verb);
		command_set(&command, set.ranges, set.n, &at);
		command_text(&command, rest);
		if (!imap_send(m, c, &command, err))
			return false;
	}
	return true;
}

static bool
store(struct imap *m, struct call *c, struct remote_set set, char sign,
	const struct flags *flags, struct error *err)
{
	if (flags_empty(flags))
		return true;
	struct buf rest = { 0 };
	buf_printf(&rest, " %cFLAGS.SILENT (", sign);
	flags_format_imap(&rest, flags);
	buf_char(&rest, ')');
	bool ok = send_sets(m, c, "UID STORE", set, buf_text(&rest), err);
	buf_done(&rest);
	return ok;
}

// --- flags ----------------------------------------------------------------------------

#define FLAGS_OF_SYSTEM (FLAG_SEEN | FLAG_ANSWERED | FLAG_FLAGGED | FLAG_DELETED | FLAG_DRAFT)

// What of `asked` the folder would forget again (PERMANENTFLAGS). flags_done.
static void
forgotten(const struct imap *m, const struct flags *asked, struct flags *f)
{
	*f = (struct flags){ 0 };
	if (!m->state.permanent)
		return;
	flags_copy(f, asked);
	flags_subtract(f, m->state.permanent);
	if (!m->state.keywords)
		return;
	f->bits &= FLAGS_OF_SYSTEM;
	free(f->words);
	f->words = NULL;
}

static void
lasting(const struct imap *m, const struct flags *asked, struct flags *f)
{
	struct flags lost;
	forgotten(m, asked, &lost);
	flags_copy(f, asked);
	flags_subtract(f, &lost);
	flags_done(&lost);
}

// Said of what a person chose; what programs set beside that ($Forwarded and its
// like) is worth no word.
static bool
say_forgotten(const struct imap *m, const struct flags *asked, struct error *err)
{
	struct flags lost;
	forgotten(m, asked, &lost);
	lost.bits &= FLAGS_OF_SYSTEM;
	bool none = flags_empty(&lost);
	if (!none) {
		struct buf words = { 0 };
		flags_format(&words, &lost);
		error_set(err, ERROR_REFUSED, "%s does not keep in this folder: %s",
			str_or_empty(m->base.settings.host), buf_text(&words));
		buf_done(&words);
	}
	flags_done(&lost);
	return none;
}

static bool
may_store(const struct imap *m, const struct flag_change *change, struct error *err)
{
	uint32_t bits = change->add.bits | change->remove.bits;
	bool words = change->add.words || change->remove.words;
	return (!(bits & FLAG_SEEN) ||
			imap_may(m, REMOTE_RIGHT_SEEN, "mark messages as read", err)) &&
		(!(bits & FLAG_DELETED) ||
			imap_may(m, REMOTE_RIGHT_DELETE, "delete messages", err)) &&
		((!(bits & ~(uint32_t)(FLAG_SEEN | FLAG_DELETED)) && !words) ||
			imap_may(m, REMOTE_RIGHT_WRITE, "mark messages", err));
}

bool
imap_change_flags(struct remote *r, struct remote_set set,
	const struct flag_change *change, const struct remote_sink *sink,
	struct error *err)
{
	struct imap *m = imap_of(r);
	struct call c = { .sink = sink, .arg = &set };
	struct flags keywords, labels, unlabels, add, remove;
	if (!imap_selected(m, err) || !may_store(m, change, err))
		return false;
	imap_labels_part(m, &change->remove, &keywords, &unlabels);
	flags_done(&keywords);
	imap_labels_part(m, &change->add, &keywords, &labels);
	lasting(m, &keywords, &add);
	// A label that is taken away may be a keyword that another client set.
	lasting(m, &change->remove, &remove);
	// One after the other in the pipeline: a server runs STOREs in order when
	// they touch the same messages (RFC 9051 section 5.5).
	bool ok = store(m, &c, set, '-', &remove, err) &&
		imap_labels_store(m, &c, set, '-', &unlabels, err) &&
		store(m, &c, set, '+', &add, err) &&
		imap_labels_store(m, &c, set, '+', &labels, err) &&
		imap_finish(m, &c, err) && say_forgotten(m, &keywords, err);
	flags_done(&add);
	flags_done(&remove);
	flags_done(&keywords);
	flags_done(&labels);
	flags_done(&unlabels);
	return ok;
}

// --- copies -------------------------------------------------------------------------

struct copying {
	struct remote_set set;
	struct remote_uid_map *map;
	size_t cap;
	size_t exists;    // when it began: no more can have been copied
	bool doubtful;    // told of something that was not asked: no map at all
};

static void
map_add(struct copying *k, uint32_t uidvalidity, const struct uids *from,
	const struct uids *to)
{
	struct remote_uid_map *map = k->map;
	if (map->n && map->uidvalidity != uidvalidity)
		k->doubtful = true;
	map->uidvalidity = uidvalidity;
	// Told again and again, short lines would make it grow without end.
	if (map->n + from->len > from->max) {
		k->doubtful = true;
		return;
	}
	for (size_t i = 0; i < from->len; i++) {
		// An act that is pending for another message must not follow.
		if (!set_has(k->set, from->items[i])) {
			k->doubtful = true;
			return;
		}
		if (map->n == k->cap) {
			k->cap = k->cap ? k->cap * 2 : 16;
			map->from = mem_grow(map->from, k->cap, sizeof(*map->from));
			map->to = mem_grow(map->to, k->cap, sizeof(*map->to));
		}
		map->from[map->n] = from->items[i];
		map->to[map->n++] = to->items[i];
	}
}

static bool
copy_on(struct imap *m, struct call *c, const struct response *r,
	const struct wire_frame *f)
{
	struct copying *k = c->arg;
	(void)f;
	bool status = r->kind == RESPONSE_TAGGED || r->kind == RESPONSE_STATUS;
	if (!status || r->status != STATUS_OK || !slice_is(r->code, "COPYUID"))
		return false;
	uint32_t uidvalidity;
	struct uids from = { .max = m->state.exists > k->exists ? m->state.exists :
		k->exists }, to = { 0 };
	if (parse_copyuid(r->values, &uidvalidity, &from, &to))
		map_add(k, uidvalidity, &from, &to);
	else
		k->doubtful = true;
	uids_done(&from);
	uids_done(&to);
	return false;
}

// The target as the end of a command; NULL when it needs a literal, which
// cannot stand there unasked.
static bool
copy_sets(struct imap *m, struct call *c, const char *verb, struct remote_set set,
	const char *target, struct error *err)
{
	for (size_t at = 0; at < set.n;) {
		struct command command = { 0 };
		command_printf(&command, "%s ", verb);
		command_set(&command, set.ranges, set.n, &at);
		command_text(&command, " ");
		imap_put_name(m, &command, target);
		// One at a time: after a refusal nothing more is copied.
		if (!imap_run(m, c, &command, err))
			return false;
	}
	return true;
}

static bool
copy_by(struct imap *m, const char *verb, struct remote_set set, const char *target,
	struct remote_uid_map *map_r, struct error *err)
{
	*map_r = (struct remote_uid_map){ 0 };
	struct copying k = { .set = set, .map = map_r, .exists = m->state.exists };
	struct call c = { .on = copy_on, .arg = &k };
	bool ok = copy_sets(m, &c, verb, set, target, err);
	if (k.doubtful)
		remote_uid_map_done(map_r);
	return ok;
}

bool
imap_copy(struct remote *r, struct remote_set set, const char *target,
	struct remote_uid_map *map_r, struct error *err)
{
	struct imap *m = imap_of(r);
	*map_r = (struct remote_uid_map){ 0 };
	return imap_selected(m, err) && copy_by(m, "UID COPY", set, target, map_r, err);
}

// --- removals -----------------------------------------------------------------------------

static bool
may_remove(const struct imap *m, struct error *err)
{
	return imap_may(m, REMOTE_RIGHT_DELETE | REMOTE_RIGHT_EXPUNGE, "delete messages",
		err);
}

static bool
mark_deleted(struct imap *m, struct remote_set set, struct error *err)
{
	struct call c = { 0 };
	struct flags deleted = { .bits = FLAG_DELETED };
	if (!say_forgotten(m, &deleted, err))
		return false;
	return store(m, &c, set, '+', &deleted, err) && imap_finish(m, &c, err);
}

// EXPUNGE takes everything that is marked: only sent when that is all ours.
static bool
expunge_alone(struct imap *m, struct remote_set set, struct error *err)
{
	struct uids marked;
	if (!imap_search(m, "DELETED", NULL, &marked, err))
		return false;
	bool alone = true;
	for (size_t i = 0; i < marked.len; i++)
		alone = alone && set_has(set, marked.items[i]);
	bool any = marked.len > 0;
	uids_done(&marked);
	if (!alone || !any)
		return true; // hidden here by its flag, removed when it can be
	struct call c = { 0 };
	struct command command = { 0 };
	command_text(&command, "EXPUNGE");
	return imap_run(m, &c, &command, err);
}

bool
imap_expunge(struct remote *r, struct remote_set set, struct error *err)
{
	struct imap *m = imap_of(r);
	if (!imap_selected(m, err) || !may_remove(m, err))
		return false;
	if (set.n == 0)
		return true;
	if (!mark_deleted(m, set, err))
		return false;
	if (!(m->caps.bits & CAP_UIDPLUS))
		return expunge_alone(m, set, err);
	struct call c = { 0 };
	return send_sets(m, &c, "UID EXPUNGE", set, "", err) && imap_finish(m, &c, err);
}

bool
imap_move(struct remote *r, struct remote_set set, const char *target,
	struct remote_uid_map *map_r, struct error *err)
{
	struct imap *m = imap_of(r);
	*map_r = (struct remote_uid_map){ 0 };
	// Not a copy that then stays in both.
	if (!imap_selected(m, err) || !may_remove(m, err))
		return false;
	if (m->caps.bits & CAP_MOVE)
		return copy_by(m, "UID MOVE", set, target, map_r, err);
	return copy_by(m, "UID COPY", set, target, map_r, err) &&
		imap_expunge(r, set, err);
}
