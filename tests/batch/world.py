# SPDX-License-Identifier: GPL-3.0-or-later
# Clients that change the same mail at random, one of them a plain one that only
# speaks IMAP, and how to see afterwards that all of them agree with the server.

import imaplib
import json
import os
import random
import re
import shlex
import subprocess

from postern import Home
from tap import SECONDS

FLAGS = ("seen", "flagged", "answered", "todo", "later")
SYSTEM = {"seen": "\\Seen", "flagged": "\\Flagged", "answered": "\\Answered",
          "deleted": "\\Deleted", "draft": "\\Draft", "forwarded": "$Forwarded"}
NAMES = ("Archive", "Work", "Later", "Work-2", "Later-2", "Deep", "Lists")
MAIL = (b"From: Bob Example <bob@example.net>\r\nTo: ann@example.org\r\n"
        b"Subject: %s\r\nMessage-ID: <%s@example.net>\r\n"
        b"Date: Sun, 22 Nov 2026 06:%02d:%02d +0000\r\n\r\nThis is %s.%s\r\n")
LINE = re.compile(rb'\(([^)]*)\) (?:"(.)"|NIL) "?([^"]*)"?$')
UID = re.compile(rb"UID (\d+)")
IN_FLAGS = re.compile(rb"FLAGS \(([^)]*)\)")


def seed_of(default=20261122):
    return int(os.environ.get("POSTERN_SEED", default))


def soak():
    return "POSTERN_SOAK" in os.environ


def mail(token, number):
    t = token.encode()
    return MAIL % (t, t, number // 60 % 60, number % 60, t,
                   b" And more." * (number * 7 % 50))


class Tally:
    """What may have become of each message, by its subject."""

    def __init__(self):
        self.most = {}       # how often it may be there
        self.killed = set()  # may be gone
        # Without UIDPLUS what was moved stays, marked, beside others' marked mail.
        self.marks_stay = False

    def made(self, token):
        self.most[token] = 1

    def doubled(self, token):
        self.most[token] = self.most.get(token, 1) + 1

    def check(self, there):
        found = {}
        for name, rows in there.items():
            for uid, (token, flags) in rows.items():
                found.setdefault(token, []).append((name, uid, *sorted(flags)))
        for token in sorted(set(self.most) | set(found)):
            at = found.get(token, [])
            least = 0 if token in self.killed else 1
            stays = [where for where in at
                     if not (self.marks_stay and "\\deleted" in where)]
            assert token in self.most, "%s was never made" % token
            assert least <= len(at) and len(stays) <= self.most[token], (
                "%s is there %d times, not %d to %d: %s" %
                (token, len(at), least, self.most[token], at))


