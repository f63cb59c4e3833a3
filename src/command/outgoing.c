// SPDX-License-Identifier: GPL-3.0-or-later
// Makes what is sent: parses, checks and builds, so that nothing reaches the
// outbox that a server would have to mend.
#include "config.h"

#include "command/outgoing.h"

#include "account/account.h"
#include "base/error.h"
#include "base/mem.h"
#include "base/path.h"
#include "base/str.h"
#include "base/when.h"
#include "command/command.h"
#include "engine.h"
#include "mail/build.h"
#include "mail/header.h"
#include "mail/part.h"
#include "mail/query.h"
#include "store/bodies.h"
#include "store/messages.h"

#include <stdlib.h>
#include <string.h>
#include <sys/random.h>

void
outgoing_done(struct outgoing *o)
{
	send_done(&o->send);
	buf_done(&o->message);
	*o = (struct outgoing){0};
}

static bool
new_message_id(struct send *s, const char *from, struct error *err)
{
	unsigned char random[16];

	if (getrandom(random, sizeof(random), 0) != sizeof(random))
		return error_errno(err, ERROR_STORE, "no random number can be had");
	free(s->message_id);
	s->message_id = build_message_id(random, from);
	return true;
}

static void
name_file(struct send *s)
{
	// Of what we made ourselves, up to the '@'.
	char *name = str_ndup(s->message_id, strcspn(s->message_id, "@"));
	char *safe = path_safe_name(name);

	s->file = str_printf("%lld-%.60s.eml", (long long)s->when, safe);
	free(safe);
	free(name);
}

static void
take_recipients(struct send *s, const struct address_list *list)
{
	s->recipients = mem_alloc(list->len + 1, sizeof(*s->recipients));
	for (size_t i = 0; i < list->len; i++)
		s->recipients[s->n_recipients++] = (struct send_recipient){
			.mail = str_dup(list->items[i].mail),
		};
}

// --- attachments ---------------------------------------------------------------------

struct attachments {
	struct build_attachment *items;   // names and types owned here
	struct buf *data;
	size_t n;
};

static void
attachments_done(struct attachments *a)
{
	for (size_t i = 0; i < a->n; i++) {
		free((char *)a->items[i].name);
		free((char *)a->items[i].type);
		buf_done(&a->data[i]);
	}
	free(a->items);
	free(a->data);
}

static bool
load_message(struct engine *e, const char *id_text, struct build_attachment *a,
	struct buf *data, struct error *err)
{
	uint64_t id;
	struct message m = {0};

	if (!query_parse_id(id_text, &id))
		return error_set(err, ERROR_INPUT, "\"%s\" is no id of a message", id_text);
	if (!command_read_raw(e, id, data, err))
		return error_prefix(err, "cannot attach message %s", id_text);
	const char *subject = store_message(e->store, id, &m) ?
		m.envelope.subject : NULL;
	char *name = path_safe_name(str_empty(subject) ? "message" : subject);
	a->name = str_printf("%s.eml", name);
	a->type = str_dup("message/rfc822");
	free(name);
	message_done(&m);
	return true;
}

static bool
load_part(struct engine *e, const char *text, struct build_attachment *a,
	struct buf *data, struct error *err)
{
	const char *colon = strchr(text, ':');
	char *id_text = colon == NULL ? str_dup(text) :
		str_ndup(text, (size_t)(colon - text));
	uint64_t id;
	struct part *part = NULL;
	bool ok = false;

	if (colon == NULL || !query_parse_id(id_text, &id)) {
		error_set(err, ERROR_INPUT, "\"part:%s\" is no part of a message", text);
	} else if (command_read_part(e, id, colon + 1, data, &part, err)) {
		a->name = str_dup(part->name != NULL ? part->name : "attachment");
		a->type = str_printf("%s/%s", part->type, part->subtype);
		ok = true;
	}
	part_free(&part);
	free(id_text);
	return ok;
}

static bool
load_file(const char *path, struct build_attachment *a, struct buf *data,
	struct error *err)
{
	char *expanded = path_expand(path);
	bool ok = path_read(expanded, OUTGOING_SIZE_MAX, data, err);

