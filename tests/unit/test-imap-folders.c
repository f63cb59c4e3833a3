// SPDX-License-Identifier: GPL-3.0-or-later
// What servers tell of folders as such, each with one that can and one that cannot:
// whose they are, rights, quotas, limits, ids, sizes, uses.
#include "config.h"

#include "test.h"

#include <string.h>

#include "base/str.h"
#include "imap-session.h"
#include "tests/server/server.h"

static const struct remote_range two[] = { { 2, 2 } };
static const struct remote_set set = { two, 1 };

// --- the list ----------------------------------------------------------------------

static const struct remote_folder *
named(const struct remote_folders *all_of_them, const char *label)
{
	for (size_t i = 0; i < all_of_them->len; i++) {
		if (str_equal(all_of_them->items[i].label, label))
			return &all_of_them->items[i];
	}
	fail_msg("no folder %s", label);
	return NULL;
}

#define EXTENDED "LIST-EXTENDED LIST-STATUS CONDSTORE OBJECTID APPENDLIMIT " \
	"NAMESPACE LIST-MYRIGHTS ACL RIGHTS=texk SPECIAL-USE"
#define RETURNS "RETURN (SUBSCRIBED SPECIAL-USE MYRIGHTS STATUS " \
	"(MESSAGES UNSEEN UIDNEXT UIDVALIDITY HIGHESTMODSEQ MAILBOXID APPENDLIMIT))"

static void
all_in_one_turn(void **state)
{
	(void)state;
	struct session n;
	struct remote_folders f;
	session_open(&n, PRE EXTENDED "] hi\n"
		"C: $1 NAMESPACE\nC: $2 LIST \"\" \"\\*\" " RETURNS "\n"
		"S: * NAMESPACE ((\"\" \"/\")) ((\"user/\" \"/\")) ((\"Public/\" \"/\" \"X-P\" (\"a\" \"b\")))\n"
		"S: $1 OK\n"
		"S: * LIST (\\\\Subscribed \\\\Sent) \"/\" Sent\n"
		"S: * MYRIGHTS Sent lrswipkxte\n"
		"S: * STATUS Sent (MESSAGES 3 UNSEEN 0 UIDNEXT 9 UIDVALIDITY 7 "
		"HIGHESTMODSEQ 5 MAILBOXID (F22-x_1) APPENDLIMIT 1000)\n"
		"S: * LIST () \"/\" user/bob/Shared\n"
		"S: * MYRIGHTS user/bob/Shared lrs\n"
		"S: * STATUS user/bob/Shared (MESSAGES 1 MAILBOXID (\"x\") APPENDLIMIT NIL)\n"
		"S: * LIST (\\\\Noselect) \"/\" Public\n"
		"S: * LIST () \"/\" Public/Team\nS: $2 OK\nC: PX LOGOUT");
	if (!remote_imap.folders(n.r, &f, &n.err))
		fail_msg("%s", n.err.text);
	const struct remote_folder *sent = named(&f, "Sent");
	assert_string_equal(sent->object_id, "F22-x_1");
	assert_int_equal(sent->append_limit, 1000);
	assert_int_equal(sent->space, REMOTE_PERSONAL);
	assert_int_equal(sent->denied, REMOTE_RIGHT_ADMIN);
	assert_int_equal(sent->told, REMOTE_COUNT_MESSAGES | REMOTE_COUNT_UNSEEN |
		REMOTE_COUNT_UIDNEXT | REMOTE_COUNT_UIDVALIDITY | REMOTE_COUNT_MODSEQ);
	const struct remote_folder *bob = named(&f, "user/bob/Shared");
	assert_int_equal(bob->space, REMOTE_OTHERS);
	assert_true(bob->denied & REMOTE_RIGHT_DELETE && bob->denied & REMOTE_RIGHT_WRITE);
	assert_false(bob->denied & REMOTE_RIGHT_SEEN);
	assert_string_equal(bob->object_id, "");
	assert_int_equal(bob->told, REMOTE_COUNT_MESSAGES);
	assert_int_equal(bob->append_limit, 0);
	assert_int_equal(named(&f, "Public")->space, REMOTE_SHARED);
	assert_int_equal(named(&f, "Public/Team")->space, REMOTE_SHARED);
	// Not told, and not asked: it follows from the names.
	assert_true(named(&f, "Public")->children);
	assert_false(named(&f, "Public/Team")->children || sent->children);
	remote_folders_done(&f);
	session_close(&n);
}

static void
list_again(struct session *n, struct remote_memory *memory, const char *user,
	enum remote_space space)
{
	struct remote_folders f;
	n->settings.memory = memory;
	str_set(&n->settings.user, user);
	if (!remote_imap.open(&n->r, &n->settings, NULL, NULL, &n->err) ||
	    !remote_imap.folders(n->r, &f, &n->err))
		fail_msg("%s", n->err.text);
	assert_int_equal(named(&f, "user/bob")->space, space);
	remote_folders_done(&f);
	char *name = remote_imap.folder_name(n->r, "user/bob/x");
	assert_string_equal(name, "user/bob/x");
	free(name);
	remote_imap.close(&n->r);
}

