# SPDX-License-Identifier: Apache-2.0
"""A release as rows and words, as the register keeps it and people get it.

Rules: rows are made of an Aggregate and of nothing else.
Not here: the formats of files (`server/formats`).
"""

from collections.abc import Mapping, Sequence

from server.anonymise.cells import Aggregate
from server.anonymise.release import Release

DEVICES_COLUMN = "devices"
MEAN_COLUMN = "mean"


def columns_of(by: Sequence[str], measure: str) -> list[list[str]]:
    """Return the columns of a release: names, and DuckDB's words for their types."""
    found = [[name, "VARCHAR"] for name in by]
    found.append([DEVICES_COLUMN, "BIGINT"])
    if measure:
        found.append([f"{MEAN_COLUMN} {measure}", "DOUBLE"])
    return found


def rows_of(aggregate: Aggregate, by: int) -> list[list[object]]:
    """Return a row for each cell; a column that a cell sums over is null.

    Args:
        aggregate: the cells.
        by: by how many columns was counted.
    """
    rows: list[list[object]] = []
    for cell in aggregate.cells:
        values = [*cell.path, *([None] * (by - len(cell.path)))]
        more = [] if cell.mean is None else [cell.mean]
        rows.append([*values, cell.devices, *more])
    return rows


def told(
    found: Release, by: Sequence[str], measure: str, skipped: Mapping[str, int]
) -> dict[str, object]:
    """Return a release as people get it.

    Args:
        found: the release.
        by: columns by which was counted.
        measure: the column that was measured, or nothing.
        skipped: what did not open, by reason.
    """
    return {
        "columns": columns_of(by, measure),
        "rows": rows_of(found.aggregate, len(by)),
        "suppressed": found.aggregate.suppressed,
        "epsilon": str(found.aggregate.epsilon),
        "least": found.least,
        "attacks": [
            [one.name, round(one.success, 4), round(one.baseline, 4), one.tries]
            for one in found.figures
        ],
        "skipped": dict(sorted(skipped.items())),
    }
