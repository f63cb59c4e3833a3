// SPDX-License-Identifier: GPL-3.0-or-later
// POP3 (RFC 1939, 2449, 2595): the connection, its security and the answers. A
// maildrop in the driver table: messages are numbers of a session.
#include "config.h"

#include "remote/pop3.h"

#include <stdlib.h>
#include <string.h>

#include "base/error.h"
#include "base/mem.h"
#include "base/str.h"
#include "loop/cancel.h"
#include "remote/line.h"

#define BANNER_MAX 255

static const char *
peer_of(const struct pop3 *p)
{
	return remote_peer(&p->base.settings);
}

// --- answers -----------------------------------------------------------------------

void
pop3_drop(struct pop3 *p)
{
	line_close(&p->base.line);
}

bool
pop3_connected(struct pop3 *p, struct error *err)
{
	return p->base.line != NULL ||
		error_set(err, ERROR_OFFLINE, "the connection to %s has ended",
			peer_of(p));
}

bool
pop3_nonsense(struct pop3 *p, const char *text, size_t len, struct error *err)
{
	struct buf words = {0};

	remote_words(&words, text, len);
	error_set(err, ERROR_OFFLINE, "%s does not speak POP3: \"%s\"", peer_of(p),
		buf_text(&words));
	buf_done(&words);
	pop3_drop(p);
	return false;
}

// "+OK", then nothing or a space.
static bool
begins(const char *text, const char *word, const char **rest_r)
{
	size_t len = strlen(word);

	if (strncmp(text, word, len) != 0 || (text[len] != ' ' && text[len] != '\0'))
		return false;
	*rest_r = text + len + (text[len] == ' ');
	return true;
}

bool
pop3_answer(struct pop3 *p, enum pop3_answer *answer_r, const char **text_r,
	struct error *err)
{
	static const struct { const char *word; enum pop3_answer answer; } words[] = {
		{ "+OK", POP3_OK }, { "-ERR", POP3_ERR }, { "+", POP3_CHALLENGE },
	};
	const char *text;
	size_t len;

	if (!pop3_connected(p, err) ||
	    !line_read(p->base.line, POP3_LINE_MAX, &text, &len, err))
		return false;
	for (size_t i = 0; i < sizeof(words) / sizeof(words[0]); i++) {
		if (begins(text, words[i].word, text_r)) {
			*answer_r = words[i].answer;
			return true;
		}
	}
	return pop3_nonsense(p, text, len, err);
}

// [IN-USE], [LOGIN-DELAY], [SYS/TEMP], [SYS/PERM] (RFC 2449 section 8, RFC 3206).
// Servers without codes say it in words, and a maildrop that is locked is no
// reason to ask for another password.
bool
pop3_is_temporary(const struct pop3 *p, const char *text)
{
	static const char *const codes[] = {
		"[IN-USE", "[LOGIN-DELAY", "[SYS/",
	};
	static const char *const words[] = { "lock", "in use", "busy", "temporar" };

	for (size_t i = 0; i < sizeof(codes) / sizeof(codes[0]); i++)
		if (str_has_prefix_nocase(text, codes[i]))
			return true;
	if ((p->capabilities & (POP3_RESP_CODES | POP3_AUTH_CODE)) != 0)
		return false;
	for (size_t i = 0; i < sizeof(words) / sizeof(words[0]); i++)
		if (str_find_nocase(text, words[i]) != NULL)
			return true;
	return false;
}

bool
pop3_refused(struct pop3 *p, const char *what, const char *text, struct error *err)
{
	struct buf words = {0};

	remote_words(&words, text, strlen(text));
	error_set(err, pop3_is_temporary(p, text) ? ERROR_OFFLINE : ERROR_REFUSED,
		"%s refused %s%s%s", str_or_empty(p->base.settings.host), what, words.len > 0 ? ": " : "",
		buf_text(&words));
	buf_done(&words);
	return false;
}

