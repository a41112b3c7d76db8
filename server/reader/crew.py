# SPDX-License-Identifier: Apache-2.0
"""Processes that open lots beside each other, for one reading.

Rules: they are started for a reading that has more to open than one process does in a
moment, as many as there are cores over all readings; one that ends by itself ends the
reading, for half of a fleet is no answer; all are killed with the reading.
Not here: what they do (`crew_work.py`), what they give up (`crew_child.py`).
"""

import os
import queue
import sys
import threading
from collections.abc import Callable, Iterable, Iterator
from contextlib import ExitStack, suppress
from typing import TYPE_CHECKING

from server.desk.shut import start
from server.errors import LimitError
from server.reader import carrying
from server.reader.carrying import ENDED, Asked, Key
from server.reader.lots import Found, Lot, Means, Source
from server.reader.shown import shown_schema

if TYPE_CHECKING:
    import subprocess

COMMAND = (sys.executable, "-I", "-m", "server.reader.crew_child")
LOOK_SECONDS = 0.1
"""How often is looked whether the reading is to end, where nothing comes."""
FEWEST = 2
"""One process beside this one opens no faster."""


def cores() -> int:
    """Return on how many processors this process may run."""
    asked = getattr(os, "sched_getaffinity", None)
    return len(asked(0)) if asked else 1


class Places:
    """How many processes may open at a time, for all readings together."""

    def __init__(self, most: int) -> None:
        """Have so many, all of them free."""
        self._lock = threading.Lock()
        self._free = most

    def take(self) -> int:
        """Return how many one reading gets: all that are free, or none."""
        with self._lock:
            taken = self._free if self._free >= FEWEST else 0
            self._free -= taken
            return taken

    def back(self, count: int) -> None:
        """Give places back."""
        with self._lock:
            self._free += count


def crew_of(
    places: Places, stack: ExitStack, means: Means, source: Source
) -> "Crew | None":
    """Return processes that end with a block; None where they cannot be.

    Args:
        places: for processes.
        stack: of the block.
        means: what they open with.
        source: of the keys and envelopes that they ask for.
    """
    count = places.take()
    if not count:
        return None
    stack.callback(places.back, count)
    try:
        crew = Crew(count, means, source)
    except OSError:  # no memory, no process, no file more: the reader opens by itself
        return None
    stack.callback(crew.close)
    return crew


class Crew:
    """Some processes, and a thread for each that speaks with it."""

    def __init__(self, count: int, means: Means, source: Source) -> None:
        """Start them; use `crew_of`.

        Raises:
            OSError: one cannot be started.
        """
        self._means = means
        self._source = source
        self._over = threading.Event()
        self._lots: queue.Queue[Lot] = queue.Queue(count)
        self._come: queue.Queue[tuple[int, Found] | Exception] = queue.Queue()
        self._processes: list[subprocess.Popen[bytes]] = []
        self._wanted = {
            name: shown_schema(dataset, means.selection.names_of(name))
            for name, dataset in means.catalogue.datasets.items()
        }
        try:  # by this thread: they are killed when it ends, whatever else goes on
            for _ in range(count):
                self._processes.append(start(COMMAND))
        except OSError:
            self.close()
            raise
        for process in self._processes:
            threading.Thread(target=self._lead, args=(process,), daemon=True).start()

    def opened(
        self, lots: Iterable[Lot], check: Callable[[], None]
    ) -> Iterator[tuple[int, Found]]:
        """Yield what comes of each lot with its number, in any order.

        Args:
            lots: to be opened.
            check: called for each lot, and while none comes; raises once the reading
                is to end.

        Raises:
            ServerError: a process failed, or ended by itself.
        """
        waiting = 0
        for lot in lots:
            check()
            while not self._given(lot):
                check()
            waiting += 1
            while (found := self._ready()) is not None:
                waiting -= 1
                yield found
        while waiting:
            check()
            if (found := self._ready(LOOK_SECONDS)) is not None:
                waiting -= 1
                yield found

    def close(self) -> None:
        """End all, whatever they are doing: what they hold goes with them."""
        self._over.set()
        for process in self._processes:
            process.kill()
        for process in self._processes:
            process.wait()

    def _given(self, lot: Lot) -> bool:
        try:
            self._lots.put(lot, timeout=LOOK_SECONDS)
        except queue.Full:
            return False
        return True

    def _ready(self, seconds: float = 0) -> tuple[int, Found] | None:
        """Return what has come; a failure is raised."""
        try:
            come = self._come.get(timeout=seconds) if seconds else self._come.get(False)
        except queue.Empty:
            return None
        if isinstance(come, Exception):
            raise come
        return come

    def _lead(self, process: "subprocess.Popen[bytes]") -> None:
        """Have a process open lots, and answer what it asks."""
        incoming, outgoing = process.stdout, process.stdin
        if incoming is None or outgoing is None:
            return
        try:
            with incoming, outgoing:
                carrying.send(outgoing, self._means)
                while not self._over.is_set():
                    with suppress(queue.Empty):
                        self._open(self._lots.get(timeout=LOOK_SECONDS), process)
        except OSError:
            self._come.put(LimitError(ENDED))
        except Exception as error:  # noqa: BLE001 - boundary: raised where it is waited for
            self._come.put(error)

    def _open(self, lot: Lot, process: "subprocess.Popen[bytes]") -> None:
        incoming, outgoing = process.stdout, process.stdin
        if incoming is None or outgoing is None:
            return
        carrying.send(outgoing, lot)
        while isinstance(said := carrying.hear(incoming, self._wanted), Asked):
            carrying.send(outgoing, self._answer(said))
        self._come.put((lot.number, said))

    def _answer(self, asked: Asked) -> carrying.Message:
        if asked.key is None:
            return tuple(self._source.fetch(asked.device, asked.places))
        key = self._source.keys.opening_key(asked.key)
        if key is None:
            return Key(None, self._source.keys.why(asked.key))
        return Key(key.seed(), "")
