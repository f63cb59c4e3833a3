// SPDX-License-Identifier: GPL-3.0-or-later
// Servers forget to tell, and some count wrong. A count that differs is worth one
// comparison; one that differs after it is said and left alone.
#include "config.h"

#include "account/count.h"

#include "account/sync.h"
#include "base/log.h"
#include "base/str.h"
#include "remote/remote.h"
#include "store/folders.h"
#include "store/pending.h"

#include <stdlib.h>

static bool
odd_known(const struct sync *s, const struct sync_odd *odd)
{
	for (unsigned i = 0; i < s->n_odd && i < SYNC_ODD_MAX; i++)
		if (s->odd[i].folder == odd->folder &&
		    s->odd[i].there == odd->there &&
		    s->odd[i].here == odd->here && s->odd[i].unread == odd->unread)
			return true;
	return false;
}

static void
odd_add(struct sync *s, const struct sync_odd *odd)
{
	s->odd[s->n_odd++ % SYNC_ODD_MAX] = *odd;
}

static bool
something_waits(struct sync *s)
{
	return store_operations_count(s->store, s->account) > 0;
}

// --- how many there are -----------------------------------------------------------------

bool
count_is_new(struct sync *s, const struct folder *f, uint32_t exists)
{
	struct sync_odd odd = { .folder = f->id, .there = exists, .here = f->total };

	return f->lowest_uid == 1 && f->total != exists && !s->visit.noticed &&
		!something_waits(s) && !odd_known(s, &odd);
}

void
count_check(struct sync *s, uint32_t folder)
{
	struct folder f;

	if (s->stopped || s->visit.compare != 0 ||
	    !store_folder(s->store, folder, &f))
		return;
	if (count_is_new(s, &f, s->visit.exists)) {
		s->visit.doubted = true;
		s->visit.compare = REMOTE_FETCH_UIDS;
		s->visit.compared = f.uidnext;
	}
	folder_done(&f);
}

void
count_compared(struct sync *s, uint32_t folder)
{
	struct sync_odd odd = { .folder = folder, .there = s->visit.exists };
	struct folder f;
	char *text;

	s->visit.doubted = false;
	if (something_waits(s) || !store_folder(s->store, folder, &f))
		return;
	odd.here = f.total;
	if (odd.here == odd.there) {
		text = str_printf("%s: what was here did not agree with the %u "
			"messages that the server counts; mended", f.name, odd.there);
	} else {
		odd_add(s, &odd);
		text = str_printf("%s: the server counts %u messages but shows %u",
			f.name, odd.there, odd.here);
	}
	log_info("%s", text);
	if (s->notice != NULL)
		s->notice(s->arg, text);
	free(text);
	folder_done(&f);
}

// --- how many are unread ------------------------------------------------------------------

bool
count_doubts_flags(const struct sync *s, uint32_t folder)
{
	for (size_t i = 0; i < SYNC_ODD_MAX; i++)
		if (s->doubts[i] == folder)
			return true;
	return false;
}

void
count_trust_flags(struct sync *s, uint32_t folder)
{
	for (size_t i = 0; i < SYNC_ODD_MAX; i++)
		if (s->doubts[i] == folder)
			s->doubts[i] = 0;
}

// Where all places are taken the folder's turn comes with a later list.
static bool
count_doubt(struct sync *s, const struct sync_odd *odd)
{
	for (size_t i = 0; i < SYNC_ODD_MAX; i++) {
		if (s->doubts[i] != 0)
			continue;
		s->doubts[i] = odd->folder;
		odd_add(s, odd);
		return true;
	}
	return false;
}

static bool
same_state(const struct folder *f, const struct remote_folder *told)
{
	return told->has_status && f->lowest_uid == 1 &&
		f->uidvalidity == told->uidvalidity &&
		f->uidnext == told->uidnext &&
		f->remote_exists == told->messages;
}

bool
sync_folder_changed(struct sync *s, const struct folder *f,
	const struct remote_folder *told, bool full)
{
	struct sync_odd odd = {
		.folder = f->id, .there = told->unseen, .here = f->unread,
		.unread = true,
	};

	if (!same_state(f, told))
		return true;
	bool unread = odd.there != odd.here && !something_waits(s);
	if (told->highestmodseq == 0)
		return full || unread;
	if (told->highestmodseq != f->highestmodseq)
		return true;
	// A flag changed without a MODSEQ.
	return unread && !odd_known(s, &odd) && count_doubt(s, &odd);
}
