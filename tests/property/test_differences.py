# SPDX-License-Identifier: Apache-2.0
"""What a device sends of its states folds to the last one, or is known not to.

Rules: the agent's own redaction, differences, sealing and spool; the reader's own
opening and folding; rows share keys, states are split, epochs and plans change and
spools are lost.
Not here: readers and the pass (`tests/unit/agent/test_pipeline.py`).
"""

import random
import tempfile
from collections import Counter
from collections.abc import Iterator
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass, field, replace
from pathlib import Path

import pytest
from device_fixture import enrolled
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from installation_fixture import install

from agent.catalogue import declared
from agent.collectors import collector
from agent.identity import Identity, load, trusted
from agent.plan import PlannedDataset
from agent.redaction.engine import BoundDataset, Redactor
from agent.rows import Row
from agent.sealing import Group, Sealer
from agent.snapshots import snapshot_table
from agent.spool.change import SpoolClass
from agent.spool.spool import Spool, open_spool
from server.reader.fold import Broken, Fold, Part
from wire.body import Mode, Op, OpenTable
from wire.crypto.opening import OpeningKey
from wire.keys import PurposeKey
from wire.purposes import Purpose
from wire.transforms.call import KEEP, Call
from wire.trust import Trusted
from wire.unsealing import unseal
from wire.values import Value

SOFTWARE = collector("software").dataset
PLANS = (("name", "version", "size"), ("name", "version"), ("version", "size"))
CUT = len(PLANS)
"""The plan of the first's columns and another transform that alters no value here."""
NOW = 1_800_000_000
TEXT_BYTES = 4_000
Raw = tuple[str, str | None, int | None]


@dataclass(frozen=True)
class World:
    """Keys that many devices share."""

    who: Identity
    trust: Trusted
    keys: tuple[tuple[PurposeKey, OpeningKey], ...]


@dataclass(frozen=True)
class Step:
    """One pass: what is there then, and what happened before it.

    Attributes:
        rows: name, version and size.
        large: how many rows of incompressible text there are besides.
        key: which epoch's key.
        plan: which columns.
        lost: the spool was set aside.
        resync: the state was forgotten.
        partial: the reader stopped at a bound.
    """

    rows: tuple[Raw, ...]
    large: int = 0
    key: int = 0
    plan: int = 0
    lost: bool = False
    resync: bool = False
    partial: bool = False


@pytest.fixture(scope="module")
def world(tmp_path_factory: pytest.TempPathFactory) -> World:
    """Return a device's identity and the keys of three epochs."""
    installation = install(tmp_path_factory.mktemp("collector"))
    state = enrolled(tmp_path_factory.mktemp("device") / "state", installation)
    who = load(state)
    first = installation.key(Purpose.SECURITY)
    keys = []
    for number in range(3):
        opening = OpeningKey.generate()
        key = replace(first, epoch=first.epoch + number, public=opening.public)
        keys.append((key, opening))
    issued = installation.root.issued + 5
    return World(who, trusted(state, who, issued), tuple(keys))


@dataclass
class Machine:
    """A device and all that has left it; `state` is what the collector is to hold."""

    world: World
    spools: ExitStack
    folder: Path
    spool: Spool
    time: int = NOW
    sent: list[tuple[bytes, OpeningKey]] = field(default_factory=list)
    state: Counter[tuple[Value, ...]] = field(default_factory=Counter)

    def step(self, step: Step) -> list[OpenTable]:
        """Make a pass; return the tables that left."""
        self.time += 900
        if step.lost:
            path = self.folder / f"spool-{self.time}"
            self.spool = self.spools.enter_context(_opened(path))
        key, opening = self.world.keys[step.key]
        item = planned(step.plan)
        if step.resync:
            with self.spool.transaction() as change:
                change.forget_snapshot(item.purpose.value, SOFTWARE.name)
        records = Redactor(None, None).redact(
            BoundDataset(SOFTWARE, item.purpose, item.calls), raw(step)
        )
        before = self.spool.facts().sequence
        found = snapshot_table(
            self.spool, key.id, item, records.records, partial=step.partial
        )
        if found is None:
            return []
        table, snapshot = found
        group = Group(
            item.purpose, key.retention, key, SpoolClass.SNAPSHOT, tables=[table]
        )
        group.snapshots.append((SOFTWARE.name, snapshot))
        with self.spool.transaction() as change:
            Sealer(self.world.who, self.world.trust, self.time).put(change, group)
        waiting = self.spool.waiting(10_000, 2**40)
        new = [item.octets for item in waiting if item.sequence > before]
        self.sent += [(octets, opening) for octets in new]
        self.state = Counter(
            tuple(record.value(column.name) for column in SOFTWARE.columns)
            for record in records.records
        )
        return [
            unseal(octets, opening, self.world.who.signing.public)[1].tables[0]
            for octets in new
        ]

    def fold(self, leave: int = -1) -> tuple[Counter[tuple[Value, ...]], set[Broken]]:
        """Return the rows that the collector shows and what it knows to be broken."""
        every = frozenset(column.name for column in SOFTWARE.columns)
        fold = Fold(declared(), {SOFTWARE.name: every})
        for at, (octets, opening) in enumerate(self.sent):
            if at == leave:
                continue
            header, body = unseal(octets, opening, self.world.who.signing.public)
            (table,) = body.tables
            fold.add(
                Part(
                    header.device,
                    "",
                    header.incarnation,
                    header.key_id,
                    header.created,
                    table,
                )
            )
        shown = fold.tables()["software"].to_pylist()
        return (
            Counter(tuple(row[c.name] for c in SOFTWARE.columns) for row in shown),
            fold.broken,
        )


