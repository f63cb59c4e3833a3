// SPDX-License-Identifier: GPL-3.0-or-later
// The places of one Postern, by --home or by the XDG base directories.
#include "config.h"

#include "base/path.h"

#include "base/error.h"
#include "base/str.h"

#include <fcntl.h>
#include <pwd.h>
#include <stdlib.h>
#include <sys/stat.h>
#include <unistd.h>

// Owned; "" when nobody knows (then the folders cannot be made, which is said).
static char *
home_folder(void)
{
	const char *home = getenv("HOME");

	if (home != NULL && home[0] == '/')
		return str_dup(home);
	struct passwd entry, *found = NULL;
	char data[4096];
	if (getpwuid_r(getuid(), &entry, data, sizeof(data), &found) == 0 &&
	    found != NULL)
		return str_dup(found->pw_dir);
	return str_dup("");
}

// $NAME/postern/sub, else HOME/fallback/postern/sub. The XDG specification
// says that a relative value is to be ignored.
static char *
xdg_folder(const char *name, const char *fallback, const char *sub)
{
	const char *value = getenv(name);
	char *base;

	if (value != NULL && value[0] == '/') {
		base = str_dup(value);
	} else {
		char *home = home_folder();
		base = path_join(home, fallback);
		free(home);
	}
	char *path = str_printf("%s/postern%s%s", base, sub[0] ? "/" : "", sub);
	free(base);
	return path;
}

static bool
home_under(struct path_home *h, const char *dir, struct error *err)
{
	char *base;

	// The process may change its working folder later.
	if (path_is_absolute(dir)) {
		base = str_dup(dir);
	} else {
		char *here = getcwd(NULL, 0);
		if (here == NULL)
			return error_errno(err, ERROR_STORE,
				"cannot tell the working folder");
		base = path_join(here, dir);
		free(here);
	}
	h->config = path_join(base, "config");
	h->mail = path_join(base, "mail");
	h->store = path_join(base, "store");
	h->run = path_join(base, "run");
	h->log = path_join(base, "log");
	free(base);
	return true;
}

static void
home_xdg(struct path_home *h)
{
	h->config = xdg_folder("XDG_CONFIG_HOME", ".config", "");
	h->mail = xdg_folder("XDG_DATA_HOME", ".local/share", "mail");
	h->store = xdg_folder("XDG_DATA_HOME", ".local/share", "store");
	h->log = xdg_folder("XDG_STATE_HOME", ".local/state", "log");
	// Not $XDG_RUNTIME_DIR, which not every session of a person has (cron's has
	// none): the lock lies beside what it protects, or two would hold one each.
	h->run = path_join(h->store, "run");
}

// A folder of ours with nobody else in it.
static bool
private_folder(const char *path, struct error *err)
{
	if (!path_make_folder(path, err))
		return false;
	int fd = open(path, O_RDONLY | O_DIRECTORY | O_NOFOLLOW | O_CLOEXEC);
	bool ok = fd >= 0 && fchmod(fd, 0700) == 0;
	if (!ok)
		error_errno(err, ERROR_STORE, "cannot make %s private", path);
	if (fd >= 0)
		close(fd);
	return ok;
}

// People keep their configuration elsewhere and link to it.
static bool
config_folder(const char *path, struct error *err)
{
	struct stat st;

	if (lstat(path, &st) != 0 || !S_ISLNK(st.st_mode))
		return path_make_folder(path, err);
	if (stat(path, &st) != 0)
		return error_errno(err, ERROR_STORE, "cannot open the folder %s",
			path);
	if (!S_ISDIR(st.st_mode) || st.st_uid != geteuid())
		return error_set(err, ERROR_STORE,
			"%s leads to no folder of yours", path);
	return true;
}

bool
path_home_init(struct path_home *h, const char *dir, struct error *err)
{
	*h = (struct path_home){0};
	if (dir == NULL)
		home_xdg(h);
	else if (!home_under(h, dir, err))
		return false;
	if (config_folder(h->config, err) && private_folder(h->mail, err) &&
	    private_folder(h->store, err) && private_folder(h->run, err) &&
	    private_folder(h->log, err))
		return true;
	path_home_done(h);
	return false;
}

void
path_home_done(struct path_home *h)
{
	free(h->config);
	free(h->mail);
	free(h->store);
	free(h->run);
	free(h->log);
	*h = (struct path_home){0};
}

char *
path_expand(const char *path)
{
	if (!str_has_prefix(path, "~/"))
		return str_dup(path);
	char *home = home_folder();
	char *whole = path_join(home, path + 2);
	free(home);
	return whole;
}