#define SAID_ID "C: P1 ID *\nC: P2 "
#define LISTED "S: * LIST () \"/\" user/bob\n"
#define NAMED "S: * NAMESPACE ((\"\" \"/\")) ((\"user/\" \"/\")) NIL\n"

// Connections of one account ask for NAMESPACE once; another user's is another.
// ID is said on each, as some servers want it there.
static void
asked_once(void **state)
{
	(void)state;
	struct remote_memory *memory = remote_memory_new();
	struct session n = { .script = script_start(NULL,
		PRE "NAMESPACE ID] hi\n" SAID_ID "NAMESPACE\nC: P3 LIST \"\" \"\\*\"\nS: P1 OK\n"
		"S: P2 NO not now\n" LISTED "S: P3 OK\nC: P4 LSUB *\nS: P4 OK\nC: PX LOGOUT\nN:\n"
		PRE "NAMESPACE ID] hi\n" SAID_ID "NAMESPACE\nC: P3 LIST \"\" \"\\*\"\nS: P1 OK\n"
		NAMED "S: P2 OK\n" LISTED "S: P3 OK\nC: P4 LSUB *\nS: P4 OK\nC: PX LOGOUT\nN:\n"
		PRE "NAMESPACE ID] hi\n" SAID_ID "LIST \"\" \"\\*\"\nS: P1 OK\n"
		LISTED "S: P2 OK\nC: P3 LSUB *\nS: P3 OK\nC: PX LOGOUT\nN:\n"
		PRE "NAMESPACE ID] hi\n" SAID_ID "NAMESPACE\nC: P3 LIST \"\" \"\\*\"\nS: P1 OK\n"
		"S: * NAMESPACE ((\"\" \"/\")) NIL NIL\nS: P2 OK\n" LISTED
		"S: P3 OK\nC: P4 LSUB *\nS: P4 OK\nC: PX LOGOUT") };
	script_settings(n.script, "imap", &n.settings);
	// Refused, it is asked again.
	list_again(&n, memory, "ann", REMOTE_PERSONAL);
	list_again(&n, memory, "ann", REMOTE_OTHERS);
	list_again(&n, memory, "ann", REMOTE_OTHERS);
	list_again(&n, memory, "bob", REMOTE_PERSONAL);
	script_finish(&n.script);
	remote_settings_done(&n.settings);
	remote_memory_free(&memory);
}

// A part that the main list does not hold is listed by its prefix: one turn more the
// first time, none after that. One that is forbidden takes nothing from the rest.
static void
parts_that_stand_apart(void **state)
{
	(void)state;
	struct session n;
	struct remote_folders f;
	session_open(&n, PRE "NAMESPACE] hi\n"
		"C: $1 NAMESPACE\nC: $2 LIST \"\" \"\\*\"\nS: * LIST () \"/\" a\nS: $2 OK\n"
		"S: * NAMESPACE ((\"\" \"/\")(\"#mh/\" \"/\")) ((\"Other/\" \"/\")) "
		"((\"#shared/\" \"/\")(\"#news.\" \".\")(\"b\\\\*d/\" \"/\"))\nS: $1 OK\n"
		"C: $3 LIST \"\" \"Other/\\*\"\nS: $3 NO not for you\n"
		"C: $4 LIST \"\" \"#shared/\\*\"\nS: * LIST () \"/\" #shared/x\nS: $4 OK\n"
		"C: $5 LSUB \"\" \"\\*\"\nS: $5 OK\n"
		"C: $6 LSUB \"\" \"Other/\\*\"\nS: $6 NO not for you\n"
		"C: $7 LSUB \"\" \"#shared/\\*\"\nS: * LSUB () \"/\" #shared/x\nS: $7 OK\n"
		"C: $8 LIST \"\" \"\\*\"\nS: * LIST () \"/\" a\nS: $8 OK\n"
		"C: * LIST \"\" \"Other/\\*\"\nS: P9 OK\n"
		"C: * LIST \"\" \"#shared/\\*\"\nS: * LIST () \"/\" #shared/x\nS: P10 OK\n"
		"C: * LSUB \"\" \"\\*\"\nS: P11 OK\nC: * LSUB \"\" \"Other/\\*\"\nS: P12 OK\n"
		"C: * LSUB \"\" \"#shared/\\*\"\nS: P13 OK\nC: PX LOGOUT");
	for (int i = 0; i < 2; i++) {
		n.err = (struct error){ 0 };
		if (!remote_imap.folders(n.r, &f, &n.err))
			fail_msg("%s", n.err.text);
		assert_int_equal(f.len, 2);
		assert_int_equal(named(&f, "#shared/x")->space, REMOTE_SHARED);
		assert_int_equal(named(&f, "#shared/x")->subscribed, i == 0);
		remote_folders_done(&f);
	}
	session_close(&n);
}

