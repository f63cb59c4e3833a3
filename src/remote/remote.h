// SPDX-License-Identifier: GPL-3.0-or-later
// The driver table: where mail comes from and goes to, as blocking verbs that a
// worker calls on a connection of its own.
//
// Every verb returns false with *err set. By kind: OFFLINE - the connection is
// of no use any more, close it and open another later; AUTH, TRUST - the same, but ask
// first; REFUSED - the server said no, the connection goes on; GONE - the folder or the
// UIDVALIDITY is not what was thought, sync again; INPUT - the call was wrong;
// CANCELLED - the connection is of no use any more. No verb is ever called by the UI thread.
#ifndef REMOTE_REMOTE_H
#define REMOTE_REMOTE_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include "mail/flags.h"
#include "mail/header.h"
#include "base/str.h"

struct cancel;
struct error;
struct part;
struct remote;
struct remote_memory;

// --- what a connection is made from --------------------------------------------

enum remote_tls { REMOTE_TLS_IMPLICIT, REMOTE_TLS_START, REMOTE_TLS_OFF };

// A copy for one worker: no pointer into anybody else's memory.
struct remote_settings {
	char *scheme;        // "imaps" "imap" "pop3s" "pop3" "smtps" "smtp" "maildir" "sendmail"
	char *user;
	char *host;          // a name or an address literal
	uint16_t port;
	char *peer;          // what errors of the connection call it: "host:993 (home,
	                     // incoming)"; NULL: the host
	char *path;          // maildir: the folder; sendmail: the program
	enum remote_tls tls; // OFF only for a loopback address
	char *tls_ca;        // PEM file trusted instead of the system's; NULL
	char *tls_pin;       // "sha256:HEX" of the key accepted although the chain fails; NULL
	char *password;      // wiped by remote_settings_done
	char *token;         // OAuth bearer, NULL
	char *client_name;   // for EHLO and ID: never the host's name
	bool compress_off;   // do not ask for COMPRESS=DEFLATE
	int timeout_ms;      // for each wait on the network; 0: 30 s
	char *transcript;    // file for the protocol with secrets blanked; NULL
	struct remote_memory *memory; // lent, not copied; NULL: nothing is remembered
};
// What one connection learnt and others of the account need not ask for (NAMESPACE).
// Of one user of one server at a time: another begins it anew. Any thread.
struct remote_memory *remote_memory_new(void);
void remote_memory_free(struct remote_memory **m);
void remote_settings_copy(struct remote_settings *to, const struct remote_settings *from);
void remote_settings_done(struct remote_settings *s);
// Its name in a sentence on the connection, lent; "" where there is no host.
const char *remote_peer(const struct remote_settings *s);
// Calls it by host, port and `whose`, where it has a host.
void remote_settings_name(struct remote_settings *s, const char *whose);
// "imaps://user@host:port": fills scheme, user, host, port, path, tls. A user
// with %40 is decoded. ERROR_INPUT says what is wrong. tls_off: `set tls off`.
bool remote_parse_url(struct remote_settings *s, const char *url, bool tls_off,
	struct error *err);

// The certificate that did not hold, for the question to the user (ERROR_TRUST).
struct remote_certificate {
	char *host;
	char *subject, *issuer;      // filtered
	int64_t not_before, not_after;
	char *fingerprint;           // "sha256:HEX" of the public key: what a pin holds
	char *reason;                // "expired on ...", "is for other.example", ...
};
void remote_certificate_done(struct remote_certificate *c);

// --- what the verbs speak of --------------------------------------------------------

enum remote_ability {
	REMOTE_MIRROR = 1,        // folders, flags, durable UIDs: synced both ways
	REMOTE_DROP = 2,          // a maildrop: UIDs are of this session, uidl is the name
	REMOTE_WATCH = 4,         // watch() waits on the server (IDLE)
	REMOTE_CONDSTORE = 8,
	REMOTE_QRESYNC = 16,
	REMOTE_UIDPLUS = 32,
	REMOTE_MOVE = 64,
	REMOTE_SPECIAL_USE = 128,
	REMOTE_LIST_STATUS = 256,
	REMOTE_UTF8 = 512,
	REMOTE_NEAR = 1024,       // on this disk: to keep bodies too gains nothing
	REMOTE_COMPRESSED = 2048, // this connection is (RFC 4978)
	REMOTE_RIGHTS = 4096,     // ACL: rights() and rights of what is selected
	REMOTE_QUOTA = 8192,      // quota()
	REMOTE_NOTIFY = 65536,    // watch() tells of all folders (RFC 5465)
	REMOTE_IDS = 1 << 17,     // REMOTE_FETCH_IDS gives something (OBJECTID, Gmail)
	REMOTE_LABELS = 1 << 18,  // ... labels among it (Gmail): a message is in All
	                          // Mail, and by its labels in other folders again.
	                          // They are keywords of its flags (flags_word)
};

