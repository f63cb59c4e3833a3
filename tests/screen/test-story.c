// SPDX-License-Identifier: GPL-3.0-or-later
// Plays a story: a file that tells what a person does on the screen and what is
// to be seen then. Prints TAP. tests/screen/README tells the steps.
#include "config.h"

#include <errno.h>
#include <pthread.h>
#include <signal.h>
#include <stdarg.h>
#include <stdatomic.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <sys/time.h>
#include <sys/wait.h>
#include <unistd.h>
#include "base/buf.h"
#include "base/error.h"
#include "base/path.h"
#include "base/str.h"
#include "base/when.h"
#include "loop/child.h"
#include "tests/screen/harness.h"
#include "tests/server/server.h"

#define STORY_SIZE_MAX (1024 * 1024)
#define STORY_FIRST_MAIL 1000000000   // 9 Sep 2001; each is ten minutes later
#define STORY_DEPTH_MAX 5
#define TERMINALS_MAX 3
#define FILE_MODE 0600

struct story {
	const char *where;         // file:line
	char *root;                // its temporary folder
	char *source;              // folder of the stories
	struct strlist lines;      // of the file that is played
	size_t at;
	struct strlist names, values;   // $NAME
	struct strlist environment;
	int rows, cols;
	int mails;
	int tests, failed;
	bool stop;
	struct terminal *terminals[TERMINALS_MAX];
	struct terminal *terminal; // the one that steps speak of
	size_t current;
	struct server *server;
	char *said;                // by the last batch
};

static void play(struct story *s, const char *path, int depth);

// --- telling ------------------------------------------------------------------------

static void
show_screen(struct story *s)
{
	struct buf text = {0};
	char *at, *line;

	if (!s->terminal)
		return;
	terminal_text(s->terminal, &text);
	at = text.data;
	printf("# the screen shows:\n");
	while ((line = strsep(&at, "\n")))
		printf("# |%s\n", line);
	buf_done(&text);
}

static bool __attribute__((format(printf, 3, 4)))
tell(struct story *s, bool ok, const char *format, ...)
{
	struct buf text = {0};
	va_list ap;

	va_start(ap, format);
	buf_vprintf(&text, format, ap);
	va_end(ap);
	for (char *c = text.data; *c; c++) {
		if (*c == '#' || *c == '\n')
			*c = ' ';
	}
	printf("%s %d - %s\n", ok ? "ok" : "not ok", ++s->tests, text.data);
	buf_done(&text);
	if (!ok) {
		printf("# at %s\n", s->where);
		show_screen(s);
		s->failed++;
		s->stop = true;   // what follows stands on it
	}
	fflush(stdout);
	return ok;
}

// --- words of a line -------------------------------------------------------------------

static void
set_value(struct story *s, const char *name, const char *value)
{
	strlist_add(&s->names, name);
	strlist_add(&s->values, str_or_empty(value));
}

// $NAME becomes its value; free().
static char *
expand(const struct story *s, const char *text)
{
	struct buf out = {0};

	buf_str(&out, "");
	while (*text) {
		size_t i = s->names.len;

		if (*text == '$') {
			for (i = 0; i < s->names.len; i++) {
				if (str_has_prefix(text + 1, s->names.items[i]))
					break;
			}
		}
		if (i < s->names.len) {
			buf_str(&out, s->values.items[i]);
			text += 1 + strlen(s->names.items[i]);
		} else {
			buf_char(&out, *text++);
		}
	}
	return out.data ? buf_take(&out) : str_dup("");
}

// The lines up to one "." alone, each with its end.
static void
block(struct story *s, struct buf *out)
{
	buf_str(out, "");
	while (s->at < s->lines.len && !str_equal(s->lines.items[s->at], ".")) {
		char *line = expand(s, s->lines.items[s->at++]);

		buf_printf(out, "%s\n", line);
		free(line);
	}
	s->at++;
}

// --- steps: what there is --------------------------------------------------------------------

// The program may look at any moment: it finds all of the file, or nothing.
static void
write_file(struct story *s, const char *path, const char *text, size_t len, mode_t mode)
{
	struct error err;
	char *folder = str_ndup(path, path_base(path) - path);

	error_clear(&err);
	// A message is the program's from then on: it may have taken it elsewhere.
	if (!path_make_folder(folder, &err) || !path_write_atomic(path, text, len, &err) ||
	    (mode != FILE_MODE && chmod(path, mode) != 0))
		tell(s, false, "write %s", path);
	free(folder);
}

