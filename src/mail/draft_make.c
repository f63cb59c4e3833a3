// SPDX-License-Identifier: GPL-3.0-or-later
// New drafts from what is there: an answer, a forward, a mailto: link.
#include "config.h"

#include "mail/draft.h"

#include "base/buf.h"
#include "base/error.h"
#include "base/str.h"
#include "base/utf8.h"
#include "base/when.h"
#include "mail/header.h"
#include "mail/thread.h"

#include <stdlib.h>
#include <string.h>

#define MAILTO_MAX (64 * 1024)

// Adds who is not there yet, not one's own, and has an address.
static void
add_people(struct address_list *to, const struct address_list *from,
	const struct address_list *except, const struct address_list *own)
{
	for (size_t i = 0; i < from->len; i++) {
		const struct address *a = &from->items[i];
		if (*a->mail == '\0' || address_list_has(to, a->mail) ||
		    (except != NULL && address_list_has(except, a->mail)) ||
		    (own != NULL && address_list_has(own, a->mail)))
			continue;
		address_list_add(to, a->name, a->mail);
	}
}

// "dev@example.org" is the address of the list "dev.example.org".
static bool
is_list_address(const char *mail, const char *list_id)
{
	const char *sign = strchr(mail, '@');
	size_t local = sign == NULL ? 0 : (size_t)(sign - mail);

	return sign != NULL && strlen(list_id) == strlen(mail) &&
		str_compare_nocase_n(mail, list_id, local) == 0 && list_id[local] == '.' &&
		str_equal_nocase(sign + 1, list_id + local + 1);
}

static const struct address *
list_address(const struct envelope *e)
{
	const struct address_list *lists[] = { &e->to, &e->cc, &e->reply_to };

	if (e->list_id == NULL)
		return NULL;
	for (size_t i = 0; i < sizeof(lists) / sizeof(*lists); i++)
		for (size_t k = 0; k < lists[i]->len; k++)
			if (is_list_address(lists[i]->items[k].mail, e->list_id))
				return &lists[i]->items[k];
	return NULL;
}

// "<mailto:dev@example.org>, <https://...>": the first address; NULL. free()
static char *
post_address(const char *list_post)
{
	char *mail = NULL;

	for (const char *s = str_or_empty(list_post); mail == NULL &&
	     (s = strchr(s, '<')) != NULL; s++) {
		char *url = str_ndup(s + 1, strcspn(s + 1, "> \t"));
		struct draft post;
		if (draft_mailto(&post, url, NULL)) {
			if (post.to.len > 0 && address_valid(post.to.items[0].mail))
				mail = str_dup(post.to.items[0].mail);
			draft_done(&post);
		}
		free(url);
	}
	return mail;
}

static bool
set_list(struct draft *d, const struct envelope *e, const struct draft_who *who)
{
	char *mail = post_address(who->list_post);
	const struct address *known = list_address(e);
	bool closed = mail == NULL && who->list_post != NULL &&
		str_has_prefix_nocase(who->list_post + strspn(who->list_post, " "), "NO");

	if (mail != NULL)
		address_list_add(&d->to, known != NULL && address_same(known->mail, mail)
			? known->name : NULL, mail);
	free(mail);
	return d->to.len > 0 || closed;
}

// Who the sender says is to be answered, without oneself.
static bool
set_followup(struct draft *d, const struct draft_who *who)
{
	struct address_list list = {0};

	if (str_empty(who->followup_to))
		return false;
	address_list_parse(&list, who->followup_to);
	for (size_t i = 0; i < list.len; i++)
		if (!address_valid(list.items[i].mail))
			*list.items[i].mail = '\0';
	add_people(&d->to, &list, NULL, who->own);
	address_list_done(&list);
	return d->to.len > 0;
}

static void
set_sender(struct draft *d, const struct envelope *e, bool own)
{
	const struct address_list *to = own ? &e->to
		: e->reply_to.len > 0 ? &e->reply_to
		: e->from.len > 0 ? &e->from : &e->sender;

	add_people(&d->to, to, NULL, NULL);
}

