// SPDX-License-Identifier: GPL-3.0-or-later
// Hosts have several addresses and some of them lead nowhere; trying them a
// quarter of a second apart costs nothing and saves minutes.
#include "config.h"

#include <errno.h>
#include <netinet/in.h>
#include <netinet/tcp.h>
#include <poll.h>
#include <string.h>
#include <unistd.h>

#include "base/error.h"
#include "base/when.h"
#include "loop/cancel.h"
#include "remote/dial.h"
#include "remote/resolve.h"

#define DIAL_ATTEMPTS_MAX (RESOLVE_FAMILIES * DIAL_ADDRESSES_MAX)
#define DIAL_KEEP_IDLE_S 60    // a dead link is noticed after about two minutes
#define DIAL_KEEP_EACH_S 15
#define DIAL_KEEP_COUNT 4

struct family {
	struct resolve_address addresses[DIAL_ADDRESSES_MAX];
	size_t n, next;
	bool known;
	const char *why;
};

struct dialling {
	const char *peer;               // the host, as errors call it
	bool loopback_only;
	struct resolve *resolve;
	struct family families[RESOLVE_FAMILIES];
	enum resolve_family turn;       // which family goes next
	int64_t not_before;             // no attempt earlier
	int64_t deadline;
	int fds[DIAL_ATTEMPTS_MAX];
	size_t n_fds;
	int last_errno;
	bool had_address;               // one that may be tried
};

static bool
is_loopback(const struct sockaddr_storage *a)
{
	if (a->ss_family == AF_INET) {
		const struct sockaddr_in *in = (const void *)a;
		return ntohl(in->sin_addr.s_addr) >> 24 == IN_LOOPBACKNET;
	}
	const struct sockaddr_in6 *in6 = (const void *)a;
	if (IN6_IS_ADDR_V4MAPPED(&in6->sin6_addr))
		return in6->sin6_addr.s6_addr[12] == IN_LOOPBACKNET;
	return IN6_IS_ADDR_LOOPBACK(&in6->sin6_addr);
}

static void
dial_take(struct dialling *d)
{
	resolve_seen(d->resolve);
	for (int i = 0; i < RESOLVE_FAMILIES; i++) {
		struct family *f = &d->families[i];
		if (f->known)
			continue;
		f->known = resolve_take(d->resolve, i, f->addresses,
			DIAL_ADDRESSES_MAX, &f->n, &f->why);
		if (f->known && i == RESOLVE_IPV4 && !d->families[RESOLVE_IPV6].known &&
		    f->n > 0)
			d->not_before = when_boot_ms() + DIAL_RESOLUTION_MS;
		if (f->known && i == RESOLVE_IPV6 && f->n > 0 && d->n_fds == 0)
			d->not_before = 0;
	}
	if (d->families[RESOLVE_IPV6].known && d->families[RESOLVE_IPV4].known &&
	    d->n_fds == 0)
		d->not_before = 0;
}

// The families take turns, IPv6 first (RFC 8305 section 4).
static struct resolve_address *
dial_next(struct dialling *d)
{
	for (int tries = 0; tries < RESOLVE_FAMILIES; tries++) {
		struct family *f = &d->families[d->turn];
		d->turn = (d->turn + 1) % RESOLVE_FAMILIES;
		while (f->next < f->n) {
			struct resolve_address *a = &f->addresses[f->next++];
			if (!d->loopback_only || is_loopback(&a->address))
				return a;
		}
	}
	return NULL;
}

static bool
dial_has_next(const struct dialling *d)
{
	for (int i = 0; i < RESOLVE_FAMILIES; i++) {
		if (d->families[i].next < d->families[i].n)
			return true;
	}
	return false;
}

static void
dial_attempt(struct dialling *d, const struct resolve_address *a)
{
	d->had_address = true;
	int fd = socket(a->address.ss_family,
		SOCK_STREAM | SOCK_NONBLOCK | SOCK_CLOEXEC, IPPROTO_TCP);
	if (fd < 0) {
		d->last_errno = errno;
		return;
	}
	if (connect(fd, (const struct sockaddr *)&a->address, a->len) != 0 &&
	    errno != EINPROGRESS && errno != EINTR) {
		d->last_errno = errno;
		close(fd);
		return;
	}
	d->fds[d->n_fds++] = fd;
	d->not_before = when_boot_ms() + DIAL_NEXT_MS;
}

static void
dial_start(struct dialling *d)
{
	while (d->n_fds < DIAL_ATTEMPTS_MAX && when_boot_ms() >= d->not_before) {
		struct resolve_address *a = dial_next(d);
		if (!a)
			return;
		dial_attempt(d, a);
	}
}

