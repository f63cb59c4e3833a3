// SPDX-License-Identifier: GPL-3.0-or-later
// Messages from the server: headers and flags in chunks that overlap on the wire,
// bodies piece by piece past memory.
#include "config.h"

#include <stdlib.h>
#include <string.h>

#include "base/log.h"
#include "base/str.h"
#include "mail/part.h"
#include "remote/imap.h"

// A range with more holes than this is asked about before it is asked for.
#define SPARSE_FACTOR 4
#define SPARSE_FREE 10000

// --- telling of one message --------------------------------------------------------

struct fetching {
	struct remote_set set;
	unsigned what;
};

static bool
fetch_tell(struct imap *m, struct call *c, const struct fetching *g, struct fetched *f, bool broken)
{
	struct envelope envelope = { 0 };
	struct remote_message message = {
		.uid = f->uid,
		.size = f->size,
		.modseq = f->modseq,
		.received = f->has_received ? f->received : 0,
		.has_flags = f->has_flags && !broken, // half of them may be missing
		.flags = &f->flags,
		.envelope = &envelope,
		.unreadable = broken,
	};
	if (g->what & REMOTE_FETCH_ENVELOPE && f->has_body && !broken) {
		message.has_envelope = true;
		envelope_parse(&envelope, f->body.data, f->body.len);
	}
	struct strlist labels;
	// Of flags that come by themselves, without labels, one would think that all
	// labels had been taken away.
	if (!imap_labels_take(m, f, &labels) && message.has_flags) {
		message.has_flags = false;
		c->noticed = true;
	}
	if (g->what & (REMOTE_FETCH_IDS | REMOTE_FETCH_SAME) && !broken) {
		message.email_id = f->email_id[0] ? f->email_id : NULL;
		message.thread_id = f->thread_id[0] ? f->thread_id : NULL;
		message.labels = labels.len || f->labels.len == 2 ? &labels : NULL;
	}
	bool go_on = c->sink->message(c->sink->arg, &message);
	strlist_done(&labels);
	envelope_done(&envelope);
	return go_on;
}

static bool
fetch_on(struct imap *m, struct call *c, const struct response *r,
	const struct wire_frame *frame)
{
	struct fetching *g = c->arg;
	if (r->kind != RESPONSE_DATA || !r->has_number || !slice_is(r->name, "FETCH"))
		return false;
	struct fetched f;
	bool ok = parse_fetch(r->rest, &m->scratch, &f) && !frame->dropped;
	bool ours = f.uid && set_has(g->set, f.uid);
	if (!ok)
		log_error("%s: the answer for message %u cannot be understood",
			str_or_empty(m->base.settings.host), f.uid);
	if (ours) {
		imap_saw_uid(m, f.uid);
		if (c->sink && c->sink->message && !fetch_tell(m, c, g, &f, !ok))
			error_set(&c->failed, ERROR_CANCELLED, "cancelled");
	}
	fetched_done(&f);
	return ours || !ok;
}

// --- in chunks -------------------------------------------------------------------------

static bool
fetch_send(struct imap *m, struct call *c, const struct remote_range *ranges, size_t n,
	uint64_t changed_since, struct error *err)
{
	const struct fetching *g = c->arg;
	bool condstore = m->caps.bits & CAP_CONDSTORE;
	size_t at = 0;
	while (at < n) {
		struct command command = { 0 };
		command_text(&command, "UID FETCH ");
		command_set(&command, ranges, n, &at);
		command_text(&command, " (UID FLAGS");
		if (g->what & REMOTE_FETCH_ENVELOPE)
			command_text(&command, " INTERNALDATE RFC822.SIZE "
				"BODY.PEEK[HEADER.FIELDS (" HEADER_ENVELOPE_FIELDS ")]");
		if (g->what & REMOTE_FETCH_IDS && m->caps.bits & CAP_OBJECTID)
			command_text(&command, " EMAILID THREADID");
		else if (g->what & REMOTE_FETCH_SAME && m->caps.bits & CAP_OBJECTID)
			command_text(&command, " EMAILID");
		else if (g->what & REMOTE_FETCH_IDS && m->caps.bits & CAP_GMAIL)
			command_text(&command, " X-GM-MSGID X-GM-THRID");
		else if (g->what & REMOTE_FETCH_SAME && m->caps.bits & CAP_GMAIL)
			command_text(&command, " X-GM-MSGID");
		if (m->caps.bits & CAP_GMAIL)
			command_text(&command, " X-GM-LABELS");
		command_text(&command, condstore ? " MODSEQ)" : ")");
		if (changed_since && condstore)
			command_printf(&command, " (CHANGEDSINCE %llu%s)",
				(unsigned long long)changed_since,
				m->qresync ? " VANISHED" : "");
		if (!imap_send(m, c, &command, err))
			return false;
	}
	return true;
}

