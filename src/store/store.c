// SPDX-License-Identifier: GPL-3.0-or-later
// Opening and closing the store, and the small values of the journal.
#include "config.h"

#include "store/store.h"

#include "base/buf.h"
#include "base/log.h"
#include "base/map.h"
#include "base/mem.h"
#include "base/path.h"
#include "base/str.h"
#include "store/inside.h"
#include "store/links.h"
#include "store/outbox_inside.h"
#include "store/steps.h"
#include "store/unbound.h"

#include <dirent.h>
#include <stdlib.h>
#include <string.h>

static bool
operation_read(void *arg, const void *key, size_t key_len, struct reader *in)
{
	struct store *s = arg;
	struct op *op = op_unpack(in);

	if (op == NULL || key_len != 8 || op->seq != key_get_u64(key, 0)) {
		op_free(&op);
		return false;
	}
	operations_add(&s->operations, op);
	return true;
}

static void
state_free(void *value)
{
	buf_done(value);
	free(value);
}

static void
state_set(struct store *s, const char *name, const void *data, size_t len)
{
	struct buf *b = mem_new(struct buf);

	buf_add(b, data, len);
	struct buf *old = map_put(s->states, name, b);
	if (old != NULL)
		state_free(old);
}

static bool
state_read(void *arg, const void *key, size_t key_len, struct reader *in)
{
	char *name = str_ndup(key, key_len);

	state_set(arg, name, in->at, in->left);
	free(name);
	return true;
}

static bool
store_load(struct store *s, struct error *err)
{
	return folders_load(s, err) &&
		journal_each(s->journal, JOURNAL_OPERATION, "", 0, operation_read, s, err) &&
		journal_each(s->journal, JOURNAL_STATE, "", 0, state_read, s, err) &&
		sends_load(s, err) && steps_load(s, err);
}

static void
store_free(struct store **out)
{
	struct store *s = *out;

	flusher_stop(s);
	if (s->cache != NULL)
		cache_close(&s->cache, true);
	journal_close(&s->journal);
	links_free(&s->links);
	map_free(&s->gone, NULL);
	map_free(&s->states, state_free);
	steps_free(&s->steps);
	array_done(&s->unbound);
	for (size_t i = 0; i < s->owed.len; i++)
		op_free(array_at(&s->owed, i));
	array_done(&s->owed);
	operations_done(&s->operations);
	folders_done(s);
	sends_free(s);
	pthread_rwlock_destroy(&s->lock);
	pthread_mutex_destroy(&s->wanted_lock);
	free(s->folder);
	free(s->mail);
	free(s);
	*out = NULL;
}

static struct store *
store_new(const struct store_settings *settings)
{
	struct store *s = mem_new(struct store);
	pthread_rwlockattr_t attr;

	s->folder = str_dup(settings->folder);
	s->mail = str_dup(settings->mail);
	s->cache_bytes = settings->cache_bytes;
	s->bodies_max = settings->bodies_max;
	s->changed = settings->changed;
	s->changed_arg = settings->arg;
	// A writer that waits goes before readers that come after it, and readers
	// that wait go before it comes again: nobody starves.
	pthread_rwlockattr_init(&attr);
	pthread_rwlockattr_setkind_np(&attr,
		PTHREAD_RWLOCK_PREFER_WRITER_NONRECURSIVE_NP);
	pthread_rwlock_init(&s->lock, &attr);
	pthread_rwlockattr_destroy(&attr);
	pthread_mutex_init(&s->wanted_lock, NULL);
	s->folders = ARRAY_OF(struct folder_row);
	s->accounts = ARRAY_OF(struct account_row);
	s->owed = ARRAY_OF(struct op *);
	s->kept_old = true;
	s->unbound = ARRAY_OF(struct unbound);
	s->gone = map_new();
	s->states = map_new();
	s->links = links_new();
	operations_init(&s->operations);
	sends_init(s);
	return s;
}

// Caches that an earlier run set aside: nobody looked at them.
static void
store_remove_old(struct store *s, struct job *job)
{
	DIR *dir = opendir(s->folder);
	struct dirent *entry;
	struct error err = { 0 };

	free(job);
	while (dir != NULL && (entry = readdir(dir)) != NULL) {
		if (!str_has_prefix(entry->d_name, "cache.old-"))
			continue;
		char *path = path_join(s->folder, entry->d_name);
		if (!path_remove_tree(path, &err))
			log_error("%s", err.text);
		free(path);
	}
	if (dir != NULL)
		closedir(dir);
}

