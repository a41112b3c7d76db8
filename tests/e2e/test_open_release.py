# SPDX-License-Identifier: Apache-2.0
"""`discreet-open` as a recipient runs it, against releases that a keeper made.

Rules: the program is a process of its own, in a directory that has nothing else; the
provider's side is the keeper's own desk.
Not here: when a key is given out (`tests/unit/server/test_releases.py`).
"""

import shutil
import stat
import subprocess
import sys
from dataclasses import dataclass, replace
from pathlib import Path

import pytest
from release_room import COLUMNS, ReleaseRoom, register

from server.keeper.sharing import fetching
from server.keeper.sharing.writing import ReleasedTable
from wire.papers.fetch import Said
from wire.papers.recipient import fingerprint, read_keys

pytestmark = [
    pytest.mark.e2e,
    pytest.mark.slow,
    pytest.mark.skipif(sys.platform == "win32", reason="the keeper runs on Unix"),
]
ROWS = ["first", "second"]
BIG = ["x" * 1_048_574] * 17
PASSPHRASE = "correct horse battery"


@dataclass
class Recipient:
    """A recipient's machine.

    Attributes:
        home: the directory in which it works.
        root: the provider's root digest, as it was told.
        room: the provider.
    """

    home: Path
    root: str
    room: ReleaseRoom

    def run(self, *words: str, code: int = 0) -> str:
        """Run the program; returns what it says."""
        ran = subprocess.run(
            [sys.executable, "-m", "recipient", *words],
            cwd=self.home,
            env={"PYTHONPATH": str(Path(__file__).resolve().parents[2])},
            capture_output=True,
            text=True,
            timeout=60,
            check=False,
        )
        assert ran.returncode == code, ran.stderr
        assert "Traceback" not in ran.stderr
        return ran.stdout + ran.stderr

    def keyed(self, act: str, out: str, *words: str, code: int = 0) -> str:
        """Run an act that needs the keys, on the release `got`."""
        given = ("--root", self.root, "--key", "soc.key", "--passphrase-file", "words")
        return self.run(act, "got", *given, "--out", out, *words, code=code)

    def get(self) -> Path:
        """Bring the newest release here, as a courier would."""
        return Path(shutil.copytree(self.room.directory(), self.home / "got"))


@pytest.fixture
def recipient(tmp_path: Path) -> Recipient:
    """A recipient that made its keys and is registered with them."""
    room = ReleaseRoom(tmp_path)
    made = Recipient(tmp_path / "elsewhere", room.digest.hex(), room)
    made.home.mkdir()
    (made.home / "words").write_text(f"{PASSPHRASE}\n")
    told = made.run("key", "soc.key", "--name", "SOC", "--passphrase-file", "words")
    keys = read_keys((made.home / "soc.key.public").read_bytes())
    assert told.splitlines()[-1] == fingerprint(keys)
    assert stat.S_IMODE((made.home / "soc.key").stat().st_mode) == 0o600
    room.recipient = replace(
        room.recipient, sealing=keys.sealing, signing=keys.signing, version=3
    )
    with room.desk() as desk:
        register(desk, room.recipient)
    return made


def test_a_recipient_opens_and_receipts_a_release(recipient: Recipient) -> None:
    """Verified, asked for, opened, receipted, attested: each by the program alone."""
    room = recipient.room
    second = ReleasedTable("software", COLUMNS, iter([]))
    first = ReleasedTable("event_logs", COLUMNS, ([text] for text in ROWS))
    with room.desk() as desk:
        room.make(desk, [], tables=[first, second])
        recipient.get()
        told = recipient.run("verify", "got", "--root", recipient.root)
        assert "event_logs.csv: 2 rows of event_logs: message\n" in told
        assert told.endswith("all 1 parts are whole\n")
        recipient.keyed("fetch", "request")
        asked = (recipient.home / "request").read_bytes()
        answer = fetching.give(desk, asked, room.machine.system)
        (recipient.home / "answer").write_bytes(answer)
        recipient.keyed("open", "files", "--answer", "answer")
        found = {
            path.name: path.read_bytes() for path in recipient.home.glob("files/*")
        }
        assert found == {
            "event_logs.csv": b"message\r\nfirst\r\nsecond\r\n",
            "software.csv": b"message\r\n",
        }
        for act, said in (("receive", Said.RECEIVED), ("attest", Said.DELETED)):
            recipient.keyed(act, act)
            octets = (recipient.home / act).read_bytes()
            assert fetching.take(desk, octets, room.machine.system) is said


def test_what_is_not_in_its_place_does_not_open(recipient: Recipient) -> None:
    """Swapped, cut or missing parts: not verified, not opened, and no file appears."""
    room = recipient.room
    with room.desk() as desk:
        room.make(desk, BIG)
        got = recipient.get()
        recipient.keyed("fetch", "request")
        asked = (recipient.home / "request").read_bytes()
        answer = fetching.give(desk, asked, room.machine.system)
    (recipient.home / "answer").write_bytes(answer)
    one, two = got / "part-0001", got / "part-0002"
    whole = one.read_bytes()
    for octets, code in ((two.read_bytes(), 4), (whole[:-1], 4), (None, 7)):
        one.unlink()
        if octets is not None:
            one.write_bytes(octets)
        else:
            one.unlink(missing_ok=True)
        recipient.run("verify", "got", "--root", recipient.root, code=code)
        recipient.keyed("open", "files", "--answer", "answer", code=code)
        assert not list(recipient.home.glob("*files*"))
        one.write_bytes(whole)
    recipient.keyed("open", "files", "--answer", "answer")
    assert (recipient.home / "files" / "event_logs.csv").stat().st_size == 17_825_801


def test_nobody_else_opens_or_is_believed(recipient: Recipient) -> None:
    """Another root, another's keys, another passphrase: one sentence, no file."""
    room = recipient.room
    with room.desk() as desk:
        room.make(desk, ROWS)
        recipient.get()
        recipient.keyed("fetch", "request")
        asked = (recipient.home / "request").read_bytes()
        answer = fetching.give(desk, asked, room.machine.system)
    (recipient.home / "answer").write_bytes(answer)
    assert "does not verify" in recipient.run(
        "verify", "got", "--root", "00" * 32, code=4
    )
    assert "64 hexadecimal" in recipient.run("verify", "got", "--root", "ab", code=2)
    recipient.run("key", "other.key", "--name", "Other")
    given = ("--root", recipient.root, "--out", "files", "--answer", "answer")
    recipient.run("open", "got", *given, "--key", "other.key", code=4)
    told = recipient.run("open", "got", *given, "--key", "soc.key", code=4)
    assert "locked by another passphrase" in told
    assert not list(recipient.home.glob("*files*"))
    again = recipient.run("key", "other.key", "--name", "Other", code=7)
    assert "File exists" in again
    (recipient.home / "short").write_text("eleven char")
    short = ("--name", "X", "--passphrase-file", "short")
    assert "shorter than 12" in recipient.run("key", "new.key", *short, code=2)