// Whose folders a part of the tree holds (NAMESPACE, RFC 2342).
enum remote_space { REMOTE_PERSONAL, REMOTE_OTHERS, REMOTE_SHARED };

// What one may do in a folder (RFC 4314 section 2.1).
enum remote_right {
	REMOTE_RIGHT_LOOKUP = 1,         // l: it is listed
	REMOTE_RIGHT_READ = 2,           // r
	REMOTE_RIGHT_SEEN = 4,           // s: \Seen lasts
	REMOTE_RIGHT_WRITE = 8,          // w: other flags and keywords
	REMOTE_RIGHT_INSERT = 16,        // i: APPEND and COPY into it
	REMOTE_RIGHT_POST = 32,          // p
	REMOTE_RIGHT_CREATE = 64,        // k: folders below it
	REMOTE_RIGHT_DELETE_FOLDER = 128,// x
	REMOTE_RIGHT_DELETE = 256,       // t: \Deleted
	REMOTE_RIGHT_EXPUNGE = 512,      // e
	REMOTE_RIGHT_ADMIN = 1024,       // a
	REMOTE_RIGHTS_ALL = 2047,
};

// Which numbers a server told.
enum remote_count {
	REMOTE_COUNT_MESSAGES = 1, REMOTE_COUNT_UNSEEN = 2, REMOTE_COUNT_UIDNEXT = 4,
	REMOTE_COUNT_UIDVALIDITY = 8, REMOTE_COUNT_MODSEQ = 16,
};

#define REMOTE_ID_MAX 255 // RFC 8474 section 4

struct remote_folder {
	char *name;               // as the server spells it: for other verbs
	char *label;              // UTF-8, '/' between levels, filtered
	char delimiter;
	const char *role;         // "inbox" "sent" ... by SPECIAL-USE, NULL
	bool selectable, subscribed, children;
	enum remote_space space;
	unsigned denied;          // rights that one has not, where the list tells
	                          // (LIST-MYRIGHTS); else 0, and rights() asks
	// Of LIST-STATUS or STATUS; 0 when not told.
	bool has_status;
	unsigned told;            // of enum remote_count
	uint32_t messages, unseen, uidnext, uidvalidity;
	uint64_t highestmodseq;
	uint64_t append_limit;    // the largest message it takes (RFC 7889); 0: not told
	// Stays with the folder when it is renamed (MAILBOXID, RFC 8474); "": not told.
	char object_id[REMOTE_ID_MAX + 1];
};
struct remote_folders { struct remote_folder *items; size_t len, cap; };
void remote_folders_done(struct remote_folders *f);

// What the client knows of a folder: lets a server answer with changes only.
struct remote_known {
	uint32_t uidvalidity;     // 0: nothing
	uint64_t highestmodseq;
	uint32_t uidnext;
};

// A folder just selected.
struct remote_state {
	uint32_t uidvalidity, uidnext, exists;
	uint64_t highestmodseq;   // 0: the server has none for it
	bool read_only;
	bool changes_told;        // QRESYNC: every change since `known` came through
	                          // the sink; else the caller compares
	bool keywords;            // new keywords can be stored (\*)
	// PERMANENTFLAGS: what of flags lasts; lent until the next select or close.
	// NULL: not told, so all do.
	const struct flags *permanent;
	unsigned denied;          // rights that one has not (MYRIGHTS); 0 without ACL
	char object_id[REMOTE_ID_MAX + 1];
};