static void
no_namespace(void **state)
{
	(void)state;
	struct session n;
	struct remote_folders f;
	session_open(&n, PRE "NAMESPACE LIST-EXTENDED] hi\n"
		"C: $1 NAMESPACE\nC: $2 LIST *\nS: * NAMESPACE ((\"\" \nS: $1 BAD what?\n"
		"S: * LIST () \"/\" a\nS: $2 OK\nC: PX LOGOUT");
	assert_true(remote_imap.folders(n.r, &f, &n.err));
	assert_int_equal(f.len, 1);
	assert_int_equal(f.items[0].space, REMOTE_PERSONAL);
	assert_int_equal(f.items[0].denied, 0);
	remote_folders_done(&f);
	session_close(&n);
}

static const struct { const char *spaces, *label, *name; } names[] = {
	{ "((\"INBOX.\" \".\")) NIL NIL", "Work/New", "INBOX.Work.New" },
	{ "((\"INBOX.\" \".\")) NIL NIL", "INBOX/Work", "INBOX.Work" },
	{ "((\"INBOX.\" \".\")) NIL NIL", "INBOX", "INBOX" },
	{ "((\"INBOX.\" \".\")) NIL ((\"shared.\" \".\"))", "shared/x", "shared.x" },
	{ "((\"\" \".\")) NIL NIL", "Work", "Work" },
	{ "((\"\" \".\")(\"x.\" \".\")) NIL NIL", "Work", "Work" },
	{ "NIL NIL NIL", "Work", "Work" },
};

static void
names_below_a_prefix(void **state)
{
	(void)state;
	for (size_t i = 0; i < COUNT_OF(names); i++) {
		char *text = str_printf(PRE "NAMESPACE] hi\nC: $1 NAMESPACE\n"
			"C: $2 LIST \"\" \"\"\nS: * NAMESPACE %s\nS: $1 OK\n"
			"S: * LIST (\\\\Noselect) \".\" \"\"\nS: $2 OK\nC: PX LOGOUT",
			names[i].spaces);
		struct session n;
		session_open(&n, text);
		for (int k = 0; k < 2; k++) { // asked once
			char *name = remote_imap.folder_name(n.r, names[i].label);
			assert_string_equal(name, names[i].name);
			free(name);
		}
		session_close(&n);
		free(text);
	}
}

// --- names in UTF-8 (RFC 6855) ------------------------------------------------------------

// Whatever is spoken on the wire, a folder has one name here: what was kept of it before
// the server learnt UTF-8 stays true.
#define WORK "B\xc3\xbc" "cher & mehr"
#define WORK_OLD "B&APw-cher &- mehr"

static void
one_name_in_two_spellings(void **state)
{
	(void)state;
	static const struct { const char *begin, *name; } ways[] = {
		{ PRE "ENABLE UTF8=ACCEPT NAMESPACE] hi\nC: P1 ENABLE UTF8=ACCEPT\n"
			"S: * ENABLED UTF8=ACCEPT\nS: P1 OK\n", WORK },
		// Offered and refused, and not offered.
		{ PRE "ENABLE UTF8=ACCEPT NAMESPACE] hi\nC: P1 ENABLE UTF8=ACCEPT\nS: P1 BAD no\n",
			WORK_OLD },
		{ PRE "NAMESPACE ID] hi\nC: P1 ID *\nS: P1 OK\n", WORK_OLD },
	};
	for (size_t i = 0; i < COUNT_OF(ways); i++) {
		const char *w = ways[i].name;
		char *text = str_printf("%s"
			"C: $1 NAMESPACE\nC: $2 LIST \"\" \"\\*\"\n"
			"S: * NAMESPACE ((\"\" \"/\")) NIL ((\"%s/\" \"/\"))\nS: $1 OK\n"
			"S: * LIST () \"/\" \"%s/x\"\nS: * LIST () \"/\" \"%s\"\nS: $2 OK\n"
			"C: $3 LSUB \"\" \"\\*\"\nS: * LSUB () \"/\" \"%s\"\nS: $3 OK\n"
			"C: $4 STATUS \"%s\" *\nS: * STATUS \"%s\" (MESSAGES 4)\nS: $4 OK\n"
			"C: $5 SELECT \"%s\"\nS: * 5 EXISTS\nS: * OK [UIDVALIDITY 7]\nS: $5 OK\n"
			"C: $6 UID COPY 2 \"%s\"\nS: $6 OK\n"
			"C: $7 UID SEARCH %sSUBJECT %s\nS: * SEARCH 3\nS: $7 OK\n"
			"C: $8 RENAME \"%s\" \"y\"\nS: $8 OK\nC: PX LOGOUT", ways[i].begin,
			w, w, w, w, w, w, w, w, i ? "CHARSET UTF-8 " : "",
			i ? "{2}\nS: + go\nC: \xc3\xbc" : "\"\xc3\xbc\"", w);
		struct session n;
		struct remote_folders f;
		struct remote_folder status;
		struct remote_uid_map map;
		struct remote_range *ranges;
		size_t len;
		session_open(&n, text);
		assert_true(remote_imap.folders(n.r, &f, &n.err));
		assert_int_equal(!!(remote_imap.abilities(n.r) & REMOTE_UTF8), i == 0);
		assert_string_equal(named(&f, WORK)->name, WORK_OLD);
		assert_true(named(&f, WORK)->subscribed);
		assert_int_equal(named(&f, WORK "/x")->space, REMOTE_SHARED);
		remote_folders_done(&f);
		char *name = remote_imap.folder_name(n.r, WORK);
		assert_string_equal(name, WORK_OLD);
		assert_true(remote_imap.status(n.r, name, &status, &n.err));
		assert_int_equal(status.messages, 4);
		assert_true(remote_imap.select(n.r, name, NULL, &n.state, NULL, &n.err));
		assert_true(remote_imap.copy(n.r, set, name, &map, &n.err));
		if (!remote_imap.search(n.r, &(const struct remote_query){
				REMOTE_QUERY_SUBJECT, .text = "\xc3\xbc" }, &ranges, &len, &n.err))
			fail_msg("%s", n.err.text);
		free(ranges);
		assert_true(remote_imap.folder_rename(n.r, name, "y", &n.err));
		free(name);
		session_close(&n);
		free(text);
	}
}

