# SPDX-License-Identifier: Apache-2.0
"""Finds many words at once, with the fastest library that there is.

Rules: every occurrence counts, overlapping ones too; the same words give the same
places with each library.
Not here: the words (`spellings.py`), which occurrences count (`dictionary.py`).
"""

from collections.abc import Callable, Mapping, Sequence
from contextlib import suppress
from operator import itemgetter
from typing import Protocol

from agent.redaction import bounds


class Automaton(Protocol):
    """Words, ready to be looked for."""

    def find_matches_as_indexes(
        self, haystack: bytes, *, overlapping: bool
    ) -> list[tuple[int, int, int]]:
        """Return (word, start, end) of every occurrence."""


Build = Callable[[Sequence[bytes]], Automaton]


def build_automaton(words: Sequence[bytes]) -> Automaton:
    """Make words ready to be looked for.

    Args:
        words: at least one, none twice.
    """
    most = bounds.AUTOMATON_WORDS
    built = [_built(words[at : at + most]) for at in range(0, len(words), most)]
    return built[0] if len(built) == 1 else _Parts(built)


def _built(words: Sequence[bytes]) -> Automaton:
    for build in AUTOMATA.values():
        with suppress(ImportError):
            return build(words)
    msg = "no library for many words"
    raise ImportError(msg)


class _Parts:
    """Automata of very many words, one after the other: to build one takes the room."""

    __slots__ = ("_parts",)

    def __init__(self, parts: Sequence[Automaton]) -> None:
        self._parts = parts

    def find_matches_as_indexes(
        self, haystack: bytes, *, overlapping: bool
    ) -> list[tuple[int, int, int]]:
        """Return (word, start, end) of every occurrence, by where they end."""
        found = [
            (word + number * bounds.AUTOMATON_WORDS, start, end)
            for number, part in enumerate(self._parts)
            for word, start, end in part.find_matches_as_indexes(
                haystack, overlapping=overlapping
            )
        ]
        return sorted(found, key=itemgetter(2, 1))


def _with_rust(words: Sequence[bytes]) -> Automaton:
    small = sum(map(len, words)) <= bounds.FAST_AUTOMATON_BYTES
    return _Faster(words) if small else _of_rust(words, "ContiguousNFA")


def _of_rust(words: Sequence[bytes], kind: str) -> Automaton:
    import ahocorasick_rs  # noqa: PLC0415 - only the short-lived child pays for it

    kinds = ahocorasick_rs.Implementation
    automaton: Automaton = ahocorasick_rs.BytesAhoCorasick(
        words, implementation=getattr(kinds, kind)
    )
    return automaton


class _Faster:
    """Words that get a full table once there is much to look through.

    To make one takes five times as long, and a hundred pages of memory for each; the
    child of a pass that has a few lines would be done before.
    """

    __slots__ = ("_automaton", "_left", "_words")

    def __init__(self, words: Sequence[bytes]) -> None:
        self._words = words
        self._left = bounds.FAST_AUTOMATON_AFTER
        self._automaton = _of_rust(words, "ContiguousNFA")

    def find_matches_as_indexes(
        self, haystack: bytes, *, overlapping: bool
    ) -> list[tuple[int, int, int]]:
        """Return (word, start, end) of every occurrence."""
        if self._left > 0:
            self._left -= len(haystack)
            if self._left <= 0:
                self._automaton, self._words = _of_rust(self._words, "DFA"), ()
        return self._automaton.find_matches_as_indexes(
            haystack, overlapping=overlapping
        )


class _Searcher(Protocol):
    """What we use of pyahocorasick."""

    def iter(self, text: str) -> Sequence[tuple[int, tuple[int, int]]]:
        """Yield the last place of each occurrence, and its word's number and length."""


class _LatinAutomaton:
    """An automaton over characters that finds bytes: each byte is one of Latin-1."""

    __slots__ = ("_searcher",)

    def __init__(self, searcher: _Searcher) -> None:
        self._searcher = searcher

    def find_matches_as_indexes(
        self, haystack: bytes, *, overlapping: bool
    ) -> list[tuple[int, int, int]]:
        """Return (word, start, end) of every occurrence."""
        del overlapping  # it knows no other way
        found = self._searcher.iter(haystack.decode("latin-1"))
        return [
            (number, last + 1 - length, last + 1) for last, (number, length) in found
        ]


def _with_c(words: Sequence[bytes]) -> Automaton:
    import ahocorasick  # noqa: PLC0415 - where the first has no wheel

    searcher = ahocorasick.Automaton()
    for number, word in enumerate(words):
        searcher.add_word(word.decode("latin-1"), (number, len(word)))
    searcher.make_automaton()
    return _LatinAutomaton(searcher)


AUTOMATA: Mapping[str, Build] = {"ahocorasick_rs": _with_rust, "pyahocorasick": _with_c}
"""Libraries by name, the fastest first."""
