// SPDX-License-Identifier: GPL-3.0-or-later
// A maildrop into the local Maildir. The order is what makes it safe to be cut
// anywhere: the journal names the file before it appears, and says "downloaded"
// after; only then may the server forget the message.
#include "config.h"

#include "account/sync.h"

#include "account/account.h"
#include "account/drops.h"
#include "account/visit.h"
#include "base/array.h"
#include "base/buf.h"
#include "base/error.h"
#include "base/map.h"
#include "base/mem.h"
#include "base/str.h"
#include "base/when.h"
#include "files/maildir.h"
#include "remote/digest.h"
#include "remote/remote.h"
#include "store/outbox.h"

#include <stdlib.h>

// So many files are named in one commit of the journal, and appear after it.
#define DOWNLOAD_BATCH 50
#define DOWNLOAD_BATCH_BYTES (8 * 1024 * 1024)
// A server that lists more is not believed.
#define DOWNLOAD_MAX 1000000
#define DAY (24 * 60 * 60)

// A message that the server lists.
struct listed {
	uint32_t number;
	char *uidl;       // NULL: it has none, or shares it with another
	uint64_t size;
	char *name;       // in the journal; NULL: not known before it was read
};

// A message whose bytes lie in tmp/.
struct fetched {
	struct maildir_write *write;
	struct listed *from;
};

struct download {
	struct sync *s;
	struct drops drops;
	struct maildir *m;
	struct array list;        // struct listed
	struct map *names;        // names that this session has met
	struct array batch;       // struct fetched
	uint64_t batch_bytes;
	uint32_t *came;
};

static void
download_done(struct download *d)
{
	for (size_t i = 0; i < d->batch.len; i++) {
		struct fetched *f = array_at(&d->batch, i);
		maildir_write_abort(&f->write);
	}
	for (size_t i = 0; i < d->list.len; i++) {
		struct listed *l = array_at(&d->list, i);
		free(l->uidl);
		free(l->name);
	}
	array_done(&d->batch);
	array_done(&d->list);
	map_free(&d->names, NULL);
	maildir_close(&d->m);
	drops_done(&d->drops);
}

// --- the list -------------------------------------------------------------------------

static bool
list_message(void *arg, struct remote_message *m)
{
	struct download *d = arg;

	if (d->list.len >= DOWNLOAD_MAX)
		return false;
	struct listed *l = array_push(&d->list);
	l->number = m->uid;
	l->uidl = str_empty(m->uidl) ? NULL : str_dup(m->uidl);
	l->size = m->size;
	return true;
}

// A UIDL that two messages have is no name for either (some servers give the same
// to equal messages).
static void
list_drop_shared(struct download *d)
{
	struct map *count = map_new();

	for (size_t i = 0; i < d->list.len; i++) {
		struct listed *l = array_at(&d->list, i);
		if (l->uidl == NULL)
			continue;
		uintptr_t n = (uintptr_t)map_get(count, l->uidl);
		map_put(count, l->uidl, (void *)(n + 1));
	}
	for (size_t i = 0; i < d->list.len; i++) {
		struct listed *l = array_at(&d->list, i);
		if (l->uidl == NULL)
			continue;
		if ((uintptr_t)map_get(count, l->uidl) == 1) {
			l->name = str_dup(l->uidl);
			map_put(d->names, l->name, l);
		}
	}
	map_free(&count, NULL);
}

static bool
download_list(struct download *d, struct error *err)
{
	struct sync *s = d->s;
	struct remote_sink sink = { .arg = d, .message = list_message };
	struct remote_sink none = {0};
	struct remote_range all = { 1, UINT32_MAX };
	struct remote_known known = {0};
	struct remote_state st = {0};

	bool ok = s->driver->select(s->remote, "INBOX", &known, &st, &none, err) &&
		s->driver->fetch(s->remote, (struct remote_set){ &all, 1 },
			REMOTE_FETCH_UIDS, 0, &sink, err);
	if (ok)
		list_drop_shared(d);
	return ok;
}

// --- one message ----------------------------------------------------------------------

struct body {
	struct download *d;
	struct maildir_write *write;
	struct digest *digest;    // NULL: the message has a name
	struct buf lines;
	bool cr;
	uint64_t size;
	struct error failed;
};

// Files of a Maildir end their lines with LF.
static void
body_lines(struct body *b, const char *bytes, size_t len)
{
	buf_clear(&b->lines);
	for (size_t i = 0; i < len; i++) {
		if (b->cr && bytes[i] != '\n')
			buf_char(&b->lines, '\r');
		b->cr = bytes[i] == '\r';
		if (!b->cr)
			buf_char(&b->lines, bytes[i]);
	}
}

