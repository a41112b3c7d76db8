# SPDX-License-Identifier: Apache-2.0
"""The connection between one act and the next, which mostly follows within a second.

Rules: it serves one trust and one courier; whatever fails closes it; it is used again
only within seconds, so that nobody in between has forgotten it, and the gate holds no
place for an agent that rests.
Not here: the connection itself (`transport.py`), what is asked (`courier.py`).
"""

import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass

from agent.budget import LINE_SECONDS
from agent.delivery.asker import Asker
from agent.delivery.courier import Courier
from agent.device import Device
from wire.trust import Trusted


@dataclass(slots=True)
class Line:
    """Keeps a session open from one act to the next.

    Attributes:
        monotonic: a clock that only grows, seconds.
    """

    monotonic: Callable[[], float] = time.monotonic
    _session: Asker | None = None
    _of: tuple[Courier, Trusted | None] | None = None
    _used: float = 0.0

    @contextmanager
    def session(
        self, courier: Courier, device: Device, trust: Trusted | None
    ) -> Iterator[Asker]:
        """Give a session for one act: the one before, where that still serves.

        Args:
            courier: how this device reaches its collector.
            device: whose act it is.
            trust: what is trusted; None where no valid bundle is here.
        """
        self.rest(0.0)
        if self._of is None or self._of[0] is not courier or self._of[1] is not trust:
            self.close()
        if self._session is None:
            self._session = courier.session(device, trust)
            self._of = courier, trust
        try:
            yield self._session
        except BaseException:
            self.close()
            raise
        self._used = self.monotonic()

    def rest(self, seconds: float) -> None:
        """Close it, if it would be too old after so many seconds."""
        if self.monotonic() + seconds > self._used + LINE_SECONDS:
            self.close()

    def apart(self, work: Callable[[], bytes]) -> bytes:
        """Do a child's work without its copy of the connection: rows meet no socket."""
        self.close()
        return work()

    def close(self) -> None:
        """Let the connection go."""
        session, self._session, self._of = self._session, None, None
        if session is not None:
            session.close()
