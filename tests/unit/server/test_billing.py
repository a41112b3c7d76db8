# SPDX-License-Identifier: Apache-2.0
"""Endpoints a day for billing: what counts, that it stays, and that it is all there is.

Rules: what counts is pure; act, round and command run on a real installation.
Not here: what payment processors may be granted (`test_sharing_permitted.py`).
"""

import csv
import datetime as dt
import io
import json
from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path

import pytest
from keeper_fixture import Room, running_keeper

from server import __main__ as program
from server.commands.billing import span
from server.errors import UsageError
from server.keeper.acts import answer
from server.keeper.desk import Desk
from server.keeper.endpoints import endpoints_on, uncounted
from server.keeper.rounds import counts
from server.store.interface import Device, DeviceState

DAY = 86_400
ONE = Device(
    *(bytes(16), bytes(16), bytes(32), b"", DeviceState.ACTIVE),
    *(10 * DAY + 5, 12 * DAY + 5, "1", "Linux", "Anna's laptop"),
)


@pytest.mark.parametrize(
    ("state", "days"),
    [
        (DeviceState.ACTIVE, [10, 11, 12, 13, 14]),
        (DeviceState.REVOKED, [10, 11, 12]),
        (DeviceState.GONE, [10, 11, 12]),
        (DeviceState.QUARANTINED, [10, 11, 12]),
    ],
)
def test_an_endpoint_counts_from_its_enrolment_to_its_end(
    state: DeviceState, days: list[int]
) -> None:
    """A silent one is served on; one that is over counts to the day it was heard."""
    device = replace(ONE, state=state)
    counted = [day for day in range(8, 15) if endpoints_on([device], day)]
    assert counted == days


@pytest.mark.parametrize(
    ("devices", "last", "today", "days"),
    [
        ([], None, 20, []),
        ([ONE], None, 10, []),
        ([ONE], None, 12, [10, 11]),
        ([ONE], 11, 14, [12, 13]),
        ([ONE], 13, 14, []),
        ([ONE], 30, 14, []),
        ([], 12, 14, [13]),
    ],
)
def test_a_day_is_counted_once_and_when_it_is_over(
    devices: list[Device], last: int | None, today: int, days: list[int]
) -> None:
    """Today counts tomorrow, and what stands is not counted again."""
    assert list(uncounted(devices, last, today * DAY + 7)) == days


def test_days_too_long_ago_are_not_guessed() -> None:
    """A device that is over may be forgotten by then, so such a day stays uncounted."""
    assert uncounted([ONE], 11, 100 * DAY).start == 72


@pytest.mark.parametrize(
    ("since", "until", "found"),
    [
        (None, None, ("2027-02-01", "2027-02-28")),
        ("2027-03-02", None, ("2027-03-02", "2027-03-09")),
        ("2026-12-05", None, ("2026-12-05", "2026-12-31")),
        (None, "2027-01-20", ("2027-01-01", "2027-01-20")),
        ("2026-12-30", "2027-01-02", ("2026-12-30", "2027-01-02")),
    ],
)
def test_a_bill_is_of_a_month_unless_days_are_given(
    since: str | None, until: str | None, found: tuple[str, str]
) -> None:
    """One day alone means the rest of its month, or the beginning of it."""
    given = [day and dt.date.fromisoformat(day) for day in (since, until)]
    told = span(given[0] or None, given[1] or None, dt.date(2027, 3, 10))
    assert tuple(map(str, told)) == found


@pytest.fixture
def room(tmp_path: Path) -> Iterator[Room]:
    """Install a collector with two machines."""
    made = Room(tmp_path)
    yield made
    made.close()


def ask(desk: Desk, room: Room, since: int, until: int) -> object:
    """Ask the keeper as a person does."""
    message = {"act": "billing", "since": since, "until": until}
    (told,) = answer(desk, message, "amelie", room.machine.system)
    assert isinstance(told["end"], dict)
    return told["end"]["days"]


@pytest.mark.slow
def test_a_number_stays_what_it_was(room: Room) -> None:
    """A machine that is revoked later changes no day that was counted before."""
    today = room.machine.system // DAY
    with room.keeper() as desk:
        room.machine.passes(2 * DAY)
        counts.turn(desk, room.machine.system)
        before = ask(desk, room, today - 1, today + 1)
        for device in desk.store.devices(desk.tenant):
            desk.store.set_state(desk.tenant, device.device, DeviceState.REVOKED)
        counts.turn(desk, room.machine.system)
        assert ask(desk, room, today - 1, today + 1) == before
    assert before == [[today - 1, None], [today, 2], [today + 1, 2]]
    lines = [one.body for one in room.site.acts() if one.act == "billed"]
    body = {"by": "amelie", "since": today - 1, "until": today + 1, "count": 4}
    assert lines == [body] * 2


@pytest.mark.slow
def test_days_that_make_no_bill_are_refused(room: Room) -> None:
    """Each with what to give instead."""
    today = room.machine.system // DAY
    with room.keeper() as desk:
        for since, until, words in (
            (today - 1, today - 2, "before the first"),
            (today - 1, today, "yesterday"),
            (today - 400, today - 1, "at most 366 days"),
            (-2, -1, "at most 366 days"),
        ):
            with pytest.raises(UsageError, match=words):
                ask(desk, room, since, until)
        with pytest.raises(UsageError, match="ask for the days"):
            list(answer(desk, {"act": "billing"}, "amelie", room.machine.system))


@pytest.mark.slow
def test_what_is_written_names_no_machine(
    room: Room, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    """The file has the tenant's id, days and numbers, and no other column."""
    folder, out = str(room.site.layout.directory), tmp_path / "bill.csv"
    with running_keeper(room.site):
        assert program.main(["--directory", folder, "billing", "--json"]) == 0
        shown = json.loads(capsys.readouterr().out)
        asked = ["--directory", folder, "billing", "--since", "2026-11-01"]
        asked += ["--until", "2026-11-03", "--out", str(out)]
        assert program.main(asked) == 0
        assert program.main(asked) == 2
        assert program.main([*asked[:3], "--since", "yesterday"]) == 2
    told = capsys.readouterr().err
    assert "3 of these days were not counted" in told
    assert 'a day is written like "2027-01-31"' in told
    assert set(shown) == {"tenant", "days"}
    assert set(shown["days"][0]) == {"day", "endpoints"}
    rows = list(csv.DictReader(io.StringIO(out.read_text())))
    tenant = room.site.tenant.hex()
    assert rows == [
        {"tenant": tenant, "day": f"2026-11-0{day}", "endpoints": ""}
        for day in (1, 2, 3)
    ]
