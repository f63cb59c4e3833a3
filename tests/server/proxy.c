// SPDX-License-Identifier: GPL-3.0-or-later
// One thread that links clients to a server and keeps the rules of a test:
// bytes wait in a queue with the time at which they may go on.

#include "config.h"

#include "tests/server/proxy.h"

#include <arpa/inet.h>
#include <errno.h>
#include <netinet/in.h>
#include <netinet/tcp.h>
#include <poll.h>
#include <pthread.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/eventfd.h>
#include <sys/socket.h>
#include <time.h>
#include <unistd.h>

#define CHUNK_BYTES 16384
#define SECOND UINT64_C(1000000000) // nanoseconds
#define MILLISECOND UINT64_C(1000000)
#define NEVER UINT64_MAX

// What was read in one go and waits to be handed on.
struct chunk {
	struct chunk *next;
	uint64_t due;
	size_t at;
	size_t length;
	char bytes[];
};

// One direction of a link.
struct flow {
	struct chunk *first;
	struct chunk **last;
	size_t held;
	uint64_t passed;
	uint64_t next; // not before this, because of the rate
	bool ended;    // the source sends no more
	bool shut;     // and its target was told
};

enum { UP, DOWN };

struct proxy_link {
	int fd[2]; // the client's and the server's; flow[UP] reads fd[UP]
	struct flow flow[2];
	int spoke; // who spoke last: UP, DOWN, or -1
};

struct proxy {
	pthread_t thread;
	pthread_mutex_t lock; // of what follows up to links
	pthread_cond_t done;
	struct proxy_rules rules;
	struct proxy_count count;
	bool stop;
	unsigned long cuts_wanted;
	unsigned long cuts_made;
	int wake;
	int listener;
	int port;
	int server_port;
	struct proxy_link *links[PROXY_LINKS_MAX];
};

static uint64_t
now(void)
{
	struct timespec t;
	clock_gettime(CLOCK_MONOTONIC, &t);
	return (uint64_t)t.tv_sec * SECOND + (uint64_t)t.tv_nsec;
}

static struct sockaddr_in
loopback(int port)
{
	return (struct sockaddr_in){
		.sin_family = AF_INET,
		.sin_port = htons((uint16_t)port),
		.sin_addr.s_addr = htonl(INADDR_LOOPBACK),
	};
}

// --- one direction ------------------------------------------------------------

static void
flow_init(struct flow *flow)
{
	*flow = (struct flow){ .last = &flow->first };
}

static void
flow_drop(struct flow *flow)
{
	while (flow->first) {
		struct chunk *chunk = flow->first;
		flow->first = chunk->next;
		free(chunk);
	}
	flow_init(flow);
}

// When the first bytes may go on; NEVER when there are none.
static uint64_t
flow_due(const struct flow *flow)
{
	if (!flow->first)
		return NEVER;
	return flow->first->due > flow->next ? flow->first->due : flow->next;
}

// Takes what the source sent; false when the link is broken.
static bool
flow_read(struct flow *flow, int fd, unsigned delay, size_t *got_r)
{
	struct chunk *chunk = malloc(sizeof(*chunk) + CHUNK_BYTES);
	if (!chunk)
		abort();
	ssize_t n = recv(fd, chunk->bytes, CHUNK_BYTES, MSG_DONTWAIT);
	*got_r = n > 0 ? (size_t)n : 0;
	if (n <= 0) {
		free(chunk);
		flow->ended = n == 0;
		return n == 0 || errno == EAGAIN || errno == EINTR;
	}
	chunk->next = NULL;
	chunk->at = 0;
	chunk->length = (size_t)n;
	chunk->due = now() + delay * MILLISECOND;
	*flow->last = chunk;
	flow->last = &chunk->next;
	flow->held += (size_t)n;
	return true;
}

