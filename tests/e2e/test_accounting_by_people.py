# SPDX-License-Identifier: Apache-2.0
"""A device accounted for by a person, with rows counted by a running reader.

Rules: the reader is a process; who asks is the kernel's word.
Not here: what is counted (`tests/unit/server/test_accounting_rows.py`).
"""

import json
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path

import pytest
from reader_fixture import Site, Speaker, make_site, running_reader, table

from server.store.chains import Heard

pytestmark = pytest.mark.slow
LINES = [{"message": "one"}, {"message": "two"}]
VERIFY = ("--verify", "--purpose", "support", "--reason", "yearly check")


@pytest.fixture
def site(tmp_path: Path) -> Iterator[Site]:
    """Install a collector."""
    made = make_site(tmp_path / "collector")
    yield made
    made.store.close()
    made.keyring.close()


def spoken(site: Site) -> Speaker:
    """Return a device that sent two records, and says so."""
    speaker = site.enrol("Desk")
    site.say(speaker, [table("event_logs", LINES)])
    whose = site.tenant, speaker.device
    said = Heard(*whose, "0.1.0", "Linux", speaker.incarnation, 1, 0, 2)
    site.store.heard([said], site.now)
    return speaker


def run(site: Site, *arguments: str) -> subprocess.CompletedProcess[str]:
    """Account for the device."""
    command = (sys.executable, "-I", "-m", "server", "--directory")
    asked = ("accounting", "--device", "Desk", *arguments)
    return subprocess.run(
        (*command, str(site.layout.directory), *asked),
        capture_output=True,
        text=True,
        check=False,
    )


def test_rows_are_counted_for_a_person(site: Site) -> None:
    """The sum is shown beside what was opened, and the ledger has who opened it."""
    spoken(site)
    with running_reader(site):
        done = run(site, *VERIFY)
    assert (done.returncode, done.stderr) == (0, "")
    assert done.stdout.splitlines()[-3:] == [
        "  opened for    support",
        "  envelopes     1",
        "  rows in them  2, by the index 2",
    ]
    assert site.acts()[-1].act == "accounted"


def test_a_tampered_index_ends_with_a_code(site: Site) -> None:
    """An index that hides a loss is found by counting, and the exit code says so."""
    speaker = spoken(site)
    site.put(speaker.seal(site.key(), [table("event_logs", [])], site.now), records=5)
    said = Heard(site.tenant, speaker.device, "1", "2", speaker.incarnation, 2, 0, 7)
    site.store.heard([said], site.now)
    with running_reader(site):
        believed, done = run(site), run(site, *VERIFY, "--json")
    assert believed.returncode == 0
    assert done.returncode == 11
    assert json.loads(done.stdout)["verified"] == {
        "purpose": "support",
        "envelopes": 2,
        "rows": 2,
        "records": 7,
        "announced": 0,
        "wrong": {"index-differs": 1},
        "unopened": {},
    }


def test_who_gives_no_reason_is_denied(site: Site) -> None:
    """Counting opens envelopes, so it needs what a reading needs."""
    spoken(site)
    with running_reader(site):
        done = run(site, "--verify", "--purpose", "support")
    assert (done.returncode, done.stdout) == (6, "")
    assert site.acts()[-1].act == "denied"
