# SPDX-License-Identifier: Apache-2.0
"""vendor_only: the maker's half of a MAC address.

Rules: an address that was drawn at random or assigned locally has no maker, and none
of it survives.
Not here: names of makers.
"""

import re

from wire.catalogue import Column, ValueType
from wire.errors import TransformError
from wire.transforms.examples import MAC
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

NAME = "vendor_only"
MEANING = "the maker's half of a MAC address, such as 00:1a:2b"
IDENTITY = "mac"
"""Identity class whose values have a maker."""
LOCAL = "locally-administered"
"""Stands for an address without a maker."""

_PAIRS = re.compile(r"[0-9a-f]{1,2}(?:([:-])[0-9a-f]{1,2})(?:\1[0-9a-f]{1,2}){4}\Z")
_BARE = re.compile(r"[0-9a-f]{12}\Z")
_DOTTED = re.compile(r"[0-9a-f]{4}(?:\.[0-9a-f]{4}){2}\Z")
_LOCAL_OR_GROUP = 0x03


def check(arguments: Arguments, column: Column) -> None:
    """Take no number, on a text column.

    Raises:
        TransformError: otherwise.
    """
    refuse_arguments(NAME, arguments)
    if column.type is not ValueType.TEXT:
        msg = f"transform {NAME}: only for text that holds a MAC address"
        raise TransformError(msg)


def apply(
    value: Value, arguments: Arguments, context: TransformContext
) -> Value | Withheld:
    """Return the maker's half in lower case."""
    del arguments, context
    if value is None or value == "":
        return value
    if not isinstance(value, str):
        return Withheld.WRONG_TYPE
    text = value.strip().lower()
    if _PAIRS.match(text):
        digits = "".join(pair.zfill(2) for pair in re.split("[:-]", text))
    elif _BARE.match(text) or _DOTTED.match(text):
        digits = text.replace(".", "")
    else:
        return Withheld.NOT_RECOGNISED
    if int(digits[:2], 16) & _LOCAL_OR_GROUP:
        return LOCAL
    return f"{digits[:2]}:{digits[2:4]}:{digits[4:6]}"


def meet(first: Arguments, second: Arguments) -> Arguments | None:
    """Return the arguments when they are equal."""
    return same(first, second)


def meets_needs(arguments: Arguments, column: Column) -> frozenset[Need]:
    """Satisfy every need of a MAC address: a maker is shared by many.

    A serial number of twelve digits looks like one, and its half is no maker.
    """
    del arguments
    if column.identity != IDENTITY:
        return frozenset()
    return frozenset({Need.DIRECT, Need.DIRECT_ANONYMOUS, Need.QUASI_ANONYMOUS})


KEEPS = (
    Keeps(MAC, (), "00:1A:2B:3C:4D:5E", "00:1a:2b"),
    Keeps(MAC, (), "00-1A-2B-3C-4D-5E", "00:1a:2b"),
    Keeps(MAC, (), "001a.2b3c.4d5e", "00:1a:2b"),
    Keeps(MAC, (), "8:0:27:fc:ad:56", "08:00:27"),
    Keeps(MAC, (), "3a:11:22:33:44:55", LOCAL),
    Keeps(MAC, (), "unknown", Withheld.NOT_RECOGNISED),
    Keeps(MAC, (), None, None),
)
HIDES = (
    Hides(MAC, (), "00:1A:2B:3C:4D:5E", "3c"),
    Hides(MAC, (), "3a:11:22:33:44:55", "3a"),
    Hides(MAC, (), "00:1A:2B:3C:4D:5E:77", "00"),
)
