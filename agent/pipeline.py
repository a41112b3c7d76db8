# SPDX-License-Identifier: Apache-2.0
"""The product on one screen: plan, collect, redact, seal, spool.

Rules: nothing is read without a verified policy and a key to seal to; what is sealed,
where its source was read up to and the ledger's line move in one transaction; rows
are gone when the pass ends.
Not here: when a pass is due (`schedule.py`), in which process it runs (`child.py`).
"""

from collections import deque
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from functools import partial
from typing import TYPE_CHECKING

from agent.figures import Figures
from agent.gathering import (
    HEALTH,
    OWN,
    Cursor,
    Gathered,
    gather,
    metrics,
)
from agent.governor.intents import UNWATCHED, Watch
from agent.host.interface import Host
from agent.identity import Identity
from agent.outcome import FAILED, NONE_FOUND, OK, UNSUPPORTED, Outcome
from agent.plan import Plan, PlannedDataset
from agent.redaction.engine import BoundDataset, Redactor
from agent.report import PassReport, Sealed
from agent.room import CLASSES, fold, give_up, readable
from agent.rows import START_HERE, Reading
from agent.sealing import Group, Sealer
from agent.snapshots import snapshot_table
from agent.spool.change import Owed, Transaction
from agent.spool.changes import Changes
from agent.spool.spool import Spool
from agent.spool.voids import Voids
from agent.write_budget import TOGETHER_BYTES
from wire.body import Mode, Note, Table
from wire.catalogue import Kind
from wire.envelope import Gap
from wire.keys import PurposeKey
from wire.purposes import Purpose
from wire.record import Record
from wire.trust import Trusted

if TYPE_CHECKING:  # a pass without texts does not load it
    from agent.redaction.text import Scrubber

_UNDECLARED = "(undeclared)"


@dataclass(frozen=True, slots=True)
class Agent:
    """All that a pass needs of this device.

    Attributes:
        who: identity and signing key.
        trust: the verified bundle.
        names: the pseudonym key of each class, as far as they are here.
        plan: what this machine will do.
        host: the machine.
        watch: writes down what is read, for the case that it kills the pass.
    """

    who: Identity
    trust: Trusted
    names: Mapping[tuple[Purpose, str], bytes]
    plan: Plan
    host: Host
    watch: Watch = UNWATCHED


@dataclass(slots=True)
class _Pass:
    """What one pass works on."""

    agent: Agent
    held: Spool | None
    now: int
    scrubber: "Scrubber | None" = None
    gathered: Gathered = field(default_factory=Gathered)
    groups: dict[tuple[Purpose, str, Kind], Group] = field(default_factory=dict)
    redactors: dict[bytes | None, Redactor] = field(default_factory=dict)
    withheld: int = 0
    more: bool = False

    @property
    def spool(self) -> Spool:
        """Return what remembers earlier passes, which all but metrics ask."""
        if self.held is None:
            msg = "only metrics are read without a spool"
            raise TypeError(msg)
        return self.held

    def told(self, sealed: Sealed) -> PassReport:
        """Return how it went."""
        outcomes = self.gathered.told(self.agent.plan.disabled)
        return PassReport(outcomes, sealed, self.withheld, self.more)


def run_pass(
    agent: Agent,
    spool: Spool,
    due: Sequence[PlannedDataset],
    now: int,
    figures: Figures | None = None,
) -> PassReport:
    """Read, redact, seal and spool everything that is due.

    Args:
        agent: identity, trust, plan and host.
        spool: the open spool.
        due: what is to be read now, part of the plan.
        now: signed time, seconds since the epoch.
        figures: what the agent has cost and done up to here.
    """
    sealer = Sealer(agent.who, agent.trust, now)
    give_up(spool, Voids(agent.who, agent.trust, now))
    sealed = _pay_gap(agent, spool, sealer)
    work = _Pass(agent, spool, now)
    found = readable(spool, [item for item in due if _has_key(work, item)], now)
    _fail(work, found.full, "spool-full")
    fold(spool, found.folded, now)
    ready = found.ready
    _collect(work, ready, cursors(spool))
    own: dict[str, Reading] = {}
    for item in ready:
        name = item.dataset.name
        if name in OWN:
            if name not in own:
                own[name] = _own(work, name, figures or Figures())
            _take(work, item, own[name], Outcome(name, OK))
    return work.told(sealed.plus(put_away(spool, sealer, work.groups.values())))


