// SPDX-License-Identifier: GPL-3.0-or-later
// Programs that get the terminal: the editor, and the shell that comes forward
// when the screen is stopped. Meanwhile nothing is drawn and no key is read, but
// the loop goes on and so does the mail.
#include "config.h"

#include "ui/app.h"
#include "ui/child.h"

#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/wait.h>
#include <unistd.h>
#include "base/error.h"
#include "base/mem.h"
#include "base/path.h"
#include "command/option.h"
#include "command/script.h"
#include "engine.h"
#include "loop/child.h"
#include "loop/loop.h"

struct child_edit {
	struct app *app;
	enum edit_kind kind;
	char *path;
	void (*done)(void *arg, bool ok);
	void *arg;
};

// Splits what $VISUAL and $EDITOR hold as a command would be; no shell.
static bool
child_split(const char *text, struct strlist *argv)
{
	struct script script = {0};

	if (str_empty(text))
		return false;
	if (script_parse(&script, text, "$EDITOR", 1, NULL) && script.len == 1)
		strlist_copy(argv, &script.items[0].words);
	script_done(&script);
	return argv->len > 0;
}

// Editors that go to a line when they are told so by +NUMBER; the beginning of
// their name, because Debian's are called vim.basic and emacs-nox.
static const char *const child_plus_editors[] = {
	"emacs", "gvim", "jmacs", "joe", "jpico", "jstar", "kak", "mcedit", "mg", "micro",
	"nano", "ne", "nvi", "nvim", "pico", "rnano", "vi", "vile", "vim", "zile",
};

static bool
child_takes_plus(const char *name)
{
	for (size_t i = 0; i < sizeof child_plus_editors / sizeof *child_plus_editors;
	     i++) {
		size_t len = strlen(child_plus_editors[i]);

		if (strncmp(name, child_plus_editors[i], len) == 0 &&
		    (name[len] == '\0' || name[len] == '.' || name[len] == '-'))
			return true;
	}
	return str_has_prefix(name, "emacsclient");
}

// What is really run: `editor` and `vi` are links to one of many.
static char *
child_program(const char *name)
{
	struct strlist folders = {0};
	char *real = NULL;

	if (strchr(name, '/'))
		real = realpath(name, NULL);
	else
		strlist_split(&folders, str_or_empty(getenv("PATH")), ':');
	for (size_t i = 0; !real && i < folders.len; i++) {
		char *path = path_join(folders.items[i], name);

		if (access(path, X_OK) == 0)
			real = realpath(path, NULL);
		free(path);
	}
	strlist_done(&folders);
	return real ? real : str_dup(name);
}

// The line on which the text begins: behind the first empty one.
static unsigned
child_body_line(const char *path)
{
	FILE *f = fopen(path, "re");
	char *line = NULL;
	size_t size = 0;
	ssize_t len;
	unsigned n = 1;

	while (f && (len = getline(&line, &size, f)) > 0) {
		n++;
		if (line[0] == '\n' || (line[0] == '\r' && line[1] == '\n'))
			break;
	}
	if (f)
		fclose(f);
	free(line);
	return n;
}

static void
child_add_line(struct strlist *argv, const char *path)
{
	char *program = child_program(argv->items[0]);

	if (child_takes_plus(path_base(program)))
		strlist_take(argv, str_printf("+%u", child_body_line(path)));
	free(program);
}

static bool
child_start_editor(struct app *a, enum edit_kind kind, const char *path,
	struct child *child, struct error *err)
{
	static const char *const usual[] = { "editor", "nano", "vi" };
	struct strlist argv = {0};

	options_argv(a->engine->options, NULL, "editor", &argv);
	if (argv.len == 0 && !child_split(getenv("VISUAL"), &argv))
		child_split(getenv("EDITOR"), &argv);
	bool asked = argv.len > 0, ok = false;

