# SPDX-License-Identifier: Apache-2.0
"""What is to be done about a place that refuses, as Windows says it.

Rules: real mounts; Wine tells of them as Windows does.
Not here: the same of Linux (`tests/unit/agent/test_remedy.py`).
"""

import subprocess
from pathlib import Path

import pytest
from wine_fixture import Windows, path

from tests.mounting import why_no_mounts

pytestmark = [pytest.mark.wine, pytest.mark.slow]
ASKED = """
import json, sys, time
from pathlib import Path
from agent.remedy import probe, remedy
place, begun = Path(sys.argv[1]), time.monotonic()
told = remedy(place)
took = time.monotonic() - begun
try:
    probe(place)
    written = True
except PermissionError:
    written = False
print(json.dumps([told, written, took < 60]))  # who looks for a free name never ends
"""


@pytest.mark.skipif(why_no_mounts() != "", reason=why_no_mounts())
def test_a_write_protected_disk_is_told(windows: Windows, tmp_path: Path) -> None:
    """Windows tells it as a lack of rights, and so the sentence is true of both."""
    subprocess.run(["mount", "--bind", tmp_path, tmp_path], check=True)
    try:
        alone = "remount,bind,ro"
        subprocess.run(["mount", "-o", alone, tmp_path], check=True)
        told = windows.told(ASKED, path(tmp_path))
    finally:
        subprocess.run(["umount", "--lazy", tmp_path], check=True)
    assert told == [
        "run as its owner, or take off the write protection of its disk",
        False,
        True,
    ]


def test_a_place_is_as_it_was_before_it_was_asked(
    windows: Windows, tmp_path: Path
) -> None:
    """What is written there goes when it is closed."""
    assert windows.told(ASKED, path(tmp_path))[1:] == [True, True]
    assert not list(tmp_path.iterdir())