	if (ok)
		a->name = path_safe_name(path_base(path));
	else
		error_prefix(err, "cannot attach");
	free(expanded);
	return ok;
}

static bool
load_attachments(struct attachments *a, struct engine *e, const struct draft *d,
	struct error *err)
{
	a->items = mem_alloc(d->attach.len + 1, sizeof(*a->items));
	a->data = mem_alloc(d->attach.len + 1, sizeof(*a->data));
	for (; a->n < d->attach.len; a->n++) {
		const char *what = d->attach.items[a->n];
		struct build_attachment *item = &a->items[a->n];
		struct buf *data = &a->data[a->n];
		bool ok;

		if (str_has_prefix(what, "message:"))
			ok = load_message(e, what + 8, item, data, err);
		else if (str_has_prefix(what, "part:"))
			ok = load_part(e, what + 5, item, data, err);
		else
			ok = load_file(what, item, data, err);
		if (!ok) {
			a->n++;
			return false;
		}
		item->data = buf_text(data);
		item->len = data->len;
	}
	return true;
}

bool
outgoing_fetch_job(const char *what, struct job *job)
{
	char *id;
	bool ok;

	*job = (struct job){0};
	if (str_has_prefix(what, "message:")) {
		job->kind = JOB_RAW;
		return query_parse_id(what + 8, &job->id);
	}
	if (!str_has_prefix(what, "part:") || strchr(what + 5, ':') == NULL)
		return false;
	job->kind = JOB_PART;
	job->text = strchr(what + 5, ':') + 1;
	id = str_ndup(what + 5, strcspn(what + 5, ":"));
	ok = query_parse_id(id, &job->id);
	free(id);
	return ok;
}

// --- a draft ---------------------------------------------------------------------------

static bool
build(struct outgoing *o, struct engine *e, const struct draft *d,
	enum build_flowed flowed, struct error *err)
{
	struct attachments a = {0};

	o->send.when = when_now();
	o->send.from = str_dup(d->from.items[0].mail);
	o->send.subject = str_dup(d->subject);
	o->send.forwarded = d->kind == DRAFT_FORWARD;
	if (d->original != NULL)
		query_parse_id(d->original, &o->send.original);
	bool ok = new_message_id(&o->send, o->send.from, err) &&
		load_attachments(&a, e, d, err) &&
		build_message(&o->message, d, &(struct build_options){
			.date = o->send.when,
			.date_offset = when_local_offset(o->send.when),
			.message_id = o->send.message_id,
			.attachments = a.items, .n_attachments = a.n,
			.flowed = flowed,
		}, err);
	if (ok)
		name_file(&o->send);
	attachments_done(&a);
	return ok;
}

bool
outgoing_from_draft(struct outgoing *o, struct engine *e, const struct draft *d,
	enum build_flowed flowed, struct error *err)
{
	struct address_list to = {0};

	*o = (struct outgoing){0};
	if (!draft_check(d, err))
		return false;
	build_recipients(&to, d);
	take_recipients(&o->send, &to);
	address_list_done(&to);
	bool ok = build(o, e, d, flowed, err);
	if (!ok)
		outgoing_done(o);
	return ok;
}

// The Message-ID of what is answered or forwarded: ids are this computer's own.
static char *
original_message_id(struct engine *e, uint64_t id)
{
	struct message m;
	char *message_id = NULL;

	if (id != 0 && store_message(e->store, id, &m)) {
		message_id = str_dup(m.envelope.message_id);
		message_done(&m);
	}
	return message_id;
}

static bool
own_fields(struct buf *out, const struct outgoing *o, struct engine *e,
	const struct draft *d, struct error *err)
{
	for (size_t i = 0; i < d->bcc.len; i++) {
		if (!address_valid(d->bcc.items[i].mail))
			return error_set(err, ERROR_INPUT, "Bcc: \"%s\" is no address",
				d->bcc.items[i].mail);
		buf_printf(out, "%s%s", i == 0 ? "Bcc: " : ",\r\n ",
			d->bcc.items[i].mail);
	}
	if (d->bcc.len > 0)
		buf_str(out, "\r\n");
	char *original = d->kind == DRAFT_FORWARD ?
		original_message_id(e, o->send.original) : NULL;
	if (d->kind == DRAFT_FORWARD)
		buf_str(out, OUTGOING_KIND ": forward\r\n");
	if (original != NULL && strpbrk(original, " \t\r\n<>") == NULL)
		buf_printf(out, OUTGOING_ORIGINAL ": <%s>\r\n", original);
	free(original);
	return true;
}

