// SPDX-License-Identifier: GPL-3.0-or-later
// Tries the account that is set up: logs in where its mail comes from, then where
// it is sent, and comes back to the form with a sentence wherever that ends.
#include "config.h"

#include "ui/view/setup_inside.h"

#include <stdlib.h>
#include <string.h>
#include "account/event.h"
#include "base/buf.h"
#include "base/error.h"
#include "base/mem.h"
#include "base/utf8.h"
#include "command/option.h"
#include "engine.h"
#include "mail/address.h"
#include "ui/app.h"
#include "ui/view/setup.h"

static const struct {
	int row;
	const char *doing[2], *works, *fails, *label;
} setup_sides[] = {
	[SETUP_RECEIVING] = { SETUP_INCOMING, { "Connecting to ",
		", where your mail comes from…" }, "", "Receiving does not work: ", "receiving" },
	[SETUP_SENDING] = { SETUP_OUTGOING, { "Receiving works. Connecting to ",
		", which sends it…" }, "Receiving works. ", "Sending does not work: ", "sending" },
};

static void setup_settle(struct setup *x);

// "imap.example.org:993" of the URL that was given for this side; free().
static char *
setup_place(const struct setup *x)
{
	const char *url = str_or_empty(x->values[setup_sides[x->side].row]);
	const char *at = strrchr(url, '@'), *rest = strstr(url, "://");

	if (!at && rest)
		at = rest + strlen("://") - 1;
	return at ? str_ndup(at + 1, strcspn(at + 1, *(at + 1) == '/' ? "" : "/"))
		: str_dup(url);
}

void
setup_stop(struct setup *x)
{
	if (x->job)
		engine_job_cancel(x->view.app->engine, x->job);
	x->job = 0;
	x->side = SETUP_REST;
}

// Back to the form, at the line that a person may want to change.
static void
setup_fail(struct setup *x, const char *why, const char *what_to_do)
{
	struct buf text = {0}, clean = {0};
	size_t len = strlen(why);

	utf8_filter_line(&clean, why, len);
	// A server's words may end with a stop of their own.
	while (clean.len > 0 && clean.data[clean.len - 1] == '.')
		buf_cut(&clean, clean.len - 1);
	buf_printf(&text, "%s%s%s. %s", setup_sides[x->side].works,
		setup_sides[x->side].fails, buf_text(&clean), what_to_do);
	list_go(&x->list, setup_sides[x->side].row);
	setup_stop(x);
	setup_say(x, true, buf_text(&text));
	buf_done(&clean);
	buf_done(&text);
}

// --- certificates ---------------------------------------------------------------------

struct setup_trusting {
	struct app *app;
	bool outgoing;
	char *fingerprint;
};

static void
setup_trust(struct setup *x, bool outgoing, const char *fingerprint)
{
	engine_account_trust(x->view.app->engine, x->id, outgoing, fingerprint);
	setup_settle(x);
}

static void
setup_trust_answered(void *arg, const char *answer)
{
	struct setup_trusting *w = arg;
	struct setup *x = setup_of(w->app);

	if (x && x->side != SETUP_REST && str_equal(answer, "yes"))
		setup_trust(x, w->outgoing, w->fingerprint);
	else if (x && x->side != SETUP_REST)
		setup_fail(x, "its certificate is not trusted", "Correct the server, ask "
			"whoever runs it, or save without trying; q ends.");
	free(w->fingerprint);
	free(w);
}

static void
setup_ask_trust(struct setup *x, const struct account_status *s, const char *why)
{
	struct app *a = x->view.app;
	struct buf text = {0}, clean = {0};

	// One server, one key: it was answered for the other side.
	if (engine_account_trusts(a->engine, x->id, !s->outgoing, s->host,
	    s->fingerprint) && !engine_account_trusts(a->engine, x->id, s->outgoing,
	    s->host, s->fingerprint)) {
		setup_trust(x, s->outgoing, s->fingerprint);
		return;
	}
	buf_printf(&text, "For %s, at %s:%u: %s. Its key is %s. Trust this server from "
		"now on?", setup_sides[x->side].label, s->host, s->port, why,
		s->fingerprint);
	utf8_filter_line(&clean, text.data, text.len);
	struct setup_trusting *w = mem_new(struct setup_trusting);

	*w = (struct setup_trusting){ a, s->outgoing, str_dup(s->fingerprint) };
	setup_say(x, false, NULL);
	app_ask(a, &(struct question){ .kind = QUESTION_YES_NO,
		.text = buf_text(&clean) }, setup_trust_answered, w);
	buf_done(&clean);
	buf_done(&text);
}

// --- passwords --------------------------------------------------------------------------

static void
setup_sending_answered(void *arg, const char *answer)
{
	struct app *a = arg;
	struct setup *x = setup_of(a);

	if (!x || x->side == SETUP_REST)
		return;
	if (str_empty(answer)) {
		setup_fail(x, "it wants another password", "Try again, or save without "
			"trying; q ends.");
		return;
	}
	str_set(&x->sending_password, answer);
	engine_account_password(a->engine, x->id, true, answer);
	setup_settle(x);
}

static void
setup_hand_passwords(struct setup *x)
{
	struct engine *e = x->view.app->engine;
	const char *password = x->values[SETUP_PASSWORD];

	x->given = true;
	engine_account_password(e, x->id, false, password);
	engine_account_password(e, x->id, true,
		x->sending_password ? x->sending_password : password);
	setup_settle(x);
}

