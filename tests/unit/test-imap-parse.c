// SPDX-License-Identifier: GPL-3.0-or-later
// Responses as values: tables of what servers say, rightly and wrongly.
#include "config.h"

#include "test.h"

#include <dirent.h>
#include <stdio.h>
#include <string.h>

#include "base/buf.h"
#include "base/error.h"
#include "mail/part.h"
#include "remote/imap_parse.h"

static struct slice
of(const char *text)
{
	return (struct slice){ text, strlen(text) };
}

static bool
same(struct slice s, const char *text)
{
	return s.len == strlen(text) && (s.len == 0 || memcmp(s.data, text, s.len) == 0);
}

// --- lines of status -----------------------------------------------------------------

static const struct {
	const char *text;
	enum response_kind kind;
	enum response_status status;
	uint32_t number;     // the tag, or the number
	const char *code, *values, *words;
} responses[] = {
	{ "* OK [CAPABILITY IMAP4rev1 IDLE] hi", RESPONSE_STATUS, STATUS_OK, 0,
		"CAPABILITY", "IMAP4rev1 IDLE", "hi" },
	{ "* OK", RESPONSE_STATUS, STATUS_OK, 0, "", "", "" },
	{ "* ok lower case", RESPONSE_STATUS, STATUS_OK, 0, "", "", "lower case" },
	{ "* PREAUTH hello", RESPONSE_STATUS, STATUS_PREAUTH, 0, "", "", "hello" },
	{ "* BYE", RESPONSE_STATUS, STATUS_BYE, 0, "", "", "" },
	{ "* OK [BADCHARSET (\"a]b\" c)] x", RESPONSE_STATUS, STATUS_OK, 0,
		"BADCHARSET", "(\"a]b\" c)", "x" },
	{ "* OK [BADCHARSET (\"a] x", RESPONSE_STATUS, STATUS_OK, 0, "", "",
		"[BADCHARSET (\"a] x" },
	{ "* NO [] x", RESPONSE_STATUS, STATUS_NO, 0, "", "", "x" },
	{ "P7 OK [READ-WRITE] done", RESPONSE_TAGGED, STATUS_OK, 7, "READ-WRITE", "",
		"done" },
	{ "P4294967295 BAD", RESPONSE_TAGGED, STATUS_BAD, UINT32_MAX, "", "", "" },
	{ "P4294967296 OK", RESPONSE_BROKEN, 0, 0, "", "", "" },
	{ "P OK", RESPONSE_BROKEN, 0, 0, "", "", "" },
	{ "P7 BYE", RESPONSE_BROKEN, 0, 0, "", "", "" },
	{ "P7", RESPONSE_BROKEN, 0, 0, "", "", "" },
	{ "", RESPONSE_BROKEN, 0, 0, "", "", "" },
	{ "*", RESPONSE_BROKEN, 0, 0, "", "", "" },
	{ "* ", RESPONSE_BROKEN, 0, 0, "", "", "" },
	{ "+", RESPONSE_CONTINUE, 0, 0, "", "", "" },
	{ "+ cj1h", RESPONSE_CONTINUE, 0, 0, "", "", "cj1h" },
	{ "* 12 EXISTS", RESPONSE_DATA, 0, 12, "", "", "" },
	{ "* 4294967296 EXISTS", RESPONSE_DATA, 0, 0, "", "", "" },
	{ "* 12", RESPONSE_BROKEN, 0, 12, "", "", "" },
	{ "* LIST () NIL x", RESPONSE_DATA, 0, 0, "", "", "" },
};

static void
status_lines(void **state)
{
	(void)state;
	for (size_t i = 0; i < COUNT_OF(responses); i++) {
		struct response r;
		parse_response(&r, responses[i].text, strlen(responses[i].text));
		if (r.kind != responses[i].kind)
			fail_msg("%s: %d", responses[i].text, r.kind);
		if (r.kind == RESPONSE_TAGGED || r.kind == RESPONSE_STATUS)
			assert_int_equal(r.status, responses[i].status);
		assert_int_equal(r.kind == RESPONSE_TAGGED ? r.tag : r.number,
			responses[i].number);
		assert_true(same(r.code, responses[i].code));
		assert_true(same(r.values, responses[i].values));
		assert_true(same(r.text, responses[i].words));
	}
}

