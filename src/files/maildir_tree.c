// SPDX-License-Identifier: GPL-3.0-or-later
// The folders of a Maildir++ tree: all beside each other in the root, their
// levels between dots.
#include "config.h"

#include "files/maildir.h"

#include "base/error.h"
#include "base/path.h"
#include "base/str.h"
#include "files/maildir_private.h"

#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <limits.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#define TREE_FOLDERS_MAX 20000
// Not a name of a folder, as no dot is before it: on its way out.
#define TREE_DELETED "postern-deleted."

static bool
is_maildir(const char *path)
{
	char *cur = path_join(path, "cur");
	struct stat st;
	bool is = lstat(cur, &st) == 0 && S_ISDIR(st.st_mode);

	free(cur);
	return is;
}

// ".Name.Sub" to "Name/Sub"; NULL for what maildir_tree_path would not give back.
static char *
name_of(const char *file)
{
	if (file[0] != '.' || file[1] == '\0')
		return NULL;
	char *name = str_dup(file + 1);
	for (char *c = name; *c != '\0'; c++) {
		bool level = *c == '.';
		if ((unsigned char)*c < ' ' || *c == 0x7f ||
		    (level && (c == name || c[1] == '\0' || c[1] == '.'))) {
			free(name);
			return NULL;
		}
		if (level)
			*c = '/';
	}
	return name;
}

static int
compare_names(const void *a, const void *b)
{
	return strcmp(*(char *const *)a, *(char *const *)b);
}

bool
maildir_tree_list(const char *root, struct strlist *names, struct error *err)
{
	DIR *dir = opendir(root);
	struct dirent *entry;

	if (dir == NULL) {
		bool none = errno == ENOENT || errno == ENOTDIR;
		return error_errno(err, none ? ERROR_GONE : ERROR_STORE,
			"cannot open the Maildir %s", root);
	}
	size_t first = names->len;
	if (is_maildir(root))
		strlist_add(names, "");
	while ((entry = readdir(dir)) != NULL && names->len < TREE_FOLDERS_MAX) {
		char *name = name_of(entry->d_name);
		char *path = path_join(root, entry->d_name);
		if (name != NULL && is_maildir(path)) {
			strlist_take(names, name);
			name = NULL;
		}
		free(name);
		free(path);
	}
	closedir(dir);
	if (names->len > first)
		qsort(names->items + first, names->len - first,
			sizeof(*names->items), compare_names);
	return true;
}

char *
maildir_tree_path(const char *root, const char *name, struct error *err)
{
	if (name[0] == '\0')
		return str_dup(root);
	char *file = str_printf(".%s", name);
	bool ok = strlen(file) <= NAME_MAX;
	for (char *c = file + 1; *c != '\0' && ok; c++) {
		bool level = *c == '/';
		ok = *c != '.' && (unsigned char)*c >= ' ' && *c != 0x7f &&
			!(level && (c == file + 1 || c[1] == '/' || c[1] == '\0'));
		if (level)
			*c = '.';
	}
	char *path = ok ? path_join(root, file) : NULL;
	if (!ok)
		error_set(err, ERROR_INPUT, "a folder here cannot be named \"%s\": "
			"no dots, no empty levels, at most %d bytes", name,
			NAME_MAX - 1);
	free(file);
	return path;
}

// --- folders come and go -------------------------------------------------------------

// The path of a folder that can be made, renamed or deleted.
static char *
path_below(const char *root, const char *name, struct error *err)
{
	if (name[0] != '\0')
		return maildir_tree_path(root, name, err);
	error_set(err, ERROR_REFUSED, "the inbox of a Maildir stays what it is");
	return NULL;
}

static bool
none_such(const char *name, struct error *err)
{
	return error_set(err, ERROR_GONE, "there is no folder \"%s\"", name);
}

static bool
taken(const char *name, struct error *err)
{
	return error_set(err, ERROR_REFUSED, "there is a folder \"%s\" already",
		name);
}

// Maildir++ asks for an empty file that tells a folder from a whole Maildir.
static bool
mark_folder(const char *path, struct error *err)
{
	char *mark = path_join(path, "maildirfolder");
	int fd = open(mark, O_WRONLY | O_CREAT | O_NOFOLLOW | O_CLOEXEC, 0600);

	if (fd < 0)
		error_errno(err, ERROR_STORE, "cannot write %s", mark);
	else
		close(fd);
	free(mark);
	return fd >= 0;
}

