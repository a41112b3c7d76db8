# SPDX-License-Identifier: Apache-2.0
"""One small shipment, taken as it comes and answered when it is committed.

Rules: as many octets as a stranger has, until it is known who speaks; then under the
device's share, with the same pauses and the same time as any body; whatever is not as
it should be is left to a task, which answers it as it answers everything, and nothing
is judged twice; it is called by the loop alone.
Not here: shipments that are large or unusual, the steps themselves (`shipping.py`).
"""

import asyncio
import time
from collections.abc import Callable, Sequence
from typing import TYPE_CHECKING

from server.gate import protocol
from server.gate.asked import BEGUN, clock
from server.gate.bounds import (
    BODY_BYTES_AT_ONCE,
    BODY_PAUSE_SECONDS,
    JUDGED_HERE_BYTES,
    STRANGER_BYTES,
)
from server.gate.commits import Committed
from server.gate.exchange import Exchange
from server.gate.figures import OK
from server.gate.openapi import CBOR_OCTETS
from server.gate.protocol import Admitted, Judged
from server.problems import Problem, Refusal, of_wire
from server.store.interface import Verdict
from wire.errors import WireError
from wire.manifests import manifest_of

if TYPE_CHECKING:
    from server.gate.means import Means
    from server.gate.shares import Stay


class Underway:
    """What became of it so far.

    Attributes:
        speaker: tenant and device, once that is known.
        judged: its manifest, once it was heard.
        admitted: the shipment, once it was all there.
        receipt: once there is one.
        error: why a task has to answer.
        began: when it was judged, monotonic seconds.
    """

    def __init__(
        self,
        means: "Means",
        exchange: Exchange,
        stated: int,
        as_task: Callable[[], None],
    ) -> None:
        """Begin with a head.

        Args:
            means: what it takes.
            exchange: the request.
            stated: octets of its body.
            as_task: has a task answer it.
        """
        self.speaker: tuple[bytes, bytes] | None = None
        self.judged: Judged | None = None
        self.admitted: Admitted | None = None
        self.receipt: bytes | None = None
        self.error: Exception = Refusal(Problem.MALFORMED)
        self.began = 0.0
        self._means = means
        self._exchange = exchange
        self._stated = stated
        self._as_task = as_task
        self._stay: Stay | None = None
        self._timer: asyncio.TimerHandle | None = None
        self._pause_at = BODY_BYTES_AT_ONCE
        self._going = True

    @property
    def is_whole(self) -> bool:
        """Tell whether nothing more of it comes."""
        return not self._exchange.more_body

    def look(self) -> None:
        """Go on, for more of it has come."""
        if not self._going:
            return
        try:
            judged = self.judged or self._judge()
            if judged is not None and self.is_whole:
                self._submit(judged)
        except Exception as error:  # noqa: BLE001 - boundary: the request handler
            self._leave_to_task(error)
            return
        if self._going:
            self._wait()

    def gone(self) -> None:
        """Forget what was not whole when its connection ended."""
        if self._going:
            self._end()
            self.leave()

    def leave(self) -> None:
        """Give back what it holds."""
        stay, self._stay = self._stay, None
        if stay is not None:
            stay.leave()

    def _judge(self) -> Judged | None:
        """Find out who ships; None before that is to be seen.

        Raises:
            Refusal: whoever it is is not heard.
        """
        exchange, means = self._exchange, self._means
        start = bytes(exchange.body[:STRANGER_BYTES])
        try:
            message = manifest_of(start)
        except WireError as error:
            raise Refusal(of_wire(error)) from None
        if message is None:
            if self.is_whole or len(start) == STRANGER_BYTES:
                raise Refusal(Problem.MALFORMED)
            exchange.room = STRANGER_BYTES
            return None
        self.began = time.monotonic()
        judged = protocol.judge(means.senders, message, clock())
        self.speaker = judged.manifest.tenant, judged.manifest.device
        self._stay = means.shares.enter(*self.speaker, time.monotonic())
        self._stay.reach(max(self._stated, len(exchange.body)))
        exchange.room = JUDGED_HERE_BYTES  # it is counted to the device by now
        self.judged = judged
        if self._timer is not None:
            self._timer.cancel()
            self._timer = None
        return judged

    def _wait(self) -> None:
        """Have more of it come, for a time; after so much of it the others first."""
        loop, flow = asyncio.get_running_loop(), self._exchange.flow
        if self._timer is None:
            self._timer = loop.call_later(self._means.seconds, self._too_slow)
        if len(self._exchange.body) < self._pause_at:
            flow.resume_reading()
            return
        self._pause_at += BODY_BYTES_AT_ONCE
        flow.pause_reading()
        loop.call_later(BODY_PAUSE_SECONDS, self._resume)

    def _resume(self) -> None:
        if not self._exchange.disconnected:
            self._exchange.flow.resume_reading()

    def _submit(self, judged: Judged) -> None:
        """Have it committed.

        Raises:
            Refusal: it is not what its manifest was, or there is no room.
        """
        self._end()
        exchange, means = self._exchange, self._means
        # the body is given away: what waits for the commit are the envelopes alone
        octets, exchange.body = bytes(exchange.body), bytearray()
        admitted = protocol.sort(means.nonces, judged, octets, clock())
        self.admitted = admitted
        means.judges.require_store()
        if admitted.envelopes:
            order = means.committer.submit(admitted.envelopes)
            means.commits.then(order, self._committed)
        else:
            self._answer(admitted, ())

    def _committed(self, order: Committed) -> None:
        try:
            if self.admitted is not None:
                self._answer(self.admitted, order.result())
        except Exception as error:  # noqa: BLE001 - boundary: the request handler
            self._leave_to_task(error)

    def _answer(self, admitted: Admitted, verdicts: Sequence[Verdict]) -> None:
        """Send the receipt."""
        means, exchange = self._means, self._exchange
        receipt = protocol.receipt(means.post, admitted, verdicts, clock())
        self.leave()
        means.receipted(admitted, verdicts, self.began)
        if exchange.answer(receipt, CBOR_OCTETS, close=means.leaving()):
            means.figures.count("gate_requests_total", "ship", OK)
            return
        self.receipt = receipt
        self._leave_to_task(self.error)

    def _too_slow(self) -> None:
        self._timer = None
        self._leave_to_task(Refusal(Problem.MALFORMED))

    def _leave_to_task(self, error: Exception) -> None:
        """Have a task answer, which knows what was found here."""
        self._end()
        self.error = error
        self._exchange.scope["state"][BEGUN] = self
        self._as_task()

    def _end(self) -> None:
        self._going = False
        if self._timer is not None:
            self._timer.cancel()
            self._timer = None
