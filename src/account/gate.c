// SPDX-License-Identifier: GPL-3.0-or-later
// Credentials and patience. A password lives here in memory while the account
// runs, and in the settings of a connection while that is opened; both are wiped.
#include "config.h"

#include "account/gate.h"

#include "account/account.h"
#include "account/board.h"
#include "base/buf.h"
#include "base/error.h"
#include "base/log.h"
#include "base/mem.h"
#include "base/str.h"
#include "base/when.h"
#include "loop/cancel.h"
#include "loop/child.h"
#include "remote/remote.h"
#include "store/store.h"

#include <poll.h>
#include <pthread.h>
#include <stdlib.h>
#include <string.h>
#include <sys/random.h>

#define PASSWORD_MAX 8192
#define PASSWORD_COMMAND_MS (120 * 1000)  // a person may be typing a PIN
// Suspended longer than this: what was known of the network is old.
#define GATE_ASLEEP_MS 5000

struct gate {
	struct board *board;
	bool outgoing;
	struct cancel *free;      // set while nobody opens; what others wait for
	struct store *store;      // NULL: what worked is forgotten at the end
	int second_try_ms;
	// The opener's own.
	char *password;           // what password-command said
	bool let_in;              // the server took what these settings say
	struct remote_memory *memory;
	// Under `lock`.
	pthread_mutex_t lock;
	bool opening;
	unsigned attempts;        // to open, so far
	unsigned refused;         // the last of them that failed
	struct error last;        // kind NONE: no failure
	unsigned failures;
	unsigned places;          // bits: whose failures the board may show
	int64_t retry_at;         // when_mono_ms
	int64_t asleep;           // boot minus mono when the pause began
};

struct gate *
gate_new(struct board *board, bool outgoing)
{
	struct gate *g = mem_new(struct gate);

	g->board = board;
	g->outgoing = outgoing;
	g->second_try_ms = GATE_SECOND_TRY_MS;
	g->free = cancel_new();
	g->memory = remote_memory_new();
	pthread_mutex_init(&g->lock, NULL);
	return g;
}

static void
password_drop(struct gate *g)
{
	if (g->password != NULL)
		mem_wipe(g->password, strlen(g->password));
	free(g->password);
	g->password = NULL;
}

void
gate_free(struct gate **g)
{
	if (*g == NULL)
		return;
	password_drop(*g);
	cancel_free(&(*g)->free);
	remote_memory_free(&(*g)->memory);
	pthread_mutex_destroy(&(*g)->lock);
	free(*g);
	*g = NULL;
}

// --- patience -------------------------------------------------------------------------

// Between three quarters and the whole of it, so that not all clients of a server
// that was down come back at once.
static int64_t
jittered(int64_t ms)
{
	unsigned char r = 0;

	if (getrandom(&r, 1, GRND_NONBLOCK) != 1)
		r = 128;
	return ms - ms / 4 * r / 255;
}

static int64_t
pause_after(unsigned failures)
{
	int64_t ms = GATE_PAUSE_FIRST_MS;

	while (--failures > 0 && ms < GATE_PAUSE_MAX_MS)
		ms *= 2;
	return jittered(ms < GATE_PAUSE_MAX_MS ? ms : GATE_PAUSE_MAX_MS);
}

// Only the person can end these.
static bool
is_asked(const struct error *err)
{
	return err->kind == ERROR_AUTH || err->kind == ERROR_TRUST;
}

void
gate_failed(struct gate *g, unsigned place, const struct error *err)
{
	if (err->kind == ERROR_CANCELLED)
		return;
	pthread_mutex_lock(&g->lock);
	g->last = *err;
	g->failures++;
	g->places |= 1u << place;
	int64_t ms = pause_after(g->failures);
	g->retry_at = when_mono_ms() + ms;
	g->asleep = when_boot_ms() - when_mono_ms();
	pthread_mutex_unlock(&g->lock);
	if (!is_asked(err))
		board_failed(g->board, place, err, when_now() + ms / 1000);
}

// Called locked.
static void
forget(struct gate *g)
{
	error_clear(&g->last);
	g->failures = 0;
}

