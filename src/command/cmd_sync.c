// SPDX-License-Identifier: GPL-3.0-or-later
// The commands that speak of servers: sync, flush, on and off line, passwords
// and certificates.
#include "config.h"

#include "account/account.h"
#include "account/event.h"
#include "base/error.h"
#include "base/str.h"
#include "command/answer.h"
#include "command/command.h"
#include "engine.h"

#include <stdlib.h>

#define ACCOUNTS_MAX 64

// The account that is named; 0 when none is, for all.
static bool
named_account(struct call *c, uint32_t *account_r, struct error *err)
{
	const char *name = call_arg(c, 0);
	uint32_t first;

	const char *problem = engine_account_problem(c->engine, name);

	*account_r = 0;
	if (problem != NULL && (name != NULL ||
		engine_account_ids(c->engine, &first, 1) == 0))
		return error_set(err, ERROR_INPUT, "%s", problem);
	if (problem != NULL)
		call_info(c, "%s", problem);
	if (engine_account_ids(c->engine, &first, 1) == 0)
		return error_set(err, ERROR_INPUT, "there is no account yet: write one "
			"into %s, or start postern without arguments",
			engine_config_path(c->engine));
	if (name == NULL)
		return true;
	*account_r = engine_account_find(c->engine, name);
	return *account_r != 0 || error_set(err, ERROR_INPUT,
		"there is no account \"%s\"", name);
}

static void
job_over(struct call *c, struct event *event)
{
	if (event->kind == EVENT_REPLY)
		call_finish(c, event->error.kind != ERROR_NONE ?
			&event->error : NULL);
}

static enum command_result
account_job(struct call *c, enum job_kind kind, struct error *err)
{
	uint32_t account;

	if (!named_account(c, &account, err))
		return COMMAND_FAILED;
	return call_job(c, &(struct job){ .kind = kind, .account = account },
		job_over);
}

static enum command_result
run_sync(struct call *c, struct error *err)
{
	return account_job(c, JOB_SYNC, err);
}

static enum command_result
run_flush(struct call *c, struct error *err)
{
	return account_job(c, JOB_FLUSH, err);
}

static enum command_result
turn(struct call *c, bool online, struct error *err)
{
	uint32_t account, all[ACCOUNTS_MAX];

	if (!named_account(c, &account, err))
		return COMMAND_FAILED;
	size_t n = engine_account_ids(c->engine, all, ACCOUNTS_MAX);
	for (size_t i = 0; i < n; i++) {
		if (account == 0 || account == all[i])
			engine_account_online(c->engine, all[i], online);
	}
	return COMMAND_DONE;
}

static enum command_result
run_online(struct call *c, struct error *err)
{
	return turn(c, true, err);
}

static enum command_result
run_offline(struct call *c, struct error *err)
{
	return turn(c, false, err);
}

// --- what a server asked for ---------------------------------------------------------

// The account that is named, else the one that waits for an answer, else the
// only one.
static bool
asking_account(struct call *c, enum account_state waits, uint32_t *account_r,
	struct error *err)
{
	uint32_t all[ACCOUNTS_MAX];

	if (!named_account(c, account_r, err))
		return false;
	if (*account_r != 0)
		return true;
	size_t n = engine_account_ids(c->engine, all, ACCOUNTS_MAX);
	for (size_t i = 0; i < n && *account_r == 0; i++) {
		const struct account_status *s =
			engine_account_status(c->engine, all[i]);
		if (s != NULL && s->state == waits)
			*account_r = all[i];
	}
	if (*account_r == 0 && n == 1)
		*account_r = all[0];
	return *account_r != 0 ||
		error_set(err, ERROR_INPUT, "which account? name it");
}

static void
password_given(struct call *c, const char *answer)
{
	uint32_t account;
	struct error err;
	const struct account_status *s;

	if (answer == NULL)
		error_set(&err, ERROR_CANCELLED, "no password was given");
	if (answer == NULL || !asking_account(c, ACCOUNT_NEEDS_PASSWORD, &account,
		&err)) {
		call_finish(c, &err);
		return;
	}
	s = engine_account_status(c->engine, account);
	engine_account_password(c->engine, account, call_flag(c, "outgoing") != NULL ||
		(s != NULL && s->state == ACCOUNT_NEEDS_PASSWORD && s->outgoing),
		answer);
	call_finish(c, NULL);
}

static enum command_result
run_password(struct call *c, struct error *err)
{
	uint32_t account;

	if (!asking_account(c, ACCOUNT_NEEDS_PASSWORD, &account, err))
		return COMMAND_FAILED;
	const struct account_status *s = engine_account_status(c->engine, account);
	const char *host = s != NULL && s->host[0] != '\0' ? s->host : NULL;
	char *text = str_printf("Password of %s%s%s%s",
		engine_account_name(c->engine, account), host != NULL ? " at " : "",
		str_or_empty(host), ":");
	enum command_result r = call_ask(c, &(struct question){
		.kind = QUESTION_SECRET, .text = text }, password_given);
	free(text);
	return r;
}

