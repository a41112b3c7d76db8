# SPDX-License-Identifier: Apache-2.0
"""What the texts of a source have told of users and machines, for the texts after them.

Rules: bounded, the oldest goes first; a typed value counts at once; a word that only
stood where a name stands counts when it is spelled like a name, or was seen often
enough, for anybody can sign in as `failed` and spoil a log; never shows what it holds.
Not here: what the machine knows by itself (`identities.py`), looking (`dictionary.py`).
"""

import re

from agent.redaction import bounds
from agent.redaction.lazily import LazyPattern
from agent.redaction.ordinary import is_ordinary

_KINDS = frozenset({"user", "host", "domain", "mail", "person"})
"""Kinds without a shape: all others are found wherever they stand."""
_NAME = LazyPattern(r"[^\W_][\w.@$ -]*\Z")
_PARTS = LazyPattern(r"[^\W\d_]+")
_COUNTERS = LazyPattern(r"v?[0-9.]+\Z|0x[0-9a-f]+\Z", re.IGNORECASE)


class Learned:
    """Names that texts told of; lives as long as one pass over one source.

    Attributes:
        changed: whether a name came or went since `names` was asked.
    """

    __slots__ = ("_known", "_seen", "changed")

    def __init__(self) -> None:
        """Start with none."""
        self._known: dict[tuple[str, str], None] = {}
        self._seen: dict[tuple[str, str], int] = {}
        self.changed = False

    def __repr__(self) -> str:
        """Show how many there are, never one of them."""
        return f"<Learned {len(self._known)}>"

    def __reduce__(self) -> str:
        """Refuse pickling: raw identities never leave memory."""
        msg = "Learned cannot be pickled"
        raise TypeError(msg)

    def __len__(self) -> int:
        """Return how many names are known."""
        return len(self._known)

    def learn(
        self, identity: str, value: str, *, typed: bool = False, times: int = 1
    ) -> None:
        """Take note of a name.

        Args:
            identity: class; of others than users, machines and domains nothing is
                learned.
            value: the raw value.
            typed: whether a field of that type held it, rather than a text.
            times: how often it was seen.
        """
        if identity not in _KINDS or not _may_be_learned(value):
            return
        key = (identity, value.casefold())
        if key in self._known:
            self._known[key] = self._known.pop(key)
            return
        if not typed and not _is_name_like(value):
            times += self._seen.pop(key, 0)
            if times < bounds.LEARN_TIMES:
                self._seen[key] = times
                _shorten(self._seen)
                return
        self._known[key] = None
        _shorten(self._known)
        self.changed = True

    def names(self) -> list[tuple[str, str]]:
        """Return classes and names known now, and wait for the next change."""
        self.changed = False
        return list(self._known)


def _shorten(entries: dict[tuple[str, str], None] | dict[tuple[str, str], int]) -> None:
    if len(entries) > bounds.LEARNED:
        del entries[next(iter(entries))]


def _may_be_learned(value: str) -> bool:
    """Tell whether a value names somebody, whatever told of it."""
    if not bounds.LEARN_CHARS <= len(value) <= bounds.IDENTITY_CHARS:
        return False
    if not _NAME.match(value) or _COUNTERS.match(value):
        return False
    words = _PARTS.findall(value)
    return not all(map(is_ordinary, words))


def _is_name_like(value: str) -> bool:
    """Tell whether it is spelled as no word is: with digits, dots or dashes inside."""
    inner = value[1:]
    return any(letter in ".-_@$" or letter.isdigit() for letter in inner)