@contextmanager
def _opened(path: Path) -> Iterator[Spool]:
    spool = open_spool(path, NOW)
    try:
        yield spool
    finally:
        spool.close()


@contextmanager
def machine(world: World) -> Iterator[Machine]:
    """Return a device with an empty spool."""
    with tempfile.TemporaryDirectory() as folder, ExitStack() as spools:
        path = Path(folder)
        spool = spools.enter_context(_opened(path / "spool"))
        yield Machine(world, spools, path, spool)


def planned(number: int) -> PlannedDataset:
    """Return a plan of some columns."""
    names = PLANS[number % CUT]
    columns = tuple(column for column in SOFTWARE.columns if column.name in names)
    calls = {column.name: KEEP for column in columns}
    if number == CUT:
        calls["version"] = Call("truncate", (64,))
    return PlannedDataset(
        SOFTWARE, Purpose.SECURITY, "inventory", 86_400, 900, calls, columns
    )


def raw(step: Step) -> list[Row]:
    """Return the rows that a reader would."""
    dice = random.Random(7)  # noqa: S311 - text that does not compress
    large = [
        Row({"name": dice.randbytes(TEXT_BYTES // 2).hex(), "version": "1"})
        for _ in range(step.large)
    ]
    return large + [
        Row({"name": name, "version": version, "size": size})
        for name, version, size in step.rows
    ]


RAW = st.tuples(
    st.sampled_from("abc"),
    st.sampled_from(["1", "2", None]),
    st.sampled_from([1, 2, None]),
)
STEP = st.builds(
    Step,
    rows=st.lists(RAW, max_size=9).map(tuple),
    large=st.sampled_from([0] * 12 + [700]),
    key=st.sampled_from([0, 0, 0, 0, 1, 2]),
    plan=st.sampled_from([0, 0, 0, 0, 1, 2, CUT]),
    lost=st.sampled_from([False] * 9 + [True]),
    resync=st.sampled_from([False] * 9 + [True]),
    partial=st.sampled_from([False] * 9 + [True]),
)


@st.composite
def stories(draw: st.DrawFn) -> list[Step]:
    """Draw passes; many of them differ from the one before in a few rows only."""
    steps = [draw(STEP)]
    for _ in range(draw(st.integers(1, 6))):
        last = steps[-1]
        if draw(st.integers(0, 3)) == 0:
            steps.append(draw(STEP))
            continue
        rows = [*draw(st.permutations(last.rows))]
        for _ in range(draw(st.integers(0, 2))):
            if rows and draw(st.booleans()):
                del rows[draw(st.integers(0, len(rows) - 1))]
            else:
                rows.append(draw(RAW))
        steps.append(
            replace(last, rows=tuple(rows), lost=False, resync=False, partial=False)
        )
    return steps


story = settings(
    max_examples=40,
    deadline=None,
    suppress_health_check=[HealthCheck.function_scoped_fixture, HealthCheck.too_slow],
)


@pytest.mark.slow
@story
@given(steps=stories())
def test_what_was_sent_folds_to_the_last_state(world: World, steps: list[Step]) -> None:
    """After each pass the collector holds exactly the rows that the machine had."""
    with machine(world) as device:
        for step in steps:
            device.step(step)
            assert device.fold() == (device.state, set())


@pytest.mark.slow
@story
@given(steps=stories(), place=st.integers(0, 30))
def test_an_envelope_that_is_lost_is_never_silent(
    world: World, steps: list[Step], place: int
) -> None:
    """Without one of the envelopes the rows are the last state, or known as broken."""
    with machine(world) as device:
        for step in steps:
            device.step(step)
        if len(device.sent) > 1:
            shown, broken = device.fold(leave=place % (len(device.sent) - 1))
            assert shown == device.state or broken


@pytest.mark.slow
@story
@given(steps=stories())
def test_what_is_the_same_is_not_sent(world: World, steps: list[Step]) -> None:
    """The same rows in another order are no news, whatever came before."""
    with machine(world) as device:
        for step in steps:
            device.step(step)
        again = replace(steps[-1], lost=False, resync=False, partial=False)
        device.step(again)
        again = replace(again, rows=again.rows[::-1])
        assert device.step(again) == []


def modes(tables: list[OpenTable]) -> list[Mode]:
    """Return what kind of tables they are."""
    return [table.mode for table in tables]


STOCK = tuple((name, version, 1) for name in "abcdefgh" for version in ("1", "2"))


@pytest.mark.parametrize(
    ("step", "expected"),
    [
        (Step(STOCK), []),
        (Step(STOCK[1:]), [Mode.DELTA]),
        (Step((*STOCK, ("z", "9", 1))), [Mode.DELTA]),
        (Step((("a", "1", 7), *STOCK[1:])), [Mode.DELTA]),
        (Step(STOCK[8:]), [Mode.FULL]),
        (Step(STOCK[6:]), [Mode.FULL]),
        (Step(STOCK[5:]), [Mode.DELTA]),
        (Step(()), [Mode.FULL]),
        (Step(STOCK, key=1), [Mode.FULL]),
        (Step(STOCK, plan=1), [Mode.FULL]),
        (Step(STOCK, plan=CUT), [Mode.FULL]),
        (Step(STOCK, lost=True), [Mode.FULL]),
        (Step(STOCK, resync=True), [Mode.FULL]),
        (Step(STOCK[1:], partial=True), []),
        (Step((), partial=True), []),
        (Step(STOCK[1:], resync=True, partial=True), [Mode.FULL]),
    ],
)
def test_what_leaves_for_what_happened(
    world: World, step: Step, expected: list[Mode]
) -> None:
    """Few changes leave alone; where no state can be built on, the whole leaves."""
    with machine(world) as device:
        assert modes(device.step(Step(STOCK))) == [Mode.FULL]
        assert modes(device.step(step)) == expected
        assert device.fold() == (device.state, set())


def test_changes_follow_changes(world: World) -> None:
    """A row keeps its number through all that happens to others; none is used twice."""
    grown, shrunk = ("a", "1", 7), STOCK[3:]
    steps: list[tuple[tuple[Raw, ...], tuple[Op, ...], tuple[int, ...]]] = [
        ((grown, *STOCK[1:]), (Op.CHANGE,), (0,)),
        ((grown, *shrunk), (Op.REMOVE, Op.REMOVE), (1, 2)),
        ((grown, *shrunk, ("a", "2", 1)), (Op.ADD,), (16,)),
        ((grown, *shrunk), (Op.REMOVE,), (16,)),
        ((grown, *shrunk, ("a", "2", 1), ("z", "1", 1)), (Op.ADD,) * 2, (17, 18)),
        ((*shrunk, ("a", "2", 9)), (Op.REMOVE, Op.CHANGE, Op.REMOVE), (0, 17, 18)),
        ((*shrunk, ("a", "2", 9), ("h", "2", 3)), (Op.ADD,), (19,)),
        ((*shrunk[:-1], ("a", "2", 9), ("h", "2", 3)), (Op.REMOVE,), (15,)),
    ]
    with machine(world) as device:
        device.step(Step(STOCK))
        for rows, ops, numbers in steps:
            (table,) = device.step(Step(rows))
            assert (table.ops, table.numbers) == (ops, numbers)
            assert device.fold() == (device.state, set())


def test_a_whole_reading_after_a_partial_one_adds_the_rest(world: World) -> None:
    """What a bound kept out of the first state comes as new rows."""
    with machine(world) as device:
        assert modes(device.step(Step(STOCK[:12], partial=True))) == [Mode.FULL]
        assert modes(device.step(Step(STOCK))) == [Mode.DELTA]
        assert device.fold() == (device.state, set())
        assert device.state.total() == len(STOCK)


@pytest.mark.slow
def test_a_change_of_a_split_state_names_the_right_rows(world: World) -> None:
    """Rows beyond the first envelope of a state keep their numbers; so do changes."""
    with machine(world) as device:
        first = modes(device.step(Step(STOCK, large=700)))
        assert first == [Mode.FULL] + [Mode.DELTA] * (len(first) - 1)
        assert len(first) > 1
        changed = device.step(Step((*STOCK[3:], ("z", "1", 1)), large=700))
        assert modes(changed) == [Mode.DELTA]
        assert len(device.step(Step(STOCK, large=1_400))) > 1
        assert device.fold() == (device.state, set())
