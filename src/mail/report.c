// SPDX-License-Identifier: GPL-3.0-or-later
// What a report says, for people: the fields themselves stand below.
#include "config.h"

#include "mail/report.h"

#include "base/buf.h"
#include "base/mem.h"
#include "base/str.h"
#include "base/when.h"
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
enum { ACTION_FAILED, ACTION_DELAYED };

#define DIGITS "0123456789"

#define ADDRESS "check the address, or ask for another one"
#define LATER "ask by another way, or send it again later"
#define SMALLER "send less at once, or tell where it is to be had"
#define OTHERWISE "ask by another way, or tell who runs your server"
#define AGAIN "the same message would be refused again"

// RFC 3463: why, and what its sender can do. One without a detail is for all
// details of its subject that are not named.
static const struct { const char *code, *reason, *advice; } reasons[] = {
	{ "1.1", "there is no such mailbox", ADDRESS },
	{ "1.2", "there is no such host", ADDRESS },
	{ "1.3", "the address is none", ADDRESS },
	{ "1.6", "the mailbox has moved", ADDRESS },
	{ "1.7", "the sender's address is none", OTHERWISE },
	{ "1.8", "the sender's address is not accepted", OTHERWISE },
	{ "1.10", "the domain takes no mail", ADDRESS },
	{ "1", NULL, ADDRESS },
	{ "2.1", "the mailbox is closed", "ask by another way" },
	{ "2.2", "the mailbox is full", LATER },
	{ "2.3", "the message is too long for the mailbox", SMALLER },
	{ "3.1", "the server's disk is full", LATER },
	{ "3.4", "the message is too large", SMALLER },
	{ "4.1", "the host does not answer", LATER },
	{ "4.4", "no way to the host was found", ADDRESS },
	{ "4.6", "the message went round in circles", OTHERWISE },
	{ "4.7", "it took too long", LATER },
	{ "4", NULL, LATER },
	{ "5", NULL, OTHERWISE },
	{ "7.1", "it is not allowed", OTHERWISE },
	{ "7.23", "the sender's server may not send for that address (SPF)", OTHERWISE },
	{ "7.26", "the server takes none without proof of its sender (SPF, DKIM)",
		OTHERWISE },
	{ "7", NULL, OTHERWISE },
};

// RFC 8098 section 3.2.6.2: what was deleted may have been seen before.
static const struct { const char *disposition, *label; } dispositions[] = {
	{ "displayed", "Shown to" }, { "deleted", "Deleted, perhaps unread, by" },
	{ "dispatched", "Passed on by" }, { "processed", "Processed for" },
	{ "denied", "No receipt from" }, { "failed", "No receipt from" },
};

static bool
is_digit(char c)
{
	return c >= '0' && c <= '9';
}

static bool
is_letter(char c)
{
	return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z');
}

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

// An address, as "<...>" too. free()
static char *
address_field(const char *fields, size_t len, const char *name)
{
	char *value = field(fields, len, name);
	size_t n = value == NULL ? 0 : strlen(value);

	if (n > 2 && value[0] == '<' && value[n - 1] == '>') {
		memmove(value, value + 1, n - 2);
		value[n - 2] = '\0';
	}
	return value;
}

// The length of "5.1.1" at s; 0: none stands there, or what begins so is more, as
// an IP address.
static size_t
code_len(const char *s)
{
	size_t subject, detail;

	if ((*s != '2' && *s != '4' && *s != '5') || s[1] != '.')
		return 0;
	subject = strspn(s + 2, DIGITS);
	if (subject == 0 || subject > 3 || s[2 + subject] != '.')
		return 0;
	detail = strspn(s + 3 + subject, DIGITS);
	if (detail == 0 || detail > 3)
		return 0;
	s += 3 + subject + detail;
	return s[0] == '.' && is_digit(s[1]) ? 0 : 3 + subject + detail;
}

// A code with a detail within the server's words, of this class ('\0': of any); NULL
static const char *
find_detailed(const char *why, char class)
{
	for (const char *s = why; *s != '\0'; s++) {
		// "mx5.1.1", "10.5.1.1": not from here.
		bool inside = s > why && (is_digit(s[-1]) || is_letter(s[-1]) || s[-1] == '.');
		if (!inside && (class == '\0' || *s == class) && code_len(s) > 0 &&
		    memcmp(s + 1, ".0.", 3) != 0)
			return s;
	}
	return NULL;
}

// The status of the field, unless it names only a class (5.0.0) and the server's
// own words say more; "" when there is none. free()
static char *
find_code(const char *status, const char *why)
{
	const char *own = str_or_empty(status), *detailed = NULL;

	while (*own == ' ')
		own++;
	size_t len = code_len(own);
	if (len == 0 || memcmp(own + 1, ".0.", 3) == 0)
		detailed = find_detailed(str_or_empty(why), is_digit(*own) ? *own : '\0');
	return detailed != NULL ? str_ndup(detailed, code_len(detailed)) : str_ndup(own, len);
}

