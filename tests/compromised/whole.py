# SPDX-License-Identifier: Apache-2.0
"""The same ways against `discreet-agent run` as people run it: TLS, polls, children.

Rules: the agent is a process of its own that reads this machine; how an order ended is
what its polls tell, and what has begun is what its ledger says.
Not here: the gate (`hostile_gate.py`), the ways (`ways.py`, `encoding.py`).
"""

import subprocess
import sys
import tempfile
import time
from collections.abc import Callable, Iterator, Sequence
from contextlib import closing, contextmanager
from dataclasses import replace
from pathlib import Path
from random import Random

from agent.host import this_host
from agent.state import State
from tests.compromised import people
from tests.compromised.batch import Made, Tally, endless, forged, installed, target_of
from tests.compromised.captured import Captured
from tests.compromised.forging import KNOWN, UNHEARD
from tests.compromised.hostile_gate import HostileGate, listening
from tests.compromised.machine import Machine
from tests.compromised.situations import SITUATIONS
from tests.compromised.ways import ALTERED
from wire import limits, orders
from wire.token import format_token

TRIES = 400
"""On one device: it remembers 512 orders at once."""
_PATIENCE = 120.0
"""Seconds until a starting agent has made its first passes and listens."""


def play(seed: int, tries: int = TRIES) -> Tally:
    """Return what came of some tries against one process.

    Args:
        seed: of what is drawn.
        tries: how many.
    """
    draw, found = Random(f"whole {seed}"), Tally()  # noqa: S311 - repeats itself
    ways = endless(SITUATIONS[0].ways, draw)
    with (
        installed() as made,
        tempfile.TemporaryDirectory() as folder,
        listening(server := Captured(made, int(time.time()))) as gate,
    ):
        state = State(Path(folder) / "state")
        program = [sys.executable, "-I", "-m", "agent", "--state", str(state.directory)]
        token = format_token(made.token(gate.url))
        subprocess.run([*program, "enrol", token], check=True, capture_output=True)
        with _at_work([*program, "run", "--now"], state):
            _until(lambda: gate.listening)
            with closing(Machine(state, this_host(frozenset()))) as device:
                who, incarnation = device.who, device.incarnation()
            target = target_of(server, who.device, who.sealing.public, incarnation)
            done = orders.read_order(target.done)[1].id
            server.removals = server.list_of((people.GONE.identity,))
            _send(gate, [target.seal(target.done)])
            while found.tries < tries:
                count = min(limits.ORDERS, tries - found.tries)
                few = [next(ways) for _ in range(count)]
                few[0] = draw.choice(ALTERED)  # it is remembered: so the device listens
                carried = forged(replace(target, now=server.now), few, draw)
                for way, slug in zip(few, _answers(gate, carried), strict=True):
                    found.answered(way, slug)
        with closing(Machine(state, this_host(frozenset()))) as device:
            found.began(device.begun(), done.hex())
    return found


def _answers(gate: HostileGate, carried: Sequence[Made]) -> list[str]:
    server, names = gate.captured, [name for _, name, _ in carried]
    known = [name in server.heard for name in names]
    _send(gate, [sealed for _, _, sealed in carried])
    return [
        KNOWN if was else _told(server, name)
        for name, was in zip(names, known, strict=True)
    ]


def _send(gate: HostileGate, sealed: Sequence[bytes]) -> None:
    """Hand orders out, and wait until the device has nothing more to do with them."""
    gate.captured.orders = sealed
    _until(lambda: not gate.captured.orders)
    _until(lambda: gate.listening)


def _told(server: Captured, name: bytes | None) -> str:
    """Return the slug by which a device has answered, as its polls told."""
    found = None if name is None else server.heard.get(name)
    if found is None:
        return UNHEARD
    return found.reason or found.state.value


def _until(what: Callable[[], bool]) -> None:
    until = time.monotonic() + _PATIENCE
    while not what():
        assert time.monotonic() < until, "the agent says nothing"
        time.sleep(0.01)


@contextmanager
def _at_work(command: list[str], state: State) -> Iterator[None]:
    """Run the agent until the end of the block."""
    with (state.directory.parent / "agent.log").open("ab") as file:
        process = subprocess.Popen(command, stderr=file)
        try:
            yield
        finally:
            process.terminate()
            process.wait(60)
