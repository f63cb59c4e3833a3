// SPDX-License-Identifier: GPL-3.0-or-later
// Who waits for the disk: that nobody does who reads or writes, that no page of the
// cache is written before the log that tells of it is on the disk, and that a
// checkpoint does not mind what is written meanwhile.
#include "config.h"

#include "tests/unit/store-test.h"

#include <limits.h>
#include <pthread.h>
#include <semaphore.h>
#include <stdlib.h>
#include <unistd.h>

#include "base/log.h"
#include "base/str.h"
#include "store/disk.h"

#define LOGS_MAX 64
#define SMALL_CACHE (512 * 1024)

// --- a disk that takes for ever -------------------------------------------------------

static sem_t disk_asked, disk_answers;
static atomic_int syncs_waited;

// For the one whose work it is to wait; whoever else calls does not wait, and is
// counted.
static int
hook_sync(int fd)
{
	char name[16] = "";

	pthread_getname_np(pthread_self(), name, sizeof(name));
	if (strcmp(name, "flusher") != 0) {
		atomic_fetch_add(&syncs_waited, 1);
		return fdatasync(fd);
	}
	sem_post(&disk_asked);
	sem_wait(&disk_answers);
	sem_post(&disk_answers);
	return fdatasync(fd);
}

// However long the disk takes for the log of a large batch: nobody who reads or
// writes waits for it.
static void
test_slow(void **state)
{
	struct store_test t = { 0 };

	(void)state;
	store_test_open(&t);
	sem_init(&disk_asked, 0, 0);
	sem_init(&disk_answers, 0, 0);
	disk_sync_by(hook_sync);
	store_test_fill(&t, t.inbox, 5000);
	store_settle(t.s);
	sem_wait(&disk_asked);
	assert_string_equal(store_test_counts(&t, t.inbox), "5000 5000");
	assert_int_equal(atomic_load(&syncs_waited), 0);
	sem_post(&disk_answers);
	store_test_close(&t);
	disk_sync_by(fdatasync);
}

// --- the log first --------------------------------------------------------------------

// Of the cache: how far each log has been written, and synced.
static pthread_mutex_t logs_lock = PTHREAD_MUTEX_INITIALIZER;
static struct {
	off_t written, synced;
} logs[LOGS_MAX];
static int pages_written, pages_early, syncs_kept;
static bool watching;

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

// --- a checkpoint beside the writing ------------------------------------------------

#define CHECKPOINT_PAGE 5 // neither the first nor the root, which every row changes

static sem_t page_reached, page_let_go;
static atomic_bool page_held;

// Stops the checkpoint at one page, once.
static ssize_t
hold_write(int fd, const void *data, size_t len)
{
	char name[16] = "";
	off_t at = lseek(fd, 0, SEEK_CUR);

	pthread_getname_np(pthread_self(), name, sizeof(name));
	if (strcmp(name, "flusher") == 0 && len == DISK_PAGE &&
		at == CHECKPOINT_PAGE * DISK_PAGE && log_number(fd) == 0 &&
		!atomic_exchange(&page_held, true)) {
		sem_post(&page_reached);
		sem_wait(&page_let_go);
	}
	return write(fd, data, len);
}

// What is written while a checkpoint goes on is not taken for written by it.
static void
test_checkpoint(void **state)
{
	struct store_test t = { 0 };

	(void)state;
	sem_init(&page_reached, 0, 0);
	sem_init(&page_let_go, 0, 0);
	disk_write_by(hold_write);
	store_test_open(&t);
	store_test_fill(&t, t.inbox, 12000);
	sem_wait(&page_reached);
	store_test_fill(&t, t.archive, 2000);
	sem_post(&page_let_go);
	store_test_verify(&t);
	store_test_close(&t);
	disk_write_by(write);
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_slow),
		cmocka_unit_test(test_log_first),
		cmocka_unit_test(test_checkpoint),
	};

	return cmocka_run_group_tests_name("store-disk", tests, NULL, NULL);
}
