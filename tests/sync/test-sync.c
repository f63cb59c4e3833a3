// SPDX-License-Identifier: GPL-3.0-or-later
// Every way in which store and server can differ is brought to an end: clean, again
// (nothing happens), and killed at every step and gone on with; the end is the
// same each time.
#include "config.h"

#include "tests/unit/test.h"

#include "tests/sync/scene.h"

#include "base/buf.h"
#include "base/mem.h"
#include "store/pending.h"
#include "store/store.h"

#include <stdio.h>
#include <string.h>

struct scenario {
	const char *name;
	void (*server)(struct fake *f);        // at the first sync
	bool (*acts)(struct client *c);        // off line, after it
	void (*others)(struct fake *f);        // other clients, meanwhile
	const char *expected;                  // of the server, at the end
	unsigned refused;                      // acts that are taken back
};

// --- servers --------------------------------------------------------------------------

static void
server_two(struct fake *f)
{
	fake_add_folder(f, "INBOX", "inbox");
	fake_add_folder(f, "Archive", "archive");
	fake_add(f, "INBOX", "a", "");
	fake_add(f, "INBOX", "b", "seen");
	fake_add(f, "INBOX", "c", "flagged todo");
	fake_add(f, "INBOX", "d", "");
	fake_add(f, "Archive", "x", "seen");
}

static void
server_empty(struct fake *f)
{
	fake_add_folder(f, "INBOX", "inbox");
}

static void
server_many(struct fake *f)
{
	f->spacing = 700;
	fake_add_folder(f, "INBOX", "inbox");
	fake_add_many(f, "INBOX", "m", 140);
}

// Equal in all bytes, and one without a Message-ID.
static void
server_twins(struct fake *f)
{
	fake_add_folder(f, "INBOX", "inbox");
	fake_add_folder(f, "Archive", "archive");
	fake_add(f, "INBOX", "=t/1", "");
	fake_add(f, "INBOX", "=t/2", "");
	fake_add(f, "INBOX", "-n", "");
	fake_add(f, "Archive", "=t/0", "");
}

// --- other clients ----------------------------------------------------------------------

static void
others_add(struct fake *f)
{
	fake_add(f, "INBOX", "e", "");
	fake_add(f, "INBOX", "f", "seen");
}

static void
others_gone(struct fake *f)
{
	fake_expunge(f, "INBOX", "b");
}

static void
others_gone_and_new(struct fake *f)
{
	fake_expunge(f, "INBOX", "b");
	fake_expunge(f, "INBOX", "d");
	fake_add(f, "INBOX", "e", "");
	fake_add(f, "INBOX", "f", "");
}

static void
others_all_gone(struct fake *f)
{
	while (fake_folder(f, "INBOX")->n > 0)
		fake_expunge(f, "INBOX", fake_folder(f, "INBOX")->messages[0].name);
}

static void
others_flag(struct fake *f)
{
	fake_flag(f, "INBOX", "a", "seen");
	fake_flag(f, "INBOX", "b", "");
	fake_flag(f, "INBOX", "c", "flagged later");
}

static void
others_renumber(struct fake *f)
{
	fake_renumber(f, "INBOX");
}

static void
others_renumber_shifted(struct fake *f)
{
	fake_expunge(f, "INBOX", "a");
	fake_renumber(f, "INBOX");
	fake_add(f, "INBOX", "e", "");
}

static void
others_folder_gone(struct fake *f)
{
	fake_remove_folder(f, "Archive");
}

static void
others_folder_new(struct fake *f)
{
	fake_add_folder(f, "Lists", NULL);
	fake_add(f, "Lists", "l", "");
}

static void
others_many(struct fake *f)
{
	fake_add_many(f, "INBOX", "n", 40);
	fake_expunge(f, "INBOX", "m070");
	fake_flag(f, "INBOX", "m001", "flagged");
}

// --- acts -----------------------------------------------------------------------------

static bool
acts_flag(struct client *c)
{
	return client_flag(c, "INBOX", "a b d", "flagged todo", "seen");
}

