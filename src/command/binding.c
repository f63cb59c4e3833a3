// SPDX-License-Identifier: GPL-3.0-or-later
// Holds what `bind` said: names of keys to sequences, sequences to commands.
#include "config.h"

#include "command/binding.h"

#include "base/array.h"
#include "base/buf.h"
#include "base/error.h"
#include "base/mem.h"
#include "base/str.h"
#include "base/utf8.h"

#include <stdlib.h>
#include <string.h>
#include <sys/types.h>

const struct key_context key_contexts[] = {
	{ "global", NULL, "everywhere but where text is typed" },
	{ "list", "global", "in every list" },
	{ "index", "list", "in the list of messages" },
	{ "folders", "list", "in the list of folders" },
	{ "attachments", "list", "in the list of what is attached to a message" },
	{ "outbox", "list", "in the list of messages that wait to be sent" },
	{ "pending", "list", "in the list of what has not reached its server" },
	{ "accounts", "list", "in the list of accounts" },
	{ "compose", "list", "on the page of a draft" },
	{ "drafts", "list", "in the list of drafts that are not finished" },
	{ "help", "list", "in the help" },
	{ "output", "global", "where a text is shown that is no message" },
	{ "message", "global", "where a message is read" },
	{ "setup", NULL, "on the page that sets up an account" },
	{ NULL },
};

const struct key_context *
key_context_find(const char *name)
{
	for (const struct key_context *c = key_contexts; c->name != NULL; c++) {
		if (str_equal(c->name, name))
			return c;
	}
	return NULL;
}

// The first name of a key is the one that is printed.
static const struct key_name {
	const char *name;
	uint32_t key;
} key_names[] = {
	{ "Up", KEY_CODE_UP }, { "Down", KEY_CODE_DOWN },
	{ "Left", KEY_CODE_LEFT }, { "Right", KEY_CODE_RIGHT },
	{ "Home", KEY_CODE_HOME }, { "End", KEY_CODE_END },
	{ "PageUp", KEY_CODE_PAGE_UP }, { "PageDown", KEY_CODE_PAGE_DOWN },
	{ "Insert", KEY_CODE_INSERT }, { "Delete", KEY_CODE_DELETE },
	{ "Backspace", KEY_CODE_BACKSPACE }, { "Enter", KEY_CODE_ENTER },
	{ "Tab", KEY_CODE_TAB }, { "S-Tab", KEY_CODE_BACKTAB },
	{ "Esc", KEY_CODE_ESCAPE }, { "Space", ' ' }, { "lt", '<' },
	{ "PgUp", KEY_CODE_PAGE_UP }, { "PgDn", KEY_CODE_PAGE_DOWN },
	{ "Return", KEY_CODE_ENTER }, { "CR", KEY_CODE_ENTER },
	{ "BS", KEY_CODE_BACKSPACE }, { "Del", KEY_CODE_DELETE },
	{ "Ins", KEY_CODE_INSERT }, { "BackTab", KEY_CODE_BACKTAB },
	{ "Escape", KEY_CODE_ESCAPE },
};

static const struct {
	char letter;
	uint32_t bit;
} modifiers[] = {
	{ 'C', KEY_MOD_CTRL }, { 'A', KEY_MOD_ALT }, { 'M', KEY_MOD_ALT },
	{ 'S', KEY_MOD_SHIFT },
};
#define N_OF(table) (sizeof(table) / sizeof((table)[0]))

static bool
key_by_name(const char *name, uint32_t *key_r)
{
	uint32_t c;
	uint64_t n;
	size_t len = strlen(name);

	for (size_t i = 0; i < N_OF(key_names); i++) {
		if (str_equal_nocase(key_names[i].name, name)) {
			*key_r = key_names[i].key;
			return true;
		}
	}
	if ((name[0] == 'F' || name[0] == 'f') && str_to_u64(name + 1, 12, &n) &&
		n >= 1) {
		*key_r = KEY_CODE_F1 + (uint32_t)n - 1;
		return true;
	}
	if (len == 0 || utf8_decode(name, len, &c) != len || c < 0x20 || c == 0x7f ||
		!utf8_valid(name, len))
		return false;
	*key_r = c;
	return true;
}

