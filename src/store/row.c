// SPDX-License-Identifier: GPL-3.0-or-later
// The form of a row on disk: the numbers that everyone needs first, then flag
// words and the envelope; what is shown only where it differs.
#include "config.h"

#include "store/row.h"

#include "base/str.h"
#include "mail/header.h"
#include "mail/thread.h"

#include <string.h>

// Bits of the first byte.
enum {
	PACK_STATE = 0x0f,
	PACK_SHOWN = 0x10,   // what is shown differs from the server's
	PACK_WORDS = 0x20,
	PACK_SHOWN_WORDS = 0x40,
};

// Beside the bits of the links. Rows of before have none.
#define PACK_SAME (1u << ROW_LINKS_MAX)

uint64_t
root_of_place(uint32_t folder, uint32_t uid)
{
	return (uint64_t)folder << 32 | uid;
}

uint64_t
root_of_creation(uint64_t seq, unsigned index)
{
	return ROOT_CREATED | seq << ROOT_INDEX_BITS | index;
}

uint64_t
root_seq(uint64_t root)
{
	return (root & ~ROOT_CREATED) >> ROOT_INDEX_BITS;
}

unsigned
root_index(uint64_t root)
{
	return root & ((1u << ROOT_INDEX_BITS) - 1);
}

uint32_t
row_uid(const struct row *r)
{
	return root_is_creation(r->root) ? 0 : (uint32_t)r->root;
}

void
row_done(struct row *r)
{
	flags_done(&r->flags);
	flags_done(&r->shown_flags);
	buf_done(&r->envelope);
	memset(r, 0, sizeof(*r));
}

void
row_pack(struct buf *out, const struct row *r)
{
	bool words = !str_empty(r->flags.words);
	bool differs = r->shown != r->folder ||
		!flags_equal(&r->flags, &r->shown_flags);
	bool shown_words = differs && !str_empty(r->shown_flags.words);
	unsigned links = 0;

	buf_u8(out, (uint8_t)(r->state | (differs ? PACK_SHOWN : 0) |
		(words ? PACK_WORDS : 0) | (shown_words ? PACK_SHOWN_WORDS : 0)));
	buf_varint(out, r->thread);
	buf_varint(out, r->account);
	buf_varint(out, differs ? r->shown : r->folder);
	buf_varint(out, r->date);
	buf_varint(out, differs ? r->shown_flags.bits : r->flags.bits);
	buf_varint(out, r->root);
	buf_varint(out, r->size);
	// Mail arrives soon after it was written.
	buf_varint_signed(out, (int64_t)((uint64_t)r->received - r->date));
	buf_varint(out, r->modseq);
	if (differs) {
		buf_varint(out, r->folder);
		buf_varint(out, r->flags.bits);
	}
	if (words)
		buf_varstr(out, r->flags.words);
	if (shown_words)
		buf_varstr(out, r->shown_flags.words);
	for (unsigned i = 0; i < ROW_LINKS_MAX; i++)
		links |= r->links[i] != 0 ? 1u << i : 0;
	buf_u8(out, (uint8_t)(links | (r->same != 0 ? PACK_SAME : 0)));
	for (unsigned i = 0; i < ROW_LINKS_MAX; i++) {
		if (r->links[i] != 0)
			buf_u64(out, r->links[i]);
	}
	if (r->same != 0)
		buf_u64(out, r->same);
	buf_add(out, r->envelope.data, r->envelope.len);
}

static char *
row_words(struct reader *in)
{
	size_t len;
	const char *words = read_varbytes(in, &len);

	return len == 0 ? NULL : str_ndup(words, len);
}

// Returns the first byte.
static uint8_t
row_read_head(struct row_head *h, struct reader *in)
{
	uint8_t first = read_u8(in);

	h->state = first & PACK_STATE;
	h->thread = read_varint(in);
	h->account = (uint32_t)read_varint(in);
	h->shown = (uint32_t)read_varint(in);
	h->date = (uint32_t)read_varint(in);
	h->bits = (uint32_t)read_varint(in);
	h->root = read_varint(in);
	h->size = read_varint(in);
	h->received = (int64_t)((uint64_t)read_varint_signed(in) + h->date);
	return first;
}

