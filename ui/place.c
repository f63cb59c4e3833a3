// SPDX-License-Identifier: GPL-3.0-or-later
// What was open, kept in the journal so that the next start shows it again: a
// line for each view, its name and what it was opened on.
#include "config.h"

#include "ui/app.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include "base/error.h"
#include "engine.h"
#include "store/store.h"

#define PLACE_NAME "screen"

void
place_save(struct app *a)
{
	struct buf out = {0};

	buf_printf(&out, "wish %d %d\n", a->sidebar_wish, a->split_wish);
	for (size_t i = 0; i < a->n_views; i++) {
		struct view *v = a->views[i];
		struct buf one = {0};

		if (v->ops->save)
			v->ops->save(v, &one);
		if (one.len > 0)
			buf_printf(&out, "view %s %s\n", v->ops->name, one.data);
		buf_done(&one);
	}
	if (a->engine->store)
		store_state_post(a->engine->store, PLACE_NAME, out.data, out.len);
	buf_done(&out);
}

static void
place_line(struct app *a, const char *line)
{
	char name[32];
	int at = 0;

	if (sscanf(line, "wish %d %d", &a->sidebar_wish, &a->split_wish) == 2)
		return;
	if (sscanf(line, "view %31s %n", name, &at) == 1 && at > 0)
		app_open(a, name, line + at, NULL);
}

bool
place_restore(struct app *a)
{
	struct buf in = {0};
	struct strlist lines = {0};

	if (store_state_get(a->engine->store, PLACE_NAME, &in))
		strlist_split(&lines, buf_text(&in), '\n');
	for (size_t i = 0; i < lines.len; i++)
		place_line(a, lines.items[i]);
	strlist_done(&lines);
	buf_done(&in);
	// Everything else stands on an index.
	if (!app_find(a, "index"))
		return false;
	return true;
}
