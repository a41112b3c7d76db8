# SPDX-License-Identifier: Apache-2.0
"""A reading with blocks is the reading without them, after every step of any history.

Rules: real seals, store and keyring; the steps are drawn so that what stands behind a
block names its rows: changes, removals, the newest row gone before one is added, the
whole again, a gap, a fork, a new epoch or spool, the older spool once more; between any
two steps the fold job may run, an envelope be lost, damaged or come late. Caught, each
by hand: reversed row numbers or times, `following` off by one, a block of another
incarnation, one newer than a late envelope, events or doubts forgotten.
Not here: a late change under a foreign key (docs/adr/0008), what single faults do
(`tests/unit/server/test_blocks_set_aside.py`).
"""

import hashlib
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field, replace

import pytest
from hypothesis import settings
from hypothesis import strategies as st
from hypothesis.stateful import (
    RuleBasedStateMachine,
    initialize,
    invariant,
    precondition,
    rule,
    run_state_machine_as_test,
)
from reader_fixture import CATALOGUE, Site, Speaker, fold, make_site, table
from reader_fixture import with_state as stated

from server.reader.opened import Opened
from server.reader.opening import open_selection
from server.reader.selection import Selection
from wire.body import Mode, Op, Table
from wire.envelope import Gap
from wire.keys import PurposeKey
from wire.purposes import Purpose
from wire.values import Value

STATE = frozenset({"name", "state"})
COLUMNS = {"event_logs": frozenset({"message"}), "services": STATE}
OTHER = {"processes": frozenset({"process.pid"})}
SMALL = replace(
    CATALOGUE, datasets={name: CATALOGUE.datasets[name] for name in COLUMNS | OTHER}
)
"""What a reading makes tables of; more would only cost time."""
Row = dict[str, Value]
Change = tuple[Op, int, Row]


@pytest.fixture(scope="module")
def site(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Site]:
    """Install one collector; each history has a device of its own."""
    made = make_site(tmp_path_factory.mktemp("site") / "collector")
    yield made
    made.store.close()
    made.keyring.close()


@dataclass
class Chain:
    """One spool of a device, and the state that it has told so far.

    Attributes:
        speaker: seals.
        rows: by number.
        following: the number that the next added row takes.
        key: which of the two epochs it seals to.
        fresh: whether the whole state has to come first.
        doubt: whether a part of the state is not in the store.
    """

    speaker: Speaker
    rows: dict[int, Row] = field(default_factory=dict)
    following: int = 0
    key: int = 0
    fresh: bool = True
    doubt: bool = False

    def full(self, rows: Sequence[Row]) -> Table:
        """Return a whole state, numbered anew."""
        self.rows, self.following = dict(enumerate(rows)), len(rows)
        self.fresh = False
        return self._stated(table("services", [*rows], mode=Mode.FULL))

    def delta(self, changes: Sequence[Change]) -> Table:
        """Return changes, in order of number."""
        for what, number, row in changes:
            if what is Op.REMOVE:
                del self.rows[number]
            else:
                self.rows[number] = row
            self.following = max(self.following, number + 1)
        told = [(what, number) for what, number, _ in changes]
        rows = [row for _, _, row in changes]
        return self._stated(table("services", rows, mode=Mode.DELTA, changes=told))

    def numbered_anew(self) -> bool:
        """Tell whether the whole, told now, would give each row the number it has."""
        return sorted(self.rows) == [*range(self.following)]

    def _stated(self, part: Table) -> Table:
        dataset = CATALOGUE.datasets["services"]
        columns = tuple(c for c in dataset.columns if c.name in COLUMNS["services"])
        return stated(replace(part, columns=columns), [*self.rows.values()])


def both(site: Site, **narrowed: object) -> tuple[Opened, Opened]:
    """Return a reading without blocks and one with them."""
    selection = replace(
        Selection(site.tenant, Purpose.SUPPORT, COLUMNS),
        **narrowed,  # type: ignore[arg-type]  # the test's own names
    )
    signer = site.keyring.fold_job_key().public
    without = open_selection(site.store, site.keys(), SMALL, selection)
    return without, open_selection(
        site.store, site.keys(), SMALL, selection, signer=signer
    )


def shown(opened: Opened) -> tuple[object, ...]:
    """Return all that a person learns of a reading but what it cost."""
    rows = {name: part.to_pylist() for name, part in opened.tables.items()}
    return (
        {name: held for name, held in rows.items() if held},
        opened.devices,
        opened.skipped,
        opened.missing,
        opened.uncounted,
        opened.unheard,
        opened.broken,
    )


def keys_of(site: Site) -> list[PurposeKey]:
    """Return two keys of one purpose: this epoch's and the next one's."""
    first, every = site.key(), site.keyring.public_keys(site.tenant)
    later = (key for key in every if key.start >= first.end)
    return [first, next(key for key in later if key.purpose is Purpose.SUPPORT)]


