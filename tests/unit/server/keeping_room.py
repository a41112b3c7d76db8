# SPDX-License-Identifier: Apache-2.0
"""A key, a law and a hold, and until when the key is kept by what was promised.

Rules: days count from the first of the epoch.
Not here: the promises themselves (`test_keeping.py`, `test_keeping_due.py`).
"""

from dataclasses import replace

from server.keeper.criteria import (
    LegalObligation,
)
from server.keeper.keeping import (
    Facts,
    Hold,
    Keeping,
    Minimum,
    Promise,
    keeping,
)
from server.keyring import LiveKey
from wire.policy import (
    Criterion,
    RetentionClass,
)
from wire.purposes import Purpose

DAY = 86_400


KEY = LiveKey(
    b"k" * 16,
    Purpose.SECURITY,
    "logs",
    3,
    100 * DAY,
    110 * DAY,
    created=95 * DAY,
    maximum_age=30 * DAY,
    until=140 * DAY,
)


USER, TIME, STATE = ("logins", "user.name"), ("logins", "timestamp"), ("services", "x")


LAW = Minimum(
    "accounts",
    LegalObligation("Example Act 1", "XX"),
    bytes(16),
    frozenset({Purpose.SECURITY}),
    frozenset({USER, TIME}),
    60 * DAY,
)


HOLD = Hold("c0", frozenset({Purpose.SECURITY}), frozenset({USER, STATE}))


def kept(
    days: int, criterion: Criterion | None = None, **beside: object
) -> RetentionClass:
    """Return what a policy says of the class."""
    return replace(RetentionClass("logs", days * DAY), criterion=criterion, **beside)  # type: ignore[arg-type]


def kept_until(
    key: LiveKey = KEY, *said: tuple[int, RetentionClass], **facts: object
) -> Keeping:
    """Return until when a key is kept; each promise is a day and the class."""
    promised = [Promise(day * DAY, item) for day, item in said]
    newest = promised[-1] if promised else None
    return keeping(key, newest, Facts(**facts))  # type: ignore[arg-type]


def days(found: Keeping) -> list[tuple[str, int]]:
    """Return each reason and the day on which it ends."""
    return [(item.slug, item.until // DAY) for item in found.because]
