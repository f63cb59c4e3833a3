// SPDX-License-Identifier: GPL-3.0-or-later
// Starts GMime once for all threads.
#include "config.h"

#include "mail/gmime.h"

#include <pthread.h>

// The one thing at file scope in this folder: GMime itself keeps its state in
// globals, and this is the guard before them.
static pthread_once_t gmime_once = PTHREAD_ONCE_INIT;
static GMimeParserOptions *gmime_options;

static void
gmime_start(void)
{
	// Its own default looks at the locale; what mail means must not.
	const char *fallback[] = { "utf-8", "windows-1252", NULL };

	g_mime_init();
	gmime_options = g_mime_parser_options_new();
	g_mime_parser_options_set_fallback_charsets(gmime_options, fallback);
}

GMimeParserOptions *
gmime_ready(void)
{
	pthread_once(&gmime_once, gmime_start);
	return gmime_options;
}
