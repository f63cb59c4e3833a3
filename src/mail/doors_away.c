// SPDX-License-Identifier: GPL-3.0-or-later
// For the program: the foreign functions are loaded with the first that is called.
#include "config.h"

#include "mail/gmime.h"
#include "mail/gumbo.h"

#include <pthread.h>

// At file scope because what they guard, a loaded library, is the process's too.
static pthread_once_t gmime_once = PTHREAD_ONCE_INIT;
static pthread_once_t gumbo_once = PTHREAD_ONCE_INIT;
static const struct gmime_table *gmime_loaded;
static const struct gumbo_table *gumbo_loaded;

static void
gmime_load(void)
{
	gmime_loaded = door_open("mail", "gmime_table", sizeof(*gmime_loaded));
}

const struct gmime_table *
gmime_door(void)
{
	pthread_once(&gmime_once, gmime_load);
	return gmime_loaded;
}

static void
gumbo_load(void)
{
	gumbo_loaded = door_open("mail", "gumbo_table", sizeof(*gumbo_loaded));
}

const struct gumbo_table *
gumbo_door(void)
{
	pthread_once(&gumbo_once, gumbo_load);
	return gumbo_loaded;
}
