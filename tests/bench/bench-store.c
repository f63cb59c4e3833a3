// SPDX-License-Identifier: GPL-3.0-or-later
// Measures the store: filling as a sync fills it, then what a screen asks of it.
// bench-store [-k FOLDER] COUNT...: -k keeps the store there.
#include "config.h"

#include <pthread.h>
#include <stdatomic.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/wait.h>
#include <time.h>
#include <unistd.h>

#include "base/error.h"
#include "base/mem.h"
#include "base/path.h"
#include "base/str.h"
#include "mail/query.h"
#include "store/folders.h"
#include "store/messages.h"
#include "store/pending.h"
#include "store/store.h"

#define SCREEN 60
#define YEARS_10 315360000

static double
now_ms(void)
{
	struct timespec t;

	clock_gettime(CLOCK_MONOTONIC, &t);
	return (double)t.tv_sec * 1e3 + (double)t.tv_nsec / 1e6;
}

// Of the whole process: what another one's load does not change.
static double
cpu_ms(void)
{
	struct timespec t;

	clock_gettime(CLOCK_PROCESS_CPUTIME_ID, &t);
	return (double)t.tv_sec * 1e3 + (double)t.tv_nsec / 1e6;
}

static long
memory_kb(const char *what)
{
	char line[256];
	long kb = 0;
	FILE *f = fopen("/proc/self/status", "r");

	while (f != NULL && fgets(line, sizeof(line), f) != NULL) {
		if (strncmp(line, what, strlen(what)) == 0)
			kb = atol(line + strlen(what) + 1);
	}
	if (f != NULL)
		fclose(f);
	return kb;
}

static void
must(bool ok, const struct error *err)
{
	if (ok)
		return;
	fprintf(stderr, "bench-store: %s\n", err->text);
	exit(1);
}

static struct store *
bench_open(const char *folder)
{
	const struct store_settings settings = { .folder = folder, .mail = folder };
	struct store *s;
	struct error err;

	must(store_open(&s, &settings, &err), &err);
	return s;
}

// Numbers that are the same in every run.
static uint32_t
bench_random(uint32_t seed)
{
	uint64_t x = (seed + 1) * 0x9e3779b97f4a7c15;

	x ^= x >> 29;
	x *= 0xbf58476d1ce4e5b9;
	return (uint32_t)(x >> 32);
}

// Message `uid` of `count`: about half answer one of some hundred before it.
static void
bench_row(struct sync_row *row, uint32_t uid, uint32_t count)
{
	uint32_t r = bench_random(uid);
	char text[200];

	row->uid = uid;
	row->size = 2000 + r % 50000;
	row->received = 1400000000 +
		(int64_t)((double)uid / count * YEARS_10) + r % 3000;
	row->flags.bits = r % 10 == 0 ? 0 : FLAG_SEEN;
	row->envelope.date = row->received - r % 600;
	snprintf(text, sizeof(text), "The %u%s report on what was found in week %u",
		r % 1000, r % 3 == 0 ? "th quarterly" : "th", r % 52);
	row->envelope.subject = str_dup(text);
	snprintf(text, sizeof(text), "%08x.%u.%08x@mail%u.example.org", r, uid, ~r,
		r % 100);
	row->envelope.message_id = str_dup(text);
	snprintf(text, sizeof(text), "Person Number %u", r % 5000);
	char mail[100];
	snprintf(mail, sizeof(mail), "person.%u@example%u.org", r % 5000, r % 50);
	address_list_add(&row->envelope.from, text, mail);
	address_list_add(&row->envelope.to, NULL, "me@example.org");
	for (uint32_t parent = uid; r % 2 == 0 && row->envelope.references.len < 4;) {
		uint32_t back = 1 + bench_random(parent * 7) % 200;
		if (back >= parent)
			break;
		parent -= back;
		uint32_t p = bench_random(parent);
		snprintf(text, sizeof(text), "%08x.%u.%08x@mail%u.example.org", p, parent,
			~p, p % 100);
		strlist_add(&row->envelope.references, text);
		if (p % 2 != 0)
			break;
	}
	struct strlist *refs = &row->envelope.references;
	for (size_t i = 0; i < refs->len / 2; i++) {
		char *first = refs->items[i];
		refs->items[i] = refs->items[refs->len - 1 - i];
		refs->items[refs->len - 1 - i] = first;
	}
	if (refs->len > 0)
		strlist_add(&row->envelope.in_reply_to, refs->items[refs->len - 1]);
}

// --- acts while it fills ------------------------------------------------------------

