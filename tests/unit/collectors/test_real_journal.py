# SPDX-License-Identifier: Apache-2.0
"""A real journald, written to and rotated while it is read.

Rules: systemd's own daemon, alone in a mount namespace with a /run of its own; nothing
of this machine's journal is read or changed.
Not here: recorded output of journalctl (`test_event_logs.py`).
"""

import json
import os
import shutil
import subprocess
import sys
from pathlib import Path

import pytest

DAEMON = Path("/lib/systemd/systemd-journald")
READY = (
    DAEMON.exists()
    and shutil.which("journalctl") is not None
    and shutil.which("unshare") is not None
    and os.geteuid() == 0
    and any(Path("/sys/fs/cgroup").glob("*"))
)
pytestmark = [
    pytest.mark.slow,
    pytest.mark.skipif(not READY, reason="needs journald, root and cgroups"),
]
ALONE = """
set -e
mount -t tmpfs tmpfs /run
mkdir -p /run/systemd/journal /run/log/journal
mount -t tmpfs tmpfs /var/log
exec "$0" -m tests.unit.collectors.journal_story
"""


@pytest.fixture(scope="module")
def told() -> dict[str, object]:
    """Run the story alone, and return what it saw."""
    done = subprocess.run(
        ["unshare", "--mount", "sh", "-c", ALONE, sys.executable],
        capture_output=True,
        cwd=Path(__file__).resolve().parents[3],
        timeout=120,
        check=False,
    )
    if b"mount:" in done.stderr:
        pytest.skip("may not mount here")
    assert done.returncode == 0, done.stderr.decode()
    found: dict[str, object] = json.loads(done.stdout)
    return found


def test_each_entry_once_over_rotation(told: dict[str, object]) -> None:
    """Entries before and after a rotation of the journal are told once, in order."""
    assert told["passes"] == [
        ["one", "two"],
        ["three", "four"],
        [],
    ]
    assert told["skipped"] == [0, 0, 0]


def test_an_entry_that_is_gone_is_counted(told: dict[str, object]) -> None:
    """Where the last entry was deleted, the loss is counted and reading goes on."""
    assert told["after vacuum"] == [["five"], 1]


def test_the_journal_is_read_from_now_on(told: dict[str, object]) -> None:
    """After a lost spool what was there is not told again, and what comes then is."""
    assert told["from now on"] == [[], ["after"]]


def test_only_the_named_events_are_read(told: dict[str, object]) -> None:
    """The journal chooses by the names of the policy."""
    assert told["named"] == ["service story", "kind"]


def test_a_crash_is_told_without_its_stack(told: dict[str, object]) -> None:
    """Of an entry of systemd-coredump the declared columns are told, and no more."""
    assert told["crashes"] == [
        {
            "program": "sleep",
            "exception_code": "SIGSEGV",
            "package": "coreutils",
            "version": "9.1",
            "count": 2,
        }
    ]


def test_counts_are_those_of_the_entries(told: dict[str, object]) -> None:
    """Counting sees each entry, of a flood as well."""
    assert told["counted"] == 3_000
    assert told["texts of the flood"] == [512, 2_488]
