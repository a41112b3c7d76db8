# SPDX-License-Identifier: Apache-2.0
"""The record of an incident as people type it, from its opening to its end.

Rules: the commands are run as they ship; the keeper is a process.
Not here: the record itself (`test_incident_record.py`), `incident look`
(`test_incidents.py`).
"""

import datetime as dt
import hashlib
import json
from collections.abc import Iterator
from pathlib import Path

import pytest
from office_fixture import Office, office_of
from reader_fixture import make_site, table

pytestmark = pytest.mark.slow


@pytest.fixture(scope="module")
def office(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Office]:
    """Install a collector with a device's data and run its keeper."""
    site = make_site(tmp_path_factory.mktemp("incident") / "collector")
    site.say(site.enrol("Reception"), [table("event_logs", [{"message": "m"}])])
    with site.layout.configuration.open("a") as file:
        file.write('\n[controller]\nofficer = "A. Example"\n')
    with office_of(site, tmp_path_factory.mktemp("keys"), {}) as made:
        yield made


def hours_ago(office: Office, hours: float) -> str:
    """Return a time as people write it."""
    moment = dt.datetime.fromtimestamp(office.site.now - int(hours * 3_600), dt.UTC)
    return moment.isoformat()


def opening(office: Office, name: str, hours: float, *about: str) -> tuple[str, ...]:
    """Return what somebody types to open an incident."""
    known = hours_ago(office, hours)
    return ("incident", "open", name, "--nature", "integrity", "--known", known, *about)


def test_an_incident_from_its_opening_to_its_end(
    office: Office, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    """Opened, recorded, told and closed: each step says what is so then."""
    said = office.typed(*opening(office, "inc-1", 1.5, "--device", "Reception"))
    assert said.splitlines() == [
        "Incident inc-1 is open.",
        "  client     due in 22 h",
        "  authority  due in 70 h",
        "  people     open",
    ]
    text, answer = tmp_path / "text", tmp_path / "touched.json"
    text.write_text("A laptop was left in a train.\n")
    (key,) = {
        one.key_id.hex() for one in office.site.store.envelopes(office.site.tenant)
    }
    answer.write_text(office.typed("incident", "look", "--key", key[:8], "--json"))
    digest = hashlib.sha256(answer.read_bytes()).hexdigest()
    said = office.typed("incident", "attach", "inc-1", str(answer))
    assert said.startswith("Attached to inc-1: 1 devices, ")
    assert said.endswith(f"keep the file {digest}.\n")
    parts = [
        word
        for one in ("facts", "effects", "action")
        for word in (f"--{one}", str(text))
    ]
    assert office.typed("incident", "record", "inc-1", *parts) == (
        "Recorded of inc-1: facts, effects, action.\n"
    )
    office.typed("incident", "close", "inc-1", code=2)
    assert "tell first" in capsys.readouterr().err
    office.typed("incident", "tell", "inc-1", "client", "--words", str(text))
    (notice,) = json.loads(office.typed("notice", "list", "--json"))
    assert (notice["kind"], notice["state"]) == ("breach", "due")
    assert "Whom to ask: A. Example." in office.typed("notice", "show", notice["id"])
    office.typed("notice", "delivered", notice["id"], "--proof", str(text))
    office.typed("incident", "tell", "inc-1", "authority", "--proof", str(text))
    reason = "the disk is encrypted"
    said = office.typed("incident", "tell", "inc-1", "people", "--not-needed", reason)
    assert [line.split(maxsplit=1)[1] for line in said.splitlines()] == [
        *("told", "told", "not needed"),
    ]
    shown = office.typed("incident", "show", "inc-1")
    assert "  about      device Reception\n" in shown
    assert "facts:\n  A laptop was left in a train.\n" in shown
    assert f"why-people:\n  {reason}\n" in shown
    assert office.typed("incident", "close", "inc-1") == "Incident inc-1 is closed.\n"
    row = office.typed("incident", "list").splitlines()[1].split()
    assert row[:3] == ["inc-1", "integrity", "device"]
    assert row[4:] == ["told", "told", "not", "needed", "closed"]


def test_what_is_overdue_is_written_large(
    office: Office, capsys: pytest.CaptureFixture[str]
) -> None:
    """A list shows by how much each clock is over, and says how many are."""
    office.typed(*opening(office, "inc-2", 80, "--technician", "Bo"))
    capsys.readouterr()
    listed = office.typed("incident", "list")
    assert "OVERDUE by 56 h  OVERDUE by 8 h  open " in listed
    told = capsys.readouterr().err
    assert "2 of those who are to be told were not told in time" in told
    states = json.loads(office.typed("incident", "show", "inc-2", "--json"))["told"]
    assert [one["state"] for one in states] == ["overdue", "overdue", "open"]


@pytest.mark.parametrize(
    ("arguments", "sentence"),
    [
        (("attach", "inc-2", "/nonexistent"), "is not what incident look --json"),
        (("tell", "inc-2", "authority"), "prove it with --proof, or say with"),
        (("tell", "inc-2", "authority", "--reason", "x"), "prove it with --proof"),
        (("tell", "inc-2", "client", "--not-needed", "x"), "told by a notice"),
        (("record", "inc-2"), "give facts, effects or action"),
        (("record", "inc-2", "--facts", "/nonexistent"), "cannot read /nonexistent"),
        (("open", "inc-3", "--key", "00"), "arguments are required: --nature"),
        (("show", "inc-9"), "there is no such incident"),
    ],
)
def test_a_mistake_is_one_sentence(
    office: Office,
    capsys: pytest.CaptureFixture[str],
    arguments: tuple[str, ...],
    sentence: str,
) -> None:
    """What cannot be done is told, with what to do."""
    office.typed("incident", *arguments, code=2)
    told = capsys.readouterr().err
    assert sentence in told
    assert told.count("\n") == 1


def test_a_time_has_its_zone(
    office: Office, capsys: pytest.CaptureFixture[str]
) -> None:
    """A time without a zone is refused: clocks of 72 hours do not guess."""
    known = "2026-11-29T08:00:00"
    asked = ("--nature", "integrity", "--key", "00", "--known", known)
    office.typed("incident", "open", "inc-3", *asked, code=2)
    assert "a time is written with its zone" in capsys.readouterr().err
