// SPDX-License-Identifier: GPL-3.0-or-later
// Links for where text is all there is: a script's output, the words of another
// in an answer, a message passed on.
#include "config.h"

#include "mail/document_footnotes.h"

#include "base/buf.h"
#include "base/mem.h"
#include "mail/document.h"

#include <stdlib.h>
#include <string.h>

// Where a link ends; ends are not in the order of the spans, which may nest.
struct end {
	size_t at;
	int link;
};

struct footnotes {
	const struct document *d;
	struct end *ends;
	size_t n_ends, next;
	bool *listed;           // by link
	size_t n_listed;
	size_t text_len;        // of their URLs
	size_t left_out;
};

static int
end_compare(const void *a, const void *b)
{
	const struct end *x = a, *y = b;

	return x->at != y->at ? (x->at < y->at ? -1 : 1) : x->link - y->link;
}

struct footnotes *
footnotes_new(const struct document *d)
{
	struct footnotes *f = mem_new(struct footnotes);

	f->d = d;
	f->listed = mem_alloc(d->links.len + 1, sizeof(*f->listed));
	f->ends = mem_alloc(d->spans.len + 1, sizeof(*f->ends));
	for (size_t i = 0; i < d->spans.len; i++) {
		const struct span *s = array_at(&d->spans, i);
		if (s->kind != SPAN_LINK || s->link < 0 || document_link_shows(
		    d->links.items[s->link], buf_text(&d->text) + s->start, s->len))
			continue;
		// The spans may be those of a helper gone mad: no number comes
		// between the bytes of a character.
		size_t at = s->start + s->len;
		while (at < d->text.len && ((unsigned char)d->text.data[at] & 0xc0) == 0x80)
			at++;
		f->ends[f->n_ends++] = (struct end){ at, s->link };
	}
	qsort(f->ends, f->n_ends, sizeof(*f->ends), end_compare);
	return f;
}

void
footnotes_free(struct footnotes **where)
{
	struct footnotes *f = *where;

	*where = NULL;
	if (f == NULL)
		return;
	free(f->ends);
	free(f->listed);
	free(f);
}

// The number that the link has wherever links have numbers, so that some are left
// out where a text shows its own URL. 0: one too many.
static int
number_of(struct footnotes *f, int link)
{
	const char *url = f->d->links.items[link];

	if (!f->listed[link]) {
		if (f->n_listed >= FOOTNOTES_MAX ||
		    f->text_len + strlen(url) > FOOTNOTES_TEXT_MAX) {
			f->left_out++;
			return 0;
		}
		f->listed[link] = true;
		f->n_listed++;
		f->text_len += strlen(url);
	}
	return link + 1;
}

void
footnotes_block(struct footnotes *f, struct buf *out, const struct block *b)
{
	const char *text = buf_text(&f->d->text);
	size_t at = b->start, end = b->start + b->len;

	// Of blocks that were left out.
	while (f->next < f->n_ends && f->ends[f->next].at <= b->start)
		f->next++;
	for (; f->next < f->n_ends && f->ends[f->next].at <= end; f->next++) {
		const struct end *e = &f->ends[f->next];
		int number = number_of(f, e->link);
		if (number == 0)
			continue;
		buf_add(out, text + at, e->at - at);
		buf_printf(out, " [%d]", number);
		at = e->at;
	}
	buf_add(out, text + at, end - at);
}

void
footnotes_list(const struct footnotes *f, struct buf *out)
{
	if (f->n_listed > 0)
		buf_char(out, '\n');
	for (size_t i = 0; i < f->d->links.len; i++) {
		if (f->listed[i])
			buf_printf(out, "[%zu] %s\n", i + 1, f->d->links.items[i]);
	}
	if (f->left_out > 0)
		buf_printf(out, "[not shown: where %zu more links go]\n", f->left_out);
}
