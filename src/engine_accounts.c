// SPDX-License-Identifier: GPL-3.0-or-later
// From options to accounts: gathers each account's settings, starts it, and
// starts it again when they changed.
#include "config.h"

#include "engine.h"
#include "engine_private.h"

#include "account/account.h"
#include "account/event.h"
#include "base/buf.h"
#include "base/error.h"
#include "base/map.h"
#include "base/mem.h"
#include "base/str.h"
#include "command/option.h"
#include "store/folders.h"
#include "store/store.h"

#include <stdlib.h>
#include <string.h>

#define MS 1000

struct engine_account *
engine_account_by_id(struct engine *e, uint32_t id)
{
	for (size_t i = 0; id != 0 && i < e->p->accounts.len; i++) {
		struct engine_account *a = array_at(&e->p->accounts, i);

		if (a->id == id)
			return a;
	}
	return NULL;
}

static struct engine_account *
account_by_name(struct engine *e, const char *name)
{
	for (size_t i = 0; i < e->p->accounts.len; i++) {
		struct engine_account *a = array_at(&e->p->accounts, i);

		if (str_equal(a->name, name))
			return a;
	}
	return NULL;
}

static void
secret_free(char **secret)
{
	if (*secret != NULL)
		mem_wipe(*secret, strlen(*secret));
	free(*secret);
	*secret = NULL;
}

static void
account_done(struct engine_account *a)
{
	free(a->name);
	free(a->problem);
	free(a->pin);
	free(a->outgoing_pin);
	secret_free(&a->password);
	secret_free(&a->outgoing_password);
	address_list_done(&a->addresses);
}

void
engine_accounts_done(struct engine *e)
{
	for (size_t i = 0; i < e->p->accounts.len; i++)
		account_done(array_at(&e->p->accounts, i));
	array_done(&e->p->accounts);
	address_list_done(&e->p->own);
}

static char *
pin_name(const char *account, bool outgoing)
{
	return str_printf("pin%s:%s", outgoing ? "-out" : "", account);
}

static char *
read_pin(struct engine *e, const char *account, bool outgoing)
{
	char *name = pin_name(account, outgoing);
	struct buf value = {0};
	bool there = e->store != NULL && store_state_get(e->store, name, &value);

	free(name);
	if (!there) {
		buf_done(&value);
		return NULL;
	}
	return buf_take(&value);
}

void
engine_accounts_gather(struct engine *e)
{
	const struct strlist *names = options_accounts(e->options);
	struct address_list own = {0};

	for (size_t i = 0; i < names->len; i++) {
		struct engine_account *a = account_by_name(e, names->items[i]);
		const char *address = options_text(e->options, names->items[i],
			"address");

		if (a == NULL) {
			a = array_push(&e->p->accounts);
			a->name = str_dup(names->items[i]);
			a->offline = !e->p->online;
			a->pin = read_pin(e, a->name, false);
			a->outgoing_pin = read_pin(e, a->name, true);
		}
		address_list_done(&a->addresses);
		if (address != NULL)
			address_list_parse(&a->addresses, address);
		for (size_t j = 0; j < a->addresses.len; j++)
			address_list_add(&own, a->addresses.items[j].name,
				a->addresses.items[j].mail);
	}
	address_list_done(&e->p->own);
	e->p->own = own;
}

// --- settings -------------------------------------------------------------------------

static enum pop3_keep
pop3_keep(const char *value)
{
	if (str_equal(value, "none"))
		return POP3_KEEP_NONE;
	if (str_equal(value, "deleted"))
		return POP3_KEEP_DELETED;
	return str_equal(value, "all") ? POP3_KEEP_ALL : POP3_KEEP_DAYS;
}

static char *
path_option(const struct options *o, const char *account, const char *name)
{
	const char *value = options_text(o, account, name);

	return value == NULL ? NULL : path_expand(value);
}

