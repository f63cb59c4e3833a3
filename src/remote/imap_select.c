// SPDX-License-Identifier: GPL-3.0-or-later
// Making a folder current, and hearing by QRESYNC (RFC 7162) what changed since
// last time. The command is written by hand: the order of what a server tells
// decides whether it may be believed.
#include "config.h"

#include <stdlib.h>
#include <string.h>

#include "base/str.h"
#include "remote/imap.h"

struct selecting {
	struct remote_known known;
	struct remote_state state;
	bool asked;          // with QRESYNC
	bool waits;          // until [CLOSED]: what is told is of the folder before
	bool doubtful;       // a change came that could not be told on
	bool lasting_told;   // PERMANENTFLAGS
	struct flags lasting;
	const char *folder;
	uint32_t uid_end;
};

static void
select_lasting(struct selecting *s, struct slice values)
{
	struct scan scan = scan_of(values.data, values.len);
	s->state.keywords = parse_permanent(values);
	flags_done(&s->lasting);
	// A list that makes no sense forbids nothing.
	s->lasting_told = parse_flags(&scan, &s->lasting);
}

static void
select_code(struct selecting *s, const struct response *r)
{
	uint64_t value = 0;
	const struct { const char *name; uint32_t *where; } numbers[] = {
		{ "UIDVALIDITY", &s->state.uidvalidity },
		{ "UIDNEXT", &s->state.uidnext },
	};
	for (size_t i = 0; i < 2; i++) {
		if (slice_is(r->code, numbers[i].name) &&
		    parse_number(r->values, UINT32_MAX, &value))
			*numbers[i].where = (uint32_t)value;
	}
	if (slice_is(r->code, "HIGHESTMODSEQ") &&
	    parse_number(r->values, INT64_MAX, &value))
		s->state.highestmodseq = value;
	else if (slice_is(r->code, "NOMODSEQ"))
		s->state.highestmodseq = 0;
	else if (slice_is(r->code, "PERMANENTFLAGS"))
		select_lasting(s, r->values);
	else if (slice_is(r->code, "READ-ONLY"))
		s->state.read_only = true;
	else if (slice_is(r->code, "READ-WRITE"))
		s->state.read_only = false;
	else if (slice_is(r->code, "MAILBOXID"))
		(void)parse_object_id(r->values, s->state.object_id);
	else if (slice_is(r->code, "CLOSED"))
		s->waits = false;
}

// Changes count only once the UIDVALIDITY that they belong to was told.
static bool
believable(const struct imap *m, const struct selecting *s)
{
	return s->asked && m->qresync && s->state.uidvalidity &&
		s->state.uidvalidity == s->known.uidvalidity;
}

static void
select_vanished(struct imap *m, struct call *c, struct selecting *s,
	const struct response *r)
{
	uint64_t end = s->known.uidnext ? s->known.uidnext : s->state.uidnext;
	if (!believable(m, s) || !imap_vanished(m, c, r->rest, end))
		s->doubtful = true;
}

static void
select_fetch(struct imap *m, struct call *c, struct selecting *s,
	const struct response *r)
{
	struct fetched f;
	// Gmail's labels are not among them, should it ever tell changes so.
	if (parse_fetch(r->rest, &m->scratch, &f) && f.uid && f.has_flags &&
	    !(m->caps.bits & CAP_GMAIL) && believable(m, s)) {
		struct remote_message message = { .uid = f.uid, .modseq = f.modseq,
			.has_flags = true, .flags = &f.flags };
		if (f.uid >= s->uid_end && f.uid < UINT32_MAX)
			s->uid_end = f.uid + 1;
		if (c->sink && c->sink->message &&
		    !c->sink->message(c->sink->arg, &message))
			error_set(&c->failed, ERROR_CANCELLED, "cancelled");
	} else {
		s->doubtful = true;
	}
	fetched_done(&f);
}

static void
select_rights(const struct imap *m, struct selecting *s, struct slice rest)
{
	char *name;
	unsigned denied;
	if (!parse_myrights(rest, !(m->caps.bits & CAP_NEW_RIGHTS), &name, &denied))
		return;
	imap_took_name(m, &name);
	if (imap_same_folder(name, s->folder))
		s->state.denied = denied;
	free(name);
}

