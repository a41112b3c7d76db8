# SPDX-License-Identifier: Apache-2.0
"""Telephone numbers: with a plus sign, after a word, or written as only they are.

Rules: removed, never given a pseudonym; bare digits stay, for they are counts. Words
that logs use otherwise too (call, cell, number) count only before grouped digits, a
leading zero or ten digits; a national form without a word only inside a sentence.
Not here: other numbers of persons (`national_numbers.py`).
Source: ITU-T E.164, the North American plan's first digits.
"""

from agent.redaction.detector import Found
from agent.redaction.lazily import LazyPattern

NAME = "phones"
CLASS = "phone"
_MORE_DIGITS = rb"(?:[ ()./-]*[0-9])"
_DIGITS = rb"[0-9]" + _MORE_DIGITS + rb"{6,}"
"""As many as a number has at least, for a text may be full of fewer."""
_DIGITS_AFTER_PLUS = rb"[0-9]" + _MORE_DIGITS + rb"{7,}"
_STRONG = (
    rb"(?:tel|telephone|telefon[eo]?|t.{1,2}l.{1,2}phone|phone|cellphone|smartphone|"
    rb"mobile|mobil|telefax|fax|handy|whatsapp|msisdn|hotline|caller[ _]?id|landline|"
    rb"voicemail)(?:s|[_-]?(?:no|nr|num|numbers?|home|work|office))?"
)
_WEAK = rb"call(?:ed|ing|s|back)?|cell|dial(?:ed|ing)?|sms|text|ring|reach|contact|line"
_OWNED = (
    rb"(?:my|her|his|their|our|your|new|old|contact|office|home|work|emergency|cell)"
    rb" (?:[a-z]+ )?numbers?"
)
_LINKS = (
    rb"(?:[ _-](?:no|nr|num|numbers?|is|was|at|on|to|me|us|him|her|them|back|now|my|"
    rb"our|your|the|office|home|work|please|or|for|via|under|new|code|by|from))*"
)
PATTERN = (
    rb"\+\(?"
    + _DIGITS_AFTER_PLUS
    + rb"(?:\+\(?"
    + _DIGITS_AFTER_PLUS
    + rb")*|(?i:\b(?:"
    + _STRONG
    + rb"|"
    + _WEAK
    + rb"|"
    + _OWNED
    + rb")"
    + _LINKS
    + rb"[\\.]?[\\\"']*[ .:=#>?]+[\\\"'<]*)\+?[ (]*\+?"
    + _DIGITS
    + rb"|\([0-9]{2,5}\)[ -]?[0-9]{3,4}[-. ]?[0-9]{3,4}\b"
    rb"|\b(?:[0-9]{1,3}[-. ])?[0-9]{3}[-.][0-9]{3}[-.][0-9]{4}"
    rb"|[a-z][,:]? 0[0-9]{1,4}[ -][0-9][0-9 -]+[0-9]"
)
NEEDS: tuple[bytes, ...] = ()
BESIDE = 8
SPREADS = False

