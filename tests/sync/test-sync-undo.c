// SPDX-License-Identifier: GPL-3.0-or-later
// Every act taken back: before a server saw it, after, and after a restart; and
// done again.
#include "config.h"

#include "tests/unit/test.h"

#include "tests/sync/scenario.h"

#include "store/messages.h"

#include <stdlib.h>
#include <string.h>

// --- acts -----------------------------------------------------------------------------

static bool
flag(struct client *c)
{
	return client_flag(c, "INBOX", "a b c", "flagged", "seen todo");
}

static bool
move(struct client *c)
{
	return client_transfer(c, ACT_MOVE, "INBOX", "a c", "Archive");
}

static bool
copy(struct client *c)
{
	return client_transfer(c, ACT_COPY, "INBOX", "a c", "Archive");
}

static bool
delete(struct client *c)
{
	return client_expunge(c, "INBOX", "a c");
}

static bool
file(struct client *c)
{
	return client_append(c, "Archive", "new");
}

static bool
create(struct client *c)
{
	return client_folder_act(c, ACT_FOLDER_CREATE, NULL, "New");
}

static bool
rename_folder(struct client *c)
{
	return client_folder_act(c, ACT_FOLDER_RENAME, "Archive", "Old");
}

static bool
bulk(struct client *c)
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

// --- when it is taken back ----------------------------------------------------------------

#define BEFORE(name) \
	static bool name##_before(struct client *c) \
	{ return name(c) && client_undo(c); }
#define AFTER(name) \
	static bool name##_after(struct client *c) \
	{ return name(c) && client_sync(c) && client_undo(c); }
#define RESTART(name) \
	static bool name##_restart(struct client *c) \
	{ return name(c) && client_sync(c) && client_restart(c) && client_undo(c); }
#define REDONE(name) \
	static bool name##_redone(struct client *c) \
	{ return name(c) && client_sync(c) && client_undo(c) && client_sync(c) && \
		client_restart(c) && client_redo(c); }
#define ALL(name) BEFORE(name) AFTER(name) RESTART(name) REDONE(name)

ALL(flag)
ALL(move)
ALL(copy)
ALL(delete)
ALL(file)
ALL(create)
ALL(rename_folder)
AFTER(bulk)

static bool
three_steps(struct client *c)
{
	return flag(c) && move(c) && client_sync(c) &&
		client_expunge(c, "INBOX", "b d") && client_undo(c) && client_undo(c) && client_undo(c);
}

// A redo on top of an undo that no server has seen.
static bool
to_and_fro(struct client *c)
{
	return move(c) && client_sync(c) && client_undo(c) && client_redo(c) &&
		client_undo(c);
}

static bool
chain_undone(struct client *c)
{
	return move(c) && client_flag(c, "Archive", "a", "seen", NULL) &&
		client_sync(c) && client_undo(c) && client_undo(c);
}

// --- servers and other clients --------------------------------------------------------------

// Each tag is a label.
static void
server_labels(struct fake *f)
{
	server_two(f);
	f->abilities |= REMOTE_IDS | REMOTE_LABELS;
}

static void
others_refuse_labels(struct fake *f)
{
	strcpy(f->refuses, "flags");
}

static void
server_bulk(struct fake *f)
{
	fake_add_folder(f, "INBOX", "inbox");
	fake_add_folder(f, "Archive", "archive");
	fake_add_many(f, "INBOX", "m", 1005);
}

static void
others_take_away(struct fake *f)
{
	fake_expunge(f, "Archive", "a");
}

static void
others_flag(struct fake *f)
{
	fake_flag(f, "INBOX", "a", "answered flagged");
}

static void
others_renumber(struct fake *f)
{
	fake_renumber(f, "Archive");
}

// --- the table --------------------------------------------------------------------------

#define MOVED "Archive: a c{flagged todo} x{seen}; INBOX: b{seen} d"
#define NONE_LEFT ": 1 message left out, gone from the server"

