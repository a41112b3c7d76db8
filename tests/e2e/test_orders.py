# SPDX-License-Identifier: Apache-2.0
"""An order from the gate's store to a device's answer, between real processes.

Rules: a real gate, a real `discreet-agent run` on this machine, a technician's real
key; the collector's other processes are not needed.
Not here: who may send at the server (`server/orders`), refusals one by one
(`tests/unit/agent/test_orders_judging.py`).
"""

import json
import os
import secrets
import subprocess
import sys
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass

import pytest
from installation_fixture import Installation, RunningGate, install, running_gate
from psutil import Process

from agent.identity import load
from agent.spool.spool import open_spool
from agent.state import State
from server.store.orders import HeldOrder, OrderFate
from tests.unhindered import INCONCLUSIVE, Spent, Stopwatch
from tests.vectors import order_world
from tests.vectors.order_world import ANA, BEN, EVE
from wire import orders, revocations, signed
from wire.limits import POLL_WAIT_SECONDS
from wire.order_state import OrderState
from wire.orders import Given, Request
from wire.signed import SignedKind
from wire.token import format_token

pytestmark = [pytest.mark.e2e, pytest.mark.slow]
PATIENCE = 90.0
"""Seconds until a starting agent has made its first passes and listens."""
AT_ONCE = 15.0
"""From a cancellation in the store to the device's word, where the order runs: it would
for 28 s more."""
NOT_BEGUN = 20.0
"""The same, where it waits for a person's yes."""
LATENCY = 3.0
"""From an order in the store to the device's word that it is done, while nothing on
this machine has to wait; and where something has, long before the next round."""
SOON = POLL_WAIT_SECONDS / 2


@dataclass
class Scene:
    """A collector's gate and one agent at work."""

    installation: Installation
    gate: RunningGate
    state: State

    def program(self, *arguments: str) -> list[str]:
        """Return a command line of the agent."""
        return [
            *(sys.executable, "-I", "-m", "agent"),
            *("--state", str(self.state.directory), *arguments),
        ]

    def removals(self, *cancelled: bytes) -> None:
        """Publish a fresh list of removals: of orders, or of nothing."""
        whole = revocations.Revocations(
            self.installation.tenant, int(time.time()), (), cancelled
        )
        payload = revocations.REVOCATIONS.encode(whole)
        key = self.installation.roles.revocation
        octets = signed.sign(SignedKind.REVOCATIONS, payload, [key])
        self.installation.store.orders.revoke(self.installation.tenant, octets)

    def send(self, **changes: object) -> Request:
        """Put an order into the gate's store, as the server does."""
        self.removals()
        who, now = load(self.state), int(time.time())
        usual = {
            "tenant": who.tenant,
            "device": who.device,
            "incarnation": self.incarnation(),
            "id": secrets.token_bytes(16),
            "diagnostic": "disk_state",
            "parameters": (),
            "issued": now,
            "expires": now + 600,
        }
        asked = order_world.request(**usual | changes)
        order = order_world.order(asked, keys=self.installation.roles.keys)
        sealed = orders.seal_order(order, who.sealing.public, who.tenant, who.device)
        held = HeldOrder(who.tenant, who.device, asked.id, asked.expires, sealed)
        assert self.installation.store.orders.hold(held, now)
        return asked

    def incarnation(self) -> bytes:
        """Return that of the agent's spool."""
        spool = open_spool(self.state.spool, int(time.time()), mend=False)
        try:
            return spool.incarnation()
        finally:
            spool.close()

    def fate(self, asked: Request) -> OrderFate:
        """Return what the store knows of an order."""
        found = self.installation.store.orders.fates(self.installation.tenant)
        return next(one for one in found if one.order == asked.id)

    def steps(self, asked: Request) -> int:
        """Return how many seconds of its time an order has used, as was told."""
        told = self.fate(asked).doing
        return told.done if told else 0

    def state_of(self, asked: Request) -> OrderState | None:
        """Return the state that the device told."""
        told = self.fate(asked).doing
        return told.state if told else None


def until(what: Callable[[], bool], seconds: float = PATIENCE) -> float:
    """Wait until something holds; return how long it took."""
    began = time.monotonic()
    while not what():
        assert time.monotonic() < began + seconds, "it never came"
        time.sleep(0.02)
    return time.monotonic() - began


@contextmanager
def at_work(scene: Scene) -> Iterator[subprocess.Popen[bytes]]:
    """Run the agent until the end of the block."""
    log = scene.state.directory.parent / "agent.log"
    with log.open("ab") as file:
        process = subprocess.Popen(scene.program("run", "--now"), stderr=file)
        try:
            yield process
        finally:
            process.terminate()
            process.wait(30)


@pytest.fixture(scope="module")
def scene(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Scene]:
    """Return a device that is enrolled with a running gate."""
    directory = tmp_path_factory.mktemp("collector")
    made = install(directory, technicians=(ANA, BEN, EVE))
    state = State(tmp_path_factory.mktemp("device") / "state")
    with running_gate(made) as gate:
        found = Scene(made, gate, state)
        token = format_token(made.token(f"https://127.0.0.1:{gate.port}"))
        subprocess.run(found.program("enrol", token), check=True, env=dict(os.environ))
        yield found
    made.store.close()


