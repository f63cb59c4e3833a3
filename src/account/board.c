// SPDX-License-Identifier: GPL-3.0-or-later
// Of several workers the one is shown of which a person would want to know.
#include "config.h"

#include "account/board.h"

#include "base/buf.h"
#include "base/error.h"
#include "base/mem.h"
#include "base/str.h"
#include "base/utf8.h"
#include "base/when.h"

#include <pthread.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#define BOARD_PROGRESS_MS 200

struct board {
	pthread_mutex_t lock;
	struct queue *events;
	uint32_t account;
	struct account_status places[BOARD_PLACES];
	bool paused;
	uint64_t quota_used, quota_limit;
	struct account_status told;
	int64_t told_at;
};

// What wins over what: lower is shown first.
static const int ranks[] = {
	[ACCOUNT_NEEDS_PASSWORD] = 0,
	[ACCOUNT_NEEDS_TRUST] = 1,
	[ACCOUNT_PLAYING] = 2,
	[ACCOUNT_SENDING] = 3,
	[ACCOUNT_SYNCING] = 4,
	[ACCOUNT_CONNECTING] = 5,
	[ACCOUNT_OFFLINE] = 6,
	[ACCOUNT_PAUSED] = 7,
	[ACCOUNT_IDLE] = 8,
};

static const char *const words[] = {
	[ACCOUNT_IDLE] = "on line",
	[ACCOUNT_CONNECTING] = "connecting",
	[ACCOUNT_SYNCING] = "syncing",
	[ACCOUNT_PLAYING] = "sending changes",
	[ACCOUNT_SENDING] = "sending mail",
	[ACCOUNT_OFFLINE] = "off line",
	[ACCOUNT_NEEDS_PASSWORD] = "needs the password",
	[ACCOUNT_NEEDS_TRUST] = "does not trust the server",
	[ACCOUNT_PAUSED] = "off line as told",
};

struct board *
board_new(struct queue *events, uint32_t account)
{
	struct board *b = mem_new(struct board);

	pthread_mutex_init(&b->lock, NULL);
	b->events = events;
	b->account = account;
	return b;
}

void
board_free(struct board **b)
{
	if (*b == NULL)
		return;
	pthread_mutex_destroy(&(*b)->lock);
	free(*b);
	*b = NULL;
}

static const struct account_status *
board_top(const struct board *b, struct account_status *paused)
{
	const struct account_status *top = &b->places[0];

	for (unsigned i = 1; i < BOARD_PLACES; i++)
		if (ranks[b->places[i].state] < ranks[top->state])
			top = &b->places[i];
	// A job on request may still be at work.
	if (!b->paused || (top->state != ACCOUNT_IDLE &&
			top->state != ACCOUNT_OFFLINE))
		return top;
	*paused = (struct account_status){ .state = ACCOUNT_PAUSED };
	return paused;
}

// Called locked.
static void
board_tell(struct board *b)
{
	struct account_status paused;
	struct account_status now = *board_top(b, &paused);
	int64_t ms = when_mono_ms();

	if (now.text[0] == '\0')
		snprintf(now.text, sizeof(now.text), "%s", words[now.state]);
	now.quota_used = b->quota_used;
	now.quota_limit = b->quota_limit;
	if (memcmp(&now, &b->told, sizeof(now)) == 0)
		return;
	bool progress = now.state == b->told.state &&
		now.folder == b->told.folder && now.state == ACCOUNT_SYNCING;
	if (progress && now.done != now.total &&
	    ms - b->told_at < BOARD_PROGRESS_MS)
		return;
	b->told = now;
	b->told_at = ms;
	struct event *e = event_new(EVENT_ACCOUNT);
	e->account = b->account;
	e->folder = now.folder;
	e->status = mem_copy(&now, sizeof(now));
	event_post(b->events, e);
}

static void
board_put(struct board *b, unsigned place, const struct account_status *status)
{
	pthread_mutex_lock(&b->lock);
	b->places[place] = *status;
	board_tell(b);
	pthread_mutex_unlock(&b->lock);
}

