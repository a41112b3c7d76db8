# SPDX-License-Identifier: Apache-2.0
"""A reading with blocks is the reading without them, for any history.

Rules: real seals, store and keyring; between any two steps the fold job may run, an
envelope may be lost, come late or be damaged, a spool may be new and an epoch may end.
Not here: what single faults do (`tests/unit/server/test_folding.py`).
"""

import sqlite3
from collections.abc import Iterator
from dataclasses import dataclass, field, replace

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from reader_fixture import CATALOGUE, Site, Speaker, make_site, table, with_state

from server import configuration
from server.ledger import SqliteLedger
from server.reader.folding import FoldJob
from server.reader.opening import Opened, Selection, open_selection
from server.reader.standing import policy_in_force
from server.statements import Statements
from wire import envelope
from wire.body import Mode, Op, Table
from wire.envelope import Gap
from wire.keys import PurposeKey
from wire.purposes import Purpose
from wire.values import Value

COLUMNS = {
    "event_logs": frozenset({"message"}),
    "services": frozenset({"name", "state"}),
}
OTHER = {"processes": frozenset({"process.pid"})}
Row = dict[str, Value]


@pytest.fixture(scope="module")
def site(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Site]:
    """Install one collector; each history has devices of its own."""
    made = make_site(tmp_path_factory.mktemp("site") / "collector")
    yield made
    made.store.close()
    made.keyring.close()


@dataclass
class Story:
    """One device's history; it says what a sound device says unless it is told not."""

    site: Site
    keys: list[PurposeKey]
    speaker: Speaker = field(init=False)
    rows: dict[int, Row] = field(default_factory=dict)
    following: int = 0
    key: int = 0
    fresh: bool = True
    late: list[bytes] = field(default_factory=list)
    time: int = 0

    def __post_init__(self) -> None:
        """Enrol."""
        self.speaker = self.site.enrol("Desk")

    def full(self, names: list[str]) -> Table:
        """Return a whole state."""
        self.rows = {at: _row(name, "up") for at, name in enumerate(names)}
        self.following = len(names)
        return self._stated(table("services", [*self.rows.values()], mode=Mode.FULL))

    def _stated(self, part: Table) -> Table:
        dataset = CATALOGUE.datasets["services"]
        columns = tuple(c for c in dataset.columns if c.name in COLUMNS["services"])
        part = replace(part, columns=columns)
        return with_state(part, [*self.rows.values()])

    def change(self, name: str, what: Op, place: int) -> Table | None:
        """Return a delta of one row; None where there is no row to change."""
        held = sorted(self.rows)
        number = self.following
        if what is not Op.ADD:
            if not held:
                return None
            number = held[place % len(held)]
        self.following += what is Op.ADD
        row = {} if what is Op.REMOVE else _row(name, "down")
        if what is Op.REMOVE:
            del self.rows[number]
        else:
            self.rows[number] = row
        changes = [(what, number)]
        part = table("services", [row], mode=Mode.DELTA, changes=changes)
        return self._stated(part)

    def say(self, tables: list[Table], key: int, fate: str) -> None:
        """Seal tables; what becomes of the envelope is its fate."""
        self.time += 60
        octets = self.speaker.seal(self.keys[key], tables, self.site.now + self.time)
        if fate == "late":
            self.late.append(octets)
        elif fate != "lost":
            self.site.put(octets)
        if fate == "damaged":
            self.damage(octets)

    def damage(self, octets: bytes) -> None:
        """Flip a bit on the disk."""
        _, header = envelope.read(octets)
        wrong = octets[:-1] + bytes([octets[-1] ^ 1])
        with sqlite3.connect(self.site.layout.store) as database:
            database.execute(
                "UPDATE envelopes SET octets = ? WHERE device = ? AND incarnation = ?"
                " AND sequence = ?",
                (wrong, header.device, header.incarnation, header.sequence),
            )
        database.close()


def _row(name: str, state: str) -> Row:
    return {"name": name, "state": state}


def fold(site: Site, minimum: int = 1) -> int:
    """Run the fold job once."""
    ledger = SqliteLedger(site.layout.ledger)
    statements = Statements(site.layout.authority / "statements.sqlite")
    try:
        policy = policy_in_force(statements, site.tenant, site.now).policy
        job = FoldJob(site.store, site.keyring, ledger, CATALOGUE)
        here = configuration.read(site.layout)
        return job.batch(here, policy, site.now, minimum).blocks
    finally:
        statements.close()
        ledger.close()