// --- making one for a use ----------------------------------------------------------------

static void
made_for_a_use(void **state)
{
	(void)state;
	struct session n;
	session_open(&n, PRE "CREATE-SPECIAL-USE] hi\n"
		"C: $1 CREATE \"Sent\" (USE (\\\\Sent))\nS: $1 OK\n"
		"C: $2 CREATE \"Junk\" (USE (\\\\Junk))\nS: $2 NO [USEATTR] there is one\n"
		"C: $3 CREATE \"Junk\"\nS: $3 OK\n"
		"C: $4 CREATE \"x\"\nS: $4 OK\n"
		"C: $5 CREATE \"x\"\nS: $5 NO [ALREADYEXISTS] no\nC: PX LOGOUT");
	assert_true(remote_imap.folder_create_for(n.r, "Sent", "sent", &n.err));
	assert_true(remote_imap.folder_create_for(n.r, "Junk", "junk", &n.err));
	assert_true(remote_imap.folder_create_for(n.r, "x", NULL, &n.err));
	assert_false(remote_imap.folder_create_for(n.r, "x", "nonsense", &n.err));
	assert_int_equal(n.err.kind, ERROR_REFUSED);
	session_close(&n);
	session_open(&n, PRE "SPECIAL-USE] hi\nC: $1 CREATE \"Sent\"\nS: $1 OK\nC: PX LOGOUT");
	assert_true(remote_imap.folder_create_for(n.r, "Sent", "sent", &n.err));
	session_close(&n);
}

// --- quota and size -----------------------------------------------------------------------

static void
quotas(void **state)
{
	(void)state;
	struct session n;
	struct remote_quotas q;
	session_open(&n, PRE "QUOTA] hi\n"
		"C: $1 GETQUOTAROOT \"INBOX\"\nS: * QUOTAROOT INBOX \"User \\x\" all\n"
		"S: * QUOTA \"User \\x\" (STORAGE 10 512 MESSAGE 3 100)\n"
		"S: * QUOTA all (X-ODD 1 18446744073709551615)\nS: * QUOTA all (STORAGE 5\n"
		"S: * QUOTA \"\" ()\nS: $1 OK\n"
		"C: $2 GETQUOTAROOT \"f\"\nS: * QUOTAROOT f\nS: $2 OK\nC: PX LOGOUT");
	assert_true(remote_imap.quota(n.r, "INBOX", &q, &n.err));
	assert_int_equal(q.len, 2);
	assert_null(strpbrk(q.items[0].root, "\001"));
	assert_string_equal(q.items[0].resource, "STORAGE");
	assert_int_equal(q.items[0].used, 10240);
	assert_int_equal(q.items[0].limit, 512 * 1024);
	assert_int_equal(q.items[1].limit, 100);
	remote_quotas_done(&q);
	assert_false(remote_imap.quota(n.r, "f", &q, &n.err));
	assert_int_equal(n.err.kind, ERROR_REFUSED);
	session_close(&n);
	session_open(&n, PRE "] hi\nC: PX LOGOUT");
	assert_false(remote_imap.quota(n.r, "INBOX", &q, &n.err)); // not asked
	assert_int_equal(n.err.kind, ERROR_REFUSED);
	session_close(&n);
}

