// SPDX-License-Identifier: GPL-3.0-or-later
// Writes what the set-up has found out: the account behind what the configuration
// holds already, and its passwords into files of their own.
#include "config.h"

#include "ui/view/setup.h"
#include "ui/view/setup_inside.h"

#include <stdlib.h>
#include <string.h>
#include "base/buf.h"
#include "base/error.h"
#include "base/mem.h"
#include "base/path.h"
#include "command/option.h"
#include "command/script.h"
#include "engine.h"
#include "mail/address.h"
#include "ui/app.h"

#define SETUP_CONFIG_MAX (1024 * 1024)

bool
setup_wants_password(const struct setup *x)
{
	const char *in = str_or_empty(x->values[SETUP_INCOMING]);
	const char *out = str_or_empty(x->values[SETUP_OUTGOING]);

	return !(str_has_prefix(in, "maildir:") || str_has_prefix(in, "mbox:")) ||
		str_has_prefix(out, "smtp");
}

// --- the configuration -----------------------------------------------------------------

static char *
setup_secret_path(const struct engine *e, const char *account, bool sending)
{
	char *name = str_printf("%spassword-%s", sending ? "sending-" : "", account);
	char *path = path_join(e->home.config, name);

	free(name);
	return path;
}

static char *
setup_password_path(const struct setup *x, bool sending)
{
	return setup_secret_path(x->view.app->engine, x->account, sending);
}

static void
setup_set(struct buf *out, const char *option, const char *value)
{
	if (str_empty(value))
		return;
	buf_printf(out, "\tset %s ", option);
	script_quote(out, value);
	buf_char(out, '\n');
}

static void
setup_set_file(const struct setup *x, struct buf *out, const char *option, bool sending)
{
	char *path = setup_password_path(x, sending);

	buf_printf(out, "\tset %s cat ", option);
	script_quote(out, path);
	buf_char(out, '\n');
	free(path);
}

void
setup_commands(const struct setup *x, bool for_file, struct buf *out)
{
	struct buf address = {0};
	struct address one = { x->values[SETUP_NAME], x->values[SETUP_ADDRESS] };

	address_format(&address, &one);
	buf_str(out, "account ");
	script_quote(out, x->account);
	buf_str(out, " {\n");
	setup_set(out, "address", buf_text(&address));
	setup_set(out, "incoming", x->values[SETUP_INCOMING]);
	setup_set(out, "outgoing", x->values[SETUP_OUTGOING]);
	if (for_file && setup_wants_password(x) && x->keep == SETUP_IN_FILE) {
		setup_set_file(x, out, "password-command", false);
		if (x->sending_password)
			setup_set_file(x, out, "outgoing-password-command", true);
	} else if (x->keep == SETUP_BY_COMMAND && !str_empty(x->command)) {
		buf_printf(out, "\tset password-command %s\n", x->command);
	}
	buf_str(out, "}\n");
	buf_done(&address);
}

struct setup_secret {
	char *path, *text;                // NULL: not kept in a file
};

struct setup_saving {
	struct engine *engine;
	char *config, *text;
	struct setup_secret secrets[2];   // of receiving, of sending
};

static bool
setup_write_secret(const struct setup_secret *secret, struct error *err)
{
	struct buf line = {0};

	if (!secret->text)
		return true;
	buf_printf(&line, "%s\n", secret->text);
	bool ok = path_write_atomic(secret->path, line.data, line.len, err);

	mem_wipe(line.data, line.cap);
	buf_done(&line);
	return ok;
}

static void
setup_secret_done(struct setup_secret *secret)
{
	if (secret->text)
		mem_wipe(secret->text, strlen(secret->text));
	free(secret->text);
	free(secret->path);
}

static bool
setup_write(void *arg, struct error *err)
{
	struct setup_saving *w = arg;
	struct buf all = {0};
	bool ok = setup_write_secret(&w->secrets[0], err) &&
		setup_write_secret(&w->secrets[1], err);

	if (ok && path_exists(w->config))
		ok = path_read(w->config, SETUP_CONFIG_MAX, &all, err);
	if (all.len > 0 && all.data[all.len - 1] != '\n')
		buf_char(&all, '\n');
	buf_str(&all, w->text);
	ok = ok && path_write_atomic(w->config, all.data, all.len, err);
	buf_done(&all);
	return ok;
}

static void
setup_written(void *arg, const struct error *err)
{
	struct setup_saving *w = arg;
	// The last files are written when the screen is gone already.
	struct app *a = w->engine->quit_arg;

	if (a && err && !a->quitting)
		app_notice(a, SAY_ERROR, "The account works, but %s", err->text);
	else if (a && !a->quitting)
		app_notice(a, SAY_INFO, "Saved in %s", w->config);
	free(w->config);
	free(w->text);
	setup_secret_done(&w->secrets[0]);
	setup_secret_done(&w->secrets[1]);
	free(w);
}

void
setup_save(struct setup *x)
{
	struct app *a = x->view.app;
	struct setup_saving *w = mem_new(struct setup_saving);
	struct buf text = {0};

	setup_commands(x, true, &text);
	w->engine = a->engine;
	w->config = str_dup(engine_config_path(a->engine));
	w->text = buf_take(&text);
	const char *secrets[] = { x->values[SETUP_PASSWORD], x->sending_password };

	for (int i = 0; setup_wants_password(x) && x->keep == SETUP_IN_FILE && i < 2;
	     i++) {
		if (!secrets[i])
			continue;
		w->secrets[i].path = setup_password_path(x, i == 1);
		w->secrets[i].text = str_dup(secrets[i]);
	}
	engine_work(a->engine, false, setup_write, setup_written, w);
	x->leaves = true;
	// It is an account from now on.
	str_set(&x->declared, NULL);
	app_open(a, "index", NULL, NULL);
	app_close(a, &x->view);
}

// --- a password that was another --------------------------------------------------------

// Whether the account has its password from a file that the set-up wrote.
static bool
setup_is_ours(const struct engine *e, const char *account, bool sending, const char *path)
{
	struct strlist argv = {0};

	options_argv(e->options, account, sending ? "outgoing-password-command"
		: "password-command", &argv);
	bool ours = argv.len == 2 && str_equal(argv.items[0], "cat") &&
		str_equal(argv.items[1], path);

	strlist_done(&argv);
	return ours;
}

static bool
setup_secret_work(void *arg, struct error *err)
{
	return setup_write_secret(&((struct setup_saving *)arg)->secrets[0], err);
}

static void
setup_secret_written(void *arg, const struct error *err)
{
	struct setup_saving *w = arg;
	struct app *a = w->engine->quit_arg;

	if (a && !a->quitting && err)
		app_notice(a, SAY_ERROR, "The password works, but %s", err->text);
	else if (a && !a->quitting)
		app_notice(a, SAY_INFO, "The password works, and is kept in %s",
			w->secrets[0].path);
	setup_secret_done(&w->secrets[0]);
	free(w);
}

bool
setup_keep_password(struct app *a, const char *account, bool sending,
	const char *password)
{
	char *path = setup_secret_path(a->engine, account, sending);

	if (!setup_is_ours(a->engine, account, sending, path)) {
		free(path);
		return false;
	}
	struct setup_saving *w = mem_new(struct setup_saving);

	w->engine = a->engine;
	w->secrets[0] = (struct setup_secret){ path, str_dup(password) };
	engine_work(a->engine, false, setup_secret_work, setup_secret_written, w);
	return true;
}
