// SPDX-License-Identifier: GPL-3.0-or-later
// Invitations and other calendar entries in words, read by code of our own: the
// usual library brings forty megabytes along, and what people need of it is little.
#include "config.h"

#include "mail/calendar.h"

#include "base/buf.h"
#include "base/mem.h"
#include "base/str.h"
#include "mail/calendar_line.h"
#include "mail/calendar_rule.h"
#include "mail/calendar_time.h"
#include "mail/document.h"
#include "mail/part.h"
#include "mail/text.h"

#include <stdlib.h>
#include <string.h>

#define DEPTH_MAX 16        // of components within one another
#define PEOPLE_TEXT_MAX 4000 // bytes of all attendees
#define DESCRIPTION_MAX (64 * 1024)
#define LABEL_CELLS 11

// What is read of an entry.
struct entry {
	char *summary, *location, *description, *url, *rule, *status, *organizer;
	struct calendar_time start, end, due, instance;
	int64_t duration;           // seconds; 0 none
	bool changed;               // it has been sent before
	size_t exceptions, extra;   // dates left out, put in
	struct buf people;
	size_t n_people;
	char *answer;               // "Bob Example accepts": of the last attendee
};

struct calendar {
	struct document *d;
	const struct part *part;
	struct calendar_zones *zones;
	bool described;
	char *method;
	size_t n_entries;
};

static const struct { const char *name, *title; } components[] = {
	{ "VEVENT", "Event" }, { "VTODO", "Task" }, { "VJOURNAL", "Journal" },
	{ "VFREEBUSY", "Free and busy times" },
};

// What the sender wants (RFC 5546 section 1.4).
static const struct { const char *method, *title; } methods[] = {
	{ "REQUEST", "Invitation" }, { "CANCEL", "Cancelled" }, { "REPLY", "Answer" },
	{ "COUNTER", "Other time proposed" }, { "DECLINECOUNTER", "Proposal declined" },
	{ "ADD", "One time more" }, { "REFRESH", "Question for the latest state" },
};

static const struct { const char *status, *is, *does; } answers[] = {
	{ "ACCEPTED", "accepted", "accepts" },
	{ "DECLINED", "declined", "declines" },
	{ "TENTATIVE", "perhaps", "comes perhaps" },
	{ "DELEGATED", "sends somebody else", "sends somebody else" },
	{ "NEEDS-ACTION", "no answer yet", "has not decided yet" },
	{ "COMPLETED", "done", "has done it" },
	{ "IN-PROCESS", "under way", "is at it" },
};

static void
entry_done(struct entry *e)
{
	free(e->summary);
	free(e->location);
	free(e->description);
	free(e->url);
	free(e->rule);
	free(e->status);
	free(e->organizer);
	free(e->answer);
	buf_done(&e->people);
}

// --- reading ------------------------------------------------------------------

// "Carla <carla@example.com>", or what there is of it. free()
static char *
person(const struct calendar_line *l)
{
	const char *mail = str_has_prefix_nocase(l->value, "mailto:") ? l->value + 7
	                                                             : l->value;
	char *name = calendar_line_param(l, "CN");
	// A name that is the address, or looks like another, says nothing.
	char *text = str_empty(name) || strchr(name, '@') != NULL ? str_dup(mail)
		: str_printf("%s <%s>", name, mail);

	free(name);
	return text;
}

static void
read_attendee(struct entry *e, const struct calendar_line *l)
{
	char *status = calendar_line_param(l, "PARTSTAT");
	char *role = calendar_line_param(l, "ROLE"), *who = person(l);
	const char *is = NULL, *does = "answers";

	for (size_t i = 0; i < sizeof(answers) / sizeof(*answers); i++)
		if (str_equal_nocase(status, answers[i].status)) {
			is = answers[i].is;
			does = answers[i].does;
		}
	free(e->answer);
	e->answer = str_printf("%.500s %s", who, does);
	if (e->n_people++ < CALENDAR_ATTENDEES_MAX && e->people.len < PEOPLE_TEXT_MAX) {
		bool optional = str_equal_nocase(role, "OPT-PARTICIPANT");
		buf_printf(&e->people, "%s%.500s", e->people.len > 0 ? ", " : "", who);
		if (is != NULL || optional)
			buf_printf(&e->people, " (%s%s%s)", is == NULL ? "" : is,
				is != NULL && optional ? ", " : "",
				optional ? "optional" : "");
	}
	free(who);
	free(role);
	free(status);
}

