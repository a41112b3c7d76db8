# SPDX-License-Identifier: Apache-2.0
"""What the office says when it starts, and what its unit hides from it.

Rules: a real installation; its store is at an address where nobody answers.
Not here: what it answers (`test_office_acts.py`).
"""

import os
import re
import threading
from pathlib import Path

import pytest
from dividing_room import NUMBERS, needs_root

from server import __main__ as program
from server import configuration
from server.commands import office, serve
from server.errors import ServerError
from server.layout import Layout
from server.users import User

UNITS = Path(__file__).parents[3] / "packaging" / "linux"
STORE = '\n[store]\naddress = "postgresql://127.0.0.1:1/fleet?sslmode=disable"\n'


@pytest.fixture
def layout(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> Layout:
    """Return an installation whose root key was not moved off."""
    words = ["init", "--tenant", "Acme", "--url", "https://collector.example.org"]
    assert program.main(["--directory", str(tmp_path / "made"), *words]) == 0
    capsys.readouterr()
    return Layout(tmp_path / "made")


def test_it_says_what_is_left_undone(
    layout: Layout, capsys: pytest.CaptureFixture[str]
) -> None:
    """It gives the hints of a collector that is not divided."""
    with layout.configuration.open("a") as file:
        file.write(STORE)
    with pytest.raises(ServerError):
        office._work(layout, threading.Event(), lambda _: None)
    said = capsys.readouterr().err
    assert f"the root key is still in {layout.offline}" in said


@needs_root
def test_a_root_key_that_cannot_be_seen_stops_nothing(
    layout: Layout, capsys: pytest.CaptureFixture[str]
) -> None:
    """Its unit hides the directory, which is then said nothing of."""
    settings = configuration.read(layout)
    layout.directory.chmod(0o700)
    stranger = NUMBERS[User.GATE]
    os.setresuid(stranger, stranger, 0)
    try:
        serve.hint(layout, settings)
    finally:
        os.setresuid(0, 0, 0)
    assert "root key" not in capsys.readouterr().err


@pytest.mark.parametrize("part", ["office", "reader", "console"])
def test_no_unit_sees_the_root_key(part: str) -> None:
    """While it is on this machine it is for people alone."""
    said = (UNITS / f"discreet-server-{part}.service").read_text()
    hidden = re.search(r"^InaccessiblePaths=(.*)$", said, re.MULTILINE)
    assert hidden is not None
    assert "-/var/lib/discreet-server/offline" in hidden[1].split()
