// SPDX-License-Identifier: GPL-3.0-or-later
// A message is read whatever the helper does: as a document or, at the worst, raw.
#include "config.h"

#include "tests/unit/test.h"

#include "reader/reader.h"

#include "base/buf.h"
#include "base/error.h"
#include "base/mem.h"
#include "base/when.h"
#include "loop/cancel.h"
#include "mail/document.h"
#include "mail/part.h"
#include "mail/read.h"

#include <pthread.h>
#include <string.h>

static const char plain[] =
	"From: Ann <ann@example.org>\r\n"
	"Subject: A walk\r\n"
	"\r\n"
	"Shall we walk to the sea?\r\n";

static struct reader_helper *
helper(const char *mode)
{
	char *path = str_printf("%s/tests/unit/reader-helper",
		getenv("top_builddir") != NULL ? getenv("top_builddir") : ".");
	const char *argv[] = { path, mode, NULL };
	struct reader_helper *h = reader_helper_new(argv);

	free(path);
	return h;
}

static char *
text_of(const struct document *d)
{
	struct buf out = {0};

	document_print(&out, d, 0);
	if (out.data == NULL)
		buf_str(&out, "");
	return buf_take(&out);
}

static struct document *
read_raw(struct reader_helper *h, const char *raw, size_t len, int deadline_ms)
{
	struct read_input in = { .raw = raw, .raw_len = len };
	struct document *d = NULL;
	struct error err = {0};

	assert_true(reader_helper_read(h, &in, deadline_ms, NULL, &d, &err));
	assert_non_null(d);
	return d;
}

static void
assert_reads(struct reader_helper *h, const char *word)
{
	struct document *d = read_raw(h, plain, strlen(plain), 10000);
	char *text = text_of(d);

	assert_non_null(strstr(text, word));
	assert_null(strstr(text, "shown raw"));
	assert_string_equal(d->envelope.subject, "A walk");
	free(text);
	document_free(&d);
}

static void
test_reads(void **state)
{
	struct reader_helper *h = helper("serve");

	(void)state;
	// The same process serves one message after the other.
	for (int i = 0; i < 3; i++)
		assert_reads(h, "walk to the sea");
	reader_helper_free(&h);
}

static void
test_reads_parts(void **state)
{
	static const char header[] = "Subject: A walk\r\nMIME-Version: 1.0\r\n"
		"Content-Type: multipart/mixed; boundary=x\r\n\r\n";
	struct reader_helper *h = helper("serve");
	struct part *root = part_new("multipart", "mixed");
	struct read_body body = { "1", "only this part is here", 22 };
	struct document *d = NULL;
	struct error err = {0};

	(void)state;
	part_add_child(root, part_new("text", "plain"));
	part_add_child(root, part_new("application", "pdf"));
	part_number(root);
	struct read_input in = {
		.header = header, .header_len = strlen(header), .root = root,
		.bodies = &body, .n_bodies = 1,
	};
	assert_true(reader_helper_read(h, &in, 10000, NULL, &d, &err));
	char *text = text_of(d);
	assert_non_null(strstr(text, "only this part is here"));
	free(text);
	document_free(&d);
	part_free(&root);
	reader_helper_free(&h);
}

// More than a pipe holds, in both directions.
static void
test_reads_large(void **state)
{
	struct reader_helper *h = helper("serve");
	struct buf raw = {0};

	(void)state;
	buf_str(&raw, "Subject: long\r\n\r\n");
	for (int i = 0; i < 20000; i++)
		buf_printf(&raw, "line %d of a long letter\r\n", i);
	struct document *d = read_raw(h, raw.data, raw.len, 60000);
	char *text = text_of(d);
	assert_non_null(strstr(text, "line 19999 of"));
	free(text);
	document_free(&d);
	buf_done(&raw);
	reader_helper_free(&h);
}

static const struct {
	const char *mode;
	int deadline_ms;
	const char *why;
} failures[] = {
	{ "crash", 10000, "crashed" },
	{ "leave", 10000, "crashed" },
	{ "cut", 10000, "crashed" },
	{ "garbage", 10000, "nonsense" },
	{ "huge", 10000, "nonsense" },
	{ "hang", 100, "too long" },
};

