// SPDX-License-Identifier: GPL-3.0-or-later
// What follows from a message having been taken: its copy in Sent, the mark on
// the message that it answers, the end of its draft. Each looks first whether it
// was done, because what comes before may be run again after a crash.
#include "config.h"

#include "account/send.h"

#include "account/account.h"
#include "base/error.h"
#include "base/map.h"
#include "base/path.h"
#include "base/str.h"
#include "base/when.h"
#include "mail/message.h"
#include "store/folders.h"
#include "store/messages.h"
#include "store/outbox.h"
#include "store/pending.h"

#include <dirent.h>
#include <fcntl.h>
#include <stdlib.h>
#include <sys/stat.h>
#include <unistd.h>

#define SWEEP_AGE (10 * 60)  // seconds: a younger file may be on its way in

// Servers that put what is sent through them into Sent themselves.
static const char *const filing_hosts[] = {
	"smtp.gmail.com", "smtp.googlemail.com", "smtp-relay.gmail.com",
};

// --- the copy in Sent -----------------------------------------------------------------

static bool
server_files_it(const struct sending *s)
{
	const char *url = str_or_empty(s->settings->outgoing);

	for (size_t i = 0; i < sizeof(filing_hosts) / sizeof(*filing_hosts); i++)
		if (str_find_nocase(url, filing_hosts[i]) != NULL)
			return true;
	return false;
}

static bool
is_copy(const struct operation *op, const struct send *send)
{
	return op->kind == ACT_APPEND && op->path != NULL &&
		str_equal(path_base(op->path), path_base(send->file));
}

// An operation that will make it, or a row in Sent that it has become.
static bool
copy_made(struct sending *s, const struct send *send, uint32_t sent)
{
	struct operation *ops = NULL;
	struct message m;
	bool made = false;
	uint64_t id;

	size_t n = store_operations(s->store, s->account, &ops);
	for (size_t i = 0; i < n; i++) {
		made = made || is_copy(&ops[i], send);
		operation_done(&ops[i]);
	}
	free(ops);
	if (made || str_empty(send->message_id) ||
	    !store_message_by_message_id(s->store, s->account, send->message_id,
			&id) || !store_message(s->store, id, &m))
		return made;
	made = m.folder == sent;
	message_done(&m);
	return made;
}

// Where all folders lie below INBOX, a new one does too.
static char *
sent_label(struct sending *s)
{
	const char *set = s->settings->role_names[ROLE_SENT];
	struct folder *folders = NULL;
	bool below = true;

	if (set != NULL)
		return str_dup(set);
	size_t n = store_folders(s->store, s->account, &folders);
	for (size_t i = 0; i < n; i++) {
		below = below && (folders[i].role == ROLE_INBOX ||
			str_has_prefix_nocase(folders[i].name, "INBOX/"));
		folder_done(&folders[i]);
	}
	free(folders);
	return str_dup(below && n > 1 ? "INBOX/Sent" : "Sent");
}

static bool
sent_folder(struct sending *s, uint32_t *folder_r, struct error *err)
{
	struct folder f;

	if (store_folder_by_role(s->store, s->account, ROLE_SENT, &f)) {
		*folder_r = f.id;
		folder_done(&f);
		return true;
	}
	char *label = sent_label(s);
	struct act act = {
		.kind = ACT_FOLDER_CREATE, .account = s->account, .name = label,
		.title = "create the folder for sent mail", .no_undo = true,
	};
	bool there = store_folder_find(s->store, s->account, label, &f);
	bool ok = there || (store_act_wait(s->store, &act, err) &&
		store_folder_find(s->store, s->account, label, &f));
	free(label);
	if (!ok)
		return err->kind != ERROR_NONE ? false : error_set(err,
			ERROR_STORE, "there is no folder for sent mail");
	*folder_r = f.id;
	folder_done(&f);
	return true;
}

