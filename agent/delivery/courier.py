# SPDX-License-Identifier: Apache-2.0
"""Does on the network what `shipping.py` decided, and tells how it went.

Rules: one session for one act or for a whole `once`; without a trusted bundle only
introductions and polls leave.
Not here: deciding (`shipping.py`), the messages (`polling.py`, `receipts.py`).
"""

import os
import time
from collections.abc import Callable, Iterable
from contextlib import suppress
from dataclasses import dataclass, field

from agent.clock import corrected, load_clock
from agent.delivery import polling
from agent.delivery.admission import Admission
from agent.delivery.adoption import DISK
from agent.delivery.asker import Asker
from agent.delivery.awaiting import resend_overdue
from agent.delivery.outside import Outside
from agent.delivery.polling import About
from agent.delivery.proxies import Proxy
from agent.delivery.receipts import ship_once
from agent.delivery.shipping import Act, Next
from agent.device import Device
from agent.errors import AgentError, StateError
from agent.spool.voids import Voids
from agent.state import State, read, write
from wire.trust import Trusted

_SENTENCE_BYTES = 1_000


def failing(state: State) -> str:
    """Return the sentence of the failure that lasts; empty where none does.

    Raises:
        StateError: what is known of it cannot be read.
    """
    return (read(state.failing, _SENTENCE_BYTES) or b"").decode(errors="replace")


@dataclass(frozen=True, slots=True)
class Done:
    """What an act came to, in numbers and slugs.

    Attributes:
        trust: what is trusted now.
        adopted: names of the parts that a poll brought.
        sent: envelopes that left.
        octets: their bytes.
        backlog: bytes of them that were of a backlog.
        trimmed: envelopes that a mark let go.
        refused: reasons of what was not taken, by either side.
        retry: why nothing of a shipment was taken for now; empty where it was.
        unwritable: the disk refused to remember something of it.
    """

    trust: Trusted | None
    adopted: tuple[str, ...] = ()
    sent: int = 0
    octets: int = 0
    backlog: int = 0
    trimmed: int = 0
    refused: tuple[str, ...] = ()
    retry: str = ""
    unwritable: bool = False


@dataclass(frozen=True, slots=True)
class Courier:
    """How this device reaches its collector.

    Attributes:
        about: what the device says of itself.
        proxy: the HTTP proxy to go through.
        system: the system's clock, seconds since the epoch.
        entropy: so many random bytes.
        monotonic: a clock that only grows, seconds.
        hears: whether orders are taken in at a poll.
        admission: what the gate knows this device by.
    """

    about: About
    proxy: Proxy | None = None
    system: Callable[[], float] = time.time
    entropy: Callable[[int], bytes] = os.urandom
    monotonic: Callable[[], float] = time.monotonic
    hears: bool = True
    admission: Admission = field(default_factory=Admission, compare=False)

    def session(self, device: Device, trust: Trusted | None) -> Asker:
        """Return a session; nothing is sent yet."""
        return polling.open_session(device.who, trust, self.proxy, self.admission)

    def act(
        self,
        session: Asker,
        device: Device,
        trust: Trusted | None,
        step: Next,
        alarms: Iterable[str] = (),
    ) -> Done:
        """Do one act that was decided.

        Before each, what a mark leaves uncovered for too long waits again: a gate
        that answers and drops is found out also when nothing new is to be sent. A
        disk that refuses the sentence for `status` changes nothing of the outcome.

        Args:
            session: to the collector.
            device: whose act it is.
            trust: what is trusted; None where no valid bundle is here.
            step: what was decided.
            alarms: for a poll, what a person should look at.

        Raises:
            AgentError: it failed, and `status` shows why; `shipping.failed` says what
                comes next.
        """
        try:
            done = self._act(session, device, trust, step, alarms)
        except AgentError as problem:
            with suppress(StateError):
                write(device.state.failing, str(problem).encode()[:_SENTENCE_BYTES])
            raise
        with suppress(OSError):
            device.state.failing.unlink(missing_ok=True)
        return done

    def tell(
        self, session: Asker, device: Device, trust: Trusted | None, ran: int
    ) -> None:
        """Poll beside the turns, while an order runs: tell of it, hear of removals.

        Args:
            session: to the collector.
            device: whose order it is.
            trust: what is trusted; None where no valid bundle is here.
            ran: seconds for which it has run.

        Raises:
            AgentError: it failed; the next turn at the network is none the later.
        """
        outside = Outside(self.system, self.monotonic, self.entropy)
        polling.exchange(session, device, trust, self.about, outside, ran=ran)

    def _act(
        self,
        session: Asker,
        device: Device,
        trust: Trusted | None,
        step: Next,
        alarms: Iterable[str],
    ) -> Done:
        outside = Outside(self.system, self.monotonic, self.entropy)
        now = corrected(load_clock(device.spool), self.system())
        with suppress(StateError):  # the mark is no later for it
            resend_overdue(device.spool, now)
        if step.act is Act.INTRODUCE:
            polling.resynchronise(session, device, trust, outside)
            return Done(trust)
        if step.act is Act.SHIP and trust is not None:
            return self._ship(session, device, trust, step, outside)
        polled = polling.exchange(
            *(session, device, trust, self.about, outside, alarms, step.wait),
            hears=self.hears,
        )
        parts = (
            ("bundle", polled.bundle),
            ("pseudonyms", polled.pseudonyms),
            ("resync", polled.resyncs > 0),
            ("order", polled.orders > 0),
        )
        adopted = tuple(name for name, new in parts if new)
        return Done(
            polled.trusted,
            adopted,
            trimmed=polled.trimmed,
            refused=polled.refused,
            unwritable=polled.unwritable,
        )

    def _ship(
        self,
        session: Asker,
        device: Device,
        trust: Trusted,
        step: Next,
        outside: Outside,
    ) -> Done:
        shipped = ship_once(session, device, trust, step, outside)
        unwritable = shipped.mark == DISK
        try:
            now = corrected(load_clock(device.spool), outside.system())
            Voids(device.who, trust, now).mend(device.spool)
        except StateError:
            if not shipped.sent:
                raise
            unwritable = True
        refused = tuple(reason for reason, _ in shipped.refused)
        if shipped.mark:
            refused += (shipped.mark,)
        return Done(
            trust,
            sent=shipped.sent,
            octets=shipped.octets,
            backlog=shipped.backlog,
            trimmed=shipped.trimmed,
            refused=refused,
            retry=shipped.retry,
            unwritable=unwritable,
        )
