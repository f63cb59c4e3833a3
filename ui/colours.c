// SPDX-License-Identifier: GPL-3.0-or-later
// Hands the rules of `colour` to the screen, and finds the one that a message of
// the index fulfils.
#include "config.h"

#include "ui/colours.h"

#include "base/str.h"
#include "command/colour.h"
#include "engine.h"
#include "mail/message.h"
#include "mail/query.h"
#include "store/folders.h"
#include "ui/app.h"

void
colours_apply(struct app *a)
{
	uint64_t version = colours_version(a->engine->colours);
	size_t n;
	const struct colour_rule *rules = colours_all(a->engine->colours, &n);

	if (version == a->colours_version)
		return;
	a->colours_version = version;
	screen_forget_looks(a->screen);
	for (size_t i = 0; i < n; i++) {
		enum style style;

		if (rules[i].query)
			screen_set_colour(a->screen, (int)i, &rules[i].style);
		else if (style_from_name(rules[i].element, &style))
			screen_set_style(a->screen, style, &rules[i].style);
		else
			app_notice(a, SAY_ERROR, "%s: there is no element \"%s\" to colour",
				str_or_empty(rules[i].where), rules[i].element);
	}
	app_draw_all(a);
}

int
colours_of_message(struct app *a, const struct message *m, const struct folder *f)
{
	size_t n;
	const struct colour_rule *rules = colours_all(a->engine->colours, &n);
	struct query_subject subject = {
		.message = m, .folder = f ? f->name : NULL,
		.role = f ? folder_role_name(f->role) : NULL,
		.account = engine_account_name(a->engine, m->account),
	};

	for (size_t i = n; i > 0; i--) {
		const struct colour_rule *rule = &rules[i - 1];

		if (rule->query && str_equal(rule->element, "index") &&
		    query_match(rule->query, &subject))
			return (int)i;
	}
	return 0;
}
