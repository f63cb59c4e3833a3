// SPDX-License-Identifier: GPL-3.0-or-later
// Messages of a Maildir as a server would give them: envelopes from the header
// block of each file, parts by parsing it, and changes that are all on the disk
// before they are told.
#include "config.h"

#include "remote/local.h"

#include "base/buf.h"
#include "base/error.h"
#include "base/mem.h"
#include "base/str.h"
#include "files/maildir.h"
#include "loop/cancel.h"
#include "mail/part.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#define HEADER_STEP (8 * 1024)
#define BODY_STEP (64 * 1024)
#define PARSE_MAX (256 * 1024 * 1024) // past it a message is fetched raw

static bool
told_to_stop(struct error *err)
{
	return error_set(err, ERROR_CANCELLED, "cancelled");
}

static bool
set_has(struct remote_set set, uint32_t uid)
{
	size_t low = 0, high = set.n;

	while (low < high) {
		size_t middle = low + (high - low) / 2;
		if (set.ranges[middle].to < uid)
			low = middle + 1;
		else
			high = middle;
	}
	return low < set.n && set.ranges[low].from <= uid;
}

// The UIDs of the set that are there; a copy, as entries do not last.
static bool
choose(struct local *l, struct remote_set set, uint32_t **uids_r, size_t *n_r,
	struct error *err)
{
	const struct maildir_entry *entries;
	size_t n;

	*uids_r = NULL;
	*n_r = 0;
	if (!local_look(l, &entries, &n, err))
		return false;
	*uids_r = mem_alloc(n + 1, sizeof(**uids_r));
	for (size_t i = 0; i < n; i++)
		if (set_has(set, entries[i].uid))
			(*uids_r)[(*n_r)++] = entries[i].uid;
	return true;
}

// --- reading ---------------------------------------------------------------------

static bool
read_some(int fd, uint64_t offset, size_t want, struct buf *out, struct error *err)
{
	buf_reserve(out, want);
	ssize_t n;
	do
		n = pread(fd, out->data + out->len, want, (off_t)offset);
	while (n < 0 && errno == EINTR);
	if (n < 0)
		return error_errno(err, ERROR_STORE, "cannot read a message");
	out->len += (size_t)n;
	out->data[out->len] = '\0';
	return true;
}

// The header block, cut at HEADER_BLOCK_MAX.
static bool
read_header(struct local *l, uint32_t uid, struct buf *out, struct error *err)
{
	int fd = maildir_open_file(l->m, uid, err);
	bool ok = fd >= 0;

	while (ok) {
		size_t had = out->len;
		ok = read_some(fd, had, had == 0 ? HEADER_STEP : had, out, err);
		if (!ok || out->len == had || out->len >= HEADER_BLOCK_MAX)
			break;
		// A block that ends where the bytes end may go on behind them.
		size_t len = header_block_len(out->data, out->len);
		if (len < out->len)
			break;
	}
	if (ok && out->len > 0)
		buf_cut(out, header_block_len(out->data, out->len));
	if (fd >= 0)
		close(fd);
	return ok;
}

// Bytes from..from+len of a file to the sink.
static bool
give(struct local *l, int fd, uint64_t from, uint64_t len,
	const struct remote_sink *sink, struct error *err)
{
	struct buf piece = {0};
	bool ok = true;

	while (ok && len > 0) {
		buf_clear(&piece);
		if (cancel_is_set(l->base.cancel)) {
			ok = told_to_stop(err);
			break;
		}
		ok = read_some(fd, from, len < BODY_STEP ? (size_t)len : BODY_STEP,
			&piece, err);
		if (!ok || piece.len == 0)
			break;
		from += piece.len;
		len -= piece.len;
		if (!sink->data(sink->arg, piece.data, piece.len))
			ok = told_to_stop(err);
	}
	buf_done(&piece);
	return ok;
}

// How many of `len` bytes from `offset` on the caller wants.
static uint64_t
window(uint64_t len, uint64_t offset, uint64_t max)
{
	if (offset >= len)
		return 0;
	len -= offset;
	return max != 0 && max < len ? max : len;
}

bool
local_fetch_raw(struct remote *r, uint32_t uid, uint64_t offset, uint64_t max,
	const struct remote_sink *sink, struct error *err)
{
	struct local *l = local_of(r);
	const struct maildir_entry *entries;
	struct stat st;
	size_t n;

	if (!local_look(l, &entries, &n, err))
		return false;
	int fd = maildir_open_file(l->m, uid, err);
	if (fd < 0)
		return false;
	bool ok = fstat(fd, &st) == 0
		? give(l, fd, offset, window((uint64_t)st.st_size, offset, max),
			sink, err)
		: error_errno(err, ERROR_STORE, "cannot read a message");
	close(fd);
	return ok;
}

