// SPDX-License-Identifier: GPL-3.0-or-later
// A desk at a real server: what tests of accounts share from setup to teardown.
#ifndef TESTS_SYNC_DESK_SERVER_H
#define TESTS_SYNC_DESK_SERVER_H

#include "base/mem.h"
#include "tests/server/server.h"
#include "tests/sync/desk.h"
#include "tests/unit/test.h"

struct fixture {
	struct server *server;   // NULL where none can run here
	struct desk desk;        // open within a test only
};

// Sets *state; a test then calls need_server.
static inline struct fixture *
fixture_begin(void **state, const char *const *options)
{
	struct fixture *f = mem_new(struct fixture);

	*state = f;
	f->server = server_available() ? server_start(options) : NULL;
	return f;
}

static inline int
fixture_end(void **state)
{
	struct fixture *f = *state;

	if (f->server != NULL)
		server_stop(&f->server);
	free(f);
	return 0;
}

// Opens the desk, or skips the test where no server can run.
static inline struct fixture *
need_server(void **state)
{
	struct fixture *f = *state;

	if (!server_available()) {
		print_message("# " SERVER_MISSING "\n");
		skip();
	}
	assert_non_null(f->server);
	desk_open(&f->desk);
	return f;
}

#endif
