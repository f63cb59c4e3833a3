// SPDX-License-Identifier: GPL-3.0-or-later
// What it costs in turns to open a folder: few whatever its size and however its
// UIDs lie, and one when nothing changed and the server can say so.
#include "config.h"

#include "tests/unit/test.h"

#include "tests/sync/scene.h"

#include "store/messages.h"

#include <stdlib.h>

#define SCREEN 60
#define TURNS_MAX 10

static const struct {
	const char *name;
	unsigned abilities;
	bool keeps_modseq;
	unsigned reopened;        // turns, at most
} servers[] = {
	{ "neither", 0, false, 2 },
	{ "CONDSTORE", REMOTE_CONDSTORE | REMOTE_UIDPLUS, true, 1 },
	{ "QRESYNC", REMOTE_CONDSTORE | REMOTE_QRESYNC | REMOTE_UIDPLUS, true, 1 },
};

static const struct size { unsigned n; uint32_t spacing; } sizes[] = {
	{ 0, 1 }, { 1, 1 }, { 99, 1 }, { 101, 1 }, { 1200, 1 }, { 1, 4000000 },
	{ 1200, 30 }, { 1200, 3000 }, { 300, 1000000 },
};

struct opening {
	struct size size;
	unsigned reopened;
};

// The newest of a folder over a connection that is there; the turns it took.
static bool
newest(struct client *c, uint32_t folder, unsigned max)
{
	struct fake *f = c->scene->fake;
	struct error err = {0};

	f->turns = 0;
	if (!sync_folder_newest(&c->sync, folder, &err))
		return scene_say(c->scene, "newest: %s", err.text);
	return f->turns <= max ||
		scene_say(c->scene, "%u turns, not %u", f->turns, max);
}

static bool
run_opening(struct scene *s, void *arg)
{
	const struct opening *o = arg;
	struct error err = {0};
	struct client c;

	if (!client_open(&c, s))
		return false;
	bool ok = client_connect(&c, &err) && sync_folders(&c.sync, &err);
	uint32_t inbox = client_folder(&c, "INBOX");
	ok = ok && newest(&c, inbox, TURNS_MAX);
	uint32_t shown = store_order_count(c.store, inbox);
	if (ok && shown < (o->size.n < SCREEN ? o->size.n : SCREEN))
		ok = scene_say(s, "only %u rows", shown);
	ok = ok && sync_folder_rest(&c.sync, inbox, &err);
	client_disconnect(&c);
	ok = ok && client_restart(&c) && client_connect(&c, &err) &&
		newest(&c, inbox, o->reopened);
	client_close(&c);
	return ok;
}

static void
test_turns(void **state)
{
	(void)state;
	for (size_t i = 0; i < COUNT_OF(servers); i++) {
		for (size_t j = 0; j < COUNT_OF(sizes); j++) {
			struct opening o = { sizes[j], servers[i].reopened };
			struct scene s;
			scene_init(&s);
			s.fake->abilities = servers[i].abilities;
			s.fake->keeps_modseq = servers[i].keeps_modseq;
			s.fake->spacing = sizes[j].spacing;
			s.settings.keep = 0;
			fake_add_folder(s.fake, "INBOX", "inbox");
			fake_add_many(s.fake, "INBOX", "m", sizes[j].n);
			if (scene_run(&s, run_opening, &o, false) != SCENE_OK)
				fail_msg("%u messages, %u apart, %s: %s",
					sizes[j].n, sizes[j].spacing,
					servers[i].name, s.fake->said);
			scene_done(&s);
		}
	}
}

int
main(void)
{
	const struct CMUnitTest tests[] = { cmocka_unit_test(test_turns) };

	return cmocka_run_group_tests(tests, NULL, NULL);
}
