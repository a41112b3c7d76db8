# SPDX-License-Identifier: Apache-2.0
"""A disclosure gives what its scope names and no more, to whom it is for.

Rules: the keeper's own desk; what is in a scope is said by a reference that knows only
the rows that were planted; archives are opened by another program.
Not here: asking for one (`test_disclosing_asked.py`), what people type
(`test_commands_disclose.py`).
"""

import csv
import hashlib
import json
import random
import shutil
from dataclasses import replace
from pathlib import Path
from typing import TYPE_CHECKING

import pytest
from disclosing_desk import planted_desk, planted_room  # noqa: F401 - fixtures
from disclosing_room import COLUMNS, DAY, Case, Cell, of_ann, question
from holding_room import ANN
from reader_fixture import table
from release_room import register
from rights_room import unpacked

from server.authority import open_authority
from server.errors import DeniedError, UsageError
from server.keeper import casework
from server.keeper.acts import answer
from server.keeper.desk import Desk
from server.keeper.disclosing.records import Found, pieces
from server.keeper.rights import about, exporting
from server.keeper.sharing import fetching, writing
from server.register.cases import State
from tests.vectors import release_world
from wire import trust
from wire.body import values_of
from wire.papers.fetch import RELEASE_KEY, Fetch, sign_fetch
from wire.papers.matter import MATTER, Matter, matter_digest
from wire.papers.recipient import Recipient, RecipientRole
from wire.papers.release import (
    Archive,
    head_digest,
    open_data_key,
    open_part,
    verify_release,
)
from wire.papers.scope import Comparison, DatasetScope, Rule, Scope
from wire.purposes import Purpose

if TYPE_CHECKING:
    from wire.values import Value

pytestmark = pytest.mark.slow


def cells(desk: Desk, matter: Matter) -> list[Cell]:
    """Return the cells of a disclosure."""
    assert matter.scope is not None
    found = []
    for piece in pieces(desk, matter, matter.scope, Found()):
        for column in piece.chosen.table.columns:
            if column.name in piece.chosen.columns:
                values = values_of(column, piece.chosen.table.rows)
                found += [
                    (piece.purpose, piece.device, column.name, values[row])
                    for row in piece.chosen.rows
                ]
    return sorted(found)  # type: ignore[type-var]  # all cells are texts


