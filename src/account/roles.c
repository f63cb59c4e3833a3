// SPDX-License-Identifier: GPL-3.0-or-later
// Roles are given in three rounds, the surest word first; a role that one round
// has given is not given again by the next.
#include "config.h"

#include "account/roles.h"

#include "account/account.h"
#include "base/str.h"
#include "base/utf8.h"
#include "remote/remote.h"
#include "store/folders.h"

#include <stdbool.h>
#include <stdlib.h>
#include <string.h>

// Folded as utf8_fold does. What Thunderbird, Outlook, Apple Mail and web mail
// make in the languages that are met most; the first that is there wins.
static const struct {
	enum folder_role role;
	const char *names;    // ';' between
} usual[] = {
	{ ROLE_SENT, "sent;sent mail;sent items;sent messages;gesendet;"
		"gesendete objekte;gesendete elemente;envoyés;"
		"éléments envoyés;messages envoyés;enviados;"
		"elementos enviados;itens enviados;inviati;posta inviata;"
		"verzonden;verzonden items;skickat;sendt;lähetetyt;"
		"wysłane;odeslané;elküldött;отправленные;已发送;送信済み" },
	{ ROLE_DRAFTS, "drafts;draft;entwürfe;brouillons;borradores;"
		"rascunhos;bozze;concepten;utkast;kladder;luonnokset;"
		"szkice;koncepty;piszkozatok;черновики;草稿;下書き" },
	{ ROLE_TRASH, "trash;deleted items;deleted messages;deleted;bin;"
		"papierkorb;gelöschte objekte;gelöschte elemente;corbeille;"
		"éléments supprimés;papelera;elementos eliminados;lixeira;"
		"lixo;cestino;posta eliminata;prullenbak;papperskorgen;"
		"papirkurv;roskakori;kosz;koš;kuka;корзина;удаленные;"
		"已删除;ゴミ箱" },
	{ ROLE_JUNK, "junk;spam;junk e-mail;junk email;bulk mail;"
		"junk-e-mail;spamverdacht;unerwünscht;courrier indésirable;"
		"indésirables;correo no deseado;lixo eletrônico;"
		"posta indesiderata;ongewenste e-mail;skräppost;søppelpost;"
		"roskaposti;wiadomości-śmieci;nevyžádaná pošta;спам;"
		"垃圾邮件;迷惑メール" },
	{ ROLE_ARCHIVE, "archive;archives;archiv;archivo;arquivo;archivio;"
		"archief;arkiv;arkisto;archiwum;архив;归档;アーカイブ" },
	{ ROLE_ALL, "all mail;alle nachrichten;tous les messages;todos" },
	{ ROLE_FLAGGED, "starred;flagged" },
};

static const char *
last_level(const char *name)
{
	const char *slash = strrchr(name, '/');

	return slash != NULL ? slash + 1 : name;
}

static void
give(struct folder *f, enum folder_role role, bool *given)
{
	if (given[role] || f->role != ROLE_NONE ||
	    (f->attributes & FOLDER_NOSELECT))
		return;
	f->role = role;
	given[role] = true;
}

static void
give_by_settings(struct folder *folders, size_t n,
	const struct account_settings *settings, bool *given)
{
	for (int role = 1; role < ROLE_COUNT; role++) {
		const char *name = settings->role_names[role];
		for (size_t i = 0; name != NULL && i < n; i++)
			if (str_equal_nocase(folders[i].name, name))
				give(&folders[i], (enum folder_role)role, given);
	}
}

// Folders of the top level and right below INBOX come before deeper ones: a
// "lists/archive" is no archive when there is an "Archive".
static void
give_by_name(struct folder *folders, size_t n, enum folder_role role,
	const char *name, bool *given)
{
	for (int deep = 0; deep < 2; deep++) {
		for (size_t i = 0; i < n; i++) {
			const char *last = last_level(folders[i].name);
			char *folded = utf8_fold(last);
			bool same = str_equal(folded, name);
			free(folded);
			bool top = last == folders[i].name ||
				str_has_prefix_nocase(folders[i].name, "INBOX/") ||
				folders[i].name[0] == '[';
			if (same && (deep == 1 || top))
				give(&folders[i], role, given);
		}
	}
}

void
roles_assign(struct folder *folders, const struct remote_folders *told,
	const struct account_settings *settings)
{
	bool given[ROLE_COUNT] = { false };
	size_t n = told->len;

	for (size_t i = 0; i < n; i++)
		if (str_equal_nocase(folders[i].name, "INBOX"))
			give(&folders[i], ROLE_INBOX, given);
	if (settings != NULL)
		give_by_settings(folders, n, settings, given);
	for (size_t i = 0; i < n; i++)
		if (told->items[i].role != NULL)
			give(&folders[i],
				folder_role_from_name(told->items[i].role), given);
	for (size_t r = 0; r < sizeof(usual) / sizeof(usual[0]); r++) {
		struct strlist names = {0};
		// Where labels are folders, one of that name is a label like others:
		// what is archived there stays where all mail is.
		if (usual[r].role == ROLE_ARCHIVE && n > 0 &&
		    folders[0].attributes & FOLDER_LABELS)
			continue;
		strlist_split(&names, usual[r].names, ';');
		for (size_t i = 0; i < names.len && !given[usual[r].role]; i++) {
			char *folded = utf8_fold(names.items[i]);
			give_by_name(folders, n, usual[r].role, folded, given);
			free(folded);
		}
		strlist_done(&names);
	}
}

enum folder_role
roles_of_name(const char *name, const struct account_settings *settings)
{
	struct remote_folder untold = {0};
	struct remote_folders told = { .items = &untold, .len = 1 };
	char *copy = str_dup(name);
	struct folder folder = { .name = copy };

	roles_assign(&folder, &told, settings);
	free(copy);
	return folder.role;
}
