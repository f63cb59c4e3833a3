// SPDX-License-Identifier: GPL-3.0-or-later
// A whole POP3 session with a server that says what it likes.
#include "config.h"

#include <stdlib.h>
#include <string.h>

#include "base/error.h"
#include "base/mem.h"
#include "base/str.h"
#include "remote/line.h"
#include "remote/pop3.h"
#include "tests/fuzz/fuzz.h"
#include "tests/fuzz/wire.h"

static bool
see_message(void *arg, struct remote_message *m)
{
	// What a name is, a caller relies on.
	if (m->uid == 0 || (m->uidl != NULL &&
	    (m->uidl[0] == '\0' || strlen(m->uidl) > POP3_UIDL_MAX)))
		abort();
	(void)arg;
	return true;
}

static bool
see_data(void *arg, const void *bytes, size_t len)
{
	(void)arg;
	return bytes != NULL && len > 0;
}

static void
session(struct pop3 *p, uint8_t choice)
{
	struct remote *r = &p->base;
	struct remote_sink sink = { .message = see_message, .data = see_data };
	struct remote_range all = { 1, UINT32_MAX };
	struct remote_set set = { &all, 1 };
	struct remote_known known = {0};
	struct remote_state state;
	struct error err = {0};

	if (!remote_pop3.select(r, "INBOX", &known, &state, NULL, &err))
		return;
	remote_pop3.fetch(r, set, REMOTE_FETCH_UIDS, 0, &sink, &err);
	if ((choice & 1) != 0)
		remote_pop3.fetch(r, set, REMOTE_FETCH_ENVELOPE, 0, &sink, &err);
	if ((choice & 2) != 0)
		remote_pop3.fetch(r, set, REMOTE_FETCH_RAW, 0, &sink, &err);
	if ((choice & 4) != 0)
		remote_pop3.fetch_raw(r, 1, choice, 10, &sink, &err);
	if ((choice & 8) != 0)
		remote_pop3.expunge(r, set, &err);
	remote_pop3.commit(r, &err);
}

// The first byte chooses what we do, the rest is what the server says.
int
LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	if (size == 0)
		return 0;
	struct wire w = wire_open(data + 1, size - 1);
	struct pop3 *p = mem_new(struct pop3);
	struct remote *r = &p->base;
	struct buf sent = {0};
	struct error err = {0};

	p->base.driver = &remote_pop3;
	p->base.settings = (struct remote_settings){
		.scheme = str_dup("pop3"), .user = str_dup("ann"),
		.host = str_dup("localhost"), .tls = REMOTE_TLS_OFF,
		.password = str_dup("secret"), .timeout_ms = 1000,
	};
	p->base.line = line_from_fd(w.client, &p->base.settings, NULL);
	if (pop3_begin(p, NULL, &err))
		session(p, data[0]);
	remote_pop3.close(&r);
	wire_done(&w, &sent);
	wire_check_lines(&sent);
	buf_done(&sent);
	return 0;
}
