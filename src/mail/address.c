// SPDX-License-Identifier: GPL-3.0-or-later
// Address lists: the plain forms read by hand, as an index needs them by the
// hundred thousand; all else by GMime; and what GMime gives up, by its '@'.
#include "config.h"

#include "mail/address.h"

#include "base/buf.h"
#include "base/mem.h"
#include "base/str.h"
#include "base/utf8.h"
#include "mail/charset.h"
#include "mail/gmime.h"
#include "mail/header.h"

#include <stdlib.h>
#include <string.h>

#define ADDRESS_MAIL_MAX 320 // RFC 3696 with its erratum: 64 + 1 + 255
// GMime calls itself for each group within a group, and 100,000 of them end
// its stack; no colon is needed outside groups but in odd routes.
#define ADDRESS_COLONS_MAX 500
#define ADDRESS_GROUPS_MAX 20

#define LETTERS "abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789"
#define ATEXT LETTERS "!#$%&'*+-/=?^_`{|}~" // RFC 5322 section 3.2.3

// Keeps both.
static void
list_take(struct address_list *list, char *name, char *mail)
{
	if (list->len == list->cap) {
		list->cap = list->cap == 0 ? 2 : list->cap * 2;
		list->items = mem_grow(list->items, list->cap, sizeof(*list->items));
	}
	if (name != NULL && *name == '\0') {
		free(name);
		name = NULL;
	}
	list->items[list->len++] = (struct address){ .name = name, .mail = mail };
}

void
address_list_add(struct address_list *list, const char *name, const char *mail)
{
	list_take(list, str_dup(name), str_dup(str_or_empty(mail)));
}

void
address_list_copy(struct address_list *to, const struct address_list *from)
{
	for (size_t i = 0; i < from->len; i++)
		address_list_add(to, from->items[i].name, from->items[i].mail);
}

static void
list_cut(struct address_list *list, size_t len)
{
	while (list->len > len) {
		list->len--;
		free(list->items[list->len].name);
		free(list->items[list->len].mail);
	}
}

void
address_list_done(struct address_list *list)
{
	list_cut(list, 0);
	free(list->items);
	*list = (struct address_list){0};
}

bool
address_list_has(const struct address_list *list, const char *mail)
{
	for (size_t i = 0; i < list->len; i++)
		if (address_same(list->items[i].mail, mail))
			return true;
	return false;
}

void
address_list_remove(struct address_list *list, const char *mail)
{
	size_t kept = 0;

	for (size_t i = 0; i < list->len; i++) {
		struct address a = list->items[i];
		if (address_same(a.mail, mail)) {
			free(a.name);
			free(a.mail);
		} else {
			list->items[kept++] = a;
		}
	}
	list->len = kept;
}

static char *
safe_line(const char *s, size_t len)
{
	struct buf safe = {0};

	utf8_filter_line(&safe, s, len);
	char *line = buf_take(&safe), *start = str_trim(line);
	if (start != line)
		memmove(line, start, strlen(start) + 1);
	return line;
}

static void
add_safe(struct address_list *list, const char *name, const char *mail)
{
	char *safe_name = safe_line(str_or_empty(name), strlen(str_or_empty(name)));
	char *safe_mail = safe_line(str_or_empty(mail), strlen(str_or_empty(mail)));

	if (list->len < ADDRESS_LIST_MAX && (*safe_name != '\0' || *safe_mail != '\0')) {
		list_take(list, safe_name, safe_mail);
		return;
	}
	free(safe_name);
	free(safe_mail);
}

// The length of dot-separated runs of `allowed` at s, 0 if it is none.
static size_t
dotted(const char *s, const char *allowed)
{
	size_t len = 0;

	for (;;) {
		size_t run = strspn(s + len, allowed);
		if (run == 0)
			return 0;
		len += run;
		if (s[len] != '.')
			return len;
		len++;
	}
}

// The length of a plain addr-spec at s, else 0.
static size_t
plain_mail(const char *s)
{
	size_t local = dotted(s, ATEXT), domain;

	if (local == 0 || s[local] != '@')
		return 0;
	domain = dotted(s + local + 1, LETTERS "-");
	return domain == 0 ? 0 : local + 1 + domain;
}