bool
pop3_expect(struct pop3 *p, const char *what, struct error *err)
{
	enum pop3_answer answer;
	const char *text;

	if (!pop3_answer(p, &answer, &text, err))
		return false;
	if (answer == POP3_CHALLENGE)
		return pop3_nonsense(p, "+", 1, err);
	return answer == POP3_OK || pop3_refused(p, what, text, err);
}

bool
pop3_list_line(struct pop3 *p, const char **text_r, size_t *len_r, bool *end_r,
	struct error *err)
{
	if (!pop3_connected(p, err) ||
	    !line_read(p->base.line, POP3_LINE_MAX, text_r, len_r, err))
		return false;
	*end_r = *len_r == 1 && (*text_r)[0] == '.';
	if (!*end_r && *len_r > 0 && (*text_r)[0] == '.') {
		(*text_r)++;
		(*len_r)--;
	}
	return true;
}

// --- what the server can do ----------------------------------------------------------

static const struct {
	const char *word;
	enum pop3_capability capability;
} capabilities[] = {
	{ "STLS", POP3_STLS },
	{ "USER", POP3_USER },
	{ "TOP", POP3_TOP },
	{ "UIDL", POP3_UIDL },
	{ "PIPELINING", POP3_PIPELINING },
	{ "RESP-CODES", POP3_RESP_CODES },
	{ "AUTH-RESP-CODE", POP3_AUTH_CODE },
};

static void
capability_take(struct pop3 *p, const char *text)
{
	size_t len = strcspn(text, " ");
	char *word = str_ndup(text, len);

	for (size_t i = 0; i < sizeof(capabilities) / sizeof(capabilities[0]); i++)
		if (str_equal_nocase(capabilities[i].word, word))
			p->capabilities |= capabilities[i].capability;
	if (str_equal_nocase(word, "SASL"))
		str_set(&p->sasl, text[len] == ' ' ? text + len + 1 : "");
	free(word);
}

static void
capabilities_forget(struct pop3 *p)
{
	p->capabilities = 0;
	str_set(&p->sasl, NULL);
}

// What it tells replaces what was told before.
static bool
capa(struct pop3 *p, struct error *err)
{
	enum pop3_answer answer;
	const char *text;
	size_t len;
	bool end;

	line_put_str(p->base.line, "CAPA\r\n");
	if (!pop3_answer(p, &answer, &text, err))
		return false;
	if (answer != POP3_OK)
		return true; // an old server, or one that tells it before the login
	capabilities_forget(p);
	p->capabilities = POP3_CAPA;
	for (int lines = 0; lines <= POP3_CAPA_MAX; lines++) {
		if (!pop3_list_line(p, &text, &len, &end, err))
			return false;
		if (end)
			return true;
		capability_take(p, text);
	}
	pop3_drop(p);
	return error_set(err, ERROR_OFFLINE, "%s lists capabilities without end",
		peer_of(p));
}

static bool
start_tls(struct pop3 *p, struct remote_certificate *certificate_r, struct error *err)
{
	if ((p->capabilities & POP3_CAPA) != 0 && (p->capabilities & POP3_STLS) == 0)
		return error_set(err, ERROR_OFFLINE, "%s, or somebody in between, "
			"offers no TLS: nothing is sent in clear", peer_of(p));
	line_put_str(p->base.line, "STLS\r\n");
	if (!pop3_expect(p, "TLS", err)) {
		if (err != NULL && err->kind == ERROR_REFUSED)
			err->kind = ERROR_OFFLINE;
		return false;
	}
	// All of it could be anybody's, the greeting too.
	capabilities_forget(p);
	str_set(&p->banner, NULL);
	return line_start_tls(p->base.line, certificate_r, err) && capa(p, err);
}

// --- opening and closing ---------------------------------------------------------------

