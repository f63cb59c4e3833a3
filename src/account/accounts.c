// SPDX-License-Identifier: GPL-3.0-or-later
// All accounts: where jobs come in and where the store's changes become events.
#include "config.h"

#include "account/account.h"

#include "account/helpers.h"
#include "account/inside.h"
#include "account/job.h"
#include "account/origin.h"
#include "account/send.h"
#include "base/array.h"
#include "base/buf.h"
#include "base/error.h"
#include "base/mem.h"
#include "base/path.h"
#include "base/str.h"
#include "base/when.h"
#include "loop/queue.h"
#include "mail/message.h"
#include "store/folders.h"
#include "store/messages.h"
#include "store/outbox.h"
#include "store/store.h"

#include <pthread.h>
#include <stdlib.h>
#include <string.h>
#include <sys/random.h>

// The machine was asleep if one clock ran on without the other for so long.
#define ASLEEP_MS 5000

struct accounts {
	struct accounts_config config;
	struct jobs *jobs;
	struct reading *reading;
	struct searching *searching;
	// Never held while a worker is waited for: the store thread takes it.
	pthread_mutex_t lock;
	struct array list;        // struct account *
	bool begun;               // their workers run
	int64_t asleep;           // boot minus mono; the searching worker's own
};

// Called locked.
static struct account *
find(struct accounts *a, uint32_t id)
{
	for (size_t i = 0; i < a->list.len; i++) {
		struct account *account =
			*(struct account **)array_at(&a->list, i);
		if (account->id == id)
			return account;
	}
	return NULL;
}

static void
each(struct accounts *a, uint32_t id, void (*call)(struct account *))
{
	pthread_mutex_lock(&a->lock);
	for (size_t i = 0; i < a->list.len; i++) {
		struct account *account =
			*(struct account **)array_at(&a->list, i);
		if (id == 0 || account->id == id)
			call(account);
	}
	pthread_mutex_unlock(&a->lock);
}

// --- the two helpers ------------------------------------------------------------------

static bool
fetch_for_reading(void *arg, struct job_item *item)
{
	struct accounts *a = arg;
	struct message m;

	if (!store_message(a->config.store, item->job.id, &m))
		return false;
	uint32_t id = m.account;
	message_done(&m);
	pthread_mutex_lock(&a->lock);
	struct account *account = find(a, id);
	if (account != NULL)
		account_post(account, item);
	pthread_mutex_unlock(&a->lock);
	return account != NULL;
}

static void
look_at_clocks(void *arg)
{
	struct accounts *a = arg;
	int64_t now = when_boot_ms() - when_mono_ms();

	if (now - a->asleep > ASLEEP_MS)
		each(a, 0, account_suspect);
	a->asleep = now;
}

// --- life -----------------------------------------------------------------------------

// Called locked: the messages of one account that a search lacks.
static void
search_part(struct accounts *a, struct job_item *item, uint32_t account,
	const struct search_lacking *lacking, size_t n, struct array *parts)
{
	struct array ids = ARRAY_OF(uint64_t);

	for (size_t i = 0; i < n; i++)
		if (lacking[i].account == account)
			*(uint64_t *)array_push(&ids) = lacking[i].id;
	if (ids.len > 0) {
		struct job_item *part = jobs_add_part(a->jobs, item, account);
		part->stage = JOB_LOOKED;
		part->lacking = mem_copy(ids.items, ids.len * sizeof(uint64_t));
		part->n_lacking = ids.len;
		*(struct job_item **)array_push(parts) = part;
	}
	array_done(&ids);
}

static void
ask_servers(void *arg, struct job_item *item, const struct search_lacking *lacking,
	size_t n)
{
	struct accounts *a = arg;
	struct array parts = ARRAY_OF(struct job_item *);

	pthread_mutex_lock(&a->lock);
	for (size_t i = 0; i < a->list.len; i++)
		search_part(a, item, (*(struct account **)array_at(&a->list, i))->id,
			lacking, n, &parts);
	for (size_t i = 0; i < parts.len; i++) {
		struct job_item *part = *(struct job_item **)array_at(&parts, i);
		account_post(find(a, part->job.account), part);
	}
	pthread_mutex_unlock(&a->lock);
	if (parts.len == 0)
		jobs_reply(a->jobs, item);
	array_done(&parts);
}

