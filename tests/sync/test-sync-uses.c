// SPDX-License-Identifier: GPL-3.0-or-later
// Folders that are made for a use: the server is told which it is.
#include "config.h"

#include "tests/unit/test.h"

#include "tests/sync/scene.h"

#include "base/str.h"
#include "mail/query.h"
#include "remote/remote.h"
#include "store/folders.h"
#include "store/messages.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

static bool
create(struct client *c, const char *name)
{
	return client_folder_act(c, ACT_FOLDER_CREATE, NULL, name);
}

static bool
run_creates(struct scene *s, void *arg)
{
	struct client c;

	(void)arg;
	if (!client_open(&c, s))
		return false;
	// The second that would be for sent mail is an ordinary folder.
	bool ok = client_sync(&c) && create(&c, "Gesendet") &&
		create(&c, "Work") && client_sync(&c) &&
		create(&c, "Sent") && client_sync(&c);
	client_disconnect(&c);
	client_close(&c);
	return ok;
}

static void
test_folders_for_a_use(void **state)
{
	(void)state;
	struct scene s;

	scene_init(&s);
	fake_add_folder(s.fake, "INBOX", "inbox");
	if (scene_run(&s, run_creates, NULL, true) != SCENE_OK)
		fail_msg("%s", s.fake->said);
	assert_string_equal(fake_folder(s.fake, "Gesendet")->role, "sent");
	assert_string_equal(fake_folder(s.fake, "Work")->role, "");
	assert_string_equal(fake_folder(s.fake, "Sent")->role, "");
	scene_done(&s);
}

// --- what a folder does not allow --------------------------------------------------------

static bool
denies(struct client *c, bool yes)
{
	struct folder f;

	if (!store_folder(c->store, client_folder(c, "INBOX"), &f))
		return scene_say(c->scene, "no inbox");
	bool denied = (f.attributes & FOLDER_NO_MASK) != 0;
	folder_done(&f);
	return denied == yes || scene_say(c->scene, yes ? "allowed" : "denied");
}

static bool
flag_refused(struct client *c, const char *add, const char *words)
{
	uint64_t id = client_find(c, "INBOX", "a");
	struct act act = { .kind = ACT_FLAG, .ids = &id, .n = 1, .title = "flag" };
	struct error err = {0};

	flags_parse(&act.change.add, add);
	bool ok = store_act_wait(c->store, &act, &err);
	flag_change_done(&act.change);
	if (ok || strstr(err.text, words) == NULL)
		return scene_say(c->scene, "%s: %s", add, ok ? "done" : err.text);
	return store_operations_count(c->store, c->account) == 0 ||
		scene_say(c->scene, "something waits");
}

static bool
run_denied(struct scene *s, void *arg)
{
	struct fake_folder *in = fake_folder(s->fake, "INBOX");
	struct client c;

	(void)arg;
	if (!client_open(&c, s))
		return false;
	bool ok = client_sync(&c) && denies(&c, false);
	// Read-only as a whole; known again after a restart, without a server.
	in->quirks = FAKE_READ_ONLY;
	fake_add(s->fake, "INBOX", "b", "");
	ok = ok && client_sync(&c) && denies(&c, true) && client_restart(&c) &&
		denies(&c, true) &&
		flag_refused(&c, "seen", "INBOX: the server does not let you mark") &&
		flag_refused(&c, "todo", "flag or tag") &&
		flag_refused(&c, "deleted", "delete messages");
	// Marks of reading that do not last, all else may be done.
	in->quirks = FAKE_NO_SEEN;
	fake_add(s->fake, "INBOX", "c", "");
	ok = ok && client_sync(&c) && denies(&c, true) &&
		flag_refused(&c, "seen", "mark messages as read") &&
		client_flag(&c, "INBOX", "a", "todo", NULL) && client_sync(&c);
	in->quirks = 0;
	fake_add(s->fake, "INBOX", "d", "");
	ok = ok && client_sync(&c) && denies(&c, false) &&
		client_flag(&c, "INBOX", "a", "seen", NULL) && client_sync(&c);
	client_disconnect(&c);
	client_close(&c);
	return ok;
}

