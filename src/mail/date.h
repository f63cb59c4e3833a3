// SPDX-License-Identifier: GPL-3.0-or-later
// The usual form of a Date: field, read without GMime. Private to this folder.
#ifndef MAIL_DATE_H
#define MAIL_DATE_H

#include <stdbool.h>
#include <stdint.h>

// RFC 5322 section 3.3, with the zone names of section 4.3; comments may follow.
// False for anything else, which may still be a date.
bool date_parse(const char *s, int64_t *when_r, int *offset_r);

#endif
