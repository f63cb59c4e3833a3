// SPDX-License-Identifier: GPL-3.0-or-later
// Runs commands: keeps tags and answers together however the server orders them,
// and takes in what it tells of the folder while it answers something else.
#include "config.h"

#include <stdlib.h>
#include <string.h>

#include "base/log.h"
#include "base/str.h"
#include "remote/imap.h"
#include "remote/line.h"
#include "remote/mutf7.h"

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

// --- the folder's news -------------------------------------------------------------

void
imap_saw_uid(struct imap *m, uint32_t uid)
{
	if (uid >= m->uid_end && uid < UINT32_MAX)
		m->uid_end = uid + 1;
}

static void
news_exists(struct imap *m, struct call *c, const struct response *r)
{
	if (r->number != m->state.exists)
		c->noticed = true;
	if (r->number > m->state.exists)
		m->arrived = true;
	m->state.exists = r->number;
}

static void
news_expunge(struct imap *m, struct call *c, const struct response *r)
{
	if (r->number == 0 || r->number > m->state.exists)
		return; // of a message that never was
	m->state.exists--;
	m->expunges++;
	c->noticed = true;
}

static void
vanished_tell(void *arg, const uint32_t *uids, size_t n)
{
	struct call *c = arg;
	if (c->sink && c->sink->gone)
		c->sink->gone(c->sink->arg, uids, n);
	else
		c->noticed = true;
}

bool
imap_vanished(struct imap *m, struct call *c, struct slice rest, uint64_t end)
{
	size_t n = 0;
	bool earlier;
	bool ok = parse_vanished(rest, end, &earlier, &n, vanished_tell, c);
	if (!earlier) {
		m->state.exists -= n < m->state.exists ? (uint32_t)n : m->state.exists;
		m->expunges++;
	}
	return ok;
}

static void
news_vanished(struct imap *m, struct call *c, const struct response *r)
{
	if (!imap_vanished(m, c, r->rest, m->uid_end))
		c->noticed = true;
}

static void
news_fetch(struct imap *m, struct call *c, const struct response *r)
{
	struct fetched f;
	bool ok = parse_fetch(r->rest, &m->scratch, &f);
	if (ok && f.uid && (f.has_flags || f.modseq) && c->sink && c->sink->message) {
		struct remote_message message = {
			.uid = f.uid, .modseq = f.modseq, .has_flags = f.has_flags,
			.flags = &f.flags,
		};
		imap_saw_uid(m, f.uid);
		if (!c->sink->message(c->sink->arg, &message))
			error_set(&c->failed, ERROR_CANCELLED, "cancelled");
	} else {
		c->noticed = true;
	}
	fetched_done(&f);
}

// --- news of other folders (RFC 5465) ------------------------------------------------------

static void
tell_tree(struct imap *m, struct call *c)
{
	m->tree_changed = !c->sink || !c->sink->folder;
	if (!m->tree_changed)
		c->sink->folder(c->sink->arg, NULL);
}

static void
news_status(struct imap *m, struct call *c, const struct response *r)
{
	struct remote_folder counts = { 0 };
	char *name;
	if (!m->notifying || !parse_status(r->rest, &name, &counts))
		return;
	imap_took_name(m, &name);
	counts.name = name;
	if (!c->sink || !c->sink->folder)
		m->tree_changed = true;
	else if (!m->folder || !imap_same_folder(m->folder, name))
		c->sink->folder(c->sink->arg, &counts);
	free(name);
}

// One was made, renamed, removed or subscribed.
static void
news_list(struct imap *m, struct call *c, const struct response *r)
{
	(void)r;
	if (m->notifying)
		tell_tree(m, c);
}

static const struct {
	const char *name;
	bool number, folder;
	void (*take)(struct imap *m, struct call *c, const struct response *r);
} news[] = {
	{ "EXISTS", true, true, news_exists },
	{ "EXPUNGE", true, true, news_expunge },
	{ "VANISHED", false, true, news_vanished },
	{ "FETCH", true, true, news_fetch },
	{ "STATUS", false, false, news_status },
	{ "LIST", false, false, news_list },
};

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
		tell_tree(m, c);
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
	for (size_t i = 0; i < sizeof(news) / sizeof(news[0]); i++) {
		if (slice_is(r->name, news[i].name) && news[i].number == r->has_number &&
		    (m->folder || !news[i].folder))
			news[i].take(m, c, r);
	}
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
		str_or_empty(m->base.settings.host), buf_text(&words));
	buf_done(&words);
	return false;
}

static bool
take_tagged(struct imap *m, struct call *c, const struct response *r,
	struct error *err)
{
	size_t i = 0;
	while (i < c->n_tags && c->tags[i] != r->tag)
		i++;
	if (i == c->n_tags)
		return error_set(err, ERROR_OFFLINE, "%s answered what it was not asked",
			str_or_empty(m->base.settings.host));
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
				str_or_empty(m->base.settings.host));
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
			str_or_empty(m->base.settings.host));
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

void
imap_tell(struct imap *m, struct call *c)
{
	if (m->tree_changed && c->sink && c->sink->folder)
		tell_tree(m, c);
	bool noticed = c->noticed || m->changed;
	c->noticed = false;
	m->changed = false;
	if (!noticed)
		return;
	if (c->sink && c->sink->noticed)
		c->sink->noticed(c->sink->arg);
	else
		m->changed = true;
}

bool
imap_finish(struct imap *m, struct call *c, struct error *err)
{
	while (c->n_tags > 0) {
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
imap_put_name(const struct imap *m, struct command *command, const char *name)
{
	struct buf text = { 0 };
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
