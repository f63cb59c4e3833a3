// SPDX-License-Identifier: GPL-3.0-or-later
// The command language, which also comes over the socket and from a link: what is
// read is bound against every command that there is, and a word quoted is the same
// word again.
#include "config.h"

#include "base/error.h"
#include "base/str.h"
#include "command/command.h"
#include "command/line.h"
#include "command/script.h"
#include "tests/fuzz/check.h"

static void
add_all(struct commands *c)
{
	commands_add_config(c);
	commands_add_program(c);
	commands_add_manual(c);
	commands_add_list(c);
	commands_add_query(c);
	commands_add_pass(c);
	commands_add_read(c);
	commands_add_act(c);
	commands_add_folder(c);
	commands_add_pending(c);
	commands_add_draft(c);
	commands_add_reply(c);
	commands_add_send(c);
	commands_add_sync(c);
	commands_add_file(c);
	commands_add_save_all(c);
	commands_add_store(c);
}

static void
check_word(const char *word)
{
	struct buf text = {0};
	struct script s;

	script_quote(&text, word);
	fuzz_check(script_parse(&s, buf_text(&text), "fuzz", 1, NULL));
	fuzz_check(s.len == 1 && s.items[0].words.len == 1);
	fuzz_check(str_equal(s.items[0].words.items[0], word));
	script_done(&s);
	buf_done(&text);
}

static void
check_command(const struct commands *commands, const struct script_command *c,
	int depth)
{
	const struct command *row = commands_find(commands, c->words.items[0]);
	struct error err = {0};
	struct line l;

	if (row != NULL) {
		bool ok = line_bind(&l, row, c, &err);
		fuzz_check(ok == (err.kind == ERROR_NONE));
		line_done(&l);
	}
	for (size_t i = 0; i < c->words.len; i++) {
		struct script s;
		check_word(c->words.items[i]);
		if (!c->is_block[i] || depth > SCRIPT_DEPTH_MAX)
			continue;
		if (script_parse(&s, c->words.items[i], "fuzz", c->lines[i], NULL))
			for (size_t k = 0; k < s.len; k++)
				check_command(commands, &s.items[k], depth + 1);
		script_done(&s);
	}
}

int
LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	struct commands *commands = commands_new();
	char *text = str_ndup((const char *)data, size);
	struct error err = {0};
	struct script s;

	add_all(commands);
	bool ok = script_parse(&s, text, "fuzz", 1, &err);
	fuzz_check(ok == (err.kind == ERROR_NONE));
	for (size_t i = 0; ok && i < s.len; i++)
		check_command(commands, &s.items[i], 0);
	script_done(&s);
	commands_free(&commands);
	free(text);
	return 0;
}
