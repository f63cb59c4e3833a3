// SPDX-License-Identifier: GPL-3.0-or-later
// What goes over the control socket: frames of a length, a type and packed
// values; and where the socket lies.
#ifndef CONTROL_WIRE_H
#define CONTROL_WIRE_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

struct buf;
struct error;
struct sockaddr_un;

#define CONTROL_VERSION 1
#define CONTROL_SOCKET "socket"   // its name in the run folder

enum control_frame {
	// to the owner
	CONTROL_RUN,         // version u32, json u8, remote u8, cwd, where, text
	CONTROL_ANSWER,      // given u8, text
	CONTROL_INPUT,       // bytes; an empty one ends it
	CONTROL_CANCEL,
	CONTROL_TAKE_OVER,
	// to the client
	CONTROL_STARTED,     // from here on it must not be run again elsewhere
	CONTROL_ROW,         // bytes for standard output
	CONTROL_DATA,        // the same, not to be shown on a terminal as they are
	CONTROL_NOTE,        // a line for standard error
	CONTROL_ASK,         // kind u8, text
	CONTROL_WANT_INPUT,
	CONTROL_ENDED,       // status u8
	CONTROL_REST,        // text that the next owner runs
};

// Of the socket of a run folder; it is the same for whoever comes from whatever
// session. A path that is too long for an address goes through *folder_r, which
// is to be open as long as the address is used; else that is -1.
bool control_address(const char *run_folder, struct sockaddr_un *address, int *folder_r,
	struct error *err);
// Connected to an owner of ours; -1 when there is none.
int control_connect(const char *run_folder);

void control_frame_begin(struct buf *out, enum control_frame type, size_t *at_r);
void control_frame_end(struct buf *out, size_t at);
// A frame of one text.
void control_frame_text(struct buf *out, enum control_frame type, const void *data,
	size_t len);
// The first whole frame of `in`: 1; 0 when there is none yet; -1 when it is
// larger than may be. The payload is lent; drop *used_r bytes when done.
int control_frame_next(const struct buf *in, enum control_frame *type_r,
	const char **payload_r, size_t *len_r, size_t *used_r);

#endif
