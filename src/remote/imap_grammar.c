// SPDX-License-Identifier: GPL-3.0-or-later
// libetpan knows the deep end of IMAP's grammar; it is asked about one value at a
// time, after what it does not check itself has been checked for it.
#include "config.h"

#include <stdlib.h>
#include <string.h>

#include "base/buf.h"
#include "base/mem.h"
#include "remote/foreign.h"
#include "remote/imap_grammar.h"

#define GRAMMAR_BUFFER 16384
#define GRAMMAR_BYTES_MAX (1024 * 1024)

struct grammar {
	struct buf text;
	size_t at;
	mailimap *session;
	struct mailimap_body *body;
};

// --- memory as a connection -----------------------------------------------------

static ssize_t
memory_read(mailstream_low *low, void *data, size_t len)
{
	struct grammar *g = low->data;
	size_t left = g->text.len - g->at;
	if (left == 0)
		return -1; // 0 would be asked for again without end
	if (len > left)
		len = left;
	memcpy(data, g->text.data + g->at, len);
	g->at += len;
	return (ssize_t)len;
}

static ssize_t
memory_write(mailstream_low *low, const void *data, size_t len)
{
	(void)low;
	(void)data;
	return (ssize_t)len;
}

static int
memory_close(mailstream_low *low)
{
	(void)low;
	return 0;
}

static int
memory_fd(mailstream_low *low)
{
	(void)low;
	return -1;
}

static void
memory_free(mailstream_low *low)
{
	free(low);
}

static void
memory_cancel(mailstream_low *low)
{
	(void)low;
}

static mailstream_low_driver memory_driver = {
	.mailstream_read = memory_read,
	.mailstream_write = memory_write,
	.mailstream_close = memory_close,
	.mailstream_get_fd = memory_fd,
	.mailstream_free = memory_free,
	.mailstream_cancel = memory_cancel,
};

// --- guards ------------------------------------------------------------------------

// libetpan wraps numbers at 32 bits and takes a NUL for the end: what holds such
// is refused before.
static bool
acceptable(struct slice text)
{
	struct buf scratch = { 0 };
	struct scan s = scan_of(text.data, text.len);
	bool ok = text.len <= GRAMMAR_BYTES_MAX && scan_peek(&s) == '(' &&
		!memchr(text.data, '\0', text.len);
	while (ok && !scan_done(&s)) {
		char c = scan_peek(&s);
		struct slice word;
		uint32_t number;
		if (c == '(' || c == ')' || c == ' ') {
			s.at++;
		} else if (c == '"' || c == '{') {
			ok = scan_string(&s, &scratch, &word, NULL);
		} else {
			ok = scan_word(&s, &word) && (word.data[0] < '0' ||
				word.data[0] > '9' || slice_u32(word, &number));
		}
	}
	buf_done(&scratch);
	return ok && !s.bad;
}

// --- the session ---------------------------------------------------------------------

static struct mailimap_body *
body_of(mailimap *session)
{
	struct mailimap_response_info *info = session->imap_response_info;
	clist *list = info ? info->rsp_fetch_list : NULL;
	clistiter *first = list ? clist_begin(list) : NULL;
	if (!first)
		return NULL;
	struct mailimap_msg_att *message = clist_content(first);
	for (clistiter *i = clist_begin(message->att_list); i; i = clist_next(i)) {
		struct mailimap_msg_att_item *item = clist_content(i);
		if (item->att_type != MAILIMAP_MSG_ATT_ITEM_STATIC)
			continue;
		struct mailimap_msg_att_static *att = item->att_data.att_static;
		if (att->att_type == MAILIMAP_MSG_ATT_BODYSTRUCTURE)
			return att->att_data.att_bodystructure;
	}
	return NULL;
}

static bool
parse(struct grammar *g)
{
	g->session = mailimap_new(0, NULL);
	mailstream_low *low = g->session ? mailstream_low_new(g, &memory_driver) : NULL;
	if (!low)
		abort(); // no memory, as everywhere
	g->session->imap_stream = mailstream_new(low, GRAMMAR_BUFFER);
	if (!g->session->imap_stream)
		abort();
	g->session->imap_state = MAILIMAP_STATE_SELECTED;
	g->session->imap_tag = 1;
	struct mailimap_response *response = NULL;
	if (!mailimap_read_line(g->session) ||
	    mailimap_parse_response(g->session, &response) != MAILIMAP_NO_ERROR)
		return false;
	mailimap_response_free(response);
	g->body = body_of(g->session);
	return g->body != NULL;
}

struct grammar *
grammar_structure(struct slice text)
{
	if (!acceptable(text))
		return NULL;
	struct grammar *g = mem_new(struct grammar);
	buf_str(&g->text, "* 1 FETCH (BODYSTRUCTURE ");
	buf_add(&g->text, text.data, text.len);
	buf_str(&g->text, ")\r\n1 OK made up\r\n");
	if (!parse(g))
		grammar_free(&g);
	return g;
}

void
grammar_free(struct grammar **grammar)
{
	struct grammar *g = *grammar;
	if (!g)
		return;
	if (g->session)
		mailimap_free(g->session);
	buf_done(&g->text);
	free(g);
	*grammar = NULL;
}

const struct mailimap_body *
grammar_body(const struct grammar *g)
{
	return g->body;
}
