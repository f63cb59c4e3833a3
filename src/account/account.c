// SPDX-License-Identifier: GPL-3.0-or-later
// One account: which workers it has, by what its server is and allows, and which
// of them a job begins with.
#include "config.h"

#include "account/inside.h"

#include "account/board.h"
#include "account/gate.h"
#include "account/job.h"
#include "account/lane.h"
#include "account/outgoing.h"
#include "account/plan.h"
#include "base/error.h"
#include "base/mem.h"
#include "base/path.h"
#include "base/str.h"
#include "files/maildir.h"
#include "loop/queue.h"
#include "remote/remote.h"
#include "store/folders.h"
#include "store/pending.h"
#include "store/store.h"

#include <stdlib.h>

#define CONNECTIONS_DEFAULT 3

char *
account_mail_folder(const struct account *a, const char *name)
{
	char *safe = path_safe_name(name);
	char *as = str_equal(safe, name) ? str_dup(safe) :
		str_printf("%u", a->id);
	char *path = path_join(a->mail, as);

	free(safe);
	free(as);
	return path;
}

// --- workers --------------------------------------------------------------------------

static void
add_lane(struct account *a, unsigned duties, const struct remote_driver *driver,
	struct gate *gate, const struct account_settings *settings,
	const char *maildir)
{
	unsigned place = a->n_lanes;

	a->lanes[a->n_lanes++] = lane_new(a, place, duties, driver, gate,
		settings, maildir);
}

// A server's worker for each kind of work where it allows so many connections.
static void
add_server_lanes(struct account *a, const struct remote_driver *driver,
	const struct account_settings *s)
{
	int n = s->connections > 0 ? s->connections : CONNECTIONS_DEFAULT;

	// Files on this disk answer at once: one worker will do.
	if (str_equal(driver->name, "local"))
		n = 1;
	unsigned watch = DUTY_WATCH | DUTY_LIST;
	add_lane(a, n > 1 ? DUTY_WORK : DUTY_WORK | DUTY_LONG | watch,
		driver, a->in, s, NULL);
	if (n > 1)
		add_lane(a, n > 2 ? DUTY_LONG : DUTY_LONG | watch,
			driver, a->in, s, NULL);
	if (n > 2)
		add_lane(a, watch, driver, a->in, s, NULL);
}

// A maildrop has one worker that empties it into a Maildir of ours, and that
// Maildir one that mirrors it.
static bool
add_drop_lanes(struct account *a, const struct remote_driver *driver,
	const struct account_settings *s, struct error *err)
{
	char *maildir = account_mail_folder(a, s->name);
	struct account_settings local;
	struct maildir *m = NULL;

	bool ok = path_make_folder(maildir, err) &&
		maildir_open(&m, maildir, true, err);
	maildir_close(&m);
	if (ok) {
		account_settings_copy(&local, s);
		free(local.incoming);
		local.incoming = str_printf("maildir://%s", maildir);
		local.driver = NULL;
		local.keep = 0;
		strlist_done(&local.password_command);
		a->local = gate_new(a->board, false);
		add_lane(a, DUTY_WORK | DUTY_LONG | DUTY_WATCH | DUTY_LIST,
			remote_driver_for("maildir"), a->local, &local, NULL);
		add_lane(a, DUTY_DROP, driver, a->in, s, maildir);
		account_settings_done(&local);
	}
	free(maildir);
	return ok;
}

static const struct remote_driver *
driver_of(const struct account_settings *s, struct error *err)
{
	struct remote_settings rs = {0};
	const struct remote_driver *driver = s->driver;

	if (driver != NULL)
		return driver;
	if (remote_parse_url(&rs, str_or_empty(s->incoming), s->tls_off, err)) {
		driver = remote_driver_for(rs.scheme);
		if (driver == NULL)
			error_set(err, ERROR_INPUT,
				"mail cannot be received by %s", rs.scheme);
	}
	remote_settings_done(&rs);
	return driver;
}

static bool
is_drop(const struct account_settings *s, const struct remote_driver *driver)
{
	return str_equal(driver->name, "pop3") ||
		str_has_prefix(str_or_empty(s->incoming), "pop3");
}

static bool
add_workers(struct account *a, const struct account_settings *s,
	struct error *err)
{
	const struct remote_driver *driver = driver_of(s, err);
	const struct sender_driver *sender = s->sender;
	struct remote_settings rs = {0};

	if (driver == NULL)
		return false;
	if (is_drop(s, driver)) {
		if (!add_drop_lanes(a, driver, s, err))
			return false;
	} else {
		add_server_lanes(a, driver, s);
	}
	if (sender == NULL && s->outgoing != NULL) {
		if (!remote_parse_url(&rs, s->outgoing, s->tls_off, err))
			return false;
		sender = sender_driver_for(rs.scheme);
		if (sender == NULL)
			error_set(err, ERROR_INPUT,
				"mail cannot be sent by %s", rs.scheme);
		remote_settings_done(&rs);
		if (sender == NULL)
			return false;
	}
	if (sender != NULL)
		a->outgoing = outgoing_new(a, a->n_lanes, sender, s);
	return true;
}

struct account *
account_new(const struct accounts_config *config, struct jobs *jobs,
	struct queue *reading, uint32_t id, const struct account_settings *settings,
	struct error *err)
{
	struct account *a = mem_new(struct account);

