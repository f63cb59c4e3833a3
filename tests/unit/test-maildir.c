// SPDX-License-Identifier: GPL-3.0-or-later
// Maildirs: names and flags, UIDs that last, other programs at work in the same
// folder, and a kill or a full disk at every step of every change.
#include "config.h"

#include "tests/unit/test.h"

#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <signal.h>
#include <stdio.h>
#include <string.h>
#include <sys/stat.h>
#include <sys/wait.h>
#include <unistd.h>

#include "base/buf.h"
#include "base/error.h"
#include "base/mem.h"
#include "files/maildir.h"

#define TIMES_10(s) s s s s s s s s s s

// --- helpers ---------------------------------------------------------------------

struct place {
	char *root;
	char *box;       // a Maildir in it
	char *other;
	struct maildir *m;
};

static char *
place_file(const char *folder, const char *name)
{
	return path_join(folder, name);
}

static void
put(const char *folder, const char *name, const char *text)
{
	char *path = place_file(folder, name);
	int fd = open(path, O_WRONLY | O_CREAT | O_EXCL, 0600);

	assert_true(fd >= 0);
	assert_int_equal(write(fd, text, strlen(text)), strlen(text));
	close(fd);
	free(path);
}

static void
put_whole(const char *folder, const char *name, const char *text)
{
	char *path = place_file(folder, name);

	assert_true(path_write_atomic(path, text, strlen(text), NULL));
	free(path);
}

static void
swap(const char *folder, const char *from, const char *to)
{
	char *a = place_file(folder, from), *b = place_file(folder, to);

	assert_int_equal(rename(a, b), 0);
	free(a);
	free(b);
}

static void
drop(const char *folder, const char *name)
{
	char *path = place_file(folder, name);

	assert_int_equal(unlink(path), 0);
	free(path);
}

static bool
has(const char *folder, const char *name)
{
	char *path = place_file(folder, name);
	struct stat st;
	bool is = lstat(path, &st) == 0;

	free(path);
	return is;
}

static struct maildir *
box_open(const char *path)
{
	struct maildir *m;
	struct error err = {0};

	if (!maildir_open(&m, path, true, &err))
		fail_msg("%s", err.text);
	return m;
}

static void
place_init(struct place *p)
{
	p->root = test_folder_make();
	p->box = path_join(p->root, "box");
	p->other = path_join(p->root, "other");
	p->m = box_open(p->box);
}

static void
place_done(struct place *p)
{
	maildir_close(&p->m);
	assert_null(p->m);
	free(p->box);
	free(p->other);
	test_folder_remove(&p->root);
}

static void
place_reopen(struct place *p)
{
	maildir_close(&p->m);
	p->m = box_open(p->box);
}

static size_t
scan(struct maildir *m, const struct maildir_entry **entries_r)
{
	struct error err = {0};
	size_t n;

	if (!maildir_scan(m, entries_r, &n, &err))
		fail_msg("%s", err.text);
	return n;
}

static const struct maildir_entry *
entry_of(struct maildir *m, const char *base)
{
	const struct maildir_entry *entries;
	size_t n = scan(m, &entries);

	for (size_t i = 0; i < n; i++)
		if (strcmp(entries[i].base, base) == 0)
			return &entries[i];
	return NULL;
}

static char *
content(struct maildir *m, uint32_t uid)
{
	struct buf text = {0};
	struct error err = {0};

	if (!maildir_read(m, uid, 0, 1024, &text, &err))
		fail_msg("%s", err.text);
	return buf_take(&text);
}

static bool
content_is(struct maildir *m, uint32_t uid, const char *wanted)
{
	char *text = content(m, uid);
	bool same = strcmp(text, wanted) == 0;

	free(text);
	return same;
}

static size_t
count_content(struct maildir *m, const char *wanted)
{
	const struct maildir_entry *entries;
	size_t n = scan(m, &entries), count = 0;
	uint32_t *uids = mem_alloc(n + 1, sizeof(*uids));

	for (size_t i = 0; i < n; i++)
		uids[i] = entries[i].uid;
	for (size_t i = 0; i < n; i++)
		count += content_is(m, uids[i], wanted);
	free(uids);
	return count;
}

static bool
set_flags(struct maildir *m, uint32_t uid, const char *words, struct error *err)
{
	struct flags flags = {0};

	flags_parse(&flags, words);
	bool ok = maildir_set_flags(m, uid, &flags, err);
	flags_done(&flags);
	return ok;
}

static bool
flags_are(const struct maildir_entry *e, const char *words)
{
	struct buf text = {0};

	flags_format(&text, &e->flags);
	bool same = strcmp(buf_text(&text), words) == 0;
	if (!same)
		print_message("# %s has the flags \"%s\"\n", e->file, buf_text(&text));
	buf_done(&text);
	return same;
}

static bool
write_message(struct maildir *m, const char *text, const char *words,
	int64_t received, uint32_t *uid_r, char **base_r, struct error *err)
{
	struct maildir_write *w;
	struct flags flags = {0};

	if (!maildir_write_begin(m, &w, err))
		return false;
	if (!maildir_write_data(w, text, strlen(text), err)) {
		maildir_write_abort(&w);
		return false;
	}
	flags_parse(&flags, words);
	bool ok = maildir_write_commit(&w, &flags, received, uid_r, base_r, err);
	assert_null(w);
	flags_done(&flags);
	return ok;
}

// --- names and flags ---------------------------------------------------------------

