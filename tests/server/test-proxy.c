// SPDX-License-Identifier: GPL-3.0-or-later
// Shows that the misbehaving link counts rightly and breaks as told, so that
// what tests measure through it can be believed.

#include "config.h"

#include "tests/server/proxy.h"

#include <arpa/inet.h>
#include <errno.h>
#include <netinet/in.h>
#include <poll.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <time.h>
#include <unistd.h>

#include <cmocka.h>

#define WAIT_MS 120000

// Both ends of one link, held by one thread.
struct ends {
	struct proxy *proxy;
	int listener;
	int client;
	int server;
};

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
	assert_int_equal(connect(fd, (struct sockaddr *)&to, sizeof(to)), 0);
	return fd;
}

static int
setup(void **state)
{
	struct ends *ends = calloc(1, sizeof(*ends));
	struct sockaddr_in at = { .sin_family = AF_INET,
				  .sin_addr.s_addr = htonl(INADDR_LOOPBACK) };
	socklen_t size = sizeof(at);
	assert_non_null(ends);
	ends->listener = socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0);
	assert_int_equal(bind(ends->listener, (struct sockaddr *)&at, size), 0);
	assert_int_equal(listen(ends->listener, 5), 0);
	getsockname(ends->listener, (struct sockaddr *)&at, &size);
	ends->proxy = proxy_start(ntohs(at.sin_port));
	assert_non_null(ends->proxy);
	ends->client = connected(proxy_port(ends->proxy));
	ends->server = accept(ends->listener, NULL, NULL);
	assert_true(ends->server >= 0);
	*state = ends;
	return 0;
}

static int
teardown(void **state)
{
	struct ends *ends = *state;
	proxy_stop(&ends->proxy);
	close(ends->client);
	close(ends->server);
	close(ends->listener);
	free(ends);
	return 0;
}

static bool
readable(int fd, int ms)
{
	struct pollfd polled = { .fd = fd, .events = POLLIN };
	return poll(&polled, 1, ms) == 1;
}

// Reads length bytes, or fewer if the link ends before.
static size_t
take(int fd, size_t length)
{
	size_t got = 0;
	char bytes[4096];
	while (got < length) {
		assert_true(readable(fd, WAIT_MS));
		size_t want = length - got;
		ssize_t n = recv(fd, bytes,
				 want < sizeof(bytes) ? want : sizeof(bytes), 0);
		if (n <= 0)
			break;
		got += (size_t)n;
	}
	return got;
}

static void
give(int fd, size_t length)
{
	char *bytes = calloc(1, length);
	assert_int_equal(send(fd, bytes, length, MSG_NOSIGNAL), length);
	free(bytes);
}

static double
seconds(void)
{
	struct timespec t;
	clock_gettime(CLOCK_MONOTONIC, &t);
	return (double)t.tv_sec + (double)t.tv_nsec / 1e9;
}

static void
test_counts_bytes_and_turns(void **state)
{
	struct ends *ends = *state;
	for (int i = 0; i < 3; i++) {
		give(ends->client, 10);
		assert_int_equal(take(ends->server, 10), 10);
		give(ends->client, 5);
		assert_int_equal(take(ends->server, 5), 5);
		give(ends->server, 70000);
		assert_int_equal(take(ends->client, 70000), 70000);
	}
	struct proxy_count count = proxy_counted(ends->proxy);
	assert_int_equal(count.up, 45);
	assert_int_equal(count.down, 210000);
	assert_int_equal(count.turns, 3);
	assert_int_equal(count.links, 1);
	assert_int_equal(count.open, 1);
	proxy_reset(ends->proxy);
	count = proxy_counted(ends->proxy);
	assert_int_equal(count.up + count.down + count.turns, 0);
	assert_int_equal(count.open, 1);

	// The end of one direction is handed on, the other still works.
	shutdown(ends->client, SHUT_WR);
	assert_int_equal(take(ends->server, 1), 0);
	give(ends->server, 3);
	assert_int_equal(take(ends->client, 3), 3);
}

static void
test_delay_and_rate(void **state)
{
	struct ends *ends = *state;
	proxy_rule(ends->proxy, &(struct proxy_rules){ .delay = 30 });
	double begin = seconds();
	give(ends->client, 1);
	take(ends->server, 1);
	give(ends->server, 1);
	take(ends->client, 1);
	assert_true(seconds() - begin >= 0.06);

	proxy_rule(ends->proxy, &(struct proxy_rules){ .rate = 100000 });
	begin = seconds();
	give(ends->server, 10000);
	assert_int_equal(take(ends->client, 10000), 10000);
	assert_true(seconds() - begin >= 0.08);
}

static void
test_cut_after_bytes(void **state)
{
	struct ends *ends = *state;
	proxy_rule(ends->proxy, &(struct proxy_rules){ .cut_down = 1000 });
	give(ends->server, 600);
	assert_int_equal(take(ends->client, 600), 600);
	give(ends->server, 600);
	assert_int_equal(take(ends->client, 600), 400);
	assert_int_equal(take(ends->server, 1), 0);
	assert_int_equal(proxy_counted(ends->proxy).open, 0);
}

static void
test_cut_now(void **state)
{
	struct ends *ends = *state;
	char byte;
	proxy_cut(ends->proxy);
	assert_int_equal(recv(ends->client, &byte, 1, 0), -1);
	assert_int_equal(errno, ECONNRESET);
	// The next link works.
	close(ends->client);
	close(ends->server);
	ends->client = connected(proxy_port(ends->proxy));
	ends->server = accept(ends->listener, NULL, NULL);
	give(ends->client, 2);
	assert_int_equal(take(ends->server, 2), 2);
}

static void
test_stall_split_refuse(void **state)
{
	struct ends *ends = *state;
	proxy_rule(ends->proxy, &(struct proxy_rules){ .stall = true });
	give(ends->server, 100);
	assert_false(readable(ends->client, 50));
	proxy_rule(ends->proxy, &(struct proxy_rules){ .split = true });
	assert_int_equal(take(ends->client, 100), 100);

	proxy_rule(ends->proxy, &(struct proxy_rules){ .refuse = true });
	int fd = connected(proxy_port(ends->proxy));
	assert_int_equal(take(fd, 1), 0);
	close(fd);
	assert_int_equal(proxy_counted(ends->proxy).links, 1);
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test_setup_teardown(test_counts_bytes_and_turns,
						setup, teardown),
		cmocka_unit_test_setup_teardown(test_delay_and_rate, setup,
						teardown),
		cmocka_unit_test_setup_teardown(test_cut_after_bytes, setup,
						teardown),
		cmocka_unit_test_setup_teardown(test_cut_now, setup, teardown),
		cmocka_unit_test_setup_teardown(test_stall_split_refuse, setup,
						teardown),
	};
	return cmocka_run_group_tests(tests, NULL, NULL);
}
