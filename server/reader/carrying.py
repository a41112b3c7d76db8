# SPDX-License-Identifier: Apache-2.0
"""What the reader and the processes that open for it say to each other.

Rules: the reader's objects go to its own child as Python's pickles; what comes back
was made of strangers' bytes, and is JSON and Arrow, never an object, and is looked
through before it is used; a process that has nothing to read any more is at its end.
Not here: the processes (`crew.py`, `crew_child.py`).
"""

import pickle
import struct
from collections import Counter
from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass, field
from typing import IO

import pyarrow as pa

from server.desk import frames
from server.errors import LimitError, ServerError, StateError, UnreachableError
from server.reader.fold import Broken
from server.reader.lots import Found, Lot, Means, Rows
from server.reader.opened import Opened
from server.reader.shown import fits
from server.store.interface import Place, StoredEnvelope

_LENGTH = struct.Struct(">Q")
_COUNTS = ("aside", "skipped", "missing", "uncounted")
_ERRORS: dict[str, type[ServerError]] = {
    LimitError.slug: LimitError,
    StateError.slug: StateError,
}
_OPTIONS = pa.ipc.IpcWriteOptions(use_threads=False)
_MISUNDERSTOOD = (
    *(KeyError, TypeError, ValueError, AttributeError, OverflowError, MemoryError),
    pa.ArrowException,
)
ENDED = (
    "a process that opens for this reading ended by itself, most likely for want of "
    "memory: nothing was shown; narrow it with --device, --dataset or --since, or ask "
    "again"
)


@dataclass(frozen=True, slots=True)
class Key:
    """Answers which key there is: its seed, or why there is none."""

    seed: bytes | None = field(repr=False)
    why: str


Message = Means | Lot | Key | tuple[StoredEnvelope, ...]
"""What the reader says: how to open, a lot, and answers to what it is asked."""


def send(stream: IO[bytes], message: Message) -> None:
    """Send something to a child.

    Raises:
        OSError: it is gone.
    """
    octets = pickle.dumps(message, pickle.HIGHEST_PROTOCOL)
    stream.write(_LENGTH.pack(len(octets)))
    stream.write(octets)
    stream.flush()


def take(stream: IO[bytes]) -> Message | None:
    """Return what the reader sent; None where it has nothing more."""
    head = stream.read(_LENGTH.size)
    if len(head) < _LENGTH.size:
        return None
    (length,) = _LENGTH.unpack(head)
    octets = stream.read(length)
    if len(octets) < length:
        return None
    message: Message = pickle.loads(octets)  # noqa: S301 - the reader's own
    return message


def ask_key(stream: IO[bytes], number: bytes) -> None:
    """Ask the reader for a key."""
    frames.write(stream, {"key": number.hex()})


def ask_envelopes(stream: IO[bytes], device: bytes, places: Collection[Place]) -> None:
    """Ask the reader for envelopes of a device with their octets."""
    wanted = [[incarnation.hex(), sequence] for incarnation, sequence in places]
    frames.write(stream, {"envelopes": device.hex(), "places": wanted})


def give(stream: IO[bytes], found: Found) -> None:
    """Send what was opened of a lot."""
    opened = found.opened
    told: dict[str, object] = {name: getattr(opened, name) for name in _COUNTS}
    told |= {"envelopes": opened.envelopes, "blocks": opened.blocks}
    told |= {"devices": _hexadecimal(opened.devices), "keys": _hexadecimal(opened.keys)}
    told["broken"] = [
        [one.device.hex(), one.incarnation.hex(), one.dataset] for one in opened.broken
    ]
    told["notes"] = opened.notes
    rows = {name: len(pieces) for name, pieces in found.rows.items() if pieces}
    frames.write(stream, {"opened": told, "rows": rows})
    for name in rows:
        for piece in found.rows[name]:
            with pa.ipc.new_stream(stream, piece.schema, options=_OPTIONS) as written:
                written.write_batch(piece)
    stream.flush()


def fail(stream: IO[bytes], error: Exception) -> None:
    """Say that a lot cannot be opened: by a sentence of ours, else by its class."""
    told = {"kind": type(error).__name__}
    if isinstance(error, ServerError):
        told = {"slug": error.slug, "sentence": str(error)}
    frames.write(stream, {"error": told})


@dataclass(frozen=True, slots=True)
class Asked:
    """What a child needs: a key, or envelopes of a device."""

    key: bytes | None = None
    device: bytes = b""
    places: frozenset[Place] = frozenset()


def hear(stream: IO[bytes], wanted: Mapping[str, pa.Schema]) -> Asked | Found:
    """Return what a child says next.

    Args:
        stream: from the child.
        wanted: of each dataset the columns that are shown.

    Raises:
        ServerError: it could not open a lot, and says why.
        LimitError: it ended, or what it says is not understood.
    """
    try:
        message = frames.read(stream)
    except UnreachableError:
        message = None
    if message is None:
        raise LimitError(ENDED)
    error = message.get("error")
    if isinstance(error, dict):
        kind = _ERRORS.get(str(error.get("slug")))
        if kind is not None:
            raise kind(str(error.get("sentence")))
        msg = (
            "a process that opens for this reading failed unexpectedly "
            f"({error.get('kind')}): please report it"
        )
        raise ServerError(msg)
    try:
        return _understood(message, stream, wanted)
    except _MISUNDERSTOOD:
        raise LimitError(ENDED) from None


def _understood(
    message: dict[str, object], stream: IO[bytes], wanted: Mapping[str, pa.Schema]
) -> Asked | Found:
    key, device, told = (message.get(k) for k in ("key", "envelopes", "opened"))
    if isinstance(key, str):
        return Asked(bytes.fromhex(key))
    if isinstance(device, str):
        places = message["places"]
        if not isinstance(places, list):
            raise TypeError
        asked = frozenset((bytes.fromhex(one), int(at)) for one, at in places)
        return Asked(None, bytes.fromhex(device), asked)
    counts = message["rows"]
    if not isinstance(told, dict) or not isinstance(counts, dict):
        raise TypeError
    opened = Opened(
        envelopes=int(told["envelopes"]),
        blocks=int(told["blocks"]),
        devices=set(map(bytes.fromhex, told["devices"])),
        keys=set(map(bytes.fromhex, told["keys"])),
        broken={
            Broken(bytes.fromhex(device), bytes.fromhex(incarnation), str(dataset))
            for device, incarnation, dataset in told["broken"]
        },
        notes=[*map(str, told["notes"])],
    )
    for name in _COUNTS:
        setattr(opened, name, Counter(told[name]))
    rows: Rows = {
        name: _pieces(stream, int(counts[name]), wanted[name]) for name in counts
    }
    return Found(opened, rows)


def _pieces(stream: IO[bytes], count: int, wanted: pa.Schema) -> list[pa.RecordBatch]:
    """Return rows, of which no offset or number points outside what came.

    Raises:
        ValueError: they have other columns.
        ArrowInvalid: they are no rows.
    """
    found = []
    for _ in range(count):
        with pa.ipc.open_stream(stream) as read:
            if not fits(read.schema, wanted):
                raise ValueError
            for piece in read:
                piece.validate(full=True)
                found.append(piece)
    return found


def _hexadecimal(numbers: Collection[bytes]) -> Sequence[str]:
    return sorted(number.hex() for number in numbers)
