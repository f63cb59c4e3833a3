// SPDX-License-Identifier: GPL-3.0-or-later
// The stage on which clients are killed.
#include "config.h"

#include "tests/sync/scene.h"

#include "base/array.h"
#include "base/buf.h"
#include "base/path.h"
#include "base/str.h"
#include "loop/cancel.h"
#include "mail/message.h"
#include "store/bodies.h"
#include "store/folders.h"
#include "store/messages.h"
#include "store/store.h"

#include <dirent.h>
#include <fcntl.h>
#include <poll.h>
#include <pthread.h>
#include <signal.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <sys/wait.h>
#include <unistd.h>

#define CLIENT_TRIES 6

// --- processes and folders ----------------------------------------------------------------

bool
scene_soak(void)
{
	return getenv("POSTERN_SOAK") != NULL;
}

void
scene_init(struct scene *s)
{
	const char *tmp = getenv("TMPDIR");

	// A process that is killed leaves the same behind on any file system; on
	// this one nobody waits for a disk.
	if (tmp == NULL && access("/dev/shm", W_OK) == 0)
		tmp = "/dev/shm";
	*s = (struct scene){ .fake = fake_new(), .saved = fake_new() };
	s->folder = path_join(tmp != NULL ? tmp : "/tmp", "postern-sync-XXXXXX");
	if (mkdtemp(s->folder) == NULL)
		abort();
	s->home = path_join(s->folder, "home");
	s->kept = path_join(s->folder, "kept");
	if (!path_make_folder(s->home, NULL))
		abort();
	s->settings.name = str_dup("test");
	s->settings.incoming = str_dup("imaps://ann@imap.example.org");
	s->settings.keep = KEEP_ALL;
	s->settings.driver = &fake_driver;
}

void
scene_done(struct scene *s)
{
	path_remove_tree(s->folder, NULL);
	account_settings_done(&s->settings);
	fake_free(&s->fake);
	fake_free(&s->saved);
	free(s->folder);
	free(s->home);
	free(s->kept);
}

// Logs are made with room to grow, full of zeros: these are left out.
static bool
write_some(int out, const char *data, size_t len, off_t at)
{
	enum { BLOCK = 4096 };
	static const char zeros[BLOCK];

	for (size_t i = 0; i < len; i += BLOCK) {
		size_t n = len - i < BLOCK ? len - i : BLOCK;
		if (memcmp(data + i, zeros, n) != 0 &&
		    pwrite(out, data + i, n, at + (off_t)i) != (ssize_t)n)
			return false;
	}
	return true;
}

static void
copy_file(const char *from, const char *to, off_t size)
{
	int in = open(from, O_RDONLY | O_CLOEXEC);
	int out = open(to, O_WRONLY | O_CREAT | O_EXCL | O_CLOEXEC, 0600);
	char data[64 * 1024];

	if (in < 0 || out < 0 || ftruncate(out, size) != 0)
		abort();
	for (off_t at = 0; (at = lseek(in, at, SEEK_DATA)) >= 0 && at < size; ) {
		off_t end = lseek(in, at, SEEK_HOLE);
		while (at < end) {
			size_t want = (size_t)(end - at) < sizeof(data) ?
				(size_t)(end - at) : sizeof(data);
			ssize_t got = pread(in, data, want, at);
			if (got <= 0 || !write_some(out, data, (size_t)got, at))
				abort();
			at += got;
		}
	}
	close(in);
	close(out);
}

// The copy replaces what was there.
static void
copy_tree(const char *from, const char *to)
{
	struct dirent *e;
	struct stat st;

	if ((path_exists(to) && !path_remove_tree(to, NULL)) ||
	    mkdir(to, 0700) != 0)
		abort();
	DIR *dir = opendir(from);
	while (dir != NULL && (e = readdir(dir)) != NULL) {
		if (str_equal(e->d_name, ".") || str_equal(e->d_name, ".."))
			continue;
		char *source = path_join(from, e->d_name);
		char *target = path_join(to, e->d_name);
		if (lstat(source, &st) != 0)
			abort();
		if (S_ISDIR(st.st_mode))
			copy_tree(source, target);
		else if (S_ISREG(st.st_mode))
			copy_file(source, target, st.st_size);
		free(source);
		free(target);
	}
	closedir(dir);
}

void
scene_keep(struct scene *s)
{
	copy_tree(s->home, s->kept);
	fake_copy(s->saved, s->fake);
}

