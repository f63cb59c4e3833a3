// SPDX-License-Identifier: GPL-3.0-or-later
// The driver for Maildir trees, verb by verb, while other programs change them.
#include "config.h"

#include "tests/unit/test.h"

#include <fcntl.h>
#include <pthread.h>
#include <stdio.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "base/buf.h"
#include "base/error.h"
#include "base/mem.h"
#include "files/maildir.h"
#include "loop/cancel.h"
#include "mail/part.h"
#include "remote/remote.h"

#define D (&remote_local)

// --- a tree and what came of it ------------------------------------------------------

struct tree {
	char *root;
	struct remote *r;
	struct cancel *cancel;
	struct error err;
};

struct seen {
	struct buf text;      // "uid flags subject;" a message
	struct buf data;
	int left;             // messages or pieces until it says stop; -1 never
	int noticed;
};

static bool
see_message(void *arg, struct remote_message *m)
{
	struct seen *s = arg;

	buf_printf(&s->text, "%u", m->uid);
	if (m->has_flags) {
		buf_char(&s->text, ' ');
		flags_format(&s->text, m->flags);
	}
	if (m->has_envelope)
		buf_printf(&s->text, " <%s>", str_or_empty(m->envelope->subject));
	buf_char(&s->text, ';');
	return s->left < 0 || (s->left > 0 && s->left--);
}

static bool
see_data(void *arg, const void *bytes, size_t len)
{
	struct seen *s = arg;

	buf_add(&s->data, bytes, len);
	return s->left < 0 || (s->left > 0 && s->left--);
}

static void
see_noticed(void *arg)
{
	((struct seen *)arg)->noticed++;
}

static struct remote_sink
sink_of(struct seen *s)
{
	return (struct remote_sink){ .arg = s, .message = see_message,
		.data = see_data, .noticed = see_noticed };
}

static void
seen_done(struct seen *s)
{
	buf_done(&s->text);
	buf_done(&s->data);
}

static const char plain[] =
	"From: Ann <ann@example.org>\nSubject: =?utf-8?q?Gr=C3=BC=C3=9Fe?=\n"
	"Message-ID: <one@example.org>\nDate: Sun, 22 Nov 2026 06:28:00 +0000\n"
	"\nThe text.\n";
static const char mixed[] =
	"From: bob@example.org\nSubject: two\nMessage-ID: <two@example.org>\n"
	"Content-Type: multipart/mixed; boundary=b\n\n"
	"--b\nContent-Type: text/plain\n\nfirst\n"
	"--b\nContent-Type: application/octet-stream; name=a.bin\n"
	"Content-Transfer-Encoding: base64\n\nAAEC\n--b--\n";

static void
deliver(struct tree *t, const char *folder, const char *name, const char *text,
	size_t len)
{
	char *path = str_printf("%s/%s/%s", t->root, folder, name);
	int fd = open(path, O_WRONLY | O_CREAT | O_EXCL, 0600);

	assert_true(fd >= 0);
	assert_int_equal(write(fd, text, len), len);
	close(fd);
	free(path);
}

static bool
has(struct tree *t, const char *file)
{
	char *path = path_join(t->root, file);
	struct stat st;
	bool is = lstat(path, &st) == 0;

	free(path);
	return is;
}

static void
tree_init(struct tree *t)
{
	struct maildir *m;

	*t = (struct tree){ .root = test_folder_make(), .cancel = cancel_new() };
	assert_true(maildir_open(&m, t->root, true, &t->err));
	maildir_close(&m);
	deliver(t, "cur", "1.one:2,S", plain, sizeof(plain) - 1);
	deliver(t, "cur", "2.two:2,", mixed, sizeof(mixed) - 1);
	struct remote_settings settings = { .path = t->root };
	assert_true(D->open(&t->r, &settings, t->cancel, NULL, &t->err));
}

static void
tree_done(struct tree *t)
{
	D->close(&t->r);
	assert_null(t->r);
	cancel_free(&t->cancel);
	test_folder_remove(&t->root);
}

static struct remote_state
select_folder(struct tree *t, const char *name)
{
	struct remote_state state;
	struct remote_known known = {0};

	if (!D->select(t->r, name, &known, &state, NULL, &t->err))
		fail_msg("%s", t->err.text);
	return state;
}

