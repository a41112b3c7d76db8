# SPDX-License-Identifier: Apache-2.0
"""Tells a secret's value from a word, a number, a variable or an example.

Rules: how much a value must look like a secret depends on its name: anything counts
as a password, a token must not be plain words, and beside a name that says little
only a random one counts.
Not here: which names ask for what (`secret_names.py`), where values end (detectors).
"""

import math
from collections import Counter
from enum import IntEnum
from itertools import pairwise

from agent.redaction.lazily import LazyPattern
from agent.redaction.letter_pairs import TELLING, is_drawn, is_long_name

_CLOSERS = {b")": b"(", b"]": b"[", b"}": b"{", b">": b"<"}
_WORDS = rb"(?:[A-Za-z]?[a-z]+|[A-Z]+)(?:[A-Z][a-z]+)*(?:[A-Z]{2,4})?|[0-9]{1,8}"
_WORD = LazyPattern(_WORDS)
_WORD_WITH_NUMBER = LazyPattern(
    rb"(?=[A-Za-z]{1,14}[0-9])(?:" + _WORDS + rb")[0-9]{1,4}|[0-9]{1,4}[A-Za-z]{1,4}"
)
_LONGEST_WORD = 24
_MARKS = frozenset(b"!#$^&*=~@%")
"""Signs that a value of words does not hold."""
_SPLIT = LazyPattern(rb"[^A-Za-z0-9]+")
_PLACEHOLDER = LazyPattern(rb"""(?ix)
    [*x.#_\s?-]+ | \W{1,3} | \#[0-9a-f]{3,8} | (?:[*]{3,}|x{4,}).{0,4}
    | (?:\\u2022|\xe2\x80\xa2|\xe2\x97\x8f)+ | <.{0,60}> | &lt;.* | __\w+__
    | (?-i:\$[A-Z_][A-Z0-9_]*|\$[a-z_]+)\W? | \$[0-9]\W? | \$[\[{(].* | \#\{.*
    | %[a-z_]\w*% | %\(\w+\)s | %[sdvq](?:\W%[sdvq])* | \{\{.* | \{[a-z_.$!]*\}?
    | @[a-z_]+@ | \[[a-z_ -]+\] | :[a-z_]+ | \#\#?\w+\#\#? | !vault.* | !ref.*
    | (?:os\.|process\.env|system\.|self\.|this\.|env[.\[(]|getenv|config[.\[(]
        |settings[.\[]|vault:|ssm:|secretsmanager|arn:|file:|ref\+|data\.|var\.).*
    | [a-z_][\w.]*\((?:.*\))?[;,]? | [a-z_]\w*[._][\w.]*\([\w.(]* | new[ ].*
    | [a-z_][\w.]*\[(?:.*\])?.{0,3}
    | (?:change[_-]?(?:me|it|this)|redacted|placeholder|dummy|example|removed|hidden
        |censored|filtered|masked|sanitized|suppressed|scrubbed|your[_-].*|insert[_-].*
        |(?:my|the|some|a|db|user)?[_-]?(?:pass(?:word|wd)?|secret|token|api[_-]?key)
        |[a-z_]+[._](?:pass(?:word|wd|phrase)?|secret|token|api_?key|credentials?)
        |enter[_-].*|replace[_-].*|to[_-]be[_-].*)[!1]*
    """)
_TAG = LazyPattern(rb"<[a-z][a-z0-9]*(?:-removed|_[0-9a-hjkmnp-tv-z]{8})>")
_EXAMPLE = LazyPattern(rb"""(?ix)
    change[_-]?(?:me|it|this) | redacted | placeholder | (?<![a-z])dummy | insert[_-]
    | replace[_-]?(?:me|this|with) | your[_-]?[a-z] | my[_-](?:api|secret|token|pass)
    | example | to[_-]?be[_-] | not[_-]?a[_-]?real | x{6} | (?<![a-z])fake | deadbeef
    | 0{8} | 1234567890 | abcdefgh | (?<![a-z])sample | (?<![a-z])test[_-]
    """)
