// SPDX-License-Identifier: GPL-3.0-or-later
// Sends when something waits, when its time has come, and when it is told to.
#include "config.h"

#include "account/outgoing.h"

#include "account/advice.h"
#include "account/board.h"
#include "account/gate.h"
#include "account/inside.h"
#include "account/job.h"
#include "account/send.h"
#include "base/error.h"
#include "base/mem.h"
#include "base/str.h"
#include "base/when.h"
#include "loop/cancel.h"
#include "loop/queue.h"
#include "loop/worker.h"
#include "remote/remote.h"
#include "store/outbox.h"

#include <limits.h>
#include <poll.h>
#include <stdlib.h>

#define PAUSE_SLICE_MS 10000
#define SWEEP_MS (60 * 60 * 1000)

struct outgoing {
	struct account *a;
	unsigned place;
	struct account_settings settings;
	struct worker *worker;
	struct queue *inbox;
	struct cancel *cancel, *wake;
	atomic_bool stopping;
	struct sending sending;
	int64_t next;          // seconds: when something is due; 0 nothing is
	int64_t sweep_at;      // when_mono_ms; 0: not yet
	struct error failed;   // the first since somebody asked, by JOB_FLUSH
	bool told;             // that what waits cannot go now
};

static bool
outgoing_open(void *arg, struct sender **sender_r, struct error *err)
{
	struct outgoing *o = arg;
	bool ok = gate_open_sender(o->a->out, &o->settings, o->sending.driver,
		o->place, o->cancel, sender_r, err);
	if (ok)
		board_state(o->a->board, o->place, ACCOUNT_SENDING);
	return ok;
}

static bool
outgoing_step(void *arg, const char *what)
{
	struct outgoing *o = arg;

	(void)what;
	return !atomic_load(&o->stopping);
}

static void
outgoing_notice(void *arg, const struct error *err)
{
	struct outgoing *o = arg;

	account_notice(o->a, err, err->text);
}

// Is there a record that this run should look at?
static bool
outgoing_due(struct outgoing *o)
{
	struct send *sends;
	size_t n = store_sends(o->a->store, o->a->id, &sends);
	bool due = false;

	o->next = 0;
	for (size_t i = 0; i < n; i++) {
		bool later = sends[i].state == SEND_WAITING &&
			sends[i].not_before > when_now();
		if (later && (o->next == 0 || sends[i].not_before < o->next))
			o->next = sends[i].not_before;
		due = due || (sends[i].state != SEND_FAILED && !later);
		send_done(&sends[i]);
	}
	free(sends);
	return due;
}

// Once, until one has gone again: the status has the rest.
static void
outgoing_tell_waiting(struct outgoing *o, const struct error *why)
{
	struct send *sends;
	size_t n = store_sends(o->a->store, o->a->id, &sends), waiting = 0;
	struct error none = {0};

	for (size_t i = 0; i < n; i++) {
		waiting += sends[i].state == SEND_WAITING;
		send_done(&sends[i]);
	}
	free(sends);
	if (waiting == 0 || o->told)
		return;
	o->told = true;
	char *text = str_printf("%zu message%s in the outbox: %s; nothing is lost, %s "
		"when the server can be reached", waiting,
		waiting == 1 ? " waits" : "s wait", why->text,
		waiting == 1 ? "it goes" : "they go");
	account_notice(o->a, &none, text);
	free(text);
}

static bool
outgoing_try(struct outgoing *o, bool now, struct error *err)
{
	struct sending *s = &o->sending;
	bool ok = send_outbox(s, now, &o->next, err);
	bool opened = s->sender != NULL;

	if (opened)
		s->driver->close(&s->sender);
	s->sender = NULL;
	// Where it could not be opened the gate has counted that already.
	o->told = o->told && !opened;
	if (!ok && err->kind == ERROR_OFFLINE && !now)
		outgoing_tell_waiting(o, err);
	if (ok)
		gate_worked(o->a->out);
	else if (opened && err->kind == ERROR_OFFLINE)
		gate_failed(o->a->out, o->place, err);
	else if (err->kind == ERROR_STORE)
		gate_failed(o->a->out, o->place, err);
	return ok;
}

static void
outgoing_flush(struct outgoing *o, struct job_item *item)
{
	struct error err = {0};

	if (jobs_run(o->a->jobs, item, o->cancel) &&
	    !outgoing_try(o, true, &err)) {
		advice_add(&err, &o->settings, true);
		job_fail(item, &err);
	}
	// What was refused a moment ago, before anybody could ask, counts too.
	job_fail(item, &o->failed);
	error_clear(&o->failed);
	jobs_run(o->a->jobs, item, NULL);
	jobs_reply(o->a->jobs, item);
}

// Whether one could send: to the login, and no further.
static void
outgoing_trial(struct outgoing *o, struct job_item *item)
{
	struct sender *sender = NULL;
	struct error err = {0};

	if (jobs_run(o->a->jobs, item, o->cancel) &&
	    !gate_open_sender(o->a->out, &o->settings, o->sending.driver, o->place,
		o->cancel, &sender, &err))
		job_fail(item, &err);
	if (sender != NULL) {
		o->sending.driver->close(&sender);
		gate_worked(o->a->out);
	}
	jobs_run(o->a->jobs, item, NULL);
	jobs_reply(o->a->jobs, item);
}

