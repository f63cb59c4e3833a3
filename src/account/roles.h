// SPDX-License-Identifier: GPL-3.0-or-later
// Which folder is for what: by the settings, by what the server says
// (SPECIAL-USE, RFC 6154), or by the names that people's programs have made.
#ifndef ACCOUNT_ROLES_H
#define ACCOUNT_ROLES_H

#include "store/folders.h"

struct account_settings;
struct remote_folders;

// Gives each of the n folders (beside each of `told`) its role; no role has two.
// settings may be NULL.
void roles_assign(struct folder *folders, const struct remote_folders *told,
	const struct account_settings *settings);
// What a new folder of that name would be for, by the settings or the name.
enum folder_role roles_of_name(const char *name,
	const struct account_settings *settings);

#endif
