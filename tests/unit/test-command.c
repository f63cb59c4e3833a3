// SPDX-License-Identifier: GPL-3.0-or-later
// The engine's tables and the running of commands, on a front end of the test's own
// and without a store.
#include "config.h"

#include "tests/unit/test.h"

#include <string.h>

#include "account/event.h"
#include "base/buf.h"
#include "base/mem.h"
#include "command/answer.h"
#include "command/binding.h"
#include "command/command.h"
#include "command/hook.h"
#include "command/manual.h"
#include "command/option.h"
#include "command/run.h"
#include "command/script.h"
#include "command/tags.h"
#include "engine.h"
#include "loop/loop.h"
#include "mail/flags.h"
#include "tests/unit/fake-frontend.h"

struct env {
	char *folder;
	struct engine *engine;
	struct fake fake;
	struct call *waiting;      // of `later`
};

// --- commands of the test --------------------------------------------------------------

static struct env *
env_of(struct call *c)
{
	return (struct env *)((char *)c->front - offsetof(struct env, fake));
}

static enum command_result
run_later(struct call *c, struct error *err)
{
	(void)err;
	env_of(c)->waiting = c;
	return COMMAND_WAIT;
}

static enum command_result
run_fail(struct call *c, struct error *err)
{
	(void)c;
	error_set(err, ERROR_REFUSED, "it said no");
	return COMMAND_FAILED;
}

static enum command_result
run_cancel(struct call *c, struct error *err)
{
	(void)err;
	script_cancel(c->engine, c->front);
	return COMMAND_DONE;
}

static const struct command test_rows[] = {
	{ "test-later", "Waits", .early = true, .run = run_later },
	{ "test-fail", "Fails", .early = true, .run = run_fail },
	{ "test-cancel", "Cancels", .early = true, .run = run_cancel },
	{ "test-screen", "Needs it", .early = true, .screen = true, .run = run_fail },
};

static int
setup(void **state)
{
	struct env *t = mem_new(struct env);

	setenv("POSTERN_KEYMAPS", "/nonexistent", 1);
	t->folder = test_folder_make();
	t->engine = engine_new(t->folder, NULL);
	assert_non_null(t->engine);
	commands_add(t->engine->commands, test_rows, COUNT_OF(test_rows));
	fake_init(&t->fake, t->engine, "fake");
	engine_attach(t->engine, &t->fake.front);
	*state = t;
	return 0;
}

static int
teardown(void **state)
{
	struct env *t = *state;

	engine_detach(t->engine, &t->fake.front);
	engine_free(&t->engine);
	fake_done(&t->fake);
	test_folder_remove(&t->folder);
	free(t);
	return 0;
}

static void
said(struct fake *f, const char *rows)
{
	char *all = strlist_join(&f->rows, "|");

	assert_string_equal(all, rows);
	free(all);
	fake_clear(f);
}

// --- rows --------------------------------------------------------------------------------

static void
good_help(const char *name, const char *help)
{
	if (help == NULL || strlen(help) < 4)
		fail_msg("%s has no help", name);
	if (help[strlen(help) - 1] == '.')
		fail_msg("%s: its help ends with a stop", name);
}

static void
test_rows_are_whole(void **state)
{
	struct env *t = *state;
	size_t n;
	const struct command *const *rows = commands_all(t->engine->commands, &n);

	assert_true(n > 50);
	for (size_t i = 0; i < n; i++) {
		const struct command *row = rows[i];
		struct buf text = {0};
		bool optional = false;

		assert_true(i == 0 || strcmp(rows[i - 1]->name, row->name) < 0);
		assert_ptr_equal(commands_find(t->engine->commands, row->name), row);
		assert_non_null(row->run);
		good_help(row->name, row->help);
		assert_in_range(row->help[0], 'A', 'Z');
		// The help has room for it on a screen of 80 columns.
		assert_in_range(strlen(row->help), 4, 65);
		for (const struct argument *a = row->arguments; a != NULL &&
			a->name != NULL; a++) {
			good_help(row->name, a->help);
			if (a->kind == ARGUMENT_CHOICE)
				assert_non_null(a->choices);
			if (a->many)
				assert_null(a[1].name);
			// What follows an optional one is optional, but for a target's id.
			if (optional && !a->optional)
				assert_int_equal(row->arguments[0].kind, ARGUMENT_ID);
			optional = a->optional;
		}
		for (const struct command_flag *f = row->flags; f != NULL &&
			f->name != NULL; f++) {
			good_help(row->name, f->help);
			assert_true(row->target == TARGET_NONE ||
				!str_equal(f->name, "t"));
		}
		manual_command(&text, row);
		assert_true(str_has_prefix(buf_text(&text), row->name));
		buf_done(&text);
	}
}

