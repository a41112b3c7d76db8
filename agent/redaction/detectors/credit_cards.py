# SPDX-License-Identifier: Apache-2.0
"""Payment card numbers: the right length, an issuer's first digits, and Luhn's sum.

Rules: removed, never given a pseudonym; digits may be grouped by spaces or dashes. One
random number in ten passes Luhn, so a number counts by its evidence: beside a word of
payment any length from 12 to 19; grouped as on a card, or 15 or 16 digits of a brand,
unless an identifier's key stands before it; other lengths only in a sentence. UATP's 15
digits begin with 1 alone, as counters and addresses in memory do: they count where they
are all that a line or a quoted value has, or lead to the month that a card ends in.
Not here: account numbers (`ibans.py`).
"""

from agent.redaction.check_digits import luhn
from agent.redaction.detector import Found
from agent.redaction.escapes import escape_end
from agent.redaction.lazily import LazyPattern

NAME = "credit_cards"
CLASS = "card"
PATTERN = (
    rb"(?:\b|\\[ntr]|\\x[0-9A-Fa-f]{2}|[0-9][A-Fa-f])[0-9]{12,19}\b"
    rb"|[0-9]{4}[ -][0-9]{4,7}[ -][0-9]{4,7}(?:[ -][0-9]{4})?(?:[ -][0-9]{1,3}\b)?"
)
NEEDS: tuple[bytes, ...] = ()
BESIDE = 24
SPREADS = False

_BRANDS = LazyPattern(
    rb"(?:4[0-9]{15}"  # Visa
    rb"|5[1-5][0-9]{14}|2(?:22[1-9]|2[3-9][0-9]|[3-6][0-9]{2}|7[01][0-9]|720)[0-9]{12}"
    rb"|3[47][0-9]{13}"  # American Express
    rb"|6(?:011|4[4-9][0-9]|5[0-9]{2})[0-9]{12}"  # Discover, RuPay, Verve
    rb"|35[0-9]{14}|(?:2131|1800)[0-9]{11}"  # JCB, and what only its test numbers use
    rb"|62[0-9]{14}|8[12][0-9]{14}"  # UnionPay, RuPay
    rb"|220[0-4][0-9]{12}|9792[0-9]{12}"  # Mir, Troy
    rb"|(?:50(?:18|19|2[0-9]|38|6[01])|56[0-9]{2}|5[78][0-9]{2}|60[0-9]{2}|63[0-9]{2}"
    rb"|67[0-9]{2})[0-9]{12})\Z"  # Maestro, Verve, Elo
)
_RARER = LazyPattern(
    rb"(?:4[0-9]{12}|4[0-9]{18}|3(?:0[0-5]|[689][0-9])[0-9]{11}|36[0-9]{12}"
    rb"|6(?:2|5|4[4-9]|011)[0-9]{14,17}|35[0-9]{17}|220[0-4][0-9]{13,15}"
    rb"|(?:50|5[6-8]|6[0-9])[0-9]{10,17}|0604[0-9]{8})\Z"
)
"""Visa of 13 and 19 digits, Diners Club, long UnionPay and JCB, Maestro."""
_ANY = LazyPattern(rb"(?:[1-9]|0604)[0-9]+\Z")
"""Beside a word of payment: UATP begins with 1, fleet cards with 7, others with 9."""
_PAYMENT = LazyPattern(
    rb"(?i:card(?!-removed)|credit|debit|visa|master|amex|maestro|diners|jcb|discover|unionpay|"
    rb"\bcc\b|\bpan\b|ccn|payment|payed|paid with|billing|charge|uatp|\bmir\b)"
)
"""Not the word of our own tag, which stands where another number was."""
_IDENTIFIER = LazyPattern(
    rb"(?i:(?:id|no|num|ref|key|time|stamp|ts|seq|offset|inode|ino|size|bytes|count|len|"
    rb"session|txn|trx|xid|blk|block|nonce|ticks?|hash|serial|imei|imsi|iccid|trace|span|"
    rb"order|barcode|isbn|ean|upc|gtin|addr|address|pointer|pid|tid|version|build|"
    rb"since|zxid|lsn|epoch|[mun]s(?:ec)?|request|event|thread|object|record|uuid|handle)"
    rb"[\\\"']{0,4}[ :=#>(\[]{0,3}[\\\"']{0,4}\Z)|[#$@&?]\Z|0x\Z"
)
_SENTENCE = LazyPattern(rb"(?:\A|[A-Za-z,:.?!'(\"] ?['\"(]?)\Z")
_DIGIT_COLUMN = LazyPattern(rb"(?:\A|[^0-9])[0-9]{1,3}[ -]\Z")
_ESCAPED = LazyPattern(rb"\\(?:[ntr]|x[0-9A-Fa-f]{2})")
_BESIDE = (b".", b"-", b"_", b"+")
_UATP = LazyPattern(rb"1[0-9]{14}\Z")
_UATP_GROUPS = LazyPattern(
    rb"[0-9]{4}(?: [0-9]{5} [0-9]| [0-9]{6} |-[0-9]{5}-[0-9]|-[0-9]{6}-)[0-9]{5}\Z"
)
_REGION, _LIBRARIES = 40, 0x7F
"""Where Linux lays libraries and stacks: threads are named by such addresses."""
_CARD_AFTER = LazyPattern(rb"(?i:\b(?:card|uatp|airplus)\b)")
_QUOTE_BEFORE = LazyPattern(rb"\\{0,4}[\"']\Z")
_QUOTE_AFTER = LazyPattern(rb"\\{0,4}[\"']")
_FIELD_BEFORE = LazyPattern(rb"(?:\A|[,;|\t] ?)[\"']?\Z")
_EXPIRY_AFTER = LazyPattern(
    rb"[\"']?[,;|\t] ?[\"']?(?:0[1-9]|1[0-2])[/,;|\t-](?:20)?[2-5][0-9]\b"
)
_NUMBER_BEFORE = LazyPattern(rb"[0-9][^A-Za-z]{0,3}\Z")
_NUMBER_AFTER = LazyPattern(rb"[^A-Za-z]{0,2}[0-9]")


