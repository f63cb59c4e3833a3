// SPDX-License-Identifier: GPL-3.0-or-later
// open-part: shows a part of a message with the program that the user's mailcap
// names for its type, or with the desktop's, or as text on the screen itself.
#include "config.h"

#include "account/event.h"
#include "base/buf.h"
#include "base/error.h"
#include "base/mem.h"
#include "base/path.h"
#include "base/str.h"
#include "base/utf8.h"
#include "command/attachment.h"
#include "command/command.h"
#include "command/mailcap.h"
#include "command/option.h"
#include "command/script.h"
#include "engine.h"
#include "loop/child.h"
#include "mail/build.h"
#include "mail/part.h"
#include "ui/app.h"
#include "ui/child.h"
#include "ui/command/commands.h"

#include <signal.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#define PART_TEXT_MAX (1024 * 1024)   // bytes of a text that are shown on the screen
#define PART_HEX_MAX (64 * 1024)      // bytes that are shown as such
#define PART_HEX_ROW 16               // of a line: it fits in 80 columns
#define PART_TEST_MS 5000             // for a mailcap entry's test

enum part_how { PART_AS_TEXT, PART_BY_MAILCAP, PART_BY_OPENER };

struct part_opening {
	struct engine *engine;
	uint64_t id;
	char *section;
	bool text, hex;              // it is wanted so
	struct strlist opener;       // of the option; empty: none
	char *folder;                // where the files lie
	// Then, when it was looked at:
	enum part_how how;
	char *name;
	char *path;                  // of the file, for the opener
	struct mailcap with;
	struct buf shown;            // the text
	pid_t pid;                   // that has the terminal; 0
};

static void
part_opening_free(void *arg)
{
	struct part_opening *o = arg;

	free(o->section);
	strlist_done(&o->opener);
	free(o->folder);
	free(o->name);
	free(o->path);
	mailcap_done(&o->with);
	buf_done(&o->shown);
	free(o);
}

// --- on another thread: the file, and who shows it -----------------------------------------

// What a desktop would run, or hand to something that runs it, instead of showing it.
static bool
part_is_program(const char *name)
{
	static const char *const endings[] = {
		"apk", "app", "appimage", "bash", "bat", "bin", "cmd", "com", "cpl", "csh",
		"deb", "desktop", "elf", "exe", "fish", "flatpakref", "gadget", "hta", "jar",
		"jnlp", "js", "jse", "ksh", "lnk", "mjs", "msi", "pif", "pl", "ps1", "py",
		"pyc", "pyw", "rb", "rpm", "run", "scr", "service", "sh", "snap", "url", "vbe",
		"vbs", "webloc", "wsf", "zsh",
	};
	const char *dot = strrchr(name, '.');

	for (size_t i = 0; dot && i < sizeof endings / sizeof *endings; i++) {
		if (str_equal_nocase(dot + 1, endings[i]))
			return true;
	}
	return false;
}

static bool
part_test(void *arg, const char *command)
{
	struct error err;

	(void)arg;
	return child_run((const char *const[]){ "/bin/sh", "-c", command, NULL }, NULL, 0,
		NULL, 0, PART_TEST_MS, NULL, &err);
}

// A part that only says that it is bytes is what its name and its beginning say.
static void
part_know_type(struct part *p, const struct buf *data)
{
	if (!part_is(p, "application", "octet-stream"))
		return;
	const char *type = build_guess_type(str_or_empty(p->name), buf_text(data),
		data->len);
	size_t len = strcspn(type, "/");

	free(p->type);
	p->type = str_ndup(type, len);
	str_set(&p->subtype, type[len] ? type + len + 1 : "");
}

static void
part_show_text(struct part_opening *o, const struct part *p, const struct buf *data)
{
	struct buf text = {0};
	size_t len = data->len < PART_TEXT_MAX ? data->len : PART_TEXT_MAX;

	o->how = PART_AS_TEXT;
	part_to_utf8(p, buf_text(data), len, &text);
	utf8_filter_text(&o->shown, buf_text(&text), text.len);
	if (len < data->len)
		buf_printf(&o->shown, "\nnot shown: %zu more bytes (save has them all)\n",
			data->len - len);
	buf_done(&text);
}

// "00000010  2a 00 ff ...  *..": where, the bytes, and those that are letters.
static void
part_add_hex(struct buf *out, const unsigned char *s, size_t at, size_t len)
{
	buf_printf(out, "%08zx ", at);
	for (size_t i = 0; i < PART_HEX_ROW; i++) {
		buf_str(out, i == PART_HEX_ROW / 2 ? "  " : " ");
		if (i < len)
			buf_printf(out, "%02x", s[at + i]);
		else
			buf_str(out, "  ");
	}
	buf_str(out, "  ");
	for (size_t i = 0; i < len; i++)
		buf_char(out, s[at + i] >= ' ' && s[at + i] <= '~' ? (char)s[at + i] : '.');
	buf_char(out, '\n');
}

