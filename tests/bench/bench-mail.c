// SPDX-License-Identifier: GPL-3.0-or-later
// How fast mail is read as values: header blocks for an index, whole messages,
// and a query over the rows. One line each: name, per second of one core's time.
#include "config.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>

#include "base/buf.h"
#include "mail/document.h"
#include "mail/message.h"
#include "mail/query.h"
#include "mail/read.h"

#define BLOCKS 100000
#define ROWS 20000

static void
make_block(struct buf *out, int i)
{
	buf_clear(out);
	buf_printf(out, "Date: Sun, %d Nov 2026 06:%02d:%02d +0100\r\n"
		"From: \"Example, Person %d\" <person.%d@mail.example.org>\r\n"
		"To: Ann Example <ann@example.org>,\r\n"
		"\tBob <bob@example.net>, dev@lists.example.org\r\n",
		i % 28 + 1, i % 60, i % 59, i, i);
	if (i % 5 == 0) // a fifth is not ASCII
		buf_str(out, "Subject: =?UTF-8?Q?Besprechung_am_n=C3=A4chsten?=\r\n"
			" =?UTF-8?Q?_Dienstag?=\r\nCc: =?utf-8?b?SsO8cmdlbg==?= <j@x.example>\r\n");
	else
		buf_str(out, "Subject: Re: [dev] the plan for the next release of it\r\n");
	buf_printf(out, "Message-ID: <%d.0123456789abcdef@mail.example.org>\r\n"
		"In-Reply-To: <%d.0123456789abcdef@mail.example.org>\r\n"
		"References: <1.0123456789abcdef@mail.example.org>\r\n"
		" <%d.0123456789abcdef@mail.example.org>\r\n"
		"List-Id: Development <dev.lists.example.org>\r\n"
		"Content-Type: multipart/mixed; boundary=\"x\"\r\n\r\n", i, i - 1, i - 1);
}

static void
say(const char *name, double n, clock_t start)
{
	double spent = (double)(clock() - start) / CLOCKS_PER_SEC;

	printf("%s %.0f per second\n", name, n / (spent > 0 ? spent : 1e-6));
}

static void
bench_headers(const char *name, int first, int step)
{
	struct buf *blocks = calloc(BLOCKS, sizeof(*blocks));
	struct envelope e;

	for (int i = 0; i < BLOCKS; i++)
		make_block(&blocks[i], first + i * step);
	clock_t start = clock();
	for (int i = 0; i < BLOCKS; i++) {
		envelope_parse(&e, blocks[i].data, blocks[i].len);
		envelope_done(&e);
	}
	say(name, BLOCKS, start);
	for (int i = 0; i < BLOCKS; i++)
		buf_done(&blocks[i]);
	free(blocks);
}

static void
make_rows(struct message *rows)
{
	struct buf block = {0};

	for (int i = 0; i < ROWS; i++) {
		make_block(&block, i);
		envelope_parse(&rows[i].envelope, block.data, block.len);
	}
	buf_done(&block);
}

static void
bench_records(const struct message *rows)
{
	struct buf all = {0};
	struct envelope e;
	clock_t start = clock();

	for (int i = 0; i < ROWS; i++)
		envelope_pack(&all, &rows[i].envelope);
	say("envelope_pack", ROWS, start);
	start = clock();
	struct reader in = reader_of(all.data, all.len);
	for (int i = 0; i < ROWS; i++) {
		envelope_unpack(&e, &in);
		envelope_done(&e);
	}
	say("envelope_unpack", ROWS, start);
	buf_done(&all);
}

static void
bench_query(const struct message *rows, const char *text)
{
	struct query *q;
	size_t found = 0;

	if (!query_parse(&q, text, 1795328880, NULL))
		return;
	clock_t start = clock();
	for (int i = 0; i < ROWS; i++)
		found += query_match(q, &(struct query_subject){ .message = &rows[i] });
	char name[100];
	snprintf(name, sizeof(name), "query %s (%zu found)", text, found);
	say(name, ROWS, start);
	query_free(&q);
}

static void
bench_reading(void)
{
	struct buf message = {0};
	int n = 2000;

	make_block(&message, 0);
	buf_cut(&message, message.len - 2);
	buf_str(&message, "\r\n--x\r\nContent-Type: text/plain; charset=utf-8\r\n\r\n");
	for (int i = 0; i < 50; i++)
		buf_str(&message, "> a line of a text that is like others https://x.example/\r\n");
	buf_str(&message, "--x\r\nContent-Type: text/html\r\n\r\n");
	for (int i = 0; i < 50; i++)
		buf_str(&message, "<p>Some <b>text</b> with <a href='https://x.example/'>links</a></p>\r\n");
	buf_str(&message, "--x--\r\n");
	clock_t start = clock();
	for (int i = 0; i < n; i++) {
		struct document *d = read_message(&(struct read_input){
			.raw = message.data, .raw_len = message.len });
		document_free(&d);
	}
	char name[100];
	snprintf(name, sizeof(name), "read_message of %zu bytes", message.len);
	say(name, n, start);
	buf_done(&message);
}

int
main(void)
{
	struct message *rows = calloc(ROWS, sizeof(*rows));

	bench_headers("envelope_parse, a fifth not ASCII", 0, 1);
	bench_headers("envelope_parse, all ASCII", 1, 5);
	bench_headers("envelope_parse, none ASCII", 0, 5);
	make_rows(rows);
	bench_records(rows);
	bench_query(rows, "is:unread");
	bench_query(rows, "from:person.777@");
	bench_query(rows, "besprechung");
	bench_reading();
	for (int i = 0; i < ROWS; i++)
		message_done(&rows[i]);
	free(rows);
	return 0;
}