void
gate_worked(struct gate *g)
{
	pthread_mutex_lock(&g->lock);
	unsigned places = g->places;
	forget(g);
	g->places = 0;
	pthread_mutex_unlock(&g->lock);
	for (unsigned i = 0; places >> i != 0; i++)
		if (places >> i & 1)
			board_recovered(g->board, i);
}

int
gate_wait_ms(struct gate *g)
{
	int64_t left = 0;

	pthread_mutex_lock(&g->lock);
	bool asked = is_asked(&g->last);
	if (g->last.kind != ERROR_NONE && !asked)
		left = g->retry_at - when_mono_ms();
	if (when_boot_ms() - when_mono_ms() - g->asleep > GATE_ASLEEP_MS)
		left = 0;
	pthread_mutex_unlock(&g->lock);
	if (asked)
		return -1;
	return left > 0 ? (int)left : 0;
}

bool
gate_error(struct gate *g, struct error *err)
{
	pthread_mutex_lock(&g->lock);
	*err = g->last;
	pthread_mutex_unlock(&g->lock);
	return err->kind != ERROR_NONE;
}

void
gate_retry(struct gate *g)
{
	pthread_mutex_lock(&g->lock);
	// What the board shows is true until something has worked.
	forget(g);
	pthread_mutex_unlock(&g->lock);
}

// --- credentials ----------------------------------------------------------------------

static bool
password_ask(struct gate *g, const struct strlist *command,
	struct cancel *cancel, struct error *err)
{
	const char **argv = mem_alloc(command->len + 1, sizeof(*argv));
	struct buf out = {0};

	for (size_t i = 0; i < command->len; i++)
		argv[i] = command->items[i];
	// Room for all of it at once: no copy is left behind by growing.
	buf_reserve(&out, PASSWORD_MAX);
	bool ok = child_run(argv, NULL, 0, &out, PASSWORD_MAX,
		PASSWORD_COMMAND_MS, cancel, err);
	if (ok)
		g->password = str_ndup(buf_text(&out),
			strcspn(buf_text(&out), "\r\n"));
	else if (err->kind != ERROR_CANCELLED) {
		err->kind = ERROR_AUTH;
		error_prefix(err, "password-command");
	}
	mem_wipe(out.data, out.cap);
	buf_done(&out);
	free(argv);
	return ok;
}

// What this side of the account says of itself.
struct side {
	const char *url, *password, *pin;
	const struct strlist *command;
};

static struct side
side_of(const struct gate *g, const struct account_settings *s)
{
	if (!g->outgoing)
		return (struct side){ s->incoming, s->password, s->tls_pin,
			&s->password_command };
	struct side side = { s->outgoing, s->outgoing_password,
		s->outgoing_tls_pin, &s->outgoing_password_command };
	// Most servers have one password for both.
	if (side.password == NULL && side.command->len == 0) {
		side.password = s->password;
		side.command = &s->password_command;
	}
	return side;
}

// A pin that names a host is of that one alone.
static char *
pin_for(const char *pin, const char *host)
{
	size_t len = pin == NULL ? 0 : strcspn(pin, " ");

	if (pin == NULL || (pin[len] != '\0' &&
	    !str_equal_nocase(pin + len + 1, str_or_empty(host))))
		return NULL;
	return str_ndup(pin, len);
}

// *fresh_r: the command was run just now, so running it again tells nothing new.
static bool
settings_make(struct gate *g, const struct account_settings *s, bool named,
	struct cancel *cancel, struct remote_settings *rs, bool *fresh_r,
	struct error *err)
{
	struct side side = side_of(g, s);

	*rs = (struct remote_settings){0};
	*fresh_r = true;
	// A driver that was given in the settings need not have a URL of its own.
	if (!remote_parse_url(rs, str_or_empty(side.url), s->tls_off, err) &&
	    named)
		return false;
	error_clear(err);
	char *whose = str_printf("%s, %s", s->name, g->outgoing ? "outgoing" : "incoming");

