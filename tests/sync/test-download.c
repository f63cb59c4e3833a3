// SPDX-License-Identifier: GPL-3.0-or-later
// A maildrop becomes a Maildir: each message once, whatever happens in between and
// whatever is kept on the server.
#include "config.h"

#include "tests/unit/test.h"

#include "tests/sync/scene.h"

#include "base/buf.h"
#include "base/path.h"
#include "files/maildir.h"
#include "store/outbox.h"
#include "store/store.h"

#include <stdio.h>
#include <string.h>
#include <unistd.h>

struct scenario {
	const char *name;
	enum pop3_keep keep;
	int days;
	bool before;              // there was a download before the others came
	void (*others)(struct scene *s);
	const char *files;        // in the Maildir, at the end
	const char *server;
};

// --- scenes ---------------------------------------------------------------------------

static void
server_fill(struct fake *f)
{
	fake_add_folder(f, "INBOX", "inbox");
	fake_add(f, "INBOX", "a", "");
	fake_add(f, "INBOX", "b", "");
	fake_add(f, "INBOX", "=t/1", "");
	fake_add(f, "INBOX", "c", "");
	fake_add(f, "INBOX", "=t/2", "");
	fake_add(f, "INBOX", "-n", "");
}

static char *
maildir_path_of(const struct scene *s)
{
	return str_printf("%s/mail/test", s->home);
}

static void
others_new(struct scene *s)
{
	fake_add(s->fake, "INBOX", "d", "");
	fake_add(s->fake, "INBOX", "=t/3", "");
}

// The person deletes "a" and files "b" elsewhere.
static void
others_delete(struct scene *s)
{
	char *root = maildir_path_of(s);
	char *other = maildir_tree_path(root, "Elsewhere", NULL);
	const struct maildir_entry *entries;
	struct maildir *m, *to;
	struct error err;
	size_t n;

	assert_true(maildir_open(&m, root, false, &err));
	assert_true(maildir_open(&to, other, true, &err));
	assert_true(maildir_scan(m, &entries, &n, &err));
	uint32_t first = entries[0].uid, second = entries[1].uid, there;
	assert_true(maildir_remove(m, first, &err));
	assert_true(maildir_move(m, second, to, &there, &err));
	maildir_close(&m);
	maildir_close(&to);
	free(root);
	free(other);
}

#define ALL "-n =t =t a b c"
#define LEFT "INBOX: -n =t/1 =t/2 a b c"

static const struct scenario scenarios[] = {
	{ "nothing stays", POP3_KEEP_NONE, 0, false, NULL, ALL, "INBOX: " },
	{ "all stays", POP3_KEEP_ALL, 0, false, NULL, ALL, LEFT },
	{ "young ones stay", POP3_KEEP_DAYS, 10, false, NULL, ALL, LEFT },
	{ "old ones go", POP3_KEEP_DAYS, -1, false, NULL, ALL, "INBOX: " },
	{ "new ones to what stayed", POP3_KEEP_ALL, 0, true, others_new,
		"-n =t =t =t a b c d", "INBOX: -n =t/1 =t/2 =t/3 a b c d" },
	{ "new ones to what went", POP3_KEEP_NONE, 0, true, others_new,
		"-n =t =t =t a b c d", "INBOX: " },
	{ "deleted ones go", POP3_KEEP_DELETED, 0, true, others_delete,
		"-n =t =t b c", "INBOX: -n =t/1 =t/2 b c" },
	{ "deleted ones do not come again", POP3_KEEP_ALL, 0, true,
		others_delete, "-n =t =t b c", LEFT },
};

// --- what the Maildir holds -----------------------------------------------------------

static int
compare_text(const void *a, const void *b)
{
	return strcmp(*(char *const *)a, *(char *const *)b);
}

// The message whose file it is, whole and with LF: else its first line.
static char *
name_of(const char *text)
{
	const char *subject = strstr(text, "Subject: about ");
	char *name = subject == NULL ? str_dup(text) :
		str_ndup(subject + 15, strcspn(subject + 15, "\n"));
	char *whole = fake_text(name);
	struct buf lf = {0};

	for (const char *p = whole; *p != '\0'; p++)
		if (*p != '\r')
			buf_char(&lf, *p);
	if (!str_equal(buf_text(&lf), text)) {
		free(name);
		name = str_dup("DAMAGED");
	}
	buf_done(&lf);
	free(whole);
	return name;
}

static bool
list_folder(struct scene *s, const char *path, struct strlist *names)
{
	const struct maildir_entry *entries;
	struct error err = {0};
	struct maildir *m;
	size_t n = 0;

	if (!maildir_open(&m, path, false, &err) ||
	    !maildir_scan(m, &entries, &n, &err))
		return scene_say(s, "%s: %s", path, err.text);
	for (size_t i = 0; i < n; i++) {
		struct buf b = {0};
		if (!maildir_read(m, entries[i].uid, 0, 100000, &b, &err))
			return scene_say(s, "%s", err.text);
		strlist_take(names, name_of(buf_text(&b)));
		buf_done(&b);
	}
	maildir_close(&m);
	return true;
}

