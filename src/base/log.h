// SPDX-License-Identifier: GPL-3.0-or-later
// The log file: what happened, for the person who looks for a cause. The one
// thing beside the store that threads share; never holds a secret.
#ifndef BASE_LOG_H
#define BASE_LOG_H

#include <stdbool.h>

struct error;

enum log_level { LOG_LEVEL_ERROR, LOG_LEVEL_INFO, LOG_LEVEL_DEBUG };

// Opens folder/postern.log for appending (0600); past LOG_SIZE_MAX the old one
// becomes postern.log.1. Before this, and after log_close, lines are dropped.
#define LOG_SIZE_MAX (4 * 1024 * 1024)
bool log_open(const char *folder, enum log_level level, struct error *err);
void log_close(void);
// One line each with time, thread name and level; control characters are
// replaced. Safe from any thread.
void log_error(const char *format, ...) __attribute__((format(printf, 1, 2)));
void log_info(const char *format, ...) __attribute__((format(printf, 1, 2)));
void log_debug(const char *format, ...) __attribute__((format(printf, 1, 2)));

// The thread that runs the screen or the batch. Rules that hold only there, or
// only elsewhere, assert themselves by these two.
void thread_claim_ui(void);
bool thread_is_ui(void);
void thread_name(const char *name);  // for the log and debuggers, 15 bytes

#endif
