// SPDX-License-Identifier: GPL-3.0-or-later
// Messages on their way out and what POP3 has downloaded, in the journal.
#include "config.h"

#include "store/outbox.h"

#include "base/mem.h"
#include "store/inside.h"
#include "store/outbox_inside.h"

#include <stdlib.h>
#include <string.h>

#define SEND_VERSION 1

bool
send_is_doubt(const struct send *s)
{
	return s->state == SEND_STARTED || (s->state == SEND_FAILED &&
		str_has_prefix(str_or_empty(s->error), SEND_DOUBT));
}

void
send_done(struct send *send)
{
	for (size_t i = 0; i < send->n_recipients; i++) {
		free(send->recipients[i].mail);
		free(send->recipients[i].error);
	}
	free(send->recipients);
	free(send->file);
	free(send->message_id);
	free(send->from);
	free(send->subject);
	free(send->draft);
	free(send->error);
	memset(send, 0, sizeof(*send));
}

static void
send_pack(struct buf *out, const struct send *send)
{
	buf_u8(out, SEND_VERSION);
	buf_u64(out, send->seq);
	buf_u32(out, send->account);
	buf_u8(out, (uint8_t)send->state);
	buf_pack_str(out, send->file);
	buf_pack_str(out, send->message_id);
	buf_pack_str(out, send->from);
	buf_u32(out, (uint32_t)send->n_recipients);
	for (size_t i = 0; i < send->n_recipients; i++) {
		buf_pack_str(out, send->recipients[i].mail);
		buf_u8(out, send->recipients[i].accepted);
		buf_pack_str(out, send->recipients[i].error);
	}
	buf_pack_str(out, send->subject);
	buf_pack_str(out, send->draft);
	buf_u64(out, send->original);
	buf_u8(out, send->forwarded);
	buf_u64(out, (uint64_t)send->when);
	buf_u64(out, (uint64_t)send->not_before);
	buf_u32(out, send->tries);
	buf_pack_str(out, send->error);
}

// NULL where nothing was written.
static char *
send_str(struct reader *in)
{
	size_t len;
	const char *s = read_bytes(in, &len);

	return len == 0 ? NULL : str_ndup(s, len);
}

static bool
send_unpack(struct send *send, struct reader *in)
{
	*send = (struct send){ 0 };
	if (read_u8(in) != SEND_VERSION)
		return false;
	send->seq = read_u64(in);
	send->account = read_u32(in);
	send->state = read_u8(in);
	send->file = send_str(in);
	send->message_id = send_str(in);
	send->from = send_str(in);
	uint32_t n = read_u32(in);
	if (in->bad || n > SEND_RECIPIENTS_MAX || send->state > SEND_FAILED)
		return false;
	send->recipients = mem_alloc(n + 1, sizeof(*send->recipients));
	for (; send->n_recipients < n && !in->bad; send->n_recipients++) {
		struct send_recipient *r = &send->recipients[send->n_recipients];
		r->mail = send_str(in);
		r->accepted = read_u8(in) != 0;
		r->error = send_str(in);
	}
	send->subject = send_str(in);
	send->draft = send_str(in);
	send->original = read_u64(in);
	send->forwarded = read_u8(in) != 0;
	send->when = (int64_t)read_u64(in);
	send->not_before = (int64_t)read_u64(in);
	send->tries = read_u32(in);
	send->error = send_str(in);
	return !in->bad;
}

static void
send_copy(struct send *to, const struct send *from)
{
	struct buf b = { 0 };

	send_pack(&b, from);
	struct reader in = reader_of(b.data, b.len);
	send_unpack(to, &in);
	buf_done(&b);
}

// --- in memory ---------------------------------------------------------------------

void
sends_init(struct store *s)
{
	s->sends = ARRAY_OF(struct send);
}

void
sends_free(struct store *s)
{
	for (size_t i = 0; i < s->sends.len; i++)
		send_done(array_at(&s->sends, i));
	array_done(&s->sends);
}

static bool
send_read(void *arg, const void *key, size_t key_len, struct reader *in)
{
	struct store *s = arg;
	struct send *send = array_push(&s->sends);

	(void)key;
	(void)key_len;
	return send_unpack(send, in);
}

bool
sends_load(struct store *s, struct error *err)
{
	return journal_each(s->journal, JOURNAL_SEND, "", 0, send_read, s, err);
}

static struct send *
sends_find(const struct store *s, uint64_t seq, size_t *at_r)
{
	for (size_t i = 0; i < s->sends.len; i++) {
		struct send *send = array_at(&s->sends, i);
		if (send->seq == seq) {
			*at_r = i;
			return send;
		}
	}
	return NULL;
}