static void
capabilities(void **state)
{
	(void)state;
	struct capabilities c = { 0 };
	assert_null(c.mechanisms); // never told
	parse_capabilities(&c, of("IMAP4rev1 idle AUTH=PLAIN QRESYNC auth=SCRAM-SHA-1 X"));
	assert_int_equal(c.bits, CAP_IMAP4REV1 | CAP_IDLE | CAP_QRESYNC | CAP_CONDSTORE);
	assert_string_equal(c.mechanisms, "PLAIN SCRAM-SHA-1");
	parse_capabilities(&c, of(""));
	assert_int_equal(c.bits, 0);
	assert_string_equal(c.mechanisms, "");
	parse_capabilities(&c, of("IMAP4rev2"));
	assert_true(c.bits & CAP_UIDPLUS && c.bits & CAP_ESEARCH);
	capabilities_done(&c);
}

// --- folders --------------------------------------------------------------------------

static const struct {
	const char *text;
	const char *name, *label, *role;  // name NULL: refused
	char delimiter;
	bool selectable, subscribed, children;
} lists[] = {
	{ "(\\HasNoChildren) \"/\" INBOX", "INBOX", "INBOX", "inbox", '/', true, false,
		false },
	{ "() \".\" \"INBOX.Sent &AOk-\"", "INBOX.Sent &AOk-", "INBOX/Sent \xc3\xa9", NULL,
		'.', true, false, false },
	{ "(\\Noselect \\HasChildren \\Subscribed) \"/\" [Gmail]", "[Gmail]", "[Gmail]",
		NULL, '/', false, true, true },
	{ "(\\All) \"/\" {5}\r\na\"b c", "a\"b c", "a\"b c", "all", '/', true, false, false },
	{ "(\\junk) NIL x", "x", "x", "junk", 0, true, false, false },
	{ "() \".\" \"a/b.c\"", "a/b.c", "a\xe2\x88\x95" "b/c", NULL, '.', true, false,
		false },
	{ "() \"\\\\\" \"a\\\\b\"", "a\\b", "a/b", NULL, '\\', true, false, false },
	{ "() \"/\" &bad", "&bad", "&bad", NULL, '/', true, false, false },
	{ "() \"/\" \"caf\xc3\xa9\"", "caf\xc3\xa9", "caf\xc3\xa9", NULL, '/', true, false,
		false },
	{ "() \"/\" ../../etc", "../../etc", "../../etc", NULL, '/', true, false, false },
	{ "() \"/\" Sent (\"CHILDINFO\" (\"SUBSCRIBED\"))", "Sent", "Sent", NULL, '/', true,
		false, false },
	{ "() \"/\" \"a\x01" "b\"", NULL },
	{ "() \"/\" {4}\r\na\r\nb", NULL },
	{ "() \"/\" {9}\r\na", NULL },
	{ "() \"/\" \"\"", NULL },
	{ "() \"ab\" x", NULL },
	{ "( \"/\" x", NULL },
	{ "\"/\" x", NULL },
	{ "()", NULL },
	{ "", NULL },
};

static void
folders(void **state)
{
	(void)state;
	for (size_t i = 0; i < COUNT_OF(lists); i++) {
		struct remote_folder f;
		bool ok = parse_list(of(lists[i].text), &f);
		if (ok != !!lists[i].name)
			fail_msg("%s", lists[i].text);
		if (!ok)
			continue;
		assert_string_equal(f.name, lists[i].name);
		assert_string_equal(f.label, lists[i].label);
		assert_true(str_equal(f.role, lists[i].role));
		assert_int_equal(f.delimiter, lists[i].delimiter);
		assert_int_equal(f.selectable, lists[i].selectable);
		assert_int_equal(f.subscribed, lists[i].subscribed);
		assert_int_equal(f.children, lists[i].children);
		free(f.name);
		free(f.label);
	}
	char *nul = str_printf("() \"/\" {%d}\r\na%cb", 3, 'x');
	nul[strlen(nul) - 2] = '\0';
	struct remote_folder f;
	assert_false(parse_list((struct slice){ nul, 15 }, &f));
	free(nul);
	struct buf long_name = { 0 };
	buf_str(&long_name, "() \"/\" ");
	for (int i = 0; i < 10000; i++)
		buf_char(&long_name, 'n');
	assert_false(parse_list((struct slice){ long_name.data, long_name.len }, &f));
	buf_done(&long_name);
}

