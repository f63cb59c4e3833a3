// SPDX-License-Identifier: GPL-3.0-or-later
// A link may say "bank.example" and go elsewhere: the reader is told where.
#include "config.h"

#include "mail/html_link.h"

#include "base/str.h"

#include <stdbool.h>
#include <stdlib.h>
#include <string.h>

#define TEXT_MAX 2000 // of a link's text that is looked at
#define HOST_MAX 255

// The host of "https://user@host:port/path", without the scheme already.
static char *
host_of(const char *s, size_t len, bool *user_r)
{
	size_t n = 0;

	while (n < len && strchr("/?#\\ \t\n", s[n]) == NULL)
		n++;
	const char *sign = memrchr(s, '@', n);
	*user_r = sign != NULL;
	if (sign != NULL) {
		n -= (size_t)(sign + 1 - s);
		s = sign + 1;
	}
	const char *colon = n > 0 && s[0] != '[' ? memchr(s, ':', n) : NULL;
	if (colon != NULL)
		n = (size_t)(colon - s);
	while (n > 0 && strchr(".,;:!?)'\"", s[n - 1]) != NULL)
		n--;
	return str_ndup(s, n < HOST_MAX ? n : HOST_MAX);
}

static char *
url_target(const char *url, bool *misleads_r)
{
	const char *scheme_end = strstr(url, "://");

	*misleads_r = false;
	if (str_has_prefix_nocase(url, "mailto:"))
		return str_ndup(url + 7, strcspn(url + 7, "?"));
	if (scheme_end == NULL)
		return str_dup("");
	return host_of(scheme_end + 3, strlen(scheme_end + 3), misleads_r);
}

// "example.org", "example.org/path": a word that a reader takes for a place.
static bool
is_domain_like(const char *s, size_t len)
{
	size_t n = 0, dots = 0, label = 0;

	for (; n < len && s[n] != '/' && s[n] != ':'; n++) {
		unsigned char c = (unsigned char)s[n];
		bool letter = (c | 0x20) >= 'a' && (c | 0x20) <= 'z';
		if (c == '.' && label > 0) {
			dots++;
			label = 0;
		} else if (letter || c >= 0x80 || (c >= '0' && c <= '9') || c == '-') {
			label++;
		} else {
			return false;
		}
	}
	return dots > 0 && label >= 2 && !(s[n - 1] >= '0' && s[n - 1] <= '9');
}

// The place that the text names, NULL when it names none.
static char *
text_target(const char *s, size_t len)
{
	bool user;
	const char *found = memmem(s, len, "://", 3);

	if (found != NULL) {
		found += 3;
		return host_of(found, len - (size_t)(found - s), &user);
	}
	for (size_t i = 0; i + 4 < len; i++)
		if (str_has_prefix_nocase(s + i, "www.") && (i == 0 || s[i - 1] == ' '))
			return host_of(s + i, len - i, &user);
	if (memchr(s, ' ', len) != NULL || memchr(s, '\n', len) != NULL)
		return NULL;
	const char *sign = memchr(s, '@', len);
	if (sign != NULL && sign > s &&
	    is_domain_like(sign + 1, len - (size_t)(sign + 1 - s)))
		return str_ndup(s, len < HOST_MAX ? len : HOST_MAX);
	return is_domain_like(s, len) ? host_of(s, len, &user) : NULL;
}

static const char *
without_www(const char *host)
{
	return str_has_prefix_nocase(host, "www.") ? host + 4 : host;
}

// The same place, or a part of it: "example.org" may go to "news.example.org".
static bool
same_place(const char *named, const char *real)
{
	named = without_www(named);
	real = without_www(real);
	size_t named_len = strlen(named), real_len = strlen(real);

	if (str_equal_nocase(named, real))
		return true;
	return real_len > named_len && real[real_len - named_len - 1] == '.' &&
		strchr(named, '@') == NULL &&
		str_equal_nocase(real + real_len - named_len, named);
}

char *
html_link_warning(const char *url, const char *text, size_t len)
{
	bool misleads;
	char *real = url_target(url, &misleads);

	while (len > 0 && strchr(" \n", *text) != NULL)
		text++, len--;
	while (len > 0 && strchr(" \n", text[len - 1]) != NULL)
		len--;
	char *named = text_target(text, len < TEXT_MAX ? len : TEXT_MAX);
	bool warn = misleads || (named != NULL && !same_place(named, real));
	free(named);
	if (warn)
		return real;
	free(real);
	return NULL;
}