// A disk that is full does not cut the connection: the rest is let pass.
static bool
body_data(void *arg, const void *bytes, size_t len)
{
	struct body *b = arg;

	if (b->failed.kind != ERROR_NONE)
		return true;
	if (b->digest != NULL)
		digest_add(b->digest, bytes, len);
	body_lines(b, bytes, len);
	b->size += len;
	if (b->lines.len > 0)
		maildir_write_data(b->write, b->lines.data, b->lines.len,
			&b->failed);
	return true;
}

static bool
body_fetch(struct body *b, uint32_t number, struct error *err)
{
	struct sync *s = b->d->s;
	struct remote_sink sink = { .arg = b, .data = body_data };

	if (!s->driver->fetch_raw(s->remote, number, 0, 0, &sink, err))
		return false;
	if (b->cr && b->failed.kind == ERROR_NONE)
		maildir_write_data(b->write, "\r", 1, &b->failed);
	if (b->failed.kind == ERROR_NONE)
		return true;
	*err = b->failed;
	return false;
}

// "sha256:..." and, behind a '#', which of several equal messages it is: each is
// kept, and none is taken twice.
static char *
name_by_content(struct download *d, struct digest **digest)
{
	char *hash = digest_end(digest);
	char *name = str_dup(hash);

	for (unsigned n = 2; map_get(d->names, name) != NULL; n++) {
		free(name);
		name = str_printf("%s#%u", hash, n);
	}
	free(hash);
	map_put(d->names, name, d);
	return name;
}

// What the journal says of a name: is its message here? An entry that was noted
// but not finished counts when its file is there.
static bool
is_here(struct download *d, const char *name, bool *here_r, struct error *err)
{
	struct drop_entry *e = drops_find(&d->drops, name);

	*here_r = false;
	if (e == NULL || e->removed)
		return true;
	if (e->downloaded != 0) {
		*here_r = true;
		return true;
	}
	if (!drops_has_file(&d->drops, e->file, here_r, err))
		return false;
	if (!*here_r)
		return true;
	struct drop_entry done = *e;
	done.downloaded = when_now();
	return drops_put(&d->drops, &done, 1, err);
}

static bool
fetch_message(struct download *d, struct listed *l, struct error *err)
{
	struct body b = { .d = d };
	bool here = false;

	if (l->name != NULL && (!is_here(d, l->name, &here, err) || here))
		return here;
	if (!maildir_write_begin(d->m, &b.write, err))
		return false;
	if (l->name == NULL)
		b.digest = digest_new();
	bool ok = body_fetch(&b, l->number, err);
	if (ok && l->name == NULL) {
		l->name = name_by_content(d, &b.digest);
		ok = is_here(d, l->name, &here, err);
	}
	if (ok && !here) {
		struct fetched *f = array_push(&d->batch);
		*f = (struct fetched){ b.write, l };
		d->batch_bytes += b.size;
		b.write = NULL;
	}
	maildir_write_abort(&b.write);
	digest_free(&b.digest);
	buf_done(&b.lines);
	return ok;
}

// --- a batch --------------------------------------------------------------------------

// The entries of the batch as the journal gets them: `downloaded` 0 says that the
// file is about to appear.
static struct drop_entry *
batch_entries(struct download *d, int64_t downloaded)
{
	struct drop_entry *entries = mem_alloc(d->batch.len, sizeof(*entries));

	for (size_t i = 0; i < d->batch.len; i++) {
		struct fetched *f = array_at(&d->batch, i);
		entries[i].uidl = f->from->name;
		entries[i].file = str_dup(f->write == NULL ? NULL :
			maildir_write_base(f->write));
		entries[i].downloaded = downloaded;
	}
	return entries;
}

static void
entries_free(struct drop_entry *entries, size_t n)
{
	for (size_t i = 0; i < n; i++)
		free(entries[i].file);
	free(entries);
}

static bool
batch_commit(struct download *d, struct error *err)
{
	static const struct flags none = {0};
	size_t n = d->batch.len;
	int64_t now = when_now();

	if (n == 0)
		return true;
	struct drop_entry *entries = batch_entries(d, 0);
	bool ok = drops_put(&d->drops, entries, n, err);
	sync_go_on(d->s, "files named");
	if (ok)
		maildir_hold(d->m);
	for (size_t i = 0; ok && i < n; i++) {
		struct fetched *f = array_at(&d->batch, i);
		ok = maildir_write_commit(&f->write, &none, 0, NULL, NULL, err);
		entries[i].downloaded = now;
		sync_go_on(d->s, "file there");
	}
	if (ok)
		ok = maildir_sync(d->m, err);
	sync_go_on(d->s, "files there");
	ok = ok && drops_put(&d->drops, entries, n, err);
	sync_go_on(d->s, "files journalled");
	entries_free(entries, n);
	if (ok && d->came != NULL)
		*d->came += (uint32_t)n;
	for (size_t i = 0; i < n; i++)
		maildir_write_abort(&((struct fetched *)array_at(&d->batch, i))->write);
	array_clear(&d->batch);
	d->batch_bytes = 0;
	return ok;
}

