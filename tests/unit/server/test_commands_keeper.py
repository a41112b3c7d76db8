# SPDX-License-Identifier: Apache-2.0
"""What a person sees of the keeper: what ends when, what ended, and the proof of it.

Rules: the keeper is a process; commands run as a person types them.
Not here: the keeper itself (`test_keeper_*.py`).
"""

import json
import subprocess
from collections.abc import Iterator
from pathlib import Path

import pytest
from keeper_fixture import Room, running_keeper

from server import __main__ as program
from server.commands import serve
from server.keeper.rounds import pending

pytestmark = pytest.mark.slow


@pytest.fixture(scope="module")
def room(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Room]:
    """Make an installation where one key has ended, and its certificate is pending."""
    made = Room(tmp_path_factory.mktemp("commands"))
    with made.keeper() as desk:
        serve.bring_up_to_date(made.site.layout, made.site.now)
        made.until_due(desk)
        made.turn(desk)
    yield made
    made.close()


@pytest.fixture(scope="module")
def keeper(room: Room) -> Iterator[subprocess.Popen[str]]:
    """Run the keeper."""
    with running_keeper(room.site) as process:
        yield process


class Person:
    """Somebody who types commands."""

    def __init__(self, room: Room, capsys: pytest.CaptureFixture[str]) -> None:
        """Work on one installation."""
        self._directory = str(room.site.layout.directory)
        self._capsys = capsys

    def types(self, *words: str) -> tuple[int, str, str]:
        """Return exit code, output and what was said beside it."""
        code = program.main(["--directory", self._directory, *words])
        shown = self._capsys.readouterr()
        return code, shown.out, shown.err


@pytest.fixture
def person(
    room: Room,
    keeper: subprocess.Popen[str],
    capsys: pytest.CaptureFixture[str],
) -> Person:
    """Return somebody who asks a keeper that runs."""
    assert keeper.poll() is None
    return Person(room, capsys)


def digest(person: Person) -> str:
    """Return the digest that tokens pin."""
    pinned: str = json.loads(person.types("root", "show", "--json")[1])["digest"]
    return pinned


def test_retention_shows_the_keys_that_are_left(person: Person) -> None:
    """One line for each key period, the first to end first; none is late."""
    code, out, _ = person.types("retention", "show", "--json")
    told = json.loads(out)
    assert (code, len(told["keys"]), told["jobs"]) == (0, 13, [])
    ends = [key["until"] for key in told["keys"]]
    assert ends == sorted(ends)
    assert {key["late"] for key in told["keys"]} == {0}
    code, out, _ = person.types("retention", "show", "--due", "1d")
    assert (code, len(out.splitlines())) == (0, 1)


def test_retention_run_says_when_nothing_is_due(person: Person) -> None:
    """A person may have it run now; there is nothing left to do."""
    assert person.types("retention", "run")[:2] == (0, "Nothing is due any more.\n")


def test_the_list_has_a_line_for_each(person: Person) -> None:
    """Number, state, until when, why and how much."""
    code, out, _ = person.types("certificate", "list", "--json")
    (line,) = json.loads(out)
    assert code == 0
    assert (line["number"], line["state"], line["reason"]) == (
        1,
        "pending",
        "maximum-age",
    )
    assert (line["keys"], line["envelopes"], line["records"]) == (1, 3, 5)


def test_a_pending_one_gives_its_own_code(person: Person) -> None:
    """Twelve, the time until when, and everything that was looked at."""
    code, out, err = person.types("certificate", "show", "1")
    assert code == 12
    assert "pending: a backup that is known could still open it until 20" in err
    looked = [line.split() for line in out.splitlines()]
    assert ["samples-not-in-database", "passed", "4"] in looked
    assert "copies of the keyring that nobody told the collector of" in out


def test_an_unknown_one_is_a_usage_error(person: Person) -> None:
    """A number that was never given is said so."""
    code, _, err = person.types("certificate", "show", "2")
    assert (code, "there is no certificate 2" in err) == (2, True)


def test_it_verifies_without_the_collector(person: Person, tmp_path: Path) -> None:
    """The file and the digest are enough, on a machine where nothing is installed."""
    file = tmp_path / "certificate"
    assert person.types("certificate", "export", "1", str(file))[0] == 0
    pinned = digest(person)
    absent = ["--directory", str(tmp_path / "absent"), "certificate", "verify"]
    assert program.main([*absent, str(file), "--root", pinned]) == 12
    assert program.main([*absent, str(file), "--root", "00" * 32]) == 4
    octets = bytearray(file.read_bytes())
    octets[-1] ^= 1
    wrong = tmp_path / "wrong"
    wrong.write_bytes(octets)
    assert program.main([*absent, str(wrong), "--root", pinned]) == 4
    assert program.main([*absent, str(wrong), "--root", "no digest"]) == 2


def test_a_final_one_gives_zero(
    room: Room, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    """Once no backup has the key, the newest certificate is final."""
    copy = room.copied(tmp_path / "copy")
    copy.say('machine = "none"')
    with copy.keeper() as desk:
        pending.turn(desk, copy.machine.system)
    with running_keeper(copy.site):
        person = Person(copy, capsys)
        assert person.types("certificate", "show", "2")[0] == 0
        code, _, err = person.types("certificate", "show", "1")
        assert (code, "a newer certificate stands in its place" in err) == (0, True)
    copy.close()
