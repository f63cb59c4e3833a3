// SPDX-License-Identifier: GPL-3.0-or-later
// Loads modules: from the folder of the program where it was built, else from
// where they are installed.
#include "config.h"

#include "base/door.h"

#include "base/buf.h"
#include "base/error.h"
#include "base/log.h"
#include "base/str.h"

#include <dlfcn.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#define DOOR_PATH_MAX 4096

static char *
door_path(const char *module)
{
	char exe[DOOR_PATH_MAX];
	ssize_t len = readlink("/proc/self/exe", exe, sizeof(exe) - 1);

	if (len > 0) {
		exe[len] = '\0';
		char *slash = strrchr(exe, '/');
		char *path = str_printf("%.*s/postern-%s.so",
			slash == NULL ? 0 : (int)(slash - exe), exe, module);
		if (access(path, R_OK) == 0)
			return path;
		free(path);
	}
	return str_printf("%s/postern-%s.so", POSTERN_LIBEXECDIR, module);
}

bool
door_check(struct error *err)
{
	static const char *const modules[] = { "mail", "remote" };

	for (size_t i = 0; i < sizeof(modules) / sizeof(modules[0]); i++) {
		char *path = door_path(modules[i]);
		bool there = access(path, R_OK) == 0 || error_errno(err, ERROR_STORE,
			"cannot read %s: install Postern again", path);
		free(path);
		if (!there)
			return false;
	}
	return true;
}

static _Noreturn void
door_shut(const char *path, const char *why)
{
	log_error("cannot load %s: %s", path, why);
	fprintf(stderr, "postern: cannot load %s: %s\n", path, why);
	// As if killed: what was done is on the disk.
	_exit(1);
}

const void *
door_open(const char *module, const char *table, size_t size)
{
	char *path = door_path(module);
	void *library = dlopen(path, RTLD_LAZY | RTLD_LOCAL);

	if (library == NULL)
		door_shut(path, dlerror());
	const struct door_stamp *stamp = dlsym(library, table);
	if (stamp == NULL || stamp->size != size ||
	    !str_equal(stamp->version, PACKAGE_VERSION))
		door_shut(path, "it is of another Postern");
	log_debug("loaded %s", path);
	free(path);
	return stamp;
}