static void
test_manual(void **state)
{
	struct env *t = *state;
	struct fake *f = &t->fake;

	assert_true(fake_run(f, "define triage { mark +seen; archive }; "
		"bind index d { delete }; manual"));
	assert_int_equal(f->rows.len, 6);
	for (const struct manual_table *m = manual_tables; m->name != NULL; m++) {
		char *text = str_printf("manual %s", m->name);

		fake_clear(f);
		assert_true(fake_run(f, text));
		assert_true(f->rows.len > 0);
		for (size_t i = 0; i < f->json.len; i++)
			assert_true(str_has_prefix(f->json.items[i], "{\""));
		free(text);
	}
	fake_clear(f);
	assert_true(fake_run(f, "manual keys"));
	said(f, "index      d            Moves messages to Trash; from there, for good");
	assert_false(fake_run(f, "manual nothing"));
	assert_true(fake_run(f, "help move"));
	assert_true(str_has_prefix(f->rows.items[0], "move [-t QUERY] FOLDER..."));
	fake_clear(f);
	assert_true(fake_run(f, "help keep-size; help trash; help triage"));
	assert_true(f->rows.len > 2);
	assert_false(fake_run(f, "help xyzzy"));
}

static void
test_tags(void **state)
{
	static const struct {
		const char *flags, *shown;
	} tag_rows[] = {
		{ "", "" }, { "seen flagged", "" }, { "todo", "#todo" },
		{ "seen work todo $Phishing", "#todo #work" }, { "NonJunk $x", "" },
		{ "$label1 JunkRecorded", "#$label1" },
		{ "to&ACA-do R&D &BB8- &IC4-x", "#\xd0\x9f #x #R&D #to do" },
	};

	(void)state;
	for (size_t i = 0; i < sizeof(tag_rows) / sizeof(tag_rows[0]); i++) {
		struct flags flags = {0};
		struct buf out = {0};

		flags_parse(&flags, tag_rows[i].flags);
		tags_print(&out, &flags);
		assert_string_equal(buf_text(&out), tag_rows[i].shown);
		buf_done(&out);
		flags_done(&flags);
	}
}

static void
test_query(void **state)
{
	struct env *t = *state;
	struct fake *f = &t->fake;

	assert_true(fake_run(f, "query \"To do\" is:flagged -subject:\"a b\"; query Old older:1y"));
	assert_true(fake_run(f, "query"));
	assert_int_equal(f->rows.len, 3);
	said(f, "All inboxes              inbox:all|"
		"To do                    is:flagged -subject:\"a b\"|"
		"Old                      older:1y");
	fake_clear(f);
	assert_true(fake_run(f, "query -r old; query 'to do'"));
	said(f, "To do                    is:flagged -subject:\"a b\"");
	assert_false(fake_run(f, "query Old"));
	assert_false(fake_run(f, "query -r Old"));
	assert_false(fake_run(f, "query Bad is:cold"));
}

// --- running -----------------------------------------------------------------------------

