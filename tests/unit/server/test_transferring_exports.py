# SPDX-License-Identifier: Apache-2.0
"""What an acquirer gets: all live records of its purposes, and nothing that may not go.

Rules: a real installation; what is in a release is opened with the acquirer's key and
`wire` alone.
Not here: when anything may go (`test_transferring.py`).
"""

import datetime as dt
from dataclasses import replace
from pathlib import Path

import duckdb
import pytest
from holding_room import scope_of
from reader_fixture import table, with_state
from transfer_desk import transfer_desk, transfer_room  # noqa: F401 - fixtures
from transfer_room import TransferRoom

from server import incidents
from server.authority import open_authority
from server.errors import DeniedError, LimitError, StateError
from server.incidents import Question
from server.keeper.desk import Desk
from server.keeper.matters import handler
from server.keeper.rights import erasure
from server.keeper.rights.about import moment
from server.keeper.sharing import fetching
from server.keeper.transferring.rows import OWN
from server.register import notices as register
from server.register.notices import NoticeKind
from wire.body import Mode, Op
from wire.papers.decision import Role
from wire.papers.matter import MatterKind, Term
from wire.papers.release import Custody
from wire.purposes import Purpose
from wire.values import Value

pytestmark = pytest.mark.slow
ACCOUNTS: list[dict[str, Value]] = [
    {"user.name": "user_aaaaaaaa", "shell": "sh"},
    {"user.name": "user_bbbbbbbb", "shell": "sh"},
]


def messages(room: TransferRoom, desk: Desk) -> list[str]:
    """Return all messages of all releases, opened by the acquirer."""
    return sorted(
        str(row.get("message", ""))
        for head in room.heads(desk)
        for row in room.opened(desk, head).get("event_logs", [])
    )


def test_the_acquirer_gets_what_the_store_has(room: TransferRoom, desk: Desk) -> None:
    """Every row of the purpose, with its values, its device, epoch and last day."""
    device = room.people_speak().device
    room.told(desk)
    room.export(desk, room.decided(desk))
    (head,) = room.heads(desk)
    assert head.basis == "sale of 2026-11-02 (transfer, for support)"
    rows = room.opened(desk, head)["event_logs"]
    assert len(rows) == 5 + 4
    (found,) = [
        one
        for one in rows
        if (one["device"], one["message"]) == (device.hex(), "printed")
    ]
    key = next(
        one
        for one in desk.keyring.live(desk.tenant)
        if one.key_id == room.site.key().id
    )
    assert {name: found.get(name) for name in ("dataset", "user.id", *OWN)} == {
        "dataset": "event_logs",
        "user.id": "bob",
        "purpose": "support",
        "epoch": moment(key.start),
        "until": moment(key.until),
        "device": device.hex(),
        "observed": moment(room.site.now),
        "sequence": 1,
        "change": None,
        "row": None,
    }


@pytest.mark.parametrize("form", ["csv", "parquet"])
def test_other_formats_have_the_same_rows(
    room: TransferRoom, desk: Desk, form: str, tmp_path: Path
) -> None:
    """Times, numbers and what is empty are what another program reads them as."""
    room.people_speak()
    room.told(desk)
    room.export(desk, room.decided(desk, format=form))
    (head,) = room.heads(desk)
    path = tmp_path / f"event_logs.{form}"
    path.write_bytes(room.files(desk, head)[path.name])
    columns = 'purpose, epoch::DATE, sequence, "change", "user.id", message'
    rows = duckdb.sql(
        f"SELECT {columns} FROM '{path}' WHERE message = 'printed' ORDER BY device"  # noqa: S608 - words of this test
    ).fetchall()
    key = next(
        one
        for one in desk.keyring.live(desk.tenant)
        if one.key_id == room.site.key().id
    )
    day = dt.datetime.fromtimestamp(key.start, dt.UTC).date()
    assert rows == [("support", day, 1, None, "bob", "printed")] * 2


def test_stand_ins_go_as_they_are(room: TransferRoom, desk: Desk) -> None:
    """What stands for one person within a purpose and an epoch still does."""
    for label in ("One", "Two"):
        row: dict[str, Value] = {"message": label, "user.id": "user_aaaaaaaa"}
        room.site.say(room.site.enrol(label), [table("event_logs", [row])])
    room.told(desk)
    room.export(desk, room.decided(desk))
    (head,) = room.heads(desk)
    users = [row["user.id"] for row in room.opened(desk, head)["event_logs"]]
    assert users.count("user_aaaaaaaa") == 2
    done = {one.name: one.transform for one in head.tables[0].columns}
    assert done["user.id"] == "pseudonymise"


