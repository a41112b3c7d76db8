# SPDX-License-Identifier: Apache-2.0
"""What the keeper does by itself: one round for each file in this folder.

Rules: found by file name, in the alphabet's order; a file has `EVERY_SECONDS` and
`turn`; a turn that fails is told once and tried again, and holds up no other round.
Not here: what the keeper does when it is asked (`server/keeper/acts`).
"""

import sys
import time
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from functools import cache
from importlib import import_module
from pkgutil import iter_modules

from server.errors import ServerError
from server.keeper.desk import Desk
from wire.errors import WireError

Turn = Callable[[Desk, int], None]
"""Takes the desk and the system's time."""


@dataclass(frozen=True, slots=True)
class Round:
    """Something that is done again and again.

    Attributes:
        name: for people.
        every: seconds from one turn to the next.
        turn: one turn.
    """

    name: str
    every: float
    turn: Turn


@cache
def rounds() -> Sequence[Round]:
    """Return all rounds.

    Raises:
        TypeError: a file does not offer what a round must.
    """
    return tuple(_load(found.name) for found in iter_modules(__path__))


def _load(file: str) -> Round:
    module = import_module(f"{__name__}.{file}")
    every: float | None = getattr(module, "EVERY_SECONDS", None)
    turn: Turn | None = getattr(module, "turn", None)
    if every is None or turn is None:
        msg = f"server/keeper/rounds/{file}.py: declare EVERY_SECONDS and turn"
        raise TypeError(msg)
    return Round(file.replace("_", "-"), every, turn)


class Rounds:
    """Takes the turns that are due."""

    def __init__(self, desk: Desk, every: Sequence[Round]) -> None:
        """Know them; each is due at once."""
        self._desk = desk
        self._due = dict.fromkeys(every, 0.0)
        self._told: dict[Round, str] = {}

    def turn(self, passed: float) -> None:
        """Take each turn that is due.

        Args:
            passed: seconds that go by whatever is done to the time of day.
        """
        for one, due in self._due.items():
            if passed >= due:
                self._due[one] = passed + one.every
                self._take(one)

    def _take(self, one: Round) -> None:
        try:
            one.turn(self._desk, int(time.time()))
            self._told.pop(one, None)
        except (ServerError, WireError) as error:
            self._tell(one, str(error))
        except Exception as error:  # noqa: BLE001 - boundary: the service loop
            self._tell(one, f"failed unexpectedly ({type(error).__name__})")

    def _tell(self, one: Round, what: str) -> None:
        """Tell what went wrong, unless that was told of the turn before."""
        if self._told.get(one) != what:
            self._told[one] = what
            sys.stderr.write(f"keeper: {one.name}: {what}\n")
