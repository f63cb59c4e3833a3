// SPDX-License-Identifier: GPL-3.0-or-later
// Gmail's labels as keywords of a message: read with its flags, and changed where a
// keyword would be.
#include "config.h"

#include <stdlib.h>
#include <string.h>

#include "base/mutf7.h"
#include "base/str.h"
#include "remote/imap.h"

// The one system label that nothing else says: \Starred and \Draft are flags,
// \Inbox, \Sent, \Trash and \Spam folders, and \Muted is no business of ours. Its
// keyword is RFC 8457's.
#define LABEL_IMPORTANT "\\Important"
#define WORD_IMPORTANT "$Important"

static void
labels_add(struct flags *flags, const char *label)
{
	if (str_equal_nocase(label, LABEL_IMPORTANT)) {
		(void)flags_add(flags, WORD_IMPORTANT);
	} else if (label[0] != '\\') {
		char *word = flags_word(label);
		if (word)
			(void)flags_add(flags, word);
		free(word);
	}
}

bool
imap_labels_take(const struct imap *m, struct fetched *f, struct strlist *labels_r)
{
	*labels_r = (struct strlist){ 0 };
	if (!(m->caps.bits & CAP_GMAIL))
		return true;
	if (!f->labels.len)
		return false;
	(void)parse_labels(f->labels, labels_r);
	for (size_t i = 0; i < labels_r->len; i++)
		labels_add(&f->flags, labels_r->items[i]);
	return true;
}

// Registered keywords begin with '$': none of them is a label, but for one.
static bool
is_label(const char *word)
{
	return word[0] != '$' || str_equal_nocase(word, WORD_IMPORTANT);
}

void
imap_labels_part(const struct imap *m, const struct flags *all, struct flags *keywords_r,
	struct flags *labels_r)
{
	struct strlist words = { 0 };
	*keywords_r = (struct flags){ .bits = all->bits };
	*labels_r = (struct flags){ 0 };
	strlist_split(&words, str_or_empty(all->words), ' ');
	for (size_t i = 0; i < words.len; i++) {
		const char *word = words.items[i];
		bool label = m->caps.bits & CAP_GMAIL && is_label(word);
		(void)flags_add(label ? labels_r : keywords_r, word);
	}
	strlist_done(&words);
}

// " (a "to do")" as the server spells them.
static void
put_labels(struct imap *m, struct command *command, const struct flags *labels)
{
	struct strlist words = { 0 };
	strlist_split(&words, labels->words, ' ');
	for (size_t i = 0; i < words.len; i++) {
		struct buf text = { 0 }, name = { 0 };
		command_text(command, i > 0 ? " " : " (");
		flags_word_text(&text, words.items[i]);
		if (str_equal_nocase(words.items[i], WORD_IMPORTANT))
			command_text(command, LABEL_IMPORTANT);
		else if (mutf7_encode(&name, buf_text(&text)))
			imap_put_name(m, command, buf_text(&name));
		else
			imap_put_name(m, command, words.items[i]);
		buf_done(&text);
		buf_done(&name);
	}
	command_text(command, ")");
	strlist_done(&words);
}

// Google documents no silent form: what the server says of these messages is no news.
// What it says beside that, with flags, is.
static bool
store_on(struct imap *m, struct call *c, const struct response *r,
	const struct wire_frame *frame)
{
	const struct remote_set *set = c->arg;
	struct fetched f;
	if (r->kind != RESPONSE_DATA || !slice_is(r->name, "FETCH") || frame->dropped)
		return false;
	bool echo = parse_fetch(r->rest, &m->scratch, &f) && f.labels.len &&
		!f.has_flags && (!f.uid || set_has(*set, f.uid));
	fetched_done(&f);
	return echo;
}

bool
imap_labels_store(struct imap *m, struct call *c, struct remote_set set, char sign,
	const struct flags *labels, struct error *err)
{
	for (size_t at = 0; at < set.n && labels->words;) {
		struct command command = { 0 };
		c->on = store_on;
		command_text(&command, "UID STORE ");
		command_set(&command, set.ranges, set.n, &at);
		command_printf(&command, " %cX-GM-LABELS", sign);
		put_labels(m, &command, labels);
		if (!imap_send(m, c, &command, err))
			return false;
	}
	return true;
}
