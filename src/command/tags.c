// SPDX-License-Identifier: GPL-3.0-or-later
// Tells tags from the keywords of programs, and keeps those that are in use in
// the journal.
#include "config.h"

#include "command/tags.h"

#include "base/buf.h"
#include "base/str.h"
#include "base/utf8.h"
#include "engine.h"
#include "mail/flags.h"
#include "store/store.h"

#include <stdlib.h>
#include <string.h>

#define TAGS_NAME "tags"

bool
tag_is_own(const char *word)
{
	static const char *const others[] = {
		"nonjunk", "junk", "notjunk", "junkrecorded", "receiptHandled",
		"unsubscribed",
	};

	// Registered keywords begin so; $label1 is a tag by its first name.
	if (word[0] == '$')
		return str_has_prefix_nocase(word, "$label");
	for (size_t i = 0; i < sizeof(others) / sizeof(others[0]); i++) {
		if (str_equal_nocase(others[i], word))
			return false;
	}
	return word[0] != '\0';
}

void
tags_print(struct buf *out, const struct flags *flags)
{
	struct strlist words = {0};
	size_t start = out->len;

	strlist_split(&words, str_or_empty(flags->words), ' ');
	for (size_t i = 0; i < words.len; i++) {
		struct buf text = {0};
		if (!tag_is_own(words.items[i]))
			continue;
		flags_word_text(&text, words.items[i]);
		buf_str(out, out->len > start ? " #" : "#");
		utf8_filter_line(out, buf_text(&text), text.len);
		buf_done(&text);
	}
	strlist_done(&words);
}

static void
load(struct engine *e)
{
	struct buf kept = {0};

	if (e->tags_loaded || e->store == NULL)
		return;
	e->tags_loaded = true;
	if (store_state_get(e->store, TAGS_NAME, &kept))
		strlist_split(&e->tags, buf_text(&kept), ' ');
	buf_done(&kept);
}

static void
save(struct engine *e)
{
	char *all = strlist_join(&e->tags, " ");

	store_state_post(e->store, TAGS_NAME, all, strlen(all));
	free(all);
}

void
tags_note(struct engine *e, const struct flags *flags)
{
	struct strlist words = {0};
	bool new = false;

	if (flags->words == NULL || e->store == NULL)
		return;
	load(e);
	strlist_split(&words, flags->words, ' ');
	for (size_t i = 0; i < words.len; i++) {
		if (!tag_is_own(words.items[i]) || strlist_has(&e->tags, words.items[i]))
			continue;
		if (e->tags.len >= TAGS_MAX)
			strlist_remove(&e->tags, 0);
		strlist_add(&e->tags, words.items[i]);
		new = true;
	}
	strlist_done(&words);
	if (new)
		save(e);
}

const struct strlist *
tags_known(struct engine *e)
{
	load(e);
	return &e->tags;
}
