// SPDX-License-Identifier: GPL-3.0-or-later
// GMime made ready, for the files of this folder that are its door; no other
// file includes this.
#ifndef MAIL_GMIME_H
#define MAIL_GMIME_H

#include <gmime/gmime.h>

// Starts GMime at the first call, from whatever thread it comes (1.4 ms, then
// nothing), and gives the options for its parsers: they are never changed
// afterwards, so threads may share them.
GMimeParserOptions *gmime_ready(void);

#endif
