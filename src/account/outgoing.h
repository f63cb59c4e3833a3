// SPDX-License-Identifier: GPL-3.0-or-later
// The worker that sends an account's outbox.
#ifndef ACCOUNT_OUTGOING_H
#define ACCOUNT_OUTGOING_H

struct account;
struct account_settings;
struct job_item;
struct outgoing;
struct sender_driver;

struct outgoing *outgoing_new(struct account *a, unsigned place,
	const struct sender_driver *driver, const struct account_settings *settings);
void outgoing_start(struct outgoing *o);
void outgoing_ask_stop(struct outgoing *o);
void outgoing_free(struct outgoing **o);
void outgoing_post(struct outgoing *o, struct job_item *item); // FLUSH, TRY
void outgoing_wake(struct outgoing *o);

#endif