bool
outgoing_draft_copy(struct outgoing *o, struct engine *e, const struct draft *d,
	struct error *err)
{
	struct buf fields = {0};

	*o = (struct outgoing){0};
	if (d->from.len != 1)
		return error_set(err, ERROR_INPUT, "From: %s", d->from.len == 0 ?
			"no address to send from" : "more than one address");
	bool ok = build(o, e, d, BUILD_FIXED, err) && own_fields(&fields, o, e, d, err);
	buf_add(&fields, buf_text(&o->message), o->message.len);
	buf_done(&o->message);
	o->message = fields;
	if (!ok)
		outgoing_done(o);
	return ok;
}

// --- a message that is ready ----------------------------------------------------------

bool
outgoing_is_message(const char *text, size_t len)
{
	static const char *const fields[] = {
		"MIME-Version", "Content-Type", "Date", "Message-ID", "Received",
	};
	size_t header = header_block_len(text, len);

	for (size_t i = 0; i < sizeof(fields) / sizeof(fields[0]); i++) {
		char *value = header_get(text, header, fields[i]);
		bool has = value != NULL;

		free(value);
		if (has)
			return true;
	}
	return false;
}

// Every line end becomes CR LF.
static void
add_crlf(struct buf *out, const char *text, size_t len)
{
	for (size_t i = 0; i < len; i++) {
		if (text[i] == '\r' && i + 1 < len && text[i + 1] == '\n')
			continue;
		if (text[i] == '\n' || text[i] == '\r')
			buf_str(out, "\r\n");
		else
			buf_char(out, text[i]);
	}
}

// The fields of the header, but for Bcc.
static void
copy_header(struct buf *out, const char *text, size_t len)
{
	struct header_field f;
	size_t at = 0;

	while (header_next(text, len, &at, &f)) {
		char *name = str_ndup(f.name, f.name_len);

		if (!str_equal_nocase(name, "Bcc") &&
			!str_equal_nocase(name, "Resent-Bcc")) {
			size_t end = f.value_len;
			while (end > 0 && (f.value[end - 1] == '\n' ||
				f.value[end - 1] == '\r'))
				end--;
			buf_printf(out, "%s:", name);
			if (end > 0 && f.value[0] != ' ' && f.value[0] != '\t')
				buf_char(out, ' ');
			add_crlf(out, f.value, end);
			buf_str(out, "\r\n");
		}
		free(name);
	}
}

static bool
has_field(const char *text, size_t header, const char *name)
{
	char *value = header_get(text, header, name);
	bool has = value != NULL;

	free(value);
	return has;
}

static bool
is_ascii(const char *text, size_t len)
{
	for (size_t i = 0; i < len; i++) {
		if ((unsigned char)text[i] >= 0x80)
			return false;
	}
	return true;
}

static void
add_missing(struct buf *out, const char *text, size_t header, size_t len,
	const struct send *s, const struct address *from, bool own_id)
{
	struct buf address = {0};

	if (!has_field(text, header, "From") && from != NULL) {
		address_format(&address, from);
		buf_printf(out, "From: %s\r\n", from->name != NULL &&
			!is_ascii(from->name, strlen(from->name)) ? from->mail :
			buf_text(&address));
	}
	if (!has_field(text, header, "Date")) {
		char *date = when_rfc5322(s->when, when_local_offset(s->when));
		buf_printf(out, "Date: %s\r\n", date);
		free(date);
	}
	if (own_id)
		buf_printf(out, "Message-ID: <%s>\r\n", s->message_id);
	if (!has_field(text, header, "MIME-Version") && !is_ascii(text, len))
		buf_str(out, "MIME-Version: 1.0\r\n"
			"Content-Type: text/plain; charset=utf-8\r\n"
			"Content-Transfer-Encoding: 8bit\r\n");
	buf_done(&address);
}