static void
role_names(const struct options *o, struct account_settings *s)
{
	static const struct {
		enum folder_role role;
		const char *option;
	} roles[] = {
		{ ROLE_SENT, "folders.sent" }, { ROLE_DRAFTS, "folders.drafts" },
		{ ROLE_TRASH, "folders.trash" }, { ROLE_JUNK, "folders.junk" },
		{ ROLE_ARCHIVE, "folders.archive" },
	};

	for (size_t i = 0; i < sizeof(roles) / sizeof(roles[0]); i++)
		s->role_names[roles[i].role] =
			str_dup(options_text(o, s->name, roles[i].option));
}

static void
gather_settings(struct engine *e, const struct engine_account *a,
	struct account_settings *s)
{
	const struct options *o = e->options;
	const char *name = a->name;
	const char *pin = options_text(o, name, "tls-pin");
	const char *out_pin = options_text(o, name, "outgoing-tls-pin");

	s->name = str_dup(name);
	address_list_copy(&s->addresses, &a->addresses);
	s->incoming = str_dup(options_text(o, name, "incoming"));
	s->outgoing = str_dup(options_text(o, name, "outgoing"));
	options_argv(o, name, "password-command", &s->password_command);
	options_argv(o, name, "outgoing-password-command",
		&s->outgoing_password_command);
	s->password = str_dup(a->password);
	s->outgoing_password = str_dup(a->outgoing_password);
	s->tls_ca = path_option(o, name, "tls-ca");
	s->tls_pin = str_dup(pin != NULL ? pin : a->pin);
	s->outgoing_tls_pin = str_dup(out_pin != NULL ? out_pin : a->outgoing_pin);
	s->tls_off = !options_on(o, name, "tls");
	s->compress_off = !options_on(o, name, "imap-compress");
	s->keep = (int)options_number(o, name, "keep");
	s->keep_size = (uint64_t)options_number(o, name, "keep-size");
	s->pop3_keep = pop3_keep(options_text(o, name, "pop3-keep"));
	s->pop3_days = (int)options_number(o, name, "pop3-keep");
	s->connections = (int)options_number(o, name, "connections");
	s->interval = (int)options_number(o, name, "check-interval");
	s->timeout_ms = (int)options_number(o, name, "timeout") * MS;
	role_names(o, s);
	if (options_on(o, name, "transcript"))
		s->transcript = str_dup(e->home.log);
	s->offline = a->offline;
}

// A number that changes when any setting does.
static uint64_t
settings_hash(const struct engine *e, const struct engine_account *a)
{
	struct buf all = {0};
	size_t n;
	const struct option *const *rows = options_all(e->options, &n);

	for (size_t i = 0; i < n; i++) {
		const char *value = options_text(e->options, a->name, rows[i]->name);

		if (rows[i]->scope == OPTION_ACCOUNT && value != NULL)
			buf_printf(&all, "%s=%s\n", rows[i]->name, value);
	}
	buf_printf(&all, "%s\n%s\n%s\n%s\n", str_or_empty(a->password),
		str_or_empty(a->outgoing_password), str_or_empty(a->pin),
		str_or_empty(a->outgoing_pin));
	uint64_t hash = str_hash(all.data, all.len);
	mem_wipe(all.data, all.len);
	buf_done(&all);
	return hash;
}

static void
notice(struct engine *e, struct engine_account *a, const struct error *err)
{
	struct event *event = event_new(EVENT_NOTICE);

	free(a->problem);
	a->problem = str_has_prefix(err->text, "account ") ? str_dup(err->text) :
		str_printf("account %s: %s", a->name, err->text);
	event->error = *err;
	event->text = str_dup(a->problem);
	event_post(e->events, event);
}

