// SPDX-License-Identifier: GPL-3.0-or-later
// A view is one screen: one file, one table of functions. The app gives it an
// area and events; it acts only by commands.
#ifndef UI_VIEW_VIEW_H
#define UI_VIEW_VIEW_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include "command/frontend.h"
#include "ui/term/screen.h"

struct app;
struct buf;
struct error;
struct event;
struct view;

// What a view does for a command of the screen, under the command's name.
struct view_verb {
	const char *name;
	// argument: the command's, joined; NULL when none was given.
	bool (*run)(struct view *v, const char *argument, struct error *err);
};

struct view_ops {
	const char *name;
	const char *context;     // of its keys; NULL: as its name
	size_t size;             // of its struct, which embeds struct view first
	bool once;               // opening it again goes back to the one there is
	bool only;               // takes no commands for the views beneath
	bool wide;               // has the whole width unless the folders are wanted
	bool text;               // the same on a screen narrower than APP_TEXT_COLS
	// argument: what it is opened on, as save() wrote it; NULL. Called again on
	// the view that is there when `once`.
	bool (*open)(struct view *v, const char *argument, struct error *err);
	// It is about to go; false keeps it (it may ask, and close itself later).
	bool (*leave)(struct view *v);
	void (*close)(struct view *v);           // releases what it holds
	void (*draw)(struct view *v, struct screen *s, struct area a);
	// Something changed; sets v->dirty when it shows that. NULL: options did.
	void (*event)(struct view *v, const struct event *event);
	bool (*target)(struct view *v, enum target_kind kind, struct target *target_r,
		struct error *err);
	// "left\tright": what stands in the line above it.
	void (*title)(struct view *v, struct buf *out);
	// Motions every view answers to; those it lacks are NULL.
	void (*move)(struct view *v, int64_t by);        // lines
	void (*page)(struct view *v, int half_pages);
	void (*end)(struct view *v, bool bottom);
	const struct view_verb *verbs;   // ended by a NULL name; NULL: none
	// What the next start needs to show the same: one line, open()'s argument.
	// NULL, or nothing written: it is not opened again.
	void (*save)(struct view *v, struct buf *out);
};

struct view {
	const struct view_ops *ops;
	struct app *app;
	bool dirty;              // to be drawn again
};

static inline const char *
view_context(const struct view *v)
{
	return v->ops->context ? v->ops->context : v->ops->name;
}

extern const struct view_ops view_accounts, view_attachments, view_compose, view_drafts, view_folders,
	view_help, view_index, view_message, view_outbox, view_output, view_pending, view_setup;

// All of them, ended by NULL.
extern const struct view_ops *const view_table[];

#endif
