# SPDX-License-Identifier: Apache-2.0
r"""Looks for known identities in any case and in the usual encodings.

Rules: all identities are looked for at once; a hit counts only as a whole word, where
escapes such as \t and %40 count as the end of a word.
Not here: what is known (`identities.py`).
"""

import ipaddress
import json
import re
import unicodedata
from collections.abc import Iterable, Iterator
from typing import Protocol
from urllib.parse import quote

from agent.redaction import bounds

Span = tuple[int, int, str]
"""Start, end and kind of what was found in a block of bytes."""

_WORD = frozenset(b"abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789") | (
    frozenset(range(0x80, 0x100))
)
_LOOSE = frozenset(b"-_.@+")
"""Beside a two-letter name these make it a part of something else."""
_ESCAPES = frozenset(b"tnrbf")
_HEXADECIMAL = frozenset(b"0123456789abcdefABCDEF")


class Automaton(Protocol):
    """What we use of ahocorasick_rs."""

    def find_matches_as_indexes(
        self, haystack: bytes, *, overlapping: bool
    ) -> list[tuple[int, int, int]]:
        """Return (pattern, start, end) of every occurrence."""


class Dictionary:
    """Known identities, ready to be looked for."""

    __slots__ = ("_automaton", "_exact", "_kinds")

    def __init__(self, known: Iterable[tuple[str, str]]) -> None:
        """Build the automaton from pairs of class and value."""
        spelled: dict[bytes, str] = {}
        self._exact: dict[int, frozenset[bytes]] = {}
        short: dict[bytes, set[bytes]] = {}
        for identity, value in known:
            for spelling in spellings(identity, value):
                spelled.setdefault(spelling.lower(), identity)
                if len(spelling) <= bounds.SHORT_IDENTITY:
                    short.setdefault(spelling.lower(), set()).add(spelling)
        self._kinds = list(spelled.values())
        for index, spelling in enumerate(spelled):
            if spelling in short:
                self._exact[index] = frozenset(short[spelling])
        self._automaton = _build(list(spelled)) if spelled else None

    def __repr__(self) -> str:
        """Show how many spellings there are, never one of them."""
        return f"<Dictionary {len(self._kinds)}>"

    def find(self, block: bytes, lowered: bytes) -> list[Span]:
        """Return the spans of all known identities.

        Args:
            block: text as UTF-8.
            lowered: the same with ASCII letters in lower case.
        """
        if self._automaton is None:
            return []
        found: list[Span] = []
        matches = self._automaton.find_matches_as_indexes(lowered, overlapping=True)
        for index, start, end in matches:
            if not is_word(block, start, end):
                continue
            exact = self._exact.get(index)
            if exact is None or _stands_alone(block, start, end, exact):
                found.append((start, end, self._kinds[index]))
        return found


def _build(patterns: list[bytes]) -> Automaton:
    import ahocorasick_rs  # noqa: PLC0415 - only the short-lived child pays for it

    automaton: Automaton = ahocorasick_rs.BytesAhoCorasick(patterns)
    return automaton


def is_word(block: bytes, start: int, end: int) -> bool:
    """Tell whether the span is a word of its own.

    Args:
        block: text as UTF-8.
        start: first byte of the span.
        end: byte after the span.
    """
    if end < len(block) and block[end] in _WORD and block[end - 1] in _WORD:
        return False
    if not start or block[start - 1] not in _WORD or block[start] not in _WORD:
        return True
    return _after_escape(block, start)


def _after_escape(block: bytes, start: int) -> bool:
    r"""Tell whether what stands before is an escape: \t, %40 or \u003c."""
    if block[start - 1] in _ESCAPES and block[start - 2 : start - 1] == b"\\":
        return True
    for marker, digits in ((b"%", 2), (b"\\u", 4), (b"\\x", 2)):
        head = start - digits - len(marker)
        if head >= 0 and block.startswith(marker, head):
            return _HEXADECIMAL.issuperset(block[start - digits : start])
    return False


def _stands_alone(block: bytes, start: int, end: int, exact: frozenset[bytes]) -> bool:
    """Tell whether a two-letter name is in its own case and not part of a compound."""
    around = block[max(0, start - 1) : start] + block[end : end + 1]
    return block[start:end] in exact and _LOOSE.isdisjoint(around)


def spellings(identity: str, value: str) -> set[bytes]:
    """Return the ways in which a text may spell an identity.

    Args:
        identity: its class.
        value: the raw value.
    """
    texts = {value}
    if identity == "person":
        texts |= set(_person(value))
    elif identity == "mac":
        texts |= set(_hardware(value))
    elif identity == "ip":
        texts |= set(_address(value))
    elif identity in {"serial", "uuid"}:
        texts.add(value.replace("-", ""))
    for text in list(texts):
        if not text.isascii():
            cased = {text, text.lower(), text.upper(), text.title()}
            texts |= cased
            texts |= {unicodedata.normalize("NFC", one) for one in cased}
            texts |= {unicodedata.normalize("NFD", one) for one in cased}
    encoded = {json.dumps(text)[1:-1] for text in texts}
    encoded |= {quote(text, safe="") for text in texts}
    return {text.encode("utf-8", "replace") for text in texts | encoded if text}


def _person(value: str) -> Iterator[str]:
    """Yield the forms that systems make of a person's name."""
    parts = re.findall(r"[^\W_]+", value)
    if len(parts) < 2:  # noqa: PLR2004 - a single part has no other form
        return
    first, last = parts[0], parts[-1]
    for one, two in ((first, last), (last, first)):
        for joint in (" ", ".", "_", "-", "", ", ", "+"):
            yield one + joint + two
    for initial, name in ((first[:1], last), (first, last[:1])):
        yield initial + name
        yield f"{initial}.{name}"


def _hardware(value: str) -> Iterator[str]:
    digits = re.sub("[^0-9a-f]", "", value.lower())
    pairs = [digits[at : at + 2] for at in range(0, len(digits), 2)]
    yield ":".join(pairs)
    yield "-".join(pairs)
    yield digits
    yield ":".join(pair.lstrip("0") or "0" for pair in pairs)
    yield ".".join(digits[at : at + 4] for at in range(0, len(digits), 4))


def _address(value: str) -> Iterator[str]:
    address = ipaddress.ip_address(value)
    yield address.compressed
    yield address.exploded
    if isinstance(address, ipaddress.IPv4Address):
        yield str(address).replace(".", "-")