def put_away(spool: Spool, sealer: Sealer, groups: Iterable[Group]) -> Sealed:
    """Seal groups into the spool, as many in one transaction as are small together.

    Each transaction costs the disk a flush, and writes pages that all groups share.

    Args:
        spool: the open spool.
        sealer: who seals, and when.
        groups: what leaves together, and how far its sources were read.

    Raises:
        StateError: the disk refuses; what was put away before stays so.
    """
    done, left = Sealed(), deque(groups)
    while left:
        with spool.transaction() as change:
            while left and change.octets < TOGETHER_BYTES:
                done = done.plus(sealer.put(change, left.popleft()))
    return done


def run_apart(
    agent: Agent, due: Sequence[PlannedDataset], now: int, change: Changes
) -> PassReport:
    """Read, redact and seal metrics, which need nothing that the spool remembers.

    Args:
        agent: identity, trust, plan and host.
        due: what is to be read now, metrics of other things than the agent alone.
        now: signed time, seconds since the epoch.
        change: takes what was sealed.
    """
    work, sealed = _Pass(agent, None, now), Sealed()
    ready = [item for item in due if _has_key(work, item)]
    _collect(work, ready, lambda _purpose, _dataset: None)
    for group in work.groups.values():
        sealed = sealed.plus(Sealer(agent.who, agent.trust, now).put(change, group))
    return work.told(sealed)


def _collect(work: _Pass, ready: Sequence[PlannedDataset], cursor: Cursor) -> None:
    """Read and redact what is ready, and note what nobody here knows."""
    agent = work.agent
    for item, reading, outcome in gather(
        agent.host, ready, cursor, work.now, work.gathered, agent.watch
    ):
        _take(work, item, reading, outcome)
    _note_unknown(work)


def _own(work: _Pass, name: str, figures: Figures) -> Reading:
    """Return what the agent says of itself, when all else has been read."""
    agent = work.agent
    if name == HEALTH:
        return work.gathered.rows(agent.plan.disabled)
    return metrics(figures, work.now, work.spool.facts(), agent.watch.struck)


def cursors(spool: Spool) -> Cursor:
    """Return how to find where a source was read up to.

    After a spool was lost that is now: what it had may be at the collector already.
    """
    start = START_HERE if spool.follows() else None

    def cursor(purpose: str, dataset: str) -> bytes | None:
        found = spool.cursor(purpose, dataset)
        return start if found is None else found

    return cursor


def _take(
    work: _Pass, item: PlannedDataset, reading: Reading, outcome: Outcome
) -> None:
    """Redact one dataset for one purpose and lay it into its group."""
    group = work.groups[item.purpose, item.retention, item.dataset.kind]
    name, purpose = item.dataset.name, item.purpose.value
    group.passes.append(name)
    if outcome.outcome not in {OK, NONE_FOUND}:
        return
    work.more = work.more or (reading.truncated and item.dataset.kind is Kind.EVENT)
    bound = BoundDataset(item.dataset, item.purpose, item.calls)
    redacted = _redactor(work, item).redact(bound, reading.rows)
    if item.dataset.kind is Kind.EVENT:
        if reading.cursor is not None:
            group.cursors.append((name, reading.cursor))
        since = work.spool.last_pass(purpose, name) or work.now
        group.since = since if group.since is None else min(group.since, since)
        if reading.skipped:
            gap = Gap(reading.skipped, min(since, work.now), work.now, "source-lost")
            group.gaps.append(gap)
    table = _table(work, group, item, reading, redacted.records)
    if table is None:
        return
    group.tables.append(table)
    count = sum(found.count for found in redacted.withheld)
    work.withheld += count
    work.gathered.withheld(name, purpose, count)
    group.notes += [
        Note(found.dataset, found.column or _UNDECLARED, found.reason, found.count)
        for found in redacted.withheld
    ]


