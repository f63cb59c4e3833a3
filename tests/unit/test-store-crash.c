// SPDX-License-Identifier: GPL-3.0-or-later
// A process that acts, plays and syncs is killed at any instant, again and again,
// on one store. Each time the store must be without mistakes, have every act
// that was acknowledged, and end as the server does: nothing lost, nothing twice.
// POSTERN_SEED makes other acts, POSTERN_ROUNDS more worlds; POSTERN_SOAK very many
// of both kinds. What led to a failure is printed with it, and its seed.
#include "config.h"

#include "tests/unit/store-test.h"

#include <db.h>
#include <signal.h>
#include <stdarg.h>
#include <sys/mman.h>
#include <sys/wait.h>
#include <time.h>
#include <unistd.h>

#include "store/disk.h"

#define CONTENTS 40        // different messages
#define SLOTS 20000        // places that they had on the server
#define FOLDERS 3          // INBOX, Archive, Trash
#define STORY_LINES 400    // the last ones are kept
#define STORY_WIDTH 160
// The worlds of one run are divided among so many programs, of which each has a
// number: in the long form they take longer than all else.
#define PARTS 2
#ifndef PART
#define PART 0
#endif

// What lies on the server; shared with the child, so that it outlives it.
struct slot {
	int folder;            // -1: gone
	uint32_t uid;
	int content;
	uint32_t flags;
};

// What a message ought to be in the end.
struct intent {
	bool expunged;
	int folder;
	uint32_t flagged;
};

struct world {
	struct slot slots[SLOTS];
	size_t n;
	uint32_t uidnext[FOLDERS];
	struct intent intents[CONTENTS]; // acknowledged
	struct intent doubt;             // of the act that is under way
	int doubtful;                    // its content; -1 none
	atomic_long writes;              // by the child, so far
	char story[STORY_LINES][STORY_WIDTH];
	size_t told;
};

struct crash {
	struct store_test t;
	struct world *w;
	uint32_t folders[FOLDERS];
	uint64_t random;
	bool telling;          // the server tells UIDs of what it moves
	uint64_t seed;
	bool child;
	const struct script *script; // what the child does; NULL: anything
	int content;                 // to which message of the script
};

// A move, another act that waits for where it puts the message, and a kill while
// both are played.
struct script {
	enum act_kind second;
	bool telling;
};

// --- the story -------------------------------------------------------------------

// What was done in this world, by whichever process.
static void __attribute__((format(printf, 2, 3)))
tell(struct crash *c, const char *format, ...)
{
	va_list args;

	va_start(args, format);
	vsnprintf(c->w->story[c->w->told++ % STORY_LINES], STORY_WIDTH, format, args);
	va_end(args);
}

static void __attribute__((format(printf, 2, 3), noreturn))
world_fail(struct crash *c, const char *format, ...)
{
	size_t from = c->w->told > STORY_LINES ? c->w->told - STORY_LINES : 0;
	char why[512];
	va_list args;

	va_start(args, format);
	vsnprintf(why, sizeof(why), format, args);
	va_end(args);
	for (size_t i = from; i < c->w->told; i++)
		print_error("%s\n", c->w->story[i % STORY_LINES]);
	print_error("%s\nPOSTERN_SEED=%llu\n", why,
		(unsigned long long)c->seed);
	if (c->child)
		_exit(1); // its parent fails the test
	fail_msg("%s", why);
	abort();
}

static uint32_t
chance(struct crash *c, uint32_t below)
{
	c->random = c->random * 6364136223846793005 + 1442695040888963407;
	return (uint32_t)(c->random >> 33) % below;
}

// --- the server ------------------------------------------------------------------

static struct slot *
slot_at(struct world *w, int folder, uint32_t uid)
{
	for (size_t i = w->n; i-- > 0;) {
		if (w->slots[i].folder == folder && w->slots[i].uid == uid)
			return &w->slots[i];
	}
	return NULL;
}