static void
set_recipients(struct draft *d, const struct envelope *e,
	const struct draft_who *who)
{
	bool own = e->from.len > 0 &&
		address_list_has(who->own, e->from.items[0].mail);
	bool settled = who->list && set_list(d, e, who);
	bool listed = d->to.len > 0;

	if (!settled && !own && (who->all || who->list) && set_followup(d, who))
		return;
	const struct address *known = settled || !who->list ? NULL : list_address(e);
	if (known != NULL) {
		address_list_add(&d->to, known->name, known->mail);
		listed = true;
	}
	if (!listed)
		set_sender(d, e, own);
	if (!who->all)
		return;
	if (listed && !own)
		add_people(&d->cc, &e->from, &d->to, who->own);
	add_people(&d->cc, &e->to, &d->to, who->own);
	add_people(&d->cc, &e->cc, &d->to, who->own);
}

// RFC 5322 section 3.6.4.
static void
set_references(struct draft *d, const struct envelope *e)
{
	const struct strlist *before = e->references.len > 0 ? &e->references
	                                                     : &e->in_reply_to;

	strlist_copy(&d->references, before);
	if (e->message_id == NULL)
		return;
	if (!strlist_has(&d->references, e->message_id))
		strlist_add(&d->references, e->message_id);
	while (d->references.len > HEADER_REFERENCES_MAX)
		strlist_remove(&d->references, 1);
}

static void
begin(struct draft *d, enum draft_kind kind, const char *prefix,
	const struct envelope *e, const struct draft_who *who)
{
	*d = (struct draft){ .kind = kind };
	if (who->self != NULL)
		address_list_add(&d->from, who->self->name, who->self->mail);
	char *subject = str_printf("%s%s", prefix,
		thread_subject(str_or_empty(e->subject)));
	d->subject = str_dup(str_trim(subject));
	free(subject);
	set_references(d, e);
}

static const char *
sender_name(const struct envelope *e)
{
	const struct address_list *from = e->from.len > 0 ? &e->from : &e->sender;

	return from->len > 0 ? address_short(&from->items[0]) : "somebody";
}

static char *
sender_date(const struct envelope *e)
{
	return e->date == 0 ? NULL : when_rfc5322(e->date, e->date_offset);
}

static void
attribute_as(struct buf *body, const char *format, const struct envelope *e,
	const char *date)
{
	for (; *format != '\0'; format++) {
		if (*format != '%' || format[1] == '\0') {
			buf_char(body, *format);
			continue;
		}
		switch (*++format) {
		case 'd':
			buf_str(body, str_or_empty(date));
			break;
		case 'n':
			buf_str(body, sender_name(e));
			break;
		case 'a':
			buf_str(body, e->from.len > 0 ? e->from.items[0].mail : "");
			break;
		default:
			buf_char(body, *format);
			break;
		}
	}
	buf_char(body, '\n');
}

static void
attribute(struct buf *body, const struct draft_who *who, const struct envelope *e)
{
	char *date = sender_date(e);

	if (!str_empty(who->attribution)) {
		attribute_as(body, who->attribution, e, date);
	} else {
		if (date != NULL)
			buf_printf(body, "On %s, ", date);
		buf_printf(body, "%s wrote:\n", sender_name(e));
	}
	free(date);
}

void
draft_reply(struct draft *d, const struct envelope *original, const char *text,
	const struct draft_who *who)
{
	struct buf body = {0};

	begin(d, DRAFT_REPLY, "Re: ", original, who);
	set_recipients(d, original, who);
	d->in_reply_to = str_dup(original->message_id);
	attribute(&body, who, original);
	while (*text != '\0') {
		size_t len = strcspn(text, "\n");
		buf_str(&body, len > 0 ? "> " : ">");
		buf_add(&body, text, len);
		buf_char(&body, '\n');
		text += len + (text[len] == '\n');
	}
	d->body = buf_take(&body);
}

static void
add_field(struct buf *body, const char *name, const char *value)
{
	if (!str_empty(value))
		buf_printf(body, "%s: %s\n", name, value);
}

static void
add_addresses(struct buf *body, const char *name, const struct address_list *list)
{
	struct buf value = {0};

	address_list_format(&value, list);
	add_field(body, name, buf_text(&value));
	buf_done(&value);
}

