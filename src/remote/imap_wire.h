// SPDX-License-Identifier: GPL-3.0-or-later
// IMAP on the wire: responses framed one at a time, literals and all, within named
// limits; commands with quoting, literals and tags.
#ifndef REMOTE_IMAP_WIRE_H
#define REMOTE_IMAP_WIRE_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include "base/array.h"
#include "base/buf.h"

struct error;
struct line;
struct remote_range;
struct wire;

#define WIRE_LITERAL_MAX (64 * 1024)        // kept in memory of one literal
#define WIRE_FRAME_MAX (4 * 1024 * 1024)    // kept of one response
#define WIRE_LITERALS_MAX 20000             // in one response
#define WIRE_DRAIN_MAX (256 * 1024 * 1024)  // read of one response, kept or not
#define WIRE_UNTAGGED_MAX 20000000          // responses between two commands
#define WIRE_NONSYNC_MAX (64 * 1024)        // a longer literal asks first
#define WIRE_SET_BYTES 4000                 // of UIDs on one command line

struct wire *wire_new(struct line *line);   // lent
void wire_free(struct wire **w);

// --- reading -----------------------------------------------------------------

// One response without its last CR LF, lent until the next read. Literals
// stand in it as on the wire; of one longer than WIRE_LITERAL_MAX only the
// beginning, under a count that agrees, and `cut` is set. A response that is past
// other limits is read to its end but only its first line is here: `dropped`.
struct wire_frame {
	const char *data;
	size_t len;
	bool cut, dropped;
	bool streamed;      // the body went to wire_stream's function; NIL is here
	uint64_t body;      // its bytes
};
// False (OFFLINE, CANCELLED) when the connection is of no use any more.
bool wire_read(struct wire *w, struct wire_frame *f, struct error *err);
// From now on the first literal that is a message's body (BODY[...], BINARY[...],
// RFC822) goes to `data` piece by piece, as long as it has no more than max bytes
// (0: any); data may be NULL to end this. False from it ends the connection's use
// with CANCELLED.
void wire_stream(struct wire *w, bool (*data)(void *arg, const void *bytes, size_t len),
	void *arg, uint64_t max);
// Until the next wire_stream, `wanted` is asked before the first byte, with the
// response up to the literal; false ends the connection's use with OFFLINE.
void wire_stream_wanted(struct wire *w, bool (*wanted)(void *arg, const char *before,
	size_t len));

// --- writing -----------------------------------------------------------------

enum wire_piece_kind { WIRE_TEXT, WIRE_SECRET, WIRE_LITERAL, WIRE_SECRET_LITERAL };
struct wire_piece { enum wire_piece_kind kind; size_t start, len; };

// A command being put together; {0} is empty. `bad` when a string held what
// IMAP cannot carry (NUL, CR or LF in a name).
struct command {
	struct buf text;
	struct array pieces;
	bool bad;
	bool utf8;           // set first: strings may be quoted in UTF-8 (RFC 6855)
};
void command_done(struct command *c);
void command_text(struct command *c, const char *text);
void command_printf(struct command *c, const char *format, ...)
	__attribute__((format(printf, 2, 3)));
// Quoted, or a literal where that cannot be.
void command_string(struct command *c, const char *text);
void command_secret(struct command *c, const char *text);
void command_hidden(struct command *c, const char *text); // as it is, blanked
// A literal's announcement alone: its bytes follow by wire_put.
void command_literal_to_come(struct command *c, uint64_t size, bool nonsync);
// Ranges from *at on, as many as fit on a line; *at moves behind them.
void command_set(struct command *c, const struct remote_range *ranges, size_t n,
	size_t *at);

void wire_literals(struct wire *w, bool plus, bool minus); // LITERAL+, LITERAL-
bool wire_nonsync(const struct wire *w, uint64_t size);    // may go unasked
// Puts the tag and the command up to its next literal that must be asked for;
// *piece starts at 0 and counts pieces. True when all of it was put, false when a
// "+" has to be awaited before the next call.
bool wire_put_command(struct wire *w, uint32_t tag, const struct command *c,
	size_t *piece);
uint32_t wire_next_tag(struct wire *w);

#endif
