# SPDX-License-Identifier: Apache-2.0
"""Bank account numbers: a country's length, and the remainder of 97.

Rules: removed, never given a pseudonym; grouped by spaces or dashes, in one case.
Not here: payment cards (`credit_cards.py`).
Source: ISO 13616, the registry's lengths.
"""

from agent.redaction.check_digits import remainder_97
from agent.redaction.detector import Found
from agent.redaction.escapes import LONGEST, escape_end
from agent.redaction.lazily import LazyPattern

NAME = "ibans"
CLASS = "iban"

_LENGTHS_TEXT = """
AD24 AE23 AL28 AT20 AZ28 BA20 BE16 BG22 BH22 BI27 BR29 BY28 CH21 CR22 CY28 CZ24 DE22
DJ27 DK18 DO28 EE20 EG29 ES24 FI18 FK18 FO18 FR27 GB22 GE22 GI23 GL18 GR27 GT28 HN28
HR21 HU28 IE22 IL23 IQ23 IS26 IT27 JO30 KW30 KZ20 LB28 LC32 LI21 LT20 LU20 LV21 LY25
MC27 MD24 ME22 MK19 MN20 MR27 MT31 MU30 NI28 NL18 NO15 OM23 PK24 PL28 PS29 PT25 QA29
RO24 RS22 RU33 SA24 SC31 SD18 SE24 SI19 SK24 SM27 SO23 ST25 SV28 TL23 TN24 TR26 UA29
VA22 VG24 XK20 YE30
"""
_LENGTHS = {
    entry[:2].encode("ascii"): int(entry[2:]) for entry in _LENGTHS_TEXT.split()
}
_HEAD = 4
_COUNTRIES = b"|".join(sorted(_LENGTHS))
_START = rb"(?:" + _COUNTRIES + b"|" + _COUNTRIES.lower() + rb")[0-9]{2}"
PATTERN = (
    _START
    + rb"(?:[A-Za-z0-9]{11,30}"
    + rb"|[ -]?(?:[A-Za-z0-9]{4}[ -]){2,7}[A-Za-z0-9]{1,4})"
)
_MARK = LazyPattern(rb"[A-Za-z0-9]")
_ANY_LENGTH = LazyPattern(rb"[A-Z]{2}[0-9]{2}[0-9A-Z]*[G-Z][0-9A-Z]*\Z")
"""A word in capitals that is no hexadecimal digest: registries grow."""
NEEDS: tuple[bytes, ...] = ()
BESIDE = LONGEST
SPREADS = False


def verify(match: bytes, before: bytes, after: bytes) -> Found:
    """Accept the country's length, or one word of any, when the remainder is one."""
    if before[-1:].isalnum() and escape_end(before, match) is None:
        return ()
    length = _LENGTHS[match[:2].upper()]
    ends = [one.end() for one in _MARK.finditer(match)]
    end = ends[min(length, len(ends)) - 1]
    if len(ends) < length or (match[end:] + after)[:1].isalnum():
        end = len(match)
        if after[:1].isalnum() or not _ANY_LENGTH.match(match):
            return ()
    number = match[:end].replace(b" ", b"").replace(b"-", b"")
    if number not in (number.upper(), number.lower()):
        return ()
    turned = number[_HEAD:] + number[:_HEAD]
    return ((0, end, CLASS),) if remainder_97(turned) == 1 else ()


HITS = (
    ("to DE89370400440532013000.", "DE89370400440532013000"),
    ("to GB82 WEST 1234 5698 7654 32 today", "GB82 WEST 1234 5698 7654 32"),
    ("NO9386011117947 AND MORE", "NO9386011117947"),
    ("iban=de89370400440532013000&x", "de89370400440532013000"),
    ("acct_DE89370400440532013000", "DE89370400440532013000"),
    ("DE89370400440532013000 GB82WEST12345698765432", "GB82WEST12345698765432"),
    ("BE68-5390-0754-7034", "BE68-5390-0754-7034"),
    ("nl91 abna 0417 1643 00", "nl91 abna 0417 1643 00"),
    (r'"iban\":\"\nFR1420041010050500013M02606\"', "FR1420041010050500013M02606"),
)
MISSES = (
    "DE89370400440532013001 fails",
    "ZZ89370400440532013000",
    "GUID 1DE89370400440532013000",
    "De89370400440532013000",
    "md5 be240511471e2fd96f919d3219d56b97",
    "sha de89370400440532013000abcdef",
)
WORST = "DE89 3704 "