static void
flow_took(struct flow *flow, size_t n, uint64_t rate)
{
	struct chunk *chunk = flow->first;
	chunk->at += n;
	flow->held -= n;
	flow->passed += n;
	if (rate)
		flow->next = now() + n * SECOND / rate;
	if (chunk->at < chunk->length)
		return;
	flow->first = chunk->next;
	if (!flow->first)
		flow->last = &flow->first;
	free(chunk);
}

// Hands on what is due; false when the link is broken or to be cut.
static bool
flow_write(struct flow *flow, int fd, const struct proxy_rules *rules,
	   uint64_t cut)
{
	while (flow_due(flow) <= now()) {
		if (cut && flow->passed >= cut)
			return false;
		struct chunk *chunk = flow->first;
		size_t n = chunk->length - chunk->at;
		if (rules->split)
			n = 1;
		// In steps of a hundredth of a second.
		if (rules->rate && n > rules->rate / 100 + 1)
			n = rules->rate / 100 + 1;
		if (cut && n > cut - flow->passed)
			n = cut - flow->passed;
		ssize_t sent = send(fd, chunk->bytes + chunk->at, n,
				    MSG_DONTWAIT | MSG_NOSIGNAL);
		if (sent < 0)
			return errno == EAGAIN || errno == EINTR;
		flow_took(flow, (size_t)sent, rules->rate);
	}
	if (cut && flow->passed >= cut)
		return false;
	if (flow->ended && !flow->first && !flow->shut) {
		flow->shut = true;
		shutdown(fd, SHUT_WR);
	}
	return true;
}

// --- links --------------------------------------------------------------------

// Closes with RST, as a cut does.
static void
reset(int fd)
{
	const struct linger linger = { .l_onoff = 1 };
	setsockopt(fd, SOL_SOCKET, SO_LINGER, &linger, sizeof(linger));
	close(fd);
}

static void
link_drop(struct proxy *proxy, struct proxy_link **link, bool cut)
{
	// First the count: who sees the link end may ask for it.
	pthread_mutex_lock(&proxy->lock);
	proxy->count.open--;
	pthread_mutex_unlock(&proxy->lock);
	for (int i = 0; i < 2; i++) {
		flow_drop(&(*link)->flow[i]);
		if (cut)
			reset((*link)->fd[i]);
		else
			close((*link)->fd[i]);
	}
	free(*link);
	*link = NULL;
}

static void
link_accept(struct proxy *proxy, const struct proxy_rules *rules)
{
	const int one = 1;
	int client = accept4(proxy->listener, NULL, NULL, SOCK_CLOEXEC);
	if (client < 0)
		return;
	struct proxy_link **free_link = NULL;
	for (int i = 0; i < PROXY_LINKS_MAX && !free_link; i++)
		if (!proxy->links[i])
			free_link = &proxy->links[i];
	int server = socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0);
	struct sockaddr_in to = loopback(proxy->server_port);
	if (rules->refuse || !free_link || server < 0 ||
	    connect(server, (struct sockaddr *)&to, sizeof(to)) != 0) {
		reset(client);
		if (server >= 0)
			close(server);
		return;
	}
	// Else a delay of the kernel's would be measured as the client's.
	setsockopt(client, IPPROTO_TCP, TCP_NODELAY, &one, sizeof(one));
	setsockopt(server, IPPROTO_TCP, TCP_NODELAY, &one, sizeof(one));
	struct proxy_link *link = calloc(1, sizeof(*link));
	if (!link)
		abort();
	link->fd[UP] = client;
	link->fd[DOWN] = server;
	link->spoke = -1;
	flow_init(&link->flow[UP]);
	flow_init(&link->flow[DOWN]);
	*free_link = link;
	pthread_mutex_lock(&proxy->lock);
	proxy->count.links++;
	proxy->count.open++;
	pthread_mutex_unlock(&proxy->lock);
}

static void
count(struct proxy *proxy, struct proxy_link *link, int direction, size_t n)
{
	if (n == 0)
		return;
	pthread_mutex_lock(&proxy->lock);
	if (direction == UP)
		proxy->count.up += n;
	else
		proxy->count.down += n;
	if (direction == UP && link->spoke != UP)
		proxy->count.turns++;
	link->spoke = direction;
	pthread_mutex_unlock(&proxy->lock);
}