static void
step_file(struct story *s, char *rest)
{
	struct buf text = {0};
	char *mode = strchr(rest, ' ');
	char *path;

	if (mode)
		*mode++ = '\0';
	path = rest[0] == '/' ? str_dup(rest) : path_join(s->root, rest);
	block(s, &text);
	write_file(s, path, buf_text(&text), text.len, mode ? (mode_t)strtol(mode, NULL, 8)
		: FILE_MODE);
	buf_done(&text);
	free(path);
}

static void
make_maildir(struct story *s, const char *folder)
{
	static const char *const parts[] = { "/cur", "/new", "/tmp" };

	for (int i = 0; i < 3; i++) {
		char *path = str_printf("%s%s", folder, parts[i]);

		if (!path_make_folder(path, NULL))
			tell(s, false, "make folder %s", path);
		free(path);
	}
}

static char *
mail_folder(struct story *s, const char *name)
{
	char *flat = str_printf(".%s", str_equal(name, "INBOX") ? "" : name);

	for (char *c = flat; *c; c++) {
		if (*c == '/')
			*c = '.';
	}
	char *folder = str_printf("%s/Mail/%s", s->root, flat);

	free(flat);
	make_maildir(s, folder);
	return folder;
}

// One message; flags NULL: it is new.
static void
put_mail(struct story *s, const char *name, const char *flags, const char *content)
{
	struct buf text = {0};
	long when = STORY_FIRST_MAIL + 600L * s->mails++;
	char *folder = mail_folder(s, name);
	char *path = flags ? str_printf("%s/cur/%ld.M%dP1.story:2,%s", folder, when,
		s->mails, str_equal(flags, "-") ? "" : flags)
		: str_printf("%s/new/%ld.M%dP1.story", folder, when, s->mails);
	char *date = when_rfc5322(when, 0);

	// A message whose first field is its date keeps that.
	if (strncmp(content, "Date: ", 6) != 0)
		buf_printf(&text, "Date: %s\n", date);
	buf_printf(&text, "Message-ID: <story-%d@example.org>\n%s", s->mails, content);
	write_file(s, path, buf_text(&text), text.len, FILE_MODE);
	utimes(path, (struct timeval[]){ { .tv_sec = when }, { .tv_sec = when } });
	buf_done(&text);
	free(date);
	free(path);
	free(folder);
}

// mail FOLDER [FLAGS]: the message follows. Without flags it is new.
static void
step_mail(struct story *s, char *rest)
{
	struct buf text = {0};
	char *flags = strchr(rest, ' ');

	if (flags)
		*flags++ = '\0';
	block(s, &text);
	put_mail(s, rest, flags, buf_text(&text));
	buf_done(&text);
}

// answers N FOLDER SUBJECT: each to the one before, the first to the last mail.
static void
step_answers(struct story *s, char *rest)
{
	char folder[100];
	int n = 0, at = 0;

	if (sscanf(rest, "%d %99s %n", &n, folder, &at) != 2 || at == 0)
		tell(s, false, "answers %s", rest);
	for (int i = 0; i < n; i++) {
		char *text = str_printf("From: Person %d <p%d@example.org>\n"
			"To: ann@example.org\nSubject: %s\n"
			"In-Reply-To: <story-%d@example.org>\n"
			"References: <story-%d@example.org>\n\nText %d\n",
			i + 1, i + 1, rest + at, s->mails, s->mails, i + 1);

		put_mail(s, folder, "S", text);
		free(text);
	}
}

static void
step_folder(struct story *s, char *rest)
{
	free(mail_folder(s, rest));
}

static void
step_size(struct story *s, char *rest)
{
	if (sscanf(rest, "%dx%d", &s->cols, &s->rows) != 2)
		tell(s, false, "size %s", rest);
	if (s->terminal)
		terminal_resize(s->terminal, s->rows, s->cols);
}

static void
step_env(struct story *s, char *rest)
{
	strlist_add(&s->environment, rest);
}

