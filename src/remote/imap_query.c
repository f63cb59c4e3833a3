// SPDX-License-Identifier: GPL-3.0-or-later
// A neutral question as IMAP's search keys: every text quoted or a literal, whatever
// it holds, and times so that no match is missed.
#include "config.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>

#include "base/str.h"
#include "mail/flags.h"
#include "remote/imap.h"

#define UIDS_BYTES_MAX (48 * 1024)   // in one command; servers end lines at 64 kB
// A server looks at the day of a date in the zone that the date came in.
#define ZONE_EAST (14 * 3600)
#define ZONE_WEST (12 * 3600)
#define DAY (24 * 3600)

static bool
refuse(struct error *err, const char *what)
{
	return error_set(err, ERROR_INPUT, "%s", what);
}

static bool put(struct command *command, const struct remote_query *q, int depth,
	struct error *err);

static bool
put_all(struct command *command, const struct remote_query *q, int depth,
	struct error *err)
{
	(void)q;
	(void)depth;
	(void)err;
	command_text(command, "ALL");
	return true;
}

static bool
put_and(struct command *command, const struct remote_query *q, int depth,
	struct error *err)
{
	bool ok = true;
	if (q->n == 0)
		return put_all(command, q, depth, err);
	command_text(command, "(");
	for (size_t i = 0; ok && i < q->n; i++) {
		if (i)
			command_text(command, " ");
		ok = put(command, &q->items[i], depth + 1, err);
	}
	command_text(command, ")");
	return ok;
}

static bool
put_or(struct command *command, const struct remote_query *q, int depth,
	struct error *err)
{
	bool ok = true;
	if (q->n == 0)
		command_text(command, "NOT ALL");
	// "OR a OR b c": it takes two.
	for (size_t i = 0; ok && i < q->n; i++) {
		if (i)
			command_text(command, " ");
		if (i + 1 < q->n)
			command_text(command, "OR ");
		ok = put(command, &q->items[i], depth + 1, err);
	}
	return ok;
}

static bool
put_not(struct command *command, const struct remote_query *q, int depth,
	struct error *err)
{
	if (q->n != 1)
		return refuse(err, "a negation is of one thing");
	command_text(command, "NOT ");
	return put(command, &q->items[0], depth + 1, err);
}

static bool
put_flag(struct command *command, const struct remote_query *q, struct error *err)
{
	struct flags flags = { 0 };
	struct buf word = { 0 };
	if (!q->name || !flags_add(&flags, q->name))
		return refuse(err, "no such flag can be looked for");
	flags_format_imap(&word, &flags);
	const char *text = buf_text(&word);
	if (*text == '\\') // "\Seen" is the key SEEN
		command_text(command, text + 1);
	else
		command_printf(command, "KEYWORD %s", text);
	buf_done(&word);
	flags_done(&flags);
	return true;
}

static bool
put_day(struct command *command, int64_t when, struct error *err)
{
	static const char months[][4] = { "Jan", "Feb", "Mar", "Apr", "May", "Jun", "Jul",
		"Aug", "Sep", "Oct", "Nov", "Dec" };
	time_t t = (time_t)when;
	struct tm tm;
	if (!gmtime_r(&t, &tm) || tm.tm_year < -1900 + 1 || tm.tm_year > 9999 - 1900)
		return refuse(err, "a time outside of all calendars");
	command_printf(command, "%d-%s-%04d", tm.tm_mday, months[tm.tm_mon],
		tm.tm_year + 1900);
	return true;
}

static bool
put_uids(struct command *command, struct remote_set set, struct error *err)
{
	if (set.n == 0) {
		command_text(command, "NOT ALL");
		return true;
	}
	size_t begin = command->text.len;
	command_text(command, "UID ");
	for (size_t at = 0; at < set.n;) {
		if (at)
			command_text(command, ",");
		command_set(command, set.ranges, set.n, &at);
		if (command->text.len - begin > UIDS_BYTES_MAX)
			return refuse(err, "too many messages to ask about at once");
	}
	return true;
}

