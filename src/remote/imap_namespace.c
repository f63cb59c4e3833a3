// SPDX-License-Identifier: GPL-3.0-or-later
// Whose folders are whose, and which parts of the tree the main list does not hold
// (NAMESPACE, RFC 2342).
#include "config.h"

#include <pthread.h>
#include <stdlib.h>
#include <string.h>

#include "base/mem.h"
#include "base/str.h"
#include "remote/imap.h"

// --- what other connections need not ask --------------------------------------------

struct remote_memory {
	pthread_mutex_t lock;
	char *whose;         // "ann@imap.example.org:993"; NULL: nothing is known
	struct spaces spaces;
};

struct remote_memory *
remote_memory_new(void)
{
	struct remote_memory *m = mem_new(struct remote_memory);
	pthread_mutex_init(&m->lock, NULL);
	return m;
}

void
remote_memory_free(struct remote_memory **m)
{
	if (!*m)
		return;
	spaces_done(&(*m)->spaces);
	free((*m)->whose);
	pthread_mutex_destroy(&(*m)->lock);
	free(*m);
	*m = NULL;
}

static char *
whose(const struct imap *m)
{
	const struct remote_settings *s = &m->base.settings;
	return str_printf("%s@%s:%u", str_or_empty(s->user), str_or_empty(s->host), s->port);
}

static void
spaces_copy(struct spaces *to, const struct spaces *from)
{
	*to = *from;
	for (size_t i = 0; i < to->n; i++) {
		to->items[i].prefix = str_dup(from->items[i].prefix);
		to->items[i].apart = false; // that depends on the list
	}
}

static void
memory_keep(const struct imap *m)
{
	struct remote_memory *memory = m->base.settings.memory;
	if (!memory)
		return;
	pthread_mutex_lock(&memory->lock);
	spaces_done(&memory->spaces);
	free(memory->whose);
	memory->whose = whose(m);
	spaces_copy(&memory->spaces, &m->spaces);
	pthread_mutex_unlock(&memory->lock);
}

static bool
memory_recall(struct imap *m)
{
	struct remote_memory *memory = m->base.settings.memory;
	if (!memory)
		return false;
	char *ours = whose(m);
	pthread_mutex_lock(&memory->lock);
	bool known = memory->whose && str_equal(memory->whose, ours);
	if (known) {
		spaces_done(&m->spaces);
		spaces_copy(&m->spaces, &memory->spaces);
	}
	pthread_mutex_unlock(&memory->lock);
	free(ours);
	return known;
}

// --- the question -------------------------------------------------------------------

bool
imap_spaces_on(struct imap *m, const struct response *r)
{
	if (!slice_is(r->name, "NAMESPACE"))
		return false;
	bool whole = parse_namespace(r->rest, &m->spaces);
	for (size_t i = 0; i < m->spaces.n; i++)
		imap_took_name(m, &m->spaces.items[i].prefix);
	if (whole)
		memory_keep(m);
	return true;
}

// Puts the question, once for an account while the program runs, without a wait.
bool
imap_spaces_ask(struct imap *m, struct call *c, struct error *err)
{
	if (m->spaces_asked || !(m->caps.bits & CAP_NAMESPACE))
		return true;
	m->spaces_asked = true;
	if (memory_recall(m))
		return true;
	struct command command = { 0 };
	command_text(&command, "NAMESPACE");
	c->shrug = true;
	return imap_send(m, c, &command, err);
}

static bool
in_space(const struct space *space, const char *name)
{
	size_t len = strlen(space->prefix);
	if (strncmp(name, space->prefix, len) == 0)
		return true;
	// "user" is the top of "user/".
	return len > 0 && space->prefix[len - 1] == space->delimiter &&
		strlen(name) == len - 1 && strncmp(name, space->prefix, len - 1) == 0;
}

// Finds the parts that the list did not name; true when there are new ones.
bool
imap_spaces_part(struct imap *m, const struct remote_folders *f)
{
	// UW imapd offers news groups, other hosts' files and home folders so.
	static const char *const no_mail[] = { "#news.", "#ftp/", "#mh/", "#mhinbox", "~" };
	bool any = false;
	for (size_t i = 0; i < m->spaces.n; i++) {
		struct space *space = &m->spaces.items[i];
		bool there = space->apart || !*space->prefix;
		for (size_t k = 0; !there && k < sizeof(no_mail) / sizeof(no_mail[0]); k++)
			there = str_equal(space->prefix, no_mail[k]);
		for (size_t k = 0; !there && k < f->len; k++)
			there = in_space(space, f->items[k].name);
		if (!there)
			space->apart = any = true;
	}
	return any;
}

void
imap_spaces_mark(const struct imap *m, struct remote_folders *f)
{
	for (size_t i = 0; i < f->len; i++) {
		size_t longest = 0;
		for (size_t k = 0; k < m->spaces.n; k++) {
			const struct space *space = &m->spaces.items[k];
			size_t len = strlen(space->prefix);
			if (len < longest || !in_space(space, f->items[i].name))
				continue;
			longest = len;
			f->items[i].space = space->kind;
		}
	}
}

// Where one's own folders stand below a prefix ("INBOX." of Courier and some
// Cyrus), a name outside of all prefixes is meant below it.
char *
imap_below_prefix(const struct imap *m, char *name)
{
	const char *own = "";
	for (size_t i = 0; i < m->spaces.n; i++) {
		const struct space *space = &m->spaces.items[i];
		if (*space->prefix && in_space(space, name))
			return name;
		if (space->kind == REMOTE_PERSONAL && !*space->prefix)
			return name;
		if (space->kind == REMOTE_PERSONAL && !*own)
			own = space->prefix;
	}
	if (!*own || str_equal_nocase(name, "INBOX"))
		return name;
	char *whole = str_printf("%s%s", own, name);
	free(name);
	return whole;
}
