# SPDX-License-Identifier: Apache-2.0
"""The agent's story: read numbered lines, seal, spool, ship, take the mark, trim.

Rules: the real sealer, spool, delivery, poll and transport; the source's cursor moves
in the transaction that spools its lines, as the pipeline does; each line is a row;
some are metrics, which have no cursor: a quick pass hands them over.
Not here: its quick pass (`quick.py`), who kills it (`kill.py`), the collector
(`scene.py`).
"""

import time
from contextlib import AbstractContextManager
from dataclasses import dataclass
from pathlib import Path

from agent import identity
from agent.delivery.courier import Courier
from agent.delivery.polling import About
from agent.delivery.shipping import Act, Next
from agent.device import Device, at_work
from agent.sealing import Group, Sealer
from agent.spool.change import SpoolClass
from agent.state import State
from tests.kills.quick import BEFORE_COMMIT, STEP_BY_STEP, quick_pass
from tests.vectors import world
from wire.body import Mode, Table
from wire.keys import PurposeKey
from wire.mint import mint_record
from wire.purposes import Purpose
from wire.trust import Trusted

SOURCE, METRICS = "lines", "load"
PURPOSE = Purpose.SECURITY
PLANTED = ("", "early-cursor", "late-cursor", BEFORE_COMMIT, STEP_BY_STEP)
"""Defects that the story may have."""
_ABOUT = About("0.1.0", "Linux")


@dataclass(frozen=True, slots=True)
class Story:
    """What the agent does in one life.

    Attributes:
        folder: the state directory of an enrolled device.
        lines: it reads on until so many lines were read in all.
        each: lines of one envelope.
        planted: a defect, so that it is seen that kills find it; none where empty.
        trust: what its bundle makes trusted, checked before: to read that anew is most
            of a life's cost; None to read it.
        metrics: the lines that a quick pass reads at once; none for no such pass.
    """

    folder: Path
    lines: int
    each: int = 3
    planted: str = ""
    trust: Trusted | None = None
    metrics: range = range(0)

    def whole(self) -> None:
        """Collect what is new, ship what waits, ask for the mark, trim."""
        with _device(self.folder) as device:
            now = int(time.time())
            trust = self._trusted(device)
            sealer, key = Sealer(device.who, trust, now), _key(trust, now)
            if self.metrics:
                quick_pass(device, sealer, self._halves(key), self.planted)
            self._collect(device, sealer, key)
            self._exchange(device, Act.SHIP)
            self._exchange(device, Act.POLL)

    def exchanges(self) -> bool:
        """Ship and poll once more; true when nothing is left in the spool."""
        with _device(self.folder) as device:
            self._exchange(device, Act.SHIP)
            self._exchange(device, Act.POLL)
            facts = device.spool.facts()
            return facts.marked == facts.sequence

    def read_up_to(self) -> int:
        """Return how many lines the spool has accepted."""
        with _device(self.folder) as device:
            return _cursor(device)

    def _halves(self, key: PurposeKey) -> list[Group]:
        """Return the metrics in two groups, so that they are two envelopes."""
        half = len(self.metrics) // 2
        groups = [
            Group(PURPOSE, key.retention, key, SpoolClass.METRIC, tables=[table(part)])
            for part in (self.metrics[:half], self.metrics[half:])
        ]
        groups[-1].passes.append(METRICS)
        return groups

    def _collect(self, device: Device, sealer: Sealer, key: PurposeKey) -> None:
        while (first := _cursor(device)) < self.lines:
            last = min(first + self.each, self.lines)
            if self.planted == "early-cursor":
                _move(device, last)
            with device.spool.transaction() as change:
                group = Group(PURPOSE, key.retention, key, SpoolClass.EVENT)
                group.tables.append(table(range(first, last)))
                if self.planted != "late-cursor":
                    group.cursors.append((SOURCE, str(last).encode()))
                sealer.put(change, group)
            if self.planted == "late-cursor":
                _move(device, last)

    def _exchange(self, device: Device, act: Act) -> None:
        trust, courier = self._trusted(device), Courier(_ABOUT)
        with courier.session(device, trust) as session:
            courier.act(session, device, trust, Next(act, count=64))

    def _trusted(self, device: Device) -> Trusted:
        if self.trust is not None:
            return self.trust
        return identity.trusted(device.state, device.who, int(time.time()))


def _key(trust: Trusted, now: int) -> PurposeKey:
    """Return the purpose's key of this moment."""
    return next(
        key
        for key in trust.keys.keys
        if key.purpose is PURPOSE and key.start <= now < key.end
    )


def _move(device: Device, last: int) -> None:
    """Move the cursor in a transaction of its own, as it never may."""
    with device.spool.transaction() as change:
        change.set_cursor(PURPOSE.value, SOURCE, str(last).encode())


def table(numbers: range) -> Table:
    """Return a table with a row for each number."""
    rows = tuple(
        mint_record("load", PURPOSE.value, {"time": number, "load": 0.0})
        for number in numbers
    )
    return Table(world.LOAD, world.LOAD.columns, rows, Mode.APPEND)


def _cursor(device: Device) -> int:
    return int(device.spool.cursor(PURPOSE.value, SOURCE) or b"0")


def _device(folder: Path) -> AbstractContextManager[Device]:
    """Open a device's spool as the agent does, and close it."""
    state = State(folder)
    return at_work(state, identity.load(state))
