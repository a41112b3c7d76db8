# SPDX-License-Identifier: Apache-2.0
"""Laws: what a rule keeps beyond the policy's time, for how long, and who may read it.

Rules: a real installation; keys die by the keeper's own rounds.
Not here: what a pack may say (`test_law_source.py`), until when by random histories
(`tests/model/keeping`).
"""

from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path

import pytest
from keeper_fixture import signed
from law_room import AFTER, DAY, MESSAGES, LawRoom
from reader_fixture import table

from server.authority import open_authority
from server.errors import TrustError
from server.keeper import facts, law_extracts, ledger_ends
from server.keeper.acts import why as why_act
from server.keeper.desk import Desk
from server.keeper.law_impact import impact
from server.keeper.rounds import ledger_bodies
from server.key_files import read_signing_key
from server.register import contract
from server.register.contract import Notice
from server.roots import Role
from server.statements import Statements
from tests.vectors import world
from wire.papers.certificate import Kept, KeptFor, Method
from wire.papers.law import LawPack, LawStatement, sign_law
from wire.papers.tombstone import KeyKind
from wire.policy import Criterion
from wire.purposes import Purpose
from wire.signed import SignedKind

pytestmark = pytest.mark.slow
SHOWN = "GDPR, article 5(2) (EU) asks that it can be shown: it is kept for 1096 days"
HOSTS = replace(MESSAGES, id="hosts", columns=("host.name",), days=500)


@pytest.fixture
def room(tmp_path: Path) -> Iterator[LawRoom]:
    """Make one."""
    made = LawRoom(tmp_path)
    yield made
    made.close()


def why(desk: Desk, device: bytes, **narrowed: str) -> list[dict[str, object]]:
    """Ask why a device's data for support is here."""
    asked = {"what": device.hex(), "purpose": "support", **narrowed}
    (message,) = why_act.answer(desk, asked, "amelie", 0)
    found = message["end"]
    assert isinstance(found, dict)
    return list(found["kept"])


def test_what_a_law_wants_outlives_its_key(room: LawRoom) -> None:
    """Its columns are kept, no other, by a key that no reading has; all else dies."""
    speaker = room.site.enrol("Two columns")
    said = [{"message": "wanted", "host.name": "not wanted"}]
    room.site.say(speaker, [table("event_logs", said)])
    room.publish(MESSAGES)
    with room.keeper() as desk:
        key = room.until_due(desk)
        room.turn(desk)
        assert desk.keyring.for_ending(key.key_id) is None
        messages = sorted(str(row["message"]) for row in room.kept(desk))
        assert messages == ["Desk", "Desk", "Shed", "Shed", "again", "wanted"]
        assert {name for row in room.kept(desk) for name in row} == {"message"}
        (certificate,) = signed(desk)
        assert certificate.kept == (Kept(room.holder(), KeptFor.LAW),)
        (held, *_) = desk.store.extracts(desk.tenant, room.holder())
        now = room.machine.system
        for purpose in Purpose:
            reading = desk.keyring.scoped(desk.tenant, purpose, now)
            assert reading.opening_key(held.key_id) is None


def test_it_dies_at_the_rules_end(room: LawRoom) -> None:
    """To the second: one before all is there, then nothing, and a certificate."""
    room.publish(MESSAGES)
    with room.keeper() as desk:
        key = room.until_due(desk)
        room.turn(desk)
        room.machine.passes(key.end + 400 * DAY - 1 - room.machine.system)
        room.turn(desk)
        assert len(room.kept(desk)) == 5
        room.machine.passes(1)
        room.turn(desk)
        assert [*desk.store.extracts(desk.tenant, room.holder())] == []
        assert desk.keyring.cases.names(desk.tenant, KeyKind.LAW) == {}
        last = signed(desk)[-1]
        assert (last.reason, last.method) == ("law-ended", Method.PURGE)
        assert [(one.kind, one.destroyed) for one in last.keys] == [
            (KeyKind.LAW, room.machine.system)
        ]
        assert (last.counts.blocks, last.kept) == (3, ())