static bool
acts_flag_twice(struct client *c)
{
	return client_flag(c, "INBOX", "a", "seen", NULL) &&
		client_flag(c, "INBOX", "a c", "answered", "todo") &&
		client_flag(c, "INBOX", "a", NULL, "seen");
}

static bool
acts_move(struct client *c)
{
	return client_transfer(c, ACT_MOVE, "INBOX", "a c", "Archive");
}

static bool
acts_copy(struct client *c)
{
	return client_transfer(c, ACT_COPY, "INBOX", "a c", "Archive");
}

static bool
acts_expunge(struct client *c)
{
	return client_expunge(c, "INBOX", "a d");
}

static bool
acts_append(struct client *c)
{
	return client_append(c, "Archive", "new");
}

static bool
acts_append_nameless(struct client *c)
{
	return client_append(c, "Archive", "-new");
}

static bool
acts_append_twice(struct client *c)
{
	return client_append(c, "Archive", "p") &&
		client_append(c, "INBOX", "q");
}

// Acts on what acts have made.
static bool
acts_chain(struct client *c)
{
	return client_transfer(c, ACT_MOVE, "INBOX", "a b", "Archive") &&
		client_flag(c, "Archive", "a x", "flagged", NULL) &&
		client_transfer(c, ACT_MOVE, "Archive", "b", "INBOX") &&
		client_flag(c, "INBOX", "b", "answered", NULL) &&
		client_transfer(c, ACT_COPY, "Archive", "a", "INBOX") &&
		client_expunge(c, "INBOX", "d");
}

static bool
acts_append_then_flag(struct client *c)
{
	return client_append(c, "Archive", "new") &&
		client_flag(c, "Archive", "new", "flagged", NULL) &&
		client_transfer(c, ACT_MOVE, "Archive", "new", "INBOX");
}

static bool
acts_twins(struct client *c)
{
	struct folder_ids { uint64_t ids[3]; } all = {{
		client_find(c, "INBOX", "=t"), 0, client_find(c, "INBOX", "-n") }};
	struct act act = {
		.kind = ACT_MOVE, .folder = client_folder(c, "Archive"),
		.ids = all.ids, .n = 1,
	};

	// The first, then the other that is left.
	if (!client_act(c, &act))
		return false;
	all.ids[0] = client_find(c, "INBOX", "=t");
	all.ids[1] = all.ids[2];
	act.n = 2;
	return client_act(c, &act);
}

static bool
acts_create(struct client *c)
{
	struct act act = {
		.kind = ACT_FOLDER_CREATE, .account = c->account, .name = "New",
	};

	return client_act(c, &act) &&
		client_transfer(c, ACT_MOVE, "INBOX", "a b", "New") &&
		client_append(c, "New", "new");
}

static bool
acts_rename(struct client *c)
{
	struct act act = {
		.kind = ACT_FOLDER_RENAME, .folder = client_folder(c, "Archive"),
		.name = "Old",
	};

	return client_act(c, &act) &&
		client_transfer(c, ACT_MOVE, "INBOX", "a", "Old") &&
		client_flag(c, "Old", "x", "flagged", NULL);
}

static bool
acts_delete_folder(struct client *c)
{
	struct act act = {
		.kind = ACT_FOLDER_DELETE, .folder = client_folder(c, "Archive"),
	};

	return client_act(c, &act);
}

static bool
acts_undone(struct client *c)
{
	if (!client_transfer(c, ACT_MOVE, "INBOX", "a", "Archive"))
		return false;
	store_undo(c->store, NULL);
	store_settle(c->store);
	return true;
}

// --- the table --------------------------------------------------------------------------

#define START "Archive: x{seen}; INBOX: a b{seen} c{flagged todo} d"