static void
setup_ask_password(struct setup *x, const char *why)
{
	// Where the other side takes this password, sending has one of its own.
	if (x->side == SETUP_SENDING && setup_wants_password(x) &&
	    !str_has_prefix(x->values[SETUP_INCOMING], "maildir:")) {
		char *place = setup_place(x);
		char *label = str_printf("Password for sending at %s:", place);
		char *text = str_printf("Receiving works. %s", why);

		setup_say(x, true, text);
		app_ask(x->view.app, &(struct question){ .kind = QUESTION_SECRET,
			.text = label }, setup_sending_answered, x->view.app);
		free(text);
		free(label);
		free(place);
		return;
	}
	setup_stop(x);
	setup_say(x, true, *why ? why : "A password is wanted");
	list_go(&x->list, SETUP_PASSWORD);
	x->again = true;
	setup_ask(x, SETUP_PASSWORD);
}

// --- one try ----------------------------------------------------------------------------

static void
setup_worked(struct setup *x)
{
	const char *out = str_or_empty(x->values[SETUP_OUTGOING]);

	if (x->side == SETUP_RECEIVING && str_has_prefix(out, "smtp")) {
		x->side = SETUP_SENDING;
		setup_settle(x);
		return;
	}
	setup_stop(x);
	setup_save(x);
}

static void
setup_tried(void *arg, struct event *event)
{
	struct app *a = arg;
	struct setup *x = setup_of(a);
	const struct error *err = &event->error;

	if (!x || x->job != event->job || event->kind != EVENT_REPLY)
		return;
	x->job = 0;
	const struct account_status *s = engine_account_status(a->engine, x->id);
	bool shown = s && s->state == ACCOUNT_NEEDS_TRUST && *s->fingerprint &&
		s->outgoing == (x->side == SETUP_SENDING);

	if (err->kind == ERROR_NONE)
		setup_worked(x);
	else if (err->kind == ERROR_CANCELLED)
		setup_settle(x);   // its workers were started anew
	else if (err->kind == ERROR_AUTH)
		setup_ask_password(x, err->text);
	else if (err->kind == ERROR_TRUST && shown)
		setup_ask_trust(x, s, err->text);
	else
		setup_fail(x, err->text, "Correct it and try again, or save without "
			"trying; q ends.");
}

static bool
setup_nothing(void *arg, struct error *err)
{
	(void)arg;
	(void)err;
	return true;
}

// What was declared or answered has reached its workers.
static void
setup_settled(void *arg, const struct error *err)
{
	struct engine *e = arg;
	struct app *a = e->quit_arg;   // NULL: the screen is gone
	struct setup *x = a ? setup_of(a) : NULL;

	if (!x || err || x->side == SETUP_REST || x->job)
		return;
	x->id = engine_account_find(a->engine, x->declared);
	if (!x->id) {
		const char *problem = engine_account_problem(a->engine, x->declared);

		setup_fail(x, problem ? problem : "the account could not be made",
			"Correct it and try again.");
		return;
	}
	// Not first without it, or with the one of before: each refusal takes seconds.
	if (x->values[SETUP_PASSWORD] && !x->given) {
		setup_hand_passwords(x);
		return;
	}
	char *place = setup_place(x);
	char *said = str_printf("%s%s%s", setup_sides[x->side].doing[0], place,
		setup_sides[x->side].doing[1]);

	setup_say(x, false, said);
	free(said);
	free(place);
	x->job = engine_try(a->engine, x->id, x->side == SETUP_SENDING, setup_tried, a);
}

// Accounts are started by a worker, one change after another: behind all of them.
static void
setup_settle(struct setup *x)
{
	engine_work(x->view.app->engine, false, setup_nothing, setup_settled,
		x->view.app->engine);
}

// --- trying -----------------------------------------------------------------------------

static bool
setup_complete(struct setup *x)
{
	static const int needed[] = { SETUP_ADDRESS, SETUP_INCOMING };

	for (size_t i = 0; i < sizeof needed / sizeof needed[0]; i++) {
		if (!str_empty(x->values[needed[i]]))
			continue;
		list_go(&x->list, needed[i]);
		setup_say(x, true, "This is needed first");
		return false;
	}
	if (address_valid(x->values[SETUP_ADDRESS]))
		return true;
	list_go(&x->list, SETUP_ADDRESS);
	setup_say(x, true, "This is no address");
	return false;
}

static void
setup_declared(void *arg, const struct error *err)
{
	struct app *a = arg;
	struct setup *x = setup_of(a);

	if (!x)
		return;
	if (err) {
		setup_stop(x);
		setup_say(x, true, err->text);
		return;
	}
	engine_accounts_changed(a->engine);
	if (x->side == SETUP_REST)
		setup_save(x);
	else
		setup_settle(x);
}

// What was tried before is no account: its workers end when the next one is made, or
// the set-up is left.
void
setup_undeclare(struct setup *x)
{
	if (x->declared)
		options_forget_account(x->view.app->engine->options, x->declared);
	str_set(&x->declared, NULL);
}

void
setup_try(struct setup *x, bool save_only)
{
	struct app *a = x->view.app;
	struct buf text = {0};

	if (!setup_complete(x))
		return;
	setup_stop(x);
	setup_undeclare(x);
	setup_commands(x, false, &text);
	x->side = save_only ? SETUP_REST : SETUP_RECEIVING;
	x->given = false;
	str_set(&x->declared, x->account);
	setup_say(x, false, save_only ? "Saving…" : "Connecting…");
	engine_run(a->engine, &a->front, text.data, ":", setup_declared, a);
	buf_done(&text);
}

bool
setup_asks(const struct app *a, uint32_t account)
{
	const struct setup *x = (const struct setup *)app_find(a, "setup");

	return x && x->declared && engine_account_find(a->engine, x->declared) == account;
}
