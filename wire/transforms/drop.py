# SPDX-License-Identifier: Apache-2.0
"""drop: no value leaves.

Rules: a dropped column is absent from every record.
Not here: how absence is shown (`agent/redaction/engine.py`).
"""

from wire.catalogue import Column
from wire.transforms.examples import COUNT, SERIAL, USER
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

NAME = "drop"
MEANING = "nothing leaves"


def check(arguments: Arguments, column: Column) -> None:
    """Refuse arguments; every column can be dropped."""
    del column
    refuse_arguments(NAME, arguments)


def apply(
    value: Value, arguments: Arguments, context: TransformContext
) -> Value | Withheld:
    """Return the reason, whatever the value is."""
    del value, arguments, context
    return Withheld.BY_POLICY


def meet(first: Arguments, second: Arguments) -> Arguments | None:
    """Return the arguments when they are equal."""
    return same(first, second)


def meets_needs(arguments: Arguments, column: Column) -> frozenset[Need]:
    """Satisfy every need."""
    del arguments, column
    return frozenset(Need)


KEEPS = (Keeps(COUNT, (), 7, Withheld.BY_POLICY),)
HIDES = (
    Hides(USER, (), "amelie", "amelie"),
    Hides(SERIAL, (), "PF3K9Q2M", "PF3K"),
)