static const struct scenario scenarios[] = {
	{ "first sync", server_two, NULL, NULL, START },
	{ "first sync of nothing", server_empty, NULL, NULL, "INBOX: " },
	{ "new mail in an empty folder", server_empty, NULL, others_add,
		"INBOX: e f{seen}" },
	{ "new mail", server_two, NULL, others_add,
		"Archive: x{seen}; INBOX: a b{seen} c{flagged todo} d e f{seen}" },
	{ "gone", server_two, NULL, others_gone,
		"Archive: x{seen}; INBOX: a c{flagged todo} d" },
	{ "as many gone as came", server_two, NULL, others_gone_and_new,
		"Archive: x{seen}; INBOX: a c{flagged todo} e f" },
	{ "all gone", server_two, NULL, others_all_gone,
		"Archive: x{seen}; INBOX: " },
	{ "flags there", server_two, NULL, others_flag,
		"Archive: x{seen}; INBOX: a{seen} b c{flagged later} d" },
	{ "flags here", server_two, acts_flag, NULL,
		"Archive: x{seen}; INBOX: a{flagged todo} b{flagged todo} "
		"c{flagged todo} d{flagged todo}" },
	{ "flags on both sides", server_two, acts_flag, others_flag,
		"Archive: x{seen}; INBOX: a{flagged todo} b{flagged todo} "
		"c{flagged later} d{flagged todo}" },
	{ "flags there and back", server_two, acts_flag_twice, NULL,
		"Archive: x{seen}; INBOX: a{answered} b{seen} "
		"c{answered flagged} d" },
	{ "flags of what has gone", server_two, acts_flag, others_gone,
		"Archive: x{seen}; INBOX: a{flagged todo} c{flagged todo} "
		"d{flagged todo}" },
	{ "move", server_two, acts_move, NULL,
		"Archive: a c{flagged todo} x{seen}; INBOX: b{seen} d" },
	{ "move, and others meanwhile", server_two, acts_move,
		others_gone_and_new,
		"Archive: a c{flagged todo} x{seen}; INBOX: e f" },
	{ "move undone", server_two, acts_undone, NULL, START },
	{ "copy", server_two, acts_copy, NULL,
		"Archive: a c{flagged todo} x{seen}; "
		"INBOX: a b{seen} c{flagged todo} d" },
	{ "delete", server_two, acts_expunge, NULL,
		"Archive: x{seen}; INBOX: b{seen} c{flagged todo}" },
	{ "delete, and new mail", server_two, acts_expunge, others_add,
		"Archive: x{seen}; INBOX: b{seen} c{flagged todo} e f{seen}" },
	{ "append", server_two, acts_append, NULL,
		"Archive: new{seen} x{seen}; INBOX: a b{seen} c{flagged todo} d" },
	{ "append without Message-ID", server_two, acts_append_nameless, NULL,
		"Archive: -new{seen} x{seen}; INBOX: a b{seen} c{flagged todo} d" },
	{ "two appends", server_two, acts_append_twice, NULL,
		"Archive: p{seen} x{seen}; INBOX: a b{seen} c{flagged todo} d "
		"q{seen}" },
	{ "acts on what acts made", server_two, acts_chain, NULL,
		"Archive: a{flagged} x{seen flagged}; INBOX: a{flagged} "
		"b{seen answered} c{flagged todo}" },
	{ "append, flag, move", server_two, acts_append_then_flag, NULL,
		"Archive: x{seen}; INBOX: a b{seen} c{flagged todo} d "
		"new{seen flagged}" },
	{ "twins", server_twins, acts_twins, NULL,
		"Archive: -n =t/0 =t/1 =t/2; INBOX: " },
	{ "UIDVALIDITY", server_two, NULL, others_renumber, START },
	{ "UIDVALIDITY, shifted", server_two, NULL, others_renumber_shifted,
		"Archive: x{seen}; INBOX: b{seen} c{flagged todo} d e" },
	{ "UIDVALIDITY under acts", server_two, acts_flag,
		others_renumber_shifted,
		"Archive: x{seen}; INBOX: b{flagged todo} c{flagged todo} "
		"d{flagged todo} e", 1 },
	{ "UIDVALIDITY under a move", server_two, acts_move, others_renumber,
		"Archive: a c{flagged todo} x{seen}; INBOX: b{seen} d" },
	{ "a folder made", server_two, acts_create, NULL,
		"Archive: x{seen}; INBOX: c{flagged todo} d; "
		"New: a b{seen} new{seen}" },
	{ "a folder renamed", server_two, acts_rename, NULL,
		"INBOX: b{seen} c{flagged todo} d; Old: a x{seen flagged}" },
	{ "a folder deleted", server_two, acts_delete_folder, NULL,
		"INBOX: a b{seen} c{flagged todo} d" },
	{ "a folder gone", server_two, NULL, others_folder_gone,
		"INBOX: a b{seen} c{flagged todo} d" },
	{ "a folder gone under a move", server_two, acts_move,
		others_folder_gone, "INBOX: a b{seen} c{flagged todo} d", 1 },
	{ "a folder come", server_two, NULL, others_folder_new,
		"Archive: x{seen}; INBOX: a b{seen} c{flagged todo} d; Lists: l" },
	{ "many windows", server_many, NULL, others_many, NULL },
};