static const struct {
	const char *file;
	const char *base;
	const char *flags;
} names[] = {
	{ "1700000000.M1P1.host:2,", "1700000000.M1P1.host", "" },
	{ "a:2,S", "a", "seen" },
	{ "b:2,DFPRST", "b", "seen answered flagged deleted draft forwarded" },
	{ "c,S=12,W=13:2,RS", "c,S=12,W=13", "seen answered" },
	{ "d:2,SS", "d", "seen" },
	{ "e:2,Sa", "e", "seen todo" },
	{ "f:2,ab", "f", "junk todo" },
	{ "g:2,Sz", "g", "seen" },
	{ "h:2,S,extra=T", "h", "seen" },
	{ "i:1,S", "i:1,S", "" },
	{ "j", "j", "" },
	{ ":2,S", ":2,S", "" },
	{ "k:2,S:2,F", "k:2,S", "flagged" },
	{ "l m\nn:2,F", "l m\nn", "flagged" },
	{ "%41\t\x7f", "%41\t\x7f", "" },
	{ "\xff\xfe:2,T", "\xff\xfe", "deleted" },
	{ "-rf:2,S", "-rf", "seen" },
	{ "|sh:2,", "|sh", "" },
	{ TIMES_10("0123456789" "0123456789") TIMES_10("abcd") "e", NULL, "" },
};

static void
test_names(void **state)
{
	(void)state;
	struct place p;

	place_init(&p);
	put_whole(p.box, "dovecot-keywords", "0 todo\n1 $Junk\n30 far\nbad\n");
	for (size_t i = 0; i < COUNT_OF(names); i++) {
		char *file = str_printf("cur/%s", names[i].file);
		put(p.box, file, names[i].file);
		free(file);
	}
	for (int round = 0; round < 2; round++) {
		const struct maildir_entry *entries;
		assert_int_equal(scan(p.m, &entries), COUNT_OF(names));
		for (size_t i = 0; i < COUNT_OF(names); i++) {
			const char *base = names[i].base ? names[i].base
			                                 : names[i].file;
			const struct maildir_entry *e = entry_of(p.m, base);
			assert_non_null(e);
			assert_true(flags_are(e, names[i].flags));
			assert_true(content_is(p.m, e->uid, names[i].file));
			assert_int_equal(e->size, strlen(names[i].file));
		}
		place_reopen(&p);
	}
	place_done(&p);
}

// What stands in cur/ is none of these: never read, never in the way.
static void
test_no_messages(void **state)
{
	(void)state;
	struct place p;
	const struct maildir_entry *entries;

	place_init(&p);
	char *folder = path_join(p.box, "cur/folder"), *fifo = path_join(p.box, "cur/f");
	char *link = path_join(p.box, "cur/link");
	assert_int_equal(mkdir(folder, 0700), 0);
	assert_int_equal(mkfifo(fifo, 0600), 0);
	assert_int_equal(symlink("/etc/passwd", link), 0);
	put(p.box, "cur/.hidden", "x");
	put(p.box, "new/.hidden", "x");
	assert_int_equal(scan(p.m, &entries), 0);
	// A file that was listed and is a link by now is not followed.
	put(p.box, "cur/m:2,", "mail");
	assert_int_equal(scan(p.m, &entries), 1);
	uint32_t uid = entries[0].uid;
	drop(p.box, "cur/m:2,");
	swap(p.box, "cur/link", "cur/m:2,");
	struct error err = {0};
	struct buf text = {0};
	assert_false(maildir_read(p.m, uid, 0, 100, &text, &err));
	assert_int_equal(err.kind, ERROR_GONE);
	assert_int_equal(text.len, 0);
	buf_done(&text);
	free(folder);
	free(fifo);
	free(link);
	place_done(&p);
}

static const struct {
	const char *file;    // in cur/, "" none named
	const char *flags;
	const char *becomes;
} changes[] = {
	{ "a:2,", "seen", "a:2,S" },
	{ "b:2,S", "", "b:2," },
	{ "c:2,S", "draft flagged forwarded answered seen deleted", "c:2,DFPRST" },
	{ "d:2,Sa", "seen", "d:2,S" },
	{ "e:2,", "todo", "e:2,a" },
	{ "f:2,XYy", "seen", "f:2,SXYy" },  // letters that nobody here knows
	{ "g:2,S,more", "flagged", "g:2,F,more" },
	{ "h", "seen", "h:2,S" },
	{ "i:1,S", "flagged", "i:1,S:2,F" },
	{ "j:2,", "fresh", "j:2,c" },       // a, b are named already
	{ "k:2,", "$Junk FRESH", "k:2,bc" },
	{ "l:2,S", "seen", "l:2,S" },
};

static void
test_set_flags(void **state)
{
	(void)state;
	struct place p;

	place_init(&p);
	put_whole(p.box, "dovecot-keywords", "0 todo\n1 $Junk\n30 far\n");
	for (size_t i = 0; i < COUNT_OF(changes); i++) {
		char *file = str_printf("cur/%s", changes[i].file);
		put(p.box, file, "x");
		char *base = str_ndup(changes[i].file,
			changes[i].file[1] == ':' && changes[i].file[2] == '2'
				? 1 : strlen(changes[i].file));
		const struct maildir_entry *e = entry_of(p.m, base);
		assert_non_null(e);
		uint32_t uid = e->uid;
		struct error err = {0};
		if (!set_flags(p.m, uid, changes[i].flags, &err))
			fail_msg("%s: %s", changes[i].file, err.text);
		char *path = maildir_path(p.m, uid);
		assert_string_equal(path_base(path), changes[i].becomes);
		assert_int_equal(entry_of(p.m, base)->uid, uid);
		free(path);
		free(base);
		free(file);
	}
	struct buf text = {0};
	char *path = path_join(p.box, "dovecot-keywords");
	assert_true(path_read(path, 1000, &text, NULL));
	assert_string_equal(buf_text(&text), "0 todo\n1 $Junk\n2 fresh\n30 far\n");
	assert_false(has(p.box, ".postern-keywords"));
	assert_false(has(p.box, "dovecot-keywords.lock"));
	buf_done(&text);
	free(path);
	place_done(&p);
}