static void
test_order(void **state)
{
	struct env *t = *state;
	struct fake *f = &t->fake;

	assert_true(fake_run(f, "echo a; echo b\necho c"));
	said(f, "a|b|c");
	assert_false(fake_run(f, "echo a; test-fail; echo b"));
	said(f, "a");
	assert_string_equal(f->error.text, "it said no");
	assert_int_equal(f->error.kind, ERROR_REFUSED);
	assert_false(fake_run(f, "echo a; echo 'b"));
	said(f, "a");
	assert_false(fake_run(f, "frobnicate"));
	assert_non_null(strstr(f->error.text, "frobnicate"));
	assert_false(fake_run(f, "test-screen"));
	assert_non_null(strstr(f->error.text, "screen"));
	assert_false(fake_run(f, "{ echo a }"));
	assert_true(fake_run(f, "echo a; quit; echo b"));
	said(f, "a");
	assert_true(fake_run(f, "define x { echo in; quit; echo no }; x; echo no"));
	said(f, "in");
}

static void
test_places_of_errors(void **state)
{
	struct env *t = *state;
	struct fake *f = &t->fake;

	fake_start(f, "echo a\n\n test-fail", "/tmp/file");
	assert_true(f->over && !f->ok);
	assert_string_equal(f->error.text, "/tmp/file:3: it said no");
	// Of a block: where it was written, said once.
	fake_start(f, "define bad {\n  echo x\n  test-fail\n}", "/tmp/other");
	assert_true(f->over && f->ok);
	fake_start(f, "\nbad", "/tmp/file");
	assert_string_equal(f->error.text, "/tmp/other:3: it said no");
}

static void
test_waiting(void **state)
{
	struct env *t = *state;
	struct fake *f = &t->fake;
	struct error err;

	fake_start(f, "echo a; test-later; echo b", ":");
	assert_false(f->over);
	assert_true(run_is_busy(t->engine, &f->front));
	said(f, "a");
	call_finish(t->waiting, NULL);
	assert_true(f->over && f->ok);
	said(f, "b");
	assert_false(run_is_busy(t->engine, &f->front));

	fake_start(f, "define w { test-later; echo in }; w; echo out", ":");
	error_set(&err, ERROR_GONE, "gone");
	call_finish(t->waiting, &err);
	assert_true(f->over && !f->ok);
	assert_int_equal(f->error.kind, ERROR_GONE);
	said(f, "");
}

static void
test_cancel(void **state)
{
	struct env *t = *state;
	struct fake *f = &t->fake;

	fake_start(f, "define w { test-later; echo in }; w; echo out", ":");
	script_cancel(t->engine, &f->front);
	assert_true(f->over && !f->ok);
	assert_int_equal(f->error.kind, ERROR_CANCELLED);
	// What it waited for may still come: nobody listens.
	call_finish(t->waiting, NULL);
	said(f, "");
	// A command may cancel what it stands in.
	assert_false(fake_run(f, "echo a; test-cancel; echo b"));
	assert_int_equal(f->error.kind, ERROR_CANCELLED);
	said(f, "a");
	assert_false(fake_run(f, "define w { test-cancel }; w; echo b"));
	said(f, "");
	// A call that is never finished is freed with the engine.
	fake_start(f, "test-later", ":");
	script_cancel(t->engine, &f->front);
	assert_true(f->over);
}

static void
test_hand_over(void **state)
{
	struct env *t = *state;
	struct fake *f = &t->fake;
	char *rest = NULL;

	fake_start(f, "echo a; test-later; echo b; echo 'c;d'\n", ":");
	script_hand_over(t->engine, &f->front, &rest);
	assert_false(f->over);
	call_finish(t->waiting, NULL);
	assert_true(f->over && !f->ok);
	assert_string_equal(rest, "; echo b; echo 'c;d'\n");
	said(f, "a");
	assert_true(fake_run(f, rest));
	said(f, "b|c;d");
	free(rest);
	// Behind the last command there is nothing to hand over.
	rest = NULL;
	fake_start(f, "echo a; test-later;\n", ":");
	script_hand_over(t->engine, &f->front, &rest);
	call_finish(t->waiting, NULL);
	assert_true(f->over && f->ok);
	assert_null(rest);
}

static void
test_depth(void **state)
{
	struct env *t = *state;
	struct fake *f = &t->fake;

	assert_false(fake_run(f, "define me { me }; me"));
	assert_non_null(strstr(f->error.text, "deep"));
}

