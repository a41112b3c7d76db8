# SPDX-License-Identifier: Apache-2.0
"""A call that nothing can break off.

Rules: real threads; who hangs waits for an event that the test sets at its end.
Not here: the calls themselves (`tests/wine`).
"""

from threading import Event

import pytest

from agent.errors import BudgetError, DeniedError
from agent.host.left_behind import within

PATIENCE = 30.0


def test_what_a_call_returns() -> None:
    """A call in time is as if it had been made here."""
    assert within(PATIENCE, "time", lambda: [1]) == [1]


def test_what_a_call_raises() -> None:
    """A refusal reaches who waits, with its reason."""
    reason = "access-denied"

    def refuse() -> None:
        raise DeniedError(reason)

    with pytest.raises(DeniedError, match=reason):
        within(PATIENCE, "time", refuse)


def test_a_call_that_hangs_is_left_behind() -> None:
    """Who waits goes on with a slug, though the call has not ended."""
    over = Event()
    try:
        with pytest.raises(BudgetError, match="update-time"):
            within(0.01, "update-time", over.wait)
    finally:
        over.set()
