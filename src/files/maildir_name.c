// SPDX-License-Identifier: GPL-3.0-or-later
// File names of a Maildir as Dovecot and mutt write them: a unique base, ":2,"
// and a letter for each flag, keywords by a table of letters beside the mail.
#include "config.h"

#include "files/maildir_private.h"

#include "base/buf.h"
#include "base/error.h"
#include "base/log.h"
#include "base/mem.h"
#include "base/path.h"
#include "base/str.h"
#include "base/when.h"

#include <errno.h>
#include <fcntl.h>
#include <inttypes.h>
#include <poll.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/random.h>
#include <unistd.h>

#define KEYWORDS_THEIRS "dovecot-keywords"
#define KEYWORDS_OURS ".postern-keywords"
#define KEYWORDS_LOCK "dovecot-keywords.lock"
#define KEYWORDS_LOCK_STALE 120   // seconds; whoever made it is dead
#define KEYWORDS_LOCK_TRIES 40
#define KEYWORDS_LOCK_PAUSE_MS 50

// https://cr.yp.to/proto/maildir.html
static const struct {
	char letter;
	uint32_t bit;
} letters[] = {
	{ 'D', FLAG_DRAFT },
	{ 'F', FLAG_FLAGGED },
	{ 'P', FLAG_FORWARDED },
	{ 'R', FLAG_ANSWERED },
	{ 'S', FLAG_SEEN },
	{ 'T', FLAG_DELETED },
};
#define N_LETTERS (sizeof(letters) / sizeof(letters[0]))

// Where ":2," stands; NULL for a name without flags or without a base.
static const char *
info_find(const char *name)
{
	const char *found = NULL;

	for (const char *at = name; (at = strstr(at, ":2,")) != NULL; at += 3)
		found = at;
	return found == name ? NULL : found;
}

char *
maildir_name_base(const char *name)
{
	const char *info = info_find(name);

	return info == NULL ? str_dup(name) : str_ndup(name, (size_t)(info - name));
}

static bool
is_keyword_letter(char c)
{
	return c >= 'a' && c < 'a' + MAILDIR_LETTERS;
}

// What the letter says is added to *flags_r; false when nobody here knows it.
static bool
letter_add(const struct maildir_keywords *k, char c, struct flags *flags_r)
{
	if (is_keyword_letter(c)) {
		const char *name = k->names[c - 'a'];
		return name != NULL && flags_add(flags_r, name);
	}
	for (size_t i = 0; i < N_LETTERS; i++) {
		if (letters[i].letter == c) {
			flags_r->bits |= letters[i].bit;
			return true;
		}
	}
	return false;
}

void
maildir_name_flags(const struct maildir_keywords *k, const char *name,
	struct flags *flags_r)
{
	const char *info = info_find(name);

	*flags_r = (struct flags){0};
	if (info == NULL)
		return;
	for (const char *c = info + 3; *c != '\0' && *c != ','; c++)
		letter_add(k, *c, flags_r);
}

static int
compare_chars(const void *a, const void *b)
{
	return *(const unsigned char *)a - *(const unsigned char *)b;
}

char *
maildir_name_make(const struct maildir_keywords *k, const char *base,
	const struct flags *flags, const char *old)
{
	struct buf chosen = {0};

	for (size_t i = 0; i < N_LETTERS; i++)
		if ((flags->bits & letters[i].bit) != 0)
			buf_char(&chosen, letters[i].letter);
	for (int i = 0; i < MAILDIR_LETTERS; i++)
		if (k->names[i] != NULL && flags_has(flags, k->names[i]))
			buf_char(&chosen, (char)('a' + i));
	const char *rest = "";
	const char *info = old == NULL ? NULL : info_find(old);
	if (info != NULL) {
		const char *c = info + 3;
		for (; *c != '\0' && *c != ','; c++) {
			struct flags known = {0};
			if (!letter_add(k, *c, &known) &&
			    strchr(buf_text(&chosen), *c) == NULL)
				buf_char(&chosen, *c);
			flags_done(&known);
		}
		rest = c;
	}
	if (chosen.len > 1) // in ASCII order, as the format asks
		qsort(chosen.data, chosen.len, 1, compare_chars);
	char *name = str_printf("%s:2,%s%s", base, buf_text(&chosen), rest);
	buf_done(&chosen);
	return name;
}

// No host name and no process number: names travel with backups and exports.
char *
maildir_name_unique(void)
{
	uint64_t chance[2] = {0};

	if (getrandom(chance, sizeof(chance), 0) != (ssize_t)sizeof(chance))
		chance[0] = (uint64_t)when_mono_ms() << 20 ^ (uint64_t)getpid();
	return str_printf("%" PRId64 ".R%016" PRIx64 "%016" PRIx64 ".postern",
		when_now(), chance[0], chance[1]);
}