static void
test_targets(void **state)
{
	struct env *t = *state;
	struct fake *f = &t->fake;

	// None of these may stand in a configuration: there is no store yet.
	assert_false(fake_run(f, "mark +seen"));
	assert_non_null(strstr(f->error.text, "configuration"));
	assert_false(fake_run(f, "draft-set to x"));
}

static void
test_exec(void **state)
{
	struct env *t = *state;
	struct fake *f = &t->fake;

	assert_true(fake_run(f, "exec printf '%s\\n' 'a b' '$x;y'"));
	said(f, "a b|$x;y");
	assert_false(fake_run(f, "exec sh -c 'echo out; exit 3'"));
	assert_non_null(strstr(f->error.text, "status 3"));
	said(f, "out");
	assert_false(fake_run(f, "exec /nonexistent/program"));
	// One that is cancelled is ended.
	fake_start(f, "exec sleep 1000", ":");
	script_cancel(t->engine, &f->front);
	assert_true(f->over);
}

static void
test_set(void **state)
{
	struct env *t = *state;
	struct fake *f = &t->fake;

	assert_true(fake_run(f, "set log debug; set log"));
	said(f, "log debug  (::1)");
	assert_true(fake_run(f, "account home { set tls off; set tls toggle; "
		"set keep all }; set -a home tls; set -a home keep; set keep"));
	said(f, "tls on  (::1)|keep all  (::1)|keep 30");
	assert_true(fake_run(f, "unset log; set log"));
	said(f, "log info");
	assert_false(fake_run(f, "set -a nobody keep 3"));
	assert_false(fake_run(f, "account a { account b { } }"));
	assert_false(fake_run(f, "account ../a { }"));
	assert_false(fake_run(f, "set nothing 5"));
	// A client's own.
	f->front.own = options_overlay(t->engine->options);
	assert_true(fake_run(f, "set keep 7; set keep"));
	said(f, "keep 7  (::1)");
	assert_int_equal(options_number(t->engine->options, NULL, "keep"), 30);
	options_free(&f->front.own);
}

// --- configuration and checking -------------------------------------------------------------

static void
write_file(const char *path, const char *text)
{
	assert_true(path_write_atomic(path, text, strlen(text), NULL));
}

static void
test_configure(void **state)
{
	struct env *t = *state;
	struct fake *f = &t->fake;
	char *more = path_join(t->engine->home.config, "more");

	assert_true(engine_configure(t->engine, &f->front));
	write_file(engine_config_path(t->engine),
		"set keep 5\nset keep soon\naccount home {\n  set tls on\n  set tls no\n"
		"  set connections 2\n}\nlist\nsource more\nset log 'debug\n"
		"bind index d { delete }\n");
	write_file(more, "set log error\nset nothing\n");
	assert_false(engine_configure(t->engine, &f->front));
	assert_int_equal(f->errors.len, 5);
	static const char *const places[] = { ":2: ", ":5: ", ":8: ", "more:2: ", ":10: " };
	for (size_t i = 0; i < COUNT_OF(places); i++)
		assert_non_null(strstr(f->errors.items[i], places[i]));
	assert_int_equal(options_number(t->engine->options, NULL, "keep"), 5);
	assert_int_equal(options_number(t->engine->options, "home", "connections"), 2);
	assert_string_equal(options_text(t->engine->options, NULL, "log"), "error");
	const struct binding **all;
	assert_int_equal(bindings_in(t->engine->bindings, "index", &all), 1);
	free(all);
	free(more);
}

static const struct {
	const char *name, *says;
} unknowns[] = {
	{ "delte", "there is no command \"delte\": did you mean delete?" },
	{ "archvie", "did you mean archive?" },
	{ "quot", "did you mean quit?" },
	{ "bnid", "did you mean bind?" },
	{ "mine-ow", "did you mean mine-own?" },
	{ "xyzzy", "there is no command \"xyzzy\" (see: help)" },
	{ "x", "(see: help)" },
	{ "se", "did you mean " },
	{ "a-name-that-is-longer-than-any-name-of-a-command", "(see: help)" },
	{ "", "there is no command \"\"" },
};

