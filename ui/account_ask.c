// SPDX-License-Identifier: GPL-3.0-or-later
// An account that cannot go on alone: asks for the password or whether a
// certificate is to be trusted, and says what the server said. Such a question comes
// from behind: while a person types it waits in the last line until it is turned to.
#include "config.h"

#include "ui/app.h"

#include <stdlib.h>
#include <string.h>
#include "account/event.h"
#include "base/map.h"
#include "base/mem.h"
#include "base/utf8.h"
#include "command/binding.h"
#include "command/option.h"
#include "engine.h"
#include "ui/view/setup.h"

struct account_question {
	struct app *app;
	uint32_t account;
	bool outgoing, trust;
	char *fingerprint;
};

void
account_keys(struct app *a, struct buf *out)
{
	if (!bindings_print_keys(a->engine->bindings, view_context(app_focus(a)),
	    "account-ask", out))
		buf_str(out, ":account-ask");
}

// --- what was typed ---------------------------------------------------------------------

static void
account_typed_done(struct account_typed *t)
{
	mem_wipe(t->password, strlen(t->password));
	free(t->password);
}

void
account_forget(struct app *a)
{
	for (size_t i = 0; i < a->typed_passwords.len; i++) {
		struct account_typed *t = array_at(&a->typed_passwords, i);

		if (t->job)
			engine_job_cancel(a->engine, t->job);
		account_typed_done(t);
	}
	array_done(&a->typed_passwords);
}

static void
account_drop_typed(struct app *a, uint32_t account, bool outgoing)
{
	for (size_t i = a->typed_passwords.len; i > 0; i--) {
		struct account_typed *t = array_at(&a->typed_passwords, i - 1);

		if (t->account != account || t->outgoing != outgoing)
			continue;
		if (t->job)
			engine_job_cancel(a->engine, t->job);
		account_typed_done(t);
		array_remove(&a->typed_passwords, i - 1);
	}
}

static void
account_remember(struct app *a, uint32_t account, bool outgoing, const char *password)
{
	account_drop_typed(a, account, outgoing);
	*(struct account_typed *)array_push(&a->typed_passwords) =
		(struct account_typed){ account, outgoing, str_dup(password), 0 };
}

// Where it came from another place before, that place has an old one, and would
// bring the question back.
static void
account_keep(struct app *a, const char *name, bool sending, const char *password)
{
	const char *option = sending ? "outgoing-password-command" : "password-command";
	struct strlist argv = {0};

	options_argv(a->engine->options, name, option, &argv);
	if (!setup_keep_password(a, name, sending, password) && argv.len > 0)
		app_notice(a, SAY_INFO, "%s: the password works until Postern ends; "
			"%s, its %s, has another", name, argv.items[0], option);
	strlist_done(&argv);
}

// The account is on line: what was typed for it was right.
static void
account_works(struct app *a, uint32_t account)
{
	const char *name = engine_account_name(a->engine, account);

	for (size_t i = 0; name && i < a->typed_passwords.len; i++) {
		struct account_typed *t = array_at(&a->typed_passwords, i);

		if (t->account != account || t->outgoing)
			continue;
		account_keep(a, name, false, t->password);
	}
	account_drop_typed(a, account, false);
}

// --- the password of sending: nothing is sent just now that would show it right ---------

static void
account_tried(void *arg, struct event *event)
{
	struct app *a = arg;

	for (size_t i = a->typed_passwords.len; i > 0; i--) {
		struct account_typed *t = array_at(&a->typed_passwords, i - 1);
		const char *name = engine_account_name(a->engine, t->account);

		if (event->kind != EVENT_REPLY || t->job != event->job)
			continue;
		if (event->error.kind == ERROR_NONE && name)
			account_keep(a, name, true, t->password);
		account_typed_done(t);
		array_remove(&a->typed_passwords, i - 1);
	}
}

static bool
account_nothing(void *arg, struct error *err)
{
	(void)arg;
	(void)err;
	return true;
}

static void
account_settled(void *arg, const struct error *err)
{
	struct engine *e = arg;
	struct app *a = e->quit_arg;   // NULL: the screen is gone

	for (size_t i = 0; a && !err && i < a->typed_passwords.len; i++) {
		struct account_typed *t = array_at(&a->typed_passwords, i);

		if (t->outgoing && t->job == 0)
			t->job = engine_try(e, t->account, true, account_tried, a);
	}
}

// Behind the worker that starts the account anew with it.
static void
account_try_sending(struct app *a)
{
	engine_work(a->engine, false, account_nothing, account_settled, a->engine);
}

// --- asking -----------------------------------------------------------------------------

static void
account_declined(struct app *a)
{
	struct buf keys = {0};

	account_keys(a, &keys);
	app_notice(a, SAY_INFO, "The account stays off line; %s asks again",
		buf_text(&keys));
	buf_done(&keys);
	// What waited for it goes on without.
	engine_tell(a->engine, NULL);
}

