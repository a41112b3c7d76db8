# SPDX-License-Identifier: Apache-2.0
"""Every commit of the spool is flushed to the disk before it counts.

Rules: the system calls are those of a real process, as strace sees them; skipped where
there is none.
Not here: disks that lie about it (the simulated world).
"""

import os
import shutil
import subprocess
import sys
from itertools import pairwise
from pathlib import Path

import pytest

pytestmark = [
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


def test_each_commit_ends_with_a_flush(tmp_path: Path) -> None:
    """Between what a commit writes to the log and its return there is an fdatasync."""
    calls = tmp_path / "calls"
    traced = "trace=pwrite64,write,fdatasync,fsync,access"
    command = [
        *("strace", "-f", "-e", traced, "-y", "-o", str(calls)),
        *(sys.executable, "-c", _SCRIPT, str(tmp_path / "spool.sqlite")),
    ]
    environment = {**os.environ, "PYTHONPATH": str(_REPOSITORY)}
    subprocess.run(command, env=environment, check=True, capture_output=True)
    told = calls.read_text().splitlines()
    ends = [at for at, line in enumerate(told) if '"/committed"' in line]
    assert len(ends) == _COMMITS
    for start, end in pairwise(ends):
        log = [line for line in told[start:end] if "-wal>" in line]
        assert any("pwrite64" in line for line in log)
        assert "sync" in log[-1]
