// SPDX-License-Identifier: GPL-3.0-or-later
// POP3 has no memory of who has what: this is ours.
#include "config.h"

#include "account/drops.h"

#include "base/error.h"
#include "base/map.h"
#include "base/mem.h"
#include "base/str.h"
#include "base/when.h"
#include "files/maildir.h"
#include "store/outbox.h"

#include <stdlib.h>

// A message that another program removed from the server is remembered so long:
// a server that lists nothing on a bad day does not make us download all again.
#define FORGET_AFTER ((int64_t)90 * 24 * 60 * 60)

static void
entry_free(void *arg)
{
	struct drop_entry *e = arg;

	drop_entry_done(e);
	free(e);
}

static void
remember(struct drops *d, const struct drop_entry *from)
{
	struct drop_entry *e = mem_new(struct drop_entry);

	*e = *from;
	e->uidl = str_dup(from->uidl);
	e->file = str_dup(from->file);
	struct drop_entry *old = map_put(d->by_uidl, e->uidl, e);
	if (old != NULL)
		entry_free(old);
}

void
drops_load(struct drops *d, struct store *store, uint32_t account,
	const char *maildir)
{
	struct drop_entry *entries;
	size_t n = store_drops(store, account, &entries);

	*d = (struct drops){
		.store = store, .account = account, .maildir = maildir,
		.by_uidl = map_new(),
	};
	for (size_t i = 0; i < n; i++) {
		remember(d, &entries[i]);
		drop_entry_done(&entries[i]);
	}
	free(entries);
}

void
drops_done(struct drops *d)
{
	map_free(&d->by_uidl, entry_free);
	map_free(&d->bases, NULL);
}

struct drop_entry *
drops_find(const struct drops *d, const char *uidl)
{
	return map_get(d->by_uidl, uidl);
}

static bool
read_folder(struct drops *d, const char *name, struct error *err)
{
	const struct maildir_entry *entries;
	char *path = maildir_tree_path(d->maildir, name, err);
	struct maildir *m = NULL;
	size_t n = 0;

	bool ok = path != NULL && maildir_open(&m, path, false, err) &&
		maildir_scan(m, &entries, &n, err);
	for (size_t i = 0; ok && i < n; i++)
		map_put(d->bases, entries[i].base, d);
	maildir_close(&m);
	free(path);
	return ok;
}

bool
drops_has_file(struct drops *d, const char *base, bool *has_r,
	struct error *err)
{
	struct strlist names = {0};
	bool ok = true;

	*has_r = false;
	if (d->bases == NULL) {
		d->bases = map_new();
		ok = maildir_tree_list(d->maildir, &names, err);
		for (size_t i = 0; ok && i < names.len; i++)
			ok = read_folder(d, names.items[i], err);
		strlist_done(&names);
		if (!ok)
			map_free(&d->bases, NULL);
	}
	if (ok)
		*has_r = map_get(d->bases, base) != NULL;
	return ok;
}

bool
drops_put(struct drops *d, const struct drop_entry *entries, size_t n,
	struct error *err)
{
	if (n == 0)
		return true;
	if (!store_drop_put(d->store, d->account, entries, n, err))
		return false;
	for (size_t i = 0; i < n; i++)
		remember(d, &entries[i]);
	return true;
}

bool
drops_forget(struct drops *d, const struct map *listed, struct error *err)
{
	struct strlist old = {0};
	int64_t before = when_now() - FORGET_AFTER;
	const char *uidl;
	size_t at = 0;
	void *value;
	bool ok = true;

	while (map_next(d->by_uidl, &at, &uidl, &value)) {
		const struct drop_entry *e = value;
		if (map_get(listed, uidl) == NULL && (e->removed ||
			(map_len(listed) > 0 && e->downloaded < before)))
			strlist_add(&old, uidl);
	}
	if (old.len > 0)
		ok = store_drop_remove(d->store, d->account, &old, err);
	for (size_t i = 0; ok && i < old.len; i++)
		entry_free(map_remove(d->by_uidl, old.items[i]));
	strlist_done(&old);
	return ok;
}
