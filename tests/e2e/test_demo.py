# SPDX-License-Identifier: Apache-2.0
"""`make demo`, as a newcomer runs it.

Rules: the real script on this machine's real data; it ends by itself and leaves
nothing, neither a process nor a file.
Not here: what each step promises (the other end-to-end tests).
"""

import os
import re
import subprocess
import sys
import tempfile
from collections.abc import Iterator
from pathlib import Path

import pytest
from browser_fixture import CHROMIUM
from demo_path import staying, walk

pytestmark = [pytest.mark.e2e, pytest.mark.slow]
REPOSITORY = Path(__file__).resolve().parents[2]


def demo(temporary: Path) -> subprocess.CompletedProcess[str]:
    """Run the demo with its own folder for temporary files."""
    environment = {**os.environ, "TMPDIR": str(temporary)}
    environment.pop("DEMO_STAY", None)
    return subprocess.run(
        [sys.executable, "-m", "tools.demo"],
        cwd=REPOSITORY,
        env=environment,
        capture_output=True,
        text=True,
        timeout=200,
        check=False,
    )


def running(folder: Path) -> list[str]:
    """Return the command lines that name a folder."""
    found = []
    for path in Path("/proc").glob("[0-9]*/cmdline"):
        try:
            command = path.read_bytes().replace(b"\0", b" ").decode()
        except OSError:  # it has just ended
            continue
        if str(folder) in command:
            found.append(command)
    return found


@pytest.fixture
def short() -> Iterator[Path]:
    """Return a folder whose path leaves room for a socket's name in it."""
    with tempfile.TemporaryDirectory(prefix="d-") as folder:
        yield Path(folder)


def test_the_demo_shows_the_whole_path_and_leaves_nothing(short: Path) -> None:
    """Every step succeeds, nothing of this machine is readable at rest, all is gone."""
    done = demo(short)
    assert done.returncode == 0, done.stdout + done.stderr
    for step in range(1, 12):
        assert f"== {step}. " in done.stdout
    assert re.search(r"sent +\d+ envelopes?, ", done.stdout)
    assert "With top" in done.stdout
    assert "done: read the result" in done.stdout
    assert "the chain is whole" in done.stdout
    assert "The ledger is whole" in done.stdout
    told = re.findall(r"readable there: (\d+) \((.*)\)", done.stdout)
    assert len(told) == 2
    public = {"127.0.0.1", "discreet-agent", os.uname().release}
    for count, values in told:
        names = set(filter(None, values.split(", ")))
        assert len(names) == int(count)
        assert {name for name in names if not name.startswith("/var/log/")} <= public
    assert list(short.iterdir()) == []
    assert running(short) == []


@pytest.mark.browser
@pytest.mark.skipif(not CHROMIUM.exists(), reason="needs Debian's chromium")
def test_a_newcomer_has_a_result_within_five_clicks(short: Path) -> None:
    """From the link that the demo prints to this machine's answer at the console."""
    with staying(short) as (said, link):
        assert walk(said, link, lambda _name, _page: None) <= 5
    assert running(short) == []
