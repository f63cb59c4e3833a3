# SPDX-License-Identifier: GPL-3.0-or-later
# What the batch tests share: a home of Postern's own, its configuration, and
# runs of the program.

import json
import os
import shutil
import subprocess
import sys
import tempfile

sys.dont_write_bytecode = True
HERE = os.path.dirname(os.path.realpath(__file__))
sys.path.insert(0, os.path.join(HERE, "..", "server"))
from tap import SECONDS, USER  # noqa: E402

PROGRAM = os.path.join(os.path.abspath(os.environ.get("top_builddir", ".")),
                       "tests/batch/postern-batch")
POP_USER = "ann-pop@example.org"


def quoted(user):
    return user.replace("@", "%40")


class Result:
    def __init__(self, process, out, err):
        self.status = process.returncode
        self.data, self.out, self.err = out, out.decode(), err.decode()

    def rows(self):
        return [json.loads(line) for line in self.out.splitlines()]


class Home:
    """A folder for --home; gone at the end of the with block."""

    def __enter__(self):
        self.folder = tempfile.mkdtemp(prefix="postern-batch-")
        return self

    def __exit__(self, *_):
        shutil.rmtree(self.folder, ignore_errors=True)

    def path(self, *names):
        return os.path.join(self.folder, *names)

    def write(self, name, text):
        path = self.path(name)
        os.makedirs(os.path.dirname(path), mode=0o700, exist_ok=True)
        with open(path, "w") as f:
            f.write(text)
        os.chmod(path, 0o600)
        return path

    def configure(self, text):
        return self.write("config/config", text)

    def add(self, text):
        with open(self.path("config/config"), "a") as f:
            f.write(text)

    def imap(self, servers, name="home", more="", **changed):
        """The configuration of an account on the private servers."""
        values = {"user": USER, "host": "localhost", "scheme": "imaps",
                  "port": fact(servers, "imaps_port"), "password": "secret"}
        values.update(changed)
        self.configure(account(servers, name, values, more))

    def pop3(self, servers, more="", **changed):
        values = {"user": POP_USER, "host": "localhost", "scheme": "pop3s",
                  "port": servers["pop3s_port"], "password": "secret"}
        values.update(changed)
        self.configure(account(servers, "pop", values, more))

    def arguments(self, *more):
        return [PROGRAM, "--home", self.folder, *more]

    def start(self, *more, **options):
        return subprocess.Popen(self.arguments(*more), stdin=subprocess.PIPE,
                                stdout=subprocess.PIPE,
                                stderr=subprocess.PIPE, **options)

    def run(self, *more, stdin=b"", **options):
        process = self.start(*more, **options)
        try:
            out, err = process.communicate(stdin, 4 * SECONDS)
        except subprocess.TimeoutExpired:
            process.kill()
            raise AssertionError("no end of: " + " ".join(more))
        return Result(process, out, err)

    def good(self, commands, **options):
        """Commands that must be done."""
        r = self.run("-e", commands, **options)
        assert r.status == 0, (commands, r.status, r.out, r.err)
        return r

    def fails(self, commands, *words, **options):
        """Commands that must fail, with these words in one line of error."""
        r = self.run("-e", commands, **options)
        assert r.status == 1, (commands, r.status, r.out, r.err)
        for word in words:
            assert word in r.err, (word, r.err)
        return r

    def rows(self, commands, **options):
        r = self.run("--json", "-e", commands, **options)
        assert r.status == 0, (commands, r.status, r.out, r.err)
        return r.rows()

    def list(self, query=""):
        return self.rows("list " + query)


def fact(servers, name):
    """Not every server has everything; what is not asked may be anything."""
    try:
        return servers[name]
    except KeyError:
        return "1"


def account(servers, name, values, more=""):
    return """account %s {
    set address "Ann Example <%s>"
    set incoming %s://%s@%s:%s
    set outgoing smtps://%s@localhost:%s
    set password-command "echo %s"
    set tls-ca %s
    %s
}
""" % (name, values["user"], values["scheme"], quoted(values["user"]),
       values["host"], values["port"], quoted(USER),
       fact(servers, "smtps_port"),
       values["password"], fact(servers, "ca"),
       more)
