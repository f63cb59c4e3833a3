// SPDX-License-Identifier: GPL-3.0-or-later
// Writes sizes as people read them, and breaks lines.
#include "config.h"

#include "ui/text.h"

#include <stdio.h>
#include <string.h>
#include "base/mem.h"
#include "base/str.h"
#include "base/utf8.h"

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

size_t
text_break(const char *text, int cells)
{
	size_t fits = utf8_fit(text, cells, NULL), at = fits;
	int wide;

	if (!text[fits])
		return fits;
	while (at > 0 && text[at] != ' ')
		at--;
	if (at > 0)
		return at;
	return fits > 0 ? fits : utf8_cluster(text, strlen(text), &wide);
}

const char **
text_choices(const struct strlist *words)
{
	const char **choices = mem_alloc(words->len + 1, sizeof *choices);

	for (size_t i = 0; i < words->len; i++)
		choices[i] = words->items[i];
	choices[words->len] = NULL;
	return choices;
}