static struct slot *
slot_of(struct world *w, int content)
{
	for (size_t i = w->n; i-- > 0;) {
		if (w->slots[i].folder >= 0 && w->slots[i].content == content)
			return &w->slots[i];
	}
	return NULL;
}

static struct slot *
slot_new(struct world *w, int folder, int content, uint32_t flags)
{
	struct slot *s = &w->slots[w->n];

	if (w->n == SLOTS)
		fail_msg("too few slots");
	*s = (struct slot){ folder, w->uidnext[folder]++, content, flags };
	w->n++; // only now is it there
	return s;
}

static int
folder_index(const struct crash *c, uint32_t folder)
{
	for (int i = 0; i < FOLDERS; i++) {
		if (c->folders[i] == folder)
			return i;
	}
	return -1;
}

static void
add_row(struct batch *b, const struct slot *s)
{
	char id[32], subject[40];

	snprintf(id, sizeof(id), "c%d@x", s->content);
	snprintf(subject, sizeof(subject), "content %d", s->content);
	struct sync_row *row = batch_row(b, s->uid, subject, id, NULL,
		EPOCH + s->content, "");
	row->flags.bits = s->flags;
}

// All of a folder, new rows in two batches, then what is gone.
static bool
sync_folder(struct crash *c, int folder)
{
	struct sync_known *known;
	struct batch b;
	size_t n = store_sync_known(c->t.s, c->folders[folder], 1, UINT32_MAX, &known);
	int rows = 0;
	bool ok = true;

	batch_init(&b, c->folders[folder]);
	for (size_t i = 0; ok && i < c->w->n; i++) {
		if (c->w->slots[i].folder != folder)
			continue;
		add_row(&b, &c->w->slots[i]);
		if (++rows % 13 == 0) {
			ok = batch_sync(&c->t, &b);
			batch_init(&b, c->folders[folder]);
		}
	}
	for (size_t i = 0; i < n; i++) {
		if (slot_at(c->w, folder, known[i].uid) == NULL)
			batch_gone(&b, known[i].uid);
	}
	free(known);
	tell(c, "sync %d: %zu known, %zu gone", folder, n, b.gone.len);
	b.b.uidnext = c->w->uidnext[folder];
	b.b.lowest_uid = 1;
	if (!ok) {
		sync_batch_done(&b.b);
		return false;
	}
	return batch_sync(&c->t, &b);
}

// A message goes to another folder, unless it went before the last crash.
static uint32_t
server_transfer(struct crash *c, const struct operation *op, uint32_t uid)
{
	int from = folder_index(c, op->folder), to = folder_index(c, op->target);
	struct slot *s = slot_at(c->w, from, uid);
	int content = -1;
	char id[32];

	// Which one it was is told by the store even where the server has it no more.
	for (int i = 0; i < CONTENTS && content < 0; i++) {
		uint64_t ours;
		struct message m;
		snprintf(id, sizeof(id), "c%d@x", i);
		if (s != NULL ? s->content == i : store_message_by_message_id(c->t.s,
			c->t.account, id, &ours) && store_message(c->t.s, ours, &m)) {
			if (s == NULL) {
				uint32_t folder = 0, at = 0;
				bool same = store_message_place(c->t.s, ours, &folder, &at) &&
					folder == op->folder && at == uid;
				message_done(&m);
				if (!same)
					continue;
			}
			content = i;
		}
	}
	for (size_t i = 0; op->state == OPERATION_STARTED && i < c->w->n; i++) {
		const struct slot *there = &c->w->slots[i];
		if (there->folder == to && there->content == content &&
			there->uid >= op->target_uidnext) {
			if (s != NULL)
				s->folder = -1;
			return there->uid;
		}
	}
	if (s == NULL)
		return 0;
	uint32_t there = slot_new(c->w, to, s->content, s->flags)->uid;
	s->folder = -1;
	return there;
}