class Plain:
    """A client that keeps nothing and says what it means at once."""

    def __init__(self, servers, seed, tally, imap=None):
        self.imap = imap or servers.imap()
        self.random = random.Random("plain %d" % seed)
        self.tally, self.made, self.log = tally, 0, []
        # Where folders are made: some servers have all of them below INBOX.
        _, found = self.imap.namespace()
        personal = re.match(rb'\(\("([^"]*)" "(.)"', found[0])
        self.prefix = personal.group(1).decode() if personal else ""
        self.separator = personal.group(2).decode() if personal else "/"

    def offers(self, word):
        """What a server tells before the login is not all that it has."""
        return word in self.imap.capability()[1][0].split()

    def name(self, word):
        return self.prefix + word

    def folders(self):
        """All that can be selected, with what it is for."""
        _, lines = self.imap.list()
        found = {}
        for line in lines:
            if line is None:
                continue
            m = LINE.search(line if isinstance(line, bytes) else line[0])
            if b"\\noselect" not in m.group(1).lower():
                found[m.group(3).decode()] = m.group(1).decode()
        return found

    def select(self, folder):
        status, exists = self.imap.select('"%s"' % folder)
        return int(exists[0]) if status == "OK" else None

    def rows(self, folder):
        """{UID: (subject, flags)}, None where the folder has gone."""
        exists = self.select(folder)
        if not exists:
            return {} if exists == 0 else None
        _, data = self.imap.uid(
            "FETCH", "1:*", "(UID FLAGS BODY.PEEK[HEADER.FIELDS (SUBJECT)])")
        found, last = {}, None
        for item in data:
            # What stands behind the literal comes as an item of its own.
            text = item[0] + b" " + item[1] if isinstance(item, tuple) else item
            if isinstance(item, tuple):
                subject = item[1].decode().split(":", 1)[1].strip()
                last = [None, subject, None]
            uid, flags = UID.search(text), IN_FLAGS.search(text)
            if last is not None:
                last[0] = int(uid.group(1)) if uid else last[0]
                last[2] = flags.group(1).decode() if flags else last[2]
                if last[0] is not None and last[2] is not None:
                    found[last[0]] = (last[1], flag_set(last[2].split()))
                    last = None
        return found

    def all(self):
        """All messages, by folders as Postern names them."""
        return {f.replace(self.separator, "/"): self.rows(f)
                for f in self.folders()}

    def say(self, *words):
        self.log.append("plain: " + " ".join(str(w) for w in words))

    def append(self, folder, token=None):
        token = token or "p%04d" % self.made
        self.made += 1
        self.tally.made(token)
        self.say("append", token, folder)
        return self.imap.append('"%s"' % folder, None, None,
                                mail(token, self.made))[0] == "OK"

    def act(self):
        """Something at random. What fails has met another's act."""
        r = self.random
        folders = sorted(self.folders())
        source, target = r.choice(folders), r.choice(folders)
        dice = r.random()
        if dice < .15:
            return self.append(source)
        if dice < .20:
            return self.rename(r.choice(folders), self.name(r.choice(NAMES)))
        if dice < .23:
            name = self.name(r.choice(NAMES))
            self.say("create", name)
            return self.imap.create('"%s"' % name)
        rows = self.rows(source)
        if not rows:
            return None
        uid = r.choice(sorted(rows))
        token = rows[uid][0]
        if dice < .60:
            return self.flag(uid, r.choice(FLAGS), r.choice("+-"), token)
        if dice < .75:
            return self.copy(uid, token, source, target)
        if dice < .90:
            return self.move(uid, token, source, target)
        if dice < .95:
            # Left so: nobody else may expunge it.
            sign = r.choice("+-")
            if sign == "-" and "\\deleted" in rows[uid][1]:
                # What a move left behind comes back.
                self.tally.doubled(token)
            return self.flag(uid, "deleted", sign, token)
        return self.expunge(uid, token, source)

    def flag(self, uid, flag, sign, token):
        self.say("flag", token, uid, sign + flag)
        return self.imap.uid("STORE", str(uid), sign + "FLAGS.SILENT",
                             "(%s)" % SYSTEM.get(flag, flag))

    def copy(self, uid, token, source, target):
        self.say("copy", token, uid, source, target)
        self.tally.doubled(token)
        return self.imap.uid("COPY", str(uid), '"%s"' % target)

    def move(self, uid, token, source, target):
        self.say("move", token, uid, source, target)
        if source == target:
            return None
        if "MOVE" in self.imap.capabilities:
            return self.imap.uid("MOVE", str(uid), '"%s"' % target)
        if self.imap.uid("COPY", str(uid), '"%s"' % target)[0] == "OK":
            self.remove(uid)
        return None

    def expunge(self, uid, token, source):
        self.say("expunge", token, uid, source)
        self.tally.killed.add(token)
        self.remove(uid)

    def remove(self, uid):
        self.imap.uid("STORE", str(uid), "+FLAGS.SILENT", "(\\Deleted)")
        imaplib.Commands.setdefault("EXPUNGE", ("SELECTED",))
        self.imap.uid("EXPUNGE", str(uid))

    def rename(self, old, new):
        if old == "INBOX" or "\\" in self.folders()[old].replace(
                "\\HasNoChildren", "").replace("\\Subscribed", ""):
            return None
        self.say("rename", old, new)
        # A folder that another has selected cannot be renamed everywhere.
        return self.imap.rename('"%s"' % old, '"%s"' % new)


def flag_set(flags):
    return frozenset(f.lower() for f in flags if f.lower() != "\\recent")


