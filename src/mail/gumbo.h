// SPDX-License-Identifier: GPL-3.0-or-later
// gumbo for the html files that read a page, loaded by the first call as gmime.h says.
#ifndef MAIL_GUMBO_H
#define MAIL_GUMBO_H

#include "base/door.h"

#include <gumbo.h>

#define GUMBO_FUNCTIONS(X) X(gumbo_get_attribute) X(gumbo_parse_with_options)

struct gumbo_table {
	struct door_stamp stamp;   // first
	GUMBO_FUNCTIONS(DOOR_MEMBER)
	const GumboOptions *defaults;
};
extern const struct gumbo_table gumbo_table;   // only where it is linked (doors.c)

const struct gumbo_table *gumbo_door(void);    // never NULL; any thread

#ifndef DOOR_TABLES
#define gumbo_get_attribute (gumbo_door()->gumbo_get_attribute)
#define gumbo_parse_with_options (gumbo_door()->gumbo_parse_with_options)
#define kGumboDefaultOptions (*gumbo_door()->defaults)
#endif

#endif