struct accounts *
accounts_new(const struct accounts_config *config)
{
	struct accounts *a = mem_new(struct accounts);

	a->config = *config;
	a->list = ARRAY_OF(struct account *);
	pthread_mutex_init(&a->lock, NULL);
	a->asleep = when_boot_ms() - when_mono_ms();
	a->jobs = jobs_new(config->events);
	a->reading = reading_new(config->store, a->jobs, config->reader_argv,
		fetch_for_reading, a);
	a->searching = searching_new(config->store, a->jobs, config->events,
		look_at_clocks, ask_servers, a);
	if (!config->held)
		accounts_begin(a);
	return a;
}

void
accounts_begin(struct accounts *a)
{
	pthread_mutex_lock(&a->lock);
	if (!a->begun) {
		a->begun = true;
		reading_start(a->reading);
		searching_start(a->searching);
		for (size_t i = 0; i < a->list.len; i++)
			account_start(*(struct account **)array_at(&a->list, i));
	}
	pthread_mutex_unlock(&a->lock);
}

void
accounts_free(struct accounts **a)
{
	struct array list;

	if (*a == NULL)
		return;
	pthread_mutex_lock(&(*a)->lock);
	list = (*a)->list;
	(*a)->list = ARRAY_OF(struct account *);
	pthread_mutex_unlock(&(*a)->lock);
	reading_ask_stop((*a)->reading);
	searching_ask_stop((*a)->searching);
	for (size_t i = 0; i < list.len; i++)
		account_ask_stop(*(struct account **)array_at(&list, i));
	for (size_t i = 0; i < list.len; i++)
		account_free(array_at(&list, i));
	array_done(&list);
	// Accounts post to the reading worker, never the other way by now.
	reading_free(&(*a)->reading);
	searching_free(&(*a)->searching);
	jobs_free(&(*a)->jobs);
	pthread_mutex_destroy(&(*a)->lock);
	free(*a);
	*a = NULL;
}

static struct account *
take_out(struct accounts *a, uint32_t id)
{
	struct account *old = NULL;

	pthread_mutex_lock(&a->lock);
	for (size_t i = a->list.len; i-- > 0; ) {
		struct account **at = array_at(&a->list, i);
		if ((*at)->id != id)
			continue;
		old = *at;
		array_remove(&a->list, i);
	}
	pthread_mutex_unlock(&a->lock);
	return old;
}

void
accounts_remove(struct accounts *a, const char *name)
{
	uint32_t id;
	struct error err;

	if (!store_account(a->config.store, name, &id, &err))
		return;
	struct account *old = take_out(a, id);
	account_free(&old);
}

bool
accounts_add(struct accounts *a, const struct account_settings *settings,
	uint32_t *account_r, struct error *err)
{
	uint32_t id;

	if (!store_account(a->config.store, settings->name, &id, err))
		return false;
	struct account *old = take_out(a, id);
	account_free(&old);
	if (!origin_check(a->config.store, id, settings, err))
		return error_prefix(err, "account %s", settings->name);
	struct account *account = account_new(&a->config, a->jobs,
		reading_queue(a->reading), id, settings, err);
	if (account == NULL)
		return error_prefix(err, "account %s", settings->name);
	pthread_mutex_lock(&a->lock);
	*(struct account **)array_push(&a->list) = account;
	if (a->begun)
		account_start(account);
	pthread_mutex_unlock(&a->lock);
	if (account_r != NULL)
		*account_r = id;
	return true;
}

void
accounts_pause(struct accounts *a, uint32_t id, bool paused)
{
	pthread_mutex_lock(&a->lock);
	for (size_t i = 0; i < a->list.len; i++) {
		struct account *account =
			*(struct account **)array_at(&a->list, i);
		if (id == 0 || account->id == id)
			account_pause(account, paused);
	}
	pthread_mutex_unlock(&a->lock);
}

// --- jobs -----------------------------------------------------------------------------

static void
refuse(struct accounts *a, struct job_item *item, enum error_kind kind,
	const char *words)
{
	struct error err;

	error_set(&err, kind, "%s", words);
	job_fail(item, &err);
	jobs_reply(a->jobs, item);
}

// The account that a job is for, where that follows from what it names; 0 none.
static uint32_t
account_for(struct accounts *a, const struct job *job)
{
	uint32_t id = job->account;
	struct message m;
	struct folder f;

	if (job->kind == JOB_FOLDER) {
		if (!store_folder(a->config.store, job->folder, &f))
			return 0;
		id = f.account;
		folder_done(&f);
	} else if (job->kind == JOB_RAW || job->kind == JOB_PART) {
		if (!store_message(a->config.store, job->id, &m))
			return 0;
		id = m.account;
		message_done(&m);
	}
	return id;
}

