# SPDX-License-Identifier: Apache-2.0
"""Puts shipments into the buffer that the store does not take now.

Rules: what is queued is not stored, and its receipt says so of each envelope: the
device keeps its copy; it lies there as the device signed it, for whoever takes it out
trusts nobody in between; where the buffer takes nothing either, the device is told to
come again as it was before there was one.
Not here: what becomes of it (`emptying.py`), the place (`cluster.py`).
"""

import asyncio
import hashlib
from collections.abc import Awaitable, Callable, Sequence

from server.figures.kept import Figures
from server.gate.asked import clock
from server.gate.intake.buffer import AwayError, Buffer, FullError
from server.gate.intake.emptying import Emptying
from server.gate.intake.figures import AWAY, FULL, QUEUED
from server.gate.intake.remembered import Remembered
from server.gate.intake.watching import Watch
from server.gate.protocol import Admitted, Judged
from server.problems import Problem, Refusal
from server.store.bounds import DAY_SECONDS
from server.store.interface import Store, StoredEnvelope, Verdict
from wire.messages import SHIPMENT, Fate, Shipment

WAITS = Verdict(Fate.RETRY, QUEUED)
Commit = Callable[[Sequence[StoredEnvelope]], Awaitable[list[Verdict]]]
"""Returns verdicts once envelopes are in the store."""


class Intake:
    """A gate's way round a store that is away; used by its loop."""

    def __init__(
        self, buffer: Buffer, store: Store, commit: Commit, figures: Figures
    ) -> None:
        """Connect to nothing yet.

        Args:
            buffer: where shipments wait.
            store: where they are to go.
            commit: puts envelopes there.
            figures: of the gate.
        """
        self.senders = Remembered(store)
        self._buffer = buffer
        self._figures = figures
        self._emptying = Emptying(buffer, store, self.senders, commit, figures)
        self._watch = Watch(store, self.senders)
        self._tasks: list[asyncio.Task[None]] = []

    @property
    def away(self) -> bool:
        """Tell whether the store could not be asked last."""
        return self.senders.away

    @property
    def carries(self) -> bool:
        """Tell whether the store is away and the buffer takes its place."""
        return self.away and self._buffer.there

    def begin(self) -> None:
        """Watch the store, and put into it what waits in the buffer, until the end."""
        loop = asyncio.get_running_loop()
        every = self._watch.run(), self._emptying.run()
        self._tasks = [loop.create_task(one) for one in every]

    def end(self) -> None:
        """Take nothing out any more; what was taken is given out again."""
        for task in self._tasks:
            task.cancel()

    def close(self) -> None:
        """End the threads."""
        self._emptying.close()
        self._watch.close()

    def look(self) -> None:
        """Set the figures that are not counted as they go."""
        self._figures.set("gate_store_away", self.away)
        self._figures.set("gate_intake_there", self._buffer.there)
        self._figures.set("gate_intake_waiting", self._emptying.waiting)
        self._figures.set("gate_intake_aside", self._emptying.aside)

    async def queue(
        self, judged: Judged, admitted: Admitted, stored: Sequence[Verdict]
    ) -> list[Verdict]:
        """Put a shipment into the buffer; returns a verdict for each envelope.

        Args:
            judged: its manifest, as it was signed.
            admitted: the shipment.
            stored: verdicts of those of its envelopes that the store has, the first.

        Raises:
            Refusal: overloaded: the buffer takes nothing, or the shipment is not whole.
        """
        if admitted.refused:
            raise Refusal(Problem.OVERLOADED)
        every = tuple(one.octets for one in admitted.envelopes)
        octets = SHIPMENT.encode(Shipment(judged.octets, every))
        outcome = AWAY
        try:
            await self._buffer.put(octets, _name(admitted))
            outcome = QUEUED
        except FullError:
            outcome = FULL
        except AwayError:
            pass
        self._figures.count("gate_intake_total", outcome)
        if outcome is not QUEUED:
            raise Refusal(Problem.OVERLOADED)
        whose = admitted.manifest.tenant, admitted.manifest.device
        self.senders.queued(whose, len(octets), clock() // DAY_SECONDS)
        return [*stored, *[WAITS] * (len(every) - len(stored))]


def _name(admitted: Admitted) -> bytes:
    """Return what tells a shipment from others: whose it is, and what is in it."""
    manifest = admitted.manifest
    found = hashlib.sha256(manifest.tenant + manifest.device + manifest.incarnation)
    for digest in manifest.digests:
        found.update(digest)
    return found.digest()
