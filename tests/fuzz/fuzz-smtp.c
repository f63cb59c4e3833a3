// SPDX-License-Identifier: GPL-3.0-or-later
// Submission to a server that says what it likes, of a message that is anything.
#include "config.h"

#include <stdlib.h>
#include <string.h>

#include "base/error.h"
#include "base/mem.h"
#include "base/str.h"
#include "remote/line.h"
#include "remote/smtp.h"
#include "tests/fuzz/fuzz.h"
#include "tests/fuzz/wire.h"

struct body {
	const uint8_t *data;
	size_t len, at;
};

static bool
next_piece(void *arg, const void **bytes_r, size_t *len_r)
{
	struct body *b = arg;
	size_t left = b->len - b->at;

	*bytes_r = b->data + b->at;
	*len_r = left < 7 ? left : 7;
	b->at += *len_r;
	return left > 0;
}

// After the final dot of a message, only commands of ours.
static void
check_data(const struct buf *sent)
{
	const char *at = buf_text(sent), *end;

	while ((end = strstr(at, "\r\n.\r\n")) != NULL) {
		at = end + 5;
		if (*at != '\0' && !str_has_prefix(at, "RSET\r\n") &&
		    !str_has_prefix(at, "MAIL FROM:<ann@example.org>") &&
		    !str_has_prefix(at, "QUIT\r\n"))
			abort();
	}
}

static void
send_some(struct sender *sender, const uint8_t *data, size_t size)
{
	for (int i = 0; i < 2; i++) {
		struct sender_recipient to[] = {
			{ .mail = "bob@example.org" }, { .mail = "cy@example.org" },
		};
		struct body body = { data, size, 0 };
		struct error err = {0};
		bool maybe;
		bool ok = sender_smtp.send(sender, "ann@example.org", to, 2, size,
			next_piece, &body, &maybe, &err);
		bool any = to[0].accepted || to[1].accepted;
		if (ok != any || (ok && maybe) || ok == (err.kind != ERROR_NONE))
			abort();
		free(to[0].answer);
		free(to[1].answer);
	}
}

// Up to a NUL it is the message, behind it what the server says.
int
LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	const uint8_t *nul = size == 0 ? NULL : memchr(data, '\0', size);

	if (nul == NULL)
		return 0;
	size_t message = (size_t)(nul - data);
	struct wire w = wire_open(nul + 1, size - message - 1);
	struct smtp *s = mem_new(struct smtp);
	struct sender *sender = &s->base;
	struct buf sent = {0};
	struct error err = {0};

	s->base.driver = &sender_smtp;
	s->settings = (struct remote_settings){
		.scheme = str_dup("smtp"), .user = str_dup("ann"),
		.host = str_dup("localhost"), .tls = REMOTE_TLS_OFF,
		.password = str_dup("secret"), .timeout_ms = 1000,
	};
	s->line = line_from_fd(w.client, &s->settings, NULL);
	if (smtp_begin(s, NULL, &err))
		send_some(sender, data, message);
	sender_smtp.close(&sender);
	wire_done(&w, &sent);
	wire_check_lines(&sent);
	check_data(&sent);
	buf_done(&sent);
	return 0;
}
