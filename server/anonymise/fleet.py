# SPDX-License-Identifier: Apache-2.0
"""What devices contribute, as a tree of cells: the whole, its parts, and their parts.

Rules: a device is a token that was drawn for this release alone; a tenant is needed to
count tenants and is in no result; a device counts once in each cell.
Not here: opening (`contributions.py`), which cells are shown (`suppression.py`).
"""

from collections import defaultdict
from collections.abc import Collection, Iterable, Mapping
from dataclasses import dataclass
from functools import cached_property

Path = tuple[str, ...]
"""A cell: values of the first columns by which is counted; () is the whole."""
Device = tuple[bytes, bytes]
"""Tenant and token."""
Group = Mapping[Device, float]
"""Devices, and the value that each contributes."""


@dataclass(frozen=True, slots=True)
class Contribution:
    """What one row of a device contributes.

    Attributes:
        tenant: 16 bytes.
        token: stands for the device in this release, and nowhere else.
        cell: values of the columns by which is counted.
        value: of the column that is measured; 1 where devices are counted.
    """

    tenant: bytes
    token: bytes
    cell: Path
    value: float


@dataclass(frozen=True)
class Fleet:
    """All contributions, by the cells that have no parts.

    Attributes:
        leaves: each has one device or more.
    """

    leaves: Mapping[Path, Group]

    @cached_property
    def groups(self) -> dict[Path, Group]:
        """Return each cell's devices; a device's value is the mean of its parts'."""
        sums: dict[Path, dict[Device, list[float]]] = defaultdict(dict)
        for leaf, group in self.leaves.items():
            for length in range(len(leaf) + 1):
                inner = sums[leaf[:length]]
                for device, value in group.items():
                    inner.setdefault(device, []).append(value)
        return {
            path: {device: sum(held) / len(held) for device, held in inner.items()}
            for path, inner in sums.items()
        }

    @cached_property
    def children(self) -> dict[Path, list[Path]]:
        """Return the parts of each cell that has parts."""
        found: dict[Path, list[Path]] = defaultdict(list)
        for path in sorted(self.groups):
            if path:
                found[path[:-1]].append(path)
        return found

    @property
    def devices(self) -> list[Device]:
        """Return all devices, in order."""
        return sorted(self.groups.get((), {}))

    def leaves_of(self, device: Device) -> list[Path]:
        """Return the cells without parts in which a device is."""
        return [leaf for leaf, group in self.leaves.items() if device in group]

    def without(self, device: Device) -> "Fleet":
        """Return the fleet as it would be had a device never been."""
        kept = {
            leaf: {one: value for one, value in group.items() if one != device}
            for leaf, group in self.leaves.items()
        }
        return Fleet({leaf: group for leaf, group in kept.items() if group})

    def union(self, paths: Collection[Path]) -> Group:
        """Return the devices of some cells, each with the sum of its values there."""
        found: dict[Device, float] = {}
        for path in paths:
            for device, value in self.groups[path].items():
                found[device] = found.get(device, 0.0) + value
        return found


def fleet_of(rows: Iterable[Contribution]) -> Fleet:
    """Return the fleet of contributions; a device's value in a cell is its mean."""
    sums: dict[Path, dict[Device, list[float]]] = defaultdict(dict)
    for row in rows:
        inner = sums[row.cell]
        inner.setdefault((row.tenant, row.token), []).append(row.value)
    return Fleet(
        {
            leaf: {device: sum(held) / len(held) for device, held in inner.items()}
            for leaf, inner in sorted(sums.items())
        }
    )
