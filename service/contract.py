# SPDX-License-Identifier: Apache-2.0
"""The lifecycle of a service: one contract, kept by a host for each operating system.

Rules: two parts can be services, agent and collector, and each verb means the same on
every system; a verb that is done already is done again without harm; whatever goes
wrong is one sentence that says what to do, and a stable exit code.
Not here: the systems themselves (`linux.py`, `windows.py`, `foreground.py`), what runs
(`hosted.py`).
"""

from collections.abc import Sequence
from dataclasses import dataclass
from enum import Enum
from math import inf
from typing import Protocol


class ServiceError(Exception):
    """The service manager refused, or the service does not stay up."""

    exit_code = 1


class UsageError(ServiceError):
    """A word on the command line is wrong."""

    exit_code = 2


class AbsentError(ServiceError):
    """It is not installed as a service here."""

    exit_code = 3


class StoppedError(ServiceError):
    """It is installed, and does not run."""

    exit_code = 4


class DeniedError(ServiceError):
    """Only an administrator may do that."""

    exit_code = 6


class UnsupportedError(ServiceError):
    """There is no service manager here, or not this part of the product."""

    exit_code = 9


class Part(Enum):
    """What can be a service."""

    AGENT = "agent"
    SERVER = "server"


class Condition(Enum):
    """How a service is."""

    ABSENT = "absent"
    STOPPED = "stopped"
    STARTING = "starting"
    RUNNING = "running"
    RELOADING = "reloading"
    STOPPING = "stopping"
    FAILED = "failed"


UP = frozenset({Condition.STARTING, Condition.RUNNING, Condition.RELOADING})


@dataclass(frozen=True, slots=True)
class Status:
    """How a service is, as its manager sees it.

    Attributes:
        condition: in one word.
        detail: what it says of itself, or why it is not up; may be empty.
        at_start: whether it starts with the machine.
        restarts: how often the manager had to start it again.
    """

    condition: Condition
    detail: str = ""
    at_start: bool = False
    restarts: int = 0


class Manager(Protocol):
    """The service manager of one operating system; each verb may raise ServiceError."""

    def install(self, part: Part) -> None:
        """Make it a service that starts now and with the machine.

        Over a broken or an older one it makes all whole again and starts it anew; what
        it had gathered stays.
        """

    def remove(self, part: Part) -> None:
        """Stop it and have no service of it any more; its state stays."""

    def start(self, part: Part) -> None:
        """Start it; return when it says that it works."""

    def stop(self, part: Part) -> None:
        """Stop it; return when it has ended."""

    def reload(self, part: Part) -> None:
        """Have it read its settings anew, without a restart."""

    def status(self, part: Part) -> Status:
        """Tell how it is."""

    def run(self, part: Part, words: Sequence[str]) -> int:
        """Run it in this process, for as long as it lives; what the manager calls.

        Args:
            part: which.
            words: arguments of the part's own `run` or `serve`.
        """


class Life(Protocol):
    """What a part tells its host while it lives: `agent.life.Life`, `server.life.Life`.

    A host that cannot do one of these does nothing.
    """

    @property
    def beat(self) -> float:
        """Return the most seconds that its loop may rest; infinite for any."""

    def ready(self) -> None:
        """Hear that it works; told again when it has read its settings anew."""

    def turned(self) -> None:
        """Hear that its loop has turned and things move; feeds the watchdog."""

    def status(self, sentence: str) -> None:
        """Hear what a person should know, in a few words and without a value."""

    def reloading(self) -> None:
        """Hear that it reads its settings anew; `ready` follows."""

    def stopping(self) -> None:
        """Hear that it ends."""


class Unheard:
    """A Life that nobody listens to."""

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
