# SPDX-License-Identifier: Apache-2.0
"""Why data is still here: right for everything that an installation has.

Rules: a real installation with keys of several times, holds and a contract's end; what
the keeper answers is compared with the statement's words (`tests/model/keeping`).
Not here: random histories (`tests/fault/test_keeping_histories.py`).
"""

import json
import random

import pytest
from hold_desk import hold_room  # noqa: F401 - fixtures
from holding_room import HoldRoom, scope_of
from keeper_fixture import running_keeper
from reader_fixture import CATALOGUE, Speaker, table

from server import __main__ as program
from server.errors import UsageError
from server.keeper import facts
from server.keeper.acts import answer
from server.keeper.bounds import DEVICE_SECONDS
from server.keeper.desk import Desk
from server.keeper.rounds import devices
from server.register import contract
from server.register.contract import Notice
from server.store.interface import DeviceState
from tests.model.keeping.reference import DAY, Held, Made, Policy, Said, World
from wire.envelope import Gap
from wire.keys import PurposeKey, epoch_at
from wire.papers.scope import DatasetScope
from wire.purposes import Purpose

pytestmark = pytest.mark.slow
SAMPLED = 1_000
FAR = 2**63 - 1
COLUMNS = [
    (name, column.name)
    for name in ("event_logs", "logins", "services")
    for column in CATALOGUE.datasets[name].columns
]
SAID = ({"message": "m", "user.id": "ann"},)


def why(desk: Desk, what: str, **narrowed: str) -> list[dict[str, object]]:
    """Ask the keeper why something is here."""
    (told,) = answer(desk, {"act": "why", "what": what, **narrowed}, "amelie", 0)
    assert isinstance(told["end"], dict)
    kept: list[dict[str, object]] = told["end"]["kept"]
    return kept


def plant(room: HoldRoom, policy: Policy, speakers: list[Speaker]) -> None:
    """Have devices seal for every class, in this key period and in two before it."""
    site, now = room.site, room.site.now
    for (purpose, name), said in sorted(policy.items()):
        which = Purpose(purpose)
        for back in range(3):
            length = epoch_at(now, said.age)[2] - epoch_at(now, said.age)[1]
            epoch = epoch_at(now - back * length, said.age)
            public = site.keyring.add_epoch(
                site.tenant, which, name, *epoch, maximum_age=said.age, now=epoch[1]
            )
            assert public is not None
            key = PurposeKey(which, name, *epoch, public)
            for speaker in speakers:
                part = table("event_logs", [{"message": "m"}], which)
                site.put(speaker.seal(key, [part], max(epoch[1], now - 30 * DAY)))


def policy_of(desk: Desk, now: int) -> Policy:
    """Return the ages of the policy in force, as the reference has them."""
    return {
        (rules.purpose.value, kept.name): Said(kept.maximum_age, kept.review)
        for rules in desk.policy(now).policy.purposes
        for kept in rules.retention
    }


def ends(world: World, key: Made, column: str, until: int) -> bool:
    """Tell whether a column is needed until a second, and no longer."""
    after = until < FAR and world.needed(key, column, until)
    return world.needed(key, column, until - 1) and not after


def test_a_thousand_records_are_explained_rightly(room: HoldRoom) -> None:
    """Of each sampled record and column the end is the one that the words ask for."""
    site, now = room.site, room.site.now
    speakers = [site.enrol(f"machine {number}") for number in range(4)]
    held = (DatasetScope("event_logs", ("message", "user.id")),)
    scope = scope_of(room, speakers[0].device, speakers[1].device, datasets=held)
    dice = random.Random(1)  # noqa: S311 - the same sample each time
    wrong, ended = [], set()
    with room.keeper() as desk:
        policy = policy_of(desk, now)
        plant(room, policy, speakers)
        site.say(speakers[0], [table("event_logs", SAID)])
        room.hold(desk, scope)
        with desk.register.transaction() as connection:
            contract.give(connection, Notice(now, now + 150 * DAY, 30 * DAY))
        made = {
            key.key_id: Made(
                *(key.purpose.value, key.retention, key.start, key.end),
                *(key.maximum_age, 0),
            )
            for key in desk.keyring.live(desk.tenant)
        }
        stored = [*desk.store.envelopes(desk.tenant, bare=lambda _: True)]
        drawn = [(dice.choice(stored), dice.choice(COLUMNS)) for _ in range(SAMPLED)]
        drawn += [
            (one, ("event_logs", "message"))
            for one in stored
            if one.device in scope.devices and one.purpose == "support"
        ]
        for one, (dataset, column) in drawn:
            place = f"{one.device.hex()}/{one.incarnation.hex()}/{one.sequence}"
            (group,) = why(desk, place, dataset=dataset, column=column)
            world = World([(now, policy)], (now + 150 * DAY, 30 * DAY))
            if (
                one.device in scope.devices
                and scope.since <= one.created <= scope.until
            ):
                names = frozenset({"event_logs.message", "event_logs.user.id"})
                world.holds["case"] = Held("support", names, scope.since, scope.until)
            until = FAR if group["until"] is None else int(str(group["until"]))
            if not ends(world, made[one.key_id], f"{dataset}.{column}", until):
                wrong.append((place, dataset, column, until))
            ended.add(until)
    assert wrong == []
    assert len(stored) > 70
    assert len(ended) > 5
    assert max(ended) == FAR


