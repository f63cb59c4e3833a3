// SPDX-License-Identifier: GPL-3.0-or-later
// The commands that write mail into files: save and export.
#include "config.h"

#include "account/account.h"
#include "account/event.h"
#include "base/buf.h"
#include "base/error.h"
#include "base/mem.h"
#include "base/path.h"
#include "base/str.h"
#include "base/utf8.h"
#include "command/answer.h"
#include "command/attachment.h"
#include "command/command.h"
#include "engine.h"
#include "files/maildir.h"
#include "mail/enclosed.h"
#include "mail/message.h"
#include "mail/part.h"
#include "store/bodies.h"
#include "store/messages.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#define PART_SIZE_MAX (1024u * 1024 * 1024)

static bool
is_folder(const char *path)
{
	struct stat st;

	return stat(path, &st) == 0 && S_ISDIR(st.st_mode);
}

bool
command_fill_file(int fd, const char *path, const struct buf *data, struct error *err)
{
	bool ok = path_write_all(fd, data->data, data->len) && fsync(fd) == 0;
	if (!ok) {
		error_errno(err, ERROR_STORE, "cannot write %s", path);
		unlink(path); // half of it would be taken for all
	}
	close(fd);
	return ok;
}

// Never over a file that is there, unless that was asked for.
static bool
write_new(const char *path, bool over, const struct buf *data, struct error *err)
{
	if (over)
		return path_write_atomic(path, buf_text(data), data->len, err);
	int fd = path_create(path, err);

	return fd >= 0 && command_fill_file(fd, path, data, err);
}

// --- a part of a message ------------------------------------------------------------

static struct part *
part_copy_leaf(const struct part *p)
{
	struct part *copy = part_new(p->type, p->subtype);

	copy->name = str_dup(p->name);
	copy->charset = str_dup(p->charset);
	return copy;
}

static bool
part_from_raw(struct engine *e, uint64_t id, const char *section,
	struct buf *out, struct part **part_r, struct error *err)
{
	struct buf raw = {0};

	if (!command_read_raw(e, id, &raw, err)) {
		buf_done(&raw);
		return false;
	}
	struct part *root = part_parse(buf_text(&raw), raw.len);
	struct part *p = part_find(root, section);
	bool ok = p != NULL;
	if (ok) {
		part_decode(p, buf_text(&raw) + p->body_start, p->body_len,
			PART_SIZE_MAX, out);
		*part_r = part_copy_leaf(p);
	} else {
		error_set(err, ERROR_GONE, "the message has no part %s", section);
	}
	part_free(&root);
	buf_done(&raw);
	return ok;
}

static bool
read_whole_part(struct engine *e, uint64_t id, const char *section,
	struct buf *out, struct part **part_r, struct error *err)
{
	struct buf body = {0};
	struct part *root = store_structure(e->store, id);
	struct part *p = root == NULL ? NULL : part_find(root, section);

	*part_r = NULL;
	if (p == NULL || !store_part_read(e->store, id, section, &body)) {
		part_free(&root);
		buf_done(&body);
		return part_from_raw(e, id, section, out, part_r, err);
	}
	part_decode(p, buf_text(&body), body.len, PART_SIZE_MAX, out);
	*part_r = part_copy_leaf(p);
	part_free(&root);
	buf_done(&body);
	return true;
}

enum command_result
call_part(struct call *c, uint64_t id, const char *section,
	void (*replied)(struct call *c, struct event *event))
{
	return call_job(c, &(struct job){ .kind = JOB_PART, .id = id, .text = section },
		replied);
}

bool
command_read_part(struct engine *e, uint64_t id, const char *section,
	struct buf *out, struct part **part_r, struct error *err)
{
	struct enclosed file;
	size_t number, len = enclosed_section(section, &number);

	if (number == 0)
		return read_whole_part(e, id, section, out, part_r, err);
	char *within = str_ndup(section, len);
	bool ok = read_whole_part(e, id, within, out, part_r, err);
	free(within);
	if (!ok)
		return false;
	part_free(part_r);
	if (!enclosed_take(out, number, &file))
		return error_set(err, ERROR_GONE, "the message has no part %s", section);
	struct buf name = {0};
	utf8_filter_line(&name, file.name, strlen(file.name));
	*part_r = part_new("application", "octet-stream");
	(*part_r)->name = buf_take(&name);
	return true;
}

// --- save -----------------------------------------------------------------------------

struct save {
	struct engine *engine;
	uint64_t id;
	char *section, *path;
	bool over, exists;
};

static void
save_free(void *arg)
{
	struct save *s = arg;

	free(s->section);
	free(s->path);
	free(s);
}

static bool
save_work(void *arg, struct error *err)
{
	struct save *s = arg;
	struct buf data = {0};
	struct part *part = NULL;
	bool ok = command_read_part(s->engine, s->id, s->section, &data, &part, err);

	if (ok && is_folder(s->path)) {
		char *name = attachment_file_name(part);
		char *whole = path_join(s->path, name);
		free(s->path);
		free(name);
		s->path = whole;
	}
	s->exists = ok && !s->over && path_exists(s->path);
	if (ok && !s->exists)
		ok = write_new(s->path, s->over, &data, err);
	part_free(&part);
	buf_done(&data);
	return ok;
}

static void saved(struct call *c, const struct error *err);