static void
test_folders_that_deny(void **state)
{
	(void)state;
	struct scene s;

	scene_init(&s);
	s.fake->abilities = REMOTE_LIST_STATUS;
	fake_add_folder(s.fake, "INBOX", "inbox");
	fake_add(s.fake, "INBOX", "a", "");
	if (scene_run(&s, run_denied, NULL, true) != SCENE_OK)
		fail_msg("%s", s.fake->said);
	assert_string_equal(fake_find(s.fake, "INBOX", "a")->flags, "seen todo");
	scene_done(&s);
}

// --- folders below INBOX ---------------------------------------------------------------

static bool
is_folder(struct client *c, const char *name, uint32_t id)
{
	return client_folder(c, name) == id ||
		scene_say(c->scene, "%s is %u, not %u", name,
			client_folder(c, name), id);
}

static bool
run_prefixed(struct scene *s, void *arg)
{
	struct client c;

	(void)arg;
	if (!client_open(&c, s))
		return false;
	bool ok = client_sync(&c) && create(&c, "Work") && create(&c, "Work/Old") &&
		client_transfer(&c, ACT_MOVE, "INBOX", "a", "Work");
	uint32_t work = client_folder(&c, "Work"), old = client_folder(&c, "Work/Old");
	ok = ok && client_sync(&c) && is_folder(&c, "INBOX/Work", work) &&
		is_folder(&c, "INBOX/Work/Old", old) &&
		client_transfer(&c, ACT_MOVE, "INBOX", "b", "INBOX/Work") &&
		client_folder_act(&c, ACT_FOLDER_RENAME, "INBOX/Work", "Jobs") &&
		client_transfer(&c, ACT_MOVE, "Jobs", "a", "Jobs/Old") &&
		client_sync(&c) && is_folder(&c, "INBOX/Jobs", work) &&
		is_folder(&c, "INBOX/Jobs/Old", old) && client_check(&c);
	client_disconnect(&c);
	client_close(&c);
	return ok;
}

// A folder that the server knows by another name than it was made under stays the
// same: what waits for it goes there.
static void
test_folders_below_inbox(void **state)
{
	(void)state;
	struct scene s;

	scene_init(&s);
	s.fake->prefixed = true;
	fake_add_folder(s.fake, "INBOX", "inbox");
	fake_add(s.fake, "INBOX", "a", "");
	fake_add(s.fake, "INBOX", "b", "");
	if (scene_run(&s, run_prefixed, NULL, true) != SCENE_OK)
		fail_msg("%s", s.fake->said);
	char *print = fake_print(s.fake);
	assert_string_equal(print, "INBOX/Jobs/Old: a; INBOX/Jobs: b; INBOX: ");
	free(print);
	scene_done(&s);
}

// --- one message in several folders -----------------------------------------------------

struct places { struct client *c; char text[256]; };

static bool
found_at(void *arg, uint64_t id)
{
	struct places *p = arg;
	struct message m;
	struct folder f;

	if (!store_message(p->c->store, id, &m) ||
	    !store_folder(p->c->store, m.folder, &f))
		return false;
	size_t len = strlen(p->text);
	snprintf(p->text + len, sizeof(p->text) - len, "%s:%s ", f.name,
		m.envelope.subject);
	folder_done(&f);
	message_done(&m);
	return true;
}

// The same by date and by thread.
static bool
finds(struct client *c, const char *query, const char *places)
{
	struct query *q = NULL;
	struct error err = {0};
	bool ok = query_parse(&q, query, 0, &err);

	for (int order = ORDER_DATE; ok && order <= ORDER_THREAD; order++) {
		struct places p = { .c = c };
		ok = store_search(c->store, q, 0, 0, (enum message_order)order, NULL,
			found_at, &p, &err);
		if (ok && !str_equal(p.text, places))
			ok = scene_say(c->scene, "%s: %s", query, p.text);
	}
	query_free(&q);
	return ok || (err.kind != ERROR_NONE && scene_say(c->scene, "%s", err.text));
}

#define EACH "All:about c Work:about b INBOX:about a "
#define DOUBLED "All:about c All:about b Work:about b All:about a INBOX:about a "