// --- the table of letters --------------------------------------------------------

static void
keywords_clear(struct maildir_keywords *k)
{
	for (int i = 0; i < MAILDIR_LETTERS; i++) {
		free(k->names[i]);
		k->names[i] = NULL;
	}
}

void
maildir_keywords_done(struct maildir_keywords *k)
{
	keywords_clear(k);
}

// "0 name" lines; a letter that is named already stays so.
static void
keywords_read(struct maildir *m, const char *file)
{
	struct buf text = {0};
	struct strlist lines = {0};
	char *path = path_join(m->path, file);

	if (path_read(path, MAILDIR_KEYWORDS_FILE_MAX, &text, NULL))
		strlist_split(&lines, buf_text(&text), '\n');
	for (size_t i = 0; i < lines.len; i++) {
		char *line = str_trim(lines.items[i]);
		char *space = strchr(line, ' ');
		uint64_t number;
		if (space == NULL)
			continue;
		*space = '\0';
		if (!str_to_u64(line, MAILDIR_LETTERS - 1, &number))
			continue; // Dovecot numbers more of them than there are letters
		if (m->keywords.names[number] == NULL)
			m->keywords.names[number] = str_dup(space + 1);
	}
	strlist_done(&lines);
	buf_done(&text);
	free(path);
}

// ino 0: there is none.
static struct maildir_stamp
file_stamp(struct maildir *m, const char *file)
{
	struct stat st;

	if (fstatat(m->root, file, &st, 0) != 0)
		return (struct maildir_stamp){0};
	return (struct maildir_stamp){ st.st_mtim, st.st_ino, st.st_size };
}

static bool
same_stamp(struct maildir_stamp a, struct maildir_stamp b)
{
	return a.time.tv_sec == b.time.tv_sec && a.time.tv_nsec == b.time.tv_nsec &&
		a.ino == b.ino && a.size == b.size;
}

static void
keywords_reload(struct maildir *m)
{
	m->keywords.theirs = file_stamp(m, KEYWORDS_THEIRS);
	m->keywords.ours = file_stamp(m, KEYWORDS_OURS);
	m->keywords.version++;
	keywords_clear(&m->keywords);
	keywords_read(m, KEYWORDS_THEIRS);
	keywords_read(m, KEYWORDS_OURS);
}

void
maildir_keywords_refresh(struct maildir *m)
{
	if (!same_stamp(m->keywords.theirs, file_stamp(m, KEYWORDS_THEIRS)) ||
	    !same_stamp(m->keywords.ours, file_stamp(m, KEYWORDS_OURS)))
		keywords_reload(m);
}

// What of `flags` no letter stands for; as "$Junk todo", owned.
static char *
keywords_missing(const struct maildir_keywords *k, const struct flags *flags)
{
	struct flags rest = {0};
	struct buf text = {0};

	flags_copy(&rest, flags);
	for (size_t i = 0; i < N_LETTERS; i++)
		rest.bits &= ~letters[i].bit;
	for (int i = 0; i < MAILDIR_LETTERS; i++) {
		struct flags known = {0};
		if (k->names[i] != NULL && flags_add(&known, k->names[i]))
			flags_subtract(&rest, &known);
		flags_done(&known);
	}
	flags_format_imap(&text, &rest);
	flags_done(&rest);
	return buf_take(&text);
}

// Names free letters; false when there are too few of them.
static bool
keywords_fill(struct maildir_keywords *k, const char *missing)
{
	struct strlist words = {0};
	bool enough = true;
	int at = 0;

	strlist_split(&words, missing, ' ');
	for (size_t i = 0; i < words.len && enough; i++) {
		while (at < MAILDIR_LETTERS && k->names[at] != NULL)
			at++;
		enough = at < MAILDIR_LETTERS;
		if (enough)
			k->names[at] = str_dup(words.items[i]);
	}
	strlist_done(&words);
	return enough;
}

// Dovecot's way of changing its file: the new content goes into the lock file,
// which is then renamed. Another's lock is waited for, a dead one is broken.
static int
keywords_dotlock(struct maildir *m, struct error *err)
{
	for (int i = 0; i < KEYWORDS_LOCK_TRIES; i++) {
		int fd = openat(m->root, KEYWORDS_LOCK,
			O_WRONLY | O_CREAT | O_EXCL | O_NOFOLLOW | O_CLOEXEC, 0600);
		if (fd >= 0)
			return fd;
		if (errno != EEXIST) {
			error_errno(err, ERROR_STORE, "cannot lock %s/%s", m->path,
				KEYWORDS_THEIRS);
			return -1;
		}
		struct maildir_stamp lock = file_stamp(m, KEYWORDS_LOCK);
		if (lock.ino != 0 &&
		    lock.time.tv_sec < when_now() - KEYWORDS_LOCK_STALE)
			unlinkat(m->root, KEYWORDS_LOCK, 0);
		else
			poll(NULL, 0, KEYWORDS_LOCK_PAUSE_MS);
	}
	error_set(err, ERROR_STORE, "another program keeps %s/%s locked", m->path,
		KEYWORDS_THEIRS);
	return -1;
}

