// SPDX-License-Identifier: GPL-3.0-or-later
// What a connection is made from, and the small values that all drivers return.
#include "config.h"

#include <arpa/inet.h>
#include <stdlib.h>
#include <string.h>

#include "base/buf.h"
#include "base/error.h"
#include "base/mem.h"
#include "base/str.h"
#include "base/utf8.h"
#include "remote/line.h"
#include "remote/private.h"

// --- settings -------------------------------------------------------------------

static void
free_secret(char **s)
{
	if (*s)
		mem_wipe(*s, strlen(*s));
	free(*s);
	*s = NULL;
}

void
remote_settings_copy(struct remote_settings *to, const struct remote_settings *from)
{
	*to = *from;
	to->scheme = str_dup(from->scheme);
	to->user = str_dup(from->user);
	to->host = str_dup(from->host);
	to->peer = str_dup(from->peer);
	to->path = str_dup(from->path);
	to->tls_ca = str_dup(from->tls_ca);
	to->tls_pin = str_dup(from->tls_pin);
	to->password = str_dup(from->password);
	to->token = str_dup(from->token);
	to->client_name = str_dup(from->client_name);
	to->transcript = str_dup(from->transcript);
}

void
remote_settings_done(struct remote_settings *s)
{
	free(s->scheme);
	free(s->user);
	free(s->host);
	free(s->peer);
	free(s->path);
	free(s->tls_ca);
	free(s->tls_pin);
	free_secret(&s->password);
	free_secret(&s->token);
	free(s->client_name);
	free(s->transcript);
	*s = (struct remote_settings){ 0 };
}

const char *
remote_peer(const struct remote_settings *s)
{
	return str_or_empty(s->peer ? s->peer : s->host);
}

void
remote_settings_name(struct remote_settings *s, const char *whose)
{
	if (str_empty(s->host))
		return;
	bool literal = strchr(s->host, ':') != NULL;

	free(s->peer);
	s->peer = str_printf("%s%s%s:%u (%s)", literal ? "[" : "", s->host,
		literal ? "]" : "", s->port, whose);
}

void
remote_certificate_done(struct remote_certificate *c)
{
	free(c->host);
	free(c->subject);
	free(c->issuer);
	free(c->fingerprint);
	free(c->reason);
	*c = (struct remote_certificate){ 0 };
}

// --- addresses of servers -----------------------------------------------------------

struct scheme {
	const char *name;
	uint16_t port;         // 0: names a path
	enum remote_tls tls;
};

static const struct scheme schemes[] = {
	{ "imaps", 993, REMOTE_TLS_IMPLICIT },
	{ "imap", 143, REMOTE_TLS_START },
	{ "pop3s", 995, REMOTE_TLS_IMPLICIT },
	{ "pop3", 110, REMOTE_TLS_START },
	{ "smtps", 465, REMOTE_TLS_IMPLICIT },
	{ "smtp", 587, REMOTE_TLS_START },
	{ "maildir", 0, REMOTE_TLS_OFF },
	{ "mbox", 0, REMOTE_TLS_OFF },
	{ "sendmail", 0, REMOTE_TLS_OFF },
};

static const struct scheme *
scheme_find(const char *name)
{
	for (size_t i = 0; i < sizeof(schemes) / sizeof(schemes[0]); i++) {
		if (str_equal_nocase(schemes[i].name, name))
			return &schemes[i];
	}
	return NULL;
}

static int
hex_digit(char c)
{
	if (c >= '0' && c <= '9')
		return c - '0';
	if (c >= 'a' && c <= 'f')
		return c - 'a' + 10;
	return c >= 'A' && c <= 'F' ? c - 'A' + 10 : -1;
}

// Undoes %40 and its like; NULL when a '%' stands alone or a control character
// comes out, which could end a protocol line.
static char *
decoded(const char *s, size_t len)
{
	struct buf out = { 0 };
	for (size_t i = 0; i < len; i++) {
		unsigned char c = (unsigned char)s[i];
		if (c == '%') {
			int high = i + 2 < len ? hex_digit(s[i + 1]) : -1;
			int low = i + 2 < len ? hex_digit(s[i + 2]) : -1;
			if (high < 0 || low < 0)
				goto bad;
			c = (unsigned char)(high << 4 | low);
			i += 2;
		}
		if (c < 0x20 || c == 0x7f)
			goto bad;
		buf_char(&out, (char)c);
	}
	buf_reserve(&out, 1);
	out.data[out.len] = '\0';
	return buf_take(&out);
bad:
	buf_done(&out);
	return NULL;
}

static bool
host_valid(const char *host)
{
	if (!*host || strlen(host) > 253)
		return false;
	for (const char *c = host; *c; c++) {
		if ((unsigned char)*c <= ' ' || *c == 0x7f || strchr("/@%\"<>\\?#", *c))
			return false;
	}
	return true;
}

