# SPDX-License-Identifier: Apache-2.0
"""An export has what laws and holds keep of a person, or tells what it lacks and why.

Rules: a planted fleet whose keys end; what is to be in the export is told by what was
planted and by nothing of the product; archives are opened by bsdtar.
Not here: what lives (`test_rights_export.py`), keeping (`test_holding.py`,
`test_laws.py`).
"""

import csv
import datetime as dt
import io
import json
import random
import re
import shutil
from collections import Counter
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, field
from pathlib import Path

import pytest
from keeper_fixture import Machine
from people_fixture import said
from reader_fixture import make_site
from rights_room import PERSONS, PLACES, RightsRoom, Row, unpacked

from server.authority import open_authority
from server.errors import DeniedError, StateError
from server.keeper import casework, ending
from server.keeper.desk import Desk
from server.keeper.process import opened
from server.keeper.rights import exporting
from server.keyring import KeyKind
from tests.vectors import world
from wire.papers.decision import Act, Role
from wire.papers.law import LawPack, LawRule
from wire.papers.matter import Matter, MatterKind, Term
from wire.papers.scope import DatasetScope, Scope
from wire.policy import Criterion
from wire.purposes import Purpose

pytestmark = [
    pytest.mark.slow,
    pytest.mark.skipif(not shutil.which("bsdtar"), reason="needs libarchive-tools"),
]
DAY = 86_400
GROUND = "Article 23(1)(d)"


@dataclass
class Keeping:
    """A room, and who keeps which columns of which purpose beyond its time."""

    room: RightsRoom
    desk: Desk
    kept: list[tuple[str, Purpose, Sequence[str]]] = field(default_factory=list)
    ended: set[Purpose] = field(default_factory=set)

    def law(self, purpose: Purpose, columns: Sequence[str]) -> None:
        """Publish a law that keeps some columns."""
        dataset = PLACES[purpose][0]
        rule = LawRule(
            *(
                "claims",
                "Example Act, section 2",
                "Example",
                Criterion.LEGAL_OBLIGATION,
            ),
            *((purpose,), dataset, tuple(sorted(columns)), 1_000),
        )
        with open_authority(self.room.site.layout) as authority:
            pack = LawPack("XX", (rule,))
            authority.publish_law(pack, self.room.machine.system, "amelie")
        self.kept.append(("law XX/claims", purpose, columns))

    def hold(self, purpose: Purpose, columns: Sequence[str], *more: Term) -> str:
        """Place a hold on some columns; returns how an export names it."""
        now, self.room.number = self.room.machine.system, self.room.number + 1
        matter = Matter(
            self.room.site.tenant,
            world.octets(f"hold {self.room.number}", 16),
            MatterKind.HOLD,
            world.octets("salt", 16),
            Scope(
                *((purpose,), (), (DatasetScope(PLACES[purpose][0], tuple(columns)),)),
                *(now - 10 * DAY, now),
            ),
            (Term("authority", "A court"), Term("review", self._review()), *more),
        )
        self.room.ask(self.desk, matter)
        octets = said(matter, "cy", Act.APPROVE, Role.COUNSEL, now)
        casework.decide(self.desk, matter.case, octets, now)
        name = f"hold {matter.case.hex()}"
        if not more:
            self.kept.append((name, purpose, columns))
        return name

    def _review(self) -> str:
        day = self.room.machine.system // DAY + 100
        return (dt.date(1970, 1, 1) + dt.timedelta(day)).isoformat()

    def end(self, purpose: Purpose) -> None:
        """Let all keys of a purpose die, a minute on; what is kept is left."""
        self.desk.clock.now()
        self.room.machine.passes(60)
        every = self.desk.keyring.live(self.desk.tenant)
        keys = [one.key_id for one in every if one.purpose is purpose]
        ending.begin(self.desk, keys, "contract")
        ending.go_on(self.desk)
        self.ended.add(purpose)

    def owed(self, person: str) -> Counter[tuple[str, str, tuple[str, ...]]]:
        """Return what was planted of a person and can be told to be theirs."""
        found: Counter[tuple[str, str, tuple[str, ...]]] = Counter()
        for purpose, dataset, row in self.room.planted.get(person, ()):
            if Purpose(purpose) not in self.ended:
                found["", dataset, told(row)] += 1
                continue
            for name, of, columns in self.kept:
                left = {key: row[key] for key in columns if key in row}
                if of.value == purpose and person in named(left, PLACES[of][2]):
                    found[name, dataset, told(left)] += 1
        return found


def told(row: Row) -> tuple[str, ...]:
    """Return a row's cells, in one order."""
    return tuple(f"{name}={value}" for name, value in sorted(row.items()))


def named(row: Row, column: str) -> str:
    """Return whom a column names as such, and by no stand-in; empty for nobody."""
    name = str(row.get(column, "")).lower()
    bare = name.removeprefix("acme\\").removesuffix("@acme.example")
    return "" if "user_" in bare or "account_" in bare else bare


def given(members: dict[str, str]) -> Counter[tuple[str, str, tuple[str, ...]]]:
    """Return what an archive has: for whom it is kept, dataset and cells."""
    found: Counter[tuple[str, str, tuple[str, ...]]] = Counter()
    own = {"purpose", "kept_for", "device", "device_label", "observed", "change"}
    for name, text in members.items():
        if name.endswith(".csv"):
            for row in csv.DictReader(io.StringIO(text, newline="")):
                cells = {
                    key: cell.removeprefix("'")
                    for key, cell in row.items()
                    if cell and key not in own
                }
                place = row["kept_for"], name.removesuffix(".csv")
                found[*place, told(dict(cells))] += 1
    return found