// Reads and hands on, both ways; drops the link where it ends.
static void
link_run(struct proxy *proxy, struct proxy_link **slot,
	 const struct proxy_rules *rules, const struct pollfd *polled)
{
	struct proxy_link *link = *slot;
	const uint64_t cuts[2] = { rules->cut_up, rules->cut_down };
	for (int i = 0; i < 2; i++) {
		struct flow *flow = &link->flow[i];
		size_t got = 0;
		bool ok = true;
		if ((polled[i].revents & (POLLIN | POLLHUP | POLLERR)) &&
		    !flow->ended && flow->held < PROXY_BUFFER_MAX)
			ok = flow_read(flow, link->fd[i], rules->delay, &got);
		count(proxy, link, i, got);
		if (ok && !rules->stall)
			ok = flow_write(flow, link->fd[!i], rules, cuts[i]);
		if (!ok) {
			link_drop(proxy, slot, true);
			return;
		}
	}
	if (link->flow[UP].shut && link->flow[DOWN].shut)
		link_drop(proxy, slot, false);
}

// --- the thread -----------------------------------------------------------------

// What to wait for on a link's two sockets; lowers until to when bytes are due.
static void
link_poll(const struct proxy_link *link, const struct proxy_rules *rules,
	  struct pollfd *polled, uint64_t *until)
{
	uint64_t at = now();
	for (int i = 0; i < 2; i++)
		polled[i] = (struct pollfd){ .fd = link->fd[i] };
	for (int i = 0; i < 2; i++) {
		const struct flow *flow = &link->flow[i];
		if (!flow->ended && flow->held < PROXY_BUFFER_MAX)
			polled[i].events |= POLLIN;
		uint64_t due = flow_due(flow);
		if (rules->stall || due == NEVER)
			continue;
		// Due and still here: the target takes no more for now.
		if (due <= at)
			polled[!i].events |= POLLOUT;
		else if (due < *until)
			*until = due;
	}
	// A closed socket would wake poll for ever.
	for (int i = 0; i < 2; i++)
		if (!polled[i].events)
			polled[i].fd = -1;
}

static void
proxy_wait(struct proxy *proxy, const struct proxy_rules *rules,
	   struct pollfd *polled)
{
	uint64_t until = NEVER;
	polled[0] = (struct pollfd){ .fd = proxy->wake, .events = POLLIN };
	polled[1] = (struct pollfd){ .fd = proxy->listener, .events = POLLIN };
	for (int i = 0; i < PROXY_LINKS_MAX; i++) {
		struct pollfd *pair = polled + 2 + 2 * i;
		if (proxy->links[i])
			link_poll(proxy->links[i], rules, pair, &until);
		else
			pair[0].fd = pair[1].fd = -1;
	}
	struct timespec pause = { 0 };
	uint64_t at = now();
	if (until != NEVER && until > at) {
		pause.tv_sec = (time_t)((until - at) / SECOND);
		pause.tv_nsec = (long)((until - at) % SECOND);
	}
	if (ppoll(polled, 2 + 2 * PROXY_LINKS_MAX,
		  until == NEVER ? NULL : &pause, NULL) < 0)
		for (int i = 0; i < 2 + 2 * PROXY_LINKS_MAX; i++)
			polled[i].revents = 0;
}

