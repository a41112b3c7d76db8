# SPDX-License-Identifier: Apache-2.0
"""Values and columns that fit their declared type, and those that do not."""

import math

import pytest

from agent.redaction.fitting import fit_values
from wire.catalogue import ValueType
from wire.values import Value, Withheld

WRONG = Withheld.WRONG_TYPE
LOWEST, HIGHEST = -9_223_372_036_854_775_808, 9_223_372_036_854_775_807


@pytest.mark.parametrize(
    ("value_type", "value", "fitted"),
    [
        (ValueType.TEXT, "plain", "plain"),
        (ValueType.TEXT, "größer", "größer"),
        (ValueType.TEXT, "half \ud800 pair", "half ? pair"),
        (ValueType.TEXT, 7, WRONG),
        (ValueType.TEXT, True, WRONG),
        (ValueType.BOOLEAN, True, True),
        (ValueType.BOOLEAN, False, False),
        (ValueType.BOOLEAN, 1, WRONG),
        (ValueType.BOOLEAN, "true", WRONG),
        (ValueType.BOOLEAN, 1.0, WRONG),
        (ValueType.INTEGER, LOWEST, LOWEST),
        (ValueType.INTEGER, HIGHEST, HIGHEST),
        (ValueType.INTEGER, LOWEST - 1, WRONG),
        (ValueType.INTEGER, HIGHEST + 1, WRONG),
        (ValueType.INTEGER, 7.0, WRONG),
        (ValueType.INTEGER, True, WRONG),
        (ValueType.INTEGER, "7", WRONG),
        (ValueType.REAL, 0.5, 0.5),
        (ValueType.REAL, 7, 7.0),
        (ValueType.REAL, 10**400, WRONG),
        (ValueType.REAL, math.inf, WRONG),
        (ValueType.REAL, math.nan, WRONG),
        (ValueType.REAL, True, WRONG),
        (ValueType.REAL, "0.5", WRONG),
    ],
)
def test_a_value_is_of_its_type_or_withheld(
    value_type: ValueType, value: Value, fitted: Value | Withheld
) -> None:
    """A value fits as it is, or a reason stands in its place, alone and in a column."""
    assert fit_values([value], value_type) == [fitted]
    gone = Withheld.BY_POLICY
    assert fit_values([None, value, gone], value_type) == [None, fitted, gone]


@pytest.mark.parametrize("value_type", list(ValueType))
def test_what_is_not_there_fits_every_type(value_type: ValueType) -> None:
    """Nothing, and what is withheld already, stays as it is."""
    assert fit_values([], value_type) == []
    assert fit_values([None, None], value_type) == [None, None]
    reason = Withheld.TRANSFORM_FAILED
    assert fit_values([reason], value_type) == [reason]


@pytest.mark.parametrize(
    ("value_type", "values"),
    [
        (ValueType.INTEGER, [3, HIGHEST + 1, 4]),
        (ValueType.INTEGER, [3, LOWEST - 1, 4]),
        (ValueType.REAL, [3.5, math.inf, 4.5]),
        (ValueType.TEXT, ["a", 3, "b"]),
    ],
)
def test_one_bad_value_withholds_itself_alone(
    value_type: ValueType, values: list[Value]
) -> None:
    """The values beside the one that does not fit are kept."""
    assert fit_values(values, value_type) == [values[0], WRONG, values[2]]
