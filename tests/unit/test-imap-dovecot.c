// SPDX-License-Identifier: GPL-3.0-or-later
// The IMAP driver against a real Dovecot that this test owns.
#include "config.h"

#include "test.h"

#include <pthread.h>
#include <sched.h>
#include <stdio.h>
#include <string.h>

#include "base/buf.h"
#include "base/error.h"
#include "base/when.h"
#include "loop/cancel.h"
#include "mail/part.h"
#include "remote/remote.h"
#include "tests/server/proxy.h"
#include "tests/server/server.h"

#define MANY 2000
#define WHEN 1700000000

struct fixture {
	struct server *server;
	struct cancel *cancel;
};

static const char mixed[] =
	"From: =?utf-8?q?Bj=C3=B6rn?= <bjorn@example.net>\r\n"
	"To: ann@example.org\r\n"
	"Subject: the plan\r\n"
	"Date: Tue, 14 Nov 2023 22:13:20 +0000\r\n"
	"Message-ID: <mixed@example.net>\r\n"
	"MIME-Version: 1.0\r\n"
	"Content-Type: multipart/mixed; boundary=\"b\"\r\n"
	"\r\n"
	"--b\r\n"
	"Content-Type: multipart/alternative; boundary=\"c\"\r\n"
	"\r\n"
	"--c\r\n"
	"Content-Type: text/plain; charset=utf-8; format=flowed\r\n"
	"\r\n"
	"Here it is.\r\n"
	"--c\r\n"
	"Content-Type: text/html; charset=utf-8\r\n"
	"Content-Transfer-Encoding: quoted-printable\r\n"
	"\r\n"
	"<p>Here it is.=20\r\n"
	"--c--\r\n"
	"--b\r\n"
	"Content-Type: application/pdf\r\n"
	"Content-Disposition: attachment;\r\n"
	" filename*0*=utf-8''der%20gro%C3%9Fe%20; filename*1=Plan.pdf\r\n"
	"Content-Transfer-Encoding: base64\r\n"
	"\r\n"
	"JVBERi0xLjQK\r\n"
	"--b\r\n"
	"Content-Type: message/rfc822\r\n"
	"\r\n"
	"From: \"Carol, of Sales\" <carol@example.com>\r\n"
	"Subject: =?utf-8?q?inner_=C3=A9?=\r\n"
	"\r\n"
	"inner text\r\n"
	"--b--\r\n";

static int
setup(void **state)
{
	static const char *const options[] = { "--services", "imap,lmtp", NULL };
	struct fixture *f = calloc(1, sizeof(*f));
	*state = f;
	f->cancel = cancel_new();
	f->server = server_available() ? server_start(options) : NULL;
	return 0;
}

static int
teardown(void **state)
{
	struct fixture *f = *state;
	if (f->server)
		server_stop(&f->server);
	cancel_free(&f->cancel);
	free(f);
	return 0;
}

static struct fixture *
need_server(void **state)
{
	struct fixture *f = *state;
	if (!server_available()) {
		print_message("# " SERVER_MISSING "\n");
		skip();
	}
	assert_non_null(f->server);
	cancel_reset(f->cancel);
	return f;
}

static void
settings_for(struct server *server, bool implicit, struct remote_settings *s)
{
	*s = (struct remote_settings){
		.scheme = str_dup(implicit ? "imaps" : "imap"),
		.user = str_dup(server_get(server, "user")),
		.host = str_dup(server_get(server, "host")),
		.port = (uint16_t)server_port(server, implicit ? "imaps" : "imap"),
		.tls = implicit ? REMOTE_TLS_IMPLICIT : REMOTE_TLS_START,
		.tls_ca = str_dup(server_get(server, "ca")),
		.password = str_dup(server_get(server, "password")),
		.client_name = str_dup("postern"),
		.timeout_ms = 120000, .transcript = getenv("TR") ? str_dup(getenv("TR")) : NULL,
	};
}

static struct remote *
logged_in(struct fixture *f, struct remote_settings *s)
{
	struct remote *r = NULL;
	struct error err = { 0 };
	if (!remote_imap.open(&r, s, f->cancel, NULL, &err))
		fail_msg("%s", err.text);
	return r;
}

static struct remote *
open_default(struct fixture *f)
{
	struct remote_settings s;
	settings_for(f->server, true, &s);
	struct remote *r = logged_in(f, &s);
	remote_settings_done(&s);
	return r;
}

#define OK(call) do { \
	struct error err = { 0 }; \
	if (!(call)) \
		fail_msg("%s: %s", #call, err.text); \
} while (0)

