// SPDX-License-Identifier: GPL-3.0-or-later
// Some servers build answers that nobody can parse, out of mail that everybody can
// read, and leave messages out of long answers. Asked for one thing at a time they
// nearly always tell it.
#include "config.h"

#include "account/salvage.h"

#include "account/sync.h"
#include "account/take.h"
#include "base/buf.h"
#include "base/error.h"
#include "base/log.h"
#include "base/mem.h"
#include "mail/flags.h"
#include "mail/header.h"
#include "remote/remote.h"

#include <stdlib.h>

// One message that is asked for anew.
struct lost {
	uint32_t uid;
	bool told;              // it is there
	bool readable;          // the second answer could be parsed
	bool has_flags;
	uint64_t modseq;
	struct flags flags;
};

struct salvage {
	struct take *t;
	struct lost *lost;
	size_t n;
};

static struct lost *
lost_find(const struct salvage *sv, uint32_t uid)
{
	for (size_t i = 0; i < sv->n; i++)
		if (sv->lost[i].uid == uid)
			return &sv->lost[i];
	return NULL;
}

static bool
lost_message(void *arg, struct remote_message *m)
{
	struct salvage *sv = arg;
	struct lost *lost = lost_find(sv, m->uid);

	if (lost == NULL)
		return true;
	lost->told = true;
	if (m->has_envelope && !m->unreadable && !lost->readable) {
		lost->readable = true;
		take_row(sv->t, m, false);
	} else if (m->has_flags && m->flags != NULL && !lost->has_flags) {
		lost->has_flags = true;
		lost->modseq = m->modseq;
		flags_copy(&lost->flags, m->flags);
	}
	return true;
}

static int
compare_uids(const void *a, const void *b)
{
	uint32_t x = *(const uint32_t *)a, y = *(const uint32_t *)b;

	return x < y ? -1 : x > y;
}

// Those that are not readable yet, once more.
static bool
salvage_ask(struct salvage *sv, unsigned what, struct error *err)
{
	struct sync *s = sv->t->s;
	struct remote_sink sink = { .arg = sv, .message = lost_message };
	uint32_t *uids = mem_alloc(sv->n, sizeof(*uids));
	struct remote_range *ranges;
	size_t n = 0;

	for (size_t i = 0; i < sv->n; i++)
		if (!sv->lost[i].readable)
			uids[n++] = sv->lost[i].uid;
	if (n > 0)
		qsort(uids, n, sizeof(*uids), compare_uids);
	size_t n_ranges = remote_ranges(uids, n, &ranges);
	bool ok = n == 0 || s->driver->fetch(s->remote,
		(struct remote_set){ ranges, n_ranges }, what, 0, &sink, err);
	free(ranges);
	free(uids);
	return ok;
}

static bool
header_data(void *arg, const void *bytes, size_t len)
{
	struct buf *b = arg;

	if (b->len + len <= HEADER_BLOCK_MAX)
		buf_add(b, bytes, len);
	return true;
}

static bool
salvage_header(struct salvage *sv, struct lost *lost, struct error *err)
{
	struct sync *s = sv->t->s;
	struct buf b = {0};
	struct envelope envelope = {0};
	struct remote_sink sink = { .arg = &b, .data = header_data };
	struct remote_message m = {
		.uid = lost->uid, .modseq = lost->modseq,
		.has_flags = lost->has_flags, .flags = &lost->flags,
		.envelope = &envelope,
	};

	bool ok = s->driver->fetch_part(s->remote, lost->uid, "HEADER", 0,
		HEADER_BLOCK_MAX, &sink, err);
	if (!ok && (err->kind == ERROR_GONE || err->kind == ERROR_REFUSED ||
		err->kind == ERROR_INPUT)) {
		buf_clear(&b);
		error_clear(err);
		ok = true;
	}
	if (ok) {
		m.unreadable = b.len == 0;
		m.has_envelope = b.len > 0;
		envelope_parse(&envelope, buf_text(&b), b.len);
		m.received = envelope.date;
		log_info("message %u: its row was made of the raw header%s",
			lost->uid, b.len == 0 ? ", which is empty" : "");
		take_row(sv->t, &m, false);
	}
	envelope_done(&envelope);
	buf_done(&b);
	return ok;
}

bool
salvage_rows(struct take *t, struct error *err)
{
	struct salvage sv = { .t = t, .n = t->n_odd };
	bool unknown = false, broken = false, ok = true;

	if (t->n_odd == 0)
		return true;
	sv.lost = mem_alloc(sv.n, sizeof(*sv.lost));
	for (size_t i = 0; i < sv.n; i++) {
		sv.lost[i].uid = t->odd[i].uid;
		sv.lost[i].told = t->odd[i].broken;
		unknown = unknown || !t->odd[i].broken;
	}
	t->n_odd = 0;
	if (unknown)
		ok = salvage_ask(&sv, take_of_rows(t->s), err);
	for (size_t i = 0; i < sv.n; i++)
		broken = broken || !sv.lost[i].readable;
	if (ok && broken)
		ok = salvage_ask(&sv, REMOTE_FETCH_FLAGS, err);
	// What was told once and never again has gone meanwhile.
	for (size_t i = 0; ok && i < sv.n; i++)
		if (!sv.lost[i].readable && sv.lost[i].told)
			ok = salvage_header(&sv, &sv.lost[i], err);
	for (size_t i = 0; i < sv.n; i++)
		flags_done(&sv.lost[i].flags);
	free(sv.lost);
	return ok;
}
