// SPDX-License-Identifier: GPL-3.0-or-later
// What a command may ask of whoever gave it: five functions, implemented by the
// screen, by batch and by the tests' fake. All on the engine's thread (the UI thread).
#ifndef COMMAND_FRONTEND_H
#define COMMAND_FRONTEND_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

struct answer;
struct error;
struct event;
struct frontend;
struct options;

enum target_kind {
	TARGET_NONE,
	TARGET_MESSAGE,    // one: the cursor's
	TARGET_MESSAGES,   // the marked ones, else the cursor's
	TARGET_FOLDER,     // the one shown, or under the cursor of the folder list
	TARGET_DRAFT,      // the draft whose page is shown: its file
	TARGET_VIEW,       // what is shown: a folder, or the query of several (within)
};

// What a command acts on. ids: malloc'd.
struct target {
	uint64_t *ids;
	size_t n;
	uint32_t account, folder;
	uint32_t chosen_in; // an act takes those of ids that are in this folder; 0: all
	char *path;        // of a draft
	char *within;      // of a view over several folders: its query
};
void target_done(struct target *t);

enum question_kind {
	QUESTION_YES_NO,   // answer "yes" or "no"
	QUESTION_TEXT,
	QUESTION_SECRET,   // not echoed, not kept
	QUESTION_CHOICE,   // one of choices
};

struct question {
	enum question_kind kind;
	const char *text;          // "Delete folder Archive with 300 messages?"
	const char *initial;       // of TEXT
	size_t at;                 // byte of it before which one types; 0: its end
	const char *const *choices;   // of CHOICE; of TEXT: proposals, the first is taken
	                           // where nothing is typed; NULL
	const char *complete;      // what TAB completes: "folder", "address", "path", NULL
};

enum say_kind {
	SAY_ROW,       // an answer of the command: a line of text, or one JSON object
	SAY_INFO,      // a short notice: on the status line; standard error in batch
	SAY_ERROR,     // what, why, what to do
};

enum edit_kind {
	EDIT_FILE,
	EDIT_DRAFT,    // then its page
	EDIT_PAGE,     // the page of a draft alone; no editor is run
};

struct frontend_ops {
	const char *name;   // "screen" (runs screen-only commands), "batch", "fake"
	// False with ERROR_INPUT when there is no such target (batch has none).
	bool (*target)(struct frontend *f, enum target_kind kind,
		struct target *target_r, struct error *err);
	// Replies later, or at once; answer NULL: not answered (batch without a
	// terminal; escape from a text, which is "no" to a yes or no). Lent for the call.
	void (*ask)(struct frontend *f, const struct question *q,
		void (*answered)(void *arg, const char *answer), void *arg);
	// answer is lent for the call.
	void (*say)(struct frontend *f, enum say_kind kind, const struct answer *answer);
	// Opens the person's editor on a file. A draft's page (To, Cc, Subject,
	// attachments, send) follows on the screen. done(false): it did not run.
	void (*edit)(struct frontend *f, enum edit_kind kind, const char *path,
		void (*done)(void *arg, bool ok), void *arg);
	// Something changed (account/event.h); NULL: options, bindings or colours did.
	void (*changed)(struct frontend *f, const struct event *event);
};

// Embedded first in each front end.
struct frontend {
	const struct frontend_ops *ops;
	char *folder;        // its working folder, for paths in arguments; NULL: the process's
	bool alive;          // false once it is going away: nothing is told any more
	// Values that `set` gives for as long as this front end is there; NULL: its
	// `set` changes the engine's.
	struct options *own;
	// All of its standard input, later or at once; data is lent for the call and
	// NULL when it could not be had. NULL: it has none (a screen).
	void (*read_input)(struct frontend *f,
		void (*got)(void *arg, const char *data, size_t len), void *arg);
};
// Does nothing: whoever waited for an answer of a front end that is gone.
extern const struct frontend_ops frontend_nobody;
// Of it, for those that have no cursor, no editor, and show nothing that changes.
bool nobody_target(struct frontend *f, enum target_kind kind,
	struct target *target_r, struct error *err);
void nobody_edit(struct frontend *f, enum edit_kind kind, const char *path,
	void (*done)(void *arg, bool ok), void *arg);
void nobody_changed(struct frontend *f, const struct event *event);

#endif
