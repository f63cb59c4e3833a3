// SPDX-License-Identifier: GPL-3.0-or-later
// Runs a fuzz entry point over its corpus without libFuzzer: every file, its
// beginnings, and the file with bytes changed by a fixed rule. Prints TAP.
#include "config.h"

#include <dirent.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/buf.h"
#include "base/mem.h"
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

// From memory that ends with its last byte, so that reading on is noticed.
static void
run(const char *data, size_t len)
{
	uint8_t *copy = mem_copy(data, len);

	LLVMFuzzerTestOneInput(copy, len);
	free(copy);
}

// What single bytes seldom become.
static const char *const pieces[] = {
	"\r\n", "\n\n", "--", "=?", "?=", "\x1b[", "\xe2\x80\xae", "\xc2\x9b",
	"\xf0\x9f\x91\xa8", "\xcc\x81", "\\", "\"", "(", ":", ",", ";",
	"message/rfc822", "multipart/mixed; boundary=a", "<b>", "</", "&#",
};

static void
replay(const struct buf *file)
{
	uint32_t state = 1;

	run(buf_text(file), file->len);
	for (size_t i = 1; i < CUTS; i++)
		run(buf_text(file), file->len * i / CUTS);
	for (int i = 0; i < CHANGES && file->len > 0; i++) {
		struct buf changed = {0};
		buf_add(&changed, file->data, file->len);
		uint32_t bytes = 1 + next_number(&state) % 4;
		for (uint32_t k = 0; k < bytes; k++) {
			size_t at = next_number(&state) % changed.len;
			static const char odd[] = "\0\r\n.+- 019<>%\377";
			char c = odd[next_number(&state) % (sizeof(odd) - 1)];
			const char *piece = pieces[next_number(&state) %
				(sizeof(pieces) / sizeof(*pieces))];
			uint32_t how = next_number(&state) % 6;
			if (how < 2)
				buf_insert(&changed, at, &c, 1);
			else if (how == 2)
				buf_insert(&changed, at, piece, strlen(piece));
			else if (how == 3) // the rest once more
				buf_insert(&changed, at, file->data + at % file->len,
					file->len - at % file->len);
			else
				changed.data[at] = c;
		}
		run(changed.data, changed.len);
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
