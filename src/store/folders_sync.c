// SPDX-License-Identifier: GPL-3.0-or-later
// What a server listed becomes the account's folders: identities are kept, given
// and forgotten.
#include "config.h"

#include "store/folders.h"

#include "base/str.h"
#include "store/inside.h"
#include "store/withdraw.h"

#include <stdlib.h>

struct listing {
	uint32_t account;
	const struct folder *folders;
	size_t n;
	uint64_t asked;
};

// The same spelling on the server; else a folder made or renamed here, whose
// spelling there is not known before it is listed.
static struct folder_row *
listing_match(struct store *s, uint32_t account, const struct folder *listed)
{
	struct folder_row *by_name = NULL;

	for (size_t i = 0; i < s->folders.len; i++) {
		struct folder_row *f = array_at(&s->folders, i);
		if (f->f.account != account || f->listed)
			continue;
		if (!str_empty(f->f.remote_name) &&
		    str_equal(f->f.remote_name, listed->remote_name))
			return f;
		if (f->by_name && str_equal(f->f.name, listed->name))
			by_name = f;
	}
	return by_name;
}

static bool
listing_differs(const struct folder_row *f, const struct folder *listed)
{
	return f->by_name || !str_equal(f->f.name, listed->name) ||
		!str_equal(f->f.remote_name, listed->remote_name) ||
		f->f.delimiter != listed->delimiter || f->f.role != listed->role ||
		f->f.attributes != listed->attributes;
}

static void
listing_take(struct folder_row *f, uint32_t account, const struct folder *listed)
{
	f->f.account = account;
	str_set(&f->f.name, str_or_empty(listed->name));
	str_set(&f->f.remote_name, str_or_empty(listed->remote_name));
	f->f.delimiter = listed->delimiter;
	f->f.role = listed->role;
	f->f.attributes = listed->attributes;
	f->by_name = false;
}

// Memory first, under the lock, then the journal: a row is there before
// anything can be put into it. True if anything changed.
static bool
listing_merge(struct store *s, const struct listing *l, struct array *changed)
{
	for (size_t i = 0; i < s->folders.len; i++)
		((struct folder_row *)array_at(&s->folders, i))->listed = false;
	for (size_t i = 0; i < l->n; i++) {
		const struct folder *listed = &l->folders[i];
		struct folder_row *f = listing_match(s, l->account, listed);
		bool fresh = f == NULL;
		if (fresh)
			f = folder_row_add(s, ++s->journal->meta.folders);
		f->listed = true;
		if (fresh || f->unwritten || listing_differs(f, listed)) {
			listing_take(f, l->account, listed);
			f->unwritten = true;
			*(uint32_t *)array_push(changed) = f->f.id;
		}
	}
	return changed->len > 0;
}

// One that was made here is not listed before it is made there. Once it is, it may
// have gone again before the list was asked for, or its name be that of a folder that
// had waited here to be renamed or deleted, and was refused.
static void
listing_gone(const struct store *s, uint32_t account, struct array *gone)
{
	for (size_t i = 0; i < s->folders.len; i++) {
		const struct folder_row *f = array_at(&s->folders, i);
		if (f->f.account == account && !f->listed &&
			((f->f.attributes & FOLDER_NEW) == 0 ||
			!operations_will_make(&s->operations, f->f.id)))
			*(uint32_t *)array_push(gone) = f->f.id;
	}
}

static bool
listing_write(struct store *s, const struct array *changed,
	const struct array *gone, struct error *err)
{
	struct journal_txn t;
	uint32_t folders = s->journal->meta.folders;

	journal_begin(&t, s->journal);
	t.before.folders = folders; // they are in use whatever happens here
	for (size_t i = 0; i < changed->len; i++)
		folder_identity_put(&t, folder_row(s, *(uint32_t *)array_at(changed, i)));
	for (size_t i = 0; i < gone->len; i++) {
		struct key k = { .len = 0 };
		key_u32(&k, *(uint32_t *)array_at(gone, i));
		journal_del(&t, JOURNAL_FOLDER, k.at, k.len);
	}
	// Else acts in a folder would name one that nobody knows after a restart.
	bool ok = journal_commit(&t, err);
	for (size_t i = 0; ok && i < changed->len; i++)
		folder_row(s, *(uint32_t *)array_at(changed, i))->unwritten = false;
	return ok;
}

