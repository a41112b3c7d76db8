# SPDX-License-Identifier: Apache-2.0
"""scrub: a text without the identities and secrets found in it.

Rules: without a scrubber there is no value.
Not here: what is found and how (`agent/redaction`).
"""

from wire.catalogue import Column, ValueType
from wire.errors import TransformError
from wire.transforms.examples import FREE_TEXT
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

NAME = "scrub"
MEANING = "the text, with names, addresses and secrets replaced"


def check(arguments: Arguments, column: Column) -> None:
    """Take no number, on a text column.

    Raises:
        TransformError: otherwise.
    """
    refuse_arguments(NAME, arguments)
    if column.type is not ValueType.TEXT:
        msg = f"transform {NAME}: only for text; use bucket or drop"
        raise TransformError(msg)


def apply(
    value: Value, arguments: Arguments, context: TransformContext
) -> Value | Withheld:
    """Return the scrubbed text."""
    del arguments
    if value is None:
        return None
    if not isinstance(value, str):
        return Withheld.WRONG_TYPE
    if context.scrub is None:
        return Withheld.TRANSFORM_FAILED
    return context.scrub(value)


def meet(first: Arguments, second: Arguments) -> Arguments | None:
    """Return the arguments when they are equal."""
    return same(first, second)


def meets_needs(arguments: Arguments, column: Column) -> frozenset[Need]:
    """Satisfy free text."""
    del arguments, column
    return frozenset({Need.FREE_TEXT})


KEEPS = (
    Keeps(FREE_TEXT, (), None, None),
    Keeps(FREE_TEXT, (), "no scrubber, no text", Withheld.TRANSFORM_FAILED),
)
HIDES = (Hides(FREE_TEXT, (), "mail amelie", "amelie"),)