static void
put(struct fixture *f, const char *folder, const char *flags, const char *id,
	const char *subject)
{
	char *text = str_printf("From: Bob <bob@example.net>\nTo: ann@example.org\n"
		"Subject: %s\nMessage-ID: <%s@example.net>\n"
		"Date: Tue, 14 Nov 2023 22:13:20 +0000\n\nText of %s.\n",
		subject, id, id);
	assert_true(server_put(f->server, server_get(f->server, "user"), folder, flags,
		WHEN, text, strlen(text)));
	free(text);
}

// --- what a sink heard ------------------------------------------------------------

struct heard {
	size_t messages, with_envelope, with_flags, unreadable, noticed;
	uint32_t last_uid, seen_uid;
	uint64_t size, modseq;
	int64_t received;
	struct flags flags;
	char *subject, *from, *id;
	struct buf data;
	uint32_t gone[16];
	size_t n_gone;
	bool twice;
	unsigned char uids[MANY + 1];
	struct cancel *cancel_at_data;
};

static bool
hear_message(void *arg, struct remote_message *m)
{
	struct heard *h = arg;
	// In any order: the server may answer the pieces as it likes.
	h->twice = h->twice || m->uid > MANY || h->uids[m->uid] != 0;
	if (m->uid <= MANY)
		h->uids[m->uid] = 1;
	h->messages++;
	h->last_uid = m->uid;
	h->size = m->size;
	h->modseq = m->modseq;
	h->received = m->received;
	h->unreadable += m->unreadable;
	if (m->has_flags) {
		h->with_flags++;
		flags_done(&h->flags);
		flags_copy(&h->flags, m->flags);
	}
	if (m->has_envelope) {
		h->with_envelope++;
		str_set(&h->subject, m->envelope->subject);
		str_set(&h->from, m->envelope->from.len ? m->envelope->from.items[0].name : "");
		str_set(&h->id, m->envelope->message_id);
	}
	return true;
}

static void
hear_gone(void *arg, const uint32_t *uids, size_t n)
{
	struct heard *h = arg;
	for (size_t i = 0; i < n && h->n_gone < COUNT_OF(h->gone); i++)
		h->gone[h->n_gone++] = uids[i];
}

static bool
hear_data(void *arg, const void *bytes, size_t len)
{
	struct heard *h = arg;
	buf_add(&h->data, bytes, len);
	if (h->cancel_at_data)
		cancel_set(h->cancel_at_data);
	return true;
}

static void
hear_noticed(void *arg)
{
	((struct heard *)arg)->noticed++;
}

static struct remote_sink
ears(struct heard *h)
{
	return (struct remote_sink){ .arg = h, .message = hear_message,
		.gone = hear_gone, .data = hear_data, .noticed = hear_noticed };
}

static void
heard_done(struct heard *h)
{
	flags_done(&h->flags);
	free(h->subject);
	free(h->from);
	free(h->id);
	buf_done(&h->data);
	*h = (struct heard){ 0 };
}

static struct remote_set
one(struct remote_range *range, uint32_t from, uint32_t to)
{
	*range = (struct remote_range){ from, to };
	return (struct remote_set){ range, 1 };
}

// --- opening -----------------------------------------------------------------------

static void
both_ways_in(void **state)
{
	struct fixture *f = need_server(state);
	for (int implicit = 0; implicit < 2; implicit++) {
		struct remote_settings s;
		settings_for(f->server, implicit, &s);
		struct remote *r = logged_in(f, &s);
		unsigned wanted = REMOTE_MIRROR | REMOTE_WATCH | REMOTE_CONDSTORE |
			REMOTE_QRESYNC | REMOTE_UIDPLUS | REMOTE_MOVE |
			REMOTE_SPECIAL_USE | REMOTE_LIST_STATUS;
		assert_int_equal(remote_imap.abilities(r) & wanted, wanted);
		// greeting, [STARTTLS, CAPABILITY,] SCRAM in three, ENABLE and ID
		assert_true(remote_counters(r).turns <= (implicit ? 6 : 8));
		remote_imap.close(&r);
		assert_null(r);
		remote_settings_done(&s);
	}
}

static void
a_wrong_password(void **state)
{
	struct fixture *f = need_server(state);
	struct remote_settings s;
	settings_for(f->server, true, &s);
	str_set(&s.password, "wrong");
	struct remote *r = NULL;
	struct error no = { 0 };
	assert_false(remote_imap.open(&r, &s, f->cancel, NULL, &no));
	assert_int_equal(no.kind, ERROR_AUTH);
	assert_non_null(strstr(no.text, "localhost"));
	remote_settings_done(&s);
}

static void
an_unknown_authority(void **state)
{
	struct fixture *f = need_server(state);
	struct remote_settings s;
	settings_for(f->server, false, &s);
	str_set(&s.tls_ca, NULL);
	struct remote *r = NULL;
	struct error no = { 0 };
	struct remote_certificate c = { 0 };
	assert_false(remote_imap.open(&r, &s, f->cancel, &c, &no));
	assert_int_equal(no.kind, ERROR_TRUST);
	assert_non_null(c.fingerprint);
	s.tls_pin = str_dup(c.fingerprint);
	r = logged_in(f, &s);
	remote_imap.close(&r);
	remote_certificate_done(&c);
	remote_settings_done(&s);
}

