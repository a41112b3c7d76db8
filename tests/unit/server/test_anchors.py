# SPDX-License-Identifier: Apache-2.0
"""Promises of anchors: signed, kept twice, and checked without the ledger's keys.

Rules: real files; whoever tampers has the signing key too.
Not here: what an anchor shows of a ledger (`test_ledger_tree.py`).
"""

import json
import shutil
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

import pytest
from keeper_fixture import Machine
from reader_fixture import Site, make_site

from server import anchors
from server.__main__ import main
from server.errors import StateError, TrustError, UsageError
from server.keeper.process import opened
from server.keeper.rounds import anchors as anchoring
from server.keeper.rounds import ledger_bodies
from server.ledger import SqliteLedger
from wire.crypto.signing import SigningKey
from wire.papers import note, tree

NOW = 1_800_000_000
HOUR, DAY = 3_600, 86_400
TENANT = bytes(16)
ORIGIN = "discreet-ledger/00000000000000000000000000000000"
KEY = SigningKey(bytes(range(32)))


@dataclass
class Place:
    """A ledger and two directories of anchors."""

    ledger: SqliteLedger
    own: Path
    outside: Path

    def act(self, now: int) -> None:
        """Do something that is written down."""
        self.ledger.add("store-lost", {"holes": 1}, now)

    def anchor(self, now: int) -> Path:
        """Write an anchor."""
        return anchors.anchor(self.ledger, KEY, TENANT, self.own, now).path


@pytest.fixture
def place(tmp_path: Path) -> Iterator[Place]:
    """Return a ledger with one entry."""
    (tmp_path / "outside").mkdir()
    ledger = SqliteLedger.create(tmp_path / "ledger.sqlite")
    made = Place(ledger, tmp_path / "anchors", tmp_path / "outside")
    made.act(NOW)
    yield made
    ledger.close()


def test_an_anchor_stands_for_its_own_entry_too(place: Place) -> None:
    """An anchor is readable text, in a file that says how much it stands for."""
    path = place.anchor(NOW)
    assert path.name == "000000000002-20270115T080000Z.note"
    (found,) = anchors.read(place.own, ORIGIN, [KEY.public])
    assert (found.size, found.root) == (2, place.ledger.tree().root())
    assert [entry.act for entry in place.ledger.entries()] == ["store-lost", "anchored"]
    assert anchors.signers(place.ledger) == {KEY.public}
    assert place.ledger.verify([found]) == 2


def test_when_one_is_due(place: Place) -> None:
    """An hour after an act or a day after none; and when the clock was set back."""
    assert anchors.is_due(place.ledger, place.own, NOW)
    place.anchor(NOW)
    assert not anchors.is_due(place.ledger, place.own, NOW + DAY - 1)
    assert anchors.is_due(place.ledger, place.own, NOW + DAY)
    assert anchors.is_due(place.ledger, place.own, NOW - 1)
    place.act(NOW + 1)
    assert not anchors.is_due(place.ledger, place.own, NOW + HOUR - 1)
    assert anchors.is_due(place.ledger, place.own, NOW + HOUR)


def test_no_anchor_for_another_ledger(place: Place) -> None:
    """What does not go on from the last anchor gets no anchor that would hide it."""
    place.anchor(NOW)
    path = place.own.parent / "other.sqlite"
    other = SqliteLedger.create(path)
    with pytest.raises(TrustError, match="the ledger was cut: it ends at entry 0"):
        anchors.anchor(other, KEY, TENANT, place.own, NOW + HOUR)
    for _ in range(3):
        other.add("store-lost", {}, NOW)
    with pytest.raises(TrustError, match="rewritten between its entries 1 and 2"):
        anchors.anchor(other, KEY, TENANT, place.own, NOW + HOUR)
    assert len(anchors.kept(place.own)) == 1
    other.close()


def test_handed_out_until_it_is_there(place: Place) -> None:
    """What a place outside lacks is copied, whenever it is there again."""
    place.anchor(NOW)
    with pytest.raises(StateError, match="cannot be read: mount it"):
        anchors.hand_out(place.own, place.outside / "absent")
    place.anchor(NOW + DAY)
    assert anchors.hand_out(place.own, place.outside) == 2
    assert anchors.hand_out(place.own, place.outside) == 0
    own = anchors.read(place.own, ORIGIN, [KEY.public])
    assert anchors.read(place.outside, ORIGIN, [KEY.public]) == own


def test_anchors_that_do_not_hold(place: Place) -> None:
    """Another key, another name, damage and nothing at all are one sentence each."""
    path = place.anchor(NOW)
    with pytest.raises(TrustError, match="not signed by a key of this ledger"):
        anchors.read(place.own, ORIGIN, [SigningKey(bytes(32)).public])
    renamed = path.rename(path.with_name(path.name.replace("2", "3", 1)))
    with pytest.raises(TrustError, match="it was renamed"):
        anchors.read(place.own, ORIGIN, [KEY.public])
    renamed.write_bytes(b"\xff")
    with pytest.raises(TrustError, match="does not hold: it is no text"):
        anchors.read(place.own, ORIGIN, [KEY.public])
    renamed.unlink()
    with pytest.raises(UsageError, match="has no anchor"):
        anchors.read(place.own, ORIGIN, [KEY.public])
    with pytest.raises(UsageError, match="no directory of anchors"):
        anchors.kept(place.own / "absent")


