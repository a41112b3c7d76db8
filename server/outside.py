# SPDX-License-Identifier: Apache-2.0
"""The journal of what ended, kept where a restore of the whole machine cannot reach.

Rules: a line is a file, written once here and copied to `[anchors] directory`, which
may be a disk that only takes new files; a line counts when the keeper's key signed it;
what any line says is dead or erased is so, also where two histories meet after a
restore; a line that is named and not there is told.
Not here: a line's form (`wire/papers/journal.py`), acting on what it says
(`server/keeper/rounds/arrears.py`), anchors (`server/anchors.py`).
Source: docs/adr/0031-what-the-machine-cannot-take-back.md.
"""

import re
from collections.abc import Collection, Sequence
from dataclasses import dataclass
from pathlib import Path

from server.errors import StateError, TrustError
from server.key_files import have_directory, make_directory, read_open, replace_file
from server.layout import Layout
from wire import limits
from wire.crypto.signing import SigningKey
from wire.errors import WireError
from wire.papers.journal import (
    FIRST,
    ErasureTold,
    JournalLine,
    line_digest,
    read_line,
    sign_line,
)
from wire.papers.tombstone import Tombstone

_NAME = re.compile(r"\d{12}-[0-9a-f]{16}\.ended\Z", re.ASCII)
_NAME_BYTES = 8
"""Of a line's digest that stand in its name: two histories never share a file."""


@dataclass(frozen=True, slots=True)
class Told:
    """What one destruction ended, or some of what an erasure took.

    Attributes:
        tenant: 16 bytes.
        job: its id, 16 bytes.
        time: seconds since the epoch.
        dead: what is left of its keys.
        erasure: what it took; None for a destruction.
    """

    tenant: bytes
    job: bytes
    time: int
    dead: tuple[Tombstone, ...]
    erasure: ErasureTold | None = None


@dataclass(frozen=True, slots=True)
class Kept:
    """A line as it lies in a directory."""

    path: Path
    digest: bytes
    line: JournalLine


def place(layout: Layout) -> Path:
    """Return the directory where an installation keeps its own lines."""
    return layout.ledger.parent / "ended"


def read(directory: Path, publics: Collection[bytes]) -> list[Kept]:
    """Return the lines of a directory, each signature checked, the oldest first.

    Args:
        directory: where they lie; other files are not seen.
        publics: keys that may have signed them.

    Raises:
        StateError: it cannot be read.
        TrustError: one is not signed by these keys.
    """
    found = []
    for path in _files(directory):
        octets = _octets(path)
        try:
            line = read_line(octets, publics)
        except WireError as error:
            msg = f"the journal's {path.name} does not hold: {error}"
            raise TrustError(msg) from None
        found.append(Kept(path, line_digest(octets), line))
    return found


def require(directory: Path) -> None:
    """Require that a place outside is there.

    Raises:
        StateError: it is not.
    """
    if not directory.is_dir():
        msg = f"{directory} is not there: mount it, for it says what ended here"
        raise StateError(msg)


def missing(lines: Sequence[Kept]) -> int:
    """Return how many lines are named by others and not there."""
    there = {one.digest for one in lines} | {FIRST}
    return len({one.line.previous for one in lines} - there)


def write(directory: Path, lines: Sequence[Kept], key: SigningKey, told: Told) -> Kept:
    """Write what a job ended as the next line, and return it.

    Args:
        directory: the installation's own.
        lines: of that directory.
        key: the keeper's.
        told: what the job ended.

    Raises:
        StateError: it cannot be written.
    """
    last = max(lines, key=lambda one: one.line.index, default=None)
    index, before = (last.line.index + 1, last.digest) if last else (1, FIRST)
    line = JournalLine(
        *(told.tenant, index, before, told.job, told.time, told.dead, told.erasure)
    )
    octets = sign_line(line, key)
    digest = line_digest(octets)
    path = directory / f"{index:012d}-{digest[:_NAME_BYTES].hex()}.ended"
    have_directory(directory)
    replace_file(path, octets)
    return Kept(path, digest, line)


def hand_over(source: Path, target: Path) -> int:
    """Copy the lines that another place lacks; returns how many.

    Args:
        source: where they lie.
        target: where they are to lie too.

    Raises:
        StateError: one of the two cannot be read or written.
    """
    there = {path.name for path in _files(target)}
    lacking = [path for path in _files(source) if path.name not in there]
    if lacking and not target.exists():
        make_directory(target)
    for path in lacking:
        replace_file(target / path.name, _octets(path))
    return len(lacking)


def _files(directory: Path) -> list[Path]:
    """Return the files of lines; none where there is no directory yet."""
    try:
        return sorted(path for path in directory.iterdir() if _NAME.match(path.name))
    except FileNotFoundError:
        return []
    except OSError:
        msg = f"{directory} cannot be read: mount it, or let this user read it"
        raise StateError(msg) from None


def _octets(path: Path) -> bytes:
    return read_open(path, limits.MESSAGE_BYTES + 1)