// One message as it comes. Borrowed for the call, apart from what is taken.
struct remote_message {
	uint32_t uid;             // DROP: the message's number in this session
	const char *uidl;         // DROP; NULL when the server gave none that is
	                          // valid (RFC 1939) and of this message alone
	uint64_t size, modseq;    // 0 when not told
	int64_t received;
	bool has_flags, has_envelope, unreadable;
	struct flags *flags;
	struct envelope *envelope;
	// Of REMOTE_FETCH_IDS. email_id is the message's wherever it stands or is copied
	// to (EMAILID, X-GM-MSGID); NULL when not told. Of one server each.
	const char *email_id, *thread_id;
	const struct strlist *labels;// of Gmail, UTF-8: "\\Inbox", "work"; NULL: not told
	                             // or not asked for. Those that are tags stand in
	                             // `flags` too, which are told with them or not at all
};

// What a verb tells while it runs. Each may be NULL; false from `message` or
// `data` ends the verb with ERROR_CANCELLED. Told in the server's order.
struct remote_sink {
	void *arg;
	bool (*message)(void *arg, struct remote_message *m);
	void (*gone)(void *arg, const uint32_t *uids, size_t n);
	bool (*data)(void *arg, const void *bytes, size_t len);
	// A change seen in the selected folder beside the answer: exists, expunge.
	void (*noticed)(void *arg);
	// watch() with NOTIFY: the counts of another folder than the selected one, as
	// far as `told` says; name and numbers only. NULL: folders came, went, were
	// renamed or subscribed, or news was lost: folders() tells.
	void (*folder)(void *arg, const struct remote_folder *folder);
};

// A set of UIDs, ascending ranges. {NULL, 0} is empty.
struct remote_range { uint32_t from, to; };    // to UINT32_MAX: "*"; both, with
                                               // FETCH_UIDS: the last, whatever its UID
struct remote_set { const struct remote_range *ranges; size_t n; };
// Makes ranges of ascending UIDs; free(*ranges_r).
size_t remote_ranges(const uint32_t *uids, size_t n, struct remote_range **ranges_r);

struct remote_uid_map { uint32_t uidvalidity; uint32_t *from, *to; size_t n; };
void remote_uid_map_done(struct remote_uid_map *m);

// A question to the server, as a tree. Texts are UTF-8 and lent; a server looks for
// them without case, most of them for parts of words.
enum remote_query_kind {
	REMOTE_QUERY_ALL,
	REMOTE_QUERY_AND, REMOTE_QUERY_OR,           // items; of none: ALL, nothing
	REMOTE_QUERY_NOT,                            // one item
	REMOTE_QUERY_FROM, REMOTE_QUERY_TO, REMOTE_QUERY_CC, REMOTE_QUERY_BCC,
	REMOTE_QUERY_SUBJECT, REMOTE_QUERY_BODY,
	REMOTE_QUERY_TEXT,                           // header and body
	REMOTE_QUERY_HEADER,                         // field: name; text "": it is there
	REMOTE_QUERY_FLAG,                           // name: as flags_add takes it
	REMOTE_QUERY_LARGER, REMOTE_QUERY_SMALLER,   // number: bytes
	// number: a time of arrival. Servers look only at days, in zones of their own: all
	// that match are found, and some of up to two days around: the caller sifts.
	REMOTE_QUERY_SINCE, REMOTE_QUERY_BEFORE,
	REMOTE_QUERY_SENT_SINCE, REMOTE_QUERY_SENT_BEFORE, // the same of the Date field
	REMOTE_QUERY_UIDS,                           // set
};
struct remote_query {
	enum remote_query_kind kind;
	const char *name, *text;
	int64_t number;
	struct remote_set set;
	const struct remote_query *items;
	size_t n;
};
#define REMOTE_QUERY_DEPTH_MAX 50

struct remote_quota {
	char *root;               // "" where there is but one; filtered
	char *resource;           // "STORAGE" (bytes here), "MESSAGE", "MAILBOX", ...
	uint64_t used, limit;
};
struct remote_quotas { struct remote_quota *items; size_t len, cap; };
void remote_quotas_done(struct remote_quotas *q);

enum remote_fetch {
	REMOTE_FETCH_FLAGS = 1,     // FLAGS (and MODSEQ)
	REMOTE_FETCH_ENVELOPE = 2,  // header fields, size, received, flags
	REMOTE_FETCH_UIDS = 4,      // only which UIDs there are
	// DROP only: the bytes of each message follow through `data` behind its
	// `message`. One is whole when the next begins or the verb returns true.
	// Many messages in few turns, which fetch_raw cannot.
	REMOTE_FETCH_RAW = 8,
	REMOTE_FETCH_IDS = 16,      // email_id, thread_id, labels, beside FLAGS or ENVELOPE
	REMOTE_FETCH_SAME = 32,     // email_id alone
};

