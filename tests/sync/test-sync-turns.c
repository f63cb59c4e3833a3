// SPDX-License-Identifier: GPL-3.0-or-later
// What it costs in turns to open a folder: few whatever its size and however its
// UIDs lie, and one when nothing changed and the server can say so.
#include "config.h"

#include "tests/unit/test.h"

#include "tests/sync/scene.h"

#include "remote/remote.h"
#include "store/folders.h"
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

// --- counts that are wrong for ever -----------------------------------------------------

// Does the list of folders say that the inbox is to be synced? Syncs it then.
static bool
changed(struct client *c, bool *changed_r)
{
	struct remote_folders told = {0};
	struct error err = {0};
	struct folder f;

	if (!sync_folders_told(&c->sync, &told, &err))
		return scene_say(c->scene, "list: %s", err.text);
	bool ok = store_folder(c->store, client_folder(c, "INBOX"), &f);
	*changed_r = ok && sync_folder_changed(&c->sync, &f, &told.items[0], false);
	remote_folders_done(&told);
	if (!ok)
		return scene_say(c->scene, "no inbox");
	ok = !*changed_r || (sync_folder_newest(&c->sync, f.id, &err) &&
		sync_folder_rest(&c->sync, f.id, &err));
	folder_done(&f);
	return ok || scene_say(c->scene, "sync: %s", err.text);
}

static bool
run_counting(struct scene *s, void *arg)
{
	// What other clients do before each list; and whether that is to be seen.
	enum { NO, YES, MAY };
	static const struct { const char *flags; int seen; } lists[] = {
		{ NULL, YES }, { NULL, NO }, { NULL, NO },
		// With MODSEQs the counts are compared after what they tell.
		{ "seen", YES }, { NULL, MAY }, { NULL, NO },
		{ "", YES }, { NULL, MAY }, { NULL, NO },
		{ "seen", YES }, { NULL, MAY }, { NULL, NO },
	};
	struct error err = {0};
	struct client c;

	(void)arg;
	if (!client_open(&c, s))
		return false;
	bool ok = client_sync(&c) && client_connect(&c, &err);
	fake_folder(s->fake, "INBOX")->quirks = FAKE_UNSEEN_MORE;
	for (size_t i = 0; ok && i < COUNT_OF(lists); i++) {
		bool seen = false;
		if (lists[i].flags != NULL)
			fake_flag(s->fake, "INBOX", "a", lists[i].flags);
		ok = changed(&c, &seen);
		if (ok && lists[i].seen != MAY && seen != (lists[i].seen == YES))
			ok = scene_say(s, "list %zu", i);
	}
	client_close(&c);
	return ok;
}

// A server that counts five unread too many, for ever: all flags are compared once,
// and again when one of the counts changes.
static void
test_unseen_more(void **state)
{
	(void)state;
	for (size_t i = 0; i < COUNT_OF(servers); i++) {
		struct scene s;
		scene_init(&s);
		s.fake->abilities = servers[i].abilities | REMOTE_LIST_STATUS;
		s.fake->keeps_modseq = servers[i].keeps_modseq;
		fake_add_folder(s.fake, "INBOX", "inbox");
		fake_add(s.fake, "INBOX", "a", "");
		fake_add(s.fake, "INBOX", "b", "");
		fake_add(s.fake, "INBOX", "c", "seen");
		if (scene_run(&s, run_counting, NULL, false) != SCENE_OK)
			fail_msg("%s: %s", servers[i].name, s.fake->said);
		scene_done(&s);
	}
}

// --- what others move -------------------------------------------------------------------

// All messages of a folder that others can move, there and back, so that each folder
// is the first that is looked at once.
static bool
run_moved(struct scene *s, void *arg)
{
	static const char *const places[] = { "INBOX", "Archive" };
	static const char *const names[] = { "a", "b", "c", "=t/1" };
	struct client c;

	(void)arg;
	if (!client_open(&c, s))
		return false;
	bool ok = client_sync(&c) && client_check(&c);
	if (ok && s->fake->bodies == 0)
		ok = scene_say(s, "no body was asked for");
	for (unsigned i = 0; ok && i < 4; i++) {
		s->fake->bodies = 0;
		for (size_t j = 0; j < COUNT_OF(names); j++)
			fake_move(s->fake, places[i % 2], names[j], places[(i + 1) % 2]);
		ok = client_sync(&c) && client_check(&c);
		if (ok && s->fake->bodies != 0)
			ok = scene_say(s, "%u bodies were asked for after move %u",
				s->fake->bodies, i);
		if (i == 1)
			ok = ok && client_restart(&c);
	}
	client_close(&c);
	return ok;
}

// What others move is here already, whether the server names what is the same or not.
static void
test_moved(void **state)
{
	(void)state;
	for (size_t i = 0; i < COUNT_OF(servers) * 2; i++) {
		struct scene s;
		scene_init(&s);
		s.fake->abilities = servers[i / 2].abilities | (i % 2 ? REMOTE_IDS : 0);
		s.fake->keeps_modseq = servers[i / 2].keeps_modseq;
		fake_add_folder(s.fake, "INBOX", "inbox");
		fake_add_folder(s.fake, "Archive", "archive");
		fake_add(s.fake, "INBOX", "a", "");
		fake_add(s.fake, "INBOX", "b", "seen");
		fake_add(s.fake, "INBOX", "c", "");
		fake_add(s.fake, "INBOX", "=t/1", "flagged");
		fake_add(s.fake, "Archive", "x", "");
		if (scene_run(&s, run_moved, NULL, false) != SCENE_OK)
			fail_msg("%s%s: %s", servers[i / 2].name, i % 2 ? " with ids" : "",
				s.fake->said);
		scene_done(&s);
	}
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_turns),
		cmocka_unit_test(test_unseen_more),
		cmocka_unit_test(test_moved),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
