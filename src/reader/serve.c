// SPDX-License-Identifier: GPL-3.0-or-later
// The helper's side: a process that may crash, because all it has is one
// message and all it can do is answer.
#include "config.h"

#include "reader/reader.h"

#include "base/buf.h"
#include "base/mem.h"
#include "base/path.h"
#include "mail/charset.h"
#include "mail/document.h"
#include "mail/read.h"
#include "reader/frame.h"

#include <errno.h>
#include <stdbool.h>
#include <stdlib.h>
#include <sys/prctl.h>
#include <sys/resource.h>
#include <unistd.h>

#define SERVE_MEMORY_MAX (1024UL * 1024 * 1024)  // address space
#define SERVE_FILES_MAX 32
#define SERVE_CPU_SECONDS 20   // for one request

// Sanitizers reserve terabytes of address space and look at their own process.
#if defined(__SANITIZE_ADDRESS__) || defined(__SANITIZE_THREAD__)
#define SERVE_SANITIZED 1
#elif defined(__has_feature)
#if __has_feature(address_sanitizer) || __has_feature(thread_sanitizer)
#define SERVE_SANITIZED 1
#endif
#endif
#ifndef SERVE_SANITIZED
#define SERVE_SANITIZED 0
#endif

static void
limit(int what, rlim_t most)
{
	struct rlimit now;

	if (getrlimit(what, &now) != 0)
		return;
	if (now.rlim_max == RLIM_INFINITY || now.rlim_max > most)
		now.rlim_max = most;
	now.rlim_cur = now.rlim_max;
	setrlimit(what, &now);
}

static void
limits_set(void)
{
	limit(RLIMIT_CORE, 0);
	limit(RLIMIT_NOFILE, SERVE_FILES_MAX);
	limit(RLIMIT_FSIZE, 0);
	if (SERVE_SANITIZED)
		return;
	limit(RLIMIT_AS, SERVE_MEMORY_MAX);
	prctl(PR_SET_DUMPABLE, 0);
}

// The limit counts from the start of the process, and this one serves for long:
// so it is moved on before each request.
static void
limit_cpu(void)
{
	struct rusage used;
	struct rlimit now;

	if (getrusage(RUSAGE_SELF, &used) != 0 ||
	    getrlimit(RLIMIT_CPU, &now) != 0)
		return;
	rlim_t at = (rlim_t)(used.ru_utime.tv_sec + used.ru_stime.tv_sec) +
		SERVE_CPU_SECONDS;
	if (now.rlim_max == RLIM_INFINITY || at < now.rlim_max)
		now.rlim_cur = at;
	setrlimit(RLIMIT_CPU, &now);
}

static bool
read_all(int fd, void *data, size_t len)
{
	char *at = data;

	while (len > 0) {
		ssize_t got = read(fd, at, len);
		if (got < 0 && errno == EINTR)
			continue;
		if (got <= 0)
			return false;
		at += got;
		len -= (size_t)got;
	}
	return true;
}

static bool
answer(int fd, const char *data, size_t len)
{
	struct read_input in;
	struct buf out = {0};
	unsigned char head[FRAME_HEAD];

	if (!read_input_unpack(&in, data, len))
		return false;
	struct document *d = read_message(&in);
	document_pack(&out, d);
	document_free(&d);
	read_input_done(&in);
	frame_head(head, out.len);
	bool ok = out.len <= READER_REPLY_MAX &&
		path_write_all(fd, head, sizeof(head)) &&
		path_write_all(fd, out.data, out.len);
	buf_done(&out);
	return ok;
}

int
reader_serve(int in_fd, int out_fd)
{
	unsigned char head[FRAME_HEAD];
	bool ok = true;
	struct charset_tables *tables = charset_tables_new();

	limits_set();
	while (ok && read_all(in_fd, head, sizeof(head))) {
		size_t len = frame_len(head);
		ok = len <= READER_REQUEST_MAX;
		if (!ok)
			break;
		limit_cpu();
		char *data = mem_alloc(1, len + 1);
		ok = read_all(in_fd, data, len) && answer(out_fd, data, len);
		free(data);
	}
	charset_tables_free(&tables);
	return ok ? EXIT_SUCCESS : EXIT_FAILURE;
}
