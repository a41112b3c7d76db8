# SPDX-License-Identifier: Apache-2.0
"""The fold job, asked for by a person, in the reader's own process."""

import socket
import subprocess
import sys
from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path

import pytest
from reader_fixture import Site, make_site, running_reader, table, with_state

from wire.body import Mode
from wire.purposes import Purpose

pytestmark = pytest.mark.slow


@pytest.fixture
def site(tmp_path: Path) -> Iterator[Site]:
    """Install a collector with one inventory."""
    made = make_site(tmp_path / "collector")
    whole = table("software", [{"name": "cron"}], Purpose.SECURITY, Mode.FULL)
    stated = with_state(whole, [{"name": "cron"}])
    made.say(made.enrol("Desk"), [stated], Purpose.SECURITY)
    yield made
    made.store.close()
    made.keyring.close()


def run(site: Site, *arguments: str) -> subprocess.CompletedProcess[str]:
    """Run a command of the collector."""
    command = (sys.executable, "-I", "-m", "server", "--directory")
    return subprocess.run(
        (*command, str(site.layout.directory), *arguments),
        capture_output=True,
        text=True,
        check=False,
    )


def disown(site: Site) -> None:
    """Leave the configuration of an installation of before the job."""
    path = site.layout.configuration
    before, _, jobs = path.read_text().partition("\n# Jobs")
    path.write_text(before + "\n#" + jobs.partition("\n#")[2])


def test_a_person_has_the_blocks_made_now(site: Site) -> None:
    """The command tells what it did, the ledger has it, and a query stands on it."""
    asked = ("query", "--purpose", "security", "--reason", "test")
    with running_reader(site):
        first, again = run(site, "fold"), run(site, "fold")
        shown = run(site, *asked, "--format", "csv", "SELECT name FROM software")
    assert first.stderr.splitlines() == [
        "folding: envelopes opened: 1, blocks stored: 1",
        "folded: envelopes opened: 1, blocks stored: 1",
    ]
    assert again.stderr == "folded: envelopes opened: 0, blocks stored: 0\n"
    assert "cron" in shown.stdout
    assert "1 row from 0 envelopes and 1 block of 1 device" in shown.stderr
    assert [act.act for act in site.acts()][-2:] == ["folded", "opened"]


def test_a_person_hears_of_states_in_doubt(site: Site) -> None:
    """A state that is not its digest gets no block, and the command says so."""
    part = table("software", [{"name": "cron"}], Purpose.SECURITY, Mode.FULL)
    odd = replace(part, state=bytes(32))
    site.say(site.enrol("Shop"), [odd], Purpose.SECURITY)
    with running_reader(site):
        done = run(site, "fold")
    assert done.stderr.splitlines()[-1] == (
        "folded: envelopes opened: 2, blocks stored: 1, states in doubt, so without: 1"
    )


def test_without_an_owner_the_command_says_what_to_write(site: Site) -> None:
    """A job that nobody owns is refused with what is missing."""
    disown(site)
    with running_reader(site):
        done = run(site, "fold")
    assert done.returncode == 2
    assert "[jobs]" in done.stderr
    assert "folded" not in [act.act for act in site.acts()]


@pytest.mark.parametrize("owned", [True, False])
def test_serve_tells_once_that_nobody_owns_the_job(site: Site, *, owned: bool) -> None:
    """An installation of before the job hears at the start what to write, and where."""
    if not owned:
        disown(site)
    with socket.create_server(("127.0.0.1", 0)) as taken:
        port = str(taken.getsockname()[1])
        done = run(site, "serve", "--host", "127.0.0.1", "--port", port)
    assert "in use" in done.stderr  # so it ends by itself
    told = [line for line in done.stderr.splitlines() if "[jobs]" in line]
    line = (
        "discreet-server: nobody owns the fold job, so a reading costs more with every "
        f'change: write `fold = "USER"` under [jobs] in {site.layout.configuration}'
    )
    assert told == ([] if owned else [line])