def both(site: Site, **narrowed: object) -> tuple[Opened, Opened]:
    """Return a reading without blocks and one with them."""
    selection = replace(
        Selection(site.tenant, Purpose.SUPPORT, COLUMNS),
        **narrowed,  # type: ignore[arg-type]  # the test's own names
    )
    signer = site.keyring.fold_job_key().public
    without = open_selection(site.store, site.keyring, CATALOGUE, selection)
    return without, open_selection(
        site.store, site.keyring, CATALOGUE, selection, signer=signer
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


NAMES = st.sampled_from("abcd")
FATE = st.sampled_from(["kept"] * 16 + ["lost", "late", "damaged"])
STEP = st.one_of(
    st.tuples(st.just("full"), st.lists(NAMES, max_size=4), FATE),
    *[st.tuples(st.sampled_from([*Op]), st.tuples(NAMES, st.integers(0, 9)), FATE)] * 5,
    *[st.tuples(st.just("fold"))] * 3,
    st.tuples(st.just("log"), NAMES, FATE),
    st.tuples(st.just("both"), NAMES, FATE),
    st.tuples(st.sampled_from(["fold", "fold", "gap", "arrive", "spool", "key"])),
)


def _tell(story: Story, step: tuple[object, ...]) -> None:
    """Let one step happen."""
    what, *rest = step
    if what == "fold":
        fold(story.site)
    elif what == "gap":
        gap = Gap(3, story.site.now, story.site.now + 1, "spool-full")
        story.site.put(story.speaker.gap(Purpose.SUPPORT, gap, story.site.now))
    elif what == "arrive":
        for octets in story.late:
            story.site.put(octets)
        story.late.clear()
    elif what == "spool":
        speaker = story.speaker
        fresh = Speaker(speaker.tenant, "Desk", speaker.key, speaker.opening)
        story.speaker, story.fresh = fresh, True
    elif what == "key":
        story.key, story.fresh = 1 - story.key, True
    else:
        _speak(story, what, rest[0], str(rest[1]))


def _speak(story: Story, what: object, content: object, fate: str) -> None:
    """Seal what a step says; under a new key or spool the whole comes first."""
    tables: list[Table | None] = []
    if what in {"log", "both"}:
        tables.append(table("event_logs", [{"message": str(content)}]))
    if what != "log":
        if story.fresh or what == "full":
            names = content if isinstance(content, list) else list("abc")
            story.fresh = False
            tables.append(story.full(names))
        elif isinstance(what, Op) and isinstance(content, tuple):
            tables.append(story.change(content[0], what, content[1]))
        else:
            tables.append(story.change(str(content), Op.ADD, 0))
    made = [part for part in tables if part is not None]
    if made:
        story.say(made, story.key, fate)


def _keys(site: Site) -> list[PurposeKey]:
    """Return two keys of one purpose: this epoch's and the next one's."""
    mine = [
        key
        for key in site.keyring.public_keys(site.tenant)
        if key.purpose is Purpose.SUPPORT and key.end > site.now
    ]
    first = site.key()
    return [first, next(k for k in mine if k.id != first.id)]


@pytest.mark.slow
@settings(
    max_examples=40,
    deadline=None,
    suppress_health_check=[HealthCheck.function_scoped_fixture, HealthCheck.too_slow],
)
@given(steps=st.lists(STEP, min_size=3, max_size=24))
def test_blocks_change_nothing_but_the_cost(
    site: Site, steps: list[tuple[object, ...]]
) -> None:
    """Rows, their order and times, and all that is counted are the same."""
    story = Story(site, _keys(site))
    for step in steps:
        _tell(story, step)
    _compare(story)  # with changes behind the blocks
    fold(site)
    _compare(story)


def _compare(story: Story) -> None:
    """Require that readings of all sorts are the same."""
    site = story.site
    device = (story.speaker.device,)
    for narrowed in (
        {},
        {"columns": OTHER},
        {"datasets": ("services",)},
        {"since": site.now + 120},
    ):
        without, with_blocks = both(site, devices=device, **narrowed)
        assert shown(with_blocks) == shown(without)
        assert with_blocks.envelopes <= without.envelopes
