// SPDX-License-Identifier: GPL-3.0-or-later
// Questions about one folder that somebody asks now and then: what bounds it, what one
// may do in it, how large it is.
#include "config.h"

#include <stdlib.h>

#include "base/str.h"
#include "remote/imap.h"

static bool
ask(struct imap *m, struct call *c, const char *verb, const char *folder,
	const char *rest, struct error *err)
{
	struct command command = { 0 };
	command_printf(&command, "%s ", verb);
	imap_put_name(m, &command, folder);
	command_text(&command, rest);
	return imap_run(m, c, &command, err);
}

// --- QUOTA (RFC 9208) --------------------------------------------------------------------

static bool
quota_on(struct imap *m, struct call *c, const struct response *r,
	const struct wire_frame *f)
{
	(void)m;
	(void)f;
	if (r->kind != RESPONSE_DATA)
		return false;
	// What cannot be read bounds nobody.
	if (slice_is(r->name, "QUOTA"))
		(void)parse_quota(r->rest, c->arg);
	else if (!slice_is(r->name, "QUOTAROOT"))
		return false;
	return true;
}

bool
imap_quota(struct remote *r, const char *folder, struct remote_quotas *quotas_r,
	struct error *err)
{
	struct imap *m = imap_of(r);
	*quotas_r = (struct remote_quotas){ 0 };
	struct call c = { .on = quota_on, .arg = quotas_r };
	if (!(m->caps.bits & CAP_QUOTA))
		return error_set(err, ERROR_REFUSED, "%s says nothing of quotas",
			str_or_empty(r->settings.host));
	if (!ask(m, &c, "GETQUOTAROOT", folder, "", err)) {
		remote_quotas_done(quotas_r);
		return false;
	}
	return quotas_r->len > 0 || error_set(err, ERROR_REFUSED,
		"%s sets this folder no quota", str_or_empty(r->settings.host));
}

// --- ACL (RFC 4314) ------------------------------------------------------------------------

struct asking { const char *folder; unsigned denied; uint64_t size; bool told; };

static bool
rights_on(struct imap *m, struct call *c, const struct response *r,
	const struct wire_frame *f)
{
	struct asking *a = c->arg;
	char *name;
	unsigned denied;
	(void)f;
	if (r->kind != RESPONSE_DATA || !slice_is(r->name, "MYRIGHTS"))
		return false;
	if (!parse_myrights(r->rest, !(m->caps.bits & CAP_NEW_RIGHTS), &name, &denied))
		return true;
	imap_took_name(m, &name);
	if (imap_same_folder(name, a->folder)) {
		a->denied = denied;
		a->told = true;
	}
	free(name);
	return true;
}

bool
imap_rights(struct remote *r, const char *folder, unsigned *denied_r, struct error *err)
{
	struct imap *m = imap_of(r);
	struct asking a = { .folder = folder };
	struct call c = { .on = rights_on, .arg = &a };
	*denied_r = 0;
	if (!(m->caps.bits & CAP_ACL))
		return true;
	if (!ask(m, &c, "MYRIGHTS", folder, "", err))
		return false;
	*denied_r = a.denied;
	return a.told || error_set(err, ERROR_REFUSED,
		"%s does not say what one may do in the folder",
		str_or_empty(r->settings.host));
}

bool
imap_may(const struct imap *m, unsigned right, const char *what, struct error *err)
{
	if (!(m->state.denied & right))
		return true;
	char *label = parse_label(str_or_empty(m->folder), m->delimiter);
	error_set(err, ERROR_REFUSED, "%s does not give you the right to %s in %s",
		str_or_empty(m->base.settings.host), what, label);
	free(label);
	return false;
}

// --- STATUS=SIZE (RFC 8438) ------------------------------------------------------------------

static bool
size_on(struct imap *m, struct call *c, const struct response *r,
	const struct wire_frame *f)
{
	struct asking *a = c->arg;
	char *name;
	uint64_t size;
	(void)f;
	if (r->kind != RESPONSE_DATA || !slice_is(r->name, "STATUS"))
		return false;
	if (!parse_status_size(r->rest, &name, &size))
		return true;
	imap_took_name(m, &name);
	if (imap_same_folder(name, a->folder)) {
		a->size = size;
		a->told = true;
	}
	free(name);
	return true;
}

bool
imap_folder_size(struct remote *r, const char *folder, uint64_t *bytes_r,
	struct error *err)
{
	struct imap *m = imap_of(r);
	struct asking a = { .folder = folder };
	struct call c = { .on = size_on, .arg = &a };
	*bytes_r = 0;
	if (!(m->caps.bits & CAP_STATUS_SIZE))
		return error_set(err, ERROR_REFUSED, "%s does not tell how large folders are",
			str_or_empty(r->settings.host));
	if (!ask(m, &c, "STATUS", folder, " (SIZE)", err))
		return false;
	*bytes_r = a.size;
	return a.told || error_set(err, ERROR_REFUSED, "%s tells nothing of the folder",
		str_or_empty(r->settings.host));
}
