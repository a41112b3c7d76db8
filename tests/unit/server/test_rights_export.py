# SPDX-License-Identifier: Apache-2.0
"""An export has all of a person's records and no others; who may not, gets none.

Rules: the keeper's own desk on a planted fleet; archives are opened by bsdtar.
Not here: what names a subject (`test_subjects.py`), the commands
(`test_commands_subject.py`).
"""

import csv
import io
import json
import shutil
import subprocess
from collections import Counter
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

import pytest
from keeper_fixture import Machine
from reader_fixture import make_site, table
from rights_room import PERSONS, RightsRoom, unpacked

from server.errors import DeniedError, LimitError, UsageError
from server.keeper.desk import Desk
from server.keeper.process import opened
from server.keeper.rights import exporting
from server.keeper.rights.archive import Member
from server.reader.subjects import Subject
from server.register import releases
from server.register.cases import State
from server.register.releases import Made
from wire.crypto.members import draw_password
from wire.papers.decision import Role
from wire.papers.matter import Matter, MatterKind
from wire.purposes import Purpose

pytestmark = [
    pytest.mark.slow,
    pytest.mark.skipif(not shutil.which("bsdtar"), reason="needs libarchive-tools"),
]


@dataclass
class Answered:
    """A planted room and its keeper's desk."""

    room: RightsRoom
    desk: Desk

    def export(self, *pair: str) -> tuple[Path, str]:
        """Return the archive of a subject and its password."""
        matter = self.room.granted(self.desk, MatterKind.EXPORT, *pair)
        password = exporting.password_of(self.desk, matter.case)
        assert password is not None
        return exporting.path_of(self.desk, matter.case), password


@pytest.fixture(scope="module")
def answered(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Answered]:
    """Install a collector with a planted fleet, and open its keeper's desk."""
    site = make_site(tmp_path_factory.mktemp("export") / "collector")
    room = RightsRoom(site, Machine(site.now))
    for seed in range(4):
        room.plant(seed)
    with opened(site.layout, room.machine.sources) as desk:
        yield Answered(room, desk)
    site.store.close()
    site.keyring.close()


def cells(text: str) -> list[dict[str, str]]:
    """Return the rows of a CSV without what is empty."""
    rows = csv.DictReader(io.StringIO(text, newline=""))
    return [{name: cell for name, cell in row.items() if cell} for row in rows]


def plain(found: dict[str, str]) -> tuple[str, ...]:
    """Return purpose, and the planted cells of an exported row."""
    own = {"device", "device_label", "observed", "change", "kept_for"}
    return tuple(
        f"{name}={cell.removeprefix(chr(39))}"
        for name, cell in sorted(found.items())
        if name not in own
    )


@pytest.mark.parametrize("person", PERSONS)
def test_an_export_is_all_and_only_theirs(
    answered: Answered, person: str, tmp_path: Path
) -> None:
    """In every purpose, spelling, text and state; as often as it is held."""
    members = unpacked(*answered.export("user", person.upper()), tmp_path / "opened")
    planted = answered.room.planted[person]
    for dataset in ("event_logs", "logins", "user_accounts"):
        wanted = Counter(
            plain({**{n: str(v) for n, v in row.items()}, "purpose": purpose})
            for purpose, name, row in planted
            if name == dataset
        )
        held = cells(members[f"{dataset}.csv"])
        assert wanted
        assert wanted == Counter(map(plain, held))
    graph = json.loads(members["subject.jsonld"])
    assert graph["rows"] == len(graph["hasPersonalData"]) == len(planted)
    assert {one["dataset"] for one in graph["hasPersonalData"]} == {
        "event_logs",
        "logins",
        "user_accounts",
    }


