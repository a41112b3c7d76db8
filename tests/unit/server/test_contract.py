# SPDX-License-Identifier: Apache-2.0
"""The contract's end: its states, who is heard no more, until when data is kept.

Rules: the states are pure; the act and the round run on a real installation.
Not here: destroying what is due (`test_keeper_ending.py`).
"""

from collections.abc import Iterator
from pathlib import Path

import pytest
from keeper_fixture import Room, running_keeper

from server import __main__ as program
from server.authority import open_authority
from server.errors import UsageError
from server.keeper import facts
from server.keeper.acts import answer
from server.keeper.contract import Stage, check, stage
from server.keeper.desk import Desk
from server.keeper.rounds import contract as heard
from server.register.contract import Notice
from server.store.interface import DeviceState

DAY = 86_400
GIVEN = Notice(10 * DAY, 20 * DAY, 30 * DAY)


@pytest.mark.parametrize(
    ("given", "day", "live", "expected"),
    [
        (None, 10, 3, Stage.ACTIVE),
        (None, 10, 0, Stage.ACTIVE),
        (GIVEN, 10, 3, Stage.NOTICED),
        (GIVEN, 20, 3, Stage.WINDOW),
        (GIVEN, 49, 3, Stage.WINDOW),
        (GIVEN, 50, 3, Stage.ENDED),
        (GIVEN, 50, 0, Stage.GONE),
    ],
)
def test_time_moves_a_contract_on(
    given: Notice | None, day: int, live: int, expected: Stage
) -> None:
    """A contract is noticed, in its window, ended, and gone with its last key."""
    assert stage(given, day * DAY, live) is expected


@pytest.mark.parametrize(
    ("given", "before", "words"),
    [
        (Notice(0, 9 * DAY, DAY), None, "within a day"),
        (Notice(0, 9 * DAY, 2 * DAY - 1), None, "within a day"),
        (Notice(0, 20 * DAY, DAY - 1), None, "the window is 1d to 400d"),
        (Notice(0, 20 * DAY, 400 * DAY + 1), None, "the window is 1d to 400d"),
        (GIVEN, Notice(0, 2 * DAY, 8 * DAY), "the window is over"),
    ],
)
def test_an_end_that_takes_data_unasked_is_refused(
    given: Notice, before: Notice | None, words: str
) -> None:
    """The window lies ahead by a day at least, and a window that is over stays so."""
    with pytest.raises(UsageError, match=words):
        check(given, before, 10 * DAY)


@pytest.mark.parametrize("before", [None, GIVEN])
def test_an_end_may_be_changed_while_its_window_lasts(before: Notice | None) -> None:
    """A later or an earlier end is fine as long as a day of its window is left."""
    check(Notice(0, 9 * DAY, 2 * DAY), before, 10 * DAY)


@pytest.fixture
def room(tmp_path: Path) -> Iterator[Room]:
    """Install a collector with two machines."""
    made = Room(tmp_path)
    yield made
    made.close()


def ask(desk: Desk, room: Room, **question: object) -> dict[str, object]:
    """Ask the keeper as a person does."""
    message = {"act": "contract", **question}
    (told,) = answer(desk, message, "amelie", room.machine.system)
    assert isinstance(told["end"], dict)
    return told["end"]


def states(desk: Desk) -> set[DeviceState]:
    """Return the states of all devices."""
    return {device.state for device in desk.store.devices(desk.tenant)}


def changes(room: Room) -> list[tuple[str, object]]:
    """Return what the ledger has of contract and devices, and by whom."""
    return [
        (one.act, (one.body or {})["by"])
        for one in room.site.acts()
        if one.act in {"contract-ended", "contract-withdrawn", "device-revoked"}
    ]