// How many UIDs of a range can have a message, as far as we know.
static uint64_t
known_span(const struct imap *m, struct remote_range range)
{
	uint64_t end = (uint64_t)range.to + 1;
	if (m->uid_end && m->uid_end < end)
		end = m->uid_end;
	return end > range.from ? end - range.from : 0;
}

// Cuts one range into pieces of `chunk` UIDs and sends each. Behind the last UID
// known there is nothing, unless messages arrived since: that is one piece more.
static bool
fetch_range(struct imap *m, struct call *c, struct remote_range range, uint32_t chunk,
	struct error *err)
{
	uint64_t from = range.from, end = range.from + known_span(m, range);
	while (from < end) {
		uint64_t next = from + chunk < end ? from + chunk : end;
		struct remote_range piece = { (uint32_t)from, (uint32_t)(next - 1) };
		if (!fetch_send(m, c, &piece, 1, 0, err))
			return false;
		from = next;
	}
	if (from > range.to || (from > range.from && !m->arrived))
		return true;
	struct remote_range rest = { (uint32_t)from, range.to };
	return fetch_send(m, c, &rest, 1, 0, err);
}

// Small ranges share a command, large ones are cut.
static bool
fetch_ranges(struct imap *m, struct call *c, struct remote_set set, uint32_t chunk,
	struct error *err)
{
	for (size_t i = 0; i < set.n;) {
		uint64_t count = 0;
		size_t first = i;
		while (i < set.n && count < chunk) {
			uint64_t span = known_span(m, set.ranges[i]);
			if (count && count + span > chunk)
				break;
			count += span;
			i++;
		}
		bool ok = count > chunk ? fetch_range(m, c, set.ranges[first], chunk, err) :
			fetch_send(m, c, set.ranges + first, i - first, 0, err);
		if (!ok)
			return false;
	}
	return true;
}

static bool
is_sparse(const struct imap *m, struct remote_set set)
{
	uint64_t span = 0;
	for (size_t i = 0; i < set.n; i++)
		span += known_span(m, set.ranges[i]);
	return span > (uint64_t)m->state.exists * SPARSE_FACTOR + SPARSE_FREE;
}

static bool
fetch_uids(struct imap *m, struct remote_set set, const struct remote_sink *sink,
	struct error *err)
{
	struct uids uids;
	if (!imap_uids(m, set, &uids, sink, err))
		return false;
	bool ok = true;
	for (size_t i = 0; ok && i < uids.len && sink && sink->message; i++) {
		struct remote_message message = { .uid = uids.items[i] };
		ok = sink->message(sink->arg, &message);
	}
	uids_done(&uids);
	return ok || error_set(err, ERROR_CANCELLED, "cancelled");
}

static bool
last_on(struct imap *m, struct call *c, const struct response *r,
	const struct wire_frame *frame)
{
	uint32_t *uid = c->arg;
	struct fetched f;

	if (r->kind != RESPONSE_DATA || !slice_is(r->name, "FETCH") ||
	    r->number != m->state.exists)
		return false;
	bool ours = parse_fetch(r->rest, &m->scratch, &f) && !frame->dropped && f.uid;
	if (ours)
		*uid = f.uid;
	fetched_done(&f);
	return ours;
}

