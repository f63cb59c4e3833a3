// SPDX-License-Identifier: GPL-3.0-or-later
// Runs a fuzz entry point over its corpus without libFuzzer: every file, its
// beginnings, and the file with bytes changed by a fixed rule. Prints TAP.
#include "config.h"

#include <dirent.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/buf.h"
#include "base/path.h"
#include "base/str.h"
#include "tests/fuzz/fuzz.h"

#define FILE_MAX (1024 * 1024)
#define CUTS 40       // beginnings of each file
#define CHANGES 200   // changed copies of each file

// The same everywhere: a failure can be repeated.
static uint32_t
next_number(uint32_t *state)
{
	*state = *state * 1664525 + 1013904223;
	return *state >> 8;
}

static void
replay(const struct buf *file)
{
	uint32_t state = 1;

	LLVMFuzzerTestOneInput((const uint8_t *)file->data, file->len);
	for (size_t i = 1; i < CUTS; i++)
		LLVMFuzzerTestOneInput((const uint8_t *)file->data,
			file->len * i / CUTS);
	for (int i = 0; i < CHANGES && file->len > 0; i++) {
		struct buf changed = {0};
		buf_add(&changed, file->data, file->len);
		uint32_t bytes = 1 + next_number(&state) % 4;
		for (uint32_t k = 0; k < bytes; k++) {
			size_t at = next_number(&state) % changed.len;
			static const char odd[] = "\0\r\n.+- 019<>%\377";
			char c = odd[next_number(&state) % (sizeof(odd) - 1)];
			if (next_number(&state) % 3 == 0)
				buf_insert(&changed, at, &c, 1);
			else
				changed.data[at] = c;
		}
		LLVMFuzzerTestOneInput((const uint8_t *)changed.data, changed.len);
		buf_done(&changed);
	}
}

int
main(void)
{
	const char *source = getenv("top_srcdir");
	char *folder = str_printf("%s/tests/fuzz/%s", source != NULL ? source : ".",
		FUZZ_CORPUS);
	struct strlist names = {0};
	struct dirent *entry;
	DIR *dir = opendir(folder);

	if (dir == NULL) {
		printf("Bail out! no corpus at %s\n", folder);
		return 1;
	}
	while ((entry = readdir(dir)) != NULL)
		if (entry->d_name[0] != '.')
			strlist_add(&names, entry->d_name);
	closedir(dir);
	printf("1..%zu\n", names.len);
	for (size_t i = 0; i < names.len; i++) {
		char *path = path_join(folder, names.items[i]);
		struct buf file = {0};
		bool ok = path_read(path, FILE_MAX, &file, NULL);
		if (ok)
			replay(&file);
		printf("%sok %zu - %s\n", ok ? "" : "not ", i + 1, names.items[i]);
		fflush(stdout);
		buf_done(&file);
		free(path);
	}
	strlist_done(&names);
	free(folder);
	return 0;
}