// Called locked. The parts must all be counted before one of them ends.
static void
post_to_all(struct accounts *a, struct job_item *item)
{
	struct array parts = ARRAY_OF(struct job_item *);

	for (size_t i = 0; i < a->list.len; i++)
		*(struct job_item **)array_push(&parts) = jobs_add_part(a->jobs,
			item, (*(struct account **)array_at(&a->list, i))->id);
	for (size_t i = 0; i < parts.len; i++)
		account_post(*(struct account **)array_at(&a->list, i),
			*(struct job_item **)array_at(&parts, i));
	if (parts.len == 0)
		jobs_reply(a->jobs, item);
	array_done(&parts);
}

static void
post_to_account(struct accounts *a, struct job_item *item)
{
	uint32_t id = account_for(a, &item->job);

	pthread_mutex_lock(&a->lock);
	struct account *account = find(a, id);
	if (account != NULL)
		account_post(account, item);
	else if (id == 0 && item->job.account == 0 && item->job.folder == 0 &&
		 item->job.id == 0)
		post_to_all(a, item);
	else
		refuse(a, item, ERROR_GONE, "there is no such account, folder or message");
	pthread_mutex_unlock(&a->lock);
}

uint64_t
accounts_post(struct accounts *a, const struct job *job)
{
	struct job_item *item = jobs_add(a->jobs, job);
	uint64_t number = item->number;

	if (job->kind == JOB_READ)
		queue_post(reading_queue(a->reading), &item->item);
	else if (job->kind == JOB_SEARCH)
		queue_post(searching_queue(a->searching), &item->item);
	else
		post_to_account(a, item);
	return number;
}

void
accounts_cancel(struct accounts *a, uint64_t job)
{
	jobs_cancel(a->jobs, job);
}

// --- changes of the store ---------------------------------------------------------------

static const struct {
	enum event_kind event;
	void (*call)(struct account *);
} changes[] = {
	[STORE_FOLDERS] = { EVENT_FOLDERS, NULL },
	[STORE_COUNTS] = { EVENT_COUNTS, NULL },
	[STORE_MESSAGES] = { EVENT_MESSAGES, NULL },
	[STORE_MESSAGE] = { EVENT_MESSAGE, NULL },
	[STORE_ARRIVED] = { EVENT_ARRIVED, NULL },
	[STORE_BODY] = { EVENT_BODY, NULL },
	[STORE_PENDING] = { EVENT_PENDING, account_pending },
	[STORE_OUTBOX] = { EVENT_OUTBOX, account_outbox },
	[STORE_REFUSED] = { EVENT_NOTICE, NULL },
	[STORE_RESET] = { EVENT_RESET, account_reset },
};

// On the store thread.
void
accounts_store_changed(void *accounts, const struct store_change *change)
{
	struct accounts *a = accounts;
	struct event *e = event_new(changes[change->kind].event);

	e->account = change->account;
	e->folder = change->folder;
	e->id = change->id;
	e->text = str_dup(change->text);
	if (change->kind == STORE_REFUSED)
		error_set(&e->error, ERROR_REFUSED, "%s",
			str_or_empty(change->text));
	event_post(a->config.events, e);
	if (changes[change->kind].call != NULL)
		each(a, change->account, changes[change->kind].call);
}

// --- sending --------------------------------------------------------------------------

bool
accounts_queue_message(struct accounts *a, struct send *send,
	const struct buf *message, struct error *err)
{
	unsigned char random[8];
	char *folder = path_join(a->config.home->mail, OUTBOX_FOLDER);
	bool ok = path_make_folder(folder, err);

	if (ok && getrandom(random, sizeof(random), 0) != sizeof(random))
		ok = error_set(err, ERROR_STORE, "the system has no random bytes");
	if (ok) {
		uint64_t number;
		memcpy(&number, random, sizeof(number));
		free(send->file);
		send->file = str_printf("%lld-%016llx.eml",
			(long long)when_now(), (unsigned long long)number);
		char *path = path_join(folder, send->file);
		ok = path_write_atomic(path, buf_text(message), message->len,
			err) && store_send_add(a->config.store, send, err);
		free(path);
	}
	free(folder);
	return ok;
}