def test_each_purpose_goes_on_its_own(room: TransferRoom, desk: Desk) -> None:
    """Under keys of its own, and of `improvement` no row goes."""
    for purpose, dataset, row in (
        (Purpose.SECURITY, "logins", {"user.name": "root", "type": "user"}),
        (Purpose.IMPROVEMENT, "hardware", {"cpu.count": 4}),
    ):
        part = table(dataset, [row], purpose)
        room.site.say(room.site.enrol(dataset), [part], purpose)
    room.told(desk)
    room.export(desk, room.decided(desk))
    found = {head.basis: head for head in room.heads(desk)}
    assert sorted(map(str, found)) == [
        "sale of 2026-11-02 (transfer, for security)",
        "sale of 2026-11-02 (transfer, for support)",
    ]
    purposes = {
        row["purpose"]
        for head in found.values()
        for rows in room.opened(desk, head).values()
        for row in rows
    }
    assert purposes == {"security", "support"}
    assert len({head.data_key for head in found.values()}) == 2
    with pytest.raises(DeniedError, match="was not told of this acquirer"):
        room.ask(desk, room.transfer(purposes="support improvement"))


def test_a_state_can_be_told_from_its_changes(room: TransferRoom, desk: Desk) -> None:
    """Rows of an inventory say what they do and to which row, a removal as well."""
    room.register(desk, purposes=(Purpose.ADMINISTRATION,))
    speaker, purpose = room.site.enrol("Server"), Purpose.ADMINISTRATION
    whole = with_state(table("user_accounts", ACCOUNTS, purpose, Mode.FULL), ACCOUNTS)
    changed = {**ACCOUNTS[0], "shell": "zsh"}
    changes = [(Op.CHANGE, 0), (Op.REMOVE, 1)]
    delta = table("user_accounts", [changed, {}], purpose, Mode.DELTA, changes)
    for part in (whole, with_state(delta, [changed])):
        room.site.say(speaker, [part], purpose)
    room.told(desk)
    room.export(desk, room.decided(desk, purposes="administration"))
    (head,) = room.heads(desk)
    rows = room.opened(desk, head)["user_accounts"]
    assert [
        (row["sequence"], row["change"], row["row"], row["shell"]) for row in rows
    ] == [
        (1, "state", 0, "sh"),
        (1, "state", 1, "sh"),
        (2, "change", 0, "zsh"),
        (2, "remove", 1, None),
    ]


def test_what_the_policy_does_not_keep_stays(room: TransferRoom, desk: Desk) -> None:
    """A column that the policy in force dropped, and a dataset, go to nobody."""
    policy = desk.policy(room.machine.system).policy
    room.told(desk)
    purposes = tuple(
        replace(
            rules,
            datasets=tuple(
                replace(
                    one,
                    columns=tuple(c for c in one.columns if c.column != "user.id"),
                )
                for one in rules.datasets
            ),
        )
        for rules in policy.purposes
    )
    room.people_speak()
    with open_authority(room.site.layout) as authority:
        narrow = replace(policy, purposes=purposes)
        authority.publish(narrow, room.machine.system, "ops")
    security = room.export(desk, room.decided(desk))[1]
    assert (security.release, security.held) == (None, 1)
    (head,) = room.heads(desk)
    names = [one.name for one in head.tables[0].columns]
    assert "message" in names
    assert "user.id" not in names
    assert b"user.id" not in b"".join(
        str(row).encode() for row in room.opened(desk, head)["event_logs"]
    )


def test_what_was_erased_is_gone(room: TransferRoom, desk: Desk) -> None:
    """Of somebody who was erased no row goes, of the others every one."""
    room.people_speak()
    room.erase(desk, "ann")
    room.told(desk)
    room.export(desk, room.decided(desk))
    assert messages(room, desk) == [
        *("Desk", "Desk", "Shed", "Shed", "again", "printed", "printed")
    ]


def test_restricted_rows_stay(room: TransferRoom, desk: Desk) -> None:
    """Rows of somebody whose data is restricted are counted and left out."""
    room.people_speak()
    room.told(desk)
    matter = room.decided(desk)
    restriction = room.restriction_of("ann")
    room.ask(desk, restriction)
    room.approve(desk, restriction, "cy", Role.PRIVACY_OFFICER)
    assert room.export(desk, matter)[0].hidden == 2
    assert "signed in" not in messages(room, desk)
    assert "printed" in messages(room, desk)


@pytest.mark.parametrize("kind", [MatterKind.ERASE, MatterKind.RESTRICT])
def test_nothing_goes_while_a_right_waits(
    room: TransferRoom, desk: Desk, kind: MatterKind
) -> None:
    """Asked, or approved and not done: what it is about might go, so nothing does."""
    room.people_speak()
    room.told(desk)
    matter = room.decided(desk)
    terms = Term("class", "user"), Term("value", "ann")
    asked = room.matter(None, kind=kind, terms=terms)
    room.ask(desk, asked)
    with pytest.raises(DeniedError, match="1 erasures or restrictions are not"):
        room.export(desk, matter)
    assert room.refused() == ["rights-open"]
    room.approve(desk, asked, "cy", Role.PRIVACY_OFFICER)
    if kind is MatterKind.ERASE:
        with pytest.raises(DeniedError, match="decide on them first"):
            room.export(desk, matter)
        erasure.go_on(desk)
    assert room.export(desk, matter)[0].release is not None


