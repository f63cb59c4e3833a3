// SPDX-License-Identifier: GPL-3.0-or-later
// The engine's part in tests of accounts.
#include "config.h"

#include "tests/unit/test.h"

#include "tests/sync/desk.h"

#include "base/buf.h"
#include "base/log.h"
#include "base/when.h"
#include "loop/queue.h"
#include "mail/document.h"
#include "mail/message.h"
#include "store/folders.h"
#include "store/messages.h"
#include "store/store.h"

#include <stdio.h>
#include <string.h>

static void
changed(void *arg, const struct store_change *change)
{
	struct desk *d = arg;

	pthread_mutex_lock(&d->lock);
	if (d->told != NULL)
		accounts_store_changed(d->told, change);
	pthread_mutex_unlock(&d->lock);
}

static void
tell(struct desk *d, struct accounts *told)
{
	pthread_mutex_lock(&d->lock);
	d->told = told;
	pthread_mutex_unlock(&d->lock);
}

static void
begin(struct desk *d)
{
	struct error err = {0};
	struct store_settings settings = {
		.folder = d->home.store, .mail = d->home.mail,
		.changed = changed, .arg = d,
	};

	d->events = queue_new();
	if (!store_open(&d->store, &settings, &err))
		fail_msg("%s", err.text);
	struct accounts_config config = {
		.store = d->store, .home = &d->home, .events = d->events,
		.reader_argv = d->helper_argv, .held = d->held,
	};
	d->accounts = accounts_new(&config);
	tell(d, d->accounts);
}

static void
free_event(struct queue_item *item)
{
	struct event *e = (struct event *)item;

	event_free(&e);
}

static void
end(struct desk *d)
{
	tell(d, NULL);
	accounts_free(&d->accounts);
	store_close(&d->store);
	queue_free(&d->events, free_event);
}

void
desk_open(struct desk *d)
{
	const char *built = getenv("top_builddir");
	struct error err = {0};

	*d = (struct desk){0};
	pthread_mutex_init(&d->lock, NULL);
	d->folder = test_folder_make();
	if (!path_home_init(&d->home, d->folder, &err))
		fail_msg("%s", err.text);
	if (getenv("POSTERN_TEST_LOG") != NULL)
		log_open(getenv("POSTERN_TEST_LOG"), LOG_LEVEL_DEBUG, &err);
	d->helper = str_printf("%s/tests/unit/reader-helper",
		built != NULL ? built : ".");
	d->helper_argv[0] = d->helper;
	d->helper_argv[1] = "serve";
	begin(d);
}

void
desk_close(struct desk *d)
{
	end(d);
	path_home_done(&d->home);
	test_folder_remove(&d->folder);
	pthread_mutex_destroy(&d->lock);
	free(d->helper);
	free(d->text);
}

void
desk_restart(struct desk *d)
{
	end(d);
	begin(d);
}

// --- events -----------------------------------------------------------------------------

static void
take_document(struct desk *d, struct document *document)
{
	struct buf out = {0};

	free(d->text);
	d->text = NULL;
	if (document == NULL)
		return;
	document_print(&out, document, 0);
	buf_str(&out, "");
	d->text = buf_take(&out);
}

static void
take_event(struct desk *d, struct event *e)
{
	switch (e->kind) {
	case EVENT_ARRIVED:
		d->arrived++;
		break;
	case EVENT_NOTICE:
		d->notices++;
		snprintf(d->notice, sizeof(d->notice), "%s",
			str_or_empty(e->text));
		break;
	case EVENT_FOUND:
		d->found += (unsigned)e->n_ids;
		break;
	case EVENT_ACCOUNT:
		d->status = *e->status;
		if (e->account < DESK_ACCOUNTS_MAX)
			d->of[e->account] = *e->status;
		d->states[e->status->state]++;
		break;
	case EVENT_REPLY:
		d->replied = e->job;
		d->reply = e->error;
		take_document(d, e->document);
		break;
	default:
		break;
	}
	event_free(&e);
}

bool
desk_wait(struct desk *d, bool (*done)(struct desk *d, const void *arg),
	const void *arg, int timeout_ms)
{
	int64_t end_at = when_mono_ms() + timeout_ms;

	while (!done(d, arg)) {
		int64_t left = end_at - when_mono_ms();
		struct queue_item *item = left <= 0 ? NULL :
			queue_wait(d->events, (int)left, NULL);
		if (item == NULL)
			return done(d, arg);
		take_event(d, (struct event *)item);
	}
	return true;
}

bool
desk_add(struct desk *d, const struct account_settings *settings)
{
	struct error err = {0};

	if (accounts_add(d->accounts, settings, &d->account, &err))
		return true;
	d->reply = err;
	return false;
}

uint64_t
desk_post(struct desk *d, enum job_kind kind, uint32_t folder, uint64_t id,
	const char *text)
{
	struct job job = {
		.kind = kind, .account = d->account, .folder = folder,
		.id = id, .text = text,
	};

	return accounts_post(d->accounts, &job);
}

static bool
is_replied(struct desk *d, const void *arg)
{
	return d->replied == *(const uint64_t *)arg;
}

bool
desk_reply(struct desk *d, uint64_t job)
{
	if (!desk_wait(d, is_replied, &job, 2 * DESK_WAIT_MS))
		fail_msg("no reply to job %llu; %s %s", (unsigned long long)job,
			d->status.text, d->status.error);
	return d->reply.kind == ERROR_NONE;
}

bool
desk_job(struct desk *d, enum job_kind kind, uint32_t folder, uint64_t id)
{
	return desk_reply(d, desk_post(d, kind, folder, id, NULL));
}

// --- looking --------------------------------------------------------------------------

uint32_t
desk_folder(struct desk *d, const char *name)
{
	struct folder f;

	if (!store_folder_find(d->store, d->account, name, &f))
		return 0;
	uint32_t id = f.id;
	folder_done(&f);
	return id;
}

uint32_t
desk_total(struct desk *d, const char *name)
{
	struct folder f;

	if (!store_folder_find(d->store, d->account, name, &f))
		return 0;
	uint32_t total = f.total;
	folder_done(&f);
	return total;
}

uint64_t
desk_find(struct desk *d, const char *folder, const char *subject)
{
	uint32_t id = desk_folder(d, folder);
	uint64_t found = 0;

	for (uint32_t at = 0; found == 0 && id != 0; at++) {
		struct message m;
		if (store_order_rows(d->store, id, ORDER_DATE, at, 1, &m) != 1)
			break;
		if (str_equal(m.envelope.subject, subject))
			found = m.id;
		message_done(&m);
	}
	return found;
}

bool
desk_flagged(struct desk *d, const char *folder, const char *subject,
	unsigned flag)
{
	uint64_t id = desk_find(d, folder, subject);
	struct message m;

	if (id == 0 || !store_message(d->store, id, &m))
		return false;
	bool has = (m.flags.bits & flag) != 0;
	message_done(&m);
	return has;
}

void
desk_act(struct desk *d, struct act *act)
{
	struct error err = {0};

	if (act->title == NULL)
		act->title = "act";
	if (!store_act_wait(d->store, act, &err))
		fail_msg("%s", err.text);
}