// RFC 1939 section 7: a msg-id. Only one that looks like it, so that nobody gets
// MD5 of the password behind a text of his choice.
static char *
banner_of(const char *greeting)
{
	const char *from = strrchr(greeting, '<');
	const char *to = from == NULL ? NULL : strchr(from, '>');
	bool at = false;

	if (to == NULL || to - from > BANNER_MAX)
		return NULL;
	for (const char *c = from; c <= to; c++) {
		if (*c <= ' ' || *c >= 0x7f)
			return NULL;
		at |= *c == '@';
	}
	return at ? str_ndup(from, (size_t)(to - from) + 1) : NULL;
}

static bool
greeting(struct pop3 *p, struct error *err)
{
	enum pop3_answer answer;
	const char *text;

	if (!pop3_answer(p, &answer, &text, err))
		return false;
	if (answer == POP3_CHALLENGE)
		return pop3_nonsense(p, "+", 1, err);
	if (answer == POP3_ERR) {
		pop3_refused(p, "to talk to us", text, err);
		if (err != NULL)
			err->kind = ERROR_OFFLINE;
		return false;
	}
	p->banner = banner_of(text);
	return true;
}

bool
pop3_begin(struct pop3 *p, struct remote_certificate *certificate_r, struct error *err)
{
	p->messages = ARRAY_OF(struct pop3_message);
	if (!greeting(p, err) || !capa(p, err))
		return false;
	if (p->base.settings.tls == REMOTE_TLS_START &&
	    !start_tls(p, certificate_r, err))
		return false;
	// What a server can do may depend on who asks.
	return pop3_login(p, err) && capa(p, err);
}

void
pop3_forget(struct pop3 *p)
{
	for (size_t i = 0; i < p->messages.len; i++)
		free(((struct pop3_message *)array_at(&p->messages, i))->uidl);
	array_done(&p->messages);
	p->messages = ARRAY_OF(struct pop3_message);
	p->selected = false;
}

static void
pop3_free(struct pop3 *p)
{
	pop3_drop(p);
	pop3_forget(p);
	free(p->sasl);
	free(p->banner);
	remote_settings_done(&p->base.settings);
	free(p);
}

static void
pop3_close(struct remote **r)
{
	struct pop3 *p = pop3_of(*r);

	*r = NULL;
	if (p == NULL)
		return;
	// QUIT would remove what DELE marked, and nobody would know whether.
	if (p->base.line != NULL && p->removed == 0)
		line_last_words(p->base.line, "QUIT\r\n");
	pop3_free(p);
}

static bool
pop3_open(struct remote **r_r, const struct remote_settings *settings,
	struct cancel *cancel, struct remote_certificate *certificate_r,
	struct error *err)
{
	struct pop3 *p = mem_new(struct pop3);

	*r_r = NULL;
	p->base.driver = &remote_pop3;
	p->base.cancel = cancel;
	remote_settings_copy(&p->base.settings, settings);
	if (!line_open(&p->base.line, &p->base.settings, cancel, certificate_r, err) ||
	    !pop3_begin(p, certificate_r, err)) {
		pop3_free(p);
		return false;
	}
	*r_r = &p->base;
	return true;
}

static unsigned
pop3_abilities(struct remote *r)
{
	(void)r;
	return REMOTE_DROP;
}

// --- the verbs that POP3 has not -------------------------------------------------------

static bool
no_such_verb(struct error *err)
{
	return error_set(err, ERROR_REFUSED, "a POP3 server cannot do that");
}

static bool
pop3_structure(struct remote *r, uint32_t uid, struct part **root_r, struct error *err)
{
	(void)r;
	(void)uid;
	*root_r = NULL;
	return error_set(err, ERROR_INPUT, "a POP3 server takes no message apart");
}

static bool
pop3_store_flags(struct remote *r, struct remote_set set,
	const struct flag_change *change, const struct remote_sink *sink,
	struct error *err)
{
	(void)r;
	(void)set;
	(void)change;
	(void)sink;
	return no_such_verb(err);
}

