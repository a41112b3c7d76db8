# SPDX-License-Identifier: Apache-2.0
"""A disclosure gives what its scope names and no more, and nothing without counsel.

Rules: the keeper's own desk; what is in a scope is said by a reference that knows only
the rows that were planted; archives are opened by another program.
Not here: who must decide (`test_people.py`), what people type
(`test_commands_disclose.py`).
"""

import csv
import hashlib
import json
import random
import shutil
from collections.abc import Iterator
from dataclasses import dataclass, field, replace
from itertools import product
from pathlib import Path

import pytest
from holding_room import ANN, HoldRoom, scope_of
from reader_fixture import Speaker, table
from rights_room import unpacked

from server.authority import open_authority
from server.errors import DeniedError, ServerError, UsageError
from server.keeper import casework, notices
from server.keeper.acts import acts as keeper_acts
from server.keeper.acts import answer
from server.keeper.bounds import DISCLOSURE_NOTICE_SECONDS
from server.keeper.desk import Desk
from server.keeper.disclosing.records import Found, pieces
from server.keeper.rights import exporting
from server.keeper.sharing import fetching, writing
from server.register import notices as register
from server.register import recipients
from server.register.cases import State
from server.register.notices import NoticeKind, Standing
from tests.vectors import release_world, world
from wire import trust
from wire.body import values_of
from wire.papers.decision import Act, Decision, Role, sign_decision
from wire.papers.fetch import RELEASE_KEY, Fetch, sign_fetch
from wire.papers.matter import MATTER, Matter, MatterKind, Term, matter_digest
from wire.papers.recipient import Recipient, RecipientRole, sign_recipient
from wire.papers.release import head_digest, open_data_key, open_part, verify_release
from wire.papers.scope import Comparison, DatasetScope, Rule, Scope
from wire.purposes import Purpose
from wire.values import Value

pytestmark = pytest.mark.slow
DAY = 86_400
LETTER = hashlib.sha256(b"a letter").hexdigest()
COLUMNS = ("message", "user.id", "severity_text")
TERMS = {
    "authority": "Court of Examples",
    "basis": "section 94 of the code",
    "letter": LETTER,
    "need event_logs.message": "it is what was threatened",
    "need event_logs.user.id": "it says by whom",
}
Cell = tuple[str, bytes, str, Value]


@dataclass
class Case(HoldRoom):
    """A room with planted rows, and what was planted."""

    planted: list[tuple[Purpose, bytes, int, dict[str, Value]]] = field(
        default_factory=list
    )
    speakers: list[Speaker] = field(default_factory=list)

    def plant(self, seed: int) -> None:
        """Have three devices seal rows of two purposes on three days."""
        draw = random.Random(seed)  # noqa: S311 - a test's own
        self.speakers = [self.site.enrol(f"Desk {number}") for number in range(3)]
        for _ in range(12):
            speaker = draw.choice(self.speakers)
            purpose = draw.choice((Purpose.SUPPORT, Purpose.SECURITY))
            self.say(draw, speaker, purpose, self.site.now - draw.randrange(3_600))

    def say(
        self, draw: random.Random, speaker: Speaker, purpose: Purpose, created: int
    ) -> None:
        """Seal some rows and note them."""
        rows: list[dict[str, Value]] = [
            {
                "message": f"line {draw.random()}",
                "user.id": draw.choice(("ann", "bo", "cy")),
                "severity_text": draw.choice(("low", "high")),
            }
            for _ in range(draw.randrange(1, 4))
        ]
        part = table("event_logs", rows, purpose)
        self.site.put(speaker.seal(self.site.key(purpose), [part], created))
        self.planted += [(purpose, speaker.device, created, row) for row in rows]

    def asking(self, scope: Scope, kind: str = "disclose", **terms: str) -> Matter:
        """Return a disclosure; a term without text is left out."""
        named = {name.replace("_", "-"): text for name, text in terms.items()}
        every = {name: text for name, text in (TERMS | named).items() if text}
        items = tuple(Term(name, text) for name, text in sorted(every.items()))
        return self.matter(scope, kind=MatterKind(kind), terms=items)

    def expected(self, scope: Scope) -> list[Cell]:
        """Return the cells of a scope, by the planted rows alone."""
        (wanted,) = scope.datasets
        return sorted(
            (purpose.value, device, column, row[column])
            for purpose, device, created, row in self.planted
            if purpose in scope.purposes
            and device in (scope.devices or {device})
            and scope.since <= created <= scope.until
            and all(row[rule.column] in rule.values for rule in wanted.filter)
            for column in wanted.columns
        )  # type: ignore[type-var]  # all cells are texts


