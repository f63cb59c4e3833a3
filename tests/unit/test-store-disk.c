// SPDX-License-Identifier: GPL-3.0-or-later
// Who waits for the disk: that nobody does who reads, and that no page of the cache
// is written before the log that tells of it is on the disk.
#include "config.h"

#include "tests/unit/store-test.h"

#include <errno.h>
#include <limits.h>
#include <pthread.h>
#include <stdlib.h>
#include <unistd.h>

#include "base/log.h"
#include "base/str.h"
#include "store/disk.h"
#include "store/inside.h"

#define LOGS_MAX 64
#define SMALL_CACHE (512 * 1024)

// The number of a log of the cache, 0: it is something else of the cache, -1: it is
// not of the cache at all.
static int
log_number(int fd)
{
	char link[32], path[PATH_MAX];

	snprintf(link, sizeof(link), "/proc/self/fd/%d", fd);
	ssize_t len = readlink(link, path, sizeof(path) - 1);
	assert_true(len > 0);
	path[len] = '\0';
	if (strstr(path, "/cache/") == NULL)
		return -1;
	const char *at = strstr(path, "/log.");
	int number = at == NULL ? 0 : atoi(at + strlen("/log."));
	assert_true(number < LOGS_MAX);
	return number;
}

// --- the lock ----------------------------------------------------------------------------

#define HELD_SECONDS 60

static pthread_mutex_t held_lock = PTHREAD_MUTEX_INITIALIZER;
static pthread_cond_t held_change = PTHREAD_COND_INITIALIZER;
static int held;           // syncs of the cache's log that have not returned
static bool holding, held_too_long;
static struct store *synced;
static atomic_int syncs, syncs_locked;

// The disk takes for ever, until it is let go.
static int
hook_sync(int fd)
{
	struct timespec until;

	atomic_fetch_add(&syncs, 1);
	if (synced->lock.__data.__cur_writer == gettid())
		atomic_fetch_add(&syncs_locked, 1);
	clock_gettime(CLOCK_REALTIME, &until);
	until.tv_sec += HELD_SECONDS;
	pthread_mutex_lock(&held_lock);
	if (log_number(fd) > 0) {
		held++;
		pthread_cond_broadcast(&held_change);
		while (holding && !held_too_long)
			held_too_long = pthread_cond_timedwait(&held_change, &held_lock,
				&until) != 0;
	}
	pthread_mutex_unlock(&held_lock);
	return fdatasync(fd);
}

static void
fill_more(struct store_test *t, uint32_t from, uint32_t to)
{
	struct batch b;

	batch_init(&b, t->inbox);
	for (uint32_t uid = from; uid <= to; uid++)
		batch_row(&b, uid, "one of many", "", NULL, EPOCH + (int64_t)uid, "");
	batch_must(t, &b);
}

// However long the disk takes for the log: nobody who reads or writes waits for it.
static void
test_disk(void **state)
{
	struct store_test t = { 0 };
	uint32_t n = 0;

	(void)state;
	store_test_open(&t);
	synced = t.s;
	holding = true;
	disk_sync_by(hook_sync);
	for (bool some = false; !some; n += 1000) {
		assert_true(n < 50000);
		fill_more(&t, 100001 + n, 101000 + n);
		pthread_mutex_lock(&held_lock);
		some = held > 0;
		pthread_mutex_unlock(&held_lock);
	}
	// One waits now.
	fill_more(&t, 1, 5000);
	store_settle(t.s);
	assert_int_not_equal(store_test_id(&t, t.inbox, 5000), 0);
	assert_false(held_too_long);
	pthread_mutex_lock(&held_lock);
	holding = false;
	pthread_cond_broadcast(&held_change);
	pthread_mutex_unlock(&held_lock);
	store_test_verify(&t);
	disk_sync_by(fdatasync);
	assert_false(held_too_long);
	assert_true(held > 0);
	assert_true(atomic_load(&syncs) > 2);
	assert_int_equal(atomic_load(&syncs_locked), 0);
	store_test_reopen(&t);
	assert_int_equal(store_order_count(t.s, t.inbox), n + 5000);
	store_test_close(&t);
}

