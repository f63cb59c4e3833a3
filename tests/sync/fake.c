// SPDX-License-Identifier: GPL-3.0-or-later
// The server itself and what other clients do to it; the drivers that speak to
// it are in fake_driver.c and fake_drop.c.
#include "config.h"

#include "tests/sync/fake.h"
#include "tests/sync/fake_private.h"

#include "base/array.h"
#include "base/buf.h"
#include "base/str.h"

#include <assert.h>
#include <signal.h>
#include <stddef.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <unistd.h>

static struct fake *used;

struct fake *
fake_new(void)
{
	struct fake *f = mmap(NULL, sizeof(*f), PROT_READ | PROT_WRITE,
		MAP_SHARED | MAP_ANONYMOUS, -1, 0);

	assert(f != MAP_FAILED);
	f->next_validity = 1000;
	return f;
}

void
fake_free(struct fake **f)
{
	munmap(*f, sizeof(**f));
	*f = NULL;
}

// Only what is used of the large tables.
void
fake_copy(struct fake *to, const struct fake *from)
{
	const size_t head = offsetof(struct fake, folders);
	const size_t tail = offsetof(struct fake, fault);

	memcpy(to, from, head);
	memcpy((char *)to + tail, (const char *)from + tail, sizeof(*to) - tail);
	for (size_t i = 0; i < FAKE_FOLDERS; i++) {
		const struct fake_folder *a = &from->folders[i];
		struct fake_folder *b = &to->folders[i];
		memcpy(b, a, offsetof(struct fake_folder, messages) +
			a->n * sizeof(a->messages[0]));
		b->n = a->n;
		b->n_gone = a->n_gone;
		memcpy(b->gone, a->gone, a->n_gone * sizeof(a->gone[0]));
	}
}

bool
fake_same(const struct fake *a, const struct fake *b)
{
	bool same = true;

	for (size_t i = 0; same && i < FAKE_FOLDERS; i++) {
		const struct fake_folder *x = &a->folders[i], *y = &b->folders[i];
		same = str_equal(x->name, y->name) && x->n == y->n &&
			x->uidnext == y->uidnext && x->modseq == y->modseq &&
			x->n_gone == y->n_gone;
		for (size_t j = 0; same && j < x->n; j++)
			same = x->messages[j].uid == y->messages[j].uid &&
				str_equal(x->messages[j].name, y->messages[j].name) &&
				str_equal(x->messages[j].flags, y->messages[j].flags);
	}
	return same;
}

void
fake_use(struct fake *f)
{
	used = f;
}

struct fake *
fake_used(void)
{
	return used;
}

void
fake_step(const char *what)
{
	struct fake *f = used;

	snprintf(f->trail[f->steps % 64], sizeof(f->trail[0]), "%s", what);
	if (++f->steps == f->kill_at)
		kill(getpid(), SIGKILL);
}

void
fake_copy_name(char to[FAKE_NAME], const char *from)
{
	assert(strlen(from) < FAKE_NAME);
	snprintf(to, FAKE_NAME, "%s", from);
}

// --- folders --------------------------------------------------------------------------

struct fake_folder *
fake_folder(struct fake *f, const char *name)
{
	for (size_t i = 0; i < FAKE_FOLDERS; i++)
		if (name[0] != '\0' && str_equal(f->folders[i].name, name))
			return &f->folders[i];
	return NULL;
}

struct fake_folder *
fake_add_folder(struct fake *f, const char *name, const char *role)
{
	for (size_t i = 0; i < FAKE_FOLDERS; i++) {
		struct fake_folder *folder = &f->folders[i];
		if (folder->name[0] != '\0')
			continue;
		memset(folder, 0, offsetof(struct fake_folder, messages));
		folder->n = folder->n_gone = 0;
		folder->uidvalidity = f->next_validity++;
		folder->uidnext = folder->modseq = 1;
		fake_copy_name(folder->name, name);
		snprintf(folder->role, sizeof(folder->role), "%s",
			str_or_empty(role));
		return folder;
	}
	assert(!"no room for another folder");
	return NULL;
}

void
fake_remove_folder(struct fake *f, const char *name)
{
	fake_folder(f, name)->name[0] = '\0';
}

// --- messages -------------------------------------------------------------------------

uint32_t
fake_put(struct fake *f, struct fake_folder *folder, const char *name,
	const char *flags, int64_t received)
{
	assert(folder->n < FAKE_MESSAGES);
	struct fake_message *m = &folder->messages[folder->n++];

	*m = (struct fake_message){
		.uid = folder->uidnext, .modseq = ++folder->modseq,
		.received = received,
	};
	fake_copy_name(m->name, name);
	fake_copy_name(m->flags, str_or_empty(flags));
	folder->uidnext += f->spacing > 0 ? f->spacing : 1;
	return m->uid;
}

uint32_t
fake_add(struct fake *f, const char *folder, const char *name, const char *flags)
{
	struct fake_folder *to = fake_folder(f, folder);

	return fake_put(f, to, name, flags, 1700000000 + to->uidnext);
}

void
fake_add_many(struct fake *f, const char *folder, const char *prefix, unsigned n)
{
	char name[FAKE_NAME];

	for (unsigned i = 1; i <= n; i++) {
		snprintf(name, sizeof(name), "%s%03u", prefix, i);
		fake_add(f, folder, name, i % 3 == 0 ? "seen" : "");
	}
}

