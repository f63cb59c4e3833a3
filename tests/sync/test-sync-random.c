// SPDX-License-Identifier: GPL-3.0-or-later
// Acts at random, off line, then a server that has changed at random behind them:
// a model says what must come of each, and how many must be told.
#include "config.h"

#include "tests/unit/test.h"

#include "tests/sync/scene.h"

#include "base/array.h"
#include "base/buf.h"
#include "base/str.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

enum { FOLDERS = 4, EACH = 40, MODEL_MAX = 1200, ACTS_MAX = 1000 };

static const char *const folders[FOLDERS] = { "INBOX", "One", "Three", "Two" };
static const char *const words[] = { "seen", "flagged", "answered", "todo" };

// One message as the client shows it, and as the server has it.
struct item {
	char name[16];
	uint64_t id;
	int shown, there;       // folder; -1: in none
	unsigned flags_shown, flags_there;
	bool broken;            // it was gone: acts on it are left out
};

struct deed {
	enum act_kind kind;
	size_t item, made;      // COPY: the new one
	int target;
	unsigned flag;
	bool add;
};

struct model {
	uint32_t random;
	struct item *items;
	size_t n;
	struct deed *deeds;
	size_t n_deeds;
	unsigned told;
};

struct trial {
	uint32_t seed;
	unsigned acts, others;
	bool copies;
};

static unsigned
any(struct model *m, unsigned below)
{
	m->random ^= m->random << 13;
	m->random ^= m->random >> 17;
	m->random ^= m->random << 5;
	return m->random % below;
}

static struct item *
item_new(struct model *m, const char *prefix, int folder)
{
	struct item *it = &m->items[m->n];

	*it = (struct item){ .shown = folder, .there = folder };
	snprintf(it->name, sizeof(it->name), "%s%zu", prefix, m->n++);
	return it;
}

static void
flags_text(unsigned flags, char *to, size_t size)
{
	struct buf b = {0};

	for (size_t i = 0; i < COUNT_OF(words); i++)
		if (flags & 1u << i)
			buf_printf(&b, "%s%s", b.len > 0 ? " " : "", words[i]);
	snprintf(to, size, "%s", buf_text(&b));
	buf_done(&b);
}

// --- the client ---------------------------------------------------------------------------

static bool
do_flag(struct client *c, struct item *it, struct deed *d)
{
	struct act act = { .kind = ACT_FLAG, .ids = &it->id, .n = 1 };
	unsigned before = it->flags_shown;

	it->flags_shown = d->add ? before | 1u << d->flag :
		before & ~(1u << d->flag);
	flags_parse(d->add ? &act.change.add : &act.change.remove,
		words[d->flag]);
	bool ok = it->flags_shown == before || client_act(c, &act);
	flag_change_done(&act.change);
	return ok;
}

static bool
do_deed(struct model *m, struct client *c, struct deed *d)
{
	struct item *it = &m->items[d->item];
	struct act act = { .kind = d->kind, .ids = &it->id, .n = 1 };

	if (d->kind == ACT_FLAG)
		return do_flag(c, it, d);
	if (d->kind != ACT_EXPUNGE)
		act.folder = client_folder(c, folders[d->target]);
	if (!client_act(c, &act))
		return false;
	if (d->kind == ACT_EXPUNGE) {
		it->shown = -1;
	} else if (d->kind == ACT_MOVE) {
		it->shown = d->target;
	} else {
		struct item *copy = item_new(m, "", d->target);
		memcpy(copy->name, it->name, sizeof(copy->name));
		copy->there = -1;
		copy->flags_shown = it->flags_shown;
		copy->id = client_find(c, folders[d->target], copy->name);
		d->made = (size_t)(copy - m->items);
	}
	return true;
}

static bool
same_name_in(const struct model *m, const char *name, int folder)
{
	for (size_t i = 0; i < m->n; i++)
		if (m->items[i].shown == folder && str_equal(m->items[i].name, name))
			return true;
	return false;
}