def test_two_rules_end_each_on_its_day(room: LawRoom) -> None:
    """What one law keeps of a key does not wait for what another keeps of it."""
    speaker = room.site.enrol("Two columns")
    said = [{"message": "m", "host.name": "h"}]
    room.site.say(speaker, [table("event_logs", said)])
    room.publish(HOSTS, MESSAGES)
    with room.keeper() as desk:
        key = room.until_due(desk)
        room.turn(desk)
        assert (len(room.kept(desk)), len(room.kept(desk, HOSTS))) == (6, 1)
        room.machine.passes(key.end + 400 * DAY - room.machine.system)
        room.turn(desk)
        assert (room.kept(desk), room.kept(desk, HOSTS)) == ([], [{"host.name": "h"}])


def test_a_law_that_asks_for_less_takes_nothing(room: LawRoom) -> None:
    """Where the policy keeps as long, nothing is sealed anew."""
    room.publish(replace(MESSAGES, days=1))
    with room.keeper() as desk:
        room.until_due(desk)
        room.turn(desk)
        assert room.kept(desk) == []
        (certificate,) = signed(desk)
        assert certificate.kept == ()


def test_a_law_may_count_from_the_contracts_end(room: LawRoom) -> None:
    """While the contract runs nobody knows the end; then it is so many days later."""
    room.publish(AFTER)
    with room.keeper() as desk:
        room.until_due(desk)
        room.turn(desk)
        room.machine.passes(900 * DAY)
        room.turn(desk)
        assert len(room.kept(desk, AFTER)) == 5
        ends = room.machine.system + DAY
        with desk.register.transaction() as connection:
            contract.give(connection, Notice(room.machine.system, ends, DAY))
        room.machine.passes(11 * DAY - 1)
        room.turn(desk)
        assert len(room.kept(desk, AFTER)) == 5
        room.machine.passes(1)
        room.turn(desk)
        assert room.kept(desk, AFTER) == []


def test_what_no_law_asks_for_any_more_ends(room: LawRoom) -> None:
    """A pack without the rule repeals it, and what it kept dies in the next round."""
    room.publish(MESSAGES)
    with room.keeper() as desk:
        room.until_due(desk)
        room.turn(desk)
        assert impact(desk, LawPack("XX", ())).ending == 3
        room.publish()
        room.turn(desk)
        assert room.kept(desk) == []
        assert signed(desk)[-1].reason == "law-ended"


def test_a_law_keeps_lines_of_the_ledger(room: LawRoom) -> None:
    """Those that it names last as long as it asks, others their own term; and why."""
    claims = replace(
        MESSAGES,
        id="claims",
        criterion=Criterion.LIMITATION,
        purposes=(Purpose.COMPLIANCE,),
        dataset="ledger",
        columns=("claims",),
        days=2_000,
    )
    now = room.machine.system
    with room.keeper() as desk:
        desk.ledger.add("folded", {"job": "fold"}, now)
        desk.ledger.add("billed", {"by": "amelie"}, now)
        desk.ledger.add("certified", {"number": 7}, now)
    room.publish(claims)

    def kept(days: int) -> set[str]:
        with room.keeper() as desk:
            room.machine.passes(now + days * DAY - room.machine.system)
            ledger_bodies.turn(desk, room.machine.system)
            return {one.act for one in desk.ledger.entries() if one.body is not None}

    assert {"folded", "billed", "certified"} <= kept(399)
    assert kept(400) & {"folded", "billed"} == {"billed"}
    assert "billed" in kept(1_999)
    assert kept(2_000) & {"billed", "certified"} == {"certified"}
    with room.keeper() as desk:
        found = ledger_ends.reasons("billed", now, facts.facts(desk))
    asks = f"claims may come until {MESSAGES.statute} (XX) bars them"
    assert [(one.slug, one.until, one.words) for one in found] == [
        (
            "ledger:claims",
            now + 1_096 * DAY,
            SHOWN,
        ),
        (
            "law:XX/claims",
            now + 2_000 * DAY,
            f"{asks}: at least 2000 days",
        ),
    ]


def test_taking_out_twice_takes_out_once(room: LawRoom) -> None:
    """A keeper that was killed after it took out does it again, to the same end."""
    room.publish(MESSAGES)
    with room.keeper() as desk:
        room.until_due(desk, before=1)
        known = facts.facts(desk)
        for _ in range(2):
            keys = [room.live().key_id]
            kept = law_extracts.extract_all(desk, keys, known, 0)
            assert kept == (Kept(room.holder(), KeptFor.LAW),)
        assert len(room.kept(desk)) == 5
        assert len(desk.keyring.cases.names(desk.tenant, KeyKind.LAW)) == 1
    (line,) = [one.body for one in room.site.acts() if one.act == "hold-extracted"]
    assert line is not None
    assert (line["origin"], line["rows"], line["envelopes"]) == ("law", 5, 3)