static char *
fetch(struct tree *t, uint32_t from, uint32_t to, unsigned what)
{
	struct seen seen = { .left = -1 };
	struct remote_sink sink = sink_of(&seen);
	struct remote_range range = { from, to };

	if (!D->fetch(t->r, (struct remote_set){ &range, 1 }, what, 0, &sink, &t->err))
		fail_msg("%s", t->err.text);
	buf_done(&seen.data);
	return buf_take(&seen.text);
}

static void
fetch_is(struct tree *t, unsigned what, const char *wanted)
{
	char *text = fetch(t, 1, UINT32_MAX, what);

	assert_string_equal(text, wanted);
	free(text);
}

#define SET(from, to) ((struct remote_set){ &(struct remote_range){ from, to }, 1 })

// --- opening and folders -------------------------------------------------------------

static void
test_open(void **state)
{
	(void)state;
	struct tree t;
	struct remote *none;

	tree_init(&t);
	assert_int_equal(D->abilities(t.r), REMOTE_MIRROR | REMOTE_WATCH |
		REMOTE_UIDPLUS | REMOTE_MOVE | REMOTE_NEAR);
	assert_ptr_equal(remote_driver_for("maildir"), D);
	char *path = path_join(t.root, "not-mounted");
	struct remote_settings settings = { .path = path };
	assert_false(D->open(&none, &settings, NULL, NULL, &t.err));
	assert_int_equal(t.err.kind, ERROR_OFFLINE);
	assert_null(none);
	assert_int_equal(mkdir(path, 0700), 0); // the mount point alone
	assert_false(D->open(&none, &settings, NULL, NULL, &t.err));
	assert_int_equal(t.err.kind, ERROR_OFFLINE);
	free(path);
	tree_done(&t);
}

static void
test_folders(void **state)
{
	(void)state;
	struct tree t;
	struct remote_folders f;
	static const struct { const char *name, *label; } labels[] = {
		{ "INBOX", "INBOX" },
		{ "A&-B", "A&B" },
		{ "Entw&APw-rfe", "Entw\u00fcrfe" },
		{ "Entw&APw-rfe/alt", "Entw\u00fcrfe/alt" },
	};

	tree_init(&t);
	assert_true(D->folder_create(t.r, "A&-B", &t.err));
	assert_true(D->folder_create(t.r, "Entw&APw-rfe/alt", &t.err));
	assert_true(D->folder_create(t.r, "Entw&APw-rfe", &t.err));
	assert_false(D->folder_create(t.r, "A&-B", &t.err));
	assert_int_equal(t.err.kind, ERROR_REFUSED);
	assert_true(D->folders(t.r, &f, &t.err));
	assert_int_equal(f.len, COUNT_OF(labels));
	for (size_t i = 0; i < f.len; i++) {
		assert_string_equal(f.items[i].name, labels[i].name);
		assert_string_equal(f.items[i].label, labels[i].label);
		assert_true(f.items[i].selectable && f.items[i].subscribed);
		assert_int_equal(f.items[i].children, i == 2);
		char *name = D->folder_name(t.r, labels[i].label);
		assert_string_equal(name, labels[i].name);
		free(name);
	}
	assert_string_equal(f.items[0].role, "inbox");
	remote_folders_done(&f);
	assert_null(D->folder_name(t.r, "a.b"));
	assert_null(D->folder_name(t.r, "../a"));
	assert_null(D->folder_name(t.r, "a\nb"));
	assert_null(D->folder_name(t.r, ""));
	assert_true(D->folder_rename(t.r, "Entw&APw-rfe", "Z", &t.err));
	assert_true(has(&t, ".Z.alt/cur"));
	assert_true(D->folder_delete(t.r, "Z", &t.err));
	assert_false(has(&t, ".Z"));
	assert_true(has(&t, ".Z.alt"));
	assert_false(D->folder_delete(t.r, "INBOX", &t.err));
	assert_int_equal(t.err.kind, ERROR_REFUSED);
	assert_false(D->folder_subscribe(t.r, "A&-B", false, &t.err));
	assert_true(D->folder_subscribe(t.r, "A&-B", true, &t.err));
	tree_done(&t);
}

