// SPDX-License-Identifier: GPL-3.0-or-later
// The log file and the names of threads. The one module that keeps state at
// file scope: a line may come from any thread, also from one that was handed
// nothing, and a thread's name belongs to the thread.
#include "config.h"

#include "base/log.h"

#include "base/buf.h"
#include "base/error.h"
#include "base/path.h"
#include "base/utf8.h"

#include <errno.h>
#include <fcntl.h>
#include <pthread.h>
#include <stdarg.h>
#include <stdatomic.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <time.h>
#include <unistd.h>

#define LOG_NAME "postern.log"

static struct {
	pthread_mutex_t lock;
	atomic_int level; // -1 while closed: read without the lock
	int fd;
	off_t size;
	char *path;
} state = { .lock = PTHREAD_MUTEX_INITIALIZER, .level = -1, .fd = -1 };

static _Thread_local char name_here[16] = "main";
static _Thread_local bool ui_here;

static const char *const level_names[] = {
	[LOG_LEVEL_ERROR] = "error",
	[LOG_LEVEL_INFO] = "info",
	[LOG_LEVEL_DEBUG] = "debug",
};

// Called locked.
static bool
file_open(struct error *err)
{
	struct stat st;

	state.fd = open(state.path,
		O_WRONLY | O_APPEND | O_CREAT | O_NOFOLLOW | O_CLOEXEC, 0600);
	if (state.fd < 0)
		return error_errno(err, ERROR_STORE, "cannot open %s", state.path);
	state.size = fstat(state.fd, &st) == 0 ? st.st_size : 0;
	return true;
}

// Called locked.
static void
file_turn(void)
{
	struct buf old = {0};

	buf_printf(&old, "%s.1", state.path);
	// Failing to turn it leaves a long file, which is better than none.
	if (rename(state.path, buf_text(&old)) == 0) {
		close(state.fd);
		if (!file_open(NULL))
			atomic_store(&state.level, -1);
	}
	buf_done(&old);
}

// Called locked.
static void
file_close(void)
{
	atomic_store(&state.level, -1);
	if (state.fd >= 0)
		close(state.fd);
	state.fd = -1;
	free(state.path);
	state.path = NULL;
}

bool
log_open(const char *folder, enum log_level level, struct error *err)
{
	pthread_mutex_lock(&state.lock);
	file_close();
	state.path = path_join(folder, LOG_NAME);
	bool ok = file_open(err);
	if (ok)
		atomic_store(&state.level, (int)level);
	else
		file_close();
	pthread_mutex_unlock(&state.lock);
	return ok;
}

void
log_close(void)
{
	pthread_mutex_lock(&state.lock);
	file_close();
	pthread_mutex_unlock(&state.lock);
}

static void
line_begin(struct buf *line, enum log_level level)
{
	struct timespec ts;
	struct tm tm;

	clock_gettime(CLOCK_REALTIME, &ts);
	gmtime_r(&ts.tv_sec, &tm);
	buf_printf(line, "%04d-%02d-%02dT%02d:%02d:%02d.%03ldZ %s %s ",
		tm.tm_year + 1900, tm.tm_mon + 1, tm.tm_mday, tm.tm_hour,
		tm.tm_min, tm.tm_sec, ts.tv_nsec / 1000000, name_here,
		level_names[level]);
}

static void
line_write(const struct buf *line)
{
	pthread_mutex_lock(&state.lock);
	if (state.fd >= 0) {
		if (state.size > LOG_SIZE_MAX)
			file_turn();
		// A full disk costs the line, not the program.
		ssize_t written = write(state.fd, line->data, line->len);
		if (written > 0)
			state.size += written;
	}
	pthread_mutex_unlock(&state.lock);
}

static void __attribute__((format(printf, 2, 0)))
log_line(enum log_level level, const char *format, va_list ap)
{
	struct buf text = {0}, line = {0};
	int before = errno;

	if ((int)level > atomic_load(&state.level))
		return;
	buf_vprintf(&text, format, ap);
	line_begin(&line, level);
	utf8_filter_line(&line, buf_text(&text), text.len);
	buf_char(&line, '\n');
	line_write(&line);
	buf_done(&line);
	buf_done(&text);
	// Callers log between a failed call and the look at its errno.
	errno = before;
}

void
log_error(const char *format, ...)
{
	va_list ap;

	va_start(ap, format);
	log_line(LOG_LEVEL_ERROR, format, ap);
	va_end(ap);
}

void
log_info(const char *format, ...)
{
	va_list ap;

	va_start(ap, format);
	log_line(LOG_LEVEL_INFO, format, ap);
	va_end(ap);
}

void
log_debug(const char *format, ...)
{
	va_list ap;

	va_start(ap, format);
	log_line(LOG_LEVEL_DEBUG, format, ap);
	va_end(ap);
}

void
thread_claim_ui(void)
{
	ui_here = true;
}

bool
thread_is_ui(void)
{
	return ui_here;
}

void
thread_name(const char *name)
{
	snprintf(name_here, sizeof(name_here), "%s", name);
	pthread_setname_np(pthread_self(), name_here);
}
