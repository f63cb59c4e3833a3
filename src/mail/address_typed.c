// SPDX-License-Identifier: GPL-3.0-or-later
// Addresses as a person types them: what is none is kept and named, where mail from
// elsewhere only gives fewer of them.
#include "config.h"

#include "mail/address.h"

#include "base/error.h"
#include "base/str.h"
#include "base/utf8.h"

#include "base/buf.h"

#include <stdlib.h>
#include <string.h>

struct typed {
	size_t len;       // up to the comma behind it
	bool group;       // "friends: a@b, c@d;"
	bool semicolon;   // that ends none
};

// One address or group at s.
static struct typed
typed_one(const char *s)
{
	bool quoted = false, group = false, angle = false;
	struct typed t = {0};

	for (; s[t.len] != '\0'; t.len++) {
		char c = s[t.len];
		if (c == '\\' && s[t.len + 1] != '\0')
			t.len++;
		else if (c == '"')
			quoted = !quoted;
		else if (quoted)
			continue;
		else if (c == '<' || c == '>')
			angle = c == '<';
		else if ((c == ':' || c == ';') && !angle) {
			t.semicolon = t.semicolon || (c == ';' && !group);
			t.group = t.group || (c == ';' && group);
			group = c == ':';
		} else if (c == ',' && !group && !angle)
			break;
	}
	return t;
}

static bool
all_valid(const struct address_list *list)
{
	for (size_t i = 0; i < list->len; i++)
		if (*list->items[i].mail != '\0' && !address_valid(list->items[i].mail))
			return false;
	return true;
}

// A mistake stays as it is: printed and read again it is the same.
static void
add_mistake(struct address_list *list, const char *text)
{
	struct buf safe = {0};

	utf8_filter_line(&safe, text, strlen(text));
	address_list_add(list, NULL, buf_text(&safe));
	buf_done(&safe);
}

static bool
take_one(struct address_list *list, const char *text, const struct typed *t,
	struct error *err)
{
	struct address_list one = {0};

	address_list_parse(&one, text);
	bool single = one.len == 1 && *one.items[0].mail != '\0' && !t->semicolon;
	bool ok = all_valid(&one) && (t->group || single);
	bool several = t->semicolon || (!t->group && one.len > 1);

	for (size_t i = 0; ok && i < one.len; i++)
		address_list_add(list, one.items[i].name, one.items[i].mail);
	address_list_done(&one);
	if (ok)
		return true;
	add_mistake(list, text);
	if (several)
		return error_set(err, ERROR_INPUT, "a comma belongs between addresses: "
			"\"%.100s\"", text);
	return error_set(err, ERROR_INPUT, "\"%.100s\" is no address such as "
		"ann@example.org", text);
}

bool
address_list_typed(struct address_list *list, const char *text, size_t *end_r,
	struct error *err)
{
	bool ok = true;

	for (size_t at = 0; text[at] != '\0' && list->len < ADDRESS_LIST_MAX;) {
		struct typed t = typed_one(text + at);
		char *copy = str_ndup(text + at, t.len), *one = str_trim(copy);
		bool mine = *one == '\0' || take_one(list, one, &t, ok ? err : NULL);

		if (!mine && ok && end_r != NULL)
			*end_r = at + (size_t)(one - copy) + strlen(one);
		ok = ok && mine;
		free(copy);
		at += t.len + (text[at + t.len] == ',');
	}
	return ok;
}