// --- folders ----------------------------------------------------------------------

static const struct remote_folder *
folder_named(const struct remote_folders *all, const char *label)
{
	for (size_t i = 0; i < all->len; i++) {
		if (str_equal(all->items[i].label, label))
			return &all->items[i];
	}
	return NULL;
}

static void
folders_and_counts(void **state)
{
	struct fixture *f = need_server(state);
	struct remote *r = open_default(f);
	struct remote_folders all;
	OK(remote_imap.folders(r, &all, &err));
	remote_folders_done(&all);
	char *name = remote_imap.folder_name(r, "B\xc3\xbc" "cher & mehr/Tief");
	assert_string_equal(name, "B&APw-cher &- mehr/Tief");
	OK(remote_imap.folder_create(r, name, &err));
	OK(remote_imap.folder_create(r, "Counted", &err));
	put(f, "Counted", "", "c1", "one");
	put(f, "Counted", "S", "c2", "two");
	OK(remote_imap.folder_subscribe(r, "Counted", true, &err));
	OK(remote_imap.folders(r, &all, &err));
	const struct remote_folder *inbox = folder_named(&all, "INBOX");
	assert_non_null(inbox);
	assert_string_equal(inbox->role, "inbox");
	const struct remote_folder *deep = folder_named(&all, "B\xc3\xbc" "cher & mehr/Tief");
	assert_non_null(deep);
	assert_string_equal(deep->name, name);
	assert_true(deep->selectable && !deep->subscribed && !deep->children);
	const struct remote_folder *sent = folder_named(&all, "Sent");
	assert_true(sent && str_equal(sent->role, "sent"));
	const struct remote_folder *counted = folder_named(&all, "Counted");
	assert_true(counted && counted->has_status && counted->subscribed);
	assert_int_equal(counted->messages, 2);
	assert_int_equal(counted->unseen, 1);
	assert_int_equal(counted->uidnext, 3);
	assert_true(counted->uidvalidity && counted->highestmodseq);
	remote_folders_done(&all);

	struct remote_folder status;
	OK(remote_imap.status(r, "Counted", &status, &err));
	assert_int_equal(status.messages, 2);
	struct error no = { 0 };
	assert_false(remote_imap.status(r, "Nowhere", &status, &no));
	assert_int_equal(no.kind, ERROR_GONE);
	OK(remote_imap.folder_rename(r, name, "Renamed", &err));
	OK(remote_imap.folder_delete(r, "Renamed", &err));
	error_clear(&no);
	assert_false(remote_imap.folder_delete(r, "Renamed", &no));
	free(name);
	remote_imap.close(&r);
}

static void
select_tells(void **state)
{
	struct fixture *f = need_server(state);
	put(f, "Told", "", "t1", "one");
	struct remote *r = open_default(f);
	struct remote_state st;
	OK(remote_imap.select(r, "Told", NULL, &st, NULL, &err));
	assert_int_equal(st.exists, 1);
	assert_int_equal(st.uidnext, 2);
	assert_true(st.uidvalidity && st.highestmodseq && st.keywords);
	assert_false(st.read_only || st.changes_told);
	struct error no = { 0 };
	assert_false(remote_imap.select(r, "Nowhere", NULL, &st, NULL, &no));
	assert_int_equal(no.kind, ERROR_GONE);
	// Now none is selected.
	struct remote_range range;
	assert_false(remote_imap.fetch(r, one(&range, 1, UINT32_MAX),
		REMOTE_FETCH_FLAGS, 0, NULL, &no));
	assert_int_equal(no.kind, ERROR_INPUT);
	remote_imap.close(&r);
}

// --- messages ------------------------------------------------------------------------

