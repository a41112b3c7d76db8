# SPDX-License-Identifier: Apache-2.0
"""Puts devices into sites and under tags.

Rules: what is as it was is left alone; the ledger has who did it, which devices and
where to, before it is so; what a device obeys from then on is said at once.
Not here: names, and which devices are meant (`server/spots.py`).
"""

from collections import defaultdict
from collections.abc import Mapping, Sequence

from server.ledger import SqliteLedger
from server.rollout import Rollout
from server.store.interface import Device, Spot, Store
from wire.cbor import Plain

LINE_DEVICES = 500
"""So many devices are in one line of the ledger: some 10 kB."""


class Placing:
    """Where the devices of one tenant are."""

    def __init__(
        self, tenant: bytes, store: Store, ledger: SqliteLedger, rollout: Rollout
    ) -> None:
        """Take what is open."""
        self._rollout = rollout
        self._tenant = tenant
        self._store = store
        self._ledger = ledger

    def place(
        self, spots: Sequence[tuple[Device, Spot]], now: int, by: str
    ) -> list[Device]:
        """Put devices where they are to be.

        Args:
            spots: devices as they are, each with where it is to be.
            now: seconds since the epoch.
            by: the person who does it.

        Returns:
            Those that were elsewhere.

        Raises:
            ConflictError: two tags of one place bind a policy each.
        """
        self._rollout.require_agreement(to for _, to in spots)
        changed = {one.device: to for one, to in spots if one.spot != to}
        there = defaultdict[Spot, list[bytes]](list)
        for name, to in changed.items():
            there[to].append(name)
        for to, names in there.items():
            for start in range(0, len(names), LINE_DEVICES):
                some = names[start : start + LINE_DEVICES]
                self._ledger.add("device-placed", _line(some, to, by), now)
        self._store.place(self._tenant, changed)
        self._rollout.settle(now)
        return [one for one, _ in spots if one.device in changed]


def _line(devices: Sequence[bytes], to: Spot, by: str) -> Mapping[str, Plain]:
    return {"by": by, "site": to.site, "tags": list(to.tags), "devices": list(devices)}