static void
sizes(void **state)
{
	(void)state;
	struct session n;
	uint64_t size;
	session_open(&n, PRE "STATUS=SIZE] hi\nC: $1 STATUS \"f\" (SIZE)\n"
		"S: * STATUS g (SIZE 1)\nS: * STATUS f (SIZE 8589934592)\nS: $1 OK\n"
		"C: PX LOGOUT");
	assert_true(remote_imap.folder_size(n.r, "f", &size, &n.err));
	assert_true(size == 8589934592);
	session_close(&n);
	session_open(&n, PRE "] hi\nC: PX LOGOUT");
	assert_false(remote_imap.folder_size(n.r, "f", &size, &n.err));
	assert_int_equal(n.err.kind, ERROR_REFUSED);
	session_close(&n);
}

// --- rights -------------------------------------------------------------------------------

static bool
mark(struct session *n, const char *add)
{
	struct flag_change change = { 0 };
	flags_parse(&change.add, add);
	n->err = (struct error){ 0 };
	bool ok = remote_imap.store_flags(n->r, set, &change, NULL, &n->err);
	flag_change_done(&change);
	return ok;
}

static bool
no_bytes(void *arg, const void **bytes_r, size_t *len_r)
{
	(void)arg;
	(void)bytes_r;
	(void)len_r;
	fail_msg("a message was sent that may not be");
	return false;
}

static bool
put(struct session *n, const char *folder, uint64_t size)
{
	uint32_t validity, uid;
	n->err = (struct error){ 0 };
	return remote_imap.append(n->r, folder, NULL, 0, size, no_bytes, NULL, &validity,
		&uid, &n->err);
}

#define REFUSED(n, call, words) do { \
	if (call) \
		fail_msg("not refused: %s", #call); \
	assert_int_equal((n)->err.kind, ERROR_REFUSED); \
	if (!strstr((n)->err.text, words)) \
		fail_msg("%s", (n)->err.text); \
} while (0)

// Asked beside SELECT, in its turn; afterwards nothing is sent that would be refused.
static void
refused_before_it_is_sent(void **state)
{
	(void)state;
	struct session n;
	struct remote_uid_map map;
	session_open(&n, PRE "ACL RIGHTS=texk MOVE UIDPLUS] hi\n"
		"C: $1 SELECT \"f\"\nC: $2 MYRIGHTS \"f\"\nS: * 3 EXISTS\n"
		"S: * OK [UIDVALIDITY 7]\nS: * OK [UIDNEXT 4]\nS: $1 OK\n"
		"S: * MYRIGHTS f lrsd\nS: $2 OK\n"
		"C: $3 UID STORE 2 +FLAGS.SILENT (\\\\Seen)\nS: $3 OK\nC: PX LOGOUT");
	assert_true(remote_imap.select(n.r, "f", NULL, &n.state, &n.sink, &n.err));
	assert_true(n.state.denied & REMOTE_RIGHT_EXPUNGE);
	assert_true(mark(&n, "seen"));
	REFUSED(&n, mark(&n, "flagged"), "right to mark messages in f");
	REFUSED(&n, mark(&n, "todo"), "right to mark");
	REFUSED(&n, mark(&n, "deleted"), "right to delete messages in f");
	REFUSED(&n, remote_imap.expunge(n.r, set, &n.err), "right to delete");
	REFUSED(&n, remote_imap.move(n.r, set, "g", &map, &n.err), "right to delete");
	REFUSED(&n, put(&n, "f", 5), "right to put messages");
	session_close(&n);
}

static const struct { const char *answer; unsigned denied; } rights[] = {
	{ "S: * MYRIGHTS f lrswipkxtea\nS: $2 OK\n", 0 },
	// Of RFC 2086: c and d are what they were.
	{ "S: * MYRIGHTS f lrswipcda\nS: $2 OK\n", 0 },
	{ "S: * MYRIGHTS f lrswipca\nS: $2 OK\n", REMOTE_RIGHT_DELETE | REMOTE_RIGHT_EXPUNGE },
	{ "S: * MYRIGHTS f \"\"\nS: $2 OK\n", REMOTE_RIGHTS_ALL },
	{ "S: * MYRIGHTS other lr\nS: $2 OK\n", 0 },
	{ "S: * MYRIGHTS (\nS: $2 OK\n", 0 },
	{ "S: $2 NO [NOPERM] no\n", 0 },   // and the folder is selected all the same
};

static void
rights_in_all_forms(void **state)
{
	(void)state;
	for (size_t i = 0; i < COUNT_OF(rights); i++) {
		char *text = str_printf(PRE "ACL] hi\n"
			"C: $1 SELECT \"f\"\nC: $2 MYRIGHTS \"f\"\nS: * OK [UIDVALIDITY 7]\n"
			"S: $1 OK\n%sC: $3 MYRIGHTS \"g\"\nS: * MYRIGHTS g lr\nS: $3 OK\n"
			"C: PX LOGOUT", rights[i].answer);
		struct session n;
		unsigned denied;
		session_open(&n, text);
		assert_true(remote_imap.select(n.r, "f", NULL, &n.state, &n.sink, &n.err));
		assert_int_equal(n.state.denied, rights[i].denied);
		assert_true(remote_imap.rights(n.r, "g", &denied, &n.err));
		assert_true(denied & REMOTE_RIGHT_SEEN && !(denied & REMOTE_RIGHT_READ));
		session_close(&n);
		free(text);
	}
	struct session n;
	unsigned denied = 1;
	session_select(&n, SELECTED("", "3", "4") "C: PX LOGOUT");
	assert_int_equal(n.state.denied, 0);
	assert_true(remote_imap.rights(n.r, "g", &denied, &n.err)); // not asked
	assert_int_equal(denied, 0);
	session_close(&n);
}

