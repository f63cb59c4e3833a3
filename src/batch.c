// SPDX-License-Identifier: GPL-3.0-or-later
// Postern without a screen: runs commands here, or hands them to the one that
// owns the store.
#include "config.h"

#include "batch.h"

#include "base/buf.h"
#include "base/error.h"
#include "base/path.h"
#include "base/str.h"
#include "base/when.h"
#include "command/command.h"
#include "command/hook.h"
#include "command/run.h"
#include "command/script.h"
#include "control.h"
#include "engine.h"
#include "loop/loop.h"
#include "reader/reader.h"
#include "store/owner.h"

#include <poll.h>
#include <signal.h>
#include <stdlib.h>
#include <string.h>
#include <sys/resource.h>
#include <unistd.h>

#define BATCH_RETRY_MS 20
#define BATCH_PATIENCE_MS 20000

// --- as the owner ----------------------------------------------------------------------

struct batch {
	const struct arguments *args;
	struct engine *engine;
	struct frontend *front;
	struct control *control;
	char *text;                // what is still to be run
	const char *where;
	char *rest;                // when another one takes over
	bool over;
	int status;
};

static void
batch_over(void *arg, const struct error *err)
{
	struct batch *b = arg;

	b->over = true;
	fflush(stdout);
	batch_say_notices(b->front, err);
	if (b->rest != NULL)
		return;
	b->status = err == NULL ? 0 : 1;
	if (err != NULL)
		fprintf(stderr, "%s\n", err->text);
}

static void
batch_taken(void *arg)
{
	struct batch *b = arg;

	if (!b->over)
		script_hand_over(b->engine, b->front, &b->rest);
	control_hand_over(b->control);
}

static void
batch_signal(void *arg, int signo)
{
	struct batch *b = arg;

	(void)signo;
	script_cancel(b->engine, b->front);
	// What comes behind it (hooks, clients) is not waited for either.
	run_cancel_all(b->engine);
}

static bool
is_busy(const struct batch *b)
{
	return !b->over || run_is_busy(b->engine, &b->engine->nobody) ||
		(b->control != NULL && control_is_busy(b->control));
}

static void
run_here(struct batch *b)
{
	struct engine *e = b->engine;

	engine_attach(e, b->front);
	engine_run(e, b->front, b->text, b->where, batch_over, b);
	while (is_busy(b)) {
		// A program that reads our answers waits for them as we do.
		fflush(stdout);
		loop_turn(e->loop, -1);
		if (b->over)
			hooks_flush(e->hooks);
	}
	engine_detach(e, b->front);
	fflush(stdout);
}

// Everything in it is about tables and files: no store is needed, so nobody has
// to be asked for it.
static bool
needs_no_store(struct engine *e, const char *text)
{
	struct script s;
	bool early = script_parse(&s, text, "", 1, NULL);

	for (size_t i = 0; early && i < s.len; i++) {
		const struct command *row = commands_find(e->commands,
			s.items[i].words.items[0]);
		early = row != NULL && row->early && !row->screen;
	}
	script_done(&s);
	return early;
}

static void
tell(const struct error *err)
{
	fprintf(stderr, "%s\n", err->text);
}

enum batch_end { BATCH_ENDED, BATCH_NOT_OURS, BATCH_MOVED };

static enum batch_end
own_and_run(struct batch *b)
{
	struct engine *e = b->engine;
	struct error err;
	bool early = needs_no_store(e, b->text);

	if (!early && !engine_own(e, OWNER_BATCH, &err)) {
		if (err.kind == ERROR_REFUSED)
			return BATCH_NOT_OURS;
		tell(&err);
		return BATCH_ENDED;
	}
	// What is wrong in the configuration is what `check` tells itself.
	engine_configure(e, early ? &e->nobody : b->front);
	if (!early && (!engine_start(e, OWNER_BATCH, false, &err) ||
		!control_listen(&b->control, e, NULL, batch_taken, b, &err))) {
		tell(&err);
		return BATCH_ENDED;
	}
	engine_begin(e);
	run_here(b);
	control_close(&b->control);
	engine_stop(e);
	return b->rest != NULL ? BATCH_MOVED : BATCH_ENDED;
}

static bool
batch_open(struct batch *b)
{
	struct error err;

	b->engine = engine_new(b->args->home, &err);
	if (b->engine == NULL) {
		tell(&err);
		return false;
	}
	if (b->args->prepare != NULL)
		b->args->prepare(b->engine);
	b->front = batch_frontend_new(b->engine, stdout, stderr, b->args->json);
	loop_add_signal(b->engine->loop, SIGINT, batch_signal, b);
	loop_add_signal(b->engine->loop, SIGTERM, batch_signal, b);
	loop_add_signal(b->engine->loop, SIGHUP, batch_signal, b);
	return true;
}

static void
batch_close(struct batch *b)
{
	control_close(&b->control);
	if (b->front != NULL)
		engine_detach(b->engine, b->front);
	if (b->engine != NULL)
		engine_stop(b->engine);
	batch_frontend_free(&b->front);
	engine_free(&b->engine);
}

static void
goes_on_with(struct batch *b, char **rest)
{
	free(b->text);
	b->text = *rest;
	*rest = NULL;
	b->over = false;
}

static enum control_end
hand_to_owner(struct batch *b, const char *run_folder)
{
	char *rest;
	enum control_end end = control_client(run_folder, &(struct control_request){
		.text = b->text, .where = b->where, .json = b->args->json,
		.remote = b->args->remote,
	}, &b->status, &rest);

	if (end == CONTROL_MOVED)
		goes_on_with(b, &rest);
	return end;
}