bool
maildir_tree_create(const char *root, const char *name, struct error *err)
{
	char *path = path_below(root, name, err);
	struct maildir *m = NULL;

	if (path == NULL)
		return false;
	bool ok = !is_maildir(path) || taken(name, err);
	ok = ok && maildir_open(&m, path, true, err) && mark_folder(path, err) &&
		path_sync_folder(root, err);
	maildir_close(&m);
	free(path);
	return ok;
}

static bool
rename_one(const char *root, const char *from, const char *to, struct error *err)
{
	char *old = maildir_tree_path(root, from, err);
	char *new = old == NULL ? NULL : maildir_tree_path(root, to, err);
	bool ok = new != NULL;

	if (ok && renameat2(AT_FDCWD, old, AT_FDCWD, new, RENAME_NOREPLACE) != 0) {
		// Where it is not known; a folder in use is never replaced.
		if (errno == EINVAL && !path_exists(new) && rename(old, new) == 0)
			ok = true;
		else if (errno == EEXIST || errno == ENOTEMPTY)
			ok = taken(to, err);
		else
			ok = error_errno(err, ERROR_STORE,
				"cannot rename the folder \"%s\"", from);
	}
	free(old);
	free(new);
	return ok;
}

// Those below go first: cut off, the folder is still there to be renamed again.
static bool
rename_below(const char *root, const char *from, const char *to,
	const struct strlist *names, bool only_check, struct error *err)
{
	char *prefix = str_printf("%s/", from);
	bool ok = true;

	for (size_t i = 0; i < names->len && ok; i++) {
		const char *name = names->items[i];
		if (!str_has_prefix(name, prefix))
			continue;
		char *target = str_printf("%s/%s", to, name + strlen(prefix));
		char *path = maildir_tree_path(root, target, err);
		ok = path != NULL && (!path_exists(path) || taken(target, err));
		if (ok && !only_check)
			ok = rename_one(root, name, target, err);
		free(path);
		free(target);
	}
	free(prefix);
	return ok;
}

bool
maildir_tree_rename(const char *root, const char *from, const char *to,
	struct error *err)
{
	struct strlist names = {0};
	char *old = path_below(root, from, err);
	char *new = old == NULL ? NULL : path_below(root, to, err);
	char *below = str_printf("%s/", from);
	bool ok = new != NULL;

	if (ok && str_has_prefix(to, below))
		ok = error_set(err, ERROR_REFUSED,
			"a folder cannot go below itself");
	ok = ok && (is_maildir(old) || none_such(from, err)) &&
		(!path_exists(new) || taken(to, err)) &&
		maildir_tree_list(root, &names, err) &&
		rename_below(root, from, to, &names, true, err) &&
		rename_below(root, from, to, &names, false, err) &&
		rename_one(root, from, to, err) && path_sync_folder(root, err);
	strlist_done(&names);
	free(below);
	free(old);
	free(new);
	return ok;
}

// What a delete that was cut off has left.
static void
clean_deleted(const char *root)
{
	DIR *dir = opendir(root);
	struct dirent *entry;

	if (dir == NULL)
		return;
	while ((entry = readdir(dir)) != NULL) {
		if (!str_has_prefix(entry->d_name, TREE_DELETED))
			continue;
		char *path = path_join(root, entry->d_name);
		path_remove_tree(path, NULL);
		free(path);
	}
	closedir(dir);
}

bool
maildir_tree_delete(const char *root, const char *name, struct error *err)
{
	char *path = path_below(root, name, err);

	if (path == NULL)
		return false;
	char *unique = maildir_name_unique();
	char *away = str_printf("%s/" TREE_DELETED "%s", root, unique);
	bool ok = is_maildir(path) || none_such(name, err);
	// At once for everybody who looks, however long the removal takes.
	if (ok && rename(path, away) != 0)
		ok = error_errno(err, ERROR_STORE,
			"cannot delete the folder \"%s\"", name);
	ok = ok && path_sync_folder(root, err);
	if (ok)
		clean_deleted(root);
	free(unique);
	free(away);
	free(path);
	return ok;
}