// --- what lasts -------------------------------------------------------------------------

static const struct {
	const char *permanent;  // NULL: not told
	const char *mark;
	const char *stored;     // NULL: nothing is sent
	const char *says;       // NULL: no complaint
} marks[] = {
	{ NULL, "todo", "todo", NULL },
	{ "(\\\\Seen \\\\Deleted \\\\*)", "seen todo forwarded", "\\\\Seen $Forwarded todo", NULL },
	{ "(\\\\Seen \\\\Deleted)", "seen todo", "\\\\Seen", "todo" },
	{ "(\\\\Seen TODO)", "todo", "todo", NULL },
	{ "(\\\\Seen)", "todo later", NULL, "later todo" },
	// What programs set beside an act is worth no word.
	{ "(\\\\Seen \\\\Answered)", "forwarded mdnsent junk", NULL, NULL },
	{ "(\\\\Seen $MDNSent)", "forwarded mdnsent", "$MDNSent", NULL },
	{ "()", "seen", NULL, "seen" },
	{ "nonsense", "todo", "todo", NULL },
};

static void
flags_that_last(void **state)
{
	(void)state;
	for (size_t i = 0; i < COUNT_OF(marks); i++) {
		char *told = marks[i].permanent ? str_printf("S: * OK [PERMANENTFLAGS %s]\n",
			marks[i].permanent) : str_dup("");
		char *stored = marks[i].stored ? str_printf(
			"C: $2 UID STORE 2 +FLAGS.SILENT (%s)\nS: $2 OK\n", marks[i].stored) :
			str_dup("");
		char *text = str_printf(PRE "] hi\nC: $1 SELECT *\nS: * OK [UIDVALIDITY 7]\n"
			"%sS: $1 OK\n%sC: PX LOGOUT", told, stored);
		struct session n;
		session_open(&n, text);
		assert_true(remote_imap.select(n.r, "f", NULL, &n.state, &n.sink, &n.err));
		if (mark(&n, marks[i].mark) != !marks[i].says)
			fail_msg("%zu: %s", i, n.err.text);
		if (marks[i].says && (n.err.kind != ERROR_REFUSED ||
		    !strstr(n.err.text, marks[i].says)))
			fail_msg("%zu: %s", i, n.err.text);
		session_close(&n);
		free(text);
		free(told);
		free(stored);
	}
}

// A folder that forgets \Deleted would forget what was to be removed.
static void
no_removal_where_deleted_is_forgotten(void **state)
{
	(void)state;
	struct session n;
	session_open(&n, PRE "UIDPLUS] hi\nC: $1 SELECT *\nS: * OK [UIDVALIDITY 7]\n"
		"S: * OK [PERMANENTFLAGS (\\\\Seen)]\nS: $1 OK\nC: PX LOGOUT");
	assert_true(remote_imap.select(n.r, "f", NULL, &n.state, &n.sink, &n.err));
	REFUSED(&n, remote_imap.expunge(n.r, set, &n.err), "deleted");
	session_close(&n);
}

// --- limits of appending ------------------------------------------------------------------

static void
too_large_to_append(void **state)
{
	(void)state;
	struct session n;
	session_open(&n, PRE "APPENDLIMIT=102400] hi\n"
		"C: $1 APPEND \"f\" {5}\nS: $1 NO later\nC: PX LOGOUT");
	REFUSED(&n, put(&n, "f", 102401), "101 kB, and 127.0.0.1 takes none of more than 100 kB");
	REFUSED(&n, put(&n, "f", 5), "later");
	session_close(&n);
	// Each folder its own: asked where the message is long.
	session_open(&n, PRE "APPENDLIMIT] hi\n"
		"C: $1 STATUS \"f\" (MESSAGES UNSEEN UIDNEXT UIDVALIDITY APPENDLIMIT)\n"
		"S: * STATUS f (APPENDLIMIT 204800)\nS: $1 OK\n"
		"C: $2 STATUS \"g\" *\nS: * STATUS g (APPENDLIMIT NIL)\nS: $2 OK\n"
		"C: $3 APPEND \"g\" {300000}\nS: $3 NO later\n"
		"C: $4 APPEND \"f\" {5}\nS: $4 NO later\nC: PX LOGOUT");
	REFUSED(&n, put(&n, "f", 300000), "200 kB");
	REFUSED(&n, put(&n, "g", 300000), "later");
	REFUSED(&n, put(&n, "f", 5), "later");
	session_close(&n);
	session_open(&n, PRE "] hi\nC: $1 APPEND \"f\" {300000}\nS: $1 NO later\nC: PX LOGOUT");
	REFUSED(&n, put(&n, "f", 300000), "later");
	session_close(&n);
}