static void
add_each(struct address_list *to, const struct address_list *from)
{
	for (size_t i = 0; i < from->len; i++) {
		if (!address_list_has(to, from->items[i].mail))
			address_list_add(to, from->items[i].name, from->items[i].mail);
	}
}

// What is longer is not read to its end: those behind it would get nothing, and
// somebody might whose address is the half of another.
static bool
check_fields(const char *text, size_t header, struct error *err)
{
	static const char *const fields[] = { "To", "Cc", "Bcc" };
	struct header_field f;

	if (header > HEADER_BLOCK_MAX)
		return error_set(err, ERROR_INPUT, "the header is longer than %d bytes",
			HEADER_BLOCK_MAX);
	for (size_t at = 0; header_next(text, header, &at, &f);) {
		for (size_t i = 0; i < sizeof(fields) / sizeof(fields[0]); i++) {
			if (f.value_len > HEADER_VALUE_MAX &&
				strlen(fields[i]) == f.name_len &&
				str_compare_nocase_n(fields[i], f.name, f.name_len) == 0)
				return error_set(err, ERROR_INPUT, "%s is longer than "
					"%d bytes: send the message to fewer at once",
					fields[i], HEADER_VALUE_MAX);
		}
	}
	return true;
}

static bool
check_list(const struct address_list *list, struct error *err)
{
	return list->len < ADDRESS_LIST_MAX || error_set(err, ERROR_INPUT,
		"too many addresses: fewer than %d can be written to at once",
		ADDRESS_LIST_MAX);
}

static bool
check_recipients(const struct address_list *to, struct error *err)
{
	if (to->len == 0)
		return error_set(err, ERROR_INPUT, "the message has no recipient: "
			"add To, Cc or Bcc");
	for (size_t i = 0; i < to->len; i++) {
		if (!address_valid(to->items[i].mail))
			return error_set(err, ERROR_INPUT, "\"%s\" is no address",
				to->items[i].mail);
	}
	return true;
}

bool
outgoing_from_message(struct outgoing *o, const char *text, size_t len,
	const struct address_list *to, const struct address *from, struct error *err)
{
	struct envelope envelope;
	struct address_list all = {0};
	size_t header = header_block_len(text, len);
	bool ok = false;

	*o = (struct outgoing){0};
	envelope_parse(&envelope, text, header);
	if (to != NULL) {
		add_each(&all, to);
	} else {
		add_each(&all, &envelope.to);
		add_each(&all, &envelope.cc);
		add_each(&all, &envelope.bcc);
	}
	o->send.when = when_now();
	o->send.from = str_dup(from != NULL ? from->mail :
		envelope.from.len > 0 ? envelope.from.items[0].mail : NULL);
	o->send.subject = str_dup(envelope.subject);
	o->send.message_id = str_dup(envelope.message_id);
	if (o->send.from == NULL || !address_valid(o->send.from)) {
		error_set(err, ERROR_INPUT, "the message has no sender: add From");
		goto out;
	}
	if (to != NULL ? !check_list(to, err) :
		!check_fields(text, header, err) || !check_list(&envelope.to, err) ||
		!check_list(&envelope.cc, err) || !check_list(&envelope.bcc, err))
		goto out;
	if (!check_recipients(&all, err))
		goto out;
	bool own_id = o->send.message_id == NULL;
	if (own_id && !new_message_id(&o->send, o->send.from, err))
		goto out;
	take_recipients(&o->send, &all);
	name_file(&o->send);
	copy_header(&o->message, text, header);
	add_missing(&o->message, text, header, len, &o->send, from, own_id);
	buf_str(&o->message, "\r\n");
	add_crlf(&o->message, text + header, len - header);
	if (len == header || text[len - 1] != '\n')
		buf_str(&o->message, "\r\n");
	ok = true;
out:
	address_list_done(&all);
	envelope_done(&envelope);
	if (!ok)
		outgoing_done(o);
	return ok;
}
