// SPDX-License-Identifier: GPL-3.0-or-later
// A session of the IMAP driver with a scripted server, and what it was told, as text.
#ifndef TESTS_UNIT_IMAP_SESSION_H
#define TESTS_UNIT_IMAP_SESSION_H

#include "base/buf.h"
#include "base/error.h"
#include "remote/remote.h"
#include "script.h"

struct heard {
	struct buf log;      // what was told, in order
	struct buf data;
};

static inline bool
hear_message(void *arg, struct remote_message *m)
{
	struct heard *h = arg;
	buf_printf(&h->log, "%u%s%s%s ", m->uid, m->has_flags ? "f" : "",
		m->has_envelope ? "e" : "", m->unreadable ? "!" : "");
	return true;
}

static inline void
hear_gone(void *arg, const uint32_t *uids, size_t n)
{
	struct heard *h = arg;
	for (size_t i = 0; i < n; i++)
		buf_printf(&h->log, "-%u ", uids[i]);
}

static inline bool
hear_data(void *arg, const void *bytes, size_t len)
{
	buf_add(&((struct heard *)arg)->data, bytes, len);
	return true;
}

static inline void
hear_noticed(void *arg)
{
	buf_str(&((struct heard *)arg)->log, "noticed ");
}

struct session {
	struct script *script;
	struct remote_settings settings;
	struct remote *r;
	struct heard heard;
	struct remote_sink sink;
	struct remote_state state;
	struct error err;
};

#define PRE "S: * PREAUTH [CAPABILITY IMAP4rev1 "
#define SELECTED(caps, exists, uidnext) PRE caps "] hi\n" \
	"C: $1 SELECT \"f\"*\nS: * " exists " EXISTS\nS: * OK [UIDVALIDITY 7] v\n" \
	"S: * OK [UIDNEXT " uidnext "] n\nS: $1 OK [READ-WRITE] done\n"

static inline void
session_open(struct session *n, const char *text)
{
	*n = (struct session){ .script = script_start(NULL, text) };
	script_settings(n->script, "imap", &n->settings);
	n->sink = (struct remote_sink){ .arg = &n->heard, .message = hear_message,
		.gone = hear_gone, .data = hear_data, .noticed = hear_noticed };
	if (!remote_imap.open(&n->r, &n->settings, NULL, NULL, &n->err))
		fail_msg("%s", n->err.text);
}

static inline void
session_select(struct session *n, const char *text)
{
	session_open(n, text);
	if (!remote_imap.select(n->r, "f", NULL, &n->state, &n->sink, &n->err))
		fail_msg("%s", n->err.text);
	buf_clear(&n->heard.log);
}

static inline void
session_close(struct session *n)
{
	remote_imap.close(&n->r);
	script_finish(&n->script);
	remote_settings_done(&n->settings);
	buf_done(&n->heard.log);
	buf_done(&n->heard.data);
}

static inline struct remote_set
all(void)
{
	static const struct remote_range range = { 1, UINT32_MAX };
	return (struct remote_set){ &range, 1 };
}

static inline struct remote_set
just(uint32_t uid)
{
	static struct remote_range range;
	range = (struct remote_range){ uid, uid };
	return (struct remote_set){ &range, 1 };
}

#endif