// Names that other programs gave: shown safely, and still to be opened.
static void
test_odd_names(void **state)
{
	(void)state;
	struct tree t;
	struct remote_folders f;
	struct maildir *m;
	static const struct { const char *folder, *label; } odd[] = {
		{ ".R&D", "R&D" },
		{ ".\xc3\xa4", "\u00e4" },
		{ ".\xff", "\ufffd" },
		{ ".a\xe2\x80\xae" "b", "ab" },
	};

	tree_init(&t);
	for (size_t i = 0; i < COUNT_OF(odd); i++) {
		char *path = path_join(t.root, odd[i].folder);
		assert_true(maildir_open(&m, path, true, &t.err));
		maildir_close(&m);
		free(path);
	}
	assert_true(D->folders(t.r, &f, &t.err));
	assert_int_equal(f.len, 1 + COUNT_OF(odd));
	for (size_t i = 0; i < COUNT_OF(odd); i++) {
		bool found = false;
		for (size_t k = 0; k < f.len; k++)
			found |= strcmp(f.items[k].label, odd[i].label) == 0;
		assert_true(found);
	}
	for (size_t k = 0; k < f.len; k++)
		select_folder(&t, f.items[k].name);
	remote_folders_done(&f);
	tree_done(&t);
}

// --- reading ---------------------------------------------------------------------

static void
test_select_and_fetch(void **state)
{
	(void)state;
	struct tree t;

	tree_init(&t);
	struct remote_state s = select_folder(&t, "INBOX");
	assert_int_not_equal(s.uidvalidity, 0);
	assert_int_equal(s.uidnext, 3);
	assert_int_equal(s.exists, 2);
	assert_true(s.keywords && !s.changes_told && !s.read_only);
	fetch_is(&t, REMOTE_FETCH_UIDS, "1;2;");
	fetch_is(&t, REMOTE_FETCH_FLAGS, "1 seen;2 ;");
	fetch_is(&t, REMOTE_FETCH_ENVELOPE, "1 seen <Gr\u00fc\u00dfe>;2  <two>;");
	char *text = fetch(&t, 2, 2, REMOTE_FETCH_UIDS);
	assert_string_equal(text, "2;");
	free(text);
	text = fetch(&t, 3, UINT32_MAX, REMOTE_FETCH_UIDS);
	assert_string_equal(text, "");
	free(text);
	// New mail and a change by another program.
	deliver(&t, "new", "3.three", "Subject: three\n\n", 16);
	char *a = path_join(t.root, "cur/1.one:2,S"), *b = path_join(t.root,
		"cur/1.one:2,FS");
	assert_int_equal(rename(a, b), 0);
	fetch_is(&t, REMOTE_FETCH_ENVELOPE,
		"1 seen flagged <Gr\u00fc\u00dfe>;2  <two>;3  <three>;");
	assert_int_equal(unlink(b), 0);
	fetch_is(&t, REMOTE_FETCH_UIDS, "2;3;");
	struct remote_folder status;
	assert_true(D->status(t.r, "INBOX", &status, &t.err));
	assert_true(status.has_status);
	assert_int_equal(status.messages, 2);
	assert_int_equal(status.unseen, 2);
	assert_int_equal(status.uidnext, 4);
	assert_int_equal(status.uidvalidity, s.uidvalidity);
	free(a);
	free(b);
	tree_done(&t);
}

static void
test_not_a_folder(void **state)
{
	(void)state;
	struct tree t;
	struct remote_state s;
	struct remote_folder status;
	struct remote_known known = {0};

	tree_init(&t);
	struct seen seen = { .left = -1 };
	struct remote_sink sink = sink_of(&seen);
	assert_false(D->fetch(t.r, SET(1, 9), REMOTE_FETCH_UIDS, 0, &sink, &t.err));
	assert_int_equal(t.err.kind, ERROR_INPUT);
	assert_false(D->select(t.r, "none", &known, &s, NULL, &t.err));
	assert_int_equal(t.err.kind, ERROR_GONE);
	assert_false(D->select(t.r, "../up", &known, &s, NULL, &t.err));
	assert_int_equal(t.err.kind, ERROR_INPUT);
	assert_false(D->status(t.r, "none", &status, &t.err));
	assert_int_equal(t.err.kind, ERROR_REFUSED);
	// The list of UIDs is lost while the folder is selected.
	select_folder(&t, "INBOX");
	char *list = path_join(t.root, ".postern-uids");
	assert_int_equal(unlink(list), 0);
	assert_false(D->fetch(t.r, SET(1, 9), REMOTE_FETCH_UIDS, 0, &sink, &t.err));
	assert_int_equal(t.err.kind, ERROR_GONE);
	// So is the whole folder.
	assert_true(D->folder_create(t.r, "x", &t.err));
	select_folder(&t, "x");
	struct remote *other;
	struct remote_settings settings = { .path = t.root };
	assert_true(D->open(&other, &settings, NULL, NULL, &t.err));
	assert_true(D->folder_delete(other, "x", &t.err));
	D->close(&other);
	assert_false(D->fetch(t.r, SET(1, 9), REMOTE_FETCH_UIDS, 0, &sink, &t.err));
	assert_int_equal(t.err.kind, ERROR_GONE);
	free(list);
	seen_done(&seen);
	tree_done(&t);
}

