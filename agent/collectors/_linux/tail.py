# SPDX-License-Identifier: Apache-2.0
"""Following a log file over rotation, without losing or repeating a line.

Rules: a file is known by a digest of its first bytes and by its inode, never by its
name; only whole lines are taken, but for the last one of a file that is complete; what
is gone for good is counted, never passed over in silence. A file of records of one size
is followed in the same way, a record standing for a line.
Stated limit: of a file that was empty at the last pass and was copied and truncated
since, nothing tells; what was written between is not known to be missed.
Not here: what a line means (`event_logs.py`).
"""

from collections.abc import Mapping
from hashlib import sha256
from typing import NamedTuple

from agent.budget import LOG_FINGERPRINT_BYTES, LOG_FIRST_BYTES, LOG_PASS_BYTES
from agent.errors import DeniedError, NotFoundError
from agent.host.interface import Host

_DIGEST_BYTES = 16
"""128 bits tell a handful of files apart."""
_ROTATED = (".1", ".0", ".2")
"""What logrotate calls yesterday's file before it is compressed."""


class Position(NamedTuple):
    """How far a log file has been read.

    Attributes:
        digest: of the file's first `length` bytes, hexadecimal.
        length: bytes the digest is over; a short file's whole content.
        inode: the file's number, which tells short files apart.
        offset: where the next line starts.
    """

    digest: str
    length: int
    inode: int
    offset: int


class Tail(NamedTuple):
    """What a pass over one log file found.

    Attributes:
        lines: new lines without their ends, or records, oldest first.
        position: where to go on.
        lost: places where lines are gone for good.
        more: true where a bound stopped the pass.
    """

    lines: list[bytes]
    position: Position
    lost: int = 0
    more: bool = False


def position_of(fields: object) -> Position | None:
    """Return the position that `fields_of` wrote down; None for anything else."""
    if not isinstance(fields, list) or len(fields) != len(Position._fields):
        return None
    digest, length, inode, offset = fields
    numbers = (length, inode, offset)
    if not isinstance(digest, str) or not all(
        isinstance(value, int) and 0 <= value < 1 << 63 for value in numbers
    ):
        return None
    if length > LOG_FINGERPRINT_BYTES:
        return None
    return Position(digest, length, inode, offset)


def fields_of(position: Position) -> list[str | int]:
    """Return a position as plain fields, for a cursor."""
    return [position.digest, position.length, position.inode, position.offset]


def tail(
    host: Host, path: str, known: Position | None, most: int, record: int = 0
) -> Tail:
    """Return what is new in a log file since a position.

    Args:
        host: the machine.
        path: the log file.
        known: where the last pass stopped; None at the first.
        most: most lines to return.
        record: bytes of a record; 0 for a file of lines.

    Raises:
        NotFoundError: there is no such file.
        DeniedError: it is not ours to read.
    """
    if known is None:
        return _first(host, path, most, record)
    if _is_same(host, path, known):
        found = _next(host, path, known, most, record, complete=False)
        if _is_same(host, path, known):
            return found
        return Tail([], known, more=True)  # rotated while it was read: next time
    old = _rotated(host, path, known)
    if old is None:
        begin = _begin(host, path)
        found = _next(host, path, begin, most, record, complete=False)
        lost = 1 if known.length else 0  # an empty file loses nothing
        return Tail(found.lines, found.position, found.lost + lost, found.more)
    before = _next(host, old, known, most, record, complete=True)
    if before.more:
        return before
    left = most - len(before.lines)
    after = _next(host, path, _begin(host, path), left, record, complete=False)
    return Tail(
        before.lines + after.lines,
        after.position,
        before.lost + after.lost,
        after.more,
    )


def _begin(host: Host, path: str) -> Position:
    """Return the position at the start of a file as it is now."""
    head = host.read_part(path, 0, LOG_FINGERPRINT_BYTES)
    return Position(_digest(head), len(head), host.facts(path).inode, 0)


def _digest(head: bytes) -> str:
    return sha256(head).digest()[:_DIGEST_BYTES].hex()