// The plain name before a '<' at s: words, or one quoted text. Its length in
// s with the space behind it; false when it needs the full parser.
static bool
plain_name(const char *s, size_t *len_r, char **name_r)
{
	const char *start = s;
	size_t len;

	if (*s == '"') {
		len = strcspn(++s, "\"\\");
		start = s;
		if (s[len] != '"')
			return false;
		s += len + 1;
		s += strspn(s, " ");
		*len_r = (size_t)(s - start) + 1;
	} else {
		len = strspn(s, ATEXT " .");
		s += len;
		*len_r = len;
	}
	if (*s != '<')
		return false;
	for (; len > 0 && start[len - 1] == ' '; len--)
		;
	for (; len > 0 && *start == ' '; len--)
		start++;
	*name_r = str_ndup(start, len);
	for (const char *c = *name_r; *c != '\0'; c++)
		if (*c < ' ' || *c > '~' || (*c == '=' && c[1] == '?')) {
			free(*name_r);
			return false;
		}
	return true;
}

static bool
parse_plain_one(struct address_list *list, const char **at)
{
	const char *s = *at;
	size_t mail = plain_mail(s), used;
	char *name = NULL;

	const char *behind = s + mail + strspn(s + mail, " ");
	if (mail > 0 && (*behind == ',' || *behind == '\0')) {
		list_take(list, NULL, str_ndup(s, mail));
		*at = behind;
		return true;
	}
	if (!plain_name(s, &used, &name))
		return false;
	s += used + 1;
	mail = plain_mail(s);
	if (mail == 0 || s[mail] != '>') {
		free(name);
		return false;
	}
	list_take(list, name, str_ndup(s, mail));
	s += mail + 1;
	s += strspn(s, " ");
	*at = s;
	return *s == ',' || *s == '\0';
}

// False, with nothing added, unless all of it is plain: then this gives what
// GMime would give, at a tenth of the cost.
static bool
parse_plain(struct address_list *list, const char *text)
{
	size_t before = list->len;

	for (const char *at = text;;) {
		at += strspn(at, " ,");
		if (*at == '\0' || list->len >= ADDRESS_LIST_MAX)
			return true;
		if (!parse_plain_one(list, &at)) {
			list_cut(list, before);
			return false;
		}
	}
}

static void
add_gmime(struct address_list *list, InternetAddressList *from, int depth)
{
	int n = internet_address_list_length(from);

	for (int i = 0; i < n && list->len < ADDRESS_LIST_MAX; i++) {
		InternetAddress *a = internet_address_list_get_address(from, i);
		const char *name = internet_address_get_name(a);
		if (INTERNET_ADDRESS_IS_MAILBOX(a)) {
			add_safe(list, name, internet_address_mailbox_get_addr(
				INTERNET_ADDRESS_MAILBOX(a)));
			continue;
		}
		InternetAddressList *members = internet_address_group_get_members(
			INTERNET_ADDRESS_GROUP(a));
		if (internet_address_list_length(members) == 0)
			add_safe(list, name, "");
		else if (depth < ADDRESS_GROUPS_MAX)
			add_gmime(list, members, depth + 1);
	}
}

// "Ann Example ann@example.org", "<mailto:...>", "a..b@example.org": what has
// an '@' is the address, the rest is the name.
static void
parse_odd_one(struct address_list *list, const char *s, size_t len)
{
	static const char edge[] = " \t<>()\"';:";
	char *piece = str_ndup(s, len);
	char *sign = strchr(piece, '@'), *mail = NULL;

	if (sign != NULL) {
		char *start = sign, *end = sign;
		while (start > piece && strchr(edge, start[-1]) == NULL)
			start--;
		end += strcspn(end, edge);
		mail = str_ndup(start, (size_t)(end - start));
		memmove(start, end, strlen(end) + 1);
		// What stands in the brackets beside it is no name.
		if (strchr(piece, '<') != NULL && strchr(piece, '<') < start)
			*strchr(piece, '<') = '\0';
	}
	char *name = header_decode(piece, strlen(piece));
	char *trimmed = name + strspn(name, edge);
	size_t trimmed_len = strlen(trimmed);
	while (trimmed_len > 0 && strchr(edge, trimmed[trimmed_len - 1]) != NULL)
		trimmed[--trimmed_len] = '\0';
	add_safe(list, trimmed, mail);
	free(name);
	free(mail);
	free(piece);
}

static void
parse_odd(struct address_list *list, const char *text)
{
	while (*text != '\0' && list->len < ADDRESS_LIST_MAX) {
		size_t len = 0;
		bool quoted = false;
		for (; text[len] != '\0' && (quoted || text[len] != ','); len++)
			quoted ^= text[len] == '"';
		parse_odd_one(list, text, len);
		text += len + (text[len] != '\0');
	}
}

