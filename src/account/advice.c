// SPDX-License-Identifier: GPL-3.0-or-later
// The layers below know what failed and why; only here is it known which account's
// settings led there, and so what would help.
#include "config.h"

#include "account/advice.h"

#include "account/account.h"
#include "base/error.h"
#include "base/str.h"

#include <stdlib.h>
#include <string.h>

static char *
advice_offline(const struct account_settings *s, bool outgoing)
{
	const char *url = str_or_empty(outgoing ? s->outgoing : s->incoming);
	const char *option = outgoing ? "outgoing" : "incoming";

	// Files on this disk, or a program.
	if (strstr(url, ":///") != NULL)
		return str_printf("mend \"%s\" of account %s", option, s->name);
	return str_printf("nothing is lost: try again when network and server are "
		"there, or mend \"%s\" of account %s", option, s->name);
}

static char *
advice_password(const struct account_settings *s, bool outgoing)
{
	bool own = outgoing && (s->outgoing_password_command.len > 0 ||
		s->outgoing_password != NULL);
	const struct strlist *command = own ? &s->outgoing_password_command :
		&s->password_command;
	const char *typed = own ? s->outgoing_password : s->password;

	if (command->len > 0 && typed == NULL)
		return str_printf("mend \"%spassword-command\" of account %s",
			own ? "outgoing-" : "", s->name);
	return str_printf("type it on the screen (password %s), or set "
		"\"password-command\" of that account", s->name);
}

static char *
advice_trust(const struct account_settings *s, bool outgoing)
{
	(void)outgoing;
	return str_printf("ask whoever runs the server, or look at its key on the "
		"screen (trust %s)", s->name);
}

static const struct {
	enum error_kind kind;
	char *(*advice)(const struct account_settings *s, bool outgoing);
} advices[] = {
	{ ERROR_OFFLINE, advice_offline },
	{ ERROR_AUTH, advice_password },
	{ ERROR_TRUST, advice_trust },
};

void
advice_add(struct error *err, const struct account_settings *s, bool outgoing)
{
	for (size_t i = 0; i < sizeof(advices) / sizeof(*advices); i++) {
		if (advices[i].kind != err->kind)
			continue;
		char *advice = advices[i].advice(s, outgoing);
		char *what = str_dup(err->text);
		size_t len = strlen(what), rest = strlen("; ") + strlen(advice) + 1;
		// A server's words may end with a stop of their own.
		while (len > 0 && what[len - 1] == '.')
			len--;
		// The end of long words is worth less; none in half a character.
		while (len > 0 && (len + rest > ERROR_TEXT_MAX ||
				((unsigned char)what[len] & 0xc0) == 0x80))
			len--;
		what[len] = '\0';
		error_set(err, err->kind, "%s; %s", what, advice);
		free(what);
		free(advice);
		return;
	}
}