static bool
play_one(struct crash *c)
{
	struct operation op;
	uint32_t uids[OPERATION_MESSAGES_MAX], from[OPERATION_MESSAGES_MAX];
	size_t n = 0;
	bool ok = true;

	if (!store_operation_next(c->t.s, c->t.account, &op))
		return false;
	tell(c, "play %u: %s %zu from %d, UID %u, to %d, state %d", (unsigned)op.seq,
		act_kind_name(op.kind), op.n, folder_index(c, op.folder),
		op.n > 0 ? op.uids[0] : 0, folder_index(c, op.target), (int)op.state);
	if (op.n == 0) {
		// Sync its folder: then the message is there, for none is lost here.
		ok = sync_folder(c, folder_index(c, op.folder));
		uint64_t seq = op.seq;
		operation_done(&op);
		if (ok && store_operation_next(c->t.s, c->t.account, &op)) {
			if (op.seq == seq && op.n == 0)
				world_fail(c, "%u has nothing to act on", (unsigned)seq);
			operation_done(&op);
		}
		return ok;
	}
	if (op.kind == ACT_MOVE && op.state != OPERATION_STARTED)
		ok = store_operation_started(c->t.s, op.seq,
			c->w->uidnext[folder_index(c, op.target)], &c->t.err);
	for (size_t i = 0; ok && i < op.n; i++) {
		struct slot *s = slot_at(c->w, folder_index(c, op.folder), op.uids[i]);
		if (op.kind == ACT_FLAG && s != NULL) {
			s->flags = (s->flags & ~op.change.remove.bits) | op.change.add.bits;
		} else if (op.kind == ACT_EXPUNGE && s != NULL) {
			s->folder = -1;
		} else if (op.kind == ACT_MOVE) {
			uint32_t to = server_transfer(c, &op, op.uids[i]);
			tell(c, "  the server moved %u to %u", op.uids[i], to);
			if (to != 0) {
				from[n] = op.uids[i];
				uids[n++] = to;
			}
		}
	}
	ok = ok && store_operation_played(c->t.s, op.seq, VALIDITY, from, uids,
		c->telling ? n : 0, &c->t.err);
	tell(c, "  played: %s", ok ? "yes" : c->t.err.text);
	operation_done(&op);
	return ok;
}

// --- the child ----------------------------------------------------------------------

static void
act_on(struct crash *c)
{
	int content = (int)chance(c, CONTENTS);
	struct intent *intent = &c->w->intents[content];
	struct intent after = *intent;
	struct act act = { .n = 1 };
	char id[32];
	uint64_t ours;

	snprintf(id, sizeof(id), "c%d@x", content);
	if (intent->expunged ||
		!store_message_by_message_id(c->t.s, c->t.account, id, &ours))
		return;
	act.ids = &ours;
	switch (chance(c, 10)) {
	case 0:
		if (content % 4 != 0)
			return; // most of them stay
		act.kind = ACT_EXPUNGE;
		after.expunged = true;
		break;
	case 1: case 2: case 3: case 4:
		act.kind = ACT_MOVE;
		after.folder = (int)chance(c, FOLDERS);
		act.folder = c->folders[after.folder];
		break;
	default:
		act.kind = ACT_FLAG;
		after.flagged = intent->flagged ^ FLAG_FLAGGED;
		*(after.flagged ? &act.change.add.bits : &act.change.remove.bits) =
			FLAG_FLAGGED;
		break;
	}
	c->w->doubt = after;
	c->w->doubtful = content;
	tell(c, "act: %s of message %d to %d, flags %x", act_kind_name(act.kind),
		content, after.folder, after.flagged);
	store_test_act(&c->t, &act);
	tell(c, "  done: %zu %s; %s", c->t.n, c->t.err.text, store_test_pending(&c->t));
	if (c->t.err.kind == ERROR_NONE) {
		struct intent was = *intent;
		bool did = c->t.n == 1;
		*intent = after;
		// And back again, by undo, now and then.
		if (did && chance(c, 8) == 0 && act.kind != ACT_EXPUNGE) {
			c->w->doubt = was;
			store_test_undo(&c->t, true);
			tell(c, "  undone: %zu %s; %s", c->t.n, c->t.err.text,
				store_test_pending(&c->t));
			if (c->t.err.kind == ERROR_NONE)
				*intent = was;
		}
	}
	c->w->doubtful = -1;
}

