// SPDX-License-Identifier: GPL-3.0-or-later
// Fills the value in which failures are handed up; the text stays one line of
// whole characters whatever it quotes.
#include "config.h"

#include "base/error.h"

#include <errno.h>
#include <stdarg.h>
#include <stdio.h>
#include <string.h>

static const char *const kind_names[] = {
	[ERROR_NONE] = "none",
	[ERROR_OFFLINE] = "offline",
	[ERROR_AUTH] = "auth",
	[ERROR_TRUST] = "trust",
	[ERROR_REFUSED] = "refused",
	[ERROR_GONE] = "gone",
	[ERROR_STORE] = "store",
	[ERROR_INPUT] = "input",
	[ERROR_CANCELLED] = "cancelled",
};

// Removes what a cut at the buffer's end left of a character.
static void
text_end_whole(char *text, size_t len)
{
	size_t at = len;

	while (at > 0 && ((unsigned char)text[at - 1] & 0xc0) == 0x80)
		at--;
	if (at == 0)
		return;
	unsigned char lead = (unsigned char)text[at - 1];
	size_t want = lead >= 0xf0 ? 4 : lead >= 0xe0 ? 3 : lead >= 0xc0 ? 2 : 1;
	if (len - (at - 1) < want)
		text[at - 1] = '\0';
}

// The arguments may quote err->text itself, so the text is built beside it.
static void
text_store(struct error *err, const char *text, bool cut)
{
	size_t len = strlen(text);

	memcpy(err->text, text, len + 1);
	if (cut)
		text_end_whole(err->text, len);
	// It may quote a name from anywhere and ends on a terminal: no control
	// character of ASCII or, two bytes in UTF-8, of C1.
	for (unsigned char *c = (unsigned char *)err->text; *c != '\0'; c++) {
		if (*c == 0xc2 && c[1] >= 0x80 && c[1] < 0xa0)
			c[0] = c[1] = ' ';
		if (*c < ' ' || *c == 0x7f)
			*c = ' ';
	}
}

bool
error_set(struct error *err, enum error_kind kind, const char *format, ...)
{
	char text[ERROR_TEXT_MAX];
	va_list ap;

	if (err == NULL)
		return false;
	va_start(ap, format);
	int len = vsnprintf(text, sizeof(text), format, ap);
	va_end(ap);
	err->kind = kind;
	err->waited = false;
	text_store(err, len < 0 ? "" : text, len >= (int)sizeof(text));
	return false;
}

bool
error_errno(struct error *err, enum error_kind kind, const char *format, ...)
{
	char text[ERROR_TEXT_MAX], whole[ERROR_TEXT_MAX], reason[128];
	int number = errno;
	va_list ap;

	if (err == NULL)
		return false;
	va_start(ap, format);
	if (vsnprintf(text, sizeof(text), format, ap) < 0)
		text[0] = '\0';
	va_end(ap);
	const char *why = strerror_r(number, reason, sizeof(reason));
	// The reason matters more than the end of a long name.
	int room = (int)(sizeof(whole) - strlen(why) - 3);
	bool cut = (int)strlen(text) > room;
	if (cut) {
		text[room] = '\0';
		text_end_whole(text, (size_t)room);
	}
	snprintf(whole, sizeof(whole), "%.*s: %s", room, text, why);
	err->kind = kind;
	err->waited = false;
	text_store(err, whole, false);
	// Who wants to know more than the sentence asks after it.
	errno = number;
	return false;
}

bool
error_prefix(struct error *err, const char *format, ...)
{
	char what[ERROR_TEXT_MAX], whole[2 * ERROR_TEXT_MAX + 2];
	va_list ap;

	if (err == NULL)
		return false;
	va_start(ap, format);
	if (vsnprintf(what, sizeof(what), format, ap) < 0)
		what[0] = '\0';
	va_end(ap);
	int len = snprintf(whole, sizeof(whole), "%s: %s", what, err->text);
	whole[ERROR_TEXT_MAX - 1] = '\0';
	text_store(err, whole, len >= ERROR_TEXT_MAX);
	return false;
}

void
error_clear(struct error *err)
{
	if (err == NULL)
		return;
	err->kind = ERROR_NONE;
	err->text[0] = '\0';
	err->waited = false;
}

const char *
error_kind_name(enum error_kind kind)
{
	size_t count = sizeof(kind_names) / sizeof(kind_names[0]);

	return (size_t)kind < count ? kind_names[kind] : "unknown";
}
