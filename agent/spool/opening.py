# SPDX-License-Identifier: Apache-2.0
"""Opens the spool's database, or sets it aside where it cannot be used.

Rules: start-up succeeds whatever lies there: of what is damaged, or has forgotten what
has left, a new one is made; the old one, and what is of a newer release or of another
owner, is renamed and its loss owed; what is only out of reach for now (a full or
failing disk) is left as it is and said in one sentence; a page that the disk refuses is
no damage until it is given up; one of each kind is kept; whether it has forgotten what
has left is asked at each opening.
Not here: its tables (`schema.py`), what is in it (`spool.py`), what is sound of a
damaged one (`salvage.py`), when a page is given up (`unread.py`).
"""

import errno
import shutil
import sqlite3
from contextlib import suppress
from enum import IntEnum
from pathlib import Path

from agent.budget import ASIDE_SECONDS, SPOOL_BUSY_SECONDS
from agent.errors import ClosedError, StateError
from agent.remedy import Advised
from agent.spool import schema
from agent.spool.change import Entropy
from agent.spool.last_sent import LastSent
from agent.spool.log import Piece, Verdict, log_of, made_anew, read_log
from agent.spool.quotas import may_map, no_space, release, require_mapped

CLOSED = "the spool cannot be opened"
_CORRUPT, _NEWER, _FOREIGN = "corrupt", "newer", "foreign"
_KINDS = _CORRUPT, _NEWER, _FOREIGN
_WAYS_AT, _WAYS = 18, frozenset({1, 2})
"""Where the header says how to write and how to read: with a journal, with a log."""
_NOTHING: frozenset[Piece] = frozenset()
_SUFFIXES = "-wal", "-shm", ""
_OUT_OF_REACH = frozenset(
    {
        *(sqlite3.SQLITE_BUSY, sqlite3.SQLITE_CANTOPEN, sqlite3.SQLITE_FULL),
        *(sqlite3.SQLITE_INTERRUPT, sqlite3.SQLITE_IOERR, sqlite3.SQLITE_LOCKED),
        *(sqlite3.SQLITE_NOMEM, sqlite3.SQLITE_PERM, sqlite3.SQLITE_READONLY),
        sqlite3.SQLITE_NOLFS,
    }
)
"""What SQLite says of the disk or of another process, not of the database."""


class Look(IntEnum):
    """How far a spool is looked at; whether it is older than what has left, always.

    Values:
        NONE: no further: another process may have it open.
        ENDS: its header and its log, which costs little.
        WHOLE: all of the database too, which takes a moment for a large one.
    """

    NONE = 0
    ENDS = 1
    WHOLE = 2


def connect(  # noqa: PLR0913 - by keyword, what stands around it
    path: Path,
    now: int,
    marked: int | None,
    last: LastSent | None,
    entropy: Entropy,
    *,
    how: Look,
    lost: frozenset[Piece] = _NOTHING,
) -> sqlite3.Connection:
    """Return the open database, a new one where the old cannot be used.

    Args:
        path: the database's file.
        now: seconds since the epoch, names what is set aside.
        marked: time of the newest mark, which outlives a spool; None where none is.
        last: how far of a chain has left; None where that is not known.
        entropy: draws a new spool's incarnation and secret.
        how: far to look.
        lost: pages that are given up, if the disk still refuses them.

    Raises:
        ClosedError: it is out of reach: the directory or the disk refuses.
    """
    for kind in (*_KINDS, None):
        try:
            _take_over(path, now)
            return _opened(path, marked, last, entropy, how=how)
        except (OSError, sqlite3.Error) as problem:
            found, missed, cause = _told_apart(path, problem, lost)
            if found is None or kind is None:
                raise _closed(path) from cause
            lost = _NOTHING  # what is opened next is another file
            try:
                if found == _CORRUPT and kind == _KINDS[0]:
                    from agent.spool import salvage  # noqa: PLC0415 - where one is damaged

                    salvage.salvage(path, now, marked or 0, entropy, last, missed)
                if not made_anew(path).exists():
                    _set_aside(path, now, found)
            except OSError as refusal:
                raise _closed(path) from refusal
    raise _closed(path)