// By its number in the folder, as SEARCH of Courier finds no "UID *".
static bool
fetch_last(struct imap *m, const struct remote_sink *sink, struct error *err)
{
	uint32_t uid = 0;
	struct call c = { .on = last_on, .arg = &uid, .sink = sink };
	struct command command = { 0 };

	if (!m->state.exists)
		return true;
	command_printf(&command, "FETCH %u (UID)", m->state.exists);
	if (!imap_run(m, &c, &command, err))
		return false;
	if (!uid)
		return true;
	imap_saw_uid(m, uid);
	struct remote_message message = { .uid = uid };
	return !sink || !sink->message || sink->message(sink->arg, &message) ||
		error_set(err, ERROR_CANCELLED, "cancelled");
}

bool
imap_fetch(struct remote *r, struct remote_set set, unsigned what,
	uint64_t changed_since, const struct remote_sink *sink, struct error *err)
{
	struct imap *m = imap_of(r);
	if (!imap_selected(m, err))
		return false;
	if (set.n == 0)
		return true;
	if (!(what & (REMOTE_FETCH_FLAGS | REMOTE_FETCH_ENVELOPE)))
		return set.ranges[0].from == UINT32_MAX ? fetch_last(m, sink, err) :
			fetch_uids(m, set, sink, err);
	struct fetching g = { .set = set, .what = what };
	struct call c = { .on = fetch_on, .arg = &g, .sink = sink };
	if (changed_since && m->caps.bits & CAP_CONDSTORE)
		// What changed is little: the server looks through all of it at once.
		return fetch_send(m, &c, set.ranges, set.n, changed_since, err) &&
			imap_finish(m, &c, err);
	uint32_t chunk = what & REMOTE_FETCH_ENVELOPE ? IMAP_CHUNK : IMAP_CHUNK_FLAGS;
	struct remote_range *ranges = NULL;
	struct remote_set asked = set;
	if (is_sparse(m, set)) {
		struct uids uids;
		if (!imap_uids(m, set, &uids, sink, err))
			return false;
		asked.n = remote_ranges(uids.items, uids.len, &ranges);
		asked.ranges = ranges;
		uids_done(&uids);
	}
	bool ok = fetch_ranges(m, &c, asked, chunk, err) && imap_finish(m, &c, err);
	if (ok && set.ranges[set.n - 1].to == UINT32_MAX)
		m->arrived = false;
	free(ranges);
	return ok;
}

// --- one message -----------------------------------------------------------------------

struct one {
	uint32_t uid;
	uint64_t offset;
	bool found, refused;
	struct part *root;
	const struct remote_sink *sink;
};

static bool
gone(uint32_t uid, struct error *err)
{
	return error_set(err, ERROR_GONE, "message %u is no longer on the server", uid);
}

static bool
structure_on(struct imap *m, struct call *c, const struct response *r,
	const struct wire_frame *frame)
{
	struct one *one = c->arg;
	if (r->kind != RESPONSE_DATA || !r->has_number || !slice_is(r->name, "FETCH"))
		return false;
	struct fetched f;
	bool ok = parse_fetch(r->rest, &m->scratch, &f) && !frame->dropped;
	bool ours = f.uid == one->uid && (!ok || f.structure.len);
	if (ours && !one->root) {
		one->found = true;
		one->root = ok ? parse_structure(f.structure) : NULL;
		one->refused = !one->root;
	}
	fetched_done(&f);
	return ours || !ok;
}

bool
imap_structure(struct remote *r, uint32_t uid, struct part **root_r, struct error *err)
{
	struct imap *m = imap_of(r);
	struct one one = { .uid = uid };
	struct call c = { .on = structure_on, .arg = &one };
	struct command command = { 0 };
	if (!imap_selected(m, err))
		return false;
	command_printf(&command, "UID FETCH %u (UID BODYSTRUCTURE)", uid);
	if (!imap_run(m, &c, &command, err)) {
		part_free(&one.root);
		return false;
	}
	if (one.refused)
		return error_set(err, ERROR_INPUT, "the structure of message %u that %s "
			"tells cannot be understood", uid, str_or_empty(r->settings.host));
	if (!one.found)
		return gone(uid, err);
	*root_r = one.root;
	return true;
}

static bool
body_data(void *arg, const void *bytes, size_t len)
{
	struct one *one = arg;
	return !one->sink || !one->sink->data ||
		one->sink->data(one->sink->arg, bytes, len);
}