static void
test_own_keywords(void **state)
{
	(void)state;
	struct place p;
	struct error err = {0};

	place_init(&p);
	put(p.box, "cur/a:2,", "x");
	uint32_t uid = entry_of(p.m, "a")->uid;
	for (int i = 0; i < 26; i++) {
		char *word = str_printf("word%02d", i);
		assert_true(set_flags(p.m, uid, word, &err));
		assert_true(flags_are(maildir_find(p.m, uid), word));
		free(word);
	}
	assert_false(set_flags(p.m, uid, "seen one-more", &err));
	assert_int_equal(err.kind, ERROR_REFUSED);
	assert_true(flags_are(maildir_find(p.m, uid), "word25"));
	assert_true(set_flags(p.m, uid, "seen forwarded word03", &err));
	place_reopen(&p);
	assert_true(flags_are(entry_of(p.m, "a"), "seen forwarded word03"));
	assert_true(has(p.box, "cur/a:2,PSd"));
	// Dovecot begins to use the folder: its names go first.
	put_whole(p.box, "dovecot-keywords", "3 theirs\n");
	assert_true(flags_are(entry_of(p.m, "a"), "seen forwarded theirs"));
	place_done(&p);
}

static void
test_name_too_long(void **state)
{
	(void)state;
	struct place p;
	struct error err = {0};
	char name[5 + 255] = "cur/";

	place_init(&p);
	memset(name + 4, 'n', 255);
	name[4 + 255] = '\0';
	put(p.box, name, "long");
	memcpy(name, "new/", 4);
	name[4] = 'm';
	put(p.box, name, "longer");
	const struct maildir_entry *entries;
	assert_int_equal(scan(p.m, &entries), 2);
	for (uint32_t uid = 1; uid <= 2; uid++) {
		char *text = content(p.m, uid);
		assert_int_equal(strncmp(text, "long", 4), 0);
		free(text);
		assert_false(set_flags(p.m, uid, "seen", &err));
		assert_int_equal(err.kind, ERROR_REFUSED);
		uint32_t copy;
		assert_true(maildir_copy(p.m, uid, p.m, &copy, &err));
		assert_true(set_flags(p.m, copy, "seen", &err));
		assert_true(maildir_remove(p.m, uid, &err));
	}
	assert_int_equal(scan(p.m, &entries), 2);
	place_done(&p);
}

// --- UIDs ------------------------------------------------------------------------

static void
test_uids(void **state)
{
	(void)state;
	struct place p;
	const struct maildir_entry *entries;

	place_init(&p);
	assert_int_equal(scan(p.m, &entries), 0);
	uint32_t validity = maildir_uidvalidity(p.m);
	assert_int_not_equal(validity, 0);
	assert_int_equal(maildir_uidnext(p.m), 1);
	put(p.box, "new/b", "b");
	put(p.box, "new/c:2,F", "c");
	put(p.box, "cur/a:2,S", "a");
	char *path = path_join(p.box, "new/b");
	struct timespec old[2] = { { .tv_sec = 1000 }, { .tv_sec = 1000 } };
	assert_int_equal(utimensat(AT_FDCWD, path, old, 0), 0);
	free(path);
	assert_int_equal(scan(p.m, &entries), 3);
	assert_string_equal(entries[0].base, "b"); // came first
	assert_int_equal(entries[0].received, 1000);
	assert_string_equal(entries[0].file, "cur/b:2,");
	assert_true(has(p.box, "cur/c:2,F"));
	assert_int_equal(entries[0].uid, 1);
	assert_int_equal(entries[2].uid, 3);
	assert_int_equal(maildir_uidnext(p.m), 4);
	drop(p.box, "cur/c:2,F");
	place_reopen(&p);
	assert_int_equal(maildir_uidvalidity(p.m), validity);
	put(p.box, "new/d", "d");
	assert_int_equal(scan(p.m, &entries), 3);
	assert_int_equal(entries[2].uid, 4); // 3 is never given again
	assert_int_equal(entry_of(p.m, "b")->uid, 1);
	place_done(&p);
}

static const struct {
	const char *text;   // behind a good list; NULL: instead of it
	const char *whole;
	bool lasts;
} damages[] = {
	{ "7 half", NULL, true },               // torn
	{ "", NULL, true },
	{ "3 old-number\n", NULL, false },
	{ "9999999999 big\n", NULL, false },
	{ "seven word\n", NULL, false },
	{ "8\n", NULL, false },
	{ "8 %0\n", NULL, false },
	{ "8 %00\n", NULL, false },
	{ NULL, "", false },
	{ NULL, "other 1 2 3\n", false },
	{ NULL, "postern-uids 1 0 1\n", false },
	{ NULL, "postern-uids 1 12\n", false },
};

static void
test_damaged_list(void **state)
{
	(void)state;

	for (size_t i = 0; i < COUNT_OF(damages); i++) {
		struct place p;
		const struct maildir_entry *entries;
		place_init(&p);
		put(p.box, "cur/a:2,", "a");
		put(p.box, "cur/b:2,", "b");
		put(p.box, "cur/c:2,", "c");
		assert_int_equal(scan(p.m, &entries), 3);
		uint32_t validity = maildir_uidvalidity(p.m);
		uint32_t uid = entry_of(p.m, "b")->uid;
		maildir_close(&p.m);
		char *path = path_join(p.box, ".postern-uids");
		struct buf text = {0};
		assert_true(path_read(path, 10000, &text, NULL));
		if (damages[i].text != NULL)
			buf_str(&text, damages[i].text);
		else {
			buf_clear(&text);
			buf_str(&text, damages[i].whole);
		}
		assert_true(path_write_atomic(path, buf_text(&text), text.len, NULL));
		p.m = box_open(p.box);
		put(p.box, "new/d", "d");
		assert_int_equal(scan(p.m, &entries), 4);
		assert_true((maildir_uidvalidity(p.m) == validity) == damages[i].lasts);
		if (damages[i].lasts)
			assert_int_equal(entry_of(p.m, "b")->uid, uid);
		uint32_t d = entry_of(p.m, "d")->uid;
		place_reopen(&p);
		assert_int_equal(entry_of(p.m, "d")->uid, d);
		assert_int_equal(scan(p.m, &entries), 4);
		free(path);
		buf_done(&text);
		place_done(&p);
	}
}

