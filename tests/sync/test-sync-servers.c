// SPDX-License-Identifier: GPL-3.0-or-later
// Servers that count wrong, tell twice, leave out, forget and lie, and a client that
// has lost what it knew: in the end the store is as the server is, and what had to
// be mended is said.
#include "config.h"

#include "tests/unit/test.h"

#include "tests/sync/scenario.h"

#include <stdlib.h>
#include <string.h>

// --- servers --------------------------------------------------------------------------

static void
server_unreadable(struct fake *f)
{
	server_two(f);
	strcpy(f->unreadable, "b");
}

static void
server_silent(struct fake *f)
{
	server_two(f);
	strcpy(f->silent, "b");
	f->silent_for = 1;
}

static void
server_double(struct fake *f)
{
	server_two(f);
	fake_folder(f, "INBOX")->quirks = FAKE_TELLS_TWICE;
}

static void
server_no_uidnext(struct fake *f)
{
	server_two(f);
	fake_add_folder(f, "Later", "");
	fake_folder(f, "INBOX")->quirks = FAKE_NO_UIDNEXT;
	fake_folder(f, "Archive")->quirks = FAKE_NO_UIDNEXT;
	fake_folder(f, "Later")->quirks = FAKE_NO_UIDNEXT;
}

// --- what happens there -----------------------------------------------------------------

static void
others_change(struct fake *f)
{
	fake_flag(f, "INBOX", "a", "seen");
	fake_expunge(f, "INBOX", "b");
	fake_add(f, "INBOX", "e", "");
}

static void
others_cut(struct fake *f)
{
	fake_add_many(f, "INBOX", "n", 40);
	f->fault = (struct fake_fault){ .verb = "half fetch", .kind = ERROR_OFFLINE };
}

static void
others_modseq_back(struct fake *f)
{
	fake_modseq_back(f, "INBOX");
	fake_flag_silently(f, "INBOX", "a", "seen");
	fake_flag_silently(f, "INBOX", "c", "flagged");
}

// Back, and then on from there.
static void
others_modseq_back_and_on(struct fake *f)
{
	fake_modseq_back(f, "INBOX");
	fake_flag(f, "INBOX", "a", "seen");
	fake_expunge(f, "INBOX", "d");
	fake_add(f, "INBOX", "e", "");
}

// Seen by the count of unread in the list.
static void
others_modseq_still(struct fake *f)
{
	f->abilities |= REMOTE_LIST_STATUS;
	fake_flag_silently(f, "INBOX", "a", "seen");
}

static void
others_modseq_none(struct fake *f)
{
	f->keeps_modseq = false;
	f->abilities &= ~(unsigned)(REMOTE_CONDSTORE | REMOTE_QRESYNC);
	fake_flag(f, "INBOX", "a", "seen");
	fake_expunge(f, "INBOX", "b");
}

static void
others_modseq_learnt(struct fake *f)
{
	f->keeps_modseq = true;
	f->abilities |= REMOTE_CONDSTORE | REMOTE_QRESYNC;
	others_change(f);
}

// The server forgets what has gone, so it cannot tell.
static void
others_forgetful(struct fake *f)
{
	others_change(f);
	fake_folder(f, "INBOX")->n_gone = 0;
}

static void
others_count_less(struct fake *f)
{
	fake_folder(f, "INBOX")->quirks = FAKE_COUNTS_LESS;
}

static void
others_unreadable(struct fake *f)
{
	fake_add(f, "INBOX", "e", "seen");
	fake_add(f, "INBOX", "f", "");
	strcpy(f->unreadable, "e");
}

static void
others_silent(struct fake *f)
{
	fake_add(f, "INBOX", "e", "seen");
	fake_add(f, "INBOX", "f", "");
	strcpy(f->silent, "e");
	f->silent_for = 1;
}

// Left out when it is asked for whether the messages of an act are there.
static void
others_silent_once(struct fake *f)
{
	strcpy(f->silent, "b");
	f->silent_for = 1;
}

// Given a UID long before it is there.
static void
others_late(struct fake *f)
{
	struct fake_folder *in = fake_folder(f, "INBOX");

	// b leaves its place to another message of a lower UID than those known.
	in->messages[1].uid = 0;
	memmove(&in->messages[1], &in->messages[2],
		(in->n - 2) * sizeof(in->messages[0]));
	in->n--;
}

static void
others_take_moved(struct fake *f)
{
	fake_move(f, "Later", "c", "Archive");
	fake_expunge(f, "Archive", "d");
	fake_expunge(f, "INBOX", "a");
}

static void
others_double(struct fake *f)
{
	others_change(f);
	fake_folder(f, "INBOX")->quirks = FAKE_TELLS_TWICE;
}

static void
others_more(struct fake *f)
{
	fake_add(f, "INBOX", "e", "");
}

// --- acts -----------------------------------------------------------------------------

static bool
acts_lose_cache(struct client *c)
{
	return client_lose_cache(c);
}

static bool
acts_flag(struct client *c)
{
	return client_flag(c, "INBOX", "a b d", "flagged todo", "seen");
}