bool
folders_forget(struct store *s, uint32_t id, struct error *err)
{
	uint32_t account = folders_account_of(s, id);
	struct key k = { .len = 0 };
	struct write w;

	if (!withdraw_folder(s, id, err) || !sync_forget(s, id, true, err))
		return false;
	write_begin(&w, s);
	if (folder_row(s, id) != NULL)
		folder_row_remove(s, id);
	key_u32(&k, id);
	txn_del(&w.txn, w.cache->folders, k.at, k.len);
	write_tell(&w, STORE_FOLDERS, account, 0, 0);
	return write_commit(&w, err);
}

static bool
listing_run(struct store *s, void *arg, struct error *err)
{
	const struct listing *l = arg;
	struct array changed = ARRAY_OF(uint32_t), gone = ARRAY_OF(uint32_t);
	bool ok = true;

	pthread_rwlock_wrlock(&s->lock);
	bool any = listing_merge(s, l, &changed);
	if (l->asked == store_folders_played(s))
		listing_gone(s, l->account, &gone);
	folders_overlay(s);
	pthread_rwlock_unlock(&s->lock);
	if (any || gone.len > 0)
		ok = listing_write(s, &changed, &gone, err);
	for (size_t i = 0; ok && i < gone.len; i++)
		ok = folders_forget(s, *(uint32_t *)array_at(&gone, i), err);
	if (any)
		store_tell(s, STORE_FOLDERS, l->account, 0, 0, NULL);
	array_done(&changed);
	array_done(&gone);
	return ok;
}

bool
store_folders_sync(struct store *s, uint32_t account, const struct folder *folders,
	size_t n, uint64_t asked, struct error *err)
{
	struct listing l = {
		.account = account, .folders = folders, .n = n, .asked = asked,
	};

	return writer_call(s, JOB_SYNC, listing_run, &l, err);
}

uint64_t
store_folders_played(struct store *s)
{
	return atomic_load(&s->folders_played);
}

struct denial {
	uint32_t folder;
	unsigned denied;
};

static bool
deny_run(struct store *s, void *arg, struct error *err)
{
	const struct denial *d = arg;
	struct folder_row *f = folder_row(s, d->folder);
	struct journal_txn t;

	if (f == NULL || (f->f.attributes & FOLDER_NO_MASK) == d->denied)
		return true;
	pthread_rwlock_wrlock(&s->lock);
	f->f.attributes = (f->f.attributes & ~(unsigned)FOLDER_NO_MASK) | d->denied;
	folders_overlay(s);
	pthread_rwlock_unlock(&s->lock);
	journal_begin(&t, s->journal);
	folder_identity_put(&t, f);
	bool ok = journal_commit(&t, err);
	f->unwritten = !ok;
	store_tell(s, STORE_FOLDERS, f->f.account, 0, 0, NULL);
	return ok;
}

bool
store_folder_deny(struct store *s, uint32_t folder, unsigned denied,
	struct error *err)
{
	struct denial d = { folder, denied & FOLDER_NO_MASK };

	return writer_call(s, JOB_SYNC, deny_run, &d, err);
}

struct naming {
	uint32_t folder;
	const char *remote_name;
};

// In memory: what is listed is written then, and what is not is asked for again.
static bool
named_run(struct store *s, void *arg, struct error *err)
{
	const struct naming *n = arg;
	struct folder_row *f = folder_row(s, n->folder);

	(void)err;
	if (f == NULL || !f->by_name)
		return true;
	pthread_rwlock_wrlock(&s->lock);
	str_set(&f->f.remote_name, n->remote_name);
	pthread_rwlock_unlock(&s->lock);
	return true;
}

bool
store_folder_named(struct store *s, uint32_t folder, const char *remote_name,
	struct error *err)
{
	struct naming n = { folder, remote_name };

	return writer_call(s, JOB_SYNC, named_run, &n, err);
}