static void
child_step(struct crash *c)
{
	switch (chance(c, 8)) {
	case 0: case 1: case 2:
		act_on(c);
		break;
	case 3: case 4: case 5:
		play_one(c);
		break;
	case 6:
		sync_folder(c, (int)chance(c, FOLDERS));
		break;
	default: {
		// Another program marks one as answered.
		struct slot *s = slot_of(c->w, (int)chance(c, CONTENTS));
		if (s != NULL)
			s->flags ^= FLAG_ANSWERED;
	}
	}
}

static atomic_long writes_left; // the hook has no argument
static struct world *writes_world;

// By the store thread and by the one that waits for the disk.
static void
count_write(void)
{
	atomic_fetch_add(&writes_world->writes, 1);
	if (atomic_load(&writes_left) > 0 && atomic_fetch_sub(&writes_left, 1) == 1)
		raise(SIGKILL);
}

static ssize_t
hook_write(int fd, const void *data, size_t len)
{
	count_write();
	return write(fd, data, len);
}

static ssize_t
hook_pwrite(int fd, const void *data, size_t len, off_t at)
{
	count_write();
	return pwrite(fd, data, len, at);
}

static void
child_script(struct crash *c, long die_at)
{
	struct act move = { .kind = ACT_MOVE, .n = 1, .folder = c->folders[1] };
	struct act second = { .kind = c->script->second, .n = 1,
		.folder = c->folders[2], .change.add.bits = FLAG_FLAGGED };
	uint64_t ours;
	char id[32];

	snprintf(id, sizeof(id), "c%d@x", c->content);
	if (!store_message_by_message_id(c->t.s, c->t.account, id, &ours))
		world_fail(c, "message %d is not there", c->content);
	move.ids = second.ids = &ours;
	store_test_act(&c->t, &move);
	store_test_act(&c->t, &second);
	tell(c, "pending: %s", store_test_pending(&c->t));
	c->w->writes = 0;
	writes_left = die_at;
	play_one(c);
	sync_folder(c, 1);
	play_one(c);
	sync_folder(c, 2);
	_exit(0); // killed at last: closing is another test's
}

static void
child_run(struct crash *c, long die_at, int steps)
{
	c->child = true;
	writes_left = c->script != NULL ? 0 : die_at;
	writes_world = c->w;
	disk_write_by(hook_write);
	db_env_set_func_pwrite(hook_pwrite);
	store_test_open_only(&c->t);
	if (c->script != NULL)
		child_script(c, die_at);
	for (int i = 0; c->script == NULL && (i < steps || steps == 0); i++)
		child_step(c);
	// Rows enough that pages are written and a checkpoint is made.
	store_close(&c->t.s);
	_exit(0);
}

// --- looking ------------------------------------------------------------------------

static void
expect_intent(struct crash *c, int content)
{
	const struct intent *want = &c->w->intents[content];
	const struct slot *s = slot_of(c->w, content);
	size_t copies = 0;

	for (size_t i = 0; i < c->w->n; i++)
		copies += c->w->slots[i].folder >= 0 && c->w->slots[i].content == content;
	if (want->expunged ? copies != 0 : copies != 1)
		world_fail(c, "message %d is there %zu times", content, copies);
	if (want->expunged)
		return;
	if (s->folder != want->folder || (s->flags & FLAG_FLAGGED) != want->flagged)
		world_fail(c, "message %d is in folder %d with flags %x, wanted %d, %x", content,
			s->folder, s->flags, want->folder, want->flagged);
}