@pytest.mark.slow
def test_a_contract_ends_step_by_step(room: Room) -> None:
    """Machines are heard until its end; data is kept until its window is over."""
    with room.keeper() as desk:
        end = room.machine.system + 2 * DAY
        assert ask(desk, room, do="show")["stage"] == "active"
        told = ask(desk, room, do="end", on=end, window=3 * DAY)
        assert told == {
            "stage": "noticed",
            "ends": end,
            "over": end + 3 * DAY,
            "devices": 2,
            "envelopes": told["envelopes"],
        }
        assert told["envelopes"] == {**dict.fromkeys(purposes(desk), 0)} | {
            "support": 3,
            "security": 1,
        }
        del told["envelopes"]
        assert ask(desk, room, do="show", bare=True) == told
        heard.turn(desk, room.machine.system)
        assert states(desk) == {DeviceState.ACTIVE}
        assert {keep.key_dies for _, keep in facts.kept(desk)} == {end + 3 * DAY}
        room.machine.passes(2 * DAY)
        heard.turn(desk, room.machine.system)
        assert states(desk) == {DeviceState.REVOKED}
        assert ask(desk, room, do="show")["stage"] == "window"
        room.machine.passes(3 * DAY)
        assert ask(desk, room, do="show")["stage"] == "ended"
    assert changes(room) == [
        ("contract-ended", "amelie"),
        ("device-revoked", "contract"),
        ("device-revoked", "contract"),
    ]


@pytest.mark.slow
def test_an_end_may_be_withdrawn(room: Room) -> None:
    """Everything is kept as the policy says again, and a second time is refused."""
    with room.keeper() as desk:
        before = [keep.key_dies for _, keep in facts.kept(desk)]
        ask(desk, room, do="end", on=room.machine.system + DAY, window=DAY)
        assert [keep.key_dies for _, keep in facts.kept(desk)] != before
        assert ask(desk, room, do="withdraw")["stage"] == "active"
        assert [keep.key_dies for _, keep in facts.kept(desk)] == before
        with pytest.raises(UsageError, match="no end to withdraw"):
            ask(desk, room, do="withdraw")
    assert changes(room) == [
        ("contract-ended", "amelie"),
        ("contract-withdrawn", "amelie"),
    ]


@pytest.mark.slow
def test_a_clock_set_forward_revokes_nobody(room: Room) -> None:
    """A machine whose clock jumps by years goes on hearing its fleet."""
    with room.keeper() as desk:
        ask(desk, room, do="end", on=room.machine.system + DAY, window=DAY)
        room.machine.system += 3_650 * DAY
        heard.turn(desk, room.machine.system)
        assert states(desk) == {DeviceState.ACTIVE}


@pytest.mark.slow
def test_after_the_end_no_key_is_made(room: Room) -> None:
    """Nothing is to be sealed any more, so what is destroyed gets no successor."""
    later = room.machine.system + 40 * DAY
    with room.keeper() as desk:
        ask(desk, room, do="end", on=later, window=DAY)
        before = {key.key_id for key in desk.keyring.live(desk.tenant)}
        with open_authority(room.site.layout) as authority:
            assert authority.ensure_epochs(later - 1)
            made = {key.key_id for key in desk.keyring.live(desk.tenant)} - before
            assert not authority.ensure_epochs(later + 40 * DAY)
            assert len(made) > 0
        after = {key.key_id for key in desk.keyring.live(desk.tenant)}
    assert after == before | made


@pytest.mark.slow
def test_the_command_shows_and_ends(
    room: Room, capsys: pytest.CaptureFixture[str]
) -> None:
    """A person sees state, last day, end, and what is kept."""
    directory = str(room.site.layout.directory)
    with running_keeper(room.site):
        words = ("contract", "end", "--on", "2199-12-31", "--window", "10d")
        assert program.main(["--directory", directory, *words]) == 0
        ended = capsys.readouterr().out
        assert program.main(["--directory", directory, "contract", "show"]) == 0
        assert capsys.readouterr().out == ended
        assert program.main(["--directory", directory, "contract", "withdraw"]) == 0
        assert program.main(["--directory", directory, *words[:3], "soon"]) == 2
    assert [" ".join(line.split()) for line in ended.splitlines()[:4]] == [
        "state noticed: the contract ends; until then nothing changes",
        "last day 2199-12-31",
        "data is kept until 2200-01-11T00:00:00Z",
        "machines heard 2",
    ]


def purposes(desk: Desk) -> set[str]:
    """Return the purposes that have keys."""
    return {key.purpose.value for key in desk.keyring.live(desk.tenant)}