static void
headers_of_many(void **state)
{
	struct fixture *f = need_server(state);
	for (int i = 0; i < MANY; i++) {
		char id[32], subject[64];
		snprintf(id, sizeof(id), "m%d", i);
		snprintf(subject, sizeof(subject), "=?utf-8?q?N=C3=BAmero?= %d", i);
		put(f, "Many", i % 2 ? "S" : "", id, subject);
	}
	struct remote *r = open_default(f);
	struct remote_state st;
	OK(remote_imap.select(r, "Many", NULL, &st, NULL, &err));
	assert_int_equal(st.exists, MANY);
	struct heard h = { 0 };
	struct remote_sink sink = ears(&h);
	struct remote_range range;
	uint64_t turns = remote_counters(r).turns;
	OK(remote_imap.fetch(r, one(&range, 1, UINT32_MAX), REMOTE_FETCH_ENVELOPE, 0,
		&sink, &err));
	assert_int_equal(h.messages, MANY);
	assert_int_equal(h.with_envelope, MANY);
	assert_int_equal(h.with_flags, MANY);
	assert_false(h.twice);
	assert_int_equal(h.unreadable, 0);
	assert_int_equal(h.received, WHEN);
	assert_true(h.modseq && h.size > 100);
	assert_true(str_has_prefix(h.subject, "N\xc3\xbamero "));
	assert_string_equal(h.from, "Bob");
	assert_true(remote_counters(r).turns - turns <= 3);
	heard_done(&h);

	OK(remote_imap.fetch(r, one(&range, 1, UINT32_MAX), REMOTE_FETCH_UIDS, 0, &sink,
		&err));
	assert_int_equal(h.messages, MANY);
	assert_int_equal(h.with_flags, 0);
	assert_false(h.twice);
	heard_done(&h);
	OK(remote_imap.fetch(r, one(&range, 1995, UINT32_MAX), REMOTE_FETCH_FLAGS, 0,
		&sink, &err));
	assert_int_equal(h.messages, 6);
	assert_int_equal(h.with_envelope, 0);
	heard_done(&h);
	// Behind the last message there is none, though "*" is the last one: that
	// comes as news of its flags at most.
	OK(remote_imap.fetch(r, one(&range, MANY + 1, UINT32_MAX),
		REMOTE_FETCH_ENVELOPE, 0, &sink, &err));
	assert_int_equal(h.with_envelope, 0);
	heard_done(&h);
	remote_imap.close(&r);
}

static void
sparse_uids(void **state)
{
	struct fixture *f = need_server(state);
	put(f, "Sparse", "", "s1", "one");
	struct remote *r = open_default(f);
	struct remote_state st;
	OK(remote_imap.select(r, "Sparse", NULL, &st, NULL, &err));
	struct heard h = { 0 };
	struct remote_sink sink = ears(&h);
	static const struct remote_range ranges[] = { { 1, 5 }, { 100, 3000000000u } };
	OK(remote_imap.fetch(r, (struct remote_set){ ranges, 2 }, REMOTE_FETCH_ENVELOPE,
		0, &sink, &err));
	assert_int_equal(h.messages, 1);
	assert_string_equal(h.id, "s1@example.net");
	heard_done(&h);
	remote_imap.close(&r);
}

static void
structure_and_parts(void **state)
{
	struct fixture *f = need_server(state);
	assert_true(server_put(f->server, server_get(f->server, "user"), "Parts", "",
		WHEN, mixed, strlen(mixed)));
	struct remote *r = open_default(f);
	struct remote_state st;
	OK(remote_imap.select(r, "Parts", NULL, &st, NULL, &err));
	struct part *root = NULL;
	OK(remote_imap.structure(r, 1, &root, &err));
	struct part *raw = part_parse(mixed, strlen(mixed));
	static const char *const sections[] = { "1", "1.1", "1.2", "2", "3", "3.1" };
	for (size_t i = 0; i < COUNT_OF(sections); i++) {
		struct part *a = part_find(root, sections[i]);
		struct part *b = part_find(raw, sections[i]);
		assert_true(a && b);
		assert_string_equal(a->type, b->type);
		assert_string_equal(a->subtype, b->subtype);
		assert_true(str_equal(a->name, b->name));
		// What is not declared Dovecot calls us-ascii.
		if (b->charset)
			assert_string_equal(a->charset, b->charset);
		assert_true(str_equal(a->disposition, b->disposition));
		assert_string_equal(a->encoding, b->encoding);
		assert_int_equal(a->flowed, b->flowed);
		if (a->n_children == 0)
			assert_int_equal(a->size, b->size);
	}
	assert_string_equal(part_find(root, "2")->name, "der gro\xc3\x9f" "e Plan.pdf");
	struct envelope *inner = part_find(root, "3")->envelope;
	assert_string_equal(inner->subject, "inner \xc3\xa9");
	assert_string_equal(inner->from.items[0].name, "Carol, of Sales");
	part_free(&root);
	part_free(&raw);

	struct heard h = { 0 };
	struct remote_sink sink = ears(&h);
	OK(remote_imap.fetch_part(r, 1, "2", 0, 0, &sink, &err));
	assert_string_equal(buf_text(&h.data), "JVBERi0xLjQK");
	heard_done(&h);
	OK(remote_imap.fetch_part(r, 1, "1.1", 5, 2, &sink, &err));
	assert_string_equal(buf_text(&h.data), "it");
	heard_done(&h);
	OK(remote_imap.fetch_part(r, 1, "HEADER", 0, 0, &sink, &err));
	assert_true(str_has_prefix(buf_text(&h.data), "From: =?utf-8"));
	heard_done(&h);
	OK(remote_imap.fetch_raw(r, 1, 0, 0, &sink, &err));
	assert_int_equal(h.data.len, strlen(mixed));
	assert_memory_equal(h.data.data, mixed, strlen(mixed));
	heard_done(&h);
	OK(remote_imap.fetch_raw(r, 1, 10, 0, &sink, &err)); // resumed after a cut
	assert_int_equal(h.data.len, strlen(mixed) - 10);
	heard_done(&h);
	struct error no = { 0 };
	assert_false(remote_imap.fetch_raw(r, 99, 0, 0, &sink, &no));
	assert_int_equal(no.kind, ERROR_GONE);
	error_clear(&no);
	assert_false(remote_imap.structure(r, 99, &root, &no));
	assert_int_equal(no.kind, ERROR_GONE);
	assert_false(remote_imap.fetch_part(r, 1, "1]\r\nP9 LOGOUT", 0, 0, &sink, &no));
	assert_int_equal(no.kind, ERROR_INPUT);
	remote_imap.close(&r);
}