// Played, and the folders that they went to not looked at.
static bool
acts_move_unseen(struct client *c)
{
	struct error err;

	if (!client_transfer(c, ACT_MOVE, "INBOX", "c", "Later") ||
	    !client_transfer(c, ACT_MOVE, "INBOX", "d", "Archive"))
		return false;
	bool ok = client_connect(c, &err) && sync_play(&c->sync, &err);
	client_disconnect(c);
	return ok || scene_say(c->scene, "%s", err.text);
}

static bool
acts_then_lose_cache(struct client *c)
{
	return acts_flag(c) &&
		client_transfer(c, ACT_MOVE, "INBOX", "c d", "Archive") &&
		client_append(c, "Archive", "new") &&
		client_flag(c, "Archive", "c", "seen", NULL) &&
		client_lose_cache(c);
}

static bool
acts_lose_cache_then_undo(struct client *c)
{
	return client_transfer(c, ACT_MOVE, "INBOX", "c d", "Archive") &&
		client_sync(c) && client_lose_cache(c) && client_sync(c) &&
		client_undo(c);
}

static bool
acts_restart(struct client *c)
{
	return acts_flag(c) && client_restart(c) &&
		client_transfer(c, ACT_MOVE, "INBOX", "a", "Archive") &&
		client_restart(c);
}

// --- the table --------------------------------------------------------------------------

#define CHANGED "Archive: x{seen}; INBOX: a{seen} c{flagged todo} d e"
#define WITH_E "Archive: x{seen}; INBOX: a b{seen} c{flagged todo} d e{seen} f"

static const struct scenario scenarios[] = {
	{ "interrupted fetch", server_two, NULL, others_cut, NULL },
	{ "lost cache", server_two, acts_lose_cache, NULL, START },
	{ "lost cache, changes", server_two, acts_lose_cache, others_change,
		CHANGED },
	{ "lost cache, acts", server_two, acts_then_lose_cache, NULL,
		"Archive: c{seen flagged todo} d{flagged todo} new{seen} x{seen}; "
		"INBOX: a{flagged todo} b{flagged todo}" },
	{ "lost cache, acts and changes", server_two, acts_then_lose_cache,
		others_change, "Archive: c{seen flagged todo} d{flagged todo} "
		"new{seen} x{seen}; INBOX: a{flagged todo} e",
		"flag: 1 message left out, gone from the server" },
	{ "lost cache, undo", server_two, acts_lose_cache_then_undo, NULL, START },
	{ "restarted twice", server_two, acts_restart, others_more,
		"Archive: a{flagged todo} x{seen}; INBOX: b{flagged todo} "
		"c{flagged todo} d{flagged todo} e" },

	{ "MODSEQ goes back", server_two, NULL, others_modseq_back,
		"Archive: x{seen}; INBOX: a{seen} b{seen} c{flagged} d" },
	{ "MODSEQ goes back and on", server_two, NULL, others_modseq_back_and_on,
		"Archive: x{seen}; INBOX: a{seen} b{seen} c{flagged todo} e" },
	{ "MODSEQ goes back under acts", server_two, acts_flag,
		others_modseq_back, "Archive: x{seen}; INBOX: a{flagged todo} "
		"b{flagged todo} c{flagged} d{flagged todo}" },
	{ "MODSEQ does not rise", server_two, NULL, others_modseq_still,
		"Archive: x{seen}; INBOX: a{seen} b{seen} c{flagged todo} d" },
	{ "MODSEQ is no more", server_two, NULL, others_modseq_none,
		"Archive: x{seen}; INBOX: a{seen} c{flagged todo} d", .more_turns = 2 },
	{ "MODSEQ is new", server_two, NULL, others_modseq_learnt, CHANGED },
	{ "forgetful", server_two, NULL, others_forgetful, CHANGED, .told = "*" },

	{ "unreadable at first", server_unreadable, NULL, NULL, START },
	{ "unreadable later", server_two, NULL, others_unreadable, WITH_E },
	{ "left out at first", server_silent, NULL, NULL, START },
	{ "left out later", server_two, NULL, others_silent, WITH_E, "*" },
	{ "left out before an act", server_two, acts_flag, others_silent_once,
		"Archive: x{seen}; INBOX: a{flagged todo} b{flagged todo} "
		"c{flagged todo} d{flagged todo}" },
	{ "told twice at first", server_double, NULL, others_change, CHANGED },
	{ "told twice later", server_two, NULL, others_double, CHANGED },
	{ "gone without a word", server_two, NULL, others_late,
		"Archive: x{seen}; INBOX: a c{flagged todo} d", .told = "*" },
	{ "no UIDNEXT", server_no_uidnext, acts_flag, others_change, "Archive: x{seen}; "
		"INBOX: a{flagged todo} c{flagged todo} d{flagged todo} e; Later: ",
		"flag: 1 message left out, gone from the server", .more_turns = 2 },
	{ "no UIDNEXT, moved on before it was seen", server_no_uidnext, acts_move_unseen,
		others_take_moved, "Archive: c{flagged todo} x{seen}; INBOX: b{seen}; "
		"Later: ", .more_turns = 2 },
	{ "EXISTS shrinks", server_two, NULL, others_count_less, START,
		"INBOX: the server counts 3 messages but shows 4", .more_turns = 1 },
};

int
main(int argc, char **argv)
{
	return scenarios_main(argc, argv, scenarios, COUNT_OF(scenarios));
}
