// SPDX-License-Identifier: GPL-3.0-or-later
// What a report says, for people: the fields themselves stand below.
#include "config.h"

#include "mail/report.h"

#include "base/buf.h"
#include "base/mem.h"
#include "base/str.h"
#include "mail/document.h"
#include "mail/header.h"
#include "mail/part.h"
#include "mail/text.h"

#include <stdlib.h>
#include <string.h>

static const struct { const char *action, *label; } actions[] = {
	{ "failed", "Not delivered" }, { "delayed", "Not delivered yet" },
	{ "delivered", "Delivered" }, { "relayed", "Passed on, no more is reported" },
	{ "expanded", "Passed on to several" },
};

// RFC 3463, where a server gives no reason in words.
static const struct { const char *code, *reason; } reasons[] = {
	{ "1.1", "there is no such mailbox" }, { "1.2", "there is no such host" },
	{ "1.3", "the address is none" }, { "1.6", "the mailbox has moved" },
	{ "1.10", "the domain takes no mail" },
	{ "2.1", "the mailbox is closed" }, { "2.2", "the mailbox is full" },
	{ "2.3", "the message is too long for the mailbox" },
	{ "3.1", "the server's disk is full" }, { "3.4", "the message is too large" },
	{ "4.1", "the host does not answer" }, { "4.4", "no way to the host was found" },
	{ "4.6", "the message went round in circles" }, { "4.7", "it took too long" },
	{ "7.1", "it is not allowed" },
};

static const struct { const char *disposition, *label; } dispositions[] = {
	{ "displayed", "Shown to" }, { "deleted", "Deleted unread by" },
	{ "dispatched", "Passed on by" }, { "processed", "Processed for" },
	{ "denied", "No receipt from" }, { "failed", "No receipt from" },
};

// A field's value without "smtp;" or "rfc822;" before it, with single blanks;
// NULL. free()
static char *
field(const char *fields, size_t len, const char *name)
{
	char *value = header_get(fields, len, name);
	const char *mark = value == NULL ? NULL : strchr(value, ';');
	struct buf line = {0};

	if (value == NULL)
		return NULL;
	for (const char *s = mark == NULL ? value : mark + 1; *s != '\0'; s++)
		if (*s > ' ' || *s < '\0')
			buf_char(&line, *s);
		else if (line.len > 0 && line.data[line.len - 1] != ' ')
			buf_char(&line, ' ');
	free(value);
	return buf_take(&line);
}

static const char *
reason_of(const char *status)
{
	const char *dot = status == NULL ? NULL : strchr(status, '.');
	size_t len = dot == NULL ? 0 : strspn(dot + 1, "0123456789.");

	for (size_t i = 0; i < sizeof(reasons) / sizeof(*reasons) && len > 0; i++)
		if (strlen(reasons[i].code) == len &&
		    memcmp(reasons[i].code, dot + 1, len) == 0)
			return reasons[i].reason;
	return NULL;
}

static bool
show_recipient(struct document *d, const struct part *p, const char *fields, size_t len)
{
	char *action = header_get(fields, len, "Action");
	char *who = field(fields, len, "Final-Recipient");
	char *why = field(fields, len, "Diagnostic-Code");
	char *status = header_get(fields, len, "Status");
	char *until = header_get(fields, len, "Will-Retry-Until");
	const char *label = NULL, *reason = reason_of(status);
	struct buf text = {0};

	if (who == NULL)
		who = field(fields, len, "Original-Recipient");
	for (size_t i = 0; i < sizeof(actions) / sizeof(*actions) && action != NULL; i++)
		if (str_has_prefix_nocase(action, actions[i].action))
			label = actions[i].label;
	bool good = label != NULL && who != NULL;
	if (good) {
		bool bad = label == actions[0].label || label == actions[1].label;
		buf_str(&text, who);
		if (bad && !str_empty(why))
			buf_printf(&text, ": %.500s", why);
		else if (bad && reason != NULL)
			buf_printf(&text, ": %s", reason);
		else if (bad && !str_empty(status))
			buf_printf(&text, ": %.50s", status);
		if (until != NULL && label == actions[1].label)
			buf_printf(&text, " (tried until %.80s)", until);
		text_add_field(d, p, label, buf_text(&text));
	}
	buf_done(&text);
	free(action);
	free(who);
	free(why);
	free(status);
	free(until);
	return good;
}

// Up to the first empty line.
static size_t
group_len(const char *text, size_t len)
{
	for (size_t i = 0; i < len; i++)
		if (text[i] == '\n' && (i + 1 == len || text[i + 1] == '\n' ||
		    text[i + 1] == '\r'))
			return i + 1;
	return len;
}

// Groups of fields behind empty lines; the first is about the message.
static void
show_delivery(struct document *d, const struct part *p, const char *text, size_t len)
{
	size_t shown = 0, more = 0;

	while (len > 0) {
		size_t group = group_len(text, len);
		if (shown < REPORT_LINES_MAX)
			shown += show_recipient(d, p, text, group);
		else
			more += group > 2;
		text += group;
		len -= group;
		while (len > 0 && (*text == '\n' || *text == '\r')) {
			text++;
			len--;
		}
	}
	if (more > 0) {
		char *rest = str_printf("for %zu more", more);
		text_add_field(d, p, "And", rest);
		free(rest);
	}
}

static void
show_receipt(struct document *d, const struct part *p, const char *text, size_t len)
{
	char *who = field(text, len, "Final-Recipient");
	char *what = field(text, len, "Disposition");
	const char *label = NULL;

	for (size_t i = 0; i < sizeof(dispositions) / sizeof(*dispositions); i++)
		if (what != NULL && str_has_prefix_nocase(what, dispositions[i].disposition))
			label = dispositions[i].label;
	if (label != NULL)
		text_add_field(d, p, label, who == NULL ? "somebody" : who);
	free(who);
	free(what);
}

static void
show_complaint(struct document *d, const struct part *p, const char *text, size_t len)
{
	char *type = header_get(text, len, "Feedback-Type");
	char *to = header_get(text, len, "Original-Rcpt-To");
	char *words = str_printf("%s%s%s", str_or_empty(type), str_empty(to) ? "" :
		", about a message to ", str_or_empty(to));

	text_add_field(d, p, "Complaint", words);
	free(type);
	free(to);
	free(words);
}

static const struct { const char *subtype; void (*show)(struct document *d,
	const struct part *p, const char *fields, size_t len); } kinds[] = {
	{ "delivery-status", show_delivery },
	{ "global-delivery-status", show_delivery },
	{ "disposition-notification", show_receipt },
	{ "global-disposition-notification", show_receipt },
	{ "feedback-report", show_complaint },
};

bool
part_is_report(const struct part *p)
{
	for (size_t i = 0; i < sizeof(kinds) / sizeof(*kinds); i++)
		if (part_is(p, "message", kinds[i].subtype))
			return true;
	return false;
}

void
report_to_document(struct document *d, const struct part *part,
	const char *text, size_t len)
{
	for (size_t i = 0; i < sizeof(kinds) / sizeof(*kinds); i++)
		if (part_is(part, "message", kinds[i].subtype))
			kinds[i].show(d, part, text, len);
}