"""What the values of examples hold; a password may hold it too, so it does not ask."""
_TELLING_TEXT = b"""
amd64 i386 i686 arm64 aarch64 armhf ppc64el s390x riscv64 x86_64 noarch all any
true false null none nil yes no on off ok required missing invalid expired failed
accepted rejected incorrect wrong empty blank changed unchanged not is was are were
for must should cannot can could will would has have had and or the a an any this that
it its enabled disabled unknown set unset reset authentication authorization checking
check error errors warning denied login user users unexpected public expected
undefined n/a failure success succeeded prompt sent received updated update new old
current default needed provided given using used uses use from by to in at with
without string text bytes int integer number object array bool boolean char varchar
type value values key keys min max characters session never expires info debug notice
mismatch match matches matched does do did too short long weak strong same different
please enter try again after before if when while sha1 sha256 sha384 sha512 md5 utf8
utf-8 base64 rsa dsa ecdsa ed25519 hmac aes aes128 aes256 rs256 hs256 es256 plain
optional mandatory only option options str see meth via through found added removed
created deleted verified loaded available length policy <nil> field column parameter
argument chauthtok setcred account auth files compat sss systemd
"""
_TELLING = frozenset(_TELLING_TEXT.split())
_UUID = LazyPattern(rb"(?i)\{?[0-9a-f]{8}-(?:[0-9a-f]{4}-){3}[0-9a-f]{12}\}?")
_DATE = LazyPattern(
    rb"[0-9]{4}-?[0-9]{2}-?[0-9]{2}(?:[T ][0-9:.,-]+)?(?:Z|[+-][0-9:]+)?"
)
_PLAIN = LazyPattern(rb"[A-Za-z0-9+/=_.~:!@#$%^&*-]+")
_NUMBER = LazyPattern(rb"(?i)0x[0-9a-f]{1,16}|[0-9]+(?:\.[0-9]+)*[a-z%]{0,2}")
_ADDRESS = LazyPattern(rb"(?i)[a-z][a-z0-9+.-]*:\\?/\\?/[^@]*|[a-z]:\\.*")
_PATH = LazyPattern(rb"(?:\.{0,2}|~)/[\w./-]*")
_RANDOM_LENGTH = 14
_ODD_LENGTH = 8
"""Fewest letters and digits that are no words, in a value that is random."""
_OBJECT = LazyPattern(rb"[A-Za-z.$_]+[@{][0-9a-f]{4,8}\}?|[0-9A-Fa-f]{1,8}")
"""How Java prints an object, and a handle."""
_MIXED = LazyPattern(
    rb"(?=[A-Za-z0-9]{8})[A-Za-z0-9]*(?:[A-Za-z][0-9]+[a-z]|[A-Z][0-9]+[A-Z])"
)
_CASE_CHANGES = 0.4
"""Changes of case for each letter, above which letters alone are no words."""
_TOKEN_LENGTH = 6
_ONE_TIME = 10
"""Most digits of a one-time code or a numeric token."""
_ALTERNATIONS = 4
_ENTROPY = 3.0


class Demand(IntEnum):
    """How much a value must look like a secret."""

    ANY = 1
    TOKEN = 2
    RANDOM = 3


def trimmed(value: bytes) -> bytes:
    """Return the value without what ends the sentence or bracket around it."""
    while value:
        last = value[-1:]
        opener = _CLOSERS.get(last)
        closes = opener is not None and value.count(opener) < value.count(last)
        if not closes and last not in (b".", b",", b":", b";"):
            return value
        value = value[:-1]
    return value


def is_placeholder(value: bytes) -> bool:
    """Tell whether a value is a mask, a variable, code, an example or holds a tag.

    What holds a tag was judged before the tag was there, and is not judged again.
    """
    if _TAG.search(value) is not None:
        return True
    return _PLACEHOLDER.fullmatch(value) is not None


