// SPDX-License-Identifier: GPL-3.0-or-later
// An HTML part from its bytes to its blocks, with a note of what was left out.
#include "config.h"

#include "mail/html.h"

#include "base/map.h"
#include "mail/html_budget.h"
#include "mail/html_page.h"
#include "mail/html_plain.h"

static void
add_notes(struct html *h)
{
	const struct {
		size_t n;
		const char *one, *more;
	} notes[] = {
		{ h->hidden, "a hidden text", "hidden texts" },
		{ h->images, "a picture from the network", "pictures from the network" },
		{ h->unnamed, "a link that is a picture without words",
			"links that are pictures without words" },
		{ h->fields, "a field of a form", "fields of a form" },
		{ h->bad_links, "a link to what is no web page",
			"links to what is no web page" },
	};
	struct buf text = {0};

	for (size_t i = 0; i < sizeof(notes) / sizeof(*notes); i++) {
		if (notes[i].n == 0)
			continue;
		buf_str(&text, text.len > 0 ? ", " : "");
		if (notes[i].n == 1)
			buf_str(&text, notes[i].one);
		else
			buf_printf(&text, "%zu %s", notes[i].n, notes[i].more);
	}
	if (text.len > 0)
		document_note(h->d, "not shown: %s", buf_text(&text));
	buf_done(&text);
}

// A page that is nothing but a picture.
static void
show_unnamed(struct html *h)
{
	size_t start = html_text_start(&h->layout);

	html_word(&h->layout, "[image]", 7);
	document_add_span(h->d, start, SPAN_LINK, h->unnamed_link);
	h->unnamed--;
}

// False when the budget ended the parse; nothing has been added then.
static bool
show_page(struct html *h, struct html_budget *b, const char *html, size_t len)
{
	const GumboOutput *output = html_parse(b, html, len);

	if (output == NULL)
		return false;
	size_t before = h->d->text.len;
	html_look_ahead(h, output->root);
	html_walk(h, output->root);
	if (h->d->text.len == before && h->unnamed > 0)
		show_unnamed(h);
	return true;
}

void
html_to_document(struct document *d, const struct part *part,
	const char *html, size_t len)
{
	int64_t start = html_cpu_us();
	int64_t left = HTML_CPU_MS_MAX * 1000 - d->html_cpu_us;
	struct html_budget *budget = html_budget_new(left);
	struct html h = {
		.d = d,
		.frames = ARRAY_OF(struct html_frame),
		.sheet = html_sheet_new(),
		.named = map_new(),
		.layout = { .d = d, .part = part, .blocks_before = d->blocks.len },
	};
	size_t used = len < HTML_SIZE_MAX ? len : HTML_SIZE_MAX;

	if (left <= 0 || !show_page(&h, budget, html, used)) {
		html_plain(d, part, html, used);
		document_note(d, "not laid out: the HTML is too complex");
	}
	add_notes(&h);
	if (used < len)
		document_note(d, "not shown: %zu kB more of HTML",
			(len - used + 1023) / 1024);
	html_sheet_free(&h.sheet);
	map_free(&h.named, NULL);
	html_budget_free(&budget);
	d->html_cpu_us += html_cpu_us() - start;
}
