// SPDX-License-Identifier: GPL-3.0-or-later
// Flags as bits and words, so that comparing and merging them costs nothing on
// a million rows and no keyword of a server is lost.
#include "config.h"

#include "mail/flags.h"

#include "base/buf.h"
#include "base/mutf7.h"
#include "base/str.h"

#include <stdlib.h>
#include <string.h>

// The longest first where one bit has several: flags_format_imap writes `imap`,
// and "NonJunk" is what Thunderbird writes for "$NotJunk".
static const struct flag_name {
	uint32_t bit;
	const char *imap;
	const char *word;
} flag_names[] = {
	{ FLAG_SEEN, "\\Seen", "seen" },
	{ FLAG_ANSWERED, "\\Answered", "answered" },
	{ FLAG_FLAGGED, "\\Flagged", "flagged" },
	{ FLAG_DELETED, "\\Deleted", "deleted" },
	{ FLAG_DRAFT, "\\Draft", "draft" },
	{ FLAG_FORWARDED, "$Forwarded", "forwarded" },
	{ FLAG_MDNSENT, "$MDNSent", "mdnsent" },
	{ FLAG_JUNK, "$Junk", "junk" },
	{ FLAG_NOTJUNK, "$NotJunk", "notjunk" },
	{ FLAG_NOTJUNK, NULL, "nonjunk" },
};

#define N_NAMES (sizeof(flag_names) / sizeof(*flag_names))

static bool
name_is(const char *known, const char *name, size_t len)
{
	return known != NULL && strlen(known) == len &&
		str_compare_nocase_n(known, name, len) == 0;
}

static uint32_t
bit_of(const char *name, size_t len)
{
	for (size_t i = 0; i < N_NAMES; i++)
		if (name_is(flag_names[i].imap, name, len) ||
		    name_is(flag_names[i].word, name, len))
			return flag_names[i].bit;
	return 0;
}

// RFC 9051 flag-keyword: an atom, without the backslash of system flags.
static bool
is_keyword(const char *name, size_t len)
{
	for (size_t i = 0; i < len; i++) {
		unsigned char c = (unsigned char)name[i];
		if (c <= ' ' || c >= 0x7f || strchr("(){%*\"\\]", c) != NULL)
			return false;
	}
	return len > 0;
}

// One word of the list at *at, which moves behind it; NULL at the end.
static const char *
next_word(const char **at, size_t *len_r)
{
	const char *start = *at;

	if (start == NULL)
		return NULL;
	start += strspn(start, " ");
	if (*start == '\0')
		return NULL;
	*len_r = strcspn(start, " ");
	*at = start + *len_r;
	return start;
}

// In modified UTF-7, behind a '&', case tells letters apart.
static bool
still_coded(bool coded, char c)
{
	return c == '&' || (coded && ((c >= '0' && c <= '9') || (c >= 'A' && c <= 'Z') ||
		(c >= 'a' && c <= 'z') || c == '+' || c == ','));
}

static int
compare_words(const char *a, size_t a_len, const char *b, size_t b_len)
{
	size_t len = a_len < b_len ? a_len : b_len;
	bool coded = false;

	for (size_t i = 0; i < len; i++) {
		int order = coded ? (unsigned char)a[i] - (unsigned char)b[i] :
			str_compare_nocase_n(a + i, b + i, 1);
		if (order != 0)
			return order;
		coded = still_coded(coded, a[i]);
	}
	return (a_len > b_len) - (a_len < b_len);
}

static bool
has_word(const struct flags *f, const char *name, size_t name_len)
{
	const char *at = f->words, *word;
	size_t len;

	while ((word = next_word(&at, &len)) != NULL)
		if (compare_words(word, len, name, name_len) == 0)
			return true;
	return false;
}

static void
add_spaced(struct buf *out, const char *word, size_t len)
{
	if (out->len > 0)
		buf_char(out, ' ');
	buf_add(out, word, len);
}

static void
set_words(struct flags *f, struct buf *words)
{
	free(f->words);
	f->words = words->len > 0 ? buf_take(words) : NULL;
	buf_done(words);
}

static void
add_word(struct flags *f, const char *name, size_t name_len)
{
	const char *at = f->words, *word;
	struct buf words = {0};
	bool done = false;
	size_t len;

	if (has_word(f, name, name_len) ||
	    (f->words != NULL ? strlen(f->words) + 1 : 0) + name_len > FLAGS_WORDS_MAX)
		return;
	while ((word = next_word(&at, &len)) != NULL) {
		if (!done && compare_words(name, name_len, word, len) < 0) {
			add_spaced(&words, name, name_len);
			done = true;
		}
		add_spaced(&words, word, len);
	}
	if (!done)
		add_spaced(&words, name, name_len);
	set_words(f, &words);
}

static bool
add_name(struct flags *f, const char *name, size_t len)
{
	uint32_t bit = bit_of(name, len);

	f->bits |= bit;
	if (bit != 0)
		return true;
	if (!is_keyword(name, len))
		return false;
	add_word(f, name, len);
	return true;
}

void
flags_done(struct flags *f)
{
	free(f->words);
	*f = (struct flags){0};
}

void
flags_copy(struct flags *to, const struct flags *from)
{
	*to = (struct flags){ .bits = from->bits, .words = str_dup(from->words) };
}

