// SPDX-License-Identifier: GPL-3.0-or-later
// Folders and files of ours, and the log, in a temporary folder.
#include "config.h"

#include "tests/unit/test.h"

#include <fcntl.h>
#include <pthread.h>
#include <stdio.h>
#include <string.h>
#include <sys/stat.h>
#include <sys/syscall.h>
#include <unistd.h>

#include "base/buf.h"
#include "base/error.h"
#include "base/log.h"
#include "base/utf8.h"

// Called in place of the library's: which folders were brought to the disk.
static ino_t synced[16];
static size_t n_synced;

int
fsync(int fd)
{
	struct stat st;

	if (fstat(fd, &st) == 0 && n_synced < COUNT_OF(synced))
		synced[n_synced++] = st.st_ino;
	return (int)syscall(SYS_fsync, fd);
}

static bool
is_synced(const char *path)
{
	struct stat st;

	assert_int_equal(stat(path, &st), 0);
	for (size_t i = 0; i < n_synced; i++)
		if (synced[i] == st.st_ino)
			return true;
	return false;
}

static unsigned
mode_of(const char *path)
{
	struct stat st;

	assert_int_equal(lstat(path, &st), 0);
	return st.st_mode & 0777;
}

static void
make_file(const char *path, const char *text)
{
	struct error err = {0};
	int fd = path_create(path, &err);

	assert_true(fd >= 0);
	assert_int_equal(write(fd, text, strlen(text)), (ssize_t)strlen(text));
	close(fd);
}

static void
test_names(void **state)
{
	(void)state;
	static const struct {
		const char *folder, *name, *path;
	} joins[] = {
		{ "a", "b", "a/b" }, { "a/", "b", "a/b" }, { "/", "b", "/b" },
		{ "", "b", "b" },
	};

	for (size_t i = 0; i < COUNT_OF(joins); i++) {
		char *path = path_join(joins[i].folder, joins[i].name);
		assert_string_equal(path, joins[i].path);
		free(path);
	}
	setenv("HOME", "/home/ann", 1);
	char *path = path_expand("~/x");
	assert_string_equal(path, "/home/ann/x");
	free(path);
	path = path_expand("~ann/x");
	assert_string_equal(path, "~ann/x");
	free(path);
	assert_string_equal(path_base("/a/b"), "b");
	assert_string_equal(path_base("b"), "b");
	assert_string_equal(path_base("a/"), "");
	assert_true(path_is_absolute("/a") && !path_is_absolute("a"));
}

static void
test_safe_name(void **state)
{
	(void)state;
	static const struct {
		const char *name, *safe;
	} cases[] = {
		{ "report.pdf", "report.pdf" },
		{ "../../etc/passwd", "passwd" },
		{ "..", "unnamed" },
		{ "", "unnamed" },
		{ "a/", "unnamed" },
		{ "C:\\windows\\x.exe", "x.exe" },
		{ ".bashrc", "bashrc" },
		{ "-rf", "rf" },
		{ "|reboot", "reboot" },
		{ "~root", "root" },
		{ " . - x", "x" },
		{ "x. . ", "x" },
		{ "a\nb\x1b[1mc", "a b [1mc" },
		{ "x\u202egpj.exe", "xgpj.exe" },
		{ "\u200b\u200b", "unnamed" },
		{ "\u00c4rger.txt", "\u00c4rger.txt" },
		{ "bad\xff.txt", "bad\uFFFD.txt" },
	};

	for (size_t i = 0; i < COUNT_OF(cases); i++) {
		char *safe = path_safe_name(cases[i].name);
		assert_string_equal(safe, cases[i].safe);
		free(safe);
	}
}