static const struct {
	uint32_t uid;
	const char *section;   // NULL: raw
	uint64_t offset, max;
	const char *wanted;    // NULL: refused
	enum error_kind kind;
} pieces[] = {
	{ 1, NULL, 0, 0, plain, 0 },
	{ 1, NULL, 6, 3, "Ann", 0 },
	{ 1, NULL, 100000, 3, "", 0 },
	{ 1, "1", 0, 0, "The text.\n", 0 },
	{ 1, "1", 4, 4, "text", 0 },
	{ 1, "HEADER", 0, 5, "From:", 0 },
	{ 1, "HEADER", 1000, 5, "", 0 },
	{ 1, "2", 0, 0, NULL, ERROR_INPUT },
	{ 2, "1", 0, 0, "first", 0 },
	{ 2, "2", 0, 0, "AAEC", 0 },
	{ 2, "2", 2, 1, "E", 0 },
	{ 7, NULL, 0, 0, NULL, ERROR_GONE },
	{ 7, "1", 0, 0, NULL, ERROR_GONE },
	{ 7, "HEADER", 0, 0, NULL, ERROR_GONE },
};

static void
test_bodies(void **state)
{
	(void)state;
	struct tree t;

	tree_init(&t);
	select_folder(&t, "INBOX");
	for (size_t i = 0; i < COUNT_OF(pieces); i++) {
		struct seen seen = { .left = -1 };
		struct remote_sink sink = sink_of(&seen);
		bool ok = pieces[i].section == NULL
			? D->fetch_raw(t.r, pieces[i].uid, pieces[i].offset,
				pieces[i].max, &sink, &t.err)
			: D->fetch_part(t.r, pieces[i].uid, pieces[i].section,
				pieces[i].offset, pieces[i].max, &sink, &t.err);
		if (ok != (pieces[i].wanted != NULL))
			fail_msg("row %zu: %s", i, t.err.text);
		if (ok)
			assert_string_equal(buf_text(&seen.data), pieces[i].wanted);
		else
			assert_int_equal(t.err.kind, pieces[i].kind);
		seen_done(&seen);
	}
	struct part *root;
	assert_true(D->structure(t.r, 2, &root, &t.err));
	assert_true(part_is(root, "multipart", "mixed"));
	assert_int_equal(root->n_children, 2);
	assert_string_equal(root->children[1]->name, "a.bin");
	assert_int_equal(root->children[1]->body_len, 0);
	part_free(&root);
	assert_false(D->structure(t.r, 9, &root, &t.err));
	assert_int_equal(t.err.kind, ERROR_GONE);
	tree_done(&t);
}

// A sink that has had enough, and a cancel, end any verb at once.
static void
test_stop(void **state)
{
	(void)state;
	struct tree t;
	struct seen seen = { .left = 0 };
	struct remote_sink sink = sink_of(&seen);
	uint32_t *uids;
	size_t n;

	tree_init(&t);
	select_folder(&t, "INBOX");
	assert_false(D->fetch(t.r, SET(1, 9), REMOTE_FETCH_UIDS, 0, &sink, &t.err));
	assert_int_equal(t.err.kind, ERROR_CANCELLED);
	assert_string_equal(buf_text(&seen.text), "1;");
	assert_false(D->fetch_raw(t.r, 1, 0, 0, &sink, &t.err));
	assert_int_equal(t.err.kind, ERROR_CANCELLED);
	assert_false(D->fetch_part(t.r, 1, "1", 0, 0, &sink, &t.err));
	assert_int_equal(t.err.kind, ERROR_CANCELLED);
	assert_false(D->fetch_part(t.r, 1, "HEADER", 0, 0, &sink, &t.err));
	assert_int_equal(t.err.kind, ERROR_CANCELLED);
	cancel_set(t.cancel);
	seen.left = -1;
	assert_false(D->fetch(t.r, SET(1, 9), REMOTE_FETCH_UIDS, 0, &sink, &t.err));
	assert_int_equal(t.err.kind, ERROR_CANCELLED);
	assert_false(D->find(t.r, "x", 1, &uids, &n, &t.err));
	assert_int_equal(t.err.kind, ERROR_CANCELLED);
	assert_null(uids);
	seen_done(&seen);
	tree_done(&t);
}

