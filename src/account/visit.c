// SPDX-License-Identifier: GPL-3.0-or-later
// A folder becomes the current one of a connection: the moment in which a server
// tells what happened since the last time.
#include "config.h"

#include "account/visit.h"

#include "account/sync.h"
#include "account/take.h"
#include "base/error.h"
#include "base/str.h"
#include "store/folders.h"

#include <stdlib.h>

bool
sync_go_on(struct sync *s, const char *what)
{
	if (s->step != NULL && !s->step(s->arg, what))
		s->stopped = true;
	return !s->stopped;
}

void
visit_forget(struct sync *s)
{
	s->selected = 0;
	s->visit = (struct sync_visit){0};
}

char *
visit_name(struct sync *s, const struct folder *f)
{
	// One that was made here has no spelling of the server's yet.
	if (!str_empty(f->remote_name) && !(f->attributes & FOLDER_NEW))
		return str_dup(f->remote_name);
	return s->driver->folder_name(s->remote, f->name);
}

static bool
folder_get(struct sync *s, uint32_t folder, struct folder *f_r, char **name_r,
	struct error *err)
{
	*name_r = NULL;
	if (!store_folder_any(s->store, folder, f_r))
		return error_set(err, ERROR_GONE, "the folder is no longer there");
	if (f_r->account == s->account && !(f_r->attributes & FOLDER_NOSELECT))
		*name_r = visit_name(s, f_r);
	if (*name_r != NULL)
		return true;
	error_set(err, ERROR_REFUSED, "%s holds no messages", f_r->name);
	folder_done(f_r);
	return false;
}

bool
visit_select(struct sync *s, uint32_t folder, struct folder *f_r,
	struct remote_state *st_r, struct take *t, struct error *err)
{
	char *name;

	if (!folder_get(s, folder, f_r, &name, err))
		return false;
	struct remote_known known = {
		.uidvalidity = f_r->uidvalidity,
		.highestmodseq = f_r->highestmodseq,
		.uidnext = f_r->uidnext,
	};
	// A server tells changes only where it shares our UIDVALIDITY.
	take_init(t, s, folder, f_r->uidvalidity);
	struct remote_sink sink = take_sink(t);
	*st_r = (struct remote_state){0};
	visit_forget(s);
	bool ok = s->driver->select(s->remote, name, &known, st_r, &sink, err) &&
		rights_keep(s, f_r, st_r, err);
	free(name);
	if (!ok) {
		take_done(t);
		folder_done(f_r);
		return false;
	}
	s->selected = folder;
	s->visit.uidvalidity = st_r->uidvalidity;
	return true;
}

bool
visit_reselect(struct sync *s, uint32_t folder, uint32_t *uidvalidity_r,
	struct error *err)
{
	struct remote_state st = {0};
	struct remote_sink none = {0};
	struct folder f;
	char *name;

	if (!folder_get(s, folder, &f, &name, err))
		return false;
	visit_forget(s);
	bool ok = s->driver->select(s->remote, name, &(struct remote_known){0},
		&st, &none, err) && rights_keep(s, &f, &st, err);
	if (ok) {
		s->selected = folder;
		s->visit.uidvalidity = st.uidvalidity;
		*uidvalidity_r = st.uidvalidity;
	}
	free(name);
	folder_done(&f);
	return ok;
}

bool
visit_use(struct sync *s, uint32_t folder, uint32_t uidvalidity,
	struct error *err)
{
	struct folder f;
	uint32_t found;

	if (uidvalidity == 0 && store_folder_any(s->store, folder, &f)) {
		uidvalidity = f.uidvalidity;
		folder_done(&f);
	}
	if (s->selected != folder && !visit_reselect(s, folder, &found, err))
		return false;
	if (s->visit.uidvalidity == uidvalidity)
		return true;
	return error_set(err, ERROR_GONE, "the folder was made anew on the server");
}