void
scene_put_back(struct scene *s)
{
	copy_tree(s->kept, s->home);
	fake_copy(s->fake, s->saved);
	s->fake->steps = s->fake->kill_at = 0;
}

bool
scene_say(struct scene *s, const char *format, ...)
{
	va_list ap;

	va_start(ap, format);
	vsnprintf(s->fake->said, sizeof(s->fake->said), format, ap);
	va_end(ap);
	return false;
}

enum scene_end
scene_run(struct scene *s, bool (*run)(struct scene *s, void *arg), void *arg,
	bool look_for_leaks)
{
	int status;

	s->fake->said[0] = '\0';
	s->fake->steps = 0;
	fflush(NULL);
	pid_t pid = fork();
	if (pid < 0)
		abort();
	if (pid == 0) {
		fake_use(s->fake);
		bool ok = run(s, arg);
		// What the test itself holds is no leak, but takes long to look at.
		if (!look_for_leaks)
			_exit(ok ? 0 : 1);
		exit(ok ? 0 : 1);
	}
	while (waitpid(pid, &status, 0) < 0)
		;
	if (WIFSIGNALED(status) && WTERMSIG(status) == SIGKILL)
		return SCENE_KILLED;
	if (!WIFEXITED(status) || WEXITSTATUS(status) > 1)
		scene_say(s, "the client crashed (status %d)", status);
	return WIFEXITED(status) && WEXITSTATUS(status) == 0 ? SCENE_OK :
		SCENE_FAILED;
}

bool
scene_kill(struct scene *s, bool (*run)(struct scene *s, void *arg), void *arg,
	unsigned k)
{
	scene_put_back(s);
	s->fake->kill_at = k;
	enum scene_end end = scene_run(s, run, arg, false);
	s->fake->kill_at = 0;
	if (end == SCENE_OK)
		return scene_say(s, "it had only %u steps", s->fake->steps);
	s->kills += end == SCENE_KILLED;
	return end == SCENE_KILLED;
}

// --- the client -----------------------------------------------------------------------

static bool
client_step(void *arg, const char *what)
{
	(void)arg;
	fake_step(what);
	return true;
}

static void
client_told(void *arg, const char *text)
{
	struct client *c = arg;
	size_t used = strlen(c->told);

	pthread_mutex_lock(&c->lock);
	c->n_told++;
	if (used + strlen(text) + 2 < sizeof(c->told))
		snprintf(c->told + used, sizeof(c->told) - used, "%s%s",
			used > 0 ? "|" : "", text);
	pthread_mutex_unlock(&c->lock);
}

// On the store thread.
static void
client_changed(void *arg, const struct store_change *change)
{
	struct client *c = arg;

	if (change->kind == STORE_ARRIVED)
		__atomic_add_fetch(&c->arrived, 1, __ATOMIC_SEQ_CST);
	if (change->kind == STORE_REFUSED)
		client_told(c, change->text);
}

bool
client_open(struct client *c, struct scene *s)
{
	char *mail = path_join(s->home, "mail");
	char *store = path_join(s->home, "store");
	struct error err = {0};

	*c = (struct client){ .scene = s, .lock = PTHREAD_MUTEX_INITIALIZER };
	struct store_settings settings = {
		.folder = store, .mail = mail, .cache_bytes = 1024 * 1024,
		.changed = client_changed, .arg = c,
	};
	bool ok = path_make_folder(mail, &err) && path_make_folder(store, &err) &&
		store_open(&c->store, &settings, &err) &&
		store_account(c->store, "test", &c->account, &err);
	free(mail);
	free(store);
	if (!ok)
		return scene_say(s, "open: %s", err.text);
	c->sync = (struct sync){
		.store = c->store, .driver = s->settings.driver,
		.settings = &s->settings, .account = c->account,
		.step = client_step, .notice = client_told, .arg = c,
	};
	return true;
}

void
client_disconnect(struct client *c)
{
	visit_forget(&c->sync);
	if (c->sync.remote != NULL)
		c->sync.driver->close(&c->sync.remote);
	c->sync.remote = NULL;
}

void
client_close(struct client *c)
{
	client_disconnect(c);
	store_close(&c->store);
}

bool
client_connect(struct client *c, struct error *err)
{
	struct remote_settings none = {0};

	return c->sync.remote != NULL || c->sync.driver->open(&c->sync.remote,
		&none, NULL, NULL, err);
}

