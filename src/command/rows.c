// SPDX-License-Identifier: GPL-3.0-or-later
// Says mail in answers, the same in every command.
#include "config.h"

#include "command/rows.h"

#include "base/buf.h"
#include "base/str.h"
#include "base/utf8.h"
#include "base/when.h"
#include "command/answer.h"
#include "mail/document.h"
#include "mail/flags.h"
#include "mail/message.h"
#include "mail/query.h"
#include "store/folders.h"

#include <stdlib.h>
#include <string.h>
#include <time.h>

#define FOLDERS_ACCOUNT_CELLS 12
#define LIST_FROM_CELLS 24

void
folder_names_read(struct folder_names *f, struct store *s)
{
	f->folders = NULL;
	f->n = store_folders(s, 0, &f->folders);
}

void
folder_names_done(struct folder_names *f)
{
	for (size_t i = 0; i < f->n; i++)
		folder_done(&f->folders[i]);
	free(f->folders);
	*f = (struct folder_names){0};
}

const struct folder *
folder_names_find(const struct folder_names *f, uint32_t id)
{
	for (size_t i = 0; i < f->n; i++) {
		if (f->folders[i].id == id)
			return &f->folders[i];
	}
	return NULL;
}

char *
date_iso(int64_t when)
{
	time_t seconds = (time_t)when;
	struct tm tm;
	char text[40];

	if (gmtime_r(&seconds, &tm) == NULL ||
		strftime(text, sizeof(text), "%Y-%m-%dT%H:%M:%SZ", &tm) == 0)
		return str_dup("1970-01-01T00:00:00Z");
	return str_dup(text);
}

// --- a message --------------------------------------------------------------------

static void
answer_addresses(struct answer *a, const char *name, const struct address_list *list)
{
	struct buf text = {0};

	address_list_format(&text, list);
	answer_str(a, name, buf_text(&text));
	buf_done(&text);
}

static void
answer_id(struct answer *a, const char *name, uint64_t id)
{
	struct buf text = {0};

	query_print_id(&text, id);
	answer_str(a, name, buf_text(&text));
	buf_done(&text);
}

// As wide as it is to be seen, which bytes do not tell.
static void
column(struct buf *out, const char *text, int cells)
{
	buf_str(out, text);
	for (int used = utf8_cells(text); used < cells; used++)
		buf_char(out, ' ');
}

static void
message_line(struct answer *a, const struct message *m, const char *date)
{
	const struct envelope *e = &m->envelope;
	struct buf id = {0}, from = {0};

	query_print_id(&id, m->id);
	column(&from, e->from.len > 0 ? address_short(&e->from.items[0]) : "",
		LIST_FROM_CELLS);
	answer_text(a, "%s  %.10s %.5s  %c%c%c  %s  %s", buf_text(&id), date,
		date + 11, m->flags.bits & FLAG_SEEN ? ' ' : 'N',
		m->flags.bits & FLAG_FLAGGED ? '!' : ' ',
		m->flags.bits & FLAG_ANSWERED ? 'r' : ' ', from.data,
		str_or_empty(e->subject));
	buf_done(&from);
	buf_done(&id);
}

struct answer *
message_answer(const struct message *m, const char *folder)
{
	struct answer *a = answer_new();
	const struct envelope *e = &m->envelope;
	struct buf flags = {0};
	struct strlist words = {0};
	char *date = date_iso(message_date(m));

	flags_format(&flags, &m->flags);
	strlist_split(&words, buf_text(&flags), ' ');
	for (size_t i = 0; i < words.len; i++) {
		struct buf text = {0};
		struct buf shown = {0};
		flags_word_text(&text, words.items[i]);
		utf8_filter_line(&shown, buf_text(&text), text.len);
		str_set(&words.items[i], buf_text(&shown));
		buf_done(&text);
		buf_done(&shown);
	}
	answer_id(a, "id", m->id);
	answer_str(a, "folder", folder);
	answer_u64(a, "uid", m->uid);
	answer_str(a, "date", date);
	answer_addresses(a, "from", &e->from);
	answer_addresses(a, "to", &e->to);
	answer_str(a, "subject", str_or_empty(e->subject));
	answer_strs(a, "flags", &words);
	answer_u64(a, "size", m->size);
	answer_id(a, "thread", m->thread);
	answer_bool(a, "attachments", e->maybe_attachments);
	message_line(a, m, date);
	strlist_done(&words);
	buf_done(&flags);
	free(date);
	return a;
}

