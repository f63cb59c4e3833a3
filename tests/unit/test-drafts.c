// SPDX-License-Identifier: GPL-3.0-or-later
// The files of drafts, what is known of their attachments, and drafts made of
// messages.
#include "config.h"

#include "tests/unit/test.h"

#include "base/buf.h"
#include "base/error.h"
#include "base/str.h"
#include "command/attachment.h"
#include "command/draft_from.h"
#include "command/drafts.h"
#include "mail/draft.h"
#include "mail/part.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

struct env {
	char *folder;
	struct error err;
};

static int
env_new(void **state)
{
	struct env *t = calloc(1, sizeof(*t));

	t->folder = test_folder_make();
	*state = t;
	return 0;
}

static int
env_free(void **state)
{
	struct env *t = *state;

	test_folder_remove(&t->folder);
	free(t);
	return 0;
}

static char *
file(struct env *t, const char *name, const char *text)
{
	char *path = path_join(t->folder, name);

	if (text != NULL)
		assert_true(path_write_atomic(path, text, strlen(text), &t->err));
	return path;
}

static void
test_two_files(void **state)
{
	struct env *t = *state;
	char *path = file(t, "1.draft", NULL), *about = file(t, "1.about", NULL);
	char *plain = file(t, "letter", NULL);
	struct draft d = { .subject = str_dup("s"), .account = str_dup("home"),
		.body = str_dup("text\n"), .kind = DRAFT_REPLY }, back;
	struct buf text = {0};

	strlist_add(&d.copies, "c@x");
	assert_true(draft_save(&d, path, &t->err));
	assert_true(path_read(path, 10000, &text, &t->err));
	assert_null(strstr(text.data, "X-Postern"));
	assert_true(draft_load(&back, path, &t->err));
	assert_string_equal(back.account, "home");
	assert_int_equal(back.kind, DRAFT_REPLY);
	assert_string_equal(back.copies.items[0], "c@x");
	draft_done(&back);
	// Without what lies beside, it is still what was written.
	assert_int_equal(unlink(about), 0);
	assert_true(draft_load(&back, path, &t->err));
	assert_string_equal(back.subject, "s");
	assert_null(back.account);
	draft_done(&back);
	// A file of another name holds all of it.
	assert_true(draft_save(&d, plain, &t->err));
	assert_true(draft_load(&back, plain, &t->err));
	assert_string_equal(back.account, "home");
	draft_done(&back);
	assert_true(draft_save(&d, path, &t->err));
	assert_true(draft_remove(path, &t->err));
	assert_false(path_exists(path) || path_exists(about));
	assert_false(draft_remove(path, &t->err));
	draft_done(&d);
	buf_done(&text);
	free(path);
	free(about);
	free(plain);
}

static void
look(struct draft *d, size_t at, enum attachment_state state, const char *printed)
{
	struct attachment a;
	struct buf out = {0};

	attachment_look(&a, d, at);
	assert_int_equal(a.state, state);
	attachment_print(&out, &a);
	assert_string_equal(buf_text(&out), printed);
	attachment_done(&a);
	buf_done(&out);
}

static void
test_attachments(void **state)
{
	struct env *t = *state;
	char *path = file(t, "a b.txt", "one\n");
	struct draft d = {0};
	struct part *p = part_new("application", "pdf");

	strlist_add(&d.attach, path);
	strlist_add(&d.attach, "part:7b:2");
	strlist_add(&d.attach, "message:7b");
	strlist_add(&d.attach, "part:7b:3");
	str_set(&p->name, "../re port.pdf");
	str_set(&p->encoding, "base64");
	p->size = 78 * 1024;
	attachment_note_part(&d, "part:7b:2", p);
	attachment_note_message(&d, "message:7b", "a/b", 12);
	look(&d, 0, ATTACHMENT_SAME, "a b.txt  text/plain, 4 bytes");
	attachments_note(&d);
	assert_int_equal(d.attached.len, 3);
	look(&d, 0, ATTACHMENT_SAME, "a b.txt  text/plain, 4 bytes");
	look(&d, 1, ATTACHMENT_SAME, "re port.pdf  application/pdf, 57 kB");
	look(&d, 2, ATTACHMENT_SAME, "b.eml  message/rfc822, 12 bytes");
	look(&d, 3, ATTACHMENT_SAME, "part:7b:3");
	free(file(t, "a b.txt", "one and two\n"));
	// What was noted once stays what it was.
	attachments_note(&d);
	look(&d, 0, ATTACHMENT_CHANGED, "a b.txt: changed since it was attached"
		"  text/plain, 12 bytes");
	assert_int_equal(unlink(path), 0);
	look(&d, 0, ATTACHMENT_GONE, "a b.txt: not there any more, or cannot be read");
	strlist_remove(&d.attach, 0);
	attachments_note(&d);
	assert_int_equal(d.attached.len, 2);
	part_free(&p);
	draft_done(&d);
	free(path);
}