static void
test_shows_raw(void **state)
{
	(void)state;
	for (size_t i = 0; i < COUNT_OF(failures); i++) {
		struct reader_helper *h = helper(failures[i].mode);
		// Twice: the second time with a new process.
		for (int again = 0; again < 2; again++) {
			struct document *d = read_raw(h, plain, strlen(plain),
				failures[i].deadline_ms);
			char *text = text_of(d);
			assert_non_null(strstr(text, "shown raw"));
			assert_non_null(strstr(text, failures[i].why));
			assert_non_null(strstr(text, "Shall we walk"));
			free(text);
			document_free(&d);
		}
		reader_helper_free(&h);
	}
}

static void
test_raw_is_filtered_and_bounded(void **state)
{
	struct reader_helper *h = helper("crash");
	struct buf raw = {0};

	(void)state;
	buf_str(&raw, "Subject: \033]0;owned\007\r\n\r\n");
	while (raw.len < 1024 * 1024)
		buf_str(&raw, "\033[2J some words \xff\xfe\r\n");
	struct document *d = read_raw(h, raw.data, raw.len, 10000);
	char *text = text_of(d);
	assert_null(strchr(text, '\033'));
	assert_null(strchr(text, '\007'));
	assert_non_null(strstr(text, "not shown:"));
	assert_true(strlen(text) < 600 * 1024);
	free(text);
	document_free(&d);
	buf_done(&raw);
	reader_helper_free(&h);
}

// Not even the parts of a message can be packed when there is no program.
static void
test_no_helper(void **state)
{
	const char *argv[] = { "/nonexistent/reader", NULL };
	struct reader_helper *h = reader_helper_new(argv);
	struct read_input in = { .raw = plain, .raw_len = strlen(plain) };
	struct document *d = NULL;
	struct error err = {0};

	(void)state;
	assert_false(reader_helper_read(h, &in, 1000, NULL, &d, &err));
	assert_int_equal(err.kind, ERROR_STORE);
	assert_null(d);
	reader_helper_free(&h);
}

static void *
cancel_it(void *arg)
{
	cancel_set(arg);
	return NULL;
}

static void
test_cancel(void **state)
{
	struct reader_helper *h = helper("hang");
	struct read_input in = { .raw = plain, .raw_len = strlen(plain) };
	struct cancel *cancel = cancel_new();
	struct document *d = NULL;
	struct error err = {0};
	pthread_t thread;

	(void)state;
	int64_t before = when_mono_ms();
	pthread_create(&thread, NULL, cancel_it, cancel);
	assert_false(reader_helper_read(h, &in, 60000, cancel, &d, &err));
	pthread_join(thread, NULL);
	assert_int_equal(err.kind, ERROR_CANCELLED);
	assert_null(d);
	assert_true(when_mono_ms() - before < 30000);
	reader_helper_free(&h);
	cancel_free(&cancel);
}

// A deadline leaves no process and no late answer behind.
static void
test_goes_on_after_failure(void **state)
{
	struct reader_helper *h = helper("serve");
	struct read_input in = { .raw = plain, .raw_len = strlen(plain) };
	struct cancel *cancel = cancel_new();
	struct document *d = NULL;
	struct error err = {0};

	(void)state;
	cancel_set(cancel);
	assert_false(reader_helper_read(h, &in, 10000, cancel, &d, &err));
	assert_reads(h, "walk to the sea");
	reader_helper_free(&h);
	cancel_free(&cancel);
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_reads),
		cmocka_unit_test(test_reads_parts),
		cmocka_unit_test(test_reads_large),
		cmocka_unit_test(test_shows_raw),
		cmocka_unit_test(test_raw_is_filtered_and_bounded),
		cmocka_unit_test(test_no_helper),
		cmocka_unit_test(test_cancel),
		cmocka_unit_test(test_goes_on_after_failure),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