void
draft_forward(struct draft *d, const struct envelope *original, const char *text,
	const struct draft_who *who)
{
	struct buf body = {0};
	char *date = sender_date(original);

	begin(d, DRAFT_FORWARD, "Fwd: ", original, who);
	buf_str(&body, "\n-------- Forwarded message --------\n");
	add_addresses(&body, "From", &original->from);
	add_field(&body, "Date", date);
	add_field(&body, "Subject", original->subject);
	add_addresses(&body, "To", &original->to);
	add_addresses(&body, "Cc", &original->cc);
	buf_char(&body, '\n');
	buf_str(&body, text);
	if (body.data[body.len - 1] != '\n')
		buf_char(&body, '\n');
	d->body = buf_take(&body);
	free(date);
}

static int
hex_digit(char c)
{
	if (c >= '0' && c <= '9')
		return c - '0';
	c |= 0x20;
	return c >= 'a' && c <= 'f' ? c - 'a' + 10 : -1;
}

// A percent-encoded piece; a zero byte is dropped. Not filtered.
static char *
decode_percent(const char *s, size_t len)
{
	struct buf out = {0};

	for (size_t i = 0; i < len; i++) {
		char c = s[i];
		if (c == '%' && i + 2 < len && hex_digit(s[i + 1]) >= 0 &&
		    hex_digit(s[i + 2]) >= 0) {
			c = (char)(hex_digit(s[i + 1]) << 4 | hex_digit(s[i + 2]));
			i += 2;
		}
		if (c != '\0')
			buf_char(&out, c);
	}
	return buf_take(&out);
}

static void
mailto_addresses(struct address_list *list, const char *s, size_t len)
{
	// Commas between addresses are never encoded, those within are.
	for (size_t at = 0; at < len;) {
		const char *comma = memchr(s + at, ',', len - at);
		size_t n = comma == NULL ? len - at : (size_t)(comma - s) - at;
		char *one = decode_percent(s + at, n);
		if (*one != '\0' && list->len < ADDRESS_LIST_MAX)
			address_list_typed(list, one, NULL, NULL);
		free(one);
		at += n + 1;
	}
}

static void
mailto_field(struct draft *d, const char *name, size_t name_len,
	const char *value, size_t len)
{
	struct buf safe = {0};
	char *decoded = decode_percent(value, len);
	char *field = str_ndup(name, name_len);

	if (str_equal_nocase(field, "to")) {
		mailto_addresses(&d->to, value, len);
	} else if (str_equal_nocase(field, "cc")) {
		mailto_addresses(&d->cc, value, len);
	} else if (str_equal_nocase(field, "bcc")) {
		mailto_addresses(&d->bcc, value, len);
	} else if (str_equal_nocase(field, "subject")) {
		utf8_filter_line(&safe, decoded, strlen(decoded));
		char *subject = buf_take(&safe);
		str_set(&d->subject, str_trim(subject));
		free(subject);
	} else if (str_equal_nocase(field, "body")) {
		utf8_filter_text(&safe, decoded, strlen(decoded));
		str_set(&d->body, buf_text(&safe));
	} else if (str_equal_nocase(field, "in-reply-to")) {
		struct envelope e;
		utf8_filter_line(&safe, decoded, strlen(decoded));
		buf_insert(&safe, 0, "Message-ID: ", strlen("Message-ID: "));
		envelope_parse(&e, safe.data, safe.len);
		str_set(&d->in_reply_to, e.message_id);
		envelope_done(&e);
	}
	// All else could attach a file or forge a header: it is not looked at.
	buf_done(&safe);
	free(decoded);
	free(field);
}

bool
draft_mailto(struct draft *d, const char *url, struct error *err)
{
	*d = (struct draft){ .subject = str_dup(""), .body = str_dup("") };
	if (!str_has_prefix_nocase(url, "mailto:") || strlen(url) > MAILTO_MAX) {
		draft_done(d);
		return error_set(err, ERROR_INPUT, "this is no mailto: link");
	}
	url += strlen("mailto:");
	size_t len = strcspn(url, "?#");
	mailto_addresses(&d->to, url, len);
	url += len;
	while (*url == '?' || *url == '&') {
		const char *name = ++url;
		size_t all = strcspn(name, "&#"), name_len = strcspn(name, "=&#");
		if (name_len < all)
			mailto_field(d, name, name_len, name + name_len + 1,
				all - name_len - 1);
		url += all;
	}
	if (d->in_reply_to != NULL)
		strlist_add(&d->references, d->in_reply_to);
	return true;
}