// What a server may be able to do.
static const struct {
	const char *name;
	unsigned abilities;
	bool keeps_modseq;
} servers[] = {
	{ "a plain server", 0, false },
	{ "UIDPLUS", REMOTE_UIDPLUS | REMOTE_LIST_STATUS, false },
	{ "CONDSTORE", REMOTE_CONDSTORE | REMOTE_UIDPLUS | REMOTE_MOVE, true },
	{ "QRESYNC", REMOTE_CONDSTORE | REMOTE_QRESYNC | REMOTE_UIDPLUS |
		REMOTE_MOVE | REMOTE_LIST_STATUS, true },
	{ "QRESYNC without UIDPLUS", REMOTE_CONDSTORE | REMOTE_QRESYNC, true },
};

// --- running ----------------------------------------------------------------------------

static bool
run_prepare(struct scene *s, void *arg)
{
	const struct scenario *sc = arg;
	struct client c;

	if (!client_open(&c, s))
		return false;
	bool ok = client_sync(&c) && client_check(&c);
	client_disconnect(&c);
	if (ok && c.arrived > 0)
		ok = scene_say(s, "the first sync announces %u", c.arrived);
	if (ok && sc->acts != NULL)
		ok = sc->acts(&c);
	client_close(&c);
	return ok;
}

static bool
run_sync(struct scene *s, void *arg)
{
	const struct scenario *sc = arg;
	struct client c;

	if (!client_open(&c, s))
		return false;
	bool ok = client_sync(&c);
	client_disconnect(&c);
	unsigned steps = s->fake->steps;
	ok = ok && client_check(&c);
	if (ok && c.refused > sc->refused)
		ok = scene_say(s, "%u acts were refused", c.refused);
	char *found = fake_print(s->fake);
	if (ok && sc->expected != NULL && !str_equal(found, sc->expected))
		ok = scene_say(s, "the server has\n  %s, not\n  %s", found,
			sc->expected);
	free(found);
	client_close(&c);
	s->fake->steps = steps;
	return ok;
}

static void
fail_at(struct scene *s, const struct scenario *sc, const char *server,
	const char *when)
{
	struct buf trail = {0};
	unsigned n = s->fake->steps;

	for (unsigned i = n > 12 ? n - 12 : 0; i < n; i++)
		buf_printf(&trail, " [%s]", s->fake->trail[i % 64]);
	print_error("%s on %s, %s: %s\n  last steps:%s\n", sc->name, server, when,
		s->fake->said, buf_text(&trail));
	buf_done(&trail);
	fail();
}

// Killed at step k, then gone on with.
static void
killed_at(struct scene *s, const struct scenario *sc, const char *server,
	unsigned k)
{
	char when[64];

	snprintf(when, sizeof(when), "killed at step %u", k);
	if (!scene_kill(s, run_sync, (void *)sc, k))
		fail_at(s, sc, server, when);
	char trail[32];
	snprintf(trail, sizeof(trail), "%s", s->fake->trail[(k - 1) % 64]);
	if (scene_run(s, run_sync, (void *)sc, false) != SCENE_OK) {
		char *all = str_printf("%s (%s)", when, trail);
		fail_at(s, sc, server, all);
	}
}

