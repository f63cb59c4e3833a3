// SPDX-License-Identifier: GPL-3.0-or-later
// Messages: what is new, gone, marked, moved, copied and filed, here and there, and
// acts that a server cannot or will not do.
#include "config.h"

#include "tests/unit/test.h"

#include "tests/sync/scenario.h"

#include "base/array.h"
#include "store/messages.h"

#include <stdlib.h>
#include <string.h>

#define GONE_ONE ": 1 message left out, gone from the server"

// --- servers --------------------------------------------------------------------------

static void
server_three(struct fake *f)
{
	server_two(f);
	fake_add_folder(f, "Lists", NULL);
	fake_add_folder(f, "Trash", "trash");
	fake_add(f, "Trash", "t", "seen");
	fake_add(f, "Trash", "u", "seen");
}

static void
server_bulk(struct fake *f)
{
	fake_add_folder(f, "INBOX", "inbox");
	fake_add_folder(f, "Archive", "archive");
	fake_add_many(f, "INBOX", "m", 1005);
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
others_move(struct fake *f)
{
	fake_move(f, "INBOX", "a", "Archive");
}

static void
others_move_elsewhere(struct fake *f)
{
	fake_move(f, "INBOX", "a", "Lists");
}

static void
others_copy(struct fake *f)
{
	fake_add(f, "Archive", "a", "");
}

static void
others_empty_trash(struct fake *f)
{
	fake_expunge(f, "Trash", "t");
	fake_expunge(f, "Trash", "u");
}

static void
others_replace_draft(struct fake *f)
{
	fake_expunge(f, "INBOX", "d");
	fake_add(f, "INBOX", "d2", "draft");
}

static void
others_many(struct fake *f)
{
	fake_add_many(f, "INBOX", "n", 40);
	fake_expunge(f, "INBOX", "m070");
	fake_flag(f, "INBOX", "m001", "flagged");
}

static void
others_bulk(struct fake *f)
{
	fake_expunge(f, "INBOX", "m001");
	fake_expunge(f, "INBOX", "m1005");
}

static void refuse_flags(struct fake *f) { strcpy(f->refuses, "flags"); }
static void refuse_move(struct fake *f) { strcpy(f->refuses, "move"); }
static void refuse_copy(struct fake *f) { strcpy(f->refuses, "copy"); }
static void refuse_expunge(struct fake *f) { strcpy(f->refuses, "expunge"); }
static void refuse_append(struct fake *f) { strcpy(f->refuses, "append"); }
static void others_fill(struct fake *f) { f->full = true; }

static void
others_lock(struct fake *f)
{
	fake_folder(f, "INBOX")->quirks = FAKE_READ_ONLY;
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
acts_move_one(struct client *c)
{
	return client_transfer(c, ACT_MOVE, "INBOX", "a", "Archive");
}

static bool
acts_move_and_flag(struct client *c)
{
	return acts_move(c) &&
		client_flag(c, "Archive", "a", "flagged", NULL);
}

static bool
acts_copy(struct client *c)
{
	return client_transfer(c, ACT_COPY, "INBOX", "a c", "Archive");
}

static bool
acts_copy_gone(struct client *c)
{
	return client_transfer(c, ACT_COPY, "INBOX", "b c", "Archive");
}

static bool
acts_expunge(struct client *c)
{
	return client_expunge(c, "INBOX", "a d");
}

static bool
acts_expunge_b(struct client *c)
{
	return client_expunge(c, "INBOX", "b");
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

static bool
acts_draft(struct client *c)
{
	return client_append(c, "INBOX", "d1") &&
		client_expunge(c, "INBOX", "d");
}

// Each version replaces the one before, which no server has seen.
static bool
acts_drafts(struct client *c)
{
	return acts_draft(c) && client_append(c, "INBOX", "d3") &&
		client_expunge(c, "INBOX", "d1");
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
acts_from_trash(struct client *c)
{
	return client_transfer(c, ACT_MOVE, "Trash", "t", "INBOX") &&
		client_flag(c, "Trash", "u", "flagged", NULL) &&
		client_transfer(c, ACT_MOVE, "INBOX", "a", "Trash");
}

static bool
acts_bulk(struct client *c)
{
	uint64_t *ids = malloc(2000 * sizeof(*ids));
	struct act act = {
		.kind = ACT_MOVE, .folder = client_folder(c, "Archive"), .ids = ids,
	};

	act.n = store_order_ids(c->store, client_folder(c, "INBOX"), ORDER_DATE,
		0, 2000, ids);
	bool ok = client_act(c, &act);
	free(ids);
	return ok;
}

// --- the table --------------------------------------------------------------------------

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
	{ "many windows", server_many, NULL, others_many, NULL, .more_turns = 12 },

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
		"d{flagged todo}", "flag" GONE_ONE },

	{ "move", server_two, acts_move, NULL,
		"Archive: a c{flagged todo} x{seen}; INBOX: b{seen} d" },
	{ "move, and others meanwhile", server_two, acts_move,
		others_gone_and_new,
		"Archive: a c{flagged todo} x{seen}; INBOX: e f" },
	{ "moved there", server_two, NULL, others_move,
		"Archive: a x{seen}; INBOX: b{seen} c{flagged todo} d" },
	{ "moved here and there to one folder", server_two, acts_move,
		others_move, "Archive: a c{flagged todo} x{seen}; INBOX: b{seen} d",
		"move" GONE_ONE },
	{ "moved here and there to two folders", server_three, acts_move,
		others_move_elsewhere,
		"Archive: c{flagged todo} x{seen}; INBOX: b{seen} d; Lists: a; "
		"Trash: t{seen} u{seen}", "move" GONE_ONE },
	{ "move and flag of what has gone", server_three, acts_move_and_flag,
		others_move_elsewhere,
		"Archive: c{flagged todo} x{seen}; INBOX: b{seen} d; Lists: a; "
		"Trash: t{seen} u{seen}", "move" GONE_ONE "|flag" GONE_ONE },
	{ "move of nothing that is left", server_two, acts_move_one, others_move,
		"Archive: a x{seen}; INBOX: b{seen} c{flagged todo} d",
		"move" GONE_ONE },
	{ "move without COPYUID", server_two, acts_move, others_add,
		"Archive: a c{flagged todo} x{seen}; INBOX: b{seen} d e f{seen}",
		.without = REMOTE_UIDPLUS },
	{ "copy", server_two, acts_copy, NULL,
		"Archive: a c{flagged todo} x{seen}; "
		"INBOX: a b{seen} c{flagged todo} d" },
	{ "copied there", server_two, NULL, others_copy,
		"Archive: a x{seen}; INBOX: a b{seen} c{flagged todo} d" },
	{ "copy of what has gone", server_two, acts_copy_gone, others_gone,
		"Archive: c{flagged todo} x{seen}; INBOX: a c{flagged todo} d",
		"copy" GONE_ONE },
	{ "copy without COPYUID", server_two, acts_copy, NULL,
		"Archive: a c{flagged todo} x{seen}; "
		"INBOX: a b{seen} c{flagged todo} d", .without = REMOTE_UIDPLUS },
	{ "a bulk move", server_bulk, acts_bulk, others_bulk, NULL,
		"move: 1 message left out, gone from the server|"
		"move: 1 message left out, gone from the server",
		.no_bodies = true, .long_one = true, .more_turns = 6 },

	{ "delete", server_two, acts_expunge, NULL,
		"Archive: x{seen}; INBOX: b{seen} c{flagged todo}" },
	{ "delete, and new mail", server_two, acts_expunge, others_add,
		"Archive: x{seen}; INBOX: b{seen} c{flagged todo} e f{seen}" },
	{ "deleted here, flags changed there", server_two, acts_expunge, others_flag,
		"Archive: x{seen}; INBOX: b c{flagged later}" },
	{ "deleted here and there", server_two, acts_expunge_b, others_gone,
		"Archive: x{seen}; INBOX: a c{flagged todo} d" },
	{ "Trash emptied there", server_three, NULL, others_empty_trash,
		"Archive: x{seen}; INBOX: a b{seen} c{flagged todo} d; Lists: ; "
		"Trash: " },
	{ "Trash emptied under acts", server_three, acts_from_trash,
		others_empty_trash,
		"Archive: x{seen}; INBOX: b{seen} c{flagged todo} d; Lists: ; "
		"Trash: a", "move" GONE_ONE "|flag" GONE_ONE },

	{ "append", server_two, acts_append, NULL,
		"Archive: new{seen} x{seen}; INBOX: a b{seen} c{flagged todo} d" },
	{ "append without Message-ID", server_two, acts_append_nameless, NULL,
		"Archive: -new{seen} x{seen}; INBOX: a b{seen} c{flagged todo} d" },
	{ "append without its UID told", server_two, acts_append, others_add,
		"Archive: new{seen} x{seen}; INBOX: a b{seen} c{flagged todo} d e "
		"f{seen}", .without = REMOTE_UIDPLUS },
	{ "two appends", server_two, acts_append_twice, NULL,
		"Archive: p{seen} x{seen}; INBOX: a b{seen} c{flagged todo} d "
		"q{seen}" },
	{ "append, flag, move", server_two, acts_append_then_flag, NULL,
		"Archive: x{seen}; INBOX: a b{seen} c{flagged todo} d "
		"new{seen flagged}" },
	{ "a draft replaced", server_two, acts_draft, NULL,
		"Archive: x{seen}; INBOX: a b{seen} c{flagged todo} d1{seen}" },
	{ "a draft replaced twice", server_two, acts_drafts, NULL,
		"Archive: x{seen}; INBOX: a b{seen} c{flagged todo} d3{seen}" },
	{ "a draft replaced here and there", server_two, acts_draft,
		others_replace_draft,
		"Archive: x{seen}; INBOX: a b{seen} c{flagged todo} d1{seen} "
		"d2{draft}" },
	{ "acts on what acts made", server_two, acts_chain, NULL,
		"Archive: a{flagged} x{seen flagged}; INBOX: a{flagged} "
		"b{seen answered} c{flagged todo}" },
	{ "acts on what acts made, without COPYUID", server_two, acts_chain, NULL,
		"Archive: a{flagged} x{seen flagged}; INBOX: a{flagged} "
		"b{seen answered} c{flagged todo}", .without = REMOTE_UIDPLUS },
	{ "twins", server_twins, acts_twins, NULL,
		"Archive: -n =t/0 =t/1 =t/2; INBOX: " },

	{ "flags refused", server_two, acts_flag, refuse_flags, START,
		"flag: not allowed", 1 },
	{ "one of three refused", server_two, acts_flag_twice, refuse_flags, START,
		"flag: not allowed|flag: not allowed|flag: not allowed", 3 },
	{ "move refused", server_two, acts_move, refuse_move, START,
		"move: not allowed", 1 },
	{ "move refused, and acts after it", server_two, acts_move_and_flag,
		refuse_move, START, "flag: 1 message left out, as an act before was "
		"not done|move: not allowed", 1 },
	{ "copy refused", server_two, acts_copy, refuse_copy, START,
		"copy: not allowed", 1 },
	{ "delete refused", server_two, acts_expunge, refuse_expunge, START,
		"expunge: not allowed", 1 },
	{ "append refused", server_two, acts_append, refuse_append, START,
		"append: not allowed", 1 },
	{ "move over quota", server_two, acts_move, others_fill, START,
		"move: over quota; delete mail there and empty Trash, then pending "
		"-retry", 1 },
	{ "append over quota", server_two, acts_append, others_fill, START,
		"append: over quota; delete mail there and empty Trash, then pending "
		"-retry", 1 },
	{ "flags in a read-only folder", server_two, acts_flag, others_lock, START,
		"flag: the folder is read-only", 1 },
	{ "move out of a read-only folder", server_two, acts_move, others_lock,
		START, "move: the folder is read-only", 1 },
	{ "copy out of a read-only folder", server_two, acts_copy, others_lock,
		"Archive: a c{flagged todo} x{seen}; "
		"INBOX: a b{seen} c{flagged todo} d" },
};

int
main(int argc, char **argv)
{
	return scenarios_main(argc, argv, scenarios, COUNT_OF(scenarios));
}
