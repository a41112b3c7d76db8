# SPDX-License-Identifier: Apache-2.0
"""The processes that open for a reading: what they may not, and when they end."""

import os
import pickle
import signal
import struct
import subprocess
import sys
import time
from collections.abc import Callable, Iterator
from contextlib import ExitStack
from io import BytesIO
from pathlib import Path

import pyarrow as pa
import pytest
from fleet_room import CHILD, alone, crew, go_on, means, plant, shown, together
from reader_fixture import Site, make_site

import server.reader.crew
from server.errors import LimitError
from server.reader import carrying
from server.reader.crew import Places, crew_of
from server.reader.lots import Found, Source, fetched, gathered
from server.reader.opened import Opened
from server.reader.remembered import Memory
from server.reader.shown import shown_schema
from wire.crypto.opening import OpeningKey

pytestmark = pytest.mark.slow


@pytest.fixture(scope="module")
def site(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Site]:
    """Install a collector with a fleet."""
    made = make_site(tmp_path_factory.mktemp("crew") / "collector")
    plant(made)
    yield made
    made.store.close()
    made.keyring.close()


def until(true: Callable[[], bool], seconds: float = 60.0) -> bool:
    """Return whether something comes true in time."""
    end = time.monotonic() + seconds
    while not true():
        if time.monotonic() > end:
            return False
        time.sleep(0.02)
    return True


class Asked:
    """The keys of a reading, and which of them were asked for."""

    def __init__(self, site: Site) -> None:
        """Know the keys."""
        self._keys = site.keys()
        self.numbers: set[bytes] = set()

    def opening_key(self, number: bytes) -> OpeningKey | None:
        """Return a key."""
        self.numbers.add(number)
        return self._keys.opening_key(number)

    def why(self, number: bytes) -> str:
        """Return why there is none."""
        return self._keys.why(number)


def limits(process: int) -> dict[str, str]:
    """Return the bounds that a process can never widen."""
    lines = Path(f"/proc/{process}/limits").read_text().splitlines()
    return {line[:26].strip(): line[26:].split()[1] for line in lines[1:]}


def test_they_are_shut_and_end_with_the_reading(site: Site) -> None:
    """No file, no socket, no process, no write, no core, no network, nothing of ours.

    They get the keys of what they open, and no other.
    """
    given, keys = means(site), Asked(site)
    enrolled = site.store.devices(site.tenant)
    with ExitStack() as stack:
        source = Source(keys, fetched(site.store, given.selection))
        made = crew_of(Places(2), stack, given, source)
        assert made is not None
        lots = gathered(site.store, given, enrolled)
        found = [one for _, one in made.opened(lots, go_on)]
        assert sum(len(one.opened.devices) for one in found) == len(enrolled)
        pids = crew(os.getpid())
        assert len(pids) == 2
        # one that had no lot may still be on its way to shutting itself
        assert until(lambda: all(limits(pid)["Max open files"] == "0" for pid in pids))
        for pid in pids:
            bounds = limits(pid)
            assert bounds["Max file size"] == bounds["Max core file size"] == "0"
            assert bounds["Max processes"] == "0"
            assert Path(f"/proc/{pid}/environ").read_bytes() == b""
            links = {
                one.name: one.readlink() for one in Path(f"/proc/{pid}/fd").iterdir()
            }
            assert links.keys() == {"0", "1", "2"}
            assert links["2"] == Path("/dev/null")
    assert keys.numbers == {site.key().id}
    assert crew(os.getpid()) == []
    assert not any(Path(f"/proc/{pid}").exists() for pid in pids)


def test_one_that_is_killed_ends_the_reading(site: Site) -> None:
    """One sentence and no half of a fleet, in the answer or in memory."""
    memory, killed = Memory(), list[int]()

    def check() -> None:
        for pid in crew(os.getpid()):
            os.kill(pid, signal.SIGKILL)
            killed.append(pid)

    places = Places(2)
    with pytest.raises(LimitError, match="ended by itself, most likely for want of"):
        together(site, places, memory, check=check)
    assert killed
    assert memory.octets == 0
    assert places.take() == 2