static void
test_unknown(void **state)
{
	struct env *t = *state;

	assert_true(fake_run(&t->fake, "define mine-own { echo }"));
	for (size_t i = 0; i < COUNT_OF(unknowns); i++) {
		struct error err;

		assert_false(commands_unknown(t->engine->commands, unknowns[i].name, &err));
		assert_int_equal(err.kind, ERROR_INPUT);
		if (!strstr(err.text, unknowns[i].says))
			fail_msg("%s: %s", unknowns[i].name, err.text);
	}
	// It is told, and nothing is run.
	assert_false(fake_run(&t->fake, "delte"));
	assert_non_null(strstr(t->fake.error.text, "did you mean delete?"));
}

static void
note(void *arg, const char *line)
{
	strlist_add(arg, line);
}

static const struct {
	const char *text;
	const char *mistakes[4];
} checked[] = {
	{ "set keep 5; mark +seen\nbind index d { delete; move Trash }", { NULL } },
	{ "define a { mark +x }\na", { NULL } },
	{ "a\ndefine b { c }", { "f:1: there is no command \"a\"", "f:2: there is no" } },
	{ "set keep soon", { "f:1: keep cannot be \"soon\"" } },
	{ "account x {\n set editor vi\n}", { "f:2: editor is no option of an account" } },
	{ "bind index x {\n move\n}\nbind no x { }", { "f:2: move: folder is missing",
		"f:4: bind: there is no context" } },
	{ "hook never { }\nhook messages-arrived {\n frob }",
		{ "f:1: there is no event", "f:3: there is no command" } },
	{ "colour index \"from:boss\" bold\ncolour status bold\ncolour index ( bold",
		{ "f:3: " } },
	{ "if \"is:unread\" { mark } else { x }", { "f:1: mark: flags is missing",
		"f:1: there is no command \"x\"" } },
	{ "list 'from:a\nlist (\nmark -t ) +x", { "f:1: column 6: ", "f:2: ", "f:3: " } },
	{ "define quit { }", { "f:1: quit is a command already" } },
	{ "set tls toggle; set; set keep; unset nothing", { "f:1: there is no option" } },
	{ "set edtor vi", { "f:1: there is no option \"edtor\": did you mean editor?" } },
};

static void
test_check(void **state)
{
	struct env *t = *state;

	for (size_t i = 0; i < COUNT_OF(checked); i++) {
		struct strlist found = {0};
		size_t n = script_check(t->engine, checked[i].text, "f", note, &found);
		size_t want = 0;

		while (want < 4 && checked[i].mistakes[want] != NULL)
			want++;
		assert_int_equal(n, found.len);
		if (n != want)
			fail_msg("%s: %zu mistakes: %s", checked[i].text, n,
				n > 0 ? found.items[0] : "");
		for (size_t j = 0; j < n; j++) {
			if (!str_has_prefix(found.items[j], checked[i].mistakes[j]))
				fail_msg("%s: %s", checked[i].text, found.items[j]);
		}
		strlist_done(&found);
	}
	// Nothing of it was done.
	assert_int_equal(options_number(t->engine->options, NULL, "keep"), 30);
	assert_int_equal(options_accounts(t->engine->options)->len, 0);
}

// --- completion -------------------------------------------------------------------------------

static const struct {
	const char *text, *words;   // some of them, in order
	size_t start;
} completed[] = {
	{ "arch", "archive", 0 },
	{ "echo a; arch", "archive", 8 },
	{ "bind index d { dele", "delete", 15 },
	{ "set keep", "keep keep-size", 4 },
	{ "set tls ", "on off toggle", 8 },
	{ "set pop3-keep d", "deleted", 14 },
	{ "set -a ho", "home", 7 },
	{ "bind in", "index", 5 },
	{ "hook message", "message-sent messages-arrived", 5 },
	{ "folder re", "rename", 7 },
	{ "list is:un", "is:unread", 5 },
	{ "list from:x is:fl", "is:flagged", 12 },
	{ "mark +s", "+seen", 5 },
	{ "mark +to", "+todo +to do", 5 },
	{ "list tag:", "tag: tag:todo tag:\"to do\"", 5 },
	{ "mark -t has:at", "has:attachment", 8 },
	{ "list -", "-n -o", 5 },
	{ "help arch", "archive", 5 },
	{ "mine", "mine-own", 0 },
	{ "nosuch x", "", 7 },
	{ "echo 'arch", "", 6 },
};

