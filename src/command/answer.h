// SPDX-License-Identifier: GPL-3.0-or-later
// One answer of a command: named values in order, and the line that people see.
// Printed as that line or as one JSON object.
#ifndef COMMAND_ANSWER_H
#define COMMAND_ANSWER_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

struct answer;
struct buf;
struct strlist;

struct answer *answer_new(void);
void answer_free(struct answer **a);
// The values: UTF-8, copied; NULL becomes JSON null.
void answer_str(struct answer *a, const char *name, const char *value);
void answer_u64(struct answer *a, const char *name, uint64_t value);
void answer_bool(struct answer *a, const char *name, bool value);
void answer_strs(struct answer *a, const char *name, const struct strlist *values);
// A value that is JSON already (an array of objects).
void answer_raw(struct answer *a, const char *name, const char *json);
// Bytes handed on as they are (a raw message): printed verbatim where the output
// is no terminal. Not in the JSON.
void answer_bytes(struct answer *a, const void *data, size_t len);
// NULL when there are none.
const void *answer_data(const struct answer *a, size_t *len_r);
// The line, or several, for people; not in the JSON unless named too. A second
// call appends.
void answer_text(struct answer *a, const char *format, ...)
	__attribute__((format(printf, 2, 3)));
const char *answer_line(const struct answer *a);
void answer_json(struct buf *out, const struct answer *a);
// Appends s as a JSON string with quotes; broken UTF-8 is replaced.
void json_string(struct buf *out, const char *s);

#endif