struct acts {
	double posted, worst, sum;
	int n;
	atomic_bool waiting;
};

static void
act_done(void *arg, const struct error *err, size_t n, const char *title)
{
	struct acts *a = arg;
	double took = now_ms() - a->posted;

	(void)n;
	(void)title;
	must(err == NULL, err);
	a->sum += took;
	a->worst = took > a->worst ? took : a->worst;
	a->n++;
	atomic_store(&a->waiting, false);
}

static void
act_post(struct store *s, struct acts *a, uint32_t folder)
{
	struct act_reply reply = { act_done, a };
	struct act act = { .kind = ACT_FLAG, .n = 1, .no_undo = true };
	uint64_t id;

	if (store_order_ids(s, folder, ORDER_DATE, (uint32_t)a->n * 3, 1, &id) == 0)
		return;
	act.ids = &id;
	act.change.add.bits = a->n % 2 == 0 ? FLAG_FLAGGED : 0;
	act.change.add.bits |= FLAG_ANSWERED;
	atomic_store(&a->waiting, true);
	a->posted = now_ms();
	store_act(s, &act, &reply);
}

// The longest that a screenful took while it fills.
struct reads {
	struct store *s;
	uint32_t folder;
	atomic_bool stop;
	double worst, sum;
	int n;
};

static void
read_screen(struct store *s, uint32_t folder, enum message_order order, uint32_t from)
{
	struct message rows[SCREEN];
	size_t n = store_order_rows(s, folder, order, from, SCREEN, rows);

	while (n > 0)
		message_done(&rows[--n]);
}

static void *
reads_run(void *arg)
{
	struct reads *r = arg;

	while (!atomic_load(&r->stop)) {
		double began = now_ms();
		read_screen(r->s, r->folder, ORDER_THREAD, 0);
		double took = now_ms() - began;
		r->worst = took > r->worst ? took : r->worst;
		r->sum += took;
		r->n++;
		usleep(2000);
	}
	return NULL;
}

// --- filling -------------------------------------------------------------------------

static void
bench_fill(const char *folder, uint32_t count)
{
	struct store *s = bench_open(folder);
	const struct folder inbox = {
		.name = (char *)"INBOX", .remote_name = (char *)"INBOX",
		.role = ROLE_INBOX,
	};
	struct acts acts = { 0 };
	struct reads reads = { .s = s };
	struct error err;
	struct folder f;
	pthread_t reader;
	uint32_t account;
	double began = now_ms(), cpu = cpu_ms(), making = 0, writing = 0, last = 0;

	must(store_account(s, "bench", &account, &err), &err);
	must(store_folders_sync(s, account, &inbox, 1, 0, &err), &err);
	store_folder_find(s, account, "INBOX", &f);
	reads.folder = f.id;
	pthread_create(&reader, NULL, reads_run, &reads);
	for (uint32_t uid = count; uid > 0;) {
		struct sync_batch b = { .folder = f.id, .uidvalidity = 1 };
		double at = now_ms();
		b.rows = mem_alloc(SYNC_BATCH_ROWS, sizeof(*b.rows));
		for (; b.n_rows < SYNC_BATCH_ROWS && uid > 0; uid--)
			bench_row(&b.rows[b.n_rows++], uid, count);
		b.lowest_uid = uid + 1;
		b.uidnext = count + 1;
		double made = now_ms();
		must(store_sync(s, &b, &err), &err);
		making += made - at;
		writing += now_ms() - made;
		sync_batch_done(&b);
		if (uid % 20000 < SYNC_BATCH_ROWS && !atomic_load(&acts.waiting))
			act_post(s, &acts, f.id);
		if (uid % 100000 == 0) {
			printf("  %7u rows: %6.0f rows/s\n", count - uid,
				1e8 / (writing - last));
			fflush(stdout);
			last = writing;
		}
	}
	atomic_store(&reads.stop, true);
	pthread_join(reader, NULL);
	double end = now_ms();
	printf("fill: %.0f rows/s written (%.1f s; making the rows took %.1f s, all %.1f s)\n",
		count / writing * 1e3, writing / 1e3, making / 1e3, (end - began) / 1e3);
	printf("fill: %.1f s of processor, %.1f us a row\n", (cpu_ms() - cpu) / 1e3,
		(cpu_ms() - cpu) * 1e3 / count);
	printf("act during the fill: %.1f ms mean, %.1f ms worst of %d\n",
		acts.sum / (acts.n > 0 ? acts.n : 1), acts.worst, acts.n);
	printf("screenful during the fill: %.2f ms mean, %.2f ms worst of %d\n",
		reads.sum / reads.n, reads.worst, reads.n);
	printf("memory after the fill: %ld kB, at most %ld kB\n", memory_kb("VmRSS:"),
		memory_kb("VmHWM:"));
	folder_done(&f);
	store_close(&s);
	printf("close: %.0f ms\n", now_ms() - end);
}