def _told_apart(speaker: Speaker, number: int) -> Speaker:
    """Give a spool a name that is the same in each run of a history."""
    speaker.incarnation = hashlib.sha256(bytes([number])).digest()[:16]
    return speaker


NAMES, PLACE, BESIDE = st.sampled_from("abcd"), st.integers(0, 9), st.booleans()
TROUBLE_STEPS = 5
"""Steps before the first mishap, so that a block is there which it can strike."""


class History(RuleBasedStateMachine):
    """What one device tells, and a comparison of both readings after each step."""

    def __init__(self, site: Site) -> None:
        """Enrol a device that has not spoken yet."""
        super().__init__()
        self.site = site
        self.keys = keys_of(site)
        self.chains = [Chain(_told_apart(site.enrol("Desk"), 0))]
        self.shown: Chain | None = self.chains[0]
        self.late: list[bytes] = []
        self.steps = self.told = 0
        self.silent = self.overtook = False

    @property
    def chain(self) -> Chain:
        """Return the spool that the device has now."""
        return self.chains[-1]

    def row(self, name: str) -> Row:
        """Return a row that no other is like."""
        self.told += 1
        return {"name": name, "state": f"s{self.told}"}

    def seal(self, chain: Chain, tables: list[Table]) -> bytes:
        """Seal tables a minute after those before."""
        self.steps += 1
        created = self.site.now + 60 * self.steps
        return chain.speaker.seal(self.keys[chain.key], tables, created)

    def say(self, part: Table, *, beside: bool = False, fate: str = "kept") -> None:
        """Tell of services; what becomes of the envelope is its fate."""
        chain = self.chain
        log = table("event_logs", [{"message": f"m{self.steps}"}])
        octets = self.seal(chain, [part, log] if beside else [part])
        if fate == "late":
            self.late.append(octets)
        elif fate != "lost":
            self.site.put(octets)
        if fate == "damaged":
            self.site.damage(octets)
        if fate == "kept":
            self.shown = chain
            chain.doubt &= part.mode is not Mode.FULL
        else:
            chain.doubt = True

    def ready(self) -> bool:
        """Tell whether a change can come next."""
        return not self.chain.fresh and bool(self.chain.rows)

    def held(self, place: int) -> int:
        """Return the number of a row."""
        numbers = sorted(self.chain.rows)
        return numbers[place % len(numbers)]

    @initialize(names=st.lists(NAMES, min_size=2, max_size=4))
    def begin(self, names: list[str]) -> None:
        """Tell the first state and fold it: all that follows is behind a block."""
        self.say(self.chain.full([self.row(name) for name in names]))
        fold(self.site)

    @rule(names=st.lists(NAMES, max_size=4), beside=BESIDE)
    def whole(self, names: list[str], beside: bool) -> None:  # noqa: FBT001 - drawn
        """Tell another whole state."""
        rows = [self.row(name) for name in names]
        self.say(self.chain.full(rows), beside=beside)

    @precondition(ready)
    @rule()
    def resync(self) -> None:
        """Tell the same state again, whole: its rows get other numbers and times."""
        self.say(self.chain.full([*self.chain.rows.values()]))

    @precondition(lambda self: self.ready() and self.chain.numbered_anew())
    @rule(name=NAMES, place=PLACE)
    def overtaken(self, name: str, place: int) -> None:
        """Tell the same state again, late: a block is made before it arrives."""
        doubt = self.chain.doubt
        self.say(self.chain.full([*self.chain.rows.values()]), fate="late")
        self.chain.doubt = doubt  # what is late is what was there already
        self.change(place, name, beside=False)
        fold(self.site)
        self.compare()
        self.arrive()

    @precondition(ready)
    @rule(place=PLACE, name=NAMES, beside=BESIDE)
    def change(self, place: int, name: str, beside: bool) -> None:  # noqa: FBT001 - drawn
        """Change one row."""
        part = self.chain.delta([(Op.CHANGE, self.held(place), self.row(name))])
        self.say(part, beside=beside)

    @precondition(ready)
    @rule(place=PLACE)
    def remove(self, place: int) -> None:
        """Remove one row."""
        self.say(self.chain.delta([(Op.REMOVE, self.held(place), {})]))

    @precondition(ready)
    @rule(folded=st.booleans(), name=NAMES)
    def renew(self, folded: bool, name: str) -> None:  # noqa: FBT001 - drawn
        """Remove the newest row, then add one: its number is not used again."""
        newest = max(self.chain.rows)
        self.say(self.chain.delta([(Op.REMOVE, newest, {})]))
        if folded:
            fold(self.site)
            self.compare()
        self.add(name)

    @precondition(lambda self: not self.chain.fresh)
    @rule(name=NAMES)
    def add(self, name: str) -> None:
        """Add one row."""
        new = Op.ADD, self.chain.following, self.row(name)
        self.say(self.chain.delta([new]))

    @precondition(lambda self: not self.chain.fresh and len(self.chain.rows) > 1)
    @rule(name=NAMES, place=PLACE)
    def several(self, name: str, place: int) -> None:
        """Change, remove and add rows at once."""
        first, second = sorted({self.held(place), self.held(place + 1)})
        changes = [
            (Op.CHANGE, first, self.row(name)),
            (Op.REMOVE, second, {}),
            (Op.ADD, self.chain.following, self.row(name)),
        ]
        self.say(self.chain.delta(changes))

    @rule()
    def log(self) -> None:
        """Tell an event."""
        part = table("event_logs", [{"message": f"m{self.steps}"}])
        self.site.put(self.seal(self.chain, [part]))

    @rule()
    def folds(self) -> None:
        """Let the fold job run; of a history without a mishap, blocks are used."""
        fold(self.site)
        if not self.overtook and not any(chain.doubt for chain in self.chains):
            _, opened = both(self.site, devices=(self.chain.speaker.device,))
            assert opened.blocks
            assert not opened.aside

    @rule()
    def gap(self) -> None:
        """Announce lost records."""
        lost = Gap(3, self.site.now, self.site.now + 1, "spool-full")
        now = self.site.now
        self.site.put(self.chain.speaker.gap(Purpose.SUPPORT, lost, now))

    @rule(names=st.lists(NAMES, min_size=1, max_size=3))
    def epoch(self, names: list[str]) -> None:
        """Seal to another key, the whole first."""
        self.chain.key = 1 - self.chain.key
        self.say(self.chain.full([self.row(name) for name in names]))

    @rule(names=st.lists(NAMES, min_size=1, max_size=3))
    def spool(self, names: list[str]) -> None:
        """Lose the spool: a new chain begins at one, with the whole."""
        old = self.chain.speaker
        fresh = Speaker(old.tenant, "Desk", old.key, old.opening)
        _told_apart(fresh, len(self.chains))
        self.chains.append(Chain(fresh, key=self.chain.key))
        self.say(self.chain.full([self.row(name) for name in names]))

    @precondition(lambda self: len(self.chains) > 1)
    @rule()
    def older(self) -> None:
        """Go back to the spool before, as a machine from a backup does."""
        self.chains.reverse()

    @precondition(lambda self: self.steps > TROUBLE_STEPS and self.ready())
    @rule(place=PLACE, name=NAMES, fate=st.sampled_from(["lost", "late", "damaged"]))
    def mishap(self, place: int, name: str, fate: str) -> None:
        """Tell a change that is lost, comes late or is damaged on the disk."""
        if fate == "late" and self.chain.doubt:
            fate = "lost"  # sealed to a foreign key, it would be counted with the block
        part = self.chain.delta([(Op.CHANGE, self.held(place), self.row(name))])
        self.say(part, fate=fate)

    @precondition(lambda self: self.steps > TROUBLE_STEPS and self.ready())
    @rule(name=NAMES)
    def careless(self, name: str) -> None:
        """Seal a change to another key than its state's."""
        chain = self.chain
        chain.key = 1 - chain.key
        self.add(name)
        chain.doubt = True

    @precondition(lambda self: self.late)
    @rule()
    def arrive(self) -> None:
        """Receive what is late."""
        for octets in self.late:
            self.site.put(octets)
        self.late.clear()
        self.shown = None  # it may be of another chain than what was told last
        self.overtook = True

    @precondition(lambda self: self.steps > 3 * TROUBLE_STEPS and not self.silent)
    @rule()
    def fork(self) -> None:
        """Tell two things under one number: the store takes no more of the device."""
        speaker = self.chain.speaker
        before = speaker.sequence, speaker.previous
        self.log()
        speaker.sequence, speaker.previous = before
        self.log()
        self.silent = True

    @invariant()
    def same(self) -> None:
        """Compare after every step."""
        self.compare()

    def compare(self, **narrowed: object) -> None:
        """Require that both readings are the same, and the device's state if sound."""
        device = (self.chain.speaker.device,)
        without, with_blocks = both(self.site, devices=device, **narrowed)
        assert shown(with_blocks) == shown(without)
        assert with_blocks.envelopes <= without.envelopes
        doubt = self.silent or any(chain.doubt for chain in self.chains)
        if self.shown is not None and not narrowed and not doubt:
            found = with_blocks.tables["services"].column("state").to_pylist()
            assert sorted(found) == sorted(
                str(row["state"]) for row in self.shown.rows.values()
            )

    def teardown(self) -> None:
        """Compare narrowed readings, with what stands behind the blocks and without."""
        for _ in range(2):
            self.compare(columns=OTHER)
            self.compare(datasets=("services",))
            self.compare(since=self.site.now + 120)
            fold(self.site)
            self.compare()


ALL = settings(max_examples=20, stateful_step_count=16, derandomize=True, deadline=None)


@pytest.mark.slow
def test_blocks_change_nothing_but_the_cost(site: Site) -> None:
    """Rows, their order and times, and all that is counted are the same."""
    run_state_machine_as_test(lambda: History(site), settings=ALL)
