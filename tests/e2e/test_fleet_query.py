# SPDX-License-Identifier: Apache-2.0
"""A question over a fleet: its reader, the processes that open, the locked child.

Rules: a real reader, its own children, a person's SQL; what is on the disk is looked at
as it is.
Not here: what single parts do (`tests/unit/server/test_fleet.py`, `test_crew.py`).
"""

import os
import signal
import subprocess
import sys
import threading
from collections.abc import Iterator
from contextlib import suppress
from pathlib import Path

import pytest
from reader_fixture import Site, make_site, running_reader, table

from server.errors import LimitError, ServerError
from server.reader.client import ask

pytestmark = pytest.mark.slow
DEVICES, EACH = 64, 20
"""Four lots of sixteen, of which the first is as much as is opened alone."""
SQL = "SELECT count(*), count(DISTINCT device), count(DISTINCT message) FROM event_logs"
WHOLE = [[DEVICES * EACH, DEVICES, DEVICES]]
CANARY = "Canary-2297"


@pytest.fixture(scope="module")
def site(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Site]:
    """Install a collector whose reader may start two processes, with a fleet."""
    made = make_site(tmp_path_factory.mktemp("fleet") / "collector")
    with made.layout.configuration.open("a") as file:
        file.write("\n[reading]\nprocesses = 2\n")
    for number in range(DEVICES):
        speaker, lines = made.enrol(), [{"message": f"{CANARY} {number}"}]
        for _ in range(EACH):
            made.say(speaker, [table("event_logs", lines)])
    yield made
    made.store.close()
    made.keyring.close()


def crew(reader: int) -> list[int]:
    """Return the processes that open for a reader."""
    found = []
    for task in Path(f"/proc/{reader}/task").iterdir():
        try:
            children = (task / "children").read_text().split()
        except OSError:
            continue  # the thread has ended
        for child in children:
            try:
                command = Path(f"/proc/{child}/cmdline").read_bytes()
            except OSError:
                continue
            if b"server.reader.crew_child" in command:
                found.append(int(child))
    return found


def rows(site: Site) -> list[object]:
    """Ask, and return the result."""
    question = {"purpose": "support", "reason": "test", "sql": SQL}
    answers = ask(site.layout.socket, question)
    return [row for one in answers for row in one.get("rows", [])]  # type: ignore[attr-defined]  # a list


class Watched:
    """Looks for processes that open, and may kill each that it sees."""

    def __init__(self, reader: int, *, killing: bool = False) -> None:
        """Begin to look."""
        self._reader = reader
        self._killing = killing
        self._over = threading.Event()
        self._thread = threading.Thread(target=self._look, daemon=True)
        self.seen: set[int] = set()
        self._thread.start()

    def _look(self) -> None:
        while not self._over.wait(0.005):
            for pid in crew(self._reader):
                self.seen.add(pid)
                if self._killing:
                    os.kill(pid, signal.SIGKILL)

    def end(self) -> set[int]:
        """Look no more; return what was seen."""
        self._over.set()
        self._thread.join()
        return self.seen


def test_a_fleet_is_opened_by_others_and_then_from_memory(site: Site) -> None:
    """The whole answer both times; the ledger has both; nothing stays but memory."""
    with running_reader(site) as reader:
        first = Watched(reader.pid)
        assert rows(site) == WHOLE
        assert len(first.end()) == 2
        assert crew(reader.pid) == []
        second = Watched(reader.pid)
        assert rows(site) == WHOLE
        assert second.end() == set()
    assert [act.act for act in site.acts()].count("opened") == 2
    held = [path for path in site.layout.directory.rglob("*") if path.is_file()]
    assert not any(CANARY.encode() in path.read_bytes() for path in held)


def test_a_process_that_is_killed_leaves_no_half_answer(site: Site) -> None:
    """One sentence; the next question is answered whole."""
    with running_reader(site) as reader:
        watched = Watched(reader.pid, killing=True)
        with pytest.raises(LimitError, match=r"ended by itself.*nothing was shown"):
            rows(site)
        assert watched.end()
        assert rows(site) == WHOLE


def test_a_reader_that_is_killed_takes_them_along(site: Site) -> None:
    """No process with a key is left."""
    command = (sys.executable, "-I", "-m", "server.reader", "--directory")
    with subprocess.Popen(
        (*command, str(site.layout.directory)),
        stdin=subprocess.PIPE,
        stdout=subprocess.PIPE,
        text=True,
    ) as reader:
        assert reader.stdout is not None
        assert reader.stdout.readline().startswith("reader listening")
        asking = threading.Thread(target=_asked, args=(site,), daemon=True)
        asking.start()
        seen: list[int] = []
        while not seen and asking.is_alive():
            seen = crew(reader.pid)
        reader.kill()
        assert reader.wait() == -signal.SIGKILL
    assert seen
    for pid in seen:
        _gone(pid)
    asking.join()


def _asked(site: Site) -> None:
    """Ask a reader that is about to be killed."""
    with suppress(OSError, ServerError):
        rows(site)


def _gone(pid: int) -> None:
    """Wait until a process is no more, or a zombie that nobody has waited for."""
    for _ in range(600):
        try:
            state = Path(f"/proc/{pid}/stat").read_text().rpartition(")")[2].split()[0]
        except OSError:
            return
        if state == "Z":
            return
        threading.Event().wait(0.1)
    msg = "a process outlives the reader that started it"
    raise TimeoutError(msg)


def test_a_destroyed_key_takes_the_memory_along(site: Site) -> None:
    """What was shown a moment ago is not shown any more; run last, for it is gone."""
    with running_reader(site):
        assert rows(site) == WHOLE
        site.destroy()
        assert rows(site) == [[0, 0, 0]]
