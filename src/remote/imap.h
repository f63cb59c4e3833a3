// SPDX-License-Identifier: GPL-3.0-or-later
// The IMAP driver's own state, and how its verbs run commands: sent with tags, a
// few at a time, answered in any order, with the folder's news in between.
#ifndef REMOTE_IMAP_H
#define REMOTE_IMAP_H

#include "base/buf.h"
#include "base/error.h"
#include "remote/imap_parse.h"
#include "remote/imap_wire.h"
#include "remote/private.h"

#define IMAP_PIPELINE 3           // commands under way at once
#define IMAP_ASIDES 4             // ... and beside them, see struct imap
#define IMAP_CHUNK 1000           // messages asked for in one FETCH of headers
#define IMAP_CHUNK_FLAGS 10000    // ... of flags alone
#define IMAP_CHUNK_SEARCH 50000   // messages asked about in one SEARCH
#define IMAP_FOLDERS_MAX 50000
#define IMAP_NONSENSE_MAX 100     // lines that are no IMAP, before we give up
#define IMAP_IDLE_MS (28 * 60 * 1000) // servers log out after 30 minutes
#define IMAP_POLL_MS (60 * 1000)  // between NOOPs where there is no IDLE

struct imap {
	struct remote base;
	struct wire *wire;
	struct capabilities caps;
	bool trusted;        // TLS stands, or is off on purpose: before, nothing is believed
	bool leaving;        // a BYE is no surprise
	struct error broken; // out of step: no verb goes on after this
	unsigned preface;    // enum imap_preface: to be said yet
	// Tags of what was said beside a verb's own commands: no verb fails by them.
	uint32_t asides[IMAP_ASIDES];
	size_t n_asides;
	uint32_t compress, notify; // of them; 0: not under way
	bool qresync;        // enabled
	bool odd_ids;        // STATUS tells MAILBOXIDs that are none
	bool utf8;           // enabled: names are UTF-8 on the wire
	bool continued;      // a "+" came
	struct buf challenge;// ... with this text
	unsigned nonsense;
	char delimiter;      // of the folder list, 0 until it was asked for
	struct spaces spaces;// none until they were asked for
	bool spaces_asked;
	// The folder that is selected.
	char *folder;        // NULL: none
	struct remote_state state;
	struct flags permanent; // what state.permanent points to
	uint32_t uid_end;    // one more than the highest UID known
	uint64_t expunges;   // counted, to see whether one came meanwhile
	bool caught_up;      // the last verb had the server tell all its news
	bool arrived;        // messages came that are behind uid_end
	bool changed;        // news that no sink was there to hear
	bool notifying;      // NOTIFY: the server tells of all folders
	bool tree_changed;   // ... and something of that no sink was there to hear
	struct buf scratch;
};

// What has to be said once on a connection, and is put before the first command that
// somebody wants answered (COMPRESS: behind it): it costs no turn of its own, and
// nothing where nobody wants anything.
enum imap_preface {
	PREFACE_ENABLE = 1, PREFACE_ID = 2, PREFACE_NOTIFY = 4, PREFACE_COMPRESS = 8,
};

static inline struct imap *
imap_of(struct remote *r)
{
	return (struct imap *)r; // base is its first member
}

// --- running commands (imap_call.c) ------------------------------------------------

struct call {
	const struct remote_sink *sink;    // may be NULL
	// Sees each response first, tagged ones too (before `failed` is set from
	// them); true when it needs no other treatment. May set c->failed to end the
	// verb, with kind OFFLINE or CANCELLED to end it at once.
	bool (*on)(struct imap *m, struct call *c, const struct response *r,
		const struct wire_frame *f);
	void *arg;
	uint32_t tags[IMAP_PIPELINE];
	size_t n_tags;
	bool shrug;                        // the next that is sent may be refused
	uint32_t shrugged;                 // its tag
	struct error failed;               // of the first command that was refused
	bool noticed;
};

