# SPDX-License-Identifier: Apache-2.0
"""Holds: what outlives its key, what does not, and how a hold ends.

Rules: a real installation; keys die by the keeper's own round; what a hold keeps is
opened with the hold's key alone.
Not here: random scopes (`tests/property/test_extracting.py`), who may decide
(`test_people.py`).
"""

from dataclasses import replace

import pytest
from hold_desk import hold_room, speaking_ann  # noqa: F401 - fixtures
from holding_room import (
    SAID,
    HoldRoom,
    opened_by,
    rows_of,
    scope_of,
)
from keeper_fixture import signed
from reader_fixture import Speaker, table

from server.errors import StateError, UsageError
from server.keeper import ending, facts, holding
from server.keeper.bounds import EXTRACTS
from server.keeper.desk import Desk
from server.keeper.rounds import holds as holds_round
from server.register import jobs
from server.register.cases import State
from wire.body import Mode, Op
from wire.crypto.sealing import key_id
from wire.papers.certificate import Kept, KeptFor
from wire.papers.decision import Act, read_decided
from wire.papers.scope import DatasetScope
from wire.papers.tombstone import KeyKind

pytestmark = pytest.mark.slow
DAY = 86_400


def test_what_is_held_outlives_its_key(room: HoldRoom, desk_of_ann: Speaker) -> None:
    """Its rows and columns open after the key died; nothing beside them is there."""
    with room.keeper() as desk:
        hold = room.hold(desk, scope_of(room, desk_of_ann.device))
        assert [*desk.store.extracts(desk.tenant, hold.case)] == []
        key = room.until_due(desk)
        room.turn(desk)
        assert desk.keyring.for_ending(key.key_id) is None
        ((header, (opened,)),) = opened_by(desk, hold)
        assert rows_of(opened) == [{"message": "canary-held"}]
        assert header.device == desk_of_ann.device
        assert header.source == desk_of_ann.previous
        assert (header.source_key, header.sequence) == (key.key_id, 1)
        assert (header.records, header.left_out) == (1, 2)
        (certificate,) = signed(desk)
        assert certificate.kept == (Kept(hold.case, KeptFor.HOLD),)


def test_nothing_is_kept_without_a_hold(room: HoldRoom, desk_of_ann: Speaker) -> None:
    """A hold that was only asked for keeps nothing, and no certificate names it."""
    with room.keeper() as desk:
        matter = room.matter(scope_of(room, desk_of_ann.device))
        room.ask(desk, matter)
        room.until_due(desk)
        room.turn(desk)
        assert [*desk.store.extracts(desk.tenant, matter.case)] == []
        (certificate,) = signed(desk)
        assert certificate.kept == ()


def test_rows_of_changes_keep_their_numbers(room: HoldRoom) -> None:
    """Of a snapshot and its changes it stays known which row each was."""
    speaker = room.site.enrol("Printer room")
    full = [{"name": "one"}, {"name": "two"}, {"name": "three"}]
    changes = [{"name": "two b"}, {}, {"name": "four"}]
    ops = [(Op.CHANGE, 1), (Op.REMOVE, 2), (Op.ADD, 3)]
    room.site.say(speaker, [table("software", full, mode=Mode.FULL)])
    room.site.say(speaker, [table("software", changes, mode=Mode.DELTA, changes=ops)])
    scope = scope_of(room, datasets=(DatasetScope("software", ("name",)),))
    with room.keeper() as desk:
        hold = room.hold(desk, scope)
        room.until_due(desk)
        room.turn(desk)
        (_, (state,)), (_, (delta,)) = opened_by(desk, hold)
    assert (state.mode, state.numbers, state.ops) == (Mode.FULL, (0, 1, 2), ())
    assert full == rows_of(state)
    assert (delta.mode, delta.numbers) == (Mode.DELTA, (1, 2, 3))
    assert delta.ops == (Op.CHANGE, Op.REMOVE, Op.ADD)
    assert [row["name"] for row in rows_of(delta)] == ["two b", None, "four"]


def test_a_hold_placed_during_a_destruction_is_too_late(
    room: HoldRoom, desk_of_ann: Speaker
) -> None:
    """Asked in time and approved after the key died, it covers the rest: nothing."""
    with room.keeper() as desk:
        matter = room.matter(scope_of(room, desk_of_ann.device))
        room.until_due(desk, before=DAY)
        room.ask(desk, matter)
        room.machine.passes(DAY)
        room.turn(desk)
        room.approve(desk, matter)
        assert opened_by(desk, matter) == []
        placed = [one.body for one in room.site.acts() if one.act == "hold-placed"]
        assert [(one or {})["live"] for one in placed] == [0]
        assert [(one or {})["ended"] for one in placed] == [1]


