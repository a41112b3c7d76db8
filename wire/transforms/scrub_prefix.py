# SPDX-License-Identifier: Apache-2.0
"""scrub_prefix: a text as by scrub, whose addresses keep a network's shape, or a maker.

Rules: without a scrubber that keeps prefixes there is no value; what is found and
replaced is what scrub finds, only the stand-ins of addresses say more.
Not here: what is found and how (`agent/redaction`), stand-ins (`wire/pseudonyms.py`).
"""

from wire.catalogue import Column
from wire.transforms.examples import FREE_TEXT
from wire.transforms.scrub import check_text, scrubbed
from wire.transforms.transform import (
    Arguments,
    Hides,
    Keeps,
    Need,
    TransformContext,
    same,
)
from wire.values import Value, Withheld

NAME = "scrub_prefix"
MEANING = (
    "the text as by scrub; stand-ins of addresses share prefixes as the addresses do, "
    "those of MAC addresses show the maker"
)


def check(arguments: Arguments, column: Column) -> None:
    """Take no number, on a text column.

    Raises:
        TransformError: otherwise.
    """
    check_text(NAME, arguments, column)


def apply(
    value: Value, arguments: Arguments, context: TransformContext
) -> Value | Withheld:
    """Return the scrubbed text."""
    del arguments
    return scrubbed(value, context.scrub_prefix)


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
