// SPDX-License-Identifier: GPL-3.0-or-later
// An account that cannot go on alone: asks once for the password or whether a
// certificate is to be trusted, and says what the server said.
#include "config.h"

#include "ui/app.h"

#include <stdlib.h>
#include "account/event.h"
#include "base/map.h"
#include "base/mem.h"
#include "base/utf8.h"
#include "engine.h"
#include "ui/view/setup.h"

#include <string.h>

struct account_question {
	struct app *app;
	uint32_t account;
	bool outgoing, trust;
	char *fingerprint;
};

static void
account_declined(struct app *a)
{
	app_notice(a, SAY_INFO, "The account stays off line; "
		":account-ask asks again");
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
	if (answer && q->trust && str_equal(answer, "yes"))
		engine_account_trust(e, q->account, q->outgoing, q->fingerprint);
	else if (answer && *answer && !q->trust)
		engine_account_password(e, q->account, q->outgoing, answer);
	else if (!q->app->quitting)
		account_declined(q->app);
	free(q->fingerprint);
	free(q);
}

static void
account_put(struct app *a, struct account_question *q, const char *name,
	const struct account_status *status)
{
	struct buf text = {0};

	buf_printf(&text, "%s: %s", name, status->error);
	// The server's words may end with a stop of their own.
	while (text.len > 0 && text.data[text.len - 1] == '.')
		buf_cut(&text, text.len - 1);
	if (q->trust)
		buf_printf(&text, ". Its key is %s. Trust this server from now on?",
			status->fingerprint);
	else
		buf_printf(&text, ". Password for %s at %s:",
			status->outgoing ? "sending" : "mail", status->host);
	struct buf clean = {0};

	utf8_filter_line(&clean, text.data, text.len);
	app_ask(a, &(struct question){
		.kind = q->trust ? QUESTION_YES_NO : QUESTION_SECRET,
		.text = buf_text(&clean),
	}, account_answered, q);
	buf_done(&clean);
	buf_done(&text);
}

void
account_ask(struct app *a, uint32_t account, const struct account_status *status)
{
	bool asks = status && (status->state == ACCOUNT_NEEDS_PASSWORD ||
		status->state == ACCOUNT_NEEDS_TRUST);
	// What it was asked about last; a working state forgets that.
	void *mark = asks ? (void *)(intptr_t)(1 + status->state * 2 + status->outgoing)
		: NULL;

	if (!status || status->state == ACCOUNT_CONNECTING ||
	    status->state == ACCOUNT_OFFLINE)
		return;
	if (!asks) {
		map_remove_u64(a->asked, account);
		return;
	}
	if (map_get_u64(a->asked, account) == mark)
		return;
	if (status->state == ACCOUNT_NEEDS_PASSWORD && !status->outgoing &&
	    setup_asks(a, account))
		return;
	map_put_u64(a->asked, account, mark);
	struct account_question *q = mem_new(struct account_question);
	const char *name = engine_account_name(a->engine, account);

	*q = (struct account_question){
		.app = a, .account = account, .outgoing = status->outgoing,
		.trust = status->state == ACCOUNT_NEEDS_TRUST,
		.fingerprint = str_dup(status->fingerprint),
	};
	account_put(a, q, name ? name : "account", status);
}
