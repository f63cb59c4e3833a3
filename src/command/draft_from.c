// SPDX-License-Identifier: GPL-3.0-or-later
// Takes a message apart so that its writer can go on with it: one that was saved
// by any program, or one that a server refused.
#include "config.h"

#include "command/draft_from.h"

#include "base/buf.h"
#include "base/error.h"
#include "base/path.h"
#include "base/str.h"
#include "command/outgoing.h"
#include "mail/document.h"
#include "mail/draft.h"
#include "mail/flowed.h"
#include "mail/header.h"
#include "mail/part.h"
#include "mail/read.h"
#include "reader/reader.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#define NAMES_MAX 1000    // tries to find a file name that is free

struct taking {
	struct draft *d;
	const char *message;
	const char *files;
	const struct part *body;
	size_t n;
};

// --- the header -------------------------------------------------------------------

// Without groups that have no members: "undisclosed-recipients:;".
static void
take_addresses(struct address_list *to, const struct address_list *from)
{
	for (size_t i = 0; i < from->len; i++) {
		if (*from->items[i].mail != '\0')
			address_list_add(to, from->items[i].name, from->items[i].mail);
	}
}

// A Message-ID in a field, without <>; NULL. free()
static char *
field_id(const char *message, size_t header, const char *name)
{
	char *value = header_get(message, header, name), *id = NULL;

	if (value != NULL) {
		char *start = strchr(value, '<'), *end = strchr(value, '>');
		if (start != NULL && end != NULL && end > start + 1)
			id = str_ndup(start + 1, (size_t)(end - start - 1));
	}
	free(value);
	return id;
}

static void
take_header(struct draft *d, const char *message, size_t len, char **original_r)
{
	size_t header = header_block_len(message, len);
	struct envelope e;

	envelope_parse(&e, message, header);
	take_addresses(&d->from, &e.from);
	take_addresses(&d->to, &e.to);
	take_addresses(&d->cc, &e.cc);
	take_addresses(&d->bcc, &e.bcc);
	take_addresses(&d->reply_to, &e.reply_to);
	d->subject = str_dup(str_or_empty(e.subject));
	strlist_copy(&d->references, &e.references);
	if (e.in_reply_to.len > 0) {
		d->kind = DRAFT_REPLY;
		d->in_reply_to = str_dup(e.in_reply_to.items[0]);
	}
	if (e.message_id != NULL)
		strlist_add(&d->copies, e.message_id);
	char *kind = header_get(message, header, OUTGOING_KIND);
	if (kind != NULL && str_find_nocase(kind, "forward") != NULL)
		d->kind = DRAFT_FORWARD;
	free(kind);
	*original_r = d->kind == DRAFT_FORWARD ?
		field_id(message, header, OUTGOING_ORIGINAL) : str_dup(d->in_reply_to);
	envelope_done(&e);
}

// --- the text -----------------------------------------------------------------------

static void
add_lines(struct buf *out, const char *text)
{
	while (*text != '\0') {
		size_t len = strcspn(text, "\n"), end = len;

		if (end > 0 && text[end - 1] == '\r')
			end--;
		buf_add(out, text, end);
		buf_char(out, '\n');
		text += len + (text[len] == '\n');
	}
}

static void
take_text(struct taking *t, const struct part *p)
{
	struct buf bytes = {0}, utf8 = {0}, lines = {0};

	part_decode(p, t->message + p->body_start, p->body_len, OUTGOING_SIZE_MAX,
		&bytes);
	part_to_utf8(p, buf_text(&bytes), bytes.len, &utf8);
	if (p->flowed)
		flowed_read(&lines, buf_text(&utf8), p->delsp);
	else
		add_lines(&lines, buf_text(&utf8));
	t->d->body = lines.len == 0 ? str_dup("\n") : buf_take(&lines);
	buf_done(&bytes);
	buf_done(&utf8);
	buf_done(&lines);
}

// HTML alone is read where all foreign HTML is: in the helper process.
static bool
take_html(struct draft *d, const char *message, size_t len, struct error *err)
{
	static const char *const argv[] = { "/proc/self/exe", "--reader", NULL };
	struct reader_helper *helper = reader_helper_new(argv);
	struct read_input in = { .raw = message, .raw_len = len };
	struct document *doc = NULL;
	struct buf text = {0};
	bool ok = reader_helper_read(helper, &in, READER_DEADLINE_MS, NULL, &doc, err);

	if (ok) {
		document_print_as(&text, doc, &(struct document_form){
			.width = 72, .words = true, .footnotes = true });
		d->body = text.len == 0 ? str_dup("\n") : buf_take(&text);
	}
	document_free(&doc);
	buf_done(&text);
	reader_helper_free(&helper);
	return ok;
}