@contextmanager
def keeping(folder: Path, seed: int = 0) -> Iterator[Keeping]:
    """Install a collector with a planted fleet, and open its keeper's desk."""
    site = make_site(folder / "collector")
    room = RightsRoom(site, Machine(site.now))
    room.plant(seed)
    with opened(site.layout, room.machine.sources) as desk:
        yield Keeping(room, desk)
    site.store.close()
    site.keyring.close()


def export(made: Keeping, person: str, folder: Path) -> dict[str, str]:
    """Return the members of a person's archive."""
    matter = made.room.granted(made.desk, MatterKind.EXPORT, "user", person)
    password = exporting.password_of(made.desk, matter.case)
    assert password is not None
    return unpacked(exporting.path_of(made.desk, matter.case), password, folder)


@pytest.mark.parametrize("seed", range(3))
def test_an_export_has_what_is_kept_and_no_more(tmp_path: Path, seed: int) -> None:
    """Whatever laws and holds keep, it is all of the person's that can be told so."""
    draw = random.Random(seed)  # noqa: S311 - a test's own
    with keeping(tmp_path, seed) as made:
        for keep in (made.law, made.hold, made.hold):
            purpose = draw.choice([*PLACES])
            columns = PLACES[purpose][1:]
            keep(purpose, draw.choice([columns, columns[:1], columns[1:]]))
        for purpose in draw.sample([*PLACES], draw.randrange(1, 3)):
            made.end(purpose)
        for person in PERSONS:
            members = export(made, person, tmp_path / person)
            owed = made.owed(person)
            assert given(members) == owed
            graph = json.loads(members["subject.jsonld"])
            assert graph["rows"] == len(graph["hasPersonalData"]) == owed.total()
            kept = sum(count for (name, _, _), count in owed.items() if name)
            assert told_here(members["about.txt"]) == kept


def told_here(about: str) -> int:
    """Return how many rows `about.txt` says are kept for somebody, and here."""
    return sum(map(int, re.findall(r": (\d+) rows, which are here", about)))


def test_what_a_hold_forbids_is_named_and_counted(tmp_path: Path) -> None:
    """Not one row of it leaves: the export has its number, its ground and how many."""
    with keeping(tmp_path) as made:
        columns = PLACES[Purpose.SECURITY][1:]
        name = made.hold(Purpose.SECURITY, columns, Term("withhold", GROUND))
        hidden = sum(
            named(row, columns[1]) == "ann"
            for purpose, _, row in made.room.planted["ann"]
            if purpose == Purpose.SECURITY.value
        )
        made.end(Purpose.SECURITY)
        matter = made.room.matter(MatterKind.EXPORT, "user", "ann")
        counts = made.room.ask(made.desk, matter)
        members = export(made, "ann", tmp_path / "opened")
        assert given(members) == made.owed("ann")
    assert hidden > 0
    assert (counts["kept"], counts["withheld"]) == (0, hidden)
    line = f"- kept for {name}: {hidden} rows, which are not here: {GROUND}"
    assert line in members["about.txt"].splitlines()
    graph = json.loads(members["subject.jsonld"])
    withheld = {"kept_for": name, "ground": GROUND, "rows": hidden}
    assert graph["withheld"] == [withheld]
    assert {"kept_for", "ground", "withheld"} <= graph["@context"].keys()


def test_what_nobody_can_tell_is_counted(tmp_path: Path) -> None:
    """Rows with stand-ins of a dead period are nobody's any more, and it says so."""
    with keeping(tmp_path) as made:
        made.law(Purpose.SUPPORT, PLACES[Purpose.SUPPORT][1:])
        made.end(Purpose.SUPPORT)
        tenant, store = made.desk.tenant, made.desk.store
        names = made.desk.keyring.cases.names(tenant, KeyKind.LAW).values()
        holders = {one[:16] for one in names}
        rows = sum(
            one.records for holder in holders for one in store.extracts(tenant, holder)
        )
        members = export(made, "ann", tmp_path / "opened")
    assert rows > 0
    assert f"- {rows} rows that a law or a hold keeps: " in members["about.txt"]


def test_whom_only_a_law_knows_is_found(tmp_path: Path) -> None:
    """A person of whom nothing lives gets what is kept; nobody else gets anything."""
    with keeping(tmp_path) as made:
        made.law(Purpose.SECURITY, PLACES[Purpose.SECURITY][1:])
        for purpose in (*PLACES, Purpose.ADMINISTRATION):
            made.end(purpose)
        members = export(made, "ann", tmp_path / "opened")
        assert given(members) == made.owed("ann")
        assert {name for name, _, _ in given(members)} == {"law XX/claims"}
        with pytest.raises(DeniedError, match="nobody is found by that"):
            made.room.ask(made.desk, made.room.matter(MatterKind.EXPORT, "user", "zoe"))


def test_nobody_is_answered_before_the_keeper_has_looked(tmp_path: Path) -> None:
    """What is kept is read no sooner after a start than what lives."""
    with keeping(tmp_path) as made:
        made.desk.keyring.set_renewing(on=True)
        with pytest.raises(StateError, match="nothing is read until"):
            made.room.ask(made.desk, made.room.matter(MatterKind.EXPORT, "user", "ann"))