_START = LazyPattern(rb"[+(][+( ]{0,3}[0-9]|[0-9]")
_SENTENCE = LazyPattern(rb"[a-z][,:]? \Z")
_NATIONAL = LazyPattern(rb"0[1-9][0-9]{0,3}(?:[ -][0-9]{2,8}){1,4}\Z")
_STRONG_WORD = LazyPattern(rb"(?i:(?:" + _STRONG + rb"))")
_AMERICAN = LazyPattern(
    rb"(?:\+?0{0,2}1[-. ])?(?:\([2-9][0-9]{2}\) ?|[2-9][0-9]{2}[-. ])"
    rb"[0-9]{3}[-. ][0-9]{4}\Z"
)
_DOTTED = LazyPattern(rb"[0-9.]+\.[01][0-9]{2}\.[0-9]{4}\Z")
_BRACKETED = LazyPattern(rb"\((?:0[0-9]{1,4}|[2-9][0-9]{2})\)")
_DATE = LazyPattern(
    rb"(?:19|20)[0-9]{2}([-./ ])[01]?[0-9]\1[0-3]?[0-9](?:[ -][0-9]{2})?\Z"
    rb"|[0-3]?[0-9]([-./ ])[0-3]?[0-9]\2(?:19|20)[0-9]{2}(?:[ -][0-9]{2})?\Z"
    rb"|(?:[0-9]{1,3}\.){3}[0-9]{1,3}"
)
_UNIT = LazyPattern(
    rb" ?(?:[munp]?s\b|sec|bytes?\b|[KMG]i?B\b|%|pp[mb]\b|packets|Hz|:)"
)
_EXTENSION = LazyPattern(rb" ?(?:x|ext\.?) ?[0-9]")
_JOINTS = b"-./_@#=$&?%"
_TAGGED = b"removed>"
"""What stands before a number after the tag of one, as far as it is shown."""
_NO_DIGITS = bytes(set(range(256)) - set(b"0123456789"))
_SHORTEST = 7
_LONGEST = 15
_AMERICAN_DIGITS = 11
_ORDINARY = range(9, 14)
_PERSON = LazyPattern(rb"(?i: (?:me|us|him|her|them|back)\b)")
_ORDINARY_BARE = range(8, 14)
_BARE = range(10, 13)
"""Digits of a national number without any grouping."""


def verify(match: bytes, before: bytes, after: bytes) -> Found:
    """Accept seven to fifteen digits that are written or named as a number to call."""
    if match.startswith(b"+") and match.rfind(b"+"):
        return _in_a_row(match, before, after)
    return _one(match, before, after)


def _in_a_row(match: bytes, before: bytes, after: bytes) -> Found:
    """Accept numbers that each follow another: the tag of one is no digit before it.

    A look for each, after the tag of the one before, would never come to an end.
    """
    found: list[tuple[int, int, str]] = []
    start = 0
    while start < len(match):
        follows = match.find(b"+", start + 1)
        end = len(match) if follows < 0 else follows
        number = _one(
            match[start:end], before, (match[end : end + BESIDE] + after)[:BESIDE]
        )
        if not number:
            break
        ((first, last, kind),) = number
        found.append((start + first, start + last, kind))
        if start + last < end:
            break
        start, before = end, _TAGGED
    return tuple(found)


def _one(match: bytes, before: bytes, after: bytes) -> Found:
    """Accept one number, with what names it."""
    if after[:1].isalnum() and not _EXTENSION.match(after):
        return ()
    if after[:1] in (b".", b":", b"-", b"/") and after[1:2].isdigit():
        return ()
    first = _START.search(match)
    if first is None:
        return ()
    start = first.start()
    lead, number = match[:start], match[start:]
    digits = _digits(number)
    if digits > _AMERICAN_DIGITS:
        number = number[: _end(number, digits)]
        digits = _digits(number)
    number = number.rstrip(b" (./-")
    plus = b"+" in number
    if not _SHORTEST + plus <= digits <= _LONGEST:
        return ()
    if lead and _SENTENCE.match(lead):
        accepted = digits in _ORDINARY and _is_national(number)
    elif lead:
        accepted = _is_named(lead, number, digits)
    elif plus:
        accepted = _has_plus(number, before, after)
    else:
        accepted = _is_written(number, before)
    return ((start, start + len(number), CLASS),) if accepted else ()


def _digits(number: bytes) -> int:
    """Return how many digits a number has."""
    return len(number.translate(None, _NO_DIGITS))


def _end(number: bytes, digits: int) -> int:
    """Return where a number ends when further numbers follow it.

    Args:
        number: with them.
        digits: of all.
    """
    american = b"+" in number and number.lstrip(b"+( ").startswith(b"1")
    longest = _AMERICAN_DIGITS if american else _LONGEST
    if digits <= longest:
        return len(number)
    digits = 0
    for at, octet in enumerate(number):
        if 48 <= octet <= 57:  # noqa: PLR2004 - 0 to 9
            digits += 1
            if digits > longest:
                ends = (number.rfind(mark, 0, at) for mark in (b" ", b"(", b"/"))
                return max(0, *ends)
    return len(number)


