// SPDX-License-Identifier: GPL-3.0-or-later
// The one place where both ends of the control socket agree.
#include "config.h"

#include "control_wire.h"

#include "base/buf.h"
#include "base/error.h"
#include "base/path.h"
#include "base/str.h"
#include "control.h"

#include <arpa/inet.h>
#include <inttypes.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <sys/un.h>
#include <unistd.h>

#define SOCKET_NAME "socket"

static bool
fits(const char *path)
{
	return strlen(path) < sizeof(((struct sockaddr_un *)NULL)->sun_path);
}

// A folder that only we can have made or changed.
static bool
is_private(const char *folder)
{
	struct stat st;

	return lstat(folder, &st) == 0 && S_ISDIR(st.st_mode) &&
		st.st_uid == geteuid() && (st.st_mode & 077) == 0;
}

char *
control_path(const char *run_folder, bool make, struct error *err)
{
	char *path = path_join(run_folder, SOCKET_NAME);

	if (fits(path))
		return path;
	free(path);

	const char *runtime = getenv("XDG_RUNTIME_DIR");
	char *folder = runtime != NULL && strlen(runtime) < 40 ?
		path_join(runtime, "postern") :
		str_printf("/tmp/postern-%u", (unsigned)geteuid());
	char *whole = realpath(run_folder, NULL);
	const char *named = whole != NULL ? whole : run_folder;

	path = str_printf("%s/%016" PRIx64, folder, str_hash(named, strlen(named)));
	bool ok = (!make || path_make_folder(folder, err)) && (is_private(folder) ||
		error_set(err, ERROR_STORE, "%s is not a private folder of ours: "
			"remove it", folder));
	free(whole);
	free(folder);
	if (!ok) {
		free(path);
		return NULL;
	}
	return path;
}

int
control_connect(const char *run_folder)
{
	struct sockaddr_un address = { .sun_family = AF_UNIX };
	struct ucred peer;
	socklen_t len = sizeof(peer);
	char *path = control_path(run_folder, false, NULL);

	if (path == NULL)
		return -1;
	strcpy(address.sun_path, path);
	free(path);
	int fd = socket(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0);
	if (fd < 0)
		return -1;
	// What runs there gets our standard input: it must be ours.
	if (connect(fd, (struct sockaddr *)&address, sizeof(address)) != 0 ||
		getsockopt(fd, SOL_SOCKET, SO_PEERCRED, &peer, &len) != 0 ||
		peer.uid != geteuid()) {
		close(fd);
		return -1;
	}
	return fd;
}

void
control_frame_begin(struct buf *out, enum control_frame type, size_t *at_r)
{
	*at_r = out->len;
	buf_u32(out, 0);
	buf_u8(out, (uint8_t)type);
}

void
control_frame_end(struct buf *out, size_t at)
{
	uint32_t len = htonl((uint32_t)(out->len - at - 4));

	memcpy(out->data + at, &len, sizeof(len));
}

void
control_frame_text(struct buf *out, enum control_frame type, const void *data,
	size_t len)
{
	size_t at;

	control_frame_begin(out, type, &at);
	buf_add(out, data, len);
	control_frame_end(out, at);
}

int
control_frame_next(const struct buf *in, enum control_frame *type_r,
	const char **payload_r, size_t *len_r, size_t *used_r)
{
	uint32_t len;

	if (in->len < 4)
		return 0;
	memcpy(&len, in->data, sizeof(len));
	len = ntohl(len);
	if (len < 1 || len > CONTROL_MESSAGE_MAX)
		return -1;
	if (in->len < 4 + (size_t)len)
		return 0;
	*type_r = (enum control_frame)(unsigned char)in->data[4];
	*payload_r = in->data + 5;
	*len_r = len - 1;
	*used_r = 4 + (size_t)len;
	return 1;
}