static void
labels_back(void **state)
{
	(void)state;
	static const struct { const char *label; char delimiter; const char *name; } rows[] = {
		{ "INBOX/Sent \xc3\xa9", '.', "INBOX.Sent &AOk-" },
		{ "a\xe2\x88\x95" "b/c", '.', "a/b.c" },
		{ "a/b", '/', "a/b" },
		{ "a/b", 0, NULL },
		{ "a.b", '.', NULL },
		{ "a//b", '/', NULL },
		{ "/a", '/', NULL },
		{ "a/", '/', NULL },
		{ "", '/', NULL },
		{ "a*", '/', NULL },
		{ "a%b", '/', NULL },
		{ "a\r\nb", '/', NULL },
	};
	for (size_t i = 0; i < COUNT_OF(rows); i++) {
		char *name = parse_label_back(rows[i].label, rows[i].delimiter);
		if (!str_equal(name, rows[i].name))
			fail_msg("%s: %s", rows[i].label, name ? name : "refused");
		free(name);
	}
}

static void
counts(void **state)
{
	(void)state;
	struct remote_folder f = { 0 };
	char *name = NULL;
	assert_true(parse_status(of("\"a b\" (MESSAGES 231 UIDNEXT 44292 X (1 2) UNSEEN 0"
		" UIDVALIDITY 1 HIGHESTMODSEQ 7011231777)"), &name, &f));
	assert_string_equal(name, "a b");
	assert_true(f.has_status && f.messages == 231 && f.uidnext == 44292 &&
		f.uidvalidity == 1 && f.highestmodseq == 7011231777);
	free(name);
	static const char *const bad[] = {
		"x", "x (", "x (MESSAGES)", "x (MESSAGES -1)", "x (MESSAGES 4294967296)",
		"(MESSAGES 1)", "", "x (MESSAGES 1",
	};
	for (size_t i = 0; i < COUNT_OF(bad); i++) {
		if (parse_status(of(bad[i]), &name, &f))
			fail_msg("%s", bad[i]);
	}
}

// --- sets --------------------------------------------------------------------------------

static void
assert_uids(struct uids *uids, const char *text)
{
	struct buf out = { 0 };
	uids_sort(uids);
	for (size_t i = 0; i < uids->len; i++)
		buf_printf(&out, "%s%u", i ? " " : "", uids->items[i]);
	assert_string_equal(buf_text(&out), text);
	buf_done(&out);
	uids_done(uids);
}

static const struct {
	char kind;           // Search, Esearch, Vanished (UIDs below 100)
	const char *text, *uids; // NULL: refused
} searches[] = {
	{ 'S', "", "" },
	{ 'S', "2 84 882", "2 84 882" },
	{ 'S', "9 3 3 (MODSEQ 917162500)", "3 9" },
	{ 'S', "1 4294967297", NULL },
	{ 'S', "0", NULL },
	{ 'S', "1,2", NULL },
	{ 'E', "(TAG \"P1\") UID ALL 4:6,9", "4 5 6 9" },
	{ 'E', "(TAG \"P1\") UID", "" },
	{ 'E', "", "" },
	{ 'E', "UID MODSEQ 5 COUNT 2 ALL 7", "7" },
	{ 'E', "(TAG \"P1\") UID ALL 6:4", "4 5 6" },
	{ 'E', "(TAG \"P1\") UID ALL", NULL },
	{ 'E', "(TAG \"P1\") UID ALL 0:5", NULL },
	{ 'E', "(TAG \"P1\") UID ALL 1:4294967295", NULL },
	{ 'V', "(EARLIER) 3:5", "3 4 5" },
	{ 'V', "97:4294967295", "97 98 99" },
	{ 'V', "7,7,5", "5 7" },
	{ 'V', "", NULL },
	{ 'V', "(EARLIER)", NULL },
	{ 'V', "1:2:3", NULL },
	{ 'V', "1,,2", NULL },
	{ 'V', "-1", NULL },
};

