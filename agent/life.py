# SPDX-License-Identifier: Apache-2.0
"""What the resident agent tells whoever hosts it: a service manager, or nobody.

Rules: what is told is a word of the agent's own, never a value; `turned` is told by the
loop alone, and only while things move, so that who listens can end an agent that is
stuck.
Not here: service managers (`service/`), when things move (`progress.py`).
"""

from math import inf
from typing import Protocol


class Life(Protocol):
    """Hears how the agent lives."""

    @property
    def beat(self) -> float:
        """Return the most seconds that the loop may rest; infinite for any."""

    def ready(self) -> None:
        """Hear that it has begun, once."""

    def turned(self) -> None:
        """Hear that its loop has turned, and that things move."""

    def status(self, sentence: str) -> None:
        """Hear what a person should know, in a few words."""

    def reloading(self) -> None:
        """Hear that it reads its settings anew; `ready` follows."""

    def stopping(self) -> None:
        """Hear that it ends."""


class Alone:
    """Nobody listens: a person runs it in a terminal."""

    beat = inf

    def ready(self) -> None:
        """Do nothing."""

    def turned(self) -> None:
        """Do nothing."""

    def status(self, sentence: str) -> None:
        """Do nothing."""

    def reloading(self) -> None:
        """Do nothing."""

    def stopping(self) -> None:
        """Do nothing."""
