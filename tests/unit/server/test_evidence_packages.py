# SPDX-License-Identifier: Apache-2.0
"""Promises of packages of evidence that the keeper builds when somebody asks.

Rules: a real keeper on a real installation; its machine's time is the test's.
Not here: what is in a package (`test_evidence.py`), its page
(`test_console_evidence.py`).
"""

import base64
import hashlib
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import pytest
from evidence_room import EvidenceRoom

from server.errors import StateError, UsageError
from server.evidence.verifying import verify
from server.keeper import acts, copies, packing
from server.keeper.bounds import EVIDENCE_KEEP_SECONDS, EVIDENCE_ROW_SECONDS
from server.keeper.desk import Desk
from server.register import packages

pytestmark = pytest.mark.slow
WHO, WHY = "0123456789abcdef", "the yearly audit"


class Office(EvidenceRoom):
    """Somebody who asks a keeper for packages."""

    desk: Desk

    def ask(self, step: str, **fields: object) -> list[dict[str, object]]:
        """Return what the keeper answers."""
        question = {"act": "evidence", "step": step} | fields
        return list(acts.answer(self.desk, question, WHO, self.machine.system))

    def end(self, step: str, **fields: object) -> dict[str, object]:
        """Return how an answer ends."""
        found = self.ask(step, **fields)[-1]["end"]
        assert isinstance(found, dict)
        return found

    def listed(self) -> list[dict[str, object]]:
        """Return all packages, the newest first."""
        found = self.end("list")["packages"]
        assert isinstance(found, list)
        return found

    def turn(self, desk: Desk | None = None) -> None:
        """Take one turn of the round."""
        packing.turn(desk or self.desk, self.machine.system)

    def built(self, reason: str = WHY) -> str:
        """Ask for a package and let it be built; returns its id."""
        number = self.end("build", reason=reason)["package"]
        self.turn()
        return str(number)

    def octets(self, number: str) -> bytes:
        """Fetch a package."""
        return b"".join(
            base64.b64decode(str(one["octets"]))
            for one in self.ask("fetch", package=number)
            if "octets" in one
        )

    def bodies(self, act: str) -> list[dict[int | str, object]]:
        """Return what the ledger has of an act."""
        return [
            dict(one.body or {}) for one in self.desk.ledger.entries() if one.act == act
        ]


@contextmanager
def office_of(folder: Path) -> Iterator[Office]:
    """Open a keeper's desk with a deletion to prove."""
    room = Office(folder)
    try:
        with room.keeper() as desk:
            room.desk = desk
            yield room
    finally:
        room.close()


@pytest.fixture
def office(tmp_path: Path) -> Iterator[Office]:
    """Return an office of its own."""
    with office_of(tmp_path) as made:
        yield made


def test_a_package_is_built_and_a_stranger_verifies_it(office: Office) -> None:
    """What is fetched verifies by the root's digest, and is listed by its own."""
    number = office.built()
    (listed,) = office.listed()
    octets = office.octets(number)
    assert (listed["state"], listed["by"], listed["reason"]) == ("ready", WHO, WHY)
    assert hashlib.sha256(octets).hexdigest() == listed["digest"]
    held = verify(octets, office.root)
    counted = len(held.evidence.files), held.evidence.ledger.size, held.certificates
    assert (listed["files"], listed["entries"], listed["certificates"]) == counted
    assert copies.strangers(office.site.layout) == []


def test_each_step_is_a_line_of_the_ledger(office: Office) -> None:
    """Asking with its reason, building and fetching are written down, with digests."""
    number = bytes.fromhex(office.built())
    octets = office.octets(number.hex())
    digest = hashlib.sha256(octets).digest()
    asked = {"by": WHO, "package": number, "reason": WHY}
    assert office.bodies("evidence-asked") == [asked]
    (built,) = office.bodies("evidence-built")
    assert (built["package"], built["digest"]) == (number, digest)
    fetched = {"by": WHO, "package": number, "digest": digest}
    assert office.bodies("evidence-fetched") == [fetched]