static bool
copy_make(struct sending *s, const struct send *send, struct error *err)
{
	uint32_t sent = 0;

	if (server_files_it(s))
		return true;
	if (!sent_folder(s, &sent, err))
		return false;
	if (copy_made(s, send, sent))
		return true;
	char *folder = path_join(s->mail, OUTBOX_FOLDER);
	char *path = path_join(folder, path_base(send->file));
	struct act act = {
		.kind = ACT_APPEND, .account = s->account, .folder = sent,
		.path = path, .flags = { .bits = FLAG_SEEN },
		.received = when_now(), .title = "copy to Sent", .no_undo = true,
	};
	bool ok = store_act_wait(s->store, &act, err);
	free(path);
	free(folder);
	return ok;
}

char *
sent_folder_name(struct sending *s)
{
	struct folder f;

	if (server_files_it(s))
		return NULL;
	if (!store_folder_by_role(s->store, s->account, ROLE_SENT, &f))
		return sent_label(s);
	char *name = str_dup(f.name);
	folder_done(&f);
	return name;
}

// --- the message it answers, and the draft ----------------------------------------------

static bool
original_mark(struct sending *s, const struct send *send, struct error *err)
{
	unsigned flag = send->forwarded ? FLAG_FORWARDED : FLAG_ANSWERED;
	struct message m;

	if (send->original == 0 || !store_message(s->store, send->original, &m))
		return true;
	bool has = (m.flags.bits & flag) != 0;
	message_done(&m);
	if (has)
		return true;
	struct act act = {
		.kind = ACT_FLAG, .ids = &send->original, .n = 1,
		.change = { .add = { .bits = flag } },
		.title = send->forwarded ? "mark as forwarded" :
			"mark as answered",
		.no_undo = true,
	};
	return store_act_wait(s->store, &act, err);
}

static void
draft_remove(struct sending *s, const struct send *send)
{
	if (str_empty(send->draft) ||
	    !str_equal(path_base(send->draft), send->draft))
		return;
	char *folder = path_join(s->mail, DRAFTS_FOLDER);
	char *path = path_join(folder, send->draft);
	unlink(path);
	free(path);
	free(folder);
}

bool
sent_follow(struct sending *s, const struct send *send, struct error *err)
{
	if (!copy_make(s, send, err) || !original_mark(s, send, err))
		return false;
	draft_remove(s, send);
	return true;
}

// --- files that nothing needs -----------------------------------------------------------

static void
keep_name(struct map *kept, const char *path)
{
	if (path != NULL)
		map_put(kept, path_base(path), kept);
}

static void
sweep_folder(const char *folder, const struct map *kept)
{
	DIR *dir = opendir(folder);
	struct dirent *e;
	struct stat st;

	while (dir != NULL && (e = readdir(dir)) != NULL) {
		if (e->d_name[0] == '.' || map_get(kept, e->d_name) != NULL)
			continue;
		if (fstatat(dirfd(dir), e->d_name, &st, AT_SYMLINK_NOFOLLOW) == 0 &&
		    S_ISREG(st.st_mode) && when_now() - st.st_mtime > SWEEP_AGE)
			unlinkat(dirfd(dir), e->d_name, 0);
	}
	if (dir != NULL)
		closedir(dir);
}

void
send_sweep(struct sending *s)
{
	struct map *kept = map_new();
	struct operation *ops = NULL;
	struct send *sends = NULL;

	// Records before operations: what leaves the one for the other meanwhile
	// is seen in one of them at least.
	size_t n = store_sends(s->store, 0, &sends);
	for (size_t i = 0; i < n; i++) {
		keep_name(kept, sends[i].file);
		send_done(&sends[i]);
	}
	size_t n_ops = store_operations(s->store, 0, &ops);
	for (size_t i = 0; i < n_ops; i++) {
		keep_name(kept, ops[i].path);
		operation_done(&ops[i]);
	}
	char *folder = path_join(s->mail, OUTBOX_FOLDER);
	sweep_folder(folder, kept);
	free(folder);
	free(sends);
	free(ops);
	map_free(&kept, NULL);
}