// server [OPTIONS]: a private Dovecot and Exim.
static void
step_server(struct story *s, char *rest)
{
	static const char *const keys[][2] = {
		{ "USER", "user" }, { "PASSWORD", "password" }, { "CA", "ca" },
		{ "IMAPS_PORT", "imaps_port" }, { "SMTPS_PORT", "smtps_port" },
	};
	struct strlist options = {0};

	if (!server_available()) {
		printf("1..0 # SKIP %s\n", SERVER_MISSING);
		s->stop = true;
		s->failed = -1;
		return;
	}
	strlist_split(&options, rest, ' ');
	strlist_add(&options, "");
	free(options.items[--options.len]);
	options.items[options.len] = NULL;
	s->server = server_start((const char *const *)options.items);
	strlist_done(&options);
	if (!tell(s, s->server != NULL, "the server greets"))
		return;
	for (size_t i = 0; i < sizeof keys / sizeof keys[0]; i++)
		set_value(s, keys[i][0], server_get(s->server, keys[i][1]));
}

static void
step_say(struct story *s, char *rest)
{
	tell(s, server_say(s->server, rest), "the server does: %s", rest);
}

static void
step_deliver(struct story *s, char *rest)
{
	struct buf text = {0};

	(void)rest;
	block(s, &text);
	tell(s, server_deliver(s->server, server_get(s->server, "user"), text.data, text.len),
		"a message is delivered");
	buf_done(&text);
}

// --- steps: the program --------------------------------------------------------------------------

// Where the keymaps are in the sources; free().
static char *
keymaps_path(const struct story *s)
{
	const char *top = getenv("top_srcdir");

	return top ? path_join(top, "keymaps")
		: path_join(s->source, "../../../keymaps");
}

static char *
program_path(void)
{
	const char *top = getenv("top_builddir");

	return str_printf("%s/postern", top ? top : ".");
}

static void
environment_of(const struct story *s, struct strlist *out)
{
	static const char *const kept[] = { "PATH", "ASAN_OPTIONS", "UBSAN_OPTIONS",
		"LSAN_OPTIONS", "TSAN_OPTIONS", "LD_LIBRARY_PATH" };
	char *keys = keymaps_path(s);

	for (size_t i = 0; i < sizeof kept / sizeof kept[0]; i++) {
		if (getenv(kept[i]))
			strlist_take(out, str_printf("%s=%s", kept[i], getenv(kept[i])));
	}
	strlist_take(out, str_printf("HOME=%s", s->root));
	strlist_take(out, str_printf("POSTERN_KEYMAPS=%s", keys));
	free(keys);
	strlist_add(out, "TERM=xterm-256color");
	strlist_add(out, "TZ=UTC");
	strlist_add(out, "LC_ALL=C.UTF-8");
	for (size_t i = 0; i < s->environment.len; i++)
		strlist_add(out, s->environment.items[i]);
	strlist_add(out, "");
	free(out->items[--out->len]);
	out->items[out->len] = NULL;
}

static void
step_start(struct story *s, char *rest)
{
	struct strlist argv = {0}, environment = {0};

	terminal_free(&s->terminals[s->current]);
	strlist_take(&argv, program_path());
	strlist_add(&argv, "--home");
	strlist_add(&argv, s->root);
	strlist_split(&argv, rest, ' ');
	strlist_add(&argv, "");
	free(argv.items[--argv.len]);
	argv.items[argv.len] = NULL;
	environment_of(s, &environment);
	s->terminal = terminal_start((const char *const *)argv.items,
		(const char *const *)environment.items, s->rows, s->cols);
	s->terminals[s->current] = s->terminal;
	if (!s->terminal)
		tell(s, false, "start");
	strlist_done(&argv);
	strlist_done(&environment);
}

// terminal N: the steps that follow are of this one, from 0.
static void
step_terminal(struct story *s, char *rest)
{
	s->current = (size_t)atoi(rest);
	if (s->current >= TERMINALS_MAX)
		tell(s, false, "terminal %s", rest);
	else
		s->terminal = s->terminals[s->current];
}

static void
step_keys(struct story *s, char *rest)
{
	if (!terminal_keys(s->terminal, rest))
		tell(s, false, "keys %s: there is no such key", rest);
}

static void
step_type(struct story *s, char *rest)
{
	terminal_type(s->terminal, rest, strlen(rest));
}