	for (size_t i = 0; !ok && i < (asked ? 1 : sizeof usual / sizeof usual[0]); i++) {
		if (!asked)
			strlist_add(&argv, usual[i]);
		if (kind == EDIT_DRAFT)
			child_add_line(&argv, path);
		strlist_add(&argv, path);
		const char **list = mem_alloc(argv.len + 1, sizeof *list);

		memcpy(list, argv.items, argv.len * sizeof *list);
		ok = child_start(child, list, NULL, CHILD_TTY, err);
		free(list);
		if (!asked)
			strlist_done(&argv);
	}
	strlist_done(&argv);
	return ok;
}

static void
child_give(struct app *a)
{
	a->child = true;
	app_take_keys(a, false);
	screen_suspend(a->screen);
}

static void
child_take_back(struct app *a)
{
	a->child = false;
	screen_resume(a->screen);
	screen_resize(a->screen);
	app_take_keys(a, true);
	app_draw_all(a);
}

static void
child_edited(void *arg, int status)
{
	struct child_edit *edit = arg;
	struct app *a = edit->app;
	bool ok = WIFEXITED(status) && WEXITSTATUS(status) == 0;
	struct error err;

	a->edit = NULL;
	child_take_back(a);
	if (!ok)
		app_notice(a, SAY_ERROR, "The editor ended with an error (%d): "
			"the text is kept in %s",
			WIFEXITED(status) ? WEXITSTATUS(status) : WTERMSIG(status),
			edit->path);
	edit->done(edit->arg, true);
	if (edit->kind == EDIT_DRAFT &&
	    !app_open(a, "compose", edit->path, &err))
		app_notice(a, SAY_ERROR, "%s", err.text);
	free(edit->path);
	free(edit);
}

void
child_edit(struct app *a, enum edit_kind kind, const char *path,
	void (*done)(void *arg, bool ok), void *arg)
{
	struct child child;
	struct error err;

	if (a->child || a->quitting) {
		done(arg, false);
		return;
	}
	// The page is there from the beginning: when the terminal goes while the
	// editor has it, the next start shows the draft.
	if (kind == EDIT_DRAFT && !app_open(a, "compose", path, &err))
		app_notice(a, SAY_ERROR, "%s", err.text);
	child_give(a);
	if (!child_start_editor(a, kind, path, &child, &err)) {
		child_take_back(a);
		app_notice(a, SAY_ERROR, "%s: set editor, $VISUAL or $EDITOR", err.text);
		// From the page of a draft it can be edited when there is an editor.
		done(arg, kind == EDIT_DRAFT);
		return;
	}
	struct child_edit *edit = mem_new(struct child_edit);

	*edit = (struct child_edit){ a, kind, str_dup(path), done, arg };
	a->edit = edit;
	loop_add_child(a->engine->loop, child.pid, child_edited, edit);
}

// --- a program that shows something -----------------------------------------------------

struct child_guest {
	struct app *app;
	void (*done)(void *arg, int status);
	void *arg;
};

static void
child_left(void *arg, int status)
{
	struct child_guest *guest = arg;
	struct app *a = guest->app;

	a->guest = NULL;
	child_take_back(a);
	guest->done(guest->arg, status);
	free(guest);
}

bool
child_here(struct app *a, const char *const argv[], pid_t *pid_r,
	void (*done)(void *arg, int status), void *arg, struct error *err)
{
	struct child child;

	if (a->child || a->quitting)
		return error_set(err, ERROR_CANCELLED, "another program has the terminal");
	child_give(a);
	if (!child_start(&child, argv, NULL, CHILD_TTY, err)) {
		child_take_back(a);
		return false;
	}
	struct child_guest *guest = mem_new(struct child_guest);

	*guest = (struct child_guest){ a, done, arg };
	*pid_r = child.pid;
	a->guest = guest;
	loop_add_child(a->engine->loop, child.pid, child_left, guest);
	return true;
}

