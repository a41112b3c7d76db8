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
    Scrub,
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
    check_text(NAME, arguments, column)


def check_text(name: str, arguments: Arguments, column: Column) -> None:
    """Refuse numbers and columns that are no text, for a transform of texts.

    Raises:
        TransformError: with the transform's name and what to do.
    """
    refuse_arguments(name, arguments)
    if column.type is not ValueType.TEXT:
        msg = f"transform {name}: only for text; use bucket or drop"
        raise TransformError(msg)


def apply(
    value: Value, arguments: Arguments, context: TransformContext
) -> Value | Withheld:
    """Return the scrubbed text."""
    del arguments
    return scrubbed(value, context.scrub)


def scrubbed(value: Value, scrub: Scrub | None) -> Value | Withheld:
    """Return what a scrubber makes of a column's value, or why nothing leaves.

    Args:
        value: the raw value; nothing stays nothing.
        scrub: removes identities and secrets; None where there is none.
    """
    if value is None:
        return None
    if not isinstance(value, str):
        return Withheld.WRONG_TYPE
    if scrub is None:
        return Withheld.TRANSFORM_FAILED
    return scrub(value)


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
