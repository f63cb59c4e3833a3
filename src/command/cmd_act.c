// SPDX-License-Identifier: GPL-3.0-or-later
// The commands that act on messages. Each describes what it wants; acts.c does it.
#include "config.h"

#include "base/buf.h"
#include "base/error.h"
#include "base/mem.h"
#include "base/str.h"
#include "command/acts.h"
#include "command/command.h"
#include "command/tags.h"
#include "command/title.h"
#include "engine.h"
#include "mail/message.h"
#include "mail/query.h"
#include "store/messages.h"
#include "store/store.h"

#include <stdlib.h>
#include <string.h>

// --- mark -------------------------------------------------------------------------

static bool
add_change(struct call *c, struct flag_change *change, const char *word,
	struct error *err)
{
	struct flags *to = word[0] == '-' ? &change->remove : &change->add;
	struct message m = {0};

	// strchr finds the end of its string, too.
	if (word[0] == '\0')
		return error_set(err, ERROR_INPUT, "mark: an empty word is no flag");
	if (strchr("+-!", word[0]) == NULL)
		return error_set(err, ERROR_INPUT, "mark: write +%s, -%s or !%s",
			word, word, word);
	if (word[1] == '\0')
		return error_set(err, ERROR_INPUT,
			"mark: a flag or a tag stands behind the %s, as in %sflagged",
			word, word);
	// Turned by the first of them, so that all are alike afterwards.
	if (word[0] == '!' && c->target.n > 0 &&
		store_message(c->engine->store, c->target.ids[0], &m) &&
		flags_has_text(&m.flags, word + 1))
		to = &change->remove;
	message_done(&m);
	return flags_add_text(to, word + 1) || error_set(err, ERROR_INPUT,
		"mark: \"%s\" can be no flag", word + 1);
}

// What most marks are, in words.
static const struct {
	const char *change, *title;
} plain_marks[] = {
	{ "+seen", "mark as read" }, { "-seen", "mark as unread" },
	{ "+flagged", "mark as flagged" }, { "-flagged", "mark as not flagged" },
	{ "+answered", "mark as answered" }, { "-answered", "mark as not answered" },
};

// As it is done: +todo or -todo, where !todo was written.
static char *
mark_title(const struct call *c, const struct flag_change *change)
{
	struct buf title = {0};

	buf_str(&title, "mark");
	for (size_t i = 0; i < c->n_args; i++) {
		const char *word = call_arg(c, i), *flag = word + 1;
		bool off = word[0] == '-' ||
			(word[0] == '!' && flags_has_text(&change->remove, flag));

		buf_printf(&title, " %c%s", off ? '-' : '+', flag);
	}
	for (size_t i = 0; i < sizeof(plain_marks) / sizeof(plain_marks[0]); i++) {
		if (!str_equal_nocase(title.data + strlen("mark "), plain_marks[i].change))
			continue;
		buf_clear(&title);
		buf_str(&title, plain_marks[i].title);
		break;
	}
	return buf_take(&title);
}

static enum command_result
run_mark(struct call *c, struct error *err)
{
	struct acts_plan plan = { .kind = ACT_FLAG };
	char *title = NULL;
	enum command_result r = COMMAND_FAILED;
	bool ok = true;

	for (size_t i = 0; ok && i < c->n_args; i++)
		ok = add_change(c, &plan.change, call_arg(c, i), err);
	if (!ok) {
		flag_change_done(&plan.change);
		return r;
	}
	plan.title = title = mark_title(c, &plan.change);
	plan.quiet = call_flag(c, "quiet") != NULL;
	tags_note(c->engine, &plan.change.add);
	r = acts_run(c, &plan);
	free(title);
	return r;
}

// --- move and its like ----------------------------------------------------------------

static enum command_result
to_folder(struct call *c, enum act_kind kind, const char *verb)
{
	char *folder = call_rest(c, 0);
	char *title = str_printf("%s to %s", verb, folder);
	enum command_result r = acts_run(c, &(struct acts_plan){
		.kind = kind, .folder = folder, .title = title,
	});

	free(title);
	free(folder);
	return r;
}