static bool
check_files(struct scene *s, const char *expected)
{
	struct strlist folders = {0}, names = {0};
	char *root = maildir_path_of(s);
	struct error err = {0};

	bool ok = maildir_tree_list(root, &folders, &err);
	for (size_t i = 0; ok && i < folders.len; i++) {
		char *path = maildir_tree_path(root, folders.items[i], &err);
		ok = list_folder(s, path, &names);
		free(path);
	}
	if (names.len > 1)
		qsort(names.items, names.len, sizeof(names.items[0]),
			compare_text);
	char *found = strlist_join(&names, " ");
	if (ok && !str_equal(found, expected))
		ok = scene_say(s, "the Maildir has\n  %s, not\n  %s", found,
			expected);
	free(found);
	free(root);
	strlist_done(&folders);
	strlist_done(&names);
	return ok;
}

// --- running --------------------------------------------------------------------------

static bool
download(struct client *c)
{
	char *root = maildir_path_of(c->scene);
	struct error err = {0};
	uint32_t came = 0;
	bool ok = false;

	for (int i = 0; !ok && i < 4; i++) {
		error_clear(&err);
		ok = client_connect(c, &err) &&
			sync_download(&c->sync, root, &came, &err);
		client_disconnect(c);
		if (!ok && err.kind != ERROR_OFFLINE)
			break;
	}
	free(root);
	return ok || scene_say(c->scene, "download: %s", err.text);
}

static bool
run_before(struct scene *s, void *arg)
{
	struct client c;

	(void)arg;
	if (!client_open(&c, s))
		return false;
	bool ok = download(&c);
	client_close(&c);
	return ok;
}

static bool
run_download(struct scene *s, void *arg)
{
	const struct scenario *sc = arg;
	struct client c;

	if (!client_open(&c, s))
		return false;
	bool ok = download(&c);
	unsigned steps = s->fake->steps;
	ok = ok && check_files(s, sc->files);
	char *left = fake_print(s->fake);
	if (ok && !str_equal(left, sc->server))
		ok = scene_say(s, "the server has\n  %s, not\n  %s", left,
			sc->server);
	free(left);
	client_close(&c);
	s->fake->steps = steps;
	return ok;
}

static void
must(struct scene *s, const struct scenario *sc, const char *when, unsigned k)
{
	if (scene_run(s, run_download, (void *)sc, k == 0) == SCENE_OK)
		return;
	print_error("%s, %s %u [%s]: %s\n", sc->name, when, k,
		k > 0 ? s->fake->trail[(k - 1) % 64] : "", s->fake->said);
	fail();
}

// Returns at how many steps it was killed.
static unsigned
play(const struct scenario *sc)
{
	char trail[32];
	struct scene s;

	scene_init(&s);
	s.settings.driver = &fake_drop_driver;
	s.settings.pop3_keep = sc->keep;
	s.settings.pop3_days = sc->days;
	server_fill(s.fake);
	if (sc->before &&
	    scene_run(&s, run_before, NULL, false) != SCENE_OK)
		fail_msg("%s: %s", sc->name, s.fake->said);
	if (sc->others != NULL)
		sc->others(&s);
	scene_keep(&s);
	must(&s, sc, "clean", 0);
	unsigned steps = s.fake->steps;
	must(&s, sc, "again", 0);
	for (unsigned k = 1; k <= steps; k++) {
		if (!scene_kill(&s, run_download, (void *)sc, k))
			fail_msg("%s at %u: %s", sc->name, k, s.fake->said);
		snprintf(trail, sizeof(trail), "%s",
			s.fake->trail[(k - 1) % 64]);
		must(&s, sc, trail, 0);
		if (scene_soak())
			must(&s, sc, "and again", 0);
	}
	scene_done(&s);
	return s.kills;
}

static void
test_download(void **state)
{
	unsigned kills = 0;

	(void)state;
	for (size_t i = 0; i < COUNT_OF(scenarios); i++)
		kills += play(&scenarios[i]);
	print_message("# killed at each of %u steps of a download\n", kills);
}

// The link breaks, at the removal too: nothing is lost and nothing comes twice.
static void
test_cut(void **state)
{
	static const char *const verbs[] = { "select", "fetch", "half fetch",
		"expunge", "commit" };
	const struct scenario *sc = &scenarios[0];

	(void)state;
	for (size_t i = 0; i < COUNT_OF(verbs); i++) {
		for (unsigned n = 0; n < 4; n++) {
			struct scene s;
			scene_init(&s);
			s.settings.driver = &fake_drop_driver;
			server_fill(s.fake);
			s.fake->fault.kind = ERROR_OFFLINE;
			s.fake->fault.after = n / 2;
			s.fake->fault.done = n % 2 == 1;
			strcpy(s.fake->fault.verb, verbs[i]);
			must(&s, sc, verbs[i], 0);
			scene_done(&s);
		}
	}
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_download),
		cmocka_unit_test(test_cut),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