static void
account_answered(void *arg, const char *answer)
{
	struct account_question *q = arg;
	struct engine *e = q->app->engine;

	// Whoever answered is asked again if that was not right; whoever did not, not.
	if (answer)
		map_remove_u64(q->app->asked, q->account);
	q->app->keys_answered = q->app->keys_typed;
	if (answer && q->trust && str_equal(answer, "yes")) {
		engine_account_trust(e, q->account, q->outgoing, q->fingerprint);
	} else if (answer && *answer && !q->trust) {
		account_remember(q->app, q->account, q->outgoing, answer);
		engine_account_password(e, q->account, q->outgoing, answer);
		if (q->outgoing)
			account_try_sending(q->app);
	} else if (!q->app->quitting) {
		account_declined(q->app);
	}
	free(q->fingerprint);
	free(q);
}

static void
account_put(struct app *a, struct account_question *q, const char *name,
	const struct account_status *status)
{
	struct buf text = {0}, whose = {0};

	// What a server refused names account and host already.
	buf_printf(&whose, "(%s, ", name);
	bool named = strstr(status->error, buf_text(&whose));
	buf_printf(&text, "%s%s%s", named ? "" : name, named ? "" : ": ",
		status->error);
	buf_done(&whose);
	// The server's words may end with a stop of their own.
	while (text.len > 0 && text.data[text.len - 1] == '.')
		buf_cut(&text, text.len - 1);
	if (q->trust)
		buf_printf(&text, ". For %s, at %s:%u. Its key is %s. Trust this server "
			"from now on?", status->outgoing ? "sending" : "mail",
			status->host, status->port, status->fingerprint);
	else
		buf_printf(&text, ". Password for %s%s%s:",
			status->outgoing ? "sending" : "mail", named ? "" : " at ",
			named ? "" : status->host);
	struct buf clean = {0};

	utf8_filter_line(&clean, text.data, text.len);
	app_ask(a, &(struct question){
		.kind = q->trust ? QUESTION_YES_NO : QUESTION_SECRET,
		.text = buf_text(&clean),
	}, account_answered, q);
	buf_done(&clean);
	buf_done(&text);
}

// What it is asked about; NULL: nothing.
static void *
account_mark(const struct account_status *status)
{
	bool asks = status && (status->state == ACCOUNT_NEEDS_PASSWORD ||
		status->state == ACCOUNT_NEEDS_TRUST);

	return asks ? (void *)(intptr_t)(1 + status->state * 2 + status->outgoing) : NULL;
}

// Nobody types, and what was typed last was meant for such a question, or there
// was nothing yet: no key that is on its way is for something else.
static bool
account_may_ask(const struct app *a)
{
	return !a->child && !a->prompt && !a->palette && a->questions.len == 0 &&
		a->keys_typed == a->keys_answered &&
		app_focus(a)->ops != &view_compose;
}

bool
account_waits(struct app *a, uint32_t account)
{
	void *mark = account_mark(engine_account_status(a->engine, account));

	return mark && map_get_u64(a->asked, account) != mark && !setup_asks(a, account);
}

bool
account_waits_for_answer(struct app *a, uint32_t account)
{
	return account_mark(engine_account_status(a->engine, account)) &&
		!setup_asks(a, account);
}

static void
account_put_now(struct app *a, uint32_t account, const struct account_status *status)
{
	struct account_question *q = mem_new(struct account_question);
	const char *name = engine_account_name(a->engine, account);

	map_put_u64(a->asked, account, account_mark(status));
	*q = (struct account_question){
		.app = a, .account = account, .outgoing = status->outgoing,
		.trust = status->state == ACCOUNT_NEEDS_TRUST,
		.fingerprint = str_dup(status->fingerprint),
	};
	account_put(a, q, name ? name : "account", status);
}

// The key that was trusted on one side is the key of the other on the same host.
static bool
account_trusts_it(struct app *a, uint32_t account, const struct account_status *s)
{
	struct engine *e = a->engine;

	if (s->state != ACCOUNT_NEEDS_TRUST ||
	    engine_account_trusts(e, account, s->outgoing, s->host, s->fingerprint) ||
	    !engine_account_trusts(e, account, !s->outgoing, s->host, s->fingerprint))
		return false;
	engine_account_trust(e, account, s->outgoing, s->fingerprint);
	return true;
}

void
account_told(struct app *a, uint32_t account, const struct account_status *status)
{
	if (!status || status->state == ACCOUNT_CONNECTING ||
	    status->state == ACCOUNT_OFFLINE)
		return;
	if (status->state == ACCOUNT_IDLE || status->state == ACCOUNT_SYNCING)
		account_works(a, account);
	if (!account_mark(status))
		map_remove_u64(a->asked, account);
	else if (account_waits(a, account) && !account_trusts_it(a, account, status) &&
		 account_may_ask(a))
		account_put_now(a, account, status);
}

bool
account_ask(struct app *a, uint32_t account)
{
	const struct account_status *status = engine_account_status(a->engine, account);

	if (!account_mark(status) || setup_asks(a, account))
		return false;
	account_put_now(a, account, status);
	return true;
}
