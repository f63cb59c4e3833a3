// SPDX-License-Identifier: GPL-3.0-or-later
// How a scenario is run: clean, again (nothing happens any more, in few turns),
// killed at every step and gone on with, cut off at every verb; on servers of
// each kind.
#include "config.h"

#include "tests/unit/test.h"

#include "tests/sync/scenario.h"

#include "base/buf.h"
#include "base/mem.h"
#include "base/str.h"
#include "store/pending.h"
#include "store/store.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

// Of a long scenario, even with POSTERN_SOAK.
#define KILLS_LONG 60
#define KILLS_SHORT 1

// What a server may be able to do; `turns` that it takes to see that a folder has
// not changed.
static const struct server {
	const char *name;
	unsigned abilities;
	bool keeps_modseq;
	unsigned turns;
} servers[] = {
	{ "neither", 0, false, 2 },
	{ "CONDSTORE", REMOTE_CONDSTORE | REMOTE_UIDPLUS | REMOTE_MOVE, true, 1 },
	{ "QRESYNC", REMOTE_CONDSTORE | REMOTE_QRESYNC | REMOTE_UIDPLUS |
		REMOTE_MOVE | REMOTE_LIST_STATUS, true, 1 },
};

// One scenario on one server.
struct play {
	const struct scenario *sc;
	const struct server *server;
	struct scene scene;
	bool clean;               // the run is: all that is told is known
	bool failed;              // and it has been said how
};

void
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

void
server_empty(struct fake *f)
{
	fake_add_folder(f, "INBOX", "inbox");
}

void
server_many(struct fake *f)
{
	f->spacing = 700;
	fake_add_folder(f, "INBOX", "inbox");
	fake_add_many(f, "INBOX", "m", 140);
}

void
server_twins(struct fake *f)
{
	fake_add_folder(f, "INBOX", "inbox");
	fake_add_folder(f, "Archive", "archive");
	fake_add(f, "INBOX", "=t/1", "");
	fake_add(f, "INBOX", "=t/2", "");
	fake_add(f, "INBOX", "-n", "");
	fake_add(f, "Archive", "=t/0", "");
}

// --- what a client does -------------------------------------------------------------------

