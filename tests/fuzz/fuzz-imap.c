// SPDX-License-Identifier: GPL-3.0-or-later
// A whole IMAP session with a server that says what it likes; and single responses
// through the parsers, BODYSTRUCTURE through libetpan's grammar among them.
#include "config.h"

#include <stdlib.h>
#include <string.h>

#include "base/error.h"
#include "base/str.h"
#include "mail/part.h"
#include "remote/imap_parse.h"
#include "remote/private.h"
#include "tests/fuzz/fuzz.h"
#include "tests/fuzz/wire.h"

#define GONE_MAX (64 * 1024) // of one verb, with the UIDNEXT that we say we know

// libetpan 1.9.4 forgets a word or two of a BODYSTRUCTURE that it refuses.
const char *__lsan_default_suppressions(void);

const char *
__lsan_default_suppressions(void)
{
	return "leak:libetpan\n";
}

static bool
see_message(void *arg, struct remote_message *m)
{
	(void)arg;
	if ((m->uid == 0 && !m->unreadable) || (m->has_flags && m->flags == NULL) ||
	    (m->has_envelope && (m->envelope == NULL || m->unreadable)))
		abort();
	return true;
}

static void
see_gone(void *arg, const uint32_t *uids, size_t n)
{
	(void)arg;
	for (size_t i = 0; i < n; i++)
		if (uids[i] == 0)
			abort();
}

static bool
see_data(void *arg, const void *bytes, size_t len)
{
	(void)arg;
	return bytes != NULL && len > 0;
}

static void
see_noticed(void *arg)
{
	(void)arg;
}

static void
see_folder(void *arg, const struct remote_folder *folder)
{
	(void)arg;
	if (folder != NULL && folder->name[strcspn(folder->name, "\r\n")])
		abort();
}

static bool
next_piece(void *arg, const void **bytes_r, size_t *len_r)
{
	int *left = arg;
	*bytes_r = "x\r\n";
	*len_r = 3;
	return (*left)-- > 0;
}

// --- acts, one bit each, in this order -------------------------------------------------

struct session {
	struct remote *r;
	struct remote_sink sink;
	struct remote_set set;
	struct error err;
};

static void
act_folders(struct session *n)
{
	struct remote_folders folders;
	if (!remote_imap.folders(n->r, &folders, &n->err))
		return;
	for (size_t i = 0; i < folders.len; i++) {
		const struct remote_folder *f = &folders.items[i];
		// Names go back on command lines, labels to the screen.
		if (f->name[strcspn(f->name, "\r\n")] || !*f->label ||
		    f->label[strcspn(f->label, "\r\n\033")])
			abort();
		char *name = remote_imap.folder_name(n->r, f->label);
		free(name);
	}
	remote_folders_done(&folders);
	struct remote_quotas quotas;
	if (remote_imap.quota(n->r, "f", &quotas, &n->err))
		remote_quotas_done(&quotas);
	unsigned denied;
	remote_imap.rights(n->r, "f", &denied, &n->err);
	uint64_t size;
	remote_imap.folder_size(n->r, "f", &size, &n->err);
}

static void
act_status(struct session *n)
{
	struct remote_folder status;
	remote_imap.status(n->r, "f", &status, &n->err);
}

static void
act_fetch(struct session *n)
{
	remote_imap.fetch(n->r, n->set, REMOTE_FETCH_ENVELOPE | REMOTE_FETCH_IDS, 0, &n->sink, &n->err);
	remote_imap.fetch(n->r, n->set, REMOTE_FETCH_FLAGS, 5, &n->sink, &n->err);
}

static void
act_structure(struct session *n)
{
	struct part *root = NULL;
	if (remote_imap.structure(n->r, 1, &root, &n->err) && root == NULL)
		abort();
	part_free(&root);
}

static void
act_bodies(struct session *n)
{
	remote_imap.fetch_part(n->r, 1, "1.2", 0, 0, &n->sink, &n->err);
	remote_imap.fetch_raw(n->r, 1, 1, 9, &n->sink, &n->err);
}

static void
act_change(struct session *n)
{
	struct flag_change change = { .add.bits = FLAG_SEEN, .remove.bits = FLAG_DRAFT };
	struct remote_uid_map map;
	remote_imap.store_flags(n->r, n->set, &change, &n->sink, &n->err);
	if (remote_imap.move(n->r, n->set, "to", &map, &n->err) && map.n > 0 &&
	    map.uidvalidity == 0)
		abort();
	remote_uid_map_done(&map);
	remote_imap.expunge(n->r, n->set, &n->err);
}

static void
act_append(struct session *n)
{
	uint32_t uidvalidity, uid;
	int left = 1;
	remote_imap.append(n->r, "f", NULL, 0, 3, next_piece, &left, &uidvalidity, &uid,
		&n->err);
}

static void
act_watch(struct session *n)
{
	uint32_t *uids = NULL;
	size_t found;
	bool changed;
	if (remote_imap.find(n->r, "a@b", 5, &uids, &found, &n->err))
		for (size_t i = 0; i < found; i++)
			if (uids[i] < 5)
				abort();
	free(uids);
	remote_imap.watch(n->r, 0, NULL, &changed, &n->sink, &n->err);
	remote_imap.noop(n->r, &n->sink, &n->err);
}

