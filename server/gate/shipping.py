# SPDX-License-Identifier: Apache-2.0
"""What a gate does with a shipment: who ships, what is stored, and its receipt.

Rules: who speaks is known before more than a manifest is read and before anything is
done for it; a receipt follows the commit; one that is small is answered as it comes,
without a task (`underway.py`), and by the same steps as any other.
Not here: what is answered (`protocol.py`), reading bodies (`bodies.py`), who may hold
what (`shares.py`).
"""

import time
from collections.abc import Callable, Iterable, Sequence

from server.gate import protocol
from server.gate.asked import Asked, clock
from server.gate.bounds import JUDGED_HERE_BYTES, LENGTH_DIGITS, STRANGER_BYTES
from server.gate.committer import parts
from server.gate.exchange import Exchange
from server.gate.means import Means
from server.gate.openapi import CBOR_OCTETS
from server.gate.protocol import Admitted, Judged
from server.gate.underway import Underway
from server.problems import Problem, Refusal
from server.store.interface import Verdict

_UNUSUAL = frozenset({b"content-encoding", b"transfer-encoding", b"expect"})
"""Fields of a head that a small shipment does not have."""


class Shipping:
    """Takes shipments."""

    def __init__(self, means: Means) -> None:
        """Take what it takes."""
        self._means = means

    async def ship(self, asked: Asked) -> bytes:
        """Return the receipt for a shipment.

        Raises:
            Refusal: it is not taken.
        """
        if isinstance(asked.begun, Underway):
            return await self._gone_on(asked, asked.begun)
        body = asked.body
        message = await body.manifest(STRANGER_BYTES)
        began = time.monotonic()
        judged = await self._means.judges.judged(
            lambda: protocol.judge(self._means.senders, message, clock())
        )
        key = judged.manifest.tenant, judged.manifest.device
        asked.speaker = key
        with self._means.shares.enter(*key, time.monotonic()) as stay:
            await body.rest(stay)
            # the body is given away: what waits for the commit are the envelopes alone
            admitted = await self._means.judges.judged(
                lambda: protocol.sort(self._means.nonces, judged, body.take(), clock()),
                len(body),
            )
            verdicts = await self._stored(judged, admitted)
            receipt = await self._means.judges.judged(
                lambda: protocol.receipt(self._means.post, admitted, verdicts, clock())
            )
        self._means.receipted(admitted, verdicts, began)
        return receipt

    def at_once(
        self, exchange: Exchange, as_task: Callable[[], None]
    ) -> Underway | None:
        """Return what takes a small shipment as it comes; None: a task has to.

        Args:
            exchange: its head was read.
            as_task: has a task answer it after all.
        """
        if (
            exchange.waiting_for_100_continue
            or self._means.leaving()
            or self._means.judges.away
        ):
            return None
        stated = _stated(exchange.scope["headers"])
        if stated is None or not self._means.judges.are_here(stated):
            return None
        return Underway(self._means, exchange, stated, as_task)

    async def _gone_on(self, asked: Asked, begun: Underway) -> bytes:
        """Return the receipt for what was taken as it came, until it took a task."""
        asked.speaker, asked.body.ended = begun.speaker, begun.is_whole
        try:
            if begun.receipt is not None:
                return begun.receipt
            if begun.judged is None or begun.admitted is None:
                raise begun.error
            verdicts = await self._queued(begun.judged, begun.admitted, (), begun.error)
            receipt = protocol.receipt(
                self._means.post, begun.admitted, verdicts, clock()
            )
        finally:
            begun.leave()
        self._means.receipted(begun.admitted, verdicts, begun.began)
        return receipt

    async def _stored(self, judged: Judged, admitted: Admitted) -> list[Verdict]:
        """Return what became of a shipment's envelopes: stored, or else queued."""
        verdicts: list[Verdict] = []
        try:
            self._means.judges.require_store()
            for part in parts(admitted.envelopes):
                verdicts += await self._means.committed(part)
        except Refusal as refusal:
            return await self._queued(judged, admitted, verdicts, refusal)
        return verdicts

    async def _queued(
        self,
        judged: Judged,
        admitted: Admitted,
        stored: Sequence[Verdict],
        error: Exception,
    ) -> list[Verdict]:
        """Return what became of a shipment that the store did not take: queued, or not.

        Raises:
            Refusal: there is nowhere to wait.
        """
        full = isinstance(error, Refusal) and error.problem is Problem.OVERLOADED
        if self._means.intake is None or not full:
            raise error
        return await self._means.intake.queue(judged, admitted, stored)


def _stated(headers: Iterable[tuple[bytes, bytes]]) -> int | None:
    """Return the length that a head states; None of what is no small shipment."""
    kind = length = b""
    for name, value in headers:
        if name == b"content-type":
            kind = value
        elif name == b"content-length":
            length = value
        elif name in _UNUSUAL:
            return None
    if kind != CBOR_OCTETS or not length.isdigit() or len(length) > LENGTH_DIGITS:
        return None
    stated = int(length)
    return stated if 0 < stated <= JUDGED_HERE_BYTES else None
