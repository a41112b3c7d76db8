# SPDX-License-Identifier: Apache-2.0
"""E-mail addresses, and principals of Kerberos, which look like them.

Rules: units of systemd (getty@tty1.service) and files (icon@2x.png) stay; what stands
after a service is a machine, not a person; where a path follows, as for scp, an account
on a machine is meant, which has the stand-in that it has elsewhere.
Not here: %40 (`views.py`), user@host without a dot (`users_in_context.py`).
"""

from agent.redaction.detector import Digits, Found
from agent.redaction.escapes import blank_end
from agent.redaction.lazily import LazyPattern
from agent.redaction.wrapping import unwrapped

NAME = "email"
CLASS = "mail"
PATTERN = (
    rb"[A-Za-z0-9._%+\x80-\xff-]*[A-Za-z0-9_%+\x80-\xff-]\$?@"
    rb"[A-Za-z0-9\x80-\xff](?:[A-Za-z0-9.\x80-\xff-]*[A-Za-z0-9\x80-\xff])?"
)
NEEDS = (b"@",)
BESIDE = 12
SPREADS = False
DIGITS = Digits.NONE

_NOT_DOMAINS = frozenset(
    b"service socket target mount timer slice scope device path swap automount "
    b"png jpg gif svg webp css js so conf log py jar".split()
)
_LABEL = LazyPattern(rb"[a-z\x80-\xff]{2,24}\Z|xn--[a-z0-9-]+\Z")
_LOCAL_START = LazyPattern(rb"[A-Za-z0-9_+\x80-\xff]")
_SERVICE = LazyPattern(
    rb"(?i)(?:\A|[^a-z])(?:host|http|https|cifs|ldap|nfs|krbtgt|kadmin|imap|imaps|pop|smtp|"
    rb"ftp|dns|gc|rpc|afs|ipp|wsman|termsrv|mssqlsvc)/\Z"
)
"""Services of Kerberos, before their machine: host/ws7@CORP.EXAMPLE.NET."""
_PATH = (b":/", b":~", b":\\/")


def verify(match: bytes, before: bytes, after: bytes) -> Found:
    """Accept a local part, an at sign and a name with a top-level label."""
    at = match.rfind(b"@")
    start, end = unwrapped(match)
    start = start or blank_end(before, match)
    labels = match[at + 1 : end].lower().split(b".")
    first = _LOCAL_START.search(match, start, at)
    if len(labels) < 2 or labels[-1] in _NOT_DOMAINS or first is None:  # noqa: PLR2004 - a name and its top-level label
        return ()
    if not all(labels) or not _LABEL.match(labels[-1]):
        return ()
    if _SERVICE.search(before):
        return ((first.start(), at, "host"), (at + 1, end, "host"))
    if end == len(match) and after.startswith(_PATH):
        return ((first.start(), at, "user"), (at + 1, end, "host"))
    return ((first.start(), end, CLASS),)


HITS = (
    ("to=<amelie.roux@example.net>,", "amelie.roux@example.net"),
    ("account amelie%40example.net opened", "amelie%40example.net"),
    ("mailto:a+tag@sub.example.co.uk.", "a+tag@sub.example.co.uk"),
    ("user=amelie@example.net", "amelie@example.net"),
    ("amelie%40example.net=b%40example.net", "amelie"),
    ("ticket of WS-7$@CORP.EXAMPLE.NET", "WS-7$@CORP"),
    ("scp amelie@ws7.example.net:/srv/x .", "amelie"),
    ("scp amelie@ws7.example.net:/srv/x .", "ws7.example.net"),
)
MISSES = (
    "Started getty@tty1.service.",
    "icon@2x.png and pkg@1.2.3",
    "object Foo@1a2b3c",
    "@daily job, a @ b",
)
WORST = "a.a%a+a-a_a"
