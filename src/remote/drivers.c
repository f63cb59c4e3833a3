// SPDX-License-Identifier: GPL-3.0-or-later
// Which driver serves which scheme: the only place that knows all of them.
#include "config.h"

#include "base/str.h"
#include "remote/remote.h"

static const struct {
	const char *scheme;
	const struct remote_driver *driver;
	const struct sender_driver *sender;
} drivers[] = {
	{ "imaps", &remote_imap, NULL },
	{ "imap", &remote_imap, NULL },
	{ "pop3s", &remote_pop3, NULL },
	{ "pop3", &remote_pop3, NULL },
	{ "maildir", &remote_local, NULL },
	{ "smtps", NULL, &sender_smtp },
	{ "smtp", NULL, &sender_smtp },
	{ "sendmail", NULL, &sender_program },
};
#define DRIVERS (sizeof(drivers) / sizeof(drivers[0]))

const struct remote_driver *
remote_driver_for(const char *scheme)
{
	for (size_t i = 0; i < DRIVERS; i++) {
		if (str_equal_nocase(drivers[i].scheme, scheme))
			return drivers[i].driver;
	}
	return NULL;
}

const struct sender_driver *
sender_driver_for(const char *scheme)
{
	for (size_t i = 0; i < DRIVERS; i++) {
		if (str_equal_nocase(drivers[i].scheme, scheme))
			return drivers[i].sender;
	}
	return NULL;
}