// --- the table ------------------------------------------------------------------------

struct remote_driver {
	const char *name;
	// Connects, secures, greets, authenticates. On ERROR_TRUST fills
	// *certificate_r (may be NULL). The cancel ends any wait of any verb at once.
	bool (*open)(struct remote **r, const struct remote_settings *settings,
		struct cancel *cancel, struct remote_certificate *certificate_r,
		struct error *err);
	// Says goodbye when that needs no wait. *r becomes NULL. DROP: what was
	// expunged and not committed stays on the server.
	void (*close)(struct remote **r);
	unsigned (*abilities)(struct remote *r);

	bool (*folders)(struct remote *r, struct remote_folders *folders_r, struct error *err);
	// Counts of one folder that is not selected.
	bool (*status)(struct remote *r, const char *folder, struct remote_folder *status_r,
		struct error *err);
	// Makes a folder current; flags and expunges since `known` go to the sink
	// where the server can tell them. Forgets the folder selected before.
	bool (*select)(struct remote *r, const char *folder, const struct remote_known *known,
		struct remote_state *state_r, const struct remote_sink *sink, struct error *err);

	// Of the selected folder, in any order: several pieces are asked for at once, and
	// a server may answer them as it likes. Messages of the set that are not there
	// are passed over; flags of others that the server tells meanwhile come too.
	// changed_since: only what changed after that MODSEQ (CONDSTORE), 0 all; with
	// QRESYNC what is gone since then is told too.
	bool (*fetch)(struct remote *r, struct remote_set set, unsigned what,
		uint64_t changed_since, const struct remote_sink *sink, struct error *err);
	// BODYSTRUCTURE as a tree; ERROR_INPUT when it could not be understood: fetch
	// raw instead. The caller frees it.
	bool (*structure)(struct remote *r, uint32_t uid, struct part **root_r, struct error *err);
	// Encoded bytes of "HEADER" or of a part, from `offset`, at most max (0: all).
	// After GONE or REFUSED the bytes that were told are of no use: the server may
	// have sent something else. After OFFLINE they are the beginning.
	bool (*fetch_part)(struct remote *r, uint32_t uid, const char *section,
		uint64_t offset, uint64_t max, const struct remote_sink *sink, struct error *err);
	bool (*fetch_raw)(struct remote *r, uint32_t uid, uint64_t offset, uint64_t max,
		const struct remote_sink *sink, struct error *err);

	// Each may be repeated without harm.
	bool (*store_flags)(struct remote *r, struct remote_set set,
		const struct flag_change *change, const struct remote_sink *sink, struct error *err);
	// Not repeatable: see `find`. map_r stays empty when the server tells none.
	bool (*copy)(struct remote *r, struct remote_set set, const char *target,
		struct remote_uid_map *map_r, struct error *err);
	bool (*move)(struct remote *r, struct remote_set set, const char *target,
		struct remote_uid_map *map_r, struct error *err);
	// Removes just these for good. Without UIDPLUS sets \Deleted and expunges only
	// when nothing else is marked. DROP: DELE.
	bool (*expunge)(struct remote *r, struct remote_set set, struct error *err);
	// next() gives the message's bytes piece by piece, `size` in all; uid_r 0 when not
	// told. With REMOTE_LABELS, what is a label of `flags` is left out: store_flags.
	bool (*append)(struct remote *r, const char *folder, const struct flags *flags,
		int64_t received, uint64_t size,
		bool (*next)(void *arg, const void **bytes_r, size_t *len_r), void *arg,
		uint32_t *uidvalidity_r, uint32_t *uid_r, struct error *err);
	// UIDs from `from` up in the selected folder with that Message-ID: was a copy
	// or append that may have been cut off done? free(*uids_r).
	bool (*find)(struct remote *r, const char *message_id, uint32_t from,
		uint32_t **uids_r, size_t *n_r, struct error *err);

