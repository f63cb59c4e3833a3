// SPDX-License-Identifier: GPL-3.0-or-later
// Writes sizes as people read them.
#include "config.h"

#include "ui/text.h"

#include <stdio.h>

void
text_size(char *out, size_t size, uint64_t bytes)
{
	static const char units[] = " kMGTPE";
	double value = (double)bytes;
	int unit = 0;

	while (value >= 999.5 && units[unit + 1]) {
		value /= 1024;
		unit++;
	}
	if (unit == 0)
		snprintf(out, size, "%u", (unsigned)bytes);
	else
		snprintf(out, size, value < 9.95 ? "%.1f%c" : "%.0f%c", value, units[unit]);
}