// What is between < and >.
static bool
key_in_brackets(const char *name, uint32_t *key_r)
{
	uint32_t bits = 0;

	if (key_by_name(name, key_r))
		return true;
	while (name[0] != '\0' && name[1] == '-' && name[2] != '\0') {
		size_t i = 0;

		while (i < N_OF(modifiers) && modifiers[i].letter !=
			(name[0] & ~0x20))
			i++;
		if (i == N_OF(modifiers))
			return false;
		bits |= modifiers[i].bit;
		name += 2;
	}
	if (!key_by_name(name, key_r))
		return false;
	// A terminal sends the same byte for ^X and ^x, and S-x is X.
	if ((bits & KEY_MOD_CTRL) && *key_r >= 'A' && *key_r <= 'Z')
		*key_r |= 0x20;
	if (bits == KEY_MOD_SHIFT && *key_r == KEY_CODE_TAB) {
		*key_r = KEY_CODE_BACKTAB;
		return true;
	}
	if (bits == KEY_MOD_SHIFT && *key_r < KEY_CODE_NAMED) {
		if (*key_r < 'a' || *key_r > 'z')
			return false;
		*key_r -= 0x20;
		return true;
	}
	*key_r |= bits;
	return true;
}

bool
key_sequence_parse(struct key_sequence *s, const char *text, struct error *err)
{
	const char *at = text;

	*s = (struct key_sequence){0};
	while (*at != '\0') {
		uint32_t key;

		if (s->len == BINDING_KEYS_MAX)
			return error_set(err, ERROR_INPUT,
				"%s: more than %d keys", text, BINDING_KEYS_MAX);
		if (*at == '<') {
			const char *end = strchr(at, '>');
			if (end == at + 1)
				end = strchr(end + 1, '>'); // "<>>"
			if (end == NULL)
				return error_set(err, ERROR_INPUT,
					"%s: '<' without '>' (the key itself is <lt>)",
					text);
			char *name = str_ndup(at + 1, (size_t)(end - at) - 1);
			bool known = key_in_brackets(name, &key);
			if (!known)
				error_set(err, ERROR_INPUT, "there is no key <%s>", name);
			free(name);
			if (!known)
				return false;
			at = end + 1;
		} else {
			at += utf8_decode(at, strlen(at), &key);
			if (key < 0x20 || key == 0x7f || key == 0xfffd)
				return error_set(err, ERROR_INPUT,
					"%s: write control keys as <C-x>", text);
		}
		s->keys[s->len++] = key;
	}
	return s->len > 0 || error_set(err, ERROR_INPUT, "no key is named");
}

static const char *
name_of_key(uint32_t key)
{
	for (size_t i = 0; i < N_OF(key_names); i++) {
		if (key_names[i].key == key)
			return key_names[i].name;
	}
	return NULL;
}

static void
print_key(struct buf *out, uint32_t key)
{
	const uint32_t all = KEY_MOD_CTRL | KEY_MOD_ALT | KEY_MOD_SHIFT;
	uint32_t plain = key & ~all;
	const char *name = name_of_key(plain);
	char bytes[4];

	if ((key & all) == 0 && name == NULL && plain < KEY_CODE_NAMED) {
		buf_add(out, bytes, utf8_encode(plain, bytes));
		return;
	}
	buf_char(out, '<');
	for (size_t i = 0; i < N_OF(modifiers); i++) {
		if ((key & modifiers[i].bit) && modifiers[i].letter != 'M')
			buf_printf(out, "%c-", modifiers[i].letter);
	}
	if (name != NULL)
		buf_str(out, name);
	else if (plain >= KEY_CODE_F1)
		buf_printf(out, "F%u", (unsigned)(plain - KEY_CODE_F1 + 1));
	else
		buf_add(out, bytes, utf8_encode(plain, bytes));
	buf_char(out, '>');
}

void
key_sequence_print(struct buf *out, const struct key_sequence *s)
{
	for (size_t i = 0; i < s->len; i++)
		print_key(out, s->keys[i]);
}

// --- the table ------------------------------------------------------------------

struct bindings {
	struct array all; // struct binding *, so that what is lent stays
};

struct bindings *
bindings_new(void)
{
	struct bindings *b = mem_new(struct bindings);

	b->all = ARRAY_OF(struct binding *);
	return b;
}

static void
binding_free(struct binding *b)
{
	free(b->context);
	free(b->block);
	free(b->note);
	free(b->where);
	free(b);
}

static struct binding *
binding_at(const struct bindings *b, size_t at)
{
	return *(struct binding **)array_at(&b->all, at);
}

void
bindings_free(struct bindings **b)
{
	if (*b == NULL)
		return;
	for (size_t i = 0; i < (*b)->all.len; i++)
		binding_free(binding_at(*b, i));
	array_done(&(*b)->all);
	free(*b);
	*b = NULL;
}

static bool
sequence_begins(const struct key_sequence *s, const struct key_sequence *with)
{
	return s->len >= with->len &&
		memcmp(s->keys, with->keys, with->len * sizeof(s->keys[0])) == 0;
}