static void
store_post_remove_old(struct store *s)
{
	struct job *job = mem_new(struct job);

	*job = (struct job){ .priority = JOB_UPKEEP, .run = store_remove_old };
	writer_post(s, job);
}

bool
store_open(struct store **out, const struct store_settings *settings,
	struct error *err)
{
	struct store *s = *out = store_new(settings);
	char *journal = str_printf("%s/journal", s->folder);
	bool fresh = false;

	bool ok = path_make_folder(s->folder, err) &&
		journal_open(&s->journal, journal, err) && store_load(s, err);
	free(journal);
	if (ok) {
		atomic_store(&s->step, s->journal->meta.step);
		folders_overlay(s);
		ok = generation_open(s, &fresh, err);
	}
	if (ok && s->cache->meta.laid != s->journal->meta.changes)
		ok = store_lay_all(s, err);
	if (!ok && s->cache != NULL && err->kind == ERROR_GONE)
		ok = true; // replaced by now, and fetched again
	if (ok && atomic_load(&s->cache->broken))
		ok = generation_next(s, "the cache was damaged", err);
	if (!ok) {
		store_free(out);
		return false;
	}
	flusher_start(s);
	writer_start(s, err);
	if (!fresh)
		store_post_remove_old(s);
	return true;
}

void
store_close(struct store **out)
{
	struct store *s = *out;

	if (s == NULL)
		return;
	writer_stop(s);
	upkeep_heal(s);
	// What was laid since the last write is noted, so that the next start need
	// not look.
	if (!s->behind && !atomic_load(&s->cache->broken) &&
		s->cache->meta.laid != s->journal->meta.changes) {
		struct write w;
		write_begin(&w, s);
		write_commit(&w, NULL);
	}
	store_free(out);
}

static bool
settle_run(struct store *s, void *arg, struct error *err)
{
	(void)s;
	(void)arg;
	(void)err;
	return true;
}

void
store_settle(struct store *s)
{
	writer_call(s, JOB_UPKEEP, settle_run, NULL, NULL);
}

static bool
rebuild_run(struct store *s, void *arg, struct error *err)
{
	(void)arg;
	return generation_next(s, "asked for", err);
}

bool
store_rebuild(struct store *s, struct error *err)
{
	return writer_call(s, JOB_UPKEEP, rebuild_run, NULL, err);
}

uint64_t
store_generation(struct store *s)
{
	return atomic_load(&s->generation);
}

// --- small values ----------------------------------------------------------------------

bool
store_state_get(struct store *s, const char *name, struct buf *out)
{
	reading_begin(s);
	const struct buf *b = map_get(s->states, name);
	if (b != NULL)
		buf_add(out, b->data, b->len);
	reading_end(s);
	return b != NULL;
}

struct state_job {
	struct job job;
	char *name;
	struct buf value;
};

static bool
state_write(struct store *s, void *arg, struct error *err)
{
	const struct state_job *state = arg;
	struct journal_txn t;

	journal_begin(&t, s->journal);
	journal_put(&t, JOURNAL_STATE, state->name, strlen(state->name),
		&state->value);
	if (!journal_commit(&t, err))
		return false;
	pthread_rwlock_wrlock(&s->lock);
	state_set(s, state->name, state->value.data, state->value.len);
	pthread_rwlock_unlock(&s->lock);
	return true;
}

static void
state_job_run(struct store *s, struct job *job)
{
	struct state_job *state = (struct state_job *)job;

	state_write(s, state, NULL);
	buf_done(&state->value);
	free(state->name);
	free(state);
}

bool
store_state_put(struct store *s, const char *name, const void *data, size_t len,
	struct error *err)
{
	struct state_job state = { .name = (char *)name };

	buf_add(&state.value, data, len);
	bool ok = writer_call(s, JOB_PLAY, state_write, &state, err);
	buf_done(&state.value);
	return ok;
}

void
store_state_post(struct store *s, const char *name, const void *data, size_t len)
{
	struct state_job *state = mem_new(struct state_job);

	state->job = (struct job){ .priority = JOB_PLAY, .run = state_job_run };
	state->name = str_dup(name);
	buf_add(&state->value, data, len);
	writer_post(s, &state->job);
}
