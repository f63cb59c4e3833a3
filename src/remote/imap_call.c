// SPDX-License-Identifier: GPL-3.0-or-later
// Runs commands: keeps tags and answers together however the server orders them,
// and takes in what it tells of the folder while it answers something else.
#include "config.h"

#include <stdlib.h>
#include <string.h>

#include "base/log.h"
#include "base/mutf7.h"
#include "base/str.h"
#include "remote/imap.h"
#include "remote/line.h"

// --- what a refusal means --------------------------------------------------------

// RFC 5530 and others; what is not here is REFUSED.
static const struct { const char *code; enum error_kind kind; } refusals[] = {
	{ "NONEXISTENT", ERROR_GONE },
	{ "TRYCREATE", ERROR_GONE },
	{ "EXPUNGEISSUED", ERROR_GONE },
	{ "UNAVAILABLE", ERROR_OFFLINE },
	{ "INUSE", ERROR_OFFLINE },
	{ "AUTHENTICATIONFAILED", ERROR_AUTH },
	{ "AUTHORIZATIONFAILED", ERROR_AUTH },
	{ "EXPIRED", ERROR_AUTH },
};

// Many servers give no code with their "no such folder".
static bool
sounds_gone(struct slice text)
{
	static const char *const phrases[] = {
		"doesn't exist", "does not exist", "not exist", "no such", "unknown mailbox",
		"nonexistent", "not found",
	};
	char *words = str_ndup(text.data, text.len);
	bool found = false;
	for (size_t i = 0; i < sizeof(phrases) / sizeof(phrases[0]); i++)
		found = found || str_find_nocase(words, phrases[i]);
	free(words);
	return found;
}

static void
call_refused(struct imap *m, struct call *c, const struct response *r)
{
	if (c->failed.kind)
		return;
	enum error_kind kind = ERROR_REFUSED;
	for (size_t i = 0; i < sizeof(refusals) / sizeof(refusals[0]); i++) {
		if (r->status == STATUS_NO && slice_is(r->code, refusals[i].code))
			kind = refusals[i].kind;
	}
	if (r->status == STATUS_NO && !r->code.len && sounds_gone(r->text))
		kind = ERROR_GONE;
	struct buf words = { 0 };
	remote_words(&words, r->text.data, r->text.len);
	error_set(&c->failed, kind, "%s %s: %s", str_or_empty(m->base.settings.host),
		r->status == STATUS_BAD ? "did not understand" : "refused",
		words.len ? buf_text(&words) : "it does not say why");
	buf_done(&words);
}

// --- codes and data ----------------------------------------------------------------

static void
take_capabilities(struct imap *m, struct slice words)
{
	parse_capabilities(&m->caps, words);
	wire_literals(m->wire, m->caps.bits & CAP_LITERAL_PLUS,
		m->caps.bits & CAP_LITERAL_MINUS);
}

static void
take_code(struct imap *m, struct call *c, const struct response *r)
{
	uint64_t value;
	if (slice_is(r->code, "CAPABILITY")) {
		take_capabilities(m, r->values);
	} else if (slice_is(r->code, "HIGHESTMODSEQ") && m->folder) {
		if (parse_number(r->values, INT64_MAX, &value))
			m->state.highestmodseq = value;
	} else if (slice_is(r->code, "NOTIFICATIONOVERFLOW")) {
		// It tells no more, and we do not ask it to again.
		m->notifying = false;
		m->caps.bits &= ~CAP_NOTIFY;
		c->noticed = true;
		imap_tell_tree(m, c);
	} else if (slice_is(r->code, "ALERT")) {
		struct buf words = { 0 };
		remote_words(&words, r->text.data, r->text.len);
		log_info("%s says: %s", str_or_empty(m->base.settings.host),
			buf_text(&words));
		buf_done(&words);
	}
}

static void
take_data(struct imap *m, struct call *c, const struct response *r)
{
	if (slice_is(r->name, "CAPABILITY")) {
		take_capabilities(m, r->rest);
		return;
	}
	if (!imap_enabled(m, r))
		imap_news(m, c, r);
}

// --- answers ------------------------------------------------------------------------

static bool
take_bye(struct imap *m, const struct response *r, struct error *err)
{
	if (m->leaving)
		return true;
	struct buf words = { 0 };
	remote_words(&words, r->text.data, r->text.len);
	error_set(err, ERROR_OFFLINE, "%s said goodbye: %s",
		remote_peer(&m->base.settings), buf_text(&words));
	buf_done(&words);
	return false;
}

static bool
take_tagged(struct imap *m, struct call *c, const struct response *r,
	struct error *err)
{
	size_t i = 0;
	if (imap_aside(m, r)) {
		if (m->trusted && r->status == STATUS_OK)
			take_code(m, c, r);
		return true;
	}
	while (i < c->n_tags && c->tags[i] != r->tag)
		i++;
	if (i == c->n_tags)
		return error_set(err, ERROR_OFFLINE, "%s answered what it was not asked",
			remote_peer(&m->base.settings));
	memmove(&c->tags[i], &c->tags[i + 1], (--c->n_tags - i) * sizeof(c->tags[0]));
	if (r->status != STATUS_OK && r->tag != c->shrugged)
		call_refused(m, c, r);
	else if (m->trusted && r->status == STATUS_OK)
		take_code(m, c, r);
	return true;
}