def _table(
    work: _Pass,
    group: Group,
    item: PlannedDataset,
    reading: Reading,
    records: Sequence[Record],
) -> Table | None:
    """Return what leaves of a dataset; None where nothing is new."""
    if item.dataset.kind is not Kind.SNAPSHOT:
        if not records:
            return None
        return Table(item.dataset, item.columns, records, Mode.APPEND)
    # rows that a bound or damage kept out are not gone
    partial = reading.truncated or bool(reading.skipped and not reading.rows)
    found = snapshot_table(work.spool, group.key.id, item, records, partial=partial)
    if found is None:
        return None
    table, sealed = found
    group.snapshots.append((item.dataset.name, sealed))
    return table


def _note_unknown(work: _Pass) -> None:
    """Say what the policy names and this release does not know."""
    for item in work.agent.plan.unplanned:
        if item.dataset and not item.column:
            found = Outcome(item.dataset, UNSUPPORTED, item.reason.value)
            work.gathered.outcomes[item.dataset, item.purpose.value] = found
        for group in work.groups.values():
            names = {table.dataset.name for table in group.tables}
            if group.purpose is item.purpose and item.dataset in names:
                note = Note(item.dataset, item.column, item.reason, 1)
                group.notes.append(note)


def _redactor(work: _Pass, item: PlannedDataset) -> Redactor:
    """Return the redactor of a class's epoch: pseudonyms never outlive its key."""
    key = work.agent.names.get((item.purpose, item.retention))
    found = work.redactors.get(key)
    if found is None:
        found = Redactor(key, None, partial(_scrubber, work, key))
        work.redactors[key] = found
    return found


def _scrubber(work: _Pass, key: bytes | None) -> "Scrubber":
    """Return what looks in texts for what this machine knows of itself, and more."""
    from agent.known import known_of  # noqa: PLC0415 - see above
    from agent.redaction.text import Scrubber  # noqa: PLC0415 - see above

    if work.scrubber is None:
        agent = work.agent
        identities, _ = known_of(agent.host, work.now, agent.watch)
        work.scrubber = Scrubber(identities, key, learning=True)
        return work.scrubber
    return work.scrubber.under(key)


def _has_key(work: _Pass, item: PlannedDataset) -> bool:
    """Make the item's group; false, with an outcome, where there is no sealing key."""
    where = item.purpose, item.retention, item.dataset.kind
    if where in work.groups:
        return True
    key = sealing_key(work.agent.trust, item.purpose, item.retention, work.now)
    if key is None:
        _fail(work, [item], "no-sealing-key")
        return False
    kind = CLASSES[item.dataset.kind]
    work.groups[where] = Group(item.purpose, item.retention, key, kind)
    return True


def _fail(work: _Pass, items: Sequence[PlannedDataset], reason: str) -> None:
    for item in items:
        name = item.dataset.name
        found = Outcome(name, FAILED, reason)
        work.gathered.outcomes[name, item.purpose.value] = found


def sealing_key(
    trust: Trusted, purpose: Purpose, retention: str, now: int
) -> PurposeKey | None:
    """Return the key of a class whose epoch it is now."""
    for key in trust.keys.keys:
        mine = (key.purpose, key.retention) == (purpose, retention)
        if mine and key.start <= now < key.end:
            return key
    return None


def _pay_gap(agent: Agent, spool: Spool, sealer: Sealer) -> Sealed:
    """Announce what is owed: of a lost spool once for each class."""
    owed = spool.owed()
    if not owed:
        return Sealed()

    def pay(change: Transaction) -> Sealed:
        done = Sealed()
        for item in owed:
            since = min(item.since, sealer.now)
            gap = Gap(item.count, since, sealer.now, item.reason)
            for purpose, retention in _owed_to(agent.plan, item):
                done = done.plus(sealer.put_gap(change, purpose, retention, gap))
        change.paid()
        return done

    return spool.urgent(pay)


def _owed_to(plan: Plan, owed: Owed) -> Mapping[tuple[Purpose, str], None]:
    """Return the classes to which a loss is announced, each once."""
    if owed.purpose is not None and owed.retention is not None:
        return {(owed.purpose, owed.retention): None}
    return {
        (item.purpose, item.retention): None
        for item in plan.datasets
        if owed.purpose in {None, item.purpose}
    }
