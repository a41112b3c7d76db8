# SPDX-License-Identifier: Apache-2.0
"""`notice` and what `policy publish` says of it, as people type them.

Rules: the commands are run as they ship; the keeper is a process.
Not here: notices themselves (`test_notices.py`).
"""

import hashlib
import json
from collections.abc import Iterator
from pathlib import Path

import pytest
from office_fixture import Office, office_of
from reader_fixture import make_site

from server.keeper.bounds import OWNERSHIP_NOTICE_SECONDS

pytestmark = pytest.mark.slow


@pytest.fixture(scope="module")
def office(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Office]:
    """Install a collector and run its keeper."""
    site = make_site(tmp_path_factory.mktemp("notice") / "collector")
    roles = {"amelie": "requester", "bo": "counsel"}
    with office_of(site, tmp_path_factory.mktemp("keys"), roles) as made:
        yield made


def test_a_wider_policy_is_told_of_first(
    office: Office, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    """Refused, told of, delivered, published: each step says what the next one is."""
    office.typed("policy", "publish", "minimal")
    dry = json.loads(
        office.typed("policy", "publish", "standard", "--dry-run", "--json")
    )
    assert dry["untold"] == ["administration", "improvement", "security", "support"]
    capsys.readouterr()
    office.typed("policy", "publish", "standard", "--dry-run")
    assert "write the notice with notice change-of-use FILE" in capsys.readouterr().err
    office.typed("policy", "publish", "standard", code=6)
    told = capsys.readouterr().err
    assert "this policy adds administration, improvement, security, support" in told
    assert "tell the client first, with notice change-of-use FILE" in told
    office.typed("notice", "change-of-use", "standard")
    (notice,) = json.loads(office.typed("notice", "list", "--json"))
    assert (notice["kind"], notice["to"], notice["state"]) == (
        *("change-of-use", "client", "written"),
    )
    shown = office.typed("notice", "show", notice["id"][:12])
    assert "In force: minimal, version 2.\nTo follow: standard.\n" in shown
    assert "New uses:\n  administration\n  improvement\n  security\n" in shown
    office.typed("policy", "publish", "standard", code=6)
    proof = tmp_path / "receipt.pdf"
    proof.write_bytes(b"it was read")
    done = office.typed("notice", "delivered", notice["id"], "--proof", str(proof))
    assert hashlib.sha256(b"it was read").hexdigest() in done
    assert "standard, 5 purposes" in office.typed("policy", "publish", "standard")
    assert "delivered" in office.typed("notice", "list")
    shown = office.typed("notice", "show", notice["id"])
    assert f"proof's digest  {hashlib.sha256(b'it was read').hexdigest()}\n" in shown


@pytest.mark.parametrize(
    ("arguments", "code", "sentence"),
    [
        (("change-of-use", "minimal"), 2, "adds no purpose and no recipient"),
        (("show", "zz"), 2, "no notice, or more than one"),
        (("delivered", "00", "--proof", "/nonexistent"), 7, "cannot read /nonexistent"),
    ],
)
def test_a_mistake_is_one_sentence(
    office: Office,
    capsys: pytest.CaptureFixture[str],
    arguments: tuple[str, ...],
    code: int,
    sentence: str,
) -> None:
    """What cannot be done is told, with what to do."""
    office.typed("notice", *arguments, code=code)
    told = capsys.readouterr().err
    assert sentence in told
    assert told.count("\n") == 1


def test_another_owner_is_told_of(
    office: Office, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    """Due on the day of the change, once, and listed until its proof is entered."""
    typed = "notice", "change-of-ownership", "--owner", "Buyer GmbH, Berlin"
    office.typed(*typed, "--on", "soon", code=2)
    assert "from which day on the owner is another one" in capsys.readouterr().err
    number = office.typed(*typed, "--on", office.day(60)).split()[1]
    assert office.typed(*typed, "--on", office.day(60)).split()[1] == number
    shown = office.typed("notice", "show", number)
    assert f"From {office.day(60)} on, we will belong to: Buyer GmbH, Berlin" in shown
    (line,) = [
        one for one in office.typed("notice", "list").splitlines() if number in one
    ]
    assert line.split()[1:4] == [
        "change-of-ownership",
        "client",
        f"{office.day(60)}T00:00:00Z",
    ]
    near = office.typed(*typed, "--on", office.day(1)).split()[1]
    listed = json.loads(office.typed("notice", "list", "--json"))
    (found,) = [one for one in listed if one["id"].startswith(near)]
    assert found["due"] - found["written"] == OWNERSHIP_NOTICE_SECONDS
    proof = tmp_path / "receipt.pdf"
    proof.write_bytes(b"read")
    office.typed("notice", "delivered", number, "--proof", str(proof))
    (line,) = [
        one for one in office.typed("notice", "list").splitlines() if number in one
    ]
    assert line.endswith("delivered")
