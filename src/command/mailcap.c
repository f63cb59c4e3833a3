// SPDX-License-Identifier: GPL-3.0-or-later
// Reads mailcap entries and makes of the one that fits a command for a shell into
// which nothing that a stranger wrote has found its way.
#include "config.h"

#include "command/mailcap.h"

#include "base/buf.h"
#include "base/error.h"
#include "base/mem.h"
#include "base/path.h"
#include "base/str.h"

#include <assert.h>
#include <stdlib.h>
#include <string.h>

static const char mailcap_places[] =
	"~/.mailcap:/etc/mailcap:/usr/etc/mailcap:/usr/local/etc/mailcap";

void
mailcap_done(struct mailcap *m)
{
	free(m->command);
	free(m->path);
	*m = (struct mailcap){0};
}

void
mailcap_read(struct buf *out)
{
	const char *places = getenv("MAILCAPS");
	struct strlist files = {0};

	strlist_split(&files, str_empty(places) ? mailcap_places : places, ':');
	for (size_t i = 0; i < files.len; i++) {
		char *path = path_expand(files.items[i]);
		size_t before = out->len;

		// Most of them are not there.
		if (!path_read(path, MAILCAP_FILE_MAX, out, NULL))
			buf_cut(out, before);
		buf_char(out, '\n');
		free(path);
	}
	strlist_done(&files);
}

// --- what reaches the shell ---------------------------------------------------------------

static bool
is_plain(unsigned char c)
{
	return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') ||
		(c >= '0' && c <= '9') || c == '.' || c == '_' || c == '-';
}

bool
mailcap_plain(const char *text)
{
	for (; *text != '\0'; text++)
		if (!is_plain((unsigned char)*text) && strchr("/+,@=", *text) == NULL)
			return false;
	return true;
}

char *
mailcap_name(const char *name)
{
	char *safe = path_safe_name(name);
	size_t at = 0;

	for (const char *s = safe; *s != '\0'; s++) {
		unsigned char c = (unsigned char)*s;

		// One stroke for each letter of another alphabet.
		if ((c & 0xc0) != 0x80)
			safe[at++] = is_plain(c) ? *s : '_';
	}
	safe[at] = '\0';
	return safe;
}

// A word of a message's header: what a shell might take for more is left out.
static void
add_word(struct buf *out, const char *word)
{
	for (; word != NULL && *word != '\0'; word++)
		if (is_plain((unsigned char)*word) || *word == '+')
			buf_char(out, *word);
}

// --- an entry -----------------------------------------------------------------------------

// The next line of text, with those that it is continued in; false at the end.
static bool
next_entry(const char **text, struct buf *line)
{
	buf_clear(line);
	while (**text != '\0') {
		size_t len = strcspn(*text, "\n");
		const char *at = *text;
		bool goes_on = len > 0 && at[len - 1] == '\\';

		*text += len + (at[len] == '\n');
		if (line->len == 0 && (len == 0 || *at == '#'))
			continue;
		buf_add(line, at, goes_on ? len - 1 : len);
		if (!goes_on)
			return true;
	}
	return line->len > 0;
}

// Its fields: a ';' divides them unless '\' stands before it. A '\' stays before all
// else, for the shell and for the '%'.
static void
split_fields(struct strlist *fields, const char *line)
{
	struct buf field = {0};

	for (;; line++) {
		if (*line == '\\' && line[1] == ';') {
			buf_char(&field, *++line);
		} else if (*line == '\\' && line[1] != '\0') {
			buf_char(&field, *line);
			buf_char(&field, *++line);
		} else if (*line == ';' || *line == '\0') {
			char *text = str_dup(buf_text(&field));

			strlist_add(fields, str_trim(text));
			free(text);
			buf_clear(&field);
			if (*line == '\0')
				break;
		} else {
			buf_char(&field, *line);
		}
	}
	buf_done(&field);
}

// The value of a field NAME=VALUE, or "" for one that is only a name; NULL: absent.
static const char *
field_value(const struct strlist *fields, const char *name)
{
	size_t len = strlen(name);

	for (size_t i = 2; i < fields->len; i++) {
		const char *field = fields->items[i];

		if (!str_has_prefix_nocase(field, name))
			continue;
		const char *rest = field + len + strspn(field + len, " \t");
		if (*rest == '\0')
			return rest;
		if (*rest == '=')
			return rest + 1 + strspn(rest + 1, " \t");
	}
	return NULL;
}

