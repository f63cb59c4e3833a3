# SPDX-License-Identifier: GPL-3.0-or-later
# Makes a throw-away certificate authority and one server certificate, good or
# wrong in one stated way, so that clients can be tested with real verification.

import os
import shutil
import subprocess
import tempfile

# How a server's certificate may be wrong: (names, from, to, who signs).
# Dates are GeneralizedTime, fixed, so that no test depends on the clock.
GOOD = ("DNS:localhost,IP:127.0.0.1,IP:::1", "20200101000000Z",
        "20991231235959Z", "ca")
KINDS = {
    "good": GOOD,
    "fresh": GOOD,  # made for this start, see kept()
    "expired": (GOOD[0], "20200101000000Z", "20200201000000Z", "ca"),
    "future": (GOOD[0], "20980101000000Z", GOOD[2], "ca"),
    "wrong-host": ("DNS:elsewhere.example.net", GOOD[1], GOOD[2], "ca"),
    "self-signed": (GOOD[0], GOOD[1], GOOD[2], "self"),
    "other-ca": (GOOD[0], GOOD[1], GOOD[2], "other"),
}

CONFIG = """
[req]
distinguished_name = name
prompt = no
[name]
CN = {name}
[ca]
default_ca = this
[this]
database = {folder}/index
new_certs_dir = {folder}
rand_serial = yes
default_md = sha256
policy = any
unique_subject = no
[any]
commonName = supplied
[authority]
basicConstraints = critical,CA:true
keyUsage = critical,keyCertSign,cRLSign
subjectKeyIdentifier = hash
[server]
basicConstraints = critical,CA:false
keyUsage = critical,digitalSignature
extendedKeyUsage = serverAuth
subjectKeyIdentifier = hash
subjectAltName = {names}
"""


def openssl(*arguments):
    run = subprocess.run(["openssl", *arguments], stdin=subprocess.DEVNULL,
                         stdout=subprocess.PIPE, stderr=subprocess.STDOUT)
    if run.returncode != 0:
        raise RuntimeError("openssl %s: %s" % (
            arguments[0], run.stdout.decode(errors="replace").strip()))


def issue(folder, who, name, names, begin, end, section, signer):
    """Makes who.key and who.pem in folder; signer None: signs itself."""
    path = os.path.join(folder, who)
    with open(path + ".conf", "w") as f:
        f.write(CONFIG.format(name=name, names=names, folder=folder))
    open(os.path.join(folder, "index"), "a").close()
    openssl("req", "-new", "-config", path + ".conf", "-newkey", "ec",
            "-pkeyopt", "ec_paramgen_curve:P-256", "-nodes",
            "-keyout", path + ".key", "-out", path + ".req")
    by = ["-selfsign", "-keyfile", path + ".key"]
    if signer:
        signer = os.path.join(folder, signer)
        by = ["-cert", signer + ".pem", "-keyfile", signer + ".key"]
    openssl("ca", "-batch", "-notext", "-config", path + ".conf",
            "-startdate", begin, "-enddate", end, "-extensions", section,
            "-in", path + ".req", "-out", path + ".pem", *by)


def authority(folder, who="ca"):
    issue(folder, who, "Postern test authority " + who, GOOD[0], GOOD[1],
          GOOD[2], "authority", None)
    return os.path.join(folder, who + ".pem")


def server(folder, kind):
    """Makes server.key and server.pem of the given kind below the authority."""
    names, begin, end, signer = KINDS[kind]
    if signer == "other":
        authority(folder, "other")
    issue(folder, "server", "localhost", names, begin, end, "server",
          None if signer == "self" else signer)


def kept(servers):
    """An authority and a good certificate, made by the first who asks, for all who
    test with these servers: the making is a tenth of what a start costs. None where
    they cannot be kept."""
    path = os.path.join(servers, "tls")
    if os.path.isdir(path):
        return path if os.access(path, os.R_OK | os.X_OK) else None
    try:
        made = tempfile.mkdtemp(prefix="tls.", dir=servers)
    except OSError:
        return None
    authority(made)
    server(made, "good")
    try:
        os.rename(made, path)
    except OSError:
        # Another was first.
        shutil.rmtree(made)
    return path
