// SPDX-License-Identifier: GPL-3.0-or-later
// For the program: the foreign functions are loaded with the first that is called.
#include "config.h"

#include "remote/foreign.h"

#include <pthread.h>

// At file scope because what it guards, loaded libraries, is the process's too.
static pthread_once_t remote_once = PTHREAD_ONCE_INIT;
static const struct remote_table *remote_loaded;

static void
remote_load(void)
{
	remote_loaded = door_open("remote", "remote_table", sizeof(*remote_loaded));
}

const struct remote_table *
remote_door(void)
{
	pthread_once(&remote_once, remote_load);
	return remote_loaded;
}
