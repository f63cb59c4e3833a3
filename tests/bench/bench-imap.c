// SPDX-License-Identifier: GPL-3.0-or-later
// Measures the IMAP driver against a private Dovecot over TLS on loopback: how
// fast messages come, and what that costs the client.
// bench-imap COUNT...: a mailbox of that many messages each.
#include "config.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/wait.h>
#include <time.h>
#include <unistd.h>

#include "base/error.h"
#include "base/path.h"
#include "base/str.h"
#include "remote/remote.h"
#include "tests/server/server.h"

static double
clock_ms(clockid_t clock)
{
	struct timespec t;
	clock_gettime(clock, &t);
	return (double)t.tv_sec * 1e3 + (double)t.tv_nsec / 1e6;
}

static long
memory_kb(void)
{
	char line[256];
	long kb = 0;
	FILE *f = fopen("/proc/self/status", "r");
	while (f && fgets(line, sizeof(line), f)) {
		if (str_has_prefix(line, "VmHWM:"))
			kb = atol(line + 6);
	}
	if (f)
		fclose(f);
	return kb;
}

struct counted { size_t messages, envelopes; uint64_t bytes; };

static bool
count_message(void *arg, struct remote_message *m)
{
	struct counted *c = arg;
	c->messages++;
	c->envelopes += m->has_envelope;
	return true;
}

static bool
count_data(void *arg, const void *bytes, size_t len)
{
	(void)bytes;
	((struct counted *)arg)->bytes += len;
	return true;
}

static void
die(const char *what, const struct error *err)
{
	fprintf(stderr, "bench-imap: %s: %s\n", what, err ? err->text : "failed");
	exit(1);
}

struct stopwatch { double real, cpu; struct remote_counters counters; };

static struct stopwatch
watch_start(const struct remote *r)
{
	return (struct stopwatch){ clock_ms(CLOCK_MONOTONIC),
		clock_ms(CLOCK_PROCESS_CPUTIME_ID),
		r ? remote_counters(r) : (struct remote_counters){ 0 } };
}

static void
watch_print(const char *what, const struct stopwatch *w, const struct remote *r, size_t n)
{
	double real = clock_ms(CLOCK_MONOTONIC) - w->real;
	double cpu = clock_ms(CLOCK_PROCESS_CPUTIME_ID) - w->cpu;
	struct remote_counters c = remote_counters(r);
	printf("  %-22s %9.1f ms  cpu %8.1f ms  %7llu kB  %4llu turns", what, real, cpu,
		(unsigned long long)(c.received - w->counters.received) / 1000,
		(unsigned long long)(c.turns - w->counters.turns));
	if (n)
		printf("  %8.0f/s (%.0f/s of cpu)", (double)n * 1e3 / real,
			(double)n * 1e3 / cpu);
	printf("\n");
	fflush(stdout);
}

static void
fill(const char *count, const char *folder)
{
	const char *top = getenv("top_srcdir");
	char *program = str_printf("%s/tests/server/fill-mailbox", top ? top : ".");
	pid_t pid = fork();
	if (pid == 0) {
		execl(program, program, count, folder, NULL);
		_exit(127);
	}
	int status = 1;
	if (pid < 0 || waitpid(pid, &status, 0) < 0 || status != 0)
		die("fill-mailbox", NULL);
	free(program);
}

static void
fetch(struct remote *r, const char *what, unsigned kinds, uint32_t from)
{
	struct counted c = { 0 };
	struct remote_sink sink = { .arg = &c, .message = count_message };
	struct remote_range range = { from, UINT32_MAX };
	struct error err = { 0 };
	struct stopwatch w = watch_start(r);
	if (!remote_imap.fetch(r, (struct remote_set){ &range, 1 }, kinds, 0, &sink, &err))
		die(what, &err);
	watch_print(what, &w, r, c.messages);
}

static void
bodies(struct remote *r, uint32_t from, uint32_t to)
{
	struct counted c = { 0 };
	struct remote_sink sink = { .arg = &c, .data = count_data };
	struct error err = { 0 };
	struct stopwatch w = watch_start(r);
	for (uint32_t uid = from; uid <= to; uid++) {
		if (!remote_imap.fetch_raw(r, uid, 0, 0, &sink, &err))
			die("raw", &err);
	}
	watch_print("raw, one by one", &w, r, to - from + 1);
}

static void
measure(const char *count)
{
	char folder[] = "/tmp/postern-bench-XXXXXX";
	if (!mkdtemp(folder))
		die("mkdtemp", NULL);
	fill(count, folder);
	char *home = str_printf("ann@example.org=%s", folder);
	const char *options[] = { "--services", "imap", "--format", "mdbox", "--home",
		home, NULL };
	struct server *server = server_start(options);
	if (!server)
		die("the server", NULL);
	struct remote_settings s = {
		.scheme = str_dup("imaps"), .user = str_dup(server_get(server, "user")),
		.host = str_dup(server_get(server, "host")), .tls = REMOTE_TLS_IMPLICIT,
		.port = (uint16_t)server_port(server, "imaps"),
		.tls_ca = str_dup(server_get(server, "ca")),
		.password = str_dup(server_get(server, "password")),
	};
	struct remote *r;
	struct remote_state state;
	struct error err = { 0 };
	printf("%s messages\n", count);
	struct stopwatch w = watch_start(NULL);
	if (!remote_imap.open(&r, &s, NULL, NULL, &err))
		die("open", &err);
	watch_print("open", &w, r, 0);
	w = watch_start(r);
	if (!remote_imap.select(r, "INBOX", NULL, &state, NULL, &err))
		die("select", &err);
	watch_print("select", &w, r, 0);
	uint32_t newest = state.uidnext > 100 ? state.uidnext - 100 : 1;
	fetch(r, "newest 100", REMOTE_FETCH_ENVELOPE, newest);
	fetch(r, "all header fields", REMOTE_FETCH_ENVELOPE, 1);
	fetch(r, "... in Dovecot's cache", REMOTE_FETCH_ENVELOPE, 1);
	fetch(r, "all flags", REMOTE_FETCH_FLAGS, 1);
	fetch(r, "all UIDs", REMOTE_FETCH_UIDS, 1);
	bodies(r, newest, state.uidnext - 1);
	printf("  peak memory %ld kB\n", memory_kb());
	remote_imap.close(&r);
	remote_settings_done(&s);
	server_stop(&server);
	free(home);
	path_remove_tree(folder, NULL);
}

int
main(int argc, char **argv)
{
	if (argc < 2 || !server_available()) {
		fprintf(stderr, argc < 2 ? "bench-imap COUNT...\n" : SERVER_MISSING "\n");
		return 2;
	}
	for (int i = 1; i < argc; i++)
		measure(argv[i]);
	return 0;
}