def drawn(room: Case, draw: random.Random) -> Scope:
    """Return a scope that may hold anything of what was planted."""
    devices = [speaker.device for speaker in room.speakers]
    users = tuple(draw.sample(("ann", "bo", "cy", "dee"), draw.randrange(1, 4)))
    rules = (
        Rule("user.id", Comparison.AMONG, users),
        Rule("severity_text", Comparison.EQUAL, (draw.choice(("low", "high")),)),
    )
    since = room.site.now - draw.randrange(room.back * 10 // 9)
    purposes = (Purpose.SUPPORT, Purpose.SECURITY)
    return Scope(
        tuple(draw.sample(purposes, draw.randrange(1, 3))),
        tuple(draw.sample(devices, draw.randrange(1, 4))),
        (
            DatasetScope(
                "event_logs",
                tuple(draw.sample(COLUMNS, draw.randrange(1, 4))),
                tuple(draw.sample(rules, draw.randrange(3))),
            ),
        ),
        since,
        since + draw.randrange(room.site.now - since + 1),
    )


def test_nothing_outside_of_the_scope(room: Case, desk: Desk) -> None:
    """Of 60 drawn scopes each gives exactly what a reference says, no cell more."""
    draw = random.Random(7)  # noqa: S311 - a test's own
    some = 0
    for _ in range(60):
        scope = drawn(room, draw)
        expected = room.expected(scope)
        assert cells(desk, room.asking(scope)) == expected
        some += bool(expected)
    assert some > 10


def test_what_a_hold_kept_is_given_as_well(room: Case, desk: Desk) -> None:
    """After its key died, by the hold that the matter names; without it nothing."""
    scope = of_ann(room)
    hold = room.hold(desk, scope)
    expected = room.expected(scope)
    assert expected
    room.until_due(desk)
    room.turn(desk)
    assert cells(desk, room.asking(scope)) == []
    named = room.asking(scope, hold=hold.case.hex())
    assert cells(desk, named) == expected
    narrow = replace(scope, devices=scope.devices[:1])
    assert cells(desk, room.asking(narrow, hold=hold.case.hex())) == room.expected(
        narrow
    )
    (wanted,) = scope.datasets
    more = Rule("severity_text", Comparison.EQUAL, ("low",))
    wider = replace(scope, datasets=(replace(wanted, filter=(ANN, more)),))
    assert cells(desk, room.asking(wider, hold=hold.case.hex())) == []
    with pytest.raises(UsageError, match="name a hold in force by its whole id"):
        cells(desk, room.asking(scope, hold="00" * 16))


@pytest.mark.skipif(not shutil.which("bsdtar"), reason="needs libarchive-tools")
def test_an_approved_disclosure_is_handed_over(
    room: Case, desk: Desk, tmp_path: Path
) -> None:
    """Archive, manifest and custody say the same; the client's notice is due."""
    scope = of_ann(room)
    matter = room.asking(scope)
    counts = room.ask(desk, matter)
    assert counts["rows"] == len(room.expected(scope))
    assert room.approve(desk, matter) is State.DONE
    (told,) = answer(desk, question("fetch", matter), "ops", room.machine.system)
    end = told["end"]
    assert isinstance(end, dict)
    path = Path(str(end["path"]))
    whole = hashlib.sha256(path.read_bytes()).digest()
    files = unpacked(path, str(end["password"]), tmp_path / "out")
    rows = list(csv.DictReader(files["event_logs.csv"].splitlines()))
    assert sorted((row["purpose"], row["message"]) for row in rows) == sorted(
        (purpose, str(value)) for purpose, _, _, value in room.expected(scope)
    )
    assert set(rows[0]) == {"purpose", "device", "sent", "change", "message"}
    manifest = json.loads(files["manifest.json"])
    (named,) = manifest["files"]
    assert named["rows"] == counts["rows"]
    held = (tmp_path / "out" / "event_logs.csv").read_bytes()
    assert named["sha256"] == hashlib.sha256(held).hexdigest()
    assert manifest["matter_digest"] == matter_digest(MATTER.encode(matter)).hex()
    assert len(manifest["decisions"]) == 2
    assert manifest["counted"] == about.moment(room.machine.system)
    lines = {one.act: one.body or {} for one in room.site.acts()}
    assert lines["disclosed"]["digest"] == whole
    with open_authority(room.site.layout) as authority:
        root = trust.root_digest(authority.root())
    head = verify_release(Path(str(end["head"])).read_bytes(), root)
    assert head.archive == Archive(str(end["name"]), whole, path.stat().st_size)
    assert (head.grant, head.recipient) == (
        matter_digest(MATTER.encode(matter)),
        "Court of Examples",
    )
    (table_of_head,) = head.tables
    assert (table_of_head.file, table_of_head.rows) == (named["name"], named["rows"])
    assert table_of_head.octets == len(held)
    with pytest.raises(UsageError, match="no archive waits for this case"):
        list(answer(desk, question("fetch", matter), "ops", room.machine.system))
    (told,) = answer(desk, question("custody", matter), "ops", room.machine.system)
    end = told["end"]
    assert isinstance(end, dict)
    assert [line["act"] for line in end["custody"]] == [
        *("disclosure-asked", "disclosure-counted", "case-asked", "case-decided"),
        *("disclosed", "notice-due", "disclosure-fetched"),
    ]


def test_a_case_can_be_counted_again(room: Case, desk: Desk) -> None:
    """Counsel sees what there is now, not only what there was when it was asked."""
    matter = room.asking(of_ann(room))
    before = room.ask(desk, matter)["rows"]
    row: dict[str, Value] = {"message": "new", "user.id": "ann", "severity_text": "low"}
    part = table("event_logs", [row])
    room.site.put(room.speakers[0].seal(room.site.key(), [part], room.site.now))
    (told,) = answer(desk, question("dry-run", matter), "ops", room.machine.system)
    end = told["end"]
    assert isinstance(end, dict)
    assert end["counts"]["rows"] == before + 1
    assert casework.numbered(desk, matter.case.hex()) == matter.case


def registered(room: Case, desk: Desk, **changes: object) -> Recipient:
    """Put an authority into the register, with changes."""
    usual: dict[str, object] = {
        "tenant": room.site.tenant,
        "name": "court",
        "role": RecipientRole.AUTHORITY,
        "purposes": (Purpose.SUPPORT,),
        "agreement_until": room.machine.system + 100 * DAY,
    }
    entry = replace(release_world.recipient(), **(usual | changes))  # type: ignore[arg-type]  # names of its fields
    register(desk, entry)
    return entry


def test_a_disclosure_is_sealed_to_its_authority(room: Case, desk: Desk) -> None:
    """It alone opens it; the head verifies offline by the root's digest alone."""
    scope = of_ann(room)
    registered(room, desk)
    matter = room.asking(scope, to="court")
    room.ask(desk, matter)
    assert room.approve(desk, matter) is State.DONE
    assert not exporting.path_of(desk, matter.case).exists()
    with open_authority(room.site.layout) as authority:
        digest = trust.root_digest(authority.root())
    place = writing.directory_of(desk, matter.case)
    head = verify_release((place / "head").read_bytes(), digest)
    assert head.grant == matter_digest(MATTER.encode(matter))
    assert (head.recipient, head.basis) == ("court", "section 94 of the code")
    assert len(head.decisions) == 2
    now, nonce = room.machine.system, release_world.NONCE
    request = sign_fetch(Fetch(matter.case, "court", now, nonce), release_world.SIGNING)
    given = RELEASE_KEY.decode(fetching.give(desk, request, now))
    key = open_data_key(given.sealed, head, nonce, release_world.OPENING)
    octets = open_part(key, head, 0, (place / "part-0001").read_bytes())
    rows = list(csv.DictReader(octets.decode().splitlines()))
    assert sorted((row["purpose"], row["message"]) for row in rows) == sorted(
        (purpose, str(value)) for purpose, _, _, value in room.expected(scope)
    )
    (told,) = answer(desk, question("fetch", matter), "ops", now)
    assert told["end"] == {"path": str(place), "password": ""}
    lines = {one.act: one.body or {} for one in room.site.acts()}
    assert lines["disclosed"]["digest"] == head_digest(head)
    assert lines["disclosed"]["recipient"] == "court"


@pytest.mark.parametrize(
    ("changes", "sentence"),
    [
        ({"name": "other"}, "is suspended, or not registered"),
        ({"role": RecipientRole.VENDOR}, "a recipient of role authority"),
        ({"agreement_until": 1}, "has ended, or is not this purpose"),
        ({"purposes": (Purpose.SECURITY,)}, "has ended, or is not this purpose"),
    ],
)
def test_not_everybody_is_an_authority(
    room: Case, desk: Desk, changes: dict[str, object], sentence: str
) -> None:
    """Whoever is not registered for this gets nothing, and nothing was opened."""
    registered(room, desk, **changes)
    with pytest.raises(DeniedError, match=sentence):
        room.ask(desk, room.asking(of_ann(room), to="court"))
    assert "disclosure-asked" not in [one.act for one in room.site.acts()]
