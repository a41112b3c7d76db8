# SPDX-License-Identifier: Apache-2.0
"""What one reading is of: a purpose, columns, devices, a window.

Rules: it can only narrow what a grant allows.
Not here: who may read (`grants.py`), opening it (`opening.py`).
"""

from collections.abc import Collection, Mapping
from dataclasses import dataclass, field

from server.reader.marked import Marked
from wire.purposes import Purpose


@dataclass(frozen=True, slots=True)
class Selection:
    """What to open.

    Attributes:
        tenant: 16 bytes.
        purpose: the grant's.
        columns: the grant's, by dataset.
        devices: the devices to look at, all enrolled ones when empty.
        datasets: names; all when empty.
        since: envelopes made at or after this second.
        until: envelopes made before this second.
        marked: rights in force: rows that are withheld, and notes.
        begins: of some devices, from which second on what they made is opened.
        shown: names under which columns are shown, by dataset: the others are not kept,
            and where there is none, nothing is opened; None for all that the grant has.
    """

    tenant: bytes
    purpose: Purpose
    columns: Mapping[str, frozenset[str]]
    devices: tuple[bytes, ...] = ()
    datasets: tuple[str, ...] = ()
    since: int = 0
    until: int | None = None
    marked: Marked = field(default_factory=Marked)
    begins: Mapping[bytes, int] = field(default_factory=dict)
    shown: Mapping[str, Collection[str]] | None = None

    @property
    def windowed(self) -> bool:
        """Tell whether it leaves out what was made earlier or later."""
        return bool(self.since or self.begins) or self.until is not None

    @property
    def fleetwide(self) -> bool:
        """Tell whether it leaves out no device and no time."""
        return not self.devices and not self.windowed

    def names_of(self, dataset: str) -> Collection[str] | None:
        """Return the names of a dataset's columns that are shown; None for all."""
        return None if self.shown is None else self.shown.get(dataset, ())

    def since_of(self, device: bytes | None) -> int:
        """Return from which second on what a device made is opened."""
        return (
            self.since
            if device is None
            else max(self.since, self.begins.get(device, 0))
        )
