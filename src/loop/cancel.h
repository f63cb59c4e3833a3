// SPDX-License-Identifier: GPL-3.0-or-later
// A request to stop waiting, given by one thread and noticed by another within
// the poll that it waits in.
#ifndef LOOP_CANCEL_H
#define LOOP_CANCEL_H

#include <stdbool.h>

struct cancel; // an atomic flag and an eventfd; safe from any thread

struct cancel *cancel_new(void);
void cancel_free(struct cancel **c);       // by who waited, as soon as it is set
void cancel_set(struct cancel *c);
void cancel_reset(struct cancel *c);      // by the waiting thread only
bool cancel_is_set(const struct cancel *c); // NULL is never set
int cancel_fd(const struct cancel *c);    // readable while set; -1 for NULL

#endif