static void
collect(void *arg, const uint32_t *uids, size_t n)
{
	assert_in_range(n, 1, 1000);
	for (size_t i = 0; i < n; i++)
		uids_add(arg, uids[i]);
}

static void
count_only(void *arg, const uint32_t *uids, size_t n)
{
	(void)uids;
	*(size_t *)arg += n;
}

// One short line is no long list.
static void
short_lines_stay_small(void **state)
{
	(void)state;
	size_t n = 0, told = 0;
	bool earlier;
	assert_false(parse_vanished(of("1:4294967295"), UINT32_MAX, &earlier, &n,
		count_only, &told));
	assert_in_range(told, PARSE_UIDS_MAX - 1000, PARSE_UIDS_MAX);
	struct uids uids = { .max = 10 };
	assert_false(parse_esearch(of("ALL 1:4294967295"), &uids));
	assert_int_equal(uids.len, 10);
	uids_done(&uids);
	struct uids from = { .max = 10 }, to = { 0 };
	uint32_t validity;
	assert_false(parse_copyuid(of("1 1:4294967295 1:4294967295"), &validity, &from, &to));
	assert_int_equal(from.len + to.len, 10);
	uids_done(&from);
	uids_done(&to);
}

static void
sets(void **state)
{
	(void)state;
	for (size_t i = 0; i < COUNT_OF(searches); i++) {
		struct uids uids = { 0 };
		bool earlier;
		size_t n = 0;
		struct slice text = of(searches[i].text);
		bool ok = searches[i].kind == 'S' ? parse_search(text, &uids) :
			searches[i].kind == 'E' ? parse_esearch(text, &uids) :
			parse_vanished(text, 100, &earlier, &n, collect, &uids);
		if (ok != !!searches[i].uids)
			fail_msg("%c %s", searches[i].kind, searches[i].text);
		if (ok)
			assert_uids(&uids, searches[i].uids);
		uids_done(&uids);
	}
}

static void
copies(void **state)
{
	(void)state;
	uint32_t validity, uid;
	struct uids from = { 0 }, to = { 0 };
	assert_true(parse_copyuid(of("38505 304,319:320 3956:3958"), &validity, &from, &to));
	assert_int_equal(validity, 38505);
	assert_int_equal(from.items[2], 320);
	assert_int_equal(to.items[2], 3958);
	static const char *const bad[] = {
		"1 1:2 5", "0 1 1", "1 1", "1 * 5", "1 1:4000000000 1:4000000000", "x",
	};
	for (size_t i = 0; i < COUNT_OF(bad); i++) {
		uids_done(&from);
		uids_done(&to);
		bool ok = parse_copyuid(of(bad[i]), &validity, &from, &to);
		// "*" is the largest number there is: one UID like another.
		if (ok && !strchr(bad[i], '*'))
			fail_msg("%s", bad[i]);
	}
	uids_done(&from);
	uids_done(&to);
	assert_true(parse_appenduid(of("38505 3955"), &validity, &uid));
	assert_int_equal(uid, 3955);
	assert_false(parse_appenduid(of("38505 3955:3956"), &validity, &uid));
	assert_false(parse_appenduid(of("38505"), &validity, &uid));
}

// --- FETCH ----------------------------------------------------------------------------------