// --- changes ---------------------------------------------------------------------

static void
test_store_flags(void **state)
{
	(void)state;
	struct tree t;
	struct seen seen = { .left = -1 };
	struct remote_sink sink = sink_of(&seen);
	struct flag_change change = {0};

	tree_init(&t);
	select_folder(&t, "INBOX");
	flags_parse(&change.add, "flagged todo");
	flags_parse(&change.remove, "seen");
	for (int i = 0; i < 2; i++) { // may be repeated
		buf_clear(&seen.text);
		assert_true(D->store_flags(t.r, SET(1, 9), &change, &sink, &t.err));
		assert_string_equal(buf_text(&seen.text),
			"1 flagged todo;2 flagged todo;");
	}
	assert_true(has(&t, "cur/1.one:2,Fa"));
	assert_true(D->store_flags(t.r, SET(5, 9), &change, NULL, &t.err));
	flag_change_done(&change);
	seen_done(&seen);
	tree_done(&t);
}

static void
test_copy_and_move(void **state)
{
	(void)state;
	struct tree t;
	struct remote_uid_map map;

	tree_init(&t);
	assert_true(D->folder_create(t.r, "To", &t.err));
	select_folder(&t, "INBOX");
	assert_true(D->copy(t.r, SET(1, UINT32_MAX), "To", &map, &t.err));
	assert_int_equal(map.n, 2);
	assert_int_equal(map.from[1], 2);
	assert_int_equal(map.to[1], 2);
	uint32_t validity = map.uidvalidity;
	remote_uid_map_done(&map);
	assert_true(D->move(t.r, SET(2, 2), "To", &map, &t.err));
	assert_int_equal(map.n, 1);
	assert_int_equal(map.to[0], 3);
	remote_uid_map_done(&map);
	fetch_is(&t, REMOTE_FETCH_UIDS, "1;");
	assert_false(D->move(t.r, SET(1, 1), "None", &map, &t.err));
	assert_int_equal(t.err.kind, ERROR_REFUSED);
	assert_int_equal(map.n, 0);
	assert_true(D->copy(t.r, SET(9, 9), "To", &map, &t.err));
	assert_int_equal(map.n, 0);
	remote_uid_map_done(&map);
	assert_int_equal(select_folder(&t, "To").uidvalidity, validity);
	fetch_is(&t, REMOTE_FETCH_ENVELOPE, "1 seen <Gr\u00fc\u00dfe>;2  <two>;3  <two>;");
	assert_true(D->expunge(t.r, SET(2, 3), &t.err));
	assert_true(D->expunge(t.r, SET(2, 3), &t.err));
	fetch_is(&t, REMOTE_FETCH_UIDS, "1;");
	tree_done(&t);
}

// Gives a text in pieces of one byte, then of the rest.
struct pieces {
	const char *text;
	size_t at, len, step;
};

static bool
next_piece(void *arg, const void **bytes_r, size_t *len_r)
{
	struct pieces *p = arg;
	size_t left = p->len - p->at;

	if (left == 0)
		return false;
	*bytes_r = p->text + p->at;
	*len_r = left < p->step ? left : p->step;
	p->at += *len_r;
	return true;
}

