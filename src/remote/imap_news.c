// SPDX-License-Identifier: GPL-3.0-or-later
// What a server tells of the selected folder, and of others, while it answers
// something else: taken in, and told on when somebody listens.
#include "config.h"

#include <stdlib.h>

#include "base/str.h"
#include "remote/imap.h"

// --- the folder's news -------------------------------------------------------------

void
imap_saw_uid(struct imap *m, uint32_t uid)
{
	if (uid >= m->uid_end && uid < UINT32_MAX)
		m->uid_end = uid + 1;
}

static void
news_exists(struct imap *m, struct call *c, const struct response *r)
{
	if (r->number != m->state.exists)
		c->noticed = true;
	if (r->number > m->state.exists)
		m->arrived = true;
	m->state.exists = r->number;
}

static void
news_expunge(struct imap *m, struct call *c, const struct response *r)
{
	if (r->number == 0 || r->number > m->state.exists)
		return; // of a message that never was
	m->state.exists--;
	m->expunges++;
	c->noticed = true;
}

static void
vanished_tell(void *arg, const uint32_t *uids, size_t n)
{
	struct call *c = arg;
	if (c->sink && c->sink->gone)
		c->sink->gone(c->sink->arg, uids, n);
	else
		c->noticed = true;
}

bool
imap_vanished(struct imap *m, struct call *c, struct slice rest, uint64_t end)
{
	size_t n = 0;
	bool earlier;
	bool ok = parse_vanished(rest, end, &earlier, &n, vanished_tell, c);
	if (!earlier) {
		m->state.exists -= n < m->state.exists ? (uint32_t)n : m->state.exists;
		m->expunges++;
	}
	return ok;
}

static void
news_vanished(struct imap *m, struct call *c, const struct response *r)
{
	if (!imap_vanished(m, c, r->rest, m->uid_end))
		c->noticed = true;
}

static void
news_fetch(struct imap *m, struct call *c, const struct response *r)
{
	struct fetched f;
	struct strlist labels = { 0 };
	// Without the labels of Gmail these would not be all flags.
	bool ok = parse_fetch(r->rest, &m->scratch, &f) &&
		(imap_labels_take(m, &f, &labels) || !f.has_flags);
	if (ok && f.uid && (f.has_flags || f.modseq) && c->sink && c->sink->message) {
		struct remote_message message = {
			.uid = f.uid, .modseq = f.modseq, .has_flags = f.has_flags,
			.flags = &f.flags,
		};
		imap_saw_uid(m, f.uid);
		if (!c->sink->message(c->sink->arg, &message))
			error_set(&c->failed, ERROR_CANCELLED, "cancelled");
	} else {
		c->noticed = true;
	}
	strlist_done(&labels);
	fetched_done(&f);
}

// --- news of other folders (RFC 5465) ------------------------------------------------------

void
imap_tell_tree(struct imap *m, struct call *c)
{
	m->tree_changed = !c->sink || !c->sink->folder;
	if (!m->tree_changed)
		c->sink->folder(c->sink->arg, NULL);
}

static void
news_status(struct imap *m, struct call *c, const struct response *r)
{
	struct remote_folder counts = { 0 };
	char *name;
	if (!m->notifying || !parse_status(r->rest, &name, &counts))
		return;
	imap_took_name(m, &name);
	counts.name = name;
	if (!c->sink || !c->sink->folder)
		m->tree_changed = true;
	else if (!m->folder || !imap_same_folder(m->folder, name))
		c->sink->folder(c->sink->arg, &counts);
	free(name);
}

// One was made, renamed, removed or subscribed.
static void
news_list(struct imap *m, struct call *c, const struct response *r)
{
	(void)r;
	if (m->notifying)
		imap_tell_tree(m, c);
}

static const struct {
	const char *name;
	bool number, folder;
	void (*take)(struct imap *m, struct call *c, const struct response *r);
} news[] = {
	{ "EXISTS", true, true, news_exists },
	{ "EXPUNGE", true, true, news_expunge },
	{ "VANISHED", false, true, news_vanished },
	{ "FETCH", true, true, news_fetch },
	{ "STATUS", false, false, news_status },
	{ "LIST", false, false, news_list },
};

void
imap_news(struct imap *m, struct call *c, const struct response *r)
{
	for (size_t i = 0; i < sizeof(news) / sizeof(news[0]); i++) {
		if (slice_is(r->name, news[i].name) && news[i].number == r->has_number &&
		    (m->folder || !news[i].folder))
			news[i].take(m, c, r);
	}
}

void
imap_tell(struct imap *m, struct call *c)
{
	if (m->tree_changed && c->sink && c->sink->folder)
		imap_tell_tree(m, c);
	bool noticed = c->noticed || m->changed;
	c->noticed = false;
	m->changed = false;
	if (!noticed)
		return;
	if (c->sink && c->sink->noticed)
		c->sink->noticed(c->sink->arg);
	else
		m->changed = true;
}
