# SPDX-License-Identifier: Apache-2.0
r"""Windows security identifiers of a domain, a machine or an Entra account.

Rules: the whole is found, for an account's own last number would link it across
purposes; what every domain has (500, 512) shows in the stand-in; well-known, logon,
service and package SIDs stay; a cut one is hidden as far as it goes; spelled in
octets (0105..., \01\05...) it is the same.
Not here: account names (`windows_fields.py`).
Source: MS-DTYP 2.4.2, Microsoft, Well-known SIDs.
"""

from agent.redaction.detector import Digits, Found
from agent.redaction.lazily import LazyPattern

NAME = "sids"
CLASS = "sid"
PATTERN = (
    rb"(?i:S-1-(?:5-21|12-1|11-96))(?:-[0-9]+)+|"
    rb"(?i:(?:0x)?010[1-5]0000000000051500[0-9a-f]+|"
    rb"\\01\\0[1-5](?:\\00){5}\\05\\15(?:\\[0-9a-f]{2})+)"
)
NEEDS = (b"s-1-5-21-", b"s-1-12-1-", b"s-1-11-96-", b"00000000000515", b"\\05\\15")
BESIDE = 2
SPREADS = False
DIGITS = Digits.MATCH

_TEXT = LazyPattern(rb"(?i)S-1-(5-21|12-1|11-96)((?:-[0-9]{1,10})+)\Z")
_OCTETS = LazyPattern(
    rb"(?i)(?:0x)?010[1-5]000000000005150{6}([0-9a-f]{8}){1,4}\Z|"
    rb"\\01\\0[1-5](?:\\00){5}\\05\\15(?:\\00){3}(?:\\[0-9a-f]{2}){4,16}\Z"
)
_NO_DOMAIN = LazyPattern(rb"-0-0-0(?:-[0-9]+)?\Z")
"""S-1-5-21-0-0-0-497 and such: claims that every domain has."""
_TELLING = 6
"""Digits from which a lone part is a domain's and not a count."""


def verify(match: bytes, before: bytes, after: bytes) -> Found:
    """Accept what is of a SID's form and not a part of a longer number."""
    del after
    text = _TEXT.match(match)
    if text is None:
        whole = _OCTETS.match(match) is not None and not before[-1:].isalnum()
        return ((0, len(match), CLASS),) if whole else ()
    parts = text[2].split(b"-")
    if _NO_DOMAIN.match(text[2]) or max(map(len, parts)) < _TELLING:
        return ()
    return ((0, len(match), CLASS),)


HITS = (
    ("SID S-1-5-21-1004336348-1177238915-682003330-1001.", "1004336348-1177238915"),
    ("of S-1-5-21-1004336348-1177238915-682003330-1107:", "-1107"),
    (r"a\tS-1-5-21-1004336348-1177238915-682003330", "682003330"),
    (r"HKU\S-1-5-21-1004336348-1177238915-682003330-1001_Classes", "682003330"),
    ("OneDrive Task-S-1-5-21-1004336348-1177238915-682003330-1001", "682003330"),
    ("x%40S-1-5-21-1004336348-1177238915-682003330-1001", "682003330"),
    ("s-1-5-21-1004336348-1177238915", "1177238915"),
    ("S-1-12-1-111111111-222222222-333333333-444444444", "444444444"),
    ("S-1-11-96-3623454863-58364-18864-2661722203-1597581903", "3623454863"),
    ("(S-1-5-21-1004336348-1177238915-682003330-1001)", "1004336348"),
    (
        "objectSid=010500000000000515000000dcf4dc3b833d2b4682a6a62800020000",
        "dcf4dc3b833d2b46",
    ),
    (r"(sid=\01\05\00\00\00\00\00\05\15\00\00\00\dc\f4\dc\3b)", r"\dc\f4"),
)
MISSES = (
    "S-1-5-18 and S-1-5-32-544",
    "S-1-5-80-12345-6789-1-2-3",
    "S-1-15-3-1-2-3 and S-1-15-2-1430448594-2639229838",
    "S-1-5-5-0-123456 and S-1-5-90-0-2 and S-1-16-12288",
    "S-1-5-21-0-0-0-497",
    "S-9-9-99-1004336348-1177238915-682003330-1001",
    "0109000000000005150000",
)
WORST = "S-1-5-21-1-1"