	a->id = id;
	a->store = config->store;
	a->jobs = jobs;
	a->events = config->events;
	a->reading = reading;
	a->mail = str_dup(config->home->mail);
	a->board = board_new(config->events, id);
	a->in = gate_new(a->board, false);
	a->out = gate_new(a->board, true);
	gate_remember(a->in, a->store);
	gate_remember(a->out, a->store);
	a->plan = plan_new();
	atomic_store(&a->paused, settings->offline);
	board_paused(a->board, settings->offline);
	if (!add_workers(a, settings, err)) {
		account_free(&a);
		return NULL;
	}
	return a;
}

void
account_start(struct account *a)
{
	for (unsigned i = 0; i < a->n_lanes; i++)
		lane_start(a->lanes[i]);
	if (a->outgoing != NULL)
		outgoing_start(a->outgoing);
}

void
account_ask_stop(struct account *a)
{
	for (unsigned i = 0; i < a->n_lanes; i++)
		lane_ask_stop(a->lanes[i]);
	if (a->outgoing != NULL)
		outgoing_ask_stop(a->outgoing);
}

void
account_free(struct account **a)
{
	if (*a == NULL)
		return;
	account_ask_stop(*a);
	// All threads end before anything that one of them may post to goes.
	for (unsigned i = 0; i < (*a)->n_lanes; i++)
		lane_join((*a)->lanes[i]);
	for (unsigned i = 0; i < (*a)->n_lanes; i++)
		lane_free(&(*a)->lanes[i]);
	outgoing_free(&(*a)->outgoing);
	plan_free(&(*a)->plan);
	gate_free(&(*a)->in);
	gate_free(&(*a)->out);
	gate_free(&(*a)->local);
	board_free(&(*a)->board);
	free((*a)->mail);
	free(*a);
	*a = NULL;
}

// --- jobs and calls -------------------------------------------------------------------

static struct lane *
lane_with(struct account *a, unsigned duty)
{
	for (unsigned i = 0; i < a->n_lanes; i++)
		if (a->lanes[i]->duties & duty)
			return a->lanes[i];
	return NULL;
}

static void
retry(struct account *a)
{
	gate_retry(a->in);
	gate_retry(a->out);
	if (a->local != NULL)
		gate_retry(a->local);
	account_wake(a);
}

// The inbox is opened over the connection that then watches it: one that knows it
// already, and the only one that need be opened where nothing else is to be done.
static struct lane *
lane_for_folder(struct account *a, uint32_t folder)
{
	struct lane *lane = lane_with(a, DUTY_WATCH);
	struct folder f;

	if (lane == NULL || !lane_only_watches(lane) || atomic_load(&lane->no_watch) ||
	    !store_folder(a->store, folder, &f))
		return NULL;
	bool inbox = f.role == ROLE_INBOX;
	folder_done(&f);
	return inbox ? lane : NULL;
}

void
account_post(struct account *a, struct job_item *item)
{
	struct lane *lane = lane_with(a, DUTY_WORK);
	struct lane *drop = lane_with(a, DUTY_DROP);
	bool sends = item->job.kind == JOB_FLUSH ||
		(item->job.kind == JOB_TRY && item->job.flag);

	if (item->job.kind == JOB_RETRY || item->job.kind == JOB_TRY)
		retry(a);
	if (sends) {
		if (a->outgoing != NULL) {
			outgoing_post(a->outgoing, item);
			return;
		}
		jobs_reply(a->jobs, item);
		return;
	}
	if (drop != NULL && (item->job.kind == JOB_SYNC ||
	    item->job.kind == JOB_RETRY || item->job.kind == JOB_TRY))
		lane = drop;
	struct lane *watch = item->job.kind == JOB_FOLDER ?
		lane_for_folder(a, item->job.folder) : NULL;
	lane_post(watch != NULL ? watch : lane, item);
}

void
account_pause(struct account *a, bool paused)
{
	atomic_store(&a->paused, paused);
	board_paused(a->board, paused);
	account_wake(a);
}

void
account_wake(struct account *a)
{
	for (unsigned i = 0; i < a->n_lanes; i++)
		lane_wake(a->lanes[i]);
	if (a->outgoing != NULL)
		outgoing_wake(a->outgoing);
}

void
account_pending(struct account *a)
{
	struct lane *lane = lane_with(a, DUTY_WORK);

	if (store_operations_count(a->store, a->id) > 0)
		lane_wake(lane);
}

void
account_outbox(struct account *a)
{
	if (a->outgoing != NULL)
		outgoing_wake(a->outgoing);
}

void
account_played(struct account *a)
{
	// Rows that others fetched meanwhile may be older than what was played.
	plan_want_held(a->plan);
	atomic_store(&a->quota_due, true);
	struct lane *lists = lane_with(a, DUTY_LIST);
	if (!atomic_load(&lists->no_quota))
		lane_wake(lists);
	lane_wake(lane_with(a, DUTY_LONG));
}

void
account_list(struct account *a)
{
	struct lane *lane = lane_with(a, DUTY_LIST);

	atomic_store(&lane->list_due, true);
	lane_wake(lane);
}

void
account_warm(struct account *a)
{
	struct lane *lane = lane_with(a, DUTY_WORK);

	atomic_store(&lane->warm_due, true);
	lane_wake(lane);
}

void
account_reset(struct account *a)
{
	account_list(a);
	for (unsigned i = 0; i < a->n_lanes; i++)
		atomic_store(&a->lanes[i]->suspect, true);
	account_wake(a);
}

void
account_suspect(struct account *a)
{
	for (unsigned i = 0; i < a->n_lanes; i++)
		atomic_store(&a->lanes[i]->suspect, true);
	account_wake(a);
}

void
account_notice(struct account *a, const struct error *err, const char *text)
{
	struct event *e = event_new(EVENT_NOTICE);

	e->account = a->id;
	e->error = *err;
	e->text = str_dup(text);
	event_post(a->events, e);
}
