# SPDX-License-Identifier: Apache-2.0
"""Numbers that a state gives a person: of strong shape, or beside a word that says so.

Rules: removed, never given a pseudonym; numbers that were never issued stay; dots and
unusual shapes count only beside a word or as the whole text.
Not here: how the numbers are built (`agent/redaction/national.py`).
"""

from agent.redaction.detector import Found
from agent.redaction.escapes import escape_end
from agent.redaction.lazily import LazyPattern
from agent.redaction.national import (
    CNPJ,
    CPF,
    SOCIAL_SECURITY,
    STRONG,
    WORDED,
    is_national,
)

NAME = "national_numbers"
CLASS = "national"
_WORDS = (
    rb"ssn|social[ _-]?security|social insurance|itin|tax[ _-]?(?:payer|id|file)|"
    rb"national[ _-]?(?:insurance|id|identity)|nino|nhs|taxpayer|steuer|"
    rb"identifikationsnummer|sozialversicherung|svnr|nir|insee|"
    rb"s.{1,2}curit.{1,2} sociale|dni|nie|nif|codice[ _]fiscale|bsn|"
    rb"burgerservicenummer|rijksregister|registre national|niss|pesel|personnummer|"
    rb"f.{1,2}dselsnummer|cpr|hetu|henkil.{1,2}tunnus|ahv|avs|cpf|cnpj|sin|tfn|"
    rb"medicare|aadhaar|aadhar|pan|nric|rrn|resident registration|my ?number|tckn|"
    rb"tc kimlik|id card"
)
_AMERICAN = LazyPattern(rb"(?i:ssn|social|itin|tax)")
_LEAD = (
    rb"(?i:\b(?:" + _WORDS + rb")(?:[ _-]?(?:number|code|card|no|num|nr|id|#))?\.?"
    rb"(?:[\\\"']{0,4} ?[:=#>] ?[\\\"'<]{0,4}| is:? | was | ))"
)
_VALUE = rb"(?:[A-Za-z]{1,3} ?(?:[A-Za-z]{1,3} ?)?)?[0-9](?:[ ./+-]?[A-Za-z0-9]){4,19}"
"""At most six letters come before the first digit, as in an Italian number."""
PATTERN = (
    rb"[0-9]{3}[- .][0-9]{2}[- .][0-9]{4}"
    rb"|" + _LEAD + _VALUE + rb"|\b756\.[0-9]{4}\.[0-9]{4}\.[0-9]{2}\b"
    rb"|\b[0-9]{3}\.[0-9]{3}\.[0-9]{3}-[0-9]{2}\b"
    rb"|\b[0-9]{2}\.[0-9]{3}\.[0-9]{3}/[0-9]{4}-[0-9]{2}\b"
    rb"|\b[0-9]{6}[-+A][0-9]{3}[A-Z]\b"
    rb"|\b[A-Z]{6}[0-9]{2}[A-Z][0-9]{2}[A-Z][0-9]{3}[A-Z]\b"
    rb"|\b[12] [0-9]{2} [0-9]{2} [0-9]{2} [0-9]{3} [0-9]{3}(?: [0-9]{2})?\b"
    rb"|\b[0-9]{17}X\b"
)
NEEDS: tuple[bytes, ...] = ()
BESIDE = 24
SPREADS = False

_SOCIAL = LazyPattern(rb"[0-9]{3}([- .])[0-9]{2}\1[0-9]{4}\Z")
_CPF = LazyPattern(rb"(?:[0-9]{3}\.){2}[0-9]{3}-[0-9]{2}\Z")
_CNPJ = LazyPattern(rb"[0-9]{2}\.[0-9]{3}\.[0-9]{3}/[0-9]{4}-[0-9]{2}\Z")
_WORD = LazyPattern(rb"(?i:\b(?:ssn|social|security|taxpayer|identity)\b)")
_WORDED = LazyPattern(_LEAD)
_FURTHER = LazyPattern(rb"(?:[A-Za-z]+ )+")
"""Words between the one that tells and the number: SSN of 219-09-9999."""
_SEPARATORS = b" ./"
_MARKS = b"-._/:+@$"
_NUMBERS = LazyPattern(rb"[0-9][ \t]+\Z")
_NUMBER = LazyPattern(rb"[ \t]+[0-9]")
_FORMS = (STRONG, WORDED)
_SOCIAL_DIGITS = 9
_DIGITS = 6
"""Fewest digits of any number but the Indian one, which has four and six letters."""
_INDIAN = LazyPattern(rb"[A-Z]{5}[0-9]{4}[A-Z]\Z")