static bool
download_all(struct download *d, struct error *err)
{
	bool ok = true;

	for (size_t i = 0; ok && i < d->list.len; i++) {
		ok = fetch_message(d, array_at(&d->list, i), err);
		if (d->s->progress != NULL)
			d->s->progress(d->s->arg, 0, (uint32_t)i + 1,
				(uint32_t)d->list.len);
		bool full = d->batch.len >= DOWNLOAD_BATCH ||
			d->batch_bytes >= DOWNLOAD_BATCH_BYTES;
		if (ok && full)
			ok = batch_commit(d, err);
		if (ok && !sync_go_on(d->s, "fetched"))
			break;
	}
	// What came whole is kept whatever happened to the next one.
	struct error store = {0};
	if (!batch_commit(d, &store) && ok) {
		*err = store;
		ok = false;
	}
	return ok;
}

// --- what may go from the server ----------------------------------------------------------

static bool
may_remove(struct download *d, const struct drop_entry *e, bool *may_r,
	struct error *err)
{
	const struct account_settings *set = d->s->settings;
	bool has;

	*may_r = false;
	if (e == NULL || e->downloaded == 0)
		return true;
	switch (set->pop3_keep) {
	case POP3_KEEP_ALL:
		break;
	case POP3_KEEP_NONE:
		*may_r = true;
		break;
	case POP3_KEEP_DAYS:
		*may_r = when_now() - e->downloaded >
			(int64_t)set->pop3_days * DAY;
		break;
	case POP3_KEEP_DELETED:
		if (!drops_has_file(&d->drops, e->file, &has, err))
			return false;
		*may_r = !has;
		break;
	}
	return true;
}

// The removals that QUIT has made real.
static bool
note_removed(struct download *d, const struct strlist *names, struct error *err)
{
	struct drop_entry *entries = mem_alloc(names->len + 1, sizeof(*entries));

	for (size_t i = 0; i < names->len; i++) {
		struct drop_entry *e = drops_find(&d->drops, names->items[i]);
		entries[i] = *e;
		entries[i].uidl = str_dup(e->uidl);
		entries[i].file = str_dup(e->file);
		entries[i].removed = true;
	}
	bool ok = drops_put(&d->drops, entries, names->len, err);
	for (size_t i = 0; i < names->len; i++)
		drop_entry_done(&entries[i]);
	free(entries);
	return ok;
}

static bool
remove_some(struct download *d, struct strlist *names, struct error *err)
{
	struct sync *s = d->s;
	bool ok = true, may;

	// The files that came just now are among those of the tree.
	map_free(&d->drops.bases, NULL);
	for (size_t i = 0; ok && i < d->list.len; i++) {
		struct listed *l = array_at(&d->list, i);
		if (l->name == NULL)
			continue;
		ok = may_remove(d, drops_find(&d->drops, l->name), &may, err);
		if (!ok || !may)
			continue;
		struct remote_range one = { l->number, l->number };
		ok = s->driver->expunge(s->remote, (struct remote_set){ &one, 1 },
			err);
		strlist_add(names, l->name);
		sync_go_on(s, "removed");
	}
	return ok;
}

static bool
download_end(struct download *d, struct error *err)
{
	struct sync *s = d->s;
	struct strlist names = {0};

	bool ok = remove_some(d, &names, err) && s->driver->commit(s->remote, err);
	sync_go_on(s, "quit");
	ok = ok && note_removed(d, &names, err) &&
		drops_forget(&d->drops, d->names, err);
	strlist_done(&names);
	return ok;
}

bool
sync_download(struct sync *s, const char *maildir, uint32_t *new_r,
	struct error *err)
{
	struct download d = {
		.s = s, .names = map_new(), .came = new_r,
		.list = ARRAY_OF(struct listed), .batch = ARRAY_OF(struct fetched),
	};

	s->stopped = false;
	sync_forget(s);
	drops_load(&d.drops, s->store, s->account, maildir);
	bool ok = maildir_open(&d.m, maildir, true, err) &&
		download_list(&d, err) && download_all(&d, err);
	if (ok && !s->stopped)
		ok = download_end(&d, err);
	download_done(&d);
	return ok;
}
