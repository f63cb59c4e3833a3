// SPDX-License-Identifier: GPL-3.0-or-later
// Accounts and folders, held in memory whole: a sidebar asks for all of them at
// every paint.
#include "config.h"

#include "store/folders.h"

#include "base/map.h"
#include "base/mem.h"
#include "base/str.h"
#include "store/inside.h"
#include "store/rows.h"

#include <stdlib.h>
#include <string.h>

static const char *const role_names[ROLE_COUNT] = {
	[ROLE_INBOX] = "inbox", [ROLE_DRAFTS] = "drafts", [ROLE_SENT] = "sent",
	[ROLE_ARCHIVE] = "archive", [ROLE_JUNK] = "junk", [ROLE_TRASH] = "trash",
	[ROLE_ALL] = "all", [ROLE_FLAGGED] = "flagged",
};

const char *
folder_role_name(enum folder_role role)
{
	return (unsigned)role < ROLE_COUNT ? role_names[role] : NULL;
}

enum folder_role
folder_role_from_name(const char *name)
{
	for (int role = ROLE_INBOX; role < ROLE_COUNT; role++) {
		if (str_equal_nocase(role_names[role], name))
			return role;
	}
	return ROLE_NONE;
}

void
folder_done(struct folder *f)
{
	free(f->name);
	free(f->remote_name);
	f->name = f->remote_name = NULL;
}

void
folder_row_done(struct folder_row *f)
{
	folder_done(&f->f);
	free(f->shown_name);
}

void
folders_done(struct store *s)
{
	for (size_t i = 0; i < s->folders.len; i++)
		folder_row_done(array_at(&s->folders, i));
	array_done(&s->folders);
	for (size_t i = 0; i < s->accounts.len; i++)
		free(((struct account_row *)array_at(&s->accounts, i))->name);
	array_done(&s->accounts);
}

// Where the folder stands, or would.
static size_t
folder_place(const struct store *s, uint32_t id)
{
	size_t low = 0, high = s->folders.len;

	while (low < high) {
		size_t mid = (low + high) / 2;
		const struct folder_row *f = array_at(&s->folders, mid);
		if (f->f.id < id)
			low = mid + 1;
		else
			high = mid;
	}
	return low;
}

struct folder_row *
folder_row(const struct store *s, uint32_t id)
{
	size_t at = folder_place(s, id);

	if (at == s->folders.len)
		return NULL;
	struct folder_row *f = array_at(&s->folders, at);
	return f->f.id == id ? f : NULL;
}

struct folder_row *
folder_row_add(struct store *s, uint32_t id)
{
	struct folder_row *f = array_insert(&s->folders, folder_place(s, id));

	f->f.id = id;
	return f;
}

void
folder_row_remove(struct store *s, uint32_t id)
{
	size_t at = folder_place(s, id);

	folder_row_done(array_at(&s->folders, at));
	array_remove(&s->folders, at);
}

uint32_t
folders_account_of(const struct store *s, uint32_t folder)
{
	const struct folder_row *f = folder_row(s, folder);

	return f == NULL ? 0 : f->f.account;
}

// --- on disk ---------------------------------------------------------------------

// The journal knows what a folder is, so that a lost cache loses no names.
void
folder_identity_put(struct journal_txn *t, const struct folder_row *f)
{
	struct buf b = { 0 };
	struct key k = { .len = 0 };

	buf_u32(&b, f->f.account);
	buf_pack_str(&b, f->f.remote_name);
	buf_pack_str(&b, f->f.name);
	buf_u8(&b, (uint8_t)f->f.delimiter);
	buf_u8(&b, (uint8_t)f->f.role);
	buf_u32(&b, f->f.attributes);
	buf_u8(&b, f->by_name);
	key_u32(&k, f->f.id);
	journal_put(t, JOURNAL_FOLDER, k.at, k.len, &b);
	buf_done(&b);
}

static bool
folder_identity_read(void *arg, const void *key, size_t key_len,
	struct reader *in)
{
	struct store *s = arg;
	struct folder_row f = { 0 };

	if (key_len != 4)
		return false;
	f.f.id = key_get_u32(key, 0);
	f.f.account = read_u32(in);
	f.f.remote_name = read_str(in);
	f.f.name = read_str(in);
	f.f.delimiter = (char)read_u8(in);
	f.f.role = read_u8(in);
	f.f.attributes = read_u32(in);
	f.by_name = read_u8(in) != 0;
	if (in->bad || f.f.role >= ROLE_COUNT) {
		folder_done(&f.f);
		return false;
	}
	*folder_row_add(s, f.f.id) = f;
	return true;
}