bool
flags_equal(const struct flags *a, const struct flags *b)
{
	return a->bits == b->bits && (a->words == NULL) == (b->words == NULL) &&
		(a->words == NULL || compare_words(a->words, strlen(a->words),
			b->words, strlen(b->words)) == 0);
}

bool
flags_empty(const struct flags *f)
{
	return f->bits == 0 && f->words == NULL;
}

bool
flags_has(const struct flags *f, const char *name)
{
	size_t len = strlen(name);
	uint32_t bit = bit_of(name, len);

	return bit != 0 ? (f->bits & bit) != 0 : has_word(f, name, len);
}

bool
flags_add(struct flags *f, const char *name)
{
	return add_name(f, name, strlen(name));
}

// What names a system flag, and signs alone, are slips rather than texts.
static bool
may_code(const char *text)
{
	bool letter = false;

	for (const char *s = text; *s != '\0' && !letter; s++)
		letter = (unsigned char)*s >= 0x80 || *s == '&' ||
			(*s != '+' && *s != ',' && still_coded(true, *s));
	return letter && text[0] != '\\';
}

// An atom stands for itself, but for one that would read as another text.
char *
flags_word(const char *text)
{
	struct buf out = {0};
	size_t len = strlen(text);
	bool atom = is_keyword(text, len);
	bool as_it_is = atom && (strchr(text, '&') == NULL ||
		!mutf7_decode_keyword(&out, text));

	buf_clear(&out);
	if (as_it_is)
		buf_add(&out, text, len);
	if (len == 0 || len > FLAGS_WORDS_MAX || (atom && bit_of(text, len) != 0) ||
	    (!as_it_is && (!may_code(text) || !mutf7_encode_keyword(&out, text))) ||
	    out.len > FLAGS_WORDS_MAX) {
		buf_done(&out);
		return NULL;
	}
	return buf_take(&out);
}

void
flags_word_text(struct buf *out, const char *word)
{
	if (strchr(word, '&') == NULL || !mutf7_decode_keyword(out, word))
		buf_str(out, word);
}

// A name of a flag, or a keyword for the text (*word_r, free()).
static const char *
name_of(const char *text, char **word_r)
{
	size_t len = strlen(text);
	bool plain = bit_of(text, len) != 0 ||
		(is_keyword(text, len) && strchr(text, '&') == NULL);

	*word_r = plain ? NULL : flags_word(text);
	return plain ? text : *word_r;
}

bool
flags_add_text(struct flags *f, const char *text)
{
	char *word;
	const char *name = name_of(text, &word);
	bool ok = name != NULL && flags_add(f, name);

	free(word);
	return ok;
}

bool
flags_has_text(const struct flags *f, const char *text)
{
	char *word;
	const char *name = name_of(text, &word);
	bool has = name != NULL && flags_has(f, name);

	free(word);
	return has;
}

void
flags_merge(struct flags *f, const struct flags *add)
{
	const char *at = add->words, *word;
	size_t len;

	f->bits |= add->bits;
	while ((word = next_word(&at, &len)) != NULL)
		add_word(f, word, len);
}

void
flags_subtract(struct flags *f, const struct flags *remove)
{
	const char *at = f->words, *word;
	struct buf words = {0};
	size_t len;

	f->bits &= ~remove->bits;
	if (f->words == NULL || remove->words == NULL)
		return;
	while ((word = next_word(&at, &len)) != NULL)
		if (!has_word(remove, word, len))
			add_spaced(&words, word, len);
	set_words(f, &words);
}

static void
format(struct buf *out, const struct flags *f, bool imap)
{
	struct buf text = {0};

	for (size_t i = 0; i < N_NAMES; i++) {
		const struct flag_name *n = &flag_names[i];
		const char *name = imap ? n->imap : n->word;
		if (n->imap != NULL && (f->bits & n->bit) != 0)
			add_spaced(&text, name, strlen(name));
	}
	if (f->words != NULL)
		add_spaced(&text, f->words, strlen(f->words));
	buf_add(out, buf_text(&text), text.len);
	buf_done(&text);
}

void
flags_format_imap(struct buf *out, const struct flags *f)
{
	format(out, f, true);
}

void
flags_format(struct buf *out, const struct flags *f)
{
	format(out, f, false);
}

void
flags_parse(struct flags *f, const char *text)
{
	const char *at = text, *word;
	size_t len;

	*f = (struct flags){0};
	while ((word = next_word(&at, &len)) != NULL)
		add_name(f, word, len);
}

void
flag_change_done(struct flag_change *c)
{
	flags_done(&c->add);
	flags_done(&c->remove);
}

void
flag_change_copy(struct flag_change *to, const struct flag_change *from)
{
	flags_copy(&to->add, &from->add);
	flags_copy(&to->remove, &from->remove);
}

void
flag_change_apply(struct flags *f, const struct flag_change *c)
{
	flags_subtract(f, &c->remove);
	flags_merge(f, &c->add);
}

void
flag_change_inverse(struct flag_change *inverse_r, const struct flags *before,
	const struct flag_change *c)
{
	struct flags after;

	// Only what the change really changed is turned back: a flag that was
	// there already stays.
	flags_copy(&after, before);
	flag_change_apply(&after, c);
	flags_copy(&inverse_r->add, before);
	flags_subtract(&inverse_r->add, &after);
	inverse_r->remove = after;
	flags_subtract(&inverse_r->remove, before);
}