def verify(match: bytes, before: bytes, after: bytes) -> Found:
    """Accept an issuer's number whose check digit is right, standing alone."""
    start = _start(match, before)
    if start is None:
        return ()
    if after[:1].isalnum() or (after[:1] in (b".", b"-") and after[1:2].isdigit()):
        return ()
    before = before[:-1] if start and before[-1:] == b"#" else before
    written = match[start:]
    digits = written.replace(b" ", b"").replace(b"-", b"")
    grouped = len(digits) != len(written)
    if grouped and b" " in match and b"-" in match:
        return ()
    if not digits.isdigit() or not luhn(digits):  # "5f" may be no escape's end
        return ()
    evident = _is_evident(digits, before, grouped=grouped)
    if not evident and not _is_air_travel(digits, written, before, after):
        return ()
    return ((start, len(match), CLASS),)


def _start(match: bytes, before: bytes) -> int | None:
    """Return where the digits start, behind an escape that touches them."""
    written = _ESCAPED.match(match)
    escaped = written.end() if written else escape_end(before, match)
    if escaped is None and before[-1:].isalnum():
        return None
    if escaped is None and before[-1:] in _BESIDE:
        return None
    return escaped or 0


def _is_evident(digits: bytes, before: bytes, *, grouped: bool) -> bool:
    """Tell whether what stands before, and the brand, make it a card."""
    if _PAYMENT.search(before) is not None:
        return _ANY.match(digits) is not None
    brand = _BRANDS.match(digits) is not None
    if not brand and not _RARER.match(digits):
        return False
    if grouped:
        return not _DIGIT_COLUMN.search(before)
    if _IDENTIFIER.search(before):
        return False
    return brand or _SENTENCE.search(before) is not None


def _is_air_travel(digits: bytes, written: bytes, before: bytes, after: bytes) -> bool:
    """Tell whether a number that begins as many others do is one of UATP."""
    if not _UATP.match(digits) or _IDENTIFIER.search(before):
        return False
    if _CARD_AFTER.search(after):
        return True
    if digits == written:
        return _is_all_there_is(int(digits), before, after)
    if _UATP_GROUPS.match(written) is None or not _SENTENCE.search(before):
        return False
    return not _NUMBER_BEFORE.search(before) and not _NUMBER_AFTER.match(after)


def _is_all_there_is(number: int, before: bytes, after: bytes) -> bool:
    """Tell whether a number is a whole line or quoted value, or has a month behind."""
    if number >> _REGION == _LIBRARIES:
        return False
    if max(len(before), len(after)) < BESIDE and not (before + after).strip():
        return True
    if _QUOTE_BEFORE.search(before) and _QUOTE_AFTER.match(after):
        return True
    return bool(_FIELD_BEFORE.search(before) and _EXPIRY_AFTER.match(after))


HITS = (
    ("card 4111111111111111 used", "4111111111111111"),
    ("card 4111 1111 1111 1111,", "4111 1111 1111 1111"),
    ("card 5500-0000-0000-0004", "5500-0000-0000-0004"),
    ("amex 378282246310005", "378282246310005"),
    ("4111111111111111 4111-1111-1111-1111 4111 1111 1111 1111", "4111"),
    ("amex 3782 822463 10005", "3782 822463 10005"),
    ("it was 4111111111111111.", "4111111111111111"),
    ('{"number": "4111-1111-1111-1111"}', "4111-1111-1111-1111"),
    ("cc=30569309025904;", "30569309025904"),
    ("send it from 30569309025904, please", "30569309025904"),
    ("her card: 135410014004955", "135410014004955"),
    ("creditCard=6304000000000000", "6304000000000000"),
    ("JCB 3530111333300000", "3530111333300000"),
    (r"pay\n4111111111111111\n", "4111111111111111"),
    ("135410014004955", "135410014004955"),
    ('{"number": "135410014004955"}', "135410014004955"),
    (r"{\"number\": \"135410014004955\"}", "135410014004955"),
    ("Eve;135410014004955;11/29;7", "135410014004955"),
    ("135410014004955, her UATP number", "135410014004955"),
    ("booked with 1354 100140 04955.", "1354 100140 04955"),
    ("booked with 1354-10014-004955.", "1354-10014-004955"),
)
MISSES = (
    "HWaddr:00:1a:2b:3c:4d:5f135410014004955",
    "4111111111111112 fails the check",
    "id 0123456789012345",
    "at 1700000000000 ms",
    "2024-01-02 10 11 12",
    "x4111111111111111",
    "4111111111111111.5 s",
    "session_id=4111111111111111",
    '"traceId": "4111111111111111"',
    "offset 30569309025904",
    "blk_-4111111111111111",
    "0x4111111111111111",
    "n=30569309025904",
    "since 5105105105105100",
    "read 135410014004955 bytes",
    "a,135410014004955,12",
    '{"tid": "135410014004955"}',
    '{"cpu": 135410014004955}',
    "140123079128832",
    '["140123079128832"]',
    "1 1354 100140 04955",
    "1354 100140 04955 12",
    "used: 1354-1001-4004955",
)
WORST = "4 1-1 1 1"
