// SPDX-License-Identifier: GPL-3.0-or-later
// Keeps the colours that the configuration gave.
#include "config.h"

#include "command/colour.h"

#include "base/array.h"
#include "base/buf.h"
#include "base/error.h"
#include "base/mem.h"
#include "base/str.h"
#include "base/when.h"
#include "mail/query.h"

#include <stdlib.h>
#include <string.h>

static const char *const colour_names[] = {
	"black", "red", "green", "yellow", "blue", "magenta", "cyan", "white",
	"bright-black", "bright-red", "bright-green", "bright-yellow",
	"bright-blue", "bright-magenta", "bright-cyan", "bright-white",
};

static const struct {
	const char *name;
	unsigned bit;
} attributes[] = {
	{ "bold", COLOUR_BOLD }, { "dim", COLOUR_DIM },
	{ "italic", COLOUR_ITALIC }, { "underline", COLOUR_UNDERLINE },
	{ "reverse", COLOUR_REVERSE }, { "strike", COLOUR_STRIKE },
	{ "normal", 0 },
};
#define N_OF(table) (sizeof(table) / sizeof((table)[0]))

static bool
parse_rgb(const char *word, int *colour_r)
{
	if (word[0] != '#' || strlen(word) != 7 ||
		strspn(word + 1, "0123456789abcdefABCDEF") != 6)
		return false;
	*colour_r = COLOUR_RGB + (int)strtoul(word + 1, NULL, 16);
	return true;
}

static bool
parse_colour(const char *word, int *colour_r)
{
	uint64_t n;

	for (size_t i = 0; i < N_OF(colour_names); i++) {
		if (str_equal(colour_names[i], word)) {
			*colour_r = (int)i;
			return true;
		}
	}
	if (str_equal(word, "default")) {
		*colour_r = COLOUR_DEFAULT;
		return true;
	}
	if (str_to_u64(word, 255, &n)) {
		*colour_r = (int)n;
		return true;
	}
	return parse_rgb(word, colour_r);
}

static bool
parse_word(struct colour_style *s, const char *word, bool background,
	struct error *err)
{
	int *colour = background ? &s->background : &s->foreground;

	for (size_t i = 0; !background && i < N_OF(attributes); i++) {
		if (str_equal(attributes[i].name, word)) {
			s->attributes |= attributes[i].bit;
			return true;
		}
	}
	return parse_colour(word, colour) || error_set(err, ERROR_INPUT,
		"\"%s\" is no colour and no attribute (see: help colour)", word);
}

bool
colour_style_parse(struct colour_style *s, const char *text, struct error *err)
{
	struct strlist words = {0};
	bool ok = true;

	*s = (struct colour_style){ COLOUR_NONE, COLOUR_NONE, 0 };
	strlist_split(&words, text, ' ');
	for (size_t i = 0; ok && i < words.len; i++) {
		bool on = str_equal(words.items[i], "on");

		if (on && i + 1 == words.len)
			ok = error_set(err, ERROR_INPUT, "a colour is missing behind \"on\"");
		else
			ok = parse_word(s, words.items[on ? i + 1 : i], on, err);
		i += on;
	}
	if (ok && words.len == 0)
		ok = error_set(err, ERROR_INPUT, "no colour is named");
	strlist_done(&words);
	return ok;
}

static void
print_colour(struct buf *out, int colour)
{
	if (colour == COLOUR_DEFAULT)
		buf_str(out, "default");
	else if (colour >= COLOUR_RGB)
		buf_printf(out, "#%06x", (unsigned)(colour - COLOUR_RGB));
	else if (colour < (int)N_OF(colour_names))
		buf_str(out, colour_names[colour]);
	else
		buf_printf(out, "%d", colour);
}

void
colour_style_print(struct buf *out, const struct colour_style *s)
{
	size_t start = out->len;

	for (size_t i = 0; i < N_OF(attributes); i++) {
		if (s->attributes & attributes[i].bit)
			buf_printf(out, "%s%s", out->len > start ? " " : "",
				attributes[i].name);
	}
	if (s->foreground != COLOUR_NONE) {
		buf_str(out, out->len > start ? " " : "");
		print_colour(out, s->foreground);
	}
	if (s->background != COLOUR_NONE) {
		buf_str(out, out->len > start ? " on " : "on ");
		print_colour(out, s->background);
	}
	if (out->len == start)
		buf_str(out, "normal");
}

struct colours {
	struct array rules;   // struct colour_rule
	uint64_t version;
};

struct colours *
colours_new(void)
{
	struct colours *c = mem_new(struct colours);

	c->rules = ARRAY_OF(struct colour_rule);
	return c;
}

static void
rule_done(struct colour_rule *r)
{
	free(r->element);
	query_free(&r->query);
	free(r->query_text);
	free(r->where);
}

void
colours_free(struct colours **c)
{
	if (*c == NULL)
		return;
	for (size_t i = 0; i < (*c)->rules.len; i++)
		rule_done(array_at(&(*c)->rules, i));
	array_done(&(*c)->rules);
	free(*c);
	*c = NULL;
}

bool
colours_set(struct colours *c, const char *element, const char *query,
	const char *style, const char *where, struct error *err)
{
	struct colour_rule new = {0};

	if (!colour_style_parse(&new.style, style, err))
		return false;
	if (query != NULL && !query_parse(&new.query, query, when_now(), err))
		return false;
	new.element = str_dup(element);
	new.query_text = str_dup(query);
	new.where = str_dup(where);
	c->version++;
	for (size_t i = 0; i < c->rules.len; i++) {
		struct colour_rule *old = array_at(&c->rules, i);

		if (str_equal(old->element, element) &&
			str_equal(old->query_text, query)) {
			rule_done(old);
			array_remove(&c->rules, i);
			break;
		}
	}
	*(struct colour_rule *)array_push(&c->rules) = new;
	return true;
}

const struct colour_rule *
colours_all(const struct colours *c, size_t *n_r)
{
	*n_r = c->rules.len;
	return c->rules.items;
}

uint64_t
colours_version(const struct colours *c)
{
	return c->version;
}
