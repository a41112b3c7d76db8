# SPDX-License-Identifier: Apache-2.0
"""Windows security identifiers of a domain, a machine or an Entra account.

Rules: the whole is found, for an account's own last number would link it across
purposes; what every domain has (500, 512) shows in the stand-in; well-known SIDs stay.
Not here: account names (`users_in_context.py`).
"""

from agent.redaction.detector import Found

NAME = "sids"
CLASS = "sid"
PATTERN = rb"(?i:S-1-(?:5-21|12-1))(?:-[0-9]{1,10}){3,}"
NEEDS = (b"s-1-5-21-", b"s-1-12-1-")
BESIDE = 2
SPREADS = False

_ESCAPES = (b"\\t", b"\\n", b"\\r", b"\\b", b"\\f")


def verify(match: bytes, before: bytes, after: bytes) -> Found:
    """Accept what stands alone."""
    if after[:1].isalnum():
        return ()
    if before[-1:].isalnum() and not before.endswith(_ESCAPES):
        return ()
    return ((0, len(match), CLASS),)


HITS = (
    ("SID S-1-5-21-1004336348-1177238915-682003330-1001.", "1004336348-1177238915"),
    ("of S-1-5-21-1004336348-1177238915-682003330-1107:", "-1107"),
    (r"a\tS-1-5-21-1004336348-1177238915-682003330", "682003330"),
    ("S-1-12-1-111111111-222222222-333333333-444444444", "444444444"),
)
MISSES = ("S-1-5-18 and S-1-5-32-544", "S-1-5-80-12345-6789-1-2-3", "S-1-15-3-1-2-3")
WORST = "S-1-5-21-1-1"