static void
a_big_body_passes_memory(void **state)
{
	struct fixture *f = need_server(state);
	struct buf text = { 0 };
	buf_str(&text, "Subject: big\r\n\r\n");
	while (text.len < 5 * 1024 * 1024)
		buf_str(&text, "A line of a large message, one of very many of them.\r\n");
	assert_true(server_put(f->server, server_get(f->server, "user"), "Big", "", WHEN,
		text.data, text.len));
	struct remote *r = open_default(f);
	struct remote_state st;
	OK(remote_imap.select(r, "Big", NULL, &st, NULL, &err));
	struct heard h = { 0 };
	struct remote_sink sink = ears(&h);
	OK(remote_imap.fetch_raw(r, 1, 0, 0, &sink, &err));
	assert_int_equal(h.data.len, text.len);
	assert_memory_equal(h.data.data, text.data, text.len);
	heard_done(&h);
	// Cancelled in the middle: at once, and the connection is over.
	h.cancel_at_data = f->cancel;
	struct error no = { 0 };
	assert_false(remote_imap.fetch_raw(r, 1, 0, 0, &sink, &no));
	assert_int_equal(no.kind, ERROR_CANCELLED);
	heard_done(&h);
	buf_done(&text);
	remote_imap.close(&r);
}

// --- acts ---------------------------------------------------------------------------

static void
flags_change(void **state)
{
	struct fixture *f = need_server(state);
	put(f, "Flags", "", "f1", "one");
	put(f, "Flags", "F", "f2", "two");
	struct remote *r = open_default(f);
	struct remote_state st;
	OK(remote_imap.select(r, "Flags", NULL, &st, NULL, &err));
	struct flag_change change = { 0 };
	flags_add(&change.add, "seen");
	flags_add(&change.add, "todo");
	flags_add(&change.remove, "flagged");
	struct remote_range range;
	struct heard h = { 0 };
	struct remote_sink sink = ears(&h);
	OK(remote_imap.store_flags(r, one(&range, 1, 2), &change, &sink, &err));
	heard_done(&h);
	OK(remote_imap.fetch(r, one(&range, 2, 2), REMOTE_FETCH_FLAGS, 0, &sink, &err));
	struct buf text = { 0 };
	flags_format(&text, &h.flags);
	assert_string_equal(buf_text(&text), "seen todo");
	buf_done(&text);
	heard_done(&h);
	// Only what changed since.
	OK(remote_imap.fetch(r, one(&range, 1, UINT32_MAX), REMOTE_FETCH_FLAGS,
		st.highestmodseq, &sink, &err));
	assert_int_equal(h.messages, 2);
	uint64_t modseq = h.modseq;
	heard_done(&h);
	OK(remote_imap.fetch(r, one(&range, 1, UINT32_MAX), REMOTE_FETCH_FLAGS, modseq,
		&sink, &err));
	assert_int_equal(h.messages, 0);
	heard_done(&h);
	flag_change_done(&change);
	remote_imap.close(&r);
}

