// SPDX-License-Identifier: GPL-3.0-or-later
// Gives each key to whoever waits for it: the line being typed, a question, or
// the bindings of the view that has the focus.
#include "config.h"

#include "ui/app.h"

#include <stdlib.h>
#include <string.h>
#include "base/error.h"
#include "base/mem.h"
#include "base/utf8.h"
#include "command/answer.h"
#include "command/binding.h"
#include "command/command.h"
#include "command/script.h"
#include "engine.h"
#include "store/folders.h"
#include "ui/child.h"
#include "ui/complete.h"
#include "ui/people.h"
#include "ui/term/keys.h"
#include "ui/widget/palette.h"
#include "ui/widget/prompt.h"

#define INPUT_LABEL_MAX 40

// --- questions -------------------------------------------------------------------

static void
question_done(struct app_question *q)
{
	free(q->text);
	free(q->initial);
	free(q->complete);
	strlist_done(&q->choices);
}

// The first question has its answer; the next one is put by whoever called.
static void
input_answer(struct app *a, const char *answer)
{
	struct app_question q = *(struct app_question *)array_at(&a->questions, 0);

	array_remove(&a->questions, 0);
	said_read(a);   // what was wrong with the answer before
	app_draw_all(a);
	q.answered(q.arg, answer);
	question_done(&q);
}

static void
input_answered(void *arg, const char *text)
{
	input_answer(arg, text);
}

static void
input_choices(void *arg, const char *text, struct strlist *words,
	struct strlist *helps, size_t *start_r)
{
	struct app *a = arg;
	const struct app_question *q = array_at(&a->questions, 0);

	(void)text;
	(void)helps;
	*start_r = 0;
	strlist_copy(words, &q->choices);
}

static void
input_folders(void *arg, const char *text, struct strlist *words,
	struct strlist *helps, size_t *start_r)
{
	(void)text;
	*start_r = 0;
	complete_folders(arg, words, helps);
}

static void
input_paths(void *arg, const char *text, struct strlist *words,
	struct strlist *helps, size_t *start_r)
{
	(void)arg;
	(void)helps;
	complete_paths(text, words, start_r);
}

static void
input_addresses(void *arg, const char *text, struct strlist *words,
	struct strlist *helps, size_t *start_r)
{
	(void)helps;
	complete_addresses(arg, text, words, start_r);
}

// What is offered beside a text is taken where nothing was typed.
static enum palette_pick
palette_picks_unasked(void *arg, const char *text, size_t start)
{
	(void)arg;
	(void)text;
	(void)start;
	return PALETTE_PICKS_FIRST;
}

static void
input_put_choice(struct app *a, const struct app_question *q)
{
	a->palette = palette_new(&(struct palette_settings){
		.label = q->text, .initial = q->initial, .finished = input_answered,
		.complete = q->kind == QUESTION_CHOICE || q->choices.len > 0
			? input_choices : input_folders,
		.only = q->kind == QUESTION_CHOICE,
		.picks = q->kind == QUESTION_TEXT ? palette_picks_unasked : NULL,
		.arg = a,
	});
}

// A long question stands above the line in which it is answered.
bool
input_is_long(const char *text)
{
	return utf8_cells(text) > INPUT_LABEL_MAX;
}

static void
input_put_text(struct app *a, const struct app_question *q)
{
	if (str_equal(q->complete, "address"))
		people_gather(a);
	a->prompt = prompt_new(&(struct prompt_settings){
		.label = input_is_long(q->text) ? "> " : q->text,
		.initial = q->initial, .at = q->at,
		.secret = q->kind == QUESTION_SECRET,
		.bare = str_equal(q->complete, "path"),
		.as_typed = str_equal(q->complete, "address"),
		.complete = str_equal(q->complete, "path") ? input_paths
			: str_equal(q->complete, "address") ? input_addresses : NULL,
		.finished = input_answered, .arg = a,
	});
}

// Puts the first question if nothing else is being typed. A yes or no needs no
// line: input_key looks at the question itself.
void
input_next_question(struct app *a)
{
	if (a->prompt || a->palette || a->questions.len == 0)
		return;
	const struct app_question *q = array_at(&a->questions, 0);

	a->dirty_lines = true;
	if (q->kind == QUESTION_CHOICE ||
	    (q->kind == QUESTION_TEXT && (q->choices.len > 0 ||
	    str_equal(q->complete, "folder"))))
		input_put_choice(a, q);
	else if (q->kind != QUESTION_YES_NO)
		input_put_text(a, q);
}

void
app_ask(struct app *a, const struct question *q,
	void (*answered)(void *arg, const char *answer), void *arg)
{
	struct app_question *mine = array_push(&a->questions);

	mine->kind = q->kind;
	mine->text = str_printf("%s%s", q->text,
		str_has_suffix(q->text, " ") || q->kind == QUESTION_YES_NO ? "" : " ");
	mine->initial = str_dup(q->initial);
	mine->at = q->at;
	mine->complete = str_dup(q->complete);
	for (size_t i = 0; q->choices && q->choices[i]; i++)
		strlist_add(&mine->choices, q->choices[i]);
	mine->answered = answered;
	mine->arg = arg;
	a->dirty_lines = true;
	input_next_question(a);
}

// The screen goes: nobody will answer.
void
input_done(struct app *a)
{
	prompt_free(&a->prompt);
	palette_free(&a->palette);
	while (a->questions.len > 0)
		input_answer(a, NULL);
}

