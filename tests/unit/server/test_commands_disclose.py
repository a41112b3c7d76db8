# SPDX-License-Identifier: Apache-2.0
"""`disclose` as people type it, against a keeper that runs.

Rules: the commands are run as they ship; the keeper is a process.
Not here: what is given (`test_disclosing.py`).
"""

import hashlib
import json
from collections.abc import Iterator
from pathlib import Path

import pytest
from office_fixture import Office, office_of
from reader_fixture import make_site, table

from recipient.__main__ import main as recipient

pytestmark = pytest.mark.slow
NEED = "event_logs.message=it is what was threatened"


@pytest.fixture(scope="module")
def office(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Office]:
    """Install a collector with data and two people, and run its keeper."""
    site = make_site(tmp_path_factory.mktemp("disclose") / "collector")
    said = [{"message": "a", "user.id": "ann"}, {"message": "b", "user.id": "bo"}]
    site.say(site.enrol("Desk"), [table("event_logs", said)])
    roles = {"amelie": "requester counsel", "bo": "counsel"}
    with office_of(site, tmp_path_factory.mktemp("keys"), roles) as made:
        (made.place / "letter").write_bytes(b"give us what she wrote")
        yield made


def asked(office: Office, *more: str, code: int = 0) -> str:
    """Ask for Ann's messages of today and yesterday."""
    return office.typed(
        *("disclose", "ask", "--authority", "Court of Examples"),
        *("--basis", "section 94", "--purpose", "support"),
        *("--column", "event_logs.message", "--where", "event_logs.user.id=ann"),
        *("--since", office.day(-1), "--until", office.day()),
        *(*more, *office.signing("amelie")),
        code=code,
    )


def test_a_disclosure_from_the_letter_to_the_file(
    office: Office, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    """Asked, counted, approved by another, produced once, with its custody."""
    letter = "--letter", str(office.place / "letter")
    told = asked(office, *letter, "--need", NEED)
    digest = hashlib.sha256(b"give us what she wrote").hexdigest()
    assert f"letter                   {digest}\n" in told
    assert told.endswith("In its scope are 1 rows of 1 envelopes and 0 extracts.\n")
    case = office.newest_case("disclose")
    assert (
        office.typed("disclose", "dry-run", case[:12]) == told.splitlines()[-1] + "\n"
    )
    out = tmp_path / "production"
    produce = "disclose", "produce", case, "--out", str(out)
    office.typed(*produce, code=2)
    assert "it is not approved, or was fetched" in capsys.readouterr().err
    office.approve(case, "amelie", code=6)
    assert "who asked cannot decide" in capsys.readouterr().err
    office.approve(case, "bo")
    assert "Password  " in office.typed(*produce)
    archive = out / "production.zip"
    assert archive.read_bytes()[:2] == b"PK"
    custody = json.loads(office.typed("disclose", "custody", case, "--json"))
    assert [line["act"] for line in custody][-3:] == [
        *("disclosed", "notice-due", "disclosure-fetched"),
    ]
    assert custody[-3]["digest"] == hashlib.sha256(archive.read_bytes()).hexdigest()
    assert "disclosure-fetched" in office.typed("disclose", "custody", case)
    assert "authority" in office.typed("disclose", "show", case)
    (notice,) = json.loads(office.typed("notice", "list", "--json"))
    assert (notice["kind"], notice["event"], notice["state"]) == (
        *("disclosure", case, "due"),
    )


def test_what_an_authority_gets_verifies_offline(
    office: Office, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    """Without key and password: by whose word it is; no octet of it can be another."""
    asked(office, "--letter", str(office.place / "letter"), "--need", NEED)
    case = office.newest_case("disclose")
    office.approve(case, "bo")
    got, mine = tmp_path / "got", (tmp_path / "got" / "production.zip")
    office.typed("disclose", "produce", case, "--out", str(got))
    root = json.loads(office.typed("root", "show", "--json"))["digest"]
    verify = ["verify", str(got), "--root", root]

    def told(*words: str, code: int = 0) -> str:
        capsys.readouterr()
        assert recipient([*words]) == code
        found = capsys.readouterr()
        return found.out + found.err

    said = told(*verify)
    assert said.startswith(f"release {case} to Court of Examples\n")
    assert "locked by a password, as production.zip\n" in said
    assert "on the basis of: section 94\n" in said
    assert "asked for by amelie as " in said
    assert "approved by bo as counsel at " in said
    assert "device signatures verified: 1 of 1 envelopes\n" in said
    digest = hashlib.sha256(mine.read_bytes()).hexdigest()
    assert said.endswith(f"production.zip is whole, SHA-256 {digest}\n")
    for path in (mine, got / "head"):
        whole = path.read_bytes()
        for place in (0, len(whole) // 2, len(whole) - 1):
            wrong = bytearray(whole)
            wrong[place] ^= 1
            path.write_bytes(wrong)
            assert "does not verify" in told(*verify, code=4)
        path.write_bytes(whole[:-1])
        assert "does not verify" in told(*verify, code=4)
        path.unlink()
        assert "cannot use" in told(*verify, code=7)
        path.write_bytes(whole)
    assert "does not verify" in told(*verify[:-1], "00" * 32, code=4)
    assert told(*verify) == said
    own = ("--root", root, "--key", "none", "--out", str(tmp_path / "out"))
    assert "a password opens production.zip" in told("fetch", str(got), *own, code=2)


@pytest.mark.parametrize(
    ("more", "code", "sentence"),
    [
        ((), 2, "give the SHA-256 digest of the authority's letter"),
        (("--letter", "/nonexistent"), 7, "cannot read /nonexistent"),
        (("--need", "event_logs.message"), 2, "--need is DATASET.COLUMN=REASON"),
        (("--protect",), 2, "give the SHA-256 digest of the memo"),
    ],
)
def test_a_mistake_is_one_sentence(
    office: Office,
    capsys: pytest.CaptureFixture[str],
    more: tuple[str, ...],
    code: int,
    sentence: str,
) -> None:
    """What cannot be asked for is told, with what to do, and opens no case."""
    before = office.typed("case", "list", "--json")
    asked(office, *more, code=code)
    told = capsys.readouterr().err
    assert sentence in told
    assert told.count("\n") == 1
    assert office.typed("case", "list", "--json") == before
