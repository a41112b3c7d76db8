# SPDX-License-Identifier: Apache-2.0
"""What every transform file offers, and what it is handed.

Rules: a transform is a pure function of value, arguments and context; what it cannot
do it answers with a reason, never with the raw value.
Not here: the transforms (one file each), their order (`order.py`).
"""

from collections.abc import Callable
from dataclasses import dataclass, field
from enum import Enum

from wire.catalogue import Column
from wire.errors import TransformError
from wire.values import Value, Withheld

Arguments = tuple[int, ...]
Scrub = Callable[[str], str | Withheld]


class Need(Enum):
    """What a purpose may need of a transform before a column may leave."""

    FREE_TEXT = "free-text"
    """No name, address or secret inside a text survives."""
    DIRECT = "direct"
    """A direct identifier does not leave as it is; a pseudonym may."""
    DIRECT_ANONYMOUS = "direct-anonymous"
    """Of a direct identifier nothing that singles out survives."""
    QUASI_ANONYMOUS = "quasi-anonymous"
    """A quasi-identifier is coarse enough to be shared by many."""


@dataclass(frozen=True, slots=True)
class TransformContext:
    """What a transform may use beside the value.

    Attributes:
        column: the declared column the value is of.
        pseudonym_key: key of (tenant, purpose, epoch); None where there is none.
        scrub: removes identities and secrets from a text; None where there is none.
        scrub_prefix: the same, but stand-ins keep a network or a maker.
    """

    column: Column
    pseudonym_key: bytes | None = field(default=None, repr=False)
    scrub: Scrub | None = field(default=None, repr=False)
    scrub_prefix: Scrub | None = field(default=None, repr=False)


@dataclass(frozen=True, slots=True)
class Keeps:
    """An example: this value becomes exactly that one."""

    column: Column
    arguments: Arguments
    value: Value
    becomes: Value | Withheld


@dataclass(frozen=True, slots=True)
class Hides:
    """An example: of this value the substring must not survive."""

    column: Column
    arguments: Arguments
    value: Value
    hidden: str


@dataclass(frozen=True, slots=True)
class Transform:
    """One transform, as its file declares it.

    Attributes:
        name: the word a policy uses.
        meaning: one line a client understands.
        check: refuses wrong arguments and columns it does not fit.
        apply: makes the value that may leave, or says why there is none.
        meet: the stricter of two argument lists; None when neither is.
        meets_needs: which needs a call with these arguments satisfies.
        keeps: examples with their exact result.
        hides: examples with what must be gone.
    """

    name: str
    meaning: str
    check: Callable[[Arguments, Column], None]
    apply: Callable[[Value, Arguments, TransformContext], Value | Withheld]
    meet: Callable[[Arguments, Arguments], Arguments | None]
    meets_needs: Callable[[Arguments, Column], frozenset[Need]]
    keeps: tuple[Keeps, ...]
    hides: tuple[Hides, ...]


def refuse_arguments(name: str, arguments: Arguments) -> None:
    """Refuse any argument, for a transform that takes none.

    Raises:
        TransformError: when there is one.
    """
    if arguments:
        msg = f"transform {name}: it takes no numbers; write {name}"
        raise TransformError(msg)


def check_range(name: str, argument: int, lowest: int, highest: int) -> None:
    """Refuse an argument out of its range.

    Raises:
        TransformError: with the range.
    """
    if not lowest <= argument <= highest:
        msg = f"transform {name}: use a number from {lowest} to {highest}"
        raise TransformError(msg)


def same(first: Arguments, second: Arguments) -> Arguments | None:
    """Meet of calls that take no arguments: equal, or not comparable."""
    return first if first == second else None