void
child_forget(struct app *a)
{
	struct child_edit *edit = a->edit;

	// Whoever waits for it was told to give up by then.
	free(a->guest);
	a->guest = NULL;
	if (!edit)
		return;
	a->edit = NULL;
	edit->done(edit->arg, false);
	free(edit->path);
	free(edit);
}

void
child_suspend(struct app *a)
{
	bool mine = !a->child;

	if (a->quitting)
		return;
	// An editor that is stopped stops us with it; the terminal is its own.
	if (mine)
		child_give(a);
	raise(SIGSTOP);
	if (mine)
		child_take_back(a);
}

// --- programs beside the screen ----------------------------------------------------------

static void
child_ended_badly(struct app *a, const char *what, int status)
{
	struct error err;

	if (!child_succeeded(what, status, &err))
		app_notice(a, SAY_ERROR, "%s", err.text);
}

static void
child_opened(void *arg, int status)
{
	child_ended_badly(arg, "the program for the attachment", status);
}

static void
child_browsed(void *arg, int status)
{
	child_ended_badly(arg, "the browser (option browser)", status);
}

static bool
child_beside(struct app *a, const char *const argv[],
	void (*ended)(void *arg, int status), struct error *err)
{
	struct child child;

	if (!child_start(&child, argv, NULL, CHILD_OWN_GROUP, err))
		return false;
	loop_add_child(a->engine->loop, child.pid, ended, a);
	return true;
}

bool
child_apart(struct app *a, const char *const argv[], struct error *err)
{
	return child_beside(a, argv, child_opened, err);
}

// --- the browser ---------------------------------------------------------------------------

// Those that are nothing without a terminal.
static const char *const child_text_browsers[] = {
	"w3m", "lynx", "links", "links2", "elinks", "retawq", "browsh", "chawan", "cha",
};

static bool
child_is_text_browser(const char *name)
{
	char *program = child_program(name);
	const char *base = path_base(program);
	bool is = false;

	for (size_t i = 0; i < sizeof child_text_browsers / sizeof *child_text_browsers;
	     i++)
		is = is || str_equal(base, child_text_browsers[i]);
	free(program);
	return is;
}

bool
child_has_desktop(void)
{
	return !str_empty(getenv("DISPLAY")) || !str_empty(getenv("WAYLAND_DISPLAY"));
}

// The option, $BROWSER, the desktop's; over SSH one that the terminal can show.
static void
child_find_browser(struct app *a, struct strlist *argv)
{
	options_argv(a->engine->options, NULL, "browser", argv);
	if (argv->len > 0 || child_split(getenv("BROWSER"), argv))
		return;
	if (child_has_desktop()) {
		strlist_add(argv, "xdg-open");
		return;
	}
	for (size_t i = 0; argv->len == 0 &&
	     i < sizeof child_text_browsers / sizeof *child_text_browsers; i++) {
		char *program = child_program(child_text_browsers[i]);

		if (path_is_absolute(program))
			strlist_add(argv, child_text_browsers[i]);
		free(program);
	}
}

void
child_browse(struct app *a, const char *url)
{
	struct strlist argv = {0};
	struct error err;
	pid_t pid;

	child_find_browser(a, &argv);
	if (argv.len == 0) {
		app_notice(a, SAY_ERROR, "There is no browser here (set browser): %s", url);
		return;
	}
	strlist_add(&argv, url);
	const char **list = mem_alloc(argv.len + 1, sizeof *list);

	memcpy(list, argv.items, argv.len * sizeof *list);
	bool here = child_is_text_browser(list[0]);
	bool ok = here ? child_here(a, list, &pid, child_browsed, a, &err)
		: child_beside(a, list, child_browsed, &err);

	if (!ok)
		app_notice(a, SAY_ERROR, "%s: set browser", err.text);
	else if (!here)
		app_notice(a, SAY_INFO, "Opening %s", url);
	free(list);
	strlist_done(&argv);
}
