# SPDX-License-Identifier: Apache-2.0
"""Reads every dataset that is due, once for all purposes that share the rows.

Rules: inventory and metrics are read once with the union of the wanted columns; events
are read for each purpose from its own cursor; an outcome is kept of everything.
Not here: what leaves of the rows (`redaction/engine.py`), sealing (`sealing.py`).
"""

from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field

from agent.collectors import collector
from agent.host.interface import Host
from agent.outcome import DISABLED, Outcome
from agent.plan import PlannedDataset
from agent.reading import run_reader
from agent.rows import Reading
from wire.catalogue import Kind

HEALTH = "agent_health"
Cursor = Callable[[str, str], bytes | None]


@dataclass(slots=True)
class Gathered:
    """What was read, and how it fared.

    Attributes:
        outcomes: one for each reader that ran, by (dataset, purpose or "").
    """

    outcomes: dict[tuple[str, str], Outcome] = field(default_factory=dict)

    def withheld(self, dataset: str, purpose: str, count: int) -> None:
        """Add to the number of values that redaction withheld of a dataset."""
        for name in ((dataset, purpose), (dataset, "")):
            found = self.outcomes.get(name)
            if found is not None:
                self.outcomes[name] = found.with_withheld(count)
                return

    def rows(self, disabled: Sequence[str]) -> Reading:
        """Return the rows of `agent_health`: every outcome, and what is disabled."""
        told = [
            *self.outcomes.values(),
            *(Outcome(name, DISABLED) for name in disabled),
        ]
        return Reading([outcome.row() for outcome in told])


def gather(
    host: Host,
    due: Sequence[PlannedDataset],
    cursor: Cursor,
    now: float,
    into: Gathered,
) -> Iterator[tuple[PlannedDataset, Reading, Outcome]]:
    """Yield the rows of each due dataset for each purpose, dataset by dataset.

    Args:
        host: the machine.
        due: what is to be read now.
        cursor: where an event source was read up to, by purpose and dataset.
        now: signed time, seconds since the epoch.
        into: takes the outcomes.
    """
    for name, items in _by_dataset(due).items():
        if name == HEALTH:
            continue
        source = collector(name)
        if source.dataset.kind is Kind.EVENT:
            for item in items:
                at = cursor(item.purpose.value, name)
                wanted = _union([item])
                found, outcome = run_reader(source, host, wanted, now=now, cursor=at)
                into.outcomes[name, item.purpose.value] = outcome
                yield item, found, outcome
        else:
            found, outcome = run_reader(source, host, _union(items), now=now)
            into.outcomes[name, ""] = outcome
            for item in items:
                yield item, found, outcome


def _by_dataset(due: Sequence[PlannedDataset]) -> Mapping[str, list[PlannedDataset]]:
    found: dict[str, list[PlannedDataset]] = {}
    for item in due:
        found.setdefault(item.dataset.name, []).append(item)
    return found


def _union(items: Sequence[PlannedDataset]) -> frozenset[str]:
    return frozenset(column.name for item in items for column in item.columns)
