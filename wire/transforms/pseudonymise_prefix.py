# SPDX-License-Identifier: Apache-2.0
"""pseudonymise_prefix: a stand-in that keeps a network's shape, or a maker.

Rules: stand-ins of addresses share as long a prefix as the addresses do, so networks
can be counted and compared without their numbers; a MAC address keeps its maker's half;
whoever knows some addresses of a network knows where others of it are.
Not here: how the stand-in is made (`wire/pseudonyms.py`).
"""

from wire.catalogue import Column, ValueType
from wire.errors import TransformError
from wire.stand_ins import PREFIXED
from wire.transforms.examples import ADDRESS, MAC
from wire.transforms.pseudonymise import stand_in
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

NAME = "pseudonymise_prefix"
MEANING = (
    "a stand-in as by pseudonymise; those of addresses share prefixes as the addresses "
    "do, those of MAC addresses show the maker"
)


def check(arguments: Arguments, column: Column) -> None:
    """Take no number, on a text column of addresses or MAC addresses.

    Raises:
        TransformError: otherwise.
    """
    refuse_arguments(NAME, arguments)
    if column.type is not ValueType.TEXT or column.identity not in PREFIXED:
        msg = f"transform {NAME}: only for IP and MAC addresses; use pseudonymise"
        raise TransformError(msg)


def apply(
    value: Value, arguments: Arguments, context: TransformContext
) -> Value | Withheld:
    """Return the stand-in."""
    del arguments
    return stand_in(value, context, prefix=True)


def meet(first: Arguments, second: Arguments) -> Arguments | None:
    """Return the arguments when they are equal."""
    return same(first, second)


def meets_needs(arguments: Arguments, column: Column) -> frozenset[Need]:
    """Satisfy a direct identifier where pseudonyms are allowed."""
    del arguments, column
    return frozenset({Need.DIRECT})


KEEPS = (
    Keeps(ADDRESS, (), None, None),
    Keeps(MAC, (), "", ""),
    Keeps(MAC, (), "00:1A:2B:3C:4D:5E", Withheld.NO_PSEUDONYM_KEY),
)
HIDES = (
    Hides(ADDRESS, (), "192.0.2.77", "192"),
    Hides(ADDRESS, (), "2001:db8::77", "2001"),
    Hides(MAC, (), "00:1A:2B:3C:4D:5E", "3c4d5e"),
)
