# SPDX-License-Identifier: Apache-2.0
"""Accounts and extensions of telephones: "Amelie" <sip:4017@host>.

Rules: an extension is a number and goes too, at its place only; the host is found by
others.
Not here: numbers to call from outside (`phones.py`).
Source: RFC 3261, addr-spec and name-addr.
"""

from agent.redaction.detector import Digits, Found
from agent.redaction.lazily import LazyPattern

NAME = "sip_accounts"
CLASS = "user"
PATTERN = rb"(?i:(?:\"[^\"\n]*\"[ ]?<?)?\bsips?:[^\s@<>\";]+@)"
NEEDS = (b"sip",)
BESIDE = 0
SPREADS = False
DIGITS = Digits.NONE

_ACCOUNT = LazyPattern(rb"(?i)(?:\"([^\"\n]*)\"[ ]?<?)?sips?:([^\s@<>\";:]+)")
_NOBODY = frozenset((b"", b"anonymous", b"unknown", b"unavailable", b"asterisk"))


def verify(match: bytes, before: bytes, after: bytes) -> Found:
    """Accept the name that is shown, and the account."""
    del before, after
    found = _ACCOUNT.match(match)
    if found is None:
        return ()
    return tuple(
        (*found.span(group), CLASS)
        for group in (1, 2)
        if found[group] is not None and found[group].lower() not in _NOBODY
    )


HITS = (
    ("from '\"4017\" <sip:4017@192.0.2.7>' failed", '"4017"'),
    ("from '\"4017\" <sip:4017@192.0.2.7>' failed", "sip:4017"),
    ("Registration from '\"4017\"sip:4018@192.0.2.7'", "4018"),
    ('From: "Amelie Roux" <sips:amelie@example.net>', "Amelie Roux"),
    ("contact sip:amelie:x@192.0.2.7:5060", "amelie"),
)
MISSES = (
    '"anonymous" <sip:anonymous@anonymous.invalid>',
    "sip: module loaded",
    'said "4017" and gossip:x@y',
)
WORST = '"sip:sip:'
