# SPDX-License-Identifier: GPL-3.0-or-later
# A link between a client and a server on loopback for tests in Python: it records,
# counts and delays, and breaks or stalls where it is told to. (C tests: proxy.h.)

import heapq
import selectors
import socket
import threading
import time

CHUNK = 1 << 18


class Session:
    """One connection. Directions are the client's: up is what it sends."""

    def __init__(self):
        self.record = []      # (b"u" or b"d", bytes), in order
        self.up = self.down = self.turns = 0
        self.answered = True  # the server has spoken since the client did

    def passed(self, up, data, keep):
        if up:
            self.turns += self.answered
            self.up += len(data)
        else:
            self.down += len(data)
        self.answered = not up
        if keep:
            self.record.append(("u" if up else "d", data))

    def answers(self):
        """Where each answer begins and ends, in bytes that went down."""
        return self._runs("d")

    def commands(self):
        return self._runs("u")

    def _runs(self, which):
        runs, at, last = [], 0, None
        for direction, data in self.record:
            if direction == which:
                if last == which:
                    runs[-1] = (runs[-1][0], at + len(data))
                else:
                    runs.append((at, at + len(data)))
                at += len(data)
            last = direction
        return runs


class End:
    """One direction of one connection."""

    def __init__(self, session, source, target, up):
        self.session, self.source, self.target = session, source, target
        self.up, self.other, self.seen, self.dead = up, None, 0, False


class Link:
    """In a with block. The rules hold for every connection from its first byte:
    cut_up, cut_down: reset after so many bytes; stall_down: hand nothing more to
    the client, but stay open; delay: seconds that a byte takes each way."""

    def __init__(self, port, keep=True, **rules):
        self.to, self.keep = port, keep
        self.listener = socket.create_server(("127.0.0.1", 0), backlog=64)
        self.port = self.listener.getsockname()[1]
        self.sessions, self.waiting, self.number = [], [], 0
        self.rule(**rules)
        self.selector = selectors.DefaultSelector()
        self.woken, self.wake = socket.socketpair()
        self.selector.register(self.listener, selectors.EVENT_READ)
        self.selector.register(self.woken, selectors.EVENT_READ)
        self.thread = threading.Thread(target=self.run, daemon=True)

    def rule(self, cut_up=None, cut_down=None, stall_down=None, delay=0):
        self.cuts = {True: cut_up, False: cut_down}
        self.stall, self.delay = stall_down, delay

    def __enter__(self):
        self.thread.start()
        return self

    def __exit__(self, *_):
        self.wake.send(b"x")
        self.thread.join()
        self.wake.close()

    def forget(self):
        self.sessions = []

    def run(self):
        while True:
            left = max(0, self.waiting[0][0] - time.monotonic()) \
                if self.waiting else None
            for key, _ in self.selector.select(left):
                if key.fileobj is self.woken:
                    self.end()
                    return
                if key.fileobj is self.listener:
                    self.accept()
                elif not key.data.dead:
                    self.take(key.data)
            while self.waiting and self.waiting[0][0] <= time.monotonic():
                _, _, end, data = heapq.heappop(self.waiting)
                self.hand_on(end, data)

    def end(self):
        for key in list(self.selector.get_map().values()):
            if isinstance(key.data, End):
                key.fileobj.close()
        self.listener.close()
        self.woken.close()
        self.selector.close()

    def accept(self):
        client = self.listener.accept()[0]
        try:
            server = socket.create_connection(("127.0.0.1", self.to))
        except OSError:
            client.close()
            return
        session = Session()
        self.sessions.append(session)
        ends = (End(session, client, server, True),
                End(session, server, client, False))
        for end, other in zip(ends, reversed(ends)):
            end.other = other
            end.source.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
            self.selector.register(end.source, selectors.EVENT_READ, end)

    def take(self, end):
        try:
            data = end.source.recv(CHUNK)
        except OSError:
            data = b""
        if data:
            end.session.passed(end.up, data, self.keep)
        if self.delay:
            self.number += 1
            heapq.heappush(self.waiting, (time.monotonic() + self.delay,
                                          self.number, end, data))
            if not data:
                self.selector.unregister(end.source)
        else:
            self.hand_on(end, data)

    def hand_on(self, end, data):
        """Empty: the end."""
        if end.dead:
            return
        cut = self.cuts[end.up]
        left = len(data) if cut is None else cut - end.seen
        end.seen += len(data)
        if not end.up and self.stall is not None:
            data = data[:max(0, self.stall - (end.seen - len(data)))]
            if end.seen > self.stall and not data:
                return
        try:
            end.target.sendall(data[:max(0, left)])
        except OSError:
            data = b""
        if not data or (cut is not None and end.seen >= cut):
            self.close(end, hard=cut is not None and end.seen >= cut)

    def close(self, end, hard):
        for one in (end, end.other):
            one.dead = True
            try:
                self.selector.unregister(one.source)
            except KeyError:
                pass
        for one in (end, end.other):
            if hard and one.source is (end.target if not end.up else end.source):
                # The client sees a reset; what it was sent before arrives.
                one.source.shutdown(socket.SHUT_RDWR) \
                    if one.source.fileno() >= 0 else None
            one.source.close()
