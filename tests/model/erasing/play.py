# SPDX-License-Identifier: Apache-2.0
"""Plays one story: who is erased from a machine was never there, as all readings tell.

Rules: real seals, store, keyring and readings; what a machine with the person shows
once they are erased, and ever after, is what a machine shows that never had them: rows
and their times, what is skipped and what is broken; blocks stand or do not, nothing
differs; what was counted is what is there.
Not here: the stories (`story.py`), finding a person's rows
(`tests/unit/server/test_subjects.py`).
"""

from collections import Counter
from dataclasses import dataclass, field, replace

from server.balance import balance
from server.keeper.rights.lessening import (
    Maker,
    erasable,
    lessened,
    placed,
    remainder_of,
)
from server.reader.opened import Opened
from server.reader.opening import open_selection
from server.reader.remainders import OpenSource, open_source
from server.reader.selection import Selection
from server.store.chains import Heard
from server.store.interface import StoredEnvelope
from tests.model.erasing.story import Machine, Step, story
from tests.reader_fixture import CATALOGUE, Site, Speaker, fold
from wire.body import Mode, values_of
from wire.body_rows import Lessened
from wire.crypto.opening import OpeningKey
from wire.keys import PurposeKey
from wire.purposes import Purpose

ALLOWED = {
    "event_logs": frozenset({"message"}),
    "services": frozenset({"name", "state"}),
}
SMALL = replace(
    CATALOGUE, datasets={name: CATALOGUE.datasets[name] for name in ALLOWED}
)
Places = dict[str, set[int]]


@dataclass
class Verdict:
    """What was wrong in some stories, in words, and what happened in them."""

    wrong: list[str] = field(default_factory=list)
    acts: Counter[str] = field(default_factory=Counter)


def keys_of(site: Site) -> list[PurposeKey]:
    """Return two keys of support: this epoch's and the next one's."""
    found = site.keyring.public_keys(site.tenant)
    support = [key for key in found if key.purpose is Purpose.SUPPORT]
    return sorted(support, key=lambda key: key.start)[:2]


@dataclass
class Told:
    """A machine and its chain in the store."""

    site: Site
    machine: Machine
    keys: list[PurposeKey]
    speaker: Speaker = field(init=False)
    records: int = 0

    def __post_init__(self) -> None:
        """Enrol it."""
        self.speaker = self.site.enrol("Desk")

    def step(self, step: Step, at: int) -> None:
        """Tell one pass."""
        tables = self.machine.tables(step)
        if tables:
            self.records += sum(len(part.records) for part in tables)
            created = self.site.now + 60 * at
            octets = self.speaker.seal(self.keys[step.key], tables, created)
            self.site.put(octets)

    def key(self, stored: StoredEnvelope) -> OpeningKey:
        """Return the key of an envelope."""
        key = self.site.keys().opening_key(stored.key_id)
        assert key is not None
        return key

    def opened(self, stored: StoredEnvelope) -> OpenSource:
        """Open an envelope, or what stands for it."""
        keeper = self.site.keyring.keeper_key().public
        return open_source(stored, self.key(stored), self.speaker.key.public, keeper)

    def read(self, *, blocks: bool = False) -> Opened:
        """Open all of it."""
        keyring = self.site.keyring
        selection = Selection(
            self.site.tenant, Purpose.SUPPORT, ALLOWED, (self.speaker.device,)
        )
        return open_selection(
            *(self.site.store, self.site.keys(), SMALL, selection),
            signer=keyring.fold_job_key().public if blocks else None,
            keeper=keyring.keeper_key().public,
        )


def shown(opened: Opened) -> tuple[object, ...]:
    """Return all that a person learns of a reading but what it cost, and whose."""
    rows = {
        name: Counter(
            tuple(row[name] for name in sorted(row) if not name.startswith("device"))
            for row in found.to_pylist()
        )
        for name, found in opened.tables.items()
    }
    return rows, opened.skipped, opened.broken, opened.missing, opened.uncounted