static void
test_complete(void **state)
{
	struct env *t = *state;

	assert_true(fake_run(&t->fake, "define mine-own { echo }; account home { }"));
	struct flags tags;
	flags_parse(&tags, "todo to&ACA-do");
	strlist_split(&t->engine->tags, tags.words, ' ');
	t->engine->tags_loaded = true;
	flags_done(&tags);
	for (size_t i = 0; i < COUNT_OF(completed); i++) {
		struct strlist words = {0}, helps = {0};
		size_t start;

		script_complete(t->engine, completed[i].text, &words, &helps, &start);
		char *all = strlist_join(&words, " ");
		if (!str_has_prefix(all, completed[i].words) ||
			(completed[i].words[0] == '\0' && all[0] != '\0'))
			fail_msg("%s: %s", completed[i].text, all);
		if (start != completed[i].start)
			fail_msg("%s: from %zu", completed[i].text, start);
		assert_int_equal(words.len, helps.len);
		free(all);
		strlist_done(&words);
		strlist_done(&helps);
	}
}

// $ is the folder of the test; what is offered, each behind a '|'.
static const struct {
	const char *text, *words;
	bool path;
} path_rows[] = {
	{ "attach $/tr", "|$/tree/", true },
	{ "attach $/tree/", "|'$/tree/a b.txt'|'$/tree/ca\xc3\xb1on.txt'|$/tree/plain.txt|$/tree/sub/|"
		"'$/tree/two words/", true },
	{ "attach $/tree/p", "|$/tree/plain.txt", true },
	{ "attach $/tree/sub/", "|$/tree/sub/deep.txt", true },
	{ "attach $/tree/.", "|$/tree/.hidden", true },
	{ "attach $/tree/nothing/", "", true },
	{ "attach '$/tree/two words/", "|$/tree/two words/in it.txt'", true },
	{ "attach '$/tree/a", "|$/tree/a b.txt'", true },
	{ "attach \"$/tree/a", "|$/tree/a b.txt\"", true },
	{ "attach ~/tr", "|~/tree/", true },
	{ "attach ~", "|~/", true },
	{ "move ~/tr", "", false },
	{ "export $/tree/su", "|$/tree/sub/", true },
	{ "save 2 $/tree/su", "|$/tree/sub/", true },
	{ "save -f 1.2 $/tree/su", "|$/tree/sub/", true },
	{ "save 1f3a 2 $/tree/su", "|$/tree/sub/", true },
	{ "save-all $/tree/su", "|$/tree/sub/", true },
	{ "save 2", "", false },
};

static char *
with_folder(const char *text, const char *folder)
{
	struct buf out = {0};

	buf_str(&out, "");
	for (; *text != '\0'; text++) {
		if (*text == '$')
			buf_str(&out, folder);
		else
			buf_char(&out, *text);
	}
	return buf_take(&out);
}

static void
test_complete_paths(void **state)
{
	static const char *const files[] = {
		"tree/plain.txt", "tree/a b.txt", "tree/.hidden", "tree/sub/deep.txt",
		"tree/two words/in it.txt", "tree/ca\xc3\xb1on.txt", "tree/bad\x1bname",
		"tree/bad\xffname",
	};
	struct env *t = *state;
	char *home = str_dup(getenv("HOME"));

	for (size_t i = 0; i < COUNT_OF(files); i++) {
		char *path = path_join(t->folder, files[i]);
		char *folder = str_ndup(path, (size_t)(path_base(path) - path));
		assert_true(path_make_folder(folder, NULL));
		write_file(path, "x");
		free(folder);
		free(path);
	}
	setenv("HOME", t->folder, 1);
	for (size_t i = 0; i < COUNT_OF(path_rows); i++) {
		struct strlist words = {0}, helps = {0};
		struct buf all = {0};
		char *text = with_folder(path_rows[i].text, t->folder);
		char *want = with_folder(path_rows[i].words, t->folder);
		size_t start;

		script_complete(t->engine, text, &words, &helps, &start);
		for (size_t j = 0; j < words.len; j++)
			buf_printf(&all, "|%s", words.items[j]);
		assert_string_equal(buf_text(&all), want);
		assert_int_equal(words.len, helps.len);
		assert_int_equal(script_completes_path(t->engine, text),
			path_rows[i].path);
		buf_done(&all);
		strlist_done(&words);
		strlist_done(&helps);
		free(text);
		free(want);
	}
	if (home != NULL)
		setenv("HOME", home, 1);
	else
		unsetenv("HOME");
	free(home);
}

