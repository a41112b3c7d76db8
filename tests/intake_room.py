# SPDX-License-Identifier: Apache-2.0
"""Gates with a buffer before their store: a PostgreSQL and a NATS cluster of a test.

Rules: everything is real; devices keep what has no mark, and send it again, as agents
do.
Not here: any expectation but that an answer is signed.
"""

import asyncio
import hashlib
import json
import secrets
import time
import tomllib
from collections.abc import Awaitable, Callable, Sequence
from contextlib import suppress
from dataclasses import dataclass, field
from pathlib import Path
from typing import TYPE_CHECKING

import nats_fixture
from gates_room import Gates
from stranger_fixture import Stranger, enrolled, payload

from server.configuration_intake import read_intake
from server.gate.intake.bounds import MESSAGE_BYTES, ROOM_SECONDS, SAME_SECONDS
from server.gate.intake.buffer import AwayError, FullError
from server.gate.intake.credentials import read_credentials
from wire import messages
from wire.limits import KIB, MIB
from wire.messages import Fate, Result
from wire.purposes import Purpose
from wire.signed import SignedKind

if TYPE_CHECKING:
    from server.gate.intake.cluster import Cluster

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


def put(cluster: nats_fixture.Cluster, messages: Sequence[bytes]) -> None:
    """Put messages into the buffer, as whoever holds a gate's credentials can."""

    async def act(buffer: "Cluster") -> None:
        for one in messages:
            await buffer.put(one, hashlib.sha256(one).digest())

    asyncio.run(_with(cluster, act))


def fill(cluster: nats_fixture.Cluster) -> int:
    """Put large messages there until gates put none more, then small ones.

    The last are smaller than any shipment, for the least room is room for one.

    Returns:
        How many.
    """
    count = 0

    async def act(buffer: "Cluster") -> None:
        nonlocal count
        for size in (4 * MIB, 64 * KIB, KIB, 16):
            looked = False
            while True:
                try:
                    await buffer.put(bytes(size), secrets.token_bytes(8))
                except FullError:  # by what was there, and what is reckoned since
                    if looked:
                        break
                    looked = True
                    await asyncio.sleep(ROOM_SECONDS)
                else:
                    looked = False
                    count += 1

    asyncio.run(_with(cluster, act))
    return count


def overfill(cluster: nats_fixture.Cluster) -> None:
    """Put messages there until its servers take none more, which no gate does.

    Of the last ones, which are smaller than what servers write beside them, so many: a
    server that deletes for them what came first takes them for ever.
    """

    async def act(buffer: "Cluster") -> None:
        patience = nats_fixture.PATIENCE_SECONDS
        for size, most in ((4 * MIB, 32), (64 * KIB, 128), (KIB, 128), (16, 64)):
            asked = "discreet.shipments", bytes(size)
            for _ in range(most):
                reply = await buffer._client.request(*asked, timeout=patience)
                if b"error" in reply.data:
                    break

    asyncio.run(_with(cluster, act))


def octets(cluster: nats_fixture.Cluster) -> int:
    """Return how much the stream holds."""
    found: list[int] = []

    async def act(buffer: "Cluster") -> None:
        reply = await buffer._client.request("$JS.API.STREAM.INFO.discreet", timeout=10)
        found.append(json.loads(reply.data)["state"]["bytes"])

    asyncio.run(_with(cluster, act))
    return found[0]


def counts(cluster: nats_fixture.Cluster) -> tuple[int, int]:
    """Return how many messages wait, and how many were set aside."""
    found: list[tuple[int, int]] = []

    async def act(buffer: "Cluster") -> None:
        found.append(await buffer.counts())

    asyncio.run(_with(cluster, act))
    return found[0]


def make_stream(cluster: nats_fixture.Cluster, name: str, **other: object) -> None:
    """Make a stream that is as a gate wants it, but for some values."""

    async def act(buffer: "Cluster") -> None:
        values = {
            "name": name,
            "subjects": [f"{name}.shipments", f"{name}.aside"],
            "retention": "workqueue",
            "storage": "file",
            "discard": "new",
            "num_replicas": len(cluster.ports),
            "max_age": 86_400 * 10**9,
            "max_bytes": SIZE_MIB * MIB,
            "max_msg_size": MESSAGE_BYTES,
            "duplicate_window": SAME_SECONDS * 10**9,
            **other,
        }
        asked = f"$JS.API.STREAM.CREATE.{name}", json.dumps(values).encode()
        reply = await buffer._client.request(*asked, timeout=10)
        assert b"error" not in reply.data, reply.data

    asyncio.run(_with(cluster, act))


async def _with(
    cluster: nats_fixture.Cluster, act: "Callable[[Cluster], Awaitable[None]]"
) -> None:
    table = tomllib.loads(settings(cluster))["intake"]
    asked = read_intake(table)
    assert asked is not None
    from server.gate.intake.cluster import Cluster  # noqa: PLC0415 - an extra

    buffer = Cluster(asked, read_credentials(cluster.credentials))
    end = time.monotonic() + nats_fixture.PATIENCE_SECONDS
    while not buffer.there:
        with suppress(AwayError):  # servers that were just started choose a leader
            await buffer.connect()
        assert time.monotonic() < end, "the cluster does not answer"
    try:
        await act(buffer)
    finally:
        await buffer.close()