static void
trust_answered(struct call *c, const char *answer)
{
	uint32_t account;
	struct error err;
	const struct account_status *s = NULL;

	if (!str_equal(answer, "yes"))
		error_set(&err, ERROR_CANCELLED, "the certificate is not trusted");
	else if (asking_account(c, ACCOUNT_NEEDS_TRUST, &account, &err))
		s = engine_account_status(c->engine, account);
	// What was shown is what is trusted: not another one that came since.
	if (s == NULL || s->state != ACCOUNT_NEEDS_TRUST ||
		!str_equal(s->fingerprint, c->data)) {
		if (s != NULL)
			error_set(&err, ERROR_TRUST, "the certificate changed meanwhile");
		call_finish(c, &err);
		return;
	}
	engine_account_trust(c->engine, account, s->outgoing, s->fingerprint);
	call_finish(c, NULL);
}

static enum command_result
run_trust(struct call *c, struct error *err)
{
	uint32_t account;

	if (!asking_account(c, ACCOUNT_NEEDS_TRUST, &account, err))
		return COMMAND_FAILED;
	const struct account_status *s = engine_account_status(c->engine, account);
	if (s == NULL || s->state != ACCOUNT_NEEDS_TRUST) {
		error_set(err, ERROR_INPUT, "account %s has no certificate in question",
			engine_account_name(c->engine, account));
		return COMMAND_FAILED;
	}
	char *text = str_printf("%s: %s. Trust this key of %s from now on? %s",
		engine_account_name(c->engine, account), s->error, s->host,
		s->fingerprint);
	c->data = str_dup(s->fingerprint);
	c->free_data = free;
	enum command_result r = call_ask(c, &(struct question){
		.kind = QUESTION_YES_NO, .text = text }, trust_answered);
	free(text);
	return r;
}

// --- how accounts stand -----------------------------------------------------------------

static enum command_result
run_accounts(struct call *c, struct error *err)
{
	uint32_t all[ACCOUNTS_MAX], only;

	if (!named_account(c, &only, err))
		return COMMAND_FAILED;
	size_t n = engine_account_ids(c->engine, all, ACCOUNTS_MAX);
	for (size_t i = 0; i < n; i++) {
		const struct account_status *s =
			engine_account_status(c->engine, all[i]);
		const char *name = engine_account_name(c->engine, all[i]);
		if (only != 0 && all[i] != only)
			continue;
		struct answer *a = answer_new();
		uint64_t used = s == NULL ? 0 : s->quota_used;
		uint64_t limit = s == NULL ? 0 : s->quota_limit;
		char *space = limit == 0 ? str_dup("") : str_printf(
			", %llu of %llu MB used there", (unsigned long long)(used >> 20),
			(unsigned long long)(limit >> 20));
		answer_str(a, "account", name);
		answer_str(a, "state", s == NULL ? NULL : s->text);
		answer_str(a, "error", s == NULL || *s->error == '\0' ? NULL : s->error);
		if (limit > 0) {
			answer_u64(a, "quota_used", used);
			answer_u64(a, "quota_limit", limit);
		}
		answer_text(a, "%-12s %s%s%s%s", str_or_empty(name),
			s == NULL ? "not connected" : s->text, space,
			s == NULL || *s->error == '\0' ? "" : ": ",
			s == NULL ? "" : s->error);
		call_say(c, SAY_ROW, a);
		answer_free(&a);
		free(space);
	}
	return COMMAND_DONE;
}

static const struct argument account_arguments[] = {
	{ "account", ARGUMENT_ACCOUNT, "Only this one", .optional = true },
	{ NULL },
};
static const struct command_flag password_flags[] = {
	{ "outgoing", NULL, ARGUMENT_TEXT, "Of the outgoing server" },
	{ NULL },
};

static const struct command rows[] = {
	{ "accounts", "Lists the accounts with how each stands",
		"Where the server says so, with the space that is used there of what it "
		"gives (known after a sync).",
		account_arguments, .run = run_accounts },
	{ "flush", "Sends what is in the outbox and waits for it", NULL,
		account_arguments, .again = true, .run = run_flush },
	{ "offline", "Closes the connections until online is said", NULL,
		account_arguments, .run = run_offline },
	{ "online", "Connects again, at once", NULL, account_arguments,
		.run = run_online },
	{ "password", "Asks for the password of an account, for this run", NULL,
		account_arguments, password_flags, .run = run_password },
	{ "sync", "Plays all that was done here and fetches all that should be here",
		NULL, account_arguments, .again = true, .run = run_sync },
	{ "trust", "Shows a certificate that does not hold; asks whether to trust it",
		NULL, account_arguments, .run = run_trust },
};

void
commands_add_sync(struct commands *c)
{
	commands_add(c, rows, sizeof(rows) / sizeof(rows[0]));
}
