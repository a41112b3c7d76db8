# SPDX-License-Identifier: Apache-2.0
"""A release: an Aggregate that every attack was tried on, or none.

Rules: where an attack succeeds more often than by chance, cells must have more devices,
until none does; where that is never so there is no release.
Not here: opening what is aggregated (`contributions.py`), the budget and the ledger
(`server/keeper/aggregating.py`).
"""

from collections.abc import Iterable
from dataclasses import dataclass
from fractions import Fraction

from server.anonymise.attacks import Figure, attacks
from server.anonymise.bounds import DEVICES, DEVICES_MOST
from server.anonymise.cells import Aggregate, aggregate, once
from server.anonymise.fleet import Contribution, fleet_of
from server.anonymise.noise import Chance
from server.anonymise.suppression import Least
from server.errors import LimitError


@dataclass(frozen=True, slots=True)
class Release:
    """What may be given to anybody.

    Attributes:
        aggregate: the cells.
        figures: how each attack fared.
        least: devices that a shown cell has at the least.
    """

    aggregate: Aggregate
    figures: tuple[Figure, ...]
    least: int


def release(
    rows: Iterable[Contribution],
    chance: Chance,
    *,
    measured: bool = False,
    epsilon: Fraction = Fraction(0),
) -> Release:
    """Return what may be released of contributions; arguments as `aggregate` has them.

    Raises:
        LimitError: an attack succeeds too often, however large cells are.
    """
    held = once(rows, chance) if epsilon else list(rows)
    fleet = fleet_of(held)
    for count in range(DEVICES, DEVICES_MOST + 1):
        least = Least(count)
        figures = attacks(fleet, least, chance, measured=measured)
        if all(figure.passed for figure in figures):
            found = aggregate(
                held, chance, least=least, measured=measured, epsilon=epsilon
            )
            return Release(found, figures, count)
    msg = (
        "what would be released tells too much of single devices: ask by fewer "
        "columns, or wait for a period with more devices"
    )
    raise LimitError(msg)
