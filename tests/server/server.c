// SPDX-License-Identifier: GPL-3.0-or-later
// Speaks with tests/server/start-servers, so that a C test has real servers in
// one call.

#include "config.h"

#include "tests/server/server.h"

#include <arpa/inet.h>
#include <errno.h>
#include <fcntl.h>
#include <netinet/in.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <strings.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <sys/time.h>
#include <sys/wait.h>
#include <time.h>
#include <unistd.h>

#define SERVER_FACTS_MAX 40
#define SERVER_OPTIONS_MAX 60

struct server_fact {
	char *key;
	char *value;
};

struct server {
	pid_t pid;
	FILE *to;
	FILE *from;
	unsigned delivered;
	size_t count;
	struct server_fact facts[SERVER_FACTS_MAX];
};

static void
server_script(char *path, size_t size)
{
	const char *top = getenv("top_srcdir");
	snprintf(path, size, "%s/tests/server/start-servers",
		 top ? top : TESTS_SOURCE);
}

// Runs start-servers; in and out are this process's ends of its pipes, or -1
// where it shall have /dev/null.
static pid_t
server_spawn(const char *const *options, int *in_r, int *out_r)
{
	char path[4096];
	server_script(path, sizeof(path));
	const char *argv[SERVER_OPTIONS_MAX + 5] = { "python3", "-S", path };
	size_t n = 3;
	for (size_t i = 0; options && options[i] && i < SERVER_OPTIONS_MAX; i++)
		argv[n++] = options[i];

	int in[2], out[2];
	if (pipe2(in, O_CLOEXEC) != 0 || pipe2(out, O_CLOEXEC) != 0)
		return -1;
	pid_t pid = fork();
	if (pid == 0) {
		dup2(in[0], 0);
		dup2(out[1], 1);
		// The sanitizers' own settings are not for Python.
		unsetenv("LD_PRELOAD");
		execv("/usr/bin/python3", (char *const *)argv);
		_exit(127);
	}
	close(in[0]);
	close(out[1]);
	*in_r = in[1];
	*out_r = out[0];
	return pid;
}

bool
server_available(void)
{
	const char *const options[] = { "--find", NULL };
	int in, out, status = 0;
	pid_t pid = server_spawn(options, &in, &out);
	if (pid < 0)
		return false;
	char text[4096];
	while (read(out, text, sizeof(text)) > 0)
		;
	close(in);
	close(out);
	waitpid(pid, &status, 0);
	return WIFEXITED(status) && WEXITSTATUS(status) == 0;
}

// Reads KEY=VALUE lines up to an empty one.
static bool
server_facts(struct server *server)
{
	char line[4096];
	while (fgets(line, sizeof(line), server->from)) {
		line[strcspn(line, "\n")] = '\0';
		if (!line[0])
			return server->count > 0;
		char *equals = strchr(line, '=');
		if (!equals || server->count == SERVER_FACTS_MAX)
			return false;
		*equals = '\0';
		server->facts[server->count++] = (struct server_fact){
			.key = strdup(line),
			.value = strdup(equals + 1),
		};
	}
	return false;
}

struct server *
server_start(const char *const *options)
{
	const char *all[SERVER_OPTIONS_MAX + 1] = { "--sh" };
	for (size_t i = 0; options && options[i]; i++) {
		if (i + 2 > SERVER_OPTIONS_MAX)
			return NULL;
		all[i + 1] = options[i];
	}
	struct server *server = calloc(1, sizeof(*server));
	if (!server)
		abort();
	int in, out;
	server->pid = server_spawn(all, &in, &out);
	if (server->pid < 0) {
		free(server);
		return NULL;
	}
	server->to = fdopen(in, "w");
	server->from = fdopen(out, "r");
	if (!server->to || !server->from)
		abort();
	if (!server_facts(server)) {
		fprintf(stderr, "start-servers did not start\n");
		server_stop(&server);
	}
	return server;
}

void
server_stop(struct server **server)
{
	struct server *s = *server;
	if (!s)
		return;
	fclose(s->to);
	while (waitpid(s->pid, NULL, 0) < 0 && errno == EINTR)
		;
	fclose(s->from);
	for (size_t i = 0; i < s->count; i++) {
		free(s->facts[i].key);
		free(s->facts[i].value);
	}
	free(s);
	*server = NULL;
}

const char *
server_get(const struct server *server, const char *key)
{
	for (size_t i = 0; i < server->count; i++)
		if (strcmp(server->facts[i].key, key) == 0)
			return server->facts[i].value;
	return NULL;
}

int
server_port(const struct server *server, const char *service)
{
	char key[40];
	snprintf(key, sizeof(key), "%s_port", service);
	const char *value = server_get(server, key);
	return value ? atoi(value) : 0;
}

bool
server_say(struct server *server, const char *command)
{
	char line[4096] = "";
	fprintf(server->to, "%s\n", command);
	fflush(server->to);
	if (fgets(line, sizeof(line), server->from) && !strcmp(line, "ok\n"))
		return true;
	fprintf(stderr, "%s: %s\n", command, line[0] ? line : "no answer");
	return false;
}

// One conversation: a stream for each direction.
struct lmtp {
	FILE *in;
	FILE *out;
};