static enum command_result
run_move(struct call *c, struct error *err)
{
	(void)err;
	return to_folder(c, ACT_MOVE, "move");
}

static enum command_result
run_copy(struct call *c, struct error *err)
{
	(void)err;
	return to_folder(c, ACT_COPY, "copy");
}

static enum command_result
run_archive(struct call *c, struct error *err)
{
	(void)err;
	return acts_run(c, &(struct acts_plan){
		.kind = ACT_MOVE, .role = ROLE_ARCHIVE, .title = "archive",
	});
}

static enum command_result
run_delete(struct call *c, struct error *err)
{
	(void)err;
	return acts_run(c, &(struct acts_plan){
		.kind = ACT_MOVE, .role = ROLE_TRASH, .or_expunge = true,
		.sure = call_flag(c, "y") != NULL, .title = "delete",
	});
}

static enum command_result
run_expunge(struct call *c, struct error *err)
{
	(void)err;
	return acts_run(c, &(struct acts_plan){
		.kind = ACT_EXPUNGE, .sure = call_flag(c, "y") != NULL,
		.title = "delete for good",
	});
}

// --- if ----------------------------------------------------------------------------

struct branch {
	struct engine *engine;
	const uint64_t *ids;
	size_t n;
	char *query;
	uint64_t *yes, *no;
	size_t n_yes, n_no;
};

static void
branch_free(void *arg)
{
	struct branch *b = arg;

	free(b->query);
	free(b->yes);
	free(b->no);
	free(b);
}

static void
match_one(struct branch *b, const struct query *q, uint64_t id)
{
	struct message m = {0};
	struct folder f = {0};
	struct query_subject subject = { .message = &m };

	if (!store_message(b->engine->store, id, &m))
		return;
	if (store_folder(b->engine->store, m.folder, &f)) {
		subject.folder = f.name;
		subject.role = folder_role_name(f.role);
	}
	subject.account = engine_account_name(b->engine, m.account);
	if (query_match(q, &subject))
		b->yes[b->n_yes++] = id;
	else
		b->no[b->n_no++] = id;
	folder_done(&f);
	message_done(&m);
}

static bool
match_all(void *arg, struct error *err)
{
	struct branch *b = arg;
	struct query *q = NULL;

	if (!query_parse(&q, b->query, 0, err))
		return false;
	b->yes = mem_alloc(b->n + 1, sizeof(*b->yes));
	b->no = mem_alloc(b->n + 1, sizeof(*b->no));
	for (size_t i = 0; i < b->n; i++)
		match_one(b, q, b->ids[i]);
	query_free(&q);
	return true;
}

static void
others(struct call *c)
{
	struct branch *b = c->data;

	if (b->n_no == 0 || call_arg(c, 3) == NULL)
		call_finish(c, NULL);
	else
		call_block(c, call_arg(c, 3), c->where, call_arg_line(c, 3), NULL,
			b->no, b->n_no);
}

static void
matched(struct call *c, const struct error *err)
{
	struct branch *b = c->data;

	if (err != NULL) {
		call_finish(c, err);
		return;
	}
	// Several messages: each goes its own way, those that match first.
	if (b->n_yes == 0) {
		others(c);
		return;
	}
	call_then(c, others);
	call_block(c, call_arg(c, 1), c->where, call_arg_line(c, 1), NULL, b->yes,
		b->n_yes);
}

static enum command_result
run_if(struct call *c, struct error *err)
{
	struct branch *b = mem_new(struct branch);

	if (call_arg(c, 2) != NULL && call_arg(c, 3) == NULL) {
		free(b);
		error_set(err, ERROR_INPUT, "if: the block behind else is missing");
		return COMMAND_FAILED;
	}
	b->engine = c->engine;
	b->ids = c->target.ids;
	b->n = c->target.n;
	b->query = str_dup(call_arg(c, 0));
	c->data = b;
	c->free_data = branch_free;
	return call_work(c, true, match_all, b, matched);
}