static bool
take_untagged(struct imap *m, struct call *c, const struct response *r,
	struct error *err)
{
	switch (r->kind) {
	case RESPONSE_CONTINUE:
		m->continued = true;
		buf_clear(&m->challenge);
		buf_add(&m->challenge, r->text.data, r->text.len);
		return true;
	case RESPONSE_STATUS:
		if (r->status == STATUS_BYE)
			return take_bye(m, r, err);
		if (m->trusted)
			take_code(m, c, r);
		return true;
	case RESPONSE_DATA:
		if (m->trusted)
			take_data(m, c, r);
		return true;
	default:
		// Some servers let a stray line through; a stream of them is no IMAP.
		if (++m->nonsense > IMAP_NONSENSE_MAX)
			return error_set(err, ERROR_OFFLINE, "%s does not speak IMAP",
				remote_peer(&m->base.settings));
		return true;
	}
}

static bool
step(struct imap *m, struct call *c, struct error *err)
{
	struct wire_frame frame;
	struct response r;
	if (!wire_read(m->wire, &frame, err))
		return false;
	parse_response(&r, frame.data, frame.len);
	bool taken = m->trusted && c->on && c->on(m, c, &r, &frame);
	bool ok = true;
	if (r.kind == RESPONSE_TAGGED)
		ok = take_tagged(m, c, &r, err);
	else if (!taken)
		ok = take_untagged(m, c, &r, err);
	if (!ok)
		return false;
	// A verb that gave up in the middle: answers to it are still to come, so
	// the connection is not worth keeping.
	if (c->failed.kind == ERROR_CANCELLED ||
	    (c->failed.kind == ERROR_OFFLINE && r.kind != RESPONSE_TAGGED)) {
		*err = c->failed;
		return false;
	}
	return true;
}

bool
imap_step(struct imap *m, struct call *c, struct error *err)
{
	if (!m->broken.kind && step(m, c, &m->broken))
		return true;
	if (!m->broken.kind)
		error_set(&m->broken, ERROR_OFFLINE, "%s is gone",
			remote_peer(&m->base.settings));
	if (err)
		*err = m->broken;
	return false;
}

// --- commands ---------------------------------------------------------------------------

static bool
under_way(const struct call *c, uint32_t tag)
{
	for (size_t i = 0; i < c->n_tags; i++) {
		if (c->tags[i] == tag)
			return true;
	}
	return false;
}

uint32_t
imap_put(struct imap *m, struct command *command)
{
	uint32_t tag = wire_next_tag(m->wire);
	size_t piece = 0;
	(void)wire_put_command(m->wire, tag, command, &piece);
	command_done(command);
	return tag;
}

bool
imap_send(struct imap *m, struct call *c, struct command *command, struct error *err)
{
	if (command->bad) {
		command_done(command);
		return error_set(err, ERROR_INPUT,
			"a name with a line end or control character cannot be sent");
	}
	bool ok = !m->broken.kind;
	if (!ok && err)
		*err = m->broken;
	ok = ok && imap_preface(m, err);
	while (ok && c->n_tags == IMAP_PIPELINE)
		ok = imap_step(m, c, err);
	uint32_t tag = wire_next_tag(m->wire);
	size_t piece = 0;
	if (ok)
		c->tags[c->n_tags++] = tag;
	if (c->shrug)
		c->shrugged = tag;
	c->shrug = false;
	while (ok && !wire_put_command(m->wire, tag, command, &piece)) {
		// The literal goes when the server asks for it. It may refuse.
		m->continued = false;
		while (ok && !m->continued && under_way(c, tag))
			ok = imap_step(m, c, err);
		if (ok && !m->continued)
			break; // imap_finish tells why
	}
	command_done(command);
	return ok;
}

bool
imap_finish(struct imap *m, struct call *c, struct error *err)
{
	m->caught_up = false; // until the verb says so
	if (c->n_tags > 0 && !imap_postface(m, err))
		return false;
	while (c->n_tags > 0 || m->n_asides > 0) {
		if (!imap_step(m, c, err))
			return false;
	}
	imap_tell(m, c);
	if (c->failed.kind && err)
		*err = c->failed;
	return !c->failed.kind;
}

bool
imap_run(struct imap *m, struct call *c, struct command *command, struct error *err)
{
	return imap_send(m, c, command, err) && imap_finish(m, c, err);
}

// --- small things -------------------------------------------------------------------------

bool
imap_selected(const struct imap *m, struct error *err)
{
	return m->folder || error_set(err, ERROR_INPUT, "no folder is selected");
}

void
imap_forget_folder(struct imap *m)
{
	free(m->folder);
	m->folder = NULL;
	m->state = (struct remote_state){ 0 };
	flags_done(&m->permanent);
	m->uid_end = 0;
	m->changed = m->arrived = false;
}

void
imap_put_name(struct imap *m, struct command *command, const char *name)
{
	struct buf text = { 0 };
	// How it is spelled depends on an answer that is still to come. What fails here
	// fails again with the command.
	struct call c = { 0 };
	if (m->preface & PREFACE_ENABLE && m->caps.bits & CAP_UTF8_ACCEPT &&
	    strchr(name, '&') && imap_preface(m, NULL))
		(void)imap_finish(m, &c, NULL);
	command->utf8 = m->utf8;
	bool wide = m->utf8 && mutf7_decode(&text, name);
	command_string(command, wide ? buf_text(&text) : name);
	buf_done(&text);
}

void
imap_took_name(const struct imap *m, char **name)
{
	struct buf text = { 0 };
	if (m->utf8 && mutf7_encode(&text, *name))
		str_set(name, buf_text(&text));
	buf_done(&text);
}

bool
imap_same_folder(const char *a, const char *b)
{
	return str_equal(a, b) || (str_equal_nocase(a, "INBOX") &&
		str_equal_nocase(b, "INBOX"));
}

bool
set_has(struct remote_set set, uint32_t uid)
{
	size_t low = 0, high = set.n;
	while (low < high) {
		size_t middle = low + (high - low) / 2;
		if (uid < set.ranges[middle].from)
			high = middle;
		else if (uid > set.ranges[middle].to)
			low = middle + 1;
		else
			return true;
	}
	return false;
}
