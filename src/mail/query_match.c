// SPDX-License-Identifier: GPL-3.0-or-later
// Whether a message matches: a limit over a large folder asks this for every
// row, so plain ASCII is compared where it lies.
#include "config.h"

#include "mail/query.h"

#include "base/str.h"
#include "base/utf8.h"
#include "mail/message.h"
#include "mail/query_tree.h"

#include <stdlib.h>
#include <string.h>

#define NEW_AGE_MAX (24 * 60 * 60) // is:new: unread and received since then

static bool
is_ascii(const char *s)
{
	for (; *s != '\0'; s++)
		if ((unsigned char)*s >= 0x80)
			return false;
	return true;
}

static bool
text_has(const char *text, const struct query_node *node)
{
	if (text == NULL)
		return false;
	// Folding leaves ASCII within ASCII.
	if (is_ascii(text))
		return node->ascii && str_find_nocase(text, node->folded) != NULL;
	char *folded = utf8_fold(text);
	bool has = utf8_contains_folded(folded, node->folded);
	free(folded);
	return has;
}

static bool
text_is(const char *text, const struct query_node *node)
{
	if (text == NULL)
		return false;
	char *folded = utf8_fold(text);
	bool same = strcmp(folded, node->folded) == 0;
	free(folded);
	return same;
}

static bool
list_has(const struct address_list *list, const struct query_node *node)
{
	for (size_t i = 0; i < list->len; i++)
		if (text_has(list->items[i].name, node) ||
		    text_has(list->items[i].mail, node))
			return true;
	return false;
}

static bool
word_matches(const struct query_node *node, const struct query_subject *s)
{
	const struct envelope *e = &s->message->envelope;

	return list_has(&e->from, node) || list_has(&e->to, node) ||
		list_has(&e->cc, node) || text_has(e->subject, node) ||
		text_has(s->body, node);
}

// A folder by its full name, or by what it is for: "inbox", "sent".
static bool
folder_matches(const struct query_node *node, const char *folder,
	const char *role)
{
	return text_is(folder, node) || text_is(role, node);
}

// inbox:all is the inbox of every account, inbox:NAME that of one.
static bool
inbox_matches(const struct query_node *node, const char *role, const char *account)
{
	return str_equal(role, "inbox") &&
		(strcmp(node->folded, "all") == 0 || text_is(account, node));
}

static bool
is_matches(const struct query_node *node, const struct message *m, int64_t now)
{
	static const struct {
		const char *word;
		uint32_t bit;
		bool set;
	} bits[] = {
		{ "unread", FLAG_SEEN, false }, { "read", FLAG_SEEN, true },
		{ "new", FLAG_SEEN, false }, { "flagged", FLAG_FLAGGED, true },
		{ "answered", FLAG_ANSWERED, true },
		{ "forwarded", FLAG_FORWARDED, true },
		{ "deleted", FLAG_DELETED, true }, { "draft", FLAG_DRAFT, true },
		{ "junk", FLAG_JUNK, true },
	};

	if (strcmp(node->text, "pending") == 0)
		return m->pending;
	if (strcmp(node->text, "new") == 0 && m->received < now - NEW_AGE_MAX)
		return false;
	for (size_t i = 0; i < sizeof(bits) / sizeof(*bits); i++)
		if (strcmp(bits[i].word, node->text) == 0)
			return ((m->flags.bits & bits[i].bit) != 0) == bits[i].set;
	return false;
}

