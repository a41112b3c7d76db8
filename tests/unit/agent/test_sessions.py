# SPDX-License-Identifier: Apache-2.0
"""Who is signed in, as utmp has it.

Rules: records as a C library lays them out, on a recorded machine.
Not here: which rows come of it (`tests/contract/test_collectors.py`).
"""

from pathlib import Path

import pytest

from agent.host.interface import SessionFacts
from agent.host.linux import LinuxHost
from agent.host.utmp import BOOT, DEAD, LONG, SHORT, USER, Layout
from tests.host_fixture import write_tree

NOW = 1_763_900_000


def record(
    layout: Layout, kind: int, line: bytes, user: bytes, host: bytes = b""
) -> bytes:
    """Return a record of a machine's utmp."""
    address = bytes((192, 0, 2, 7)) + bytes(12) if host else bytes(16)
    return layout.form.pack(
        kind, 812, line, b"s/0", user, host, 0, 0, 812, NOW, 5, address
    )


def signed_in(folder: Path, utmp: bytes) -> list[SessionFacts]:
    """Return the sessions of a machine with that utmp."""
    write_tree(folder, {"/run/utmp": utmp})
    return list(LinuxHost(str(folder)).sessions())


@pytest.mark.parametrize("layout", [SHORT, LONG], ids=["x86-64", "AArch64"])
def test_sessions(layout: Layout, tmp_path: Path) -> None:
    """Sessions that go on are told, with their screen or their other side."""
    utmp = b"".join(
        (
            record(layout, BOOT, b"~", b"reboot", b"6.1.0-25-amd64"),
            record(layout, USER, b"tty2", b"ada", b":0"),
            record(layout, USER, b"pts/0", b"grace", b"client.example.test"),
            record(layout, DEAD, b"pts/1", b""),
        )
    )
    assert signed_in(tmp_path, utmp) == [
        SessionFacts("ada", "tty2", ":0", NOW, 812),
        SessionFacts("grace", "pts/0", "client.example.test", NOW, 812),
    ]


@pytest.mark.parametrize("utmp", [b"", b"\0" * 384, b"junk" * 200, bytes(range(256))])
def test_what_is_no_record_is_no_session(utmp: bytes, tmp_path: Path) -> None:
    """A damaged file tells of nobody."""
    assert signed_in(tmp_path, utmp) == []


def test_a_system_without_utmp(tmp_path: Path) -> None:
    """Some systems keep no such file; nobody is told then."""
    assert list(LinuxHost(str(tmp_path)).sessions()) == []