@pytest.mark.parametrize("reason", ["", "  ", "a\nb", "x" * 513, "\u202eoh"])
def test_a_reason_is_a_line(office: Office, reason: str) -> None:
    """Without a reason in a line nothing is asked for, and the ledger is as it was."""
    with pytest.raises(UsageError, match="say why in one line"):
        office.end("build", reason=reason)
    assert (office.listed(), office.bodies("evidence-asked")) == ([], [])


def test_one_is_built_at_a_time(office: Office) -> None:
    """While a package waits nobody asks for another; then one may."""
    first = office.end("build", reason=WHY)["package"]
    with pytest.raises(UsageError, match="wait until it is ready"):
        office.end("build", reason=WHY)
    with pytest.raises(UsageError, match="no such package"):
        office.octets(str(first))
    office.turn()
    office.machine.passes(1)
    second = office.built()
    assert [one["package"] for one in office.listed()] == [second, first]


def test_a_file_that_was_changed_is_handed_to_nobody(office: Office) -> None:
    """One octet more or another one, and the keeper says so and hands out nothing."""
    number = office.built()
    path = packing.path_of(office.desk, bytes.fromhex(number))
    octets = path.read_bytes()
    for wrong in (octets + b"\x00", octets[:-1] + b"\x01", octets[:-1]):
        path.write_bytes(wrong)
        with pytest.raises(StateError, match="not the package that was built"):
            office.octets(number)
    path.unlink()
    with pytest.raises(StateError, match="cannot read"):
        office.octets(number)
    assert office.bodies("evidence-fetched") == []


def test_a_package_ends_after_its_time(office: Office) -> None:
    """After a month the file is gone and the row says so; after years the row goes."""
    number = office.built()
    path = packing.path_of(office.desk, bytes.fromhex(number))
    office.machine.passes(EVIDENCE_KEEP_SECONDS - 1)
    office.turn()
    assert path.exists()
    office.machine.passes(1)
    office.turn()
    (listed,) = office.listed()
    assert (path.exists(), listed["state"]) == (False, "ended")
    assert listed["digest"] == office.bodies("evidence-built")[0]["digest"].hex()  # type: ignore[attr-defined]  # octets
    assert office.bodies("evidence-ended") == [{"package": bytes.fromhex(number)}]
    with pytest.raises(UsageError, match="has ended"):
        office.octets(number)
    office.machine.passes(EVIDENCE_ROW_SECONDS)
    office.turn()
    assert office.listed() == []


def test_what_broke_off_is_built_once_more_and_no_more(office: Office) -> None:
    """A keeper that was killed once builds anew; killed twice, it says so and stops."""
    layout = office.site.layout
    first = bytes.fromhex(str(office.end("build", reason=WHY)["package"]))
    with office.desk.register.transaction() as connection:
        packages.begin(connection, first)
    layout.evidence.mkdir(mode=0o700)
    packing.path_of(office.desk, first).write_bytes(b"half of a pack")
    office.turn()
    assert verify(office.octets(first.hex()), office.root).evidence.files
    office.machine.passes(1)
    second = bytes.fromhex(str(office.end("build", reason=WHY)["package"]))
    with office.desk.register.transaction() as connection:
        packages.begin(connection, second)
        packages.begin(connection, second)
    office.turn()
    newest = office.listed()[0]
    assert newest["state"] == "failed"
    assert "broke off twice" in str(newest["told"])
    assert len(office.bodies("evidence-failed")) == 1


def test_a_failure_is_told_in_words(office: Office) -> None:
    """Without what a package is made of it fails in words, and the next one works."""
    moved = office.site.layout.configuration.with_suffix(".away")
    office.end("build", reason=WHY)
    office.site.layout.configuration.rename(moved)
    office.turn()
    moved.rename(office.site.layout.configuration)
    (listed,) = office.listed()
    assert (listed["state"], bool(listed["told"])) == ("failed", True)
    office.machine.passes(1)
    assert verify(office.octets(office.built()), office.root).evidence.files


def test_what_nobody_listed_does_not_lie_about(office: Office) -> None:
    """A file that no package is goes with the next turn, and a package stays."""
    number = office.built()
    left = office.site.layout.evidence / "left.zip"
    left.write_bytes(b"left")
    office.turn()
    assert not left.exists()
    assert office.octets(number)
