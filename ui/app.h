// SPDX-License-Identifier: GPL-3.0-or-later
// The screen as a whole: which views are open and where they stand, who gets
// the keys, what the lines at the bottom say.
#ifndef UI_APP_H
#define UI_APP_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include "base/array.h"
#include "base/buf.h"
#include "base/str.h"
#include "command/frontend.h"
#include "ui/keymap.h"
#include "ui/notice.h"
#include "ui/term/screen.h"
#include "ui/view/view.h"

struct call;
struct commands;
struct drafts_load;
struct engine;
struct error;
struct event;
struct loop_timer;
struct loop_watch;
struct options;
struct palette;
struct prompt;

#define APP_VIEWS_MAX 16       // open at once; more is refused, with a sentence
#define APP_ROWS_MIN 3         // a smaller terminal is told so
#define APP_COLS_MIN 16
#define APP_SIDEBAR_COLS 80    // narrower screens have no sidebar unless asked
#define APP_MESSAGES_MAX 500   // notices that are kept to be read again
#define APP_TEXT_COLS 100      // narrower ones leave all of it to a text
#define APP_SPLIT_ROWS 36      // lower ones show a message instead of its index

// A question that waits for its turn (struct question, copied).
struct app_question {
	enum question_kind kind;
	char *text, *initial, *complete;
	size_t at;
	struct strlist choices;
	void (*answered)(void *arg, const char *answer);
	void *arg;
};

// A password that was typed and is not known to be right yet.
struct account_typed {
	uint32_t account;
	bool outgoing;
	char *password;
	uint64_t job;        // of the sending side, that tries it; 0
};

struct app {
	struct frontend front;       // first: the screen as commands see it
	struct engine *engine;
	struct screen *screen;
	struct loop_watch *keys;     // NULL while a child has the terminal

	struct view *sidebar;        // the folders; always there
	struct view *views[APP_VIEWS_MAX];   // the last one is in front
	size_t n_views;
	bool sidebar_shown, sidebar_focus;
	int sidebar_wish, split_wish;   // 1 on, -1 off, 0 as the size wants it

	struct keymap keymap;
	uint32_t count;              // typed before the binding that runs; 0 none
	struct prompt *prompt;       // what is being typed, one of the two or none
	struct palette *palette;
	struct array questions;      // struct app_question; the first is in the prompt
	struct strlist history, limits, searches;
	struct strlist people;       // whom one may write to (people.h); the latest first
	char *parts_folder;          // of the copies that programs were given; NULL: none
	char *save_folder;           // where an attachment was saved last, with its '/'; NULL

	struct notices notice;       // in the last line, and what waits for its turn there
	struct loop_timer *notice_timer;
	struct strlist messages;     // what was said, each with its time; oldest first
	struct buf rows;             // lines of an answer, gathered until its command ends
	int64_t to_send;             // messages in the outbox; -1: to be counted
	size_t refused;              // of them, for good
	size_t unsure;               // and what may have been sent
	struct drafts_load *drafts_counting;   // for the notice at the start; NULL
	int running;                 // commands that are not done yet

	uint64_t colours_version;    // of the rules that the screen has
	struct array typed_passwords;   // that are tried (account_ask.c's)
	struct map *asked;           // accounts that a question was put about
	uint64_t keys_typed;         // in this run
	uint64_t keys_answered;      // as many when a question about an account was
	struct loop_timer *save_timer;
	bool dirty;                  // everything is to be drawn again
	bool dirty_lines;            // the lines at the bottom
	bool child;                  // an editor has the terminal
	struct child_edit *edit;     // which
	struct child_guest *guest;   // or another program
	bool begun;                  // the accounts' workers run
	bool quitting, dead;         // dead: the terminal is gone
	bool small;
	const char *stopped_because; // said on standard error at the end; NULL
};

// Adds what only a screen has to the tables; also for batch, which reads the
// same configuration. (ui/command/, ui/options.c)
void app_prepare(struct engine *e);
void app_commands_add(struct commands *c);
void app_options_add(struct options *o);

