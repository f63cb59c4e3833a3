// SPDX-License-Identifier: GPL-3.0-or-later
// A cache that was damaged, cut, removed or made by another version is replaced
// while the program runs, and the pending acts are laid over what comes again.
#include "config.h"

#include "tests/unit/store-test.h"

#include <dirent.h>
#include <fcntl.h>
#include <sys/stat.h>
#include <unistd.h>

#include "base/log.h"

#define ROWS 300

static void
fill(struct store_test *t)
{
	for (uint32_t from = 1; from <= ROWS; from += 100) {
		struct batch b;
		batch_init(&b, t->inbox);
		for (uint32_t uid = from; uid < from + 100; uid++) {
			char id[32], subject[200];
			snprintf(id, sizeof(id), "%u@x", uid);
			snprintf(subject, sizeof(subject), "%u: %0150d", uid, 0);
			batch_row(&b, uid, subject, id, NULL, EPOCH + uid, "");
		}
		b.b.lowest_uid = 1;
		batch_must(t, &b);
	}
}

// Everything that a screen asks: may find nothing, may not fail.
static void
read_all(struct store_test *t)
{
	struct message rows[100];
	uint64_t *ids = mem_alloc(ROWS, sizeof(*ids));

	for (int order = ORDER_DATE; order <= ORDER_THREAD; order++) {
		for (uint32_t at = 0; at < ROWS; at += COUNT_OF(rows)) {
			size_t n = store_order_rows(t->s, t->inbox, order, at,
				COUNT_OF(rows), rows);
			while (n > 0)
				message_done(&rows[--n]);
		}
		store_order_ids(t->s, t->inbox, order, 0, ROWS, ids);
	}
	struct sync_known *known;
	store_sync_known(t->s, t->inbox, 1, ROWS, &known);
	free(known);
	free(ids);
}

static char *
cache_file(struct store_test *t, const char *name)
{
	return str_printf("%s/cache/%s", t->home, name);
}

static const char *const files[] = {
	"messages.db", "places.db", "dates.db", "talks.db", "members.db", "links.db",
	"folders.db", "bodies.db", "laid.db",
};

// Bytes all over the file are turned around; `step` apart.
static void
flip(const char *path, long step)
{
	int fd = open(path, O_RDWR);
	struct stat st;
	unsigned char c;

	assert_true(fd >= 0 && fstat(fd, &st) == 0);
	for (long at = 100; at < st.st_size; at += step) {
		assert_int_equal(pread(fd, &c, 1, at), 1);
		c ^= 0x55;
		assert_int_equal(pwrite(fd, &c, 1, at), 1);
	}
	close(fd);
}

static void
cut(const char *path, long step)
{
	struct stat st;

	assert_int_equal(stat(path, &st), 0);
	assert_int_equal(truncate(path, step == 0 ? 0 : st.st_size / 8192 * 4096), 0);
}

static const struct damage {
	const char *name;
	void (*run)(const char *path, long step);
	long step;
} damages[] = {
	{ "first page", flip, 1 << 30 },
	{ "all pages", flip, 4096 },
	{ "some page", flip, 3 * 4096 + 50 },
	{ "emptied", cut, 0 },
	{ "cut to half", cut, 1 },
};

// The act of before is over what is fetched again.
static void
expect_filled_anew(struct store_test *t, const char *what)
{
	struct message m;

	fill(t);
	if (store_order_count(t->s, t->inbox) != ROWS)
		fail_msg("%s: %u rows", what, store_order_count(t->s, t->inbox));
	assert_true(store_message(t->s, store_test_id(t, t->inbox, 7), &m));
	if (!m.pending || (m.flags.bits & FLAG_FLAGGED) == 0)
		fail_msg("%s: the act is not shown", what);
	message_done(&m);
	store_test_verify(t);
}

static void
damage_one(const char *file, const struct damage *damage, bool running)
{
	struct store_test t = { .cache_bytes = 128 * 1024 };
	char *what = str_printf("%s: %s%s", file, damage->name,
		running ? ", running" : "");

	store_test_open(&t);
	fill(&t);
	store_test_flag(&t, store_test_id(&t, t.inbox, 7), "flagged", "");
	char *path = cache_file(&t, file);
	if (!running)
		store_close(&t.s);
	damage->run(path, damage->step);
	if (!running)
		store_test_open_only(&t);
	read_all(&t);
	store_settle(t.s);
	read_all(&t);
	assert_int_equal(store_test_folder(&t, "INBOX"), t.inbox);
	assert_int_equal(store_operations_count(t.s, 0), 1);
	// Who writes may be told to begin again.
	struct batch b;
	batch_init(&b, t.inbox);
	batch_row(&b, ROWS + 1, "new", "new@x", NULL, EPOCH, "");
	batch_sync(&t, &b);
	batch_init(&b, t.inbox);
	batch_gone(&b, ROWS + 1);
	batch_sync(&t, &b);
	// Damage that nobody has met yet is met by a look at everything.
	if (!store_verify(t.s, NULL, NULL, &t.err))
		store_rebuild(t.s, &t.err);
	expect_filled_anew(&t, what);
	store_test_reopen(&t);
	if (store_order_count(t.s, t.inbox) != ROWS)
		fail_msg("%s: %u rows after a restart", what,
			store_order_count(t.s, t.inbox));
	free(path);
	free(what);
	store_test_close(&t);
}

