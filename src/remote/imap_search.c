// SPDX-License-Identifier: GPL-3.0-or-later
// Which UIDs there are: asked in pieces that keep every answer within a line, by
// ESEARCH where it is spoken.
#include "config.h"

#include <stdlib.h>
#include <string.h>

#include "base/str.h"
#include "remote/imap.h"

#define LISTING_TRIES 3   // how often an EXPUNGE in between makes us begin again

static bool
search_on(struct imap *m, struct call *c, const struct response *r,
	const struct wire_frame *f)
{
	struct uids *uids = c->arg;
	(void)f;
	if (r->kind != RESPONSE_DATA || r->has_number)
		return false;
	bool plain = slice_is(r->name, "SEARCH");
	if (!plain && !slice_is(r->name, "ESEARCH"))
		return false;
	bool ok = plain ? parse_search(r->rest, uids) : parse_esearch(r->rest, uids);
	if (!ok)
		error_set(&c->failed, ERROR_OFFLINE, "%s answered a search with nonsense",
			str_or_empty(m->base.settings.host));
	return true;
}

static void
search_begin(struct imap *m, struct command *command)
{
	command_text(command, m->caps.bits & CAP_ESEARCH ?
		"UID SEARCH RETURN (ALL) " : "UID SEARCH ");
}

static void
keep_only(struct uids *uids, struct remote_set set)
{
	size_t kept = 0;
	uids_sort(uids);
	for (size_t i = 0; i < uids->len; i++) {
		if (set_has(set, uids->items[i]))
			uids->items[kept++] = uids->items[i];
	}
	uids->len = kept;
}

static bool
list_once(struct imap *m, struct remote_set set, struct uids *uids,
	const struct remote_sink *sink, struct error *err)
{
	struct call c = { .on = search_on, .arg = uids, .sink = sink };
	bool whole = set.n == 1 && set.ranges[0].from <= 1 &&
		set.ranges[0].to == UINT32_MAX;
	uint32_t exists = m->state.exists;
	for (uint64_t first = 1; first <= exists; first += IMAP_CHUNK_SEARCH) {
		uint64_t last = first + IMAP_CHUNK_SEARCH - 1;
		size_t at = 0;
		do {
			struct command command = { 0 };
			search_begin(m, &command);
			command_printf(&command, "%llu:%llu", (unsigned long long)first,
				(unsigned long long)(last < exists ? last : exists));
			if (!whole) {
				command_text(&command, " UID ");
				command_set(&command, set.ranges, set.n, &at);
			}
			if (!imap_send(m, &c, &command, err))
				return false;
		} while (!whole && at < set.n);
	}
	return imap_finish(m, &c, err);
}

bool
imap_uids(struct imap *m, struct remote_set set, struct uids *uids_r,
	const struct remote_sink *sink, struct error *err)
{
	// More than there are messages is a lie.
	*uids_r = (struct uids){ .max = (size_t)m->state.exists + 1 };
	bool whole = false;
	for (int tries = 0; tries < LISTING_TRIES && !whole; tries++) {
		uint64_t expunges = m->expunges;
		bool at_once = m->state.exists <= IMAP_CHUNK_SEARCH;
		uids_r->len = 0;
		struct error why = { 0 };
		bool ok = list_once(m, set, uids_r, sink, &why);
		bool moved = m->expunges != expunges;
		// A number behind the end is refused: the folder shrank meanwhile.
		if (!ok && !(moved && why.kind == ERROR_REFUSED)) {
			uids_done(uids_r);
			return error_set(err, why.kind, "%s", why.text);
		}
		// In pieces, messages move from one that was not asked about yet into
		// one that was.
		whole = ok && (!moved || at_once);
	}
	// What is not in the list counts as gone: none is better than half of one.
	if (!whole) {
		uids_done(uids_r);
		return error_set(err, ERROR_OFFLINE, "%s: the folder changes faster than it "
			"can be listed", str_or_empty(m->base.settings.host));
	}
	keep_only(uids_r, set);
	if (uids_r->len)
		imap_saw_uid(m, uids_r->items[uids_r->len - 1]);
	return true;
}

