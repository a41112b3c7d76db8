# SPDX-License-Identifier: Apache-2.0
"""A parameter's value as people read and write it; what is signed stays as it is.

Rules: one value has one text in words, and two values never the same; what was typed
becomes what is signed in one place, or nothing, which the check refuses.
Not here: what a value must be (`wire/diagnostics.py`), the words of a whole request
(`wire/order_words.py`).
"""

import datetime as dt
import re
from collections.abc import Mapping

from wire.catalogue import Dataset
from wire.diagnostics import AT_ONCE, Parameter, ParameterType, fits
from wire.orders import Request

_SECOND = re.compile("[1-9][0-9]{9}")
"""From 2001 to 2286: with fewer digits, or more, people write a day or its hour."""
NOW = "now"
"""How people write the moment at which a diagnostic runs."""


def moment(seconds: int) -> str:
    """Return a time in words; one that no calendar has as a number."""
    try:
        return f"{dt.datetime.fromtimestamp(seconds, dt.UTC):%Y-%m-%d %H:%M:%S} UTC"
    except (OverflowError, ValueError, OSError):
        return f"second {seconds} since 1970"


def in_words(item: Parameter | None, text: str) -> str:
    """Return a value as a person reads it.

    Args:
        item: as it is declared; None where this release does not know it.
        text: as it is signed.
    """
    if item is None or item.type is not ParameterType.MOMENT or not fits(item, text):
        return text
    return NOW if text == AT_ONCE else moment(int(text))


def as_signed(item: Parameter | None, typed: str) -> str:
    """Return what is signed of what a person typed; of no one moment nothing.

    Args:
        item: as it is declared; None where this release does not know it.
        typed: for a moment, a time of ISO 8601 with its offset, or `now`, or the second
            since 1970; a date in digits alone is none.
    """
    if item is None or item.type is not ParameterType.MOMENT:
        return typed
    if typed == NOW:
        return AT_ONCE
    if _SECOND.fullmatch(typed):
        return typed
    try:
        found = dt.datetime.fromisoformat(typed)
    except ValueError:
        return ""
    seconds = int(found.timestamp()) if found.tzinfo else 0
    return str(seconds) if seconds > 0 else ""


def declared_of(dataset: Dataset | None) -> Mapping[str, Parameter]:
    """Return the parameters that a dataset declares, by name."""
    asked = dataset.diagnostic if dataset else None
    return {one.name: one for one in asked.parameters} if asked else {}


def given_in_words(request: Request, dataset: Dataset | None) -> str:
    """Return all parameters of a request on one line; empty where it has none.

    Args:
        request: as it was read.
        dataset: the diagnostic that it names; None where this release has none.
    """
    known = declared_of(dataset)
    return ", ".join(
        f"{one.name} {in_words(known.get(one.name), one.value)}"
        for one in request.parameters
    )