	remote_settings_name(rs, whose);
	free(whose);
	if (side.password == NULL && side.command->len > 0) {
		*fresh_r = g->password == NULL;
		if (g->password == NULL &&
		    !password_ask(g, side.command, cancel, err))
			return false;
		side.password = g->password;
	}
	str_set(&rs->password, side.password);
	str_set(&rs->tls_ca, s->tls_ca);
	rs->tls_pin = pin_for(side.pin, rs->host);
	str_set(&rs->client_name, GATE_CLIENT_NAME);
	rs->timeout_ms = s->timeout_ms;
	rs->compress_off = s->compress_off;
	rs->memory = g->memory;
	if (s->transcript != NULL)
		rs->transcript = str_printf("%s/%s-%s", s->transcript, s->name,
			g->outgoing ? "out" : "in");
	return true;
}

// --- opening --------------------------------------------------------------------------

// Either of the two kinds of connection.
struct opening {
	const struct remote_driver *driver;
	const struct sender_driver *sender_driver;
	struct remote *remote;
	struct sender *sender;
	char *host;         // that was tried
	uint16_t port;
};

static bool
open_once(struct gate *g, const struct account_settings *s,
	struct opening *o, struct cancel *cancel,
	struct remote_certificate *cert, bool *fresh_r, struct error *err)
{
	bool named = g->outgoing ? s->sender == NULL : s->driver == NULL;
	struct remote_settings rs;

	bool ok = settings_make(g, s, named, cancel, &rs, fresh_r, err);
	if (ok && o->driver != NULL)
		ok = o->driver->open(&o->remote, &rs, cancel, cert, err);
	else if (ok)
		ok = o->sender_driver->open(&o->sender, &rs, cancel, cert, err);
	str_set(&o->host, rs.host);
	o->port = rs.port;
	remote_settings_done(&rs);
	return ok;
}

// Has an attempt failed that tells one who came during the attempt `since` what
// its own would? A server may be back since that began, a password is not better.
// Called locked.
static bool
open_shared(struct gate *g, unsigned since, struct error *err)
{
	if (g->last.kind == ERROR_NONE ||
	    g->refused < since + (is_asked(&g->last) ? 0 : 1))
		return false;
	*err = g->last;
	return true;
}

// One at a time, so that a password is asked for once and refused once, and that
// not each in turn waits for the same deadline.
static bool
open_begin(struct gate *g, struct cancel *cancel, struct error *err)
{
	pthread_mutex_lock(&g->lock);
	unsigned since = g->attempts;
	// What was refused before is not tried at each click.
	bool shared = is_asked(&g->last);
	if (shared)
		*err = g->last;
	while (g->opening && !shared && !cancel_is_set(cancel)) {
		cancel_reset(g->free);
		pthread_mutex_unlock(&g->lock);
		struct pollfd fds[] = {
			{ .fd = cancel_fd(cancel), .events = POLLIN },
			{ .fd = cancel_fd(g->free), .events = POLLIN },
		};
		poll(fds, 2, -1);
		pthread_mutex_lock(&g->lock);
		shared = open_shared(g, since, err);
	}
	bool mine = !shared && !cancel_is_set(cancel);
	g->opening = g->opening || mine;
	g->attempts += mine;
	pthread_mutex_unlock(&g->lock);
	if (!mine && !shared)
		error_set(err, ERROR_CANCELLED, "cancelled");
	return mine;
}

static void
open_end(struct gate *g, bool ok)
{
	pthread_mutex_lock(&g->lock);
	g->opening = false;
	if (!ok)
		g->refused = g->attempts;
	cancel_set(g->free);
	pthread_mutex_unlock(&g->lock);
}

// --- what worked before ---------------------------------------------------------------

void
gate_remember(struct gate *g, struct store *store)
{
	g->store = store;
}

void
gate_set_second_try(struct gate *g, int pause_ms)
{
	g->second_try_ms = pause_ms;
}

static char *
login_name(const struct gate *g, const struct account_settings *s)
{
	return str_printf("login%s:%s", g->outgoing ? "-out" : "", s->name);
}

// Where, not with what.
static void
login_note(struct gate *g, const struct account_settings *s)
{
	const char *url = str_or_empty(side_of(g, s).url);

	if (g->let_in)
		return;
	g->let_in = true;
	if (g->store == NULL)
		return;
	char *name = login_name(g, s);
	struct buf before = {0};
	if (!store_state_get(g->store, name, &before) ||
	    !str_equal(buf_text(&before), url))
		store_state_post(g->store, name, url, strlen(url));
	buf_done(&before);
	free(name);
}

