# SPDX-License-Identifier: Apache-2.0
"""Tests of one device's page, over an office and a reader that run."""

from collections.abc import Iterator

import pytest
from pages_room import Open, Reader, opened, somebody, words
from reader_fixture import Speaker, table

from server.access.actions import Role
from server.console import reading, sections
from server.console.reading import Table
from wire.body import Mode
from wire.purposes import Purpose

HOSTILE = "\u202e<img src=x onerror=alert(1)>"
WHY = "the customer says it is slow"
WORK = Purpose.ADMINISTRATION


@pytest.fixture(scope="module")
def room(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Open]:
    """Return a console with a device that sent software and what it measured."""
    with opened(tmp_path_factory.mktemp("device"), "office", "reader") as made:
        site = made.installation
        made.device = site.enrol("Desk")  # type: ignore[attr-defined]  # the test's own
        rows = [{"name": "openssl", "version": "3.0.1", "size": 2048}]
        rows.append({"name": HOSTILE, "version": "1", "size": 1})
        part = table("software", rows, WORK, Mode.FULL)
        site.say(device(made), [part], WORK)
        counted = [
            {
                "timestamp": site.now - 600 + 60 * step,
                "system.cpu.time.idle": 45.0 * step,
                "system.cpu.time.user": 15.0 * step,
                "system.memory.utilization": 40.0,
            }
            for step in range(5)
        ]
        measured = table("host_metrics", counted, Purpose.PROVISION)
        site.say(device(made), [measured], Purpose.PROVISION)
        yield made


def device(room: Open) -> Speaker:
    """Return the device."""
    found: Speaker = room.device  # type: ignore[attr-defined]  # the test's own
    return found


@pytest.fixture
def ann(room: Open) -> Reader:
    """Return a technician."""
    return somebody(room, [Role.TECHNICIAN])


def asked(reader: Reader, **changes: str) -> dict[str, str]:
    """Return the fields of the form."""
    named = device(reader.room).device.hex()
    fields = {"device": named, "purpose": WORK.value, "part": "software"}
    return fields | {"reason": WHY, "ticket": "T-1"} | changes


@pytest.mark.slow
def test_data_comes_after_purpose_and_reason(ann: Reader) -> None:
    """The page of a device shows no data, and names what each purpose would give."""
    before = len(ann.acts("opened"))
    told = words(ann.get(f"/device?device={device(ann.room).device.hex()}").text)
    assert "Nothing is missing." in told
    assert "administration Inventory, Software, Updates" in told
    assert "openssl" not in told
    assert len(ann.acts("opened")) == before


@pytest.mark.slow
def test_software_is_read_for_a_purpose_and_is_in_the_ledger(ann: Reader) -> None:
    """The rows are shown with how long they are kept, and one line says who and why."""
    told = ann.post("/device", **asked(ann))
    said = words(told.text)
    assert told.status == 200
    assert "openssl" in said
    assert "Kept for at most 400 days." in said
    last = ann.acts("opened")[-1]
    assert (last["user"], last["reason"], last["purpose"]) == (
        *(ann.number, WHY),
        WORK.value,
    )
    assert (last["ticket"], last["form"]) == ("T-1", "page")


@pytest.mark.slow
def test_what_a_device_sent_is_inert(ann: Reader) -> None:
    """A hostile name is text, without what turns a line around."""
    told = ann.post("/device", **asked(ann)).text
    assert "?&lt;img src=x onerror=alert(1)&gt;" in told
    assert "<img src=x" not in told
    assert "\u202e" not in told


@pytest.mark.slow
def test_what_was_measured_is_drawn_and_said(ann: Reader) -> None:
    """Load is a chart and a table that has the same value."""
    fields = asked(ann, purpose="provision", part="metrics", span="day")
    told = ann.post("/device", **fields).text
    assert '<path class="line series0"' in told
    assert "25 %" in words(told)
    assert "Processor at work" in told


@pytest.mark.slow
def test_what_a_purpose_does_not_get_is_said(ann: Reader) -> None:
    """A part names the tables that this purpose has not, and who has them."""
    said = words(ann.post("/device", **asked(ann, purpose="provision")).text)
    assert "Not given for this purpose" in said
    assert "software : administration, security" in said
    told = ann.post("/device", **asked(ann, purpose="support"))
    assert told.status == 400
    assert "choose another purpose" in told.text


@pytest.mark.slow
@pytest.mark.parametrize(
    ("roles", "changes", "status"),
    [
        ([Role.TECHNICIAN], {"purpose": "security"}, 403),
        ([Role.TECHNICIAN], {"purpose": ""}, 403),
        ([Role.AUDITOR], {}, 403),
        ([Role.TECHNICIAN], {"reason": " "}, 403),
        ([Role.TECHNICIAN], {"device": "ffff"}, 400),
    ],
)
def test_who_may_not_sees_nothing(
    room: Open, roles: list[Role], changes: dict[str, str], status: int
) -> None:
    """Another purpose, none, no role, no reason: nothing is opened."""
    who = somebody(room, roles)
    before = len(who.acts("opened"))
    told = who.post("/device", **asked(who, **changes))
    assert (told.status, "openssl" in told.text) == (status, False)
    assert len(who.acts("opened")) == before


def test_of_many_rows_the_newest_are_kept() -> None:
    """A table keeps no more than its limit, and says how many there were."""
    made = Table("event_logs", ["timestamp", "message"], 3)
    for day in range(1, 9):
        made.take([[f"2026-01-0{day}T00:00:00", "m"]])
    made.trim()
    assert [row[0] for row in made.rows] == [
        f"2026-01-0{day}T00:00:00" for day in (8, 7, 6)
    ]
    assert made.count == 8


@pytest.mark.parametrize(
    ("value", "unit", "expected"),
    [
        (None, "", ""),
        (0.00025, "double-seconds", "0.25 ms"),
        (0.07, "ratio", "7 %"),
        (2048, "bytes", "2 KiB"),
        (True, "boolean", "✓"),
        ("2026-01-02T03:04:05", "timestamp", "2026-01-02 03:04:05"),
        ("a\x1b[2Jb", "text", "a?[2Jb"),
        ("x" * 5_000, "text", "x" * 1_999 + "…"),
    ],
)
def test_cells_are_for_people(value: object, unit: str, expected: str) -> None:
    """A value is short, has its unit, and moves no cursor."""
    assert reading.cell(value, unit) == expected


def test_each_cell_of_a_row_is_made_by_the_type_of_its_column() -> None:
    """The same value in another column is another text; times stay on a line."""
    columns = ["observed", "said", "system.memory.usage", "up"]
    told, moment = "2026-01-02 03:04:05", "2026-01-02T03:04:05"
    made = Table("host_metrics", columns, 5, [[moment, moment, 1, True]] * 2)
    types = {"system.memory.usage": ("bytes", ""), "up": ("boolean", "")}
    row = [(told, True), (moment, False), ("1 B", False), ("✓", False)]
    assert [*reading.cells(made, types)] == [row, row]


def test_each_table_of_a_part_exists() -> None:
    """The parts name tables of the catalogue, each once."""
    from policies import catalogue  # noqa: PLC0415 - once

    named = [name for tables in sections.SECTIONS.values() for name in tables]
    assert set(named) <= catalogue().datasets.keys()
    assert len(named) == len(set(named))