def test_one_reading_takes_all_places_and_gives_them_back() -> None:
    """There are no more processes than places, whoever reads beside."""
    places = Places(3)
    assert (places.take(), places.take()) == (3, 0)
    places.back(3)
    assert places.take() == 3
    assert Places(1).take() == 0


READER = """
import pickle, subprocess, sys, time
sys.path[:0] = {path}
from server.reader.crew import Crew
made = Crew(2, pickle.loads(sys.stdin.buffer.read()), None)
pipes = [one.stdin.fileno() for one in made._processes]
holder = subprocess.Popen(("sleep", "600"), pass_fds=pipes)
print(holder.pid, flush=True)
time.sleep(600)
"""
"""Somebody else holds the pipes too, so that what they read never comes to its end."""


def test_they_end_with_whoever_started_them(site: Site) -> None:
    """A reader that is killed leaves no process that has a key."""
    code = READER.format(path=[entry for entry in sys.path if entry])
    pipe = subprocess.PIPE
    with subprocess.Popen(
        (sys.executable, "-c", code), stdin=pipe, stdout=pipe
    ) as reader:
        assert reader.stdin is not None
        assert reader.stdout is not None
        reader.stdin.write(pickle.dumps(means(site)))
        reader.stdin.close()
        holder = int(reader.stdout.readline())
        pids = crew(reader.pid)
        assert len(pids) == 2
        assert until(lambda: all(limits(pid)["Max open files"] == "0" for pid in pids))
        reader.kill()
        assert until(lambda: not any(_runs(pid) for pid in pids))
        os.kill(holder, signal.SIGKILL)


def test_where_none_can_be_started_the_reader_opens(
    site: Site, monkeypatch: pytest.MonkeyPatch
) -> None:
    """A machine without room for a process still answers, and keeps its places."""
    monkeypatch.setattr(server.reader.crew, "COMMAND", ("/nowhere/python",))
    places = Places(2)
    assert shown(together(site, places)) == shown(alone(site))
    assert places.take() == 2


def _told(found: Found, spoil: Callable[[bytes], bytes]) -> BytesIO:
    """Return what a child says of a lot, spoilt."""
    said = BytesIO()
    carrying.give(said, found)
    return BytesIO(spoil(said.getvalue()))


def test_what_a_child_gives_is_looked_through(site: Site) -> None:
    """Rows of other columns, or offsets that lead outside, are no answer."""
    table = means(site).catalogue.datasets["event_logs"]
    wanted = {"event_logs": shown_schema(table, ("message",))}
    batch = pa.record_batch({"message": pa.array(["one", "two"])})
    good = Found(Opened(), {"event_logs": [batch]})
    heard = carrying.hear(_told(good, bytes), wanted)
    assert isinstance(heard, Found)
    assert heard.rows["event_logs"] == [batch]
    offsets = struct.pack("<3i", 0, 3, 6)
    assert offsets in _told(good, bytes).getvalue()
    outside = _told(
        good, lambda said: said.replace(offsets, struct.pack("<3i", 0, 3, 99))
    )
    other = pa.record_batch({"message": pa.array([1, 2])})
    unknown = Found(Opened(), {"services": [batch]})
    for said in (
        outside,
        _told(Found(Opened(), {"event_logs": [other]}), bytes),
        _told(unknown, bytes),
    ):
        with pytest.raises(LimitError, match="ended by itself"):
            carrying.hear(said, wanted)


def _runs(pid: int) -> bool:
    """Tell whether a process is one of the crew still, and no zombie."""
    try:
        return CHILD.encode() in Path(f"/proc/{pid}/cmdline").read_bytes()
    except OSError:
        return False
