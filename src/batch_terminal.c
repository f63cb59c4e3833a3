// SPDX-License-Identifier: GPL-3.0-or-later
// Speaks to the person in front of a program without a screen, if there is one.
#include "config.h"

#include "batch_terminal.h"

#include "base/buf.h"
#include "base/str.h"
#include "base/utf8.h"

#include <stdlib.h>
#include <string.h>
#include <termios.h>
#include <unistd.h>

void
terminal_print(FILE *out, const char *data, size_t len)
{
	if (!isatty(fileno(out))) {
		fwrite(data, 1, len, out);
		return;
	}
	struct buf text = {0};
	utf8_filter_text(&text, data, len);
	fwrite(buf_text(&text), 1, text.len, out);
	buf_done(&text);
}

static char *
read_line(bool secret)
{
	struct termios before, quiet;
	char *line = NULL;
	size_t size = 0;
	bool changed = secret && tcgetattr(STDIN_FILENO, &before) == 0;

	if (changed) {
		quiet = before;
		quiet.c_lflag &= (tcflag_t)~ECHO;
		tcsetattr(STDIN_FILENO, TCSAFLUSH, &quiet);
	}
	ssize_t n = getline(&line, &size, stdin);
	if (changed) {
		tcsetattr(STDIN_FILENO, TCSAFLUSH, &before);
		fputc('\n', stderr);
	}
	if (n <= 0) {
		free(line);
		return NULL;
	}
	line[strcspn(line, "\r\n")] = '\0';
	return line;
}

char *
terminal_ask(enum question_kind kind, const char *text)
{
	char *line;

	if (!isatty(STDIN_FILENO) || !isatty(STDERR_FILENO))
		return NULL;
	terminal_print(stderr, text, strlen(text));
	fputs(kind == QUESTION_YES_NO ? " [yes/no] " : " ", stderr);
	fflush(stderr);
	line = read_line(kind == QUESTION_SECRET);
	if (line != NULL && kind == QUESTION_YES_NO) {
		bool yes = str_equal_nocase(line, "y") || str_equal_nocase(line, "yes");
		free(line);
		line = str_dup(yes ? "yes" : "no");
	}
	return line;
}
