// SPDX-License-Identifier: GPL-3.0-or-later
// Bodies: what a reader needs of a message, and whole messages in the background.
#include "config.h"

#include "account/sync.h"

#include "account/account.h"
#include "account/visit.h"
#include "base/buf.h"
#include "base/error.h"
#include "base/mem.h"
#include "base/str.h"
#include "base/when.h"
#include "mail/enclosed.h"
#include "mail/header.h"
#include "mail/message.h"
#include "mail/part.h"
#include "remote/remote.h"
#include "store/bodies.h"
#include "store/folders.h"
#include "store/messages.h"

#include <stdlib.h>

// A message up to this size is fetched whole: one turn instead of three.
#define FETCH_WHOLE_MAX (32 * 1024)
// Of a raw message at once: clicks get in between, so it is as much as comes in a
// moment over this connection.
#define FETCH_PIECE_FIRST (256 * 1024)
#define FETCH_PIECE_MIN (64 * 1024)
#define FETCH_PIECE_MAX (1024 * 1024)
#define FETCH_PIECE_QUICK_MS 300
#define FETCH_PIECE_SLOW_MS 800
// A part beyond this is not held in memory: the raw message is fetched.
#define FETCH_PART_MAX (32 * 1024 * 1024)
// Servers miscount, but not by more than this: a message that goes on has no end.
#define FETCH_RAW_MAX (UINT64_C(2) << 30)
#define FETCH_RAW_SLACK (1024 * 1024) // past twice the size told
#define BODIES_AT_ONCE 200
#define DAY (24 * 60 * 60)

// Selects the folder where the server has the message, which is not where it is
// shown while a move waits.
static bool
select_place(struct sync *s, uint64_t id, uint32_t *uid_r, struct error *err)
{
	uint32_t folder;

	if (store_message_place(s->store, id, &folder, uid_r))
		return visit_use(s, folder, 0, err);
	struct message m;
	if (!store_message(s->store, id, &m))
		return error_set(err, ERROR_GONE,
			"the message is no longer there");
	message_done(&m);
	return error_set(err, ERROR_GONE,
		"the message has not reached the server yet");
}

static bool
raw_complete(struct sync *s, uint64_t id, uint64_t *have_r)
{
	bool complete = false;

	*have_r = 0;
	return store_raw_state(s->store, id, have_r, &complete) && complete;
}

// The same, also where it has to come from another place of this account: what
// others moved is here already.
static bool
raw_here(struct sync *s, uint64_t id, uint64_t *have_r)
{
	return raw_complete(s, id, have_r) ||
		(store_body_adopt(s->store, id) && raw_complete(s, id, have_r));
}

// --- raw ------------------------------------------------------------------------------

struct raw {
	struct sync *s;
	uint64_t id, at;      // `at`: where the gathered bytes begin
	uint64_t max;
	struct buf bytes;
	struct error failed;
};

static bool
raw_put(struct raw *r, bool last)
{
	if (r->failed.kind != ERROR_NONE)
		return false;
	if (!store_raw_put(r->s->store, r->id, r->at, buf_text(&r->bytes),
			r->bytes.len, last, &r->failed)) {
		if (r->failed.kind == ERROR_NONE)
			r->failed.kind = ERROR_STORE;
		return false;
	}
	r->at += r->bytes.len;
	buf_clear(&r->bytes);
	return true;
}

// The answer is let pass to its end when the store fails: the connection lives.
static bool
raw_data(void *arg, const void *bytes, size_t len)
{
	struct raw *r = arg;

	if (r->failed.kind != ERROR_NONE)
		return true;
	buf_add(&r->bytes, bytes, len);
	if (r->bytes.len >= BODY_CHUNK)
		raw_put(r, false);
	return true;
}

static bool
keep_uid(void *arg, struct remote_message *m)
{
	*(uint32_t *)arg = m->uid;
	return true;
}

// Nothing came: at the end of the message, or because there is none any more?
static bool
still_there(struct sync *s, uint32_t uid, struct error *err)
{
	uint32_t found = 0;
	struct remote_sink sink = { .arg = &found, .message = keep_uid };
	struct remote_range range = { uid, uid };

	if (!s->driver->fetch(s->remote, (struct remote_set){ &range, 1 },
			REMOTE_FETCH_UIDS, 0, &sink, err))
		return false;
	if (found == uid)
		return true;
	s->visit.noticed = true;
	return error_set(err, ERROR_GONE, "the message is no longer there");
}

