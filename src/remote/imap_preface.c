// SPDX-License-Identifier: GPL-3.0-or-later
// What is said once on each connection, in the same turn as the first thing that
// somebody wants to know: ENABLE, ID, NOTIFY before it and COMPRESS behind it. None of
// it is worth failing for.
#include "config.h"

#include <string.h>

#include "base/str.h"
#include "remote/imap.h"
#include "remote/line.h"

bool
imap_enabled(struct imap *m, const struct response *r)
{
	if (r->kind != RESPONSE_DATA || !slice_is(r->name, "ENABLED"))
		return false;
	struct scan s = scan_of(r->rest.data, r->rest.len);
	struct slice word;
	for (scan_spaces(&s); !scan_done(&s) && scan_word(&s, &word); scan_spaces(&s)) {
		if (slice_is(word, "QRESYNC"))
			m->qresync = true;
		else if (slice_is(word, "UTF8=ACCEPT"))
			m->utf8 = true;
	}
	return true;
}

bool
imap_will_qresync(const struct imap *m)
{
	return m->qresync ||
		(m->preface & PREFACE_ENABLE && m->caps.bits & CAP_QRESYNC);
}

// --- before ---------------------------------------------------------------------------

static void
put_enable(struct imap *m, struct command *command)
{
	command_printf(command, "ENABLE%s%s",
		m->caps.bits & CAP_QRESYNC ? " QRESYNC CONDSTORE" : "",
		m->caps.bits & CAP_UTF8_ACCEPT ? " UTF8=ACCEPT" : "");
}

// RFC 2971: our name and version, and nothing of the person or the machine. On each
// connection: NetEase (163.com, 126.com) refuses SELECT ("Unsafe Login") on one that
// did not say it.
static void
put_id(struct imap *m, struct command *command)
{
	const char *name = m->base.settings.client_name;
	command_text(command, "ID (\"name\" ");
	command_string(command, str_empty(name) ? PACKAGE_NAME : name);
	command_text(command, " \"version\" ");
	command_string(command, PACKAGE_VERSION);
	command_text(command, ")");
}

// The first news may come before its OK.
static void
put_notify(struct imap *m, struct command *command)
{
	imap_put_notify(command, NOTIFY_ALL, false);
	m->notifying = true;
}

static const struct {
	enum imap_preface bit;
	void (*put)(struct imap *m, struct command *command);
} prefaces[] = {
	{ PREFACE_ENABLE, put_enable },
	{ PREFACE_ID, put_id },
	{ PREFACE_NOTIFY, put_notify },
};

static uint32_t
say(struct imap *m, struct command *command)
{
	uint32_t tag = imap_put(m, command);
	m->asides[m->n_asides++] = tag;
	return tag;
}

bool
imap_preface(struct imap *m, struct error *err)
{
	if (m->broken.kind) {
		if (err)
			*err = m->broken;
		return false;
	}
	for (size_t i = 0; i < sizeof(prefaces) / sizeof(prefaces[0]); i++) {
		struct command command = { 0 };
		if (!(m->preface & prefaces[i].bit) || m->n_asides == IMAP_ASIDES)
			continue;
		m->preface &= ~(unsigned)prefaces[i].bit;
		prefaces[i].put(m, &command);
		uint32_t tag = say(m, &command);
		if (prefaces[i].bit == PREFACE_NOTIFY)
			m->notify = tag;
	}
	return true;
}

// --- behind ---------------------------------------------------------------------------

// RFC 4978: what stands behind its answer is compressed already, so nothing may be
// said until that came.
bool
imap_postface(struct imap *m, struct error *err)
{
	struct command command = { 0 };
	if (!(m->preface & PREFACE_COMPRESS) || m->n_asides == IMAP_ASIDES)
		return true;
	if (m->broken.kind) {
		if (err)
			*err = m->broken;
		return false;
	}
	m->preface &= ~(unsigned)PREFACE_COMPRESS;
	command_text(&command, "COMPRESS DEFLATE");
	m->compress = say(m, &command);
	return true;
}

// --- answers --------------------------------------------------------------------------

bool
imap_aside(struct imap *m, const struct response *r)
{
	size_t i = 0;
	while (i < m->n_asides && m->asides[i] != r->tag)
		i++;
	if (i == m->n_asides)
		return false;
	memmove(&m->asides[i], &m->asides[i + 1],
		(--m->n_asides - i) * sizeof(m->asides[0]));
	bool done = r->status == STATUS_OK;
	// The change is made in the very moment that the answer is read.
	if (r->tag == m->compress && done)
		line_start_deflate(m->base.line);
	// watch() asks again, and for less.
	if (r->tag == m->notify && !done)
		m->notifying = false;
	return true;
}
