# SPDX-License-Identifier: Apache-2.0
"""What is to be done about a place that refuses is true of that place.

Rules: real directories, mounts and users.
Not here: who says it (`test_doctor.py`, `test_courier.py`), Windows
(`tests/wine/test_wine_host.py`).
"""

import os
import shutil
import subprocess
import sys
from pathlib import Path

import pytest
from agent_program import NOBODY, folder_of_all

from agent.errors import StateError
from agent.remedy import Advised, probe

_ASKED = """
import os, sys
from pathlib import Path
from agent.remedy import remedy
if len(sys.argv) > 2:
    os.setgroups([]), os.setgid(int(sys.argv[2])), os.setuid(int(sys.argv[2]))
print(remedy(Path(sys.argv[1])))
"""
root = pytest.mark.skipif(os.geteuid() != 0, reason="users and mounts need root")


def asked(place: Path, *user: int, wrapper: str = 'exec "$@"') -> str:
    """Return what is to be done about a place, asked by a process of its own."""
    program = [sys.executable, "-c", _ASKED, str(place), *map(str, user)]
    done = subprocess.run(
        ["/bin/sh", "-c", wrapper, "sh", *program],
        capture_output=True,
        text=True,
        check=True,
        env={"PYTHONPATH": ":".join(sys.path)},
    )
    return done.stdout.strip()


@root
@pytest.mark.parametrize("mode", [0o700, 0o755])
def test_a_place_without_rights_is_its_owners(mode: int) -> None:
    """Who may not write there, or not even look, is told as whom to run."""
    with folder_of_all() as folder:
        place = folder / "state"
        place.mkdir()
        place.chmod(mode)
        assert asked(place, NOBODY) == "run as its owner"
        assert asked(place / "not" / "there", NOBODY) == "run as its owner"


@root
@pytest.mark.skipif(not shutil.which("unshare"), reason="it is mounted by unshare")
def test_a_disk_there_to_be_read_alone_is_mounted_anew(tmp_path: Path) -> None:
    """Also root cannot write there, and no space is missing."""
    alone = f"mount --bind {tmp_path} {tmp_path}; mount -o remount,bind,ro {tmp_path}"
    mounted = f'unshare --mount sh -c \'{alone}; exec "$@"\' sh "$@"'
    assert asked(tmp_path, wrapper=mounted) == "have the disk mounted for writing"


def test_a_place_is_as_it_was_before_it_was_asked(tmp_path: Path) -> None:
    """What is written there is gone, whatever else lies there."""
    (tmp_path / "kept").write_bytes(b"kept")
    probe(tmp_path)
    assert [path.name for path in tmp_path.iterdir()] == ["kept"]


def test_a_place_is_asked_when_a_sentence_is_read(tmp_path: Path) -> None:
    """Who looks at an error's kind alone has nothing written; two readers, once."""
    long_ago = 1_000_000_000, 1_000_000_000
    os.utime(tmp_path, ns=long_ago)
    error = StateError(Advised("it cannot be written", tmp_path))
    assert tmp_path.stat().st_mtime_ns == long_ago[1]
    told = str(error)
    assert told.startswith("it cannot be written: ")
    assert tmp_path.stat().st_mtime_ns > long_ago[1]
    os.utime(tmp_path, ns=long_ago)
    assert str(error) == told
    assert tmp_path.stat().st_mtime_ns == long_ago[1]