static bool
account_read(void *arg, const void *key, size_t key_len, struct reader *in)
{
	struct store *s = arg;
	struct account_row *a = array_push(&s->accounts);

	a->name = str_ndup(key, key_len);
	a->id = read_u32(in);
	return !in->bad;
}

bool
folders_load(struct store *s, struct error *err)
{
	return journal_each(s->journal, JOURNAL_ACCOUNT, "", 0, account_read, s, err) &&
		journal_each(s->journal, JOURNAL_FOLDER, "", 0, folder_identity_read, s,
			err);
}

void
folder_row_put(struct write *w, struct folder_row *f)
{
	struct buf b = { 0 };
	struct key k = { .len = 0 };

	key_u32(&k, f->f.id);
	buf_u32(&b, f->f.total);
	buf_u32(&b, f->f.unread);
	buf_u32(&b, f->f.uidvalidity);
	buf_u32(&b, f->f.uidnext);
	buf_u64(&b, f->f.highestmodseq);
	buf_u32(&b, f->f.lowest_uid);
	buf_u32(&b, f->f.remote_exists);
	txn_put(&w->txn, w->cache->folders, k.at, k.len, b.data, b.len);
	buf_done(&b);
}

bool
folders_load_cache(struct store *s)
{
	struct txn t = txn_reading(s->cache->env);
	struct buf b = { 0 };

	for (size_t i = 0; i < s->folders.len; i++) {
		struct folder_row *f = array_at(&s->folders, i);
		struct key k = { .len = 0 };
		key_u32(&k, f->f.id);
		if (!txn_get(&t, s->cache->folders, k.at, k.len, &b))
			buf_clear(&b);
		struct reader in = reader_of(b.data, b.len);
		f->f.total = read_u32(&in);
		f->f.unread = read_u32(&in);
		f->f.uidvalidity = read_u32(&in);
		f->f.uidnext = read_u32(&in);
		f->f.highestmodseq = read_u64(&in);
		f->f.lowest_uid = read_u32(&in);
		f->f.remote_exists = read_u32(&in);
		f->dirty = false;
		f->wanted.set = false;
	}
	buf_done(&b);
	return t.failed == 0;
}

// --- as shown ----------------------------------------------------------------------

// `name` below or at `from` becomes the same at `to`; NULL when it is elsewhere.
static char *
folder_renamed(const char *name, const char *from, const char *to)
{
	size_t len = strlen(from);

	if (strncmp(name, from, len) != 0 || (name[len] != '\0' && name[len] != '/'))
		return NULL;
	return str_printf("%s%s", to, name + len);
}

bool
folder_move_name(struct folder_row *f, const char *from, const char *to)
{
	char *name = from == NULL || to == NULL ? NULL :
		folder_renamed(f->f.name, from, to);

	if (name == NULL)
		return false;
	free(f->f.name);
	f->f.name = name;
	return true;
}

static void
folders_overlay_rename(struct store *s, const struct op *op)
{
	const struct folder_row *source = folder_row(s, op->folder);

	if (source == NULL)
		return;
	char *from = str_dup(source->shown_name);
	for (size_t i = 0; i < s->folders.len; i++) {
		struct folder_row *f = array_at(&s->folders, i);
		// One that was made here later has that name for itself.
		char *name = f->f.account != op->account || f->unmade ? NULL :
			folder_renamed(f->shown_name, from, op->name);
		if (name == NULL)
			continue;
		free(f->shown_name);
		f->shown_name = name;
	}
	free(from);
}

void
folders_overlay(struct store *s)
{
	for (size_t i = 0; i < s->folders.len; i++) {
		struct folder_row *f = array_at(&s->folders, i);
		str_set(&f->shown_name, f->f.name);
		f->shown_attributes = f->f.attributes;
		f->hidden = false;
		f->unmade = operations_will_make(&s->operations, f->f.id);
	}
	for (size_t i = 0; i < s->operations.items.len; i++) {
		const struct op *op = *(struct op **)array_at(&s->operations.items, i);
		struct folder_row *f = folder_row(s, op->folder);
		if (f == NULL || op->state == OPERATION_FAILED)
			continue;
		if (op->kind == ACT_FOLDER_RENAME)
			folders_overlay_rename(s, op);
		else if (op->kind == ACT_FOLDER_DELETE)
			f->hidden = true;
		else if (op->kind == ACT_FOLDER_CREATE)
			f->unmade = false;
		else if (op->kind == ACT_FOLDER_SUBSCRIBE && op->subscribe)
			f->shown_attributes |= FOLDER_SUBSCRIBED;
		else if (op->kind == ACT_FOLDER_SUBSCRIBE)
			f->shown_attributes &= ~(unsigned)FOLDER_SUBSCRIBED;
	}
}