// Puts a command; waits only where a literal needs the server's word. The command
// is done (freed). False: refused already, or the connection is of no use.
bool imap_send(struct imap *m, struct call *c, struct command *command,
	struct error *err);
// Reads and treats one response. False when the connection is of no use.
bool imap_step(struct imap *m, struct call *c, struct error *err);
// Reads until no command is under way, then tells the sink what was noticed.
bool imap_finish(struct imap *m, struct call *c, struct error *err);
// One command from start to end.
bool imap_run(struct imap *m, struct call *c, struct command *command,
	struct error *err);
// Tells what is left to tell; part of imap_finish.
void imap_tell(struct imap *m, struct call *c);
// imap_news.c: a response as news, where it is one.
void imap_news(struct imap *m, struct call *c, const struct response *r);
void imap_tell_tree(struct imap *m, struct call *c);
// A UID that the server told of, so that ranges know where UIDs end.
void imap_saw_uid(struct imap *m, uint32_t uid);
// Tells the sink of a VANISHED; false when it made no sense to the end.
bool imap_vanished(struct imap *m, struct call *c, struct slice rest, uint64_t end);
// ERROR_INPUT when no folder is selected.
bool imap_selected(const struct imap *m, struct error *err);
void imap_forget_folder(struct imap *m);
// What an answer to ENABLE says that it did; false: it is another answer.
bool imap_enabled(struct imap *m, const struct response *r);
// Puts what is to be said before a verb's first command. (imap_preface.c)
bool imap_preface(struct imap *m, struct error *err);
// ... and behind its last: nothing may be sent before it was answered.
bool imap_postface(struct imap *m, struct error *err);
// An answer to one of these; true when it was that.
bool imap_aside(struct imap *m, const struct response *r);
// Will QRESYNC be spoken from the next command on?
bool imap_will_qresync(const struct imap *m);
// The events that NOTIFY asks for (RFC 5465).
#define NOTIFY_COUNTS "MessageNew MessageExpunge FlagChange"
#define NOTIFY_ALL NOTIFY_COUNTS " MailboxName SubscriptionChange"
void imap_put_notify(struct command *command, const char *events, bool counts_first);
// Sends a command under a tag of its own, without its literals.
uint32_t imap_put(struct imap *m, struct command *command);
bool set_has(struct remote_set set, uint32_t uid);
// A folder's name is one and the same whatever the server was told to speak: modified
// UTF-7. Only between here and the wire it is UTF-8 after ENABLE UTF8=ACCEPT.
void imap_put_name(struct imap *m, struct command *command, const char *name);
void imap_took_name(const struct imap *m, char **name);
// INBOX is one name in any case (RFC 9051 section 5.1).
bool imap_same_folder(const char *a, const char *b);

// --- the verbs, one file each group ---------------------------------------------------

bool imap_open(struct remote **r, const struct remote_settings *settings,
	struct cancel *cancel, struct remote_certificate *certificate_r,
	struct error *err);
void imap_close(struct remote **r);

bool imap_folders(struct remote *r, struct remote_folders *folders_r, struct error *err);
bool imap_status(struct remote *r, const char *folder, struct remote_folder *status_r,
	struct error *err);
bool imap_select(struct remote *r, const char *folder, const struct remote_known *known,
	struct remote_state *state_r, const struct remote_sink *sink, struct error *err);
bool imap_folder_create(struct remote *r, const char *name, struct error *err);
bool imap_folder_create_for(struct remote *r, const char *name, const char *role,
	struct error *err);
bool imap_folder_rename(struct remote *r, const char *from, const char *to,
	struct error *err);
bool imap_folder_delete(struct remote *r, const char *name, struct error *err);
bool imap_folder_subscribe(struct remote *r, const char *name, bool on,
	struct error *err);
char *imap_folder_name(struct remote *r, const char *label);

bool imap_fetch(struct remote *r, struct remote_set set, unsigned what,
	uint64_t changed_since, const struct remote_sink *sink, struct error *err);
bool imap_structure(struct remote *r, uint32_t uid, struct part **root_r,
	struct error *err);