// host, host:port, [v6], [v6]:port
static bool
parse_host(struct remote_settings *s, const char *at, const char *url,
	struct error *err)
{
	size_t len = strcspn(at, ":");
	const char *after = at + len;
	if (*at == '[') {
		const char *end = strchr(at, ']');
		if (!end)
			return error_set(err, ERROR_INPUT, "%s: a ']' is missing", url);
		s->host = str_ndup(at + 1, (size_t)(end - at) - 1);
		after = end + 1;
	} else {
		s->host = str_ndup(at, len);
	}
	if (*after && *after != ':')
		return error_set(err, ERROR_INPUT, "%s: what is \"%s\"?", url, after);
	uint64_t port = s->port;
	if (*after && (!str_to_u64(after + 1, 65535, &port) || port == 0))
		return error_set(err, ERROR_INPUT, "%s: \"%s\" is no port", url, after + 1);
	s->port = (uint16_t)port;
	if (!host_valid(s->host))
		return error_set(err, ERROR_INPUT, "%s: names no server", url);
	return true;
}

static bool
parse_server(struct remote_settings *s, const char *rest, const char *url,
	struct error *err)
{
	// A user may hold '@' (bob@example.org@host): the last one counts.
	char *text = str_dup(rest);
	size_t len = strlen(text);
	if (len && text[len - 1] == '/')
		text[len - 1] = '\0';
	char *at = strrchr(text, '@');
	bool ok = true;
	if (at) {
		s->user = decoded(text, (size_t)(at - text));
		if (memchr(text, ':', (size_t)(at - text)))
			ok = error_set(err, ERROR_INPUT, "%s://...: a password does not "
				"belong into an address; see password-command", s->scheme);
		else if (!s->user)
			ok = error_set(err, ERROR_INPUT, "%s: the user's name cannot be "
				"read", url);
	}
	ok = ok && parse_host(s, at ? at + 1 : text, url, err);
	free(text);
	return ok;
}

static bool
is_loopback_name(const char *host)
{
	struct in_addr v4;
	if (inet_pton(AF_INET, host, &v4) == 1)
		return ntohl(v4.s_addr) >> 24 == 127;
	return str_equal(host, "::1") || str_equal_nocase(host, "localhost");
}

bool
remote_parse_url(struct remote_settings *s, const char *url, bool tls_off,
	struct error *err)
{
	const char *colon = strstr(url, "://");
	char *name = colon ? str_ndup(url, (size_t)(colon - url)) : NULL;
	const struct scheme *scheme = name ? scheme_find(name) : NULL;
	free(name);
	if (!scheme)
		return error_set(err, ERROR_INPUT,
			"%s: begins with none of imaps:// imap:// pop3s:// pop3:// "
			"smtps:// smtp:// maildir:// sendmail://", url);
	free(s->scheme);
	free(s->user);
	free(s->host);
	free(s->peer);
	free(s->path);
	s->user = s->host = s->path = NULL;
	s->scheme = str_dup(scheme->name);
	s->port = scheme->port;
	s->tls = scheme->tls;
	const char *rest = colon + 3;
	if (scheme->port == 0) {
		s->path = decoded(rest, strlen(rest));
		if (str_empty(s->path) || s->path[0] != '/')
			return error_set(err, ERROR_INPUT, "%s: needs a path that begins "
				"with '/'", url);
		return true;
	}
	if (!parse_server(s, rest, url, err))
		return false;
	if (!tls_off)
		return true;
	if (!is_loopback_name(s->host))
		return error_set(err, ERROR_INPUT, "%s: \"set tls off\" is only for a "
			"server on this machine", url);
	if (s->tls == REMOTE_TLS_START)
		s->tls = REMOTE_TLS_OFF;
	return true;
}

// --- what verbs return --------------------------------------------------------------

void
remote_folders_done(struct remote_folders *f)
{
	for (size_t i = 0; i < f->len; i++) {
		free(f->items[i].name);
		free(f->items[i].label);
	}
	free(f->items);
	*f = (struct remote_folders){ 0 };
}

void
remote_quotas_done(struct remote_quotas *q)
{
	for (size_t i = 0; i < q->len; i++) {
		free(q->items[i].root);
		free(q->items[i].resource);
	}
	free(q->items);
	*q = (struct remote_quotas){ 0 };
}

size_t
remote_ranges(const uint32_t *uids, size_t n, struct remote_range **ranges_r)
{
	struct remote_range *ranges = mem_alloc(n ? n : 1, sizeof(*ranges));
	size_t len = 0;
	for (size_t i = 0; i < n; i++) {
		if (len && uids[i] <= ranges[len - 1].to)
			continue;
		if (len && uids[i] == ranges[len - 1].to + 1)
			ranges[len - 1].to = uids[i];
		else
			ranges[len++] = (struct remote_range){ uids[i], uids[i] };
	}
	*ranges_r = ranges;
	return len;
}

void
remote_uid_map_done(struct remote_uid_map *m)
{
	free(m->from);
	free(m->to);
	*m = (struct remote_uid_map){ 0 };
}

struct remote_counters
remote_counters(const struct remote *r)
{
	return r->line ? line_counters(r->line) : (struct remote_counters){ 0 };
}

void
remote_words(struct buf *out, const char *words, size_t len)
{
	struct buf text = { 0 };
	utf8_filter_line(&text, words, len);
	size_t max = text.len < REMOTE_WORDS_MAX ? text.len : REMOTE_WORDS_MAX;
	// Not in the middle of a character.
	while (max < text.len && max > 0 && (text.data[max] & 0xc0) == 0x80)
		max--;
	buf_add(out, text.data, max);
	if (max < text.len)
		buf_str(out, "...");
	buf_done(&text);
}