static void
test_lost_list(void **state)
{
	(void)state;
	struct place p;
	const struct maildir_entry *entries;

	place_init(&p);
	put(p.box, "cur/a:2,", "a");
	assert_int_equal(scan(p.m, &entries), 1);
	uint32_t validity = maildir_uidvalidity(p.m);
	drop(p.box, ".postern-uids"); // while it is open
	assert_int_equal(scan(p.m, &entries), 1);
	assert_int_not_equal(maildir_uidvalidity(p.m), validity);
	place_done(&p);
}

// Lines of files that are long gone do not stay for ever, and no number comes
// back by their going.
static void
test_compact(void **state)
{
	(void)state;
	struct place p;
	const struct maildir_entry *entries;
	struct buf text = {0};

	place_init(&p);
	put(p.box, "cur/first:2,", "x");
	assert_int_equal(scan(p.m, &entries), 1);
	uint32_t validity = maildir_uidvalidity(p.m);
	maildir_close(&p.m);
	char *path = path_join(p.box, ".postern-uids");
	assert_true(path_read(path, 10000, &text, NULL));
	for (int i = 2; i < 5000; i++)
		buf_printf(&text, "%d gone%d\n", i, i);
	assert_true(path_write_atomic(path, text.data, text.len, NULL));
	p.m = box_open(p.box);
	put(p.box, "cur/last:2,", "x");
	assert_int_equal(scan(p.m, &entries), 2);
	assert_int_equal(entries[1].uid, 5000);
	struct stat st;
	assert_int_equal(stat(path, &st), 0);
	assert_true((size_t)st.st_size < text.len / 2);
	place_reopen(&p);
	assert_int_equal(maildir_uidvalidity(p.m), validity);
	assert_int_equal(maildir_uidnext(p.m), 5001);
	assert_int_equal(scan(p.m, &entries), 2);
	assert_int_equal(entries[0].uid, 1);
	assert_int_equal(entries[1].uid, 5000);
	buf_done(&text);
	free(path);
	place_done(&p);
}

// --- others at work ------------------------------------------------------------------

static void
test_others(void **state)
{
	(void)state;
	struct place p;
	struct error err = {0};

	place_init(&p);
	put(p.box, "cur/a:2,", "a");
	put(p.box, "cur/b:2,", "b");
	uint32_t a = entry_of(p.m, "a")->uid, b = entry_of(p.m, "b")->uid;
	swap(p.box, "cur/a:2,", "cur/a:2,F");
	assert_true(content_is(p.m, a, "a"));
	swap(p.box, "cur/a:2,F", "cur/a:2,R");
	assert_true(set_flags(p.m, a, "seen", &err));
	assert_true(has(p.box, "cur/a:2,S"));
	swap(p.box, "cur/a:2,S", "cur/a:2,ST");
	uint32_t copy;
	assert_true(maildir_copy(p.m, a, p.m, &copy, &err));
	assert_true(content_is(p.m, copy, "a"));
	swap(p.box, "cur/a:2,ST", "cur/a:2,T");
	assert_true(maildir_remove(p.m, a, &err));
	assert_null(entry_of(p.m, "a"));
	assert_true(maildir_remove(p.m, a, &err)); // again, without harm
	drop(p.box, "cur/b:2,");
	assert_false(set_flags(p.m, b, "seen", &err));
	assert_int_equal(err.kind, ERROR_GONE);
	assert_true(maildir_remove(p.m, b, &err));
	assert_null(maildir_path(p.m, b));
	assert_false(maildir_copy(p.m, b, p.m, &copy, &err));
	assert_int_equal(err.kind, ERROR_GONE);
	// Out and in again under the same name: the same message.
	const struct maildir_entry *entries;
	assert_int_equal(scan(p.m, &entries), 1);
	char *file = str_dup(entries[0].file);
	swap(p.box, file, "away");
	assert_int_equal(scan(p.m, &entries), 0);
	swap(p.box, "away", file);
	assert_int_equal(scan(p.m, &entries), 1);
	assert_int_equal(entries[0].uid, copy);
	free(file);
	size_t n;
	assert_true(path_remove_tree(p.box, NULL));
	assert_false(maildir_scan(p.m, &entries, &n, &err));
	assert_int_equal(err.kind, ERROR_GONE);
	// Nor does a folder that is gone look like one whose mail was removed.
	assert_false(maildir_remove(p.m, 4711, &err));
	struct maildir *none;
	assert_false(maildir_open(&none, p.box, false, &err));
	assert_int_equal(err.kind, ERROR_GONE);
	assert_null(none);
	place_done(&p);
}

static void
test_twins(void **state)
{
	(void)state;
	struct place p;
	const struct maildir_entry *entries;

	place_init(&p);
	// Two messages under one name: both stay.
	put(p.box, "cur/a:2,S", "one");
	assert_int_equal(scan(p.m, &entries), 1);
	uint32_t uid = entries[0].uid;
	put(p.box, "new/a", "two");
	put(p.box, "cur/a:2,F", "three");
	put(p.box, "cur/a:2,", "four");
	assert_int_equal(scan(p.m, &entries), 4);
	assert_true(content_is(p.m, uid, "one"));
	assert_int_equal(count_content(p.m, "two"), 1);
	assert_int_equal(count_content(p.m, "three"), 1);
	assert_int_equal(count_content(p.m, "four"), 1);
	// Two names of one message: another program is between its link and its
	// unlink, which is its business.
	put(p.box, "new/l", "linked");
	assert_int_equal(scan(p.m, &entries), 5);
	uid = entry_of(p.m, "l")->uid;
	char *from = path_join(p.box, "cur/l:2,"), *to = path_join(p.box, "cur/l:2,S");
	assert_int_equal(link(from, to), 0);
	assert_int_equal(scan(p.m, &entries), 5);
	assert_int_equal(entry_of(p.m, "l")->uid, uid);
	assert_int_equal(unlink(from), 0);
	assert_true(content_is(p.m, uid, "linked"));
	assert_int_equal(scan(p.m, &entries), 5);
	assert_true(flags_are(maildir_find(p.m, uid), "seen"));
	free(from);
	free(to);
	place_done(&p);
}

