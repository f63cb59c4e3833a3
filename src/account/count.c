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
	for (size_t i = 0; i < SYNC_DOUBTS_MAX; i++)
		if (s->doubts[i] == folder)
			return true;
	return false;
}

// Forgets what was noted of the folder's unread, unless it is of these numbers.
static void
odd_unread_prune(struct sync *s, uint32_t folder, uint32_t there, uint32_t here)
{
	for (unsigned i = 0; i < s->n_odd && i < SYNC_ODD_MAX; i++) {
		struct sync_odd *odd = &s->odd[i];
		if (odd->folder == folder && odd->unread &&
		    (odd->here != here || odd->there != there))
			*odd = (struct sync_odd){0};
	}
}

// All flags were compared: what is unread here now is what the server lists, however
// it counts.
static void
odd_unread_compared(struct sync *s, uint32_t folder, uint32_t here)
{
	for (unsigned i = 0; i < s->n_odd && i < SYNC_ODD_MAX; i++)
		if (s->odd[i].folder == folder && s->odd[i].unread)
			s->odd[i].here = here;
}

void
count_trust_flags(struct sync *s, uint32_t folder)
{
	struct folder f;

	for (size_t i = 0; i < SYNC_DOUBTS_MAX; i++)
		if (s->doubts[i] == folder)
			s->doubts[i] = 0;
	if (!store_folder(s->store, folder, &f))
		return;
	odd_unread_compared(s, folder, f.unread);
	folder_done(&f);
}

// Where all places are taken the folder's turn comes with a later list.
static bool
count_doubt(struct sync *s, uint32_t folder)
{
	if (count_doubts_flags(s, folder))
		return true;
	for (size_t i = 0; i < SYNC_DOUBTS_MAX; i++) {
		if (s->doubts[i] != 0)
			continue;
		s->doubts[i] = folder;
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

// The server's count of unread is worth a comparison of all flags, but only once
// for each pair of numbers: some servers count other than they list.
static bool
unread_differs(struct sync *s, const struct folder *f, uint32_t unseen,
	bool has_modseq)
{
	struct sync_odd odd = {
		.folder = f->id, .there = unseen, .here = f->unread,
		.unread = true,
	};

	odd_unread_prune(s, f->id, unseen, f->unread);
	if (unseen == f->unread || something_waits(s) || odd_known(s, &odd))
		return false;
	// Else flags are compared at each sync in any case.
	if (has_modseq && !count_doubt(s, f->id))
		return false;
	odd_add(s, &odd);
	return true;
}

bool
sync_folder_changed(struct sync *s, const struct folder *f,
	const struct remote_folder *told, bool full)
{
	bool modseq = told->highestmodseq != 0;
	bool labels = full && modseq && f->uidnext > 1 &&
		s->driver->abilities(s->remote) & REMOTE_LABELS && count_doubt(s, f->id);
	if (labels || !same_state(f, told))
		return true;
	// A flag changed without a MODSEQ, or there are none.
	return (modseq ? told->highestmodseq != f->highestmodseq : full) ||
		unread_differs(s, f, told->unseen, modseq);
}

bool
sync_folder_news(struct sync *s, const struct folder *f,
	const struct remote_folder *told)
{
	unsigned has = told->told;

	if (f->lowest_uid == 0 ||
	    ((has & REMOTE_COUNT_UIDVALIDITY) && told->uidvalidity != f->uidvalidity) ||
	    ((has & REMOTE_COUNT_UIDNEXT) && told->uidnext != f->uidnext) ||
	    ((has & REMOTE_COUNT_MESSAGES) && told->messages != f->remote_exists))
		return true;
	if ((has & REMOTE_COUNT_MODSEQ) && told->highestmodseq != 0)
		return told->highestmodseq != f->highestmodseq;
	return (has & REMOTE_COUNT_UNSEEN) &&
		unread_differs(s, f, told->unseen, false);
}
