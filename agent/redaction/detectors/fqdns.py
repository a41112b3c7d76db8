# SPDX-License-Identifier: Apache-2.0
"""Fully qualified names of machines and sites.

Rules: the last label must be a top-level domain or a common private one; words that
are also a file's ending or a key's part (mapred.job.id, run.sh) need more evidence.
Not here: single labels (`hosts_in_context.py`).
"""

from agent.redaction.detector import Digits, Found
from agent.redaction.domains import (
    AMBIGUOUS,
    REVERSED_ROOTS,
    SECOND_LEVEL,
    TOP_LEVEL,
)
from agent.redaction.escapes import blank_end

NAME = "fqdns"
CLASS = "host"
PATTERN = (
    rb"(?i:[a-z0-9_](?:[a-z0-9_-]*\.)+(?:"
    + b"|".join(sorted(TOP_LEVEL))
    + rb"|xn--[a-z0-9-]+)\b)"
)
NEEDS = (b".",)
BESIDE = 4
SPREADS = False
DIGITS = Digits.NONE

_CALLED = (b"(", b"$", b"_", b"@")
_INSIDE = (b"$", b"\\", b"-", b".", b"_", b"%")
_BEFORE = (b"://", b"//", b"@", b"www.")
_LABELS = 3


def verify(match: bytes, before: bytes, after: bytes) -> Found:
    """Accept a name under a top-level domain that is no file, class or key."""
    start = blank_end(before, match)
    labels = match[start:].lower().split(b".")
    last = labels[-1]
    if _part_of_more(b"" if start else before, after) or not labels[0]:
        return ()
    if labels[0] in REVERSED_ROOTS and len(labels) >= _LABELS and not _plain(last):
        return ()
    told = before.endswith(_BEFORE) or labels[0] == b"www"
    doubtful = last in AMBIGUOUS or _capitals(match[start:])
    if doubtful and not told and not _host_like(labels):
        return ()
    return ((start, len(match), CLASS),)


def _part_of_more(before: bytes, after: bytes) -> bool:
    """Tell whether it is called, indexed or a part of a longer name."""
    if after[:1] in _CALLED or before[-1:] in _INSIDE:
        return True
    return after[:1] == b"." and after[1:2].isalnum()


def _plain(last: bytes) -> bool:
    """Tell whether the last label ends ordinary names and no Java package."""
    return last in (b"com", b"net", b"org", b"edu", b"gov", b"local")


def _capitals(match: bytes) -> bool:
    """Tell whether a label is written like a class: CamelCase."""
    return any(
        label[:1].isupper() and not label.isupper() and not label[1:].islower()
        for label in match.split(b".")
    )


def _host_like(labels: list[bytes]) -> bool:
    """Tell whether digits, dashes or a second level speak for a machine."""
    if labels[-2].isdigit():  # libc-2.36.so
        return False
    if len(labels) >= _LABELS and labels[-2] in SECOND_LEVEL:
        return True
    if len(labels) < _LABELS:
        return b"-" in labels[0] and labels[0][-1:].isdigit()
    return any(
        b"-" in label or label[-1:].isdigit()
        for label in labels[:-1]
        if b"_" not in label
    )


HITS = (
    ("connect to mail.example.net:25", "mail.example.net"),
    ("https://intern.example.com/x", "intern.example.com"),
    ("from ws7.corp.local [x]", "ws7.corp.local"),
    ("lookup host-7.example.co.uk failed", "host-7.example.co.uk"),
    ("proxy a.example.xn--p1ai", "a.example.xn--p1ai"),
    ("goto https://example.sh/x", "example.sh"),
    (r"text\n at \tmail.example.net\n", "mail.example.net"),
    ("query[A] ws-17.internal from x", "ws-17.internal"),
)
MISSES = (
    "loaded /etc/nginx/nginx.conf and app.log",
    "org.apache.hadoop.mapred.Task started",
    "com.apple.xpc.launchd exited",
    "mapred.job.id is deprecated",
    "run.sh and setup.py and lib.rs and README.md",
    "System.IO.FileNotFoundException",
    "java.net.SocketException",
    "Started session.scope and ssh.service",
    "version 1.2.3 of foo.bar",
    "error 4 in libc-2.36.so[7f00+1b]",
    "e.g. this one",
    r"C:\tools.example.com and \\ x\new.example.net",
)
WORST = "a.a-a_a.0"