// A program that renames all the time makes no message vanish from a listing.
static void
test_renamed_while_listed(void **state)
{
	(void)state;
	struct place p;
	const struct maildir_entry *entries;
	enum { FILES = 300, ROUNDS = 40 };

	place_init(&p);
	for (int i = 0; i < FILES; i++) {
		char *name = str_printf("cur/m%d:2,", i);
		put(p.box, name, "x");
		free(name);
	}
	assert_int_equal(scan(p.m, &entries), FILES);
	pid_t child = fork();
	if (child == 0) {
		for (unsigned round = 0;; round++) {
			for (int i = 0; i < FILES; i++) {
				char *a = str_printf("%s/cur/m%d:2,%s", p.box, i,
					round % 2 ? "FRS" : "");
				char *b = str_printf("%s/cur/m%d:2,%s", p.box, i,
					round % 2 ? "" : "FRS");
				rename(a, b);
				free(a);
				free(b);
			}
		}
	}
	size_t least = FILES;
	for (int i = 0; i < ROUNDS; i++) {
		size_t n = scan(p.m, &entries);
		if (n < least)
			least = n;
	}
	kill(child, SIGKILL);
	waitpid(child, NULL, 0);
	assert_int_equal(least, FILES);
	assert_int_equal(maildir_uidnext(p.m), FILES + 1);
	place_done(&p);
}

// Several at once in one folder: numbers agree, none is given twice.
static void
test_several(void **state)
{
	(void)state;
	struct place p;
	enum { WRITERS = 4, EACH = 25 };
	pid_t children[WRITERS];

	place_init(&p);
	for (int w = 0; w < WRITERS; w++) {
		children[w] = fork();
		if (children[w] != 0)
			continue;
		struct maildir *m = box_open(p.box);
		for (int i = 0; i < EACH; i++) {
			char *text = str_printf("%d.%d", w, i);
			uint32_t uid = 0;
			char *base = NULL;
			const struct maildir_entry *entries;
			if (!write_message(m, text, "seen", 0, &uid, &base, NULL))
				_exit(1);
			char *tmp = str_printf("tmp/f%d.%d", w, i);
			char *name = str_printf("cur/f%d.%d:2,", w, i);
			put(p.box, tmp, "foreign");
			swap(p.box, tmp, name);
			scan(m, &entries);
			const struct maildir_entry *e = entry_of(m, base);
			if (e == NULL || e->uid != uid || !content_is(m, uid, text))
				_exit(2);
			free(tmp);
			free(name);
			free(text);
			free(base);
		}
		_exit(0);
	}
	for (int w = 0; w < WRITERS; w++) {
		int status = -1;
		waitpid(children[w], &status, 0);
		assert_int_equal(status, 0);
	}
	const struct maildir_entry *entries;
	assert_int_equal(scan(p.m, &entries), 2 * WRITERS * EACH);
	for (uint32_t i = 0; i < 2 * WRITERS * EACH; i++)
		assert_int_equal(entries[i].uid, i + 1);
	place_done(&p);
}

// A look that finds nothing changed reads no folder: what it gives is the same
// memory.
static void
test_cheap(void **state)
{
	(void)state;
	struct place p;
	const struct maildir_entry *a, *b;
	struct timespec old[2] = { { .tv_sec = 1000 }, { .tv_sec = 1000 } };

	place_init(&p);
	put(p.box, "cur/a:2,", "a");
	char *cur = path_join(p.box, "cur"), *new = path_join(p.box, "new");
	utimensat(AT_FDCWD, cur, old, 0);
	utimensat(AT_FDCWD, new, old, 0);
	assert_int_equal(scan(p.m, &a), 1);
	assert_int_equal(scan(p.m, &b), 1);
	assert_ptr_equal(a[0].file, b[0].file);
	put(p.box, "new/b", "b");
	assert_int_equal(scan(p.m, &b), 2);
	free(cur);
	free(new);
	place_done(&p);
}

// --- writing ---------------------------------------------------------------------

static void
test_write(void **state)
{
	(void)state;
	struct place p;
	struct error err = {0};
	uint32_t uid;
	char *base;
	struct maildir_write *w;
	const struct maildir_entry *entries;

	place_init(&p);
	assert_true(write_message(p.m, "text", "seen todo", 1234567890, &uid, &base,
		&err));
	assert_true(maildir_has_base(p.m, base));
	assert_false(maildir_has_base(p.m, "no such"));
	const struct maildir_entry *e = entry_of(p.m, base);
	assert_int_equal(e->uid, uid);
	assert_int_equal(e->received, 1234567890);
	assert_int_equal(e->size, 4);
	assert_true(flags_are(e, "seen todo"));
	struct stat st;
	char *path = maildir_path(p.m, uid);
	assert_int_equal(stat(path, &st), 0);
	assert_int_equal(st.st_mode & 0777, 0600);
	assert_true(maildir_write_begin(p.m, &w, &err));
	assert_true(maildir_write_data(w, "x", 1, &err));
	maildir_write_abort(&w);
	assert_null(w);
	assert_int_equal(scan(p.m, &entries), 1);
	struct buf part = {0};
	assert_true(maildir_read(p.m, uid, 1, 2, &part, &err));
	assert_string_equal(buf_text(&part), "ex");
	assert_true(maildir_read(p.m, uid, 4, 10, &part, &err));
	assert_true(maildir_read(p.m, uid, 400, 10, &part, &err));
	assert_int_equal(part.len, 2);
	buf_done(&part);
	free(path);
	free(base);
	place_done(&p);
}