static uint64_t
raw_max(struct sync *s, uint64_t id)
{
	struct message m;
	uint64_t size = 0;

	if (store_message(s->store, id, &m)) {
		size = m.size;
		message_done(&m);
	}
	return size == 0 || size > FETCH_RAW_MAX / 2 ? FETCH_RAW_MAX :
		2 * size + FETCH_RAW_SLACK;
}

// Bytes came that are not of this message, or that have no end: what is here is
// not to be trusted, so the next fetch begins anew.
static void
raw_distrust(struct raw *r)
{
	struct error unsaid = {0};

	buf_clear(&r->bytes);
	store_body_drop(r->s->store, r->id, &unsaid);
}

static uint32_t
next_piece(uint64_t piece, int64_t took_ms)
{
	if (took_ms < FETCH_PIECE_QUICK_MS && piece < FETCH_PIECE_MAX)
		piece *= 2;
	else if (took_ms > FETCH_PIECE_SLOW_MS && piece > FETCH_PIECE_MIN)
		piece /= 2;
	return (uint32_t)piece;
}

static bool
raw_piece(struct raw *r, uint32_t uid, bool *last_r, struct error *err)
{
	struct sync *s = r->s;
	struct remote_sink sink = { .arg = r, .data = raw_data };
	uint64_t before = r->at, piece = s->piece != 0 ? s->piece : FETCH_PIECE_FIRST;
	int64_t began = when_mono_ms();

	bool ok = s->driver->fetch_raw(s->remote, uid, before, piece, &sink, err);
	uint64_t got = r->at + r->bytes.len - before;
	if (ok && before + got > r->max)
		ok = error_set(err, ERROR_REFUSED,
			"the server sends the message without end");
	if (!ok) {
		if (got > 0 && (err->kind == ERROR_GONE ||
		    err->kind == ERROR_REFUSED))
			raw_distrust(r);
		return false;
	}
	*last_r = got < piece;
	if (!*last_r)
		s->piece = next_piece(piece, when_mono_ms() - began);
	if (got == 0 && r->failed.kind == ERROR_NONE &&
	    !still_there(s, uid, err))
		return false;
	if (raw_put(r, *last_r))
		return true;
	*err = r->failed;
	return false;
}

bool
visit_raw(struct sync *s, uint64_t id, struct error *err)
{
	struct raw r = { .s = s, .id = id, .max = raw_max(s, id) };
	uint32_t uid = 0;
	bool last = raw_here(s, id, &r.at);
	bool ok = last || select_place(s, id, &uid, err);

	while (ok && !last) {
		ok = raw_piece(&r, uid, &last, err);
		if (!last && ok && !sync_go_on(s, "raw"))
			break;
	}
	buf_done(&r.bytes);
	return ok;
}

bool
sync_fetch_raw(struct sync *s, uint64_t id, struct error *err)
{
	s->stopped = false;
	return visit_raw(s, id, err);
}

// --- parts ----------------------------------------------------------------------------

static bool
part_data(void *arg, const void *bytes, size_t len)
{
	struct buf *b = arg;

	// More than was asked for is not believed.
	if (b->len + len <= FETCH_PART_MAX)
		buf_add(b, bytes, len);
	return true;
}

static bool
fetch_section(struct sync *s, uint64_t id, uint32_t uid, const char *section,
	uint64_t max, struct error *err)
{
	struct buf b = {0};
	struct remote_sink sink = { .arg = &b, .data = part_data };

	if (store_part_read(s->store, id, section, &b)) {
		buf_done(&b);
		return true;
	}
	buf_clear(&b);
	bool ok = s->driver->fetch_part(s->remote, uid, section, 0, max, &sink,
			err) &&
		store_part_put(s->store, id, section, buf_text(&b), b.len, err);
	buf_done(&b);
	return ok;
}

// The tree from the store or the server; NULL: none can be had (*err is clear
// when raw would do).
static struct part *
structure_of(struct sync *s, uint64_t id, uint32_t uid, struct error *err)
{
	struct part *root = store_structure(s->store, id);

	if (root != NULL)
		return root;
	if (!s->driver->structure(s->remote, uid, &root, err)) {
		if (err->kind == ERROR_INPUT || err->kind == ERROR_REFUSED)
			error_clear(err);
		return NULL;
	}
	if (!store_structure_put(s->store, id, root, err))
		part_free(&root);
	return root;
}