struct fake_message *
fake_find(struct fake *f, const char *folder, const char *name)
{
	struct fake_folder *in = fake_folder(f, folder);

	for (size_t i = 0; in != NULL && i < in->n; i++)
		if (str_equal(in->messages[i].name, name))
			return &in->messages[i];
	return NULL;
}

void
fake_set_flags(struct fake_folder *folder, struct fake_message *m,
	const char *flags)
{
	fake_copy_name(m->flags, flags);
	m->modseq = ++folder->modseq;
}

void
fake_flag(struct fake *f, const char *folder, const char *name, const char *flags)
{
	fake_set_flags(fake_folder(f, folder), fake_find(f, folder, name), flags);
}

void
fake_drop_at(struct fake_folder *folder, size_t at)
{
	assert(folder->n_gone < FAKE_GONE);
	folder->gone[folder->n_gone].uid = folder->messages[at].uid;
	folder->gone[folder->n_gone++].modseq = ++folder->modseq;
	memmove(&folder->messages[at], &folder->messages[at + 1],
		(folder->n - at - 1) * sizeof(folder->messages[0]));
	folder->n--;
}

void
fake_expunge(struct fake *f, const char *folder, const char *name)
{
	struct fake_folder *in = fake_folder(f, folder);

	fake_drop_at(in, (size_t)(fake_find(f, folder, name) - in->messages));
}

void
fake_move(struct fake *f, const char *folder, const char *name, const char *to)
{
	struct fake_message m = *fake_find(f, folder, name);

	fake_put(f, fake_folder(f, to), m.name, m.flags, m.received);
	fake_expunge(f, folder, name);
}

void
fake_flag_silently(struct fake *f, const char *folder, const char *name,
	const char *flags)
{
	fake_copy_name(fake_find(f, folder, name)->flags, flags);
}

void
fake_modseq_back(struct fake *f, const char *folder)
{
	struct fake_folder *in = fake_folder(f, folder);

	in->modseq = 1;
	in->n_gone = 0;
	for (size_t i = 0; i < in->n; i++)
		in->messages[i].modseq = 1;
}

void
fake_rename_folder(struct fake *f, const char *from, const char *to)
{
	size_t len = strlen(from);
	char name[2 * FAKE_NAME];

	for (size_t i = 0; i < FAKE_FOLDERS; i++) {
		char *was = f->folders[i].name;
		if (strncmp(was, from, len) != 0 ||
		    (was[len] != '\0' && was[len] != '/'))
			continue;
		snprintf(name, sizeof(name), "%s%s", to, was + len);
		fake_copy_name(was, name);
	}
}

void
fake_renumber(struct fake *f, const char *folder)
{
	struct fake_folder *in = fake_folder(f, folder);

	in->uidvalidity = f->next_validity++;
	in->uidnext = 1;
	in->n_gone = 0;
	in->modseq += 10;
	for (size_t i = 0; i < in->n; i++) {
		in->messages[i].uid = in->uidnext;
		in->messages[i].modseq = ++in->modseq;
		in->uidnext += f->spacing > 0 ? f->spacing : 1;
	}
}

char *
fake_text(const char *name)
{
	// Of equal messages the part behind the slash is only ours.
	char *core = str_ndup(name, name[0] == '=' ? strcspn(name, "/") :
		strlen(name));
	struct buf b = {0};

	buf_printf(&b, "From: Ann Example <ann@example.org>\r\n"
		"To: bob@example.net\r\nSubject: about %s\r\n"
		"Date: Sun, 22 Nov 2026 06:28:00 +0000\r\n", core);
	if (name[0] != '-')
		buf_printf(&b, "Message-ID: <%s@example.org>\r\n", core);
	buf_printf(&b, "\r\nThis is the text of %s.\r\n", core);
	free(core);
	return buf_take(&b);
}

// --- printing -------------------------------------------------------------------------

static int
compare_text(const void *a, const void *b)
{
	return strcmp(*(char *const *)a, *(char *const *)b);
}

static void
sort(struct strlist *l)
{
	if (l->len > 1)
		qsort(l->items, l->len, sizeof(l->items[0]), compare_text);
}

static char *
print_folder(const struct fake_folder *folder)
{
	struct strlist names = {0};

	for (size_t i = 0; i < folder->n; i++) {
		const struct fake_message *m = &folder->messages[i];
		strlist_take(&names, m->flags[0] == '\0' ? str_dup(m->name) :
			str_printf("%s{%s}", m->name, m->flags));
	}
	sort(&names);
	char *joined = strlist_join(&names, " ");
	char *all = str_printf("%s: %s", folder->name, joined);
	strlist_done(&names);
	free(joined);
	return all;
}

char *
fake_print(const struct fake *f)
{
	struct strlist folders = {0};

	for (size_t i = 0; i < FAKE_FOLDERS; i++)
		if (f->folders[i].name[0] != '\0')
			strlist_take(&folders, print_folder(&f->folders[i]));
	sort(&folders);
	char *all = strlist_join(&folders, "; ");
	strlist_done(&folders);
	return all;
}
