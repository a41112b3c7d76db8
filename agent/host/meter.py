# SPDX-License-Identifier: Apache-2.0
"""Counts the bytes that a reader takes of a machine's files, programs and logs.

Rules: counted before they are handed on; at its bound a reader is refused all further
ones; one reader at a time is counted.
Not here: the bound of each reader (`agent/governor/budgets.py`).
"""

from agent.errors import OverBudgetError


class Meter:
    """What the reader under way has taken.

    Attributes:
        octets: bytes so far.
    """

    __slots__ = ("_most", "octets")

    def __init__(self) -> None:
        """Count, without a bound."""
        self.octets = 0
        self._most = float("inf")

    def begin(self, most: float) -> None:
        """Count from nothing, for a reader that may take so many bytes."""
        self.octets = 0
        self._most = most

    def take(self, octets: int) -> None:
        """Count bytes that are about to be handed on.

        Raises:
            OverBudgetError: the reader has had all that it may take.
        """
        self.octets += octets
        self.check()

    def check(self) -> None:
        """Raise where the bound is passed, though the reader went on.

        Raises:
            OverBudgetError: it is.
        """
        if self.octets > self._most:
            reason = "byte-budget"
            raise OverBudgetError(reason)