static size_t
count_commas(const char *s)
{
	size_t n = 1;

	for (; *s != '\0'; s++)
		n += *s == ',';
	return n;
}

static void
take_text(char **where, const struct calendar_line *l)
{
	if (*where == NULL)
		*where = calendar_line_text(l);
}

static bool
read_time(const struct calendar *c, struct entry *e, const struct calendar_line *l)
{
	const struct { const char *name; struct calendar_time *time; } rows[] = {
		{ "DTSTART", &e->start }, { "DTEND", &e->end }, { "DUE", &e->due },
		{ "RECURRENCE-ID", &e->instance },
	};

	for (size_t i = 0; i < sizeof(rows) / sizeof(*rows); i++) {
		if (!calendar_line_is(l, rows[i].name))
			continue;
		char *zone = calendar_line_param(l, "TZID");
		*rows[i].time = calendar_time_read(l->value, zone, c->zones);
		free(zone);
		return true;
	}
	return false;
}

static void
read_property(const struct calendar *c, struct entry *e, const struct calendar_line *l)
{
	const struct { const char *name; char **text; } rows[] = {
		{ "SUMMARY", &e->summary }, { "LOCATION", &e->location },
		{ "DESCRIPTION", &e->description }, { "STATUS", &e->status },
		{ "RRULE", &e->rule }, { "URL", &e->url },
	};

	if (read_time(c, e, l))
		return;
	for (size_t i = 0; i < sizeof(rows) / sizeof(*rows); i++)
		if (calendar_line_is(l, rows[i].name))
			take_text(rows[i].text, l);
	if (calendar_line_is(l, "DURATION") && !calendar_duration_read(l->value,
	    &e->duration))
		e->duration = 0;
	else if (calendar_line_is(l, "SEQUENCE"))
		e->changed = calendar_number(l->value) > 0;
	else if (calendar_line_is(l, "EXDATE"))
		e->exceptions += count_commas(l->value);
	else if (calendar_line_is(l, "RDATE"))
		e->extra += count_commas(l->value);
	else if (calendar_line_is(l, "ATTENDEE"))
		read_attendee(e, l);
	else if (calendar_line_is(l, "ORGANIZER") && e->organizer == NULL)
		e->organizer = person(l);
}

// --- showing ------------------------------------------------------------------

static void
add_line(struct calendar *c, const char *label, const char *text)
{
	text_add_field(c->d, c->part, label, text);
}

static void
add_title(struct calendar *c, const struct entry *e, const char *component)
{
	const char *title = component;

	for (size_t i = 0; i < sizeof(methods) / sizeof(*methods); i++)
		if (str_equal_nocase(c->method, methods[i].method))
			title = methods[i].title;
	if (str_equal_nocase(e->status, "CANCELLED"))
		title = "Cancelled";
	bool changed = e->changed && str_equal_nocase(c->method, "REQUEST") &&
		!str_equal_nocase(e->status, "CANCELLED");
	if (strlen(title) < LABEL_CELLS) {
		char *text = str_printf("%s%s", str_empty(e->summary) ? "(without a title)"
			: e->summary, changed ? " (changed)" : "");
		add_line(c, title, text);
		free(text);
	} else {
		add_line(c, "Calendar", title);
		add_line(c, "Title", e->summary);
	}
	if (str_equal_nocase(c->method, "REPLY"))
		add_line(c, "Who", e->answer);
	if (str_equal_nocase(e->status, "TENTATIVE"))
		add_line(c, "State", "not certain yet");
}

static void
add_times(struct calendar *c, const struct entry *e)
{
	struct calendar_time end = e->end, none = {0};
	struct buf text = {0};

	if (!end.set && e->duration > 0 && e->start.set)
		end = calendar_time_after(&e->start, e->duration, c->zones);
	if (e->start.set) {
		calendar_time_print(&text, &e->start, &end);
		add_line(c, "When", buf_text(&text));
	}
	buf_clear(&text);
	if (e->due.set) {
		calendar_time_print(&text, &e->due, &none);
		add_line(c, "Due", buf_text(&text));
	}
	buf_clear(&text);
	if (e->rule != NULL) {
		calendar_rule_print(&text, e->rule);
		if (e->exceptions > 0)
			buf_printf(&text, ", but for %zu of them", e->exceptions);
	}
	if (e->extra > 0)
		buf_printf(&text, "%s%zu more time%s", text.len > 0 ? ", and " : "",
			e->extra, e->extra == 1 ? "" : "s");
	add_line(c, "Repeats", buf_text(&text));
	buf_clear(&text);
	if (e->instance.set) {
		buf_str(&text, "of several, only that of ");
		calendar_time_print(&text, &e->instance, &none);
		add_line(c, "Which", buf_text(&text));
	}
	buf_done(&text);
}

