// SPDX-License-Identifier: GPL-3.0-or-later
// What lies in a Maildir just now: a listing that holds while other programs
// rename, in which each message is there once and has its UID.
#include "config.h"

#include "files/maildir_private.h"

#include "base/error.h"
#include "base/log.h"
#include "base/mem.h"
#include "base/str.h"
#include "base/path.h"
#include "base/when.h"

#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

// A folder's time of change is trusted when it was this much older than the
// look at it: file systems count in steps of up to two seconds.
#define STAMP_STEP 2
// Two names of one file are one name too many when nothing has touched them
// for this long; before, somebody may be about to remove one.
#define TWIN_AGE 30

// A file as a listing saw it; the file may have another name by now.
struct found {
	char *base;
	char *file;
	uint32_t uid;
	uint64_t size;
	int64_t received;
};

static void
found_done(struct found *f)
{
	free(f->base);
	free(f->file);
}

static int
compare_found_base(const void *a, const void *b)
{
	const struct found *left = a, *right = b;
	int order = strcmp(left->base, right->base);

	return order != 0 ? order : strcmp(left->file, right->file);
}

static int
compare_found_uid(const void *a, const void *b)
{
	const struct found *left = a, *right = b;

	return (left->uid > right->uid) - (left->uid < right->uid);
}

static int
compare_found_received(const void *a, const void *b)
{
	const struct found *left = a, *right = b;

	if (left->received != right->received)
		return left->received < right->received ? -1 : 1;
	return strcmp(left->base, right->base);
}

// Messages are regular files: a link, a pipe or a folder is none. By the file
// system's word where it gives it, else by asking.
static bool
is_message(int folder, const struct dirent *entry)
{
	struct stat st;

	if (entry->d_name[0] == '.')
		return false;
	if (entry->d_type != DT_UNKNOWN)
		return entry->d_type == DT_REG;
	return fstatat(folder, entry->d_name, &st, AT_SYMLINK_NOFOLLOW) == 0 &&
		S_ISREG(st.st_mode);
}

static bool
folder_names(struct maildir *m, int folder, const char *label,
	struct strlist *names, struct error *err)
{
	int fd = openat(folder, ".", O_RDONLY | O_DIRECTORY | O_CLOEXEC);
	DIR *dir = fd < 0 ? NULL : fdopendir(fd);
	struct dirent *entry;

	if (dir == NULL) {
		error_errno(err, ERROR_STORE, "cannot list %s/%s", m->path, label);
		if (fd >= 0)
			close(fd);
		return false;
	}
	errno = 0;
	while ((entry = readdir(dir)) != NULL) {
		if (is_message(folder, entry))
			strlist_add(names, entry->d_name);
		if (names->len >= MAILDIR_FILES_MAX) {
			log_error("%s/%s: not shown: what is past %d files", m->path,
				label, MAILDIR_FILES_MAX);
			break;
		}
		errno = 0;
	}
	bool ok = errno == 0;
	if (!ok)
		error_errno(err, ERROR_STORE, "cannot list %s/%s", m->path, label);
	closedir(dir);
	return ok;
}

// What cannot be moved (a name too long, a folder that one may only read) stays
// in new/ and is a message all the same.
static void
move_new(struct maildir *m, const struct strlist *names)
{
	for (size_t i = 0; i < names->len; i++) {
		const char *name = names->items[i];
		char *base = maildir_name_base(name);
		char *to = str_equal(base, name) ? str_printf("%s:2,", name)
		                                 : str_dup(name);
		maildir_rename(m, m->new, name, m->cur, to);
		free(base);
		free(to);
	}
}

static void
found_add(struct array *found, const char *folder, const struct strlist *names)
{
	for (size_t i = 0; i < names->len; i++) {
		struct found *f = array_push(found);
		f->file = str_printf("%s/%s", folder, names->items[i]);
		f->base = maildir_name_base(names->items[i]);
	}
}

static struct timespec
stamp(int folder)
{
	struct stat st;

	return fstat(folder, &st) == 0 ? st.st_mtim : (struct timespec){0};
}

// One look: the stamps are taken before, so that what happens meanwhile makes
// the next look a real one.
static bool
list_once(struct maildir *m, struct array *found, struct error *err)
{
	struct strlist fresh = {0}, names = {0};
	bool ok;

	clock_gettime(CLOCK_REALTIME, &m->listed_at);
	m->new_stamp = stamp(m->new);
	ok = folder_names(m, m->new, "new", &fresh, err);
	if (ok && fresh.len > 0) {
		move_new(m, &fresh);
		strlist_done(&fresh);
		ok = folder_names(m, m->new, "new", &fresh, err);
	}
	m->cur_stamp = stamp(m->cur);
	ok = ok && folder_names(m, m->cur, "cur", &names, err);
	if (ok) {
		found_add(found, "new", &fresh);
		found_add(found, "cur", &names);
	}
	strlist_done(&fresh);
	strlist_done(&names);
	return ok;
}

