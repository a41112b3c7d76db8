# SPDX-License-Identifier: Apache-2.0
"""An attacker who computes: linear equations and bounds over what is shown.

Rules: it shares no code with the product; it knows the names of all cells, shown or
not, and the exact count of each shown one, which is more than a release says.
Not here: the fleets (`fleets.py`).
"""

from collections import defaultdict
from collections.abc import Collection, Mapping
from fractions import Fraction

Path = tuple[str, ...]
MOST = 10**6
"""Nobody has more devices."""


def counts_of(rows: Collection[tuple[Path, bytes, bytes]]) -> dict[Path, int]:
    """Return how many devices each cell has; a row is a cell, a tenant, a token."""
    held: dict[Path, set[tuple[bytes, bytes]]] = defaultdict(set)
    for cell, tenant, token in rows:
        for length in range(len(cell) + 1):
            held[cell[:length]].add((tenant, token))
    return {path: len(devices) for path, devices in held.items()}


def undone(counts: Mapping[Path, int], shown: Collection[Path]) -> set[Path]:
    """Return the hidden cells whose count follows from the shown ones.

    Args:
        counts: of all cells; those that are not shown are for their names alone.
        shown: the cells whose counts the attacker has.
    """
    known = {path: counts[path] for path in shown}
    return _by_equations(counts, known) | _by_bounds(counts, known)


def _parts(counts: Mapping[Path, int]) -> dict[Path, list[Path]]:
    parts: dict[Path, list[Path]] = defaultdict(list)
    for path in counts:
        if path:
            parts[path[:-1]].append(path)
    return parts


def _by_equations(counts: Mapping[Path, int], known: Mapping[Path, int]) -> set[Path]:
    """Solve "a cell is the sum of its parts" for all cells that are not known."""
    hidden = sorted(path for path in counts if path not in known)
    at = {path: column for column, path in enumerate(hidden)}
    rows: list[dict[int, Fraction]] = []
    for parent, parts in _parts(counts).items():
        row = {at[part]: Fraction(1) for part in parts if part in at}
        if parent in at:
            row[at[parent]] = Fraction(-1)
        for pivot in rows:
            first = min(pivot)
            if first in row:
                row = _less(row, pivot, row[first])
        if row:
            scale = row[min(row)]
            rows.append({column: value / scale for column, value in row.items()})
            rows.sort(key=min)
    for low in range(len(rows) - 1, -1, -1):
        for high in range(low):
            if min(rows[low]) in rows[high]:
                rows[high] = _less(rows[high], rows[low], rows[high][min(rows[low])])
    return {hidden[min(row)] for row in rows if len(row) == 1}


def _less(
    row: dict[int, Fraction], pivot: dict[int, Fraction], times: Fraction
) -> dict[int, Fraction]:
    found = dict(row)
    for column, value in pivot.items():
        left = found.get(column, Fraction(0)) - times * value
        if left:
            found[column] = left
        else:
            found.pop(column, None)
    return found


def _by_bounds(counts: Mapping[Path, int], known: Mapping[Path, int]) -> set[Path]:
    """Narrow each hidden count to a range until nothing changes.

    A cell has one device or more, and a hidden one may have any number.
    """
    ranges = dict.fromkeys(counts, (1, MOST))
    ranges |= {path: (count, count) for path, count in known.items()}
    changed = True
    while changed:
        changed = False
        for parent, parts in _parts(counts).items():
            low = sum(ranges[part][0] for part in parts)
            high = sum(ranges[part][1] for part in parts)
            changed |= _narrow(ranges, parent, low, high)
            least, most = ranges[parent]
            for part in parts:
                mine = ranges[part]
                found = least - (high - mine[1]), most - (low - mine[0])
                if _narrow(ranges, part, *found):
                    changed = True
                    low += ranges[part][0] - mine[0]
                    high += ranges[part][1] - mine[1]
    return {
        path
        for path, (low, high) in ranges.items()
        if low == high and path not in known
    }


def _narrow(
    ranges: dict[Path, tuple[int, int]], path: Path, low: int, high: int
) -> bool:
    before = ranges[path]
    ranges[path] = max(before[0], low), min(before[1], high)
    return ranges[path] != before