// Numbers that are the same in each run.
static uint32_t
next_random(uint32_t *state)
{
	*state = *state * 1664525 + 1013904223;
	return *state >> 8;
}

// storm N: so many sizes one after another, then the one of before.
static void
step_storm(struct story *s, char *rest)
{
	uint32_t state = 1;

	for (int i = atoi(rest); i > 0; i--) {
		terminal_resize(s->terminal, 1 + (int)(next_random(&state) % 70),
			1 + (int)(next_random(&state) % 220));
		terminal_read(s->terminal);
	}
	terminal_resize(s->terminal, s->rows, s->cols);
}

// random N: so many keys, none of which ends the program or starts another.
static void
step_random(struct story *s, char *rest)
{
	static const char *const keys[] = {
		"j", "k", "j", "k", "<Enter>", "q", "<Tab>", "<Space>", "b", "gg", "G", "n", "N",
		"x", "X", "*", "d", "e", "u", "U", "f", "w", "/", "?", ":", "<Esc>", "<Tab>",
		"<Up>", "<Down>", "<PageDown>", "<PageUp>", "<Home>", "<End>", "g", "i", "a",
		"o", "h", "H", "z", "v", "l", "<Backspace>", "<C-u>", "<C-l>", "<C-d>", "|", "S",
		"3", "y", "m", "!", "<Paste:from:bob>", "<A-x>", "\303\251", "\377", "\033[",
	};
	uint32_t state = 7;

	for (int i = atoi(rest); i > 0 && !s->stop; i--) {
		terminal_keys(s->terminal, keys[next_random(&state) %
			(sizeof keys / sizeof keys[0])]);
		terminal_read(s->terminal);
	}
}

static void
step_wait(struct story *s, char *rest)
{
	tell(s, terminal_wait_text(s->terminal, rest), "shows: %s", rest);
}

static void
step_gone(struct story *s, char *rest)
{
	tell(s, terminal_wait_gone(s->terminal, rest), "no longer shows: %s", rest);
}

// never TEXT: on the still picture.
static void
step_never(struct story *s, char *rest)
{
	terminal_still(s->terminal);
	tell(s, !terminal_has(s->terminal, rest), "does not show: %s", rest);
}

static void
step_signal(struct story *s, char *rest)
{
	static const struct { const char *name; int number; } names[] = {
		{ "HUP", SIGHUP }, { "TERM", SIGTERM }, { "KILL", SIGKILL },
		{ "STOP", SIGSTOP }, { "CONT", SIGCONT }, { "TSTP", SIGTSTP },
	};

	siginfo_t info;

	// As a shell does: it stops a moment after it has left the screen, and what
	// brings it forward before that is lost.
	if (str_equal(rest, "CONT"))
		waitid(P_PID, (id_t)terminal_pid(s->terminal), &info,
			WSTOPPED | WEXITED | WNOWAIT);
	for (size_t i = 0; i < sizeof names / sizeof names[0]; i++) {
		if (str_equal(names[i].name, rest))
			kill(terminal_pid(s->terminal), names[i].number);
	}
}

static void
step_hangup(struct story *s, char *rest)
{
	(void)rest;
	terminal_hang_up(s->terminal);
}

static void
step_exit(struct story *s, char *rest)
{
	int status = terminal_wait_exit(s->terminal);

	tell(s, status == atoi(rest), "ends with %s (%d)", rest, status);
}

// --- steps: pictures and files -----------------------------------------------------------------

static void
show_difference(const char *want, const char *have)
{
	while (*want || *have) {
		size_t n = strcspn(want, "\n"), m = strcspn(have, "\n");

		if (n != m || memcmp(want, have, n)) {
			printf("# want |%.*s\n", (int)n, want);
			printf("# have |%.*s\n", (int)m, have);
		}
		want += n + (want[n] == '\n');
		have += m + (have[m] == '\n');
	}
}

static bool
looks_like(struct terminal *t, void *arg)
{
	const struct buf *want = arg;
	struct buf have = {0};

	terminal_picture(t, &have);
	bool same = str_equal(buf_text(want), buf_text(&have));
	buf_done(&have);
	return same;
}