static void
over_answered(struct call *c, const char *answer)
{
	struct save *s = c->data;
	struct error err;

	if (str_equal(answer, "yes")) {
		s->over = true;
		call_work(c, true, save_work, s, saved);
		return;
	}
	if (answer == NULL)
		error_set(&err, ERROR_INPUT, "%s is there already (-f writes over it)",
			s->path);
	else
		error_set(&err, ERROR_CANCELLED, "not saved");
	call_finish(c, &err);
}

static void
saved(struct call *c, const struct error *err)
{
	struct save *s = c->data;

	if (err == NULL && s->exists) {
		char *text = str_printf("%s is there already. Write over it?", s->path);
		call_ask(c, &(struct question){
			.kind = QUESTION_YES_NO, .text = text }, over_answered);
		free(text);
		return;
	}
	if (err == NULL)
		call_info(c, "Saved %s", s->path);
	call_finish(c, err);
}

static void
part_fetched(struct call *c, struct event *event)
{
	if (event->kind != EVENT_REPLY)
		return;
	if (event->error.kind != ERROR_NONE)
		call_finish(c, &event->error);
	else
		call_work(c, true, save_work, c->data, saved);
}

static enum command_result
run_save(struct call *c, struct error *err)
{
	struct save *s = mem_new(struct save);

	(void)err;
	s->engine = c->engine;
	s->id = c->target.ids[0];
	s->section = str_dup(call_arg(c, 0));
	s->path = call_path(c, call_arg(c, 1));
	s->over = call_flag(c, "f") != NULL;
	c->data = s;
	c->free_data = save_free;
	return call_part(c, s->id, s->section, part_fetched);
}

// --- export -----------------------------------------------------------------------------

struct export {
	struct engine *engine;
	const uint64_t *ids;
	size_t n, at;
	char *path;
	bool over, one;
};

static void
export_free(void *arg)
{
	struct export *x = arg;

	free(x->path);
	free(x);
}

static bool
export_into(struct export *x, const struct buf *data, struct error *err)
{
	struct maildir *m = NULL;
	struct maildir_write *w = NULL;
	struct message row = {0};

	if (!maildir_open(&m, x->path, true, err))
		return false;
	store_message(x->engine->store, x->ids[x->at], &row);
	bool ok = maildir_write_begin(m, &w, err) &&
		maildir_write_data(w, buf_text(data), data->len, err) &&
		maildir_write_commit(&w, &row.flags, row.received, NULL, NULL, err);
	maildir_write_abort(&w);
	maildir_close(&m);
	message_done(&row);
	return ok;
}

static bool
export_work(void *arg, struct error *err)
{
	struct export *x = arg;
	struct buf data = {0};
	bool ok = command_read_raw(x->engine, x->ids[x->at], &data, err) &&
		(x->one ? write_new(x->path, x->over, &data, err) :
		export_into(x, &data, err));

	buf_done(&data);
	return ok;
}

static void export_next(struct call *c);

static void
exported(struct call *c, const struct error *err)
{
	struct export *x = c->data;

	if (err != NULL) {
		call_finish(c, err);
		return;
	}
	x->at++;
	export_next(c);
}

static void
export_fetched(struct call *c, struct event *event)
{
	if (event->kind != EVENT_REPLY)
		return;
	if (event->error.kind != ERROR_NONE)
		call_finish(c, &event->error);
	else
		call_work(c, true, export_work, c->data, exported);
}

static void
export_next(struct call *c)
{
	struct export *x = c->data;

	if (x->at == x->n) {
		call_info(c, "%zu message%s written to %s", x->n,
			x->n == 1 ? "" : "s", x->path);
		call_finish(c, NULL);
		return;
	}
	call_job(c, &(struct job){ .kind = JOB_RAW, .id = x->ids[x->at] },
		export_fetched);
}

static enum command_result
run_export(struct call *c, struct error *err)
{
	struct export *x = mem_new(struct export);

	(void)err;
	x->engine = c->engine;
	x->ids = c->target.ids;
	x->n = c->target.n;
	x->path = call_path(c, call_arg(c, 0));
	x->one = x->n == 1 && str_has_suffix(x->path, ".eml");
	x->over = call_flag(c, "f") != NULL;
	c->data = x;
	c->free_data = export_free;
	export_next(c);
	return COMMAND_WAIT;
}

static const struct argument save_arguments[] = {
	{ "id", ARGUMENT_ID, "Which message: its id", .optional = true },
	{ "part", ARGUMENT_TEXT, "The number of the part: 2, 1.3" },
	{ "path", ARGUMENT_PATH, "The file, or the folder that it is put into" },
	{ NULL },
};
static const struct argument export_arguments[] = {
	{ "path", ARGUMENT_PATH, "A file NAME.eml for one message; else a Maildir, "
		"made where it is missing" },
	{ NULL },
};
static const struct command_flag over_flags[] = {
	{ "f", NULL, ARGUMENT_TEXT, "Writes over a file that is there" },
	{ NULL },
};

static const struct command rows[] = {
	{ "export", "Writes messages into a file or a Maildir", NULL,
		export_arguments, over_flags, .target = TARGET_MESSAGES,
		.run = run_export },
	{ "save", "Saves a part of a message as a file", NULL, save_arguments,
		over_flags, .target = TARGET_MESSAGE, .run = run_save },
};

void
commands_add_file(struct commands *c)
{
	commands_add(c, rows, sizeof(rows) / sizeof(rows[0]));
}
