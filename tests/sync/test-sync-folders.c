// SPDX-License-Identifier: GPL-3.0-or-later
// Folders: made, renamed, deleted and numbered anew, here and there, with acts
// waiting in them; and what can be done with acts that failed because of it.
#include "config.h"

#include "tests/unit/test.h"

#include "tests/sync/scenario.h"

#include <stdlib.h>

#define NOT_FOUND "not found again after the server numbered the folder anew"
#define NO_FOLDER "the folder is no longer there"

// --- servers --------------------------------------------------------------------------

static void
server_nested(struct fake *f)
{
	server_two(f);
	fake_add_folder(f, "Archive/2026", NULL);
	fake_add(f, "Archive/2026", "y", "");
	fake_add_folder(f, "Lists", NULL);
	fake_add(f, "Lists", "l", "");
}

// --- other clients ----------------------------------------------------------------------

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
others_renumber_target(struct fake *f)
{
	fake_renumber(f, "Archive");
}

static void
others_gone(struct fake *f)
{
	fake_remove_folder(f, "Archive");
}

static void
others_made_anew(struct fake *f)
{
	fake_remove_folder(f, "Archive");
	fake_add_folder(f, "Archive", "archive");
	fake_add(f, "Archive", "z", "");
}

static void
others_new(struct fake *f)
{
	fake_add_folder(f, "Lists", NULL);
	fake_add(f, "Lists", "l", "");
}

static void
others_same(struct fake *f)
{
	fake_add_folder(f, "New", NULL);
	fake_add(f, "New", "n", "");
}

static void
others_rename(struct fake *f)
{
	fake_rename_folder(f, "Archive", "Store");
}

static void
others_old(struct fake *f)
{
	fake_add_folder(f, "Old", NULL);
}

static void
others_add_there(struct fake *f)
{
	fake_add(f, "Archive", "late", "");
}

static void
others_sub(struct fake *f)
{
	fake_add_folder(f, "Archive/2027", NULL);
	fake_add(f, "Archive/2027", "w", "");
}

// --- acts -----------------------------------------------------------------------------

static bool
acts_create(struct client *c)
{
	return client_folder_act(c, ACT_FOLDER_CREATE, NULL, "New") &&
		client_transfer(c, ACT_MOVE, "INBOX", "a b", "New") &&
		client_append(c, "New", "new");
}

// Whose list is on its way while its other connection makes a folder.
static struct client *listing;

static bool
late_folders(struct remote *r, struct remote_folders *told_r, struct error *err)
{
	struct client *c = listing;
	struct operation op;

	if (!fake_driver.folders(r, told_r, err))
		return false;
	if (c == NULL)
		return true;
	listing = NULL;
	if (!store_operation_next(c->store, c->account, &op))
		return false;
	fake_add_folder(c->scene->fake, "New", NULL);
	bool ok = store_operation_played(c->store, op.seq, 0, NULL, NULL, 0, err);
	operation_done(&op);
	return ok;
}

static bool
acts_create_while_listed(struct client *c)
{
	struct remote_driver late = fake_driver;
	struct error err = {0};

	if (!acts_create(c) || !client_connect(c, &err))
		return false;
	late.folders = late_folders;
	listing = c;
	c->sync.driver = &late;
	bool ok = sync_folders(&c->sync, &err);
	c->sync.driver = &fake_driver;
	client_disconnect(c);
	return ok;
}

static bool
acts_rename(struct client *c)
{
	return client_folder_act(c, ACT_FOLDER_RENAME, "Archive", "Old") &&
		client_transfer(c, ACT_MOVE, "INBOX", "a", "Old") &&
		client_flag(c, "Old", "x", "flagged", NULL);
}

static bool
acts_rename_only(struct client *c)
{
	return client_folder_act(c, ACT_FOLDER_RENAME, "Archive", "Old");
}

static bool
acts_rename_nested(struct client *c)
{
	return acts_rename(c) &&
		client_flag(c, "Old/2026", "y", "seen", NULL) &&
		client_transfer(c, ACT_MOVE, "INBOX", "d", "Old/2026");
}

static bool
acts_create_and_rename(struct client *c)
{
	return acts_create(c) &&
		client_folder_act(c, ACT_FOLDER_RENAME, "New", "Newer") &&
		client_flag(c, "Newer", "a", "flagged", NULL);
}

// The name of the one is that of the other.
static bool
acts_rename_and_create(struct client *c)
{
	return acts_rename(c) &&
		client_folder_act(c, ACT_FOLDER_CREATE, NULL, "Archive") &&
		client_transfer(c, ACT_MOVE, "INBOX", "b", "Archive");
}

static bool
acts_delete_and_create(struct client *c)
{
	return client_folder_act(c, ACT_FOLDER_DELETE, "Archive", NULL) &&
		client_folder_act(c, ACT_FOLDER_CREATE, NULL, "Archive") &&
		client_transfer(c, ACT_MOVE, "INBOX", "b", "Archive");
}