def look(
    path: Path, last: LastSent | None, *, check: bool = True
) -> sqlite3.Connection:
    """Return the open database for who only looks: nothing is mended or made.

    Args:
        path: the database's file.
        last: how far of a chain has left, read before; None where that is not known.
        check: look at all of it.

    Raises:
        ClosedError: the directory or the disk refuses.
        StateError: it is missing, damaged, older than what has left or of a newer
            release.
    """
    try:
        if not path.exists():
            msg = _only_looked("missing")
            raise StateError(msg)
        if not Path(f"{path}-shm").exists():  # nobody else has it open
            require_mapped(path)
        database = _connect(path, None, bytes, check=check, mend=False)
        if last is None or not _ends_behind(database, last):
            return database
        database.close()
        msg = _only_looked("older than what has left")
        raise StateError(msg)
    except schema.NewerError as problem:
        msg = "a newer release made this spool: install that release again"
        raise StateError(msg) from problem
    except (OSError, sqlite3.Error) as problem:
        found, _, cause = _told_apart(path, problem, _NOTHING)
        if found == _CORRUPT:
            raise StateError(_only_looked("damaged")) from cause
        raise _closed(path) from cause


def clear_aside(path: Path, now: int) -> None:
    """Remove what was set aside long ago; what cannot be removed stays."""
    for kind in _KINDS:
        for found in path.parent.glob(f"{path.name}*.{kind}-*"):
            made = found.name.rpartition("-")[2]
            if made.isdecimal() and now - int(made) > ASIDE_SECONDS:
                _remove(found)


def _closed(path: Path) -> ClosedError:
    return ClosedError(Advised(CLOSED, path.parent))


def _only_looked(what: str) -> str:
    return f"the spool is {what}: the agent makes a new one and records the loss"


def _opened(
    path: Path,
    marked: int | None,
    last: LastSent | None,
    entropy: Entropy,
    *,
    how: Look,
) -> sqlite3.Connection:
    """Open or make it; on a full disk with the space that is kept for that."""
    owed = _owed(path, marked, last)
    if not may_map(path):
        release(path)
        require_mapped(path)
    if how >= Look.ENDS and path.is_file():
        _look_at(path)
    if last is not None and path.is_file() and _is_behind(path, last):
        raise sqlite3.DatabaseError(_CORRUPT)
    check = how is Look.WHOLE
    try:
        return _connect(path, owed, entropy, check=check)
    except sqlite3.Error as problem:
        if not no_space(problem) or not release(path):
            raise
        return _connect(path, owed, entropy, check=check)


def _look_at(path: Path) -> None:
    """Look at what SQLite would not say.

    It opens a database whose header names another way of writing for reading alone, and
    of a log that does not fit it forgets the rest.

    Raises:
        sqlite3.DatabaseError: the header or the log is damaged.
    """
    with path.open("rb", buffering=0) as file:
        ways = file.read(_WAYS_AT + 2)[_WAYS_AT:]
    if not _WAYS.issuperset(ways):
        raise sqlite3.DatabaseError(_CORRUPT)
    log = read_log(path)
    if log.verdict is Verdict.DAMAGED:
        raise sqlite3.DatabaseError(_CORRUPT)
    if log.verdict is Verdict.MOVED:
        log_of(path).unlink()


def _is_behind(path: Path, last: LastSent) -> bool:
    """Tell whether a database has forgotten what has left; its log stays as it is.

    One that was being made when its machine died has a journal, which who only reads
    cannot roll back: nothing of its chain has left.
    """
    database = sqlite3.connect(f"{path.absolute().as_uri()}?mode=ro", uri=True)
    try:
        if not database.execute("PRAGMA user_version").fetchone()[0]:
            return False
        return _ends_behind(database, last)
    except sqlite3.OperationalError as problem:
        if problem.sqlite_errorcode != sqlite3.SQLITE_READONLY_ROLLBACK:
            raise
        return False
    finally:
        database.close()


