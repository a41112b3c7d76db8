# SPDX-License-Identifier: Apache-2.0
"""However clocks are set and machines are off, a client has its whole time to answer.

Rules: random histories from a seed; true time is the test's own, of which the keeper
knows what its machine's clocks say and no more; nobody vouches for a time.
Not here: who vouches (`test_retention_clock.py`), the other refusals
(`test_transferring.py`).
"""

import random
from dataclasses import dataclass, replace
from pathlib import Path

import pytest
from keeper_fixture import Machine
from release_room import DAY
from transfer_room import PROOF, TransferRoom

from server.keeper import notices
from server.keeper.bounds import TRANSFER_WINDOW_SECONDS
from server.keeper.transferring import judging
from wire.purposes import Purpose

pytestmark = pytest.mark.slow
HISTORIES = 100
MOVES = 12


@dataclass
class Truth:
    """What time it really is, beside what the machine's clocks say.

    Attributes:
        machine: its clocks.
        now: true time; it begins as the machine's.
        boots: how many there were.
    """

    machine: Machine
    now: int
    boots: int = 0

    def move(self, draw: random.Random) -> None:
        """Let time pass, set the clock, or be off for a while."""
        seconds = draw.randrange(1, 25 * DAY)
        match draw.randrange(5):
            case 0 | 1:
                self.machine.passes(seconds)
                self.now += seconds
            case 2:
                self.machine.system += draw.choice((-1, 1)) * seconds
            case 3:
                self.machine.system = self.now
            case _:
                self.boots += 1
                self.now += seconds
                self.machine.is_off(seconds, f"boot {self.boots}")


def test_no_history_of_clocks_shortens_the_clients_time(tmp_path: Path) -> None:
    """In none of many it is over before so much true time passed since delivery."""
    draw = random.Random(32)  # noqa: S311 - the same histories each time
    room = TransferRoom(tmp_path)
    truth, over = Truth(room.machine, room.machine.system), 0
    with room.keeper() as desk:
        for version in range(3, 3 + HISTORIES):
            room.machine.system = truth.now
            desk.clock.believe(truth.now)  # once all is in order, people vouch for it
            entry = room.register(desk, version=version)
            told = replace(judging.told_of(entry, (Purpose.SUPPORT,)), words="We sell.")
            number = notices.due(desk, told, None, room.machine.system)
            for _ in range(draw.randrange(3)):
                truth.move(draw)
            notices.deliver(desk, number, PROOF, "ops", room.machine.system)
            first = judging.opens(desk, notices.held(desk, number))
            delivered = truth.now
            assert first is not None
            for _ in range(MOVES):
                truth.move(draw)
                if desk.clock.now() >= first:
                    over += 1
                    assert truth.now - delivered >= TRANSFER_WINDOW_SECONDS
                    break
    room.close()
    assert HISTORIES > over > HISTORIES // 4
