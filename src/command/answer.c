// SPDX-License-Identifier: GPL-3.0-or-later
// Gathers what a command answers once, so that people and programs read the same.
#include "config.h"

#include "command/answer.h"

#include "base/buf.h"
#include "base/mem.h"
#include "base/str.h"
#include "base/utf8.h"

#include <inttypes.h>
#include <stdlib.h>
#include <string.h>

struct answer {
	struct buf values;   // "name":value, joined by commas
	struct buf text;
	struct buf data;
	bool has_data;
};

struct answer *
answer_new(void)
{
	return mem_new(struct answer);
}

void
answer_free(struct answer **a)
{
	if (*a == NULL)
		return;
	buf_done(&(*a)->values);
	buf_done(&(*a)->text);
	buf_done(&(*a)->data);
	free(*a);
	*a = NULL;
}

static void
json_character(struct buf *out, uint32_t c)
{
	static const char *const named[] = {
		['\b'] = "\\b", ['\t'] = "\\t", ['\n'] = "\\n", ['\f'] = "\\f",
		['\r'] = "\\r", ['"'] = "\\\"", ['\\'] = "\\\\",
	};
	char bytes[4];

	if (c < sizeof(named) / sizeof(named[0]) && named[c] != NULL)
		buf_str(out, named[c]);
	else if (c < 0x20 || (c >= 0x7f && c < 0xa0))
		// C1 too: an object may be printed on a terminal.
		buf_printf(out, "\\u%04x", (unsigned)c);
	else
		buf_add(out, bytes, utf8_encode(c, bytes));
}

void
json_string(struct buf *out, const char *s)
{
	size_t left = strlen(s);

	buf_char(out, '"');
	while (left > 0) {
		uint32_t c;
		size_t used = utf8_decode(s, left, &c);

		json_character(out, c);
		s += used;
		left -= used;
	}
	buf_char(out, '"');
}

static struct buf *
value_begin(struct answer *a, const char *name)
{
	if (a->values.len > 0)
		buf_char(&a->values, ',');
	json_string(&a->values, name);
	buf_char(&a->values, ':');
	return &a->values;
}

void
answer_str(struct answer *a, const char *name, const char *value)
{
	struct buf *out = value_begin(a, name);

	if (value == NULL)
		buf_str(out, "null");
	else
		json_string(out, value);
}

void
answer_u64(struct answer *a, const char *name, uint64_t value)
{
	buf_printf(value_begin(a, name), "%" PRIu64, value);
}

void
answer_bool(struct answer *a, const char *name, bool value)
{
	buf_str(value_begin(a, name), value ? "true" : "false");
}

void
answer_strs(struct answer *a, const char *name, const struct strlist *values)
{
	struct buf *out = value_begin(a, name);

	buf_char(out, '[');
	for (size_t i = 0; i < values->len; i++) {
		if (i > 0)
			buf_char(out, ',');
		json_string(out, values->items[i]);
	}
	buf_char(out, ']');
}

void
answer_raw(struct answer *a, const char *name, const char *json)
{
	buf_str(value_begin(a, name), json);
}

void
answer_bytes(struct answer *a, const void *data, size_t len)
{
	buf_add(&a->data, data, len);
	a->has_data = true;
}

const void *
answer_data(const struct answer *a, size_t *len_r)
{
	*len_r = a->data.len;
	return a->has_data ? buf_text(&a->data) : NULL;
}

void
answer_text(struct answer *a, const char *format, ...)
{
	va_list ap;

	va_start(ap, format);
	buf_vprintf(&a->text, format, ap);
	va_end(ap);
}

const char *
answer_line(const struct answer *a)
{
	return buf_text(&a->text);
}

void
answer_json(struct buf *out, const struct answer *a)
{
	buf_char(out, '{');
	buf_add(out, buf_text(&a->values), a->values.len);
	buf_char(out, '}');
}
