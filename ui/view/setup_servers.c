// SPDX-License-Identifier: GPL-3.0-or-later
// Guesses servers from an address: the few providers that most people have by
// name, all others by the names that servers usually bear.
#include "config.h"

#include "ui/view/setup_servers.h"

#include <stdlib.h>
#include <string.h>
#include "base/error.h"
#include "base/path.h"
#include "base/str.h"

#define SETUP_SENDMAIL "/usr/sbin/sendmail"

// Where a provider's names are not imap. and smtp. of the address.
static const struct {
	const char *domains;       // blanks between
	const char *incoming, *outgoing;   // scheme and host
} providers[] = {
	{ "gmail.com googlemail.com", "imaps imap.gmail.com", "smtps smtp.gmail.com" },
	{ "gmx.net gmx.de gmx.at gmx.ch", "imaps imap.gmx.net", "smtps mail.gmx.net" },
	{ "gmx.com", "imaps imap.gmx.com", "smtps mail.gmx.com" },
	{ "web.de", "imaps imap.web.de", "smtp smtp.web.de" },
	{ "t-online.de", "imaps secureimap.t-online.de", "smtps securesmtp.t-online.de" },
	{ "yahoo.com yahoo.de yahoo.co.uk", "imaps imap.mail.yahoo.com",
		"smtps smtp.mail.yahoo.com" },
	{ "icloud.com me.com mac.com", "imaps imap.mail.me.com", "smtp smtp.mail.me.com" },
	{ "outlook.com hotmail.com live.com", "imaps outlook.office365.com",
		"smtp smtp.office365.com" },
	{ "fastmail.com fastmail.fm", "imaps imap.fastmail.com",
		"smtps smtp.fastmail.com" },
	{ "posteo.de posteo.net", "imaps posteo.de", "smtps posteo.de" },
};

static const struct {
	const char *scheme;
	bool outgoing, local;
} schemes[] = {
	{ "imaps", false, false }, { "imap", false, false }, { "pop3s", false, false },
	{ "pop3", false, false }, { "maildir", false, true }, { "mbox", false, true },
	{ "smtps", true, false }, { "smtp", true, false }, { "sendmail", true, true },
};

#define N(table) (sizeof table / sizeof table[0])

static const char *
setup_domain(const char *address)
{
	const char *at = address ? strrchr(address, '@') : NULL;

	return at && at[1] ? at + 1 : NULL;
}

static bool
setup_has_word(const char *words, const char *word)
{
	size_t len = strlen(word);

	for (const char *at = words; (at = str_find_nocase(at, word)); at++) {
		if ((at == words || at[-1] == ' ') && (at[len] == ' ' || !at[len]))
			return true;
	}
	return false;
}

static void
setup_add(struct strlist *out, const char *scheme, size_t scheme_len,
	const char *address, const char *label, const char *host)
{
	char *url = str_printf("%.*s://%s@%s%s", (int)scheme_len, scheme, address, label,
		host);

	if (!strlist_has(out, url))
		strlist_add(out, url);
	free(url);
}

// True when the provider is known: nothing else is guessed then.
static bool
setup_add_known(struct strlist *out, const char *address, bool outgoing)
{
	for (size_t i = 0; i < N(providers); i++) {
		if (!setup_has_word(providers[i].domains, setup_domain(address)))
			continue;
		const char *one = outgoing ? providers[i].outgoing : providers[i].incoming;
		size_t len = strcspn(one, " ");

		setup_add(out, one, len, address, "", one + len + 1);
		return true;
	}
	return false;
}

void
setup_servers_incoming(const char *address, struct strlist *out)
{
	static const char *const usual[][2] = {
		{ "imaps", "imap." }, { "imaps", "mail." }, { "imaps", "" },
		{ "pop3s", "pop." },
	};

	if (!setup_domain(address) || setup_add_known(out, address, false))
		return;
	for (size_t i = 0; i < N(usual); i++)
		setup_add(out, usual[i][0], strlen(usual[i][0]), address, usual[i][1],
			setup_domain(address));
}

// Beside the host that mail comes from: smtp.example.net beside imap.example.net.
static void
setup_add_beside(struct strlist *out, const char *address, const char *incoming)
{
	static const char *const labels[] = { "imap.", "pop.", "pop3.", "mail." };
	const char *at = incoming ? strrchr(incoming, '@') : NULL;

	if (!at)
		return;
	char *host = str_ndup(at + 1, strcspn(at + 1, ":/"));

	for (size_t i = 0; i < N(labels); i++) {
		if (str_has_prefix_nocase(host, labels[i]))
			setup_add(out, "smtps", 5, address, "smtp.", host + strlen(labels[i]));
	}
	setup_add(out, "smtps", 5, address, "", host);
	free(host);
}