@dataclass
class Eraser:
    """Erases people from one machine, and remembers places only."""

    told: Told
    gone: dict[bytes, Places] = field(default_factory=dict)
    originals: dict[bytes, StoredEnvelope] = field(default_factory=dict)
    count: int = 0

    def erase(self, who: str, acts: Counter[str]) -> None:
        """Replace each envelope that has the person."""
        site, device = self.told.site, self.told.speaker
        signer = site.keyring.keeper_key()
        self.count += 1
        maker = Maker(bytes([self.count]) * 16, signer, site.now)
        for stored in list(site.store.envelopes(site.tenant, device=device.device)):
            self.originals.setdefault(stored.digest, stored)
            source = self.told.opened(stored)
            gone = self.gone.setdefault(stored.digest, {})
            places = {
                item.table.dataset: set(
                    placed(
                        item, rows_of(item, who), gone.get(item.table.dataset, set())
                    )
                )
                for item in source.tables
            }
            if any(places.values()):
                self._replace(source, places, gone, maker)
                acts["replaced"] += 1
                acts["again"] += source.erased > 0
                for name, found in places.items():
                    gone.setdefault(name, set()).update(found)

    def _replace(
        self,
        source: OpenSource,
        places: Places,
        gone: Places,
        maker: Maker,
    ) -> None:
        tables = lessened(source, places, gone)
        public = self.told.key(source.stored).public
        held = remainder_of(source, tables, public, maker)
        assert self.told.site.store.replace(held)

    def differs(self) -> bool:
        """Tell whether a restored envelope, erased again, is not what is there now."""
        site, device = self.told.site, self.told.speaker
        for stored in site.store.envelopes(site.tenant, device=device.device):
            gone = self.gone.get(stored.digest)
            if not gone:
                continue
            first = self.told.opened(self.originals[stored.digest])
            again = lessened(first, gone, {})
            now = self.told.opened(stored).tables
            if [*map(cells, again)] != [*map(cells, now)]:
                return True
        return False


def cells(item: Lessened) -> tuple[object, ...]:
    """Return what a table still has, and the numbers of its rows."""
    appended = item.table.mode is Mode.APPEND
    rows = [
        row for row in range(item.table.rows) if not appended or row not in item.rows
    ]
    blank = [at for at, row in enumerate(rows) if row in item.blank]
    values = [
        [None if row in item.blank else held[row] for row in rows]
        for held in (values_of(one, item.table.rows) for one in item.table.columns)
    ]
    return item.table.dataset, blank, values, item.table.ops, item.table.numbers


def rows_of(item: Lessened, who: str) -> list[int]:
    """Return the rows of a table that are somebody's, by no word of the product."""
    (column,) = [c for c in item.table.columns if c.name in {"name", "message"}]
    cells = values_of(column, item.table.rows)
    mine = [row for row, cell in enumerate(cells) if str(cell).split(" ")[0] == who]
    return erasable(item, mine)


def play(number: int, site: Site) -> Verdict:
    """Play a story on a machine of its own."""
    verdict, steps = Verdict(), story(number)
    keys = keys_of(site)
    told = Told(site, Machine(), keys)
    eraser, erased = Eraser(told), set[str]()
    for at, step in enumerate(steps):
        told.step(step, at)
        if step.folded:
            fold(site)
        if step.erased:
            erased.add(step.erased)
            eraser.erase(step.erased, verdict.acts)
        if erased and (step.erased or step.folded or at == len(steps) - 1):
            other = Told(site, Machine(frozenset(erased)), keys)
            for before, one in enumerate(steps[: at + 1]):
                other.step(one, before)
            _compare(verdict, told, other, f"story {number}, step {at}")
    if eraser.differs():
        verdict.wrong.append(f"story {number}: a restored store is erased otherwise")
    return verdict


def _compare(verdict: Verdict, told: Told, other: Told, where: str) -> None:
    verdict.acts["compared"] += 1
    wanted = shown(other.read())
    for blocks in (False, True):
        found = told.read(blocks=blocks)
        verdict.acts["blocks"] += found.blocks
        if shown(found) != wanted:
            verdict.wrong.append(f"{where}: not what a machine without them shows")
    if _visible(told) != _counted(told):
        verdict.wrong.append(f"{where}: not what was counted is there")


def _counted(told: Told) -> int:
    """Return how many rows there are, envelope by envelope."""
    store, device = told.site.store, told.speaker.device
    found = store.envelopes(told.site.tenant, device=device)
    return sum(told.opened(stored).rows for stored in found)


def _visible(told: Told) -> int:
    """Return how many records are accounted for as visible; all others are deleted."""
    store, speaker = told.site.store, told.speaker
    said = Heard(
        *(told.site.tenant, speaker.device, "0.1", "Linux", speaker.incarnation),
        *(speaker.sequence, 0),
        accepted=told.records,
    )
    store.heard([said], told.site.now)
    (account,) = store.accounts(told.site.tenant, speaker.device)
    found = balance(account)
    assert found.sound
    assert found.visible + found.deleted == told.records
    return found.visible
