# SPDX-License-Identifier: Apache-2.0
"""Turns the records of one purpose and retention class into envelopes in the spool.

Rules: each envelope is sealed to the current epoch's key of its class; what is too
large for one is split by rows; what an envelope carries is in the ledger of the same
transaction, by names and counts.
Not here: making records (`redaction/engine.py`), sending
(`agent/delivery/shipping.py`).
"""

from collections.abc import Callable, Sequence
from dataclasses import dataclass, field, replace

from agent.budget import SEALED_BYTES
from agent.identity import Identity
from agent.report import Sealed
from agent.spool.change import Filed, Snapshot, SpoolClass
from agent.spool.changes import Changes
from agent.spool.schema import GAPS
from wire import limits
from wire.body import Mode, Note, Op, Table
from wire.cbor import Plain
from wire.crypto.sealing import SUITE_NONE, SUITE_XWING
from wire.crypto.signing import SigningKey
from wire.envelope import (
    BUCKET_SECONDS,
    NO_KEY,
    VERSION,
    EnvelopeKind,
    Gap,
    Header,
    announce,
    digest,
    seal,
)
from wire.errors import LimitError
from wire.keys import PurposeKey
from wire.purposes import RULES, Purpose
from wire.trust import Trusted

Seal = Callable[[Header, Sequence[Table], Sequence[Note], bytes, SigningKey], bytes]
_DAY = 86_400
_ID_SHOWN = 8
"""Bytes of a digest shown in the ledger's body: enough to find an envelope by."""


@dataclass(slots=True)
class Group:
    """What leaves together: one purpose, one retention class, one class of the spool.

    Attributes:
        purpose: why.
        retention: name of the retention class.
        key: the sealing key of the epoch at hand.
        kind: whose quota it takes.
        since: first second that its records may be of; None where they are of now.
        tables: records by dataset.
        notes: what was withheld.
        gaps: what was lost at the source.
        cursors: event sources and where they were read up to.
        snapshots: datasets and the state that leaves, as the spool remembers it.
        passes: datasets that were read.
    """

    purpose: Purpose
    retention: str
    key: PurposeKey
    kind: SpoolClass
    since: int | None = None
    tables: list[Table] = field(default_factory=list)
    notes: list[Note] = field(default_factory=list)
    gaps: list[Gap] = field(default_factory=list)
    cursors: list[tuple[str, bytes]] = field(default_factory=list)
    snapshots: list[tuple[str, Snapshot]] = field(default_factory=list)
    passes: list[str] = field(default_factory=list)


