# SPDX-License-Identifier: GPL-3.0-or-later
# The private servers (Dovecot or another for IMAP, and Exim) as one object: set up,
# start, stop, kill.

import fcntl
import grp
import json
import os
import pwd
import shutil
import signal
import socket
import time

import certificate
import courier
import cyrus
import dovecot
import exim
from process import (PR_SET_PDEATHSIG, STOP_SECONDS, alive, children, kill_all,
                     prctl, program, reap)

READY_SECONDS = 120
PORTS = {"imap": ("imap", "imaps"), "pop3": ("pop3", "pop3s"),
         "lmtp": ("lmtp",), "smtp": ("smtp", "smtps")}
# Others than Dovecot, which do IMAP only, with what answers them for passwords.
OTHERS = {"cyrus": cyrus, "courier": courier}
IMPLICIT_TLS = ("imaps", "pop3s", "smtps")


class Failure(Exception):
    pass


class Who:
    """The unprivileged user that the servers run as."""

    def __init__(self):
        self.uid, self.gid = os.getuid(), os.getgid()
        if self.uid == 0:
            try:
                entry = pwd.getpwnam("nobody")
                self.uid, self.gid = entry.pw_uid, entry.pw_gid
            except KeyError:
                self.uid = self.gid = 65534
        try:
            self.user = pwd.getpwuid(self.uid).pw_name
            self.group = grp.getgrgid(self.gid).gr_name
        except KeyError:
            # Dovecot takes users by name only.
            raise Failure("uid %d or gid %d has no name" %
                          (self.uid, self.gid)) from None

    def become(self):
        if os.getuid() == 0:
            os.setgroups([])
            os.setresgid(self.gid, self.gid, self.gid)
            os.setresuid(self.uid, self.uid, self.uid)