// --- parts -----------------------------------------------------------------------

void
local_forget_parsed(struct local *l)
{
	part_free(&l->parsed);
	l->parsed_uid = 0;
}

static bool
parse(struct local *l, uint32_t uid, struct error *err)
{
	const struct maildir_entry *entries;
	struct buf raw = {0};
	size_t n;

	if (!local_look(l, &entries, &n, err))
		return false;
	const struct maildir_entry *e = maildir_find(l->m, uid);
	if (e == NULL)
		return error_set(err, ERROR_GONE, "the message is no longer there");
	if (l->parsed_uid == uid)
		return true;
	local_forget_parsed(l);
	if (e->size > PARSE_MAX)
		return error_set(err, ERROR_INPUT, "a message of %llu bytes is not "
			"taken apart", (unsigned long long)e->size);
	bool ok = maildir_read(l->m, uid, 0, PARSE_MAX, &raw, err);
	if (ok) {
		l->parsed = part_parse(buf_text(&raw), raw.len);
		l->parsed_uid = uid;
	}
	buf_done(&raw);
	return ok;
}

// A tree as from a server tells nothing of places in a file.
static void
forget_places(struct part *p)
{
	p->body_start = p->body_len = 0;
	for (size_t i = 0; i < p->n_children; i++)
		forget_places(p->children[i]);
}

bool
local_structure(struct remote *r, uint32_t uid, struct part **root_r,
	struct error *err)
{
	struct local *l = local_of(r);
	struct buf packed = {0};

	*root_r = NULL;
	if (!parse(l, uid, err))
		return false;
	part_pack(&packed, l->parsed);
	struct reader in = reader_of(packed.data, packed.len);
	*root_r = part_unpack(&in);
	buf_done(&packed);
	if (*root_r == NULL)
		return error_set(err, ERROR_INPUT, "the message has no structure");
	forget_places(*root_r);
	return true;
}

static bool
give_header(struct local *l, uint32_t uid, uint64_t offset, uint64_t max,
	const struct remote_sink *sink, struct error *err)
{
	const struct maildir_entry *entries;
	struct buf header = {0};
	size_t n;
	bool ok = local_look(l, &entries, &n, err) &&
		read_header(l, uid, &header, err);

	if (ok) {
		uint64_t len = window(header.len, offset, max);
		if (len > 0 && !sink->data(sink->arg, header.data + offset, len))
			ok = told_to_stop(err);
	}
	buf_done(&header);
	return ok;
}

bool
local_fetch_part(struct remote *r, uint32_t uid, const char *section,
	uint64_t offset, uint64_t max, const struct remote_sink *sink,
	struct error *err)
{
	struct local *l = local_of(r);

	if (str_equal_nocase(section, "HEADER"))
		return give_header(l, uid, offset, max, sink, err);
	if (!parse(l, uid, err))
		return false;
	const struct part *p = part_find(l->parsed, section);
	if (p == NULL)
		return error_set(err, ERROR_INPUT, "the message has no part %s",
			section);
	int fd = maildir_open_file(l->m, uid, err);
	if (fd < 0)
		return false;
	bool ok = give(l, fd, p->body_start + offset,
		window(p->body_len, offset, max), sink, err);
	close(fd);
	return ok;
}

// --- rows ------------------------------------------------------------------------

// One that is gone meanwhile is passed over.
static bool
fetch_one(struct local *l, uint32_t uid, unsigned what,
	const struct remote_sink *sink, struct error *err)
{
	struct buf header = {0};
	struct flags flags = {0};
	struct envelope envelope = {0};
	struct remote_message message = { .uid = uid };
	bool ok = true;

	if ((what & REMOTE_FETCH_ENVELOPE) != 0) {
		struct error why = {0};
		if (!read_header(l, uid, &header, &why)) {
			buf_done(&header);
			if (why.kind == ERROR_GONE)
				return true;
			message.unreadable = true;
		} else {
			envelope_parse(&envelope, buf_text(&header), header.len);
			message.has_envelope = true;
			message.envelope = &envelope;
		}
	}
	const struct maildir_entry *e = maildir_find(l->m, uid);
	if (e != NULL) {
		if (what != REMOTE_FETCH_UIDS) {
			message.size = e->size;
			message.received = e->received;
			flags_copy(&flags, &e->flags);
			message.flags = &flags;
			message.has_flags = true;
		}
		ok = sink->message == NULL || sink->message(sink->arg, &message) ||
			told_to_stop(err);
	}
	buf_done(&header);
	flags_done(&flags);
	envelope_done(&envelope);
	return ok;
}

