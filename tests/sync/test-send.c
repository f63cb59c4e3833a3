// SPDX-License-Identifier: GPL-3.0-or-later
// The outbox, killed and cut at every step: a message is sent once and its copy
// stands in Sent once; or it may have been sent, and then somebody is told.
#include "config.h"

#include "tests/unit/test.h"

#include "tests/sync/scene.h"

#include "account/send.h"
#include "base/buf.h"
#include "base/path.h"
#include "base/when.h"
#include "store/outbox.h"
#include "store/store.h"

#include <stdio.h>
#include <string.h>

struct sending_client {
	struct client c;
	struct sending sending;
	unsigned notices;
};

static bool
open_sender(void *arg, struct sender **sender_r, struct error *err)
{
	struct remote_settings none = {0};

	(void)arg;
	return fake_sender.open(sender_r, &none, NULL, NULL, err);
}

static bool
step(void *arg, const char *what)
{
	(void)arg;
	fake_step(what);
	return true;
}

static void
notice(void *arg, const struct error *err)
{
	struct sending_client *sc = arg;

	(void)err;
	sc->notices++;
}

static bool
sending_open(struct sending_client *sc, struct scene *s, char **mail_r)
{
	*sc = (struct sending_client){0};
	*mail_r = path_join(s->home, "mail");
	if (!client_open(&sc->c, s))
		return false;
	sc->sending = (struct sending){
		.store = sc->c.store, .driver = &fake_sender,
		.open = open_sender, .settings = &s->settings, .mail = *mail_r,
		.account = sc->c.account, .step = step, .notice = notice,
		.arg = sc,
	};
	return true;
}

static void
sending_close(struct sending_client *sc, char **mail)
{
	client_close(&sc->c);
	free(*mail);
	*mail = NULL;
}

static void
server_sent(struct fake *f)
{
	fake_add_folder(f, "INBOX", "inbox");
	fake_add_folder(f, "Sent", "sent");
	fake_add(f, "INBOX", "a", "");
}

static void
server_no_sent(struct fake *f)
{
	fake_add_folder(f, "INBOX", "inbox");
	fake_add(f, "INBOX", "a", "");
}

// --- queueing ---------------------------------------------------------------------------

static bool
queue(struct sending_client *sc, const char *name, const char *const to[])
{
	struct send send = {
		.account = sc->c.account, .file = str_printf("%s.eml", name),
		.message_id = str_printf("%s@example.org", name),
		.from = str_dup("ann@example.org"),
		.subject = str_printf("about %s", name),
		.draft = str_dup("draft.eml"),
		.original = client_find(&sc->c, "INBOX", "a"),
		.when = when_now(),
	};
	char *folder = path_join(sc->sending.mail, OUTBOX_FOLDER);
	char *path = path_join(folder, send.file);
	char *text = fake_text(name);
	struct error err = {0};

	for (size_t i = 0; to[i] != NULL; i++) {
		send.recipients = realloc(send.recipients,
			(i + 1) * sizeof(*send.recipients));
		send.recipients[i] = (struct send_recipient){
			.mail = str_dup(to[i]) };
		send.n_recipients = i + 1;
	}
	bool ok = path_make_folder(folder, &err) &&
		path_write_atomic(path, text, strlen(text), &err) &&
		store_send_add(sc->c.store, &send, &err);
	send_done(&send);
	free(folder);
	free(path);
	free(text);
	return ok || scene_say(sc->c.scene, "queue: %s", err.text);
}

struct script {
	const char *name;
	void (*server)(struct fake *f);
	const char *to[4];
	const char *refuse, *words;
	const char *expected;           // of the server, when it was sent
	unsigned sent;                  // recipients who have it then
	enum send_state left;           // state of what is left
	bool leaves;                    // something is left in the outbox
};

static bool
run_queue(struct scene *s, void *arg)
{
	const struct script *script = arg;
	struct sending_client sc;
	char *mail;

	bool ok = sending_open(&sc, s, &mail) && client_sync(&sc.c);
	client_disconnect(&sc.c);
	ok = ok && queue(&sc, "m", script->to);
	sending_close(&sc, &mail);
	return ok;
}

// --- the end --------------------------------------------------------------------------

static bool
check_doubt(struct scene *s, const struct send *send)
{
	char *found = fake_print(s->fake);
	bool copied = strstr(found, "m{seen}") != NULL;

	free(found);
	if (send->state != SEND_FAILED || send->error == NULL ||
	    strstr(send->error, "may have been sent") == NULL)
		return scene_say(s, "left in state %d: %s", send->state,
			str_or_empty(send->error));
	return !copied || scene_say(s, "a doubt was copied to Sent");
}

static bool
check_end(struct sending_client *sc, const struct script *script, bool doubt)
{
	struct scene *s = sc->c.scene;
	struct send *sends = NULL;
	size_t n = store_sends(sc->c.store, sc->c.account, &sends);
	bool ok = true;

	if (s->fake->n_sent > script->sent)
		ok = scene_say(s, "sent to %zu", s->fake->n_sent);
	bool doubtful = n == 1 && sends[0].state == SEND_FAILED &&
		(!script->leaves || strstr(str_or_empty(sends[0].error),
			"may have been sent") != NULL);
	if (ok && doubtful && doubt) {
		ok = check_doubt(s, &sends[0]);
	} else if (ok) {
		char *found = fake_print(s->fake);
		if (!str_equal(found, script->expected))
			ok = scene_say(s, "the server has\n  %s, not\n  %s",
				found, script->expected);
		else if (s->fake->n_sent != script->sent)
			ok = scene_say(s, "sent to %zu", s->fake->n_sent);
		else if (n != (script->leaves ? 1 : 0))
			ok = scene_say(s, "%zu left: %s", n,
				n > 0 ? str_or_empty(sends[0].error) : "");
		else if (n == 1 && sends[0].state != script->left)
			ok = scene_say(s, "left as %d: %s", sends[0].state,
				str_or_empty(sends[0].error));
		else if (n == 1 && sends[0].tries == 0)
			ok = scene_say(s, "an answer counts as no try");
		free(found);
	}
	for (size_t i = 0; i < n; i++)
		send_done(&sends[i]);
	free(sends);
	return ok && client_check(&sc->c);
}

