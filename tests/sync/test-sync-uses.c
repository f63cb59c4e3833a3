// SPDX-License-Identifier: GPL-3.0-or-later
// Folders that are made for a use: the server is told which it is.
#include "config.h"

#include "tests/unit/test.h"

#include "tests/sync/scene.h"

#include "store/folders.h"

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

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_folders_for_a_use),
		cmocka_unit_test(test_folders_that_deny),
		cmocka_unit_test(test_folders_below_inbox),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