static bool
acts_delete(struct client *c)
{
	return client_folder_act(c, ACT_FOLDER_DELETE, "Archive", NULL);
}

static bool
acts_empty_and_delete(struct client *c)
{
	return client_transfer(c, ACT_MOVE, "Archive", "x", "INBOX") &&
		acts_delete(c);
}

static bool
acts_flag(struct client *c)
{
	return client_flag(c, "INBOX", "a b d", "flagged todo", "seen");
}

static bool
acts_move(struct client *c)
{
	return client_transfer(c, ACT_MOVE, "INBOX", "a c", "Archive");
}

static bool
acts_in_archive(struct client *c)
{
	return client_flag(c, "Archive", "x", "flagged", NULL) &&
		client_transfer(c, ACT_COPY, "Archive", "x", "INBOX") &&
		client_flag(c, "INBOX", "a", "seen", NULL);
}

static bool
acts_move_chain(struct client *c)
{
	return acts_move(c) && client_flag(c, "Archive", "a", "flagged", NULL) &&
		client_flag(c, "INBOX", "b", "flagged", NULL);
}

static bool
acts_subscribe(struct client *c)
{
	struct act act = {
		.kind = ACT_FOLDER_SUBSCRIBE,
		.folder = client_folder(c, "Archive"), .subscribe = false,
	};

	return client_act(c, &act);
}

// The target goes while the move waits, the move fails.
static bool
acts_failed(struct client *c)
{
	if (!acts_move(c))
		return false;
	fake_remove_folder(c->scene->fake, "Archive");
	bool ok = client_sync(c);
	client_disconnect(c);
	return ok;
}

static bool
acts_failed_changed(struct client *c)
{
	return acts_failed(c) && client_pending(c, CLIENT_CHANGE, "Lists");
}

static bool
acts_failed_dropped(struct client *c)
{
	return acts_failed(c) && client_pending(c, CLIENT_DROP, NULL);
}

static bool
acts_failed_changed_undone(struct client *c)
{
	return acts_failed_changed(c) && client_sync(c) && client_undo(c);
}

static bool
acts_full_then_retried(struct client *c)
{
	c->scene->fake->full = true;
	bool ok = acts_move(c) && client_sync(c);
	client_disconnect(c);
	c->scene->fake->full = false;
	return ok && client_restart(c) &&
		client_pending(c, CLIENT_RETRY, NULL);
}

// --- the table --------------------------------------------------------------------------

#define NESTED_INBOX "INBOX: a b{seen} c{flagged todo} d"