static void
act_search(struct session *n)
{
	static const struct remote_query q = { REMOTE_QUERY_SUBJECT, .text = "a\xc3\xa9" };
	struct remote_range *ranges;
	size_t found;
	if (remote_imap.search(n->r, &q, &ranges, &found, &n->err))
		for (size_t i = 0; i < found; i++)
			if (ranges[i].from == 0 || ranges[i].from > ranges[i].to)
				abort();
	free(ranges);
}

static void (*const acts[])(struct session *n) = {
	act_folders, act_status, act_fetch, act_structure, act_bodies, act_change,
	act_append, act_search,
};
#define ACTS (sizeof(acts) / sizeof(acts[0]))

static void
play(const uint8_t *data, size_t size, uint8_t choice)
{
	static const struct remote_range ranges[] = { { 1, 9 }, { 20, UINT32_MAX } };
	struct wire w = wire_open(data, size);
	struct remote_settings settings = {
		.scheme = (char[]){ "imap" }, .user = (char[]){ "ann" },
		.host = (char[]){ "localhost" }, .tls = REMOTE_TLS_OFF,
		.password = (char[]){ "secret" }, .timeout_ms = 1000,
	};
	struct session n = {
		.sink = { .message = see_message, .gone = see_gone, .data = see_data,
			.noticed = see_noticed, .folder = see_folder },
		.set = { ranges, 2 },
	};
	struct remote_known known = { 7, 50, GONE_MAX };
	struct remote_state state;
	struct buf sent = {0};

	n.r = imap_over_fd(w.client, &settings, NULL, &n.err);
	if (n.r != NULL && remote_imap.select(n.r, "f", &known, &state, &n.sink, &n.err)) {
		if (state.uidvalidity == 0)
			abort();
		for (size_t i = 0; i < ACTS; i++)
			if ((choice & 1u << i) != 0)
				acts[i](&n);
		act_watch(&n);
	}
	bool packed = n.r != NULL &&
		(remote_imap.abilities(n.r) & REMOTE_COMPRESSED) != 0;
	remote_imap.close(&n.r);
	wire_done(&w, &sent);
	if (!packed)
		wire_check_lines(&sent);
	buf_done(&sent);
}

// --- one response ----------------------------------------------------------------------------

static void
see_vanished(void *arg, const uint32_t *uids, size_t n)
{
	see_gone(arg, uids, n);
}

// What servers tell of folders beside the list and counts.
static void
parse_folder_values(struct slice rest)
{
	struct spaces spaces = {0};
	struct remote_quotas quotas = {0};
	struct strlist labels;
	char *name, id[REMOTE_ID_MAX + 1];
	unsigned denied;
	uint64_t size;

	parse_namespace(rest, &spaces);
	for (size_t i = 0; i < spaces.n; i++)
		if (spaces.items[i].prefix[strcspn(spaces.items[i].prefix, "\r\n*%")])
			abort();
	spaces_done(&spaces);
	parse_quota(rest, &quotas);
	remote_quotas_done(&quotas);
	for (int old = 0; old < 2; old++)
		if (parse_myrights(rest, old, &name, &denied))
			free(name);
	if (parse_status_size(rest, &name, &size))
		free(name);
	if (parse_labels(rest, &labels))
		strlist_done(&labels);
	if (parse_object_id(rest, id) && id[strcspn(id, " \r\n")])
		abort();
}

static void
parse(const char *text, size_t len)
{
	struct buf scratch = {0};
	struct response r;
	struct fetched f;
	struct uids uids = { .max = 1000 }, more = {0};
	struct remote_folder folder = {0};
	char *name = NULL;
	size_t n = 0;
	bool earlier;

	parse_response(&r, text, len);
	struct slice rest = r.kind == RESPONSE_DATA ? r.rest : (struct slice){ text, len };
	if (parse_fetch(rest, &scratch, &f) && f.structure.len > 0) {
		struct part *root = parse_structure(f.structure);
		part_free(&root);
	}
	fetched_done(&f);
	struct part *root = parse_structure(rest);
	part_free(&root);
	if (parse_list(rest, &folder)) {
		free(folder.name);
		free(folder.label);
	}
	if (parse_status(rest, &name, &folder))
		free(name);
	parse_folder_values(rest);
	parse_search(rest, &uids);
	parse_esearch(rest, &uids);
	uids_done(&uids);
	uint32_t uidvalidity;
	parse_copyuid(rest, &uidvalidity, &uids, &more);
	parse_vanished(rest, GONE_MAX, &earlier, &n, see_vanished, NULL);
	uids_done(&uids);
	uids_done(&more);
	buf_done(&scratch);
}

// The first byte: 255 for one response, else which acts; the rest is what the
// server says.
int
LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	if (size == 0)
		return 0;
	if (data[0] == 255) {
		// In memory of its own, so that a step past the end is seen.
		char *copy = malloc(size);
		if (copy == NULL)
			abort();
		memcpy(copy, data + 1, size - 1);
		parse(copy, size - 1);
		free(copy);
	} else {
		play(data + 1, size - 1, data[0]);
	}
	return 0;
}
