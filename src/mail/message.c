// SPDX-License-Identifier: GPL-3.0-or-later
// Releasing messages, and the one rule for their place in time.
#include "config.h"

#include "mail/message.h"

#define DATE_SANE_MIN INT64_C(315532800) // 1980: before it no mail has a date
#define DATE_AHEAD_MAX (24 * 60 * 60)    // a wrong zone, not a wrong clock

void
message_done(struct message *m)
{
	flags_done(&m->flags);
	envelope_done(&m->envelope);
	*m = (struct message){0};
}

int64_t
message_date(const struct message *m)
{
	int64_t date = m->envelope.date;

	if (m->received == 0)
		return date;
	if (date < DATE_SANE_MIN || date > m->received + DATE_AHEAD_MAX)
		return m->received;
	return date;
}
