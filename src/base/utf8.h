// SPDX-License-Identifier: GPL-3.0-or-later
// The door to libunistring: UTF-8 that may be broken, the cells a text takes on
// a terminal, and the filter through which every remote byte passes. Nothing
// here looks at the locale.
#ifndef BASE_UTF8_H
#define BASE_UTF8_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

struct buf;

// Decodes the character at s (len > 0 bytes left). Returns the bytes used, at
// least 1; a broken sequence gives U+FFFD and uses one byte.
size_t utf8_decode(const char *s, size_t len, uint32_t *c_r);
// Writes 1 to 4 bytes to out; returns how many.
size_t utf8_encode(uint32_t c, char out[4]);
bool utf8_valid(const char *s, size_t len);
// Copies with every broken byte replaced by U+FFFD.
char *utf8_clean(const char *s, size_t len);

// A grapheme cluster is what a reader takes for one character: a letter with
// its marks, a flag, an emoji sequence. Returns its length in bytes at s
// (len > 0), *cells_r the terminal cells that it takes: 0, 1 or 2.
size_t utf8_cluster(const char *s, size_t len, int *cells_r);
// Where the cluster before byte `at` begins.
size_t utf8_cluster_back(const char *s, size_t at);
// Cells of the whole text. Control characters count 0: filter first.
int utf8_cells(const char *s);
// The most bytes of s that fit into `cells`, cut between clusters; *used_r
// (may be NULL) the cells really used.
size_t utf8_fit(const char *s, int cells, int *used_r);

// One line of remote text made safe to show: C0, C1, DEL, ESC, line ends and
// tabs become one space; bidirectional controls, zero-width and other invisible
// format characters (but for ZWJ and variation selectors inside a cluster) and
// private use are dropped; broken bytes become U+FFFD; more than
// UTF8_STACK_MAX combining marks on one letter are dropped. Appends to out.
void utf8_filter_line(struct buf *out, const char *s, size_t len);
// The same for text of several lines: keeps \n (CR LF and lone CR become \n)
// and expands nothing; tabs are kept.
void utf8_filter_text(struct buf *out, const char *s, size_t len);
#define UTF8_STACK_MAX 4

// Folded for comparing without case and in compatible forms (NFKC casefold);
// for searching, sorting and subjects. Never NULL.
char *utf8_fold(const char *s);
// word and text both folded already: plain substring search.
bool utf8_contains_folded(const char *text, const char *word);
// True if letters of several alphabets stand together that look alike or never
// meet in one word: Latin and Cyrillic, not Latin beside Chinese or Japanese.
bool utf8_mixes_scripts(const char *s);

#endif
