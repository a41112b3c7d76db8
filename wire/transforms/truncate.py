# SPDX-License-Identifier: Apache-2.0
"""truncate(n): the first n characters.

Rules: free text is scrubbed before it is cut, so that half a name cannot hide from
the scrubber; cutting works on characters, never inside one.
Not here: the last characters (`mask.py`).
"""

from wire.catalogue import Column, Sensitivity, ValueType
from wire.errors import TransformError
from wire.transforms.examples import FREE_TEXT, TEXT
from wire.transforms.transform import (
    Arguments,
    Hides,
    Keeps,
    Need,
    TransformContext,
    check_range,
)
from wire.values import Value, Withheld

NAME = "truncate"
MEANING = "the first characters, as many as the number says"

CHARS = 4096
"""Longest text that is worth a cut; longer texts are scrubbed or dropped."""


def check(arguments: Arguments, column: Column) -> None:
    """Take one number of characters, on a text column.

    Raises:
        TransformError: otherwise.
    """
    if column.type is not ValueType.TEXT:
        msg = f"transform {NAME}: only for text; use bucket or drop"
        raise TransformError(msg)
    if len(arguments) != 1:
        msg = f"transform {NAME}: write truncate(8)"
        raise TransformError(msg)
    check_range(NAME, arguments[0], 1, CHARS)


def apply(
    value: Value, arguments: Arguments, context: TransformContext
) -> Value | Withheld:
    """Return the first characters; of free text those of the scrubbed text."""
    if value is None:
        return None
    if not isinstance(value, str):
        return Withheld.WRONG_TYPE
    text: str | Withheld = value
    if context.column.sensitivity is Sensitivity.FREE_TEXT:
        if context.scrub is None:
            return Withheld.TRANSFORM_FAILED
        text = context.scrub(value)
    if isinstance(text, Withheld):
        return text
    return text[: arguments[0]].encode("utf-8", "replace").decode("utf-8")


def meet(first: Arguments, second: Arguments) -> Arguments | None:
    """Return the shorter cut."""
    return min(first, second)


def meets_needs(arguments: Arguments, column: Column) -> frozenset[Need]:
    """Satisfy free text, which is scrubbed first, and nothing else."""
    del arguments
    if column.sensitivity is Sensitivity.FREE_TEXT:
        return frozenset({Need.FREE_TEXT})
    return frozenset()


KEEPS = (
    Keeps(TEXT, (4,), "6.1.0-18-amd64", "6.1."),
    Keeps(TEXT, (4,), "6.1", "6.1"),
    Keeps(TEXT, (4,), None, None),
    Keeps(FREE_TEXT, (40,), "no scrubber, no text", Withheld.TRANSFORM_FAILED),
)
HIDES = (
    Hides(TEXT, (4,), "6.1.0-18-amd64", "amd64"),
    Hides(FREE_TEXT, (40,), "mail amelie", "amelie"),
)