static const struct {
	const char *text;
	bool ok;
	uint32_t uid;
	const char *flags, *body;
	uint64_t size, modseq;
} fetches[] = {
	{ "(UID 5 FLAGS (\\Seen $Junk todo \\Recent) RFC822.SIZE 5000000000 MODSEQ (12))",
		true, 5, "seen junk todo", NULL, 5000000000, 12 },
	{ "(FLAGS () UID 5)", true, 5, "", NULL, 0, 0 },
	{ "( UID 5 )", true, 5, NULL, NULL, 0, 0 },
	{ "(BODY[HEADER.FIELDS (DATE FROM)] {4}\r\nab\r\n UID 6)", true, 6, NULL, "ab\r\n",
		0, 0 },
	{ "(UID 6 BODY[1]<0> \"a\\\"b\")", true, 6, NULL, "a\"b", 0, 0 },
	{ "(UID 6 BODY[1] NIL)", true, 6, NULL, "", 0, 0 },
	{ "(UID 6 X-GM-LABELS (\"a b\" \\\\Inbox) EMAILID (M1) FLAGS (a))", true, 6, "a",
		NULL, 0, 0 },
	{ "(UID 6 FLAGS (a[b] \\*))", true, 6, "", NULL, 0, 0 },
	{ "(UID 6 INTERNALDATE \"never\")", true, 6, NULL, NULL, 0, 0 },
	{ "()", true, 0, NULL, NULL, 0, 0 },
	{ "(UID 4294967297)", false, 0, NULL, NULL, 0, 0 },
	{ "(UID 0)", false, 0, NULL, NULL, 0, 0 },
	{ "(RFC822.SIZE -1 UID 7)", false, 7, NULL, NULL, 0, 0 },
	{ "(BODY[1] \"UID 8\" FLAGS ( UID 9", false, 9, NULL, NULL, 0, 0 },
	{ "(BODY[1] {20}\r\nshort UID 9)", false, 9, NULL, NULL, 0, 0 },
	// Two strings with escapes: the second must not stand where the first did.
	{ "(UID 6 BODY[1] \"a\\\"b\" INTERNALDATE \"\\\\ and so long that whatever holds "
		"the first one has to grow and so to move away from where it was\")",
		true, 6, NULL, "a\"b", 0, 0 },
	{ "(BODY[1] \"a\\\"b\" BODY[2] \"c\\\"d\" UID 6)", true, 6, NULL, "c\"d", 0, 0 },
	// What a message holds is not what the server says of it.
	{ "(BODY[1] {7}\r\n UID 12 FLAGS ( UID 9", false, 9, NULL, NULL, 0, 0 },
	{ "(BODY[1] {7}\r\n UID 12 FLAGS (", false, 0, NULL, NULL, 0, 0 },
	{ "(UID 5 ENVELOPE (NIL", false, 5, NULL, NULL, 0, 0 },
	{ "(UID 5", false, 5, NULL, NULL, 0, 0 },
	{ "UID 5)", false, 5, NULL, NULL, 0, 0 },
	{ "", false, 0, NULL, NULL, 0, 0 },
};

static void
fetched_messages(void **state)
{
	(void)state;
	struct buf scratch = { 0 };
	for (size_t i = 0; i < COUNT_OF(fetches); i++) {
		struct fetched f;
		bool ok = parse_fetch(of(fetches[i].text), &scratch, &f);
		if (ok != fetches[i].ok || f.uid != fetches[i].uid)
			fail_msg("%s: %d, UID %u", fetches[i].text, ok, f.uid);
		if (ok) {
			struct buf flags = { 0 };
			assert_int_equal(f.has_flags, fetches[i].flags != NULL ||
				strstr(fetches[i].text, "FLAGS") != NULL);
			flags_format(&flags, &f.flags);
			if (fetches[i].flags && !strstr(fetches[i].text, "a[b]"))
				assert_string_equal(buf_text(&flags), fetches[i].flags);
			buf_done(&flags);
			assert_int_equal(f.has_body, fetches[i].body != NULL);
			if (fetches[i].body)
				assert_true(same(f.body, fetches[i].body));
			assert_int_equal(f.size, fetches[i].size);
			assert_int_equal(f.modseq, fetches[i].modseq);
		}
		fetched_done(&f);
	}
	// Deeper than anything means.
	struct buf deep = { 0 };
	buf_str(&deep, "(UID 3 BODYSTRUCTURE ");
	for (int i = 0; i < 100000; i++)
		buf_char(&deep, '(');
	struct fetched f;
	assert_false(parse_fetch((struct slice){ deep.data, deep.len }, &scratch, &f));
	assert_int_equal(f.uid, 3);
	fetched_done(&f);
	buf_done(&deep);
	buf_done(&scratch);
}