// Where nothing is to go, nobody is off line: a message whose fate is not known
// waits for the person, not for the server. What the person is asked stands.
static bool
outgoing_lacks(struct outgoing *o)
{
	struct send *sends;
	struct error err;
	bool lacks = false;

	if (!gate_error(o->a->out, &err))
		return false;
	size_t n = store_sends(o->a->store, o->a->id, &sends);
	for (size_t i = 0; i < n; i++) {
		lacks = lacks || sends[i].state != SEND_FAILED;
		send_done(&sends[i]);
	}
	free(sends);
	return lacks || err.kind == ERROR_AUTH || err.kind == ERROR_TRUST;
}

static void
outgoing_wait(struct outgoing *o)
{
	int pause = gate_wait_ms(o->a->out);
	int timeout = -1;

	if (pause > 0)
		timeout = pause < PAUSE_SLICE_MS ? pause : PAUSE_SLICE_MS;
	if (o->next > 0) {
		int64_t left = (o->next - when_now()) * 1000;
		// Cut short: the clock may be set meanwhile.
		left = left < 0 ? 0 : left > 60000 ? 60000 : left;
		if (timeout < 0 || left < timeout)
			timeout = (int)left;
	}
	if (!outgoing_lacks(o))
		board_state(o->a->board, o->place, ACCOUNT_IDLE);
	else
		board_rest(o->a->board, o->place);
	if (timeout < 0 || timeout > SWEEP_MS)
		timeout = SWEEP_MS;
	struct pollfd fd = { cancel_fd(o->wake), POLLIN, 0 };
	poll(&fd, 1, timeout);
}

// What was left behind goes while the program runs, too: some never end it.
static void
outgoing_sweep(struct outgoing *o)
{
	int64_t now = when_mono_ms();

	if (o->sweep_at != 0 && now < o->sweep_at)
		return;
	send_sweep(&o->sending);
	o->sweep_at = now + SWEEP_MS;
}

static void
outgoing_run(struct worker *w, void *arg)
{
	struct outgoing *o = arg;

	(void)w;
	while (!atomic_load(&o->stopping)) {
		struct error err = {0};
		outgoing_sweep(o);
		cancel_reset(o->wake);
		if (atomic_load(&o->stopping))
			break;
		struct queue_item *item = queue_take(o->inbox);
		struct job_item *job = (struct job_item *)item;
		if (job != NULL && job->job.kind == JOB_TRY) {
			outgoing_trial(o, job);
		} else if (job != NULL) {
			outgoing_flush(o, job);
		} else if (!atomic_load(&o->a->paused) &&
			 gate_wait_ms(o->a->out) == 0 && outgoing_due(o)) {
			if (!outgoing_try(o, false, &err) &&
			    err.kind == ERROR_REFUSED &&
			    o->failed.kind == ERROR_NONE)
				o->failed = err;
		} else {
			outgoing_wait(o);
		}
		cancel_reset(o->cancel);
		if (atomic_load(&o->stopping))
			cancel_set(o->cancel);
	}
}

struct outgoing *
outgoing_new(struct account *a, unsigned place, const struct sender_driver *driver,
	const struct account_settings *settings)
{
	struct outgoing *o = mem_new(struct outgoing);

	o->a = a;
	o->place = place;
	account_settings_copy(&o->settings, settings);
	o->inbox = queue_new();
	o->cancel = cancel_new();
	o->wake = cancel_new();
	o->sending = (struct sending){
		.store = a->store, .driver = driver, .open = outgoing_open,
		.settings = &o->settings, .mail = a->mail, .account = a->id,
		.step = outgoing_step, .notice = outgoing_notice, .arg = o,
	};
	return o;
}

void
outgoing_start(struct outgoing *o)
{
	char *name = str_printf("%.10s-send", o->settings.name);

	o->worker = worker_start(name, outgoing_run, o);
	free(name);
}

void
outgoing_ask_stop(struct outgoing *o)
{
	atomic_store(&o->stopping, true);
	cancel_set(o->cancel);
	cancel_set(o->wake);
}

void
outgoing_free(struct outgoing **o)
{
	struct queue_item *item;

	if (*o == NULL)
		return;
	outgoing_ask_stop(*o);
	worker_stop(&(*o)->worker, NULL);
	while ((item = queue_take((*o)->inbox)) != NULL) {
		atomic_store(&((struct job_item *)item)->cancelled, true);
		jobs_reply((*o)->a->jobs, (struct job_item *)item);
	}
	queue_free(&(*o)->inbox, NULL);
	account_settings_done(&(*o)->settings);
	cancel_free(&(*o)->cancel);
	cancel_free(&(*o)->wake);
	free(*o);
	*o = NULL;
}

void
outgoing_post(struct outgoing *o, struct job_item *item)
{
	queue_post(o->inbox, &item->item);
	cancel_set(o->wake);
}

void
outgoing_wake(struct outgoing *o)
{
	cancel_set(o->wake);
}
