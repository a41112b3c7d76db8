# SPDX-License-Identifier: Apache-2.0
"""A process that sees a few folders sees no other file.

Rules: a process of its own, for what it gives up it never gets back.
Not here: a probe's rights (`tests/e2e/test_probes.py`).
"""

import json
import subprocess
import sys
from pathlib import Path

import pytest

SCRIPT = """
import ctypes, json, sys
from agent.sidecar.landlock import see_only
ctypes.CDLL(None).prctl(38, 1, 0, 0, 0)
told = [see_only((sys.argv[1], "/no/such/folder"))]
for path in sys.argv[2:]:
    for mode in "rw":
        try:
            open(path, mode).close()
            told.append("opened")
        except OSError as error:
            told.append(type(error).__name__)
print(json.dumps(told))
"""


def test_only_what_was_named_is_read(tmp_path: Path) -> None:
    """A file of the folder is read and not written; one beside it is neither."""
    seen = tmp_path / "seen"
    seen.mkdir()
    (seen / "settings").write_text("x")
    (tmp_path / "identity.cbor").write_text("x")
    command = [sys.executable, "-c", SCRIPT, str(seen), str(seen / "settings")]
    done = subprocess.run(
        [*command, str(tmp_path / "identity.cbor")],
        capture_output=True,
        text=True,
        check=True,
    )
    does, *told = json.loads(done.stdout)
    if not does:
        pytest.skip("this kernel has no Landlock")
    assert told == ["opened", "PermissionError", "PermissionError", "PermissionError"]