// --- asking ----------------------------------------------------------------------------

static bool
found_count(void *arg, uint64_t id)
{
	(void)id;
	++*(size_t *)arg;
	return true;
}

static void
bench_search(struct store *s, uint32_t folder, const char *text)
{
	struct query *q;
	struct error err;
	size_t n = 0;
	double at = now_ms();

	must(query_parse(&q, text, time(NULL), &err), &err);
	must(store_search(s, q, 0, folder, ORDER_DATE, NULL, found_count, &n, &err),
		&err);
	query_free(&q);
	printf("search \"%s\": %.0f ms, %zu found\n", text, now_ms() - at, n);
}

static void
bench_ask(const char *folder, uint32_t count)
{
	double at = now_ms(), opened;
	struct store *s = bench_open(folder);
	struct folder f;
	struct message m;
	uint64_t id;
	uint32_t row = 0;

	opened = now_ms();
	printf("open: %.1f ms\n", opened - at);
	if (!store_folder_find(s, 1, "INBOX", &f))
		exit(1);
	for (int order = ORDER_DATE; order <= ORDER_THREAD; order++) {
		const char *name = order == ORDER_DATE ? "date" : "thread";
		at = now_ms();
		read_screen(s, f.id, order, 0);
		printf("by %s: first screen %.2f ms", name, now_ms() - at);
		at = now_ms();
		read_screen(s, f.id, order, count / 2);
		printf(", middle %.2f ms", now_ms() - at);
		store_order_ids(s, f.id, order, count / 3, 1, &id);
		at = now_ms();
		store_order_find(s, f.id, order, id, &row);
		printf(", row of a message %.3f ms%s\n", now_ms() - at,
			row == count / 3 ? "" : " WRONG");
	}
	at = now_ms();
	uint32_t n = store_order_count(s, f.id);
	printf("count: %.3f ms (%u)\n", now_ms() - at, n);
	at = now_ms();
	store_message(s, id, &m);
	message_done(&m);
	printf("one message: %.3f ms\n", now_ms() - at);
	printf("memory: %ld kB\n", memory_kb("VmRSS:"));
	bench_search(s, f.id, "is:unread");
	bench_search(s, f.id, "subject:quarterly from:\"number 42\"");
	at = now_ms();
	uint64_t *ids = mem_alloc(count, sizeof(*ids));
	store_order_ids(s, f.id, ORDER_DATE, 0, count, ids);
	printf("all ids: %.0f ms\n", now_ms() - at);
	free(ids);
	printf("memory after searching: %ld kB, at most %ld kB\n", memory_kb("VmRSS:"),
		memory_kb("VmHWM:"));
	folder_done(&f);
	at = now_ms();
	store_close(&s);
	printf("close: %.0f ms\n", now_ms() - at);
}

// Each part in a process of its own: memory is then its own too.
static void
in_child(void (*run)(const char *folder, uint32_t count), const char *folder,
	uint32_t count)
{
	int status;

	fflush(stdout);
	pid_t pid = fork();
	if (pid == 0) {
		run(folder, count);
		fflush(stdout);
		_exit(0);
	}
	if (waitpid(pid, &status, 0) != pid || status != 0)
		exit(1);
}

int
main(int argc, char **argv)
{
	const char *keep = NULL;

	for (int i = 1; i < argc; i++) {
		if (strcmp(argv[i], "-k") == 0 && i + 1 < argc) {
			keep = argv[++i];
			continue;
		}
		uint32_t count = (uint32_t)strtoul(argv[i], NULL, 10);
		const char *tmp = getenv("TMPDIR");
		char *folder = keep != NULL ? str_dup(keep) :
			path_join(tmp != NULL ? tmp : "/tmp", "postern-bench-XXXXXX");
		if (count == 0 || (keep == NULL && mkdtemp(folder) == NULL)) {
			fprintf(stderr, "usage: bench-store [-k FOLDER] COUNT...\n");
			return 2;
		}
		printf("== %u messages\n", count);
		in_child(bench_fill, folder, count);
		in_child(bench_ask, folder, count);
		if (keep == NULL)
			path_remove_tree(folder, NULL);
		free(folder);
	}
	return 0;
}