// The rest of a folder, where the newest left one.
static bool
sync_rest(struct client *c, uint32_t folder, bool compare, struct error *err)
{
	struct folder f;

	if (!store_folder(c->store, folder, &f))
		return true;
	bool rest = f.lowest_uid != 1 || compare;
	folder_done(&f);
	return (!rest || sync_folder_rest(&c->sync, folder, err)) &&
		sync_folder_bodies(&c->sync, folder, err);
}

// All folders are looked into, but what their counts say is heard.
static bool
sync_list(struct client *c, struct error *err)
{
	struct remote_folders told;

	if (!sync_folders_told(&c->sync, &told, err))
		return false;
	for (size_t i = 0; i < told.len; i++) {
		struct folder f;
		if (!told.items[i].has_status || !store_folder_find(c->store,
				c->account, told.items[i].label, &f))
			continue;
		sync_folder_changed(&c->sync, &f, &told.items[i], false);
		folder_done(&f);
	}
	remote_folders_done(&told);
	return true;
}

static bool
sync_all(struct client *c, struct error *err)
{
	struct folder *folders = NULL;
	bool compare[FAKE_FOLDERS];

	bool ok = client_connect(c, err) && sync_list(c, err) &&
		sync_play(&c->sync, err);
	size_t n = ok ? store_folders(c->store, c->account, &folders) : 0;
	for (size_t i = 0; ok && i < n; i++) {
		if (folders[i].attributes & (FOLDER_NOSELECT | FOLDER_NEW))
			continue;
		ok = sync_folder_newest(&c->sync, folders[i].id, err);
		compare[i] = ok && c->sync.visit.compare != 0;
	}
	for (size_t i = 0; ok && i < n; i++)
		ok = (folders[i].attributes & (FOLDER_NOSELECT | FOLDER_NEW)) ||
			sync_rest(c, folders[i].id, compare[i], err);
	for (size_t i = 0; i < n; i++)
		folder_done(&folders[i]);
	free(folders);
	return ok;
}

bool
client_sync(struct client *c)
{
	struct error err = {0};

	for (int i = 0; i < CLIENT_TRIES; i++) {
		error_clear(&err);
		if (sync_all(c, &err))
			return true;
		if (err.kind != ERROR_OFFLINE && err.kind != ERROR_GONE)
			break;
		client_disconnect(c);
	}
	return scene_say(c->scene, "sync: %s", err.text);
}

// --- comparing ------------------------------------------------------------------------

static bool
check_raw(struct client *c, uint64_t id, const char *text)
{
	struct buf b = {0};
	struct error err = {0};

	bool ok = store_raw_read(c->store, id, 0, strlen(text), &b, &err) &&
		str_equal(buf_text(&b), text);
	buf_done(&b);
	return ok;
}

static bool
check_message(struct client *c, const struct folder *f,
	const struct fake_message *m)
{
	struct flags flags = {0};
	struct message row;
	uint64_t id;

	if (!store_message_at(c->store, f->id, m->uid, &id) ||
	    !store_message(c->store, id, &row))
		return scene_say(c->scene, "%s: %s (%u) is not here", f->name,
			m->name, m->uid);
	char *text = fake_text(m->name);
	flags_parse(&flags, m->flags);
	const char *wrong = NULL;
	if (row.folder != f->id || row.uid != m->uid)
		wrong = "stands elsewhere";
	else if (row.pending)
		wrong = "is pending";
	else if (!flags_equal(&row.flags, &flags))
		wrong = "has other flags";
	else if (row.envelope.subject == NULL ||
		 strstr(text, row.envelope.subject) == NULL)
		wrong = "is another message";
	else if (row.size != strlen(text) &&
		 !str_equal(m->name, c->scene->fake->unreadable))
		wrong = "has another size";
	else if (c->scene->settings.keep != 0 && !check_raw(c, id, text))
		wrong = "has another text";
	if (wrong != NULL)
		scene_say(c->scene, "%s: %s (%u) %s", f->name, m->name, m->uid,
			wrong);
	message_done(&row);
	flags_done(&flags);
	free(text);
	return wrong == NULL;
}

