// SPDX-License-Identifier: GPL-3.0-or-later
// Keys to commands: what `bind` says, by context, and the names of keys. Data
// only; the screen matches what is typed.
#ifndef COMMAND_BINDING_H
#define COMMAND_BINDING_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

struct buf;
struct error;

// A key: a Unicode character, or one of these with modifiers.
enum key_code {
	KEY_CODE_NONE = 0,
	// characters are themselves, up to U+10FFFF
	KEY_CODE_NAMED = 0x200000,
	KEY_CODE_UP, KEY_CODE_DOWN, KEY_CODE_LEFT, KEY_CODE_RIGHT, KEY_CODE_HOME,
	KEY_CODE_END, KEY_CODE_PAGE_UP, KEY_CODE_PAGE_DOWN, KEY_CODE_INSERT,
	KEY_CODE_DELETE, KEY_CODE_BACKSPACE, KEY_CODE_ENTER, KEY_CODE_TAB,
	KEY_CODE_BACKTAB, KEY_CODE_ESCAPE, KEY_CODE_F1, // F2 is F1 + 1 ... F12
	KEY_CODE_F12 = KEY_CODE_F1 + 11,
};
enum { KEY_MOD_CTRL = 1 << 24, KEY_MOD_ALT = 1 << 25, KEY_MOD_SHIFT = 1 << 26 };

#define BINDING_KEYS_MAX 8

struct key_sequence {
	uint32_t keys[BINDING_KEYS_MAX];
	size_t len;
};
// "gg" ",t" "<C-x>s" "<Enter>" "<F1>" "<Space>" "<lt>" "<A-x>" "<S-Tab>".
bool key_sequence_parse(struct key_sequence *s, const char *text, struct error *err);
void key_sequence_print(struct buf *out, const struct key_sequence *s);

struct binding {
	char *context;
	struct key_sequence keys;
	char *block;         // commands
	char *note;          // bind -n "..."; NULL: the help of its first command
	char *where;         // file:line
	bool hint;           // bind -h: shown in the line of keys that matter here
};

// Contexts form a table: name, help, and the parent whose keys hold here too.
struct key_context { const char *name, *parent, *help; };
extern const struct key_context key_contexts[];  // ended by a NULL name
const struct key_context *key_context_find(const char *name);

struct bindings;
struct bindings *bindings_new(void);
void bindings_free(struct bindings **b);
bool bindings_set(struct bindings *b, const char *context, const char *keys,
	const char *block, const char *note, bool hint, const char *where, struct error *err);
bool bindings_unset(struct bindings *b, const char *context, const char *keys, struct error *err);
// What the typed keys mean in a context: own bindings first, then its parents'.
enum binding_match { BINDING_NONE, BINDING_PREFIX, BINDING_FOUND };
enum binding_match bindings_match(const struct bindings *b, const char *context,
	const struct key_sequence *typed, const struct binding **binding_r);
// All that hold in a context (own and inherited, shadowed ones left out), in
// order of definition; free the array.
size_t bindings_in(const struct bindings *b, const char *context,
	const struct binding ***bindings_r);
// Appends the keys that run just this command in a context; false: none do.
bool bindings_print_keys(const struct bindings *b, const char *context,
	const char *command, struct buf *out);

#endif
