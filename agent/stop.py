# SPDX-License-Identifier: Apache-2.0
"""How an agent that stays is told to end, and to read its settings anew.

Rules: what is told is never lost; only inside `at_once` and `listening` is anything
broken off, so that nothing else is ever cut in two.
Not here: signals (`agent/commands/run.py`), another thread's word
(`service/thread_stop.py`), what it does until then (`resident.py`, `unattended.py`).
"""

from contextlib import AbstractContextManager
from typing import Protocol


class Stopped(BaseException):
    """The agent is to end, now; raised only inside `Stop.at_once`."""


class Roused(BaseException):
    """The settings are to be read anew; raised only inside `Stop.listening`."""


class Stop(Protocol):
    """Tells when the agent is to end, and when to read its settings anew."""

    def rest(self, seconds: float) -> bool:
        """Wait so many seconds or less; true when the agent is to end."""

    def anew(self) -> bool:
        """Tell, once, whether the settings are to be read anew."""

    def at_once(self) -> AbstractContextManager[None]:
        """Have what is done inside broken off by Stopped when the agent is to end."""

    def listening(self) -> AbstractContextManager[None]:
        """Have a wait inside broken off by Roused too, when settings are to be read."""
