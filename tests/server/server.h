// SPDX-License-Identifier: GPL-3.0-or-later
// Real mail servers for a C test: each test may own a private Dovecot and Exim
// on loopback, kill them, start them again and put mail into them.
#ifndef TESTS_SERVER_H
#define TESTS_SERVER_H

#include <stdbool.h>
#include <stddef.h>

struct server;

// Whether the servers were fetched; a test skips with SERVER_MISSING if not.
bool
server_available(void);

#define SERVER_MISSING "the servers were never fetched (./autogen.sh does it)"

// Starts servers and returns when they greet; NULL (and a line on standard
// error) if they do not. options are those of tests/server/start-servers, ended
// by NULL, or NULL for the defaults: all services, Maildir, the users
// ann@example.org and ann-pop@example.org with password "secret".
// They die with this process, however it ends.
struct server *
server_start(const char *const *options);

// Stops them and removes all their files. Sets the pointer to NULL.
void
server_stop(struct server **server);

// What start-servers told: "host" ("localhost") "user" "password" "ca" (the
// file for tls-ca) "folder" "mail" "log" (folders) "uid" "doveadm" (a command),
// "imap_port" (STARTTLS) "imaps_port" "pop3_port" "pop3s_port" "lmtp_port"
// "smtp_port" (STARTTLS) "smtps_port". Lent; NULL if there is no such value.
const char *
server_get(const struct server *server, const char *key);

// The port of "imap", "imaps", ...; 0 if that service does not run.
int
server_port(const struct server *server, const char *service);

// "kill dovecot", "stop exim", "start all", "restart dovecot",
// "certificate expired" ...; returns when it is done (after a start: when the
// server greets). false, and a line on standard error, if it failed.
bool
server_say(struct server *server, const char *command);

// Delivers a message by LMTP: into the user's inbox, as from outside. Line
// ends may be LF or CRLF.
bool
server_deliver(struct server *server, const char *user, const char *message,
	       size_t length);

// Writes a message as a file into a mailbox ("INBOX", "Sent", "A/B"; made if
// missing) of a server with --format maildir: much faster than delivering,
// with flags ("" or of "FRSTD", in this order; NULL: new and unseen) and a date
// of arrival (Unix seconds; 0: now).
bool
server_put(struct server *server, const char *user, const char *mailbox,
	   const char *flags, long long date, const char *message,
	   size_t length);

#endif