static void
part_show_hex(struct part_opening *o, const struct buf *data)
{
	const unsigned char *bytes = (const unsigned char *)buf_text(data);
	size_t len = data->len < PART_HEX_MAX ? data->len : PART_HEX_MAX;

	o->how = PART_AS_TEXT;
	for (size_t at = 0; at < len; at += PART_HEX_ROW)
		part_add_hex(&o->shown, bytes, at,
			len - at < PART_HEX_ROW ? len - at : PART_HEX_ROW);
	if (len < data->len)
		buf_printf(&o->shown, "\nnot shown: %zu more bytes (save has them all)\n",
			data->len - len);
}

// A folder of its own for each, so that the name can stay.
static bool
part_make_place(struct part_opening *o, struct error *err)
{
	if (!path_make_folder(o->folder, err))
		return false;
	char *place = path_join(o->folder, "XXXXXX");

	free(o->folder);
	o->folder = place;
	return mkdtemp(place) ||
		error_errno(err, ERROR_STORE, "cannot make a folder for %s", o->name);
}

static bool
part_write(const char *path, const struct buf *data, struct error *err)
{
	int fd = path_create(path, err);

	return fd >= 0 && command_fill_file(fd, path, data, err);
}

static bool
part_for_mailcap(struct part_opening *o, const struct part *p, const char *name)
{
	struct buf entries = {0};

	mailcap_read(&entries);
	bool found = mailcap_find(&o->with, buf_text(&entries), &(struct mailcap_file){
		.type = p->type, .subtype = p->subtype, .charset = p->charset,
		.folder = o->folder, .name = name }, part_test, NULL);

	buf_done(&entries);
	return found;
}

// The option first, then mailcap; a text needs neither; then the desktop.
static bool
part_choose(struct part_opening *o, const struct part *p, const struct buf *data,
	struct error *err)
{
	char *name = mailcap_name(o->name);

	o->path = path_join(o->folder, name);
	if (o->opener.len == 0 && part_for_mailcap(o, p, name)) {
		o->how = PART_BY_MAILCAP;
		free(name);
		return part_write(o->with.path, data, err);
	}
	free(name);
	if (o->opener.len == 0 && (part_is(p, "text", NULL) || part_is_message(p))) {
		part_show_text(o, p, data);
		return true;
	}
	if (o->opener.len == 0 && !child_has_desktop())
		return error_set(err, ERROR_INPUT, "nothing here opens %s/%s: name a program "
			"in ~/.mailcap, or set opener; save keeps it", p->type, p->subtype);
	if (part_is_program(o->path))
		return error_set(err, ERROR_REFUSED, "%s is not opened, because it would be "
			"run: save it if you trust it", o->name);
	if (o->opener.len == 0)
		strlist_add(&o->opener, "xdg-open");
	o->how = PART_BY_OPENER;
	return part_write(o->path, data, err);
}

static bool
part_look(void *arg, struct error *err)
{
	struct part_opening *o = arg;
	struct buf data = {0};
	struct part *p = NULL;
	bool ok = command_read_part(o->engine, o->id, o->section, &data, &p, err);

	if (ok) {
		o->name = attachment_file_name(p);
		part_know_type(p, &data);
		if (o->hex)
			part_show_hex(o, &data);
		else if (o->text)
			part_show_text(o, p, &data);
		else
			ok = part_make_place(o, err) && part_choose(o, p, &data, err);
	}
	part_free(&p);
	buf_done(&data);
	return ok;
}

// --- on the screen -------------------------------------------------------------------------

static void
part_back(void *arg, int status)
{
	struct call *c = arg;
	struct part_opening *o = c->data;
	struct error err;

	o->pid = 0;
	call_finish(c, child_succeeded("the program of mailcap", status, &err) ? NULL : &err);
}

static void
part_given_up(struct call *c)
{
	struct part_opening *o = c->data;

	if (o->pid > 0)
		kill(o->pid, SIGTERM);
}

static bool
part_run_apart(struct call *c, const char *const argv[], struct error *err)
{
	struct part_opening *o = c->data;

	if (!child_apart(app_of(c->front), argv, err))
		return false;
	call_info(c, "Opening %s", o->name);
	call_finish(c, NULL);
	return true;
}