static void
folder_copy(struct folder *to, const struct folder_row *from)
{
	*to = from->f;
	to->name = str_dup(from->shown_name != NULL ? from->shown_name :
		str_or_empty(from->f.name));
	to->remote_name = str_dup(from->f.remote_name);
	to->attributes = from->shown_attributes;
}

static int
folder_compare(const void *a, const void *b)
{
	const struct folder *x = a, *y = b;
	int role_x = x->role == ROLE_NONE ? ROLE_COUNT : (int)x->role;
	int role_y = y->role == ROLE_NONE ? ROLE_COUNT : (int)y->role;

	if (x->account != y->account)
		return x->account < y->account ? -1 : 1;
	if (role_x != role_y)
		return role_x - role_y;
	int names = str_compare_nocase(x->name, y->name);
	return names != 0 ? names : strcmp(x->name, y->name);
}

size_t
store_folders(struct store *s, uint32_t account, struct folder **folders_r)
{
	size_t n = 0;

	reading_begin(s);
	struct folder *all = mem_alloc(s->folders.len + 1, sizeof(*all));
	for (size_t i = 0; i < s->folders.len; i++) {
		const struct folder_row *f = array_at(&s->folders, i);
		if (!f->hidden && (account == 0 || f->f.account == account))
			folder_copy(&all[n++], f);
	}
	reading_end(s);
	qsort(all, n, sizeof(*all), folder_compare);
	*folders_r = all;
	return n;
}

static bool
folder_read(struct store *s, uint32_t id, bool hidden, struct folder *folder_r)
{
	reading_begin(s);
	const struct folder_row *f = folder_row(s, id);
	bool found = f != NULL && (hidden || !f->hidden);
	if (found)
		folder_copy(folder_r, f);
	reading_end(s);
	return found;
}

bool
store_folder(struct store *s, uint32_t id, struct folder *folder_r)
{
	return folder_read(s, id, false, folder_r);
}

bool
store_folder_any(struct store *s, uint32_t id, struct folder *folder_r)
{
	return folder_read(s, id, true, folder_r);
}

static bool
folder_is_named(const struct folder_row *f, const char *name)
{
	return str_equal(f->shown_name, name) ||
		(str_equal_nocase(name, "INBOX") && str_equal_nocase(f->shown_name, name));
}

bool
store_folder_by_role(struct store *s, uint32_t account, enum folder_role role,
	struct folder *folder_r)
{
	bool found = false;

	reading_begin(s);
	for (size_t i = 0; !found && role != ROLE_NONE && i < s->folders.len; i++) {
		const struct folder_row *f = array_at(&s->folders, i);
		found = f->f.account == account && f->f.role == role && !f->hidden;
		if (found)
			folder_copy(folder_r, f);
	}
	reading_end(s);
	return found;
}

bool
store_folder_find(struct store *s, uint32_t account, const char *name,
	struct folder *folder_r)
{
	bool found = false;

	reading_begin(s);
	for (size_t i = 0; !found && i < s->folders.len; i++) {
		const struct folder_row *f = array_at(&s->folders, i);
		found = f->f.account == account && !f->hidden && folder_is_named(f, name);
		if (found)
			folder_copy(folder_r, f);
	}
	reading_end(s);
	return found || store_folder_by_role(s, account, folder_role_from_name(name),
		folder_r);
}

// --- written ---------------------------------------------------------------------

struct account_call {
	const char *name;
	uint32_t account;
};

static bool
account_run(struct store *s, void *arg, struct error *err)
{
	struct account_call *call = arg;
	struct journal_txn t;
	struct buf b = { 0 };

	for (size_t i = 0; i < s->accounts.len; i++) {
		const struct account_row *a = array_at(&s->accounts, i);
		if (str_equal(a->name, call->name)) {
			call->account = a->id;
			return true;
		}
	}
	journal_begin(&t, s->journal);
	call->account = ++s->journal->meta.accounts;
	buf_u32(&b, call->account);
	journal_put(&t, JOURNAL_ACCOUNT, call->name, strlen(call->name), &b);
	buf_done(&b);
	if (!journal_commit(&t, err))
		return false;
	pthread_rwlock_wrlock(&s->lock);
	struct account_row *a = array_push(&s->accounts);
	*a = (struct account_row){ call->account, str_dup(call->name) };
	pthread_rwlock_unlock(&s->lock);
	return true;
}

bool
store_account(struct store *s, const char *name, uint32_t *account_r,
	struct error *err)
{
	struct account_call call = { .name = name };
	bool ok = writer_call(s, JOB_PLAY, account_run, &call, err);

	*account_r = call.account;
	return ok;
}