def stepped(room: HoldRoom, desk: Desk, last: str) -> None:
    """Begin the destruction of support's key and take it through a step, then stop."""
    ending.begin(desk, [room.live().key_id], "maximum-age")
    (work,) = ending.under_way(desk)
    for name in ending.STEPS:
        plan = ending.STEPS[name](desk, work)
        assert plan is not None
        job = replace(work.job, step=name, body=ending.PLAN.encode(plan))
        with desk.register.transaction() as connection:
            jobs.move(connection, job)
            if name == [*ending.STEPS][-1]:
                jobs.end(connection, job.id)
        work = ending.Work(job, plan)
        if name == last:
            return


@pytest.mark.parametrize("step", ending.STEPS)
def test_a_hold_is_whole_or_too_late_at_each_step(
    room: HoldRoom, desk_of_ann: Speaker, step: str
) -> None:
    """One in force before keeps all; one approved at any step keeps nothing."""
    with room.keeper() as desk:
        first = room.hold(desk, scope_of(room, desk_of_ann.device))
        late = room.matter(scope_of(room, desk_of_ann.device))
        room.ask(desk, late)
        room.machine.passes(1)
        stepped(room, desk, step)
        room.approve(desk, late)
        ending.go_on(desk)
        assert [len(rows_of(one)) for _, (one,) in opened_by(desk, first)] == [1]
        assert opened_by(desk, late) == []
        (certificate,) = signed(desk)
        assert certificate.kept == (Kept(first.case, KeptFor.HOLD),)
    placed = [one.body or {} for one in room.site.acts() if one.act == "hold-placed"]
    assert [(one["live"], one["ended"]) for one in placed] == [(1, 0), (0, 1)]


def test_a_hold_on_what_is_to_come(room: HoldRoom, desk_of_ann: Speaker) -> None:
    """A scope that reaches ahead holds what arrives after it was placed."""
    later = room.site.now + 600
    scope = scope_of(room, desk_of_ann.device, since=later - 60, until=later + DAY)
    with room.keeper() as desk:
        hold = room.hold(desk, scope)
        room.site.say(desk_of_ann, [table("event_logs", SAID)], created=later)
        room.until_due(desk)
        room.turn(desk)
        ((header, (opened,)),) = opened_by(desk, hold)
        assert (header.sequence, header.created) == (2, later)
        assert len(rows_of(opened)) == 1


def test_taking_out_twice_takes_out_once(room: HoldRoom, desk_of_ann: Speaker) -> None:
    """A keeper that was killed after it took out does it again, to the same end."""
    with room.keeper() as desk:
        hold = room.hold(desk, scope_of(room, desk_of_ann.device))
        for _ in range(2):
            kept = holding.extract_all(desk, [room.live().key_id], 0)
            assert kept == (Kept(hold.case, KeptFor.HOLD),)
        assert len(opened_by(desk, hold)) == 1
    acts = [one.act for one in room.site.acts()]
    assert acts.count("hold-extracted") == 1


def test_more_than_one_commit_takes_is_kept(
    room: HoldRoom, desk_of_ann: Speaker
) -> None:
    """Of more envelopes than are stored at once, each is kept."""
    many = EXTRACTS + 1
    for _ in range(many - 1):
        room.site.say(desk_of_ann, [table("event_logs", SAID)])
    with room.keeper() as desk:
        hold = room.hold(desk, scope_of(room, desk_of_ann.device))
        holding.extract_all(desk, [room.live().key_id], 0)
        sequences = [header.sequence for header, _ in opened_by(desk, hold)]
    assert sequences == list(range(1, many + 1))


def test_what_nobody_can_open_holds_up_nothing(
    room: HoldRoom, desk_of_ann: Speaker
) -> None:
    """An envelope that its own key does not open is counted; the key dies in time."""
    octets = desk_of_ann.seal(
        room.site.key(), [table("event_logs", SAID)], room.site.now
    )
    room.site.put(octets)
    room.site.damage(octets)
    with room.keeper() as desk:
        hold = room.hold(desk, scope_of(room, desk_of_ann.device))
        key = room.until_due(desk)
        room.turn(desk)
        assert desk.keyring.for_ending(key.key_id) is None
        assert len(opened_by(desk, hold)) == 1
    (line,) = [one.body for one in room.site.acts() if one.act == "hold-extracted"]
    assert line is not None
    assert (line["envelopes"], line["rows"], line["count"]) == (1, 1, 1)