static void
copies_moves_and_removals(void **state)
{
	struct fixture *f = need_server(state);
	for (int i = 0; i < 4; i++) {
		char id[16];
		snprintf(id, sizeof(id), "k%d", i);
		put(f, "From", "", id, id);
	}
	struct remote *r = open_default(f);
	struct remote_state st;
	struct remote_range range;
	struct remote_uid_map map;
	(void)remote_imap.folder_create(r, "To", NULL);
	OK(remote_imap.select(r, "From", NULL, &st, NULL, &err));
	OK(remote_imap.copy(r, one(&range, 1, 2), "To", &map, &err));
	assert_int_equal(map.n, 2);
	assert_int_equal(map.from[1], 2);
	assert_int_equal(map.to[1], 2);
	assert_true(map.uidvalidity);
	remote_uid_map_done(&map);
	struct heard h = { 0 };
	struct remote_sink sink = ears(&h);
	OK(remote_imap.move(r, one(&range, 3, 3), "To", &map, &err));
	assert_int_equal(map.n, 1);
	assert_int_equal(map.to[0], 3);
	remote_uid_map_done(&map);
	OK(remote_imap.expunge(r, one(&range, 1, 1), &err));
	OK(remote_imap.fetch(r, one(&range, 1, UINT32_MAX), REMOTE_FETCH_UIDS, 0, &sink,
		&err));
	assert_int_equal(h.messages, 2); // 2 and 4
	heard_done(&h);
	struct error no = { 0 };
	assert_false(remote_imap.copy(r, one(&range, 2, 2), "Nowhere", &map, &no));
	assert_int_equal(no.kind, ERROR_GONE);

	OK(remote_imap.select(r, "To", NULL, &st, NULL, &err));
	uint32_t *uids;
	size_t n;
	OK(remote_imap.find(r, "k2@example.net", 1, &uids, &n, &err));
	assert_int_equal(n, 1);
	assert_int_equal(uids[0], 3);
	free(uids);
	OK(remote_imap.find(r, "k2@example.net", 4, &uids, &n, &err));
	assert_int_equal(n, 0);
	free(uids);
	remote_imap.close(&r);
}

// What a client without MOVE and UIDPLUS has to do by itself.
static void
without_extensions(void **state)
{
	(void)state;
	if (!server_available()) {
		print_message("# " SERVER_MISSING "\n");
		skip();
	}
	static const char *const options[] = { "--services", "imap,lmtp", "--without",
		"UIDPLUS,MOVE,QRESYNC,CONDSTORE,LIST-EXTENDED,LIST-STATUS,ESEARCH,"
		"LITERAL+,SASL-IR,ENABLE,IDLE", "--auth", "login", NULL };
	struct fixture f = { .cancel = cancel_new(), .server = server_start(options) };
	assert_non_null(f.server);
	for (int i = 0; i < 3; i++) {
		char id[16];
		snprintf(id, sizeof(id), "w%d", i);
		put(&f, "From", i == 2 ? "T" : "", id, id); // the last is marked already
	}
	put(&f, "To \"there\\", "", "x", "x");
	struct remote *r = open_default(&f);
	assert_int_equal(remote_imap.abilities(r) & (REMOTE_UIDPLUS | REMOTE_MOVE |
		REMOTE_QRESYNC | REMOTE_CONDSTORE | REMOTE_WATCH), 0);
	struct remote_folders all;
	OK(remote_imap.folders(r, &all, &err));
	assert_non_null(folder_named(&all, "INBOX"));
	assert_non_null(folder_named(&all, "To \"there\\"));
	remote_folders_done(&all);
	struct remote_state st;
	struct remote_range range;
	struct remote_uid_map map;
	struct heard h = { 0 };
	struct remote_sink sink = ears(&h);
	OK(remote_imap.select(r, "From", NULL, &st, NULL, &err));
	assert_int_equal(st.highestmodseq, 0);
	OK(remote_imap.move(r, one(&range, 1, 1), "To \"there\\", &map, &err));
	remote_uid_map_done(&map);
	// Somebody else's mark is not taken for ours: nothing was expunged.
	OK(remote_imap.fetch(r, one(&range, 1, UINT32_MAX), REMOTE_FETCH_FLAGS, 0, &sink,
		&err));
	assert_int_equal(h.messages, 3);
	heard_done(&h);
	struct flag_change change = { .remove = { .bits = FLAG_DELETED } };
	OK(remote_imap.store_flags(r, one(&range, 3, 3), &change, NULL, &err));
	OK(remote_imap.expunge(r, one(&range, 1, 1), &err));
	OK(remote_imap.fetch(r, one(&range, 1, UINT32_MAX), REMOTE_FETCH_UIDS, 0, &sink,
		&err));
	assert_int_equal(h.messages, 2);
	heard_done(&h);
	remote_imap.close(&r);
	server_stop(&f.server);
	cancel_free(&f.cancel);
}

struct pieces { const char *data; size_t len, step; };

static bool
next_piece(void *arg, const void **bytes_r, size_t *len_r)
{
	struct pieces *p = arg;
	*len_r = p->len < p->step ? p->len : p->step;
	*bytes_r = p->data;
	p->data += *len_r;
	p->len -= *len_r;
	return *len_r > 0;
}

