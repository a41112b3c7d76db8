# SPDX-License-Identifier: Apache-2.0
"""Which cells may be shown, so that no other can be computed from them.

Rules: a cell is shown only where it has enough devices and tenants and no device makes
up most of it; the parts of a cell that is not shown are not shown; of a shown cell, the
parts that are not shown are two or more, and together they could be shown as well, for
whoever subtracts the others has their sum.
Why a pass from the smallest cells to the whole is a fixed point, and enough:
docs/adr/0020. Not here: what is said of a shown cell (`cells.py`).
"""

from dataclasses import dataclass

from server.anonymise.bounds import DEVICES, DOMINANCE, TENANTS
from server.anonymise.fleet import Fleet, Group, Path


@dataclass(frozen=True, slots=True)
class Least:
    """What a cell that is shown has at the least."""

    devices: int = DEVICES
    tenants: int = TENANTS

    def fits(self, group: Group) -> bool:
        """Tell whether devices are enough, of enough tenants, and none dominates."""
        if len(group) < self.devices:
            return False
        if len({tenant for tenant, _ in group}) < self.tenants:
            return False
        sizes = sorted(map(abs, group.values()), reverse=True)
        return sum(sizes[2:]) >= DOMINANCE * sizes[0]


def shown(fleet: Fleet, least: Least) -> set[Path]:
    """Return the cells that may be shown."""
    hidden = {path for path, group in fleet.groups.items() if not least.fits(group)}
    for parent in sorted(fleet.children, key=len, reverse=True):
        _hide(fleet, least, parent, hidden)
    return {
        path
        for path in fleet.groups
        if not any(path[:length] in hidden for length in range(len(path) + 1))
    }


def _hide(fleet: Fleet, least: Least, parent: Path, hidden: set[Path]) -> None:
    """Hide further parts of a cell until what is hidden of it protects itself.

    Where even all of them do not, the cell itself is hidden.
    """
    if parent in hidden:
        return
    parts = fleet.children[parent]
    left = sorted(
        (part for part in parts if part not in hidden),
        key=lambda part: (len(fleet.groups[part]), part),
    )
    secret = [part for part in parts if part in hidden]
    while secret and not (len(secret) > 1 and least.fits(fleet.union(secret))):
        if not left:
            hidden.add(parent)
            return
        secret.append(left.pop(0))
    hidden.update(secret)