void
setup_servers_outgoing(const char *address, const char *incoming, struct strlist *out)
{
	bool local = incoming && (str_has_prefix(incoming, "maildir:") ||
		str_has_prefix(incoming, "mbox:"));

	if (local && path_exists(SETUP_SENDMAIL))
		strlist_add(out, "sendmail://" SETUP_SENDMAIL);
	if (!setup_domain(address) || setup_add_known(out, address, true))
		return;
	setup_add_beside(out, address, incoming);
	setup_add(out, "smtps", 5, address, "smtp.", setup_domain(address));
	setup_add(out, "smtp", 4, address, "smtp.", setup_domain(address));
}

// --- what was typed ----------------------------------------------------------------------

// Which protocol is meant by a port, or by nothing.
static const char *
setup_scheme_of(const char *host, const char *port, bool outgoing)
{
	static const struct { const char *port, *scheme; bool outgoing; } ports[] = {
		{ "993", "imaps", false }, { "143", "imap", false },
		{ "995", "pop3s", false }, { "110", "pop3", false },
		{ "465", "smtps", true }, { "587", "smtp", true }, { "25", "smtp", true },
	};

	for (size_t i = 0; port && i < N(ports); i++) {
		if (ports[i].outgoing == outgoing && str_equal(ports[i].port, port))
			return ports[i].scheme;
	}
	return outgoing ? "smtps" : str_has_prefix_nocase(host, "pop") ? "pop3s" : "imaps";
}

static bool
setup_host_valid(const char *host, struct error *err)
{
	size_t len = strcspn(host, ":/");
	const char *port = host[len] == ':' ? host + len + 1 : NULL;
	uint64_t number;

	if (len == 0)
		return error_set(err, ERROR_INPUT, "The name of a server is missing");
	for (size_t i = 0; i < len; i++) {
		unsigned char c = (unsigned char)host[i];

		if (c <= ' ' || (c < 0x80 && strchr("\"'\\<>()@,;=?#%&|", c)))
			return error_set(err, ERROR_INPUT,
				"No server is called \"%.*s\"", (int)len, host);
	}
	if (port && (!str_to_u64(port, 65535, &number) || number == 0))
		return error_set(err, ERROR_INPUT, "\"%s\" is no port: it is a number "
			"up to 65535", port);
	return true;
}

static char *
setup_url(const char *typed, const char *rest, const char *address, bool outgoing,
	struct error *err)
{
	size_t len = (size_t)(rest - typed) - strlen("://");
	const char *at = strrchr(rest, '@');
	size_t i = 0;

	while (i < N(schemes) && (schemes[i].outgoing != outgoing ||
	       strlen(schemes[i].scheme) != len || strncmp(schemes[i].scheme, typed, len)))
		i++;
	if (i == N(schemes)) {
		error_set(err, ERROR_INPUT, "Mail is %s, and %.*s is none of these",
			outgoing ? "sent by smtps, smtp or sendmail"
			: "fetched by imaps, imap, pop3s, pop3, maildir or mbox",
			(int)len, typed);
		return NULL;
	}
	if (schemes[i].local && rest[0] == '/')
		return str_dup(typed);
	if (schemes[i].local) {
		error_set(err, ERROR_INPUT, "%s wants a whole path: %s:///PATH",
			schemes[i].scheme, schemes[i].scheme);
		return NULL;
	}
	if (!setup_host_valid(at ? at + 1 : rest, err))
		return NULL;
	// Servers are asked for mail in somebody's name.
	return at || str_empty(address) ? str_dup(typed)
		: str_printf("%s://%s@%s", schemes[i].scheme, address, rest);
}

char *
setup_server(const char *typed, const char *address, bool outgoing, struct error *err)
{
	char *copy = str_dup(typed), *text = str_trim(copy), *url = NULL;
	char *rest = strstr(text, "://");

	if (rest) {
		url = setup_url(text, rest + strlen("://"), address, outgoing, err);
	} else if (text[0] == '/') {
		url = str_printf("%s://%s", outgoing ? "sendmail" : "maildir", text);
	} else if (strchr(text, '@')) {
		error_set(err, ERROR_INPUT, "%s is an address: what is wanted here is the "
			"server, such as %s.%s", text, outgoing ? "smtp" : "imap",
			strrchr(text, '@')[1] ? strrchr(text, '@') + 1 : "example.org");
	} else if (setup_host_valid(text, err)) {
		char *host = str_ndup(text, strcspn(text, ":"));
		const char *port = strchr(text, ':');

		url = str_printf("%s://%s@%s", setup_scheme_of(host, port ? port + 1 : NULL,
			outgoing), address, text);
		free(host);
	}
	free(copy);
	return url;
}
