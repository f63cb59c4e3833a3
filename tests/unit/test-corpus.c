// SPDX-License-Identifier: GPL-3.0-or-later
// Every message of a corpus of real and broken mail (POSTERN_CORPUS=FOLDER),
// read within the limits and safe to show; each also cut short at random.
#include "config.h"

#include "mail-test.h"

#include <ftw.h>
#include <time.h>

#include "base/error.h"
#include "base/mem.h"
#include "base/path.h"
#include "base/utf8.h"
#include "document-dump.h"
#include "mail/build.h"
#include "mail/draft.h"
#include "mail/read.h"

#define MESSAGE_MAX (64 * 1024 * 1024)
#define SECONDS_MAX SECONDS_AT_MOST(1)

static int problems;

// Said for each, so that one run shows all of them.
static void __attribute__((format(printf, 1, 2)))
problem(const char *format, ...)
{
	va_list ap;

	va_start(ap, format);
	vfprintf(stderr, format, ap);
	va_end(ap);
	fputc('\n', stderr);
	problems++;
}

static void
check_line(const char *file, const char *s)
{
	if (s == NULL)
		return;
	if (!utf8_valid(s, strlen(s)) || !dump_is_clean(s, strlen(s)) ||
	    strchr(s, '\n') != NULL)
		problem("%s: \"%s\"", file, s);
}

static void
check_list(const char *file, const struct address_list *list)
{
	for (size_t i = 0; i < list->len; i++) {
		check_line(file, list->items[i].name);
		check_line(file, list->items[i].mail);
	}
}

static void
check_envelope(const char *file, const struct envelope *e)
{
	struct buf once = {0}, twice = {0};
	struct envelope copy;

	check_list(file, &e->from);
	check_list(file, &e->to);
	check_list(file, &e->cc);
	check_line(file, e->subject);
	check_line(file, e->message_id);
	check_line(file, e->list_id);
	for (size_t i = 0; i < e->references.len; i++)
		check_line(file, e->references.items[i]);
	envelope_pack(&once, e);
	struct reader in = reader_of(once.data, once.len);
	envelope_unpack(&copy, &in);
	envelope_pack(&twice, &copy);
	if (in.bad || in.left != 0 || once.len != twice.len ||
	    memcmp(once.data, twice.data, once.len) != 0)
		problem("%s: the envelope changed", file);
	envelope_done(&copy);
	buf_done(&once);
	buf_done(&twice);
}

static void
check_part(const char *file, const struct part *p, size_t len)
{
	check_line(file, p->section);
	check_line(file, p->type);
	check_line(file, p->name);
	check_line(file, p->charset);
	check_line(file, p->description);
	if (p->body_start > len || p->body_len > len - p->body_start)
		problem("%s: part %s lies outside", file, p->section);
	for (size_t i = 0; i < p->n_children; i++)
		check_part(file, p->children[i], len);
}

// Printed at any width: no line is too long.
static void
check_print(const char *file, const struct document *d, int width)
{
	struct buf out = {0};

	document_print(&out, d, width);
	for (const char *line = buf_text(&out); *line != '\0';) {
		size_t len = strcspn(line, "\n");
		char *copy = str_ndup(line, len);
		if (utf8_cells(copy) > width)
			problem("%s: \"%s\" is wider than %d", file, copy, width);
		free(copy);
		line += len + (line[len] == '\n');
	}
	buf_done(&out);
}

// An answer to it survives the editor and is a message that can be sent.
static void
check_reply(const char *file, const struct document *d)
{
	struct address self = { .name = (char[]){ "Ann" },
		.mail = (char[]){ "ann@example.org" } };
	struct address_list own = {0};
	struct draft_who who = { .self = &self, .own = &own, .all = true };
	struct draft reply, again;
	struct buf text = {0}, file_text = {0}, file_again = {0}, message = {0};
	struct build_options o = { .date = 1, .message_id = "1@example.org" };
	struct error err = {0};

	document_print_as(&text, d, &(struct document_form){
		.width = 72, .answer = true, .footnotes = true });
	draft_reply(&reply, &d->envelope, buf_text(&text), &who);
	draft_print(&file_text, &reply);
	if (!draft_parse(&again, file_text.data, file_text.len, NULL, &err))
		problem("%s: %s", file, err.text);
	draft_print(&file_again, &again);
	if (strcmp(buf_text(&file_text), buf_text(&file_again)) != 0)
		problem("%s: the draft changed:\n%.900s\n---\n%.900s", file,
			buf_text(&file_text), buf_text(&file_again));
	if (draft_check(&again, NULL) && !build_message(&message, &again, &o, &err))
		problem("%s: %s", file, err.text);
	draft_done(&reply);
	draft_done(&again);
	buf_done(&text);
	buf_done(&file_text);
	buf_done(&file_again);
	buf_done(&message);
}

static void
check_message(const char *file, const char *data, size_t len, bool all)
{
	struct read_input in = { .raw = data, .raw_len = len };
	struct buf once = {0}, twice = {0};
	clock_t start = clock();

	for (int html = 0; html < 2; html++) {
		in.prefer_html = html == 1;
		struct document *d = read_message(&in);
		assert_non_null(d);
		if (!utf8_valid(buf_text(&d->text), d->text.len) ||
		    !dump_is_clean(buf_text(&d->text), d->text.len))
			problem("%s: the text is not clean", file);
		check_envelope(file, &d->envelope);
		check_part(file, d->root, len);
		buf_clear(&once);
		buf_clear(&twice);
		document_pack(&once, d);
		if (all) {
			check_print(file, d, 20 + 60 * html);
			check_reply(file, d);
		}
		document_free(&d);
		d = document_unpack(once.data, once.len);
		if (d == NULL)
			problem("%s: its own document is refused", file);
		else
			document_pack(&twice, d);
		if (once.len != twice.len || memcmp(once.data, twice.data, once.len) != 0)
			problem("%s: the document changed", file);
		document_free(&d);
	}
	if (seconds_since(start) >= 2 * SECONDS_MAX)
		problem("%s: took too long", file);
	buf_done(&once);
	buf_done(&twice);
}

static int
visit(const char *path, const struct stat *st, int type, struct FTW *ftw)
{
	struct buf data = {0};
	size_t len = strlen(path);

	(void)st;
	(void)ftw;
	if (type != FTW_F || len < 4 || strcmp(path + len - 4, ".eml") != 0 ||
	    !path_read(path, MESSAGE_MAX, &data, NULL))
		return 0;
	check_message(path, buf_text(&data), data.len, true);
	// Cut somewhere: half of an encoded word, a header, a delimiter.
	uint64_t seed = str_hash(path + len - 8, 8);
	for (int i = 0; i < 3 && data.len > 0 && data.len < 200000; i++) {
		seed = seed * 6364136223846793005u + 1442695040888963407u;
		size_t cut = (seed >> 33) % data.len;
		char *part = mem_copy(data.data, cut);
		check_message(path, part, cut, false);
		free(part);
	}
	buf_done(&data);
	return 0;
}

static void
test_corpus(void **state)
{
	(void)state;
	assert_int_equal(nftw(getenv("POSTERN_CORPUS"), visit, 20, FTW_PHYS), 0);
	assert_int_equal(problems, 0);
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_corpus),
	};

	// cmocka's own skip() is a failure in TAP.
	if (getenv("POSTERN_CORPUS") == NULL) {
		printf("1..0 # SKIP POSTERN_CORPUS names no folder of mail\n");
		return 0;
	}
	return cmocka_run_group_tests(tests, NULL, NULL);
}