static const struct scenario scenarios[] = {
	{ "flag, undo", server_two, flag_before, NULL, START },
	{ "flag, sync, undo", server_two, flag_after, NULL, START },
	{ "flag, sync, restart, undo", server_two, flag_restart, NULL, START },
	{ "flag, undo, redo", server_two, flag_redone, NULL,
		"Archive: x{seen}; INBOX: a{flagged} b{flagged} c{flagged} d" },
	{ "flag undone, others flag", server_two, flag_after, others_flag,
		"Archive: x{seen}; INBOX: a{answered} b{seen} c{flagged todo} d" },
	{ "move, undo", server_two, move_before, NULL, START },
	{ "move, sync, undo", server_two, move_after, NULL, START },
	{ "move, sync, restart, undo", server_two, move_restart, NULL, START },
	{ "move, undo, redo", server_two, move_redone, NULL, MOVED },
	{ "move undone without COPYUID", server_two, move_after, NULL, START,
		.without = REMOTE_UIDPLUS },
	{ "move undone, others take away", server_two, move_after,
		others_take_away,
		"Archive: x{seen}; INBOX: b{seen} c{flagged todo} d",
		"undo: move" NONE_LEFT },
	{ "move undone, UIDVALIDITY", server_two, move_after, others_renumber,
		START },
	{ "move, undo, redo, undo", server_two, to_and_fro, NULL, START },
	{ "copy, undo", server_two, copy_before, NULL, START },
	{ "copy, sync, undo", server_two, copy_after, NULL, START },
	{ "copy, sync, restart, undo", server_two, copy_restart, NULL, START },
	{ "copy, undo, redo", server_two, copy_redone, NULL,
		"Archive: a c{flagged todo} x{seen}; "
		"INBOX: a b{seen} c{flagged todo} d" },
	{ "delete, undo", server_two, delete_before, NULL, START },
	{ "delete, sync, undo", server_two, delete_after, NULL, START },
	{ "delete, sync, restart, undo", server_two, delete_restart, NULL, START },
	{ "delete, undo, redo", server_two, delete_redone, NULL,
		"Archive: x{seen}; INBOX: b{seen} d" },
	{ "delete, sync, undo, labels", server_labels, delete_after, NULL, START,
		.more_turns = 2 },
	{ "delete, sync, undo, labels refused", server_labels, delete_after,
		others_refuse_labels, "Archive: x{seen}; INBOX: a b{seen} c{flagged} d",
		"INBOX: a message was filed without its tags: *", .more_turns = 2 },
	{ "append, undo", server_two, file_before, NULL, START },
	{ "append, sync, undo", server_two, file_after, NULL, START },
	{ "append, sync, restart, undo", server_two, file_restart, NULL, START },
	{ "append, undo, redo", server_two, file_redone, NULL,
		"Archive: new{seen} x{seen}; INBOX: a b{seen} c{flagged todo} d" },
	{ "folder made, undo", server_two, create_before, NULL, START },
	{ "folder made, sync, undo", server_two, create_after, NULL, START },
	{ "folder made, sync, restart, undo", server_two, create_restart, NULL,
		START },
	{ "folder made, undo, redo", server_two, create_redone, NULL,
		START "; New: " },
	{ "folder renamed, undo", server_two, rename_folder_before, NULL, START },
	{ "folder renamed, sync, undo", server_two, rename_folder_after, NULL,
		START },
	{ "folder renamed, sync, restart, undo", server_two,
		rename_folder_restart, NULL, START },
	{ "folder renamed, undo, redo", server_two, rename_folder_redone, NULL,
		"INBOX: a b{seen} c{flagged todo} d; Old: x{seen}" },
	{ "three steps back", server_two, three_steps, NULL, START },
	{ "a chain taken back", server_two, chain_undone, NULL, START },
	{ "a bulk move taken back", server_bulk, bulk_after, NULL, NULL,
		.no_bodies = true, .long_one = true, .more_turns = 6 },
};

int
main(int argc, char **argv)
{
	return scenarios_main(argc, argv, scenarios, COUNT_OF(scenarios));
}