// --- the log first --------------------------------------------------------------------

// Of the cache: how far each log has been written, and synced.
static pthread_mutex_t logs_lock = PTHREAD_MUTEX_INITIALIZER;
static struct {
	off_t written, synced;
} logs[LOGS_MAX];
static int pages_written, pages_early, syncs_kept;
static bool watching;

static ssize_t
watch_write(int fd, const void *data, size_t len)
{
	int number = log_number(fd);
	uint32_t lsn[2];

	pthread_mutex_lock(&logs_lock);
	if (number == 0 && len == DISK_PAGE && watching) {
		memcpy(lsn, data, sizeof(lsn));
		assert_true(lsn[0] < LOGS_MAX);
		pages_written++;
		if (logs[lsn[0]].synced <= (off_t)lsn[1] && lsn[1] != 0)
			pages_early++;
	}
	pthread_mutex_unlock(&logs_lock);
	off_t from = lseek(fd, 0, SEEK_CUR);
	ssize_t n = write(fd, data, len);
	pthread_mutex_lock(&logs_lock);
	if (number > 0 && n > 0 && from + n > logs[number].written)
		logs[number].written = from + n;
	pthread_mutex_unlock(&logs_lock);
	return n;
}

static int
watch_sync(int fd)
{
	int number = log_number(fd);

	pthread_mutex_lock(&logs_lock);
	off_t written = number > 0 ? logs[number].written : 0;
	pthread_mutex_unlock(&logs_lock);
	int r = fdatasync(fd);
	pthread_mutex_lock(&logs_lock);
	if (number > 0 && logs[number].synced < written)
		logs[number].synced = written;
	syncs_kept++;
	pthread_mutex_unlock(&logs_lock);
	return r;
}

// A cache so small that pages leave it all the time.
static void
test_log_first(void **state)
{
	struct store_test t = { .cache_bytes = SMALL_CACHE };

	(void)state;
	disk_write_by(watch_write);
	disk_sync_by(watch_sync);
	store_test_open(&t);
	watching = true;
	store_test_fill(&t, t.inbox, 20000);
	store_settle(t.s);
	watching = false;
	assert_true(pages_written > 500);
	assert_true(syncs_kept > 0);
	assert_int_equal(pages_early, 0);
	assert_string_equal(store_test_counts(&t, t.inbox), "20000 20000");
	store_test_close(&t);
	disk_write_by(write);
	disk_sync_by(fdatasync);
}

// --- a log that is lost --------------------------------------------------------------

static atomic_int failing;

static int
failing_sync(int fd)
{
	if (log_number(fd) > 0 && atomic_exchange(&failing, 0) != 0) {
		errno = ENOSPC;
		return -1;
	}
	return fdatasync(fd);
}

// What the kernel could not write it forgets: the cache is not trusted any more,
// whoever met the failure, and filled anew.
static void
test_lost(void **state)
{
	struct store_test t = { 0 };

	(void)state;
	store_test_open(&t);
	uint64_t before = store_generation(t.s);
	atomic_store(&failing, 1);
	disk_sync_by(failing_sync);
	for (uint32_t n = 0; atomic_load(&t.told[STORE_RESET]) == 0; n++) {
		struct batch b;
		assert_true(n < 50000);
		batch_init(&b, t.inbox);
		batch_row(&b, n + 1, "one of many", "", NULL, EPOCH + (int64_t)n, "");
		batch_sync(&t, &b);
	}
	disk_sync_by(fdatasync);
	assert_true(store_generation(t.s) > before);
	store_test_verify(&t);
	store_test_fill(&t, t.inbox, 50);
	assert_string_equal(store_test_counts(&t, t.inbox), "50 50");
	store_test_close(&t);
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_disk),
		cmocka_unit_test(test_log_first),
		cmocka_unit_test(test_lost),
	};

	return cmocka_run_group_tests_name("store-disk", tests, NULL, NULL);
}
