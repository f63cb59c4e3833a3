// SPDX-License-Identifier: GPL-3.0-or-later
// The two counted trees that order every folder. Private to store/; readers use
// messages.h.
#ifndef STORE_ORDERS_H
#define STORE_ORDERS_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include "store/env.h"
#include "store/messages.h"

struct array;
struct view;
struct write;

void orders_date_put(struct write *w, uint32_t folder, uint32_t date, uint64_t id);
void orders_date_del(struct write *w, uint32_t folder, uint32_t date, uint64_t id);
void orders_talk_put(struct write *w, uint32_t folder, uint32_t latest,
	uint64_t thread, uint64_t id);
void orders_talk_del(struct write *w, uint32_t folder, uint32_t latest,
	uint64_t thread, uint64_t id);

struct order_item {
	uint64_t id, thread;   // thread: 0 by date
	uint32_t date;         // by thread: the latest of it in the folder
};

// A place in an order that holds although rows come and go. {.folder = F}
// is its beginning.
struct order_position {
	uint32_t folder;
	struct key after;
};
// Appends at least n items (struct order_item) from behind the position, whole
// threads where these are the order, and moves it. False at the end.
bool orders_walk(struct view *v, enum message_order order,
	struct order_position *position, size_t n, struct array *items);

#endif