static bool
fetch_shown(struct sync *s, uint64_t id, uint32_t uid, struct part *root,
	bool html, struct error *err)
{
	struct part **shown = NULL;
	size_t n = 0;
	bool ok = fetch_section(s, id, uid, "HEADER", HEADER_BLOCK_MAX, err);

	part_shown(root, html, &shown, &n);
	for (size_t i = 0; ok && i < n; i++)
		ok = fetch_section(s, id, uid, shown[i]->section,
			FETCH_TEXT_MAX, err);
	free(shown);
	return ok;
}

bool
sync_fetch_text(struct sync *s, uint64_t id, bool html, struct error *err)
{
	struct message m;
	uint64_t have;
	uint32_t uid;

	s->stopped = false;
	if (!store_message(s->store, id, &m))
		return error_set(err, ERROR_GONE,
			"the message is no longer there");
	bool whole = m.unreadable || m.size <= FETCH_WHOLE_MAX;
	message_done(&m);
	if (raw_here(s, id, &have))
		return true;
	if (whole)
		return visit_raw(s, id, err);
	if (!select_place(s, id, &uid, err))
		return false;
	struct part *root = structure_of(s, id, uid, err);
	if (root == NULL)
		return err->kind == ERROR_NONE && visit_raw(s, id, err);
	bool ok = fetch_shown(s, id, uid, root, html, err);
	part_free(&root);
	return ok;
}

static bool
fetch_part(struct sync *s, uint64_t id, const char *section, struct error *err)
{
	uint64_t have;
	uint32_t uid;

	s->stopped = false;
	if (raw_here(s, id, &have))
		return true;
	if (!select_place(s, id, &uid, err))
		return false;
	struct part *root = structure_of(s, id, uid, err);
	if (root == NULL)
		return err->kind == ERROR_NONE && visit_raw(s, id, err);
	struct part *part = part_find(root, section);
	bool ok = part != NULL;
	if (!ok)
		error_set(err, ERROR_INPUT, "the message has no part %s", section);
	else if (part->size > FETCH_PART_MAX)
		ok = visit_raw(s, id, err);
	else
		ok = fetch_section(s, id, uid, section, FETCH_PART_MAX, err);
	part_free(&root);
	return ok;
}

bool
sync_fetch_part(struct sync *s, uint64_t id, const char *section,
	struct error *err)
{
	size_t number, len = enclosed_section(section, &number);
	// A file within a text comes with that text.
	char *whole = number > 0 ? str_ndup(section, len) : str_dup(section);
	bool ok = fetch_part(s, id, whole, err);

	free(whole);
	return ok;
}

// --- in the background ----------------------------------------------------------------

static bool
fetch_wanted(struct sync *s, const uint64_t *ids, size_t n, size_t *done_r,
	struct error *err)
{
	*done_r = 0;
	for (size_t i = 0; i < n && sync_go_on(s, "body"); i++) {
		if (visit_raw(s, ids[i], err)) {
			(*done_r)++;
			continue;
		}
		// One message that cannot be had does not hold up the others.
		if (err->kind != ERROR_GONE && err->kind != ERROR_REFUSED)
			return false;
		error_clear(err);
	}
	return true;
}

static size_t
bodies_wanted(struct sync *s, uint32_t folder, size_t most, uint64_t **ids_r)
{
	const struct account_settings *set = s->settings;

	if (set == NULL || set->keep == 0)
		return 0;
	int64_t since = set->keep == KEEP_ALL ? 0 :
		when_now() - (int64_t)set->keep * DAY;
	uint64_t max = set->keep_size == 0 ? UINT64_MAX : set->keep_size;
	return store_raw_wanted(s->store, folder, since, max, most, ids_r);
}

bool
sync_bodies_lack(struct sync *s, uint32_t folder)
{
	uint64_t *ids = NULL;
	size_t n = bodies_wanted(s, folder, 1, &ids);

	free(ids);
	return n > 0;
}

bool
sync_folder_bodies(struct sync *s, uint32_t folder, struct error *err)
{
	bool ok = true;
	size_t done;

	s->stopped = false;
	if (s->driver->abilities(s->remote) & REMOTE_NEAR)
		return true;
	do {
		uint64_t *ids = NULL;
		size_t n = bodies_wanted(s, folder, BODIES_AT_ONCE, &ids);
		ok = fetch_wanted(s, ids, n, &done, err);
		free(ids);
	} while (ok && done > 0 && !s->stopped);
	return ok;
}