class Servers:
    def __init__(self, options, servers, folder, who):
        self.options, self.folder, self.who = options, folder, who
        self.guards, self.ports = {}, {}
        self.begun = []  # what the server that starts now consists of
        self.servers = servers
        self.other = OTHERS.get(options.imap)

    def path(self, *names):
        return os.path.join(self.folder, *names)

    def prepare(self):
        """What still needs the rights of the caller: reading the servers."""
        if self.other:
            self.other.copy(self.servers, self.folder)
        else:
            dovecot.copy(self.servers, self.folder)
            exim.copy(self.servers, self.folder)
        lib = os.path.join(self.servers, "usr/lib")
        for folder, _, names in os.walk(lib):
            if "libnss_wrapper.so" in names:
                shutil.copyfile(os.path.join(folder, "libnss_wrapper.so"),
                                self.path("nss.so"))
        if self.options.tls != "off" and self.options.certificate == "good":
            kept = certificate.kept(self.servers)
            if kept:
                shutil.copytree(kept, self.path("tls"))
        os.makedirs(self.path("log"))
        os.makedirs(self.path("mail"))
        for item in self.options.home:
            name, home = item.split("=", 1)
            os.symlink(os.path.realpath(home), self.path("mail", name))
            if os.getuid() == 0:
                self.give(os.path.realpath(home))
        if os.getuid() == 0:
            self.give(self.folder)

    def give(self, top):
        os.chown(top, self.who.uid, self.who.gid)
        for folder, folders, files in os.walk(top):
            for name in folders + files:
                os.lchown(os.path.join(folder, name), self.who.uid,
                          self.who.gid)

    def reserve(self):
        """Holds each port with a socket that never listens: a server may bind
        it beside us, as often as it is restarted, and nobody else can."""
        names = [n for s in self.options.services for n in PORTS[s]]
        if self.options.tls == "off":
            names = [n for n in names if n not in IMPLICIT_TLS]
        for name in names:
            self.guards[name] = self.bound(0)
            self.ports[name] = self.guards[name].getsockname()[1]

    @staticmethod
    def bound(port):
        s = socket.socket(socket.AF_INET, socket.SOCK_STREAM)
        # Not all servers know the first; the second will do for one of them.
        s.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEPORT, 1)
        s.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        s.bind(("127.0.0.1", port))
        return s

    def certify(self, kind):
        folder = self.path("tls")
        if not os.path.isdir(folder):
            os.makedirs(folder)
            certificate.authority(folder)
        certificate.server(folder, kind)

    def configure(self):
        if self.options.tls != "off" and \
                not os.path.isdir(self.path("tls")):
            self.certify(self.options.certificate)
        if self.other:
            self.other.configure(self.options, self.folder, self.who,
                                 self.ports)
            return
        dovecot.configure(self.options, self.folder, self.who, self.ports)
        exim.configure(self.options, self.folder, self.who, self.ports)

    def names(self):
        names = [self.options.imap]
        if "smtp" in self.options.services:
            names.append("exim")
        return names

    def spawn(self, argv, sockets, environment):
        """Runs argv in a session of its own with the sockets as descriptors
        from 3 on, announced as systemd would."""
        pid = os.fork()
        if pid != 0:
            self.begun.append(pid)
            return
        try:
            log = os.open(self.path("log", "output"),
                          os.O_WRONLY | os.O_CREAT | os.O_APPEND, 0o600)
            null = os.open("/dev/null", os.O_RDONLY)
            high = [fcntl.fcntl(fd, fcntl.F_DUPFD_CLOEXEC, 100)
                    for fd in (null, log, log, *(s.fileno() for s in sockets))]
            for number, fd in enumerate(high):
                os.dup2(fd, number)
            os.setsid()
            prctl(PR_SET_PDEATHSIG, signal.SIGKILL)
            for number in (signal.SIGTERM, signal.SIGINT, signal.SIGHUP,
                           signal.SIGCHLD, signal.SIGPIPE):
                signal.signal(number, signal.SIG_DFL)
            os.chdir(self.folder)
            os.execve(argv[0], argv, dict(
                environment, PATH="/usr/bin:/bin", TZ="UTC",
                LISTEN_PID=str(os.getpid()), LISTEN_FDS=str(len(sockets))))
        finally:
            os._exit(127)

    def listen(self, name):
        s = self.bound(self.ports[name])
        s.listen(512)
        return s

    def start(self, name):
        sockets, self.begun = [], []
        if self.other:
            for argv, environment in self.other.commands(self.folder,
                                                         self.ports):
                self.spawn(argv, [], environment)
        elif name == "dovecot":
            # Left by a kill; its number may be another's by now.
            if os.path.exists(self.path("run", "master.pid")):
                os.unlink(self.path("run", "master.pid"))
            self.unlock()
            sockets = [self.listen(p) for p in self.ports
                       if p not in PORTS["smtp"]]
            self.spawn(dovecot.command(self.folder), sockets, {})
        else:
            sockets = [self.listen(p) for p in PORTS["smtp"]
                       if p in self.ports]
            for s in sockets:
                self.spawn(exim.command(self.folder), [s],
                           exim.environment(self.folder))
        for s in sockets:
            s.close()
        self.wait(name)

    def unlock(self):
        """Dovecot waits minutes for the locks of processes that were killed."""
        for folder, _, names in os.walk(self.path("mail")):
            for name in names:
                if name.endswith(".lock"):
                    os.unlink(os.path.join(folder, name))

    def answer_passwords(self):
        """A process that stands in for the daemon which a server asks."""
        listener = socket.socket(socket.AF_UNIX)
        listener.bind(self.path("auth"))
        listener.listen(64)
        if os.fork() != 0:
            listener.close()
            return
        try:
            prctl(PR_SET_PDEATHSIG, signal.SIGKILL)
            null = os.open("/dev/null", os.O_RDWR)
            os.dup2(null, 0)
            os.dup2(null, 1)
            while True:
                asks = listener.accept()[0]
                try:
                    with asks, asks.makefile("rwb", buffering=0) as connection:
                        self.other.answer(connection,
                                          dict(self.options.accounts),
                                          self.who, self.folder)
                except (OSError, ValueError):
                    continue
        finally:
            os._exit(1)

    def mine(self, name):
        """Tells the programs of one server from those of the other."""
        mail = self.path("exim4")
        if name == "exim":
            return lambda path: path.startswith(mail)
        return lambda path: path.startswith(self.folder + "/") and \
            not path.startswith(mail)

    def kill(self, name):
        kill_all(self.mine(name))

    def stop(self, name):
        match = self.mine(name)
        pids = [pid for pid in children() if match(program(pid))]
        for pid in pids:
            try:
                os.kill(pid, signal.SIGTERM)
            except ProcessLookupError:
                pass
        end = time.monotonic() + STOP_SECONDS
        while time.monotonic() < end and any(alive(pid) for pid in pids):
            time.sleep(0.002)
            reap()
        self.kill(name)

    def wait(self, name):
        """Returns when each port of the server greets."""
        for port in self.ports:
            if (port in PORTS["smtp"]) != (name == "exim"):
                continue
            end = time.monotonic() + READY_SECONDS
            while not self.greets(port):
                reap()
                if not any(alive(pid) for pid in self.begun) or \
                        time.monotonic() > end:
                    raise Failure("%s does not start:\n%s"
                                  % (name, self.logs()))
                time.sleep(0.005)
        lmtp = self.path("run", "lmtp")
        while name == "dovecot" and not os.path.exists(lmtp):
            time.sleep(0.005)

    def greets(self, port):
        try:
            with socket.create_connection(("127.0.0.1", self.ports[port]),
                                          1) as s:
                if port in IMPLICIT_TLS:
                    return True
                s.settimeout(READY_SECONDS)
                return bool(s.recv(512))
        except OSError:
            return False

    def logs(self):
        text = ""
        for name in sorted(os.listdir(self.path("log"))):
            with open(self.path("log", name), errors="replace") as f:
                text += "".join("%s: %s" % (name, line)
                                for line in f.readlines()[-20:])
        return text

    def describe(self):
        facts = {"host": "localhost", "folder": self.folder,
                 "mail": self.path("mail"), "log": self.path("log"),
                 "user": self.options.accounts[0][0],
                 "password": self.options.accounts[0][1],
                 "uid": self.who.uid, "gid": self.who.gid,
                 "pid": os.getpid()}
        if not self.other:
            facts["lmtp_socket"] = self.path("run", "lmtp")
            facts["doveadm"] = self.path("doveadm")
        if self.options.tls != "off":
            facts["ca"] = self.path("tls", "ca.pem")
        for name, port in self.ports.items():
            facts[name + "_port"] = port
        if self.options.sh:
            return "".join("%s=%s\n" % item for item in facts.items()) + "\n"
        facts["users"] = dict(self.options.accounts)
        return json.dumps(facts) + "\n"

    def run(self):
        self.reserve()
        self.configure()
        if self.other:
            self.answer_passwords()
        with open(self.path("doveadm"), "w") as f:
            f.write("#!/bin/sh\nexec %s -c %s \"$@\"\n" % (
                self.path("d"), self.path("dovecot.conf")))
        os.chmod(self.path("doveadm"), 0o755)
        for name in self.names():
            self.start(name)

    def obey(self, line):
        words = line.split()
        if len(words) == 2 and words[0] == "certificate" and \
                words[1] in certificate.KINDS:
            self.certify(words[1])
            words = ["restart", "all"]
        if len(words) != 2 or words[0] not in ("stop", "kill", "start",
                                               "restart"):
            raise Failure("not a command: " + line)
        for name in self.names() if words[1] == "all" else words[1:]:
            if name not in self.names():
                raise Failure("no such server: " + name)
            if words[0] == "restart":
                self.stop(name)
                self.start(name)
            else:
                getattr(self, words[0])(name)