def test_two_ledgers_under_one_key(place: Place) -> None:
    """Anchors of one size with two roots show a fork, whoever signed them."""
    place.anchor(NOW)
    other = note.sign(ORIGIN, 2, tree.root_of([b"a", b"b"]), KEY)
    (place.own / "000000000002-20270115T090000Z.note").write_text(other)
    with pytest.raises(TrustError, match="say different things of 2 entries"):
        anchors.read(place.own, ORIGIN, [KEY.public])


@pytest.fixture(scope="module")
def site(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Site]:
    """Install a collector whose anchors go elsewhere."""
    there = tmp_path_factory.mktemp("anchors")
    made = make_site(there / "collector")
    (there / "outside").mkdir()
    with made.layout.configuration.open("a") as file:
        file.write(f'[anchors]\ndirectory = "{there / "outside"}"\n')
    yield made
    made.store.close()
    made.keyring.close()


def outside(site: Site) -> Path:
    """Return where anchors are handed out."""
    return site.layout.directory.parent / "outside"


@pytest.mark.slow
def test_the_keeper_anchors(site: Site) -> None:
    """The keeper anchors what was done within an hour, here and outside."""
    with opened(site.layout, Machine(site.now).sources) as desk:
        anchoring.turn(desk, site.now)
        anchoring.turn(desk, site.now + HOUR)
        desk.ledger.add("store-lost", {}, site.now)
        anchoring.turn(desk, site.now + HOUR)
        public = desk.keyring.keeper_key().public
        origin = anchors.origin_of(site.tenant)
        found = anchors.read(outside(site), origin, [public])
        assert len(found) == 2
        assert desk.ledger.verify(found) == found[1].size


@pytest.mark.slow
def test_without_a_place_outside(site: Site) -> None:
    """Where anchors stay on this machine they are made, and the keeper says so."""
    settings = site.layout.configuration.read_text()
    site.layout.configuration.write_text(settings.partition("[anchors]")[0])
    with opened(site.layout, Machine(site.now).sources) as desk:
        with pytest.raises(StateError, match="whose owner could rewrite both"):
            anchoring.turn(desk, site.now + 3 * DAY)
        last = anchors.kept(anchors.place(site.layout))[-1]
        assert last.size == desk.ledger.head().index
    site.layout.configuration.write_text(settings)


@pytest.mark.slow
def test_the_keeper_ends_bodies(site: Site) -> None:
    """Bodies end by the time to delete by: a clock set ahead ends none."""
    machine = Machine(site.now)
    with opened(site.layout, machine.sources) as desk:
        desk.ledger.add("denied", {"user": "amelie"}, site.now)
        number = desk.ledger.head().index
        machine.system += 4_000 * DAY
        ledger_bodies.turn(desk, machine.system)
        assert desk.ledger.head().index == number
        machine.passes(400 * DAY)
        desk.clock.believe(machine.system)
        ledger_bodies.turn(desk, machine.system)
        bodies = [one.body for one in desk.ledger.entries() if one.index == number]
        assert bodies == [None]


@pytest.mark.slow
def test_commands(site: Site, capsys: pytest.CaptureFixture[str]) -> None:
    """A person anchors, lists, and verifies with and without the collector."""
    command = ["--directory", str(site.layout.directory)]
    given = str(outside(site))
    assert main([*command, "anchor", "now"]) == 0
    assert f"were handed out to {given}" in capsys.readouterr().out
    assert main([*command, "anchor", "verify", given, "--json"]) == 0
    told = json.loads(capsys.readouterr().out)
    assert told["origin"] == f"discreet-ledger/{site.tenant.hex()}"
    assert main([*command, "anchor", "list", given, "--json"]) == 0
    listed = [json.loads(line) for line in capsys.readouterr().out.splitlines()]
    assert listed[-1]["entries"] == told["entries"]
    elsewhere = ["--directory", "/nonexistent", "anchor", "verify", given]
    assert main([*elsewhere, "--key", told["key"]]) == 0
    assert main([*elsewhere, "--key", "00" * 32]) == 4
    assert main([*elsewhere, "--key", "00"]) == 2
    assert main([*command, "ledger", "verify", "--anchors", given, "--json"]) == 0
    capsys.readouterr()
    assert main([*command, "ledger", "verify"]) == 0
    assert f"Anchors hold through entry {told['entries']}." in capsys.readouterr().out


@pytest.mark.slow
def test_a_restored_ledger_is_told(
    site: Site, capsys: pytest.CaptureFixture[str]
) -> None:
    """A ledger that is older than its anchors does not verify, and says by how much."""
    command = ["--directory", str(site.layout.directory)]
    assert main([*command, "anchor", "now"]) == 0
    before = site.layout.ledger.read_bytes()
    assert main([*command, "anchor", "now"]) == 0
    site.layout.ledger.write_bytes(before)
    shutil.rmtree(anchors.place(site.layout))
    given = ["ledger", "verify", "--anchors", str(outside(site))]
    assert main([*command, *given]) == 4
    assert "the ledger was cut: it ends at entry" in capsys.readouterr().err
