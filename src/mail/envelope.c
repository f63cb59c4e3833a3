// SPDX-License-Identifier: GPL-3.0-or-later
// The envelope as a value: copied, released, and as a record that the store
// and the reader's pipe carry.
#include "config.h"

#include "mail/header.h"

#include <stdlib.h>

void
envelope_done(struct envelope *e)
{
	address_list_done(&e->from);
	address_list_done(&e->sender);
	address_list_done(&e->reply_to);
	address_list_done(&e->to);
	address_list_done(&e->cc);
	address_list_done(&e->bcc);
	free(e->subject);
	free(e->message_id);
	strlist_done(&e->in_reply_to);
	strlist_done(&e->references);
	free(e->list_id);
	*e = (struct envelope){0};
}

void
envelope_copy(struct envelope *to, const struct envelope *from)
{
	*to = (struct envelope){
		.date = from->date,
		.date_offset = from->date_offset,
		.subject = str_dup(from->subject),
		.message_id = str_dup(from->message_id),
		.list_id = str_dup(from->list_id),
		.maybe_attachments = from->maybe_attachments,
	};
	address_list_copy(&to->from, &from->from);
	address_list_copy(&to->sender, &from->sender);
	address_list_copy(&to->reply_to, &from->reply_to);
	address_list_copy(&to->to, &from->to);
	address_list_copy(&to->cc, &from->cc);
	address_list_copy(&to->bcc, &from->bcc);
	strlist_copy(&to->in_reply_to, &from->in_reply_to);
	strlist_copy(&to->references, &from->references);
}

static void
pack_addresses(struct buf *out, const struct address_list *list)
{
	buf_varint(out, list->len);
	for (size_t i = 0; i < list->len; i++) {
		buf_varstr(out, list->items[i].name);
		buf_varstr(out, list->items[i].mail);
	}
}

static void
pack_ids(struct buf *out, const struct strlist *ids)
{
	buf_varint(out, ids->len);
	for (size_t i = 0; i < ids->len; i++)
		buf_varstr(out, ids->items[i]);
}

void
envelope_pack(struct buf *out, const struct envelope *e)
{
	buf_varint_signed(out, e->date);
	buf_varint_signed(out, e->date_offset);
	buf_u8(out, e->maybe_attachments);
	pack_addresses(out, &e->from);
	pack_addresses(out, &e->sender);
	pack_addresses(out, &e->reply_to);
	pack_addresses(out, &e->to);
	pack_addresses(out, &e->cc);
	pack_addresses(out, &e->bcc);
	buf_varstr(out, e->subject);
	buf_varstr(out, e->message_id);
	pack_ids(out, &e->in_reply_to);
	pack_ids(out, &e->references);
	buf_varstr(out, e->list_id);
}

// NULL for an empty one: the record does not tell them apart.
static char *
unpack_text(struct reader *in)
{
	char *s = read_varstr(in);

	if (*s != '\0')
		return s;
	free(s);
	return NULL;
}

static uint32_t
unpack_count(struct reader *in, uint32_t max)
{
	uint64_t n = read_varint(in);

	if (n > max)
		in->bad = true;
	return in->bad ? 0 : (uint32_t)n;
}

static void
unpack_addresses(struct address_list *list, struct reader *in)
{
	uint32_t n = unpack_count(in, ADDRESS_LIST_MAX);

	for (uint32_t i = 0; i < n && !in->bad; i++) {
		char *name = unpack_text(in), *mail = read_varstr(in);
		if (!in->bad)
			address_list_add(list, name, mail);
		free(name);
		free(mail);
	}
}

static void
unpack_ids(struct strlist *ids, struct reader *in)
{
	uint32_t n = unpack_count(in, HEADER_REFERENCES_MAX);

	for (uint32_t i = 0; i < n && !in->bad; i++)
		strlist_take(ids, read_varstr(in));
}

void
envelope_unpack(struct envelope *e, struct reader *in)
{
	*e = (struct envelope){0};
	e->date = read_varint_signed(in);
	e->date_offset = (int32_t)read_varint_signed(in);
	e->maybe_attachments = read_u8(in) != 0;
	unpack_addresses(&e->from, in);
	unpack_addresses(&e->sender, in);
	unpack_addresses(&e->reply_to, in);
	unpack_addresses(&e->to, in);
	unpack_addresses(&e->cc, in);
	unpack_addresses(&e->bcc, in);
	e->subject = unpack_text(in);
	e->message_id = unpack_text(in);
	unpack_ids(&e->in_reply_to, in);
	unpack_ids(&e->references, in);
	e->list_id = unpack_text(in);
}
