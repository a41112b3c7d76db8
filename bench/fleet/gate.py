# SPDX-License-Identifier: Apache-2.0
# mypy: disable-error-code="unreachable"
# (all below the guard, seen from win32)
"""What a batch costs a gate, beside a floor, and how that grows with the devices.

Rules: gate and floor in turn, each on the first processor with the load on the last;
every batch is 16 KiB, signed, sent over TLS that is kept, and on the disk before its
answer; each device sends no more than a gate lets a device send.
Not here: the floor (`floor_gate.py`), hostile devices (`../flood.py`), a fleet that
comes back (`herd.py`).

usage: python -m bench.fleet.gate [--rounds 7] [--batches 4000]
"""

import argparse
import os
import secrets
import sys
import tempfile
from collections.abc import Iterator, Sequence
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass
from pathlib import Path
from statistics import median

from bench.fleet.lines import Answers, drive
from bench.flood_devices import Speaker, enrol, pinned, request
from bench.gates import collector, gate, listening
from bench.measure import PYTHON, Figure, publish
from bench.processes import held, used
from server import configuration
from server.store.sqlite import open_store
from wire.crypto.signing import SigningKey

if sys.platform == "win32":
    reason = "the gate is measured on Linux"
    raise ImportError(reason)

ROUNDS, BATCHES = 7, 4_000
OCTETS = 16 * 1024
CONNECTIONS = 64
OF_ONE = 16
"""Batches of a device in a round: what it may send at once."""
TEN = 10
GROWN = (10, 100)
"""Times as many devices are known, of which each batch's is drawn."""
GROWTH = {10: 1.10, 100: 1.30}
COST, ENVELOPE_MICROSECONDS, MEMORY, SLOPE = 1 / 0.75, 200.0, 1.5, 100.0
OK = range(200, 300)
FLOOR = "floor (uvloop, by hand)"
Work = list[list[bytes]]


@dataclass
class Round:
    """What one load did.

    Attributes:
        cpu: microseconds of the gate's processor time for a batch.
        answers: how it was answered.
    """

    cpu: float
    answers: Answers


@dataclass
class Subject:
    """A gate or the floor, at work.

    Attributes:
        pid: of its process.
        port: on loopback.
    """

    pid: int
    port: int

    def load(self, authority: Path, work: Work) -> Round:
        """Send all of it.

        Raises:
            RuntimeError: not all of it was taken.
        """
        before = used(self.pid).cpu
        answers = drive(self.port, pinned(authority), work)
        count = sum(map(len, work))
        cpu = (used(self.pid).cpu - before) / count * 1e6
        taken = sum(n for status, n in answers.statuses.items() if status in OK)
        if taken != count:
            msg = f"of {count} batches {taken} were taken: {dict(answers.statuses)}"
            raise RuntimeError(msg)
        return Round(cpu, answers)


def shipments(speakers: Sequence[Speaker], envelopes: int = 1) -> Work:
    """Make a request of each device in turn; all of a device go on one connection.

    Args:
        speakers: who sends; one may stand there several times.
        envelopes: of 16 KiB, in each.
    """
    lines: dict[int, list[bytes]] = {}
    work: Work = [[] for _ in range(CONNECTIONS)]
    for speaker in speakers:
        line = lines.setdefault(id(speaker), work[len(lines) % CONNECTIONS])
        sealed = speaker.sealed(envelopes, OCTETS)
        line.append(request("/v1/shipments", sealed))
    return work


def floor_batches(key: SigningKey, batches: int, first: int) -> Work:
    """Make the floor's requests: as long, and signed by one key.

    Args:
        key: that signs.
        batches: all together.
        first: number of the first.
    """
    made = []
    for number in range(first, first + batches):
        place = (number % 1000).to_bytes(4, "big") + number.to_bytes(8, "big")
        signed = place + secrets.token_bytes(OCTETS)
        body = key.sign(signed) + signed
        made.append(request("/b", body))
    return [made[line::CONNECTIONS] for line in range(CONNECTIONS)]


@contextmanager
def _floor(place: Path, keys: Path, key: SigningKey) -> Iterator[Subject]:
    floor = str(Path(__file__).with_name("floor_gate.py"))
    certificate, secret = str(keys / "tls.pem"), str(keys / "tls.key")
    store, public = str(place / "floor.sqlite"), key.public.hex()
    command = [*_FIRST, PYTHON, "-I", floor, certificate, secret, store, public]
    with listening(command, "listening on ") as (process, port):
        yield Subject(process.pid, port)


_FIRST = ("taskset", "-c", "0")