// The engine is configured by then, and started unless it could not be.
struct app *app_new(struct engine *e, struct screen *s);
void app_free(struct app **a);
// Opens what was open last time, else the inbox; without an account, the set-up.
void app_restore(struct app *a);
void app_run_loop(struct app *a);           // until app_quit()
void app_quit(struct app *a);

// --- views ------------------------------------------------------------------------

const struct view_ops *view_find(const char *name);
// Opens a view in front, or goes to it. NULL: it could not be opened.
struct view *app_open(struct app *a, const char *name, const char *argument,
	struct error *err);
// Closes it unless it wants to stay. An index stays, behind all others.
bool app_close(struct app *a, struct view *v);
struct view *app_focus(const struct app *a);        // who gets the keys
struct view *app_find(const struct app *a, const char *name);   // or NULL
void app_focus_sidebar(struct app *a, bool focus);
bool app_is_split(const struct app *a);             // index and message at once
// A verb of the view in front, or of one beneath it.
bool app_verb(struct app *a, const char *name, const char *argument,
	struct error *err);
void app_draw_all(struct app *a);           // everything, at the next turn
void app_changed_place(struct app *a);      // worth saving soon

// --- speaking -----------------------------------------------------------------------

// Runs commands as if typed; what fails is shown.
void app_run(struct app *a, const char *commands);
void app_runf(struct app *a, const char *format, ...)
	__attribute__((format(printf, 2, 3)));
// In the last line: an answer to what the person did.
void app_notice(struct app *a, enum say_kind kind, const char *format, ...)
	__attribute__((format(printf, 3, 4)));
// What came by itself: it waits while an answer is read, or something typed.
void app_news(struct app *a, enum say_kind kind, const char *format, ...)
	__attribute__((format(printf, 3, 4)));
// Opens a page of what was said in this run, the latest last.
bool app_show_messages(struct app *a, struct error *err);
// Puts a question when those before it are answered.
void app_ask(struct app *a, const struct question *q,
	void (*answered)(void *arg, const char *answer), void *arg);
// The `:` line, with `text` in it; pick: the highlighted completion is taken.
void app_palette(struct app *a, const char *text, bool pick);

// --- its own files ----------------------------------------------------------------------

extern const struct frontend_ops frontend_screen;   // frontend.c
void app_take_keys(struct app *a, bool take);       // while a child has the terminal, not
struct app *app_of(struct frontend *f);

// input.c: keys to whoever wants them
void input_keys(struct app *a);
void input_next_question(struct app *a);
void input_done(struct app *a);
bool input_is_long(const char *text);       // is put above the line, not in it
// said.c: what is said, now and before
void said_read(struct app *a);              // a key was typed
void said_turn(struct app *a);              // before each picture
// lines.c: the status line and the one below it
void lines_draw_status(struct app *a, struct area row);
size_t lines_to_send(struct app *a);   // messages in the outbox that wait
void lines_draw_bottom(struct app *a, struct area row);
void lines_draw_question(struct app *a, struct area all);   // a long one
bool lines_notice_is_long(struct app *a);   // it is put above the line
void lines_draw_notice(struct app *a, struct area all);
// place.c: what was open, kept in the journal
void place_save(struct app *a);
bool place_restore(struct app *a);
// account_ask.c: passwords and certificates
struct account_status;
// An account's status has come: what it needs is asked for if nobody types.
void account_told(struct app *a, uint32_t account, const struct account_status *status);
void account_forget(struct app *a);     // what was typed; at the end
// Asks now; false: it needs nothing.
bool account_ask(struct app *a, uint32_t account);
// Whether it needs something that nobody was asked for yet.
bool account_waits(struct app *a, uint32_t account);
// Whether it needs something, asked for or not.
bool account_waits_for_answer(struct app *a, uint32_t account);
// The key that asks, else the command.
void account_keys(struct app *a, struct buf *out);

#endif