// Zeroed as a whole: two of them are compared as bytes.
static void
status_init(struct account_status *status, enum account_state state)
{
	memset(status, 0, sizeof(*status));
	status->state = state;
}

static void
text_filtered(char *to, size_t size, const char *text)
{
	struct buf b = {0};

	utf8_filter_line(&b, text, strlen(text));
	size_t len = b.len < size ? b.len : size - 1;
	// Not in the middle of a character.
	while (len < b.len && len > 0 && (b.data[len] & 0xc0) == 0x80)
		len--;
	memcpy(to, buf_text(&b), len);
	to[len] = '\0';
	buf_done(&b);
}

void
board_state(struct board *b, unsigned place, enum account_state state)
{
	struct account_status status;

	status_init(&status, state);
	board_put(b, place, &status);
}

// "12,345": people read large numbers better so.
static void
format_count(char out[16], uint32_t n)
{
	if (n >= 1000000)
		snprintf(out, 16, "%u,%03u,%03u", n / 1000000,
			n / 1000 % 1000, n % 1000);
	else if (n >= 1000)
		snprintf(out, 16, "%u,%03u", n / 1000, n % 1000);
	else
		snprintf(out, 16, "%u", n);
}

void
board_progress(struct board *b, unsigned place, uint32_t folder,
	const char *name, uint32_t done, uint32_t total)
{
	struct account_status status;
	char have[16], all[16];

	status_init(&status, ACCOUNT_SYNCING);
	status.folder = folder;
	status.done = done;
	status.total = total;
	format_count(have, done);
	format_count(all, total);
	text_filtered(status.text, sizeof(status.text) - 2 * sizeof(have), name);
	size_t len = strlen(status.text);
	if (done < total)
		snprintf(status.text + len, sizeof(status.text) - len,
			" %s of %s", have, all);
	board_put(b, place, &status);
}

void
board_failed(struct board *b, unsigned place, const struct error *err,
	int64_t retry_at)
{
	struct account_status status;

	status_init(&status, ACCOUNT_OFFLINE);
	text_filtered(status.error, sizeof(status.error), err->text);
	status.retry_at = retry_at;
	board_put(b, place, &status);
}

void
board_asks(struct board *b, unsigned place, const struct error *err,
	const char *host, uint16_t port, const char *fingerprint, bool outgoing)
{
	struct account_status status;

	status_init(&status, err->kind == ERROR_AUTH ? ACCOUNT_NEEDS_PASSWORD :
		ACCOUNT_NEEDS_TRUST);
	text_filtered(status.error, sizeof(status.error), err->text);
	text_filtered(status.host, sizeof(status.host), str_or_empty(host));
	text_filtered(status.fingerprint, sizeof(status.fingerprint),
		str_or_empty(fingerprint));
	status.port = port;
	status.outgoing = outgoing;
	board_put(b, place, &status);
}

static void
board_clear(struct board *b, unsigned place, bool failures)
{
	pthread_mutex_lock(&b->lock);
	enum account_state state = b->places[place].state;
	bool failed = state == ACCOUNT_OFFLINE ||
		state == ACCOUNT_NEEDS_PASSWORD || state == ACCOUNT_NEEDS_TRUST;
	if (failed == failures) {
		status_init(&b->places[place], ACCOUNT_IDLE);
		board_tell(b);
	}
	pthread_mutex_unlock(&b->lock);
}

void
board_rest(struct board *b, unsigned place)
{
	board_clear(b, place, false);
}

void
board_recovered(struct board *b, unsigned place)
{
	board_clear(b, place, true);
}

void
board_quota(struct board *b, uint64_t used, uint64_t limit)
{
	pthread_mutex_lock(&b->lock);
	b->quota_used = used;
	b->quota_limit = limit;
	board_tell(b);
	pthread_mutex_unlock(&b->lock);
}

void
board_paused(struct board *b, bool paused)
{
	pthread_mutex_lock(&b->lock);
	b->paused = paused;
	board_tell(b);
	pthread_mutex_unlock(&b->lock);
}