// --- BODYSTRUCTURE -------------------------------------------------------------------------

#define TEXT "(\"TEXT\" \"PLAIN\" (\"CHARSET\" \"UTF-8\") NIL NIL \"7BIT\" 12 1 NIL NIL NIL NIL)"

// Parts as "section type/subtype name size", a line each.
static const struct { const char *text, *parts; } structures[] = {
	{ TEXT, "1 text/plain - 12\n" },
	{ "(" TEXT TEXT " \"ALTERNATIVE\")",
		" multipart/alternative - 0\n1 text/plain - 12\n2 text/plain - 12\n" },
	{ "(" TEXT "(\"IMAGE\" \"PNG\" (\"NAME\" \"=?utf-8?q?=C3=A9.png?=\") \"<i@x>\" NIL"
		" \"BASE64\" 99 NIL (\"INLINE\" NIL) NIL NIL) \"RELATED\" (\"BOUNDARY\" \"b\"))",
		" multipart/related - 0\n1 text/plain - 12\n2 image/png \xc3\xa9.png 99\n" },
	{ "(\"APPLICATION\" \"PDF\" NIL NIL NIL \"BASE64\" 7 NIL (\"ATTACHMENT\""
		" (\"FILENAME*0*\" \"utf-8''a%20\" \"FILENAME*1\" \"b.pdf\")) NIL NIL)",
		"1 application/pdf a b.pdf 7\n" },
	{ "(\"MESSAGE\" \"RFC822\" NIL NIL NIL \"7BIT\" 300 (NIL \"s\" ((\"A\" NIL \"a\" \"x\"))"
		" NIL NIL NIL NIL NIL NIL \"<m@x>\") " TEXT " 9 NIL NIL NIL NIL)",
		"1 message/rfc822 s.eml 300\n1.1 text/plain - 12\n" },
	// As servers say it that were told UTF8=ACCEPT, and some others.
	{ "(\"APPLICATION\" \"PDF\" (\"NAME\" \"gr\xc3\xbc\xc3\x9f" "e.pdf\") NIL NIL"
		" \"BASE64\" 7)", "1 application/pdf gr\xc3\xbc\xc3\x9f" "e.pdf 7\n" },
	{ "(\"X\" {5}\r\nweird NIL NIL NIL \"X-UNKNOWN\" 1)", "1 x/weird - 1\n" },
	{ "(\"APPLICATION\" \"ZIP\" (\"NAME\" \"a\\\"b\r.zip\") NIL NIL \"BASE64\" 1)", NULL },
	{ "(\"TEXT\" \"PLAIN\" NIL NIL NIL \"7BIT\" 4294967296 1)", NULL },
	// Some servers do not know a size.
	{ "(\"TEXT\" \"PLAIN\" NIL NIL NIL \"7BIT\" -1 -1)", "1 text/plain - 0\n" },
	{ "(\"TEXT\" \"PLAIN\")", NULL },
	{ "(\"TEXT\"", NULL },
	{ "()", NULL },
	{ "NIL", NULL },
	{ "((((((((((()))))))))))", NULL },
};

static void
parts_add(struct buf *out, const struct part *p)
{
	buf_printf(out, "%s %s/%s %s %llu\n", p->section, p->type, p->subtype,
		p->name ? p->name : "-", (unsigned long long)p->size);
	for (size_t i = 0; i < p->n_children; i++)
		parts_add(out, p->children[i]);
}

