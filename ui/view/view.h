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

struct view_ops {
	const char *name;        // its key context
	size_t size;             // of its struct, which embeds struct view first
	// argument: what it is opened on ("folder:12", "id:...", a path); NULL.
	bool (*open)(struct view *v, const char *argument, struct error *err);
	void (*close)(struct view *v);
	void (*draw)(struct view *v, struct screen *s, struct area a);
	// Something changed; sets v->dirty when it shows that.
	void (*event)(struct view *v, const struct event *event);
	bool (*target)(struct view *v, enum target_kind kind, struct target *target_r,
		struct error *err);
	void (*title)(struct view *v, struct buf *out);
	// Motions every view answers to; those it lacks are NULL.
	void (*move)(struct view *v, int64_t by);        // lines
	void (*page)(struct view *v, int half_pages);
	void (*end)(struct view *v, bool bottom);
	// What the next start needs to show the same (folder, cursor, limit).
	void (*save)(struct view *v, struct buf *out);
};

struct view {
	const struct view_ops *ops;
	struct app *app;
	bool dirty;              // to be drawn again
};

// All views: index, message, folders, compose, outbox, accounts, help, setup.
extern const struct view_ops *const view_table[];   // ended by NULL

#endif