static void
test_safe_name_long(void **state)
{
	(void)state;
	for (size_t lead = 0; lead < 4; lead++) {
		struct buf name = {0};
		buf_add(&name, "xyz", lead);
		for (int i = 0; i < 200; i++)
			buf_str(&name, "\u4f60");
		buf_str(&name, ".jpeg");
		char *safe = path_safe_name(name.data);
		assert_in_range(strlen(safe), PATH_NAME_MAX - 3, PATH_NAME_MAX);
		assert_true(str_has_suffix(safe, ".jpeg"));
		assert_true(utf8_valid(safe, strlen(safe)));
		free(safe);
		// An ending that is no ending is cut with the rest.
		buf_insert(&name, 3, ".", 1);
		buf_cut(&name, name.len - 5);
		safe = path_safe_name(name.data);
		assert_in_range(strlen(safe), PATH_NAME_MAX - 3, PATH_NAME_MAX);
		free(safe);
		buf_done(&name);
	}
}

static void
test_make_folder(void **state)
{
	(void)state;
	char *top = test_folder_make();
	char *deep = path_join(top, "a/b//c/");
	char *link = path_join(top, "link");
	char *file = path_join(top, "file");
	char *under = path_join(link, "d");
	struct error err = {0};

	n_synced = 0;
	assert_true(path_make_folder(deep, &err));
	assert_true(is_synced(top) && n_synced == 3); // where a, b and c were made
	assert_true(path_make_folder(deep, &err));
	assert_int_equal(n_synced, 3);
	assert_int_equal(mode_of(deep), 0700);

	// A link may lead there, but not be it.
	assert_int_equal(symlink("a", link), 0);
	assert_false(path_make_folder(link, &err));
	assert_int_equal(err.kind, ERROR_STORE);
	assert_non_null(strstr(err.text, link));
	assert_true(path_make_folder(under, &err));

	make_file(file, "");
	assert_false(path_make_folder(file, &err));
	assert_false(path_make_folder("", &err));
	free(under);
	under = path_join(file, "x");
	assert_false(path_make_folder(under, &err));
	free(under);
	free(file);
	free(link);
	free(deep);
	test_folder_remove(&top);
}

static void
test_home(void **state)
{
	(void)state;
	char *top = test_folder_make();
	struct path_home h;
	struct error err = {0};

	assert_true(path_home_init(&h, top, &err));
	assert_true(str_has_prefix(h.run, top) && str_has_suffix(h.run, "/run"));
	assert_int_equal(mode_of(h.store), 0700);
	// Found open to others, it is closed.
	assert_int_equal(chmod(h.mail, 0755), 0);
	path_home_done(&h);
	assert_null(h.mail);
	assert_true(path_home_init(&h, top, &err));
	assert_int_equal(mode_of(h.mail), 0700);

	// A linked configuration is fine, a linked store is not.
	char *elsewhere = path_join(top, "elsewhere");
	assert_true(path_make_folder(elsewhere, &err));
	assert_int_equal(rmdir(h.config), 0);
	assert_int_equal(symlink(elsewhere, h.config), 0);
	char *store = str_dup(h.store);
	path_home_done(&h);
	assert_true(path_home_init(&h, top, &err));
	path_home_done(&h);
	assert_int_equal(rmdir(store), 0);
	assert_int_equal(symlink(elsewhere, store), 0);
	assert_false(path_home_init(&h, top, &err));
	assert_int_equal(err.kind, ERROR_STORE);
	assert_null(h.config);
	free(store);
	free(elsewhere);
	test_folder_remove(&top);
}

static void
test_home_xdg(void **state)
{
	(void)state;
	char *top = test_folder_make();
	char *run = path_join(top, "run");
	struct path_home h;
	struct error err = {0};

	setenv("HOME", top, 1);
	setenv("XDG_CONFIG_HOME", "relative/is/ignored", 1);
	unsetenv("XDG_DATA_HOME");
	unsetenv("XDG_STATE_HOME");
	unsetenv("XDG_RUNTIME_DIR");
	assert_true(path_home_init(&h, NULL, &err));
	assert_string_equal(h.config + strlen(top), "/.config/postern");
	assert_string_equal(h.mail + strlen(top), "/.local/share/postern/mail");
	assert_string_equal(h.store + strlen(top), "/.local/share/postern/store");
	assert_string_equal(h.run + strlen(top),
		"/.local/share/postern/store/run");
	assert_string_equal(h.log + strlen(top), "/.local/state/postern/log");
	path_home_done(&h);
	// The lock of a store is the same whatever a session has.
	assert_true(path_make_folder(run, &err));
	setenv("XDG_RUNTIME_DIR", run, 1);
	assert_true(path_home_init(&h, NULL, &err));
	assert_string_equal(h.run + strlen(top),
		"/.local/share/postern/store/run");
	path_home_done(&h);
	unsetenv("XDG_CONFIG_HOME");
	unsetenv("XDG_RUNTIME_DIR");
	free(run);
	test_folder_remove(&top);
}

