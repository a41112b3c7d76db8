# SPDX-License-Identifier: Apache-2.0
"""A spool on a disk that refuses some of its sectors for ever.

Rules: a real ext4 on a block device that refuses them; whatever is refused, each
envelope is sent as it was sealed or told to be missing, no number is given twice, and
nothing is given up before its time.
Not here: when a page is given up (`tests/unit/agent/test_unread.py`), kills
(`test_refused_kills.py`), a disk that is ill as a whole (`test_disks.py`).
"""

import json
import shutil
import subprocess
import sys
from collections.abc import Iterator
from contextlib import closing, suppress
from pathlib import Path

import pytest
from installation_fixture import Installation, install
from spool_fixture import PURPOSE

from agent.device import Bench
from agent.disk_budget import UNREAD_TIMES
from agent.errors import StateError
from agent.spool import sectors, unread
from agent.spool.log import LOG, PAGE_BYTES, log_of, unread_of
from tests.refused_room import (
    CURSOR,
    ENVELOPES,
    SOURCE,
    Place,
    Sick,
    header_of,
    let_hours_pass,
    sick,
)
from tests.refusing_disk import refusing_disk, why_no_refusing_disk
from wire.envelope import EnvelopeKind

pytestmark = [
    pytest.mark.fault,
    pytest.mark.slow,
    pytest.mark.skipif(why_no_refusing_disk() != "", reason=why_no_refusing_disk()),
]
VICTIM, OTHER = 3, 5
"""Numbers of envelopes."""


@pytest.fixture(scope="module")
def installation(tmp_path_factory: pytest.TempPathFactory) -> Installation:
    """Return a collector's keys and bundle."""
    return install(tmp_path_factory.mktemp("collector"))


@pytest.fixture
def ill(
    tmp_path: Path, installation: Installation, monkeypatch: pytest.MonkeyPatch
) -> Iterator[Sick]:
    """Return a device with some envelopes on a disk that gives all so far."""
    let_hours_pass(monkeypatch)
    with (
        refusing_disk(tmp_path) as disk,
        sick(disk, "state", installation) as found,
    ):
        yield found


def voids(sent: dict[Place, bytes]) -> dict[int, int | None]:
    """Return the count of each void that is sent, by its number."""
    found = {place[1]: header_of(octets) for place, octets in sent.items()}
    return {
        number: header.gap.count
        for number, header in found.items()
        if header.kind is EnvelopeKind.VOID and header.gap is not None
    }


def kept(ill: Sick) -> set[Place]:
    """Require that nothing is sent but what was sealed, or voids in its place.

    Returns:
        The places of what is not sent as it was sealed.
    """
    sent = ill.sends()
    assert sent.keys() <= ill.sealed.keys()
    others = {
        place: octets for place, octets in sent.items() if octets != ill.sealed[place]
    }
    assert len(voids(others)) == len(others)
    with closing(ill.opened()) as spool:
        place = spool.place()
        missing = ill.sealed.keys() - sent.keys()
        assert spool.owed() or not missing
    assert (place.incarnation, place.sequence) not in ill.sealed
    return missing | others.keys()


def test_an_envelope_that_is_refused_is_told_and_the_rest_is_sent(ill: Sick) -> None:
    """After its hours it is a void with its count; before, nothing was touched."""
    ill.refuse(ill.inside(VICTIM))
    assert ill.works(UNREAD_TIMES - 1) == UNREAD_TIMES - 1
    assert ill.aside() == 0
    ill.works(1)
    assert ill.aside() == 1
    assert not unread_of(ill.path).exists()
    assert voids(ill.sends()) == {VICTIM: VICTIM}
    assert {place[1] for place in kept(ill)} == {VICTIM}
    with closing(ill.opened()) as spool:
        assert spool.cursor(PURPOSE.value, SOURCE) == CURSOR
        assert spool.owed() == []


@pytest.mark.parametrize(
    "name",
    ["", "chain", "envelopes", "bodies", "cursors", "numbers", "sums", "tags"],
)
def test_whatever_page_is_refused(ill: Sick, name: str) -> None:
    """Nothing is given up early, and then no envelope whose octets are elsewhere.

    SQLite says of each of these that the database is damaged.
    """
    ill.refuse(ill.first_of(name) if name else 1)
    ill.works(UNREAD_TIMES - 1)
    assert ill.aside() == 0
    ill.works(1)
    assert ill.aside() == 1
    assert kept(ill) == set()


@pytest.mark.parametrize("where", [0.0, 0.5, 1.0])
def test_a_log_of_which_a_part_is_refused(
    ill: Sick, tmp_path: Path, where: float
) -> None:
    """It is left as it is for hours; then what else is in it is sent, and all told."""
    told = tmp_path / "told"
    told.mkdir()
    ill.leave_in_log(3, told)
    before = log_of(ill.path).read_bytes()
    last = len(before) // PAGE_BYTES
    ill.refuse(1 + round(where * (last - 1)), ending=LOG)
    ill.works(UNREAD_TIMES - 1)
    assert ill.aside() == 0
    ill.disk.give()
    assert log_of(ill.path).read_bytes() == before
    ill.refuse(1 + round(where * (last - 1)), ending=LOG)
    ill.works(1)
    assert ill.aside() > 0
    lost = kept(ill)
    assert {place[1] for place in lost} <= {*range(ENVELOPES + 1, ENVELOPES + 4)}
    with closing(ill.opened()) as spool:
        assert spool.owed()
        assert spool.incarnation() not in {place[0] for place in ill.sealed}