def _is_national(number: bytes) -> bool:
    """Tell whether a number in a sentence begins and is grouped as one to call."""
    if _DATE.match(number):
        return False
    return bool(_NATIONAL.match(number) or _AMERICAN.match(number))


def _is_named(lead: bytes, number: bytes, digits: int) -> bool:
    """Tell whether the word before makes it a number to call."""
    if _DATE.match(number):
        return False
    if _STRONG_WORD.search(lead):
        return True
    grouped = not number.isdigit() and b"." not in number
    return (
        grouped
        or number[:1] in (b"+", b"0")
        or digits in _BARE
        or (digits in _ORDINARY_BARE and _PERSON.search(lead) is not None)
    )


def _has_plus(number: bytes, before: bytes, after: bytes) -> bool:
    """Tell whether a plus sign begins a number and is no sum, offset or version."""
    if before[-1:].isalnum() or before[-1:] in (b".", b"+", b")", b"-"):
        return False
    bare = number.lstrip(b"+( ")
    if bare.startswith(b"0") or _UNIT.match(after) or _DATE.match(bare):
        return False
    return b"." not in number or number.count(b".") > 1


def _is_written(number: bytes, before: bytes) -> bool:
    """Tell whether the grouping is one that only telephone numbers have."""
    if before[-1:].isalnum() or (before and before[-1] in _JOINTS):
        return False
    if number.startswith(b"("):
        return _BRACKETED.match(number) is not None
    return _AMERICAN.match(number) is not None and not _DOTTED.match(number)


HITS = (
    ("call +49 30 1234567 now", "+49 30 1234567"),
    ("tel: 030/1234567", "030/1234567"),
    ("phone=555-010-1234", "555-010-1234"),
    ("reach me at (555) 010-1234", "555) 010-1234"),
    ("reach me at 555-010-1234", "555-010-1234"),
    ("Mobile: (555) 010-1234", "555) 010-1234"),
    ("is (212)555-0132.", "(212)555-0132"),
    ("US: 212-555-0132x123", "212-555-0132"),
    ("fax 1-212-555-0132", "212-555-0132"),
    ("her number is 07700 900 123", "07700 900 123"),
    ("my CN number is 13800138000", "13800138000"),
    ("call me at 0463 31 22 21", "0463 31 22 21"),
    ("please ring us on 01632 960 001", "01632 960 001"),
    ("at noon 06 12 34 56 78 rings", "06 12 34 56 78"),
    ("sip:+493012345678@example.org", "+493012345678"),
    ('"phoneNumber": "2125550132"', "2125550132"),
    ("or (08) 9192 3827", "(08) 9192 3827"),
    ("+1 212 555 0132 2024-01-02", "+1 212 555 0132"),
    ("tel:+1-212-555-0132;ext=4", "+1-212-555-0132"),
    (r"{\"mobile\":\"01632960001\"}", "01632960001"),
    ("(+44) 20 7946 0018", "20 7946 0018"),
    ("+49 30 1234567+49 30 7654321", "49 30 7654321"),
)
MISSES = (
    "at 12:00:00 +0200",
    "1234567 packets",
    "1.5+2345678",
    "c++ 12",
    "pid 1234567890",
    "(callid: 276666022) call-id: 276666022",
    "called from 10.20.30.40 at 2024-01-02 10",
    "offset +12345678 ns and +123456789 bytes",
    "line 12345678 of cell 1234567",
    "contact 192.0.2.10 on 2024-01-02",
    "text 0x1234567 at 01-02-2024",
    "from 01-02-2024 12",
    "+00012345678",
    "range 100.200.3000 and 123.456.7890",
    "tell 12345678 mobileassetd[1234567] telnet: 12345678 phone_id=123456789",
    "+203.0.113.9 and +4111111111111111",
    "syscall 12345678901",
    "1+12345678+23456789",
)
WORST = "+1 2 3-4 5 6-7 8% "
