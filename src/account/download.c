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
// Asked for with one verb; between them the work may be put off.
#define DOWNLOAD_SET 500
// A server that lists more is not believed.
#define DOWNLOAD_MAX 1000000
#define DAY (24 * 60 * 60)

// A message that the server lists.
struct listed {
	uint32_t number;
	char *name;       // in the journal: its UIDL, else known once it was read
};

// A message whose bytes lie in tmp/.
struct fetched {
	struct maildir_write *write;
	struct listed *from;
};

// The message whose bytes come just now.
struct coming {
	struct listed *from;      // NULL: none
	struct maildir_write *write;
	struct digest *digest;    // NULL: the message has a name
	bool cr;                  // the last byte was one
};

struct download {
	struct sync *s;
	struct drops drops;
	struct maildir *m;
	struct array list;        // struct listed, by number
	struct map *names;        // names that this session has met
	struct coming coming;
	struct buf lines;
	struct array batch;       // struct fetched
	uint64_t batch_bytes;
	uint32_t done;            // messages, for the progress
	uint32_t *came;
	struct error failed;      // within a verb
};

static void
coming_drop(struct download *d)
{
	maildir_write_abort(&d->coming.write);
	digest_free(&d->coming.digest);
	d->coming = (struct coming){0};
}

static void
download_done(struct download *d)
{
	coming_drop(d);
	for (size_t i = 0; i < d->batch.len; i++) {
		struct fetched *f = array_at(&d->batch, i);
		maildir_write_abort(&f->write);
	}
	for (size_t i = 0; i < d->list.len; i++) {
		struct listed *l = array_at(&d->list, i);
		free(l->name);
	}
	array_done(&d->batch);
	array_done(&d->list);
	buf_done(&d->lines);
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
	l->name = str_dup(m->uidl);
	if (l->name != NULL)
		map_put(d->names, l->name, d);
	return true;
}

static int
compare_listed(const void *a, const void *b)
{
	const struct listed *left = a, *right = b;

	return (left->number > right->number) - (left->number < right->number);
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
	array_sort(&d->list, compare_listed);
	return ok;
}

static struct listed *
listed_find(struct download *d, uint32_t number)
{
	struct listed key = { .number = number };

	return d->list.len == 0 ? NULL : bsearch(&key, d->list.items,
		d->list.len, sizeof(key), compare_listed);
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
	// One that was removed for sure and is listed again is another.
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
	struct drop_entry done = {
		.uidl = str_dup(e->uidl), .file = str_dup(e->file),
		.downloaded = when_now(),
	};
	bool ok = drops_put(&d->drops, &done, 1, err);
	drop_entry_done(&done);
	return ok;
}

// --- a batch --------------------------------------------------------------------------

// The entries of the batch as the journal gets them first: `downloaded` 0 says
// that the file is about to appear.
static struct drop_entry *
batch_entries(struct download *d)
{
	struct drop_entry *entries = mem_alloc(d->batch.len, sizeof(*entries));

	for (size_t i = 0; i < d->batch.len; i++) {
		struct fetched *f = array_at(&d->batch, i);
		entries[i].uidl = f->from->name;
		entries[i].file = str_dup(maildir_write_base(f->write));
	}
	return entries;
}

static bool
batch_appear(struct download *d, struct drop_entry *entries, struct error *err)
{
	static const struct flags none = {0};
	int64_t now = when_now();
	bool ok = true;

	maildir_hold(d->m);
	for (size_t i = 0; ok && i < d->batch.len; i++) {
		struct fetched *f = array_at(&d->batch, i);
		ok = maildir_write_commit(&f->write, &none, 0, NULL, NULL, err);
		entries[i].downloaded = now;
		sync_go_on(d->s, "file there");
	}
	return maildir_sync(d->m, ok ? err : NULL) && ok;
}

static bool
batch_commit(struct download *d, struct error *err)
{
	size_t n = d->batch.len;

	if (n == 0)
		return true;
	struct drop_entry *entries = batch_entries(d);
	bool ok = drops_put(&d->drops, entries, n, err);
	sync_go_on(d->s, "files named");
	ok = ok && batch_appear(d, entries, err);
	sync_go_on(d->s, "files there");
	ok = ok && drops_put(&d->drops, entries, n, err);
	sync_go_on(d->s, "files journalled");
	if (ok && d->came != NULL)
		*d->came += (uint32_t)n;
	for (size_t i = 0; i < n; i++) {
		struct fetched *f = array_at(&d->batch, i);
		maildir_write_abort(&f->write);
		free(entries[i].file);
	}
	free(entries);
	array_clear(&d->batch);
	d->batch_bytes = 0;
	return ok;
}

// --- bytes ----------------------------------------------------------------------------

// The message that came is whole: it joins the batch, unless it is here already.
static bool
coming_end(struct download *d, struct error *err)
{
	struct coming *c = &d->coming;
	bool here = false, ok = true;

	if (c->from == NULL)
		return true;
	if (c->cr)
		ok = maildir_write_data(c->write, "\r", 1, err);
	if (ok && c->digest != NULL) {
		c->from->name = name_by_content(d, &c->digest);
		ok = is_here(d, c->from->name, &here, err);
	}
	if (ok && !here) {
		struct fetched *f = array_push(&d->batch);
		*f = (struct fetched){ c->write, c->from };
		c->write = NULL;
	}
	coming_drop(d);
	d->done++;
	if (d->s->progress != NULL)
		d->s->progress(d->s->arg, 0, d->done, (uint32_t)d->list.len);
	bool full = d->batch.len >= DOWNLOAD_BATCH ||
		d->batch_bytes >= DOWNLOAD_BATCH_BYTES;
	return ok && (!full || batch_commit(d, err));
}

