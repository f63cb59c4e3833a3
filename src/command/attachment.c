// SPDX-License-Identifier: GPL-3.0-or-later
// Remembers what was attached, so that the page of a draft can name it without
// a server and notice when a file became another or went away.
#include "config.h"

#include "command/attachment.h"

#include "base/buf.h"
#include "base/mem.h"
#include "base/path.h"
#include "base/str.h"
#include "mail/build.h"
#include "mail/draft.h"
#include "mail/part.h"

#include <inttypes.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

void
attachment_done(struct attachment *a)
{
	free(a->name);
	free(a->type);
	*a = (struct attachment){0};
}

static bool
is_stored(const char *what)
{
	return str_has_prefix(what, "part:") || str_has_prefix(what, "message:");
}

// --- notes ----------------------------------------------------------------------------

struct note {
	uint64_t size;
	uint64_t mtime;        // in nanoseconds
	char *type;
	const char *what;      // in the line; its end is the end of the line or a space
	size_t what_len;
	const char *name;      // in the line; "" for a file
};

// The word at *at, which moves behind the space that ends it. free()
static char *
take_word(const char **at)
{
	size_t len = strcspn(*at, " ");
	char *word = str_ndup(*at, len);

	*at += len + ((*at)[len] == ' ');
	return word;
}

static bool
note_parse(struct note *n, const char *line)
{
	char *size = take_word(&line), *mtime = take_word(&line);

	*n = (struct note){0};
	bool ok = str_to_u64(size, UINT64_MAX, &n->size) &&
		str_to_u64(mtime, UINT64_MAX, &n->mtime);
	free(size);
	free(mtime);
	if (!ok)
		return false;
	n->type = take_word(&line);
	n->what = line;
	n->what_len = is_stored(line) ? strcspn(line, " ") : strlen(line);
	n->name = line + n->what_len;
	n->name += *n->name == ' ';
	return true;
}

// The note about `what`; false when there is none. free(n->type)
static bool
note_find(struct note *n, const struct draft *d, const char *what)
{
	for (size_t i = 0; i < d->attached.len; i++) {
		if (!note_parse(n, d->attached.items[i]))
			continue;
		if (strlen(what) == n->what_len &&
			memcmp(what, n->what, n->what_len) == 0)
			return true;
		free(n->type);
	}
	return false;
}

static bool
file_stat(const char *what, struct stat *st)
{
	char *path = path_expand(what);
	bool ok = access(path, R_OK) == 0 && stat(path, st) == 0 &&
		S_ISREG(st->st_mode);

	free(path);
	return ok;
}

// Nanoseconds: a program may write the same length twice within a second.
static uint64_t
stat_mtime(const struct stat *st)
{
	return (uint64_t)st->st_mtim.tv_sec * 1000000000 +
		(uint64_t)st->st_mtim.tv_nsec;
}

void
attachments_note(struct draft *d)
{
	struct strlist notes = {0};
	struct stat st;
	struct note n;

	for (size_t i = 0; i < d->attach.len; i++) {
		const char *what = d->attach.items[i];

		if (note_find(&n, d, what)) {
			strlist_take(&notes, str_printf("%" PRIu64 " %" PRIu64
				" %s %.*s%s%s", n.size, n.mtime, n.type,
				(int)n.what_len, n.what, *n.name != '\0' ? " " : "",
				n.name));
			free(n.type);
		} else if (!is_stored(what) && file_stat(what, &st)) {
			strlist_take(&notes, str_printf("%lld %" PRIu64 " %s %s",
				(long long)st.st_size, stat_mtime(&st),
				build_guess_type(path_base(what), "", 0), what));
		}
	}
	strlist_done(&d->attached);
	d->attached = notes;
}

char *
attachment_file_name(const struct part *p)
{
	if (p->name != NULL)
		return path_safe_name(p->name);
	char *type = str_printf("%s/%s", p->type, p->subtype);
	const char *ending = build_type_ending(type);

	free(type);
	return str_printf("attachment%s%s", ending != NULL ? "." : "",
		str_or_empty(ending));
}

void
attachment_note_part(struct draft *d, const char *what, const struct part *p)
{
	char *name = attachment_file_name(p);

	strlist_take(&d->attached, str_printf("%" PRIu64 " 0 %s/%s %s %s",
		part_decoded_size(p), p->type, p->subtype, what, name));
	free(name);
}

void
attachment_note_message(struct draft *d, const char *what, const char *subject,
	uint64_t size)
{
	char *name = path_safe_name(str_empty(subject) ? "message" : subject);

	strlist_take(&d->attached, str_printf("%" PRIu64 " 0 message/rfc822 %s %s.eml",
		size, what, name));
	free(name);
}

// --- looking ----------------------------------------------------------------------------

static void
look_at_file(struct attachment *a, const char *what, const struct note *n)
{
	struct stat st;

	a->name = str_dup(path_base(what));
	if (!file_stat(what, &st)) {
		a->state = ATTACHMENT_GONE;
		return;
	}
	a->size = (uint64_t)st.st_size;
	a->has_size = true;
	a->type = str_dup(n != NULL ? n->type :
		build_guess_type(path_base(what), "", 0));
	if (n != NULL && (n->size != a->size || n->mtime != stat_mtime(&st)))
		a->state = ATTACHMENT_CHANGED;
}

void
attachment_look(struct attachment *a, const struct draft *d, size_t at)
{
	const char *what = d->attach.items[at];
	struct note n;
	bool noted = note_find(&n, d, what);

	*a = (struct attachment){0};
	if (!is_stored(what)) {
		look_at_file(a, what, noted ? &n : NULL);
	} else if (noted) {
		a->name = str_dup(n.name);
		a->type = str_dup(n.type);
		a->size = n.size;
		a->has_size = true;
	} else {
		a->name = str_dup(what);
	}
	if (noted)
		free(n.type);
}

static void
print_size(struct buf *out, uint64_t bytes)
{
	static const char *const units[] = { "bytes", "kB", "MB", "GB" };
	size_t unit = 0;
	double size = (double)bytes;

	while (size >= 1000 && unit + 1 < sizeof(units) / sizeof(units[0])) {
		size /= 1024;
		unit++;
	}
	buf_printf(out, unit == 0 || size >= 10 ? "%.0f %s" : "%.1f %s", size,
		units[unit]);
}

void
attachment_print(struct buf *out, const struct attachment *a)
{
	static const char *const states[] = {
		[ATTACHMENT_SAME] = "",
		[ATTACHMENT_CHANGED] = ": changed since it was attached",
		[ATTACHMENT_GONE] = ": not there any more, or cannot be read",
	};

	buf_printf(out, "%s%s", a->name, states[a->state]);
	if (a->type != NULL)
		buf_printf(out, "  %s", a->type);
	if (a->has_size) {
		buf_str(out, a->type != NULL ? ", " : "  ");
		print_size(out, a->size);
	}
}