// What was under way when it was killed may have been done or not.
static void
settle_doubt(struct crash *c)
{
	struct world *w = c->w;
	char id[32];
	uint64_t ours;
	struct message m;

	if (w->doubtful < 0)
		return;
	struct intent *intent = &w->intents[w->doubtful];
	snprintf(id, sizeof(id), "c%d@x", w->doubtful);
	bool there = store_message_by_message_id(c->t.s, c->t.account, id, &ours) &&
		store_message(c->t.s, ours, &m);
	struct intent now = { .expunged = !there };
	if (there) {
		now.folder = folder_index(c, m.folder);
		now.flagged = m.flags.bits & FLAG_FLAGGED;
		message_done(&m);
	}
	bool before = now.expunged == intent->expunged && (now.expunged ||
		(now.folder == intent->folder && now.flagged == intent->flagged));
	bool after = now.expunged == w->doubt.expunged && (now.expunged ||
		(now.folder == w->doubt.folder && now.flagged == w->doubt.flagged));
	if (!before && !after)
		world_fail(c, "message %d is in folder %d, neither as before nor as after",
			w->doubtful, now.folder);
	if (!before)
		*intent = w->doubt;
	w->doubtful = -1;
}

static void
look(struct crash *c)
{
	store_test_open_only(&c->t);
	tell(c, "look: %s", store_test_pending(&c->t));
	store_test_verify(&c->t);
	settle_doubt(c);
	// Everything that is shown now is what was acknowledged.
	for (int i = 0; i < FOLDERS; i++)
		assert_true(sync_folder(c, i));
	while (play_one(c))
		;
	if (store_operations_count(c->t.s, 0) != 0)
		world_fail(c, "left to be played: %s (%s)", store_test_pending(&c->t),
			c->t.err.text);
	for (int i = 0; i < FOLDERS; i++)
		assert_true(sync_folder(c, i));
	for (int i = 0; i < CONTENTS; i++)
		expect_intent(c, i);
	// The store shows what the server has.
	for (int i = 0; i < FOLDERS; i++) {
		uint32_t n = 0;
		for (size_t j = 0; j < c->w->n; j++)
			n += c->w->slots[j].folder == i;
		if (store_order_count(c->t.s, c->folders[i]) != n)
			world_fail(c, "folder %d shows %u of %u: %s", i,
				store_order_count(c->t.s, c->folders[i]), n,
				store_test_rows(&c->t, c->folders[i], ORDER_DATE));
	}
	store_test_verify(&c->t);
	store_close(&c->t.s);
}

static void
crash_init(struct crash *c, uint64_t seed, bool telling)
{
	*c = (struct crash){ .random = seed, .seed = seed, .telling = telling };
	c->w = mmap(NULL, sizeof(*c->w), PROT_READ | PROT_WRITE,
		MAP_SHARED | MAP_ANONYMOUS, -1, 0);
	assert_true(c->w != MAP_FAILED);
	store_test_open(&c->t);
	c->folders[0] = c->t.inbox;
	c->folders[1] = c->t.archive;
	c->folders[2] = c->t.trash;
	for (int i = 0; i < FOLDERS; i++)
		c->w->uidnext[i] = 1;
	for (int i = 0; i < CONTENTS; i++)
		slot_new(c->w, 0, i, 0);
	c->w->doubtful = -1;
	for (int i = 0; i < FOLDERS; i++)
		assert_true(sync_folder(c, i));
	store_close(&c->t.s);
}

static void
crash_done(struct crash *c)
{
	munmap(c->w, sizeof(*c->w));
	test_folder_remove(&c->t.home);
}

// Runs the child for so many steps (0: no end) unless it dies at a write before,
// or (pause_ns > 0) is killed after a while.
static void
crash_run(struct crash *c, int steps, long die_at, long pause_ns)
{
	int status;

	fflush(NULL);
	c->w->writes = 0;
	pid_t pid = fork();
	if (pid == 0)
		child_run(c, die_at, steps);
	if (pause_ns > 0) {
		// The one place where time is waited for: when to kill is what varies.
		nanosleep(&(struct timespec){ .tv_nsec = pause_ns }, NULL);
		kill(pid, SIGKILL);
	}
	assert_int_equal(waitpid(pid, &status, 0), pid);
	if (!WIFSIGNALED(status) || WTERMSIG(status) != SIGKILL)
		assert_int_equal(status, 0);
	tell(c, "--- over after %ld writes", c->w->writes);
	chance(c, 2); // the child's numbers are its own: go on elsewhere
}