static void
structures_as_parts(void **state)
{
	(void)state;
	for (size_t i = 0; i < COUNT_OF(structures); i++) {
		struct part *root = parse_structure(of(structures[i].text));
		if (!!root != !!structures[i].parts)
			fail_msg("%s", structures[i].text);
		if (!root)
			continue;
		struct buf out = { 0 };
		parts_add(&out, root);
		assert_string_equal(buf_text(&out), structures[i].parts);
		buf_done(&out);
		part_free(&root);
	}
}

static void
structures_are_bounded(void **state)
{
	(void)state;
	struct buf wide = { 0 }, deep = { 0 };
	buf_char(&wide, '(');
	for (int i = 0; i < 3000; i++)
		buf_str(&wide, TEXT);
	buf_str(&wide, " \"MIXED\")");
	struct part *root = parse_structure((struct slice){ wide.data, wide.len });
	assert_non_null(root);
	assert_int_equal(root->n_children + 1, PART_COUNT_MAX);
	assert_int_equal(root->left_out, 3000 + 1 - PART_COUNT_MAX);
	part_free(&root);
	for (int i = 0; i < 60; i++)
		buf_char(&deep, '(');
	buf_str(&deep, TEXT);
	for (int i = 0; i < 60; i++)
		buf_str(&deep, " \"MIXED\")");
	struct slice text = { deep.data, deep.len };
	struct scan s = scan_of(text.data, text.len);
	assert_true(scan_skip(&s));
	root = parse_structure(text);
	assert_non_null(root);
	assert_int_equal(root->left_out, 1);
	part_free(&root);
	buf_done(&deep);
	buf_done(&wide);
}

// --- whatever else there is ------------------------------------------------------------------

static void
try_file(const char *path)
{
	struct buf text = { 0 };
	if (!path_read(path, 1 << 20, &text, NULL))
		return;
	char *rest = text.data;
	struct buf scratch = { 0 };
	for (char *line; rest && (line = strsep(&rest, "\n"));) {
		struct response r;
		parse_response(&r, line, strcspn(line, "\r"));
		struct fetched f;
		parse_fetch(r.rest, &scratch, &f);
		if (f.structure.len) {
			struct part *root = parse_structure(f.structure);
			part_free(&root);
		}
		fetched_done(&f);
		struct remote_folder folder;
		if (parse_list(r.rest, &folder)) {
			free(folder.name);
			free(folder.label);
		}
	}
	buf_done(&scratch);
	buf_done(&text);
}

static size_t
try_folder(const char *path)
{
	size_t n = 0;
	DIR *dir = opendir(path);
	struct dirent *entry;
	while (dir && (entry = readdir(dir))) {
		if (entry->d_name[0] == '.')
			continue;
		char *inner = path_join(path, entry->d_name);
		n += 1;
		if (entry->d_type == DT_DIR)
			n += try_folder(inner);
		else
			try_file(inner);
		free(inner);
	}
	if (dir)
		closedir(dir);
	return n;
}

static void
a_corpus(void **state)
{
	(void)state;
	const char *corpus = getenv("POSTERN_CORPUS");
	char *path = corpus ? path_join(corpus, "../imap") : NULL;
	size_t n = path ? try_folder(path) : 0;
	free(path);
	// cmocka says "not ok # SKIP" to what skips, which counts as a failure.
	if (n == 0)
		print_message("# POSTERN_CORPUS names no folder beside which ../imap is: "
			"nothing tried\n");
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(status_lines),
		cmocka_unit_test(capabilities),
		cmocka_unit_test(folders),
		cmocka_unit_test(labels_back),
		cmocka_unit_test(counts),
		cmocka_unit_test(sets),
		cmocka_unit_test(short_lines_stay_small),
		cmocka_unit_test(copies),
		cmocka_unit_test(fetched_messages),
		cmocka_unit_test(structures_as_parts),
		cmocka_unit_test(structures_are_bounded),
		cmocka_unit_test(a_corpus),
	};
	return cmocka_run_group_tests_name("imap-parse", tests, NULL, NULL);
}