def _is_same(host: Host, path: str, known: Position) -> bool:
    """Tell whether a path is still the file of a position.

    A short file's first bytes are too few to tell it from another, so its inode must
    be the same as well; a copied and truncated one is told by its size and its bytes.
    """
    facts = host.facts(path)
    if facts.size < known.offset:
        return False
    if known.length < LOG_FINGERPRINT_BYTES and facts.inode != known.inode:
        return False
    head = host.read_part(path, 0, known.length) if known.length else b""
    return len(head) == known.length and _digest(head) == known.digest


def _rotated(host: Host, path: str, known: Position) -> str | None:
    """Return where the file of a position went; None where it is gone."""
    for suffix in _ROTATED:
        try:
            facts = host.facts(f"{path}{suffix}")
            head = host.read_part(f"{path}{suffix}", 0, known.length or 1)
        except (NotFoundError, DeniedError):
            continue
        same = _digest(head) == known.digest
        if not known.length:  # it was empty: nothing but its number tells
            same = facts.inode == known.inode
        if same and facts.size >= known.offset:
            return f"{path}{suffix}"
    return None


def _first(host: Host, path: str, most: int, record: int) -> Tail:
    """Return the last lines of a file that was never read."""
    size = host.facts(path).size
    start = max(0, size - LOG_FIRST_BYTES)
    if record:
        start += -start % record
    begin = _begin(host, path)
    data = host.read_part(path, start, LOG_FIRST_BYTES)
    lines, end = _whole(data, record)
    if start and not record:
        lines = lines[1:]  # the first one is cut
    position = Position(begin.digest, begin.length, begin.inode, start + end)
    return Tail(lines[-most:] if most else [], position)


def _whole(data: bytes, record: int) -> tuple[list[bytes], int]:
    """Return the whole lines or records, and where the last one ends."""
    if record:
        end = len(data) - len(data) % record
        return [data[at : at + record] for at in range(0, end, record)], end
    end = data.rfind(b"\n") + 1
    return data[:end].split(b"\n")[:-1], end


def _next(
    host: Host, path: str, known: Position, most: int, record: int, *, complete: bool
) -> Tail:
    """Return the lines from a position on, within the bounds of a pass.

    Args:
        host: the machine.
        path: the file of the position.
        known: where to start.
        most: most lines to return.
        record: bytes of a record; 0 for a file of lines.
        complete: nothing is added to the file any more.
    """
    data = host.read_part(path, known.offset, LOG_PASS_BYTES)
    full = len(data) == LOG_PASS_BYTES
    lines, end = _whole(data, record)
    lost = 0
    if complete and not full and end < len(data):
        if record:
            lost = 1  # half a record, which nobody will complete
        else:
            lines.append(data[end:])
        end = len(data)
    elif full and not end:
        end, lost = len(data), 1  # one line of a pass's size is no log line
    more = full
    if len(lines) > most:
        lines, more = lines[:most], True
        end = sum(map(len, lines)) + (0 if record else len(lines))
    position = _grown(host, path, known, known.offset + end)
    return Tail(lines, position, lost, more)


def _grown(host: Host, path: str, known: Position, offset: int) -> Position:
    """Return the position at an offset, known by more bytes where there are more."""
    if known.length < LOG_FINGERPRINT_BYTES:
        head = host.read_part(path, 0, LOG_FINGERPRINT_BYTES)
        if _digest(head[: known.length]) == known.digest:
            return Position(_digest(head), len(head), known.inode, offset)
    return Position(known.digest, known.length, known.inode, offset)


def tails(
    host: Host, paths: tuple[str, ...], known: Mapping[str, Position], most: int
) -> dict[str, Tail]:
    """Return what is new in each log file there is, with a fair share of the lines.

    Args:
        host: the machine.
        paths: log files; absent ones are passed over.
        known: positions of earlier passes.
        most: most lines of all files together.
    """
    found: dict[str, Tail] = {}
    left = most
    for index, path in enumerate(paths):
        share = max(1, left // (len(paths) - index)) if left > 0 else 0
        before = known.get(path)
        if not share and before is None:
            continue  # a first pass needs room for its lines
        try:
            found[path] = tail(host, path, before, share)
        except (NotFoundError, DeniedError):
            continue
        left -= len(found[path].lines)
    return found