// "BODY[]<1000>" at the end; a server that has no "<0>" means the beginning.
static bool
begins_at(const char *before, size_t len, uint64_t offset)
{
	while (len > 0 && before[len - 1] == ' ')
		len--;
	if (len == 0 || before[len - 1] != '>')
		return offset == 0;
	size_t from = --len;
	while (from > 0 && before[from - 1] != '<')
		from--;
	uint64_t origin;
	return parse_number((struct slice){ before + from, len - from }, UINT64_MAX,
		&origin) && origin == offset;
}

// What cannot be what was asked for is not passed on: it would be kept as a part
// of this message. Nearly all servers tell the UID before the body.
static bool
body_wanted(void *arg, const char *before, size_t len)
{
	struct one *one = arg;
	struct buf scratch = { 0 };
	struct response r;
	struct fetched f;
	parse_response(&r, before, len);
	(void)parse_fetch(r.rest, &scratch, &f); // it ends in the middle
	bool other = f.uid != 0 && f.uid != one->uid;
	fetched_done(&f);
	buf_done(&scratch);
	return !one->found && !other && begins_at(before, len, one->offset);
}

static bool
body_on(struct imap *m, struct call *c, const struct response *r,
	const struct wire_frame *frame)
{
	struct one *one = c->arg;
	if (r->kind != RESPONSE_DATA || !r->has_number || !slice_is(r->name, "FETCH"))
		return false;
	struct fetched f;
	bool ok = parse_fetch(r->rest, &m->scratch, &f) && !frame->dropped;
	bool ours = ok && f.uid == one->uid && f.has_body;
	if (frame->streamed && !ours) {
		// Bytes of we know not what went to the sink: GONE, and the caller
		// does not keep them.
		error_set(&c->failed, ERROR_GONE, "%s sent another message than "
			"was asked for", str_or_empty(m->base.settings.host));
	} else if (ours) {
		// A short body may come as a quoted string.
		if (!frame->streamed && !one->found && f.body.len &&
		    !body_data(one, f.body.data, f.body.len))
			error_set(&c->failed, ERROR_CANCELLED, "cancelled");
		one->found = true;
	}
	bool taken = ours || frame->streamed || !ok;
	fetched_done(&f);
	return taken;
}

static bool
fetch_body(struct remote *r, uint32_t uid, const char *section, uint64_t offset,
	uint64_t max, const struct remote_sink *sink, struct error *err)
{
	struct imap *m = imap_of(r);
	struct one one = { .uid = uid, .offset = offset, .sink = sink };
	struct call c = { .on = body_on, .arg = &one };
	struct command command = { 0 };
	if (!imap_selected(m, err))
		return false;
	if (offset > UINT32_MAX || uid == 0)
		return error_set(err, ERROR_INPUT, "no such place in a message");
	command_printf(&command, "UID FETCH %u (UID BODY.PEEK[%s]", uid, section);
	if (offset || max)
		command_printf(&command, "<%llu.%llu>", (unsigned long long)offset,
			(unsigned long long)(max && max < UINT32_MAX ? max : UINT32_MAX));
	command_text(&command, ")");
	wire_stream(m->wire, body_data, &one, max);
	wire_stream_wanted(m->wire, body_wanted);
	bool ok = imap_run(m, &c, &command, err);
	wire_stream(m->wire, NULL, NULL, 0);
	if (!ok)
		return false;
	return one.found || gone(uid, err);
}

bool
imap_fetch_part(struct remote *r, uint32_t uid, const char *section,
	uint64_t offset, uint64_t max, const struct remote_sink *sink, struct error *err)
{
	static const char allowed[] = "0123456789.ABCDEFGHIJKLMNOPQRSTUVWXYZ";
	if (strspn(section, allowed) != strlen(section) || strlen(section) > 500)
		return error_set(err, ERROR_INPUT, "\"%s\" names no part", section);
	return fetch_body(r, uid, section, offset, max, sink, err);
}

bool
imap_fetch_raw(struct remote *r, uint32_t uid, uint64_t offset, uint64_t max,
	const struct remote_sink *sink, struct error *err)
{
	return fetch_body(r, uid, "", offset, max, sink, err);
}