static bool
body_message(void *arg, struct remote_message *m)
{
	struct download *d = arg;

	if (!coming_end(d, &d->failed))
		return false;
	struct listed *l = listed_find(d, m->uid);
	// Nobody asked for it.
	if (l == NULL)
		return true;
	if (!maildir_write_begin(d->m, &d->coming.write, &d->failed))
		return false;
	d->coming.from = l;
	if (l->name == NULL)
		d->coming.digest = digest_new();
	return true;
}

// Files of a Maildir end their lines with LF.
static void
to_lines(struct download *d, const char *bytes, size_t len)
{
	buf_clear(&d->lines);
	for (size_t i = 0; i < len; i++) {
		if (d->coming.cr && bytes[i] != '\n')
			buf_char(&d->lines, '\r');
		d->coming.cr = bytes[i] == '\r';
		if (!d->coming.cr)
			buf_char(&d->lines, bytes[i]);
	}
}

static bool
body_data(void *arg, const void *bytes, size_t len)
{
	struct download *d = arg;

	if (d->coming.from == NULL)
		return true;
	if (d->coming.digest != NULL)
		digest_add(d->coming.digest, bytes, len);
	to_lines(d, bytes, len);
	d->batch_bytes += len;
	return d->lines.len == 0 || maildir_write_data(d->coming.write,
		d->lines.data, d->lines.len, &d->failed);
}

static bool
download_set(struct download *d, const uint32_t *numbers, size_t n,
	struct error *err)
{
	struct sync *s = d->s;
	struct remote_sink sink = {
		.arg = d, .message = body_message, .data = body_data,
	};
	struct remote_range *ranges;
	size_t n_ranges = remote_ranges(numbers, n, &ranges);

	bool ok = s->driver->fetch(s->remote, (struct remote_set){ ranges, n_ranges },
		REMOTE_FETCH_RAW, 0, &sink, err);
	free(ranges);
	if (d->failed.kind != ERROR_NONE)
		*err = d->failed;
	else if (ok)
		ok = coming_end(d, err);
	coming_drop(d);
	return ok;
}

static bool
download_all(struct download *d, struct error *err)
{
	uint32_t *numbers = mem_alloc(DOWNLOAD_SET, sizeof(*numbers));
	bool ok = true, here;
	size_t n = 0;

	for (size_t i = 0; ok && i < d->list.len && !d->s->stopped; i++) {
		struct listed *l = array_at(&d->list, i);
		here = false;
		ok = l->name == NULL || is_here(d, l->name, &here, err);
		if (ok && !here)
			numbers[n++] = l->number;
		else
			d->done++;
		if (ok && (n == DOWNLOAD_SET || (n > 0 && i + 1 == d->list.len))) {
			ok = download_set(d, numbers, n, err);
			sync_go_on(d->s, "set downloaded");
			n = 0;
		}
	}
	free(numbers);
	// What came whole is kept, whatever happened to the next one.
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

// Ascending numbers and the names of what may go.
static bool
removable(struct download *d, uint32_t *numbers, size_t *n_r,
	struct strlist *names, struct error *err)
{
	bool ok = true, may = false;

	// The files that came just now are among those of the tree.
	map_free(&d->drops.bases, NULL);
	for (size_t i = 0; ok && i < d->list.len; i++) {
		const struct listed *l = array_at(&d->list, i);
		if (l->name == NULL)
			continue;
		ok = may_remove(d, drops_find(&d->drops, l->name), &may, err);
		if (!ok || !may)
			continue;
		numbers[(*n_r)++] = l->number;
		strlist_add(names, l->name);
	}
	return ok;
}

// One that the server would not remove is not known from the others: then the
// next list tells what is left.
static bool
remove_numbers(struct download *d, const uint32_t *numbers, size_t n,
	struct strlist *names, struct error *err)
{
	struct sync *s = d->s;
	struct remote_range *ranges;
	size_t n_ranges = remote_ranges(numbers, n, &ranges);

	bool ok = n == 0 || s->driver->expunge(s->remote,
		(struct remote_set){ ranges, n_ranges }, err);
	free(ranges);
	sync_go_on(s, "removed");
	if (!ok && err->kind == ERROR_REFUSED) {
		strlist_done(names);
		error_clear(err);
		ok = true;
	}
	return ok;
}

static bool
download_end(struct download *d, struct error *err)
{
	struct sync *s = d->s;
	uint32_t *numbers = mem_alloc(d->list.len + 1, sizeof(*numbers));
	struct strlist names = {0};
	size_t n = 0;

	bool ok = removable(d, numbers, &n, &names, err) &&
		remove_numbers(d, numbers, n, &names, err) &&
		s->driver->commit(s->remote, err);
	sync_go_on(s, "quit");
	ok = ok && note_removed(d, &names, err) &&
		drops_forget(&d->drops, d->names, err);
	strlist_done(&names);
	free(numbers);
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
	visit_forget(s);
	drops_load(&d.drops, s->store, s->account, maildir);
	bool ok = maildir_open(&d.m, maildir, true, err) &&
		download_list(&d, err) && download_all(&d, err);
	if (ok && !s->stopped)
		ok = download_end(&d, err);
	download_done(&d);
	return ok;
}