static void
test_copy_and_move(void **state)
{
	(void)state;
	struct place p;
	struct error err = {0};
	uint32_t uid, copy, moved;

	place_init(&p);
	struct maildir *other = box_open(p.other);
	assert_true(write_message(p.m, "text", "seen todo", 1000, &uid, NULL, &err));
	assert_true(set_flags(p.m, uid, "seen later todo", &err)); // b, a
	assert_true(maildir_copy(p.m, uid, other, &copy, &err));
	assert_true(content_is(other, copy, "text"));
	assert_int_equal(maildir_find(other, copy)->received, 1000);
	assert_true(flags_are(maildir_find(other, copy), "seen later todo"));
	assert_true(maildir_copy(p.m, uid, other, &moved, &err));
	assert_int_not_equal(copy, moved);
	char *base = str_dup(maildir_find(p.m, uid)->base);
	assert_true(maildir_move(p.m, uid, p.m, &moved, &err));
	assert_int_equal(uid, moved);
	assert_true(maildir_move(p.m, uid, other, &moved, &err));
	assert_null(maildir_find(p.m, uid));
	assert_string_equal(maildir_find(other, moved)->base, base);
	assert_true(flags_are(maildir_find(other, moved), "seen later todo"));
	assert_int_equal(count_content(other, "text"), 3);
	// Again: it was done.
	assert_false(maildir_move(p.m, uid, other, &moved, &err));
	assert_int_equal(err.kind, ERROR_GONE);
	// Another message of that name: both are there after the move.
	char *file = str_printf("cur/%s:2,", base);
	put(p.box, file, "else");
	uid = entry_of(p.m, base)->uid;
	assert_true(maildir_move(p.m, uid, other, &moved, &err));
	assert_int_equal(count_content(other, "text"), 3);
	assert_int_equal(count_content(other, "else"), 1);
	free(file);
	free(base);
	maildir_close(&other);
	place_done(&p);
}

// Fails the first `left` = 0th step of a name with an errno.
struct fault {
	const char *what;  // NULL: any step
	int left;
	int error;         // 0: the process dies there
	bool again;        // and all steps after it
	bool met;
};

static int
fault_step(void *arg, const char *what)
{
	struct fault *f = arg;

	if (f->what != NULL && strcmp(f->what, what) != 0)
		return 0;
	if (f->met && f->again)
		return f->error;
	if (f->met || f->left-- > 0)
		return 0;
	f->met = true;
	if (f->error == 0)
		kill(getpid(), SIGKILL);
	return f->error;
}

static void
test_other_disk(void **state)
{
	(void)state;
	struct place p;
	struct error err = {0};
	uint32_t uid, copy, moved;

	place_init(&p);
	struct maildir *other = box_open(p.other);
	assert_true(write_message(p.m, "text", "seen", 1000, &uid, NULL, &err));
	char *base = str_dup(maildir_find(p.m, uid)->base);
	struct fault fault = { .what = "link", .error = EXDEV };
	maildir_set_step(other, fault_step, &fault);
	assert_true(maildir_copy(p.m, uid, other, &copy, &err));
	assert_true(fault.met);
	fault = (struct fault){ .what = "rename", .error = EXDEV };
	// The copy is made and the original cannot be removed: both are there, ...
	struct fault stay = { .what = "unlink", .error = EIO };
	maildir_set_step(p.m, fault_step, &stay);
	assert_false(maildir_move(p.m, uid, other, &moved, &err));
	assert_int_equal(err.kind, ERROR_STORE);
	assert_int_equal(count_content(other, "text"), 2);
	// ... and done again, it is moved once.
	fault = (struct fault){ .what = "rename", .error = EXDEV };
	assert_true(maildir_move(p.m, uid, other, &moved, &err));
	assert_null(entry_of(p.m, base));
	assert_int_equal(count_content(other, "text"), 2);
	assert_int_equal(entry_of(other, base)->uid, moved);
	assert_int_equal(maildir_find(other, moved)->received, 1000);
	free(base);
	maildir_close(&other);
	place_done(&p);
}

// --- a kill and a full disk at every step ----------------------------------------------

enum act { ACT_SCAN, ACT_WRITE, ACT_FLAGS, ACT_KEYWORD, ACT_COPY, ACT_MOVE,
	ACT_MOVE_FAR, ACT_REMOVE, ACT_COUNT };

static bool
act_run(enum act act, struct maildir *m, struct maildir *other, uint32_t uid)
{
	const struct maildir_entry *entries;
	uint32_t to;
	size_t n;

	switch (act) {
	case ACT_SCAN:
		return maildir_scan(m, &entries, &n, NULL);
	case ACT_WRITE:
		return write_message(m, "new text", "seen", 0, &to, NULL, NULL);
	case ACT_FLAGS:
		return set_flags(m, uid, "flagged", NULL);
	case ACT_KEYWORD:
		return set_flags(m, uid, "flagged fresh", NULL);
	case ACT_COPY:
		return maildir_copy(m, uid, other, &to, NULL);
	case ACT_MOVE:
	case ACT_MOVE_FAR:
		return maildir_move(m, uid, other, &to, NULL);
	case ACT_REMOVE:
		return maildir_remove(m, uid, NULL);
	default:
		return false;
	}
}

// Both folders carry the same fault, counted together; a move to another file
// system is one whose first rename is refused.
struct faults {
	struct fault fault;
	struct fault far;
};

static int
faults_step(void *arg, const char *what)
{
	struct faults *f = arg;
	int error = fault_step(&f->fault, what);

	return error != 0 ? error : fault_step(&f->far, what);
}

static void
check_after(enum act act, struct place *p, bool done, uint32_t uid)
{
	struct maildir *m = box_open(p->box), *other = box_open(p->other);
	size_t text = count_content(m, "text"), there = count_content(other, "text");
	size_t written = count_content(m, "new text");
	const struct maildir_entry *entries;
	size_t n = scan(m, &entries);

	// The bystanders are untouched, in number and in UID.
	assert_int_equal(count_content(m, "bystander"), 2);
	assert_int_equal(n, 2 + text + written);
	assert_int_equal(written, act == ACT_WRITE ? (done ? 1 : written) : 0);
	assert_true(written <= 1);
	if (text == 1)
		assert_true(content_is(m, uid, "text"));
	switch (act) {
	case ACT_REMOVE:
		assert_true(text == (done ? 0 : text) && text <= 1 && there == 0);
		break;
	case ACT_COPY:
		assert_true(text == 1 && there <= 1 && (!done || there == 1));
		break;
	case ACT_MOVE:
		assert_int_equal(text + there, 1);
		assert_true(!done || there == 1);
		break;
	case ACT_MOVE_FAR: // doubled between the steps, whole once repeated
		assert_true(text + there >= 1 && text <= 1 && there <= 1);
		assert_true(!done || (there == 1 && text == 0));
		break;
	default:
		assert_true(text == 1 && there == 0);
	}
	if (act == ACT_FLAGS && done)
		assert_true(flags_are(maildir_find(m, uid), "flagged"));
	if (act == ACT_KEYWORD && done)
		assert_true(flags_are(maildir_find(m, uid), "flagged fresh"));
	maildir_close(&m);
	maildir_close(&other);
}