def test_a_resident_agent_gives_it_up_too(ill: Sick) -> None:
    """What blocks each shipment does so no more, and it was at work meanwhile."""
    ill.refuse(ill.inside(VICTIM))
    bench, worked, blocked = Bench(ill.held.state, ill.held.who), 0, 0
    with closing(bench):
        for _ in range(UNREAD_TIMES):
            assert ill.aside() == 0
            blocked += 1
            with suppress(StateError), bench.at_work() as device:
                device.spool.set_value("worked", worked + 1)
                worked += 1
                device.spool.waiting(100, 2**40)
                blocked -= 1
        assert (worked, blocked) == (UNREAD_TIMES, UNREAD_TIMES - 1)
        with bench.at_work() as device:
            assert len(device.spool.waiting(100, 2**40)) == ENVELOPES - 1
            assert device.spool.value("worked") == UNREAD_TIMES


def test_a_bad_sector_hides_no_neighbour(ill: Sick) -> None:
    """Whoever has read over it before, and in what pieces the kernel keeps the file."""
    page = ill.inside(VICTIM)
    ill.refuse(page)
    with ill.path.open("rb", buffering=0) as file:
        for at in range(0, ill.path.stat().st_size, PAGE_BYTES):
            with suppress(OSError):
                file.seek(at)
                file.read(PAGE_BYTES)
    assert sectors.ask(ill.path).refused == {("", page)}


def test_what_is_given_again_counts_anew(ill: Sick) -> None:
    """A sector that reads once is not lost."""
    page = ill.inside(VICTIM)
    ill.refuse(page)
    ill.works(UNREAD_TIMES - 1)
    ill.disk.give()
    ill.works(1)
    assert not unread_of(ill.path).exists()
    ill.refuse(page)
    ill.works(UNREAD_TIMES - 1)
    assert ill.aside() == 0
    ill.disk.give()
    assert kept(ill) == set()


def test_a_second_one_is_waited_for(ill: Sick) -> None:
    """What is refused later has its own hours before either is given up."""
    first, second = ill.inside(VICTIM), ill.inside(OTHER)
    ill.refuse(first)
    ill.works(UNREAD_TIMES // 2)
    ill.refuse(second)
    ill.works(UNREAD_TIMES - 1)
    assert ill.aside() == 0
    ill.works(1)
    assert voids(ill.sends()) == {VICTIM: VICTIM, OTHER: OTHER}


def test_a_disk_that_refuses_most_has_nothing_given_up(ill: Sick) -> None:
    """That is no sector: it may be away, and back tomorrow."""
    count = ill.path.stat().st_size // PAGE_BYTES
    ill.refuse(*range(count // 3, count + 1))
    ill.works(3 * UNREAD_TIMES)
    assert ill.aside() == 0
    ill.disk.give()
    assert kept(ill) == set()


def test_without_room_for_a_second_one_it_waits(ill: Sick) -> None:
    """It works on as before, says what is lacking, and goes on once there is room."""
    ill.refuse(ill.inside(VICTIM))
    filler = ill.disk.at / "filler"
    spare = ill.path.stat().st_size + 2**20
    filler.write_bytes(bytes(shutil.disk_usage(ill.disk.at).free - spare))
    assert ill.works(UNREAD_TIMES + 2) == UNREAD_TIMES + 2
    assert ill.aside() == 0
    assert "once 2 MiB more are free" in unread.told(ill.path)
    filler.unlink()
    ill.works(1)
    assert (ill.aside(), voids(ill.sends())) == (1, {VICTIM: VICTIM})


def asked(ill: Sick, command: str) -> tuple[int, str]:
    """Return what a command says, as JSON, and its exit code."""
    found = subprocess.run(
        [
            *(sys.executable, "-m", "agent", "--state", ill.held.state.directory),
            *(command, "--json"),
        ],
        capture_output=True,
        text=True,
        check=False,
    )
    return found.returncode, found.stdout


def test_status_and_doctor_say_what_is_refused(ill: Sick) -> None:
    """They show all else, and what comes of it, by a sentence that counts on."""
    ill.refuse(ill.inside(VICTIM))
    code, output = asked(ill, "status")
    told = json.loads(output)
    assert (code, told["waiting"]) == (1, ENVELOPES)
    assert "does not give 1 of the spool's" in told["unread"]
    assert f"refused {UNREAD_TIMES} times more, 4 h 00 min" in told["unread"]
    ill.works(4)
    code, output = asked(ill, "doctor")
    found = {one["check"]: one for one in json.loads(output)}
    assert (code, found["spool"]["level"]) == (1, "fail")
    assert found["spool"]["told"].startswith(f"{ENVELOPES} envelopes wait")
    assert (
        f"refused {UNREAD_TIMES - 4} times more, 3 h 00 min" in found["spool"]["advice"]
    )
    assert found["policy"]["level"] == "ok"


def test_status_goes_without_a_spool_that_cannot_be_opened(ill: Sick) -> None:
    """With its first page refused the rest is shown."""
    ill.refuse(1)
    code, output = asked(ill, "status")
    told = json.loads(output)
    assert (code, "waiting" in told) == (1, False)
    assert told["device"] == ill.held.who.device.hex()
    assert "does not give 1 of the spool's" in told["unread"]