// What is given to GMime: unfolded, UTF-8, bounded.
static void
prepare(struct buf *out, const char *text)
{
	size_t len = strlen(text), colons = 0;
	struct buf flat = {0};

	if (len > HEADER_VALUE_MAX)
		len = HEADER_VALUE_MAX;
	buf_reserve(&flat, len);
	for (size_t i = 0; i < len && colons < ADDRESS_COLONS_MAX; i++) {
		colons += text[i] == ':';
		if (text[i] != '\r' && text[i] != '\n')
			buf_char(&flat, text[i]);
	}
	charset_to_utf8(out, NULL, buf_text(&flat), flat.len);
	buf_done(&flat);
}

void
address_list_parse(struct address_list *list, const char *text)
{
	struct buf utf8 = {0};
	size_t before = list->len;

	if (parse_plain(list, text))
		return;
	prepare(&utf8, text);
	InternetAddressList *from = internet_address_list_parse(gmime_ready(),
		buf_text(&utf8));
	if (from != NULL) {
		add_gmime(list, from, 0);
		g_object_unref(from);
	}
	if (list->len == before)
		parse_odd(list, buf_text(&utf8));
	buf_done(&utf8);
}

static bool
name_is_words(const char *name)
{
	for (const char *s = name; *s != '\0'; s++)
		if ((unsigned char)*s < 0x80 && *s != ' ' && strchr(ATEXT, *s) == NULL)
			return false;
	return *name != ' ' && name[strlen(name) - 1] != ' ';
}

// A name that looks encoded would be decoded where it is read again, even in
// quotes: so it is encoded once more.
static void
format_encoded(struct buf *out, const char *name)
{
	gmime_ready();
	char *word = g_base64_encode((const guchar *)name, strlen(name));
	buf_printf(out, "=?utf-8?b?%s?=", word);
	g_free(word);
}

static void
format_name(struct buf *out, const char *name)
{
	if (strstr(name, "=?") != NULL) {
		format_encoded(out, name);
		return;
	}
	if (name_is_words(name)) {
		buf_str(out, name);
		return;
	}
	buf_char(out, '"');
	for (const char *s = name; *s != '\0'; s++) {
		if (*s == '"' || *s == '\\')
			buf_char(out, '\\');
		buf_char(out, *s);
	}
	buf_char(out, '"');
}

void
address_format(struct buf *out, const struct address *a)
{
	if (a->name == NULL) {
		buf_str(out, a->mail);
		return;
	}
	format_name(out, a->name);
	if (*a->mail == '\0')
		buf_str(out, ":;"); // a group without members
	else
		buf_printf(out, " <%s>", a->mail);
}

void
address_list_format(struct buf *out, const struct address_list *list)
{
	for (size_t i = 0; i < list->len; i++) {
		if (i > 0)
			buf_str(out, ", ");
		address_format(out, &list->items[i]);
	}
}

const char *
address_short(const struct address *a)
{
	// The full-width and the small form of '@' look the same on a screen.
	static const char *const signs[] = { "@", "\xef\xbc\xa0", "\xef\xb9\xab" };

	if (a->name == NULL)
		return a->mail;
	for (size_t i = 0; i < sizeof(signs) / sizeof(*signs); i++)
		if (strstr(a->name, signs[i]) != NULL && *a->mail != '\0')
			return a->mail;
	return a->name;
}

bool
address_same(const char *a, const char *b)
{
	return str_equal_nocase(a, b);
}

bool
address_valid(const char *mail)
{
	const char *sign = mail == NULL ? NULL : strrchr(mail, '@');

	if (sign == NULL || sign == mail || sign[1] == '\0' ||
	    strlen(mail) > ADDRESS_MAIL_MAX || !utf8_valid(mail, strlen(mail)))
		return false;
	for (const char *s = mail; *s != '\0'; s++)
		if ((unsigned char)*s <= ' ' || *s == 0x7f ||
		    strchr("<>,;()\\\"", *s) != NULL ||
		    (s < sign && (*s == '[' || *s == ']' || *s == '@')))
			return false;
	// C1 controls, line separators and their like change in the filter.
	char *safe = safe_line(mail, strlen(mail));
	bool same = strcmp(safe, mail) == 0;
	free(safe);
	return same;
}