static void *
proxy_thread(void *data)
{
	struct proxy *proxy = data;
	struct pollfd polled[2 + 2 * PROXY_LINKS_MAX];
	for (;;) {
		pthread_mutex_lock(&proxy->lock);
		struct proxy_rules rules = proxy->rules;
		bool stop = proxy->stop;
		unsigned long cuts = proxy->cuts_wanted;
		bool cut = cuts != proxy->cuts_made || stop;
		pthread_mutex_unlock(&proxy->lock);
		for (int i = 0; i < PROXY_LINKS_MAX && cut; i++)
			if (proxy->links[i])
				link_drop(proxy, &proxy->links[i], true);
		pthread_mutex_lock(&proxy->lock);
		proxy->cuts_made = cuts;
		pthread_cond_broadcast(&proxy->done);
		pthread_mutex_unlock(&proxy->lock);
		if (stop)
			return NULL;

		proxy_wait(proxy, &rules, polled);
		uint64_t woken;
		// New rules hold before anything that came after them.
		if (polled[0].revents &&
		    read(proxy->wake, &woken, sizeof(woken)) > 0)
			continue;
		for (int i = 0; i < PROXY_LINKS_MAX; i++)
			if (proxy->links[i])
				link_run(proxy, &proxy->links[i], &rules,
					 polled + 2 + 2 * i);
		if (polled[1].revents)
			link_accept(proxy, &rules);
	}
}

static void
proxy_wake(struct proxy *proxy)
{
	const uint64_t one = 1;
	if (write(proxy->wake, &one, sizeof(one)) < 0)
		abort();
}

// --- for the test -----------------------------------------------------------------

struct proxy *
proxy_start(int port)
{
	struct proxy *proxy = calloc(1, sizeof(*proxy));
	if (!proxy)
		abort();
	struct sockaddr_in at = loopback(0);
	socklen_t size = sizeof(at);
	proxy->server_port = port;
	proxy->wake = eventfd(0, EFD_CLOEXEC);
	proxy->listener = socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0);
	pthread_mutex_init(&proxy->lock, NULL);
	pthread_cond_init(&proxy->done, NULL);
	if (proxy->wake >= 0 && proxy->listener >= 0 &&
	    bind(proxy->listener, (struct sockaddr *)&at, size) == 0 &&
	    listen(proxy->listener, 64) == 0 &&
	    getsockname(proxy->listener, (struct sockaddr *)&at, &size) == 0) {
		proxy->port = ntohs(at.sin_port);
		if (pthread_create(&proxy->thread, NULL, proxy_thread,
				   proxy) == 0)
			return proxy;
	}
	perror("proxy");
	if (proxy->wake >= 0)
		close(proxy->wake);
	if (proxy->listener >= 0)
		close(proxy->listener);
	free(proxy);
	return NULL;
}

void
proxy_stop(struct proxy **proxy)
{
	struct proxy *p = *proxy;
	if (!p)
		return;
	pthread_mutex_lock(&p->lock);
	p->stop = true;
	pthread_mutex_unlock(&p->lock);
	proxy_wake(p);
	pthread_join(p->thread, NULL);
	close(p->wake);
	close(p->listener);
	pthread_cond_destroy(&p->done);
	pthread_mutex_destroy(&p->lock);
	free(p);
	*proxy = NULL;
}

int
proxy_port(const struct proxy *proxy)
{
	return proxy->port;
}

void
proxy_rule(struct proxy *proxy, const struct proxy_rules *rules)
{
	pthread_mutex_lock(&proxy->lock);
	proxy->rules = *rules;
	pthread_mutex_unlock(&proxy->lock);
	proxy_wake(proxy);
}

void
proxy_cut(struct proxy *proxy)
{
	pthread_mutex_lock(&proxy->lock);
	unsigned long wanted = ++proxy->cuts_wanted;
	proxy_wake(proxy);
	while (proxy->cuts_made < wanted)
		pthread_cond_wait(&proxy->done, &proxy->lock);
	pthread_mutex_unlock(&proxy->lock);
}

struct proxy_count
proxy_counted(struct proxy *proxy)
{
	pthread_mutex_lock(&proxy->lock);
	struct proxy_count count = proxy->count;
	pthread_mutex_unlock(&proxy->lock);
	return count;
}

void
proxy_reset(struct proxy *proxy)
{
	pthread_mutex_lock(&proxy->lock);
	unsigned open = proxy->count.open;
	proxy->count = (struct proxy_count){ .open = open };
	pthread_mutex_unlock(&proxy->lock);
}