// --- ids ----------------------------------------------------------------------------------

// Cyrus 3.6 says freed memory where the id of a folder should stand.
static void
folder_ids_of_nonsense(void **state)
{
	(void)state;
	struct session n;
	struct remote_folder f;
	session_open(&n, PRE "OBJECTID] here Cyrus IMAP 3.6.1-Debian server ready\n"
		"C: $1 STATUS \"f\" (MESSAGES UNSEEN UIDNEXT UIDVALIDITY)\n"
		"S: * STATUS f (MESSAGES 4)\nS: $1 OK\nC: PX LOGOUT");
	assert_true(remote_imap.status(n.r, "f", &f, &n.err));
	assert_int_equal(f.messages, 4);
	session_close(&n);
	session_open(&n, PRE "OBJECTID] hi\n"
		"C: $1 STATUS \"f\" (MESSAGES UNSEEN UIDNEXT UIDVALIDITY MAILBOXID)\n"
		"S: * STATUS f (MESSAGES 4 MAILBOXID (}pc~VV) UIDNEXT 9)\nS: $1 OK\n"
		"C: PX LOGOUT");
	assert_true(remote_imap.status(n.r, "f", &f, &n.err));
	assert_string_equal(f.object_id, "");
	assert_int_equal(f.uidnext, 9);
	session_close(&n);
}

static bool
hear_ids(void *arg, struct remote_message *m)
{
	struct buf *log = arg;
	char *labels = m->labels ? strlist_join(m->labels, "|") : str_dup("-");
	buf_printf(log, "%u %s %s %s;", m->uid, m->email_id ? m->email_id : "-",
		m->thread_id ? m->thread_id : "-", labels);
	free(labels);
	return true;
}

static const struct { const char *capability, *asked, *answer, *log; bool same; } ids[] = {
	// Only which messages are the same.
	{ "OBJECTID", "(UID FLAGS EMAILID)",
		"S: * 1 FETCH (UID 1 FLAGS () EMAILID (M6d99ac3275bb4e))\n",
		"1 M6d99ac3275bb4e - -;", true },
	{ "X-GM-EXT-1", "(UID FLAGS X-GM-MSGID X-GM-LABELS)",
		"S: * 1 FETCH (X-GM-MSGID 18446744073709551615 UID 1 FLAGS ())\n",
		"1 18446744073709551615 - -;", true },
	{ "", "(UID FLAGS)", "S: * 1 FETCH (UID 1 FLAGS ())\n", "1 - - -;", true },
	{ "OBJECTID", "(UID FLAGS EMAILID THREADID)",
		"S: * 1 FETCH (UID 1 FLAGS () EMAILID (M6d99ac3275bb4e) THREADID (T64b478a75b7ea9))\n"
		"S: * 2 FETCH (UID 2 EMAILID (M2) THREADID NIL FLAGS ())\n"
		"S: * 3 FETCH (UID 3 EMAILID (a b) FLAGS ())\n",
		"1 M6d99ac3275bb4e T64b478a75b7ea9 -;2 M2 - -;3 - - -;", false },
	{ "X-GM-EXT-1", "(UID FLAGS X-GM-MSGID X-GM-THRID X-GM-LABELS)",
		"S: * 1 FETCH (X-GM-THRID 1266894439832287888 X-GM-MSGID 18446744073709551615 "
		"X-GM-LABELS (\"\\\\\\\\Inbox\" \\\\Sent Important \"Muy B&APw-eno\" a/b {3}\\r\\nx y) "
		"UID 1 FLAGS ())\n"
		"S: * 2 FETCH (UID 2 X-GM-LABELS () FLAGS ())\n"
		"S: * 3 FETCH (UID 3 X-GM-LABELS (\"x) FLAGS ())\n",
		"1 18446744073709551615 1266894439832287888 "
		"\\Inbox|\\Sent|Important|Muy B\xc3\xbc" "eno|a/b|x y;2 - - ;3 - - -;", false },
	{ "", "(UID FLAGS)", "S: * 1 FETCH (UID 1 FLAGS ())\n", "1 - - -;", false },
};

