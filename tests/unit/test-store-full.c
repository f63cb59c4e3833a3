// SPDX-License-Identifier: GPL-3.0-or-later
// A full disk: what cannot be journalled is not done and said; the store lives on,
// shows what it knows, and works again when there is room.
#include "config.h"

#include "tests/unit/store-test.h"

#include <db.h>
#include <errno.h>
#include <limits.h>
#include <unistd.h>

#include "store/disk.h"

// Berkeley DB keeps a few bytes when a recovery has no room.
const char *__lsan_default_suppressions(void);
const char *
__lsan_default_suppressions(void)
{
	return "leak:__env_remove_env\nleak:__env_attach\nleak:libdb-5";
}

// Berkeley DB's hooks have no argument. Writes that are still let through; below
// 0: all are.
static atomic_long room = -1;
// And how many fail after that, before there is room again.
static atomic_long failing = LONG_MAX;
static atomic_long writes;

// The first write that finds no room finds some for its half.
static atomic_bool half;

// The journal's disk has room, as where its log file has some left.
static atomic_bool only_cache;

static bool
is_of_cache(int fd)
{
	char link[64], path[4096];

	snprintf(link, sizeof(link), "/proc/self/fd/%d", fd);
	ssize_t n = readlink(link, path, sizeof(path) - 1);
	path[n > 0 ? n : 0] = '\0';
	return strstr(path, "/cache/") != NULL;
}

static bool
is_full(int fd)
{
	atomic_fetch_add(&writes, 1);
	if (atomic_load(&room) < 0 || (atomic_load(&only_cache) && !is_of_cache(fd)))
		return false;
	if (atomic_load(&room) > 0) {
		atomic_fetch_sub(&room, 1);
		return false;
	}
	if (atomic_fetch_sub(&failing, 1) <= 1)
		atomic_store(&room, -1);
	return true;
}

static ssize_t
hook_write(int fd, const void *data, size_t len)
{
	if (!is_full(fd))
		return write(fd, data, len);
	errno = 0;
	if (len > 1 && atomic_exchange(&half, false))
		return write(fd, data, len / 2);
	errno = ENOSPC;
	return -1;
}

static ssize_t
hook_pwrite(int fd, const void *data, size_t len, off_t at)
{
	if (!is_full(fd))
		return pwrite(fd, data, len, at);
	errno = ENOSPC;
	return -1;
}

static void
fill_disk(long after, long fails)
{
	atomic_store(&failing, fails);
	atomic_store(&room, after);
}

static void
free_disk(void)
{
	atomic_store(&room, -1);
	atomic_store(&failing, LONG_MAX);
}

static int
setup(void **state)
{
	(void)state;
	free_disk();
	disk_write_by(hook_write);
	db_env_set_func_pwrite(hook_pwrite);
	return 0;
}

static void
test_act(void **state)
{
	struct store_test t = { 0 };

	(void)state;
	store_test_open(&t);
	store_test_fill(&t, t.inbox, 3);
	fill_disk(0, LONG_MAX);
	store_test_flag(&t, store_test_id(&t, t.inbox, 2), "seen", "");
	assert_int_equal(t.err.kind, ERROR_STORE);
	assert_non_null(strstr(t.err.text, "make room"));
	assert_string_equal(store_test_rows(&t, t.inbox, ORDER_DATE), "3 2 1");
	assert_int_equal(store_operations_count(t.s, 0), 0);
	store_test_undo(&t, true);
	assert_int_equal(t.err.kind, ERROR_INPUT);
	assert_false(store_state_put(t.s, "x", "y", 1, &t.err));
	free_disk();
	store_test_flag(&t, store_test_id(&t, t.inbox, 2), "seen", "");
	assert_int_equal(t.err.kind, ERROR_NONE);
	assert_string_equal(store_test_rows(&t, t.inbox, ORDER_DATE), "3 2Sp 1");
	store_test_reopen(&t);
	assert_string_equal(store_test_rows(&t, t.inbox, ORDER_DATE), "3 2Sp 1");
	assert_int_equal(store_operations_count(t.s, 0), 1);
	store_test_close(&t);
}