static uint64_t
seed(void)
{
	const char *s = getenv("POSTERN_SEED");

	return s == NULL ? 1 : strtoull(s, NULL, 10);
}

static bool
soaking(void)
{
	return getenv("POSTERN_SOAK") != NULL;
}

static void
test_between_commits(void **state)
{
	static const struct script scripts[] = {
		{ ACT_MOVE, false }, { ACT_MOVE, true }, { ACT_EXPUNGE, false },
		{ ACT_EXPUNGE, true }, { ACT_FLAG, false }, { ACT_FLAG, true },
	};

	(void)state;
	for (size_t i = 0; i < COUNT_OF(scripts); i++) {
		struct crash c;
		long at = 0;
		crash_init(&c, i, scripts[i].telling);
		c.script = &scripts[i];
		for (;; c.content++) {
			if (c.content == CONTENTS)
				fail_msg("more writes than messages");
			c.w->intents[c.content] = (struct intent){
				.expunged = scripts[i].second == ACT_EXPUNGE,
				.folder = scripts[i].second == ACT_MOVE ? 2 : 1,
				.flagged = scripts[i].second == ACT_FLAG ? FLAG_FLAGGED : 0,
			};
			crash_run(&c, 0, ++at, 0);
			long writes = c.w->writes;
			look(&c);
			if (writes < at)
				break;
		}
		crash_done(&c);
	}
}

static void
test_at_each_write(void **state)
{
	(void)state;
	for (int telling = 0; telling < 2; telling++) {
		struct crash c;
		crash_init(&c, seed() + (uint64_t)telling, telling);
		// How many writes a run takes tells where it can be killed.
		for (long at = 1;; at += soaking() ? 1 : 23) {
			crash_run(&c, 12, at, 0);
			long writes = c.w->writes;
			look(&c);
			if (writes < at)
				break;
		}
		crash_done(&c);
	}
}

// Short runs and long ones, in many worlds: the same seed does the same again.
static void
test_at_any_write(void **state)
{
	const char *asked = getenv("POSTERN_ROUNDS");
	int worlds = asked != NULL ? atoi(asked) : soaking() ? 2000 : 6;

	(void)state;
	for (int i = PART; i < worlds; i += PARTS) {
		struct crash c;
		crash_init(&c, seed() + (uint64_t)i, (seed() + (uint64_t)i) % 2 == 0);
		for (int j = 0; j < 10; j++) {
			uint32_t most = (uint32_t)1 << (4 + chance(&c, 9));
			crash_run(&c, 0, 1 + (long)chance(&c, most), 0);
			look(&c);
		}
		crash_done(&c);
	}
}

static void
test_at_times(void **state)
{
	int rounds = soaking() ? 300 : 12;

	(void)state;
	for (int telling = 0; telling < 2; telling++) {
		struct crash c;
		crash_init(&c, seed() + 100 + (uint64_t)telling, telling);
		for (int i = 0; i < rounds; i++) {
			crash_run(&c, 0, 0, 20000000 + (long)chance(&c, 200000000));
			look(&c);
		}
		crash_done(&c);
	}
}

int
main(int argc, char **argv)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_between_commits),
		cmocka_unit_test(test_at_each_write),
		cmocka_unit_test(test_at_any_write),
		cmocka_unit_test(test_at_times),
	};
	const struct CMUnitTest more[] = {
		cmocka_unit_test(test_at_any_write),
	};

	// A killed process loses nothing that it wrote, so stores in memory show as much,
	// and a sync costs nothing there: the long form makes 20,000.
	if (access("/dev/shm", W_OK) == 0)
		setenv("TMPDIR", "/dev/shm", 0);
	// One of them alone, by its name, for a long run.
	if (argc > 1)
		cmocka_set_test_filter(argv[1]);
	if (PART > 0)
		return cmocka_run_group_tests_name("store-crash", more, NULL, NULL);
	return cmocka_run_group_tests_name("store-crash", tests, NULL, NULL);
}
