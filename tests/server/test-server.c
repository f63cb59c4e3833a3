// SPDX-License-Identifier: GPL-3.0-or-later
// Shows that a C test can own real servers: their facts, mail put into them,
// a crash and a restart.

#include "config.h"

#include "tests/server/server.h"

#include <arpa/inet.h>
#include <netinet/in.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <unistd.h>

#include <cmocka.h>

#define MESSAGE "From: bob@example.net\nTo: ann@example.org\nSubject: one\n\n" \
	"A line.\n.dotted\n"

static int
connected(int port)
{
	struct sockaddr_in to = {
		.sin_family = AF_INET,
		.sin_port = htons((uint16_t)port),
		.sin_addr.s_addr = htonl(INADDR_LOOPBACK),
	};
	int fd = socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0);
	assert_true(fd >= 0);
	if (connect(fd, (struct sockaddr *)&to, sizeof(to)) == 0)
		return fd;
	close(fd);
	return -1;
}

// Counts the messages of the inbox as a POP3 client sees them.
static int
inbox_count(struct server *server)
{
	int fd = connected(server_port(server, "pop3"));
	assert_true(fd >= 0);
	FILE *in = fdopen(fd, "r");
	char line[1000];
	int count = -1;
	assert_non_null(in);
	assert_non_null(fgets(line, sizeof(line), in));
	dprintf(fd, "USER %s\r\nPASS %s\r\nSTAT\r\n", server_get(server, "user"),
		server_get(server, "password"));
	for (int i = 0; i < 3; i++)
		assert_non_null(fgets(line, sizeof(line), in));
	assert_int_equal(sscanf(line, "+OK %d", &count), 1);
	fclose(in);
	return count;
}

static void
test_server_owned_by_test(void **state)
{
	(void)state;
	if (!server_available()) {
		print_message("# " SERVER_MISSING "\n");
		skip();
	}
	const char *const options[] = { "--services", "pop3,lmtp", "--tls",
					"off", NULL };
	struct server *server = server_start(options);
	assert_non_null(server);
	assert_string_equal(server_get(server, "user"), "ann@example.org");
	assert_null(server_get(server, "nonsense"));
	assert_int_equal(server_port(server, "imap"), 0);
	assert_int_equal(inbox_count(server), 0);

	assert_true(server_deliver(server, "ann@example.org", MESSAGE,
				   strlen(MESSAGE)));
	assert_int_equal(inbox_count(server), 1);
	assert_true(server_put(server, "ann@example.org", "INBOX", NULL,
			       1700000000, MESSAGE, strlen(MESSAGE)));
	assert_true(server_put(server, "ann@example.org", "INBOX", "FS", 0,
			       MESSAGE, strlen(MESSAGE)));
	assert_true(server_put(server, "ann@example.org", "A/B", "", 0, MESSAGE,
			       strlen(MESSAGE)));
	assert_int_equal(inbox_count(server), 3);

	assert_true(server_say(server, "kill dovecot"));
	assert_int_equal(connected(server_port(server, "pop3")), -1);
	assert_true(server_say(server, "start dovecot"));
	assert_int_equal(inbox_count(server), 3);
	char *folder = strdup(server_get(server, "folder"));
	server_stop(&server);
	assert_null(server);
	assert_int_equal(access(folder, F_OK), -1);
	free(folder);
}

static void
test_server_that_cannot_start(void **state)
{
	(void)state;
	if (!server_available()) {
		print_message("# " SERVER_MISSING "\n");
		skip();
	}
	const char *const options[] = { "--services", "imap", "--set",
					"no_such_setting=1", NULL };
	print_message("# the following complaint is expected\n");
	assert_null(server_start(options));
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_server_owned_by_test),
		cmocka_unit_test(test_server_that_cannot_start),
	};
	return cmocka_run_group_tests(tests, NULL, NULL);
}