// Something that can be done to what is shown.
static bool
act_once(struct model *m, struct client *c, bool copies)
{
	struct deed *d = &m->deeds[m->n_deeds];
	struct item *it;

	do {
		*d = (struct deed){ .item = any(m, (unsigned)m->n) };
		it = &m->items[d->item];
	} while (it->shown < 0);
	unsigned dice = any(m, 20);
	d->target = (int)any(m, FOLDERS);
	d->flag = any(m, COUNT_OF(words));
	d->add = any(m, 2) == 0;
	d->kind = dice < 9 ? ACT_FLAG : dice < 17 ? ACT_MOVE :
		dice < 19 && copies ? ACT_COPY : ACT_EXPUNGE;
	if (d->kind == ACT_EXPUNGE && any(m, 3) != 0)
		d->kind = ACT_FLAG;
	if ((d->kind == ACT_MOVE && d->target == it->shown) ||
	    ((d->kind == ACT_COPY || d->kind == ACT_MOVE) &&
	    same_name_in(m, it->name, d->target)))
		return true;
	bool concerns = d->kind != ACT_FLAG ||
		((it->flags_shown >> d->flag & 1) == 1) != d->add;
	m->n_deeds += concerns;
	return !concerns || do_deed(m, c, d);
}

// --- other clients --------------------------------------------------------------------------

static void
other_once(struct model *m, struct fake *f)
{
	struct item *it = &m->items[any(m, (unsigned)m->n)];
	char flags[FAKE_NAME];
	unsigned dice = any(m, 10);

	if (it->there < 0)
		return;
	if (dice < 5) {
		it->flags_there ^= 1u << any(m, COUNT_OF(words));
		flags_text(it->flags_there, flags, sizeof(flags));
		fake_flag(f, folders[it->there], it->name, flags);
	} else if (dice < 7) {
		fake_expunge(f, folders[it->there], it->name);
		it->there = -1;
	} else if (dice < 9) {
		int to = (it->there + 1) % FOLDERS;
		struct item *moved = item_new(m, "", to);
		fake_move(f, folders[it->there], it->name, folders[to]);
		memcpy(moved->name, it->name, sizeof(moved->name));
		moved->flags_there = it->flags_there;
		moved->shown = it->there = -1;
	} else {
		struct item *fresh = item_new(m, "new", it->there);
		fake_add(f, folders[it->there], fresh->name, "");
		fresh->shown = -1;
	}
}

// --- what must come of it -------------------------------------------------------------------

static void
expect(struct model *m, const struct deed *d)
{
	struct item *it = &m->items[d->item];

	if (it->broken || it->there < 0) {
		m->told += d->kind != ACT_EXPUNGE;
		it->broken = true;
		if (d->kind == ACT_COPY)
			m->items[d->made].broken = true;
		return;
	}
	if (d->kind == ACT_FLAG) {
		it->flags_there = d->add ? it->flags_there | 1u << d->flag :
			it->flags_there & ~(1u << d->flag);
	} else if (d->kind == ACT_EXPUNGE) {
		it->there = -1;
	} else if (d->kind == ACT_MOVE) {
		it->there = d->target;
	} else {
		m->items[d->made].there = d->target;
		m->items[d->made].flags_there = it->flags_there;
	}
}

static int
compare_text(const void *a, const void *b)
{
	return strcmp(*(char *const *)a, *(char *const *)b);
}

static char *
model_print(const struct model *m)
{
	struct strlist all = {0};

	for (int f = 0; f < FOLDERS; f++) {
		struct strlist names = {0};
		for (size_t i = 0; i < m->n; i++) {
			char flags[FAKE_NAME];
			if (m->items[i].there != f)
				continue;
			flags_text(m->items[i].flags_there, flags, sizeof(flags));
			strlist_take(&names, flags[0] == '\0' ?
				str_dup(m->items[i].name) :
				str_printf("%s{%s}", m->items[i].name, flags));
		}
		if (names.len > 1)
			qsort(names.items, names.len, sizeof(names.items[0]),
				compare_text);
		char *joined = strlist_join(&names, " ");
		strlist_take(&all, str_printf("%s: %s", folders[f], joined));
		free(joined);
		strlist_done(&names);
	}
	char *text = strlist_join(&all, "; ");
	strlist_done(&all);
	return text;
}

// The flags of the fake stand in the order of their setting: put into ours.
static void
sort_flags(struct fake *f)
{
	for (size_t i = 0; i < FAKE_FOLDERS; i++) {
		for (size_t j = 0; j < f->folders[i].n; j++) {
			char *flags = f->folders[i].messages[j].flags;
			unsigned bits = 0;
			for (size_t k = 0; k < COUNT_OF(words); k++)
				bits |= strstr(flags, words[k]) != NULL ? 1u << k : 0;
			flags_text(bits, flags, FAKE_NAME);
		}
	}
}