static const struct {
	const char *key;
	enum { NONE, TEXT, FIELD, NUMBER, SINCE, BEFORE } takes;
	bool (*put)(struct command *command, const struct remote_query *q, int depth,
		struct error *err);
} keys[] = {
	[REMOTE_QUERY_ALL] = { "ALL", NONE, put_all },
	[REMOTE_QUERY_AND] = { "", NONE, put_and },
	[REMOTE_QUERY_OR] = { "OR", NONE, put_or },
	[REMOTE_QUERY_NOT] = { "NOT", NONE, put_not },
	[REMOTE_QUERY_FROM] = { "FROM", TEXT, NULL },
	[REMOTE_QUERY_TO] = { "TO", TEXT, NULL },
	[REMOTE_QUERY_CC] = { "CC", TEXT, NULL },
	[REMOTE_QUERY_BCC] = { "BCC", TEXT, NULL },
	[REMOTE_QUERY_SUBJECT] = { "SUBJECT", TEXT, NULL },
	[REMOTE_QUERY_BODY] = { "BODY", TEXT, NULL },
	[REMOTE_QUERY_TEXT] = { "TEXT", TEXT, NULL },
	[REMOTE_QUERY_HEADER] = { "HEADER", FIELD, NULL },
	[REMOTE_QUERY_FLAG] = { "KEYWORD", NONE, NULL },
	[REMOTE_QUERY_LARGER] = { "LARGER", NUMBER, NULL },
	[REMOTE_QUERY_SMALLER] = { "SMALLER", NUMBER, NULL },
	[REMOTE_QUERY_SINCE] = { "SINCE", SINCE, NULL },
	[REMOTE_QUERY_BEFORE] = { "BEFORE", BEFORE, NULL },
	[REMOTE_QUERY_SENT_SINCE] = { "SENTSINCE", SINCE, NULL },
	[REMOTE_QUERY_SENT_BEFORE] = { "SENTBEFORE", BEFORE, NULL },
	[REMOTE_QUERY_UIDS] = { "UID", NONE, NULL },
};
#define KEYS (sizeof(keys) / sizeof(keys[0]))

static bool
put_value(struct command *command, const struct remote_query *q, struct error *err)
{
	command_printf(command, "%s ", keys[q->kind].key);
	switch (keys[q->kind].takes) {
	case FIELD:
		command_string(command, str_or_empty(q->name));
		command_text(command, " ");
		// fallthrough
	case TEXT:
		command_string(command, str_or_empty(q->text));
		return true;
	case NUMBER:
		// RFC 9051: a number of 63 bits; older servers know 32.
		command_printf(command, "%lld", (long long)(q->number > 0 ? q->number : 0));
		return true;
	case SINCE:
		return put_day(command, q->number - ZONE_WEST, err);
	case BEFORE:
		// Of the days before that one.
		return put_day(command, q->number + ZONE_EAST + DAY, err);
	default:
		return refuse(err, "no such question");
	}
}

static bool
put(struct command *command, const struct remote_query *q, int depth, struct error *err)
{
	if (depth > REMOTE_QUERY_DEPTH_MAX)
		return refuse(err, "too deep a question");
	if ((size_t)q->kind >= KEYS)
		return refuse(err, "no such question");
	if (keys[q->kind].put)
		return keys[q->kind].put(command, q, depth, err);
	if (q->kind == REMOTE_QUERY_FLAG)
		return put_flag(command, q, err);
	if (q->kind == REMOTE_QUERY_UIDS)
		return put_uids(command, q->set, err);
	return put_value(command, q, err);
}

static bool
has_8bit(const char *text)
{
	for (; text && *text; text++) {
		if ((unsigned char)*text >= 0x80)
			return true;
	}
	return false;
}

bool
query_needs_utf8(const struct remote_query *q)
{
	bool needs = has_8bit(q->text) || has_8bit(q->name);
	for (size_t i = 0; !needs && i < q->n; i++)
		needs = query_needs_utf8(&q->items[i]);
	return needs;
}

bool
query_command(struct command *command, const struct remote_query *q, struct error *err)
{
	return put(command, q, 0, err);
}
