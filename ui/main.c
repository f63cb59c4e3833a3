// SPDX-License-Identifier: GPL-3.0-or-later
// The program: hands what needs no screen to batch, else opens the screen on
// the store, its first picture from what is stored here.
#include "config.h"

#include <locale.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/prctl.h>
#include <sys/resource.h>
#include <unistd.h>
#include "base/buf.h"
#include "base/error.h"
#include "base/mem.h"
#include "base/str.h"
#include "base/utf8.h"
#include "batch.h"
#include "command/answer.h"
#include "command/script.h"
#include "control.h"
#include "engine.h"
#include "store/owner.h"
#include "store/pending.h"
#include "ui/app.h"
#include "ui/view/drafts.h"

#define MAIN_TAKE_OVER_MS 10000
#define MAIN_MEMORY (2 * 1024 * 1024)  // a wide screen and the store, at the start

// Before there is a screen: what is wrong with the configuration is gathered
// and shown on it.
struct early {
	struct frontend front;     // first
	struct buf said;
	size_t n;
};

static void
early_say(struct frontend *f, enum say_kind kind, const struct answer *answer)
{
	struct early *e = (struct early *)f;

	if (kind != SAY_ERROR)
		return;
	buf_printf(&e->said, "%s\n", answer_line(answer));
	e->n++;
}

// Our memory holds mail and passwords: no dump of it, no tracer but root. The
// leak check of a sanitizer is a tracer.
static void
main_keep_secrets(void)
{
#ifndef __SANITIZE_ADDRESS__
	prctl(PR_SET_DUMPABLE, 0);
#endif
	setrlimit(RLIMIT_CORE, &(struct rlimit){ 0, 0 });
}

static bool
main_yes(const char *question)
{
	char line[16] = "";

	fprintf(stderr, "%s [y/n] ", question);
	return fgets(line, sizeof line, stdin) && (line[0] == 'y' || line[0] == 'Y');
}

// Another one owns the store: a batch steps aside by itself, a screen is asked for.
static bool
main_take_over(struct engine *e, struct error *err)
{
	const struct owner_info *holder = engine_holder(e);
	char question[256];

	snprintf(question, sizeof question, "Postern is open already%s%s (process %d). "
		"Take over here?", holder->tty[0] ? " on " : "", holder->tty,
		(int)holder->pid);
	if (holder->kind == OWNER_SCREEN && !main_yes(question))
		return error_set(err, ERROR_REFUSED, "the other one stays");
	return control_take_over(e->home.run, MAIN_TAKE_OVER_MS, err);
}

static bool
main_own(struct engine *e, struct error *err)
{
	if (engine_own(e, OWNER_SCREEN, err))
		return true;
	if (err->kind != ERROR_REFUSED || !main_take_over(e, err))
		return false;
	return engine_own(e, OWNER_SCREEN, err);
}

static void
main_taken(void *arg)
{
	struct app *a = arg;

	a->stopped_because = "Another postern took over.";
	app_quit(a);
}

static void
main_quit(void *arg, struct frontend *front)
{
	struct app *a = arg;

	// Clients have their own front ends: their quit ends only them.
	if (front == &a->front)
		app_quit(a);
}

static void
main_show_mistakes(struct app *a, struct early *early)
{
	if (early->n == 0)
		return;
	early->said.data[--early->said.len] = '\0';
	if (early->n == 1) {
		app_notice(a, SAY_ERROR, "%s", early->said.data);
		return;
	}
	buf_add(&a->rows, early->said.data, early->said.len);
	app_open(a, "output", "Mistakes in the configuration", NULL);
	buf_clear(&a->rows);
	app_notice(a, SAY_ERROR, "%zu mistakes in the configuration", early->n);
}

static void
main_begin(struct app *a, const struct arguments *args)
{
	struct buf text = {0};

	if (!args->mailto)
		return;
	buf_str(&text, "compose ");
	script_quote(&text, args->mailto);
	app_run(a, text.data);
	buf_done(&text);
}

// They lie on the disk, and their pages are among what is opened again.
static size_t
main_open_drafts(const struct app *a)
{
	size_t n = 0;

	for (size_t i = 0; i < a->n_views; i++)
		n += a->views[i]->ops == &view_compose;
	return n;
}

