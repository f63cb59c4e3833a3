// SPDX-License-Identifier: GPL-3.0-or-later
// Files of their own and not bodies of the cache: the cache may be thrown away, and
// after an expunge nobody else has the message.
#include "config.h"

#include "store/kept.h"

#include "base/buf.h"
#include "base/error.h"
#include "base/log.h"
#include "base/map.h"
#include "base/path.h"
#include "base/str.h"
#include "store/bodies.h"
#include "store/inside.h"
#include "store/places.h"
#include "store/rows.h"

#include <dirent.h>
#include <fcntl.h>
#include <stdlib.h>
#include <unistd.h>

#define KEPT_FOLDER "undo"
// So many files are synced one by one; more, with all else on their disk.
#define KEPT_SYNC_FEW 4

static bool
kept_row(struct store *s, uint64_t root, uint64_t *id_r, int64_t *received_r)
{
	struct row row;
	struct view v;

	if (!view_open(&v, s))
		return false;
	bool found = places_find(&v.txn, v.cache, root, id_r) &&
		rows_load(&v.txn, v.cache, *id_r, &row);
	if (found) {
		*received_r = row.received;
		row_done(&row);
	}
	return view_close(&v) && found;
}

static bool
kept_file(const char *path, const struct buf *b, bool sync)
{
	int fd = open(path, O_WRONLY | O_CREAT | O_TRUNC | O_CLOEXEC | O_NOFOLLOW,
		0600);

	if (fd < 0)
		return false;
	bool ok = path_write_all(fd, b->data, b->len) && (!sync || fsync(fd) == 0);
	ok = close(fd) == 0 && ok;
	if (!ok)
		unlink(path);
	return ok;
}

// *bytes_r: how much more there may be.
static bool
kept_message(struct store *s, struct op *op, struct op_message *m,
	const char *folder, size_t *bytes_r)
{
	struct error err = { 0 };
	struct buf b = { 0 };
	uint64_t id, have = 0;
	bool whole = false;

	if (!kept_row(s, m->root, &id, &m->received) ||
		!store_raw_state(s, id, &have, &whole) || !whole || have > *bytes_r)
		return false;
	*bytes_r -= (size_t)have;
	char *path = str_printf("%s/%llu-%u.eml", folder,
		(unsigned long long)op->seq, m->index);
	bool ok = store_raw_read(s, id, 0, (size_t)have, &b, &err) &&
		b.len == have && kept_file(path, &b, op->n <= KEPT_SYNC_FEW);
	if (ok) {
		free(m->path);
		m->path = path;
	} else {
		free(path);
	}
	buf_done(&b);
	return ok;
}

static bool
kept_sync(const char *folder, bool all)
{
	int fd = open(folder, O_RDONLY | O_DIRECTORY | O_CLOEXEC);

	if (fd < 0)
		return false;
	bool ok = (all ? syncfs(fd) : fsync(fd)) == 0;
	close(fd);
	return ok;
}

void
kept_write(struct store *s, struct op *op)
{
	size_t bytes = OPERATION_KEPT_MAX, kept = 0;
	struct error err = { 0 };

	if (op->no_undo || op->step == 0)
		return;
	char *folder = path_join(s->mail, KEPT_FOLDER);
	bool ok = path_make_folder(folder, &err);
	for (size_t i = 0; ok && i < op->n; i++)
		kept += kept_message(s, op, &op->messages[i], folder, &bytes);
	ok = ok && (kept == 0 || kept_sync(folder, op->n > KEPT_SYNC_FEW));
	for (size_t i = 0; !ok && i < op->n; i++) {
		free(op->messages[i].path);
		op->messages[i].path = NULL;
	}
	if (!ok)
		log_error("%s cannot be kept for undo", op->title);
	free(folder);
}

// --- what nothing needs --------------------------------------------------------------

static void
kept_name(struct map *names, const struct op *op)
{
	if (op->path != NULL)
		map_put(names, path_base(op->path), names);
	for (size_t i = 0; i < op->n; i++) {
		if (op->messages[i].path != NULL)
			map_put(names, path_base(op->messages[i].path), names);
	}
}

static bool
kept_history(void *arg, const void *key, size_t key_len, struct reader *in)
{
	struct op *op = op_unpack(in);
	bool ok = op != NULL;

	(void)key;
	(void)key_len;
	if (ok)
		kept_name(arg, op);
	op_free(&op);
	return ok;
}

// False: some are not known, so none may go.
static bool
kept_names(struct store *s, struct map *names)
{
	struct error err = { 0 };

	for (size_t i = 0; i < s->operations.items.len; i++)
		kept_name(names, *(struct op **)array_at(&s->operations.items, i));
	for (size_t i = 0; i < s->owed.len; i++)
		kept_name(names, *(struct op **)array_at(&s->owed, i));
	return journal_each(s->journal, JOURNAL_HISTORY, "", 0, kept_history, names,
		&err);
}

void
kept_sweep(struct store *s)
{
	char *folder = path_join(s->mail, KEPT_FOLDER);
	DIR *dir = opendir(folder);
	struct map *names = map_new();
	struct dirent *e;

	s->kept_old = false;
	if (dir != NULL && kept_names(s, names)) {
		while ((e = readdir(dir)) != NULL) {
			if (e->d_name[0] != '.' && map_get(names, e->d_name) == NULL)
				unlinkat(dirfd(dir), e->d_name, 0);
		}
	}
	if (dir != NULL)
		closedir(dir);
	map_free(&names, NULL);
	free(folder);
}