def verify(match: bytes, before: bytes, after: bytes) -> Found:
    """Accept what a state can have issued, standing alone."""
    if before[-1:].isalnum() and escape_end(before, match) is None:
        return ()
    worded = _WORDED.match(match)
    if after[:1].isalnum() and worded is None:
        return ()
    social = _SOCIAL.match(match)
    if social is not None:
        number = match.replace(social[1], b"")
        plain = _is_plain_social(social[1], before, after)
        return ((0, len(match), CLASS),) if plain and SOCIAL_SECURITY(number) else ()
    if worded is not None:
        american = _AMERICAN.match(match) is not None
        return _after_words(match, worded.end(), american=american)
    if (before and before[-1] in _MARKS) or after[:1] in (b"-", b"/", b"_"):
        return ()
    return ((0, len(match), CLASS),) if _is_strong(match) else ()


def _is_plain_social(separator: bytes, before: bytes, after: bytes) -> bool:
    """Tell whether nothing beside makes it a part of something else."""
    last, follows = before[-1:], after[:1]
    if (last and last in _MARKS.replace(b":", b"")) or (
        follows and follows in b"-_/:." and after[1:2].isalnum()
    ):
        return False
    if separator == b"-" or _WORD.search(before):
        return True
    if separator == b".":
        return not before.strip() and not after.strip()
    return not _NUMBERS.search(before) and not _NUMBER.match(after)


def _is_strong(match: bytes) -> bool:
    number = match.translate(None, _SEPARATORS + b"-")
    if _CPF.match(match):
        return CPF(number)
    if _CNPJ.match(match):
        return CNPJ(number)
    return is_national(match.translate(None, _SEPARATORS), STRONG)


def _after_words(match: bytes, start: int, *, american: bool) -> Found:
    """Return the number right behind the word that tells, or behind further words."""
    found = _after_word(match, start, american=american)
    further = _FURTHER.match(match, start)
    if found or further is None:
        return found
    return _after_word(match, further.end(), american=american)


def _after_word(match: bytes, start: int, *, american: bool) -> Found:
    """Return the longest part behind the word that is a number with a right check."""
    end = len(match)
    while end > start:
        text = match[start:end]
        kept = text.translate(None, _SEPARATORS).upper()
        digits = sum(48 <= letter <= 57 for letter in kept)  # noqa: PLR2004 - 0 to 9
        if digits >= _DIGITS or _INDIAN.match(kept):
            bare = kept.translate(None, b"-")
            if _SOCIAL.match(text) and SOCIAL_SECURITY(bare):
                return ((start, end, CLASS),)
            if american and len(bare) == _SOCIAL_DIGITS and bare.isdigit():
                return ((start, end, CLASS),) if SOCIAL_SECURITY(bare) else ()
            if any(is_national(one, forms) for one in (kept, bare) for forms in _FORMS):
                return ((start, end, CLASS),)
        end = match.rfind(b" ", start, end)
    return ()


HITS = (
    ("ssn 219-09-9999 on file", "219-09-9999"),
    ("is 219 09 9999", "219 09 9999"),
    ("ssn 219-09-9999 verified by amelie", "219-09-9999"),
    ("219.09.9999", "219.09.9999"),
    ("My SSN is 219.09.9999", "219.09.9999"),
    ("SSN: 219099999", "219099999"),
    ("social security number is 219099999.", "219099999"),
    ('"ssn":"219-09-9999"', "219-09-9999"),
    ("NINO: QQ 12 34 56 C".replace("QQ", "AB"), "AB 12 34 56 C"),
    ("NHS number 943 476 5919", "943 476 5919"),
    ("Steuer-ID: 86 095 742 719", "86 095 742 719"),
    ("codice RSSMRA85T10A562S", "RSSMRA85T10A562S"),
    ("DNI 12345678Z", "12345678Z"),
    ("NIE: X1234567L", "X1234567L"),
    ("hetu 131052-308T", "131052-308T"),
    ("nr 756.9217.0769.85", "756.9217.0769.85"),
    ("cliente 529.982.247-25", "529.982.247-25"),
    ("empresa 11.222.333/0001-81", "11.222.333/0001-81"),
    ("national id 219-09-9999", "219-09-9999"),
    ("PESEL 44051401359", "44051401359"),
    ("BSN: 111222333", "111222333"),
    ("SIN 046 454 286", "046 454 286"),
    ("TFN 123 456 782", "123 456 782"),
    ("PAN: ABCPE1234F", "ABCPE1234F"),
    ("NRIC S1234567D", "S1234567D"),
    ("citizen 11010519491231002X", "11010519491231002X"),
    ("TCKN: 10000000146", "10000000146"),
    ("personnummer 811218-9876", "811218-9876"),
    ("fodselsnummer".replace("o", "ø", 1) + " 01010750160", "01010750160"),
)
MISSES = (
    "000-12-3456 and 666-12-3456",
    "1219-09-9999",
    "219-09-99990",
    "a-219-09-9999",
    "200 12-3456",
    "cols 10 219 09 9999 20",
    "build 219.09.9999 ready",
    "pan 12345678 and sin 0.12345678",
    "DNI 12345678A",
    "nr 756.9217.0769.84",
    "cpf 111.111.111-11",
    "at 240102-1234",
    "identity 1234567890123 loaded",
    "2024 01 02 03 004 005 06",
)
WORST = "219-09-"