def is_telling(value: bytes) -> bool:
    """Tell whether a value is a word that tells about a secret."""
    if value.startswith(b"%%") and value[2:].isdigit():  # Windows' word for Yes or No
        return True
    return not value or value.strip(b".,:;!?()[]{}'\"`").lower() in _TELLING


def is_wordy(value: bytes, *, numbered: bool) -> bool:
    """Tell whether a value consists of words and numbers only.

    Args:
        value: what was assigned.
        numbered: whether a word with a number at its end is a word.
    """
    if not _MARKS.isdisjoint(value) and b" " not in value:
        return False
    return all(_is_word(part, numbered=numbered) for part in _SPLIT.split(value))


def _is_word(part: bytes, *, numbered: bool) -> bool:
    """Tell whether letters and digits are one word, or one number."""
    if not part:
        return True
    if len(part) >= _LONGEST_WORD:
        return part.isalpha() and is_long_name(part)
    if len(part) >= TELLING and part.isalpha():
        return not is_drawn(part)
    if _WORD.fullmatch(part) is not None:
        return True
    return numbered and _WORD_WITH_NUMBER.fullmatch(part) is not None


def entropy(value: bytes) -> float:
    """Return Shannon's entropy of the bytes, in bits for each."""
    size = len(value)
    counts = Counter(value).values()
    return -sum(count / size * math.log2(count / size) for count in counts)


def is_random(value: bytes) -> bool:
    """Tell whether a value looks as if a machine had drawn it."""
    if len(value) < _RANDOM_LENGTH or _PLAIN.fullmatch(value) is None:
        return False
    if any(one.fullmatch(value) for one in (_UUID, _NUMBER, _ADDRESS)):
        return False
    odd = [part for part in _SPLIT.split(value) if not _is_word(part, numbered=True)]
    if sum(map(len, odd)) < max(_ODD_LENGTH, len(value) // 3):
        return False
    kinds = [
        "d" if one.isdigit() else "u" if one.isupper() else "l"
        for one in b"".join(_SPLIT.split(value)).decode("ascii")
    ]
    changes = sum(one != two for one, two in pairwise(kinds))
    if "d" not in kinds and changes < len(kinds) * _CASE_CHANGES:
        odd = [part for part in odd if is_drawn(part)]
    if not odd:
        return False
    return changes >= max(_ALTERNATIONS, len(kinds) // 8) and entropy(value) >= _ENTROPY


def is_secret(value: bytes, demand: Demand, *, tight: bool) -> bool:
    """Tell whether a value is what its name says it is.

    Args:
        value: what was assigned, without quotes.
        demand: what its name asks for.
        tight: whether it was assigned, as machines do, rather than told in a sentence.
    """
    if is_telling(value) or is_placeholder(value):
        return False
    if demand is Demand.ANY:
        return True
    if _EXAMPLE.search(value) is not None:
        return False
    return is_random(value) if demand is Demand.RANDOM else _is_token(value, tight)


def _is_token(value: bytes, tight: bool) -> bool:  # noqa: FBT001 - one caller, above
    """Tell whether a value is a token rather than words, numbers, dates or a path."""
    if len(value) < _TOKEN_LENGTH or _ADDRESS.fullmatch(value):
        return False
    if _OBJECT.fullmatch(value):
        return value.isdigit()
    if _NUMBER.fullmatch(value) or _DATE.fullmatch(value):
        return value.isdigit() and len(value) <= _ONE_TIME
    tight = tight and _PATH.fullmatch(value) is None
    return not is_wordy(value, numbered=not tight)


def is_mixed(value: bytes) -> bool:
    """Tell whether a value has a part of letters with digits between them.

    Less than random: for names that can only be followed by a secret or a word.
    """
    if _PLAIN.fullmatch(value) is None:
        return False
    if _ADDRESS.fullmatch(value) or _EXAMPLE.search(value):
        return False
    return _MIXED.search(value) is not None


def is_uuid(value: bytes) -> bool:
    """Tell whether a value is a UUID."""
    return _UUID.fullmatch(value) is not None
