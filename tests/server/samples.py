# SPDX-License-Identifier: GPL-3.0-or-later
# Reads the sample mail of tests/data/demo and puts it into a mailbox as if it
# had come in during the last days, so that the demo is never stale.

import datetime
import email.utils
import glob
import imaplib
import os
import re
import ssl
import zlib

UNITS = {"d": 86400, "h": 3600, "m": 60}


def seconds(text):
    """3d2h -> seconds"""
    return sum(int(n) * UNITS[unit]
               for n, unit in re.findall(r"(\d+)([dhm])", text))


class Sample:
    """One file: mailbox, flags, date and the bytes as they are sent.

    Its first line says "X-Demo: MAILBOX; FLAGS or -; AGE; ZONE". In the text
    @DATE@ is the date of the message, @DATE-3d@ one three days earlier, and
    @ICS+3d1h@ a date in a calendar's form.
    """

    def __init__(self, path, now):
        with open(path, "rb") as f:
            first, data = f.read().split(b"\n", 1)
        fields = [s.strip() for s in
                  first.decode().removeprefix("X-Demo:").split(";")]
        self.name = os.path.basename(path)
        self.account, _, self.mailbox = fields[0].rpartition(":")
        self.flags = [] if fields[1] == "-" else fields[1].split()
        when = now - datetime.timedelta(seconds=seconds(fields[2]))
        if len(fields) > 3:
            zone = datetime.datetime.strptime(fields[3], "%z").tzinfo
            when = when.astimezone(zone)
        self.date = when
        data = re.sub(rb"@(DATE|ICS)(?:([+-])([0-9dhm]+))?@", self.dated, data)
        if data.startswith(b"Return-Path:"):
            line, data = data.split(b"\n", 1)
            data = line + (
                "\nReceived: from mx.example.net by mail.example.org with "
                "ESMTPS\n\tid %08x; %s\n" % (zlib.crc32(self.name.encode()),
                                             self.rfc5322(when))
            ).encode() + data
        self.data = data.replace(b"\n", b"\r\n")

    @staticmethod
    def rfc5322(when):
        return email.utils.format_datetime(when)

    def dated(self, found):
        form, sign, span = found.groups()
        delta = datetime.timedelta(seconds=seconds((span or b"").decode()))
        when = self.date - delta if sign == b"-" else self.date + delta
        if form == b"DATE":
            return self.rfc5322(when).encode()
        return when.astimezone(datetime.timezone.utc).strftime(
            "%Y%m%dT%H%M00Z").encode()


def read(folder, now=None):
    """All samples, oldest first, as a mailbox would have got them."""
    if now is None:
        now = datetime.datetime.now().astimezone().replace(microsecond=0)
    samples = [Sample(path, now)
               for path in glob.glob(os.path.join(folder, "*.eml"))]
    return sorted(samples, key=lambda s: s.date)


def fill(samples, user, account, facts):
    """Appends the samples of one account (as named in the files) by IMAP."""
    imap = imaplib.IMAP4_SSL(
        "localhost", facts["imaps_port"],
        ssl_context=ssl.create_default_context(cafile=facts["ca"]))
    imap.login(user, facts["password"])
    known = {"INBOX"}
    for sample in samples:
        if sample.account != account:
            continue
        if sample.mailbox not in known:
            known.add(sample.mailbox)
            imap.create(sample.mailbox)
            imap.subscribe(sample.mailbox)
        flags = "(%s)" % " ".join("\\" + f.capitalize() for f in sample.flags)
        answer, text = imap.append(sample.mailbox, flags, sample.date,
                                   sample.data)
        if answer != "OK":
            raise RuntimeError("%s: %r" % (sample.name, text))
    imap.logout()
