// SPDX-License-Identifier: GPL-3.0-or-later
// The outbox of one account as plain blocking steps: each message goes out once,
// or somebody is told; never twice.
#ifndef ACCOUNT_SEND_H
#define ACCOUNT_SEND_H

#include <stdbool.h>
#include <stdint.h>

struct account_settings;
struct error;
struct sender;
struct sender_driver;
struct store;

#define OUTBOX_FOLDER "outbox"
#define DRAFTS_FOLDER "drafts"
// Pauses after an answer that says "later": they double from the first to the last.
#define SEND_PAUSE_FIRST 60
#define SEND_PAUSE_MAX 3600
#define SEND_TRIES_MAX 48

struct sending {
	struct store *store;
	const struct sender_driver *driver;
	struct sender *sender;       // NULL: not open
	// Opens it when there is something to send.
	bool (*open)(void *arg, struct sender **sender_r, struct error *err);
	const struct account_settings *settings;
	const char *mail;            // the folder of outbox/ and drafts/
	uint32_t account;
	// As in sync.h.
	bool (*step)(void *arg, const char *what);
	// Something that the person who wrote the message must know; kind NONE: it went.
	void (*notice)(void *arg, const struct error *err);
	void *arg;
};

// Tries what waits; all of it (now) or what is due. False with the first failure
// of any; OFFLINE, AUTH, TRUST and CANCELLED end it at once. *next_r: when
// something is due again (seconds), 0 when nothing is.
bool send_outbox(struct sending *s, bool now, int64_t *next_r, struct error *err);
// Removes files from the outbox that nothing needs any more.
void send_sweep(struct sending *s);
// The Sent folder's copy and the flag of the answered message, each at most
// once however often it is called. sent.c
struct send;
bool sent_follow(struct sending *s, const struct send *send, struct error *err);
// The folder that has the copies; NULL: the server makes them itself. free().
char *sent_folder_name(struct sending *s);

#endif