class Client:
    """Postern with a home of its own that acts at random on what it shows."""

    def __init__(self, home, name, seed, tally):
        self.home, self.name, self.tally = home, name, tally
        self.random = random.Random("%s %d" % (name, seed))
        self.made, self.log, self.told = 0, [], []
        self.owner = None

    def stay(self):
        """From now on one process is there all the time, on line."""
        self.owner = self.home.start("-e", "sync; echo ready; render -")
        while self.owner.stdout.readline() not in (b"ready\n", b""):
            pass

    def leave(self):
        if self.owner is not None:
            self.owner.communicate(b"Subject: x\n\n", 4 * SECONDS)
        self.owner = None

    def folders(self):
        return {f["folder"]: f for f in self.home.rows("folders")}

    def rows(self):
        """All rows of all folders, in an order that is the same every time."""
        names = sorted(self.folders())
        found = self.home.rows("; ".join(
            "list -n 100000 %s" % shlex.quote('folder:"%s"' % n) for n in names))
        rows = {r["id"]: r for r in found if r["folder"] in names}
        return sorted(rows.values(), key=lambda r: (r["subject"], r["folder"],
                                                    r["uid"] or 0, r["id"]))

    def act(self, n, then=""):
        """n acts in one run: off line, but for what `then` says."""
        rows, names = self.rows(), self.folders()
        commands = [c for c in (self.choose(rows, names) for _ in range(n)) if c]
        tokens = {row["id"]: row["subject"] for row in rows}
        self.log += ["%s: %s" % (self.name, re.sub(
            r"id:(\w+)", lambda m: "%s (%s)" % (m[0], tokens.get(m[1])), c))
            for c in commands]
        run = self.home.start("-e", "; ".join(commands + [then]))
        return run

    def done(self, run):
        """What was said of acts that could not be done is kept."""
        out, err = run.communicate(b"", 4 * SECONDS)
        assert run.returncode in (0, 1), (self.name, run.returncode, err)
        self.told += (out + err).decode().splitlines()

    def choose(self, rows, names):
        r, dice = self.random, self.random.random()
        folders = sorted(names)
        if dice < .03:
            head = "INBOX/" if "INBOX/Trash" in names else ""
            return "folder create %s" % (head + r.choice(NAMES))
        if dice < .07:
            old = r.choice(folders)
            if names[old]["role"] or old.endswith("INBOX"):
                return None
            head = old[:old.rfind("/") + 1]
            return "folder rename %s %s" % (old, head + r.choice(NAMES))
        if dice < .12:
            for token in {row["subject"] for row in rows}:
                self.tally.most[token] = self.tally.most.get(token, 1) + 1
            return "undo"
        if not rows:
            return None
        row = r.choice(rows)
        token, which = row["subject"], "-t id:%s" % row["id"]
        if dice < .55:
            return "mark %s %s%s" % (which, r.choice("+-"), r.choice(FLAGS))
        if dice < .75:
            return "move %s %s" % (which, r.choice(folders))
        if dice < .83:
            self.tally.doubled(token)
            # Taken back by undo it may take the last with it.
            return "copy %s %s" % (which, r.choice(folders))
        if dice < .92:
            if row["folder"].endswith("Trash"):
                return None
            return "delete " + which
        rows.remove(row)
        self.tally.killed.add(token)
        return "expunge -y " + which

    def draft(self):
        """What this client appends."""
        token = "%s%04d" % (self.name, self.made)
        self.made += 1
        row, = self.home.rows("compose -subject %s -body text" % token)
        self.home.good("draft-save -t " + row["draft"])
        self.tally.made(token)
        # Put away again by undo.
        self.tally.killed.add(token)
        self.log.append("%s: draft %s" % (self.name, token))

    def sync(self):
        self.done(self.home.start("-e", "sync"))

    def give_up(self):
        """Drops what a server refused; how much is still waiting."""
        waiting = 0
        for act in self.home.rows("pending"):
            if act["state"] == "failed":
                self.told.append("%s: %s" % (act["title"], act["error"]))
                self.home.good("pending -drop %d" % act["seq"])
            else:
                waiting += 1
        return waiting


def shown(row):
    return flag_set(SYSTEM.get(f, f) for f in row["flags"])


def compare(client, there, rows=None, folders=None):
    """The store of a client with all that the server has."""
    folders = folders or client.folders()
    here = {name: {} for name in folders}
    for row in rows if rows is not None else client.rows():
        assert row["uid"] not in here[row["folder"]], ("double row", row)
        here[row["folder"]][row["uid"]] = (row["subject"], shown(row))
    assert sorted(here) == sorted(there), (client.name, sorted(here),
                                           sorted(there))
    for name in sorted(there):
        for uid in sorted(set(here[name]) | set(there[name]), key=str):
            ours, theirs = here[name].get(uid), there[name].get(uid)
            assert ours == theirs, (
                "%s, %s, UID %s: shown is %s, the server has %s" %
                (client.name, name, uid, ours, theirs))
    for name, folder in folders.items():
        unread = sum(1 for _, flags in there[name].values()
                     if "\\seen" not in flags)
        assert (folder["total"], folder["unread"]) == (len(there[name]), unread), (
            client.name, folder, len(there[name]), unread)
    if rows is None:
        client.home.good("verify")


def settle(clients, plain):
    """Syncs all until nothing moves any more."""
    before = None
    for _ in range(12):
        waiting = 0
        for client in clients:
            client.sync()
            waiting += client.give_up()
        now = plain.all()
        if now == before and not waiting:
            return now
        before = now
    raise AssertionError("no end of changes: %s" % [
        client.home.rows("pending") for client in clients])


def open_home(servers, **changed):
    home = Home()
    home.__enter__()
    home.imap(servers, **changed)
    return home