def test_of_a_device_all_is_there(answered: Answered, tmp_path: Path) -> None:
    """A device's export has each of its rows, whoever they name, of its own alone."""
    speaker = answered.room.site.enrol("Attic")
    answered.room.site.say(speaker, [])
    part = [{"message": "nobody"}, {"message": "anybody"}]
    answered.room.site.say(speaker, [table("event_logs", part)])
    path, password = answered.export("device", speaker.device.hex())
    members = unpacked(path, password, tmp_path / "opened")
    found = cells(members["event_logs.csv"])
    assert [row["message"] for row in found] == ["nobody", "anybody"]
    assert {row["device_label"] for row in found} == {"Attic"}


def test_it_says_what_a_person_is_owed(answered: Answered, tmp_path: Path) -> None:
    """Purposes, recipients, times, and which columns could not be searched."""
    members = unpacked(*answered.export("user", "ann"), tmp_path / "opened")
    about = members["about.txt"]
    assert "- event_logs (" in about
    assert "Support and troubleshooting: " in about
    assert "- user_accounts.home of security: shorten_path left too little" in about
    graph = json.loads(members["subject.jsonld"])
    purposes = {one["hasPurpose"] for one in graph["hasProcess"]}
    assert "dpv:EnforceSecurity" in purposes
    assert graph["@context"]["dpv"] == "https://w3id.org/dpv#"


def test_it_names_who_was_given_some(answered: Answered, tmp_path: Path) -> None:
    """A release of the person's envelopes is counted and named, another is not."""
    room, desk, now = answered.room, answered.desk, answered.room.site.now
    hers = [{"message": "x", "user.id": "greta"}]
    speaker = room.site.enrol("Loft")
    for rows in (hers, [{"message": "nobody"}]):
        room.site.say(speaker, [table("event_logs", rows)])
    stored = [*room.site.store.envelopes(room.site.tenant, device=speaker.device)]
    with desk.register.transaction() as connection:
        for number, (name, envelope) in enumerate(
            zip(("soc", "vendor"), stored, strict=True)
        ):
            made = Made(bytes([number]) * 16, bytes(32), name, now, now, 1, b"", None)
            releases.add(connection, made, [envelope.digest])
    asked = room.matter(MatterKind.EXPORT, "user", "greta")
    assert room.ask(desk, asked)["releases"] == 1
    about = unpacked(*answered.export("user", "greta"), tmp_path / "o")["about.txt"]
    assert "- soc, 20" in about
    assert "- vendor, " not in about


def test_every_word_of_the_graph_means_something(
    answered: Answered, tmp_path: Path
) -> None:
    """A name that its context lacks would be dropped by who reads it as JSON-LD."""
    members = unpacked(*answered.export("user", "ann"), tmp_path / "opened")
    graph = json.loads(members["subject.jsonld"])
    known = graph.pop("@context").keys()
    assert _names(graph) - known == {"@type"}


def _names(node: object) -> set[str]:
    """Return the names in a graph, but for those of a record's own columns."""
    if isinstance(node, list):
        return set().union(*map(_names, node))
    if not isinstance(node, dict):
        return set()
    below = (held for name, held in node.items() if name != "values")
    return set(node).union(*map(_names, below))


def test_whom_nothing_is_held_of_gets_nothing(answered: Answered) -> None:
    """One sentence, a line of denial at the act, no case and no archive."""
    room, before = answered.room, len(answered.room.acts("case"))
    matter = room.matter(MatterKind.EXPORT, "user", "zoe")
    with pytest.raises(DeniedError, match="nobody is found by that") as refused:
        room.ask(answered.desk, matter)
    assert "zoe" not in str(refused.value)
    assert refused.value.reason == "unknown-subject"
    assert len(room.acts("case")) == before
    assert not exporting.path_of(answered.desk, matter.case).exists()