// --- two names with one base -------------------------------------------------------

static bool
found_stat(struct maildir *m, const struct found *f, struct stat *st_r)
{
	return fstatat(m->root, f->file, st_r, AT_SYMLINK_NOFOLLOW) == 0;
}

// Another message under a base that is taken: it gets one of its own.
static bool
twin_rename(struct maildir *m, struct found *twin)
{
	const char *info = twin->file + strlen("cur/") + strlen(twin->base);
	char *base = maildir_name_unique();
	char *file = str_printf("cur/%s%s", base, info[0] == '\0' ? ":2," : info);

	if (!maildir_rename(m, m->root, twin->file, m->root, file)) {
		log_error("cannot rename %s/%s, whose name is taken twice", m->path,
			twin->file);
		free(base);
		free(file);
		return false;
	}
	found_done(twin);
	twin->base = base;
	twin->file = file;
	return true;
}

// The lock keeps two of us from removing one name each.
static void
twin_unlink(struct maildir *m, const struct found *keep, const struct found *twin)
{
	struct stat a, b;
	int lock = maildir_lock(m, NULL);

	if (lock < 0)
		return;
	if (found_stat(m, keep, &a) && found_stat(m, twin, &b) &&
	    a.st_ino == b.st_ino && a.st_dev == b.st_dev &&
	    maildir_step(m, "unlink"))
		unlinkat(m->root, twin->file, 0);
	close(lock);
}

// True when `b` stays, as a message of its own. `a` and `b` may change places.
static bool
twins_settle(struct maildir *m, struct found *a, struct found *b)
{
	struct stat sa, sb;

	if (strcmp(a->file, b->file) == 0)
		return false; // seen in two looks
	bool there_a = found_stat(m, a, &sa);
	bool there_b = found_stat(m, b, &sb);
	const struct maildir_entry *known =
		maildir_entry_at(m, maildir_uids_get(m, a->base));
	if (!there_a || (there_b && known != NULL &&
	    strcmp(known->file, b->file) == 0)) {
		// The name of `a` is an old one, or `b` had the base before.
		struct found swap = *a;
		*a = *b;
		*b = swap;
		struct stat st = sa;
		sa = sb;
		sb = st;
	}
	if (!there_a || !there_b)
		return false;
	if (sa.st_ino != sb.st_ino || sa.st_dev != sb.st_dev)
		return twin_rename(m, b);
	if (sa.st_nlink > 1 && sa.st_ctime < when_now() - TWIN_AGE)
		twin_unlink(m, a, b);
	return false;
}

// After this each base is there once. A twin that could not be renamed is told:
// it cannot be shown.
static void
drop_twins(struct maildir *m, struct array *found)
{
	size_t kept = 0, first = 0;
	char *base = NULL; // of the group: a twin's own base changes

	array_sort(found, compare_found_base);
	for (size_t i = 0; i < found->len; i++) {
		struct found *f = array_at(found, i);
		bool twin = base != NULL && strcmp(base, f->base) == 0;
		if (twin && !twins_settle(m, array_at(found, first), f)) {
			found_done(f);
			continue;
		}
		if (!twin) {
			str_set(&base, f->base);
			first = kept;
		}
		struct found *to = array_at(found, kept++);
		if (to != f)
			*to = *f;
	}
	found->len = kept;
	free(base);
}

// --- from a listing to entries -------------------------------------------------------

static size_t
count_known(struct maildir *m, struct array *found)
{
	size_t known = 0;

	for (size_t i = 0; i < found->len; i++) {
		struct found *f = array_at(found, i);
		f->uid = maildir_uids_get(m, f->base);
		if (f->uid != 0 && maildir_entry_at(m, f->uid) != NULL)
			known++;
	}
	return known;
}

// Sizes and times of files that were not known; those that are gone meanwhile
// go from the list.
static void
measure(struct maildir *m, struct array *found)
{
	size_t kept = 0;
	struct stat st;

	for (size_t i = 0; i < found->len; i++) {
		struct found *f = array_at(found, i);
		const struct maildir_entry *e =
			f->uid == 0 ? NULL : maildir_entry_at(m, f->uid);
		if (e != NULL) {
			f->size = e->size;
			f->received = e->received;
		} else if (found_stat(m, f, &st) && S_ISREG(st.st_mode)) {
			f->size = (uint64_t)st.st_size;
			f->received = st.st_mtime;
		} else {
			found_done(f);
			m->new_stamp = m->cur_stamp = (struct timespec){0};
			continue;
		}
		struct found *to = array_at(found, kept++);
		if (to != f)
			*to = *f;
	}
	found->len = kept;
}