static void
test_append(void **state)
{
	(void)state;
	struct tree t;
	static const char text[] = "Message-ID: <new@x>\r\n\r\na\r\nb\rc\n\r\r\nd\0e\r";
	static const char file[] = "Message-ID: <new@x>\n\na\nb\rc\n\r\nd\0e\r";
	struct flags flags = { .bits = FLAG_SEEN };
	uint32_t validity, uid, *uids;
	size_t n;

	tree_init(&t);
	uint32_t known = select_folder(&t, "INBOX").uidvalidity;
	for (size_t step = 1; step < sizeof(text); step++) {
		struct pieces p = { text, 0, sizeof(text) - 1, step };
		struct seen seen = { .left = -1 };
		struct remote_sink sink = sink_of(&seen);
		assert_true(D->append(t.r, "INBOX", &flags, 86400, p.len, next_piece,
			&p, &validity, &uid, &t.err));
		assert_int_equal(validity, known);
		assert_int_equal(uid, 2 + step);
		assert_true(D->fetch_raw(t.r, uid, 0, 0, &sink, &t.err));
		assert_int_equal(seen.data.len, sizeof(file) - 1);
		assert_memory_equal(seen.data.data, file, seen.data.len);
		seen_done(&seen);
	}
	assert_true(D->find(t.r, "new@x", 5, &uids, &n, &t.err));
	assert_int_equal(n, sizeof(text) - 1 - 2);
	assert_int_equal(uids[0], 5);
	free(uids);
	assert_true(D->find(t.r, "one@example.org", 1, &uids, &n, &t.err));
	assert_int_equal(n, 1);
	free(uids);
	assert_true(D->find(t.r, "no", 1, &uids, &n, &t.err));
	assert_int_equal(n, 0);
	free(uids);
	// One that ends early leaves nothing.
	struct pieces p = { text, 0, 10, 3 };
	assert_false(D->append(t.r, "INBOX", &flags, 0, 11, next_piece, &p, &validity,
		&uid, &t.err));
	assert_int_equal(t.err.kind, ERROR_INPUT);
	struct remote_folder status;
	assert_true(D->status(t.r, "INBOX", &status, &t.err));
	assert_int_equal(status.messages, sizeof(text) - 1 + 2);
	tree_done(&t);
}

// --- watching --------------------------------------------------------------------

static void *
wake_later(void *arg)
{
	cancel_set(arg);
	return NULL;
}

static void
test_watch(void **state)
{
	(void)state;
	struct tree t;
	struct seen seen = { .left = -1 };
	struct remote_sink sink = sink_of(&seen);
	struct cancel *wake = cancel_new();
	bool changed;

	tree_init(&t);
	assert_false(D->watch(t.r, 0, wake, &changed, &sink, &t.err));
	select_folder(&t, "INBOX");
	assert_true(D->watch(t.r, 0, wake, &changed, &sink, &t.err));
	assert_false(changed);
	// What came before the wait began is not missed.
	deliver(&t, "new", "3.three", "x", 1);
	assert_true(D->watch(t.r, -1, wake, &changed, &sink, &t.err));
	assert_true(changed);
	assert_int_equal(seen.noticed, 1);
	assert_true(D->watch(t.r, 0, wake, &changed, &sink, &t.err));
	assert_false(changed);
	fetch_is(&t, REMOTE_FETCH_UIDS, "1;2;3;");
	assert_true(D->noop(t.r, &sink, &t.err)); // our own renaming
	char *path = path_join(t.root, "cur/2.two:2,");
	assert_int_equal(unlink(path), 0);
	seen.noticed = 0;
	assert_true(D->noop(t.r, &sink, &t.err));
	assert_int_equal(seen.noticed, 1);
	pthread_t thread;
	assert_int_equal(pthread_create(&thread, NULL, wake_later, wake), 0);
	assert_true(D->watch(t.r, -1, wake, &changed, &sink, &t.err));
	assert_false(changed);
	pthread_join(thread, NULL);
	cancel_reset(wake);
	assert_int_equal(pthread_create(&thread, NULL, wake_later, t.cancel), 0);
	assert_false(D->watch(t.r, -1, wake, &changed, &sink, &t.err));
	assert_int_equal(t.err.kind, ERROR_CANCELLED);
	pthread_join(thread, NULL);
	free(path);
	cancel_free(&wake);
	seen_done(&seen);
	tree_done(&t);
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_open),
		cmocka_unit_test(test_folders),
		cmocka_unit_test(test_odd_names),
		cmocka_unit_test(test_select_and_fetch),
		cmocka_unit_test(test_not_a_folder),
		cmocka_unit_test(test_bodies),
		cmocka_unit_test(test_stop),
		cmocka_unit_test(test_store_flags),
		cmocka_unit_test(test_copy_and_move),
		cmocka_unit_test(test_append),
		cmocka_unit_test(test_watch),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
