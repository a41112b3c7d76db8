# SPDX-License-Identifier: Apache-2.0
"""The real spool on a disk that fails, step by step.

Rules: the disk is simulated, the spool is not.
Not here: whole worlds (`test_simulation.py`), SQLite alone (`test_simulated_disk.py`).
"""

from collections.abc import Iterator
from contextlib import closing, contextmanager
from dataclasses import dataclass
from pathlib import Path
from random import Random

import pytest
from device_fixture import enrolled
from installation_fixture import install
from simulation.dice import dice
from simulation.disk import Content, Disk, Refused, Why
from simulation.needed import LIBRARY, needs_library
from simulation.vfs import opened

from agent.device import Bench, at_work
from agent.errors import StateError
from agent.identity import load
from agent.spool.log import PAGE_BYTES
from agent.spool.spool import open_spool

pytestmark = [pytest.mark.fault, needs_library]


@dataclass(slots=True)
class Scratched(Disk):
    """A disk that never gives one page of one file again.

    Attributes:
        scratch: what the page holds; empty for none.
        refused: how often it was asked for.
    """

    scratch: bytes = b""
    refused: int = 0

    def read(
        self, content: Content, offset: int, length: int, dice: Random | None = None
    ) -> bytes:
        """Return what is there, unless it is the page."""
        found = Disk.read(self, content, offset, length, dice)
        if self.scratch and found == self.scratch:
            self.refused += 1
            raise Refused(Why.BROKEN)
        return found


def test_what_cannot_be_read_is_not_damaged(tmp_path: Path) -> None:
    """A disk that gives no page for a while costs tries and never a sound spool."""
    assert LIBRARY is not None
    path = tmp_path / "spool.sqlite"
    refused = 0
    with opened(LIBRARY, dice(1, "sqlite"), alone=True) as door:
        disk = Disk(dice(1, "disk"))
        door.mount(tmp_path, disk)
        with closing(open_spool(path, 1)) as spool:
            incarnation = spool.incarnation()
            for number in range(3_000):
                with spool.transaction() as change:
                    change.set_cursor("support", f"dataset{number}", bytes(200))
        disk.blind = 0.005
        for moment in range(60):
            try:
                open_spool(path, moment).close()
            except StateError:
                refused += 1
        disk.blind = 0.0
        with closing(open_spool(path, 100)) as spool:
            assert spool.incarnation() == incarnation
    assert refused > 0
    assert list(tmp_path.glob("*.corrupt-*")) == []


@pytest.fixture
def bench(tmp_path: Path, tmp_path_factory: pytest.TempPathFactory) -> Bench:
    """Return an enrolled device that has no spool yet."""
    installation = install(tmp_path_factory.mktemp("collector"))
    state = enrolled(tmp_path / "state", installation)
    state.spool.unlink(missing_ok=True)
    return Bench(state, load(state))


@contextmanager
def scratched(bench: Bench) -> Iterator[Scratched]:
    """Lay the device's spool on a disk of which a page is scratched."""
    assert LIBRARY is not None
    path = bench.state.spool
    with opened(LIBRARY, dice(1, "sqlite"), alone=True) as door:
        disk = Scratched(dice(1, "disk"))
        door.mount(path.parent, disk)
        with closing(open_spool(path, 1)) as spool:
            for number in range(300):
                with spool.transaction() as change:
                    change.set_cursor("support", f"dataset{number}", bytes(200))
        content = bytes(disk.contents[path.stat().st_ino].now)
        at = content.index(b"dataset150") // PAGE_BYTES * PAGE_BYTES
        disk.scratch = content[at : at + PAGE_BYTES]
        yield disk


def test_an_agent_starts_whose_disk_does_not_give_a_page(bench: Bench) -> None:
    """What it does not need now is no reason to end; the disk may give it again."""
    path = bench.state.spool
    with scratched(bench) as disk:
        with pytest.raises(StateError):
            open_spool(path, 2)
        with bench.at_work() as device:
            device.spool.set_value("begun", 1)
        bench.close()
        with at_work(bench.state, bench.who) as device:
            assert device.spool.value("begun") == 1
        assert disk.refused == 3
        disk.scratch = b""
        with closing(open_spool(path, 3)) as spool:
            assert spool.cursor("support", "dataset150") == bytes(200)
    assert list(path.parent.glob("*.corrupt-*")) == []


def test_a_look_that_a_page_broke_off_is_made_again_later(bench: Bench) -> None:
    """It is not repeated at once with the reserve given up, which frees no page."""
    with scratched(bench) as disk:
        with bench.at_work() as device:
            assert device.spool.keep_reserve()
        bench.close()
        disk.refused = 0
        other = Bench(bench.state, bench.who)
        with other.at_work():
            assert disk.refused == 1
        other.close()
        assert bench.state.spool.with_name("spool.reserve").exists()
