// SPDX-License-Identifier: GPL-3.0-or-later
// What the beginning of a path may become, on this disk.
#include "config.h"

#include "command/script.h"

#include "base/buf.h"
#include "base/path.h"
#include "base/str.h"
#include "base/utf8.h"

#include <dirent.h>
#include <fcntl.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>

#define PATHS_MAX 500

static int
by_name(const void *a, const void *b)
{
	return strcmp(*(char *const *)a, *(char *const *)b);
}

// A link to a folder is gone into, too.
static bool
is_folder(DIR *dir, const struct dirent *entry)
{
	struct stat st;

	if (entry->d_type == DT_DIR)
		return true;
	return (entry->d_type == DT_LNK || entry->d_type == DT_UNKNOWN) &&
		fstatat(dirfd(dir), entry->d_name, &st, 0) == 0 && S_ISDIR(st.st_mode);
}

static bool
is_offered(const char *name, const char *base)
{
	struct buf safe = {0};
	size_t len = strlen(name);

	if (str_equal(name, ".") || str_equal(name, "..") ||
		(name[0] == '.' && base[0] != '.') || !str_has_prefix(name, base) ||
		!utf8_valid(name, len))
		return false;
	// One that cannot be shown as it is cannot be chosen by what is shown.
	utf8_filter_line(&safe, name, len);
	bool same = str_equal(buf_text(&safe), name);
	buf_done(&safe);
	return same;
}

void
script_complete_path(const char *typed, struct strlist *words)
{
	if (str_equal(typed, "~")) {
		strlist_add(words, "~/");
		return;
	}
	const char *base = path_base(typed);
	char *before = str_ndup(typed, (size_t)(base - typed));
	char *folder = path_expand(*before != '\0' ? before : ".");
	DIR *dir = opendir(folder);
	struct dirent *entry;
	size_t first = words->len;

	while (dir != NULL && (entry = readdir(dir)) != NULL &&
		words->len - first < PATHS_MAX) {
		if (is_offered(entry->d_name, base))
			strlist_take(words, str_printf("%s%s%s", before, entry->d_name,
				is_folder(dir, entry) ? "/" : ""));
	}
	if (dir != NULL)
		closedir(dir);
	if (words->len - first > 1)
		qsort(words->items + first, words->len - first, sizeof(char *), by_name);
	free(folder);
	free(before);
}
