// SPDX-License-Identifier: GPL-3.0-or-later
// A name server that does not answer must not hold a worker: the threads here
// own what they write to, and whoever loses interest just lets go.
#include "config.h"

#include <arpa/inet.h>
#include <netdb.h>
#include <pthread.h>
#include <stdlib.h>
#include <string.h>
#include <sys/eventfd.h>
#include <unistd.h>

#include "base/mem.h"
#include "base/str.h"
#include "remote/resolve.h"

#define RESOLVE_STACK (1024 * 1024)

struct resolve {
	pthread_mutex_t lock;
	int refs;              // the owner and each thread
	int event;
	char *host;
	char port[8];
	struct {
		bool done;
		int status;        // of getaddrinfo
		struct addrinfo *found;
	} family[RESOLVE_FAMILIES];
};

static const int families[RESOLVE_FAMILIES] = {
	[RESOLVE_IPV6] = AF_INET6,
	[RESOLVE_IPV4] = AF_INET,
};

struct job {
	struct resolve *r;
	enum resolve_family family;
};

static void
resolve_release(struct resolve *r)
{
	pthread_mutex_lock(&r->lock);
	bool last = --r->refs == 0;
	pthread_mutex_unlock(&r->lock);
	if (!last)
		return;
	for (int i = 0; i < RESOLVE_FAMILIES; i++) {
		if (r->family[i].found)
			freeaddrinfo(r->family[i].found);
	}
	if (r->event >= 0)
		close(r->event);
	pthread_mutex_destroy(&r->lock);
	free(r->host);
	free(r);
}

static void
resolve_lookup(struct resolve *r, enum resolve_family family, int flags)
{
	struct addrinfo hints = {
		.ai_family = families[family],
		.ai_socktype = SOCK_STREAM,
		.ai_flags = AI_NUMERICSERV | flags,
	};
	struct addrinfo *found = NULL;
	int status = getaddrinfo(r->host, r->port, &hints, &found);
	pthread_mutex_lock(&r->lock);
	r->family[family].status = status;
	r->family[family].found = status == 0 ? found : NULL;
	r->family[family].done = true;
	pthread_mutex_unlock(&r->lock);
	if (r->event >= 0)
		eventfd_write(r->event, 1);
}

static void *
resolve_run(void *arg)
{
	struct job job = *(struct job *)arg;
	free(arg);
	resolve_lookup(job.r, job.family, 0);
	resolve_release(job.r);
	return NULL;
}

static void
resolve_spawn(struct resolve *r, enum resolve_family family)
{
	struct job *job = mem_new(struct job);
	*job = (struct job){ .r = r, .family = family };
	pthread_attr_t attr;
	pthread_attr_init(&attr);
	pthread_attr_setdetachstate(&attr, PTHREAD_CREATE_DETACHED);
	pthread_attr_setstacksize(&attr, RESOLVE_STACK);
	pthread_mutex_lock(&r->lock);
	r->refs++;
	pthread_mutex_unlock(&r->lock);
	pthread_t thread;
	if (pthread_create(&thread, &attr, resolve_run, job) != 0) {
		free(job);
		pthread_mutex_lock(&r->lock);
		r->refs--;
		r->family[family].status = EAI_AGAIN;
		r->family[family].done = true;
		pthread_mutex_unlock(&r->lock);
		eventfd_write(r->event, 1);
	}
	pthread_attr_destroy(&attr);
}

static bool
is_literal(const char *host)
{
	unsigned char bytes[16];
	return inet_pton(AF_INET, host, bytes) == 1 ||
		inet_pton(AF_INET6, host, bytes) == 1 || strchr(host, '%');
}

struct resolve *
resolve_start(const char *host, uint16_t port)
{
	struct resolve *r = mem_new(struct resolve);
	pthread_mutex_init(&r->lock, NULL);
	r->refs = 1;
	r->event = eventfd(0, EFD_CLOEXEC | EFD_NONBLOCK);
	r->host = str_dup(host);
	char *text = str_printf("%u", port);
	memcpy(r->port, text, strlen(text) + 1);
	free(text);
	bool literal = is_literal(host);
	for (int i = 0; i < RESOLVE_FAMILIES; i++) {
		if (literal || r->event < 0)
			resolve_lookup(r, i, literal ? AI_NUMERICHOST : 0);
		else
			resolve_spawn(r, i);
	}
	return r;
}

int
resolve_fd(const struct resolve *r)
{
	return r->event;
}

void
resolve_seen(struct resolve *r)
{
	eventfd_t value;
	if (r->event >= 0)
		(void)eventfd_read(r->event, &value);
}

bool
resolve_take(struct resolve *r, enum resolve_family family,
	struct resolve_address *addresses, size_t max, size_t *n_r, const char **why_r)
{
	*n_r = 0;
	*why_r = NULL;
	pthread_mutex_lock(&r->lock);
	bool done = r->family[family].done;
	pthread_mutex_unlock(&r->lock);
	if (!done)
		return false;
	// Once done nobody writes it any more.
	if (r->family[family].status != 0) {
		*why_r = gai_strerror(r->family[family].status);
		return true;
	}
	for (struct addrinfo *a = r->family[family].found; a && *n_r < max; a = a->ai_next) {
		if (a->ai_addrlen > sizeof(addresses->address))
			continue;
		memcpy(&addresses[*n_r].address, a->ai_addr, a->ai_addrlen);
		addresses[*n_r].len = a->ai_addrlen;
		++*n_r;
	}
	return true;
}

void
resolve_abandon(struct resolve **r)
{
	if (*r)
		resolve_release(*r);
	*r = NULL;
}