// picture NAME: the golden picture, which a sync that is just beginning again may
// delay; POSTERN_GOLDEN=write writes it anew.
static void
step_picture(struct story *s, char *rest)
{
	struct buf want = {0}, have = {0};
	char *path = str_printf("%s/../golden/%s.txt", s->source, rest);
	bool anew = str_equal(getenv("POSTERN_GOLDEN"), "write");

	if (!anew)
		path_read(path, STORY_SIZE_MAX, &want, NULL);
	terminal_still(s->terminal);
	if (!anew)
		terminal_wait(s->terminal, looks_like, &want, TERMINAL_DEADLINE_MS);
	terminal_picture(s->terminal, &have);
	if (anew) {
		write_file(s, path, have.data, have.len, 0644);
		tell(s, true, "picture %s is written", rest);
	} else {
		bool same = str_equal(buf_text(&want), have.data);

		if (!same)
			show_difference(buf_text(&want), have.data);
		tell(s, same, "looks like picture %s", rest);
	}
	buf_done(&want);
	buf_done(&have);
	free(path);
}

static char *
rooted(const struct story *s, const char *path)
{
	return path[0] == '/' ? str_dup(path) : path_join(s->root, path);
}

struct content {
	const char *path;
	const char *text;
};

static bool
file_contains(struct terminal *t, void *arg)
{
	const struct content *want = arg;
	struct buf all = {0};
	(void)t;
	bool found = path_read(want->path, STORY_SIZE_MAX, &all, NULL) &&
		strstr(buf_text(&all), want->text);

	buf_done(&all);
	return found;
}

// contains PATH TEXT: what the program writes may come a moment after it is shown.
static void
step_contains(struct story *s, char *rest)
{
	char *text = strchr(rest, ' ');

	if (text)
		*text++ = '\0';
	char *path = rooted(s, rest);
	struct content want = { path, str_or_empty(text) };

	tell(s, text && (s->terminal ? terminal_wait(s->terminal, file_contains, &want,
		TERMINAL_DEADLINE_MS) : file_contains(NULL, &want)), "%s contains: %s",
		rest, want.text);
	free(path);
}

// batch COMMANDS: without a screen; what it says is asked of by says.
static void
step_batch(struct story *s, char *rest)
{
	char *program = program_path();
	const char *argv[] = { program, "--home", s->root, "-e", rest, NULL };
	struct buf out = {0};
	struct error err;
	char *keys = keymaps_path(s);

	setenv("POSTERN_KEYMAPS", keys, 1);
	error_clear(&err);
	bool ok = child_run(argv, NULL, 0, &out, STORY_SIZE_MAX, TERMINAL_DEADLINE_MS,
		NULL, &err);

	free(s->said);
	s->said = str_dup(buf_text(&out));
	tell(s, ok, "batch does: %s%s%s", rest, ok ? "" : ": ", ok ? "" : err.text);
	buf_done(&out);
	free(program);
	free(keys);
}

struct telling {
	const char *const *argv;
	struct buf out;
	struct error err;
	bool ok;
	atomic_bool done;
};

static void *
telling_run(void *arg)
{
	struct telling *t = arg;

	t->ok = child_run(t->argv, NULL, 0, &t->out, STORY_SIZE_MAX,
		TERMINAL_DEADLINE_MS, NULL, &t->err);
	atomic_store(&t->done, true);
	return NULL;
}

static bool
is_told(struct terminal *terminal, void *arg)
{
	(void)terminal;
	return atomic_load(&((struct telling *)arg)->done);
}

// remote COMMANDS: on the screen that is open. It is read meanwhile: a program that
// cannot draw does not answer.
static void
step_remote(struct story *s, char *rest)
{
	char *program = program_path();
	const char *argv[] = { program, "--home", s->root, "--remote", rest, NULL };
	struct telling t = { .argv = argv };
	pthread_t thread;

	if (pthread_create(&thread, NULL, telling_run, &t) != 0)
		abort();
	if (s->terminal)
		terminal_wait(s->terminal, is_told, &t, TERMINAL_DEADLINE_MS);
	pthread_join(thread, NULL);
	str_set(&s->said, buf_text(&t.out));
	tell(s, t.ok, "the screen is told: %s%s%s", rest, t.ok ? "" : ": ",
		t.ok ? "" : t.err.text);
	buf_done(&t.out);
	free(program);
}