static void
append_then_read(void **state)
{
	struct fixture *f = need_server(state);
	struct remote *r = open_default(f);
	struct flags flags = { .bits = FLAG_SEEN | FLAG_DRAFT };
	uint32_t validity, uid;
	struct pieces p = { mixed, strlen(mixed), 100 };
	OK(remote_imap.append(r, "Drafts", &flags, WHEN, strlen(mixed), next_piece, &p,
		&validity, &uid, &err));
	assert_true(validity && uid);
	// Larger than what may be sent unasked.
	struct buf text = { 0 };
	buf_str(&text, "Subject: big\r\n\r\n");
	while (text.len < 300 * 1024)
		buf_str(&text, "A line.\r\n");
	p = (struct pieces){ text.data, text.len, 8192 };
	OK(remote_imap.append(r, "Drafts", NULL, 0, text.len, next_piece, &p, &validity,
		&uid, &err));
	struct error no = { 0 };
	p = (struct pieces){ text.data, text.len, 8192 };
	assert_false(remote_imap.append(r, "Nowhere", NULL, 0, text.len, next_piece, &p,
		&validity, &uid, &no));
	assert_int_equal(no.kind, ERROR_GONE);
	struct remote_state st;
	OK(remote_imap.select(r, "Drafts", NULL, &st, NULL, &err));
	struct heard h = { 0 };
	struct remote_sink sink = ears(&h);
	OK(remote_imap.fetch_raw(r, st.uidnext - 1, 0, 0, &sink, &err));
	assert_int_equal(h.data.len, text.len);
	heard_done(&h);
	struct remote_range range;
	OK(remote_imap.fetch(r, one(&range, st.uidnext - 2, st.uidnext - 2),
		REMOTE_FETCH_ENVELOPE, 0, &sink, &err));
	assert_int_equal(h.flags.bits, FLAG_SEEN | FLAG_DRAFT);
	assert_int_equal(h.received, WHEN);
	heard_done(&h);
	// A message shorter than announced ends the connection, not in silence.
	p = (struct pieces){ text.data, 10, 8192 };
	assert_false(remote_imap.append(r, "Drafts", NULL, 0, 20, next_piece, &p,
		&validity, &uid, &no));
	assert_int_equal(no.kind, ERROR_OFFLINE);
	buf_done(&text);
	remote_imap.close(&r);
}

// --- what others do -------------------------------------------------------------------

static void
changes_since_last_time(void **state)
{
	struct fixture *f = need_server(state);
	for (int i = 0; i < 5; i++) {
		char id[16];
		snprintf(id, sizeof(id), "q%d", i);
		put(f, "Resync", "", id, id);
	}
	struct remote *a = open_default(f), *b = open_default(f);
	struct remote_state st, again;
	struct remote_range range;
	OK(remote_imap.select(a, "Resync", NULL, &st, NULL, &err));
	OK(remote_imap.select(b, "Resync", NULL, &again, NULL, &err));
	struct flag_change change = { .add = { .bits = FLAG_FLAGGED } };
	OK(remote_imap.store_flags(b, one(&range, 4, 4), &change, NULL, &err));
	OK(remote_imap.expunge(b, one(&range, 2, 3), &err));
	remote_imap.close(&b);
	struct remote_known known = { st.uidvalidity, st.highestmodseq, st.uidnext };
	struct heard h = { 0 };
	struct remote_sink sink = ears(&h);
	OK(remote_imap.select(a, "Resync", &known, &again, &sink, &err));
	assert_true(again.changes_told);
	assert_int_equal(again.exists, 3);
	assert_int_equal(h.n_gone, 2);
	assert_int_equal(h.gone[0] + h.gone[1], 5);
	assert_int_equal(h.messages, 1);
	assert_int_equal(h.last_uid, 4);
	assert_int_equal(h.flags.bits, FLAG_FLAGGED);
	heard_done(&h);
	// Another UIDVALIDITY: nothing told is of what we knew.
	known.uidvalidity++;
	OK(remote_imap.select(a, "Resync", &known, &again, &sink, &err));
	assert_false(again.changes_told);
	assert_int_equal(h.n_gone + h.messages, 0);
	heard_done(&h);
	remote_imap.close(&a);
}

struct delivery { struct fixture *f; pthread_t thread; };

static void *
deliver(void *arg)
{
	struct delivery *d = arg;
	static const char text[] = "Subject: news\n\nNews.\n";
	server_deliver(d->f->server, server_get(d->f->server, "user"), text, strlen(text));
	return NULL;
}

