# SPDX-License-Identifier: Apache-2.0
"""keep: the value as it is.

Rules: what cannot be written as UTF-8 is replaced character by character, so that a
damaged name does not stop a row.
Not here: whether a purpose may keep it (`requirement.py`).
"""

from wire.catalogue import Column
from wire.transforms.examples import BOOLEAN, COUNT, TEXT
from wire.transforms.transform import (
    Arguments,
    Hides,
    Keeps,
    Need,
    TransformContext,
    refuse_arguments,
    same,
)
from wire.values import Value, Withheld

NAME = "keep"
MEANING = "the value as it is"


def check(arguments: Arguments, column: Column) -> None:
    """Refuse arguments; every column can be kept."""
    del column
    refuse_arguments(NAME, arguments)


def apply(
    value: Value, arguments: Arguments, context: TransformContext
) -> Value | Withheld:
    """Return the value; characters that UTF-8 lacks become the replacement mark."""
    del arguments, context
    if isinstance(value, str) and not value.isascii():
        return value.encode("utf-8", "replace").decode("utf-8")
    return value


def meet(first: Arguments, second: Arguments) -> Arguments | None:
    """Return the arguments when they are equal."""
    return same(first, second)


def meets_needs(arguments: Arguments, column: Column) -> frozenset[Need]:
    """Satisfy no need: everything survives."""
    del arguments, column
    return frozenset()


KEEPS = (
    Keeps(TEXT, (), "nginx 1.24.0", "nginx 1.24.0"),
    Keeps(TEXT, (), "caf\udce9", "caf?"),
    Keeps(COUNT, (), 7, 7),
    Keeps(BOOLEAN, (), value=False, becomes=False),
    Keeps(TEXT, (), None, None),
)
HIDES: tuple[Hides, ...] = ()
