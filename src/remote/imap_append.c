// SPDX-License-Identifier: GPL-3.0-or-later
// A message to the server, piece by piece: its size is announced first, so it is
// counted on the way.
#include "config.h"

#include <stdlib.h>
#include <string.h>

#include "base/str.h"
#include "base/when.h"
#include "remote/imap.h"
#include "remote/line.h"

struct appending { uint32_t uidvalidity, uid; };

static bool
append_on(struct imap *m, struct call *c, const struct response *r,
	const struct wire_frame *f)
{
	struct appending *a = c->arg;
	(void)m;
	(void)f;
	if (r->kind == RESPONSE_TAGGED && r->status == STATUS_OK &&
	    slice_is(r->code, "APPENDUID") &&
	    !parse_appenduid(r->values, &a->uidvalidity, &a->uid))
		*a = (struct appending){ 0 };
	return false;
}

static bool
append_bytes(struct imap *m, uint64_t size,
	bool (*next)(void *arg, const void **bytes_r, size_t *len_r), void *arg,
	struct error *err)
{
	uint64_t left = size;
	const void *bytes;
	size_t len;
	while (left > 0 && next(arg, &bytes, &len) && len > 0) {
		if (len > left)
			break;
		line_put(m->base.line, bytes, len);
		if (!line_flush(m->base.line, err))
			return false;
		left -= len;
	}
	if (left > 0) {
		// The server waits for the rest: nothing else can be said to it.
		error_set(&m->broken, ERROR_OFFLINE,
			"a message was not as long as it was said to be");
		if (err)
			*err = m->broken;
		return false;
	}
	line_put_str(m->base.line, "\r\n");
	return true;
}

static void
append_command(struct imap *m, struct command *command, const char *folder,
	const struct flags *flags, int64_t received, uint64_t size, bool nonsync)
{
	command_text(command, "APPEND ");
	imap_put_name(m, command, folder);
	struct flags keywords = { 0 }, labels = { 0 };
	if (flags)
		imap_labels_part(m, flags, &keywords, &labels); // APPEND takes no labels
	if (!flags_empty(&keywords)) {
		struct buf text = { 0 };
		flags_format_imap(&text, &keywords);
		command_printf(command, " (%s)", buf_text(&text));
		buf_done(&text);
	}
	flags_done(&keywords);
	flags_done(&labels);
	if (received) {
		char *date = when_imap(received);
		command_printf(command, " \"%s\"", date);
		free(date);
	}
	command_text(command, " ");
	command_literal_to_come(command, size, nonsync);
}

// RFC 7889: a limit for all folders, or each folder's own, which is asked for where
// the message is so long that it would wait for the server's word anyway.
static bool
within_limit(struct remote *r, const char *folder, uint64_t size, bool short_one,
	struct error *err)
{
	struct imap *m = imap_of(r);
	uint64_t limit = m->caps.append_limit;
	if (!limit && m->caps.bits & CAP_APPENDLIMIT && !short_one) {
		struct remote_folder status;
		if (!imap_status(r, folder, &status, err))
			return false;
		limit = status.append_limit;
	}
	if (!limit || size <= limit)
		return true;
	return error_set(err, ERROR_REFUSED, "the message has %llu kB, and %s takes none "
		"of more than %llu kB", (unsigned long long)(size + 1023) / 1024,
		str_or_empty(r->settings.host), (unsigned long long)limit / 1024);
}

bool
imap_append(struct remote *r, const char *folder, const struct flags *flags,
	int64_t received, uint64_t size,
	bool (*next)(void *arg, const void **bytes_r, size_t *len_r), void *arg,
	uint32_t *uidvalidity_r, uint32_t *uid_r, struct error *err)
{
	struct imap *m = imap_of(r);
	struct appending a = { 0 };
	struct call c = { .on = append_on, .arg = &a };
	struct command command = { 0 };
	// A long message waits for the server's word: it may be over a quota.
	bool nonsync = wire_nonsync(m->wire, size);
	*uidvalidity_r = *uid_r = 0;
	if (!within_limit(r, folder, size, size <= WIRE_NONSYNC_MAX, err) ||
	    (m->folder && imap_same_folder(m->folder, folder) &&
	     !imap_may(m, REMOTE_RIGHT_INSERT, "put messages", err)))
		return false;
	append_command(m, &command, folder, flags, received, size, nonsync);
	m->continued = false;
	if (!imap_send(m, &c, &command, err))
		return false;
	while (!nonsync && !m->continued && c.n_tags > 0) {
		if (!imap_step(m, &c, err))
			return false;
	}
	if (c.n_tags > 0 && !append_bytes(m, size, next, arg, err))
		return false;
	if (!imap_finish(m, &c, err))
		return false;
	*uidvalidity_r = a.uidvalidity;
	*uid_r = a.uid;
	return true;
}