size_t
store_sends(struct store *s, uint32_t account, struct send **sends_r)
{
	size_t n = 0;

	reading_begin(s);
	*sends_r = mem_alloc(s->sends.len + 1, sizeof(**sends_r));
	for (size_t i = 0; i < s->sends.len; i++) {
		const struct send *send = array_at(&s->sends, i);
		if (account == 0 || send->account == account)
			send_copy(&(*sends_r)[n++], send);
	}
	reading_end(s);
	return n;
}

bool
store_send(struct store *s, uint64_t seq, struct send *send_r)
{
	size_t at;

	reading_begin(s);
	const struct send *send = sends_find(s, seq, &at);
	if (send != NULL)
		send_copy(send_r, send);
	reading_end(s);
	return send != NULL;
}

// --- written --------------------------------------------------------------------------

static bool
send_write(struct store *s, const struct send *send, bool remove, struct error *err)
{
	struct journal_txn t;
	struct buf b = { 0 };
	struct send *there;
	size_t at;

	journal_begin(&t, s->journal);
	if (remove) {
		journal_del_u64(&t, JOURNAL_SEND, send->seq);
	} else {
		send_pack(&b, send);
		journal_put_u64(&t, JOURNAL_SEND, send->seq, &b);
		if (send->seq > s->journal->meta.sends)
			s->journal->meta.sends = send->seq;
	}
	buf_done(&b);
	if (!journal_commit(&t, err))
		return false;
	pthread_rwlock_wrlock(&s->lock);
	there = sends_find(s, send->seq, &at);
	if (there != NULL)
		send_done(there);
	if (there != NULL && remove)
		array_remove(&s->sends, at);
	else if (!remove)
		send_copy(there != NULL ? there : array_push(&s->sends), send);
	pthread_rwlock_unlock(&s->lock);
	store_tell(s, STORE_OUTBOX, send->account, 0, 0, NULL);
	return true;
}

static bool
send_add_run(struct store *s, void *arg, struct error *err)
{
	struct send *send = arg;

	// A record that could not be read again would keep the store from opening.
	if (send->n_recipients > SEND_RECIPIENTS_MAX)
		return error_set(err, ERROR_INPUT, "the message has %zu recipients: "
			"send it to at most %d at once", send->n_recipients,
			SEND_RECIPIENTS_MAX);
	send->seq = s->journal->meta.sends + 1;
	return send_write(s, send, false, err);
}

bool
store_send_add(struct store *s, struct send *send, struct error *err)
{
	return writer_call(s, JOB_PLAY, send_add_run, send, err);
}

static bool
send_update_run(struct store *s, void *arg, struct error *err)
{
	const struct send *send = arg;
	size_t at;

	if (sends_find(s, send->seq, &at) == NULL)
		return error_set(err, ERROR_GONE, "the message is no longer in the outbox");
	return send_write(s, send, false, err);
}

bool
store_send_update(struct store *s, const struct send *send, struct error *err)
{
	return writer_call(s, JOB_PLAY, send_update_run, (void *)send, err);
}

static bool
send_remove_run(struct store *s, void *arg, struct error *err)
{
	return send_write(s, arg, true, err);
}

bool
store_send_remove(struct store *s, uint64_t seq, struct error *err)
{
	struct send send = { .seq = seq };

	return writer_call(s, JOB_PLAY, send_remove_run, &send, err);
}

// NULL with *err where it is on its way, or may be.
static const struct send *
sends_find_here(const struct store *s, uint64_t seq, struct error *err)
{
	size_t at;
	const struct send *send = sends_find(s, seq, &at);

	if (send == NULL)
		error_set(err, ERROR_GONE, "there is no message %llu in the outbox",
			(unsigned long long)seq);
	else if (send->state == SEND_STARTED)
		error_set(err, ERROR_REFUSED, "the message is being sent just now");
	else if (send->state == SEND_SENT)
		error_set(err, ERROR_REFUSED, "the message has been sent");
	else
		return send;
	return NULL;
}

struct send_taking {
	uint64_t seq;
	struct send *send_r;
};

static bool
send_take_run(struct store *s, void *arg, struct error *err)
{
	const struct send_taking *t = arg;
	const struct send *send = sends_find_here(s, t->seq, err);

	if (send == NULL)
		return false;
	if (t->send_r != NULL)
		send_copy(t->send_r, send);
	return send_write(s, &(struct send){ .seq = t->seq,
		.account = send->account }, true, err);
}

