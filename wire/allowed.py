# SPDX-License-Identifier: Apache-2.0
"""Lists of what is allowed: networks, events; they only ever shrink.

Rules: what cannot be read allows nothing; meeting two lists leaves what is in both; no
list at all stands for everything.
Not here: what is listed (`networks.py`, `events.py`).
"""

from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass
from typing import Generic, Protocol, Self, TypeVar

from wire.errors import PolicyError


class Part(Protocol):
    """One thing of a list: may lie within another, and has one form as a text."""

    def within(self, other: Self) -> bool:
        """Tell whether this one is the other, or a part of it."""

    def text(self) -> str:
        """Return its canonical form."""


P = TypeVar("P", bound=Part)


def canonical(parts: Iterable[P]) -> tuple[str, ...]:
    """Return parts as texts, sorted, each once, less those inside another."""
    each = set(parts)
    return tuple(
        sorted(
            item.text()
            for item in each
            if not any(item != other and item.within(other) for other in each)
        )
    )


@dataclass(frozen=True, slots=True)
class Lists(Generic[P]):
    """How lists of one kind are read and met.

    Attributes:
        read: returns the part that a text names; raises PolicyError where it names
            none.
        shared: returns what two parts share; None where that is nothing.
    """

    read: Callable[[str], P]
    shared: Callable[[P, P], P | None]

    def known(self, texts: Iterable[str]) -> list[P]:
        """Return the parts of a message, less what cannot be read."""
        found: list[P] = []
        for text in texts:
            try:
                found.append(self.read(text))
            except PolicyError:
                continue
        return found

    def meet(
        self, first: Sequence[str] | None, second: Sequence[str] | None
    ) -> tuple[str, ...] | None:
        """Return what is in both lists; None stands for everything."""
        if first is None and second is None:
            return None
        if first is None or second is None:
            return canonical(self.known((first or ()) if second is None else second))
        others = self.known(second)
        both = [self.shared(one, two) for one in self.known(first) for two in others]
        return canonical(item for item in both if item is not None)