static void
test_files(void **state)
{
	(void)state;
	char *top = test_folder_make();
	char *path = path_join(top, "file");
	char *link = path_join(top, "link");
	struct error err = {0};
	struct buf b = {0};

	assert_false(path_read(path, 100, &b, &err));
	assert_int_equal(err.kind, ERROR_STORE);
	assert_true(path_write_atomic(path, "first", 5, &err));
	assert_true(path_write_atomic(path, "second", 6, &err));
	assert_int_equal(mode_of(path), 0600);
	buf_str(&b, "> ");
	assert_true(path_read(path, 6, &b, &err));
	assert_string_equal(b.data, "> second");
	assert_false(path_read(path, 5, &b, &err));
	assert_int_equal(err.kind, ERROR_INPUT);
	assert_string_equal(b.data, "> second");

	// Neither creating nor writing goes through a link.
	assert_int_equal(symlink(path, link), 0);
	assert_int_equal(path_create(link, &err), -1);
	assert_int_equal(path_create(path, &err), -1);
	assert_true(path_write_atomic(link, "own", 3, &err));
	buf_clear(&b);
	assert_true(path_read(path, 100, &b, &err));
	assert_string_equal(b.data, "second");

	// A failed write leaves nothing beside.
	char *folder = path_join(top, "folder");
	assert_true(path_make_folder(folder, &err));
	assert_false(path_write_atomic(folder, "x", 1, &err));
	assert_int_equal(err.kind, ERROR_STORE);
	assert_int_equal(unlink(path), 0);
	assert_int_equal(unlink(link), 0);
	assert_int_equal(rmdir(folder), 0);
	assert_int_equal(rmdir(top), 0);
	free(folder);
	free(link);
	free(path);
	free(top);
	buf_done(&b);
}

static void
test_read_large(void **state)
{
	(void)state;
	char *top = test_folder_make();
	char *path = path_join(top, "large");
	struct buf in = {0}, out = {0};
	struct error err = {0};

	while (in.len < 300000)
		buf_printf(&in, "%zu\n", in.len);
	assert_true(path_write_atomic(path, in.data, in.len, &err));
	assert_true(path_read(path, in.len, &out, &err));
	assert_int_equal(out.len, in.len);
	assert_memory_equal(out.data, in.data, in.len + 1);
	buf_done(&in);
	buf_done(&out);
	free(path);
	test_folder_remove(&top);
}

static void
test_remove_tree(void **state)
{
	(void)state;
	char *top = test_folder_make();
	char *tree = path_join(top, "tree/a/b");
	char *file = path_join(tree, "file");
	char *kept = path_join(top, "kept");
	char *inner = path_join(kept, "inner");
	char *link = path_join(tree, "link");
	char *root = path_join(top, "tree");
	struct error err = {0};

	assert_true(path_make_folder(tree, &err));
	assert_true(path_make_folder(kept, &err));
	make_file(file, "x");
	make_file(inner, "x");
	assert_int_equal(symlink(kept, link), 0);
	assert_true(path_remove_tree(root, &err));
	assert_false(path_exists(root));
	assert_true(path_exists(inner));
	assert_true(path_remove_tree(root, &err));
	assert_int_equal(symlink(kept, root), 0);
	assert_false(path_remove_tree(root, &err));
	assert_true(path_exists(inner));
	free(root);
	free(link);
	free(inner);
	free(kept);
	free(file);
	free(tree);
	test_folder_remove(&top);
}