bool
store_send_take(struct store *s, uint64_t seq, struct send *send_r, struct error *err)
{
	struct send_taking t = { seq, send_r };

	if (send_r != NULL)
		*send_r = (struct send){0};
	return writer_call(s, JOB_PLAY, send_take_run, &t, err);
}

static bool
send_retry_run(struct store *s, void *arg, struct error *err)
{
	const struct send *there = sends_find_here(s, *(uint64_t *)arg, err);
	struct send send;

	if (there == NULL)
		return false;
	send_copy(&send, there);
	send.state = SEND_WAITING;
	send.not_before = 0;
	bool ok = send_write(s, &send, false, err);
	send_done(&send);
	return ok;
}

bool
store_send_retry(struct store *s, uint64_t seq, struct error *err)
{
	return writer_call(s, JOB_PLAY, send_retry_run, &seq, err);
}

// --- POP3 ----------------------------------------------------------------------------

void
drop_entry_done(struct drop_entry *e)
{
	free(e->uidl);
	free(e->file);
	memset(e, 0, sizeof(*e));
}

struct drop_call {
	uint32_t account;
	const struct drop_entry *entries;
	size_t n;
	const struct strlist *uidls;
	struct array out;       // struct drop_entry
};

static void
drop_key(struct buf *b, uint32_t account, const char *uidl)
{
	buf_clear(b);
	buf_u32(b, account);
	buf_str(b, uidl);
}

static bool
drop_read(void *arg, const void *key, size_t key_len, struct reader *in)
{
	struct drop_call *call = arg;
	struct drop_entry *e;

	if (key_len < 4)
		return false;
	e = array_push(&call->out);
	e->uidl = str_ndup((const char *)key + 4, key_len - 4);
	e->file = read_str(in);
	e->downloaded = (int64_t)read_u64(in);
	e->removed = read_u8(in) != 0;
	return !in->bad;
}

// The journal is the store thread's: so is reading it.
static bool
drops_run(struct store *s, void *arg, struct error *err)
{
	struct drop_call *call = arg;
	struct key k = { .len = 0 };

	key_u32(&k, call->account);
	return journal_each(s->journal, JOURNAL_DROP, k.at, k.len, drop_read, call, err);
}

size_t
store_drops(struct store *s, uint32_t account, struct drop_entry **entries_r)
{
	struct drop_call call = {
		.account = account, .out = ARRAY_OF(struct drop_entry),
	};
	struct error err;

	writer_call(s, JOB_PLAY, drops_run, &call, &err);
	*entries_r = call.out.items != NULL ? call.out.items :
		mem_alloc(1, sizeof(**entries_r));
	return call.out.len;
}

static bool
drop_put_run(struct store *s, void *arg, struct error *err)
{
	const struct drop_call *call = arg;
	struct journal_txn t;
	struct buf key = { 0 }, value = { 0 };

	journal_begin(&t, s->journal);
	for (size_t i = 0; i < call->n; i++) {
		const struct drop_entry *e = &call->entries[i];
		drop_key(&key, call->account, e->uidl);
		buf_clear(&value);
		buf_pack_str(&value, e->file);
		buf_u64(&value, (uint64_t)e->downloaded);
		buf_u8(&value, e->removed);
		journal_put(&t, JOURNAL_DROP, key.data, key.len, &value);
	}
	buf_done(&key);
	buf_done(&value);
	return journal_commit(&t, err);
}

bool
store_drop_put(struct store *s, uint32_t account, const struct drop_entry *entries,
	size_t n, struct error *err)
{
	struct drop_call call = { .account = account, .entries = entries, .n = n };

	return writer_call(s, JOB_PLAY, drop_put_run, &call, err);
}

static bool
drop_remove_run(struct store *s, void *arg, struct error *err)
{
	const struct drop_call *call = arg;
	struct journal_txn t;
	struct buf key = { 0 };

	journal_begin(&t, s->journal);
	for (size_t i = 0; i < call->uidls->len; i++) {
		drop_key(&key, call->account, call->uidls->items[i]);
		journal_del(&t, JOURNAL_DROP, key.data, key.len);
	}
	buf_done(&key);
	return journal_commit(&t, err);
}

bool
store_drop_remove(struct store *s, uint32_t account, const struct strlist *uidls,
	struct error *err)
{
	struct drop_call call = { .account = account, .uidls = uidls };

	return writer_call(s, JOB_PLAY, drop_remove_run, &call, err);
}