static bool
check_folder(struct client *c, const struct fake_folder *there)
{
	struct sync_known *known = NULL;
	struct folder f;
	uint32_t unread = 0;
	bool ok = true;

	if (!store_folder_find(c->store, c->account, there->name, &f))
		return scene_say(c->scene, "no folder %s", there->name);
	size_t n = store_sync_known(c->store, f.id, 1, UINT32_MAX - 1, &known);
	for (size_t i = 0; i < there->n; i++)
		unread += strstr(there->messages[i].flags, "seen") == NULL;
	if (f.uidvalidity != there->uidvalidity || f.lowest_uid != 1)
		ok = scene_say(c->scene, "%s: validity %u for %u, lowest %u",
			f.name, f.uidvalidity, there->uidvalidity, f.lowest_uid);
	else if (n != there->n || f.total != there->n || f.unread != unread ||
		 store_order_count(c->store, f.id) != there->n)
		ok = scene_say(c->scene, "%s: %zu rows, total %u, unread %u, "
			"shown %u for %zu, %u", f.name, n, f.total, f.unread,
			store_order_count(c->store, f.id), there->n, unread);
	else if (there->quirks & FAKE_NO_UIDNEXT ? f.uidnext > there->uidnext :
		 f.uidnext != there->uidnext)
		ok = scene_say(c->scene, "%s: uidnext %u for %u", f.name,
			f.uidnext, there->uidnext);
	for (size_t i = 0; ok && i < there->n; i++)
		ok = known[i].uid == there->messages[i].uid ?
			check_message(c, &f, &there->messages[i]) :
			scene_say(c->scene, "%s: UID %u for %u", f.name,
				known[i].uid, there->messages[i].uid);
	free(known);
	folder_done(&f);
	return ok;
}

static void
unsound(void *arg, const char *line)
{
	struct client *c = arg;

	scene_say(c->scene, "verify: %s", line);
}

bool
client_check(struct client *c)
{
	struct fake *s = c->scene->fake;
	struct folder *folders = NULL;
	struct error err = {0};
	size_t there = 0;

	if (store_operations_count(c->store, c->account) != 0)
		return scene_say(c->scene, "something still waits");
	size_t n = store_folders(c->store, c->account, &folders);
	for (size_t i = 0; i < n; i++)
		folder_done(&folders[i]);
	free(folders);
	for (size_t i = 0; i < FAKE_FOLDERS; i++) {
		if (s->folders[i].name[0] == '\0')
			continue;
		there++;
		if (!check_folder(c, &s->folders[i]))
			return false;
	}
	if (n != there)
		return scene_say(c->scene, "%zu folders for %zu", n, there);
	if (!store_verify(c->store, unsound, c, &err))
		return s->said[0] != '\0' ? false :
			scene_say(c->scene, "verify: %s", err.text);
	return true;
}

// --- acts -----------------------------------------------------------------------------

bool
client_act(struct client *c, struct act *act)
{
	struct error err = {0};

	return store_act_wait(c->store, act, &err) ||
		scene_say(c->scene, "act: %s", err.text);
}

// What has no waiting form in the store is waited for here.
struct waited {
	struct cancel *done;
	struct error err;
	struct act_reply reply;
};

static void
waited_done(void *arg, const struct error *err, size_t n, const char *title)
{
	struct waited *w = arg;

	(void)n;
	(void)title;
	if (err != NULL)
		w->err = *err;
	cancel_set(w->done);
}

static void
waited_init(struct waited *w)
{
	*w = (struct waited){
		.done = cancel_new(), .reply = { waited_done, w },
	};
}

static bool
waited_for(struct client *c, struct waited *w, const char *what)
{
	while (!cancel_is_set(w->done)) {
		struct pollfd fd = { cancel_fd(w->done), POLLIN, 0 };
		poll(&fd, 1, -1);
	}
	cancel_free(&w->done);
	return w->err.kind == ERROR_NONE ||
		scene_say(c->scene, "%s: %s", what, w->err.text);
}

bool
client_undo(struct client *c)
{
	struct waited w;

	waited_init(&w);
	store_undo(c->store, &w.reply);
	return waited_for(c, &w, "undo");
}

bool
client_redo(struct client *c)
{
	struct waited w;

	waited_init(&w);
	store_redo(c->store, &w.reply);
	return waited_for(c, &w, "redo");
}

static bool
pending_one(struct client *c, uint64_t seq, enum client_pending what,
	const char *target)
{
	struct waited w;

	waited_init(&w);
	if (what == CLIENT_DROP)
		store_operation_drop(c->store, seq, &w.reply);
	else if (what == CLIENT_RETRY)
		store_operation_retry(c->store, seq, &w.reply);
	else
		store_operation_change(c->store, seq, client_folder(c, target),
			&w.reply);
	return waited_for(c, &w, "pending");
}

