# SPDX-License-Identifier: Apache-2.0
"""Gates with a buffer before their store: a PostgreSQL and a NATS cluster of a test.

Rules: everything is real; devices keep what has no mark, and send it again, as agents
do.
Not here: any expectation but that an answer is signed.
"""

import json
from collections.abc import Sequence
from dataclasses import dataclass, field
from pathlib import Path

import nats_fixture
from gates_room import Gates
from stranger_fixture import Stranger, enrolled, payload

from wire import messages
from wire.messages import Fate, Result
from wire.purposes import Purpose
from wire.signed import SignedKind

QUEUED = Result(Fate.RETRY, "queued")
SIZE_MIB = 64


def settings(cluster: nats_fixture.Cluster, **other: object) -> str:
    """Return the table [intake] for a cluster."""
    values = {
        "servers": cluster.servers,
        "credentials": str(cluster.credentials),
        "authority": str(cluster.signer),
        "replicas": len(cluster.ports),
        "size_mib": SIZE_MIB,
        **other,
    }
    lines = [f"{name} = {json.dumps(value)}" for name, value in values.items()]
    return "\n".join(["[intake]", *lines, ""])


def write(folder: Path, cluster: nats_fixture.Cluster, **other: object) -> Path:
    """Write the table into a file of its own; returns that."""
    path = folder / "intake.toml"
    path.write_text(settings(cluster, **other))
    return path


@dataclass
class Shipper:
    """A device that keeps each envelope until the store has it."""

    fleet: Gates
    device: Stranger
    sent: list[bytes] = field(default_factory=list)
    stored: set[bytes] = field(default_factory=set)
    """What a receipt called stored."""
    queued: set[bytes] = field(default_factory=set)

    def new(self, count: int = 1) -> list[bytes]:
        """Seal envelopes, which are kept."""
        key = self.fleet.made.key(Purpose.SUPPORT)
        made = [self.device.seal(key) for _ in range(count)]
        self.sent += made
        return made

    def ship(self, envelopes: Sequence[bytes], gate: int = 0) -> bool:
        """Ship once; tells whether the answer was a receipt."""
        octets = self.device.ship(list(envelopes))
        reply = self.fleet.asked(self.fleet.every[gate], "/v1/shipments", octets)
        if reply is None or reply.status != 200:
            return False
        found = payload(self.fleet.made, reply, SignedKind.RECEIPT)
        results = messages.RECEIPT.decode(found).results
        for octets, result in zip(envelopes, results, strict=True):
            if result == QUEUED:
                self.queued.add(octets)
            else:
                assert result.fate in {Fate.STORED, Fate.DUPLICATE}, result
                self.stored.add(octets)
        return True

    def held(self) -> list[bytes]:
        """Return what the store has of it, in its order."""
        found = self.fleet.store.envelopes(
            self.fleet.made.tenant, device=self.device.device
        )
        return [one.octets for one in found]


def shipper(fleet: Gates) -> Shipper:
    """Return a device that a gate has heard, so that it is remembered."""
    made = Shipper(fleet, enrolled(fleet.made))
    assert made.ship(made.new())
    assert made.stored
    return made
