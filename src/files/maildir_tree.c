// SPDX-License-Identifier: GPL-3.0-or-later
// The folders of a Maildir++ tree: all beside each other in the root, their
// levels between dots.
#include "config.h"

#include "files/maildir.h"

#include "base/error.h"
#include "base/path.h"
#include "base/str.h"

#include <dirent.h>
#include <errno.h>
#include <limits.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>

#define TREE_FOLDERS_MAX 20000

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