// --- undo and redo --------------------------------------------------------------------

static void
said_undone(struct call *c, size_t n, const char *title)
{
	struct buf text = {0};

	title_print_turned(&text, str_equal(c->command->name, "undo") ? "Undone" :
		"Done again", str_or_empty(title), n);
	call_info(c, "%s", buf_text(&text));
	buf_done(&text);
}

static enum command_result
run_undo(struct call *c, struct error *err)
{
	struct act_reply reply = acts_reply(c, said_undone);

	(void)err;
	store_undo(c->engine->store, &reply);
	return COMMAND_WAIT;
}

static enum command_result
run_redo(struct call *c, struct error *err)
{
	struct act_reply reply = acts_reply(c, said_undone);

	(void)err;
	store_redo(c->engine->store, &reply);
	return COMMAND_WAIT;
}

// --- rows -------------------------------------------------------------------------------

static const struct argument mark_arguments[] = {
	{ "flags", ARGUMENT_TAG, "+flag sets, -flag clears, !flag turns it: seen flagged "
		"answered forwarded draft junk notjunk, or any text of your own as a "
		"tag: of Gmail, a label",
		.many = true },
	{ NULL },
};
static const struct argument folder_arguments[] = {
	{ "folder", ARGUMENT_FOLDER, "Its name, or a role: archive, trash, junk",
		.many = true },
	{ NULL },
};
static const struct argument if_arguments[] = {
	{ "query", ARGUMENT_QUERY, "What is asked of each message" },
	{ "then", ARGUMENT_BLOCK, "Commands for those that match" },
	{ "else", ARGUMENT_CHOICE, "Before the second block", .choices = "else",
		.optional = true },
	{ "otherwise", ARGUMENT_BLOCK, "Commands for the others", .optional = true },
	{ NULL },
};
static const struct command_flag sure_flags[] = {
	{ "y", NULL, ARGUMENT_TEXT, "Does not ask before messages go for good" },
	{ NULL },
};

static const struct command_flag mark_flags[] = {
	{ "quiet", NULL, ARGUMENT_TEXT, "Says nothing, and undo passes over it" },
	{ NULL },
};

static const struct command rows[] = {
	{ "archive", "Moves messages to the archive",
		"Where folders are labels (Gmail) they stay in All Mail, without the label "
		"of the folder that they are taken from.", NULL,
		.target = TARGET_MESSAGES, .run = run_archive },
	{ "copy", "Copies messages to a folder", NULL, folder_arguments,
		.target = TARGET_MESSAGES, .run = run_copy },
	{ "delete", "Moves messages to Trash; from there, for good",
		"Where an account has no Trash they go for good, too. That is asked first, "
		"and the question says what undo could not bring back. Of a POP3 account "
		"it is the copy here that goes; pop3-keep says what becomes of the server's.",
		NULL, sure_flags, .target = TARGET_MESSAGES, .run = run_delete },
	{ "expunge", "Deletes messages for good, without Trash", NULL, NULL,
		sure_flags, .target = TARGET_MESSAGES, .run = run_expunge },
	{ "if", "Runs commands on the messages that match, others on the rest",
		NULL, if_arguments, .target = TARGET_MESSAGES, .run = run_if },
	{ "mark", "Sets and clears flags of messages", NULL, mark_arguments,
		mark_flags, .target = TARGET_MESSAGES, .plus_minus = true, .run = run_mark },
	{ "move", "Moves messages to a folder", NULL, folder_arguments,
		.target = TARGET_MESSAGES, .run = run_move },
	{ "redo", "Does again what was undone last", NULL, .run = run_redo },
	{ "undo", "Takes back what was done last, also after a sync or a restart",
		NULL, .run = run_undo },
};

void
commands_add_act(struct commands *c)
{
	commands_add(c, rows, sizeof(rows) / sizeof(rows[0]));
}