struct run {
	const struct script *script;
	bool doubt;             // it may end in a doubt
};

static bool
run_send(struct scene *s, void *arg)
{
	const struct run *run = arg;
	struct sending_client sc;
	struct error err = {0};
	int64_t next;
	char *mail;

	if (!sending_open(&sc, s, &mail))
		return false;
	for (int i = 0; i < 3; i++) {
		error_clear(&err);
		bool ok = send_outbox(&sc.sending, false, &next, &err);
		if (sc.sending.sender != NULL)
			fake_sender.close(&sc.sending.sender);
		if (ok || err.kind != ERROR_OFFLINE)
			break;
	}
	bool ok = client_sync(&sc.c);
	unsigned steps = s->fake->steps;
	client_disconnect(&sc.c);
	ok = ok && check_end(&sc, run->script, run->doubt);
	sending_close(&sc, &mail);
	s->fake->steps = steps;
	return ok;
}

// --- scripts --------------------------------------------------------------------------

static const struct script scripts[] = {
	{ "sent", server_sent, { "bob@example.net", "cyd@example.net" }, NULL,
		NULL, "INBOX: a{answered}; Sent: m{seen}", 2, 0, false },
	{ "sent, and Sent is made", server_no_sent, { "bob@example.net" }, NULL,
		NULL, "INBOX: a{answered}; Sent: m{seen}", 1, 0, false },
	{ "refused", server_sent, { "bob@example.net" }, "bob@example.net",
		"550 no such user", "INBOX: a; Sent: ", 0, SEND_FAILED, true },
	{ "later", server_sent, { "bob@example.net" }, "bob@example.net",
		"451 busy", "INBOX: a; Sent: ", 0, SEND_WAITING, true },
	{ "refused for one", server_sent, { "bob@example.net", "cyd@example.net" },
		"bob@example.net", "550 no such user",
		"INBOX: a{answered}; Sent: m{seen}", 1, SEND_FAILED, true },
	{ "later for one", server_sent, { "bob@example.net", "cyd@example.net" },
		"bob@example.net", "451 busy",
		"INBOX: a{answered}; Sent: m{seen}", 1, SEND_WAITING, true },
};

static void
set_scene(struct scene *s, const struct script *script)
{
	scene_init(s);
	s->settings.outgoing = str_dup("smtps://ann@smtp.example.org");
	s->fake->abilities = REMOTE_UIDPLUS | REMOTE_MOVE;
	script->server(s->fake);
	if (script->refuse != NULL) {
		strcpy(s->fake->refuse, script->refuse);
		strcpy(s->fake->refuse_words, script->words);
	}
	if (scene_run(s, run_queue, (void *)script, false) != SCENE_OK)
		fail_msg("%s: %s", script->name, s->fake->said);
	scene_keep(s);
}

static void
must(struct scene *s, struct run *run, const char *when, unsigned k)
{
	if (scene_run(s, run_send, run, k == 0 && !run->doubt) == SCENE_OK)
		return;
	print_error("%s, %s %u: %s\n", run->script->name, when, k,
		s->fake->said);
	fail();
}

static void
test_send(void **state)
{
	unsigned kills = 0;

	(void)state;
	for (size_t i = 0; i < COUNT_OF(scripts); i++) {
		struct run run = { &scripts[i], false };
		char trail[32];
		struct scene s;
		set_scene(&s, &scripts[i]);
		must(&s, &run, "clean", 0);
		unsigned steps = s.fake->steps;
		must(&s, &run, "again", 0);
		run.doubt = true;
		for (unsigned k = 1; k <= steps; k++) {
			if (!scene_kill(&s, run_send, &run, k))
				fail_msg("%s at %u: %s", scripts[i].name, k,
					s.fake->said);
			snprintf(trail, sizeof(trail), "%s",
				s.fake->trail[(k - 1) % 64]);
			// Only one who died with the last bytes on their way
			// may doubt.
			run.doubt = str_equal(trail, "send started") ||
				str_equal(trail, "before the end of data") ||
				str_equal(trail, "after send") ||
				str_equal(trail, "answered");
			must(&s, &run, trail, k);
			run.doubt = true;
		}
		kills += s.kills;
		scene_done(&s);
	}
	print_message("# killed at each of %u steps of a send\n", kills);
}

static void
test_cut(void **state)
{
	static const struct { const char *verb; bool done, doubt; } cuts[] = {
		{ "open sender", false, false }, { "send", false, false },
		{ "send", true, true }, { "append", false, false },
		{ "append", true, false },
	};

	(void)state;
	for (size_t i = 0; i < COUNT_OF(cuts); i++) {
		struct run run = { &scripts[0], cuts[i].doubt };
		struct scene s;
		set_scene(&s, &scripts[0]);
		s.fake->fault.kind = ERROR_OFFLINE;
		s.fake->fault.done = cuts[i].done;
		strcpy(s.fake->fault.verb, cuts[i].verb);
		must(&s, &run, cuts[i].verb, cuts[i].done);
		scene_done(&s);
	}
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_send),
		cmocka_unit_test(test_cut),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