// The first part that is text and no attachment.
static const struct part *
find_text(const struct part *p, const char *subtype)
{
	const struct part *found = NULL;

	if (part_is(p, "text", subtype) && !str_equal(p->disposition, "attachment") &&
		p->name == NULL)
		return p;
	// A forwarded message has its own text.
	if (str_equal(p->type, "message"))
		return NULL;
	for (size_t i = 0; i < p->n_children && found == NULL; i++)
		found = find_text(p->children[i], subtype);
	return found;
}

// --- the attachments ------------------------------------------------------------------

// name, then name with a number before its ending.
static int
create_file(const char *folder, const char *name, char **path_r, struct error *err)
{
	const char *dot = strrchr(name, '.');
	int stem = dot == NULL ? (int)strlen(name) : (int)(dot - name);

	for (int i = 1; i <= NAMES_MAX; i++) {
		*path_r = i == 1 ? path_join(folder, name) :
			str_printf("%s/%.*s-%d%s", folder, stem, name, i,
				dot == NULL ? "" : dot);
		int fd = path_create(*path_r, err);
		if (fd >= 0 || !path_exists(*path_r))
			return fd;
		free(*path_r);
		*path_r = NULL;
	}
	error_set(err, ERROR_STORE, "%s: too many files of one name", name);
	return -1;
}

static char *
part_name(const struct part *p, size_t number)
{
	char *made = NULL;

	if (p->name == NULL && part_is(p, "message", "rfc822"))
		made = str_printf("%s.eml", p->envelope == NULL ||
			str_empty(p->envelope->subject) ? "message" :
			p->envelope->subject);
	else if (p->name == NULL)
		made = str_printf("part-%zu%s", number,
			part_is(p, "text", "html") ? ".html" :
			part_is(p, "text", NULL) ? ".txt" : "");
	char *safe = path_safe_name(made != NULL ? made : p->name);
	free(made);
	return safe;
}

static bool
take_file(struct taking *t, const struct part *p, struct error *err)
{
	struct buf bytes = {0};
	char *name = part_name(p, ++t->n), *path = NULL;
	bool ok = path_make_folder(t->files, err);
	int fd = ok ? create_file(t->files, name, &path, err) : -1;

	part_decode(p, t->message + p->body_start, p->body_len, OUTGOING_SIZE_MAX,
		&bytes);
	if (fd >= 0 && !(path_write_all(fd, bytes.data, bytes.len) && fsync(fd) == 0))
		error_errno(err, ERROR_STORE, "cannot write %s", path);
	else if (fd >= 0)
		strlist_add(&t->d->attach, path);
	ok = fd >= 0 && t->d->attach.len > 0 &&
		str_equal(t->d->attach.items[t->d->attach.len - 1], path);
	if (fd >= 0)
		close(fd);
	free(name);
	free(path);
	buf_done(&bytes);
	return ok;
}

static bool
has_part(const struct part *p, const struct part *wanted)
{
	if (p == wanted)
		return true;
	for (size_t i = 0; i < p->n_children; i++) {
		if (has_part(p->children[i], wanted))
			return true;
	}
	return false;
}

// other: another form of the body, whose text goes, because the body is its new
// one, and whose pictures stay.
static bool
take_files(struct taking *t, const struct part *p, bool other, struct error *err)
{
	bool alternative = part_is(p, "multipart", "alternative") &&
		t->body != NULL && has_part(p, t->body);

	if (p == t->body || (other && str_equal(p->type, "text") && p->name == NULL))
		return true;
	if (!str_equal(p->type, "multipart"))
		return take_file(t, p, err);
	for (size_t i = 0; i < p->n_children; i++) {
		if (!take_files(t, p->children[i], other || (alternative &&
			!has_part(p->children[i], t->body)), err))
			return false;
	}
	return true;
}

bool
draft_from_message(struct draft *d, const char *message, size_t len,
	const char *files, char **original_r, struct error *err)
{
	struct part *root = part_parse(message, len);
	struct taking t = { .d = d, .message = message, .files = files };
	bool ok = true;

	*d = (struct draft){0};
	take_header(d, message, len, original_r);
	t.body = find_text(root, "plain");
	if (t.body != NULL) {
		take_text(&t, t.body);
	} else {
		t.body = find_text(root, "html");
		if (t.body != NULL)
			ok = take_html(d, message, len, err);
		else
			d->body = str_dup("\n");
	}
	ok = ok && take_files(&t, root, false, err) &&
		(t.n == 0 || path_sync_folder(files, err));
	part_free(&root);
	if (!ok) {
		draft_done(d);
		free(*original_r);
		*original_r = NULL;
	}
	return ok;
}