static bool
pop3_transfer(struct remote *r, struct remote_set set, const char *target,
	struct remote_uid_map *map_r, struct error *err)
{
	(void)r;
	(void)set;
	(void)target;
	*map_r = (struct remote_uid_map){0};
	return no_such_verb(err);
}

static bool
pop3_append(struct remote *r, const char *folder, const struct flags *flags,
	int64_t received, uint64_t size,
	bool (*next)(void *arg, const void **bytes_r, size_t *len_r), void *arg,
	uint32_t *uidvalidity_r, uint32_t *uid_r, struct error *err)
{
	(void)r;
	(void)folder;
	(void)flags;
	(void)received;
	(void)size;
	(void)next;
	(void)arg;
	(void)uidvalidity_r;
	(void)uid_r;
	return no_such_verb(err);
}

static bool
pop3_find(struct remote *r, const char *message_id, uint32_t from, uint32_t **uids_r,
	size_t *n_r, struct error *err)
{
	(void)r;
	(void)message_id;
	(void)from;
	*uids_r = NULL;
	*n_r = 0;
	return no_such_verb(err);
}

static bool
pop3_folder_change(struct remote *r, const char *name, struct error *err)
{
	(void)r;
	(void)name;
	return no_such_verb(err);
}

static bool
pop3_folder_rename(struct remote *r, const char *from, const char *to,
	struct error *err)
{
	(void)r;
	(void)from;
	(void)to;
	return no_such_verb(err);
}

static bool
pop3_folder_subscribe(struct remote *r, const char *name, bool on, struct error *err)
{
	(void)r;
	(void)name;
	return on || no_such_verb(err);
}

static char *
pop3_folder_name(struct remote *r, const char *label)
{
	(void)r;
	return str_equal_nocase(label, "INBOX") ? str_dup("INBOX") : NULL;
}

// A maildrop does not change while it is open; what comes is a goodbye.
static bool
pop3_watch(struct remote *r, int timeout_ms, struct cancel *wake, bool *changed_r,
	const struct remote_sink *sink, struct error *err)
{
	struct pop3 *p = pop3_of(r);
	enum line_event event;
	(void)sink;

	*changed_r = false;
	if (!pop3_connected(p, err) ||
	    !line_wait(p->base.line, timeout_ms, wake, &event, err))
		return false;
	if (event != LINE_READY)
		return true;
	pop3_drop(p);
	return error_set(err, ERROR_OFFLINE, "%s ended the session", peer_of(p));
}

static bool
pop3_noop(struct remote *r, const struct remote_sink *sink, struct error *err)
{
	struct pop3 *p = pop3_of(r);
	(void)sink;

	if (!pop3_connected(p, err))
		return false;
	line_put_str(p->base.line, "NOOP\r\n");
	return pop3_expect(p, "to go on", err);
}

const struct remote_driver remote_pop3 = {
	.name = "pop3",
	.open = pop3_open,
	.close = pop3_close,
	.abilities = pop3_abilities,
	.folders = pop3_folders,
	.status = pop3_status,
	.select = pop3_select,
	.fetch = pop3_fetch,
	.structure = pop3_structure,
	.fetch_part = pop3_fetch_part,
	.fetch_raw = pop3_fetch_raw,
	.store_flags = pop3_store_flags,
	.copy = pop3_transfer,
	.move = pop3_transfer,
	.expunge = pop3_expunge,
	.append = pop3_append,
	.find = pop3_find,
	.folder_create = pop3_folder_change,
	.folder_rename = pop3_folder_rename,
	.folder_delete = pop3_folder_change,
	.folder_subscribe = pop3_folder_subscribe,
	.folder_name = pop3_folder_name,
	.watch = pop3_watch,
	.noop = pop3_noop,
	.commit = pop3_commit,
};
