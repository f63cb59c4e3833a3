# SPDX-License-Identifier: GPL-3.0-or-later
# Writes the configuration of a private Dovecot and lays out a copy of its
# programs that finds its own parts below a temporary folder.

import base64
import os

# What Dovecot 2.3 offers after login, so that single words can be left out.
CAPABILITIES = """
IMAP4rev1 SASL-IR LOGIN-REFERRALS ID ENABLE IDLE SORT SORT=DISPLAY
THREAD=REFERENCES THREAD=REFS THREAD=ORDEREDSUBJECT MULTIAPPEND URL-PARTIAL
CATENATE UNSELECT CHILDREN NAMESPACE UIDPLUS LIST-EXTENDED I18NLEVEL=1
CONDSTORE QRESYNC ESEARCH ESORT SEARCHRES WITHIN CONTEXT=SEARCH LIST-STATUS
BINARY MOVE SNIPPET=FUZZY PREVIEW=FUZZY PREVIEW STATUS=SIZE SAVEDATE LITERAL+
NOTIFY SPECIAL-USE
""".split()

LOCATIONS = {
    "maildir": "maildir:~/Maildir",
    "mbox": "mbox:~/mail:INBOX=~/inbox:INDEX=~/index",
    "sdbox": "sdbox:~/sdbox",
    "mdbox": "mdbox:~/mdbox",
}

ROLES = ["Drafts", "Sent", "Archive", "Junk", "Trash"]

# Debian's build has these folders compiled in. The copy gets paths of the same
# length instead, so that it runs from anywhere without being installed.
BUILT_IN = [(b"/usr/lib/dovecot", "l"), (b"/usr/bin/doveconf", "dc"),
            (b"/usr/bin/doveadm", "d")]

CONFIG = """
base_dir = {folder}/run
state_dir = {folder}/run
libexec_dir = {folder}/l
mail_plugin_dir = {folder}/l/modules
log_path = {folder}/log/dovecot
login_log_format_elements = user=<%u> method=%m %c
default_internal_user = {user}
default_internal_group = {group}
default_login_user = {user}
default_process_limit = 400
default_client_limit = 4000
default_vsz_limit = 0
stats_writer_socket_path =
protocols = {protocols}
listen = 127.0.0.1
first_valid_uid = 1
first_valid_gid = 0
auth_mechanisms = {auth}
auth_failure_delay = 0
auth_default_realm = example.org
disable_plaintext_auth = {no_plain}
ssl = {ssl}
{ssl_files}
mail_location = {location}
mail_max_userip_connections = {max_connections}
mail_fsync = never
mail_plugins = {plugins}
imap_capability = {capability}
lmtp_save_to_detail_mailbox = no
recipient_delimiter =
postmaster_address = postmaster@example.org
hostname = mail.example.org
passdb {{
  driver = passwd-file
  args = username_format=%u scheme=PLAIN {folder}/users
}}
userdb {{
  driver = static
  args = uid={uid} gid={gid} home={folder}/mail/%u
}}
namespace inbox {{
  inbox = yes
  separator = {separator}
  prefix = {prefix}
{mailboxes}
}}
service anvil {{
  chroot =
}}
service auth {{
  user = {user}
}}
service auth-worker {{
  user = {user}
}}
service stats {{
  chroot =
}}
service lmtp {{
  user = {user}
  unix_listener lmtp {{
    mode = 0600
  }}
  {lmtp_listener}
}}
service imap-login {{
  chroot =
  process_min_avail = 1
  service_count = 0
  {imap_listeners}
}}
service pop3-login {{
  chroot =
  service_count = 0
  {pop3_listeners}
}}
protocol imap {{
  mail_plugins = {imap_plugins}
}}
{extra}
"""

PUBLIC = """
namespace public {{
  type = public
  separator = {separator}
  prefix = Public{separator}
  location = maildir:{folder}/public
  subscriptions = no
  list = children
}}
plugin {{
  acl = vfile
}}
"""

RIGHTS = {"Notices": "lr", "Team": "lrswipkxte"}

QUOTA = """
plugin {{
  quota = count:User quota
  quota_rule = *:storage={kb}
  quota_vsizes = yes
}}
"""

LISTENER = """inet_listener {name} {{
    port = {port}
    {ssl}
  }}
  """


def listener(name, port, ssl=False):
    # Port 0 switches one of Dovecot's default listeners off.
    return LISTENER.format(name=name, port=port or 0,
                           ssl="ssl = yes" if ssl else "")