static void
ids_of_messages(void **state)
{
	(void)state;
	for (size_t i = 0; i < COUNT_OF(ids); i++) {
		char *text = str_printf(PRE "%s] hi\nC: $1 SELECT *\nS: * 3 EXISTS\n"
			"S: * OK [UIDVALIDITY 7]\nS: * OK [UIDNEXT 4]\n"
			"S: $1 OK [MAILBOXID (F1)] done\n"
			"C: $2 UID FETCH 1:\\* %s\n%sS: $2 OK\nC: PX LOGOUT",
			ids[i].capability, ids[i].asked, ids[i].answer);
		struct session n;
		struct buf log = { 0 };
		struct remote_sink sink = { .arg = &log, .message = hear_ids };
		session_open(&n, text);
		assert_true(remote_imap.select(n.r, "f", NULL, &n.state, &n.sink, &n.err));
		assert_string_equal(n.state.object_id, "F1");
		assert_int_equal(!!(remote_imap.abilities(n.r) & REMOTE_IDS),
			ids[i].capability[0] != '\0');
		assert_int_equal(!!(remote_imap.abilities(n.r) & REMOTE_LABELS),
			ids[i].capability[0] == 'X');
		unsigned what = ids[i].same ? REMOTE_FETCH_SAME : REMOTE_FETCH_IDS;
		if (!remote_imap.fetch(n.r, all(), REMOTE_FETCH_FLAGS | what, 0, &sink,
				&n.err))
			fail_msg("%s", n.err.text);
		assert_string_equal(buf_text(&log), ids[i].log);
		buf_done(&log);
		session_close(&n);
		free(text);
	}
}

// --- a real server ----------------------------------------------------------------------

static void
dovecot(void **state)
{
	(void)state;
	static const char *const options[] = { "--services", "imap,lmtp", "--acl",
		"--quota", "5000", NULL };
	if (!server_available()) {
		print_message("# " SERVER_MISSING "\n");
		skip();
	}
	struct server *server = server_start(options);
	assert_non_null(server);
	struct remote_settings settings = {
		.scheme = str_dup("imaps"),
		.user = str_dup(server_get(server, "user")),
		.host = str_dup(server_get(server, "host")),
		.port = (uint16_t)server_port(server, "imaps"),
		.tls_ca = str_dup(server_get(server, "ca")),
		.password = str_dup(server_get(server, "password")),
		.timeout_ms = 20000,
	};
	struct session n = { 0 };
	struct remote_folders f;
	struct remote_quotas q;
	unsigned denied;
	uint64_t size;
	static const char mail[] = "Subject: a\r\n\r\nb\r\n";
	assert_true(server_put(server, server_get(server, "user"), "INBOX", "", 0, mail,
		sizeof(mail) - 1));
	if (!remote_imap.open(&n.r, &settings, NULL, NULL, &n.err) ||
	    !remote_imap.folders(n.r, &f, &n.err))
		fail_msg("%s", n.err.text);
	assert_int_equal(named(&f, "Public/Team")->space, REMOTE_SHARED);
	assert_int_equal(named(&f, "Sent")->space, REMOTE_PERSONAL);
	remote_folders_done(&f);
	assert_true(remote_imap.rights(n.r, "Public/Notices", &denied, &n.err));
	assert_int_equal(denied, REMOTE_RIGHTS_ALL & ~(REMOTE_RIGHT_LOOKUP | REMOTE_RIGHT_READ));
	assert_true(remote_imap.quota(n.r, "INBOX", &q, &n.err));
	assert_string_equal(q.items[0].resource, "STORAGE");
	assert_int_equal(q.items[0].limit, 5000 * 1024);
	remote_quotas_done(&q);
	assert_true(remote_imap.folder_size(n.r, "INBOX", &size, &n.err));
	assert_int_equal(size, sizeof(mail) - 1);
	assert_true(remote_imap.folder_create_for(n.r, "Later", "archive", &n.err));
	struct remote_counters before = remote_counters(n.r);
	assert_true(remote_imap.select(n.r, "Public/Notices", NULL, &n.state, NULL, &n.err));
	assert_int_equal(remote_counters(n.r).turns, before.turns + 1);
	assert_true(n.state.denied & REMOTE_RIGHT_DELETE);
	REFUSED(&n, remote_imap.expunge(n.r, set, &n.err), "right to delete");
	assert_true(remote_imap.select(n.r, "Public/Team", NULL, &n.state, NULL, &n.err));
	assert_int_equal(n.state.denied, REMOTE_RIGHT_ADMIN);
	remote_imap.close(&n.r);
	remote_settings_done(&settings);
	server_stop(&server);
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(all_in_one_turn),
		cmocka_unit_test(asked_once),
		cmocka_unit_test(parts_that_stand_apart),
		cmocka_unit_test(no_namespace),
		cmocka_unit_test(names_below_a_prefix),
		cmocka_unit_test(one_name_in_two_spellings),
		cmocka_unit_test(made_for_a_use),
		cmocka_unit_test(quotas),
		cmocka_unit_test(sizes),
		cmocka_unit_test(refused_before_it_is_sent),
		cmocka_unit_test(rights_in_all_forms),
		cmocka_unit_test(flags_that_last),
		cmocka_unit_test(no_removal_where_deleted_is_forgotten),
		cmocka_unit_test(too_large_to_append),
		cmocka_unit_test(folder_ids_of_nonsense),
		cmocka_unit_test(ids_of_messages),
		cmocka_unit_test(dovecot),
	};
	return cmocka_run_group_tests_name("imap-folders", tests, NULL, NULL);
}