static void
keywords_format(struct buf *out, const struct maildir_keywords *k)
{
	for (int i = 0; i < MAILDIR_LETTERS; i++)
		if (k->names[i] != NULL)
			buf_printf(out, "%d %s\n", i, k->names[i]);
}

// Keywords past the 26th have no letter, but Dovecot wants their lines kept.
static void
keywords_format_theirs(struct buf *out, struct maildir *m)
{
	struct buf all = {0};
	struct strlist lines = {0};
	char *path = path_join(m->path, KEYWORDS_THEIRS);

	keywords_format(out, &m->keywords);
	if (path_read(path, MAILDIR_KEYWORDS_FILE_MAX, &all, NULL))
		strlist_split(&lines, buf_text(&all), '\n');
	for (size_t i = 0; i < lines.len; i++) {
		const char *line = lines.items[i];
		char *digits = str_ndup(line, strcspn(line, " "));
		uint64_t number;
		if (str_to_u64(digits, UINT32_MAX, &number) &&
		    number >= MAILDIR_LETTERS)
			buf_printf(out, "%s\n", line);
		free(digits);
	}
	strlist_done(&lines);
	buf_done(&all);
	free(path);
}

static bool
keywords_full(const struct maildir *m, struct error *err)
{
	return error_set(err, ERROR_REFUSED,
		"%s: all %d letters for keywords are taken", m->path,
		MAILDIR_LETTERS);
}

// The lock becomes the file, or goes.
static bool
keywords_replace_theirs(struct maildir *m, int fd, const struct buf *text)
{
	if (!path_write_all(fd, text->data, text->len) || fsync(fd) != 0 ||
	    !maildir_step(m, "rename") ||
	    renameat(m->root, KEYWORDS_LOCK, m->root, KEYWORDS_THEIRS) != 0) {
		int why = errno;
		unlinkat(m->root, KEYWORDS_LOCK, 0);
		errno = why;
		return false;
	}
	// A letter in a name means nothing without it.
	return maildir_step(m, "fsync") && fsync(m->root) == 0;
}

static bool
keywords_write_theirs(struct maildir *m, const char *missing, struct error *err)
{
	struct buf text = {0};
	int fd = keywords_dotlock(m, err);

	if (fd < 0)
		return false;
	keywords_reload(m);
	bool ok = keywords_fill(&m->keywords, missing);
	if (ok) {
		keywords_format_theirs(&text, m);
		ok = keywords_replace_theirs(m, fd, &text) || error_errno(err,
			ERROR_STORE, "cannot write %s/%s", m->path, KEYWORDS_THEIRS);
	} else {
		unlinkat(m->root, KEYWORDS_LOCK, 0);
		keywords_full(m, err);
	}
	close(fd);
	buf_done(&text);
	return ok;
}

static bool
keywords_write_ours(struct maildir *m, const char *missing, struct error *err)
{
	int lock = maildir_lock(m, err);

	if (lock < 0)
		return false;
	keywords_reload(m);
	struct buf text = {0};
	char *path = path_join(m->path, KEYWORDS_OURS);
	bool ok = keywords_fill(&m->keywords, missing) || keywords_full(m, err);
	keywords_format(&text, &m->keywords);
	if (ok && !maildir_step(m, "rename"))
		ok = error_errno(err, ERROR_STORE, "cannot write %s", path);
	ok = ok && path_write_atomic(path, text.data, text.len, err);
	close(lock);
	buf_done(&text);
	free(path);
	return ok;
}

bool
maildir_keywords_claim(struct maildir *m, const struct flags *flags,
	struct error *err)
{
	maildir_keywords_refresh(m);
	char *missing = keywords_missing(&m->keywords, flags);
	bool ok = true;

	if (missing != NULL && missing[0] != '\0') {
		bool theirs = file_stamp(m, KEYWORDS_THEIRS).ino != 0;
		ok = theirs ? keywords_write_theirs(m, missing, err)
		                        : keywords_write_ours(m, missing, err);
		// What was only thought of must not be used.
		keywords_reload(m);
	}
	free(missing);
	return ok;
}