static bool
part_by_mailcap(struct call *c, struct error *err)
{
	struct part_opening *o = c->data;
	const char *const argv[] = { "/bin/sh", "-c", o->with.command, NULL };

	if (o->with.output) {
		struct buf text = {0};

		buf_str(&text, "exec -- /bin/sh -c ");
		script_quote(&text, o->with.command);
		call_block(c, buf_text(&text), c->where, c->line, NULL, NULL, 0);
		buf_done(&text);
		return true;
	}
	return o->with.terminal ? child_here(app_of(c->front), argv, &o->pid, part_back, c,
		err) : part_run_apart(c, argv, err);
}

static bool
part_by_opener(struct call *c, struct error *err)
{
	struct part_opening *o = c->data;
	const char **argv = mem_alloc(o->opener.len + 2, sizeof *argv);

	memcpy(argv, o->opener.items, o->opener.len * sizeof *argv);
	argv[o->opener.len] = o->path;
	bool ok = part_run_apart(c, argv, err);

	free(argv);
	return ok;
}

static bool
part_as_text(struct call *c, struct error *err)
{
	struct part_opening *o = c->data;
	struct app *a = app_of(c->front);

	buf_clear(&a->rows);
	buf_str(&a->rows, o->shown.len > 0 ? o->shown.data : "(empty)");
	bool ok = app_open(a, "output", o->name, err) != NULL;

	buf_clear(&a->rows);
	if (ok)
		call_finish(c, NULL);
	return ok;
}

static void
part_looked_at(struct call *c, const struct error *failed)
{
	static bool (*const ways[])(struct call *c, struct error *err) = {
		[PART_AS_TEXT] = part_as_text, [PART_BY_MAILCAP] = part_by_mailcap,
		[PART_BY_OPENER] = part_by_opener,
	};
	struct part_opening *o = c->data;
	struct error err;

	if (failed)
		call_finish(c, failed);
	else if (!ways[o->how](c, &err))
		call_finish(c, &err);
}

static void
part_fetched(struct call *c, struct event *event)
{
	if (event->kind != EVENT_REPLY)
		return;
	if (event->error.kind != ERROR_NONE)
		call_finish(c, &event->error);
	else
		call_work(c, true, part_look, c->data, part_looked_at);
}

// Below the folder for what runs, which nobody else may enter; where its name would
// mean something to a shell, one of our own in the place for such.
static bool
part_place(struct app *a, struct error *err)
{
	char *place = path_join(a->engine->home.run, "parts");

	if (!mailcap_plain(place)) {
		free(place);
		place = str_dup("/tmp/postern-XXXXXX");
		if (!mkdtemp(place)) {
			free(place);
			return error_errno(err, ERROR_STORE, "cannot make a folder in /tmp");
		}
	} else if (!path_remove_tree(place, err)) {
		// A run before this one was killed.
		free(place);
		return false;
	}
	a->parts_folder = place;
	return true;
}

static enum command_result
run_open_part(struct call *c, struct error *err)
{
	struct part_opening *o = mem_new(struct part_opening);
	struct app *a = app_of(c->front);

	o->engine = c->engine;
	o->id = c->target.ids[0];
	o->section = str_dup(call_arg(c, 0));
	o->text = call_flag(c, "text") != NULL;
	o->hex = call_flag(c, "hex") != NULL;
	options_argv(call_options(c), NULL, "opener", &o->opener);
	c->data = o;
	c->free_data = part_opening_free;
	c->given_up = part_given_up;
	if (!a->parts_folder && !part_place(a, err))
		return COMMAND_FAILED;
	o->folder = str_dup(a->parts_folder);
	return call_part(c, o->id, o->section, part_fetched);
}

static const struct argument part_arguments[] = {
	{ "id", ARGUMENT_ID, "Which message: its id", .optional = true },
	{ "part", ARGUMENT_TEXT, "The number of the part: 2, 1.3" },
	{ NULL },
};
static const struct command_flag part_flags[] = {
	{ "hex", NULL, ARGUMENT_TEXT, "Shows its bytes in hexadecimal here" },
	{ "text", NULL, ARGUMENT_TEXT, "Shows it as text here, whatever it is" },
	{ NULL },
};

static const struct command rows[] = {
	{ .name = "open-part", .help = "Opens an attachment with the program for its type",
		.more = "That is what option opener says, else the entry for its type in "
			"the mailcap files (~/.mailcap, /etc/mailcap, or those that $MAILCAPS "
			"names): its needsterminal, copiousoutput, test and nametemplate are "
			"heeded. Without one a text is shown here, and all else is handed to "
			"xdg-open where there is a desktop. The program gets a copy, which is "
			"gone when Postern ends.",
		.arguments = part_arguments, .flags = part_flags, .target = TARGET_MESSAGE,
		.screen = true, .run = run_open_part },
};

void
commands_add_part(struct commands *c)
{
	commands_add(c, rows, sizeof rows / sizeof rows[0]);
}