// A scene in which the client has synced and acted and others have, too.
static void
set_scene(struct scene *s, const struct scenario *sc, size_t server)
{
	scene_init(s);
	s->fake->abilities = servers[server].abilities;
	s->fake->keeps_modseq = servers[server].keeps_modseq;
	sc->server(s->fake);
	if (scene_run(s, run_prepare, (void *)sc, false) != SCENE_OK)
		fail_at(s, sc, servers[server].name, "before it began");
	if (sc->others != NULL)
		sc->others(s->fake);
	scene_keep(s);
}

static void
play_clean(struct scene *s, const struct scenario *sc, const char *server)
{
	if (scene_run(s, run_sync, (void *)sc, true) != SCENE_OK)
		fail_at(s, sc, server, "clean");
	unsigned steps = s->fake->steps;
	// Again: nothing is left to be done.
	void *before = mem_copy(s->fake->folders, sizeof(s->fake->folders));
	if (scene_run(s, run_sync, (void *)sc, false) != SCENE_OK)
		fail_at(s, sc, server, "again");
	assert_memory_equal(before, s->fake->folders, sizeof(s->fake->folders));
	free(before);
	s->fake->steps = steps;
}

// Every fourth step, beginning with another one each time; every one with
// POSTERN_SOAK.
static void
play_killed(struct scene *s, const struct scenario *sc, const char *server)
{
	unsigned stride = scene_soak() ? 1 : 4;
	unsigned first = scene_soak() ? 0 : (unsigned)(sc - scenarios) % stride;
	unsigned steps = s->fake->steps;

	s->steps += steps;
	for (unsigned k = 1 + first; k <= steps; k += stride)
		killed_at(s, sc, server, k);
}

// The link breaks at a verb, before or after the server did what it was asked.
static void
play_cut(struct scene *s, const struct scenario *sc, const char *server)
{
	static const char *const verbs[] = {
		"select", "half fetch", "raw", "flags", "copy", "move",
		"expunge", "append", "find", "create", "rename", "delete",
	};
	char when[64];

	for (size_t i = 0; i < COUNT_OF(verbs); i++) {
		for (unsigned n = 0; n < (scene_soak() ? 4 : 2); n++) {
			scene_put_back(s);
			s->fake->fault = (struct fake_fault){
				.kind = ERROR_OFFLINE, .after = n / 2,
				.done = n % 2 == 1,
			};
			strcpy(s->fake->fault.verb, verbs[i]);
			snprintf(when, sizeof(when), "cut %s %s %u",
				n % 2 == 1 ? "after" : "before", verbs[i], n / 2);
			if (scene_run(s, run_sync, (void *)sc, false) != SCENE_OK)
				fail_at(s, sc, server, when);
			// It never came to that verb.
			if (s->fake->fault.kind != ERROR_NONE)
				break;
		}
	}
}

// --- tests ------------------------------------------------------------------------------

// Clean on every kind of server; killed and cut on one each, in turn, or on all of
// them with POSTERN_SOAK.
static void
play_scenario(const struct scenario *sc, size_t server, bool all,
	unsigned *steps, unsigned *kills)
{
	struct scene s;

	set_scene(&s, sc, server);
	play_clean(&s, sc, servers[server].name);
	if (all) {
		play_killed(&s, sc, servers[server].name);
		play_cut(&s, sc, servers[server].name);
	}
	*steps += s.steps;
	*kills += s.kills;
	scene_done(&s);
}

static void
test_scenarios(void **state)
{
	unsigned steps = 0, kills = 0;

	(void)state;
	for (size_t i = 0; i < COUNT_OF(scenarios); i++)
		for (size_t j = 0; j < COUNT_OF(servers); j++)
			play_scenario(&scenarios[i], j, scene_soak() ||
				j == i % COUNT_OF(servers), &steps, &kills);
	print_message("# killed at %u of %u steps of a sync\n", kills, steps);
}

// --- acts that the server refuses -------------------------------------------------------

