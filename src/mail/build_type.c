// SPDX-License-Identifier: GPL-3.0-or-later
// The type of a file that is attached: by its name, else by its first bytes.
#include "config.h"

#include "mail/build.h"

#include "base/str.h"
#include "base/utf8.h"

#include <string.h>

#define TEXT_LOOKED_AT (64 * 1024)

static const struct {
	const char *ending;
	const char *type;
} endings[] = {
	{ "txt", "text/plain" }, { "text", "text/plain" }, { "log", "text/plain" },
	{ "md", "text/markdown" }, { "csv", "text/csv" },
	{ "html", "text/html" }, { "htm", "text/html" },
	{ "patch", "text/x-patch" }, { "diff", "text/x-diff" },
	{ "ics", "text/calendar" }, { "vcf", "text/vcard" },
	{ "eml", "message/rfc822" },
	{ "png", "image/png" }, { "jpg", "image/jpeg" }, { "jpeg", "image/jpeg" },
	{ "gif", "image/gif" }, { "webp", "image/webp" }, { "svg", "image/svg+xml" },
	{ "tif", "image/tiff" }, { "tiff", "image/tiff" }, { "heic", "image/heic" },
	{ "mp3", "audio/mpeg" }, { "ogg", "audio/ogg" }, { "opus", "audio/ogg" },
	{ "flac", "audio/flac" }, { "wav", "audio/x-wav" },
	{ "mp4", "video/mp4" }, { "webm", "video/webm" }, { "mkv", "video/x-matroska" },
	{ "mov", "video/quicktime" },
	{ "pdf", "application/pdf" }, { "ps", "application/postscript" },
	{ "zip", "application/zip" }, { "gz", "application/gzip" },
	{ "tgz", "application/gzip" }, { "xz", "application/x-xz" },
	{ "zst", "application/zstd" }, { "bz2", "application/x-bzip2" },
	{ "tar", "application/x-tar" }, { "7z", "application/x-7z-compressed" },
	{ "json", "application/json" }, { "xml", "application/xml" },
	{ "rtf", "application/rtf" }, { "doc", "application/msword" },
	{ "docx", "application/vnd.openxmlformats-officedocument."
		"wordprocessingml.document" },
	{ "xls", "application/vnd.ms-excel" },
	{ "xlsx", "application/vnd.openxmlformats-officedocument."
		"spreadsheetml.sheet" },
	{ "ppt", "application/vnd.ms-powerpoint" },
	{ "pptx", "application/vnd.openxmlformats-officedocument."
		"presentationml.presentation" },
	{ "odt", "application/vnd.oasis.opendocument.text" },
	{ "ods", "application/vnd.oasis.opendocument.spreadsheet" },
	{ "odp", "application/vnd.oasis.opendocument.presentation" },
	{ "epub", "application/epub+zip" },
	{ "asc", "application/pgp-keys" }, { "p7s", "application/pkcs7-signature" },
};

static const struct {
	const char *bytes;
	size_t len;
	const char *type;
} beginnings[] = {
	{ "\x89PNG\r\n\x1a\n", 8, "image/png" },
	{ "\xff\xd8\xff", 3, "image/jpeg" },
	{ "GIF8", 4, "image/gif" },
	{ "%PDF-", 5, "application/pdf" },
	{ "PK\x03\x04", 4, "application/zip" },
	{ "\x1f\x8b", 2, "application/gzip" },
};

static bool
is_text(const char *data, size_t len)
{
	size_t looked = len < TEXT_LOOKED_AT ? len : TEXT_LOOKED_AT;

	// Not in the middle of a character.
	while (looked < len && looked > 0 &&
	       ((unsigned char)data[looked] & 0xc0) == 0x80)
		looked--;
	for (size_t i = 0; i < looked; i++)
		if ((unsigned char)data[i] < ' ' && strchr("\t\r\n\f", data[i]) == NULL)
			return false;
	return memchr(data, '\0', looked) == NULL && utf8_valid(data, looked);
}

const char *
build_guess_type(const char *name, const char *data, size_t len)
{
	const char *dot = name == NULL ? NULL : strrchr(name, '.');

	for (size_t i = 0; dot != NULL && i < sizeof(endings) / sizeof(*endings); i++)
		if (str_equal_nocase(endings[i].ending, dot + 1))
			return endings[i].type;
	for (size_t i = 0; i < sizeof(beginnings) / sizeof(*beginnings); i++)
		if (len >= beginnings[i].len &&
		    memcmp(data, beginnings[i].bytes, beginnings[i].len) == 0)
			return beginnings[i].type;
	return is_text(data, len) ? "text/plain" : "application/octet-stream";
}

const char *
build_type_ending(const char *type)
{
	for (size_t i = 0; i < sizeof(endings) / sizeof(endings[0]); i++)
		if (str_equal_nocase(endings[i].type, type))
			return endings[i].ending;
	return NULL;
}