// The first that is connected, or -1; those that failed go.
static int
dial_collect(struct dialling *d, const struct pollfd *polls)
{
	size_t kept = 0;
	int winner = -1;
	for (size_t i = 0; i < d->n_fds; i++) {
		int fd = d->fds[i], why = 0;
		socklen_t len = sizeof(why);
		if (winner < 0 && polls[i].revents) {
			if (getsockopt(fd, SOL_SOCKET, SO_ERROR, &why, &len) != 0)
				why = errno;
			if (why == 0) {
				winner = fd;
				continue;
			}
			d->last_errno = why;
			d->not_before = 0;
			close(fd);
			continue;
		}
		d->fds[kept++] = fd;
	}
	d->n_fds = kept;
	return winner;
}

static bool
dial_resolved(const struct dialling *d)
{
	return d->families[RESOLVE_IPV6].known && d->families[RESOLVE_IPV4].known;
}

// Waits for whatever comes first. False with *err at the end of patience.
static bool
dial_poll(struct dialling *d, struct pollfd *polls, const struct cancel *cancel,
	struct error *err)
{
	int64_t now = when_boot_ms(), until = d->deadline;
	if (dial_has_next(d) && d->not_before < until)
		until = d->not_before;
	size_t n = 0;
	for (; n < d->n_fds; n++)
		polls[n] = (struct pollfd){ .fd = d->fds[n], .events = POLLOUT };
	polls[n++] = (struct pollfd){ .fd = cancel_fd(cancel), .events = POLLIN };
	polls[n++] = (struct pollfd){
		.fd = dial_resolved(d) ? -1 : resolve_fd(d->resolve),
		.events = POLLIN,
	};
	int ready = poll(polls, n, until > now ? (int)(until - now) : 0);
	if (ready < 0 && errno != EINTR)
		return error_errno(err, ERROR_OFFLINE, "cannot wait for %s", d->peer);
	if (ready < 0)
		memset(polls, 0, n * sizeof(*polls));
	for (size_t i = 0; ready <= 0 && i < n; i++)
		polls[i].revents = 0;
	if (cancel_is_set(cancel))
		return error_set(err, ERROR_CANCELLED, "cancelled");
	if (when_boot_ms() >= d->deadline && ready <= 0)
		return error_set(err, ERROR_OFFLINE,
			d->had_address ? "%s does not answer" :
			"looking up %s takes too long: is there a network?", d->peer);
	return true;
}

static bool
dial_exhausted(const struct dialling *d, struct error *err)
{
	char reason[128];

	if (d->last_errno)
		return error_set(err, ERROR_OFFLINE, "cannot connect to %s: %s", d->peer,
			strerror_r(d->last_errno, reason, sizeof(reason)));
	for (int i = 0; i < RESOLVE_FAMILIES; i++) {
		if (d->families[i].n > 0)
			return error_set(err, ERROR_INPUT, "%s is not this machine: "
				"without TLS only a loopback address is used", d->peer);
	}
	return error_set(err, ERROR_OFFLINE, "cannot find %s: %s", d->peer,
		d->families[RESOLVE_IPV4].why ? d->families[RESOLVE_IPV4].why :
		"it has no address");
}

static int
dial_run(struct dialling *d, const struct cancel *cancel, struct error *err)
{
	struct pollfd polls[DIAL_ATTEMPTS_MAX + 2];
	for (;;) {
		// A name that cannot be found, found out meanwhile, is no news any more.
		if (cancel_is_set(cancel)) {
			error_set(err, ERROR_CANCELLED, "cancelled");
			return -1;
		}
		dial_take(d);
		dial_start(d);
		if (d->n_fds == 0 && dial_resolved(d) && !dial_has_next(d)) {
			dial_exhausted(d, err);
			return -1;
		}
		if (!dial_poll(d, polls, cancel, err))
			return -1;
		int fd = dial_collect(d, polls);
		if (fd >= 0)
			return fd;
	}
}

static void
dial_tune(int fd)
{
	static const struct { int level, name, value; } options[] = {
		{ IPPROTO_TCP, TCP_NODELAY, 1 },
		{ SOL_SOCKET, SO_KEEPALIVE, 1 },
		{ IPPROTO_TCP, TCP_KEEPIDLE, DIAL_KEEP_IDLE_S },
		{ IPPROTO_TCP, TCP_KEEPINTVL, DIAL_KEEP_EACH_S },
		{ IPPROTO_TCP, TCP_KEEPCNT, DIAL_KEEP_COUNT },
	};
	for (size_t i = 0; i < sizeof(options) / sizeof(options[0]); i++)
		(void)setsockopt(fd, options[i].level, options[i].name,
			&options[i].value, sizeof(options[i].value));
}

int
dial(const char *host, const char *peer, uint16_t port, bool loopback_only, int timeout_ms,
	const struct cancel *cancel, struct error *err)
{
	struct dialling d = {
		.peer = peer,
		.loopback_only = loopback_only,
		.resolve = resolve_start(host, port),
		.deadline = when_boot_ms() + timeout_ms,
	};
	int fd = dial_run(&d, cancel, err);
	for (size_t i = 0; i < d.n_fds; i++)
		close(d.fds[i]);
	resolve_abandon(&d.resolve);
	if (fd >= 0)
		dial_tune(fd);
	return fd;
}
