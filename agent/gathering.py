# SPDX-License-Identifier: Apache-2.0
"""Reads every dataset that is due, once for all purposes that share the rows.

Rules: inventory and metrics are read once with the union of the wanted columns; events
are read for each purpose from its own cursor, those that it names; what is for named
networks is read on these only; an outcome is kept of everything.
Not here: what leaves of the rows (`redaction/engine.py`), sealing (`sealing.py`).
"""

from collections.abc import Callable, Collection, Iterator, Mapping, Sequence
from dataclasses import dataclass, field

from agent.budget import SPOOL_BYTES
from agent.collectors import Collector, collector
from agent.figures import Figures
from agent.governor.intents import UNWATCHED, Watch
from agent.governor.strikes import COLLECTOR_STRUCK
from agent.host.interface import Host
from agent.host.whereabouts import here
from agent.outcome import (
    DISABLED,
    KILLED_THE_AGENT,
    NOT_HERE,
    STRUCK_OUT,
    Outcome,
)
from agent.plan import PlannedDataset
from agent.reading import run_reader
from agent.rows import Reading, Row
from agent.spool.spool import Facts
from wire.catalogue import Kind

HEALTH, METRICS = "agent_health", "agent_metrics"
OWN = frozenset({HEALTH, METRICS})
"""Datasets that tell of the agent itself: no reader fills them."""
NO_NAMED_NETWORK = "on-no-named-network"
_MILLISECONDS = 1_000
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

    def told(self, disabled: Sequence[str]) -> tuple[Outcome, ...]:
        """Return every outcome, and what is disabled."""
        return (
            *self.outcomes.values(),
            *(Outcome(name, DISABLED) for name in disabled),
        )

    def rows(self, disabled: Sequence[str]) -> Reading:
        """Return the rows of `agent_health`."""
        return Reading([outcome.row() for outcome in self.told(disabled)])


def metrics(
    figures: Figures,
    now: int,
    queue: Facts | None = None,
    struck: Collection[str] = (),
) -> Reading:
    """Return the row of `agent_metrics`.

    Args:
        figures: what the agent has cost and done.
        now: signed time, seconds since the epoch.
        queue: the spool in numbers; None where there is none yet.
        struck: datasets that are struck out.
    """
    found: dict[str, float | str | None] = {
        "timestamp": now,
        "process.uptime": figures.uptime,
        "process.cpu.time": figures.processor / _MILLISECONDS,
        "process.memory.usage": figures.memory,
        "pass.count": figures.passes,
        "pass.cpu.time": figures.pass_processor / _MILLISECONDS,
        "pass.memory.peak": figures.pass_memory,
        "sealed.records": figures.sealed_records,
        "sealed.envelopes": figures.sealed_envelopes,
        "withheld": figures.withheld,
        "sent.envelopes": figures.sent_envelopes,
        "sent.size": figures.sent_octets,
    }
    if queue is not None:
        alarms = {*queue.alarms, *((COLLECTOR_STRUCK,) if struck else ())}
        found |= {
            "queue.size": queue.waiting,
            "queue.usage": queue.octets,
            "queue.limit": SPOOL_BYTES,
            "queue.age": 0 if queue.oldest is None else max(now - queue.oldest, 0),
            "queue.unmarked": queue.received,
            "queue.refused": queue.refused,
            "queue.dropped": queue.dropped,
            "queue.voids": queue.voids,
            "queue.folded": queue.folded,
            "gaps": queue.gaps,
            "alarms": ",".join(sorted(alarms)) or None,
        }
    return Reading([Row(found)])


def gather(
    host: Host,
    due: Sequence[PlannedDataset],
    cursor: Cursor,
    now: float,
    into: Gathered,
    watch: Watch = UNWATCHED,
) -> Iterator[tuple[PlannedDataset, Reading, Outcome]]:
    """Yield the rows of each due dataset for each purpose, dataset by dataset.

    Args:
        host: the machine.
        due: what is to be read now.
        cursor: where an event source was read up to, by purpose and dataset.
        now: signed time, seconds since the epoch.
        into: takes the outcomes.
        watch: writes down what is read; each dataset is watched until the next one is
            asked for, so that its redaction is as well.
    """
    for name, items in _by_dataset(due).items():
        if name in OWN:
            continue
        if name in watch.struck:
            struck = Outcome(name, STRUCK_OUT, KILLED_THE_AGENT)
            into.outcomes[name, ""] = struck
            for item in items:
                yield item, Reading([]), struck
            continue
        with watch.over(name):
            yield from _gathered(host, items, cursor, now, into)


def _gathered(
    host: Host,
    items: Sequence[PlannedDataset],
    cursor: Cursor,
    now: float,
    into: Gathered,
) -> Iterator[tuple[PlannedDataset, Reading, Outcome]]:
    """Yield the rows of one dataset for each purpose."""
    name = items[0].dataset.name
    source = collector(name)
    event = source.dataset.kind is Kind.EVENT
    for group in _together(items, apart=event):
        first = group[0]
        at = cursor(first.purpose.value, name) if event else None
        found, outcome = _read(host, source, group, now, at)
        alone = event or first.networks is not None
        for item in group:
            into.outcomes[name, item.purpose.value if alone else ""] = outcome
            yield item, found, outcome


def _read(
    host: Host,
    source: Collector,
    group: Sequence[PlannedDataset],
    now: float,
    at: bytes | None,
) -> tuple[Reading, Outcome]:
    """Read what is shared, unless it is for other networks than this machine's."""
    networks = group[0].networks
    if networks is not None and not here(host, networks):
        return Reading([]), Outcome(source.dataset.name, NOT_HERE, NO_NAMED_NETWORK)
    return run_reader(
        source,
        host,
        _union(group),
        now=now,
        cursor=at,
        networks=networks or (),
        events=group[0].events,
    )


def _together(
    items: Sequence[PlannedDataset], *, apart: bool
) -> Sequence[Sequence[PlannedDataset]]:
    """Return what is read at once: each purpose apart, or all of the same networks."""
    if apart:
        return [[item] for item in items]
    found: dict[tuple[str, ...] | None, list[PlannedDataset]] = {}
    for item in items:
        found.setdefault(item.networks, []).append(item)
    return list(found.values())


def _by_dataset(due: Sequence[PlannedDataset]) -> Mapping[str, list[PlannedDataset]]:
    found: dict[str, list[PlannedDataset]] = {}
    for item in due:
        found.setdefault(item.dataset.name, []).append(item)
    return found


def _union(items: Sequence[PlannedDataset]) -> frozenset[str]:
    return frozenset(column.name for item in items for column in item.columns)