bool
local_fetch(struct remote *r, struct remote_set set, unsigned what,
	uint64_t changed_since, const struct remote_sink *sink, struct error *err)
{
	struct local *l = local_of(r);
	uint32_t *uids;
	size_t n;
	(void)changed_since; // nothing here counts changes: all is told

	bool ok = choose(l, set, &uids, &n, err);
	for (size_t i = 0; ok && i < n; i++)
		ok = cancel_is_set(r->cancel) ? told_to_stop(err)
		                              : fetch_one(l, uids[i], what, sink, err);
	free(uids);
	return ok;
}

bool
local_find(struct remote *r, const char *message_id, uint32_t from,
	uint32_t **uids_r, size_t *n_r, struct error *err)
{
	struct local *l = local_of(r);
	struct remote_range range = { from, UINT32_MAX };
	struct buf header = {0};
	uint32_t *uids;
	size_t n, found = 0;

	*uids_r = NULL;
	*n_r = 0;
	bool ok = choose(l, (struct remote_set){ &range, 1 }, &uids, &n, err);
	for (size_t i = 0; ok && i < n; i++) {
		struct envelope e = {0};
		buf_clear(&header);
		if (cancel_is_set(r->cancel)) {
			ok = told_to_stop(err);
			break;
		}
		if (!read_header(l, uids[i], &header, NULL))
			continue;
		envelope_parse(&e, buf_text(&header), header.len);
		if (str_equal(e.message_id, message_id))
			uids[found++] = uids[i];
		envelope_done(&e);
	}
	buf_done(&header);
	if (!ok) {
		free(uids);
		return false;
	}
	*uids_r = uids;
	*n_r = found;
	return true;
}

// --- changes ---------------------------------------------------------------------

bool
local_store_flags(struct remote *r, struct remote_set set,
	const struct flag_change *change, const struct remote_sink *sink,
	struct error *err)
{
	struct local *l = local_of(r);
	uint32_t *uids;
	size_t n, done = 0;
	bool ok = choose(l, set, &uids, &n, err);

	if (!ok)
		return false;
	maildir_hold(l->m);
	for (size_t i = 0; ok && i < n; i++) {
		const struct maildir_entry *e = maildir_find(l->m, uids[i]);
		struct flags flags = {0};
		struct error why = {0};
		if (e == NULL)
			continue;
		flags_copy(&flags, &e->flags);
		flag_change_apply(&flags, change);
		ok = maildir_set_flags(l->m, uids[i], &flags, &why);
		flags_done(&flags);
		if (ok)
			uids[done++] = uids[i];
		else if (why.kind == ERROR_GONE)
			ok = true; // removed by another program: passed over
		else if (err != NULL)
			*err = why;
	}
	ok = maildir_sync(l->m, ok ? err : NULL) && ok;
	for (size_t i = 0; ok && sink != NULL && i < done; i++)
		ok = fetch_one(l, uids[i], REMOTE_FETCH_FLAGS, sink, err);
	free(uids);
	return ok;
}

static void
map_init(struct remote_uid_map *map, const struct maildir *to, size_t n)
{
	*map = (struct remote_uid_map){
		.uidvalidity = maildir_uidvalidity(to),
		.from = mem_alloc(n + 1, sizeof(uint32_t)),
		.to = mem_alloc(n + 1, sizeof(uint32_t)),
	};
}

// All or none, as COPY of a server (RFC 9051 section 6.4.7).
static void
take_back(struct maildir *to, struct remote_uid_map *map)
{
	for (size_t i = 0; i < map->n; i++)
		maildir_remove(to, map->to[i], NULL);
	remote_uid_map_done(map);
}

static bool
transfer(struct local *l, struct remote_set set, const char *target, bool move,
	struct remote_uid_map *map, struct error *err)
{
	struct maildir *to = NULL;
	uint32_t *uids;
	size_t n;