static const struct {
	const char *message, *printed;
	const char *original;
	size_t files;
} from_rows[] = {
	{ "Subject: x\nFrom: a@x\nTo: undisclosed-recipients:;\nBcc: b@x\n\nhello\n",
		"From: a@x\nTo:\nCc:\nBcc: b@x\nSubject: x\n\nhello\n", NULL, 0 },
	{ "In-Reply-To: <1@x>\nReferences: <0@x> <1@x>\n\n",
		"From:\nTo:\nCc:\nBcc:\nSubject:\n\n\n", "1@x", 0 },
	{ "X-Postern-Kind: forward\nX-Postern-Original-ID: <2@x>\n\nno line end",
		"From:\nTo:\nCc:\nBcc:\nSubject:\n\nno line end\n", "2@x", 0 },
	{ "Content-Type: text/plain; format=flowed\n\none \ntwo\n From\n> a \n> b\n"
		"-- \nAnn\n",
		"From:\nTo:\nCc:\nBcc:\nSubject:\n\none two\nFrom\n> a b\n"
		"-- \nAnn\n", NULL, 0 },
	{ "Content-Type: image/png\nContent-Transfer-Encoding: base64\n\nAAEC\n",
		"From:\nTo:\nCc:\nBcc:\nSubject:\nAttach: FILES/part-1\n\n\n", NULL, 1 },
	{ "Content-Type: multipart/mixed; boundary=b\n\n--b\n\ntext\n--b\n"
		"Content-Type: message/rfc822\n\nSubject: ../in\n\ninner\n--b--\n",
		"From:\nTo:\nCc:\nBcc:\nSubject:\nAttach: FILES/in.eml\n\ntext\n",
		NULL, 1 },
	{ "Content-Type: multipart/alternative; boundary=b\n\n--b\n\ntext\n--b\n"
		"Content-Type: text/html\n\n<b>text</b>\n--b--\n",
		"From:\nTo:\nCc:\nBcc:\nSubject:\n\ntext\n", NULL, 0 },
	{ "", "From:\nTo:\nCc:\nBcc:\nSubject:\n\n\n", NULL, 0 },
};

static char *
without(const char *text, const char *folder)
{
	struct buf out = {0};
	const char *at;

	while ((at = strstr(text, folder)) != NULL) {
		buf_add(&out, text, (size_t)(at - text));
		buf_str(&out, "FILES");
		text = at + strlen(folder);
	}
	buf_str(&out, text);
	return buf_take(&out);
}

static void
test_from_message(void **state)
{
	struct env *t = *state;

	for (size_t i = 0; i < COUNT_OF(from_rows); i++) {
		char name[32], *original = NULL;
		struct buf out = {0};
		struct draft d;

		snprintf(name, sizeof(name), "%zu.files", i);
		char *files = path_join(t->folder, name);
		assert_true(draft_from_message(&d, from_rows[i].message,
			strlen(from_rows[i].message), files, &original, &t->err));
		draft_print_written(&out, &d);
		char *printed = without(buf_text(&out), files);
		assert_string_equal(printed, from_rows[i].printed);
		assert_true(str_equal(original, from_rows[i].original));
		assert_int_equal(d.attach.len, from_rows[i].files);
		assert_int_equal(path_exists(files), from_rows[i].files > 0);
		draft_done(&d);
		buf_done(&out);
		free(printed);
		free(original);
		free(files);
	}
}

static const struct {
	const char *type, *subtype, *name, *file;
} file_names[] = {
	{ "application", "pdf", "report.pdf", "report.pdf" },
	{ "application", "pdf", "../../report", "report" },
	{ "application", "pdf", NULL, "attachment.pdf" },
	{ "text", "calendar", NULL, "attachment.ics" },
	{ "application", "x-nobody-knows", NULL, "attachment" },
};

// What an attachment is called when it is saved: without a name, after its type.
static void
test_file_names(void **state)
{
	(void)state;
	for (size_t i = 0; i < COUNT_OF(file_names); i++) {
		struct part *p = part_new(file_names[i].type, file_names[i].subtype);

		p->name = str_dup(file_names[i].name);
		char *name = attachment_file_name(p);
		assert_string_equal(name, file_names[i].file);
		free(name);
		part_free(&p);
	}
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_file_names),
		cmocka_unit_test_setup_teardown(test_two_files, env_new, env_free),
		cmocka_unit_test_setup_teardown(test_attachments, env_new, env_free),
		cmocka_unit_test_setup_teardown(test_from_message, env_new, env_free),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
