// SPDX-License-Identifier: GPL-3.0-or-later
// Which folder is for what: by the settings, by what the server says
// (SPECIAL-USE, RFC 6154), or by the names that people's programs have made.
#ifndef ACCOUNT_ROLES_H
#define ACCOUNT_ROLES_H

#include <stddef.h>

struct account_settings;
struct folder;
struct remote_folders;

// Gives each of the n folders (beside each of `told`) its role; no role has two.
// settings may be NULL.
void roles_assign(struct folder *folders, const struct remote_folders *told,
	const struct account_settings *settings);

#endif