static const struct scenario scenarios[] = {
	{ "a folder made", server_two, acts_create, NULL,
		"Archive: x{seen}; INBOX: c{flagged todo} d; "
		"New: a b{seen} new{seen}" },
	{ "a folder made here and there", server_two, acts_create, others_same,
		"Archive: x{seen}; INBOX: c{flagged todo} d; "
		"New: a b{seen} n new{seen}" },
	{ "a folder made while a list is on its way", server_two,
		acts_create_while_listed, NULL,
		"Archive: x{seen}; INBOX: c{flagged todo} d; "
		"New: a b{seen} new{seen}" },
	{ "a folder made and renamed", server_two, acts_create_and_rename, NULL,
		"Archive: x{seen}; INBOX: c{flagged todo} d; "
		"Newer: a{flagged} b{seen} new{seen}" },
	{ "a folder come", server_two, NULL, others_new,
		"Archive: x{seen}; INBOX: a b{seen} c{flagged todo} d; Lists: l" },
	{ "a folder renamed", server_two, acts_rename, NULL,
		"INBOX: b{seen} c{flagged todo} d; Old: a x{seen flagged}" },
	{ "a folder renamed with its children", server_nested, acts_rename_nested,
		NULL, "INBOX: b{seen} c{flagged todo}; Lists: l; "
		"Old/2026: d y{seen}; Old: a x{seen flagged}" },
	{ "a folder renamed there", server_two, NULL, others_rename,
		"INBOX: a b{seen} c{flagged todo} d; Store: x{seen}" },
	{ "a folder renamed there under acts", server_two, acts_in_archive,
		others_rename, "INBOX: a{seen} b{seen} c{flagged todo} d; "
		"Store: x{seen}",
		"flag: " NO_FOLDER "|copy: " NO_FOLDER, 2 },
	{ "a folder renamed here and there", server_two, acts_rename_only,
		others_rename, "INBOX: a b{seen} c{flagged todo} d; Store: x{seen}",
		"rename folder: " NO_FOLDER, 1 },
	{ "a folder renamed here, deleted there", server_two, acts_rename,
		others_gone, "INBOX: a b{seen} c{flagged todo} d",
		"rename folder: " NO_FOLDER "|move: " NO_FOLDER "|flag: " NO_FOLDER,
		3 },
	{ "a folder renamed, its name given anew", server_two,
		acts_rename_and_create, NULL, "Archive: b{seen}; "
		"INBOX: c{flagged todo} d; Old: a x{seen flagged}" },
	{ "a folder not renamed, its name given anew", server_two,
		acts_rename_and_create, others_old,
		"Archive: a x{seen flagged}; INBOX: b{seen} c{flagged todo} d; Old: ",
		"rename folder: there is one already|move: " NO_FOLDER, 2 },
	{ "a folder deleted, its name given anew", server_two,
		acts_delete_and_create, NULL,
		"Archive: b{seen}; INBOX: a c{flagged todo} d" },
	{ "a folder not deleted, its name given anew", server_two,
		acts_delete_and_create, others_add_there,
		"Archive: late x{seen}; INBOX: a b{seen} c{flagged todo} d",
		"delete folder: mail came into Archive meanwhile|"
		"move: " NO_FOLDER, 2 },
	{ "a folder deleted", server_two, acts_delete, NULL,
		"INBOX: a b{seen} c{flagged todo} d" },
	{ "a folder emptied and deleted", server_two, acts_empty_and_delete, NULL,
		"INBOX: a b{seen} c{flagged todo} d x{seen}" },
	{ "a folder deleted here and there", server_two, acts_delete, others_gone,
		"INBOX: a b{seen} c{flagged todo} d" },
	{ "a folder deleted, new mail in it", server_two, acts_delete,
		others_add_there,
		"Archive: late x{seen}; INBOX: a b{seen} c{flagged todo} d",
		"delete folder: mail came into Archive meanwhile", 1 },
	{ "a folder deleted, a new one in it", server_nested, acts_delete,
		others_sub, "Archive/2026: y; Archive/2027: w; " NESTED_INBOX
		"; Lists: l" },
	{ "a folder gone", server_two, NULL, others_gone,
		"INBOX: a b{seen} c{flagged todo} d" },
	{ "a folder gone under a move", server_two, acts_move, others_gone,
		"INBOX: a b{seen} c{flagged todo} d", "move: " NO_FOLDER, 1 },
	{ "a folder gone under a chain", server_two, acts_move_chain, others_gone,
		"INBOX: a b{seen flagged} c{flagged todo} d",
		"flag: 1 message left out, as an act before was not done|"
		"move: " NO_FOLDER, 1 },
	{ "a folder gone with acts in it", server_two, acts_in_archive,
		others_gone, "INBOX: a{seen} b{seen} c{flagged todo} d",
		"flag: " NO_FOLDER "|copy: " NO_FOLDER, 2 },
	{ "a folder made anew there", server_two, acts_in_archive,
		others_made_anew, "Archive: z; INBOX: a{seen} b{seen} "
		"c{flagged todo} d", "flag: 1 message left out, " NOT_FOUND
		"|copy: 1 message left out, " NOT_FOUND },
	{ "a subscription", server_two, acts_subscribe, NULL, START },

	{ "UIDVALIDITY", server_two, NULL, others_renumber, START },
	{ "UIDVALIDITY, shifted", server_two, NULL, others_renumber_shifted,
		"Archive: x{seen}; INBOX: b{seen} c{flagged todo} d e" },
	{ "UIDVALIDITY under acts", server_two, acts_flag,
		others_renumber_shifted,
		"Archive: x{seen}; INBOX: b{flagged todo} c{flagged todo} "
		"d{flagged todo} e", "flag: 1 message left out, " NOT_FOUND },
	{ "UIDVALIDITY under a move", server_two, acts_move, others_renumber,
		"Archive: a c{flagged todo} x{seen}; INBOX: b{seen} d" },
	{ "UIDVALIDITY of the target", server_two, acts_move,
		others_renumber_target,
		"Archive: a c{flagged todo} x{seen}; INBOX: b{seen} d" },

	{ "a failed move to another folder", server_nested, acts_failed_changed,
		NULL, "Archive/2026: y; INBOX: b{seen} d; "
		"Lists: a c{flagged todo} l" },
	{ "a failed move dropped", server_nested, acts_failed_dropped, NULL,
		"Archive/2026: y; " NESTED_INBOX "; Lists: l" },
	{ "a failed move changed, played, undone", server_nested,
		acts_failed_changed_undone, NULL,
		"Archive/2026: y; " NESTED_INBOX "; Lists: l" },
	{ "a failed move left as it is", server_nested, acts_failed, NULL,
		"Archive/2026: y; " NESTED_INBOX "; Lists: l", NULL, 1 },
	{ "a move retried when there is room", server_two,
		acts_full_then_retried, NULL,
		"Archive: a c{flagged todo} x{seen}; INBOX: b{seen} d" },
};

int
main(int argc, char **argv)
{
	return scenarios_main(argc, argv, scenarios, COUNT_OF(scenarios));
}
