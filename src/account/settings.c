// SPDX-License-Identifier: GPL-3.0-or-later
// Copies of an account's settings: each worker has its own, so that none reads
// what the screen is about to change.
#include "config.h"

#include "account/account.h"

#include "base/mem.h"
#include "base/str.h"

#include <stddef.h>
#include <stdlib.h>
#include <string.h>

// Where the strings are; the secrets among them are wiped.
static const struct {
	size_t at;
	bool secret;
} strings[] = {
	{ offsetof(struct account_settings, name), false },
	{ offsetof(struct account_settings, incoming), false },
	{ offsetof(struct account_settings, outgoing), false },
	{ offsetof(struct account_settings, password), true },
	{ offsetof(struct account_settings, outgoing_password), true },
	{ offsetof(struct account_settings, tls_ca), false },
	{ offsetof(struct account_settings, tls_pin), false },
	{ offsetof(struct account_settings, outgoing_tls_pin), false },
	{ offsetof(struct account_settings, transcript), false },
};
#define N_STRINGS (sizeof(strings) / sizeof(strings[0]))
#define N_ROLES (sizeof(((struct account_settings *)0)->role_names) / \
	sizeof(char *))

static char **
string_at(struct account_settings *s, size_t i)
{
	return (char **)(void *)((char *)s + strings[i].at);
}

void
account_settings_done(struct account_settings *s)
{
	for (size_t i = 0; i < N_STRINGS; i++) {
		char **text = string_at(s, i);
		if (strings[i].secret && *text != NULL)
			mem_wipe(*text, strlen(*text));
		free(*text);
	}
	for (size_t i = 0; i < N_ROLES; i++)
		free(s->role_names[i]);
	address_list_done(&s->addresses);
	strlist_done(&s->password_command);
	strlist_done(&s->outgoing_password_command);
	*s = (struct account_settings){0};
}

void
account_settings_copy(struct account_settings *to,
	const struct account_settings *from)
{
	*to = *from;
	for (size_t i = 0; i < N_STRINGS; i++) {
		char **text = string_at(to, i);
		*text = str_dup(*text);
	}
	for (size_t i = 0; i < N_ROLES; i++)
		to->role_names[i] = str_dup(from->role_names[i]);
	to->addresses = (struct address_list){0};
	address_list_copy(&to->addresses, &from->addresses);
	to->password_command = (struct strlist){0};
	strlist_copy(&to->password_command, &from->password_command);
	to->outgoing_password_command = (struct strlist){0};
	strlist_copy(&to->outgoing_password_command,
		&from->outgoing_password_command);
}