// --- a trial --------------------------------------------------------------------------------

static void
model_begin(struct model *m, const struct trial *t, struct fake *f)
{
	*m = (struct model){
		.random = t->seed,
		.items = calloc(MODEL_MAX, sizeof(*m->items)),
		.deeds = calloc(ACTS_MAX, sizeof(*m->deeds)),
	};
	for (int i = 0; i < FOLDERS; i++) {
		fake_add_folder(f, folders[i], i == 0 ? "inbox" : NULL);
		for (int j = 0; j < EACH; j++)
			fake_add(f, folders[i], item_new(m, "m", i)->name, "");
	}
}

static bool
check_trial(struct model *m, struct client *c)
{
	struct fake *f = c->scene->fake;
	bool ok = client_check(c);

	sort_flags(f);
	char *found = fake_print(f), *expected = model_print(m);
	if (ok && !str_equal(found, expected)) {
		size_t at = 0;
		while (found[at] == expected[at])
			at++;
		at = at < 60 ? 0 : at - 60;
		ok = scene_say(c->scene, "the server has\n  ...%.150s\nnot\n"
			"  ...%.150s", found + at, expected + at);
	}
	if (ok && c->n_told != m->told)
		ok = scene_say(c->scene, "%u acts were told, not %u", c->n_told,
			m->told);
	free(found);
	free(expected);
	return ok;
}

static bool
run_trial(struct scene *s, void *arg)
{
	const struct trial *t = arg;
	struct model m;
	struct client c;

	model_begin(&m, t, s->fake);
	bool ok = client_open(&c, s) && client_sync(&c);
	client_disconnect(&c);
	for (size_t i = 0; ok && i < m.n; i++)
		m.items[i].id = client_find(&c, folders[m.items[i].shown],
			m.items[i].name);
	while (ok && m.n_deeds < t->acts)
		ok = act_once(&m, &c, t->copies);
	ok = ok && client_restart(&c);
	for (unsigned i = 0; i < t->others; i++)
		other_once(&m, s->fake);
	for (size_t i = 0; i < m.n_deeds; i++)
		expect(&m, &m.deeds[i]);
	ok = ok && client_sync(&c) && check_trial(&m, &c);
	client_close(&c);
	free(m.items);
	free(m.deeds);
	return ok;
}

static const struct {
	const char *name;
	unsigned abilities;
	bool keeps_modseq, copies;
} servers[] = {
	{ "neither", 0, false, false },
	{ "CONDSTORE", REMOTE_CONDSTORE | REMOTE_UIDPLUS, true, true },
	{ "QRESYNC", REMOTE_CONDSTORE | REMOTE_QRESYNC | REMOTE_UIDPLUS |
		REMOTE_MOVE | REMOTE_LIST_STATUS, true, true },
};

static void
test_random(void **state)
{
	uint32_t first_seed = *(uint32_t *)*state;
	bool soak = scene_soak();

	for (unsigned i = 0; i < (soak ? 30 : 3); i++) {
		size_t at = i % COUNT_OF(servers);
		struct trial t = {
			.seed = first_seed + i, .copies = servers[at].copies,
			.acts = soak ? ACTS_MAX : 100, .others = soak ? 120 : 60,
		};
		struct scene s;
		scene_init(&s);
		s.fake->abilities = servers[at].abilities;
		s.fake->keeps_modseq = servers[at].keeps_modseq;
		s.settings.keep = 0;
		if (scene_run(&s, run_trial, &t, true) != SCENE_OK) {
			print_error("seed %u, %s: %s\n", t.seed, servers[at].name,
				s.fake->said);
			fail();
		}
		scene_done(&s);
	}
}

// test-sync-random [SEED]
int
main(int argc, char **argv)
{
	uint32_t seed = argc > 1 ? (uint32_t)strtoul(argv[1], NULL, 10) : 20261122;
	const struct CMUnitTest tests[] = {
		cmocka_unit_test_prestate(test_random, &seed),
	};

	print_message("seed %u\n", seed);
	return cmocka_run_group_tests(tests, NULL, NULL);
}