// Runs the act with the fault at step `at`; false when it has no such step.
static bool
run_cut(enum act act, int at, int error)
{
	struct place p;
	struct error err = {0};
	uint32_t uid;

	place_init(&p);
	put(p.box, "new/one", "bystander");
	assert_true(write_message(p.m, "text", "seen", 1000, &uid, NULL, &err));
	struct maildir *other = box_open(p.other);
	put(p.box, "new/two", "bystander");
	struct faults *faults = mem_new(struct faults);
	faults->fault = (struct fault){ .left = at, .error = error, .again = true };
	faults->far = (struct fault){ .what = "rename", .error = EXDEV,
		.left = act == ACT_MOVE_FAR ? 1 : INT32_MAX };
	bool met = true, done = false;
	if (error == 0) {
		pid_t child = fork();
		if (child == 0) {
			maildir_set_step(p.m, faults_step, faults);
			maildir_set_step(other, faults_step, faults);
			_exit(act_run(act, p.m, other, uid) ? 0 : 1);
		}
		int status;
		assert_int_equal(waitpid(child, &status, 0), child);
		met = WIFSIGNALED(status);
		assert_true(met || WEXITSTATUS(status) == 0);
		done = !met;
	} else {
		maildir_set_step(p.m, faults_step, faults);
		maildir_set_step(other, faults_step, faults);
		done = act_run(act, p.m, other, uid);
		met = faults->fault.met;
		maildir_set_step(p.m, NULL, NULL);
		// A failed write leaves nothing.
		if (act == ACT_WRITE && !done)
			assert_int_equal(count_content(p.m, "new text"), 0);
	}
	maildir_close(&other);
	check_after(act, &p, done, uid);
	// Repeated without a fault, it is done, and done once.
	place_reopen(&p);
	other = box_open(p.other);
	if (act != ACT_WRITE && act != ACT_COPY) {
		bool again = act_run(act, p.m, other, uid);
		assert_true(again || act == ACT_MOVE || act == ACT_MOVE_FAR);
		maildir_close(&other);
		check_after(act, &p, true, uid);
	}
	maildir_close(&other);
	free(faults);
	place_done(&p);
	return met;
}

static void
test_killed_at_every_step(void **state)
{
	(void)state;
	for (int act = 0; act < ACT_COUNT; act++) {
		int steps = 0;
		while (run_cut((enum act)act, steps, 0))
			steps++;
		assert_true(steps > 0 && steps < 40);
	}
}

static void
test_full_at_every_step(void **state)
{
	(void)state;
	for (int act = 0; act < ACT_COUNT; act++) {
		int steps = 0;
		while (run_cut((enum act)act, steps, ENOSPC))
			steps++;
		assert_true(steps > 0 && steps < 40);
	}
}

static int
count_fsync(void *arg, const char *what)
{
	*(int *)arg += strcmp(what, "fsync") == 0;
	return 0;
}

static void
test_hold(void **state)
{
	(void)state;
	struct place p;
	struct error err = {0};
	int fsyncs = 0;

	place_init(&p);
	maildir_set_step(p.m, count_fsync, &fsyncs);
	maildir_hold(p.m);
	for (int i = 0; i < 10; i++)
		assert_true(write_message(p.m, "x", "", 0, NULL, NULL, &err));
	assert_int_equal(fsyncs, 10); // the bytes
	assert_true(maildir_sync(p.m, &err));
	assert_int_equal(fsyncs, 12); // the list and cur/
	assert_true(maildir_sync(p.m, &err));
	assert_int_equal(fsyncs, 12);
	assert_true(write_message(p.m, "x", "", 0, NULL, NULL, &err));
	assert_int_equal(fsyncs, 15);
	place_done(&p);
}

static void
test_keyword_synced(void **state)
{
	(void)state;
	struct place p;
	struct error err = {0};
	int fsyncs = 0;

	place_init(&p);
	put_whole(p.box, "dovecot-keywords", "0 todo\n");
	put(p.box, "cur/a:2,", "x");
	uint32_t uid = entry_of(p.m, "a")->uid;
	maildir_set_step(p.m, count_fsync, &fsyncs);
	assert_true(set_flags(p.m, uid, "todo", &err));
	assert_int_equal(fsyncs, 1); // cur/
	assert_true(set_flags(p.m, uid, "todo fresh", &err));
	assert_int_equal(fsyncs, 3); // and the folder of the file that names it
	place_done(&p);
}

// --- the tree ----------------------------------------------------------------------

static const struct {
	const char *name;
	const char *folder; // NULL: refused
} folders[] = {
	{ "", "" },
	{ "Archive", "/.Archive" },
	{ "Lists/dev", "/.Lists.dev" },
	{ "Entw&APw-rfe", "/.Entw&APw-rfe" },
	{ "with space", "/.with space" },
	{ "..", NULL },
	{ "../up", NULL },
	{ "a.b", NULL },
	{ "/a", NULL },
	{ "a/", NULL },
	{ "a//b", NULL },
	{ "/", NULL },
	{ "a\nb", NULL },
	{ "a\x7f", NULL },
	{ TIMES_10(TIMES_10("abc")), NULL },
};