def test_what_is_not_here_is_no_record(room: HoldRoom) -> None:
    """A device, record, purpose, dataset or column that is not there is a mistake."""
    speaker = room.site.enrol("Desk two")
    device = speaker.device.hex()
    spool = f"{device}/{speaker.incarnation.hex()}"
    with room.keeper() as desk:
        for what, narrowed, words in (
            ("ffffffffffff", {}, "there is no such device"),
            (f"{spool}/9", {}, "nothing of that is here"),
            (f"{device}/xyz/1", {}, "a record is DEVICE/INCARNATION/SEQUENCE"),
            (f"{device}/00", {}, "a record is DEVICE/INCARNATION/SEQUENCE"),
            (device, {"purpose": "fun"}, "there is no such purpose"),
            (device, {"dataset": "films"}, "there is no such dataset"),
            (device, {"column": "message"}, "name the column's dataset"),
        ):
            with pytest.raises(UsageError, match=words):
                why(desk, what, **narrowed)


def test_what_a_case_keeps_is_explained_after_its_key(room: HoldRoom) -> None:
    """When the key is gone, what is left names the case and ends with its release."""
    speaker = room.site.enrol("Ann's desk")
    room.site.say(speaker, [table("event_logs", SAID)])
    with room.keeper() as desk:
        hold = room.hold(desk, scope_of(room, speaker.device))
        (sealed, _) = why(desk, speaker.device.hex())
        room.until_due(desk)
        room.turn(desk)
        (kept, entry) = why(desk, speaker.device.hex())
    assert sealed["columns"] == {"event_logs.message": None}
    assert str(sealed["then"]).startswith("before that, what a law or a hold names")
    assert (kept["what"], kept["envelopes"], kept["until"]) == ("extracted", 1, None)
    assert kept["because"] == [
        {
            "slug": f"hold:{hold.case.hex()}",
            "until": None,
            "words": f"case {hold.case.hex()} holds it until its release",
            "clause": "6: unless a longer retention period is required or permitted by"
            " law",
            "least": True,
        }
    ]
    assert entry["what"] == "entry"


def test_a_gap_ends_with_a_key_of_its_time(room: HoldRoom) -> None:
    """What announces a loss has no key: it goes with its class's key of that time."""
    speaker, now = room.site.enrol("Gap"), room.site.now
    key = room.site.key()
    octets = speaker.seal(key, [table("event_logs", SAID)], now)
    room.site.put(speaker.void(octets, Gap(2, now, now, "too-much")))
    with room.keeper() as desk:
        (announced,) = why(desk, speaker.device.hex(), purpose="support")
        ended = {live.key_id: keep.key_dies for live, keep in facts.kept(desk)}
    assert (announced["what"], announced["until"]) == ("announced", ended[key.id])


def test_a_device_that_left_leaves_nothing(room: HoldRoom) -> None:
    """Its entry goes after its last data, not before, and the ledger has its id."""
    speaker = room.site.enrol("Leaving")
    room.site.say(speaker, [table("event_logs", SAID)])
    with room.keeper() as desk:
        desk.store.set_state(desk.tenant, speaker.device, DeviceState.REVOKED)
        room.until_due(desk)
        devices.turn(desk, room.machine.system)
        assert desk.store.device(desk.tenant, speaker.device) is not None
        room.turn(desk)
        room.machine.passes(DEVICE_SECONDS)
        devices.turn(desk, room.machine.system)
        assert desk.store.device(desk.tenant, speaker.device) is None
        with pytest.raises(UsageError, match="there is no such device"):
            why(desk, speaker.device.hex())
    told = [one.body for one in room.site.acts() if one.act == "device-ended"]
    assert told == [{"device": speaker.device, "reason": "revoked"}]


def test_the_command_says_why(
    room: HoldRoom, capsys: pytest.CaptureFixture[str]
) -> None:
    """A person reads until when, each reason with its clause, and what happens then."""
    program_of = ["--directory", str(room.site.layout.directory), "why"]
    with running_keeper(room.site):
        assert program.main([*program_of, "Shed", "--purpose", "security"]) == 0
        shown = capsys.readouterr().out
        assert program.main([*program_of, "Shed", "--json"]) == 0
        told = json.loads(capsys.readouterr().out)
        assert program.main([*program_of, "nobody"]) == 2
    words = [" ".join(line.split()) for line in shown.splitlines()]
    assert words[0].startswith("security, ")
    assert words[0].endswith(": 1 envelopes, 1 records")
    assert words[1].startswith("until 20")
    assert words[2].startswith("at most 20")
    assert words[4].startswith("clause 6: ")
    assert words[-1].startswith("then the key is destroyed, so that no copy opens it")
    assert [group["what"] for group in told["kept"]] == ["sealed", "sealed", "entry"]


def test_rows_of_a_dead_key_are_told_as_such(room: HoldRoom) -> None:
    """Between the key's end and the rows' it is said that nobody opens them."""
    speaker = room.site.enrol("Late")
    room.site.say(speaker, [table("event_logs", SAID)])
    with room.keeper() as desk:
        room.site.destroy()
        (sealed, _) = why(desk, speaker.device.hex())
    assert sealed["because"] == [
        {
            "slug": "ended",
            "until": room.site.now,
            "words": "its key ended: maximum-age",
            "clause": "6: securely delete",
            "least": False,
        }
    ]
    assert sealed["then"] == (
        "the key is gone, so nobody opens it; the rows are being deleted"
    )


def test_what_waits_for_people_is_told_as_such(room: HoldRoom) -> None:
    """Where too much would end at once, its end waits, and the answer says for whom."""
    with room.keeper() as desk:
        now = room.machine.system
        with desk.register.transaction() as connection:
            contract.give(connection, Notice(now - 2, now - 1, 1))
        room.turn(desk)
        (sealed, _) = why(desk, "Desk")
    assert str(sealed["then"]).startswith("it waits for two people")