// In the order of their coming. The bases are lent from `found`.
static bool
give_uids(struct maildir *m, struct array *found, struct error *err)
{
	struct array fresh = ARRAY_OF(struct found);
	bool ok = true;

	for (size_t i = 0; i < found->len; i++) {
		struct found *f = array_at(found, i);
		if (f->uid == 0)
			*(struct found *)array_push(&fresh) = *f;
	}
	if (fresh.len > 0) {
		const char **bases = mem_alloc(fresh.len, sizeof(*bases));
		uint32_t *uids = mem_alloc(fresh.len, sizeof(*uids));
		array_sort(&fresh, compare_found_received);
		for (size_t i = 0; i < fresh.len; i++)
			bases[i] = ((struct found *)array_at(&fresh, i))->base;
		ok = maildir_uids_assign(m, bases, fresh.len, uids, err);
		free(bases);
		free(uids);
	}
	for (size_t i = 0; ok && i < found->len; i++) {
		struct found *f = array_at(found, i);
		f->uid = maildir_uids_get(m, f->base);
	}
	array_done(&fresh);
	return ok;
}

// Keeps what `found` holds.
static void
take_entries(struct maildir *m, struct array *found)
{
	struct array entries = ARRAY_OF(struct maildir_entry);

	array_sort(found, compare_found_uid);
	for (size_t i = 0; i < found->len; i++) {
		struct found *f = array_at(found, i);
		struct maildir_entry *e = array_push(&entries);
		e->uid = f->uid;
		e->base = f->base;
		e->file = f->file;
		e->size = f->size;
		e->received = f->received;
		maildir_name_flags(&m->keywords, path_base(f->file), &e->flags);
	}
	array_clear(found);
	maildir_entries_clear(&m->entries);
	array_done(&m->entries);
	m->entries = entries;
}

static bool
still_there(struct maildir *m, struct error *err)
{
	struct stat st, cur;

	if (stat(m->path, &st) != 0 || st.st_dev != m->dev || st.st_ino != m->ino ||
	    fstat(m->cur, &cur) != 0 || cur.st_nlink == 0)
		return error_set(err, ERROR_GONE,
			"the folder %s is no longer there", m->path);
	return true;
}

static bool
stamp_holds(struct timespec then, struct timespec now, struct timespec listed)
{
	return then.tv_sec == now.tv_sec && then.tv_nsec == now.tv_nsec &&
		now.tv_sec + STAMP_STEP < listed.tv_sec;
}

static bool
unchanged(struct maildir *m)
{
	return m->listed &&
		stamp_holds(m->new_stamp, stamp(m->new), m->listed_at) &&
		stamp_holds(m->cur_stamp, stamp(m->cur), m->listed_at);
}

// A keyword got its letter, or another name.
static void
flags_again(struct maildir *m)
{
	for (size_t i = 0; i < m->entries.len; i++) {
		struct maildir_entry *e = array_at(&m->entries, i);
		flags_done(&e->flags);
		maildir_name_flags(&m->keywords, path_base(e->file), &e->flags);
	}
}

bool
maildir_list(struct maildir *m, bool force, struct error *err)
{
	struct array found = ARRAY_OF(struct found);
	uint32_t validity = m->uids.validity;
	unsigned keywords = m->keywords.version;
	bool ok = false;

	if (!still_there(m, err) || !maildir_uids_load(m, err))
		return false;
	maildir_keywords_refresh(m);
	if (m->uids.validity != validity) {
		maildir_entries_clear(&m->entries);
		m->listed = false;
	}
	if (!force && unchanged(m)) {
		if (m->keywords.version != keywords)
			flags_again(m);
		return true;
	}
	uint32_t next = m->uids.next, now = m->uids.validity;
	if (!list_once(m, &found, err))
		goto out;
	drop_twins(m, &found);
	// A file that is renamed while a folder is read may be seen under neither
	// name: what is missing must be missing twice.
	if (count_known(m, &found) < m->entries.len) {
		if (!list_once(m, &found, err))
			goto out;
		drop_twins(m, &found);
		count_known(m, &found);
	}
	measure(m, &found);
	if (!give_uids(m, &found, err))
		goto out;
	if (m->uids.validity != now) { // numbered anew meanwhile: look again
		maildir_entries_clear(&m->entries);
		m->listed = false;
		error_set(err, ERROR_GONE, "the messages in %s have other numbers "
			"now", m->path);
		goto out;
	}
	take_entries(m, &found);
	m->listed = true;
	maildir_uids_compact(m, next);
	ok = true;
out:
	for (size_t i = 0; i < found.len; i++)
		found_done(array_at(&found, i));
	array_done(&found);
	return ok;
}
