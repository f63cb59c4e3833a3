// SPDX-License-Identifier: GPL-3.0-or-later
// Scores names by typed letters: a beginning is best, then the beginnings of
// words, then letters that stand together.
#include "config.h"

#include "ui/widget/fuzzy.h"

#include <stdbool.h>
#include <stdlib.h>
#include <string.h>
#include "base/mem.h"
#include "base/str.h"
#include "base/utf8.h"

#define FUZZY_PREFIX 1000
#define FUZZY_WHOLE 100        // which end where a word does
#define FUZZY_TOGETHER 400     // all letters together, somewhere
#define FUZZY_WORD 20          // a letter that begins a word
#define FUZZY_NEXT 10          // a letter behind the one before
#define FUZZY_LEN_MAX 300      // letters compared

static bool
fuzzy_begins_word(const char *name, size_t at)
{
	return at == 0 || strchr(" -_./:", name[at - 1]);
}

static bool
fuzzy_ends_word(const char *name, size_t at)
{
	return !name[at] || fuzzy_begins_word(name, at + 1);
}

static int
fuzzy_letters(const char *name, const char *typed)
{
	int score = 0;
	size_t last = 0, at = 0;

	for (; *typed; typed++) {
		if (*typed == ' ')
			continue;
		while (name[at] && name[at] != *typed)
			at++;
		if (!name[at] || at > FUZZY_LEN_MAX)
			return -1;
		if (fuzzy_begins_word(name, at))
			score += FUZZY_WORD;
		if (at > 0 && last == at)
			score += FUZZY_NEXT;
		last = ++at;
	}
	return score;
}

int
fuzzy_score(const char *name, const char *typed)
{
	if (!*typed)
		return 0;
	char *n = utf8_fold(name), *t = utf8_fold(typed);
	const char *within = strstr(n, t);
	int score = fuzzy_letters(n, t);

	if (within == n)
		score += FUZZY_PREFIX + (fuzzy_ends_word(n, strlen(t)) ? FUZZY_WHOLE : 0);
	else if (within)
		score += FUZZY_TOGETHER + (fuzzy_begins_word(n, within - n) ? FUZZY_WORD : 0);
	// Of equal ones the shorter is nearer to what was typed.
	if (score >= 0) {
		size_t len = strlen(n);

		score = score * 2 + (len < 100 ? (int)(100 - len) / 10 : 0);
	}
	free(n);
	free(t);
	return score;
}

enum fuzzy_fit
fuzzy_fit(const char *name, const char *typed)
{
	char *n = utf8_fold(name), *t = utf8_fold(typed);
	const char *within = strstr(n, t);
	enum fuzzy_fit fit = fuzzy_letters(n, t) >= 0 ? FUZZY_SCATTERED : FUZZY_NOT;

	if (within == n)
		fit = !n[strlen(t)] ? FUZZY_IS : fuzzy_ends_word(n, strlen(t))
			? FUZZY_WORD_IS : FUZZY_BEGINS;
	else if (within)
		fit = FUZZY_WITHIN;

	free(n);
	free(t);
	return fit;
}

bool
fuzzy_is_clear(const struct strlist *words, const size_t *order, size_t n,
	const char *typed)
{
	if (n == 0)
		return false;
	const char *best = words->items[order[0]];
	enum fuzzy_fit fit = fuzzy_fit(best, typed);

	for (size_t i = 1; i < n; i++) {
		const char *other = words->items[order[i]];

		if (fuzzy_fit(other, typed) >= fit && !(fit >= FUZZY_BEGINS &&
		    str_has_prefix(other, best)))
			return false;
	}
	return true;
}

struct fuzzy_item {
	size_t at;
	int score;
};

static int
fuzzy_compare(const void *a, const void *b)
{
	const struct fuzzy_item *x = a, *y = b;

	if (x->score != y->score)
		return y->score > x->score ? 1 : -1;
	return x->at < y->at ? -1 : x->at > y->at;
}

size_t
fuzzy_order(const struct strlist *words, const char *typed, size_t **order_r)
{
	struct fuzzy_item *items = mem_alloc(words->len + 1, sizeof *items);
	size_t n = 0;

	for (size_t i = 0; i < words->len; i++) {
		int score = fuzzy_score(words->items[i], typed);

		if (score >= 0)
			items[n++] = (struct fuzzy_item){ i, score };
	}
	qsort(items, n, sizeof *items, fuzzy_compare);
	*order_r = mem_alloc(n + 1, sizeof **order_r);
	for (size_t i = 0; i < n; i++)
		(*order_r)[i] = items[i].at;
	free(items);
	return n;
}
