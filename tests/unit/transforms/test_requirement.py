# SPDX-License-Identifier: Apache-2.0
"""What a purpose needs of a transform.

Rules: each line is a sentence of the privacy statement, as a call that is or is not
enough.
Not here: whether a call fits its column (`test_examples.py`).
"""

import pytest

from wire.catalogue import Column, Sensitivity, ValueType
from wire.purposes import RULES, Purpose
from wire.transforms import requirement
from wire.transforms.call import parse_call
from wire.transforms.examples import (
    ADDRESS,
    COUNT,
    FREE_TEXT,
    HOME_PATH,
    HOST,
    MAC,
    TIMESTAMP,
    USER,
    example_column,
)

QUASI_TEXT = example_column(sensitivity=Sensitivity.QUASI)
QUASI_ADDRESS = example_column(sensitivity=Sensitivity.QUASI, identity="ip")
QUASI_COUNT = example_column(ValueType.COUNT, Sensitivity.QUASI)

ENOUGH = [
    (Purpose.PROVISION, "keep", COUNT),
    (Purpose.PROVISION, "pseudonymise", USER),
    (Purpose.PROVISION, "shorten_address(24,48)", ADDRESS),
    (Purpose.PROVISION, "vendor_only", MAC),
    (Purpose.PROVISION, "shorten_path", HOME_PATH),
    (Purpose.PROVISION, "mask", HOST),
    (Purpose.PROVISION, "drop", USER),
    (Purpose.PROVISION, "keep", QUASI_TEXT),
    (Purpose.PROVISION, "scrub", FREE_TEXT),
    (Purpose.PROVISION, "truncate(80)", FREE_TEXT),
    (Purpose.PROVISION, "shorten_path(3)", FREE_TEXT),
    (Purpose.SUPPORT, "keep", HOST),
    (Purpose.ADMINISTRATION, "keep", HOST),
    (Purpose.SECURITY, "keep", ADDRESS),
    (Purpose.SECURITY, "scrub", FREE_TEXT),
    (Purpose.IMPROVEMENT, "keep", COUNT),
    (Purpose.IMPROVEMENT, "drop", FREE_TEXT),
    (Purpose.IMPROVEMENT, "vendor_only", MAC),
    (Purpose.IMPROVEMENT, "bucket(3600)", TIMESTAMP),
    (Purpose.IMPROVEMENT, "bucket(10)", QUASI_COUNT),
    (Purpose.IMPROVEMENT, "shorten_address(24,48)", QUASI_ADDRESS),
    (Purpose.COMPLIANCE, "drop", USER),
]
NOT_ENOUGH = [
    (Purpose.PROVISION, "keep", USER),
    (Purpose.PROVISION, "truncate(3)", USER),
    (Purpose.PROVISION, "mask(4)", HOST),
    (Purpose.PROVISION, "scrub", HOST),
    (Purpose.PROVISION, "shorten_path", HOST),
    (Purpose.IMPROVEMENT, "shorten_path", HOME_PATH),
    (Purpose.PROVISION, "shorten_address(32,48)", ADDRESS),
    (Purpose.PROVISION, "keep", FREE_TEXT),
    (Purpose.PROVISION, "mask(4)", FREE_TEXT),
    (Purpose.SECURITY, "keep", FREE_TEXT),
    (Purpose.IMPROVEMENT, "pseudonymise", USER),
    (Purpose.IMPROVEMENT, "keep", USER),
    (Purpose.IMPROVEMENT, "mask", USER),
    (Purpose.IMPROVEMENT, "shorten_address(24,48)", ADDRESS),
    (Purpose.IMPROVEMENT, "scrub", FREE_TEXT),
    (Purpose.IMPROVEMENT, "keep", QUASI_TEXT),
    (Purpose.IMPROVEMENT, "keep", TIMESTAMP),
    (Purpose.IMPROVEMENT, "bucket(60)", TIMESTAMP),
    (Purpose.IMPROVEMENT, "bucket(1)", QUASI_COUNT),
    (Purpose.IMPROVEMENT, "pseudonymise", QUASI_ADDRESS),
    (Purpose.COMMUNICATION, "keep", COUNT),
    (Purpose.COMPLIANCE, "keep", COUNT),
    (Purpose.PROVISION, "launder", COUNT),
]


def _why(purpose: Purpose, text: str, column: Column) -> str | None:
    return requirement.required(
        column.sensitivity, RULES[purpose], parse_call(text), column
    )


@pytest.mark.parametrize(("purpose", "text", "column"), ENOUGH)
def test_enough(purpose: Purpose, text: str, column: Column) -> None:
    """The transform is enough, so there is no objection."""
    assert _why(purpose, text, column) is None


@pytest.mark.parametrize(("purpose", "text", "column"), NOT_ENOUGH)
def test_not_enough(purpose: Purpose, text: str, column: Column) -> None:
    """The transform is not enough, and a sentence says why."""
    assert _why(purpose, text, column)
