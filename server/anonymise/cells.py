# SPDX-License-Identifier: Apache-2.0
"""Aggregates: the only thing that is ever made of improvement data.

Rules: `aggregate` alone makes an Aggregate, so whoever has one has nothing but cells of
many devices and tenants; no exact count is in it, nor the name of a cell that is not
shown.
Not here: whether it may be released (`release.py`).
"""

from collections.abc import Iterable
from dataclasses import dataclass
from fractions import Fraction

from server.anonymise.bounds import DEVICES, DIGITS
from server.anonymise.fleet import (
    Contribution,
    Device,
    Fleet,
    Group,
    Path,
    fleet_of,
)
from server.anonymise.noise import Chance, laplace, rounded
from server.anonymise.suppression import Least, shown

_LEAST = Least()


@dataclass(frozen=True, slots=True)
class Cell:
    """A cell that is shown.

    Attributes:
        path: values of the first columns by which was counted; () for the whole.
        devices: about how many, a multiple of `bounds.DEVICES`.
        mean: of what was measured, to two digits; None where devices were counted.
    """

    path: Path
    devices: int
    mean: float | None


class _Made:
    """What only this file has."""


_MADE = _Made()


class Aggregate:
    """Cells of a fleet; `aggregate` is the only way to one.

    Attributes:
        cells: those that are shown, the whole first where it is.
        suppressed: how many are not.
        epsilon: that was spent on noise; 0 for none.
    """

    __slots__ = ("cells", "epsilon", "suppressed")

    def __init__(
        self, made: _Made, cells: tuple[Cell, ...], suppressed: int, epsilon: Fraction
    ) -> None:
        """Take what `aggregate` found.

        Raises:
            TypeError: somebody else calls.
        """
        if made is not _MADE:
            msg = "an Aggregate is made by cells.aggregate alone"
            raise TypeError(msg)
        self.cells = cells
        self.suppressed = suppressed
        self.epsilon = epsilon


def aggregate(
    rows: Iterable[Contribution],
    chance: Chance,
    *,
    least: Least = _LEAST,
    measured: bool = False,
    epsilon: Fraction = Fraction(0),
) -> Aggregate:
    """Return what may be shown of contributions.

    Args:
        rows: the contributions.
        chance: where chance comes from.
        least: what a cell that is shown has.
        measured: whether they have values of which means are shown.
        epsilon: of central differential privacy for each device; 0 for none.

    Raises:
        ValueError: noise for means, or for devices in several cells, whose part in
            the whole has no bound.
    """
    fleet = fleet_of(rows)
    noise = dict.fromkeys(fleet.groups, 0)
    if epsilon:
        if measured or sum(map(len, fleet.leaves.values())) > len(fleet.devices):
            raise ValueError
        noise = _noise(fleet, 1 / epsilon, chance)
    paths = sorted(shown(fleet, least))
    cells = tuple(
        Cell(
            path,
            rounded(max(0, len(fleet.groups[path]) + noise[path]), DEVICES, chance),
            mean_of(fleet.groups[path]) if measured else None,
        )
        for path in paths
    )
    return Aggregate(_MADE, cells, len(fleet.groups) - len(paths), epsilon)


def once(rows: Iterable[Contribution], chance: Chance) -> list[Contribution]:
    """Return the contributions of each device to one of its cells, by chance."""
    held = list(rows)
    cells: dict[Device, set[Path]] = {}
    for row in held:
        cells.setdefault((row.tenant, row.token), set()).add(row.cell)
    chosen = {
        device: sorted(paths)[chance(len(paths))]
        for device, paths in sorted(cells.items())
    }
    return [row for row in held if row.cell == chosen[row.tenant, row.token]]


def _noise(fleet: Fleet, scale: Fraction, chance: Chance) -> dict[Path, int]:
    """Return the noise of each cell: that of its parts, so that all is paid once."""
    found = dict.fromkeys(fleet.groups, 0)
    for leaf in sorted(fleet.leaves):
        drawn = laplace(scale, chance)
        for length in range(len(leaf) + 1):
            found[leaf[:length]] += drawn
    return found


def mean_of(group: Group) -> float:
    """Return the mean of devices' values as it is shown."""
    return float(f"{sum(group.values()) / len(group):.{DIGITS}g}")