static void
pause_a_moment(void)
{
	poll(NULL, 0, BATCH_RETRY_MS);
}

// As the owner if nobody is, else as its client; after a hand-over, around again.
static void
run_somewhere(struct batch *b)
{
	int64_t until = when_mono_ms() + BATCH_PATIENCE_MS;

	while (when_mono_ms() < until) {
		if (!batch_open(b))
			return;
		enum batch_end end = own_and_run(b);
		char *run = str_dup(b->engine->home.run);

		batch_close(b);
		enum control_end client = CONTROL_NONE;
		if (end == BATCH_MOVED)
			goes_on_with(b, &b->rest);
		if (end != BATCH_ENDED)
			client = hand_to_owner(b, run);
		free(run);
		if (end == BATCH_ENDED || client == CONTROL_DONE)
			return;
		if (end == BATCH_MOVED || client == CONTROL_MOVED)
			until = when_mono_ms() + BATCH_PATIENCE_MS;
		// It is just starting, or just ending.
		pause_a_moment();
	}
	b->status = 1;
	fputs("Another postern holds the mail and does not answer: end it first.\n",
		stderr);
}

static void
run_on_screen(struct batch *b)
{
	struct path_home home;
	struct error err;

	if (!path_home_init(&home, b->args->home, &err)) {
		tell(&err);
		return;
	}
	if (hand_to_owner(b, home.run) == CONTROL_NONE)
		fputs("No screen is open here: start postern first, or leave out "
			"--remote.\n", stderr);
	path_home_done(&home);
}

// --- what is to be run ------------------------------------------------------------------

static void
sendmail_option(const char *option, const char *next, bool *takes_next_r,
	bool *header_r, struct buf *from)
{
	*takes_next_r = false;
	switch (option[1]) {
	case 't':
		*header_r = true;
		break;
	case 'f':
	case 'r':
		buf_clear(from);
		*takes_next_r = option[2] == '\0' && next != NULL;
		buf_str(from, option[2] != '\0' ? option + 2 : str_or_empty(next));
		break;
	case 'F':
	case 'o':
	case 'B':
	case 'N':
	case 'h':
		// -oi is one word, -o i is not used by anybody.
		*takes_next_r = option[2] == '\0' && next != NULL;
		break;
	default:
		break;
	}
}

// As sendmail is called: recipients are arguments, or with -t in the header.
static char *
sendmail_commands(int argc, char **argv, int at)
{
	struct buf out = {0}, to = {0}, from = {0};
	bool header = false, options = true;

	for (; at < argc; at++) {
		bool takes_next = false;

		if (options && str_equal(argv[at], "--")) {
			options = false;
		} else if (options && argv[at][0] == '-' && argv[at][1] != '\0') {
			sendmail_option(argv[at], at + 1 < argc ? argv[at + 1] : NULL,
				&takes_next, &header, &from);
			at += takes_next;
		} else {
			buf_printf(&to, "%s%s", to.len > 0 ? ", " : "", argv[at]);
		}
	}
	buf_str(&out, "send -raw");
	if (to.len > 0 && !header) {
		buf_str(&out, " -to ");
		script_quote(&out, buf_text(&to));
	}
	if (from.len > 0) {
		buf_str(&out, " -from ");
		script_quote(&out, buf_text(&from));
	}
	buf_str(&out, " -");
	buf_done(&to);
	buf_done(&from);
	return buf_take(&out);
}

static char *
read_commands(const struct arguments *a)
{
	struct buf text = {0};
	struct error err;
	bool ok = str_equal(a->file, "-") ?
		batch_read_all(STDIN_FILENO, &text, &err) :
		path_read(a->file, SCRIPT_SIZE_MAX, &text, &err);

	if (!ok) {
		tell(&err);
		buf_done(&text);
		return NULL;
	}
	return buf_take(&text);
}

// A link goes to the screen that is open; without one, the screen opens with it.
static bool
mailto_handed_over(const struct arguments *a)
{
	struct arguments args = *a;
	struct batch b = { .args = &args, .where = "-e", .status = 1 };
	struct path_home home;
	struct buf text = {0};
	bool done = false;

	args.remote = true;
	buf_str(&text, "new ");
	script_quote(&text, a->mailto);
	b.text = buf_take(&text);
	if (path_home_init(&home, a->home, NULL)) {
		done = hand_to_owner(&b, home.run) == CONTROL_DONE && b.status == 0;
		path_home_done(&home);
	}
	free(b.text);
	free(b.rest);
	return done;
}

bool
batch_main(const struct arguments *a, int argc, char **argv, int *status_r)
{
	struct batch b = { .args = a, .where = "-e", .status = 1 };

	if (a->reader) {
		*status_r = reader_serve(STDIN_FILENO, STDOUT_FILENO);
		return true;
	}
	if (a->help || a->version) {
		*status_r = 0;
		return true;
	}
	// A dump of our memory would hold mail and passwords.
	setrlimit(RLIMIT_CORE, &(struct rlimit){ 0, 0 });
	signal(SIGPIPE, SIG_IGN);
	if (a->mailto != NULL) {
		*status_r = 0;
		return mailto_handed_over(a);
	}
	if (a->commands != NULL) {
		b.text = str_dup(a->commands);
	} else if (a->file != NULL) {
		b.where = str_equal(a->file, "-") ? "standard input" : a->file;
		b.text = read_commands(a);
	} else if (a->sendmail) {
		b.text = sendmail_commands(argc, argv, a->rest);
	} else {
		return false;
	}
	if (b.text != NULL && a->remote)
		run_on_screen(&b);
	else if (b.text != NULL)
		run_somewhere(&b);
	free(b.text);
	free(b.rest);
	*status_r = b.status;
	return true;
}