@pytest.fixture
def room(tmp_path: Path) -> Iterator[Case]:
    """Install a collector with planted rows."""
    made = Case(tmp_path)
    made.plant(1)
    yield made
    made.close()


@pytest.fixture
def desk(room: Case) -> Iterator[Desk]:
    """Open its keeper's desk."""
    with room.keeper() as opened:
        yield opened


def of_ann(room: Case, **changes: object) -> Scope:
    """Return Ann's messages of the room's planted devices."""
    devices = tuple(speaker.device for speaker in room.speakers)
    return scope_of(room, *devices, **changes)


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
    since = room.site.now - draw.randrange(4_000)
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
    lines = {one.act: one.body or {} for one in room.site.acts()}
    assert lines["disclosed"]["digest"] == whole
    with pytest.raises(UsageError, match="no archive waits for this case"):
        list(answer(desk, question("fetch", matter), "ops", room.machine.system))
    (told,) = answer(desk, question("custody", matter), "ops", room.machine.system)
    end = told["end"]
    assert isinstance(end, dict)
    assert [line["act"] for line in end["custody"]] == [
        *("disclosure-asked", "disclosure-counted", "case-asked", "case-decided"),
        *("disclosed", "notice-due", "disclosure-fetched"),
    ]


def question(step: str, matter: Matter) -> dict[str, object]:
    """Return a question about a disclosure."""
    return {"act": "disclose", "step": step, "case": matter.case.hex()}


def notice_of(desk: Desk, matter: Matter) -> register.Notice:
    """Return the notice of a disclosure."""
    with desk.register.view() as connection:
        (found,) = register.every(connection)
    assert (found.kind, found.event) == (NoticeKind.DISCLOSURE, matter.case)
    return found


def test_the_client_hears_of_it(room: Case, desk: Desk) -> None:
    """Within days, in words without a value; or from the day that people decided."""
    matter = room.asking(of_ann(room))
    room.ask(desk, matter)
    with desk.register.view() as connection:
        assert register.every(connection) == []
    room.approve(desk, matter)
    notice = notice_of(desk, matter)
    assert notice.due == room.machine.system + DISCLOSURE_NOTICE_SECONDS
    text = notices.text_of(desk, notice)
    assert "To: Court of Examples\nBasis: section 94 of the code\n" in text
    assert not any(str(row["message"]) in text for *_, row in room.planted)


def test_the_notice_may_wait(room: Case, desk: Desk) -> None:
    """With a basis and an end in the matter itself; one alone is refused."""
    day = "2099-01-01"
    for terms in ({"delay_until": day}, {"delay_basis": "section 95a"}):
        with pytest.raises(UsageError, match="on a lawful basis and until a day"):
            room.ask(desk, room.asking(of_ann(room), **terms))
    basis = {"delay_basis": "section 95a"}
    with pytest.raises(UsageError, match="lies ahead, within a year"):
        room.ask(desk, room.asking(of_ann(room), delay_until=day, **basis))
    near = dict(
        zip(("review",), (room.matter(None).term("review") or "",), strict=True)
    )
    matter = room.asking(of_ann(room), delay_until=near["review"], **basis)
    room.ask(desk, matter)
    room.approve(desk, matter)
    notice = notice_of(desk, matter)
    assert notice.delayed_by == matter.case
    assert notice.standing(room.machine.system) is Standing.DELAYED


@pytest.mark.parametrize(
    ("kind", "terms", "sentence"),
    [
        ("disclose", {"basis": ""}, "on what legal basis"),
        ("disclose", {"authority": ""}, "say which authority asks"),
        ("disclose", {"letter": ""}, "SHA-256 digest of the authority's letter"),
        ("disclose", {"letter": "x" * 64}, "SHA-256 digest of the authority's letter"),
        ("protect", {}, "SHA-256 digest of the memo"),
        ("protect", {"memo": LETTER}, "on which day somebody looks at it again"),
        ("protect", {"memo": LETTER, "review": "2020-01-01"}, "lies ahead"),
    ],
)
def test_what_must_be_named(
    room: Case, desk: Desk, kind: str, terms: dict[str, str], sentence: str
) -> None:
    """What is missing is one sentence, and nothing was opened or asked."""
    before = len(room.site.acts())
    with pytest.raises(UsageError, match=sentence):
        room.ask(desk, room.asking(of_ann(room), kind, **terms))
    asked = [one.act for one in room.site.acts()[before:]]
    assert "disclosure-asked" not in asked
    assert "case-asked" not in asked