// A password that was typed in this run is another one than that of earlier runs.
static bool
login_worked_before(struct gate *g, const struct account_settings *s)
{
	struct side side = side_of(g, s);
	struct buf where = {0};

	if (g->let_in || g->store == NULL || side.password != NULL ||
	    side.command->len == 0)
		return g->let_in;
	char *name = login_name(g, s);
	bool worked = store_state_get(g->store, name, &where) &&
		str_equal(buf_text(&where), side.url);
	buf_done(&where);
	free(name);
	return worked;
}

// True after the pause; false when somebody gave up meanwhile.
static bool
pause_whole(int ms, struct cancel *cancel)
{
	struct pollfd fd = { .fd = cancel_fd(cancel), .events = POLLIN };
	int64_t end = when_mono_ms() + ms;

	while (!cancel_is_set(cancel)) {
		int64_t left = end - when_mono_ms();
		if (left <= 0)
			return true;
		poll(&fd, 1, (int)left);
	}
	return false;
}

static bool
open_again(struct gate *g, const struct account_settings *s, struct opening *o,
	struct cancel *cancel, struct remote_certificate *cert, struct error *err)
{
	bool fresh;

	log_info("%s: %s: %s: it worked before, so it is tried again", s->name,
		g->outgoing ? "out" : "in", err->text);
	if (!pause_whole(g->second_try_ms, cancel))
		return error_set(err, ERROR_CANCELLED, "cancelled");
	error_clear(err);
	if (open_once(g, s, o, cancel, cert, &fresh, err))
		return true;
	if (err->kind != ERROR_AUTH)
		return false;
	struct error why = *err;
	size_t len = strlen(why.text);
	while (len > 0 && why.text[len - 1] == '.')
		len--;
	return error_set(err, ERROR_AUTH, "%.*s (the same password worked before)",
		(int)len, why.text);
}

static bool
open_any(struct gate *g, const struct account_settings *s, struct opening *o,
	unsigned place, struct cancel *cancel, struct error *err)
{
	struct remote_certificate cert = {0};
	bool fresh = true;

	board_state(g->board, place, ACCOUNT_CONNECTING);
	if (!open_begin(g, cancel, err)) {
		board_rest(g->board, place);
		return false;
	}
	bool ok = open_once(g, s, o, cancel, &cert, &fresh, err);
	if (!ok && err->kind == ERROR_AUTH) {
		password_drop(g);
		// A token may have expired since.
		if (!fresh) {
			error_clear(err);
			ok = open_once(g, s, o, cancel, &cert, &fresh, err);
		}
	}
	if (!ok && err->kind == ERROR_AUTH && login_worked_before(g, s))
		ok = open_again(g, s, o, cancel, &cert, err);
	if (ok)
		login_note(g, s);
	if (!ok) {
		log_info("%s: %s: %s", s->name, g->outgoing ? "out" : "in",
			err->text);
		if (err->kind == ERROR_AUTH)
			password_drop(g);
		gate_failed(g, place, err);
		if (is_asked(err))
			board_asks(g->board, place, err, o->host, o->port,
				cert.fingerprint, g->outgoing);
	}
	str_set(&o->host, NULL);
	open_end(g, ok);
	remote_certificate_done(&cert);
	return ok;
}

bool
gate_open(struct gate *g, const struct account_settings *settings,
	const struct remote_driver *driver, unsigned place,
	struct cancel *cancel, struct remote **remote_r, struct error *err)
{
	struct opening o = { .driver = driver };
	bool ok = open_any(g, settings, &o, place, cancel, err);

	*remote_r = o.remote;
	return ok;
}

bool
gate_open_sender(struct gate *g, const struct account_settings *settings,
	const struct sender_driver *driver, unsigned place,
	struct cancel *cancel, struct sender **sender_r, struct error *err)
{
	struct opening o = { .sender_driver = driver };
	bool ok = open_any(g, settings, &o, place, cancel, err);

	*sender_r = o.sender;
	return ok;
}
