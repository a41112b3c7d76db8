# SPDX-License-Identifier: Apache-2.0
"""`subject` as people type it, against a keeper that runs.

Rules: the commands are run as they ship; the keeper is a process.
Not here: what an archive has (`test_rights_export.py`).
"""

import json
import shutil
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

import pytest
from keeper_fixture import Machine
from office_fixture import Office, office_of
from reader_fixture import make_site, table
from rights_room import RightsRoom, unpacked

from server.person import user_name

pytestmark = pytest.mark.slow
ROLES = {"eve": "requester", "finn": "privacy-officer", "gus": "counsel"}


@dataclass
class RightsOffice(Office):
    """People who type at an installation with a planted fleet."""

    room: RightsRoom

    def of(self, value: str, kind: str = "user") -> tuple[str, ...]:
        """Return the options that name a subject."""
        path = self.place / f"value-{len(value)}"
        path.write_text(value + "\n")
        return "--class", kind, "--value-file", str(path)


@pytest.fixture(scope="module")
def office(tmp_path_factory: pytest.TempPathFactory) -> Iterator[RightsOffice]:
    """Install a collector with a planted fleet and three people; run its keeper."""
    site = make_site(tmp_path_factory.mktemp("subject") / "collector")
    room = RightsRoom(site, Machine(site.now))
    room.plant(2, envelopes=4)
    place = tmp_path_factory.mktemp("keys")
    with office_of(site, place, ROLES):
        yield RightsOffice(site, place, room)


def test_finding_counts(office: RightsOffice) -> None:
    """By purpose and table, for people and programs, with what was not searched."""
    told = office.typed("subject", "find", *office.of("ann"), *office.signing("eve"))
    assert "administration  user_accounts  1\n" in told
    assert "Not searched: user_accounts.home of security (shorten_path)\n" in told
    shown = office.typed(
        *("subject", "find", "--json", *office.of("ann"), *office.signing("finn"))
    )
    rows = json.loads(shown.splitlines()[-1])["rows"]
    assert sum(count for _, _, count in rows) == len(office.room.planted["ann"])


@pytest.mark.skipif(not shutil.which("bsdtar"), reason="needs libarchive-tools")
def test_an_export_from_the_question_to_the_file(
    office: RightsOffice, tmp_path: Path
) -> None:
    """Asked, approved, fetched once; it opens with the password that was shown."""
    asked = office.typed("subject", "export", *office.of("bea"), *office.signing("eve"))
    rows = len(office.room.planted["bea"])
    assert f"It is about {rows} rows of " in asked
    (right,) = json.loads(office.typed("subject", "list", "--json"))
    assert (right["kind"], right["state"]) == ("export", "asked")
    assert right["days"] in {29, 30}
    office.typed(
        *("case", "decide", right["case"], "--approve", *office.signing("finn"))
    )
    assert "done, to fetch" in office.typed("subject", "list")
    out = tmp_path / "bea.zip"
    told = office.typed("subject", "fetch", right["case"], "--out", str(out))
    password = told.splitlines()[0].removeprefix("Password  ")
    assert {"about.txt", "subject.jsonld"} < unpacked(
        out, password, tmp_path / "opened"
    ).keys()
    office.typed("subject", "fetch", right["case"], "--out", f"{out}2", code=2)


def test_a_right_is_placed_and_lifted(office: RightsOffice) -> None:
    """Asked and approved it is in force, by its first digits it is lifted; no other."""
    note = "--note", "left in May"
    named = office.of("cem")
    office.typed("subject", "annotate", *named, *note, *office.signing("eve"))
    office.typed("subject", "restrict", *named, *office.signing("eve"))
    approve = "--approve", *office.signing("finn")
    for right in json.loads(office.typed("subject", "list", "--json")):
        if right["state"] == "asked":
            office.typed("case", "decide", right["case"], *approve)
    begun = json.loads(office.typed("subject", "list", "--json"))
    cases = {one["kind"]: one["case"] for one in begun if one["state"] == "in-force"}
    assert cases.keys() == {"annotate", "restrict"}
    lift = "subject", "lift", cases["restrict"][:12], *office.signing("eve")
    office.typed(*lift)
    (lifted,) = [
        one
        for one in json.loads(office.typed("subject", "list", "--json"))
        if one["kind"] == "lift"
    ]
    office.typed("case", "decide", lifted["case"], *approve)
    office.typed(*lift, code=2)


@pytest.mark.parametrize(
    ("words", "who", "code", "sentence"),
    [
        (("user", "zoe"), "eve", 6, "nobody is found by that: nothing was done"),
        (("user", "ann"), "gus", 2, "config.toml gives you no role that may ask"),
        (("name", "ann"), "eve", 2, "the class is one of domain, host"),
        (("ip", "ann"), "eve", 2, "the value is no ip that could be found"),
        (("user", " "), "eve", 2, "an identifier is one line of text"),
    ],
)
def test_a_mistake_is_one_sentence(
    office: RightsOffice,
    capsys: pytest.CaptureFixture[str],
    words: tuple[str, str],
    who: str,
    code: int,
    sentence: str,
) -> None:
    """What cannot be asked is told, without the value, and opens no case."""
    before = office.typed("case", "list", "--json")
    kind, value = words
    named = office.of(value, kind)
    office.typed("subject", "export", *named, *office.signing(who), code=code)
    told = capsys.readouterr().err
    assert sentence in told
    assert (told.count("\n"), "ann" in told) == (1, False)
    assert office.typed("case", "list", "--json") == before


def test_an_erasure_of_nobody_is_in_the_ledger(office: RightsOffice) -> None:
    """Nothing is erased; who asked is a line with the reason, without the value."""
    named = office.of("zoe")
    office.typed("subject", "erase", *named, *office.signing("eve"), code=6)
    newest = office.room.site.acts()[-1]
    assert newest.act == "denied"
    assert newest.body == {"user": user_name(), "denied": "unknown-subject"}


def test_nobody_types_it(
    office: RightsOffice, capsys: pytest.CaptureFixture[str]
) -> None:
    """Without a terminal and a file there is no identifier; it is no option."""
    asked = "subject", "find", "--class", "user", *office.signing("eve")
    office.typed(*asked, code=2)
    assert "nobody is there to type the identifier" in capsys.readouterr().err
    office.typed(*asked, "--value", "ann", code=2)
    assert "--value" in capsys.readouterr().err


def test_an_erasure_from_the_question_to_the_certificate(office: RightsOffice) -> None:
    """Asked, approved, done; then nobody is found, and a certificate says Clear."""
    who = office.of("dan@acme.example", "mail")
    office.room.site.say(
        office.room.site.enrol("Loft"),
        [table("event_logs", [{"message": "m", "user.id": "dan@acme.example"}])],
    )
    asked = office.typed("subject", "erase", *who, *office.signing("eve"))
    assert "It is about 1 rows of 1 envelopes from 1 devices; " in asked
    (right,) = [
        one
        for one in json.loads(office.typed("subject", "list", "--json"))
        if one["kind"] == "erase"
    ]
    office.typed(
        *("case", "decide", right["case"], "--approve", *office.signing("finn"))
    )
    office.typed("retention", "run")
    office.typed("subject", "erase", *who, *office.signing("eve"), code=6)
    (line,) = json.loads(office.typed("certificate", "list", "--json"))
    number = str(line["number"])
    said = json.loads(office.typed("certificate", "show", number, "--json", code=12))
    assert (said["reason"], said["method"], said["state"]) == (
        *("erased", "clear", "pending"),
    )