bool
client_pending(struct client *c, enum client_pending what, const char *target)
{
	struct operation *ops = NULL;
	size_t n = store_operations(c->store, c->account, &ops);
	bool ok = n > 0 || scene_say(c->scene, "nothing is listed");

	for (size_t i = 0; i < n; i++) {
		if (ok && ops[i].state == OPERATION_FAILED)
			ok = pending_one(c, ops[i].seq, what, target);
		operation_done(&ops[i]);
	}
	free(ops);
	return ok;
}

bool
client_restart(struct client *c)
{
	struct scene *s = c->scene;

	client_close(c);
	return client_open(c, s);
}

bool
client_lose_cache(struct client *c)
{
	struct scene *s = c->scene;

	client_close(c);
	char *cache = path_join(s->home, "store/cache");
	bool ok = path_exists(cache) && path_remove_tree(cache, NULL);
	free(cache);
	return (ok || scene_say(s, "there is no cache to lose")) &&
		client_open(c, s);
}

uint32_t
client_folder(struct client *c, const char *name)
{
	struct folder f;

	if (!store_folder_find(c->store, c->account, name, &f))
		return 0;
	uint32_t id = f.id;
	folder_done(&f);
	return id;
}

uint64_t
client_find(struct client *c, const char *folder, const char *name)
{
	uint32_t id = client_folder(c, folder);
	char *subject = str_printf("about %s", name);
	uint64_t found = 0;

	for (uint32_t at = 0; found == 0; at++) {
		struct message m;
		if (store_order_rows(c->store, id, ORDER_DATE, at, 1, &m) != 1)
			break;
		if (str_equal(m.envelope.subject, subject))
			found = m.id;
		message_done(&m);
	}
	free(subject);
	return found;
}

static bool
find_all(struct client *c, const char *folder, const char *names,
	struct array *ids)
{
	struct strlist list = {0};
	bool ok = true;

	strlist_split(&list, names, ' ');
	for (size_t i = 0; ok && i < list.len; i++) {
		uint64_t id = client_find(c, folder, list.items[i]);
		*(uint64_t *)array_push(ids) = id;
		if (id == 0)
			ok = scene_say(c->scene, "no %s in %s", list.items[i],
				folder);
	}
	strlist_done(&list);
	return ok;
}

// Every message that names hold in one act.
static bool
act_on(struct client *c, struct act *act, const char *folder, const char *names)
{
	struct array ids = ARRAY_OF(uint64_t);
	bool ok = find_all(c, folder, names, &ids);

	act->ids = ids.items;
	act->n = ids.len;
	ok = ok && client_act(c, act);
	array_done(&ids);
	return ok;
}

bool
client_flag(struct client *c, const char *folder, const char *names,
	const char *add, const char *remove)
{
	struct act act = { .kind = ACT_FLAG };

	flags_parse(&act.change.add, str_or_empty(add));
	flags_parse(&act.change.remove, str_or_empty(remove));
	bool ok = act_on(c, &act, folder, names);
	flag_change_done(&act.change);
	return ok;
}

bool
client_folder_act(struct client *c, enum act_kind kind, const char *folder,
	const char *name)
{
	struct act act = {
		.kind = kind, .account = c->account, .name = name,
		.folder = folder == NULL ? 0 : client_folder(c, folder),
	};

	return client_act(c, &act);
}

bool
client_transfer(struct client *c, enum act_kind kind, const char *folder,
	const char *names, const char *target)
{
	struct act act = { .kind = kind, .folder = client_folder(c, target) };

	return act_on(c, &act, folder, names);
}

bool
client_expunge(struct client *c, const char *folder, const char *names)
{
	struct act act = { .kind = ACT_EXPUNGE };

	return act_on(c, &act, folder, names);
}

bool
client_append(struct client *c, const char *folder, const char *name)
{
	char *mail = path_join(c->scene->home, "mail");
	char *path = path_join(mail, name);
	char *text = fake_text(name);
	struct error err = {0};
	struct act act = {
		.kind = ACT_APPEND, .folder = client_folder(c, folder),
		.path = path, .flags = { .bits = FLAG_SEEN },
		.received = 1700000000, .account = c->account,
	};

	bool ok = path_write_atomic(path, text, strlen(text), &err) ||
		scene_say(c->scene, "%s", err.text);
	ok = ok && client_act(c, &act);
	free(mail);
	free(path);
	free(text);
	return ok;
}
