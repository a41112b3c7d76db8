# SPDX-License-Identifier: Apache-2.0
r"""Looks for known identities in any case and in the usual encodings.

Rules: all identities are looked for at once; a hit counts only as a whole word, where
escapes such as \t and %40 count as the end of a word; inside base64 and hex there are
no words, and the letters decide.
Not here: what is known (`identities.py`), how it may be spelled (`spellings.py`), which
escapes there are (`escapes.py`).
"""

from collections.abc import Iterable
from typing import NamedTuple

from agent.redaction import bounds
from agent.redaction.automata import build_automaton
from agent.redaction.escapes import ends_in_escape
from agent.redaction.spellings import CASES, Rule, encodings, spellings

Span = tuple[int, int, str]
"""Start, end and kind of what was found in a block of bytes."""

WORD = frozenset(b"abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789") | (
    frozenset(range(0x80, 0x100))
)
"""Letters, digits, and octets of letters outside ASCII."""
_LOOSE = frozenset(b"-_.@+")
"""Beside a two-letter name these make it a part of something else."""
_BASE64 = frozenset(
    b"abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789+/_-"
)
_SMALL = frozenset(b"abcdefghijklmnopqrstuvwxyz")
_IN_CASE = frozenset({Rule.OWN_CASE, Rule.LETTERS, Rule.TOKEN})
"""Rules by which case matters."""


class _Entry(NamedTuple):
    """What a spelling stands for.

    Attributes:
        kind: class of identity.
        rule: what has to hold where it is found.
        value: whose spelling it is, as UTF-8.
        exact: how it may be written, where its case matters; else empty.
    """

    kind: str
    rule: Rule
    value: bytes
    exact: frozenset[bytes] = frozenset()


class Dictionary:
    """Known identities, ready to be looked for."""

    __slots__ = ("_automaton", "_entries")

    def __init__(
        self, known: Iterable[tuple[str, str]], *, encoded: bool = True
    ) -> None:
        """Build the automaton.

        Args:
            known: pairs of class and value.
            encoded: whether they are looked for in base64 and hex too.
        """
        listed = [
            (kind, value, value.encode("utf-8", "replace")) for kind, value in known
        ]
        spelled: dict[bytes, _Entry] = {}
        for kind, value, octets in listed:
            entry = _Entry(kind, _rule(kind, value), octets)
            for spelling in spellings(kind, value):
                short = len(spelling) <= bounds.SHORT_IDENTITY
                holds = entry._replace(rule=Rule.OWN_CASE) if short else entry
                _add(spelled, spelling, holds)
        most = len(spelled) + bounds.ENCODED_SPELLINGS
        for case in range(CASES if encoded else 0):
            for kind, value, octets in listed:
                if len(spelled) >= most:
                    break
                for spelling, rule in encodings(value, case):
                    _add(spelled, spelling, _Entry(kind, rule, octets))
        self._entries = list(spelled.values())
        self._automaton = build_automaton(list(spelled)) if spelled else None

    def __repr__(self) -> str:
        """Show how many spellings there are, never one of them."""
        return f"<Dictionary {len(self._entries)}>"

    def __bool__(self) -> bool:
        """Tell whether any identity is known."""
        return self._automaton is not None

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
            entry = self._entries[index]
            if entry.rule is Rule.WORD:
                holds = is_word(block, start, end)
            else:
                holds = _holds(entry, block, start, end)
            if holds:
                found.append((start, end, entry.kind))
        return found

    def encoded(self, found: bytes) -> bytes | None:
        """Return the identity that base64 or hex spells; None for what they do not.

        Args:
            found: all of what was found in a text.
        """
        if self._automaton is None:
            return None
        matches = self._automaton.find_matches_as_indexes(
            found.lower(), overlapping=True
        )
        for index, start, end in matches:
            entry = self._entries[index]
            if end - start < len(found) or entry.rule < Rule.ANYWHERE:
                continue
            if entry.rule is Rule.ANYWHERE or found in entry.exact:
                return entry.value
        return None


def _rule(identity: str, value: str) -> Rule:
    short = len(value) <= bounds.SHORT_NAME_PART and value.isalpha()
    return Rule.CAPITAL if identity == "person" and short else Rule.WORD


def _add(spelled: dict[bytes, _Entry], spelling: bytes, entry: _Entry) -> None:
    """Add a spelling; of two rules the wider one holds, for the first's class.

    Its letters are kept only where their case matters: a machine may know 65,536 names
    of seven spellings each.
    """
    lowered = spelling.lower()
    exact = frozenset((spelling,) if entry.rule in _IN_CASE else ())
    held = spelled.get(lowered)
    if held is None or entry.rule < held.rule:
        spelled[lowered] = entry._replace(exact=exact) if exact else entry
    elif exact and entry.rule == held.rule:
        spelled[lowered] = held._replace(exact=held.exact | exact)


def is_word(block: bytes, start: int, end: int) -> bool:
    """Tell whether the span is a word of its own.

    Args:
        block: text as UTF-8.
        start: first byte of the span.
        end: byte after the span.
    """
    if end < len(block) and block[end] in WORD and block[end - 1] in WORD:
        return False
    if not start or block[start - 1] not in WORD or block[start] not in WORD:
        return True
    return ends_in_escape(block, start)


def _holds(entry: _Entry, block: bytes, start: int, end: int) -> bool:
    """Tell whether a spelling that is not just a word counts where it stands."""
    rule = entry.rule
    if rule is Rule.ANYWHERE:
        return True
    if rule is Rule.CAPITAL:
        return block[start] not in _SMALL and is_word(block, start, end)
    if block[start:end] not in entry.exact:
        return False
    if rule is Rule.LETTERS:
        return True
    around = block[max(0, start - 1) : start] + block[end : end + 1]
    if rule is Rule.TOKEN:
        return _BASE64.isdisjoint(around)
    return _LOOSE.isdisjoint(around) and is_word(block, start, end)