static bool
lmtp_open(struct lmtp *lmtp, int port)
{
	struct sockaddr_in to = {
		.sin_family = AF_INET,
		.sin_port = htons((uint16_t)port),
		.sin_addr.s_addr = htonl(INADDR_LOOPBACK),
	};
	int fd = socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0);
	if (fd < 0 || connect(fd, (struct sockaddr *)&to, sizeof(to)) != 0) {
		perror("lmtp");
		if (fd >= 0)
			close(fd);
		return false;
	}
	lmtp->in = fdopen(fd, "r");
	lmtp->out = fdopen(fcntl(fd, F_DUPFD_CLOEXEC, 0), "w");
	if (!lmtp->in || !lmtp->out)
		abort();
	return true;
}

// Sends a line (NULL: none) and reads the answer; true if that begins with
// the expected digit. There is one recipient, so each step has one answer.
static bool
lmtp_say(struct lmtp *lmtp, const char *line, char digit)
{
	char answer[1024];
	if (line) {
		fprintf(lmtp->out, "%s\r\n", line);
		fflush(lmtp->out);
	}
	while (fgets(answer, sizeof(answer), lmtp->in)) {
		if (strlen(answer) > 3 && answer[3] == '-')
			continue;
		if (answer[0] != digit)
			fprintf(stderr, "lmtp: %s", answer);
		return answer[0] == digit;
	}
	return false;
}

static void
lmtp_text(FILE *out, const char *text, size_t length)
{
	bool start = true;
	for (size_t i = 0; i < length; i++) {
		if (start && text[i] == '.')
			fputc('.', out);
		start = text[i] == '\n';
		if (start && (i == 0 || text[i - 1] != '\r'))
			fputc('\r', out);
		fputc(text[i], out);
	}
	if (!start)
		fputs("\r\n", out);
}

bool
server_deliver(struct server *server, const char *user, const char *message,
	       size_t length)
{
	struct lmtp lmtp;
	char rcpt[512];
	if (!lmtp_open(&lmtp, server_port(server, "lmtp")))
		return false;
	snprintf(rcpt, sizeof(rcpt), "RCPT TO:<%s>", user);
	bool ok = lmtp_say(&lmtp, NULL, '2') &&
		  lmtp_say(&lmtp, "LHLO localhost", '2') &&
		  lmtp_say(&lmtp, "MAIL FROM:<>", '2') &&
		  lmtp_say(&lmtp, rcpt, '2') && lmtp_say(&lmtp, "DATA", '3');
	if (ok) {
		lmtp_text(lmtp.out, message, length);
		ok = lmtp_say(&lmtp, ".", '2');
	}
	fclose(lmtp.out);
	fclose(lmtp.in);
	return ok;
}

static bool
owned_folder(const struct server *server, const char *path)
{
	if (mkdir(path, 0700) != 0)
		return errno == EEXIST;
	return geteuid() != 0 || chown(path, (uid_t)atoi(server_get(server, "uid")),
				       (gid_t)atoi(server_get(server, "gid"))) == 0;
}

// Makes the Maildir++ folder of a mailbox; path gets its name.
static bool
maildir_folder(const struct server *server, const char *user,
	       const char *mailbox, char *path, size_t size)
{
	static const char *const subs[] = { "", "/cur", "/new", "/tmp" };
	size_t n = (size_t)snprintf(path, size, "%s/%s/Maildir",
				    server_get(server, "mail"), user);
	if (!owned_folder(server, path))
		return false;
	if (strcasecmp(mailbox, "INBOX") != 0) {
		n += (size_t)snprintf(path + n, size - n, "/.");
		for (const char *p = mailbox; *p && n + 10 < size; p++)
			path[n++] = *p == '/' ? '.' : *p;
	}
	for (size_t i = 0; i < sizeof(subs) / sizeof(subs[0]); i++) {
		snprintf(path + n, size - n, "%s", subs[i]);
		if (!owned_folder(server, path))
			return false;
	}
	path[n] = '\0';
	return true;
}

bool
server_put(struct server *server, const char *user, const char *mailbox,
	   const char *flags, long long date, const char *message,
	   size_t length)
{
	char folder[2048], from[2300], to[2300], name[100];
	if (!maildir_folder(server, user, mailbox, folder, sizeof(folder))) {
		perror(folder);
		return false;
	}
	snprintf(name, sizeof(name), "%lld.M%06uP%d.test",
		 date ? date : (long long)time(NULL), ++server->delivered,
		 (int)getpid());
	snprintf(from, sizeof(from), "%s/tmp/%s", folder, name);
	if (flags)
		snprintf(to, sizeof(to), "%s/cur/%s:2,%s", folder, name, flags);
	else
		snprintf(to, sizeof(to), "%s/new/%s", folder, name);
	FILE *f = fopen(from, "wxe");
	if (!f || fwrite(message, 1, length, f) != length)
		goto fail;
	if (geteuid() == 0 &&
	    fchown(fileno(f), (uid_t)atoi(server_get(server, "uid")),
		   (gid_t)atoi(server_get(server, "gid"))) != 0)
		goto fail;
	if (fclose(f) != 0) {
		f = NULL;
		goto fail;
	}
	f = NULL;
	// Dovecot takes the date of arrival from the file's.
	const struct timeval times[2] = { { .tv_sec = date }, { .tv_sec = date } };
	if (date && utimes(from, times) != 0)
		goto fail;
	if (rename(from, to) == 0)
		return true;
fail:
	perror(from);
	if (f)
		fclose(f);
	return false;
}