static bool
settings_complete(const struct engine_account *a,
	const struct account_settings *s, struct error *err)
{
	if (s->incoming == NULL && s->outgoing == NULL)
		return error_set(err, ERROR_INPUT, "it has no incoming server: "
			"set incoming imaps://USER@HOST");
	if (a->addresses.len == 0)
		return error_set(err, ERROR_INPUT,
			"it has no address: set address \"NAME <MAIL>\"");
	return true;
}

struct starting {
	struct engine *engine;
	struct account_settings settings;
	uint32_t id;
};

static bool
start_one(struct starting *s, struct error *err)
{
	return accounts_add(s->engine->accounts, &s->settings, &s->id, err);
}

// Fills s and returns true when the account is to be started.
static bool
wants_start(struct engine *e, struct engine_account *a, struct starting *s)
{
	struct error err;
	uint64_t hash = settings_hash(e, a);

	*s = (struct starting){ .engine = e };
	if (a->made_of == hash)
		return false;
	gather_settings(e, a, &s->settings);
	a->made_of = hash;
	free(a->problem);
	a->problem = NULL;
	if (settings_complete(a, &s->settings, &err))
		return true;
	notice(e, a, &err);
	account_settings_done(&s->settings);
	return false;
}

void
engine_accounts_start(struct engine *e)
{
	for (size_t i = 0; i < e->p->accounts.len; i++) {
		struct engine_account *a = array_at(&e->p->accounts, i);
		struct starting s;
		struct error err;

		if (!wants_start(e, a, &s))
			continue;
		if (start_one(&s, &err))
			a->id = s.id;
		else
			notice(e, a, &err);
		account_settings_done(&s.settings);
	}
}

static bool
start_work(void *arg, struct error *err)
{
	return start_one(arg, err);
}

static void
start_over(void *arg, const struct error *err)
{
	struct starting *s = arg;
	struct engine_account *a = account_by_name(s->engine, s->settings.name);

	if (err == NULL && a != NULL)
		a->id = s->id;
	else if (err != NULL && err->kind != ERROR_CANCELLED && a != NULL)
		notice(s->engine, a, err);
	engine_tell(s->engine, NULL);
	account_settings_done(&s->settings);
	free(s);
}

struct ending {
	struct engine *engine;
	char *name;
};

static bool
end_work(void *arg, struct error *err)
{
	struct ending *x = arg;

	(void)err;
	accounts_remove(x->engine->accounts, x->name);
	return true;
}

static void
end_over(void *arg, const struct error *err)
{
	struct ending *x = arg;

	(void)err;
	engine_tell(x->engine, NULL);
	free(x->name);
	free(x);
}

// Those that are declared no more.
static void
end_undeclared(struct engine *e)
{
	const struct strlist *names = options_accounts(e->options);

	for (size_t i = e->p->accounts.len; i > 0; i--) {
		struct engine_account *a = array_at(&e->p->accounts, i - 1);

		if (strlist_has(names, a->name))
			continue;
		struct ending *x = mem_new(struct ending);

		// Behind what may be starting it just now.
		*x = (struct ending){ e, str_dup(a->name) };
		account_done(a);
		array_remove(&e->p->accounts, i - 1);
		engine_work(e, false, end_work, end_over, x);
	}
}

void
engine_accounts_changed(struct engine *e)
{
	if (e->accounts == NULL)
		return;
	end_undeclared(e);
	engine_accounts_gather(e);
	for (size_t i = 0; i < e->p->accounts.len; i++) {
		struct engine_account *a = array_at(&e->p->accounts, i);
		struct starting s;

		if (!wants_start(e, a, &s))
			continue;
		struct starting *copy = mem_new(struct starting);
		*copy = s;
		engine_work(e, false, start_work, start_over, copy);
	}
}

// --- what is known of them ---------------------------------------------------------------

void
engine_accounts_status(struct engine *e, uint32_t id,
	const struct account_status *status)
{
	// By number: the first may come before accounts_add has returned.
	struct account_status *copy = mem_copy(status, sizeof(*status));

	free(map_put_u64(e->p->statuses, id, copy));
}

