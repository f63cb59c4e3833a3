// SPDX-License-Identifier: GPL-3.0-or-later
// Every option of the engine: one row each, from which help, completion, checks
// and the manual are made.
#include "config.h"

#include "command/option.h"

#define INCOMING_SCHEMES "imaps imap pop3s pop3 maildir mbox"
#define OUTGOING_SCHEMES "smtps smtp sendmail"
#define YEARS_100 36500

static const struct option option_rows[] = {
	{ "address", OPTION_ADDRESSES, OPTION_ACCOUNT,
		.help = "Your addresses in this account; mail is written from the first" },
	{ "attribution", OPTION_TEXT, OPTION_ACCOUNT,
		.help = "The line above quoted text, with %d for the date, %n the name, %a the address" },
	{ "autoedit", OPTION_SWITCH, OPTION_GLOBAL, .initial = "off",
		.help = "The editor opens at once for a new message: To and Subject are "
			"filled in on its page" },
	{ "bodies-max", OPTION_SIZE, OPTION_GLOBAL, .initial = "2G",
		.min = 1024 * 1024, .max = INT64_MAX,
		.help = "How much text of messages is kept here; the least recently read go first, and nothing unasked takes the place of what was read" },
	{ "cache-size", OPTION_SIZE, OPTION_GLOBAL, .initial = "16M",
		.min = 1024 * 1024, .max = (int64_t)4 << 30,
		.help = "Memory for pages of the store" },
	{ "check-interval", OPTION_SPAN, OPTION_ACCOUNT, .initial = "5m",
		.min = 10, .max = 7 * 86400,
		.help = "How often folders are looked at that the server does not watch for us" },
	{ "connections", OPTION_NUMBER, OPTION_ACCOUNT, .initial = "3",
		.min = 1, .max = 10,
		.help = "The most connections that are open to the server at once" },
	{ "editor", OPTION_ARGV, OPTION_GLOBAL,
		.help = "The program that edits drafts; without it $VISUAL, else $EDITOR" },
	// Long lines are what an editor that wraps nothing leaves, and what other
	// programs show worst, so these flow unless it is turned off. To take every
	// blank at a line's end for a wish to join lines (mutt's text_flowed) would
	// garble the text of those who never heard of it: that is only for editors
	// that write such blanks (vim: formatoptions+=w).
	{ "flowed", OPTION_CHOICE, OPTION_ACCOUNT, .initial = "auto",
		.choices = "off auto on",
		.help = "Paragraphs in long lines are sent as format=flowed; on: all text is, and a blank at a line's end joins it to the next" },
	{ "folders.archive", OPTION_TEXT, OPTION_ACCOUNT,
		.help = "The folder that archive moves to, where the server names none" },
	{ "folders.drafts", OPTION_TEXT, OPTION_ACCOUNT,
		.help = "The folder of drafts, where the server names none" },
	{ "folders.junk", OPTION_TEXT, OPTION_ACCOUNT,
		.help = "The folder of junk, where the server names none" },
	{ "folders.sent", OPTION_TEXT, OPTION_ACCOUNT,
		.help = "The folder that keeps what was sent, where the server names none" },
	{ "folders.trash", OPTION_TEXT, OPTION_ACCOUNT,
		.help = "The folder that delete moves to, where the server names none" },
	{ "footnotes", OPTION_SWITCH, OPTION_ACCOUNT, .initial = "on",
		.help = "Where links go is listed below what show prints, and below the text that a reply or a forward takes over" },
	{ "imap-compress", OPTION_SWITCH, OPTION_ACCOUNT, .initial = "on",
		.help = "What is said with an IMAP server is compressed where it can be" },
	{ "incoming", OPTION_URL, OPTION_ACCOUNT, .choices = INCOMING_SCHEMES,
		.help = "Where mail comes from: imaps://USER@HOST, pop3s://USER@HOST, maildir:///PATH" },
	{ "keep", OPTION_KEEP, OPTION_ACCOUNT, .initial = "30", .choices = "all",
		.min = 0, .max = YEARS_100,
		.help = "Whole messages of as many days back, or all, are fetched to be here, newest first, while bodies-max has room" },
	{ "keep-size", OPTION_SIZE, OPTION_ACCOUNT, .initial = "10M",
		.min = 0, .max = INT64_MAX,
		.help = "Larger messages are not fetched unasked" },
	{ "log", OPTION_CHOICE, OPTION_GLOBAL, .initial = "info",
		.choices = "error info debug",
		.help = "How much is written to the log" },
	{ "outgoing", OPTION_URL, OPTION_ACCOUNT, .choices = OUTGOING_SCHEMES,
		.help = "Where mail is sent to: smtps://USER@HOST, smtp://USER@HOST:587, sendmail:///PATH" },
	{ "outgoing-password-command", OPTION_ARGV, OPTION_ACCOUNT,
		.help = "Prints the password of the outgoing server, where it is another" },
	{ "outgoing-tls-pin", OPTION_TEXT, OPTION_ACCOUNT,
		.help = "The key of the outgoing server, accepted although its certificate does not hold" },
	{ "password-command", OPTION_ARGV, OPTION_ACCOUNT,
		.help = "A program whose first line of output is the password" },
	{ "pop3-keep", OPTION_KEEP, OPTION_ACCOUNT, .initial = "all",
		.choices = "none deleted all", .min = 1, .max = YEARS_100,
		.help = "What stays on a POP3 server: none, as many days, all but what was deleted here, all" },
	{ "signature", OPTION_PATH, OPTION_ACCOUNT,
		.help = "A file whose text stands below each new message" },
	{ "timeout", OPTION_SPAN, OPTION_ACCOUNT, .initial = "30s",
		.min = 1, .max = 600,
		.help = "How long the network may be silent before we connect anew" },
	{ "tls", OPTION_SWITCH, OPTION_ACCOUNT, .initial = "on",
		.help = "off: clear text, which only an address of this machine may have" },
	{ "tls-ca", OPTION_PATH, OPTION_ACCOUNT,
		.help = "A PEM file of certificates to trust instead of the system's" },
	{ "tls-pin", OPTION_TEXT, OPTION_ACCOUNT,
		.help = "The key of the server, accepted although its certificate does not hold: sha256:HEX" },
	{ "transcript", OPTION_SWITCH, OPTION_ACCOUNT, .initial = "off",
		.help = "Writes what is said with servers to the log's folder, passwords blanked" },
};

void
options_add_engine(struct options *o)
{
	options_add(o, option_rows, sizeof(option_rows) / sizeof(option_rows[0]));
}
