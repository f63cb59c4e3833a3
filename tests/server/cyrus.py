# SPDX-License-Identifier: GPL-3.0-or-later
# Lays out a private Cyrus IMAP: its programs, its libraries and a configuration
# that keeps all of it below a temporary folder.

import os
import shutil

import layout

PROGRAMS = ("sbin/cyrmaster", "lib/cyrus/bin/imapd", "lib/cyrus/bin/ctl_cyrusdb",
            "lib/cyrus/bin/idled")
ROLES = ("Drafts", "Sent", "Archive", "Junk", "Trash")

CONFIG = """
configdirectory: {folder}/conf
partition-default: {folder}/mail
defaultpartition: default
cyrus_user: {user}
admins: cyrus
servername: localhost
allowplaintext: {plain}
sasl_pwcheck_method: saslauthd
sasl_saslauthd_path: {folder}/auth
sasl_mech_list: PLAIN LOGIN
virtdomains: userid
defaultdomain: localhost
unixhierarchysep: {slash}
altnamespace: {flat}
autocreate_quota: 0
autocreate_inbox_folders: {roles}
autocreate_subscribe_folders: {roles}
{uses}
idlesocket: {folder}/conf/socket/idle
{tls}
"""

MASTER = """
START {{
  recover cmd="{folder}/s/ctl_cyrusdb -C {folder}/imapd.conf -r"
  idled cmd="{folder}/s/idled -C {folder}/imapd.conf"
}}
SERVICES {{
  imap cmd="{folder}/s/imapd -C {folder}/imapd.conf -U 100" \
listen="127.0.0.1:{imap}" prefork=1
{imaps}
}}
EVENTS {{
}}
"""

IMAPS = """  imaps cmd="{folder}/s/imapd -C {folder}/imapd.conf -s -U 100" \
listen="127.0.0.1:{imaps}" prefork=1"""


def copy(servers, folder):
    layout.copy_programs(servers, folder, PROGRAMS)
    for path in layout.libraries(servers, "libcyrus"):
        shutil.copyfile(path, os.path.join(folder, "s", os.path.basename(path)))


def configure(options, folder, who, ports):
    for name in ("conf/socket", "mail"):
        os.makedirs(os.path.join(folder, name), exist_ok=True)
    values = {
        "folder": folder, "user": who.user, "roles": "|".join(ROLES),
        "plain": "yes" if options.tls == "off" else "no",
        "slash": "no" if options.separator == "." else "yes",
        # INBOX.Work is how Cyrus had it for twenty years.
        "flat": "no" if options.prefix else "yes",
        "uses": "\n".join("xlist-%s: %s" % (r, r) for r in ROLES),
        "imap": ports["imap"], "imaps": "", "tls": "",
    }
    if options.tls != "off":
        values["tls"] = ("tls_server_cert: %s/tls/server.pem\n"
                         "tls_server_key: %s/tls/server.key" % (folder, folder))
        values["imaps"] = IMAPS.format(folder=folder, imaps=ports["imaps"])
    with open(os.path.join(folder, "imapd.conf"), "w") as f:
        f.write(CONFIG.format(**values))
    with open(os.path.join(folder, "cyrus.conf"), "w") as f:
        f.write(MASTER.format(**values))


def commands(folder, ports):
    """One program and its environment a row."""
    return [([os.path.join(folder, "s/cyrmaster"), "-D",
              "-C", os.path.join(folder, "imapd.conf"),
              "-M", os.path.join(folder, "cyrus.conf"),
              "-p", os.path.join(folder, "conf/master.pid")],
             {"LD_LIBRARY_PATH": os.path.join(folder, "s")})]


def answer(connection, accounts, who, folder):
    """What saslauthd would say: counted words come, one counted word goes."""
    words = []
    for _ in range(4):
        size = int.from_bytes(connection.read(2), "big")
        words.append(connection.read(size).decode())
    user, password, _, realm = words
    if realm and "@" not in user:
        user += "@" + realm
    said = b"OK" if accounts.get(user) == password else b"NO"
    connection.write(len(said).to_bytes(2, "big") + said)