const struct account_status *
engine_account_status(struct engine *e, uint32_t account)
{
	return map_get_u64(e->p->statuses, account);
}

const char *
engine_account_name(struct engine *e, uint32_t account)
{
	struct engine_account *a = engine_account_by_id(e, account);

	return a == NULL ? NULL : a->name;
}

uint32_t
engine_account_find(struct engine *e, const char *name)
{
	struct engine_account *a = account_by_name(e, name);

	return a == NULL ? 0 : a->id;
}

const char *
engine_account_problem(struct engine *e, const char *name)
{
	for (size_t i = 0; i < e->p->accounts.len; i++) {
		struct engine_account *a = array_at(&e->p->accounts, i);

		if (a->problem != NULL && (name == NULL || str_equal(a->name, name)))
			return a->problem;
	}
	return NULL;
}

size_t
engine_account_ids(struct engine *e, uint32_t *ids, size_t max)
{
	size_t n = 0;

	for (size_t i = 0; n < max && i < e->p->accounts.len; i++) {
		struct engine_account *a = array_at(&e->p->accounts, i);

		if (a->id != 0)
			ids[n++] = a->id;
	}
	return n;
}

const struct address_list *
engine_own_addresses(struct engine *e)
{
	return &e->p->own;
}

const struct address *
engine_account_address(struct engine *e, uint32_t account)
{
	struct engine_account *a = engine_account_by_id(e, account);

	return a == NULL || a->addresses.len == 0 ? NULL : &a->addresses.items[0];
}

const struct address_list *
engine_account_addresses(struct engine *e, uint32_t account)
{
	static const struct address_list none;
	struct engine_account *a = engine_account_by_id(e, account);

	return a == NULL ? &none : &a->addresses;
}

void
engine_account_password(struct engine *e, uint32_t account, bool outgoing,
	const char *password)
{
	struct engine_account *a = engine_account_by_id(e, account);

	if (a == NULL)
		return;
	char **where = outgoing ? &a->outgoing_password : &a->password;
	secret_free(where);
	*where = str_dup(password);
	a->made_of = 0;
	engine_accounts_changed(e);
}

void
engine_account_trust(struct engine *e, uint32_t account, bool outgoing,
	const char *fingerprint)
{
	struct engine_account *a = engine_account_by_id(e, account);

	if (a == NULL)
		return;
	// With the host that it was said of: what a person believes of one server
	// says nothing of another that is set later.
	const struct account_status *status = engine_account_status(e, account);
	bool known = status != NULL && status->host[0] != '\0' &&
		str_equal(status->fingerprint, fingerprint);
	char *pin = known ? str_printf("%s %s", fingerprint, status->host) :
		str_dup(fingerprint);
	char *name = pin_name(a->name, outgoing);
	store_state_post(e->store, name, pin, strlen(pin));
	str_set(outgoing ? &a->outgoing_pin : &a->pin, pin);
	free(name);
	free(pin);
	engine_accounts_changed(e);
}

bool
engine_account_trusts(struct engine *e, uint32_t account, bool outgoing,
	const char *host, const char *fingerprint)
{
	struct engine_account *a = engine_account_by_id(e, account);

	if (a == NULL || str_empty(host) || str_empty(fingerprint))
		return false;
	char *pin = str_printf("%s %s", fingerprint, host);
	bool trusts = str_equal_nocase(outgoing ? a->outgoing_pin : a->pin, pin);
	free(pin);
	return trusts;
}

void
engine_account_online(struct engine *e, uint32_t account, bool online)
{
	struct engine_account *a = engine_account_by_id(e, account);

	if (a == NULL)
		return;
	a->offline = !online;
	accounts_pause(e->accounts, account, !online);
	if (online)
		engine_job(e, &(struct job){ .kind = JOB_RETRY, .account = account },
			NULL, NULL);
}