// --- hooks --------------------------------------------------------------------------------------

static void
test_hooks(void **state)
{
	struct env *t = *state;
	struct engine *e = t->engine;
	struct buf text = {0};
	char *out = path_join(t->folder, "out");
	struct run_values *v = run_values_new();
	char *config = str_printf("hook message-sent { exec cp $subject %s; echo no }\n"
		"hook message-sent { exec touch '%s.2' }", out, out);
	char *from = path_join(t->folder, "a; rm -rf $x {");

	assert_true(fake_run(&t->fake, config));
	assert_true(hooks_wanted(e->hooks, "message-sent"));
	assert_false(hooks_wanted(e->hooks, "sync-finished"));
	write_file(from, "text");
	run_values_add(v, "subject", from);
	hooks_fire(e->hooks, "message-sent", v, NULL, 0);
	run_values_drop(&v);
	while (run_is_busy(e, &e->nobody))
		loop_turn(e->loop, -1);
	assert_true(path_read(out, 100, &text, NULL));
	assert_string_equal(buf_text(&text), "text");
	char *second = str_printf("%s.2", out);
	assert_true(path_exists(second));
	hooks_remove(e->hooks, "message-sent");
	assert_false(hooks_wanted(e->hooks, "message-sent"));
	assert_false(fake_run(&t->fake, "hook no-such-event { }"));
	buf_done(&text);
	free(second);
	free(from);
	free(config);
	free(out);
}

// Its own mistakes are told to every front end, and events are named once.
static void
test_hook_events(void **state)
{
	struct env *t = *state;
	struct account_status status = { .state = ACCOUNT_SYNCING };
	struct event *event = event_new(EVENT_ACCOUNT);

	assert_true(fake_run(&t->fake, "hook sync-finished { test-fail }"));
	size_t before = t->fake.changes;
	event->account = 1;
	event->status = mem_copy(&status, sizeof(status));
	hooks_event(t->engine->hooks, event);
	assert_int_equal(t->fake.changes, before);
	event->status->state = ACCOUNT_IDLE;
	hooks_event(t->engine->hooks, event);
	assert_int_equal(t->fake.changes, before + 1);
	hooks_event(t->engine->hooks, event);
	assert_int_equal(t->fake.changes, before + 1);
	event_free(&event);
	for (const struct hook_event *h = hook_events; h->name != NULL; h++) {
		good_help(h->name, h->help);
		assert_true(h == hook_events || strcmp(h[-1].name, h->name) < 0);
	}
}

int
main(void)
{
#define TEST(name) cmocka_unit_test_setup_teardown(name, setup, teardown)
	const struct CMUnitTest tests[] = {
		TEST(test_rows_are_whole),
		TEST(test_manual),
		TEST(test_query),
		TEST(test_tags),
		TEST(test_order),
		TEST(test_places_of_errors),
		TEST(test_waiting),
		TEST(test_cancel),
		TEST(test_hand_over),
		TEST(test_depth),
		TEST(test_targets),
		TEST(test_exec),
		TEST(test_set),
		TEST(test_configure),
		TEST(test_check),
		TEST(test_unknown),
		TEST(test_complete),
		TEST(test_complete_paths),
		TEST(test_hooks),
		TEST(test_hook_events),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