def test_a_policy_and_a_law_that_differ_are_explained(room: LawRoom) -> None:
    """Until when the policy keeps all, until when the law keeps a column, and why."""
    speaker = room.site.enrol("Explained")
    room.site.say(speaker, [table("event_logs", [{"message": "m"}])])
    room.publish(MESSAGES)
    with room.keeper() as desk:
        end = room.live().end + 400 * DAY
        (before,) = why(desk, speaker.device)
        key = room.until_due(desk)
        room.turn(desk)
        (after,) = why(desk, speaker.device)
        other = why_other_column(desk, speaker.device)
    most, least = before["because"]  # type: ignore[misc]  # a list
    assert (most["slug"], most["until"], most["least"]) == (
        *("maximum-age", key.until, False),
    )
    words = "Example Act, section 1 (XX) asks for it: at least 400 days"
    assert (least["slug"], least["until"], least["words"], least["least"]) == (
        *("law:XX/messages", end, words, True),
    )
    assert (before["until"], before["columns"]) == (end, {"event_logs.message": end})
    assert (after["what"], after["until"]) == ("extracted", end)
    assert after["columns"] == {"event_logs.message": end}
    assert "nobody reads it but a disclosure" in str(after["because"])
    assert other == []


def why_other_column(desk: Desk, device: bytes) -> list[dict[str, object]]:
    """Ask after a column that no law keeps."""
    found = why_act.answer(
        desk,
        {"what": device.hex(), "dataset": "event_logs", "column": "host.name"},
        "amelie",
        0,
    )
    (message,) = found
    end = message["end"]
    assert isinstance(end, dict)
    return [one for one in end["kept"] if one["what"] == "extracted"]


def test_what_a_pack_changes_is_counted_before(room: LawRoom) -> None:
    """By class: envelopes, records, and until when; nothing is published by it."""
    with room.keeper() as desk:
        found = impact(desk, LawPack("XX", (MESSAGES,)))
        (change,) = found.changes
        assert (change.name, change.before, change.after) == (
            *("XX/messages", None, MESSAGES),
        )
        ((place, touched),) = found.touched.items()
        key = room.live()
        assert place == ("support", key.retention)
        assert (touched.envelopes, touched.records, found.ending) == (3, 5, 0)
        assert (touched.before, touched.after > touched.before) == (touched.dies, True)
        assert facts.facts(desk).minima == ()
        room.publish(MESSAGES)
        assert impact(desk, LawPack("XX", (MESSAGES,))).touched == {}


def test_each_pack_is_in_the_ledger(room: LawRoom) -> None:
    """Who published which version, of where, and how many rules it has."""
    room.publish(HOSTS, MESSAGES)
    room.publish(jurisdiction="YY")
    lines = [one.body for one in room.site.acts() if one.act == "law-published"]
    said = ("by", "version", "jurisdiction", "rules")
    assert [[(line or {})[name] for name in said] for line in lines] == [
        ["amelie", 1, "XX", 2],
        ["amelie", 2, "YY", 0],
    ]


def test_a_pack_of_another_signer_stops_all_ends(room: LawRoom) -> None:
    """Who can write the file cannot make a law; nothing ends until it is put right."""
    pack = LawPack("XX", (MESSAGES,))
    forged = sign_law(
        LawStatement(room.site.tenant, 1, room.site.now, pack), world.signing("x")
    )
    statements = Statements(room.site.layout.authority / "statements.sqlite")
    with statements.publishing():
        statements.add(room.site.tenant, SignedKind.LAW, 1, forged)
    statements.close()
    with room.keeper() as desk:
        key = room.until_due(desk)
        with pytest.raises(TrustError, match="not signed by the policy role"):
            room.turn(desk)
        assert desk.keyring.for_ending(key.key_id) is not None


def test_a_pack_outlives_the_key_that_signed_it(room: LawRoom) -> None:
    """After the policy role got another key the pack still stands."""
    room.publish(MESSAGES)
    layout = room.site.layout
    root = read_signing_key(layout.offline / "root.key")
    with open_authority(layout) as authority:
        authority.renew_root(root, [Role.POLICY], room.machine.system, "amelie")
    with room.keeper() as desk:
        assert [law.rule for law in facts.facts(desk).minima] == ["XX/messages"]