static void
test_tree(void **state)
{
	(void)state;
	struct place p;
	struct strlist found = {0}, wanted = {0};
	struct error err = {0};

	place_init(&p);
	for (size_t i = 0; i < COUNT_OF(folders); i++) {
		char *path = maildir_tree_path(p.box, folders[i].name, &err);
		if (folders[i].folder == NULL) {
			assert_null(path);
			assert_int_equal(err.kind, ERROR_INPUT);
			continue;
		}
		char *expected = str_printf("%s%s", p.box, folders[i].folder);
		assert_string_equal(path, expected);
		struct maildir *m = box_open(path);
		maildir_close(&m);
		strlist_add(&wanted, folders[i].name);
		free(expected);
		free(path);
	}
	char *odd = path_join(p.box, ".no..good"), *plain = path_join(p.box, ".plain");
	struct maildir *m = box_open(odd);
	maildir_close(&m);
	assert_int_equal(mkdir(plain, 0700), 0);
	put(p.box, ".file", "x");
	assert_true(maildir_tree_list(p.box, &found, &err));
	assert_int_equal(found.len, wanted.len);
	for (size_t i = 0; i < wanted.len; i++)
		assert_true(strlist_has(&found, wanted.items[i]));
	assert_string_equal(found.items[0], "");
	assert_false(maildir_tree_list(plain, &found, &err) && found.len > wanted.len);
	assert_false(maildir_tree_list(odd + strlen(odd), &found, &err));
	assert_int_equal(err.kind, ERROR_GONE);
	free(odd);
	free(plain);
	strlist_done(&found);
	strlist_done(&wanted);
	place_done(&p);
}

static const struct {
	char act;             // create, rename, delete
	const char *name, *to;
	enum error_kind kind;
	const char *after;    // all folders but the root
} tree_acts[] = {
	{ 'c', "A", NULL, ERROR_NONE, "A" },
	{ 'c', "A", NULL, ERROR_REFUSED, "A" },
	{ 'c', "", NULL, ERROR_REFUSED, "A" },
	{ 'c', "a.b", NULL, ERROR_INPUT, "A" },
	{ 'c', "A/x", NULL, ERROR_NONE, "A A/x" },
	{ 'c', "A/x/y", NULL, ERROR_NONE, "A A/x A/x/y" },
	{ 'c', "AB", NULL, ERROR_NONE, "A A/x A/x/y AB" },
	{ 'r', "A", "AB", ERROR_REFUSED, "A A/x A/x/y AB" },
	{ 'r', "A", "A/z", ERROR_REFUSED, "A A/x A/x/y AB" },
	{ 'r', "A", "", ERROR_REFUSED, "A A/x A/x/y AB" },
	{ 'r', "", "B", ERROR_REFUSED, "A A/x A/x/y AB" },
	{ 'r', "C", "D", ERROR_GONE, "A A/x A/x/y AB" },
	{ 'r', "A", "Z", ERROR_NONE, "AB Z Z/x Z/x/y" },
	{ 'd', "A", NULL, ERROR_GONE, "AB Z Z/x Z/x/y" },
	{ 'd', "", NULL, ERROR_REFUSED, "AB Z Z/x Z/x/y" },
	{ 'd', "Z/x", NULL, ERROR_NONE, "AB Z Z/x/y" },
	{ 'c', "A/x/y", NULL, ERROR_NONE, "A/x/y AB Z Z/x/y" },
	{ 'r', "Z", "A", ERROR_REFUSED, "A/x/y AB Z Z/x/y" },
	{ 'd', "../../x", NULL, ERROR_INPUT, "A/x/y AB Z Z/x/y" },
};

static void
test_tree_acts(void **state)
{
	(void)state;
	struct place p;
	uint32_t uid;

	place_init(&p);
	assert_true(write_message(p.m, "inbox", "", 0, &uid, NULL, NULL));
	for (size_t i = 0; i < COUNT_OF(tree_acts); i++) {
		struct error err = {0};
		const char *name = tree_acts[i].name;
		bool ok = tree_acts[i].act == 'c'
			? maildir_tree_create(p.box, name, &err)
			: tree_acts[i].act == 'd'
			? maildir_tree_delete(p.box, name, &err)
			: maildir_tree_rename(p.box, name, tree_acts[i].to, &err);
		if (ok != (tree_acts[i].kind == ERROR_NONE) ||
		    err.kind != tree_acts[i].kind)
			fail_msg("row %zu: %s", i, err.text);
		struct strlist found = {0};
		assert_true(maildir_tree_list(p.box, &found, &err));
		char *text = strlist_join(&found, " ");
		assert_string_equal(str_trim(text), tree_acts[i].after);
		free(text);
		strlist_done(&found);
	}
	assert_true(content_is(p.m, uid, "inbox"));
	// Nothing is left of what was deleted.
	assert_true(has(p.box, ".AB/maildirfolder"));
	DIR *dir = opendir(p.box);
	struct dirent *entry;
	while ((entry = readdir(dir)) != NULL)
		assert_null(strstr(entry->d_name, "deleted"));
	closedir(dir);
	place_done(&p);
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_names),
		cmocka_unit_test(test_no_messages),
		cmocka_unit_test(test_set_flags),
		cmocka_unit_test(test_own_keywords),
		cmocka_unit_test(test_name_too_long),
		cmocka_unit_test(test_uids),
		cmocka_unit_test(test_damaged_list),
		cmocka_unit_test(test_lost_list),
		cmocka_unit_test(test_compact),
		cmocka_unit_test(test_others),
		cmocka_unit_test(test_twins),
		cmocka_unit_test(test_renamed_while_listed),
		cmocka_unit_test(test_several),
		cmocka_unit_test(test_cheap),
		cmocka_unit_test(test_write),
		cmocka_unit_test(test_copy_and_move),
		cmocka_unit_test(test_other_disk),
		cmocka_unit_test(test_killed_at_every_step),
		cmocka_unit_test(test_full_at_every_step),
		cmocka_unit_test(test_hold),
		cmocka_unit_test(test_keyword_synced),
		cmocka_unit_test(test_tree),
		cmocka_unit_test(test_tree_acts),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