static bool
run_labels(struct scene *s, void *arg)
{
	bool known = arg != NULL;
	struct client c;

	if (!client_open(&c, s))
		return false;
	bool ok = client_sync(&c);
	struct places p = { .c = &c };
	ok = ok && (known ? finds(&c, "about", EACH) && finds(&c, "account:test", EACH) :
		true);
	if (ok && !known) {
		struct query *q = NULL;
		ok = query_parse(&q, "about", 0, NULL) &&
			store_search(c.store, q, 0, 0, ORDER_DATE, NULL, found_at, &p,
				NULL) && strlen(p.text) == strlen(DOUBLED);
		query_free(&q);
		if (!ok)
			scene_say(s, "not known: %s", p.text);
	}
	// One folder is shown as it is; a query that only one copy matches finds that.
	ok = ok && finds(&c, "folder:All about", "All:about c All:about b All:about a ") &&
		finds(&c, "folder:Work", "Work:about b ");
	// What leaves its last other folder is found where it stays.
	fake_expunge(s->fake, "Work", "b");
	ok = ok && client_sync(&c) && (!known ||
		finds(&c, "about", "All:about c All:about b INBOX:about a "));
	client_disconnect(&c);
	client_close(&c);
	return ok;
}

static void
add_at(struct fake *f, const char *folder, const char *name, int64_t received)
{
	fake_add(f, folder, name, "");
	fake_find(f, folder, name)->received = received;
}

static void
test_same_in_several(void **state)
{
	(void)state;
	static const unsigned abilities[] = { REMOTE_IDS | REMOTE_LABELS, REMOTE_IDS, 0 };
	for (size_t i = 0; i < COUNT_OF(abilities); i++) {
		struct scene s;

		scene_init(&s);
		s.fake->abilities |= abilities[i];
		fake_add_folder(s.fake, "INBOX", "inbox");
		// Before "Work", if names decided.
		fake_add_folder(s.fake, "All", "all");
		fake_add_folder(s.fake, "Work", "");
		add_at(s.fake, "INBOX", "a", 1000000);
		add_at(s.fake, "Work", "b", 2000000);
		add_at(s.fake, "All", "a", 1000000);
		add_at(s.fake, "All", "b", 2000000);
		add_at(s.fake, "All", "c", 3000000);
		if (scene_run(&s, run_labels, abilities[i] ? &s : NULL, true) != SCENE_OK)
			fail_msg("%x: %s", abilities[i], s.fake->said);
		scene_done(&s);
	}
}

// Archived, taken back, filed, thrown away: what Gmail makes of moves.
static bool
run_moves(struct scene *s, void *arg)
{
	struct client c;

	(void)arg;
	if (!client_open(&c, s))
		return false;
	bool ok = client_sync(&c) &&
		client_transfer(&c, ACT_MOVE, "INBOX", "a", "All") && client_sync(&c) &&
		client_check(&c) && finds(&c, "about", "All:about b All:about a ") &&
		client_undo(&c) && client_sync(&c) && client_check(&c) &&
		finds(&c, "about", "All:about b INBOX:about a ") &&
		client_redo(&c) && client_sync(&c) && client_check(&c) &&
		finds(&c, "about", "All:about b All:about a ") &&
		client_undo(&c) && client_sync(&c) &&
		client_transfer(&c, ACT_COPY, "INBOX", "a", "Work") && client_sync(&c) &&
		client_check(&c) && finds(&c, "about", "All:about b INBOX:about a ") &&
		client_undo(&c) && client_sync(&c) && client_check(&c) &&
		finds(&c, "folder:Work", "");
	client_disconnect(&c);
	client_close(&c);
	return ok;
}

static void
test_moves_of_labels(void **state)
{
	(void)state;
	struct scene s;

	scene_init(&s);
	s.fake->abilities |= REMOTE_IDS | REMOTE_LABELS | REMOTE_UIDPLUS | REMOTE_MOVE;
	fake_add_folder(s.fake, "INBOX", "inbox");
	fake_add_folder(s.fake, "All", "all");
	fake_add_folder(s.fake, "Work", "");
	add_at(s.fake, "INBOX", "a", 1000000);
	add_at(s.fake, "All", "a", 1000000);
	add_at(s.fake, "All", "b", 2000000);
	if (scene_run(&s, run_moves, NULL, true) != SCENE_OK)
		fail_msg("%s", s.fake->said);
	scene_done(&s);
}