def test_a_connected_device_answers_within_three_seconds(
    scene: Scene, record_property: Callable[[str, object], None]
) -> None:
    """From the store to `done`, on a device that listens; a `no` is told as fast."""
    with at_work(scene):
        first = scene.send()
        until(lambda: scene.state_of(first) is OrderState.DONE)
        took: list[Spent] = []
        for _ in range(3):
            time.sleep(1)  # so that it has asked, and waits at the gate
            watch, asked = Stopwatch(), scene.send()
            until(lambda: scene.fate(asked).ended)  # noqa: B023 - at once
            took.append(watch.spent())
            assert scene.state_of(asked) is OrderState.DONE
        (_, usual, _) = sorted(took, key=lambda one: one.seconds)
        assert not usual.late(LATENCY), took
        assert usual.seconds < SOON, took
        if unsure := usual.unsure(LATENCY):
            record_property(INCONCLUSIVE, unsure)
        false = scene.send(asked_by="ben")
        until(lambda: scene.fate(false).ended)
        told = scene.fate(false).doing
        assert told is not None
        assert (told.state, told.reason) == (OrderState.REFUSED, "not-by-who-asks")


def test_an_order_waits_for_an_agent_that_runs(scene: Scene) -> None:
    """`once` takes in nothing that it would not do: who asked sees that it waits."""
    with at_work(scene):
        first = scene.send()
        until(lambda: scene.fate(first).ended)
    asked = scene.send()
    # it polls, and ends in a word on pseudonym keys: here is no reader that makes them
    subprocess.run(scene.program("once"), check=False, capture_output=True)
    assert scene.fate(asked).doing is None
    with at_work(scene):
        until(lambda: scene.state_of(asked) is OrderState.DONE)


def test_a_person_at_the_machine_lets_it_run(scene: Scene) -> None:
    """It waits, is listed in words, is approved, and then is done."""
    with at_work(scene):
        asked = scene.send(diagnostic="log_slice", parameters=(Given("log", "system"),))
        until(lambda: scene.state_of(asked) is OrderState.ASKING)
        shown = subprocess.run(
            scene.program("diagnostics"), capture_output=True, text=True, check=True
        ).stdout
        assert "asked by ana, ticket T-1042" in shown
        assert "the printer's portal does not open" in shown
        command = scene.program("diagnostics", "approve", asked.id.hex()[:8])
        subprocess.run(command, check=True)
        until(lambda: scene.fate(asked).ended)
        assert scene.state_of(asked) in {OrderState.DONE, OrderState.FAILED}


def test_one_that_runs_tells_how_far_it_is_and_ends_when_taken_back(
    scene: Scene,
) -> None:
    """Seconds of its time are told meanwhile; then its child ends and sends nothing."""
    given = (Given("seconds", "30"),)
    with at_work(scene) as agent:
        before = scene.send()
        until(lambda: scene.fate(before).ended)
        asked = scene.send(diagnostic="top_processes", parameters=given, rows=50)
        until(lambda: scene.steps(asked) > 1)
        assert scene.state_of(asked) is OrderState.RUNNING
        (child,) = Process(agent.pid).children()
        scene.removals(asked.id)
        assert until(lambda: scene.fate(asked).ended) < AT_ONCE
        assert scene.state_of(asked) is OrderState.CANCELLED
        assert not child.is_running()
        after = scene.send()
        until(lambda: scene.fate(after).ended)
    shown = subprocess.run(
        scene.program("diagnostics", "--json"), capture_output=True, check=True
    ).stdout
    told = {line["id"]: line for line in map(json.loads, shown.splitlines())}
    assert (told[asked.id.hex()]["state"], told[asked.id.hex()]["rows"]) == (
        *("cancelled", 0),
    )


def test_one_that_waits_for_a_yes_is_taken_back(scene: Scene) -> None:
    """A device that asks a person goes on asking its collector, and ends it."""
    with at_work(scene):
        asked = scene.send(diagnostic="log_slice", parameters=(Given("log", "system"),))
        until(lambda: scene.state_of(asked) is OrderState.ASKING)
        scene.removals(asked.id)
        assert until(lambda: scene.fate(asked).ended) < NOT_BEGUN
    assert scene.state_of(asked) is OrderState.CANCELLED


def test_a_device_that_was_away_hears_it_later(scene: Scene) -> None:
    """An order waits for its device; one that was withdrawn meanwhile never comes."""
    kept, gone = scene.send(), scene.send()
    tenant = scene.installation.tenant
    assert scene.installation.store.orders.withdraw(tenant, gone.id, int(time.time()))
    with at_work(scene):
        until(lambda: scene.fate(kept).ended)
    assert scene.state_of(kept) is OrderState.DONE
    assert scene.state_of(gone) is None