def test_a_hold_is_a_reason_to_keep(room: HoldRoom, desk_of_ann: Speaker) -> None:
    """What says why something is still here names the case, for its columns alone."""
    with room.keeper() as desk:
        hold = room.hold(desk, scope_of(room, desk_of_ann.device))
        (kept,) = [
            keep for key, keep in facts.kept(desk) if key.key_id == room.live().key_id
        ]
        assert f"hold:{hold.case.hex()}" in [because.slug for because in kept.because]
        assert set(kept.columns) == {("event_logs", "message")}


def test_a_release_ends_what_was_held(room: HoldRoom, desk_of_ann: Speaker) -> None:
    """Its key is destroyed, nothing sealed to it is left, and a certificate says so."""
    with room.keeper() as desk:
        hold = room.hold(desk, scope_of(room, desk_of_ann.device))
        room.until_due(desk)
        room.turn(desk)
        release = room.release_of(hold)
        assert room.ask(desk, release) == {"envelopes": 1, "rows": 1}
        assert room.approve(desk, release) is State.DONE
        room.turn(desk)
        assert [*desk.store.extracts(desk.tenant, hold.case)] == []
        assert desk.keyring.cases.opening(desk.tenant, KeyKind.HOLD, hold.case) is None
        last = signed(desk)[-1]
        assert (last.reason, last.keys[0].kind) == ("hold-released", KeyKind.HOLD)
        assert last.counts.blocks == 1
        said = [read_decided(one, desk.tenant) for one in last.decisions]
        assert [(one.person, one.act) for one in said] == [
            ("amelie", Act.ASK),
            ("bo", Act.APPROVE),
        ]
        with pytest.raises(UsageError, match="no such hold is in force"):
            room.ask(desk, room.release_of(hold))


def test_a_released_hold_keeps_nothing_more(
    room: HoldRoom, desk_of_ann: Speaker
) -> None:
    """Released before the key died, it takes nothing out."""
    with room.keeper() as desk:
        hold = room.hold(desk, scope_of(room, desk_of_ann.device))
        release = room.release_of(hold)
        room.ask(desk, release)
        room.approve(desk, release)
        room.until_due(desk)
        room.turn(desk)
        assert [*desk.store.extracts(desk.tenant, hold.case)] == []
        assert all(one.kept == () for one in signed(desk))


def test_a_hold_that_nobody_can_read_stops_the_end_of_keys(
    room: HoldRoom, desk_of_ann: Speaker
) -> None:
    """Lost words are told with what to do: nothing ends until the hold is released."""
    with room.keeper() as desk:
        hold = room.hold(desk, scope_of(room, desk_of_ann.device))
        case = desk.keyring.cases.opening(desk.tenant, KeyKind.CASE, hold.case)
        assert case is not None
        desk.keyring.destroy([key_id(case.public)], "lost", room.machine.system)
        key = room.until_due(desk)
        with pytest.raises(
            StateError, match="restore the keyring, or ask for the hold"
        ):
            room.turn(desk)
        assert desk.keyring.for_ending(key.key_id) is not None
        release = room.release_of(hold)
        room.ask(desk, release)
        room.approve(desk, release)
        room.turn(desk)
        assert desk.keyring.for_ending(key.key_id) is None


def test_a_hold_outlives_its_review(
    room: HoldRoom, desk_of_ann: Speaker, capsys: pytest.CaptureFixture[str]
) -> None:
    """A review that nobody made is told each day; time alone releases nothing."""
    with room.keeper() as desk:
        room.hold(desk, scope_of(room, desk_of_ann.device))
        holds_round.turn(desk, room.machine.system)
        assert capsys.readouterr().err == ""
        room.machine.passes(400 * DAY)
        holds_round.turn(desk, room.machine.system)
        assert "the review of 1 holds is past" in capsys.readouterr().err
        assert len(holding.in_force(desk)) == 1


def test_nothing_that_is_held_lies_in_clear(
    room: HoldRoom, desk_of_ann: Speaker
) -> None:
    """Neither what is held nor its neighbours are in any file of the installation."""
    with room.keeper() as desk:
        room.hold(desk, scope_of(room, desk_of_ann.device))
        room.until_due(desk)
        room.turn(desk)
    files = [path for path in room.directory.rglob("*") if path.is_file()]
    assert [path.name for path in files if b"canary-" in path.read_bytes()] == []