def test_what_only_a_hold_keeps_stays(room: TransferRoom, desk: Desk) -> None:
    """Extracts of a hold are for its case, whoever takes over the business."""
    room.people_speak()
    hold = room.hold(desk, scope_of(room, *room.devices()))
    room.until_due(desk)
    room.turn(desk)
    assert [*desk.store.extracts(desk.tenant, hold.case)]
    room.told(desk)
    assert not any(went.release for went in room.export(desk, room.decided(desk)))
    assert room.heads(desk) == []


def test_what_is_past_its_time_stays(room: TransferRoom, desk: Desk) -> None:
    """Also where the keeper is late to end it."""
    room.told(desk)
    matter = room.decided(desk)
    late = room.live().until - room.machine.system
    room.machine.passes(late)
    assert [went.release for went in room.export(desk, matter)] == [None]
    assert room.heads(desk) == []


def test_an_export_gives_what_is_missing(room: TransferRoom, desk: Desk) -> None:
    """A second one makes nothing twice, and what came since on its own."""
    room.told(desk)
    matter = room.decided(desk)
    room.export(desk, matter)
    assert [went.release for went in room.export(desk, matter)] == [None]
    room.people_speak()
    (went, _) = room.export(desk, matter)
    assert went.envelopes == 2
    assert len(room.heads(desk)) == 2
    assert len(messages(room, desk)) == 5 + 4


def test_what_was_revoked_is_given_anew(room: TransferRoom, desk: Desk) -> None:
    """As is what expired before anybody fetched it; what was fetched is not."""
    room.told(desk)
    matter = room.decided(desk)
    room.export(desk, matter)
    (head,) = room.heads(desk)
    fetching.revoke(desk, head.id, "ops", room.machine.system)
    room.export(desk, matter)
    (second,) = room.heads(desk)
    assert second.id != head.id
    room.opened(desk, second)
    assert room.export(desk, matter)[0].release is None


def test_an_erasure_reaches_the_acquirer(room: TransferRoom, desk: Desk) -> None:
    """It is told to erase what it fetched; what it did not fetch it gets without."""
    room.people_speak()
    room.told(desk)
    matter = room.decided(desk)
    room.export(desk, matter)
    room.erase(desk, "bob")
    assert room.heads(desk) == []
    room.export(desk, matter)
    assert "printed" not in messages(room, desk)
    room.erase(desk, "ann")
    with desk.register.view() as connection:
        told = [
            one.recipient
            for one in register.every(connection)
            if one.kind is NoticeKind.ERASE_AT_RECIPIENT
        ]
    assert told == [room.acquirer.name]


def test_what_is_too_large_goes_in_parts(room: TransferRoom, desk: Desk) -> None:
    """Of a few machines each, then of a few envelopes; one alone is refused."""
    room.people_speak()
    room.told(desk)
    matter = room.decided(desk)
    with pytest.raises(LimitError, match="more than the 100 bytes"):
        room.export(desk, matter, cap=100)
    assert room.heads(desk) == []
    made = [one for one in room.export(desk, matter, rows=1, cap=1_000) if one.release]
    assert [one.done for one in made] == sorted(one.done for one in made)
    assert len(made) == 5
    assert len(messages(room, desk)) == 5 + 4


def test_the_ledger_knows_first(room: TransferRoom, desk: Desk) -> None:
    """Who exported what to whom is there before the release; an incident has it."""
    device = room.people_speak().device
    room.told(desk)
    matter = room.decided(desk)
    room.export(desk, matter)
    (head,) = room.heads(desk)
    told = [
        one for one in room.site.acts() if (one.body or {}).get("release") == head.id
    ]
    assert [one.act for one in told] == ["transfer-opened", "release-made"]
    body = told[0].body or {}
    assert (body["by"], body["case"], body["recipient"]) == (
        *("ops", matter.case, room.acquirer.name),
    )
    assert head.custody == Custody("ops", room.machine.system, 5, 0, 0)
    assert device in list(body["devices"])  # type: ignore[call-overload]  # a list of ids
    (last,) = [one for one in room.site.acts() if one.act == "transfer-exported"]
    assert ((last.body or {})["rows"], (last.body or {})["envelopes"]) == (9, 5)
    room.export(desk, matter)
    assert room.site.acts()[-1] == last
    question = Question(key=room.site.key().id)
    found = incidents.touched(told, [desk.policy(room.machine.system)], question)
    assert found.recipients == {room.acquirer.name}
    assert "user.id" in found.columns["event_logs"]


def test_a_keeper_that_is_to_end_leaves_nothing_half(
    room: TransferRoom, desk: Desk
) -> None:
    """It stops in the middle, and the next export makes it whole."""
    room.told(desk)
    matter = room.decided(desk)
    desk.stopping.set()
    with pytest.raises(StateError, match="export again once it runs"):
        room.export(desk, matter)
    assert [*room.site.layout.releases.glob("*")] == []
    desk.stopping.clear()
    assert room.export(desk, matter)[0].release is not None


def test_a_check_opens_nothing(room: TransferRoom, desk: Desk) -> None:
    """Who asks is told how much it is, from what devices announced."""
    room.told(desk)
    counts = handler(MatterKind.TRANSFER).check(
        desk, room.transfer(), room.machine.system
    )
    assert (counts["envelopes"], counts["records"], counts["purposes"]) == (4, 6, 2)
