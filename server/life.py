# SPDX-License-Identifier: Apache-2.0
"""What the collector tells whoever hosts it: a service manager, or nobody.

Rules: `turned` is told only while each of its processes works, so that who listens can
end a collector that is stuck.
Not here: service managers (`service/`), the processes (`server/serve.py`).
"""

from typing import Protocol


class Life(Protocol):
    """Hears how the collector lives."""

    def ready(self) -> None:
        """Hear that it takes connections; told again after `reloading`."""

    def turned(self) -> None:
        """Hear that its processes work."""

    def status(self, sentence: str) -> None:
        """Hear what a person should know, in a few words."""

    def reloading(self) -> None:
        """Hear that it reads its settings anew; `ready` follows."""

    def stopping(self) -> None:
        """Hear that it ends."""


class Alone:
    """Nobody listens: a person runs it in a terminal."""

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
