# SPDX-License-Identifier: Apache-2.0
"""One fleet, released, and everything that may be wrong with its release.

Rules: cells are counted again here, from the rows.
Not here: what an attacker computes (`auditor.py`).
"""

import random
from collections import Counter, defaultdict
from collections.abc import Callable

from server.anonymise.fleet import Fleet, fleet_of
from server.anonymise.release import Release, release
from server.anonymise.suppression import Least, shown
from server.errors import LimitError
from tests.model.anonymise.auditor import Path, counts_of, undone
from tests.model.anonymise.fleets import Made, made

Pattern = Callable[[Fleet, Least], set[Path]]
"""Returns which cells are shown."""


def primary(fleet: Fleet, least: Least) -> set[Path]:
    """Show each cell that is large enough, whatever can be subtracted from it."""
    return {path for path, group in fleet.groups.items() if least.fits(group)}


def nothing_hidden(fleet: Fleet, least: Least) -> set[Path]:
    """Show all cells."""
    del least
    return set(fleet.groups)


PLANTED: dict[str, Pattern] = {"primary": primary, "nothing-hidden": nothing_hidden}
"""Patterns that are wrong on purpose."""


def play(number: int, pattern: Pattern = shown) -> Counter[str]:
    """Return how often what was wrong with a fleet's release; nothing is empty.

    Args:
        number: of the fleet.
        pattern: what decides which cells are shown; a wrong one is found out.
    """
    fleet = made(number)
    wrong: Counter[str] = Counter()
    try:
        found = _released(fleet, number)
    except LimitError:
        return Counter({"refused": 1})
    least = Least(found.least)
    pairs = [(row.cell, row.tenant, row.token) for row in fleet.rows]
    counts = counts_of(pairs)
    paths = pattern(fleet_of(fleet.rows), least)
    wrong["small"] += _small(fleet, paths)
    if not fleet.several:
        wrong["undone"] += len(undone(counts, paths))
    wrong["attacked"] += sum(not figure.passed for figure in found.figures)
    wrong["counted"] += sum(
        abs(cell.devices - counts[cell.path]) >= 10 or cell.devices % 10 != 0
        for cell in found.aggregate.cells
    )
    wrong["differing"] += _differing(fleet, found, number)
    wrong["cells"] += len(found.aggregate.cells)
    return +wrong


def _released(fleet: Made, seed: int) -> Release:
    chance = random.Random(seed).randrange  # noqa: S311 - the same each time
    return release(fleet.rows, chance, measured=fleet.measured)


def _small(fleet: Made, paths: set[Path]) -> int:
    """Count shown cells with fewer than ten devices or three tenants."""
    tokens: dict[Path, set[bytes]] = defaultdict(set)
    tenants: dict[Path, set[bytes]] = defaultdict(set)
    for row in fleet.rows:
        for length in range(len(row.cell) + 1):
            tokens[row.cell[:length]].add(row.token)
            tenants[row.cell[:length]].add(row.tenant)
    return sum(len(tokens[path]) < 10 or len(tenants[path]) < 3 for path in paths)


def _differing(fleet: Made, found: Release, seed: int) -> int:
    """Release the fleet without one device; count pairs that differ by below ten."""
    drawn = random.Random(seed)  # noqa: S311 - the same each time
    gone = drawn.choice(fleet.rows).token
    rows = [row for row in fleet.rows if row.token != gone]
    try:
        other = _released(Made(rows, fleet.measured, fleet.several), seed + 1)
    except LimitError:
        return 0
    before = {cell.path: cell.devices for cell in found.aggregate.cells}
    pairs = [
        abs(before[cell.path] - cell.devices)
        for cell in other.aggregate.cells
        if cell.path in before
    ]
    return sum(0 < apart < 10 for apart in pairs)