static const struct {
	const char *verb;
	struct scenario scenario;
} refusals[] = {
	{ "flags", { "flags refused", server_two, acts_flag, NULL, START, 1 } },
	{ "move", { "move refused", server_two, acts_move, NULL, START, 1 } },
	{ "copy", { "copy refused", server_two, acts_copy, NULL, START, 1 } },
	{ "expunge", { "delete refused", server_two, acts_expunge, NULL, START, 1 } },
	{ "append", { "append refused", server_two, acts_append, NULL, START, 1 } },
	{ "create", { "folder refused", server_two, acts_create, NULL, START, 3 } },
	{ "rename", { "rename refused", server_two, acts_rename, NULL,
		"Archive: a x{seen flagged}; INBOX: b{seen} c{flagged todo} d", 1 } },
	{ "delete", { "removal refused", server_two, acts_delete_folder, NULL,
		START, 1 } },
	{ "flags", { "the first of two refused", server_two, acts_flag_twice, NULL,
		"Archive: x{seen}; INBOX: a{answered} b{seen} "
		"c{answered flagged} d", 1 } },
};

static void
test_refused(void **state)
{
	(void)state;
	for (size_t i = 0; i < COUNT_OF(refusals); i++) {
		const struct scenario *sc = &refusals[i].scenario;
		struct scene s;
		set_scene(&s, sc, i % COUNT_OF(servers));
		s.fake->fault.kind = ERROR_REFUSED;
		strcpy(s.fake->fault.verb, refusals[i].verb);
		if (scene_run(&s, run_sync, (void *)sc, true) != SCENE_OK)
			fail_at(&s, sc, servers[i % COUNT_OF(servers)].name,
				"refused");
		assert_int_equal(s.fake->fault.kind, ERROR_NONE);
		scene_done(&s);
	}
}

// --- folders made for a use ---------------------------------------------------------------

static bool
act_create(struct client *c, const char *name)
{
	struct act act = {
		.kind = ACT_FOLDER_CREATE, .account = c->account,
		.name = (char *)(uintptr_t)name,
	};

	return client_act(c, &act);
}

static bool
run_creates(struct scene *s, void *arg)
{
	struct client c;

	(void)arg;
	if (!client_open(&c, s))
		return false;
	// The second that would be for sent mail is an ordinary folder.
	bool ok = client_sync(&c) && act_create(&c, "Gesendet") &&
		act_create(&c, "Work") && client_sync(&c) &&
		act_create(&c, "Sent") && client_sync(&c);
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
	s.fake->abilities = servers[0].abilities;
	s.fake->keeps_modseq = servers[0].keeps_modseq;
	server_two(s.fake);
	if (scene_run(&s, run_creates, NULL, true) != SCENE_OK)
		fail_msg("%s", s.fake->said);
	assert_string_equal(fake_folder(s.fake, "Gesendet")->role, "sent");
	assert_string_equal(fake_folder(s.fake, "Work")->role, "");
	assert_string_equal(fake_folder(s.fake, "Sent")->role, "");
	scene_done(&s);
}

// --- running them -------------------------------------------------------------------------

// test-sync SCENARIO [SERVER]: just these, killed and cut.
static int
run_chosen(const char *name, const char *server)
{
	unsigned steps = 0, kills = 0;

	for (size_t i = 0; i < COUNT_OF(scenarios); i++)
		for (size_t j = 0; j < COUNT_OF(servers); j++)
			if (str_equal(name, scenarios[i].name) &&
			    (server == NULL || str_equal(server, servers[j].name)))
				play_scenario(&scenarios[i], j, true, &steps,
					&kills);
	printf("killed at %u of %u steps\n", kills, steps);
	return kills == 0;
}

int
main(int argc, char **argv)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_scenarios),
		cmocka_unit_test(test_refused),
		cmocka_unit_test(test_folders_for_a_use),
	};

	if (argc > 1)
		return run_chosen(argv[1], argc > 2 ? argv[2] : NULL);
	return cmocka_run_group_tests(tests, NULL, NULL);
}
