// SPDX-License-Identifier: GPL-3.0-or-later
// Bytes without a name, or with one that cannot be: which charset they look like.
// Wrong guesses are worst where nothing was wrong, so each must fit as a whole.
#include "config.h"

#include "mail/charset.h"

#include <stdbool.h>
#include <stdint.h>
#include <string.h>

#define LOOK_MAX (64 * 1024)  // bytes looked at
#define PAIRS_MIN 3           // double bytes below which nothing is said
#define LETTERS_MIN 6

// How a text fits a charset of double bytes.
struct pairs {
	size_t pairs, bad;
	size_t kana;       // of Japanese
	size_t often;      // among the frequent ones
	size_t rare;       // where Korean has next to none
	size_t low;        // second bytes that are ASCII
};

static bool
within(unsigned char c, unsigned char from, unsigned char to)
{
	return c >= from && c <= to;
}

// Of EUC, which Japanese, Korean and Chinese share.
static struct pairs
pairs_of_euc(const unsigned char *s, size_t len)
{
	struct pairs p = {0};

	for (size_t i = 0; i < len; i++) {
		if (s[i] < 0x80)
			continue;
		if (i + 1 == len || !within(s[i], 0xa1, 0xfe) ||
		    !within(s[i + 1], 0xa1, 0xfe)) {
			p.bad++;
			continue;
		}
		p.pairs++;
		p.kana += (s[i] == 0xa4 && s[i + 1] <= 0xf3) ||
			(s[i] == 0xa5 && s[i + 1] <= 0xf6);
		p.rare += s[i] > 0xc8;
		i++;
	}
	return p;
}

static struct pairs
pairs_of_shift_jis(const unsigned char *s, size_t len)
{
	struct pairs p = {0};

	for (size_t i = 0; i < len; i++) {
		if (s[i] < 0x80 || within(s[i], 0xa1, 0xdf)) // half-wide kana
			continue;
		if (i + 1 == len || s[i] == 0x80 || s[i] == 0xa0 || s[i] > 0xfc ||
		    !within(s[i + 1], 0x40, 0xfc) || s[i + 1] == 0x7f) {
			p.bad++;
			continue;
		}
		p.pairs++;
		p.kana += (s[i] == 0x82 && within(s[i + 1], 0x9f, 0xf1)) ||
			(s[i] == 0x83 && within(s[i + 1], 0x40, 0x96));
		i++;
	}
	return p;
}

static struct pairs
pairs_of_big5(const unsigned char *s, size_t len)
{
	struct pairs p = {0};

	for (size_t i = 0; i < len; i++) {
		if (s[i] < 0x80)
			continue;
		bool low = i + 1 < len && within(s[i + 1], 0x40, 0x7e);
		if (i + 1 == len || !within(s[i], 0xa1, 0xf9) ||
		    (!low && !within(s[i + 1], 0xa1, 0xfe))) {
			p.bad++;
			continue;
		}
		p.pairs++;
		p.low += low;
		p.often += within(s[i], 0xa1, 0xc6);
		i++;
	}
	return p;
}

static bool
fits(const struct pairs *p)
{
	return p->pairs >= PAIRS_MIN && p->bad * 50 <= p->pairs;
}

// Alphabets of single bytes other than the Latin one: nearly all letters have
// the eighth bit, word after word.
static const char *
guess_alphabet(const unsigned char *s, size_t len)
{
	size_t high = 0, ascii = 0, runs = 0, below = 0, upper = 0, greek = 0, end = 0;

	for (size_t i = 0; i < len; i++) {
		ascii += within(s[i] | 0x20, 'a', 'z');
		if (s[i] < 0x80)
			continue;
		high++;
		runs += i == 0 || s[i - 1] < 0x80;
		below += s[i] < 0xc0;
		upper += within(s[i], 0xc0, 0xdf);
		greek += within(s[i], 0xdc, 0xde);
		end += s[i] >= 0xfb;
	}
	if (high < LETTERS_MIN || high < 2 * ascii || high < 3 * runs || below * 20 > high)
		return NULL;
	if (upper == 0 && end == 0 && high > 40)
		return "WINDOWS-1255";
	// Small letters are the upper half of one and the lower half of the other.
	if (upper * 2 > high)
		return "KOI8-R";
	return greek * 25 > high ? "WINDOWS-1253" : "WINDOWS-1251";
}

const char *
charset_guess(const char *data, size_t len)
{
	const unsigned char *s = (const unsigned char *)data;

	if (len > LOOK_MAX)
		len = LOOK_MAX;
	struct pairs euc = pairs_of_euc(s, len), jis = pairs_of_shift_jis(s, len);
	struct pairs big5 = pairs_of_big5(s, len);
	if (fits(&jis) && jis.kana * 4 >= jis.pairs)
		return "CP932";
	if (fits(&euc) && euc.kana * 5 >= euc.pairs)
		return "EUC-JP";
	const char *alphabet = guess_alphabet(s, len);
	if (alphabet != NULL)
		return alphabet;
	if (fits(&euc))
		return euc.rare * 12 < euc.pairs ? "CP949" : "GB18030";
	if (fits(&big5) && big5.low * 8 >= big5.pairs && big5.often * 10 >= big5.pairs * 6)
		return "BIG5";
	return NULL;
}