static bool
sequence_same(const struct key_sequence *a, const struct key_sequence *b)
{
	return a->len == b->len && sequence_begins(a, b);
}

static bool
check_context(const char *context, struct error *err)
{
	if (key_context_find(context) != NULL)
		return true;

	struct buf names = {0};
	for (const struct key_context *c = key_contexts; c->name != NULL; c++)
		buf_printf(&names, "%s%s", c == key_contexts ? "" : " ", c->name);
	error_set(err, ERROR_INPUT, "there is no context \"%s\"; there are: %s",
		context, buf_text(&names));
	buf_done(&names);
	return false;
}

// The index of the same keys in the same context, or -1.
static ssize_t
find_same(const struct bindings *b, const char *context,
	const struct key_sequence *keys)
{
	for (size_t i = 0; i < b->all.len; i++) {
		const struct binding *old = binding_at(b, i);

		if (str_equal(old->context, context) &&
			sequence_same(&old->keys, keys))
			return (ssize_t)i;
	}
	return -1;
}

bool
bindings_set(struct bindings *b, const char *context, const char *keys,
	const char *block, const char *note, bool hint, const char *where,
	struct error *err)
{
	struct key_sequence s;

	if (!check_context(context, err) || !key_sequence_parse(&s, keys, err))
		return false;

	struct binding *new = mem_new(struct binding);
	new->context = str_dup(context);
	new->keys = s;
	new->block = str_dup(block);
	new->note = str_dup(note);
	new->where = str_dup(where);
	new->hint = hint;

	ssize_t at = find_same(b, context, &s);
	if (at >= 0) {
		struct binding **old = array_at(&b->all, (size_t)at);
		binding_free(*old);
		*old = new;
	} else {
		*(struct binding **)array_push(&b->all) = new;
	}
	return true;
}

bool
bindings_unset(struct bindings *b, const char *context, const char *keys,
	struct error *err)
{
	struct key_sequence s;

	if (!check_context(context, err) || !key_sequence_parse(&s, keys, err))
		return false;
	ssize_t at = find_same(b, context, &s);
	if (at < 0)
		return error_set(err, ERROR_INPUT, "%s is not bound in %s", keys,
			context);
	binding_free(binding_at(b, (size_t)at));
	array_remove(&b->all, (size_t)at);
	return true;
}

enum binding_match
bindings_match(const struct bindings *b, const char *context,
	const struct key_sequence *typed, const struct binding **binding_r)
{
	*binding_r = NULL;
	for (const struct key_context *c = key_context_find(context); c != NULL;
		c = c->parent == NULL ? NULL : key_context_find(c->parent)) {
		bool prefix = false;

		for (size_t i = 0; i < b->all.len; i++) {
			const struct binding *one = binding_at(b, i);

			if (!str_equal(one->context, c->name) ||
				!sequence_begins(&one->keys, typed))
				continue;
			if (one->keys.len == typed->len) {
				*binding_r = one;
				return BINDING_FOUND;
			}
			prefix = true;
		}
		if (prefix)
			return BINDING_PREFIX;
	}
	return BINDING_NONE;
}

static bool
shadowed(const struct binding *const *found, size_t n, const struct binding *b)
{
	for (size_t i = 0; i < n; i++) {
		// A shorter one in a nearer context hides all that begin with it.
		if (!str_equal(found[i]->context, b->context) &&
			(sequence_begins(&b->keys, &found[i]->keys) ||
			sequence_begins(&found[i]->keys, &b->keys)))
			return true;
	}
	return false;
}

size_t
bindings_in(const struct bindings *b, const char *context,
	const struct binding ***bindings_r)
{
	const struct binding **found = mem_alloc(b->all.len + 1, sizeof(*found));
	size_t n = 0;

	for (const struct key_context *c = key_context_find(context); c != NULL;
		c = c->parent == NULL ? NULL : key_context_find(c->parent)) {
		size_t nearer = n;

		for (size_t i = 0; i < b->all.len; i++) {
			const struct binding *one = binding_at(b, i);

			if (str_equal(one->context, c->name) &&
				!shadowed(found, nearer, one))
				found[n++] = one;
		}
	}
	*bindings_r = found;
	return n;
}

bool
bindings_print_keys(const struct bindings *b, const char *context,
	const char *command, struct buf *out)
{
	const struct binding **all;
	size_t n = bindings_in(b, context, &all);
	bool found = false;

	for (size_t i = 0; i < n && !found; i++) {
		char *block = str_dup(all[i]->block);
		found = str_equal(str_trim(block), command);
		if (found)
			key_sequence_print(out, &all[i]->keys);
		free(block);
	}
	free(all);
	return found;
}
