# SPDX-License-Identifier: Apache-2.0
"""pseudonymise: a keyed, readable stand-in, such as user_7f3k9q2m.

Rules: the same value has the same stand-in inside one (tenant, purpose, epoch) only;
without a key there is no value.
Not here: how the stand-in is made (`wire/pseudonyms.py`).
"""

from wire.catalogue import Column, ValueType
from wire.errors import TransformError
from wire.transforms.examples import HOST, USER
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

NAME = "pseudonymise"
MEANING = "a stand-in that is the same for the same value, for one purpose and epoch"


def check(arguments: Arguments, column: Column) -> None:
    """Take no number, on a text column that names its class of identity.

    Raises:
        TransformError: otherwise.
    """
    refuse_arguments(NAME, arguments)
    if column.type is not ValueType.TEXT or not column.identity:
        msg = f"transform {NAME}: only for a text column that declares an identity"
        raise TransformError(msg)


def apply(
    value: Value, arguments: Arguments, context: TransformContext
) -> Value | Withheld:
    """Return the stand-in."""
    del arguments
    return stand_in(value, context)


def stand_in(
    value: Value, context: TransformContext, *, prefix: bool = False
) -> Value | Withheld:
    """Return the stand-in of a column's value, or the reason why there is none.

    Args:
        value: the raw value; nothing has no stand-in.
        context: the column and the key.
        prefix: whether an address keeps its network, or a MAC address its maker.
    """
    if value is None or value == "":
        return value
    if not isinstance(value, str):
        return Withheld.WRONG_TYPE
    if context.pseudonym_key is None:
        return Withheld.NO_PSEUDONYM_KEY
    from wire.pseudonyms import pseudonym  # noqa: PLC0415 - a plan checks, and makes none

    identity = context.column.identity
    return pseudonym(context.pseudonym_key, identity, value, prefix=prefix)


def meet(first: Arguments, second: Arguments) -> Arguments | None:
    """Return the arguments when they are equal."""
    return same(first, second)


def meets_needs(arguments: Arguments, column: Column) -> frozenset[Need]:
    """Satisfy a direct identifier where pseudonyms are allowed."""
    del arguments, column
    return frozenset({Need.DIRECT})


KEEPS = (
    Keeps(USER, (), None, None),
    Keeps(USER, (), "", ""),
    Keeps(USER, (), "amelie", Withheld.NO_PSEUDONYM_KEY),
)
HIDES = (
    Hides(USER, (), "amelie", "amelie"),
    Hides(HOST, (), "WS-AMELIE", "AMELIE"),
)