// --- labels as tags ---------------------------------------------------------------------

static bool
tagged(struct client *c, const char *names)
{
	char query[64], places[128] = "";

	for (const char *at = names; *at != '\0'; at++) {
		size_t len = strlen(places);
		snprintf(places + len, sizeof(places) - len, "INBOX:about %c ", *at);
	}
	snprintf(query, sizeof(query), "tag:\"to do\" folder:INBOX");
	return finds(c, query, places);
}

static bool
look_into_all(struct client *c)
{
	struct remote_folders told = {0};
	struct error err = {0};
	struct folder f;

	if (!client_connect(c, &err) || !sync_folders_told(&c->sync, &told, &err))
		return scene_say(c->scene, "list: %s", err.text);
	bool ok = store_folder(c->store, client_folder(c, "INBOX"), &f);
	bool changed = ok && sync_folder_changed(&c->sync, &f, &told.items[0], true);
	remote_folders_done(&told);
	ok = changed && sync_folder_newest(&c->sync, f.id, &err) &&
		sync_folder_rest(&c->sync, f.id, &err);
	folder_done(&f);
	return ok || scene_say(c->scene, "a sync that was asked for: %d %s", changed,
		err.text);
}

// Given here, with their undo; and by others, without a word of it in any MODSEQ.
static bool
run_tags(struct scene *s, void *arg)
{
	struct client c;
	const char *old = arg;

	if (!client_open(&c, s))
		return false;
	bool ok = client_sync(&c) && tagged(&c, "b") &&
		client_flag(&c, "INBOX", "a", "to&ACA-do", "") && tagged(&c, "ba") &&
		client_sync(&c) && client_check(&c) && client_undo(&c) &&
		tagged(&c, "b") && client_sync(&c) && client_check(&c) &&
		str_equal(fake_find(s->fake, "INBOX", "a")->flags, "") &&
		client_redo(&c) && client_sync(&c) && client_check(&c) &&
		str_equal(fake_find(s->fake, "INBOX", "a")->flags, "to&ACA-do");
	if (ok && s->fake->abilities & REMOTE_LABELS) {
		fake_flag_silently(s->fake, "INBOX", "a", "");
		ok = client_sync(&c) && tagged(&c, "b") && client_check(&c);
		fake_flag_silently(s->fake, "INBOX", old, "to&ACA-do");
		ok = ok && client_sync(&c) && tagged(&c, "b") && look_into_all(&c) &&
			client_check(&c);
	}
	client_disconnect(&c);
	client_close(&c);
	return ok;
}

static void
test_labels_are_tags(void **state)
{
	(void)state;
	static const struct { unsigned abilities; bool keeps_modseq; } rows[] = {
		{ REMOTE_IDS | REMOTE_LABELS | REMOTE_CONDSTORE | REMOTE_LIST_STATUS, true },
		{ REMOTE_CONDSTORE, true }, { 0, false },
	};
	for (size_t i = 0; i < COUNT_OF(rows); i++) {
		struct scene s;

		scene_init(&s);
		s.fake->abilities |= rows[i].abilities;
		s.fake->keeps_modseq = rows[i].keeps_modseq;
		s.settings.keep = 0;
		fake_add_folder(s.fake, "INBOX", "inbox");
		fake_add_many(s.fake, "INBOX", "old", SYNC_FIRST + 20);
		add_at(s.fake, "INBOX", "a", 1000000);
		add_at(s.fake, "INBOX", "b", 2000000);
		fake_flag(s.fake, "INBOX", "b", "to&ACA-do");
		char *old = str_dup(fake_folder(s.fake, "INBOX")->messages[0].name);
		if (scene_run(&s, run_tags, old, false) != SCENE_OK)
			fail_msg("%zu: %s", i, s.fake->said);
		free(old);
		scene_done(&s);
	}
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_folders_for_a_use),
		cmocka_unit_test(test_folders_that_deny),
		cmocka_unit_test(test_folders_below_inbox),
		cmocka_unit_test(test_same_in_several),
		cmocka_unit_test(test_moves_of_labels),
		cmocka_unit_test(test_labels_are_tags),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
