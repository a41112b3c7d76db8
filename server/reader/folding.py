# SPDX-License-Identifier: Apache-2.0
"""The fold job: makes blocks, so that a reading need not begin at the first envelope.

Rules: it runs only where config.toml names its owner; what it opens is one line in the
ledger before a block of it is stored; it starts from the newest block that may be
used; an epoch of a chain of which anything is in doubt gets no block, so a reading
says of it what it always said; what no person may read is not folded.
Not here: when a block may be used (`blocks.py`), its form (`wire/block.py`).
"""

import threading
from collections import Counter
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass, field
from enum import Enum, auto

from server import configuration
from server.configuration import Configuration
from server.errors import LimitError
from server.keyring import Keyring
from server.ledger import SqliteLedger
from server.reader.blocks import Blocks, Keys, Stream, Usable
from server.reader.fold import Part, surviving
from server.reader.opening import Reading
from server.reader.selection import Selection
from server.reader.states import agrees
from server.store.blocks import HeldBlock, Unfolded
from server.store.interface import REMAINDER, Store, StoredEnvelope
from wire import block
from wire.block import BlockContent, BlockHeader, BlockState, Sources
from wire.body import Mode
from wire.body_rows import Chosen, encode_rows
from wire.catalogue import Catalogue
from wire.cbor import Plain
from wire.crypto.sealing import SUITE_XWING
from wire.envelope import EnvelopeKind
from wire.errors import LimitError as OversizeError
from wire.errors import SchemaError, WireError
from wire.policy import Policy
from wire.policy_source import AGGREGATOR
from wire.purposes import Purpose

ENVELOPES_MINIMUM = 16
"""Behind a block before it is made anew: a reading opens this many in 10 ms."""
BATCH = 64
"""Devices and purposes of one batch: so a ledger gets one line for about that many."""


@dataclass(slots=True)
class _Epoch:
    """What is known of one epoch of a chain: its sources and the states after them.

    Attributes:
        retention: class of its sources.
        sources: all of its data envelopes so far.
        before: the block that it starts from.
        replaced: sequences of sources that hold nothing but folded tables.
        mixed: sequences of those that hold something else besides.
        folded: datasets that were folded.
        parts: of each dataset the full state and its changes.
        heard: of each dataset when the newest part was made.
        new: how many sources are behind the block before.
        doubtful: whether a reading counts anything of it that a block would hide.
        lessened: whether something of it was erased: the store takes no block then.
    """

    retention: str
    sources: Sources = field(default_factory=Sources)
    before: Usable | None = None
    replaced: set[int] = field(default_factory=set)
    mixed: set[int] = field(default_factory=set)
    folded: set[str] = field(default_factory=set)
    parts: dict[str, list[Part]] = field(default_factory=dict)
    heard: dict[str, int] = field(default_factory=dict)
    new: int = 0
    doubtful: bool = False
    lessened: bool = False


class _Taker:
    """Takes the opened tables of one device and purpose, apart by epoch."""

    def __init__(self, catalogue: Catalogue) -> None:
        self._catalogue = catalogue
        self._newest: dict[tuple[bytes, str], bytes] = {}
        self.epochs: dict[Stream, _Epoch] = {}
        self.octets = 0

    def at(self, stored: StoredEnvelope, before: Usable | None) -> _Epoch:
        """Know which envelope comes next; returns its epoch."""
        stream = stored.incarnation, stored.key_id
        epoch = self.epochs.get(stream)
        if epoch is None:
            epoch = self.epochs[stream] = _Epoch(stored.retention, before=before)
            if before is not None:
                epoch.replaced |= before.replaced
                epoch.folded |= before.opened.folded
        epoch.sources.add(stored.sequence, stored.digest)
        epoch.new += before is None
        epoch.lessened |= stored.kind == REMAINDER
        return epoch

    def hole(self, device: bytes, incarnation: bytes, key_id: bytes) -> None:
        """Doubt an epoch of which an envelope did not open, or will not come."""
        del device
        epoch = self.epochs.get((incarnation, key_id))
        if epoch is not None:
            epoch.doubtful = True

    def add(self, part: Part) -> None:
        """Take a table."""
        epoch = self.epochs.get((part.incarnation, part.key_id))
        if epoch is None or part.sequence != epoch.sources.last:
            # the index gives this envelope to another key: no block hides that
            for one in self.epochs.values():
                one.doubtful = True
            return
        name = part.table.dataset
        if part.table.mode is Mode.APPEND or name not in self._catalogue.datasets:
            epoch.mixed.add(part.sequence)
            return
        epoch.folded.add(name)
        epoch.heard[name] = max(epoch.heard.get(name, 0), part.heard)
        place = part.incarnation, name
        held = epoch.parts.setdefault(name, [])
        if part.table.mode is Mode.FULL:
            self.octets -= sum(old.octets for old in held)
            held.clear()
            self._newest[place] = part.key_id
        elif not held or self._newest.get(place) != part.key_id:
            # a block puts a state where its newest part is: then this would fit
            for (incarnation, _), one in self.epochs.items():
                one.doubtful |= incarnation == part.incarnation and name in one.folded
            return
        held.append(part)
        self.octets += part.octets


