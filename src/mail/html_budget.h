// SPDX-License-Identifier: GPL-3.0-or-later
// What a page may cost. Private to this folder.
#ifndef MAIL_HTML_BUDGET_H
#define MAIL_HTML_BUDGET_H

#include "mail/gumbo.h"

#include <stddef.h>
#include <stdint.h>

#define HTML_MEMORY_MAX (96 * 1024 * 1024)
// Of all HTML parts of a message; two megabytes of usual HTML take half of it.
#define HTML_CPU_MS_MAX 450

struct html_budget;

// cpu_us: how much of the processor's time the parse may take.
struct html_budget *html_budget_new(int64_t cpu_us);
// The tree lives as long as the budget.
void html_budget_free(struct html_budget **b);
int64_t html_cpu_us(void);  // spent by this thread so far
// NULL when the budget ended the parse.
const GumboOutput *html_parse(struct html_budget *b, const char *html, size_t len);

#endif
