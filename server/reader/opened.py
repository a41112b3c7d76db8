# SPDX-License-Identifier: Apache-2.0
"""What a reading has opened: rows, and what is to be said of those that are missing.

Rules: what was opened of some devices and of others adds up to what was opened of all.
Not here: opening (`opening.py`), telling it (`requests.py`, `entries.py`).
"""

from collections import Counter
from collections.abc import Iterable
from dataclasses import dataclass, field

import pyarrow as pa

from server.reader.fold import Broken
from server.store.interface import Device, DeviceState


@dataclass(slots=True)
class Opened:
    """What was opened.

    Attributes:
        tables: one for each dataset selected, empty ones too.
        envelopes: how many were opened.
        blocks: how many were opened in place of their envelopes.
        aside: blocks that could not be used, by reason; their envelopes were opened.
        devices: of which devices.
        keys: ids of the keys that opened something.
        skipped: what is not shown, by reason.
        missing: records that devices announced as lost, by their reason.
        uncounted: losses of an unknown number of records, by their reason.
        unheard: how many of the devices are heard no more, by their state.
        broken: what only a full snapshot mends; empty where a window was selected,
            for what is missing then may lie outside of it.
        asked: how many of them their devices were asked for now.
        notes: what subjects of the rows had noted about them.
    """

    tables: dict[str, pa.Table] = field(default_factory=dict)
    envelopes: int = 0
    blocks: int = 0
    aside: Counter[str] = field(default_factory=Counter)
    devices: set[bytes] = field(default_factory=set)
    keys: set[bytes] = field(default_factory=set)
    skipped: Counter[str] = field(default_factory=Counter)
    missing: Counter[str] = field(default_factory=Counter)
    uncounted: Counter[str] = field(default_factory=Counter)
    unheard: Counter[str] = field(default_factory=Counter)
    broken: set[Broken] = field(default_factory=set)
    asked: int = 0
    notes: list[str] = field(default_factory=list)

    def add(self, other: "Opened") -> None:
        """Take what was opened of other devices, but for its tables."""
        self.envelopes += other.envelopes
        self.blocks += other.blocks
        self.aside += other.aside
        self.devices |= other.devices
        self.keys |= other.keys
        self.skipped += other.skipped
        self.missing += other.missing
        self.uncounted += other.uncounted
        self.broken |= other.broken
        told = dict.fromkeys([*self.notes, *other.notes])
        self.notes = [*told]

    def count_unheard(self, enrolled: Iterable[Device]) -> None:
        """Count which of the devices are heard no more."""
        for device in enrolled:
            if device.state is not DeviceState.ACTIVE and device.device in self.devices:
                self.unheard[device.state.value] += 1
