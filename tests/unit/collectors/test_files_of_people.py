# SPDX-License-Identifier: Apache-2.0
"""Folders in which people leave files, read with root's rights.

Rules: what is not a plain file there is never opened, and hides no other.
Not here: what the files say (the Examples).
"""

import os
from pathlib import Path

import pytest

from agent.collectors import crashes, shares
from agent.collectors._linux import crashes as crash_files
from agent.errors import DeniedError
from agent.host.crontabs import TABLES, read_crontabs
from agent.host.linux import LinuxHost
from agent.rows import Want
from tests.host_fixture import write_tree
from wire.catalogue import System

USER_SHARES = "/var/lib/samba/usershares"
SECRET = b"ProblemType: Crash\nsharename=secret\npath=/secret\n@daily secret\n"


def columns(dataset: object) -> frozenset[str]:
    """Return every column of a dataset."""
    return frozenset(column.name for column in dataset.columns)  # type: ignore[attr-defined]


def with_oddities(root: Path, folder: str, ending: str = "") -> LinuxHost:
    """Return a machine with a link, a folder and a pipe in a folder of people."""
    write_tree(root, {"/etc/secret": SECRET, f"{folder}/": b""})
    place = root / folder[1:]
    (place / f"a{ending}").symlink_to("/etc/secret")
    (place / f"b{ending}").mkdir()
    os.mkfifo(place / f"c{ending}")
    return LinuxHost(str(root), facts={"euid": 0})


@pytest.mark.parametrize(
    "folder", [crash_files.REPORTS, USER_SHARES, TABLES[0], "/var/spool/cron/tabs"]
)
def test_no_link_is_followed(tmp_path: Path, folder: str) -> None:
    """A link that somebody left there leads root nowhere, be it to a device."""
    host = with_oddities(tmp_path, folder)
    for read in (host.read, lambda path: host.read_part(path, 0, 64)):
        with pytest.raises(DeniedError):
            read(f"{folder}/a")


def test_crashes_beside_oddities(tmp_path: Path) -> None:
    """What is no report is counted, and the reports beside it are told."""
    host = with_oddities(tmp_path, crash_files.REPORTS, ".crash")
    report = b"ProblemType: Crash\nExecutablePath: /bin/tool\n"
    write_tree(tmp_path, {f"{crash_files.REPORTS}/d.crash": report})
    reading = crashes.READERS[System.LINUX](host, Want(columns(crashes.DATASET)))
    assert [row.value("program") for row in reading.rows] == ["tool"]
    assert reading.refused == 2


def test_shares_beside_oddities(tmp_path: Path) -> None:
    """What is no share is counted, and the shares beside it are told."""
    host = with_oddities(tmp_path, USER_SHARES)
    share = b"sharename=plans\npath=/srv/plans\n"
    write_tree(
        tmp_path, {f"{USER_SHARES}/d": share, f"{USER_SHARES}/e": b"x" * (1 << 20)}
    )
    reading = shares.READERS[System.LINUX](host, Want(columns(shares.DATASET)))
    assert [row.value("name") for row in reading.rows] == ["plans"]
    assert reading.skipped == 3


def test_crontabs_beside_oddities(tmp_path: Path) -> None:
    """What is no table of a person is passed over."""
    host = with_oddities(tmp_path, TABLES[0])
    write_tree(tmp_path, {f"{TABLES[0]}/d": b"@daily tool\n"})
    assert read_crontabs(host, frozenset({"program"})) == [{"program": "tool"}]
