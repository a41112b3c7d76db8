# SPDX-License-Identifier: Apache-2.0
"""Commits of the spool, and what is remembered of it, are flushed before they count.

Rules: the system calls are those of a real process, as strace sees them; skipped where
there is none.
Not here: disks that lie about it (the simulated world).
"""

import os
import shutil
import subprocess
import sys
from collections.abc import Iterator
from itertools import pairwise
from pathlib import Path

import pytest

pytestmark = [
    pytest.mark.fault,
    pytest.mark.slow,
    pytest.mark.skipif(shutil.which("strace") is None, reason="strace is not here"),
]
_REPOSITORY = Path(__file__).parents[3]
_COMMITS = 5
_SCRIPT = f"""
import os, sys
from pathlib import Path
from agent.spool.spool import open_spool
spool = open_spool(Path(sys.argv[1]), 1)
for number in range({_COMMITS}):
    spool.set_value("number", number)
    os.access("/committed", os.F_OK)
os._exit(0)
"""
_REMEMBER = f"""
import os, sys
from pathlib import Path
from agent.spool.last_sent import LastSent, LastSentFile
file = LastSentFile(Path(sys.argv[1]))
for number in range({_COMMITS}):
    file.put(LastSent(bytes(16), number, (bytes(32),)))
    os.access("/committed", os.F_OK)
"""


def test_each_commit_ends_with_a_flush(tmp_path: Path) -> None:
    """Between what a commit writes to the log and its return there is an fdatasync."""
    for done in _done(tmp_path, _SCRIPT, "spool.sqlite"):
        log = [line for line in done if "-wal>" in line]
        assert any("pwrite64" in line for line in log)
        assert "sync" in log[-1]


def test_what_is_remembered_is_flushed(tmp_path: Path) -> None:
    """Each write is flushed before who remembers goes on, and is the only one."""
    for done in _done(tmp_path, _REMEMBER, "spool.sent"):
        file = [line for line in done if "spool.sent>" in line]
        assert ["write" in line for line in file] == [True, False]
        assert "fdatasync" in file[-1]


def _done(tmp_path: Path, script: str, name: str) -> Iterator[list[str]]:
    """Run a script; yield the system calls of each turn of it but the first."""
    calls = tmp_path / "calls"
    traced = "trace=pwrite64,write,fdatasync,fsync,access"
    command = [
        *("strace", "-f", "-e", traced, "-y", "-o", str(calls)),
        *(sys.executable, "-c", script, str(tmp_path / name)),
    ]
    environment = {**os.environ, "PYTHONPATH": str(_REPOSITORY)}
    subprocess.run(command, env=environment, check=True, capture_output=True)
    told = calls.read_text().splitlines()
    ends = [at for at, line in enumerate(told) if '"/committed"' in line]
    assert len(ends) == _COMMITS
    for start, end in pairwise(ends):
        yield told[start:end]