bool
imap_search(struct imap *m, const char *key, const char *value, struct uids *uids_r,
	struct error *err)
{
	*uids_r = (struct uids){ .max = (size_t)m->state.exists + 1 };
	struct call c = { .on = search_on, .arg = uids_r };
	struct command command = { 0 };
	search_begin(m, &command);
	command_text(&command, key);
	if (value) {
		command_text(&command, " ");
		command_string(&command, value);
	}
	if (!imap_run(m, &c, &command, err)) {
		uids_done(uids_r);
		return false;
	}
	uids_sort(uids_r);
	return true;
}

// --- questions of people ----------------------------------------------------------------

// Without ESEARCH an answer is a number for each match: asked for in pieces.
static bool
query_once(struct imap *m, const struct remote_query *q, struct uids *uids,
	struct error *err)
{
	struct call c = { .on = search_on, .arg = uids };
	bool whole = m->caps.bits & CAP_ESEARCH || m->state.exists <= IMAP_CHUNK_SEARCH;
	uint32_t exists = m->state.exists;
	for (uint64_t first = 1; first == 1 || first <= exists; first += IMAP_CHUNK_SEARCH) {
		struct command command = { 0 };
		search_begin(m, &command);
		// Where UTF-8 is spoken anyway, no charset may be said (RFC 6855).
		command.utf8 = m->utf8;
		if (query_needs_utf8(q) && !m->utf8)
			command_text(&command, "CHARSET UTF-8 ");
		if (!whole) {
			uint64_t last = first + IMAP_CHUNK_SEARCH - 1;
			command_printf(&command, "%llu:%llu ", (unsigned long long)first,
				(unsigned long long)(last < exists ? last : exists));
		}
		if (!query_command(&command, q, err)) {
			command_done(&command);
			return false;
		}
		if (!imap_send(m, &c, &command, err))
			return false;
		if (whole)
			break;
	}
	return imap_finish(m, &c, err);
}

static bool
query_uids(struct imap *m, const struct remote_query *q, struct uids *uids_r,
	struct error *err)
{
	*uids_r = (struct uids){ .max = (size_t)m->state.exists + 1 };
	for (int tries = 1; tries <= LISTING_TRIES; tries++) {
		uint64_t expunges = m->expunges;
		struct error why = { 0 };
		uids_r->len = 0;
		bool ok = query_once(m, q, uids_r, &why);
		bool moved = m->expunges != expunges;
		// As in a listing: numbers of messages moved while we asked by them.
		if (!ok && (!moved || why.kind != ERROR_REFUSED ||
			tries == LISTING_TRIES)) {
			uids_done(uids_r);
			return error_set(err, why.kind, "%s", why.text);
		}
		if (ok && !moved)
			break;
	}
	uids_sort(uids_r);
	return true;
}

bool
imap_search_query(struct remote *r, const struct remote_query *q,
	struct remote_range **ranges_r, size_t *n_r, struct error *err)
{
	struct imap *m = imap_of(r);
	struct uids uids;
	*ranges_r = NULL;
	*n_r = 0;
	if (!imap_selected(m, err) || !query_uids(m, q, &uids, err))
		return false;
	*n_r = remote_ranges(uids.items, uids.len, ranges_r);
	uids_done(&uids);
	return true;
}

bool
imap_find(struct remote *r, const char *message_id, uint32_t from,
	uint32_t **uids_r, size_t *n_r, struct error *err)
{
	struct imap *m = imap_of(r);
	struct uids uids;
	*uids_r = NULL;
	*n_r = 0;
	if (!imap_selected(m, err))
		return false;
	if (str_empty(message_id))
		return error_set(err, ERROR_INPUT, "no Message-ID to look for");
	char *key = str_printf("UID %u:* HEADER Message-ID", from ? from : 1);
	bool ok = imap_search(m, key, message_id, &uids, err);
	free(key);
	if (!ok)
		return false;
	// "9:*" names the last message even when that is 5.
	size_t kept = 0;
	for (size_t i = 0; i < uids.len; i++) {
		if (uids.items[i] >= from)
			uids.items[kept++] = uids.items[i];
	}
	*uids_r = uids.items;
	*n_r = kept;
	return true;
}