class _No(Enum):
    """Why there is no block of an epoch."""

    LARGE = auto()
    DOUBTFUL = auto()


@dataclass(frozen=True, slots=True)
class Batch:
    """What a batch did.

    Attributes:
        due: devices and purposes looked at.
        envelopes: opened.
        blocks: stored.
        large: epochs of which no block was made, for none holds their states.
        doubtful: epochs of which none was made, for something of them is in doubt.
    """

    due: int = 0
    envelopes: int = 0
    blocks: int = 0
    large: int = 0
    doubtful: int = 0


class FoldJob:
    """Makes blocks of what stands behind them; any thread may use it, one at a time."""

    def __init__(
        self,
        store: Store,
        keyring: Keyring,
        ledger: SqliteLedger,
        catalogue: Catalogue,
    ) -> None:
        """Take what a job opens with.

        Args:
            store: the sealed store.
            keyring: the opening keys.
            ledger: where each batch is written down first.
            catalogue: what this release knows.
        """
        self._store = store
        self._keyring = keyring
        self._ledger = ledger
        self._catalogue = catalogue
        self._role = keyring.fold_job_key()
        self._keeper = keyring.keeper_key().public
        self._tried: dict[tuple[bytes, str], int] = {}
        self._lock = threading.Lock()

    def batch(
        self,
        settings: Configuration,
        policy: Policy,
        now: int,
        minimum: int = ENVELOPES_MINIMUM,
    ) -> Batch:
        """Fold what is due, up to a batch.

        Args:
            settings: has the job's owner.
            policy: in force; what it lets nobody read is not folded.
            now: seconds since the epoch.
            minimum: envelopes behind a block for which it is made anew.
        """
        owner = settings.jobs.get(configuration.FOLD)
        if owner is None or self._keyring.renewing():
            return Batch()
        with self._lock:
            return self._batch(settings.tenant, owner, policy, now, minimum)

    def _batch(
        self, tenant: bytes, owner: str, policy: Policy, now: int, minimum: int
    ) -> Batch:
        due = list(self._due(tenant, policy, minimum))[:BATCH]
        made: list[HeldBlock] = []
        unmade: Counter[_No] = Counter()
        opened = 0
        for one in due:
            self._tried[one.device, one.purpose] = one.count
            purpose = Purpose(one.purpose)
            try:
                count, blocks = self._device(tenant, one.device, purpose, now)
            except LimitError:
                continue  # a reading of it is refused as well, and says so
            opened += count
            unmade.update(why for why in blocks if isinstance(why, _No))
            made += [held for held in blocks if isinstance(held, HeldBlock)]
        large, doubtful = unmade[_No.LARGE], unmade[_No.DOUBTFUL]
        done = Batch(len(due), opened, len(made), large, doubtful)
        if opened:
            body = _line(owner, due, done)
            self._ledger.add("folded", body, now)
        for held in made:
            self._store.hold_block(held)
            self._tried.pop((held.device, held.purpose), None)
        return done

    def _due(self, tenant: bytes, policy: Policy, minimum: int) -> Iterator[Unfolded]:
        """Yield what is due; what gave no block waits until twice as much is there."""
        readable = {
            rules.purpose.value
            for rules in policy.purposes
            if rules.purpose is not Purpose.IMPROVEMENT
            and set(rules.readers) - {AGGREGATOR}
        }
        for one in self._store.unfolded(tenant, minimum):
            tried = self._tried.get((one.device, one.purpose), 0)
            if one.purpose in readable and one.count >= 2 * tried:
                yield one

    def _device(
        self, tenant: bytes, device: bytes, purpose: Purpose, now: int
    ) -> tuple[int, list[HeldBlock | _No]]:
        """Open what is new of a device; returns how much, and its blocks.

        A reason stands for each that there cannot be.
        """
        taker = _Taker(self._catalogue)
        keys = self._keyring.scoped(tenant, purpose, now)
        blocks = Blocks(self._store, keys, self._role.public, tenant, purpose)
        selection = Selection(tenant, purpose, {}, (device,))
        enrolled = [one for one in [self._store.device(tenant, device)] if one]
        reading = Reading(keys, taker, selection, enrolled, blocks, self._keeper)
        for stored in self._store.envelopes(
            tenant,
            device=device,
            purpose=purpose.value,
            bare=lambda one: blocks.covering(one) is not None,
        ):
            if stored.kind == EnvelopeKind.VOID.value:
                reading.take(stored)
            if not stored.has_rows:
                continue
            epoch = taker.at(stored, blocks.covering(stored))
            before = reading.opened.envelopes
            reading.take(stored)
            if stored.octets and reading.opened.envelopes > before:
                epoch.replaced.add(stored.sequence)
        return reading.opened.envelopes, list(
            self._made(keys, taker.epochs, (tenant, device, purpose), now)
        )

    def _made(
        self,
        keys: Keys,
        epochs: dict[Stream, _Epoch],
        whose: tuple[bytes, bytes, Purpose],
        now: int,
    ) -> Iterator[HeldBlock | _No]:
        tenant, device, purpose = whose
        for (incarnation, key_id), epoch in epochs.items():
            key = keys.opening_key(key_id)
            if key is None or not epoch.new or not epoch.folded or epoch.lessened:
                continue
            if epoch.doubtful:
                yield _No.DOUBTFUL
                continue
            sources = epoch.sources
            header = BlockHeader(
                *(block.VERSION, SUITE_XWING, tenant, device, purpose),
                epoch.retention,
                key_id,
                incarnation,
                sources.first,
                sources.last,
                sources.count,
                sources.digest(),
                now,
            )
            try:
                content = self._content(epoch)
                if content is None:
                    yield _No.DOUBTFUL
                    continue
                octets = block.seal(header, content, key.public, self._role)
            except (OversizeError, SchemaError):
                yield _No.LARGE  # its envelopes are read
                continue
            except WireError:
                yield _No.DOUBTFUL  # a device's tables do not fit each other
                continue
            yield HeldBlock(
                *(tenant, device, purpose.value, key_id, incarnation),
                *(sources.last, sources.count, octets),
            )

    def _content(self, epoch: _Epoch) -> BlockContent | None:
        """Return what is sealed; None where a state is not what its device has."""
        chosen: list[Chosen] = []
        states: list[BlockState] = []
        for name, parts in sorted(epoch.parts.items()):
            held = surviving(parts)
            kept = held.rows
            tables = [part.table for part in parts]
            dataset = self._catalogue.datasets[name]
            last = parts[-1]
            if (
                held.unmatched
                or last.table.state is None
                or not agrees(dataset, tables, kept)
            ):
                return None
            chosen.append(Chosen(tables, kept))
            states.append(
                BlockState(
                    last.sequence,
                    last.created,
                    epoch.heard[name],
                    held.following,
                    block.numbers_of(_numbers(parts, kept)),
                    block.longs_of(_observed(parts, kept)),
                )
            )
        return BlockContent(
            tuple(sorted(epoch.folded)),
            tuple(states),
            block.longs_of(sorted(epoch.replaced - epoch.mixed)),
            encode_rows(chosen),
        )


def _line(owner: str, due: Sequence[Unfolded], done: Batch) -> dict[str, Plain]:
    """Return the ledger's body of a batch."""
    return {
        "job": configuration.FOLD,
        "owner": owner,
        "purposes": [*sorted({one.purpose for one in due})],
        "devices": len({one.device for one in due}),
        "envelopes": done.envelopes,
        "blocks": done.blocks,
        "large": done.large,
        "doubtful": done.doubtful,
    }


def _numbers(parts: Sequence[Part], kept: Sequence[Sequence[int]]) -> list[int]:
    return [
        part.numbers()[row]
        for part, rows in zip(parts, kept, strict=True)
        for row in rows
    ]


def _observed(parts: Iterable[Part], kept: Iterable[Sequence[int]]) -> Iterator[int]:
    for part, rows in zip(parts, kept, strict=True):
        times = part.observed(rows)
        yield from times if part.base and rows else [part.created] * len(rows)