static void
test_trusted(void **state)
{
	(void)state;
	char *top = test_folder_make();
	char *path = path_join(top, "config");
	struct error err = {0};
	struct buf b = {0};

	assert_false(path_read_trusted(path, 10, &b, &err));
	assert_int_equal(err.kind, ERROR_STORE);
	make_file(path, "text");
	assert_true(path_read_trusted(path, 10, &b, &err));
	assert_string_equal(buf_text(&b), "text");
	assert_false(path_read_trusted(path, 3, &b, &err));
	assert_int_equal(chmod(path, 0602), 0);
	assert_false(path_read_trusted(path, 10, &b, &err));
	assert_int_equal(err.kind, ERROR_INPUT);
	assert_non_null(strstr(err.text, "others may write"));
	assert_string_equal(buf_text(&b), "text");
	buf_done(&b);
	free(path);
	test_folder_remove(&top);
}

static void
test_log(void **state)
{
	(void)state;
	char *top = test_folder_make();
	char *path = path_join(top, "postern.log");
	struct error err = {0};
	struct buf b = {0};

	log_error("dropped: not open");
	assert_true(log_open(top, LOG_LEVEL_INFO, &err));
	log_debug("dropped: too fine");
	thread_name("tester-with-a-long-name");
	log_info("from %s\x1b[2J\nsecond line", "a server");
	log_error("bad");
	log_close();
	log_error("dropped: closed");
	assert_int_equal(mode_of(path), 0600);
	assert_true(path_read(path, 1000, &b, &err));
	struct strlist lines = {0};
	strlist_split(&lines, b.data, '\n');
	assert_int_equal(lines.len, 2);
	assert_string_equal(strchr(lines.items[0], ' '),
		" tester-with-a-l info from a server [2J second line");
	assert_string_equal(strchr(lines.items[1], ' '),
		" tester-with-a-l error bad");
	strlist_done(&lines);
	buf_done(&b);
	free(path);
	test_folder_remove(&top);
}

static void
test_log_turns(void **state)
{
	(void)state;
	char *top = test_folder_make();
	char *path = path_join(top, "postern.log");
	char *old = path_join(top, "postern.log.1");
	struct error err = {0};
	struct stat st;

	make_file(path, "");
	assert_int_equal(truncate(path, LOG_SIZE_MAX + 1), 0);
	assert_true(log_open(top, LOG_LEVEL_DEBUG, &err));
	log_debug("first of the new one");
	log_close();
	assert_int_equal(stat(old, &st), 0);
	assert_int_equal(st.st_size, LOG_SIZE_MAX + 1);
	assert_int_equal(stat(path, &st), 0);
	assert_in_range(st.st_size, 20, 200);
	free(old);
	free(path);
	test_folder_remove(&top);
}

static void *
other_thread(void *arg)
{
	*(bool *)arg = thread_is_ui();
	return NULL;
}

static void *
claiming_thread(void *arg)
{
	pthread_t other;

	thread_claim_ui();
	assert_int_equal(pthread_create(&other, NULL, other_thread, arg), 0);
	pthread_join(other, NULL);
	return thread_is_ui() ? arg : NULL;
}

static void
test_ui_thread(void **state)
{
	(void)state;
	bool other_is_ui = true;
	pthread_t thread;
	void *claimed;

	assert_int_equal(pthread_create(&thread, NULL, claiming_thread,
		&other_is_ui), 0);
	pthread_join(thread, &claimed);
	assert_non_null(claimed);
	assert_false(other_is_ui);
	assert_false(thread_is_ui());
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_names),
		cmocka_unit_test(test_safe_name),
		cmocka_unit_test(test_safe_name_long),
		cmocka_unit_test(test_make_folder),
		cmocka_unit_test(test_trusted),
		cmocka_unit_test(test_home),
		cmocka_unit_test(test_home_xdg),
		cmocka_unit_test(test_files),
		cmocka_unit_test(test_read_large),
		cmocka_unit_test(test_remove_tree),
		cmocka_unit_test(test_log),
		cmocka_unit_test(test_log_turns),
		cmocka_unit_test(test_ui_thread),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
