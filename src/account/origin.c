// SPDX-License-Identifier: GPL-3.0-or-later
// A cache that answers for another server shows its mail and plays acts to
// messages that were never meant.
#include "config.h"

#include "account/origin.h"

#include "account/account.h"
#include "base/buf.h"
#include "base/error.h"
#include "base/log.h"
#include "base/str.h"
#include "remote/remote.h"
#include "store/folders.h"
#include "store/messages.h"
#include "store/outbox.h"
#include "store/store.h"

#include <stdlib.h>
#include <string.h>

// "imap ann@imap.example.org", whichever way TLS is begun and on whichever port;
// NULL when the settings name no server.
static char *
origin_of(const struct account_settings *settings)
{
	struct remote_settings rs = {0};
	char *origin = NULL;

	if (settings->incoming != NULL &&
	    remote_parse_url(&rs, settings->incoming, settings->tls_off, NULL)) {
		size_t len = strlen(rs.scheme);
		len -= rs.host != NULL && rs.scheme[len - 1] == 's';
		if (rs.host != NULL)
			str_lower(rs.host);
		origin = str_printf("%.*s %s@%s", (int)len, rs.scheme,
			str_or_empty(rs.user),
			rs.host != NULL ? rs.host : str_or_empty(rs.path));
	}
	remote_settings_done(&rs);
	return origin;
}

static bool
forget_rows(struct store *store, uint32_t account, struct error *err)
{
	struct folder *folders = NULL;
	size_t n = store_folders(store, account, &folders);
	bool ok = true;

	for (size_t i = 0; i < n; i++) {
		// As a folder whose UIDVALIDITY changed and is not known yet.
		struct sync_batch batch = { .folder = folders[i].id, .reset = true };
		struct error why = {0};
		if (ok && folders[i].uidvalidity != 0 &&
		    !store_sync(store, &batch, &why) && why.kind != ERROR_GONE) {
			*err = why;
			ok = false;
		}
		folder_done(&folders[i]);
	}
	free(folders);
	return ok;
}

static bool
forget_drops(struct store *store, uint32_t account, struct error *err)
{
	struct drop_entry *entries = NULL;
	struct strlist names = {0};
	size_t n = store_drops(store, account, &entries);

	for (size_t i = 0; i < n; i++) {
		strlist_add(&names, entries[i].uidl);
		drop_entry_done(&entries[i]);
	}
	free(entries);
	bool ok = names.len == 0 || store_drop_remove(store, account, &names, err);
	strlist_done(&names);
	return ok;
}

bool
origin_check(struct store *store, uint32_t account,
	const struct account_settings *settings, struct error *err)
{
	char *origin = origin_of(settings);
	char *name = str_printf("origin:%u", account);
	struct buf before = {0};
	bool ok = true;

	bool known = origin != NULL && store_state_get(store, name, &before);
	bool same = known && str_equal(buf_text(&before), origin);
	if (known && !same) {
		log_info("account %s: %s is now %s: all is fetched anew",
			settings->name, buf_text(&before), origin);
		// Rows of POP3 mail are of the Maildir here, and stay.
		bool drop = str_has_prefix(buf_text(&before), "pop3 ");
		ok = (drop || forget_rows(store, account, err)) &&
			forget_drops(store, account, err);
	}
	if (ok && origin != NULL && !same)
		ok = store_state_put(store, name, origin, strlen(origin), err);
	buf_done(&before);
	free(name);
	free(origin);
	return ok;
}
