// SPDX-License-Identifier: GPL-3.0-or-later
// A flag with a descriptor, so that a poll that waits for a server also waits
// for the person who gave up on it.
#include "config.h"

#include "loop/cancel.h"

#include "base/mem.h"

#include <pthread.h>
#include <stdatomic.h>
#include <stdint.h>
#include <stdlib.h>
#include <sys/eventfd.h>
#include <unistd.h>

struct cancel {
	atomic_bool set;
	int fd;
	pthread_mutex_t lock; // keeps flag and descriptor in step
};

struct cancel *
cancel_new(void)
{
	struct cancel *c = mem_new(struct cancel);

	c->fd = eventfd(0, EFD_CLOEXEC | EFD_NONBLOCK);
	// Out of descriptors is treated as out of memory.
	if (c->fd < 0)
		abort();
	pthread_mutex_init(&c->lock, NULL);
	return c;
}

void
cancel_free(struct cancel **c)
{
	if (*c == NULL)
		return;
	// Who waited for it may see it set before the one that sets it is done.
	pthread_mutex_lock(&(*c)->lock);
	pthread_mutex_unlock(&(*c)->lock);
	close((*c)->fd);
	pthread_mutex_destroy(&(*c)->lock);
	free(*c);
	*c = NULL;
}

void
cancel_set(struct cancel *c)
{
	pthread_mutex_lock(&c->lock);
	if (!atomic_exchange(&c->set, true))
		eventfd_write(c->fd, 1);
	pthread_mutex_unlock(&c->lock);
}

void
cancel_reset(struct cancel *c)
{
	eventfd_t count;

	pthread_mutex_lock(&c->lock);
	if (atomic_exchange(&c->set, false))
		eventfd_read(c->fd, &count);
	pthread_mutex_unlock(&c->lock);
}

bool
cancel_is_set(const struct cancel *c)
{
	return c != NULL && atomic_load(&c->set);
}

int
cancel_fd(const struct cancel *c)
{
	return c == NULL ? -1 : c->fd;
}