// What has not reached a server yet is on the disk.
static void
main_say_waiting(size_t acts, size_t sends, const char *home)
{
	struct buf text = {0};

	if (acts > 0)
		buf_printf(&text, "%zu change%s", acts, acts == 1 ? "" : "s");
	if (sends > 0)
		buf_printf(&text, "%s%zu message%s", acts > 0 ? " and " : "", sends,
			sends == 1 ? "" : "s");
	if (text.len == 0)
		return;
	bool one = acts + sends == 1;

	fprintf(stderr, "%s %s; %s when Postern runs next, or now with: postern%s%s "
		"-e %s\n", text.data, one ? "waits" : "wait", one ? "it goes" : "they go",
		home ? " --home " : "", str_or_empty(home),
		acts > 0 && sends > 0 ? "'sync; flush'" : acts > 0 ? "sync" : "flush");
	buf_done(&text);
}

static int
main_screen(struct engine *e, const struct arguments *args)
{
	struct early early = { .front = { .ops = &frontend_nobody, .alive = true } };
	struct frontend_ops ops = frontend_nobody;
	struct control *control = NULL;
	struct screen *screen;
	struct error err;

	ops.say = early_say;
	early.front.ops = &ops;
	if (!main_own(e, &err)) {
		fprintf(stderr, "postern: %s\n", err.text);
		return 1;
	}
	engine_configure(e, &early.front);
	screen_locale();
	if (!engine_open_store(e, OWNER_SCREEN, true, &err) ||
	    !screen_open(&screen, &err)) {
		fprintf(stderr, "postern: %s\n", err.text);
		return 1;
	}
	if (!engine_start(e, OWNER_SCREEN, true, &err)) {
		screen_close(&screen);
		fprintf(stderr, "postern: %s\n", err.text);
		return 1;
	}
	struct app *a = app_new(e, screen);

	e->quit = main_quit;
	e->quit_arg = a;
	app_restore(a);
	main_show_mistakes(a, &early);
	buf_done(&early.said);
	if (!control_listen(&control, e, &a->front, main_taken, a, &err))
		app_notice(a, SAY_ERROR, "%s", err.text);
	if (e->store)
		drafts_announce(a);
	main_begin(a, args);
	app_run_loop(a);

	const char *because = a->stopped_because;
	bool said = !a->dead && !because && e->store;
	size_t waiting = said ? lines_to_send(a) : 0;
	size_t acts = said ? store_operations_count(e->store, 0) : 0;
	size_t drafts = main_open_drafts(a);
	char *parts = str_dup(a->parts_folder);

	app_free(&a);
	e->quit = NULL;
	e->quit_arg = NULL;
	screen_close(&screen);
	engine_stop(e);
	control_close(&control);
	// The files' worker has ended by now.
	if (parts && !path_remove_tree(parts, &err))
		fprintf(stderr, "postern: %s\n", err.text);
	free(parts);
	if (because)
		fprintf(stderr, "%s\n", because);
	main_say_waiting(acts, waiting, args->home);
	if (drafts > 0)
		fprintf(stderr, "%s kept: the next start opens %s again.\n",
			drafts == 1 ? "Your draft is" : "Your drafts are",
			drafts == 1 ? "it" : "them");
	return 0;
}

int
main(int argc, char **argv)
{
	struct arguments args;
	struct error err;
	int status;

	signal(SIGPIPE, SIG_IGN);
	main_keep_secrets();
	if (!arguments_parse(&args, argc, argv))
		return 2;
	args.prepare = app_prepare;
	if (batch_main(&args, argc, argv, &status))
		return status;
	if (!isatty(STDIN_FILENO) || !isatty(STDOUT_FILENO)) {
		fprintf(stderr, "postern: standard input and output are no terminal: "
			"-e and -f run commands without one\n");
		return 2;
	}
	mem_expect(MAIN_MEMORY);
	struct engine *e = engine_new(args.home, &err);

	if (!e) {
		fprintf(stderr, "postern: %s\n", err.text);
		return 1;
	}
	app_prepare(e);
	status = main_screen(e, &args);
	engine_free(&e);
	return status;
}