static bool
run_prepare(struct scene *s, void *arg)
{
	const struct scenario *sc = ((struct play *)arg)->sc;
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

static unsigned
count_failed(struct client *c)
{
	struct operation *ops = NULL;
	size_t n = store_operations(c->store, c->account, &ops);
	unsigned failed = 0;

	for (size_t i = 0; i < n; i++) {
		failed += ops[i].state == OPERATION_FAILED;
		operation_done(&ops[i]);
	}
	free(ops);
	return failed;
}

static bool
told_is(const char *told, const char *expected)
{
	size_t len = strlen(expected);

	return len > 0 && expected[len - 1] == '*' ?
		strncmp(told, expected, len - 1) == 0 : str_equal(told, expected);
}

static bool
check_end(struct client *c, const struct play *p)
{
	const struct scenario *sc = p->sc;
	char *found = fake_print(c->scene->fake);
	bool ok = client_check(c);

	if (ok && count_failed(c) != sc->failed)
		ok = scene_say(c->scene, "%u acts are listed as failed (%s)",
			count_failed(c), c->told);
	if (ok && p->clean && !told_is(c->told, str_or_empty(sc->told)))
		ok = scene_say(c->scene, "told\n  \"%s\", not\n  \"%s\"",
			c->told, str_or_empty(sc->told));
	if (ok && sc->expected != NULL && !str_equal(found, sc->expected))
		ok = scene_say(c->scene, "the server has\n  %s, not\n  %s", found,
			sc->expected);
	free(found);
	return ok;
}

static unsigned
folders_of(const struct fake *f)
{
	unsigned n = 0;

	for (size_t i = 0; i < FAKE_FOLDERS; i++)
		n += f->folders[i].name[0] != '\0';
	return n;
}

// Nothing is left to be done, and that is seen soon.
static bool
sync_again(struct client *c, const struct play *p)
{
	struct fake *s = c->scene->fake, *before = fake_new();
	unsigned turns = 2 + folders_of(s) * p->server->turns + p->sc->more_turns;

	fake_copy(before, s);
	s->turns = 0;
	bool ok = client_sync(c);
	client_disconnect(c);
	ok = ok && check_end(c, p);
	if (ok && !fake_same(before, s))
		ok = scene_say(c->scene, "again: the server was changed");
	if (ok && s->turns > turns)
		ok = scene_say(c->scene, "again: %u turns, not %u", s->turns, turns);
	fake_free(&before);
	return ok;
}

static bool
run_sync(struct scene *s, void *arg)
{
	struct client c;

	if (!client_open(&c, s))
		return false;
	bool ok = client_sync(&c);
	client_disconnect(&c);
	unsigned steps = s->fake->steps;
	ok = ok && check_end(&c, arg);
	if (ok && ((struct play *)arg)->clean)
		ok = sync_again(&c, arg);
	client_close(&c);
	s->fake->steps = steps;
	return ok;
}

// --- runs ---------------------------------------------------------------------------------

static void
fail_at(struct play *p, const char *when)
{
	struct buf trail = {0};
	const struct fake *f = p->scene.fake;
	unsigned n = f->steps;

	for (unsigned i = n > 12 ? n - 12 : 0; i < n; i++)
		buf_printf(&trail, " [%s]", f->trail[i % 64]);
	print_error("%s on %s, %s: %s\n  last steps:%s\n", p->sc->name,
		p->server->name, when, f->said, buf_text(&trail));
	buf_done(&trail);
	p->failed = true;
}

// A scene in which the client has synced and acted and others have, too.
static void
set_scene(struct play *p)
{
	struct scene *s = &p->scene;

	scene_init(s);
	s->fake->abilities = p->server->abilities & ~p->sc->without;
	s->fake->keeps_modseq = p->server->keeps_modseq;
	if (p->sc->no_bodies)
		s->settings.keep = 0;
	p->sc->server(s->fake);
	if (scene_run(s, run_prepare, p, false) != SCENE_OK)
		fail_at(p, "before it began");
	if (p->sc->others != NULL)
		p->sc->others(s->fake);
	scene_keep(s);
}

static void
play_clean(struct play *p, bool look_for_leaks)
{
	p->clean = true;
	if (scene_run(&p->scene, run_sync, p, look_for_leaks) != SCENE_OK)
		fail_at(p, "clean");
	p->clean = false;
}

// Killed at step k, then gone on with.
static void
play_killed(struct play *p, unsigned k)
{
	struct scene *s = &p->scene;
	char when[64], trail[32];

	snprintf(when, sizeof(when), "killed at step %u", k);
	scene_put_back(s);
	s->fake->kill_at = k;
	if (scene_run(s, run_sync, p, false) == SCENE_FAILED) {
		fail_at(p, when);
		return;
	}
	s->fake->kill_at = 0;
	snprintf(trail, sizeof(trail), "%s", s->fake->trail[(k - 1) % 64]);
	if (scene_run(s, run_sync, p, false) != SCENE_OK) {
		snprintf(when, sizeof(when), "killed at step %u (%s)", k, trail);
		fail_at(p, when);
	}
}

// Few kills, spread over all steps and at others for each scenario and server; with
// POSTERN_SOAK all.
static void
play_kills(struct play *p, bool all, unsigned turn)
{
	unsigned steps = p->scene.fake->steps;
	unsigned n = !all ? KILLS_SHORT : p->sc->long_one ? KILLS_LONG : steps;

	if (n > steps)
		n = steps;
	for (unsigned i = 0; i < n && !p->failed; i++) {
		unsigned from = steps * i / n, to = steps * (i + 1) / n;
		// A third further for each server, so that all parts have their turn.
		play_killed(p, 1 + from + (turn * (to - from) / 3 + turn / 3) %
			(to - from));
	}
}

static const char *const verbs[] = {
	"select", "half fetch", "raw", "flags", "copy", "move", "expunge", "append",
	"find", "create", "rename", "delete", "status", "part",
};

// The link breaks at a verb, before or after the server did what it was asked.
static void
play_cut(struct play *p, const char *verb, unsigned after, bool done)
{
	struct scene *s = &p->scene;
	char when[64];

	scene_put_back(s);
	s->fake->fault = (struct fake_fault){
		.kind = ERROR_OFFLINE, .after = after, .done = done,
	};
	strcpy(s->fake->fault.verb, verb);
	snprintf(when, sizeof(when), "cut %s %s %u", done ? "after" : "before",
		verb, after);
	if (scene_run(s, run_sync, p, false) != SCENE_OK)
		fail_at(p, when);
}

static void
play_cuts(struct play *p, bool all, unsigned turn)
{
	if (p->scene.fake->fault.kind != ERROR_NONE || p->sc->long_one)
		return;
	for (unsigned i = 0; i < COUNT_OF(verbs); i++)
		for (unsigned n = 0; n < 4; n++)
			if (!p->failed && (all || (i == turn % COUNT_OF(verbs) &&
				n == turn / COUNT_OF(verbs) % 4)))
				play_cut(p, verbs[i], n / 2, n % 2 == 1);
}

// A long one is short on one kind of server, in turn.
static bool
is_spared(const struct scenario *sc, unsigned turn)
{
	return sc->long_one && !scene_soak() &&
		turn % COUNT_OF(servers) != turn / COUNT_OF(servers) % COUNT_OF(servers);
}

static bool
play_scenario(const struct scenario *sc, const struct server *server, bool all,
	unsigned turn)
{
	struct play p = { .sc = sc, .server = server };
	// Cuts on one server each, in turn.
	bool cuts = all || turn % COUNT_OF(servers) ==
		turn / COUNT_OF(servers) % COUNT_OF(servers);

	set_scene(&p);
	if (!p.failed)
		play_clean(&p, all || turn % COUNT_OF(servers) == 0);
	if (!p.failed)
		play_kills(&p, all, turn);
	if (!p.failed && cuts)
		play_cuts(&p, all, turn / COUNT_OF(servers));
	scene_done(&p.scene);
	return !p.failed;
}

// --- running them -------------------------------------------------------------------------

struct table {
	const struct scenario *rows;
	size_t n;
};

static void
test_scenarios(void **state)
{
	const struct table *t = *state;
	unsigned failed = 0;

	for (unsigned i = 0; i < t->n * COUNT_OF(servers); i++) {
		const struct scenario *sc = &t->rows[i / COUNT_OF(servers)];
		if (!is_spared(sc, i))
			failed += !play_scenario(sc,
				&servers[i % COUNT_OF(servers)], scene_soak(), i);
	}
	assert_int_equal(failed, 0);
}

int
scenarios_main(int argc, char **argv, const struct scenario *rows, size_t n)
{
	struct table t = { rows, n };
	const struct CMUnitTest tests[] = {
		cmocka_unit_test_prestate(test_scenarios, &t),
	};

	bool failed = false;

	if (argc <= 1)
		return cmocka_run_group_tests(tests, NULL, NULL);
	for (size_t i = 0; i < n; i++)
		for (size_t j = 0; j < COUNT_OF(servers); j++)
			if (str_equal(argv[1], rows[i].name) && (argc < 3 ||
				str_equal(argv[2], servers[j].name)))
				failed |= !play_scenario(&rows[i], &servers[j],
					scene_soak(), 0);
	return failed;
}