static void
add_description(struct calendar *c, const struct entry *e)
{
	if (!c->described || e->description == NULL ||
	    e->description[strspn(e->description, " \t\r\n")] == '\0')
		return;
	document_add_block(c->d, BLOCK_LINE);
	size_t len = strlen(e->description);
	text_to_document(c->d, c->part, e->description,
		len < DESCRIPTION_MAX ? len : DESCRIPTION_MAX);
	if (len > DESCRIPTION_MAX)
		document_note(c->d, "not shown: %zu kB more of a description",
			(len - DESCRIPTION_MAX) / 1024 + 1);
}

static void
show_entry(struct calendar *c, struct entry *e, const char *component)
{
	if (c->n_entries++ >= CALENDAR_ENTRIES_MAX)
		return;
	if (c->n_entries > 1)
		document_add_block(c->d, BLOCK_LINE);
	add_title(c, e, component);
	add_times(c, e);
	add_line(c, "Where", e->location);
	add_line(c, "Link", e->url);
	add_line(c, "Organizer", e->organizer);
	if (e->n_people > CALENDAR_ATTENDEES_MAX || e->people.len >= PEOPLE_TEXT_MAX)
		buf_printf(&e->people, " (%zu in all)", e->n_people);
	if (!str_equal_nocase(c->method, "REPLY"))
		add_line(c, "Attendees", buf_text(&e->people));
	add_description(c, e);
}

// --- the whole ----------------------------------------------------------------

static const char *
component_title(const char *name)
{
	for (size_t i = 0; i < sizeof(components) / sizeof(*components); i++)
		if (str_equal_nocase(name, components[i].name))
			return components[i].title;
	return NULL;
}

// One line of the whole; what stands in an entry's alarms is none of its own.
static void
read_line(struct calendar *c, struct entry *e, const struct calendar_line *l,
	const char **open, int *depth)
{
	const char *title = component_title(l->value);

	if (calendar_line_is(l, "BEGIN")) {
		if (*open != NULL && *depth < DEPTH_MAX)
			++*depth;
		else if (*open == NULL && title != NULL)
			*open = title;
	} else if (calendar_line_is(l, "END")) {
		if (*depth > 0) {
			--*depth;
		} else if (*open != NULL && title != NULL) {
			show_entry(c, e, *open);
			entry_done(e);
			*e = (struct entry){0};
			*open = NULL;
		}
	} else if (*open != NULL && *depth == 0) {
		read_property(c, e, l);
	} else if (*open == NULL && calendar_line_is(l, "METHOD")) {
		take_text(&c->method, l);
	}
}

void
calendar_to_document(struct document *d, const struct part *part,
	const char *text, size_t len, bool described)
{
	size_t used = len < CALENDAR_SIZE_MAX ? len : CALENDAR_SIZE_MAX;
	struct calendar c = { .d = d, .part = part, .described = described,
		.zones = calendar_zones_new(text, used) };
	struct calendar_line l = calendar_lines(text, used);
	struct entry e = {0};
	const char *open = NULL;
	int depth = 0;

	while (calendar_line_next(&l) && !document_full(d))
		read_line(&c, &e, &l, &open, &depth);
	// One that is cut off is shown as far as it goes.
	if (open != NULL)
		show_entry(&c, &e, open);
	if (c.n_entries == 0)
		document_note(d, "not shown: a calendar without an entry");
	else if (c.n_entries > CALENDAR_ENTRIES_MAX)
		document_note(d, "not shown: %zu more entries of a calendar",
			c.n_entries - CALENDAR_ENTRIES_MAX);
	if (used < len)
		document_note(d, "not shown: %zu kB more of a calendar",
			(len - used + 1023) / 1024);
	entry_done(&e);
	free(c.method);
	calendar_line_done(&l);
	calendar_zones_free(&c.zones);
}