static void
test_closed(void **state)
{
	(void)state;
	// All of them take a minute: POSTERN_SOAK asks for that.
	size_t step = getenv("POSTERN_SOAK") != NULL ? 1 : 3;
	for (size_t i = 0; i < COUNT_OF(files); i++) {
		for (size_t j = i % step; j < COUNT_OF(damages); j += step)
			damage_one(files[i], &damages[j], false);
	}
}

static void
test_running(void **state)
{
	(void)state;
	size_t files_tried = getenv("POSTERN_SOAK") != NULL ? COUNT_OF(files) : 1;
	for (size_t i = 0; i < files_tried; i++) {
		for (size_t j = 0; j < COUNT_OF(damages); j++)
			damage_one(files[i], &damages[j], true);
	}
}

static void
test_removed(void **state)
{
	(void)state;
	for (int running = 0; running < 2; running++) {
		struct store_test t = { 0 };
		store_test_open(&t);
		fill(&t);
		store_test_flag(&t, store_test_id(&t, t.inbox, 7), "flagged", "");
		if (!running)
			store_close(&t.s);
		char *path = path_join(t.home, "cache");
		assert_true(path_remove_tree(path, &t.err));
		if (!running)
			store_test_open_only(&t);
		read_all(&t);
		if (running)
			store_test_reopen(&t);
		expect_filled_anew(&t, "removed");
		free(path);
		store_test_close(&t);
	}
}

static void
test_rebuild(void **state)
{
	struct store_test t = { 0 };
	struct folder f;
	uint64_t id;

	(void)state;
	store_test_open(&t);
	fill(&t);
	id = store_test_id(&t, t.inbox, 7);
	store_test_flag(&t, id, "flagged", "");
	uint64_t generation = store_generation(t.s);
	assert_true(store_rebuild(t.s, &t.err));
	assert_true(store_generation(t.s) != generation);
	assert_int_equal(t.told[STORE_RESET], 1);
	assert_true(store_folder(t.s, t.inbox, &f));
	assert_int_equal(f.total, 0);
	assert_int_equal(f.uidvalidity, 0);
	assert_int_equal(f.lowest_uid, 0);
	folder_done(&f);
	assert_false(store_message(t.s, id, &(struct message){ 0 }));
	expect_filled_anew(&t, "rebuilt");
	// An id of before never names another message.
	assert_false(store_message(t.s, id, &(struct message){ 0 }));
	char *old = path_join(t.home, "cache.old-1");
	assert_true(path_exists(old));
	store_test_reopen(&t);
	store_settle(t.s);
	assert_false(path_exists(old));
	free(old);
	store_test_close(&t);
}

static void
test_strangers(void **state)
{
	struct store_test t = { 0 };
	static const char *const names[] = { "DB_CONFIG", "link" };

	(void)state;
	store_test_open(&t);
	store_close(&t.s);
	for (size_t i = 0; i < COUNT_OF(names); i++) {
		char *in_cache = cache_file(&t, names[i]);
		char *in_journal = str_printf("%s/journal/%s", t.home, names[i]);
		// The cache is set aside, the journal is not touched.
		assert_int_equal(symlink("/nowhere", in_cache), 0);
		struct store_settings settings = { .folder = t.home, .mail = t.home };
		assert_true(store_open(&t.s, &settings, &t.err));
		store_close(&t.s);
		assert_int_equal(symlink("/nowhere", in_journal), 0);
		assert_false(store_open(&t.s, &settings, &t.err));
		assert_int_equal(t.err.kind, ERROR_STORE);
		assert_null(t.s);
		assert_int_equal(unlink(in_journal), 0);
		free(in_cache);
		free(in_journal);
	}
	store_test_open_only(&t);
	store_test_close(&t);
}

static void
test_journal(void **state)
{
	struct store_test t = { 0 };
	struct store_settings settings;

	(void)state;
	store_test_open(&t);
	store_close(&t.s);
	char *path = str_printf("%s/journal/journal.db", t.home);
	flip(path, 512);
	settings = (struct store_settings){ .folder = t.home, .mail = t.home };
	assert_false(store_open(&t.s, &settings, &t.err));
	assert_int_equal(t.err.kind, ERROR_STORE);
	assert_non_null(strstr(t.err.text, "backup"));
	free(path);
	test_folder_remove(&t.home);
}

// What is said of a cache is said of one that was there.
static void
test_log(void **state)
{
	struct store_test t = { 0 };
	struct buf b = { 0 };

	(void)state;
	t.home = test_folder_make();
	char *path = path_join(t.home, "postern.log");
	assert_true(log_open(t.home, LOG_LEVEL_INFO, &t.err));
	store_test_open(&t);
	if (path_exists(path))
		assert_true(path_read(path, 1 << 20, &b, &t.err));
	if (b.len != 0)
		fail_msg("the first start says: %s", buf_text(&b));
	assert_true(store_rebuild(t.s, &t.err));
	assert_true(path_read(path, 1 << 20, &b, &t.err));
	assert_non_null(strstr(buf_text(&b), "cache is set aside as "));
	log_close();
	buf_done(&b);
	free(path);
	store_test_close(&t);
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_log),
		cmocka_unit_test(test_running),
		cmocka_unit_test(test_closed),
		cmocka_unit_test(test_removed),
		cmocka_unit_test(test_rebuild),
		cmocka_unit_test(test_strangers),
		cmocka_unit_test(test_journal),
	};

	return cmocka_run_group_tests_name("store-damage", tests, NULL, NULL);
}
