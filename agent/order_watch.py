# SPDX-License-Identifier: Apache-2.0
"""What the agent says and hears of an order while its child runs.

Rules: a poll now and then, none before most orders are over; the spool is open here for
the poll alone; where one fails there is no other, for the child's time must not wait
for a network: the order goes on, and its end is told in its turn.
Not here: what a poll is (`agent/delivery/polling.py`), ending the child (`orders/`).
"""

import time
from dataclasses import dataclass, field

from agent.budget import ORDER_LOOK_SECONDS
from agent.delivery import shipping
from agent.delivery.asker import Asker
from agent.delivery.courier import Courier
from agent.device import Bench
from agent.errors import AgentError
from agent.logs import Log
from agent.orders.removals import held_removals
from wire.trust import Trusted


@dataclass(slots=True)
class Watch:
    """One order that runs.

    Attributes:
        bench: the device; its spool is closed between two polls.
        courier: how it reaches the collector.
        log: where events go.
        trust: what is trusted; None where no valid bundle is here.
        order: its id, in hex.
        began: when, on the monotonic clock.
    """

    bench: Bench
    courier: Courier
    log: Log
    trust: Trusted | None
    order: str
    began: float = field(default_factory=time.monotonic)
    _next: float = ORDER_LOOK_SECONDS
    _session: Asker | None = None
    _over: bool = False

    def look(self) -> bool:
        """Tell the collector, if it is time; true where the order was taken back."""
        ran = time.monotonic() - self.began
        if self._over or self.trust is None or ran < self._next:
            return False
        try:
            taken_back = self._poll(self.trust, int(ran))
        except AgentError as problem:
            found = shipping.failure(problem)
            self.log.warning("exchange-failed", act="tell", reason=found.slug)
            self._over = True
            return False
        finally:
            self.bench.close()
        self._next = time.monotonic() - self.began + ORDER_LOOK_SECONDS
        return taken_back

    def _poll(self, trust: Trusted, ran: int) -> bool:
        with self.bench.at_work() as device:
            if self._session is None:
                self._session = self.courier.session(device, trust)
            self.courier.tell(self._session, device, trust, ran)
            known = held_removals(device.state, trust.root).orders
        return bytes.fromhex(self.order) in {one.order for one in known}

    def close(self) -> None:
        """Let the connection go."""
        if self._session is not None:
            self._session.close()
            self._session = None
