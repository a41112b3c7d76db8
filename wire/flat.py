# SPDX-License-Identifier: Apache-2.0
"""A map of plain values, checked by a few looks at all of them together.

Rules: what is found here is what reading it field by field finds; where anything is not
as it has to be nothing is found, and whoever reads field by field says what it is.
Not here: the fields (`codec.py`), the encoding (`cbor.py`).
"""

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from operator import itemgetter
from typing import Any

from wire.limits import SEQUENCE


@dataclass(frozen=True, slots=True)
class Part:
    """One field of a map, by what can be looked at together with others.

    Attributes:
        key: of the map.
        kind: type of the plain value.
        length: of a byte string that is always so long.
        any_number: whether it may be any unsigned integer.
        read: checks it alone; used where neither of the two tells all.
    """

    key: int
    kind: type
    length: int | None
    any_number: bool
    read: Callable[[object, str], object]


class Flat:
    """Checks maps of the same parts."""

    __slots__ = (
        "_alone",
        "_keys",
        "_kinds",
        "_lengths",
        "_numbers",
        "_sized",
        "_types",
    )

    def __init__(self, parts: Sequence[Part]) -> None:
        """Take the parts, in the order of their keys."""
        numbered = [at for at, one in enumerate(parts) if one.any_number]
        sized = [at for at, one in enumerate(parts) if one.length is not None]
        together = {*numbered, *sized}
        self._keys = tuple(one.key for one in parts)
        self._types = (int,) * len(parts)
        self._kinds = tuple(one.kind for one in parts)
        self._lengths = tuple(parts[at].length for at in _twice(sized))
        self._sized = _several(sized)
        self._numbers = _several(numbered)
        self._alone = tuple(
            (at, one.read) for at, one in enumerate(parts) if at not in together
        )

    def values(self, value: object) -> list[object] | None:
        """Return the values of a map, in order; None: look at each by itself.

        Raises:
            SchemaError: one is not what it has to be.
        """
        # true is one for a dictionary, and no key of ours
        if type(value) is not dict or tuple(value) != self._keys:
            return None
        found: list[Any] = list(value.values())
        if tuple(map(type, found)) != self._kinds:
            return None
        if tuple(map(type, value)) != self._types:
            return None
        if tuple(map(len, self._sized(found))) != self._lengths:
            return None
        numbers = self._numbers(found)
        if numbers and not (min(numbers) >= 0 and max(numbers) <= SEQUENCE):
            return None
        for at, read in self._alone:
            found[at] = read(found[at], "value")
        return found


def _twice(places: Sequence[int]) -> Sequence[int]:
    """Return places, or a single one twice: so `itemgetter` returns a tuple."""
    return places if len(places) != 1 else (*places, *places)


def _several(places: Sequence[int]) -> Callable[[list[Any]], tuple[Any, ...]]:
    """Return what picks the values at some places."""
    return itemgetter(*_twice(places)) if places else lambda _: ()
