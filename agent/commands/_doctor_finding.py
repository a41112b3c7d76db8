# SPDX-License-Identifier: Apache-2.0
"""What a look came to: how well, in one sentence, and what to do about it.

Rules: names of datasets, hosts and issuers may stand in it, no value of data, no
password, no token.
Not here: the looks (`_doctor_local.py`, `_doctor_way.py`, `_doctor_service.py`).
"""

import argparse
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from enum import Enum

from agent.identity import Identity
from agent.settings import Settings
from agent.state import State


class Level(Enum):
    """How well something is."""

    OK = "ok"
    SKIP = "skip"
    """It could not be looked at, for what it needs is not there."""
    WARN = "warn"
    """It works, and a person had better know."""
    FAIL = "fail"
    """It does not work until somebody does something."""


@dataclass(frozen=True, slots=True)
class Finding:
    """One line of the doctor's.

    Attributes:
        check: what was looked at.
        level: how well it is.
        told: what was found, a sentence without its full stop.
        advice: what to do; empty where nothing is.
    """

    check: str
    level: Level
    told: str
    advice: str = ""


@dataclass(slots=True)
class Patient:
    """What is looked at; earlier looks fill in what later ones need.

    Attributes:
        options: the command line.
        settings: what holds; what is usual where the file is wrong.
        state: the state directory.
        who: the device; None before enrolment.
        closed: whether this user may not look into the state directory.
    """

    options: argparse.Namespace
    settings: Settings = field(default_factory=Settings)
    state: State | None = None
    who: Identity | None = None
    closed: bool = False

    @property
    def place(self) -> State:
        """Return the state directory, which the first look has named."""
        if self.state is None:
            msg = "the settings are looked at first"
            raise RuntimeError(msg)
        return self.state


Look = Callable[[Patient], Iterator[Finding]]
