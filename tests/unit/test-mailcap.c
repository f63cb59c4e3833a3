// SPDX-License-Identifier: GPL-3.0-or-later
// Which mailcap entry is taken, and that nothing of a message reaches its shell.
#include "config.h"

#include "tests/unit/test.h"

#include "base/buf.h"
#include "base/path.h"
#include "command/mailcap.h"

#include <stdio.h>
#include <string.h>

static const char entries[] =
	"# a comment; with a field\n"
	"\n"
	"application/pdf; graphical %s; test=test -n \"$DISPLAY\"\n"
	"application/pdf; pdftotext '%s' -; copiousoutput\n"
	"text/html; w3m -I %{charset} -T text/html; needsterminal\n"
	"text/x-long; first \\\n  second %s\n"
	"text/x-semi; a \\; b %s\n"
	"text/x-percent; date +\\%Y %s %% %n\n"
	"text/x-name; show %s; nametemplate=%s.html\n"
	"text/x-dir; show %s; nametemplate=../%s\n"
	"text/x-type; show %t %{name} %s\n"
	"TEXT/*; pager %s; NeedsTerminal\n"
	"image; picture %s\n"
	"video/*;\n"
	"audio/*\n"
	"broken\\";

static const struct {
	const char *type, *subtype, *charset, *name;
	const char *command;       // NULL: none is found
	const char *path;
	bool terminal, output;
} rows[] = {
	{ "application", "pdf", NULL, "a.pdf", "pdftotext '/run/p/a.pdf' -",
		"/run/p/a.pdf", false, true },
	// Without %s it gets the file as its input.
	{ "text", "html", "utf-8", "a.html",
		"{ w3m -I utf-8 -T text/html\n} < /run/p/a.html", "/run/p/a.html", true, false },
	{ "text", "x-long", NULL, "a", "first   second /run/p/a", "/run/p/a", false, false },
	{ "text", "x-semi", NULL, "a", "a ; b /run/p/a", "/run/p/a", false, false },
	{ "text", "x-percent", NULL, "a", "date +%Y /run/p/a % ", "/run/p/a", false, false },
	{ "text", "x-name", NULL, "a", "show /run/p/a.html", "/run/p/a.html", false, false },
	{ "text", "x-name", NULL, "a.html", "show /run/p/a.html", "/run/p/a.html",
		false, false },
	{ "text", "x-dir", NULL, "a", "show /run/p/a", "/run/p/a", false, false },
	{ "text", "x-type", NULL, "a", "show text/x-type  /run/p/a", "/run/p/a",
		false, false },
	{ "text", "plain", NULL, "a", "pager /run/p/a", "/run/p/a", true, false },
	{ "image", "png", NULL, "a", "picture /run/p/a", "/run/p/a", false, false },
	{ "imag", "png", NULL, "a", NULL, NULL, false, false },
	{ "images", "png", NULL, "a", NULL, NULL, false, false },
	{ "video", "mp4", NULL, "a", NULL, NULL, false, false },
	{ "audio", "mpeg", NULL, "a", NULL, NULL, false, false },
	{ "broken", "x", NULL, "a", NULL, NULL, false, false },
	// What a stranger calls the charset or the type is letters, or nothing.
	{ "text", "html", "x;$(reboot)`a`' \"\n|&", "a",
		"{ w3m -I xreboota -T text/html\n} < /run/p/a", "/run/p/a", true, false },
};

static bool
no_test_holds(void *arg, const char *command)
{
	size_t *asked = arg;

	assert_string_equal(command, "test -n \"$DISPLAY\"");
	(*asked)++;
	return false;
}

static bool
all_tests_hold(void *arg, const char *command)
{
	(void)arg;
	(void)command;
	return true;
}

static void
test_entries(void **state)
{
	size_t asked = 0;

	(void)state;
	for (size_t i = 0; i < COUNT_OF(rows); i++) {
		struct mailcap m;
		bool found = mailcap_find(&m, entries, &(struct mailcap_file){
			.type = rows[i].type, .subtype = rows[i].subtype,
			.charset = rows[i].charset, .folder = "/run/p",
			.name = rows[i].name }, no_test_holds, &asked);

		assert_int_equal(found, rows[i].command != NULL);
		if (!found)
			continue;
		assert_string_equal(m.command, rows[i].command);
		assert_string_equal(m.path, rows[i].path);
		assert_int_equal(m.terminal, rows[i].terminal);
		assert_int_equal(m.output, rows[i].output);
		mailcap_done(&m);
	}
	assert_int_equal(asked, 1);
}

static void
test_first_whose_test_holds(void **state)
{
	struct mailcap m;

	(void)state;
	assert_true(mailcap_find(&m, entries, &(struct mailcap_file){
		.type = "application", .subtype = "pdf", .folder = "/r", .name = "a" },
		all_tests_hold, NULL));
	assert_string_equal(m.command, "graphical /r/a");
	mailcap_done(&m);
}

// No name that a message may give a file means anything to a shell.
static void
test_names(void **state)
{
	static const struct { const char *name, *plain; } names[] = {
		{ "report.pdf", "report.pdf" },
		{ "my report (2).pdf", "my_report__2_.pdf" },
		{ "$(reboot).sh", "__reboot_.sh" },
		{ "`reboot`;'\"|&<>*?~!\\.txt", NULL },
		{ "../../etc/passwd", "passwd" },
		{ "-rf", NULL },
		{ ".profile", NULL },
		{ "Zażółć gęślą.ods", "Za_____g__l_.ods" },
		{ "a\nb\tc", NULL },
		{ "%s%t", "_s_t" },
		{ "", NULL },
	};

	(void)state;
	for (size_t i = 0; i < COUNT_OF(names); i++) {
		char *plain = mailcap_name(names[i].name);

		if (names[i].plain != NULL)
			assert_string_equal(plain, names[i].plain);
		assert_true(mailcap_plain(plain));
		assert_true(*plain != '\0' && *plain != '-' && *plain != '.');
		assert_null(strpbrk(plain, "/+,@= "));
		free(plain);
	}
	assert_true(mailcap_plain("/run/user/1000/postern/parts"));
	assert_false(mailcap_plain("/home/o'brien"));
	assert_false(mailcap_plain("/home/a b"));
	assert_false(mailcap_plain("/home/$x"));
	assert_false(mailcap_plain("/home/\xc3\xa9"));
}

static void
put(const char *path, const char *text)
{
	FILE *f = fopen(path, "w");

	assert_non_null(f);
	fputs(text, f);
	fclose(f);
}

static void
test_files(void **state)
{
	char *folder = test_folder_make();
	struct buf text = {0};

	(void)state;
	char *first = path_join(folder, "first"), *second = path_join(folder, "second");
	char *places = str_printf("%s:%s/none:%s", first, folder, second);

	put(first, "text/*; one %s");
	put(second, "text/*; two %s\n");
	setenv("MAILCAPS", places, 1);
	mailcap_read(&text);
	// A file without a line end at its end does not run into the next.
	assert_string_equal(buf_text(&text), "text/*; one %s\n\ntext/*; two %s\n\n");
	buf_done(&text);
	test_folder_remove(&folder);
	free(first);
	free(second);
	free(places);
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_entries),
		cmocka_unit_test(test_first_whose_test_holds),
		cmocka_unit_test(test_names),
		cmocka_unit_test(test_files),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
