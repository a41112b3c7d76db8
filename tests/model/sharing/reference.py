# SPDX-License-Identifier: Apache-2.0
"""What a grant should give of some rows, said in one place and the plainest way.

Rules: imports nothing of what it judges: no scope's `holds`, no projection; values are
compared before stand-ins, which are judged by themselves.
Not here: drawing (`draws.py`), comparing (`play.py`).
"""

from collections.abc import Callable

from tests.model.sharing.draws import NOW, OWN, Drawn, Row
from wire.papers.scope import Comparison, DatasetScope
from wire.purposes import Purpose
from wire.values import Value

Cell = tuple[str, int, str, Value]
"""Dataset, number of the row in its table, column, value as we hold it."""

_TESTS: dict[Comparison, Callable[[Value, tuple[str, ...]], bool]] = {
    Comparison.EQUAL: lambda value, values: str(value) == values[0],
    Comparison.AMONG: lambda value, values: str(value) in values,
    Comparison.AT_LEAST: lambda value, values: (
        not isinstance(value, str | None) and value >= int(values[0])
    ),
    Comparison.BELOW: lambda value, values: (
        not isinstance(value, str | None) and value < int(values[0])
    ),
}


def is_allowed(drawn: Drawn) -> bool:
    """Tell whether the recipient may have anything at all under the grant now."""
    held, grant = drawn.registered, drawn.grant
    if held is None:
        return False
    one = held.recipient
    named = any(
        rules.purpose is grant.purpose and one.name in rules.recipients
        for rules in drawn.policy.purposes
    )
    return all(
        (
            not held.suspended,
            not drawn.revoked,
            one.name == grant.recipient,
            grant.recipient_digest != bytes(32),
            one.role.value not in {"payment", "acquirer"},
            one.agreement_until >= NOW,
            grant.since <= NOW <= grant.until,
            one.country in drawn.countries or bool(one.transfer_tool),
            grant.purpose in one.purposes,
            grant.purpose is not Purpose.IMPROVEMENT,
            named,
        )
    )


def expected(drawn: Drawn) -> tuple[set[tuple[str, int]], set[Cell]]:
    """Return the rows, by dataset and number, and the cells that should leave."""
    rows: set[tuple[str, int]] = set()
    cells: set[Cell] = set()
    if not is_allowed(drawn):
        return rows, cells
    for dataset in drawn.grant.scope.datasets:
        allowed = {
            column.column
            for rules in drawn.policy.purposes
            if rules.purpose is drawn.grant.purpose
            for rule in rules.datasets
            if rule.dataset == dataset.name
            for column in rule.columns
        }
        wanted = allowed & set(dataset.columns)
        if not wanted:
            continue
        wanted |= set(OWN) & set(dataset.columns)
        for number, row in enumerate(drawn.tables.get(dataset.name, [])):
            if row is None or not _chosen(dataset, row):
                continue
            rows.add((dataset.name, number))
            every = {**row, "device": drawn.device.hex(), "observed": drawn.created}
            cells |= {
                (dataset.name, number, name, every[name])
                for name in wanted
                if every[name] is not None
            }
    return rows, cells


def _chosen(dataset: DatasetScope, row: Row) -> bool:
    return all(
        row.get(rule.column) is not None
        and _TESTS[rule.test](row[rule.column], rule.values)
        for rule in dataset.filter
    )
