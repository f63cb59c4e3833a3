// SPDX-License-Identifier: GPL-3.0-or-later
// Adds up the counts of the folders that a query looks into, where no message stands
// in two of them.
#include "config.h"

#include "ui/view/counts.h"

#include <stdlib.h>
#include "base/mem.h"
#include "engine.h"
#include "mail/query.h"
#include "store/folders.h"

// Is anything of both in what is counted, and the same message perhaps in both?
static bool
may_double(const struct folder *a, const struct folder *b)
{
	return a->account == b->account && a->total > 0 && b->total > 0 &&
		a->attributes & b->attributes & FOLDER_SAME;
}

bool
counts_of_query(struct engine *e, const struct query *q, uint64_t *total_r,
	uint64_t *unread_r)
{
	struct folder *all = NULL;
	size_t n = e->store ? store_folders(e->store, 0, &all) : 0;
	bool known = true, *counted = mem_alloc(n + 1, sizeof(*counted));

	*total_r = *unread_r = 0;
	for (size_t i = 0; i < n; i++) {
		const char *role = folder_role_name(all[i].role);
		const char *account = engine_account_name(e, all[i].account);
		uint64_t before = *total_r;

		if (!known || !query_looks_in(q, all[i].name, role, account))
			continue;
		known = query_counts(q, all[i].name, role, account,
			all[i].total, all[i].unread, total_r, unread_r);
		counted[i] = *total_r > before;
		for (size_t j = 0; known && counted[i] && j < i; j++)
			known = !counted[j] || !may_double(&all[i], &all[j]);
	}
	for (size_t i = 0; i < n; i++)
		folder_done(&all[i]);
	free(all);
	free(counted);
	return known;
}
