// SPDX-License-Identifier: GPL-3.0-or-later
// A mail server in memory that several processes see, so that a client may be
// killed and the server lives on: folders with UIDs and MODSEQs, a maildrop, an
// outgoing server, other clients that change things, and faults where a test
// wants them.
#ifndef TESTS_SYNC_FAKE_H
#define TESTS_SYNC_FAKE_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include "base/error.h"
#include "remote/remote.h"

#define FAKE_FOLDERS 8
#define FAKE_MESSAGES 1300
#define FAKE_GONE 2600
#define FAKE_NAME 64
#define FAKE_SENT 32

struct fake_message {
	uint32_t uid;             // 0: no message here
	uint64_t modseq;
	char name[FAKE_NAME];     // all of it follows from this, see fake_text
	char flags[FAKE_NAME];    // "seen todo"
	int64_t received;
};

// What a server may do that it must not, or cannot.
enum fake_quirk {
	FAKE_COUNTS_LESS = 1,     // EXISTS is one too small
	FAKE_TELLS_TWICE = 2,     // each message of an answer, with the same UID
	FAKE_READ_ONLY = 4,
	FAKE_NO_SEEN = 16,        // not among the PERMANENTFLAGS
	FAKE_UNSEEN_MORE = 8,     // UNSEEN is five too large
	FAKE_NO_UIDNEXT = 32,     // SELECT does not tell it, as Courier's
};

struct fake_folder {
	char name[FAKE_NAME];     // "": none
	char role[16];
	uint32_t uidvalidity, uidnext;
	uint64_t modseq;
	unsigned quirks;          // enum fake_quirk
	struct fake_message messages[FAKE_MESSAGES]; // ascending by UID
	size_t n;
	struct { uint32_t uid; uint64_t modseq; } gone[FAKE_GONE];
	size_t n_gone;
};

// A verb that goes wrong once, at its nth call from now.
struct fake_fault {
	char verb[16];
	unsigned after;           // calls that still go well
	enum error_kind kind;     // NONE: no fault is planned
	bool done;                // the effect is there though the answer is not
};

struct fake {
	unsigned abilities;
	bool keeps_modseq;        // CONDSTORE: else no MODSEQ at all
	uint32_t spacing;         // between UIDs; 0 as 1
	uint32_t next_validity;
	struct fake_folder folders[FAKE_FOLDERS];
	struct fake_fault fault;
	char refuses[16];         // a verb, always
	bool prefixed;            // one's own folders stand below INBOX
	bool full;                // no room for another message
	char unreadable[FAKE_NAME]; // its answer cannot be parsed
	char silent[FAKE_NAME];   // left out of so many answers
	unsigned silent_for;
	// Outgoing: what was taken, and for whom.
	struct { char message_id[FAKE_NAME]; char to[FAKE_NAME * 2]; } sent[FAKE_SENT];
	size_t n_sent;
	char refuse[FAKE_NAME];   // this recipient is refused: "4..." later, else for good
	char refuse_words[FAKE_NAME];
	// Where a client is killed: steps of the verbs and of the client itself.
	unsigned steps, kill_at;  // 0: never
	unsigned turns;           // verbs called
	unsigned bodies;          // of these, for bytes of a body
	char said[512];           // what a child wants to tell
	char trail[64][32];       // the steps as they were, for failures
};

// Shared by all children that are forked afterwards.
struct fake *fake_new(void);
void fake_free(struct fake **f);
void fake_copy(struct fake *to, const struct fake *from);
// The same folders with the same messages?
bool fake_same(const struct fake *a, const struct fake *b);

// The drivers serve the one that was set last in this process.
void fake_use(struct fake *f);
extern const struct remote_driver fake_driver, fake_drop_driver;
extern const struct sender_driver fake_sender;
// Counts a step and dies at the one where the client is to be killed.
void fake_step(const char *what);

// --- what other clients do ----------------------------------------------------------

struct fake_folder *fake_folder(struct fake *f, const char *name); // NULL: none
struct fake_folder *fake_add_folder(struct fake *f, const char *name, const char *role);
void fake_remove_folder(struct fake *f, const char *name);
uint32_t fake_add(struct fake *f, const char *folder, const char *name, const char *flags);
void fake_add_many(struct fake *f, const char *folder, const char *prefix, unsigned n);
struct fake_message *fake_find(struct fake *f, const char *folder, const char *name);
void fake_flag(struct fake *f, const char *folder, const char *name, const char *flags);
void fake_expunge(struct fake *f, const char *folder, const char *name);
void fake_move(struct fake *f, const char *folder, const char *name, const char *to);
// The flags change, and no MODSEQ does.
void fake_flag_silently(struct fake *f, const char *folder, const char *name,
	const char *flags);
// The MODSEQs begin anew, as after a restore.
void fake_modseq_back(struct fake *f, const char *folder);
void fake_rename_folder(struct fake *f, const char *from, const char *to);
// All messages as they are, under new UIDs.
void fake_renumber(struct fake *f, const char *folder);

// The message of a name (free()), CR LF line ends. Names that begin with '=' are
// equal in all bytes whatever follows a '/'; '-' at the beginning: no Message-ID.
char *fake_text(const char *name);
// "INBOX: a{seen} b; Sent: c": folders and names sorted. free()
char *fake_print(const struct fake *f);

#endif
