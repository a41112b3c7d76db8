# SPDX-License-Identifier: Apache-2.0
"""`finding` as people type it.

Rules: the command is run as it ships; the keeper is a process.
Not here: findings themselves (`test_findings.py`).
"""

import hashlib
import json
from collections.abc import Iterator
from pathlib import Path

import pytest
from office_fixture import Office, office_of
from reader_fixture import make_site

pytestmark = pytest.mark.slow


@pytest.fixture(scope="module")
def office(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Office]:
    """Install a collector and run its keeper."""
    site = make_site(tmp_path_factory.mktemp("finding") / "collector")
    with office_of(site, tmp_path_factory.mktemp("keys"), {}) as made:
        yield made


def opening(office: Office, name: str, **changes: str) -> tuple[str, ...]:
    """Return what somebody types to open a finding, with changes."""
    said = {
        "title": "The console answers to any origin",
        "severity": "high",
        "source": "audit",
        "owner": "platform",
        "due": office.day(20),
    }
    given = [word for pair in (said | changes).items() for word in pair]
    given[::2] = [f"--{word}" for word in given[::2]]
    return ("finding", "open", name, *given)


def test_a_finding_from_its_opening_to_its_end(office: Office, tmp_path: Path) -> None:
    """Opened, shown and closed: each step says what is so then."""
    day = office.day(20)
    assert office.typed(*opening(office, "au-1")) == (
        f"Finding au-1 is open until {day}.\n"
    )
    lines = office.typed("finding", "list").splitlines()
    assert lines[0].split() == (
        ["FINDING", "SEVERITY", "SOURCE", "OWNER", "DUE", "STATE", "TITLE"]
    )
    assert lines[1].split()[:6] == ["au-1", "high", "audit", "platform", day, "open"]
    report = tmp_path / "retest.pdf"
    report.write_bytes(b"fixed")
    digest = hashlib.sha256(b"fixed").hexdigest()
    assert office.typed("finding", "close", "au-1", "--proof", str(report)) == (
        f"Finding au-1 is closed; keep the file of digest {digest}.\n"
    )
    (told,) = json.loads(office.typed("finding", "list", "--json"))
    assert (told["state"], told["proof"], told["test"]) == ("closed", digest, "")


@pytest.mark.parametrize(
    ("change", "code", "sentence"),
    [
        ({"due": "2020-01-01"}, 2, "due on a day within a year"),
        ({"due": "soon"}, 2, 'a day is written like "2027-01-31"'),
        ({"severity": "awful"}, 2, "the severity is one of critical"),
    ],
)
def test_a_mistake_is_one_sentence(
    office: Office,
    capsys: pytest.CaptureFixture[str],
    change: dict[str, str],
    code: int,
    sentence: str,
) -> None:
    """What cannot be opened or closed is told, with what to do."""
    office.typed(*opening(office, "au-2", **change), code=code)
    told = capsys.readouterr().err
    assert sentence in told
    assert told.count("\n") == 1
    office.typed("finding", "close", "au-2", "--test", "tests/a.py::test_b", code=2)
    office.typed("finding", "close", "au-2", "--proof", "/nonexistent", code=7)
