# SPDX-License-Identifier: GPL-3.0-or-later
# What the tests of the servers share: servers as an object, patience, and TAP.

import imaplib
import json
import os
import ssl
import subprocess
import sys
import time
import traceback

HERE = os.path.dirname(os.path.realpath(__file__))
START = [sys.executable, "-S", os.path.join(HERE, "start-servers")]
USER = "ann@example.org"
SECONDS = 120  # reached only where something is wrong
MAIL = (b"From: Ann Example <ann@example.org>\r\nTo: ann@example.org\r\n"
        b"Subject: %s\r\nMessage-ID: <%s@example.org>\r\n\r\nHello.\r\n")


class Servers:
    """One start-servers with the given options."""

    def __init__(self, *options, before=()):
        self.process = subprocess.Popen(
            [*before, *START, *options],
            stdin=subprocess.PIPE, stdout=subprocess.PIPE)
        line = self.process.stdout.readline()
        if not line:
            raise RuntimeError("servers did not start")
        self.facts = json.loads(line)

    def __getitem__(self, key):
        return self.facts[key]

    def __enter__(self):
        return self

    def __exit__(self, *_):
        self.process.stdin.close()
        self.process.wait(SECONDS)
        self.process.stdout.close()

    def say(self, line):
        self.process.stdin.write(line.encode() + b"\n")
        self.process.stdin.flush()
        answer = self.process.stdout.readline().decode().strip()
        if answer != "ok":
            raise RuntimeError(answer)

    def tls(self):
        return ssl.create_default_context(cafile=self["ca"])

    def imap(self, user=USER):
        imap = imaplib.IMAP4_SSL("localhost", self["imaps_port"],
                                 ssl_context=self.tls(), timeout=SECONDS)
        imap.login(user, self["password"])
        return imap

    def send(self, smtp, subject, to=USER):
        smtp.login(USER, self["password"])
        text = MAIL % (subject.encode(), subject.encode())
        return smtp.sendmail(USER, [to], text)

    def processes(self):
        return [int(p) for p in os.listdir("/proc") if p.isdigit() and
                executable(p).startswith(self["folder"] + "/")]


def plain_imap(servers, user=USER):
    """On a server without TLS."""
    imap = imaplib.IMAP4("localhost", servers["imap_port"], SECONDS)
    imap.login(user, servers["password"])
    return imap


def executable(pid):
    try:
        return os.readlink("/proc/%s/exe" % pid)
    except OSError:
        return ""


def until(condition, what):
    """Waits for what no descriptor tells of: files and processes of others."""
    end = time.monotonic() + SECONDS
    while not condition():
        if time.monotonic() > end:
            raise AssertionError("waited in vain for " + what)
        time.sleep(0.01)


class Skip(Exception):
    """Raised by a test that cannot run here, with the reason."""


def need(imap):
    """Skips where the unpacked server of that name is missing."""
    if subprocess.run([*START, "--find", "--imap", imap],
                      stdout=subprocess.DEVNULL,
                      stderr=subprocess.DEVNULL).returncode == 77:
        raise Skip("%s was never fetched" % imap)


def run(names, servers=True):
    """Runs all functions of names that begin with test_, and prints TAP."""
    if servers and subprocess.run([*START, "--find"],
                                  stdout=subprocess.DEVNULL,
                                  stderr=subprocess.DEVNULL).returncode == 77:
        print("1..0 # SKIP the servers were never fetched")
        return 0
    tests = [(name, test) for name, test in names.items()
             if name.startswith("test_")]
    print("1..%d" % len(tests))
    failed = 0
    for number, (name, test) in enumerate(tests, 1):
        begin = time.monotonic()
        try:
            test()
            print("ok %d - %s" % (number, name), flush=True)
        except Skip as reason:
            print("ok %d - %s # SKIP %s" % (number, name, reason), flush=True)
        except Exception:
            failed += 1
            print("# " + traceback.format_exc().replace("\n", "\n# "))
            print("not ok %d - %s" % (number, name), flush=True)
        print("# %.2f s" % (time.monotonic() - begin), flush=True)
    return failed != 0
