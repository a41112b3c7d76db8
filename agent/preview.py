# SPDX-License-Identifier: Apache-2.0
"""What would leave this machine, for each purpose, beside what is withheld and why.

Rules: reads what a pass would read, through the same readers and the same redaction;
raw values are in memory and nothing is written.
Not here: how it is shown (`commands/preview.py`), the real pass (`pipeline.py`).
"""

import secrets
from collections.abc import Iterator, Mapping
from dataclasses import dataclass

from agent.figures import Figures
from agent.gathering import HEALTH, METRICS, OWN, Gathered, gather, metrics
from agent.host.interface import Host
from agent.known import known_of
from agent.outcome import OK, Outcome
from agent.plan import Plan, PlannedDataset
from agent.redaction.engine import BoundDataset, Cell, Redactor, Withholding
from agent.redaction.identities import Identities
from agent.redaction.text import Scrubber
from agent.rows import Reading
from wire.purposes import Purpose

KEY_BYTES = 32


@dataclass(frozen=True, slots=True)
class Section:
    """One dataset for one purpose.

    Attributes:
        item: what the plan says of it.
        outcome: how reading it went.
        rows: the first rows, before and after, planned columns only.
        count: how many rows there are.
        withheld: values of planned columns that do not leave, counted.
        unread: declared columns that nobody reads for this purpose.
    """

    item: PlannedDataset
    outcome: Outcome
    rows: tuple[tuple[Cell, ...], ...]
    count: int
    withheld: tuple[Withholding, ...]
    unread: tuple[str, ...]


def preview(
    plan: Plan,
    host: Host,
    now: int,
    keys: Mapping[tuple[Purpose, str], bytes] | None = None,
    most: int = 3,
    own: Reading | None = None,
) -> Iterator[Section]:
    """Yield what a pass would send, dataset by dataset.

    Args:
        plan: what would be done.
        host: the machine, made for the plan's columns.
        now: seconds since the epoch.
        keys: the pseudonym key of each class; one of the moment where there is none.
        most: how many rows of each dataset to show.
        own: the row of `agent_metrics`; None for one of an agent that just began.
    """
    gathered = Gathered()
    identities = Identities()
    if plan.scrubs():
        identities, _ = known_of(host, now)
    redactors: dict[tuple[Purpose, str], Redactor] = {}

    def show(item: PlannedDataset, reading: Reading, outcome: Outcome) -> Section:
        name = item.purpose, item.retention
        redactor = redactors.get(name)
        if redactor is None:
            key = (keys or {}).get(name) or secrets.token_bytes(KEY_BYTES)
            redactor = Redactor(key, Scrubber(identities, key, learning=True))
            redactors[name] = redactor
        return _section(redactor, item, reading, outcome, most)

    for item, reading, outcome in gather(
        host, plan.datasets, lambda _purpose, _dataset: None, now, gathered
    ):
        yield show(item, reading, outcome)
    told = {
        HEALTH: gathered.rows(plan.disabled),
        METRICS: own or metrics(Figures(), now),
    }
    for item in plan.datasets:
        name = item.dataset.name
        if name in OWN:
            yield show(item, told[name], Outcome(name, OK, rows=len(told[name].rows)))


def _section(
    redactor: Redactor,
    item: PlannedDataset,
    reading: Reading,
    outcome: Outcome,
    most: int,
) -> Section:
    bound = BoundDataset(item.dataset, item.purpose, item.calls)
    planned = {column.name for column in item.columns}
    shown = tuple(
        tuple(cell for cell in redactor.explain(bound, row) if cell.column in planned)
        for row in reading.rows[:most]
    )
    withheld = tuple(redactor.redact(bound, reading.rows).withheld)
    unread = tuple(
        column.name for column in item.dataset.columns if column.name not in planned
    )
    return Section(item, outcome, shown, len(reading.rows), withheld, unread)