static void
find_reason(const char *code, const char **reason_r, const char **advice_r)
{
	const char *rest = *code == '\0' ? "" : code + 2;
	size_t subject = strcspn(rest, ".");

	*reason_r = *advice_r = NULL;
	for (size_t i = 0; i < sizeof(reasons) / sizeof(*reasons); i++) {
		bool whole = strcmp(reasons[i].code, rest) == 0;
		if (!whole && (strlen(reasons[i].code) != subject ||
		    memcmp(reasons[i].code, rest, subject) != 0))
			continue;
		*reason_r = reasons[i].reason;
		*advice_r = reasons[i].advice;
		return;
	}
}

// ": there is no such mailbox (550 No such user)"
static void
add_reason(struct buf *out, const char *reason, char *why, const char *status)
{
	size_t len = why == NULL ? 0 : strlen(why);

	while (len > 0 && (why[len - 1] == '.' || why[len - 1] == ' '))
		why[--len] = '\0';
	if (reason != NULL && len > 0)
		buf_printf(out, ": %s (%.500s)", reason, why);
	else if (reason != NULL || len > 0)
		buf_printf(out, ": %.500s", reason != NULL ? reason : why);
	else if (!str_empty(status))
		buf_printf(out, ": %.50s", status);
}

// Whether that is the last word, and what to do.
static void
add_outlook(struct buf *out, bool failed, char class, const char *advice,
	const char *until)
{
	int64_t when = until == NULL ? 0 : header_date(until, NULL);
	char *local = when == 0 ? NULL : when_local(when, "%a %e %b %Y %H:%M");

	if (!failed && until != NULL)
		buf_printf(out, ". It is still tried, until %.80s: nothing is to be done yet",
			local != NULL ? local : until);
	else if (!failed)
		buf_str(out, ". It is still tried: nothing is to be done yet");
	else if (class == '4')
		buf_printf(out, ". It was tried for a while and given up: %s",
			advice != NULL ? advice : "send it again later");
	else
		buf_printf(out, ". This is final: %s", advice != NULL ? advice : AGAIN);
	free(local);
}

static void
add_trouble(struct buf *out, const char *fields, size_t len, bool failed)
{
	char *why = field(fields, len, "Diagnostic-Code");
	char *status = header_get(fields, len, "Status");
	char *until = header_get(fields, len, "Will-Retry-Until");
	char *code = find_code(status, why);
	const char *reason, *advice;

	find_reason(code, &reason, &advice);
	add_reason(out, reason, why, status);
	add_outlook(out, failed, *code != '\0' ? *code : *str_or_empty(status), advice, until);
	free(why);
	free(status);
	free(until);
	free(code);
}

static bool
show_recipient(struct document *d, const struct part *p, const char *fields, size_t len)
{
	char *action = header_get(fields, len, "Action");
	char *who = address_field(fields, len, "Final-Recipient");
	char *wanted = address_field(fields, len, "Original-Recipient");
	size_t n = sizeof(actions) / sizeof(*actions), at = 0;
	struct buf text = {0};

	while (at < n && (action == NULL ||
	       !str_has_prefix_nocase(action, actions[at].action)))
		at++;
	bool good = at < n && (who != NULL || wanted != NULL);
	if (good) {
		buf_str(&text, who != NULL ? who : wanted);
		// One knows the address that one wrote to, not where it leads.
		if (who != NULL && !str_empty(wanted) && !str_equal_nocase(who, wanted))
			buf_printf(&text, " (for %.300s)", wanted);
		if (at == ACTION_FAILED || at == ACTION_DELAYED)
			add_trouble(&text, fields, len, at == ACTION_FAILED);
		text_add_field(d, p, actions[at].label, buf_text(&text));
	}
	buf_done(&text);
	free(action);
	free(who);
	free(wanted);
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
	char *who = address_field(text, len, "Final-Recipient");
	char *what = field(text, len, "Disposition");
	char *why = header_get(text, len, "Failure");
	const char *label = NULL;

	for (size_t i = 0; i < sizeof(dispositions) / sizeof(*dispositions); i++)
		if (what != NULL && str_has_prefix_nocase(what, dispositions[i].disposition))
			label = dispositions[i].label;
	if (why == NULL)
		why = header_get(text, len, "Error");
	char *words = str_printf("%s%s%.500s", str_empty(who) ? "somebody" : who,
		str_empty(why) ? "" : ": ", str_or_empty(why));
	if (label != NULL)
		text_add_field(d, p, label, words);
	free(words);
	free(why);
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