def _ends_behind(database: sqlite3.Connection, last: LastSent) -> bool:
    ends = database.execute("SELECT incarnation, sequence FROM chain").fetchall()
    return any(last.is_behind(*end) for end in ends)


def _connect(
    path: Path,
    owed: int | None,
    entropy: Entropy,
    *,
    check: bool,
    mend: bool = True,
) -> sqlite3.Connection:
    if path.exists():
        path.chmod(0o600)
    database = sqlite3.connect(
        path, timeout=SPOOL_BUSY_SECONDS, isolation_level=None, cached_statements=64
    )
    try:
        path.chmod(0o600)
        drawn = entropy(16), entropy(32)
        schema.prepare(database, *drawn, owed, check=check, mend=mend)
    except UnicodeDecodeError:  # what SQLite says of a damaged schema quotes it
        database.close()
        raise sqlite3.DatabaseError(_CORRUPT) from None
    except BaseException:
        database.close()
        raise
    return database


def _owed(path: Path, marked: int | None, last: LastSent | None) -> int | None:
    """Return since when a new spool's records are missing; None where none were."""
    told = marked is not None or last is not None
    lost = told or any(
        any(path.parent.glob(f"{path.name}*.{kind}-*")) for kind in _KINDS
    )
    return (marked or 0) if lost else None


def _unusable(path: Path, problem: Exception) -> str | None:
    """Return why a spool can never be used as it is; None where it may yet be."""
    if isinstance(problem, OSError):
        mine = problem.errno in {errno.EPERM, errno.EACCES}
        return _FOREIGN if mine and path.exists() else None
    if isinstance(problem, schema.NewerError):
        from agent.spool import salvage  # noqa: PLC0415 - where one is damaged

        return _CORRUPT if salvage.is_of_this_release(path) else _NEWER
    if path.exists() and not path.is_file():
        return _FOREIGN
    code = getattr(problem, "sqlite_errorcode", sqlite3.SQLITE_CORRUPT)
    return None if code & 0xFF in _OUT_OF_REACH else _CORRUPT


def _told_apart(
    path: Path, problem: Exception, lost: frozenset[Piece]
) -> tuple[str | None, frozenset[Piece], Exception]:
    """Tell damage from what the disk does not give, of which SQLite says the same.

    Args:
        path: the database's file.
        problem: why it cannot be used.
        lost: pages that are given up.

    Returns:
        As of `_unusable`; which pages are to be done without; why, now it is known.
    """
    from agent.spool import sectors  # noqa: PLC0415 - where one is damaged or unread

    found = _unusable(path, problem)
    if not lost:
        if found == _CORRUPT and not sectors.gives_all(path):
            return None, _NOTHING, sectors.refusal()
        return found, _NOTHING, problem
    if found != _CORRUPT and not sectors.is_refusal(problem):
        return found, _NOTHING, problem
    try:
        refused = sectors.ask(path).refused
    except OSError as slow:
        return None, _NOTHING, slow
    if refused <= lost:
        return (_CORRUPT if refused else found), refused, problem
    return None, _NOTHING, sectors.refusal()


def _take_over(path: Path, now: int) -> None:
    """Put a salvaged spool in the place of the damaged one; a kill leaves it to this.

    Nothing is written to the damaged one between the two, so it is not looked at again.
    """
    made = made_anew(path)
    if made.exists():
        if path.exists():
            _set_aside(path, now, _CORRUPT)
        made.replace(path)


def _set_aside(path: Path, now: int, kind: str) -> None:
    """Rename the database and what belongs to it; the one before of a kind goes."""
    for former in path.parent.glob(f"{path.name}*.{kind}-*"):
        _remove(former)
    for suffix in _SUFFIXES:
        damaged = path.with_name(path.name + suffix)
        if damaged.exists():
            damaged.replace(damaged.with_name(f"{damaged.name}.{kind}-{now}"))


def _remove(path: Path) -> None:
    with suppress(OSError):
        if path.is_dir():
            shutil.rmtree(path)
        else:
            path.unlink()
