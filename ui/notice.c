// SPDX-License-Identifier: GPL-3.0-or-later
// Keeps apart what answers the person and what comes by itself: the sentence that
// tells why a key did nothing must not be gone before it was read.
#include "config.h"

#include "ui/notice.h"

#include <stdlib.h>
#include "base/str.h"

void
notices_init(struct notices *n)
{
	*n = (struct notices){ .waiting = ARRAY_OF(struct notice_waiting) };
}

static void
notices_drop(struct notices *n, size_t at)
{
	struct notice_waiting *w = array_at(&n->waiting, at);

	free(w->text);
	array_remove(&n->waiting, at);
}

void
notices_done(struct notices *n)
{
	while (n->waiting.len > 0)
		notices_drop(n, n->waiting.len - 1);
	array_done(&n->waiting);
	buf_done(&n->text);
}

static void
notices_show(struct notices *n, enum say_kind kind, const char *text, bool news,
	int64_t now)
{
	buf_clear(&n->text);
	buf_str(&n->text, text);
	n->kind = kind;
	n->news = news;
	n->since = now;
}

// Where too many wait, the oldest that is no mistake goes.
static void
notices_wait(struct notices *n, enum say_kind kind, const char *text, bool news)
{
	struct notice_waiting *w = array_push(&n->waiting);
	size_t at = 0;

	*w = (struct notice_waiting){ kind, str_dup(text), news };
	if (n->waiting.len <= NOTICES_MAX)
		return;
	while (at < n->waiting.len &&
	       ((struct notice_waiting *)array_at(&n->waiting, at))->kind == SAY_ERROR)
		at++;
	notices_drop(n, at < n->waiting.len ? at : 0);
}

void
notices_answer(struct notices *n, enum say_kind kind, const char *text, int64_t now)
{
	bool shown = n->text.len > 0;

	// What was asked for earlier may end behind a mistake of now.
	if (shown && !n->news && n->kind == SAY_ERROR && kind != SAY_ERROR) {
		notices_wait(n, kind, text, false);
		return;
	}
	if (shown && n->news && now - n->since < NOTICE_READ_MS) {
		struct notice_waiting *first = array_insert(&n->waiting, 0);

		*first = (struct notice_waiting){ n->kind, str_dup(n->text.data), true };
	}
	notices_show(n, kind, text, false, now);
}

void
notices_news(struct notices *n, enum say_kind kind, const char *text)
{
	notices_wait(n, kind, text, true);
}

void
notices_read(struct notices *n)
{
	buf_clear(&n->text);
}

// Mistakes stay until a key is typed; of news, until another one comes.
static bool
notices_may_follow(const struct notices *n, const struct notice_waiting *next)
{
	return n->text.len == 0 || n->kind != SAY_ERROR ||
		(n->news && next->kind == SAY_ERROR);
}

int64_t
notices_turn(struct notices *n, int64_t now)
{
	size_t at = 0;

	while (at < n->waiting.len && !notices_may_follow(n, array_at(&n->waiting, at)))
		at++;
	if (at == n->waiting.len)
		return -1;
	int64_t left = n->text.len > 0 ? n->since + NOTICE_READ_MS - now : 0;

	if (left > 0)
		return left;
	struct notice_waiting *w = array_at(&n->waiting, at);

	notices_show(n, w->kind, w->text, w->news, now);
	notices_drop(n, at);
	return n->waiting.len > 0 ? NOTICE_READ_MS : -1;
}
