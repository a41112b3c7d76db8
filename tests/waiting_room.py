# SPDX-License-Identifier: Apache-2.0
"""A gate at which devices wait: who waits, what it is told, and a scene to play.

Rules: requests are ASGI messages; a scene has a gate of its own on the same store.
Not here: any expectation but that a poll is answered.
"""

import asyncio
from collections.abc import Awaitable, Callable
from contextlib import suppress

from gate_asgi import Request, gate_of
from installation_fixture import Installation
from starlette.applications import Starlette
from stranger_fixture import Stranger

from server.gate.app import Gate
from server.gate.door import Door
from server.gate.shares import Bounds
from server.store.orders import HeldOrder
from wire import messages, signed
from wire.revocations import REVOCATIONS, Revocations
from wire.signed import SignedKind

LONG = 50


def remove_nobody(made: Installation, issued: int) -> bytes:
    """Hand out a list that removes nobody; returns it."""
    payload = REVOCATIONS.encode(Revocations(made.tenant, issued, (), ()))
    octets = signed.sign(SignedKind.REVOCATIONS, payload, [made.roles.revocation])
    made.store.orders.revoke(made.tenant, octets)
    return octets


class Waiter:
    """A device whose poll waits."""

    def __init__(
        self, application: Starlette, made: Installation, device: Stranger
    ) -> None:
        """Ask, and be told when the gate has nothing to say."""
        self.device = device
        octets = device.waits(made.bundle, LONG)
        self.request = Request().body(octets)
        self.task = asyncio.create_task(self.request.to(application, "/v1/poll"))

    async def waits(self) -> None:
        """Return when it waits: the gate listens whether it is still there."""
        await self.request.hungry.wait()

    async def answer(self) -> messages.Answer:
        """Return what it is told."""
        return answer_of(await self.task)

    async def leave(self) -> None:
        """Go away."""
        self.request.arriving.put_nowait({"type": "http.disconnect"})
        with suppress(asyncio.CancelledError):
            await self.task


def answer_of(request: Request) -> messages.Answer:
    """Return the answer that a request got."""
    assert request.status == 200
    octets = b"".join(part.get("body", b"") for part in request.answered[1:])
    payload = signed.read(octets, SignedKind.ANSWER).payload
    return messages.ANSWER.decode(payload)


def order_of(made: Installation, device: Stranger) -> HeldOrder:
    """Return an order of this device alone that never ends."""
    return HeldOrder(made.tenant, device.device, device.device, 2**40, b"sealed")


async def looked(made: Installation, waiter: Waiter) -> None:
    """Return when the gate has looked for calls: it called one that waits."""
    device = waiter.device
    made.store.orders.hold(order_of(made, device), 1)
    assert (await waiter.answer()).orders == (b"sealed",)


def play(
    made: Installation,
    act: Callable[[Gate, Starlette], Awaitable[None]],
    *,
    door: Door | None = None,
    bounds: Bounds | None = None,
) -> None:
    """Play a scene at a gate."""

    async def scene() -> None:
        async with gate_of(made, door=door, bounds=bounds) as gate:
            await act(gate, gate.application())

    asyncio.run(scene())
