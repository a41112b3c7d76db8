# SPDX-License-Identifier: Apache-2.0
"""Dividing a collector's directory as root, where its processes have put traps.

Rules: real files, owners and lists; the users are numbers that nobody has.
Not here: the table of rights (`test_apart_places.py`), that the kernel holds to it
(`tests/packaging/test_machine_apart.py`).
"""

import os
import re
import sqlite3
import struct
from collections.abc import Callable
from contextlib import closing
from pathlib import Path

import pytest
from dividing_room import NUMBERS, OFFICE, collector, needs_root

from server import __main__ as program
from server import acl, users
from server.apart import dividing
from server.errors import StateError, UsageError
from server.key_files import write_new
from server.layout import Layout
from server.ledger import SqliteLedger
from server.users import User

MAGIC = bytes.fromhex("d9d505f920a163d7")
"""Of a journal of SQLite's; see its file format, 3."""
UNITS = Path(__file__).parents[3] / "packaging" / "linux"

pytestmark = needs_root


@pytest.fixture
def layout(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Layout:
    """Return a collector's directory that is the office's."""
    return collector(tmp_path / "collector", monkeypatch)


@pytest.fixture
def secret(tmp_path: Path) -> Path:
    """Return a file of root's that is nobody else's."""
    path = tmp_path / "shadow"
    write_new(path, b"root's")
    return path


def divided(layout: Layout) -> None:
    """Divide it, with no console."""
    dividing.divide(layout, layout.keyring, {}, console=False, rest=lambda: None)


def test_what_is_divided_is_the_offices(layout: Layout) -> None:
    """Its own files, also those of root's, are the office's, and lists say more."""
    (layout.keyring / "master-1.key").touch()
    divided(layout)
    every = [layout.directory, *layout.directory.rglob("*")]
    assert {path.stat().st_uid for path in every} == {OFFICE}
    assert acl.is_shared(layout.keyring / "master-1.key")
    assert acl.hands_down(layout.run / "reader")
    assert (layout.run / "reader" / "ask.lock").is_file()
    dividing.join(layout, layout.keyring, {})
    assert not any(acl.is_shared(path) for path in every)


@pytest.mark.parametrize("make", [os.symlink, os.link], ids=["link", "second-name"])
@pytest.mark.parametrize(
    "name",
    [
        "run/reader/ask.lock",
        "run/keeper/ask.lock",
        "keeper/keeper.sqlite-journal",
        "keeper/keeper.sqlite-wal",
        "keyring/more.key",
    ],
)
def test_a_link_gives_no_file_of_roots_away(
    layout: Layout, secret: Path, name: str, make: Callable[[Path, Path], None]
) -> None:
    """What a process puts where it may write is refused, or passed over."""
    make(secret, layout.directory / name)
    try:
        divided(layout)
    except StateError as error:
        assert "do this again" in str(error)  # noqa: PT017 - or it is passed over
    found = secret.stat()
    assert (found.st_uid, found.st_mode & 0o777) == (0, 0o600)
    assert not acl.is_shared(secret)
    assert (layout.directory / "apart").exists() is (
        make is os.symlink and name == "keyring/more.key"
    )


@pytest.mark.parametrize("part", ["office", "keeper", "reader", "console"])
def test_a_unit_starts_what_there_is(layout: Layout, part: str) -> None:
    """A console that was taken out of config.toml has no rights and does not start."""
    unit = UNITS / f"discreet-server-{part}.service"
    marks = re.findall(
        r"^ConditionPathExists=/var/lib/discreet-server/(\S+)$",
        unit.read_text(),
        re.MULTILINE,
    )
    for console in (True, False, True):
        dividing.divide(layout, layout.keyring, {}, console=console, rest=lambda: None)
        starts = all((layout.directory / one).exists() for one in marks)
        assert starts is (console or part != "console")
        user = NUMBERS[User.CONSOLE]
        assert acl.admits(layout.people, user, ()) is console
        assert acl.admits(layout.console, user, ()) is console
        assert acl.admits(layout.console, NUMBERS[User.KEEPER], ())
    dividing.join(layout, layout.keyring, {})
    assert not any((layout.directory / one).exists() for one in marks)


def test_nothing_starts_where_something_came_to_run(layout: Layout) -> None:
    """What began meanwhile is looked for again before units find the mark."""

    def runs() -> None:
        msg = "a process runs"
        raise UsageError(msg)

    divided(layout)
    assert (layout.directory / "apart").exists()
    with pytest.raises(UsageError, match="a process runs"):
        dividing.divide(layout, layout.keyring, {}, console=False, rest=runs)
    assert not (layout.directory / "apart").exists()


def test_a_directory_of_registers_is_no_link(layout: Layout, tmp_path: Path) -> None:
    """Root makes and settles no register in a directory that a link names."""
    (other := tmp_path / "other").mkdir(0o700)
    layout.people.parent.rename(tmp_path / "access")
    layout.people.parent.symlink_to(other)
    with pytest.raises(StateError, match="is a link"):
        dividing.require_plain(layout)


def test_no_journal_has_root_remove_a_file(layout: Layout, secret: Path) -> None:
    """Who writes the ledger writes its journal, which may name a file to remove."""
    ledger = layout.ledger
    with closing(sqlite3.connect(ledger)) as connection:
        (pages,) = connection.execute("PRAGMA page_count").fetchone()
        (size,) = connection.execute("PRAGMA page_size").fetchone()
        connection.execute("PRAGMA journal_mode = DELETE")
    named = bytes(secret)
    header = MAGIC + struct.pack(">IIIII", 0, 1, pages, 512, size)
    end = struct.pack(">II", len(named), sum(named)) + MAGIC
    journal = ledger.with_name("ledger.sqlite-journal")
    journal.write_bytes(header.ljust(512, b"\0") + bytes(4) + named + end)
    with pytest.raises(StateError, match="journal"):
        divided(layout)
    assert secret.exists()


def test_the_ledger_has_what_was_done(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """What failed is no act there; what was done is."""
    directory = tmp_path / "made"
    told = ["--directory", str(directory)]
    made = ["init", "--tenant", "Acme", "--url", "https://collector.example.org"]
    assert program.main([*told, *made]) == 0
    for module in (users, dividing):
        monkeypatch.setattr(module, "number", lambda _: os.geteuid())

    def acts() -> list[str]:
        with closing(SqliteLedger(Layout(directory).ledger)) as ledger:
            return [one.act for one in ledger.entries()]

    (link := directory / "keyring" / "link").hardlink_to(directory / "config.toml")
    assert program.main([*told, "apart", "--undo"]) != 0
    assert "processes-joined" not in acts()
    link.unlink()
    assert program.main([*told, "apart", "--undo"]) == 0
    assert acts()[-1] == "processes-joined"
