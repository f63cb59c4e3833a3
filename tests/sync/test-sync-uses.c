// SPDX-License-Identifier: GPL-3.0-or-later
// Folders that are made for a use: the server is told which it is.
#include "config.h"

#include "tests/unit/test.h"

#include "tests/sync/scene.h"

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

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_folders_for_a_use),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