// "text", "text/*" and "text/plain" fit text/plain.
static bool
fits(const char *wanted, const struct mailcap_file *file)
{
	size_t len = strcspn(wanted, "/");
	const char *subtype = wanted[len] == '/' ? wanted + len + 1 : "*";

	return strlen(file->type) == len && str_has_prefix_nocase(wanted, file->type) &&
		(str_equal(subtype, "*") || str_equal_nocase(subtype, file->subtype));
}

// --- its command --------------------------------------------------------------------------

static void
add_parameter(struct buf *out, const char *name, size_t len,
	const struct mailcap_file *file)
{
	if (len == strlen("charset") && str_has_prefix_nocase(name, "charset"))
		add_word(out, file->charset);
}

// %s is the file, %t the type, %{charset} its charset; all else behind a '%' is
// nothing. *named_r: the file was named.
static char *
expand(const char *command, const char *path, const struct mailcap_file *file,
	bool *named_r)
{
	struct buf out = {0};

	*named_r = false;
	for (const char *s = command; *s != '\0'; s++) {
		if (*s == '\\' && s[1] == '%') {
			buf_char(&out, *++s);
		} else if (*s != '%' || s[1] == '\0') {
			buf_char(&out, *s);
		} else if (*++s == 's') {
			buf_str(&out, path);
			*named_r = true;
		} else if (*s == 't') {
			add_word(&out, file->type);
			buf_char(&out, '/');
			add_word(&out, file->subtype);
		} else if (*s == '{') {
			size_t len = strcspn(s + 1, "}");

			add_parameter(&out, s + 1, len, file);
			s += len + (s[len + 1] == '}');
		} else if (*s == '%') {
			buf_char(&out, '%');
		}
	}
	char *text = str_dup(buf_text(&out));
	buf_done(&out);
	return text;
}

// The name with the ending that the entry wants: "nametemplate=%s.html".
static char *
entry_path(const struct strlist *fields, const struct mailcap_file *file)
{
	const char *wanted = field_value(fields, "nametemplate");
	char *path = path_join(file->folder, file->name);

	if (wanted == NULL || !str_has_prefix(wanted, "%s") ||
	    !mailcap_plain(wanted + 2) || strchr(wanted, '/') != NULL ||
	    str_has_suffix(path, wanted + 2))
		return path;
	char *whole = str_printf("%s%s", path, wanted + 2);
	free(path);
	return whole;
}

static bool
entry_take(struct mailcap *m, const struct strlist *fields,
	const struct mailcap_file *file, bool (*test)(void *arg, const char *command),
	void *arg)
{
	const char *condition = field_value(fields, "test");
	bool named;

	m->path = entry_path(fields, file);
	if (!str_empty(condition)) {
		char *command = expand(condition, m->path, file, &named);
		bool holds = test(arg, command);

		free(command);
		if (!holds) {
			mailcap_done(m);
			return false;
		}
	}
	char *command = expand(fields->items[1], m->path, file, &named);
	m->command = named ? str_dup(command) :
		str_printf("{ %s\n} < %s", command, m->path);
	m->terminal = field_value(fields, "needsterminal") != NULL;
	m->output = field_value(fields, "copiousoutput") != NULL;
	free(command);
	return true;
}

bool
mailcap_find(struct mailcap *m, const char *text, const struct mailcap_file *file,
	bool (*test)(void *arg, const char *command), void *arg)
{
	struct buf line = {0};
	bool found = false;

	assert(mailcap_plain(file->folder) && mailcap_plain(file->name));
	*m = (struct mailcap){0};
	while (!found && next_entry(&text, &line)) {
		struct strlist fields = {0};

		if (line.len <= MAILCAP_LINE_MAX)
			split_fields(&fields, buf_text(&line));
		found = fields.len >= 2 && *fields.items[1] != '\0' &&
			fits(fields.items[0], file) &&
			entry_take(m, &fields, file, test, arg);
		strlist_done(&fields);
	}
	buf_done(&line);
	return found;
}
