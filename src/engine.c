// SPDX-License-Identifier: GPL-3.0-or-later
// Holds the tables, opens and closes what lies beneath, and hands what the
// accounts tell to whoever waits for it.
#include "config.h"

#include "engine.h"
#include "engine_private.h"

#include "account/account.h"
#include "account/event.h"
#include "base/buf.h"
#include "base/error.h"
#include "base/log.h"
#include "base/map.h"
#include "base/mem.h"
#include "base/str.h"
#include "command/answer.h"
#include "command/binding.h"
#include "command/colour.h"
#include "command/command.h"
#include "command/hook.h"
#include "command/option.h"
#include "command/saved.h"
#include "command/run.h"
#include "command/script.h"
#include "loop/loop.h"
#include "loop/queue.h"
#include "store/store.h"

#include <poll.h>
#include <stdlib.h>
#include <string.h>

#define CONFIG_NAME "config"
#define KEYMAP_NAME "default.keys"

struct engine_waiting {
	void (*replied)(void *arg, struct event *event);
	void *arg;
};

// --- making -----------------------------------------------------------------------

static void
add_commands(struct commands *c)
{
	static void (*const groups[])(struct commands *c) = {
		commands_add_config, commands_add_program, commands_add_manual,
		commands_add_list, commands_add_query, commands_add_pass, commands_add_read, commands_add_act,
		commands_add_folder, commands_add_pending, commands_add_outbox,
		commands_add_draft, commands_add_drafts, commands_add_reply,
		commands_add_send, commands_add_sync, commands_add_file,
		commands_add_save_all, commands_add_store,
	};

	for (size_t i = 0; i < sizeof(groups) / sizeof(groups[0]); i++)
		groups[i](c);
}

static void events_ready(void *arg, short events);

static void
posts_ready(void *arg, short events)
{
	(void)events;
	engine_posts_serve(arg);
}

struct engine *
engine_new(const char *home_folder, struct error *err)
{
	struct path_home home;

	if (!path_home_init(&home, home_folder, err))
		return NULL;

	struct engine *e = mem_new(struct engine);
	e->p = mem_new(struct engine_private);
	e->home = home;
	log_open(home.log, LOG_LEVEL_INFO, NULL);
	e->loop = loop_new();
	e->events = queue_new();
	e->commands = commands_new();
	e->options = options_new();
	e->bindings = bindings_new();
	e->colours = colours_new();
	e->hooks = hooks_new(e);
	e->saved = saved_new();
	e->nobody = (struct frontend){ .ops = &frontend_nobody, .alive = true };
	e->p->config_path = path_join(home.config, CONFIG_NAME);
	e->p->posts = queue_new();
	e->p->fronts = ARRAY_OF(struct frontend *);
	e->p->accounts = ARRAY_OF(struct engine_account);
	e->p->jobs = map_new();
	e->p->statuses = map_new();
	pthread_mutex_init(&e->p->told_lock, NULL);
	e->p->events_watch = loop_add_fd(e->loop, queue_fd(e->events), POLLIN,
		events_ready, e);
	e->p->posts_watch = loop_add_fd(e->loop, queue_fd(e->p->posts), POLLIN,
		posts_ready, e);
	add_commands(e->commands);
	options_add_engine(e->options);
	return e;
}

static void
free_event(struct queue_item *item)
{
	struct event *event = (struct event *)item;

	event_free(&event);
}

void
engine_free(struct engine **e)
{
	if (*e == NULL)
		return;
	struct engine_private *p = (*e)->p;

	engine_stop(*e);
	engine_posts_serve(*e); // what was wanted too late is told so
	hooks_free(&(*e)->hooks);
	loop_remove_fd(&p->events_watch);
	loop_remove_fd(&p->posts_watch);
	queue_free(&(*e)->events, free_event);
	queue_free(&p->posts, NULL);
	run_done(*e);
	loop_free(&(*e)->loop);
	commands_free(&(*e)->commands);
	options_free(&(*e)->options);
	bindings_free(&(*e)->bindings);
	colours_free(&(*e)->colours);
	saved_free(&(*e)->saved);
	strlist_done(&(*e)->tags);
	engine_accounts_done(*e);
	map_free(&p->jobs, free);
	map_free(&p->statuses, free);
	array_done(&p->fronts);
	pthread_mutex_destroy(&p->told_lock);
	free(p->config_path);
	path_home_done(&(*e)->home);
	free(p);
	free(*e);
	*e = NULL;
}

// --- configuration ------------------------------------------------------------------

const char *
engine_config_path(const struct engine *e)
{
	return e->p->config_path;
}

char *
engine_keymap_path(const char *name)
{
	const char *folder = getenv("POSTERN_KEYMAPS");

	return path_join(folder != NULL ? folder : POSTERN_DATADIR "/keymaps", name);
}

