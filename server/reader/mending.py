# SPDX-License-Identifier: Apache-2.0
"""Asks devices for whole states where what was opened is broken.

Rules: a resync is signed by the store role, left in the store, and handed on by a gate
that cannot make one; a state is asked for once an hour at most; two of one device are
never issued at the same second, for a device takes each moment once; who is heard no
more is asked for nothing.
Not here: what is broken (`fold.py`), when a reading is made (`requests.py`).
"""

import threading
from collections.abc import Iterable

from server.reader.fold import Broken
from server.store.interface import DeviceState, HeldResync, Store
from wire import limits, signed
from wire.crypto.signing import SigningKey
from wire.messages import RESYNC, Resync
from wire.purposes import Purpose
from wire.signed import SignedKind


class Mender:
    """Leaves resyncs in the store; any thread may use it."""

    def __init__(self, store: Store, role: SigningKey) -> None:
        """Take the store and the store role's key."""
        self._store = store
        self._role = role
        self._lock = threading.Lock()

    def ask(
        self, tenant: bytes, purpose: Purpose, broken: Iterable[Broken], now: int
    ) -> list[Broken]:
        """Ask for whole states; returns those that were asked for now.

        Args:
            tenant: whose devices they are.
            purpose: for which the states were opened.
            broken: what only a full snapshot mends.
            now: seconds since the epoch.
        """
        with self._lock:
            return [
                one for one in sorted(broken) if self._ask(tenant, purpose, one, now)
            ]

    def _ask(self, tenant: bytes, purpose: Purpose, one: Broken, now: int) -> bool:
        device = self._store.device(tenant, one.device)
        if device is None or device.state is not DeviceState.ACTIVE:
            return False
        held = self._store.resyncs(tenant, one.device)
        if any(
            (item.purpose, item.dataset, item.incarnation)
            == (purpose.value, one.dataset, one.incarnation)
            and item.issued > now - limits.RESYNC_SECONDS
            for item in held
        ):
            return False
        issued = max([now, *(item.issued + 1 for item in held)])
        resync = Resync(
            tenant, one.device, one.incarnation, purpose, one.dataset, issued
        )
        octets = signed.sign(SignedKind.RESYNC, RESYNC.encode(resync), [self._role])
        self._store.hold_resync(
            HeldResync(
                tenant,
                one.device,
                purpose.value,
                one.dataset,
                one.incarnation,
                issued,
                octets,
            )
        )
        return True