bool
row_unpack(struct row *r, uint64_t id, const void *data, size_t len)
{
	struct reader in = reader_of(data, len);
	struct row_head head;

	memset(r, 0, sizeof(*r));
	uint8_t first = row_read_head(&head, &in);
	r->id = id;
	r->state = head.state;
	r->thread = head.thread;
	r->account = head.account;
	r->folder = r->shown = head.shown;
	r->date = head.date;
	r->flags.bits = r->shown_flags.bits = head.bits;
	r->root = head.root;
	r->size = head.size;
	r->received = head.received;
	r->modseq = read_varint(&in);
	if ((first & PACK_SHOWN) != 0) {
		r->folder = (uint32_t)read_varint(&in);
		r->flags.bits = (uint32_t)read_varint(&in);
	}
	if ((first & PACK_WORDS) != 0)
		r->flags.words = row_words(&in);
	if ((first & PACK_SHOWN_WORDS) != 0)
		r->shown_flags.words = row_words(&in);
	else if ((first & PACK_SHOWN) == 0)
		r->shown_flags.words = str_dup(r->flags.words);
	unsigned links = read_u8(&in);
	for (unsigned i = 0; i < ROW_LINKS_MAX; i++) {
		if ((links & 1u << i) != 0)
			r->links[i] = read_u64(&in);
	}
	if ((links & PACK_SAME) != 0)
		r->same = read_u64(&in);
	if (!in.bad)
		buf_add(&r->envelope, in.at, in.left);
	return !in.bad;
}

bool
row_head(struct row_head *h, const void *data, size_t len)
{
	struct reader in = reader_of(data, len);

	row_read_head(h, &in);
	return !in.bad;
}

static uint32_t
row_date(const struct row *r, const struct envelope *e)
{
	struct message m = { .received = r->received, .envelope = *e };
	int64_t date = message_date(&m);

	return date < 0 ? 0 : date > UINT32_MAX ? UINT32_MAX : (uint32_t)date;
}

static void
row_add_link(struct row *r, uint64_t link)
{
	for (unsigned i = 0; i < ROW_LINKS_MAX; i++) {
		if (r->links[i] == link)
			return;
	}
	for (unsigned i = LINK_OTHERS; i < ROW_LINKS_MAX; i++) {
		if (r->links[i] == 0) {
			r->links[i] = link;
			return;
		}
	}
}

void
row_set_envelope(struct row *r, const struct envelope *e)
{
	const struct strlist *refs = &e->references;

	memset(r->links, 0, sizeof(r->links));
	r->links[LINK_OWN] = thread_key(e->message_id);
	r->links[LINK_PARENT] = thread_parent(e);
	// What lies between may be missing here: its neighbours bridge it.
	if (refs->len > 0)
		row_add_link(r, thread_key(refs->items[0]));
	if (refs->len > 1)
		row_add_link(r, thread_key(refs->items[refs->len - 2]));
	if (e->in_reply_to.len > 0)
		row_add_link(r, thread_key(e->in_reply_to.items[0]));
	r->date = row_date(r, e);
	buf_clear(&r->envelope);
	envelope_pack(&r->envelope, e);
}

void
row_message(struct message *m, const struct row *r)
{
	row_message_of(m, r, true);
}

void
row_message_of(struct message *m, const struct row *r, bool envelope)
{
	struct reader in = reader_of(r->envelope.data, r->envelope.len);

	*m = (struct message){
		.id = r->id, .thread = r->thread, .account = r->account,
		.folder = r->shown, .received = r->received, .size = r->size,
		.pending = (r->state & ROW_PENDING) != 0,
		.has_raw = (r->state & ROW_RAW) != 0,
		.unreadable = (r->state & ROW_UNREADABLE) != 0,
		// While it is shown elsewhere, its UID names nothing there.
		.uid = r->shown == r->folder ? row_uid(r) : 0,
	};
	flags_copy(&m->flags, &r->shown_flags);
	if (envelope)
		envelope_unpack(&m->envelope, &in);
}
