# SPDX-License-Identifier: Apache-2.0
"""The list of what was taken back: technicians' keys and orders, signed anew in time.

Rules: what was removed stays so, a list only grows until the root no longer names the
key and there is no room; it is signed by the key that can only remove; while an order
waits, the list that devices are told is never near its end.
Not here: what a list means to a device (`wire/revocations.py`), the root
(`server/authority.py`).
"""

from collections.abc import Callable

from server import role_keys
from server.layout import Layout
from server.roots import Role
from server.store.interface import Store
from wire import limits, signed
from wire.errors import WireError
from wire.revocations import REVOCATIONS, Revocations
from wire.signed import SignedKind
from wire.trust import Root

RENEWED_SECONDS = limits.REVOCATION_SECONDS // 2
"""A list older than this is signed anew while an order waits."""


class Removals:
    """The list of one installation."""

    def __init__(
        self, tenant: bytes, layout: Layout, store: Store, root: Callable[[], Root]
    ) -> None:
        """Take what is open."""
        self._tenant = tenant
        self._layout = layout
        self._store = store
        self._root = root

    def last(self) -> Revocations:
        """Return the list that was signed last; an empty one before the first."""
        octets = self._store.orders.revocations(self._tenant)
        if octets is not None:
            try:
                payload = signed.read(octets, SignedKind.REVOCATIONS).payload
                return REVOCATIONS.decode(payload)
            except WireError:  # of another release: all that it can do is remove
                pass
        return Revocations(self._tenant, 1, (), ())

    def publish(
        self, now: int, removed: bytes | None = None, order: bytes | None = None
    ) -> Revocations:
        """Sign the list and hand it out.

        Args:
            now: seconds since the epoch.
            removed: identity of a technician's key to remove; None for no other.
            order: id of an order to take back; None for no other.

        Raises:
            StateError: the key of the role or the store cannot be used.
            TrustError: the key is another than the root names.
        """
        root, last = self._root(), self.last()
        keys = {*last.technicians, *([removed] if removed else [])}
        if len(keys) > limits.TECHNICIANS:
            keys &= {one.identity for one in root.technicians}
        found = Revocations(
            self._tenant,
            max(now, last.issued),
            tuple(sorted(keys)),
            self._withdrawn(now, order),
        )
        key = role_keys.key(self._layout, Role.REVOCATION, root)
        payload = REVOCATIONS.encode(found)
        octets = signed.sign(SignedKind.REVOCATIONS, payload, [key])
        self._store.orders.revoke(self._tenant, octets)
        return found

    def keep_fresh(self, now: int) -> None:
        """Sign the list anew where an order waits and it is no longer young.

        Raises:
            StateError: the key of the role or the store cannot be used.
            TrustError: the key is another than the root names.
        """
        self._store.orders.forget(now)
        old = now - self.last().issued >= RENEWED_SECONDS
        if old and self._store.orders.pending(self._tenant, now):
            self.publish(now)

    def _withdrawn(self, now: int, order: bytes | None) -> tuple[bytes, ...]:
        """Return orders that were cancelled and could still be obeyed."""
        alive = [
            fate
            for fate in self._store.orders.fates(self._tenant)
            if (fate.withdrawn or fate.order == order)
            and not fate.ended
            and fate.expires >= now
        ]
        newest = sorted(alive, key=lambda fate: fate.held)[-limits.CANCELLED :]
        return tuple(sorted(fate.order for fate in newest))