def test_each_column_of_a_person_needs_a_reason(room: Case, desk: Desk) -> None:
    """Of what names somebody or is free text; what is harmless needs none."""
    scope = of_ann(room)
    (one,) = scope.datasets
    for columns, missing in (
        (("message",), "need event_logs.message"),
        (("severity_text", "user.id"), "need event_logs.user.id"),
    ):
        wanted = replace(scope, datasets=(replace(one, columns=columns),))
        matter = room.asking(wanted)
        less = tuple(item for item in matter.terms if item.name != missing)
        with pytest.raises(DeniedError, match=f"say why {missing[5:]} is needed"):
            room.ask(desk, replace(matter, terms=less))
    harmless = replace(scope, datasets=(replace(one, columns=("severity_text",)),))
    matter = room.asking(harmless)
    bare = tuple(item for item in matter.terms if not item.name.startswith("need"))
    assert room.ask(desk, replace(matter, terms=bare))["rows"] > 0


def test_nothing_to_disclose_is_refused(room: Case, desk: Desk) -> None:
    """A scope that holds nothing, or one that lies ahead."""
    nobody = Rule("user.id", Comparison.AMONG, ("zoe",))
    (one,) = of_ann(room).datasets
    empty = of_ann(room, datasets=(replace(one, filter=(nobody,)),))
    with pytest.raises(DeniedError, match="there is nothing to disclose"):
        room.ask(desk, room.asking(empty))
    with pytest.raises(UsageError, match="let its scope end today or before"):
        room.ask(desk, room.asking(of_ann(room, until=room.machine.system + 1)))


def signed(matter: Matter, name: str, act: Act, role: Role, now: int) -> str:
    """Return a decision, in hexadecimal digits."""
    digest = matter_digest(MATTER.encode(matter))
    whole = Decision(matter.tenant, matter.case, act, name, role, digest, now, "why")
    return sign_decision(whole, world.signing(name)).hex()


@pytest.mark.parametrize("kind", ["disclose", "protect"])
def test_no_path_produces_without_counsel(room: Case, desk: Desk, kind: str) -> None:
    """Every act, step and decision by all others than counsel: no archive is there."""
    now = room.machine.system
    review = {"memo": LETTER, "review": room.matter(None).term("review") or ""}
    matter = room.asking(of_ann(room), kind, **review)
    room.ask(desk, matter)
    said = [
        signed(matter, name, act, role, now)
        for name, act, role in product(
            ("amelie", "bo", "cy"), (Act.ASK, Act.APPROVE), Role
        )
        if (name, act, role) != ("bo", Act.APPROVE, Role.COUNSEL)
    ]
    steps = ("ask", "list", "show", "decide", "fetch", "dry-run", "custody", "find")
    for act, step, decision in product(keeper_acts(), steps, said):
        message: dict[str, object] = {"act": act, "step": step, "do": "show"}
        message |= {"case": matter.case.hex(), "matter": MATTER.encode(matter).hex()}
        if act not in {"case", "disclose"} and decision != said[0]:
            continue
        try:
            list(answer(desk, message | {"decision": decision}, "ops", now))
        except ServerError:
            continue
    assert not exporting.path_of(desk, matter.case).exists()
    assert "disclosed" not in [one.act for one in room.site.acts()]


def test_protecting_needs_two_people(room: Case, desk: Desk) -> None:
    """Counsel twice does not do; with another approver it is handed over."""
    review = {"memo": LETTER, "review": room.matter(None).term("review") or ""}
    matter = room.asking(of_ann(room), "protect", **review)
    room.ask(desk, matter)
    assert room.approve(desk, matter) is State.ASKED
    with pytest.raises(DeniedError, match="this person has approved already"):
        room.approve(desk, matter)
    assert not exporting.path_of(desk, matter.case).exists()
    assert room.approve(desk, matter, "cy", Role.APPROVER) is State.DONE
    assert exporting.path_of(desk, matter.case).exists()


def test_other_cases_are_no_disclosures(room: Case, desk: Desk) -> None:
    """What the act says of them is one sentence, as for a step that nobody knows."""
    hold = room.matter(of_ann(room))
    room.ask(desk, hold)
    for step, sentence in (("custody", "is no disclosure"), ("send", "does not under")):
        with pytest.raises(UsageError, match=sentence):
            list(answer(desk, question(step, hold), "ops", room.machine.system))


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
    paper = sign_recipient(entry, desk.keyring.keeper_key())
    with desk.register.transaction() as connection:
        recipients.put(connection, entry.name, entry.version, paper)
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