@dataclass(frozen=True, slots=True)
class Sealer:
    """Who seals, under which policy, at what time.

    Attributes:
        who: the device.
        trust: the policy that is in force.
        now: signed time, seconds since the epoch.
        seal: seals and signs; a simulation has one that repeats itself.
    """

    who: Identity
    trust: Trusted
    now: int
    seal: Seal = seal

    def put(self, change: Changes, group: Group) -> Sealed:
        """Seal a group and move its cursors, states and passes with it.

        Args:
            change: the spool's open transaction.
            group: records, notes and places.

        Returns:
            What was added to the spool.
        """
        done = Sealed()
        for gap in group.gaps:
            done = done.plus(self.put_gap(change, group.purpose, group.retention, gap))
        if group.tables or group.notes:
            done = done.plus(self._seal(change, group, group.tables, group.notes))
        purpose = group.purpose.value
        for dataset, cursor in group.cursors:
            change.set_cursor(purpose, dataset, cursor)
        for dataset, state in group.snapshots:
            change.set_snapshot(purpose, dataset, state)
        for dataset in group.passes:
            change.set_pass(purpose, dataset, self.now)
        return done

    def put_gap(
        self, change: Changes, purpose: Purpose, retention: str, gap: Gap
    ) -> Sealed:
        """Announce records that will never arrive."""
        place = change.place()
        header = replace(
            self._header(change, purpose, retention),
            kind=EnvelopeKind.GAP,
            suite=SUITE_NONE,
            gap=gap,
        )
        octets = announce(header, self.who.signing)
        filed = self._filed(purpose, retention, SpoolClass.CONTROL)
        change.put(place, octets, replace(filed, since=gap.since))
        body: dict[int | str, Plain] = {
            "sequence": place.sequence,
            "purpose": purpose.value,
            "count": gap.count,
            "since": gap.since,
            "until": gap.until,
            "reason": gap.reason,
        }
        change.note("gap", body, self.now)
        change.count(GAPS)
        return Sealed(1, 0, len(octets))

    def _header(self, change: Changes, purpose: Purpose, retention: str) -> Header:
        place = change.place()
        return Header(
            VERSION,
            EnvelopeKind.DATA,
            SUITE_XWING,
            self.who.tenant,
            self.who.device,
            purpose,
            retention,
            NO_KEY,
            self.trust.policy_digest,
            place.incarnation,
            place.sequence,
            place.previous,
            self.now,
            0,
            self.now - self.now % BUCKET_SECONDS,
        )

    def _filed(self, purpose: Purpose, retention: str, kind: SpoolClass) -> Filed:
        """Return what the spool is told of an envelope without records."""
        rules = self.trust.policy.policy.rules(purpose)
        age = rules.maximum_age(retention) if rules else None
        if age is None:  # a class that the policy has no more
            age = RULES[purpose].maximum_days * _DAY
        now = self.now
        return Filed(purpose, retention, kind, 0, now, now, now + age)

    def _seal(
        self,
        change: Changes,
        group: Group,
        tables: Sequence[Table],
        notes: Sequence[Note],
    ) -> Sealed:
        """Seal tables into one envelope, or into several where they do not fit."""
        records = sum(len(table.records) for table in tables)
        place = change.place()
        header = replace(
            self._header(change, group.purpose, group.retention),
            key_id=group.key.id,
            records=records,
        )
        try:
            octets = self.seal(
                header, tables, notes, group.key.public, self.who.signing
            )
            split = len(octets) > SEALED_BYTES and _divisible(tables)
        except LimitError:
            split = True
        if split:
            first, second = _halves(tables)
            told = min(len(notes), limits.NOTE_COUNT)
            before = self._seal(change, group, first, notes[:told])
            return before.plus(self._seal(change, group, second, notes[told:]))
        filed = self._filed(group.purpose, group.retention, group.kind)
        since = self.now if group.since is None else min(group.since, self.now)
        change.put(place, octets, replace(filed, records=records, since=since))
        body: dict[int | str, Plain] = {
            "sequence": place.sequence,
            "purpose": group.purpose.value,
            "retention": group.retention,
            "digest": digest(octets)[:_ID_SHOWN].hex(),
            "octets": len(octets),
            "datasets": {table.dataset.name: _told(table) for table in tables},
            "withheld": sum(note.count for note in notes),
        }
        change.note("sealed", body, self.now)
        return Sealed(1, records, len(octets))


def _told(table: Table) -> dict[int | str, Plain]:
    """Return what the ledger says of a table: names and counts."""
    return {
        "rows": len(table.records),
        "columns": [column.name for column in table.columns],
    }


def _divisible(tables: Sequence[Table]) -> bool:
    """Tell whether tables can be split in two."""
    return len(tables) > 1 or any(len(table.records) > 1 for table in tables)


def _halves(tables: Sequence[Table]) -> tuple[list[Table], list[Table]]:
    """Split tables in two; a single table by rows.

    Raises:
        LimitError: one row alone does not fit.
    """
    if len(tables) > 1:
        middle = len(tables) // 2
        return list(tables[:middle]), list(tables[middle:])
    if not _divisible(tables):
        msg = "one row is too large for an envelope"
        raise LimitError(msg)
    whole = tables[0]
    middle = len(whole.records) // 2
    ops, numbers = whole.ops, whole.numbers
    if whole.mode is Mode.FULL:  # the rest of it is added to its first part
        ops = (Op.ADD,) * len(whole.records)
        numbers = tuple(range(len(whole.records)))
    first = replace(
        whole,
        records=whole.records[:middle],
        ops=whole.ops[:middle],
        numbers=whole.numbers[:middle],
    )
    rest = replace(
        whole,
        records=whole.records[middle:],
        mode=whole.mode if whole.mode is Mode.APPEND else Mode.DELTA,
        ops=ops[middle:],
        numbers=numbers[middle:],
    )
    return [first], [rest]
