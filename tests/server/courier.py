# SPDX-License-Identifier: GPL-3.0-or-later
# Lays out a private Courier IMAP: its programs, and the environment that is its
# configuration.

import os

import layout

PROGRAMS = ("sbin/couriertcpd", "bin/couriertls", "bin/imapd",
            "lib/courier/courier/imaplogin")
ROLES = ("Drafts", "Sent", "Archive", "Junk", "Trash")

# As in Debian's /etc/courier/imapd, but for what waits for an installed system.
SETTINGS = {
    "IMAP_CAPABILITY": "IMAP4rev1 UIDPLUS CHILDREN NAMESPACE "
    "THREAD=ORDEREDSUBJECT THREAD=REFERENCES SORT QUOTA IDLE",
    "IMAP_KEYWORDS": "1", "IMAP_ACL": "1", "IMAP_IDLE_TIMEOUT": "1",
    "IMAP_CHECK_ALL_FOLDERS": "0", "IMAP_OBSOLETE_CLIENT": "0",
    "IMAP_UMASK": "022", "IMAP_USELOCKS": "1", "IMAP_ENHANCEDIDLE": "0",
    "IMAP_MAILBOX_SANITY_CHECK": "1", "IMAP_TRASHFOLDERNAME": "Trash",
    "IMAP_MOVE_EXPUNGE_TO_TRASH": "0", "HEADERFROM": "X-IMAP-Sender",
    "TLS_VERIFYPEER": "NONE", "MAILDIRPATH": "Maildir",
}

# The socket at which Courier asks about passwords is compiled in: as text, or as
# two constants of 16 bytes, one of which begins at the text's byte 15.
SOCKET = b"/run/courier/authdaemon/socket\0"
CHUNKS = ((0, 16), (15, 31))


def with_socket(data, path):
    new = path.encode()
    if len(new) >= len(SOCKET):
        raise RuntimeError("%s is too long a path" % path)
    new += b"\0" * (len(SOCKET) - len(new))
    if SOCKET in data:
        return data.replace(SOCKET, new)
    for begin, end in CHUNKS:
        if data.count(SOCKET[begin:end]) != 1:
            raise RuntimeError("this Courier has its socket in another form")
        data = data.replace(SOCKET[begin:end], new[begin:end])
    return data


def copy(servers, folder):
    layout.copy_programs(servers, folder, PROGRAMS)
    for path in layout.libraries(servers, "libcourierauth"):
        name = os.path.basename(path)
        with open(path, "rb") as f:
            data = f.read()
        if name == "libcourierauth.so.0":
            data = with_socket(data, os.path.join(folder, "auth"))
        with open(os.path.join(folder, "s", name), "wb") as f:
            f.write(data)


def configure(options, folder, who, ports):
    os.makedirs(os.path.join(folder, "mail"), exist_ok=True)
    for user, _ in options.accounts:
        top = os.path.join(folder, "mail", user, "Maildir")
        for name in ("", *("." + role for role in ROLES)):
            for part in ("cur", "new", "tmp"):
                os.makedirs(os.path.join(top, name, part), exist_ok=True)
            if name:
                with open(os.path.join(top, name, "maildirfolder"), "w"):
                    pass
        with open(os.path.join(top, "courierimapsubscribed"), "w") as f:
            f.write("".join("INBOX.%s\n" % role for role in ROLES))
    for table, entry in (("passwd", "courier:x:%d:%d::/:/bin/false\n"),
                         ("group", "courier:x:%.0s%d:\n")):
        with open(os.path.join(folder, "courier-" + table), "w") as f:
            f.write(entry % (who.uid, who.gid))
    if options.tls != "off":
        with open(os.path.join(folder, "tls/both.pem"), "w") as both:
            for part in ("server.key", "server.pem"):
                with open(os.path.join(folder, "tls", part)) as f:
                    both.write(f.read())


def commands(folder, ports):
    """One program and its environment a row."""
    def path(name):
        return os.path.join(folder, "s", name)

    def environment(tls):
        settings = dict(SETTINGS)
        secure = settings["IMAP_CAPABILITY"] + " AUTH=PLAIN"
        # STARTTLS becomes a user who need not exist here.
        settings.update(
            LD_PRELOAD=os.path.join(folder, "nss.so"),
            NSS_WRAPPER_PASSWD=os.path.join(folder, "courier-passwd"),
            NSS_WRAPPER_GROUP=os.path.join(folder, "courier-group"),
            LD_LIBRARY_PATH=os.path.join(folder, "s"),
            COURIERTLS=path("couriertls"),
            TLS_CERTFILE=os.path.join(folder, "tls/both.pem"),
            IMAP_CAPABILITY_TLS=secure)
        if tls:
            settings.update(IMAP_TLS="1")
        elif "imaps" in ports:
            settings.update(IMAP_STARTTLS="YES", IMAP_TLS_REQUIRED="1")
        return settings

    login = [path("imaplogin"), path("imapd"), "Maildir"]
    rows = []
    for name, before in (("imap", []),
                         ("imaps", [path("couriertls"), "-server", "-tcpd"])):
        if name in ports:
            rows.append(([path("couriertcpd"), "-address=127.0.0.1",
                          "-maxprocs=100", "-maxperip=100", "-nodnslookup",
                          "-noidentlookup", str(ports[name]), *before, *login],
                         environment(name == "imaps")))
    return rows


def answer(connection, accounts, who, folder):
    """What authdaemond would say: where the client is, AUTH and a count; then
    service, kind, user and password as lines."""
    line = connection.readline()
    while line.startswith(b"TCPREMOTE"):
        line = connection.readline()
    words = line.split()
    if len(words) != 2 or words[0] != b"AUTH":
        connection.write(b"FAIL\n")
        return
    _, kind, user, password, *_ = connection.read(int(words[1])).decode().split(
        "\n") + [""] * 4
    if kind != "login" or accounts.get(user) != password:
        connection.write(b"FAIL\n")
        return
    # USERNAME would be one of the machine's users.
    connection.write(("UID=%d\nGID=%d\nHOME=%s\nADDRESS=%s\n.\n" % (
        who.uid, who.gid, os.path.join(folder, "mail", user), user)).encode())