static bool
matches(const struct query *q, const struct query_node *node,
	const struct query_subject *s)
{
	const struct message *m = s->message;
	const struct envelope *e = &m->envelope;
	const struct query_node *c = node->first;

	switch (node->kind) {
	case QUERY_ALL:
		return true;
	case QUERY_AND:
		while (c != NULL && matches(q, c, s))
			c = c->next;
		return c == NULL;
	case QUERY_OR:
		while (c != NULL && !matches(q, c, s))
			c = c->next;
		return c != NULL;
	case QUERY_NOT:
		return !matches(q, c, s);
	case QUERY_WORD:
		return word_matches(node, s);
	case QUERY_FROM:
		return list_has(&e->from, node);
	case QUERY_TO:
		return list_has(&e->to, node) || list_has(&e->cc, node);
	case QUERY_CC:
		return list_has(&e->cc, node);
	case QUERY_BCC:
		return list_has(&e->bcc, node);
	case QUERY_SUBJECT:
		return text_has(e->subject, node);
	case QUERY_LIST:
		return text_has(e->list_id, node);
	case QUERY_BODY:
		return text_has(s->body, node);
	case QUERY_FOLDER:
		return folder_matches(node, s->folder, s->role);
	case QUERY_INBOX:
		return inbox_matches(node, s->role, s->account);
	case QUERY_ACCOUNT:
		return text_is(s->account, node);
	case QUERY_TAG:
		return flags_has_text(&m->flags, node->text);
	case QUERY_ID:
		return m->id == node->id;
	case QUERY_THREAD:
		return m->thread == node->id;
	case QUERY_LARGER:
		return m->size > (uint64_t)node->number;
	case QUERY_SMALLER:
		return m->size < (uint64_t)node->number;
	case QUERY_NEWER:
	case QUERY_AFTER:
		return message_date(m) >= node->number;
	case QUERY_OLDER:
	case QUERY_BEFORE:
		return message_date(m) < node->number;
	case QUERY_DATE:
		return message_date(m) >= node->number && message_date(m) < node->end;
	case QUERY_IS:
		return is_matches(node, m, q->now);
	case QUERY_HAS:
		return e->maybe_attachments;
	}
	return false;
}

bool
query_match(const struct query *q, const struct query_subject *s)
{
	return matches(q, q->root, s);
}

// What is known of a folder's messages before one is looked at.
struct place {
	const char *folder, *role, *account;
	bool tells_read, unread;   // of those that are unread, or of the others
};

static enum query_share
share_of_is(const struct query_node *node, const struct place *p)
{
	bool unread = strcmp(node->text, "unread") == 0;

	if (!p->tells_read || (!unread && strcmp(node->text, "read") != 0))
		return QUERY_SOME;
	return p->unread == unread ? QUERY_EVERY : QUERY_NONE;
}

static enum query_share
share_of(const struct query_node *node, const struct place *p)
{
	enum query_share all = node->kind == QUERY_OR ? QUERY_NONE : QUERY_EVERY;

	switch (node->kind) {
	case QUERY_ALL:
		return QUERY_EVERY;
	case QUERY_FOLDER:
		return folder_matches(node, p->folder, p->role) ? QUERY_EVERY
			: QUERY_NONE;
	case QUERY_INBOX:
		return inbox_matches(node, p->role, p->account) ? QUERY_EVERY
			: QUERY_NONE;
	case QUERY_ACCOUNT:
		return text_is(p->account, node) ? QUERY_EVERY : QUERY_NONE;
	case QUERY_IS:
		return share_of_is(node, p);
	case QUERY_NOT:
		return QUERY_EVERY - share_of(node->first, p);
	case QUERY_AND:
	case QUERY_OR:
		for (const struct query_node *c = node->first; c != NULL; c = c->next) {
			enum query_share a = share_of(c, p);
			if (node->kind == QUERY_AND ? a < all : a > all)
				all = a;
		}
		return all;
	default:
		return QUERY_SOME;
	}
}

enum query_share
query_of_folder(const struct query *q, const char *folder, const char *role,
	const char *account)
{
	return share_of(q->root, &(struct place){ folder, role, account, false, false });
}

bool
query_may_match_folder(const struct query *q, const char *folder,
	const char *role, const char *account)
{
	return query_of_folder(q, folder, role, account) != QUERY_NONE;
}

bool
query_looks_in(const struct query *q, const char *folder, const char *role,
	const char *account)
{
	bool aside = str_equal(role, "trash") || str_equal(role, "junk");

	return query_may_match_folder(q, folder, role, account) &&
		(!aside || query_names_folder(q));
}

bool
query_counts(const struct query *q, const char *folder, const char *role,
	const char *account, uint32_t total, uint32_t unread, uint64_t *total_r,
	uint64_t *unread_r)
{
	struct place p = { folder, role, account, true, true };
	enum query_share new = share_of(q->root, &p);

	p.unread = false;
	enum query_share old = share_of(q->root, &p);
	if ((new == QUERY_SOME && unread > 0) || (old == QUERY_SOME && total > unread))
		return false;
	*unread_r += new == QUERY_EVERY ? unread : 0;
	*total_r += new == QUERY_EVERY ? unread : 0;
	*total_r += old == QUERY_EVERY && total > unread ? total - unread : 0;
	return true;
}
