# SPDX-License-Identifier: GPL-3.0-or-later
# Processes and folders that are surely gone afterwards.

import ctypes
import os
import shutil
import signal
import time

STOP_SECONDS = 2
PR_SET_PDEATHSIG = 1
PR_SET_CHILD_SUBREAPER = 36


def prctl(option, value):
    ctypes.CDLL(None, use_errno=True).prctl(option, value, 0, 0, 0)


def children():
    """All processes below this one; it is a subreaper, so none escapes."""
    below, found = {}, []
    for name in os.listdir("/proc"):
        if not name.isdigit():
            continue
        try:
            with open("/proc/%s/stat" % name) as f:
                fields = f.read().rpartition(")")[2].split()
        except OSError:
            continue
        if fields[0] != "Z":
            below.setdefault(int(fields[1]), []).append(int(name))
    queue = list(below.get(os.getpid(), []))
    while queue:
        pid = queue.pop()
        found.append(pid)
        queue += below.get(pid, [])
    return found


def program(pid):
    try:
        return os.readlink("/proc/%d/exe" % pid)
    except OSError:
        return ""


def kill_all(match):
    """Kills what runs a program for which match(path) is true, and returns
    when it is gone: a dying process still has its number. All are stopped first:
    one whose neighbour is dead would answer, say that a password is wrong."""
    killed = set()
    end = time.monotonic() + STOP_SECONDS
    while True:
        pids = [pid for pid in children() if match(program(pid))]
        for number in (signal.SIGSTOP, signal.SIGKILL):
            for pid in pids:
                try:
                    os.kill(pid, number)
                except ProcessLookupError:
                    pass
        killed.update(pids)
        reap()
        if not pids and (time.monotonic() > end or
                         not any(alive(pid) for pid in killed)):
            break
        time.sleep(0.002)


def alive(pid):
    return os.path.exists("/proc/%d" % pid)


def reap():
    while True:
        try:
            pid, _ = os.waitpid(-1, os.WNOHANG)
        except ChildProcessError:
            return
        if pid == 0:
            return


def clean(folder):
    """Removes the folder and nothing outside it; a test may have taken away
    the rights of a folder in it. What another user left there is for the
    second of the two processes."""
    for path, names, _ in os.walk(folder):
        for name in names:
            inner = os.path.join(path, name)
            try:
                if not os.path.islink(inner):
                    os.chmod(inner, 0o700)
            except OSError:
                pass
    shutil.rmtree(folder, ignore_errors=True)