static void
input_yes_no(struct app *a, uint32_t key)
{
	if (key == 'y' || key == 'Y')
		input_answer(a, "yes");
	else if (key == 'n' || key == 'N')
		input_answer(a, "no");
	else if (key == KEY_CODE_ESCAPE || key == ('c' | KEY_MOD_CTRL) || key == 'q')
		input_answer(a, NULL);
}

// --- the command line ----------------------------------------------------------------

// What is sought in the help; NULL: something else is typed. It is no query, and no
// more than the letters of it are wanted to see what is found.
static const char *
palette_sought_help(const struct app *a, const char *text)
{
	return app_focus(a)->ops == &view_help && str_has_prefix(text, "limit ")
		? text + strlen("limit ") : NULL;
}

static void
palette_typed(void *arg, const char *text)
{
	struct app *a = arg;
	const char *sought = palette_sought_help(a, text);
	struct error err;

	if (sought)
		app_verb(a, "limit", sought, &err);
}

static void
palette_accepted(void *arg, const char *text)
{
	struct app *a = arg;
	struct error err;

	app_draw_all(a);
	if (!text && app_focus(a)->ops == &view_help)
		app_verb(a, "limit", NULL, &err);
	said_read(a);
	if (text && *text)
		app_run(a, text);
}

static void
palette_words(void *arg, const char *text, struct strlist *words,
	struct strlist *helps, size_t *start_r)
{
	struct app *a = arg;

	if (!palette_sought_help(a, text))
		complete_command(a, text, words, helps, start_r);
}

// A command that was not named must not run: of those only what begins a name is
// taken. What comes behind may be meant as typed.
static enum palette_pick
palette_picks(void *arg, const char *text, size_t start)
{
	struct app *a = arg;

	if (strspn(text, " ") >= start)
		return PALETTE_PICKS_NAME;
	return script_is_choice(a->engine, text) ? PALETTE_PICKS_ONLY
		: PALETTE_PICKS_NOTHING;
}

// Opened to choose: of a place that is typed in part the best is meant.
static enum palette_pick
palette_picks_best(void *arg, const char *text, size_t start)
{
	return strspn(text, " ") >= start ? palette_picks(arg, text, start)
		: PALETTE_PICKS_CLEAR;
}

static bool
palette_wants_more(void *arg, const char *text)
{
	struct app *a = arg;

	return complete_wants_more(a->engine, text);
}

static void
palette_hint(void *arg, const char *text, struct buf *out)
{
	struct app *a = arg;

	if (!palette_sought_help(a, text))
		complete_hint(a->engine, text, out);
}

void
app_palette(struct app *a, const char *text, bool pick)
{
	// One that is finished is on its way out: its answer may be to ask more.
	if ((a->prompt && !prompt_finished(a->prompt)) ||
	    (a->palette && !palette_finished(a->palette)))
		return;
	app_draw_all(a);
	a->palette = palette_new(&(struct palette_settings){
		.label = ":", .initial = text, .history = &a->history,
		.complete = palette_words, .changed = palette_typed,
		.picks = pick ? palette_picks_best : palette_picks, .clear = pick,
		.wants_more = palette_wants_more, .hint = palette_hint,
		.finished = palette_accepted, .arg = a,
	});
}

// --- keys ----------------------------------------------------------------------------

static void
input_binding(struct app *a, uint32_t key)
{
	const struct binding *binding;
	struct buf unknown = {0};
	uint32_t typed = a->keymap.count;

	switch (keymap_key(&a->keymap, a->engine->bindings, view_context(app_focus(a)),
		key, &binding, &a->count, &unknown)) {
	case BINDING_FOUND:
		a->count = typed;
		app_run(a, binding->block);
		a->count = 0;
		break;
	case BINDING_PREFIX:
		break;
	case BINDING_NONE:
		a->count = 0;
		if (key != KEY_CODE_ESCAPE)
			app_notice(a, SAY_INFO, "%s has no meaning here; ? shows the keys",
				buf_text(&unknown));
		break;
	}
	buf_done(&unknown);
}

static void
input_key(struct app *a, uint32_t key, const char *paste)
{
	// What is said while one types stays until the line is done.
	if (!a->prompt && !a->palette)
		said_read(a);
	a->dirty_lines = true;
	a->keys_typed++;
	// The terminal is raw: what a terminal does while a line is typed is ours to do.
	if (key == ('z' | KEY_MOD_CTRL) && (a->palette || a->prompt || a->questions.len)) {
		child_suspend(a);
	} else if (a->palette) {
		struct palette *typed = a->palette;

		palette_key(typed, key, paste);
		if (palette_finished(typed)) {
			// What was chosen may have opened another one already.
			if (a->palette == typed)
				a->palette = NULL;
			palette_free(&typed);
			app_draw_all(a);
		}
	} else if (a->prompt) {
		prompt_key(a->prompt, key, paste);
		if (prompt_finished(a->prompt)) {
			prompt_free(&a->prompt);
			app_draw_all(a);
		}
	} else if (a->questions.len > 0) {
		input_yes_no(a, key);
	} else if (key != KEY_PASTE) {
		input_binding(a, key);
	}
	input_next_question(a);
}

void
input_keys(struct app *a)
{
	uint32_t key;
	char *paste;

	while (!a->child && !a->quitting && keys_next(a->screen, &key, &paste)) {
		input_key(a, key, paste);
		free(paste);
	}
}
