// SPDX-License-Identifier: GPL-3.0-or-later
// One fetch of all that came into a folder since, instead of a search for each
// message: after a cut in a move of a thousand that is one turn, not a thousand.
#include "config.h"

#include "account/match.h"

#include "account/sync.h"
#include "account/visit.h"
#include "base/buf.h"
#include "base/error.h"
#include "base/map.h"
#include "base/mem.h"
#include "base/str.h"
#include "mail/header.h"
#include "mail/message.h"
#include "remote/remote.h"
#include "store/folders.h"
#include "store/messages.h"

#include <fcntl.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#define MATCH_HEADER_MAX (256 * 1024)

void
match_key_done(struct match_key *k)
{
	free(k->message_id);
	free(k->subject);
	*k = (struct match_key){0};
}

bool
match_key_of(struct sync *s, uint64_t id, struct match_key *k)
{
	struct message m;

	*k = (struct match_key){0};
	if (!store_message(s->store, id, &m))
		return false;
	k->message_id = str_dup(m.envelope.message_id);
	k->size = m.size;
	k->date = m.envelope.date;
	k->subject = str_dup(m.envelope.subject);
	message_done(&m);
	return true;
}

bool
match_key_of_file(const char *path, struct match_key *k)
{
	struct buf b = {0};
	struct envelope e;

	*k = (struct match_key){0};
	int fd = open(path, O_RDONLY | O_CLOEXEC | O_NOFOLLOW);
	if (fd < 0)
		return false;
	buf_reserve(&b, MATCH_HEADER_MAX);
	ssize_t got = pread(fd, b.data, MATCH_HEADER_MAX, 0);
	close(fd);
	if (got > 0)
		b.len = (size_t)got;
	envelope_parse(&e, buf_text(&b), header_block_len(buf_text(&b), b.len));
	k->message_id = str_dup(e.message_id);
	k->subject = str_dup(e.subject);
	k->date = e.date;
	envelope_done(&e);
	buf_done(&b);
	return true;
}

// The keys by what they are first told apart by; equal ones in a chain.
struct match {
	const struct match_key *keys;
	size_t n;
	uint32_t *uids;
	uint32_t from;        // "n:*" names the last message also when it is below n
	size_t *next;         // of the same name; n ends the chain
	struct map *by_name;  // to the first of the chain plus one
};

static char *
name_of(const char *message_id, const char *subject, int64_t date)
{
	if (!str_empty(message_id))
		return str_printf("i%s", message_id);
	return str_printf("s%lld %s", (long long)date, str_or_empty(subject));
}

static void
match_index(struct match *m)
{
	m->next = mem_alloc(m->n + 1, sizeof(*m->next));
	m->by_name = map_new();
	for (size_t i = m->n; i-- > 0; ) {
		const struct match_key *k = &m->keys[i];
		if (k->message_id == NULL && k->subject == NULL && k->date == 0)
			continue;
		char *name = name_of(k->message_id, k->subject, k->date);
		void *before = map_put(m->by_name, name,
			(void *)(uintptr_t)(i + 1));
		m->next[i] = before == NULL ? m->n : (uintptr_t)before - 1;
		free(name);
	}
}

static bool
match_message(void *arg, struct remote_message *message)
{
	struct match *m = arg;
	const struct envelope *e = message->envelope;

	if (!message->has_envelope || e == NULL || message->uid < m->from)
		return true;
	char *name = name_of(e->message_id, e->subject, e->date);
	void *first = map_get(m->by_name, name);
	free(name);
	for (size_t i = first == NULL ? m->n : (uintptr_t)first - 1; i < m->n;
	     i = m->next[i]) {
		if (m->uids[i] == message->uid)
			break;
		bool size = m->keys[i].size == 0 || message->size == 0 ||
			m->keys[i].size == message->size;
		if (m->uids[i] != 0 || !size)
			continue;
		m->uids[i] = message->uid;
		break;
	}
	return true;
}

bool
match_find(struct sync *s, uint32_t folder, uint32_t from,
	const struct match_key *keys, size_t n, uint32_t *uids_r,
	uint32_t *uidvalidity_r, struct error *err)
{
	struct remote_range range = { from == 0 ? 1 : from, UINT32_MAX };
	struct match m = {
		.keys = keys, .n = n, .uids = uids_r, .from = range.from,
	};
	struct remote_sink sink = { .arg = &m, .message = match_message };

	memset(uids_r, 0, n * sizeof(*uids_r));
	// Without a new SELECT the server need not tell what came since the last.
	if (!visit_reselect(s, folder, uidvalidity_r, err))
		return false;
	match_index(&m);
	bool ok = s->driver->fetch(s->remote, (struct remote_set){ &range, 1 },
		REMOTE_FETCH_ENVELOPE, 0, &sink, err);
	map_free(&m.by_name, NULL);
	free(m.next);
	return ok;
}
