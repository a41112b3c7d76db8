# SPDX-License-Identifier: Apache-2.0
"""When a running agent leaves a disk that goes on refusing, and when it waits here.

Rules: the loop and the command in this process, over a real state directory; how long
it has been so is handed in.
Not here: what is excused (`test_progress.py`), the process (`test_footing.py`).
"""

import io
import json
import time
from argparse import Namespace
from dataclasses import dataclass, field
from pathlib import Path

import pytest
from turns_room import Turns

from agent.budget import STILL_SECONDS
from agent.commands.run import Hosted, run_hosted
from agent.delivery.courier import Courier
from agent.delivery.polling import About
from agent.errors import StateError
from agent.life import Alone
from agent.logs import Log
from agent.progress import Progress, StuckError
from agent.resident import Resident
from agent.settings import Settings
from agent.state import State


@dataclass
class Damaging(Turns):
    """Turns before which the identity is damaged."""

    state: State = field(default_factory=lambda: State(Path()))

    def rest(self, seconds: float) -> bool:
        """Damage it, and tell whether the turns are over."""
        self.state.identity.write_bytes(b"damaged")
        return super().rest(seconds)


def ill(state: State, since: float, *, leaves: bool) -> list[str]:
    """Run an agent whose turns all fail, and have since a moment; return its events."""
    log = io.StringIO()
    Resident(
        *(state, Courier(About("0.1.0", "Debian 12")), Log(log), Damaging(state=state)),
        progress=Progress(broken=since),
        leaves=leaves,
    ).run()
    return [json.loads(line)["event"] for line in log.getvalue().splitlines()]


def test_after_half_an_hour_it_leaves(state: State) -> None:
    """What is mounted anew outside may be seen by a start anew alone."""
    with pytest.raises(StuckError, match="damaged"):
        ill(state, time.monotonic() - STILL_SECONDS, leaves=True)


def test_before_that_it_tries_on(state: State) -> None:
    """A disk that was ill for a while is waited for."""
    events = ill(state, time.monotonic() - STILL_SECONDS / 2, leaves=True)
    assert events == ["started", "turn-failed", "turn-failed", "stopped"]


def test_where_nobody_starts_it_anew_it_tries_on(state: State) -> None:
    """Ended, it would read nothing until somebody comes."""
    events = ill(state, time.monotonic() - STILL_SECONDS, leaves=False)
    assert events.count("turn-failed") == 2
    assert events[-1] == "stopped"


@dataclass
class Hurried(Turns):
    """Breaks off each wait for a disk, as a reload does."""

    left: int = 3

    def anew(self) -> bool:
        """Have settings read anew."""
        return True


@dataclass
class Told(Alone):
    """Keeps what is said of it."""

    said: list[str] = field(default_factory=list)

    def status(self, sentence: str) -> None:
        """Keep a sentence."""
        self.said.append(sentence)


def waiting(state: State, life: Told, *, in_place: bool) -> int:
    """Run the command as a service whose identity is damaged."""
    state.identity.write_bytes(b"damaged")
    options = Namespace(
        state=str(state.directory), settings=Settings(), now=False, wait=True
    )
    by = Hosted(Hurried(), life, Log(io.StringIO()), in_place=in_place)
    return run_hosted(options, by)


def test_where_its_manager_would_come_late_it_waits_here(state: State) -> None:
    """As a service of Windows it looks every half minute, and is told to end alone."""
    life = Told()
    assert waiting(state, life, in_place=True) == 0
    assert ["damaged" in one for one in life.said] == [True] * 4


def test_elsewhere_it_ends_after_one_wait(state: State) -> None:
    """What was mounted for writing meanwhile is not seen in this process."""
    life = Told()
    with pytest.raises(StateError, match="damaged"):
        waiting(state, life, in_place=False)
    assert len(life.said) == 1
