# SPDX-License-Identifier: Apache-2.0
"""Tests of questions in SQL at the console, over an office and a reader that run."""

from collections.abc import Iterator
from dataclasses import replace

import pytest
from pages_room import Open, Reader, opened, somebody, words
from reader_fixture import table

from server.access.actions import RULES, Action, Role
from server.console.explore import EXAMPLES
from wire.body import Mode
from wire.purposes import Purpose

WHY = "which versions are out there"
WORK = Purpose.ADMINISTRATION
FORMULA, TAG = "=HYPERLINK(1)", "<img src=x onerror=alert(1)>"
pytestmark = pytest.mark.slow


@pytest.fixture(scope="module")
def room(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Open]:
    """Return a console with a device that sent software of odd names."""
    with opened(tmp_path_factory.mktemp("explore"), "office", "reader") as made:
        site = made.installation
        rows = [{"name": name, "version": "1"} for name in ("openssl", FORMULA, TAG)]
        part = table("software", rows, WORK, Mode.FULL)
        site.say(site.enrol("Desk"), [part], WORK)
        yield made


@pytest.fixture
def ann(room: Open) -> Reader:
    """Return a technician."""
    return somebody(room, [Role.TECHNICIAN])


def asked(**changes: str) -> dict[str, str]:
    """Return the fields of the form."""
    fields = {"purpose": WORK.value, "sql": "SELECT name FROM software ORDER BY name"}
    return fields | {"reason": WHY, "ticket": "", "span": ""} | changes


def test_the_tables_of_a_purpose_are_shown_without_data(ann: Reader) -> None:
    """The page has columns, why each is there and how long, and opens nothing."""
    before = len(ann.acts("opened"))
    said = words(ann.get("/explore?purpose=administration&table=software").text)
    assert "SELECT * FROM software LIMIT 100" in said
    assert "Kept for at most 400 days." in said
    assert "openssl" not in said
    assert len(ann.acts("opened")) == before


def test_a_question_is_answered_and_is_in_the_ledger(ann: Reader) -> None:
    """The rows are shown, inert; one line has who, why and the digest of the SQL."""
    told = ann.post("/explore", **asked())
    assert told.status == 200
    assert "openssl" in told.text
    assert "&lt;img src=x" in told.text
    assert TAG not in told.text
    last = ann.acts("opened")[-1]
    assert (last["user"], last["reason"], "sql" in last) == (ann.number, WHY, True)


def test_a_file_runs_nothing_and_is_a_line_of_its_own(ann: Reader) -> None:
    """A cell that a spreadsheet would run has an apostrophe before it."""
    before = len(ann.acts("opened"))
    told = ann.post("/explore/csv", **asked())
    assert told.header("content-disposition").startswith("attachment")
    assert f"\r\n'{FORMULA}\r\n" in told.text
    assert len(ann.acts("opened")) == before + 1


def test_who_may_not_take_a_file_is_offered_none(
    ann: Reader, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Neither the button nor what the file would have; what is read is shown."""
    pages = [
        lambda: ann.get("/explore?purpose=administration"),
        lambda: ann.post("/explore", **asked(sql="SELECT * FROM range(2000)")),
    ]
    offers = '<button formaction="/explore/csv"'
    for page in pages:
        assert offers in page().text
    rule = RULES[Action.EXPORT_TABLES]
    fewer = replace(rule, roles=rule.roles - {Role.TECHNICIAN})
    monkeypatch.setitem(RULES, Action.EXPORT_TABLES, fewer)
    for page in pages:
        told = page()
        assert (told.status, offers in told.text) == (200, False)
    said = words(told.text)
    assert ("500 of 2000 rows" in said, "the file" in said) == (True, False)
    assert ann.post("/explore/csv", **asked()).status == 403


@pytest.mark.parametrize("name", EXAMPLES)
def test_each_question_that_is_offered_can_be_asked(ann: Reader, name: str) -> None:
    """What is often asked is SQL over tables that its purpose has."""
    purpose, sql = EXAMPLES[name]
    assert ann.post("/explore", **asked(purpose=purpose, sql=sql)).status == 200
    shown = ann.get(f"/explore?example={name}").text
    assert sql.split("\n", maxsplit=1)[0].replace('"', "&#34;") in shown


@pytest.mark.parametrize(
    ("changes", "status", "told"),
    [
        ({"sql": "SELECT nothing FROM software"}, 400, "nothing"),
        ({"sql": "COPY software TO 'x'"}, 400, "SELECT"),
        ({"sql": " "}, 400, "Write a SELECT statement first."),
        ({"purpose": "security"}, 403, "not for this purpose"),
        ({"purpose": "improvement"}, 403, "No person may"),
        ({"reason": ""}, 403, "reason"),
    ],
)
def test_what_cannot_be_asked_is_said(
    ann: Reader, changes: dict[str, str], status: int, told: str
) -> None:
    """SQL that is none, another purpose, no reason: one sentence, and no data."""
    for path in ("/explore", "/explore/csv"):
        found = ann.post(path, **asked(**changes))
        assert (found.status, told in found.text) == (status, True)
        assert "openssl" not in found.text


def test_many_rows_are_cut_and_said(ann: Reader) -> None:
    """A page shows the first rows, and says of how many."""
    found = ann.post("/explore", **asked(sql="SELECT * FROM range(2000)"))
    assert "500 of 2000 rows" in words(found.text)
