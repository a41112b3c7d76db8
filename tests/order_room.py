# SPDX-License-Identifier: Apache-2.0
"""A device whose policy names diagnostics, and technicians who ask for them.

Rules: the policy is `standard`; files, spool, keys and the child's work are real; the
machine is a recorded one.
Not here: the gate between them (`tests/e2e`), the checks one by one
(`tests/unit/agent/test_orders_judging.py`).
"""

import secrets
import time
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, replace
from functools import cache
from pathlib import Path

from device_fixture import enrolled, headers
from installation_fixture import Installation, install

from agent.device import Device, at_work
from agent.diagnostics import source
from agent.host.interface import Host
from agent.identity import Identity, load
from agent.orders import run_work
from agent.orders.hearing import hear_order
from agent.orders.removals import take_removals
from agent.spool.order import HeldOrder
from agent.state import State
from tests.host_fixture import recorded_host
from tests.vectors import order_world, world
from tests.vectors.order_world import ANA, BEN, EVE
from wire import orders, revocations, signed
from wire.ledger import ENTRY
from wire.orders import Request
from wire.purposes import Purpose
from wire.signed import SignedKind
from wire.trust import BUNDLE, read_root

TICKET = world.opening("ticket T-1042")
"""What opens what the fixed request's ticket brings."""


@dataclass
class Room:
    """A device, its provider, and the time that both have."""

    installation: Installation
    state: State
    host: Host
    now: int

    @property
    def who(self) -> Identity:
        """Return the device's identity."""
        return load(self.state)

    @contextmanager
    def device(self) -> Iterator[Device]:
        """Hold the device's spool open."""
        with at_work(self.state, self.who) as device:
            yield device

    def request(self, **changes: object) -> Request:
        """Return a request by ana for this device, with changes."""
        who = self.who
        with self.device() as device:
            incarnation = device.spool.incarnation()
        usual = {
            "tenant": who.tenant,
            "device": who.device,
            "incarnation": incarnation,
            "id": secrets.token_bytes(16),
            "diagnostic": "disk_state",
            "parameters": (),
            "issued": self.now,
            "expires": self.now + 3_600,
        }
        return order_world.request(**usual | changes)

    def seal(self, order: bytes) -> bytes:
        """Return an order as an answer brings it."""
        who = self.who
        return orders.seal_order(order, who.sealing.public, who.tenant, who.device)

    def order(self, asked: Request, by: Sequence[str] = ("ana",)) -> bytes:
        """Return an order with its ticket's key, which the provider vouches for."""
        return order_world.order(asked, by, self.installation.roles.keys)

    def send(self, request: Request | None = None, by: Sequence[str] = ("ana",)) -> str:
        """Have the device hear an order; return its id in hex."""
        asked = request or self.request()
        with self.device() as device:
            hear_order(device, self.seal(self.order(asked, by)), self.now)
        return asked.id.hex()

    def remove(self, **changes: object) -> None:
        """Have the device take a list of removals."""
        whole = revocations.Revocations(self.installation.tenant, self.now, (), ())
        changed = replace(whole, **changes)  # type: ignore[arg-type]  # its fields
        payload = revocations.REVOCATIONS.encode(changed)
        key = self.installation.roles.revocation
        octets = signed.sign(SignedKind.REVOCATIONS, payload, [key])
        (first, *_) = BUNDLE.decode(self.installation.bundle).roots
        root = read_root(signed.read(first, SignedKind.ROOT).payload)
        take_removals(self.state, root, octets, self.now)

    def work(self, order: str) -> bytes:
        """Do what the child does with an order; return its report."""
        return run_work.work(self.state, self.now, order, self.host)

    def held(self, order: str) -> HeldOrder:
        """Return how an order stands."""
        with self.device() as device:
            (found,) = (one for one in device.spool.orders() if one.id == order)
        return found

    def acts(self) -> list[str]:
        """Return the acts in the agent's ledger that are about orders."""
        with self.device() as device:
            entries, _ = device.spool.ledger()
        acts = (ENTRY.decode(entry).act for entry, _, _ in entries)
        return [act for act in acts if act.startswith("order-")]

    def sent(self) -> int:
        """Return how many envelopes for support wait."""
        found = headers(self.state)
        return sum(header.purpose is Purpose.SUPPORT for header in found)


@cache
def provider(directory: Path) -> Installation:
    """Return a provider with three technicians."""
    return install(directory, technicians=(ANA, BEN, EVE))


def alone(directory: Path) -> Room:
    """Return a device of a provider that has no other."""
    (directory / "provider").mkdir()
    return room(directory / "device", provider(directory / "provider"))


def room(directory: Path, installation: Installation) -> Room:
    """Return a device of a provider, on a recorded machine, with a fresh list."""
    case = source("disk_state").examples[0]
    host = recorded_host(case.example, directory / "machine")
    state = enrolled(directory / "state", installation)
    made = Room(installation, state, host, int(time.time()))
    made.remove()
    return made