// The disk is full in the middle of a write: that is no damage, either.
static void
test_half(void **state)
{
	struct store_test t = { 0 };

	(void)state;
	store_test_open(&t);
	store_test_fill(&t, t.inbox, 3);
	uint64_t generation = store_generation(t.s);
	atomic_store(&half, true);
	fill_disk(0, LONG_MAX);
	store_test_flag(&t, store_test_id(&t, t.inbox, 2), "seen", "");
	assert_int_equal(t.err.kind, ERROR_STORE);
	assert_non_null(strstr(t.err.text, "make room"));
	assert_false(atomic_load(&half));
	atomic_store(&half, true);
	atomic_store(&only_cache, true);
	store_test_flag(&t, store_test_id(&t, t.inbox, 2), "seen", "");
	atomic_store(&only_cache, false);
	free_disk();
	store_test_flag(&t, store_test_id(&t, t.inbox, 1), "seen", "");
	assert_int_equal(t.err.kind, ERROR_NONE);
	assert_int_equal(store_generation(t.s), generation);
	store_test_close(&t);
}

// The journal takes an act that the cache cannot show: that is said, and it is
// shown and played as soon as there is room.
static void
test_unshown(void **state)
{
	struct store_test t = { 0 };

	(void)state;
	store_test_open(&t);
	store_test_fill(&t, t.inbox, 3);
	atomic_store(&only_cache, true);
	fill_disk(0, LONG_MAX);
	store_test_flag(&t, store_test_id(&t, t.inbox, 2), "seen", "");
	assert_int_equal(t.err.kind, ERROR_NONE);
	assert_string_equal(store_test_rows(&t, t.inbox, ORDER_DATE), "3 2 1");
	assert_int_equal(t.told[STORE_REFUSED], 1);
	assert_non_null(strstr(t.text, "is done"));
	assert_non_null(strstr(t.text, "make room"));
	store_test_undo(&t, true);
	assert_int_equal(t.err.kind, ERROR_NONE);
	store_test_undo(&t, false);
	assert_int_equal(t.err.kind, ERROR_NONE);
	free_disk();
	store_test_to(&t, ACT_MOVE, store_test_id(&t, t.inbox, 1), t.archive);
	assert_string_equal(store_test_rows(&t, t.inbox, ORDER_DATE), "3 2Sp");
	assert_true(store_test_play(&t, 0));
	assert_true(store_test_play(&t, 9));
	assert_false(store_test_play(&t, 0));
	assert_string_equal(store_test_rows(&t, t.inbox, ORDER_DATE), "3 2S");
	assert_string_equal(store_test_rows(&t, t.archive, ORDER_DATE), "9");
	store_test_close(&t);
	atomic_store(&only_cache, false);
}

static void
test_sync(void **state)
{
	struct store_test t = { 0 };
	struct batch b;

	(void)state;
	store_test_open(&t);
	store_test_fill(&t, t.inbox, 3);
	fill_disk(0, LONG_MAX);
	batch_init(&b, t.inbox);
	batch_row(&b, 4, "new", "new@x", NULL, EPOCH + 99 * DAY, "");
	assert_false(batch_sync(&t, &b));
	assert_int_equal(t.err.kind, ERROR_STORE);
	assert_string_equal(store_test_rows(&t, t.inbox, ORDER_DATE), "3 2 1");
	assert_string_equal(store_test_counts(&t, t.inbox), "3 3");
	free_disk();
	batch_init(&b, t.inbox);
	batch_row(&b, 4, "new", "new@x", NULL, EPOCH + 99 * DAY, "");
	batch_must(&t, &b);
	assert_string_equal(store_test_rows(&t, t.inbox, ORDER_DATE), "4 3 2 1");
	store_test_reopen(&t);
	assert_string_equal(store_test_rows(&t, t.inbox, ORDER_DATE), "4 3 2 1");
	store_test_close(&t);
}

static void
steps(struct store_test *t)
{
	for (uint32_t uid = 1; uid <= 4; uid++) {
		struct batch b;
		uint64_t id;
		char name[32];
		batch_init(&b, t->inbox);
		for (uint32_t i = 0; i < 40; i++) {
			snprintf(name, sizeof(name), "%u@x", uid * 100 + i);
			batch_row(&b, uid * 100 + i, "subject", name, NULL, EPOCH + uid, "");
		}
		batch_sync(t, &b);
		id = store_test_id(t, t->inbox, uid * 100);
		store_test_flag(t, id, "flagged", "");
		store_test_to(t, ACT_MOVE, store_test_id(t, t->inbox, uid * 100 + 1),
			t->archive);
		struct operation op;
		if (store_operation_next(t->s, t->account, &op)) {
			uint32_t to = 500 + uid;
			if (op.n == 1)
				store_operation_played(t->s, op.seq, VALIDITY, op.uids, &to, 1,
					&t->err);
			operation_done(&op);
		}
	}
}