	*map = (struct remote_uid_map){0};
	if (!choose(l, set, &uids, &n, err))
		return false;
	bool ok = local_open_folder(l, target, &to, err);
	if (!ok)
		goto out;
	map_init(map, to, n);
	maildir_hold(to);
	maildir_hold(l->m);
	for (size_t i = 0; ok && i < n; i++) {
		struct error why = {0};
		uint32_t uid = 0;
		if (cancel_is_set(l->base.cancel))
			ok = error_set(&why, ERROR_CANCELLED, "cancelled");
		else
			ok = move ? maildir_move(l->m, uids[i], to, &uid, &why)
			          : maildir_copy(l->m, uids[i], to, &uid, &why);
		if (ok) {
			map->from[map->n] = uids[i];
			map->to[map->n++] = uid;
		} else if (why.kind == ERROR_GONE) {
			ok = true; // removed by another program: passed over
		} else if (err != NULL) {
			*err = why;
		}
	}
	map->uidvalidity = maildir_uidvalidity(to);
	if (!ok && !move)
		take_back(to, map);
	ok = maildir_sync(to, ok ? err : NULL) && ok;
	ok = maildir_sync(l->m, ok ? err : NULL) && ok;
out:
	maildir_close(&to);
	free(uids);
	if (!ok)
		remote_uid_map_done(map);
	return ok;
}

bool
local_copy(struct remote *r, struct remote_set set, const char *target,
	struct remote_uid_map *map_r, struct error *err)
{
	return transfer(local_of(r), set, target, false, map_r, err);
}

bool
local_move(struct remote *r, struct remote_set set, const char *target,
	struct remote_uid_map *map_r, struct error *err)
{
	return transfer(local_of(r), set, target, true, map_r, err);
}

bool
local_expunge(struct remote *r, struct remote_set set, struct error *err)
{
	struct local *l = local_of(r);
	uint32_t *uids;
	size_t n;
	bool ok = choose(l, set, &uids, &n, err);

	if (!ok)
		return false;
	maildir_hold(l->m);
	for (size_t i = 0; ok && i < n; i++)
		ok = maildir_remove(l->m, uids[i], err);
	ok = maildir_sync(l->m, ok ? err : NULL) && ok;
	free(uids);
	return ok;
}

// Files end their lines with LF. *cr: a CR was the last byte of the piece before.
static void
to_lf(struct buf *out, const char *bytes, size_t len, bool *cr)
{
	for (size_t i = 0; i < len; i++) {
		if (*cr && bytes[i] != '\n')
			buf_char(out, '\r');
		*cr = bytes[i] == '\r';
		if (!*cr)
			buf_char(out, bytes[i]);
	}
}

static bool
append_bytes(struct local *l, struct maildir_write *w, uint64_t size,
	bool (*next)(void *arg, const void **bytes_r, size_t *len_r), void *arg,
	struct error *err)
{
	struct buf lines = {0};
	bool cr = false, ok = true;

	while (ok && size > 0) {
		const void *bytes;
		size_t len = 0;
		if (cancel_is_set(l->base.cancel)) {
			ok = told_to_stop(err);
		} else if (!next(arg, &bytes, &len) || len == 0 || len > size) {
			ok = error_set(err, ERROR_INPUT,
				"the message is not as long as it was said to be");
		} else {
			buf_clear(&lines);
			to_lf(&lines, bytes, len, &cr);
			size -= len;
			ok = lines.len == 0 ||
				maildir_write_data(w, lines.data, lines.len, err);
		}
	}
	if (ok && cr)
		ok = maildir_write_data(w, "\r", 1, err);
	buf_done(&lines);
	return ok;
}

bool
local_append(struct remote *r, const char *folder, const struct flags *flags,
	int64_t received, uint64_t size,
	bool (*next)(void *arg, const void **bytes_r, size_t *len_r), void *arg,
	uint32_t *uidvalidity_r, uint32_t *uid_r, struct error *err)
{
	struct local *l = local_of(r);
	struct maildir_write *w = NULL;
	static const struct flags none = {0};
	struct maildir *to;
	uint32_t uid = 0;

	if (!local_open_folder(l, folder, &to, err))
		return false;
	bool ok = maildir_write_begin(to, &w, err);
	if (ok && append_bytes(l, w, size, next, arg, err))
		ok = maildir_write_commit(&w, flags == NULL ? &none : flags, received,
			&uid, NULL, err);
	else
		ok = false;
	maildir_write_abort(&w);
	if (ok && uidvalidity_r != NULL)
		*uidvalidity_r = maildir_uidvalidity(to);
	if (ok && uid_r != NULL)
		*uid_r = uid;
	maildir_close(&to);
	return ok;
}