struct answer *
folder_answer(const struct folder *f, const char *account)
{
	struct answer *a = answer_new();
	struct buf denied = {0};

	folder_denied(f, &denied);

	answer_str(a, "account", account);
	answer_str(a, "folder", f->name);
	answer_str(a, "role", f->role == ROLE_NONE ? NULL :
		folder_role_name(f->role));
	answer_u64(a, "total", f->total);
	answer_u64(a, "unread", f->unread);
	answer_bool(a, "subscribed", f->attributes & FOLDER_SUBSCRIBED);
	answer_str(a, "denied", denied.len > 0 ? buf_text(&denied) : NULL);
	struct buf name = {0};
	column(&name, str_or_empty(account), FOLDERS_ACCOUNT_CELLS);
	answer_text(a, "%s %6u unread of %6u  %s%s%s%s%s%s%s",
		name.data, f->unread, f->total, f->name,
		f->role == ROLE_NONE ? "" : "  (",
		f->role == ROLE_NONE ? "" : folder_role_name(f->role),
		f->role == ROLE_NONE ? "" : ")",
		denied.len > 0 ? "  (not: " : "", buf_text(&denied),
		denied.len > 0 ? ")" : "");
	buf_done(&name);
	buf_done(&denied);
	return a;
}

// --- a document -------------------------------------------------------------------

// A field that is there several times is one value of several lines.
static void
headers_json(struct buf *out, const struct document *d)
{
	struct strlist done = {0};

	buf_char(out, '{');
	for (size_t i = 0; i < d->fields.len; i++) {
		const struct document_field *f = array_at(&d->fields, i);
		struct buf all = {0};
		bool seen = false;

		for (size_t j = 0; j < done.len; j++)
			seen = seen || str_equal_nocase(done.items[j], f->name);
		if (seen)
			continue;
		strlist_add(&done, f->name);
		for (size_t j = i; j < d->fields.len; j++) {
			const struct document_field *g = array_at(&d->fields, j);
			if (str_equal_nocase(f->name, g->name))
				buf_printf(&all, "%s%s", j > i ? "\n" : "", g->value);
		}
		if (out->data[out->len - 1] != '{')
			buf_char(out, ',');
		json_string(out, f->name);
		buf_char(out, ':');
		json_string(out, buf_text(&all));
		buf_done(&all);
	}
	buf_char(out, '}');
	strlist_done(&done);
}

static void
parts_json(struct buf *out, const struct part *p)
{
	if (!str_equal(p->type, "multipart")) {
		struct answer *a = answer_new();
		char *type = str_printf("%s/%s", p->type, p->subtype);

		answer_str(a, "section", p->section);
		answer_str(a, "type", type);
		answer_str(a, "name", p->name);
		answer_u64(a, "size", p->size);
		answer_str(a, "charset", p->charset);
		answer_str(a, "disposition", p->disposition);
		if (out->data[out->len - 1] != '[')
			buf_char(out, ',');
		answer_json(out, a);
		answer_free(&a);
		free(type);
	}
	// The depth is bounded by whoever made the tree.
	for (size_t i = 0; i < p->n_children; i++)
		parts_json(out, p->children[i]);
}

static void
document_lines(struct answer *a, const struct document *d, const char *text)
{
	static const char *const shown[] = { "From", "To", "Cc", "Date", "Subject" };

	for (size_t i = 0; i < sizeof(shown) / sizeof(shown[0]); i++) {
		for (size_t j = 0; j < d->fields.len; j++) {
			const struct document_field *f = array_at(&d->fields, j);
			if (str_equal_nocase(f->name, shown[i]))
				answer_text(a, "%s: %s\n", shown[i], f->value);
		}
	}
	answer_text(a, "\n%s", text);
}

struct answer *
document_answer(const struct document *d, bool footnotes)
{
	struct answer *a = answer_new();
	struct buf headers = {0}, parts = {0}, text = {0};

	headers_json(&headers, d);
	buf_char(&parts, '[');
	if (d->root != NULL)
		parts_json(&parts, d->root);
	buf_char(&parts, ']');
	document_print_as(&text, d, &(struct document_form){ .footnotes = footnotes });
	answer_raw(a, "headers", buf_text(&headers));
	answer_raw(a, "parts", buf_text(&parts));
	answer_str(a, "text", buf_text(&text));
	// Answers end without a line's end.
	if (text.len > 0 && text.data[text.len - 1] == '\n')
		buf_cut(&text, text.len - 1);
	document_lines(a, d, buf_text(&text));
	buf_done(&headers);
	buf_done(&parts);
	buf_done(&text);
	return a;
}
