# SPDX-License-Identifier: Apache-2.0
"""A cell's value, and the reasons for which a value is withheld.

Rules: a withheld value is a reason, never an empty string; reasons are slugs.
Not here: raw rows (`agent/rows.py`) and redacted ones (`wire/record.py`).
"""

from enum import Enum

Value = str | int | float | bool | None


class Withheld(Enum):
    """Why a value does not leave; the value is the slug shown to people."""

    BY_POLICY = "by-policy"
    NO_PSEUDONYM_KEY = "no-pseudonym-key"
    TRANSFORM_FAILED = "transform-failed"
    WRONG_TYPE = "wrong-type"
    TOO_LARGE = "too-large"
    TIME_BUDGET = "time-budget"
    UNKNOWN_COLUMN = "unknown-column"
    UNKNOWN_TRANSFORM = "unknown-transform"
    NOT_RECOGNISED = "not-recognised"
