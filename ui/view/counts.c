// SPDX-License-Identifier: GPL-3.0-or-later
// Adds up the counts of the folders that a query looks into.
#include "config.h"

#include "ui/view/counts.h"

#include <stdlib.h>
#include "engine.h"
#include "mail/query.h"
#include "store/folders.h"

bool
counts_of_query(struct engine *e, const struct query *q, uint64_t *total_r,
	uint64_t *unread_r)
{
	struct folder *all = NULL;
	size_t n = e->store ? store_folders(e->store, 0, &all) : 0;
	bool known = true;

	*total_r = *unread_r = 0;
	for (size_t i = 0; i < n; i++) {
		const char *role = folder_role_name(all[i].role);
		const char *account = engine_account_name(e, all[i].account);

		if (known && query_looks_in(q, all[i].name, role, account))
			known = query_counts(q, all[i].name, role, account,
				all[i].total, all[i].unread, total_r, unread_r);
		folder_done(&all[i]);
	}
	free(all);
	return known;
}