static void
step_says(struct story *s, char *rest)
{
	if (!tell(s, s->said && strstr(s->said, rest), "batch says: %s", rest))
		printf("# it said: %s\n", s->said ? s->said : "nothing");
}

// --- playing ------------------------------------------------------------------------------------------

static const struct {
	const char *name;
	void (*run)(struct story *s, char *rest);
	bool screen;               // needs one
} steps[] = {
	{ "file", step_file, false }, { "mail", step_mail, false },
	{ "answers", step_answers, false },
	{ "folder", step_folder, false }, { "size", step_size, false },
	{ "env", step_env, false }, { "server", step_server, false },
	{ "say", step_say, false }, { "deliver", step_deliver, false },
	{ "start", step_start, false }, { "batch", step_batch, false },
	{ "says", step_says, false }, { "contains", step_contains, false },
	{ "keys", step_keys, true }, { "type", step_type, true },
	{ "wait", step_wait, true }, { "gone", step_gone, true },
	{ "never", step_never, true }, { "picture", step_picture, true },
	{ "signal", step_signal, true }, { "hangup", step_hangup, true },
	{ "exit", step_exit, true }, { "terminal", step_terminal, false },
	{ "storm", step_storm, true }, { "random", step_random, true },
	{ "remote", step_remote, false },
};

static void
play_step(struct story *s, char *line, int depth)
{
	char *rest = line + strcspn(line, " ");

	if (*rest)
		*rest++ = '\0';
	if (str_equal(line, "use")) {
		char *path = path_join(s->source, rest);

		play(s, path, depth + 1);
		free(path);
		return;
	}
	for (size_t i = 0; i < sizeof steps / sizeof steps[0]; i++) {
		if (!str_equal(steps[i].name, line))
			continue;
		if (steps[i].screen && !s->terminal)
			tell(s, false, "%s needs a screen", line);
		else
			steps[i].run(s, rest);
		return;
	}
	tell(s, false, "there is no step \"%s\"", line);
}

static void
read_lines(struct strlist *lines, char *text)
{
	char *line;

	while ((line = strsep(&text, "\n")))
		strlist_add(lines, line);
}

static void
play(struct story *s, const char *path, int depth)
{
	struct strlist outer = s->lines;
	size_t outer_at = s->at;
	struct buf text = {0};
	struct error err;

	if (depth > STORY_DEPTH_MAX || !path_read(path, STORY_SIZE_MAX, &text, &err)) {
		tell(s, false, "read %s", path);
		return;
	}
	s->lines = (struct strlist){0};
	buf_str(&text, "");
	read_lines(&s->lines, text.data);
	for (s->at = 0; s->at < s->lines.len && !s->stop; ) {
		char *where = str_printf("%s:%zu", path, s->at + 1);
		char *line = expand(s, s->lines.items[s->at++]);

		s->where = where;
		if (line[0] && line[0] != '#')
			play_step(s, line, depth);
		free(line);
		free(where);
	}
	strlist_done(&s->lines);
	buf_done(&text);
	s->lines = outer;
	s->at = outer_at;
}

int
main(int argc, char **argv)
{
	struct story s = { .rows = 24, .cols = 80 };
	const char *tmp = getenv("TMPDIR");

	if (argc != 2) {
		fprintf(stderr, "usage: test-story FILE\n");
		return 2;
	}
	signal(SIGPIPE, SIG_IGN);
	s.root = path_join(tmp ? tmp : "/tmp", "postern-story-XXXXXX");
	if (!mkdtemp(s.root)) {
		perror(s.root);
		return 99;
	}
	set_value(&s, "ROOT", s.root);
	s.source = str_ndup(argv[1], path_base(argv[1]) - argv[1]);
	char *keys = keymaps_path(&s);

	set_value(&s, "KEYMAPS", keys);
	free(keys);
	play(&s, argv[1], 0);
	for (size_t i = 0; i < TERMINALS_MAX; i++)
		terminal_free(&s.terminals[i]);
	if (s.server)
		server_stop(&s.server);
	if (s.failed >= 0)
		printf("1..%d\n", s.tests);
	path_remove_tree(s.root, NULL);
	strlist_done(&s.names);
	strlist_done(&s.values);
	strlist_done(&s.environment);
	free(s.said);
	free(s.source);
	free(s.root);
	return s.failed > 0;
}