class Scene:
    """A collector with its gate, and the floor."""

    def __init__(self, place: Path, on: ExitStack) -> None:
        """Start both."""
        self._layout = collector(place)
        self._key = SigningKey.generate()
        self._sent = 0
        self.tenant = configuration.read(self._layout).tenant
        self.authority = self._layout.gate / "authority.der"
        process, port = on.enter_context(gate(self._layout, first=_FIRST))
        self.gate = Subject(process.pid, port)
        self.floor = on.enter_context(_floor(place, self._layout.gate, self._key))

    def devices(self, count: int) -> list[Speaker]:
        """Enrol so many more."""
        store = open_store(self._layout.store)
        try:
            return enrol(store, self.tenant, count)
        finally:
            store.close()

    def both(self, batches: int) -> tuple[Round, Round]:
        """Load the floor and the gate, in turn."""
        work = floor_batches(self._key, batches, self._sent)
        self._sent += batches
        beside = self.floor.load(self.authority, work)
        return self.ours(batches), beside

    def ours(self, batches: int, envelopes: int = 1) -> Round:
        """Load the gate, from devices that have sent nothing before."""
        speakers = self.devices(max(CONNECTIONS, batches * envelopes // OF_ONE))
        turns = [speakers[number % len(speakers)] for number in range(batches)]
        return self.gate.load(self.authority, shipments(turns, envelopes))


def figures(rounds: int, batches: int) -> list[Figure]:
    """Measure, in turn.

    Args:
        rounds: of each.
        batches: of a round.
    """
    with (
        tempfile.TemporaryDirectory(prefix="discreet-fleet-") as folder,
        ExitStack() as on,
    ):
        there = Scene(Path(folder), on)
        there.both(batches)  # both are warm, and so is the disk
        pairs = [_told(number, rounds, there.both(batches)) for number in range(rounds)]
        memory = held(there.gate.pid)[0], held(there.floor.pid)[0]
        tens = [there.ours(batches // TEN, TEN).cpu / TEN for _ in range(rounds)]
        return [
            *_of_batches(pairs),
            _of_tens(tens),
            Figure("its memory", memory[0], "MiB RSS", memory[1], FLOOR, (), MEMORY),
            _slope(there, batches),
            *_grown(there, rounds, batches),
        ]


def _told(number: int, rounds: int, pair: tuple[Round, Round]) -> tuple[Round, Round]:
    if sys.stderr.isatty():
        print(f"\rround {number + 1} of {rounds} ", end="", file=sys.stderr, flush=True)
    return pair


def _of_batches(pairs: Sequence[tuple[Round, Round]]) -> list[Figure]:
    ours = median([ours.cpu for ours, _ in pairs])
    floor = median([floor.cpu for _, floor in pairs])
    ratios = tuple(ours.cpu / floor.cpu for ours, floor in pairs)
    return [
        Figure("a batch of 16 KiB", ours, "us CPU", floor, FLOOR, ratios, COST),
        Figure("batches a CPU second", 1e6 / ours, ""),
        *(_waited(pairs, part) for part in (50, 99)),
    ]


def _waited(pairs: Sequence[tuple[Round, Round]], part: int) -> Figure:
    ours = median([ours.answers.of_hundred(part) for ours, _ in pairs])
    floor = median([floor.answers.of_hundred(part) for _, floor in pairs])
    what = f"receipt, p{part}, {CONNECTIONS} at once"
    return Figure(what, ours, "ms", floor, FLOOR)


def _of_tens(each: Sequence[float]) -> Figure:
    bound = f"{1e6 / ENVELOPE_MICROSECONDS:,.0f} a CPU second"
    what = "an envelope of ten in a shipment"
    return Figure(what, median(each), "us CPU", ENVELOPE_MICROSECONDS, bound, (), 1.0)


def _slope(there: Scene, batches: int) -> Figure:
    """Return what the gate's memory grows by in 10,000 batches, once warm."""
    before, sent = held(there.gate.pid)[0], 0
    while sent < 2 * batches:
        there.ours(batches)
        sent += batches
    grown = (held(there.gate.pid)[0] - before) * 1024 / sent * 10_000
    what = "its memory's growth in 10,000 batches"
    return Figure(what, max(0.0, grown), "KiB", SLOPE, "bound", (), 1.0)


def _grown(there: Scene, rounds: int, batches: int) -> Iterator[Figure]:
    """Yield what a batch costs with more devices known, beside as many as before."""
    known = there.devices(batches // OF_ONE)
    before = [there.ours(batches).cpu for _ in range(rounds)]
    for times in GROWN:
        known += there.devices(batches // OF_ONE * times - len(known))
        costs = []
        for _ in range(rounds):
            drawn = secrets.SystemRandom().choices(known, k=batches)
            costs.append(there.gate.load(there.authority, shipments(drawn)).cpu)
        pairs = tuple(now / then for now, then in zip(costs, before, strict=True))
        what = f"a batch, with {times} times the devices"
        few, many = median(before), median(costs)
        target = GROWTH[times]
        yield Figure(what, many, "us CPU", few, "as many as send", pairs, target)


@contextmanager
def _on_the_last() -> Iterator[None]:
    """Keep this process, which is the load, on the last processor meanwhile."""
    before = os.sched_getaffinity(0)
    os.sched_setaffinity(0, {max(before)})
    try:
        yield
    finally:
        os.sched_setaffinity(0, before)  # what is measured next in this process


def main(arguments: Sequence[str] | None = None) -> int:
    """Print the table, write JSON; return 1 where a target is missed."""
    parser = argparse.ArgumentParser(prog="python -m bench.fleet.gate")
    parser.add_argument("--rounds", type=int, default=ROUNDS)
    parser.add_argument("--batches", type=int, default=BATCHES, help="of a round")
    options = parser.parse_args(arguments)
    with _on_the_last():
        found = figures(options.rounds, options.batches)
    publish("The gate, beside a floor", "gate", found)
    return 1 if any(item.met is False for item in found) else 0


if __name__ == "__main__":
    sys.exit(main())
