# SPDX-License-Identifier: Apache-2.0
"""Devices that were heard, for the time in which the store is away.

Rules: who was heard is known by the key that the store had, and by nothing else; of who
is not remembered nobody says that it is unknown; what is queued by it is judged once
more by the store, so whoever was revoked meanwhile stores nothing; of so many devices,
those heard last.
Not here: what is queued (`queueing.py`), when the store is back (`watching.py`).
"""

import threading
from collections.abc import Callable
from dataclasses import dataclass

from server.errors import ServerError
from server.gate.intake.bounds import REMEMBERED
from server.logs import log, log_failure
from server.problems import Problem, Refusal
from server.store.interface import DeviceState, Quotas, Sender, Store

Key = tuple[bytes, bytes]
"""Tenant and device."""


@dataclass(slots=True)
class _Heard:
    """What was known of a device: its key, and the octets of it on a day."""

    public: bytes
    day: int
    used: int


class Remembered:
    """Who may ship, by the store, or by memory while that is away; for any thread.

    Attributes:
        away: whether the store could not be asked last; only the loop says that it is
            back.
    """

    def __init__(self, store: Store, most: int = REMEMBERED) -> None:
        """Remember nobody.

        Args:
            store: knows every device.
            most: devices.
        """
        self.away = False
        self._store = store
        self._most = most
        self._lock = threading.Lock()
        self._heard: dict[Key, _Heard] = {}  # the last heard stands last
        self._tell: Callable[[], None] = lambda: None

    @property
    def quotas(self) -> Quotas:
        """Return the octets that devices may store in a day."""
        return self._store.quotas

    def sender(
        self, tenant: bytes, device: bytes, incarnation: bytes, day: int
    ) -> Sender | None:
        """Return what a device's shipments are judged and answered by.

        Raises:
            Refusal: overloaded: the store is away, and the device not remembered.
        """
        if not self.away:
            try:
                found = self._store.sender(tenant, device, incarnation, day)
            except ServerError as error:
                self.lost(error)
            else:
                self._keep((tenant, device), found, day)
                return found
        return self._recall((tenant, device), day)

    def queued(self, whose: Key, octets: int, day: int) -> None:
        """Count what was queued of a device against its day."""
        with self._lock:
            known = self._heard.get(whose)
            if known is not None:
                used = known.used if known.day == day else 0
                known.day, known.used = day, used + octets

    def hear(self, tell: Callable[[], None]) -> None:
        """Have it told, from any thread, whenever the store could not be asked."""
        self._tell = tell
        if self.away:
            tell()

    def lost(self, error: ServerError) -> None:
        """Say that the store could not be asked."""
        if not self.away:
            log_failure("store-away", error)
        self.away = True
        self._tell()

    def back(self) -> None:
        """Say that the store could be asked; called by the loop."""
        self.away = False
        log("store-back", level="info")

    def _keep(self, whose: Key, found: Sender | None, day: int) -> None:
        with self._lock:
            self._heard.pop(whose, None)
            if found is None or found.state is not DeviceState.ACTIVE:
                return
            self._heard[whose] = _Heard(found.public, day, found.used)
            if len(self._heard) > self._most:
                del self._heard[next(iter(self._heard))]

    def _recall(self, whose: Key, day: int) -> Sender:
        with self._lock:
            known = self._heard.get(whose)
            if known is None:
                raise Refusal(Problem.OVERLOADED)
            used = known.used if known.day == day else 0
            return Sender(known.public, DeviceState.ACTIVE, used, None)