struct reading {
	bool over, ok;
};

static void
read_over(void *arg, const struct error *err)
{
	struct reading *r = arg;

	r->over = true;
	r->ok = err == NULL;
}

static void
tell_error(struct frontend *front, const struct error *err)
{
	struct answer *a = answer_new();

	answer_str(a, "error", err->text);
	answer_str(a, "kind", error_kind_name(err->kind));
	answer_text(a, "%s", err->text);
	front->ops->say(front, SAY_ERROR, a);
	answer_free(&a);
}

// None is none: there may be no configuration yet.
static bool
read_commands(struct engine *e, struct frontend *front, const char *path,
	bool (*read)(const char *path, size_t max, struct buf *out, struct error *err))
{
	struct buf text = {0};
	struct error err;
	struct reading r = {0};

	if (!path_exists(path))
		return true;
	if (!read(path, SCRIPT_SIZE_MAX, &text, &err)) {
		tell_error(front, &err);
		buf_done(&text);
		return false;
	}
	// Commands that may stand here never wait, so it is over at once.
	run_start(e, &(struct run_plan){
		.front = front, .text = buf_text(&text), .where = path,
		.keep_going = true, .done = read_over, .arg = &r,
	});
	buf_done(&text);
	return r.over && r.ok;
}

bool
engine_configure(struct engine *e, struct frontend *front)
{
	char *keys = engine_keymap_path(KEYMAP_NAME);
	bool ok = read_commands(e, front, keys, path_read);

	free(keys);
	// It holds commands, and programs that they run.
	return read_commands(e, front, e->p->config_path, path_read_trusted) && ok;
}

// --- starting and stopping ------------------------------------------------------------

bool
engine_own(struct engine *e, int owner_kind, struct error *err)
{
	if (e->p->owner != NULL)
		return true;
	if (!owner_take(&e->p->owner, e->home.run, (enum owner_kind)owner_kind,
		&e->p->holder, err))
		return false;
	if (e->p->owner != NULL)
		return true;
	const struct owner_info *h = &e->p->holder;
	return error_set(err, ERROR_REFUSED,
		"Postern is already open here (process %d%s%s)", (int)h->pid,
		h->tty[0] != '\0' ? " on " : "", h->tty);
}

const struct owner_info *
engine_holder(const struct engine *e)
{
	return &e->p->holder;
}

static void
store_changed(void *arg, const struct store_change *change)
{
	struct engine_private *p = arg;

	pthread_mutex_lock(&p->told_lock);
	if (p->told != NULL)
		accounts_store_changed(p->told, change);
	pthread_mutex_unlock(&p->told_lock);
}

static void
told_set(struct engine *e, struct accounts *told)
{
	pthread_mutex_lock(&e->p->told_lock);
	e->p->told = told;
	pthread_mutex_unlock(&e->p->told_lock);
}

static bool
start_beneath(void *arg, struct error *err)
{
	static const char *const reader[] = { "/proc/self/exe", "--reader", NULL };
	struct engine *e = arg;
	struct store *store = NULL;

	if (!store_open(&store, &(struct store_settings){
		.folder = e->home.store,
		.mail = e->home.mail,
		.cache_bytes = (size_t)options_number(e->options, NULL, "cache-size"),
		.bodies_max = (uint64_t)options_number(e->options, NULL, "bodies-max"),
		.changed = store_changed,
		.arg = e->p,
	}, err))
		return false;
	e->store = store;
	e->accounts = accounts_new(&(struct accounts_config){
		.store = e->store, .home = &e->home, .events = e->events,
		.reader_argv = reader, .held = true,
	});
	told_set(e, e->accounts);
	engine_accounts_gather(e);
	engine_accounts_start(e);
	return true;
}

static void
open_log(struct engine *e)
{
	const char *level = options_text(e->options, NULL, "log");

	if (str_equal(level, "debug"))
		log_open(e->home.log, LOG_LEVEL_DEBUG, NULL);
	else if (str_equal(level, "error"))
		log_open(e->home.log, LOG_LEVEL_ERROR, NULL);
}

bool
engine_open_store(struct engine *e, int owner_kind, bool online, struct error *err)
{
	if (!engine_own(e, owner_kind, err))
		return false;
	open_log(e);
	e->p->online = online;
	e->p->opening = engine_elsewhere(start_beneath, e);
	return true;
}

bool
engine_start(struct engine *e, int owner_kind, bool online, struct error *err)
{
	if (e->p->opening == NULL && !engine_open_store(e, owner_kind, online, err))
		return false;
	if (!engine_elsewhere_wait(&e->p->opening, err)) {
		owner_release(&e->p->owner);
		return false;
	}
	thread_claim_ui();
	hooks_fire(e->hooks, "postern-started", NULL, NULL, 0);
	return true;
}

