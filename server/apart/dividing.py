# SPDX-License-Identifier: Apache-2.0
"""Gives each user of a collector what its process needs, and takes it back.

Rules: nothing of the collector runs meanwhile; done again, it makes whole what a
restored file or a command of root's has broken; what is in no place is the office's
alone; nothing is given by a path but by what is held open (`held.py`).
Not here: what each may use (`places.py`), lists (`server/acl.py`).
"""

import os
import sqlite3
import stat
from collections.abc import Callable, Iterator, Mapping
from contextlib import closing
from dataclasses import replace
from pathlib import Path

from server import acl
from server.apart import elsewhere
from server.apart.held import held, own, private
from server.apart.places import (
    CONSOLE,
    CONSOLE_MARK,
    GIVEN,
    LOOK,
    MARK,
    MASTER,
    PASS,
    PLACES,
    WRITE,
    Allowed,
    Place,
)
from server.errors import StateError, UsageError
from server.layout import Layout
from server.users import User, number

JOURNAL = "-journal"
_BESIDE = ("", JOURNAL, "-wal", "-shm")
"""What SQLite opens of a register; as root it gives these to the register's owner."""
_NAMES = bytes.fromhex("d9d505f920a163d7")
"""The end of a journal that names another one; see SQLite's file format, 3."""
_FOLDER = {
    PASS: acl.EXECUTE,
    LOOK: acl.READ | acl.EXECUTE,
    WRITE: acl.READ | acl.WRITE | acl.EXECUTE,
}
_FILE = {LOOK: acl.READ, WRITE: acl.READ | acl.WRITE}
_OWNED, _OWNED_FILE = _FOLDER[WRITE], _FILE[WRITE]
_PRIVATE = 0o700
Numbers = Mapping[User, int]


def divide(
    layout: Layout,
    master: Path,
    more: elsewhere.Files,
    *,
    console: bool,
    rest: Callable[[], None],
) -> None:
    """Let each process of a collector use what it needs, as a user of its own.

    Args:
        layout: the installation; nothing of it runs.
        master: directory of the master key.
        more: files elsewhere, and who may read them.
        console: whether there is one.
        rest: raises where something of it runs now; called before units may start.

    Raises:
        StateError: this machine lacks a user, its disk keeps no lists, or a link is
            where a file should be.
        UsageError: config.toml names what root must not give away.
    """
    numbers = {user: number(user) for user in User}
    try:
        _require_own(layout, master, numbers[User.OFFICE])
        outside = {path: more[path] for path in more if not _is_within(path, layout)}
        elsewhere.require(outside, numbers)
        elsewhere.take_back(layout, more, numbers)
        _unmark(layout)  # the last place makes it anew
        _close(layout, master, numbers[User.OFFICE])
        if not console:
            del numbers[User.CONSOLE]  # it gets nothing
        for place in PLACES[:-1]:
            path = _path(layout, master, place)
            if place.name != CONSOLE or console or os.path.lexists(path):
                _open(path, place, numbers)
        elsewhere.give(layout, more, numbers)
        rest()
        marks = (CONSOLE_MARK, MARK) if console else (MARK,)
        _open(layout.directory, replace(PLACES[-1], made=marks), numbers)
    except (OSError, sqlite3.Error) as error:
        raise _failed(layout, error) from None


def join(layout: Layout, master: Path, more: elsewhere.Files) -> None:
    """Give all of a collector back to its owner.

    Args:
        layout: the installation; nothing of it runs.
        master: directory of the master key.
        more: files elsewhere, which others read no more.

    Raises:
        StateError: this machine lacks a user, its disk refuses, or a link is where a
            file should be.
        UsageError: the directory of the master key is not its owner's own.
    """
    numbers = {user: number(user) for user in User}
    try:
        _require_own(layout, master, numbers[User.OFFICE])
        elsewhere.take_back(layout, more, numbers)
        _unmark(layout)
        (layout.directory / GIVEN).unlink(missing_ok=True)
        _close(layout, master, numbers[User.OFFICE])
    except (OSError, sqlite3.Error) as error:
        raise _failed(layout, error) from None


def _require_own(layout: Layout, master: Path, owner: int) -> None:
    """Refuse a master key's directory that root must not give away with all in it.

    config.toml, which names it, is the office's.
    """
    if master == layout.keyring:
        return
    found = master.lstat() if os.path.lexists(master) else None
    if (
        found is None
        or not stat.S_ISDIR(found.st_mode)
        or found.st_uid != owner
        or layout.directory.resolve().is_relative_to(master.resolve())
    ):
        office = User.OFFICE.value
        msg = (
            f"{master} is no directory of {office}'s own for the master key alone: "
            f"chown it to {office} if it is that directory, or write the right one "
            "under [keyring] in config.toml"
        )
        raise UsageError(msg)


def _is_within(path: Path, layout: Layout) -> bool:
    return path.is_relative_to(layout.directory)