bool imap_fetch_part(struct remote *r, uint32_t uid, const char *section,
	uint64_t offset, uint64_t max, const struct remote_sink *sink, struct error *err);
bool imap_fetch_raw(struct remote *r, uint32_t uid, uint64_t offset, uint64_t max,
	const struct remote_sink *sink, struct error *err);
// imap_search.c: UIDs of the set that are there, ascending.
bool imap_uids(struct imap *m, struct remote_set set, struct uids *uids_r,
	const struct remote_sink *sink, struct error *err);
bool imap_search(struct imap *m, const char *key, const char *value,
	struct uids *uids_r, struct error *err);
bool imap_search_query(struct remote *r, const struct remote_query *q,
	struct remote_range **ranges_r, size_t *n_r, struct error *err);
// imap_query.c: adds the search keys; INPUT when the question is none.
bool query_command(struct command *command, const struct remote_query *q,
	struct error *err);
bool query_needs_utf8(const struct remote_query *q); // CHARSET has to be said
bool imap_find(struct remote *r, const char *message_id, uint32_t from,
	uint32_t **uids_r, size_t *n_r, struct error *err);

bool imap_change_flags(struct remote *r, struct remote_set set,
	const struct flag_change *change, const struct remote_sink *sink,
	struct error *err);
bool imap_copy(struct remote *r, struct remote_set set, const char *target,
	struct remote_uid_map *map_r, struct error *err);
bool imap_move(struct remote *r, struct remote_set set, const char *target,
	struct remote_uid_map *map_r, struct error *err);
bool imap_expunge(struct remote *r, struct remote_set set, struct error *err);
bool imap_append(struct remote *r, const char *folder, const struct flags *flags,
	int64_t received, uint64_t size,
	bool (*next)(void *arg, const void **bytes_r, size_t *len_r), void *arg,
	uint32_t *uidvalidity_r, uint32_t *uid_r, struct error *err);

// imap_labels.c: adds what Gmail's labels are called here to the flags, and gives them
// as they are (strlist_done). False on Gmail where they were not told: the keywords
// of the flags are then not all.
bool imap_labels_take(const struct imap *m, struct fetched *f, struct strlist *labels_r);
// Which of the flags are the server's, and which are labels there; flags_done both.
void imap_labels_part(const struct imap *m, const struct flags *all,
	struct flags *keywords_r, struct flags *labels_r);
// Sends what adds ('+') or takes away ('-') labels of the set.
bool imap_labels_store(struct imap *m, struct call *c, struct remote_set set, char sign,
	const struct flags *labels, struct error *err);

// imap_namespace.c: takes NAMESPACE; true when it was that.
bool imap_spaces_on(struct imap *m, const struct response *r);
// Puts the question, once for an account where there is a memory, without a wait.
bool imap_spaces_ask(struct imap *m, struct call *c, struct error *err);
// Finds the parts that the list did not name; true when there are new ones.
bool imap_spaces_part(struct imap *m, const struct remote_folders *f);
// Says of each folder whose it is.
void imap_spaces_mark(const struct imap *m, struct remote_folders *f);
// Takes the name and gives it back, or one below the prefix of one's own folders.
char *imap_below_prefix(const struct imap *m, char *name);

// imap_ask.c
bool imap_quota(struct remote *r, const char *folder, struct remote_quotas *quotas_r,
	struct error *err);
bool imap_rights(struct remote *r, const char *folder, unsigned *denied_r,
	struct error *err);
bool imap_folder_size(struct remote *r, const char *folder, uint64_t *bytes_r,
	struct error *err);
// REFUSED with a sentence when the server said that one may not do this in the
// selected folder. what: "delete messages".
bool imap_may(const struct imap *m, unsigned right, const char *what,
	struct error *err);

bool imap_watch(struct remote *r, int timeout_ms, struct cancel *wake,
	bool *changed_r, const struct remote_sink *sink, struct error *err);
bool imap_noop(struct remote *r, const struct remote_sink *sink, struct error *err);
bool imap_listen(struct remote *r, struct error *err);

#endif