	bool (*folder_create)(struct remote *r, const char *name, struct error *err);
	// The same for a role ("sent", "archive", ...), which the server then tells all
	// clients of (CREATE-SPECIAL-USE, RFC 6154); without that, or when it
	// refuses the role, an ordinary folder. One turn, or two. NULL in drivers
	// without folders.
	bool (*folder_create_for)(struct remote *r, const char *name, const char *role,
		struct error *err);
	bool (*folder_rename)(struct remote *r, const char *from, const char *to, struct error *err);
	bool (*folder_delete)(struct remote *r, const char *name, struct error *err);
	bool (*folder_subscribe)(struct remote *r, const char *name, bool on, struct error *err);
	// A label as UTF-8 with '/' to the server's spelling (free()); NULL: impossible.
	char *(*folder_name)(struct remote *r, const char *label);

	// Waits until the selected folder changes, wake becomes set, or timeout_ms
	// passed. *changed_r: something changed. What came goes to the sink. With a
	// sink that has `folder`, on a server with REMOTE_NOTIFY, the counts of all
	// folders come at the beginning (one turn, once on a connection) and whenever they
	// change, while it waits on; where REMOTE_NOTIFY is gone afterwards the server
	// could not, and nothing came.
	bool (*watch)(struct remote *r, int timeout_ms, struct cancel *wake,
		bool *changed_r, const struct remote_sink *sink, struct error *err);
	// Begins to note news of all folders, for watch() to tell: in the turn of the next
	// verb, at no turn of its own. What was so before it, folders() tells then. Does
	// nothing where the server cannot; NULL in drivers that cannot.
	bool (*listen)(struct remote *r, struct error *err);
	// Keeps the connection alive and takes in what the server has to tell.
	bool (*noop)(struct remote *r, const struct remote_sink *sink, struct error *err);
	// DROP: QUIT; true when the server confirmed the removals.
	bool (*commit)(struct remote *r, struct error *err);

	// --- what only some servers can; each NULL in drivers that cannot at all -----

	// UIDs of the selected folder that match, as ascending ranges; free(*ranges_r).
	// One turn; without ESEARCH one more command for each 50,000 messages, in the
	// same turn. REFUSED: the server does not know the charset or a key.
	bool (*search)(struct remote *r, const struct remote_query *q,
		struct remote_range **ranges_r, size_t *n_r, struct error *err);
	// What bounds the folder (RFC 9208), one turn. REFUSED: there is none.
	bool (*quota)(struct remote *r, const char *folder, struct remote_quotas *quotas_r,
		struct error *err);
	// Rights that one has not in a folder (MYRIGHTS); 0 without ACL, at no turn, else one.
	bool (*rights)(struct remote *r, const char *folder, unsigned *denied_r,
		struct error *err);
	// Bytes of all messages of a folder, one turn. The server may have to open all
	// of them: only when somebody asks. REFUSED where it does not know (STATUS=SIZE).
	bool (*folder_size)(struct remote *r, const char *folder, uint64_t *bytes_r,
		struct error *err);
};

extern const struct remote_driver remote_imap, remote_pop3, remote_local;
// By settings.scheme; NULL for one that cannot receive.
const struct remote_driver *remote_driver_for(const char *scheme);

// What a connection has cost so far.
// sent and received are bytes of the wire (inside TLS); said and heard the same
// before COMPRESS took from them and after it was undone.
struct remote_counters { uint64_t sent, received, turns, said, heard; };
struct remote_counters remote_counters(const struct remote *r);

// --- sending --------------------------------------------------------------------------

struct sender;

struct sender_recipient {
	const char *mail;
	bool accepted;
	bool permanent;      // refused for good (5xx), else try again (4xx)
	char *answer;        // the server's words, filtered; free()
};

struct sender_driver {
	const char *name;
	bool (*open)(struct sender **s, const struct remote_settings *settings,
		struct cancel *cancel, struct remote_certificate *certificate_r,
		struct error *err);
	void (*close)(struct sender **s);
	// One message; several may follow each other. True when the server took it
	// for the recipients marked accepted. False REFUSED: for nobody;
	// *maybe_r: it was cut between the end of DATA and the answer, so it may or may
	// not have been taken. The message has CR LF line ends; next() gives it piece by piece.
	bool (*send)(struct sender *s, const char *from, struct sender_recipient *to,
		size_t n, uint64_t size,
		bool (*next)(void *arg, const void **bytes_r, size_t *len_r), void *arg,
		bool *maybe_r, struct error *err);
};
extern const struct sender_driver sender_smtp, sender_program;
const struct sender_driver *sender_driver_for(const char *scheme);

#endif