// Room ends at each write in turn, and comes back a little later.
static void
test_every_write(void **state)
{
	static const long fails[] = { 1, 3, 40 };
	long step = getenv("POSTERN_SOAK") != NULL ? 1 : 31;

	(void)state;
	for (size_t i = 0; i < COUNT_OF(fails); i++) {
		for (long at = (long)i;; at += step) {
			struct store_test t = { 0 };
			free_disk();
			store_test_open(&t);
			store_test_fill(&t, t.inbox, 20);
			store_test_flag(&t, store_test_id(&t, t.inbox, 7), "seen", "");
			atomic_store(&writes, 0);
			fill_disk(at, fails[i]);
			steps(&t);
			bool met = atomic_load(&room) != at && atomic_load(&writes) > at;
			free_disk();
			// What was acknowledged before is there, now and after a restart.
			steps(&t);
			if (store_order_count(t.s, t.inbox) < 100)
				store_test_fill(&t, t.inbox, 20); // the cache was replaced
			store_test_verify(&t);
			struct message m;
			uint64_t id = store_test_id(&t, t.inbox, 7);
			assert_true(store_message(t.s, id, &m));
			assert_true(m.flags.bits & FLAG_SEEN);
			message_done(&m);
			size_t pending = store_operations_count(t.s, 0);
			store_test_reopen(&t);
			assert_true(store_operations_count(t.s, 0) <= pending + 1);
			store_test_close(&t);
			if (!met)
				break;
		}
	}
}

// It cannot be opened at all: that is said, and nothing is thrown away for it.
static void
test_open(void **state)
{
	struct store_test t = { 0 };
	struct store_settings settings;

	(void)state;
	store_test_open(&t);
	store_test_fill(&t, t.inbox, 3);
	store_close(&t.s);
	settings = (struct store_settings){ .folder = t.home, .mail = t.home };
	for (long at = 0; at < 8; at++) {
		fill_disk(at, LONG_MAX);
		if (!store_open(&t.s, &settings, &t.err)) {
			assert_int_equal(t.err.kind, ERROR_STORE);
			assert_null(t.s);
			// The reason, and nothing of damage.
			if (strstr(t.err.text, "No space") == NULL ||
				strstr(t.err.text, "make room") == NULL ||
				strstr(t.err.text, "damage") != NULL)
				fail_msg("%s", t.err.text);
		} else {
			store_close(&t.s);
		}
		free_disk();
	}
	store_test_open_only(&t);
	assert_string_equal(store_test_rows(&t, t.inbox, ORDER_DATE), "3 2 1");
	store_test_close(&t);
}

// A folder that was first listed when the disk was full keeps the identity that acts
// in it have named since.
static void
test_listing(void **state)
{
	const struct folder folders[] = {
		{ .name = (char *)"INBOX", .remote_name = (char *)"INBOX",
			.delimiter = '/', .role = ROLE_INBOX },
		{ .name = (char *)"Later", .remote_name = (char *)"Later",
			.delimiter = '/' },
	};
	struct store_test t = { 0 };

	(void)state;
	store_test_open(&t);
	fill_disk(0, LONG_MAX);
	assert_false(store_folders_sync(t.s, t.account, folders, 2, 0, &t.err));
	free_disk();
	store_test_list(&t, folders, 2);
	uint32_t later = store_test_folder(&t, "Later");
	assert_int_not_equal(later, 0);
	store_test_reopen(&t);
	assert_int_equal(store_test_folder(&t, "Later"), later);
	store_test_close(&t);
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test_setup(test_act, setup),
		cmocka_unit_test_setup(test_half, setup),
		cmocka_unit_test_setup(test_unshown, setup),
		cmocka_unit_test_setup(test_sync, setup),
		cmocka_unit_test_setup(test_listing, setup),
		cmocka_unit_test_setup(test_every_write, setup),
		cmocka_unit_test_setup(test_open, setup),
	};

	return cmocka_run_group_tests_name("store-full", tests, NULL, NULL);
}