def copy(servers, folder):
    """Copies the programs, with the built-in paths set to folder."""
    changes = [(old, os.path.join(folder, new).encode())
               for old, new in BUILT_IN]
    changes = [(old, new + b"/" * (len(old) - len(new)))
               for old, new in changes]
    for old, new in changes:
        if len(new) != len(old):
            raise RuntimeError("%s is too long a path" % folder)

    def put(source, target):
        with open(source, "rb") as f:
            data = f.read()
        for old, new in changes:
            data = data.replace(old, new)
        with open(target, "wb") as f:
            f.write(data)
        os.chmod(target, 0o755)

    source = os.path.join(servers, "usr/lib/dovecot")
    target = os.path.join(folder, "l")
    os.makedirs(target)
    for name in os.listdir(source):
        # Of a library's three names the one that is linked to; plus programs.
        if os.path.isfile(os.path.join(source, name)) and \
                (".so" not in name or name.endswith(".so.0")):
            put(os.path.join(source, name), os.path.join(target, name))
    for sub in ("modules", "modules/settings", "modules/old-stats"):
        os.makedirs(os.path.join(target, sub))
        for name in os.listdir(os.path.join(source, sub)):
            path = os.path.join(source, sub, name)
            if os.path.isfile(path):
                put(path, os.path.join(target, sub, name))
    put(os.path.join(servers, "usr/sbin/dovecot"),
        os.path.join(folder, "dovecot"))
    put(os.path.join(servers, "usr/bin/doveconf"), os.path.join(folder, "dc"))
    put(os.path.join(servers, "usr/bin/doveadm"), os.path.join(folder, "d"))


def mailboxes(options):
    if options.no_roles:
        return ""
    return "\n".join("  mailbox %s {\n    auto = subscribe\n"
                     "    special_use = \\%s\n  }" % (name, name)
                     for name in ROLES)


def capability(options):
    if options.capability is not None:
        return options.capability
    gone = {word.upper() for word in options.without.replace(",", " ").split()}
    if not gone:
        return ""
    if "CONDSTORE" in gone:
        gone.add("QRESYNC")
    return " ".join(w for w in CAPABILITIES
                    if w.upper() not in gone)


def make_public(folder, who):
    """Lays out the shared tree, in which nothing but RIGHTS is allowed."""
    top = os.path.join(folder, "public")
    for name, rights in RIGHTS.items():
        for part in ("cur", "new", "tmp"):
            os.makedirs(os.path.join(top, "." + name, part), exist_ok=True)
        with open(os.path.join(top, "." + name, "dovecot-acl"), "w") as f:
            f.write("authenticated %s\n" % rights)
    for parent, _, files in os.walk(top):
        for path in [parent] + [os.path.join(parent, f) for f in files]:
            if os.getuid() == 0:
                os.chown(path, who.uid, who.gid)


def configure(options, folder, who, ports):
    """Writes folder/dovecot.conf and the table of users."""
    os.makedirs(os.path.join(folder, "run"), exist_ok=True)
    os.chmod(os.path.join(folder, "run"), 0o755)
    os.makedirs(os.path.join(folder, "mail"), exist_ok=True)
    with open(os.path.join(folder, "users"), "w") as f:
        for name, password in options.accounts:
            # passwd-file fields are parted by colons.
            f.write("%s:{PLAIN.b64}%s::::::\n" % (name, b64(password)))
            os.makedirs(os.path.join(folder, "mail", name), exist_ok=True)
    tls = options.tls != "off"
    plugins = [name for name, on in (("zlib", options.compress),
                                     ("acl", options.acl),
                                     ("quota", options.quota)) if on]
    imap_plugins = " ".join(["$mail_plugins"] +
                            ["imap_" + name for name in plugins])
    extra = [s.replace("=", " = ", 1) for s in options.set]
    if options.acl:
        extra.append(PUBLIC.format(folder=folder, separator=options.separator))
        make_public(folder, who)
    if options.quota:
        extra.append(QUOTA.format(kb=options.quota))
    text = CONFIG.format(
        folder=folder, user=who.user, group=who.group, uid=who.uid,
        gid=who.gid,        protocols=" ".join(p for p in ("imap", "pop3", "lmtp")
                           if p in options.services or p == "lmtp"),
        auth=options.auth, no_plain="yes" if tls else "no",
        ssl={"on": "yes", "required": "required", "off": "no"}[options.tls],
        ssl_files="ssl_cert = <%s/tls/server.pem\nssl_key = <%s/tls/server.key"
        % (folder, folder) if tls else "",
        location=LOCATIONS[options.format],
        max_connections=options.max_connections,
        plugins=" ".join(plugins),
        imap_plugins=imap_plugins, capability=capability(options),
        separator=options.separator, prefix=options.prefix,
        mailboxes=mailboxes(options),
        lmtp_listener=listener("lmtp", ports.get("lmtp")),
        imap_listeners=listener("imap", ports.get("imap")) +
        listener("imaps", ports.get("imaps"), True),
        pop3_listeners=listener("pop3", ports.get("pop3")) +
        listener("pop3s", ports.get("pop3s"), True),
        extra="\n".join(extra))
    with open(os.path.join(folder, "dovecot.conf"), "w") as f:
        f.write(text)


def b64(text):
    return base64.b64encode(text.encode()).decode()


def command(folder):
    # dovecot itself would run the doveconf of the system.
    return [os.path.join(folder, "dc"), "-c",
            os.path.join(folder, "dovecot.conf"), "-p", "-m", "master",
            "-e", os.path.join(folder, "dovecot"), "-F", "-c",
            os.path.join(folder, "dovecot.conf")]