static void
idle_hears_of_news(void **state)
{
	struct fixture *f = need_server(state);
	struct remote *r = open_default(f);
	struct remote_state st;
	struct cancel *wake = cancel_new();
	OK(remote_imap.select(r, "INBOX", NULL, &st, NULL, &err));
	struct heard h = { 0 };
	struct remote_sink sink = ears(&h);
	bool changed = true;
	OK(remote_imap.watch(r, 50, wake, &changed, &sink, &err));
	assert_false(changed);
	struct delivery d = { .f = f };
	pthread_create(&d.thread, NULL, deliver, &d);
	OK(remote_imap.watch(r, 20000, wake, &changed, &sink, &err));
	pthread_join(d.thread, NULL);
	assert_true(changed);
	assert_int_equal(h.noticed, 1);
	struct remote_range range;
	heard_done(&h);
	OK(remote_imap.fetch(r, one(&range, st.uidnext, UINT32_MAX),
		REMOTE_FETCH_ENVELOPE, 0, &sink, &err));
	assert_int_equal(h.messages, 1);
	assert_string_equal(h.subject, "news");
	heard_done(&h);
	cancel_set(wake);
	OK(remote_imap.watch(r, -1, wake, &changed, &sink, &err));
	OK(remote_imap.noop(r, &sink, &err));
	heard_done(&h);
	cancel_free(&wake);
	remote_imap.close(&r);
}

// --- a bad link ---------------------------------------------------------------------------

struct canceller {
	struct cancel *cancel;
	struct proxy *proxy;
	uint64_t before;
	int64_t when;
};

// Cancels once the proxy has seen the request, whose answer never comes.
static void *
cancel_when_asked(void *arg)
{
	struct canceller *c = arg;
	while (proxy_counted(c->proxy).up == c->before)
		sched_yield();
	c->when = when_mono_ms();
	cancel_set(c->cancel);
	return NULL;
}

static void
cancel_while_stalled(void **state)
{
	struct fixture *f = need_server(state);
	struct proxy *proxy = proxy_start(server_port(f->server, "imaps"));
	assert_non_null(proxy);
	struct remote_settings s;
	settings_for(f->server, true, &s);
	s.port = (uint16_t)proxy_port(proxy);
	struct remote *r = logged_in(f, &s);
	proxy_rule(proxy, &(struct proxy_rules){ .stall = true });
	struct canceller c = { .cancel = f->cancel, .proxy = proxy,
		.before = proxy_counted(proxy).up };
	pthread_t thread;
	struct remote_state st;
	struct error no = { 0 };
	pthread_create(&thread, NULL, cancel_when_asked, &c);
	assert_false(remote_imap.select(r, "INBOX", NULL, &st, NULL, &no));
	int64_t end = when_mono_ms();
	pthread_join(thread, NULL);
	assert_int_equal(no.kind, ERROR_CANCELLED);
	// Not by its deadline; how soon is not for a test to say.
	assert_in_range(end - c.when, 0, 60000);
	remote_imap.close(&r);
	proxy_stop(&proxy);
	remote_settings_done(&s);
}

static void
a_link_cut_or_split(void **state)
{
	struct fixture *f = need_server(state);
	put(f, "Cut", "", "cut", "cut");
	struct proxy *proxy = proxy_start(server_port(f->server, "imaps"));
	struct remote_settings s;
	settings_for(f->server, true, &s);
	s.port = (uint16_t)proxy_port(proxy);
	proxy_rule(proxy, &(struct proxy_rules){ .split = true });
	struct remote *r = logged_in(f, &s);
	struct remote_state st;
	OK(remote_imap.select(r, "Cut", NULL, &st, NULL, &err));
	struct heard h = { 0 };
	struct remote_sink sink = ears(&h);
	struct remote_range range;
	OK(remote_imap.fetch(r, one(&range, 1, UINT32_MAX), REMOTE_FETCH_ENVELOPE, 0,
		&sink, &err));
	assert_int_equal(h.messages, 1);
	proxy_cut(proxy);
	struct error no = { 0 };
	assert_false(remote_imap.noop(r, &sink, &no));
	assert_int_equal(no.kind, ERROR_OFFLINE);
	heard_done(&h);
	remote_imap.close(&r);
	proxy_stop(&proxy);
	remote_settings_done(&s);
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(both_ways_in),
		cmocka_unit_test(an_unknown_authority),
		cmocka_unit_test(folders_and_counts),
		cmocka_unit_test(select_tells),
		cmocka_unit_test(headers_of_many),
		cmocka_unit_test(sparse_uids),
		cmocka_unit_test(structure_and_parts),
		cmocka_unit_test(a_big_body_passes_memory),
		cmocka_unit_test(flags_change),
		cmocka_unit_test(copies_moves_and_removals),
		cmocka_unit_test(without_extensions),
		cmocka_unit_test(append_then_read),
		cmocka_unit_test(changes_since_last_time),
		cmocka_unit_test(idle_hears_of_news),
		cmocka_unit_test(cancel_while_stalled),
		cmocka_unit_test(a_link_cut_or_split),
		cmocka_unit_test(a_wrong_password), // Dovecot is slow for a while after
	};
	return cmocka_run_group_tests_name("imap-dovecot", tests, setup, teardown);
}