static bool
select_on(struct imap *m, struct call *c, const struct response *r,
	const struct wire_frame *f)
{
	struct selecting *s = c->arg;
	(void)f;
	if ((r->kind == RESPONSE_STATUS || r->kind == RESPONSE_TAGGED) &&
	    r->status == STATUS_OK) {
		select_code(s, r);
		return false;
	}
	if (r->kind != RESPONSE_DATA)
		return false;
	if (slice_is(r->name, "MYRIGHTS")) {
		select_rights(m, s, r->rest);
		return true;
	}
	if (s->waits)
		return true;
	if (slice_is(r->name, "EXISTS") && r->has_number)
		s->state.exists = r->number;
	else if (slice_is(r->name, "VANISHED"))
		select_vanished(m, c, s, r);
	else if (slice_is(r->name, "FETCH") && r->has_number)
		select_fetch(m, c, s, r);
	else
		return false;
	return true;
}

// What one may do in it is asked in the same turn, and is no reason to fail.
static bool
send_rights(struct imap *m, struct call *c, const char *folder, struct error *err)
{
	struct command command = { 0 };
	if (!(m->caps.bits & CAP_ACL))
		return true;
	command_text(&command, "MYRIGHTS ");
	imap_put_name(m, &command, folder);
	c->shrug = true;
	return imap_send(m, c, &command, err);
}

static void
select_command(struct imap *m, struct selecting *s, const char *folder,
	struct command *command)
{
	command_text(command, "SELECT ");
	imap_put_name(m, command, folder);
	s->asked = imap_will_qresync(m) && s->known.uidvalidity && s->known.highestmodseq;
	if (s->asked) {
		command_printf(command, " (QRESYNC (%u %llu", s->known.uidvalidity,
			(unsigned long long)s->known.highestmodseq);
		// Flags of what is new come with its header: not here as well.
		if (s->known.uidnext > 1)
			command_printf(command, " 1:%u", s->known.uidnext - 1);
		command_text(command, "))");
	} else if (m->caps.bits & CAP_CONDSTORE) {
		command_text(command, " (CONDSTORE)");
	}
}

static bool
select_once(struct imap *m, struct selecting *s, const struct remote_sink *sink,
	struct error *err)
{
	struct call c = { .on = select_on, .arg = s, .sink = sink };
	struct command command = { 0 };
	// Only a server that was told of QRESYNC says when the old folder ends.
	s->waits = m->folder && m->qresync;
	imap_forget_folder(m);
	select_command(m, s, s->folder, &command);
	return imap_send(m, &c, &command, err) && send_rights(m, &c, s->folder, err) &&
		imap_finish(m, &c, err);
}

// ENABLE goes in the same turn. Where it turns out not to have done what was hoped
// for, a server is right to refuse what follows from it.
static bool
select_twice(struct imap *m, struct selecting *s, const struct remote_sink *sink,
	struct error *err)
{
	struct remote_known known = s->known;
	struct error no = { 0 };
	if (select_once(m, s, sink, &no))
		return true;
	flags_done(&s->lasting);
	if (!s->asked || m->qresync || m->broken.kind || no.kind == ERROR_CANCELLED)
		return error_set(err, no.kind, "%s", no.text);
	*s = (struct selecting){ .known = known, .folder = s->folder };
	return select_once(m, s, sink, err);
}

bool
imap_select(struct remote *r, const char *folder, const struct remote_known *known,
	struct remote_state *state_r, const struct remote_sink *sink, struct error *err)
{
	struct imap *m = imap_of(r);
	struct selecting s = { .folder = folder };
	if (known)
		s.known = *known;
	if (!select_twice(m, &s, sink, err)) {
		flags_done(&s.lasting);
		return false;
	}
	m->permanent = s.lasting;
	s.state.permanent = s.lasting_told ? &m->permanent : NULL;
	if (!s.state.uidvalidity)
		return error_set(err, ERROR_REFUSED, "%s gives the folder's messages no "
			"lasting numbers (UIDVALIDITY)", str_or_empty(r->settings.host));
	m->folder = str_dup(folder);
	s.state.changes_told = believable(m, &s) && !s.doubtful && s.state.highestmodseq;
	m->state = s.state;
	m->uid_end = s.state.uidnext > s.uid_end ? s.state.uidnext : s.uid_end;
	m->caught_up = true;
	*state_r = s.state;
	return true;
}
