// SPDX-License-Identifier: GPL-3.0-or-later
// Waiting for news: IDLE (RFC 2177), begun again before a server forgets us, or
// looking every minute where there is none; with NOTIFY of all folders at once.
#include "config.h"

#include "base/error.h"
#include "base/when.h"
#include "loop/cancel.h"
#include "remote/imap.h"
#include "remote/line.h"

struct watching {
	const struct remote_sink *inner;
	bool changed;
};

// What comes is told on, and known to have come.
static bool
watch_message(void *arg, struct remote_message *message)
{
	struct watching *w = arg;
	w->changed = true;
	return !w->inner || !w->inner->message ||
		w->inner->message(w->inner->arg, message);
}

static void
watch_gone(void *arg, const uint32_t *uids, size_t n)
{
	struct watching *w = arg;
	w->changed = true;
	if (w->inner && w->inner->gone)
		w->inner->gone(w->inner->arg, uids, n);
}

static void
watch_noticed(void *arg)
{
	struct watching *w = arg;
	w->changed = true;
	if (w->inner && w->inner->noticed)
		w->inner->noticed(w->inner->arg);
}

static void
watch_folder(void *arg, const struct remote_folder *folder)
{
	struct watching *w = arg;
	w->inner->folder(w->inner->arg, folder);
}

static int
left_until(int64_t deadline, int most)
{
	if (deadline == WHEN_NEVER)
		return most;
	int64_t left = deadline - when_boot_ms();
	return left < 0 ? 0 : left < most ? (int)left : most;
}

// --- all folders (RFC 5465) --------------------------------------------------------

// Expunges of the selected folder wait for IDLE: message numbers of a command under
// way must not move. With STATUS the counts of now come first, so nothing is missed.
void
imap_put_notify(struct command *command, const char *events, bool counts_first)
{
	command_printf(command, "NOTIFY SET%s (selected-delayed (" NOTIFY_COUNTS ")) "
		"(personal (%s)) (subscribed (%s))", counts_first ? " STATUS" : "",
		events, events);
}

static bool
notify_set(struct imap *m, struct call *c, const char *events, struct error *err)
{
	struct command command = { 0 };
	imap_put_notify(&command, events, true);
	m->notifying = true; // the first news comes before the OK
	bool ok = imap_run(m, c, &command, err);
	m->notifying = ok;
	return ok;
}

bool
imap_listen(struct remote *r, struct error *err)
{
	struct imap *m = imap_of(r);
	(void)err;
	if (!m->notifying && m->caps.bits & CAP_NOTIFY)
		m->preface |= PREFACE_NOTIFY;
	return true;
}

// Once on a connection. A server that cannot is not asked again.
static bool
notify_begin(struct imap *m, struct call *c, struct error *err)
{
	static const char *const events[] = {
		NOTIFY_ALL, NOTIFY_COUNTS,
	};
	struct error no = { 0 };
	if (m->notifying || !(m->caps.bits & CAP_NOTIFY))
		return true;
	m->preface &= ~(unsigned)PREFACE_NOTIFY;
	for (size_t i = 0; i < sizeof(events) / sizeof(events[0]); i++) {
		no = c->failed = (struct error){ 0 };
		if (notify_set(m, c, events[i], &no))
			return true;
		if (m->broken.kind) {
			if (err != NULL)
				*err = no;
			return false;
		}
	}
	c->failed = (struct error){ 0 };
	m->caps.bits &= ~CAP_NOTIFY;
	return true;
}

// --- IDLE --------------------------------------------------------------------------

// One IDLE: true with *event_r when it ended in order.
static bool
idle(struct imap *m, struct call *c, struct watching *w, int ms,
	const struct cancel *wake, enum line_event *event_r, struct error *err)
{
	struct command command = { 0 };
	command_text(&command, "IDLE");
	m->continued = false;
	if (!imap_send(m, c, &command, err))
		return false;
	while (!m->continued && c->n_tags > 0) {
		if (!imap_step(m, c, err))
			return false;
	}
	if (c->n_tags == 0) {
		// Refused, or over as soon as begun: look every minute instead.
		m->caps.bits &= ~CAP_IDLE;
		c->failed = (struct error){ 0 };
		return imap_finish(m, c, err);
	}
	int64_t until = when_boot_ms() + ms;
	*event_r = LINE_READY;
	while (c->n_tags > 0 && !c->noticed && !w->changed) {
		if (!line_wait(m->base.line, left_until(until, ms), wake, event_r, err))
			return false;
		if (*event_r != LINE_READY)
			break;
		if (!imap_step(m, c, err))
			return false;
	}
	// Several things that happened together are told together.
	while (c->n_tags > 0 && line_buffered(m->base.line)) {
		if (!imap_step(m, c, err))
			return false;
	}
	if (c->n_tags > 0)
		line_put_str(m->base.line, "DONE\r\n");
	else if (!c->noticed && !w->changed)
		m->caps.bits &= ~CAP_IDLE; // ended by the server, for nothing
	return imap_finish(m, c, err);
}

static bool
poll_once(struct imap *m, struct call *c, int ms, const struct cancel *wake,
	enum line_event *event_r, struct error *err)
{
	if (!line_wait(m->base.line, ms, wake, event_r, err))
		return false;
	struct command command = { 0 };
	command_text(&command, "NOOP");
	return imap_run(m, c, &command, err);
}

bool
imap_watch(struct remote *r, int timeout_ms, struct cancel *wake,
	bool *changed_r, const struct remote_sink *sink, struct error *err)
{
	struct imap *m = imap_of(r);
	struct watching w = { .inner = sink };
	struct remote_sink told = { .arg = &w, .message = watch_message,
		.gone = watch_gone, .noticed = watch_noticed,
		.folder = sink && sink->folder ? watch_folder : NULL };
	struct call c = { .sink = &told };
	int64_t deadline = timeout_ms < 0 ? WHEN_NEVER : when_boot_ms() + timeout_ms;
	*changed_r = false;
	if (!imap_selected(m, err))
		return false;
	imap_tell(m, &c); // news that came before
	bool ok = !told.folder || notify_begin(m, &c, err);
	enum line_event event = LINE_READY;
	while (ok && !w.changed && !cancel_is_set(wake)) {
		bool has_idle = m->caps.bits & CAP_IDLE;
		int ms = left_until(deadline, has_idle ? IMAP_IDLE_MS : IMAP_POLL_MS);
		ok = has_idle ? idle(m, &c, &w, ms, wake, &event, err) :
			poll_once(m, &c, ms, wake, &event, err);
		if (event == LINE_WOKEN || left_until(deadline, 1) == 0)
			break;
	}
	*changed_r = w.changed;
	// Whoever ends IDLE has been told all.
	m->caught_up = ok && m->caps.bits & CAP_IDLE;
	return ok;
}

bool
imap_noop(struct remote *r, const struct remote_sink *sink, struct error *err)
{
	struct imap *m = imap_of(r);
	struct call c = { .sink = sink };
	struct command command = { 0 };
	command_text(&command, "NOOP");
	return m->caught_up = imap_run(m, &c, &command, err);
}