@pytest.mark.parametrize("role", [Role.OPERATOR, Role.COUNSEL, Role.APPROVER])
def test_who_has_another_role_is_refused(answered: Answered, role: Role) -> None:
    """Before anything is opened: the ledger has no line that somebody was found."""
    before = len(answered.room.acts("subject"))
    matter = answered.room.matter(MatterKind.EXPORT, "user", "ann")
    with pytest.raises(DeniedError, match="that is for privacy-officer or requester"):
        answered.room.ask(answered.desk, matter, role)
    assert len(answered.room.acts("subject")) == before


def test_no_subject_is_named_in_the_clear(answered: Answered) -> None:
    """After all of it the name is in no file of the collector, in no encoding."""
    room = answered.room
    room.site.say(
        room.site.enrol("Hall"),
        [table("event_logs", [{"message": "x", "user.id": "querulinda"}])],
    )
    matter = room.granted(answered.desk, MatterKind.EXPORT, "user", "Querulinda")
    assert exporting.password_of(answered.desk, matter.case) is not None
    for path in room.site.layout.directory.rglob("*"):
        octets = path.read_bytes().lower() if path.is_file() else b""
        for encoding in ("utf-8", "utf-16-le"):
            assert "querulinda".encode(encoding) not in octets, path.name


def test_another_password_opens_nothing(answered: Answered, tmp_path: Path) -> None:
    """Nor does an archive open in which one octet is another."""
    path, password = answered.export("user", "ann")
    for octets, word in (
        (path.read_bytes(), draw_password()),
        (_flipped(path.read_bytes()), password),
    ):
        copy = tmp_path / "copy.zip"
        copy.write_bytes(octets)
        command = ("bsdtar", "-x", "-O", "--passphrase", word, "-f", copy)
        done = subprocess.run(command, check=False, capture_output=True, timeout=60)
        assert done.returncode != 0


def _flipped(octets: bytes) -> bytes:
    """Return an archive with one bit of its first member changed."""
    place = 400
    return octets[:place] + bytes([octets[place] ^ 1]) + octets[place + 1 :]


def test_a_repeated_export_keeps_its_password(answered: Answered) -> None:
    """After a crash it is done again: the password that lies locked still opens it."""
    room, desk = answered.room, answered.desk
    matter = room.granted(desk, MatterKind.EXPORT, "user", "ann")
    before = exporting.password_of(desk, matter.case)
    exporting.export(desk, matter.case, Subject("user", "ann"), room.machine.system)
    assert before == exporting.password_of(desk, matter.case)


def test_a_matter_that_names_nobody_is_refused(answered: Answered) -> None:
    """Without a class or a value there is nobody to look for."""
    matter: Matter = answered.room.matter(MatterKind.EXPORT, "user")
    with pytest.raises(UsageError, match="no user that could be found"):
        answered.room.ask(answered.desk, matter)


def test_a_processor_answers_on_instruction_only(answered: Answered) -> None:
    """In processor mode an export needs the client's instruction, named in the case."""
    with answered.room.processing():
        matter = answered.room.matter(MatterKind.EXPORT, "user", "ann")
        with pytest.raises(DeniedError, match="only processes for its client"):
            answered.room.ask(answered.desk, matter)
        told = answered.room.granted(
            answered.desk, MatterKind.EXPORT, "user", "ann", instruction="of 1 May"
        )
    assert exporting.path_of(answered.desk, told.case).exists()


def test_more_than_an_archive_may_hold_is_refused() -> None:
    """Memory is bounded: one sentence says how to ask for less."""
    lines = "".join(f"{number * number}\n" for number in range(100_000))
    with pytest.raises(LimitError, match="ask for it by device"):
        Member(most=64).write(lines)


def test_the_state_is_done(answered: Answered) -> None:
    """What was exported needs no more decision."""
    matter = answered.room.matter(MatterKind.EXPORT, "user", "dana")
    counts = answered.room.ask(answered.desk, matter)
    assert counts["rows"] == len(answered.room.planted["dana"])
    assert answered.room.approve(answered.desk, matter) is State.DONE
    assert Purpose.SECURITY.value in {one[0] for one in answered.room.planted["dana"]}
