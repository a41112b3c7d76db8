# SPDX-License-Identifier: Apache-2.0
"""E-mail addresses, also with %40 for the at sign.

Rules: units of systemd (getty@tty1.service) and files (icon@2x.png) stay.
Not here: user@host without a dot (`users_in_context.py`).
"""

from agent.redaction.detector import Found
from agent.redaction.lazily import LazyPattern

NAME = "email"
CLASS = "mail"
PATTERN = (
    rb"[A-Za-z0-9._%+\x80-\xff-]*[A-Za-z0-9_%+\x80-\xff-](?:@|%40)"
    rb"[A-Za-z0-9\x80-\xff](?:[A-Za-z0-9.\x80-\xff-]*[A-Za-z0-9\x80-\xff])?"
)
NEEDS = (b"@", b"%40")
BESIDE = 0
SPREADS = False

_NOT_DOMAINS = frozenset(
    b"service socket target mount timer slice scope device path swap automount "
    b"png jpg gif svg webp css js so conf log py jar".split()
)
_LABEL = LazyPattern(rb"[a-z\x80-\xff]{2,24}\Z|xn--[a-z0-9-]+\Z")
_LOCAL_START = LazyPattern(rb"[A-Za-z0-9_+\x80-\xff]")


def verify(match: bytes, before: bytes, after: bytes) -> Found:
    """Accept a local part, an at sign and a name with a top-level label."""
    del before, after
    at = max(match.rfind(b"@"), match.rfind(b"%40"))
    width = 1 if match[at : at + 1] == b"@" else len(b"%40")
    labels = match[at + width :].lower().split(b".")
    first = _LOCAL_START.search(match, 0, at)
    if len(labels) < 2 or labels[-1] in _NOT_DOMAINS or first is None:  # noqa: PLR2004 - a name and its top-level label
        return ()
    if not all(labels) or not _LABEL.match(labels[-1]):
        return ()
    return ((first.start(), len(match), CLASS),)


HITS = (
    ("to=<amelie.roux@example.net>,", "amelie.roux@example.net"),
    ("account amelie%40example.net opened", "amelie%40example.net"),
    ("mailto:a+tag@sub.example.co.uk.", "a+tag@sub.example.co.uk"),
    ("user=amelie@example.net", "amelie@example.net"),
    ("amelie%40example.net=b%40example.net", "amelie"),
)
MISSES = (
    "Started getty@tty1.service.",
    "icon@2x.png and pkg@1.2.3",
    "object Foo@1a2b3c",
    "@daily job, a @ b",
)
WORST = "a.a%a+a-a_a"
