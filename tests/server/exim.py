# SPDX-License-Identifier: GPL-3.0-or-later
# Writes the configuration of a private Exim that takes submissions and hands
# them to the private Dovecot, so that what a test sends arrives like real mail.

import os
import shutil

CONFIG = r"""
exim_path = {folder}/exim4
spool_directory = {folder}/spool
log_file_path = {folder}/log/exim-%s
pid_file_path = {folder}/exim.pid
notifier_socket =
keep_environment = LD_PRELOAD : NSS_WRAPPER_PASSWD : NSS_WRAPPER_GROUP : TZ
exim_user = {uid}
exim_group = {gid}
never_users =
deliver_drop_privilege = true
primary_hostname = mail.example.org
qualify_domain = example.org
host_lookup =
rfc1413_query_timeout = 0s
message_size_limit = {size_limit}
smtp_accept_max = 200
smtp_accept_queue_per_connection = 1000
smtp_accept_max_per_connection = 5000
recipients_max = {recipients_max}
remote_max_parallel = 10
allow_utf8_domains
smtp_banner = mail.example.org ESMTP
received_header_text = Received: from ${{sender_helo_name}} by \
  $primary_hostname with $received_protocol id $message_exim_id; $tod_full
pipelining_advertise_hosts = {pipelining}
chunking_advertise_hosts = {chunking}
accept_8bitmime = {eight_bit}
smtputf8_advertise_hosts = {utf8}
dsn_advertise_hosts = *
{tls}
acl_smtp_mail = mail
acl_smtp_rcpt = rcpt
acl_smtp_data = data
domainlist here = example.org

begin acl

mail:
  deny message = 5.7.0 Authentication required
       !authenticated = *
  accept

rcpt:
  deny message = 5.7.1 Relaying is not permitted here
       !domains = +here
  defer message = 4.3.0 Try again later
       local_parts = later
  deny message = 5.1.1 No such user here
       !condition = ${{lookup{{$local_part@$domain}}lsearch{{{folder}/exim-users}}{{yes}}{{no}}}}
  accept

data:
  deny message = 5.6.0 Refused for its content
       condition = ${{if eq{{$h_X-Test-Refuse:}}{{data}}}}
  accept

begin routers

here:
  driver = accept
  domains = +here
  transport = lmtp

begin transports

lmtp:
  driver = lmtp
  socket = {folder}/run/lmtp
  batch_max = 100
  return_path_add

begin retry

* * F,2h,1s

begin authenticators

{authenticators}

{extra}
"""

TLS = r"""
tls_advertise_hosts = *
tls_certificate = {folder}/tls/server.pem
tls_privatekey = {folder}/tls/server.key
tls_on_connect_ports = {port}
"""

SECURE = "  server_advertise_condition = ${if def:tls_in_cipher}\n"

SECRET = "${lookup{%s}lsearch{FOLDER/exim-users}}"

PLAIN = r"""
plain:
  driver = plaintext
  public_name = PLAIN
  server_prompts = :
  server_condition = ${if and{{!eq{$auth3}{}} {eq{$auth3}{SECRET}}}}
  server_set_id = $auth2
""".replace("SECRET", SECRET % "$auth2")

LOGIN = r"""
login:
  driver = plaintext
  public_name = LOGIN
  server_prompts = <| Username: | Password:
  server_condition = ${if and{{!eq{$auth2}{}} {eq{$auth2}{SECRET}}}}
  server_set_id = $auth1
""".replace("SECRET", SECRET % "$auth1")

CRAM = r"""
cram:
  driver = cram_md5
  public_name = CRAM-MD5
  server_secret = ${lookup{$auth1}lsearch{FOLDER/exim-users}{$value}fail}
  server_set_id = $auth1
"""


def copy(servers, folder):
    shutil.copyfile(os.path.join(servers, "usr/sbin/exim4"),
                    os.path.join(folder, "exim4"))
    os.chmod(os.path.join(folder, "exim4"), 0o755)


def configure(options, folder, who, ports):
    os.makedirs(os.path.join(folder, "spool"), exist_ok=True)
    for table, entry in (("passwd", "%s:x:%d:%d::/:/bin/false\n"),
                         ("group", "%s:x:%.0s%d:\n")):
        with open(os.path.join(folder, "exim-" + table), "w") as f:
            f.write(entry % ("root", 0, 0))
            f.write(entry % ("Debian-exim", who.uid, who.gid))
    with open(os.path.join(folder, "exim-users"), "w") as f:
        for name, password in options.accounts:
            f.write("%s: %s\n" % (name, password))
            # As Dovecot does: a user without a domain is one of ours.
            if name.endswith("@example.org"):
                f.write("%s: %s\n" % (name.partition("@")[0], password))
    secure = options.tls != "off"
    words = options.smtp_auth.lower().split()
    authenticators = ""
    for word, text in (("plain", PLAIN), ("login", LOGIN),
                       ("cram-md5", CRAM)):
        if word in words:
            authenticators += text.replace("FOLDER", folder)
            if secure:
                authenticators += SECURE
    gone = options.smtp_without.upper().replace(",", " ").split()
    text = CONFIG.format(
        folder=folder, uid=who.uid, gid=who.gid,
        size_limit=options.size_limit, recipients_max=options.recipients_max,
        pipelining="" if "PIPELINING" in gone else "*",
        chunking="" if "CHUNKING" in gone else "*",
        utf8="" if "SMTPUTF8" in gone else "*",
        eight_bit="false" if "8BITMIME" in gone else "true",
        tls=TLS.format(folder=folder, port=ports.get("smtps", 0))
        if secure else "tls_advertise_hosts =",
        authenticators=authenticators, extra="")
    if options.exim_set:
        text = "\n".join(options.exim_set) + "\n" + text
    with open(os.path.join(folder, "exim.conf"), "w") as f:
        f.write(text)


def command(folder):
    # -bw takes the listening socket on standard input.
    return ["/bin/sh", "-c", 'exec "$@" <&3 3<&-', "sh",
            os.path.join(folder, "exim4"), "-C",
            os.path.join(folder, "exim.conf"), "-bw"]


def environment(folder):
    """Exim insists on the user that Debian's was built for; it need not exist
    on this machine, so libnss_wrapper makes it up."""
    return {"LD_PRELOAD": os.path.join(folder, "nss.so"),
            "NSS_WRAPPER_PASSWD": os.path.join(folder, "exim-passwd"),
            "NSS_WRAPPER_GROUP": os.path.join(folder, "exim-group")}
