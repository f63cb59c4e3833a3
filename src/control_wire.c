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
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <sys/un.h>
#include <unistd.h>

bool
control_address(const char *run_folder, struct sockaddr_un *address, int *folder_r,
	struct error *err)
{
	char *path = path_join(run_folder, CONTROL_SOCKET);
	bool ok = true;

	*folder_r = -1;
	*address = (struct sockaddr_un){ .sun_family = AF_UNIX };
	if (strlen(path) < sizeof(address->sun_path)) {
		strcpy(address->sun_path, path);
	} else {
		*folder_r = open(run_folder, O_PATH | O_DIRECTORY | O_CLOEXEC);
		ok = *folder_r >= 0 || error_errno(err, ERROR_STORE, "cannot open %s",
			run_folder);
		snprintf(address->sun_path, sizeof(address->sun_path),
			"/proc/self/fd/%d/" CONTROL_SOCKET, *folder_r);
	}
	free(path);
	return ok;
}

int
control_connect(const char *run_folder)
{
	struct sockaddr_un address;
	struct ucred peer;
	socklen_t len = sizeof(peer);
	int folder;

	if (!control_address(run_folder, &address, &folder, NULL))
		return -1;
	int fd = socket(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0);
	// What runs there gets our standard input: it must be ours.
	if (fd >= 0 && (connect(fd, (struct sockaddr *)&address, sizeof(address)) != 0 ||
		getsockopt(fd, SOL_SOCKET, SO_PEERCRED, &peer, &len) != 0 ||
		peer.uid != geteuid())) {
		close(fd);
		fd = -1;
	}
	if (folder >= 0)
		close(folder);
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
