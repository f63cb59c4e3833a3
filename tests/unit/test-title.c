// SPDX-License-Identifier: GPL-3.0-or-later
// Titles of acts: each kind that there is, to be done, done, and undone.
#include "config.h"

#include "tests/unit/test.h"

#include "base/buf.h"
#include "command/title.h"

static const struct {
	const char *title;
	size_t n;
	const char *folder, *pending, *past, *turned;
} rows[] = {
	{ "archive", 1, "INBOX", "archive 1 message from INBOX", "Archived",
		"Undone: archive (1 message)" },
	{ "archive", 3, "INBOX", "archive 3 messages from INBOX", "Archived 3 messages",
		"Undone: archive (3 messages)" },
	{ "move to Archive", 3, "INBOX", "move 3 messages from INBOX to Archive",
		"Moved 3 messages to Archive", "Undone: move to Archive (3 messages)" },
	{ "copy to Lists/dev", 1, "A b", "copy 1 message from A b to Lists/dev",
		"Copied to Lists/dev", "Undone: copy to Lists/dev (1 message)" },
	{ "delete", 2, "INBOX", "delete 2 messages from INBOX", "Deleted 2 messages",
		"Undone: delete (2 messages)" },
	{ "delete for good", 2, "Trash", "delete 2 messages from Trash for good",
		"Deleted 2 messages for good", "Undone: delete for good (2 messages)" },
	{ "mark +seen -todo", 5, "INBOX", "mark 5 messages in INBOX +seen -todo",
		"Marked 5 messages +seen -todo",
		"Undone: mark +seen -todo (5 messages)" },
	{ "mark as answered", 1, "INBOX", "mark 1 message in INBOX as answered",
		"Marked as answered", "Undone: mark as answered (1 message)" },
	// Messages that have no number at the server yet are not counted.
	{ "move to Archive", 0, "INBOX", "move to Archive", "Moved 0 messages to Archive",
		"Undone: move to Archive" },
	{ "delete, but for 2 messages not kept here", 3, NULL, NULL, NULL,
		"Undone: delete, but for 2 messages not kept here (3 messages)" },
	// These are about a folder, or about a draft.
	{ "delete folder Aa", 1, "Aa", "delete folder Aa", "Delete folder Aa",
		"Undone: delete folder Aa" },
	{ "create folder Aa", 0, NULL, "create folder Aa", "Create folder Aa",
		"Undone: create folder Aa" },
	{ "rename folder Aa to Bb", 1, "Aa", "rename folder Aa to Bb",
		"Rename folder Aa to Bb", "Undone: rename folder Aa to Bb" },
	{ "subscribe to folder Aa", 1, "Aa", "subscribe to folder Aa",
		"Subscribe to folder Aa", "Undone: subscribe to folder Aa" },
	{ "unsubscribe from folder Aa", 1, "Aa", "unsubscribe from folder Aa",
		"Unsubscribe from folder Aa", "Undone: unsubscribe from folder Aa" },
	{ "save the draft", 0, "", "save the draft", "Save the draft",
		"Undone: save the draft" },
	{ "throw the draft away", 1, "Drafts", "throw the draft away",
		"Throw the draft away", "Undone: throw the draft away" },
	{ "remove the draft that was sent", 1, "Drafts",
		"remove the draft that was sent", "Remove the draft that was sent",
		"Undone: remove the draft that was sent" },
	{ "create the folder for sent mail", 0, NULL, "create the folder for sent mail",
		"Create the folder for sent mail",
		"Undone: create the folder for sent mail" },
	{ "undo: move to Archive", 3, "Archive", "undo: move to Archive",
		"Undo: move to Archive", "Undone: undo: move to Archive" },
};

static void
test_titles(void **state)
{
	(void)state;
	for (size_t i = 0; i < sizeof(rows) / sizeof(rows[0]); i++) {
		struct buf pending = {0}, past = {0}, turned = {0};
		title_print(&pending, rows[i].title, rows[i].n, rows[i].folder);
		title_print_past(&past, rows[i].title, rows[i].n);
		title_print_turned(&turned, "Undone", rows[i].title, rows[i].n);
		if (rows[i].pending != NULL)
			assert_string_equal(buf_text(&pending), rows[i].pending);
		if (rows[i].past != NULL)
			assert_string_equal(buf_text(&past), rows[i].past);
		assert_string_equal(buf_text(&turned), rows[i].turned);
		buf_done(&pending);
		buf_done(&past);
		buf_done(&turned);
	}
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_titles),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
