// SPDX-License-Identifier: GPL-3.0-or-later
// The command save-all: every attachment of a message into one folder.
#include "config.h"

#include "account/account.h"
#include "account/event.h"
#include "base/buf.h"
#include "base/error.h"
#include "base/mem.h"
#include "base/path.h"
#include "base/str.h"
#include "command/attachment.h"
#include "command/command.h"
#include "engine.h"
#include "mail/document.h"
#include "mail/part.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>

#define SAME_NAME_MAX 1000   // files of one name, numbered; then it is an error

struct save_all {
	struct engine *engine;
	uint64_t id;
	char *folder;
	struct strlist sections;
	size_t at;
	char *last;              // file that was written last
};

static void
save_all_free(void *arg)
{
	struct save_all *s = arg;

	strlist_done(&s->sections);
	free(s->folder);
	free(s->last);
	free(s);
}

// "report.pdf", then "report-2.pdf": nothing is written over.
static char *
numbered(const char *name, unsigned number)
{
	const char *dot = strrchr(name, '.');
	size_t len = dot != NULL && dot != name ? (size_t)(dot - name) : strlen(name);

	if (number == 1)
		return str_dup(name);
	return str_printf("%.*s-%u%s", (int)len, name, number, name + len);
}

static int
create_free(struct save_all *s, const char *name, struct error *err)
{
	for (unsigned n = 1; n <= SAME_NAME_MAX; n++) {
		char *numbered_name = numbered(name, n);

		free(s->last);
		s->last = path_join(s->folder, numbered_name);
		free(numbered_name);
		if (path_exists(s->last))
			continue;
		int fd = path_create(s->last, err);
		if (fd >= 0 || errno != EEXIST)
			return fd;
	}
	error_set(err, ERROR_INPUT, "%s has a thousand files named %s", s->folder, name);
	return -1;
}

static bool
save_all_work(void *arg, struct error *err)
{
	struct save_all *s = arg;
	struct buf data = {0};
	struct part *part = NULL;

	if (!command_read_part(s->engine, s->id, s->sections.items[s->at], &data, &part,
		err)) {
		buf_done(&data);
		return false;
	}
	char *name = attachment_file_name(part);
	int fd = create_free(s, name, err);
	bool ok = fd >= 0 && command_fill_file(fd, s->last, &data, err);

	free(name);
	part_free(&part);
	buf_done(&data);
	return ok;
}

static void save_all_next(struct call *c);

static void
save_all_saved(struct call *c, const struct error *err)
{
	struct save_all *s = c->data;

	if (err != NULL) {
		call_finish(c, err);
		return;
	}
	s->at++;
	save_all_next(c);
}

static void
save_all_fetched(struct call *c, struct event *event)
{
	if (event->kind != EVENT_REPLY)
		return;
	if (event->error.kind != ERROR_NONE)
		call_finish(c, &event->error);
	else
		call_work(c, true, save_all_work, c->data, save_all_saved);
}

static void
save_all_next(struct call *c)
{
	struct save_all *s = c->data;

	if (s->at == s->sections.len) {
		if (s->at == 1)
			call_info(c, "Saved %s", s->last);
		else
			call_info(c, "Saved %zu attachments in %s", s->at, s->folder);
		call_finish(c, NULL);
		return;
	}
	call_part(c, s->id, s->sections.items[s->at], save_all_fetched);
}

// Of a message that is attached, what is attached to that one goes with it.
static void
list_sections(struct strlist *out, const struct part *p)
{
	if (p == NULL)
		return;
	if (part_is_attachment(p))
		strlist_add(out, p->section);
	for (size_t i = 0; !part_is_message(p) && i < p->n_children; i++)
		list_sections(out, p->children[i]);
}

static void
save_all_read(struct call *c, struct event *event)
{
	struct save_all *s = c->data;
	struct error err = event->error;

	if (event->kind != EVENT_REPLY)
		return;
	if (err.kind == ERROR_NONE && event->document != NULL)
		list_sections(&s->sections, event->document->root);
	if (err.kind == ERROR_NONE && s->sections.len == 0)
		error_set(&err, ERROR_INPUT, "this message has no attachments");
	if (err.kind != ERROR_NONE)
		call_finish(c, &err);
	else
		save_all_next(c);
}

static enum command_result
run_save_all(struct call *c, struct error *err)
{
	struct save_all *s = mem_new(struct save_all);

	(void)err;
	s->engine = c->engine;
	s->id = c->target.ids[0];
	s->folder = call_path(c, call_arg(c, 0));
	c->data = s;
	c->free_data = save_all_free;
	return call_job(c, &(struct job){ .kind = JOB_READ, .id = s->id,
		.text = call_flag(c, "part") }, save_all_read);
}

static const struct argument save_all_arguments[] = {
	{ "id", ARGUMENT_ID, "Which message: its id", .optional = true },
	{ "folder", ARGUMENT_PATH, "The folder that they are put into" },
	{ NULL },
};
static const struct command_flag save_all_flags[] = {
	{ "part", "part", ARGUMENT_TEXT, "Those of the message that is attached as this" },
	{ NULL },
};

static const struct command rows[] = {
	{ "save-all", "Saves all attachments of a message in a folder",
		"Nothing is written over: a second report.pdf becomes report-2.pdf.",
		save_all_arguments, save_all_flags, .target = TARGET_MESSAGE,
		.run = run_save_all },
};

void
commands_add_save_all(struct commands *c)
{
	commands_add(c, rows, sizeof(rows) / sizeof(rows[0]));
}