def _unmark(layout: Layout) -> None:
    for name in (MARK, CONSOLE_MARK):
        (layout.directory / name).unlink(missing_ok=True)


def require_plain(layout: Layout) -> None:
    """Refuse to open a register beside which a process has put a trap.

    Args:
        layout: the installation; nothing of it runs.

    Raises:
        StateError: there is one, or it cannot be looked at.
    """
    try:
        for path in _registers(layout):
            if os.path.lexists(path.parent):
                with held(path.parent):  # no link to another directory
                    pass
            for ending in _BESIDE:
                beside = path.with_name(path.name + ending)
                if os.path.lexists(beside):
                    with held(beside) as handle:
                        if ending == JOURNAL and _names_another(handle):
                            raise _ill_journal(beside)
    except OSError as error:
        raise _failed(layout, error) from None


def _names_another(handle: int) -> bool:
    """Tell whether a journal names another file, which SQLite could remove by it.

    That is of transactions over several files, of which a collector has none.
    """
    os.lseek(handle, max(0, os.fstat(handle).st_size - len(_NAMES)), os.SEEK_SET)
    return os.read(handle, len(_NAMES)) == _NAMES


def _ill_journal(path: Path) -> StateError:
    return StateError(
        f"{path} is a journal that no collector writes, and would have a file removed: "
        "find out who wrote it, move it away, and do this again"
    )


def _registers(layout: Layout) -> list[Path]:
    return sorted(
        layout.directory / one.name / name for one in PLACES for name in one.registers
    )


def _failed(layout: Layout, error: Exception) -> StateError:
    why = error.strerror if isinstance(error, OSError) else type(error).__name__
    return StateError(
        f"{layout.directory} is not divided ({why}): run this as root, on a disk that "
        "keeps access lists, such as ext4 or XFS, and then again"
    )


def _close(layout: Layout, master: Path, owner: int) -> None:
    """Make everything the owner's alone."""
    for top in (layout.directory, master):
        for path in _all(top):
            with held(path) as handle:
                acl.take(handle)
                own(handle, owner)
                if not path.is_relative_to(layout.updates):  # these are for anybody
                    private(handle)
    require_plain(layout)
    for path in _registers(layout):
        if path.exists():
            _settle(path)


def _settle(path: Path) -> None:
    """Have a register's file be all that there is of it."""
    with closing(sqlite3.connect(path, isolation_level=None)) as connection:
        connection.execute("PRAGMA journal_mode = DELETE")
        connection.execute("BEGIN IMMEDIATE")
        connection.execute("COMMIT")
    path.with_name(path.name + JOURNAL).unlink(missing_ok=True)


def _open(path: Path, place: Place, numbers: Numbers) -> None:
    """Let users into one place, and to what is in it."""
    there = os.path.lexists(path)
    if not there:
        path.mkdir(_PRIVATE)
    inner = _rights(place.within, _FOLDER, numbers)
    with held(path) as handle:
        if not there:
            own(handle, numbers[User.OFFICE])
        acl.give(handle, _OWNED, _rights(place.here, _FOLDER, numbers))
        if place.within:
            acl.hand_down(handle, inner)
    for found in _all(path) if place.within else ():
        if found == path:
            continue
        with held(found) as handle:
            if found.is_dir():
                acl.give(handle, _OWNED, inner)
                acl.hand_down(handle, inner)
            else:
                acl.give(handle, _OWNED_FILE, _rights(place.within, _FILE, numbers))
    for name, allowed in place.files.items():
        rights = _rights(allowed, _FILE, numbers)
        made = name in place.made
        _give_file(path / name, rights, numbers, make=made)
        if name in place.registers and os.path.lexists(path / name):
            _give_file(path / (name + JOURNAL), rights, numbers, make=True)


def _give_file(path: Path, rights: acl.Rights, numbers: Numbers, *, make: bool) -> None:
    """Let users use one file, if it is there or is to be made."""
    if make or os.path.lexists(path):
        with held(path, make=make) as handle:
            if make:
                own(handle, numbers[User.OFFICE])
            acl.give(handle, _OWNED_FILE, rights)


def _rights(
    allowed: Allowed, bits: Mapping[str, int], numbers: Numbers
) -> dict[int, int]:
    """Return bits by user; the office, which owns most, has all everywhere."""
    found = {
        numbers[user]: bits[may] for user, may in allowed.items() if user in numbers
    }
    return found | {numbers[User.OFFICE]: bits[WRITE]}


def _path(layout: Layout, master: Path, place: Place) -> Path:
    return master if place.name == MASTER else layout.directory / place.name


def _all(top: Path) -> Iterator[Path]:
    """Yield a directory and all in it, but no link and no socket."""
    if top.is_dir() and not top.is_symlink():
        yield top
        for path in sorted(top.rglob("*")):
            if not path.is_symlink() and (path.is_dir() or path.is_file()):
                yield path