void
engine_begin(struct engine *e)
{
	if (e->accounts != NULL)
		accounts_begin(e->accounts);
}

static bool
close_beneath(void *arg, struct error *err)
{
	struct engine *e = arg;

	(void)err;
	accounts_free(&e->accounts);
	store_close(&e->store);
	return true;
}

void
engine_stop(struct engine *e)
{
	if (e->p->stopping)
		return;
	if (e->p->opening != NULL)
		engine_elsewhere_wait(&e->p->opening, NULL);
	run_cancel_all(e);
	e->p->stopping = true;
	engine_work_stop(e);
	engine_posts_serve(e);
	if (e->store != NULL) {
		told_set(e, NULL);
		struct elsewhere *closing = engine_elsewhere(close_beneath, e);
		engine_elsewhere_wait(&closing, NULL);
	}
	// Replies to acts that were given last: their effect is on the disk.
	engine_posts_serve(e);
	owner_release(&e->p->owner);
}

// --- front ends -------------------------------------------------------------------------

void
engine_attach(struct engine *e, struct frontend *front)
{
	*(struct frontend **)array_push(&e->p->fronts) = front;
}

void
engine_detach(struct engine *e, struct frontend *front)
{
	script_cancel(e, front);
	for (size_t i = e->p->fronts.len; i > 0; i--) {
		if (*(struct frontend **)array_at(&e->p->fronts, i - 1) == front)
			array_remove(&e->p->fronts, i - 1);
	}
}

void
engine_tell(struct engine *e, const struct event *event)
{
	// One that is told may detach itself, or another.
	for (size_t i = e->p->fronts.len; i > 0; i--) {
		if (i > e->p->fronts.len)
			continue;
		struct frontend *f =
			*(struct frontend **)array_at(&e->p->fronts, i - 1);
		if (f->alive)
			f->ops->changed(f, event);
	}
}

void
engine_run(struct engine *e, struct frontend *front, const char *text,
	const char *where, void (*done)(void *arg, const struct error *err), void *arg)
{
	script_run(e, front, text, where, 1, done, arg);
}

// --- jobs ---------------------------------------------------------------------------------

static void
job_event(struct engine *e, struct event *event)
{
	struct engine_waiting *w = map_get_u64(e->p->jobs, event->job);

	if (w == NULL)
		return;
	struct engine_waiting copy = *w;
	if (event->kind == EVENT_REPLY) {
		map_remove_u64(e->p->jobs, event->job);
		free(w);
	}
	copy.replied(copy.arg, event);
}

static void
events_ready(void *arg, short events)
{
	struct engine *e = arg;
	struct queue_item *item;

	(void)events;
	while ((item = queue_take(e->events)) != NULL) {
		struct event *event = (struct event *)item;

		if (event->kind == EVENT_ACCOUNT && event->status != NULL)
			engine_accounts_status(e, event->account, event->status);
		if (event->kind == EVENT_REPLY || event->kind == EVENT_FOUND) {
			job_event(e, event);
		} else {
			hooks_event(e->hooks, event);
			engine_tell(e, event);
		}
		event_free(&event);
	}
}

uint64_t
engine_job(struct engine *e, const struct job *job,
	void (*replied)(void *arg, struct event *event), void *arg)
{
	uint64_t number = accounts_post(e->accounts, job);

	if (replied == NULL)
		return number;
	struct engine_waiting *w = mem_new(struct engine_waiting);
	w->replied = replied;
	w->arg = arg;
	free(map_put_u64(e->p->jobs, number, w));
	return number;
}

void
engine_job_cancel(struct engine *e, uint64_t job)
{
	free(map_remove_u64(e->p->jobs, job));
	if (e->accounts != NULL)
		accounts_cancel(e->accounts, job);
}

uint64_t
engine_read(struct engine *e, uint64_t id, const char *within,
	bool prefer_html, void (*replied)(void *arg, struct event *event), void *arg)
{
	return engine_job(e, &(struct job){
		.kind = JOB_READ, .id = id, .text = within, .flag = prefer_html,
	}, replied, arg);
}

uint64_t
engine_search(struct engine *e, const char *query, uint32_t folder,
	enum message_order order, void (*replied)(void *arg, struct event *event), void *arg)
{
	return engine_job(e, &(struct job){
		.kind = JOB_SEARCH, .text = query, .folder = folder,
		.order = (int)order,
	}, replied, arg);
}

void
engine_look_at(struct engine *e, uint32_t folder)
{
	engine_job(e, &(struct job){ .kind = JOB_FOLDER, .folder = folder },
		NULL, NULL);
}

uint64_t
engine_try(struct engine *e, uint32_t account, bool sending,
	void (*replied)(void *arg, struct event *event), void *arg)
{
	return engine_job(e, &(struct job){
		.kind = JOB_TRY, .account = account, .flag = sending,
	}, replied, arg);
}
