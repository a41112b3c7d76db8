# SPDX-License-Identifier: Apache-2.0
"""The host of a machine without a service manager, and of who develops: a terminal.

Rules: `run` runs until Ctrl-C; every other verb needs a manager, and says so.
Not here: systemd (`linux.py`), Windows (`windows.py`).
"""

from collections.abc import Sequence
from typing import NoReturn

from service import hosted
from service.contract import Part, Status, Unheard, UnsupportedError


class Foreground:
    """A Manager that manages nothing."""

    def install(self, part: Part) -> None:
        """Refuse."""
        self._refuse(part)

    def remove(self, part: Part) -> None:
        """Refuse."""
        self._refuse(part)

    def start(self, part: Part) -> None:
        """Refuse."""
        self._refuse(part)

    def stop(self, part: Part) -> None:
        """Refuse."""
        self._refuse(part)

    def reload(self, part: Part) -> None:
        """Refuse."""
        self._refuse(part)

    def status(self, part: Part) -> Status:
        """Refuse."""
        self._refuse(part)

    def run(self, part: Part, words: Sequence[str]) -> int:
        """Run it here, until Ctrl-C."""
        return hosted.run(part, words, Unheard())

    def _refuse(self, part: Part) -> NoReturn:
        msg = (
            "this machine has no service manager that is known here (systemd, or "
            f"Windows): run `discreet-service {part.value} run` under your own"
        )
        raise UnsupportedError(msg)
