# SPDX-License-Identifier: Apache-2.0
"""A snapshot's state as what leaves of it: nothing, its changes, or the whole.

Rules: what is remembered of a row is its number and two keyed tags, never a value; a
row is known again by the tag of all its values, else by that of its key; a number is
not used twice in one whole state; the same rows in another order are no change; a
reading that is not whole begins a state and never changes one.
Not here: what is remembered on the disk (`agent/spool/change.py`), splitting
(`sealing.py`).
"""

import hashlib
import hmac
import struct
from collections.abc import Sequence
from dataclasses import dataclass

from agent.plan import PlannedDataset
from agent.spool.change import Snapshot
from agent.spool.spool import Spool
from wire import cbor, limits
from wire.body import Mode, Op, Table
from wire.record import Record
from wire.state import row_octets, state_digest
from wire.transforms.call import format_call

TAG_BYTES = 16
"""Of each keyed tag: two of 65,536 rows are alike by chance once in 2**97 states."""
_ROW = struct.Struct(f"<I{TAG_BYTES}s{TAG_BYTES}s")
_KEY, _WHOLE = b"\x00", b"\x01"


@dataclass(frozen=True, slots=True)
class Line:
    """One row of a state: its record, the tag of its key and that of all it holds."""

    record: Record
    key: bytes
    whole: bytes


@dataclass(frozen=True, slots=True)
class Difference:
    """What leaves of a state, and what is remembered of it.

    Attributes:
        mode: the whole, or its changes.
        records: in the order of their numbers; None for one that is gone.
        ops: for changes only.
        numbers: for changes only.
        following: the number that the next new row takes.
        rows: as `Snapshot` has them.
    """

    mode: Mode
    records: tuple[Record | None, ...]
    ops: tuple[Op, ...]
    numbers: tuple[int, ...]
    following: int
    rows: bytes


def snapshot_table(
    spool: Spool,
    key_id: bytes,
    item: PlannedDataset,
    records: Sequence[Record],
    *,
    partial: bool,
) -> tuple[Table, Snapshot] | None:
    """Return what leaves of a state and what to remember then; None where nothing does.

    The whole state leaves where none is remembered (a first pass, a lost spool, a
    resync), where the one remembered is of another key's epoch or was made by other
    columns or transforms, and where the changes are more than half of its rows: they
    would save little, and a reader opens them all.

    Args:
        spool: remembers states.
        key_id: of the key that it will be sealed to.
        item: what is planned of the dataset.
        records: its rows.
        partial: whether the machine may have more of them.
    """
    names = [column.name for column in item.columns]
    rows = [
        (row_octets([record.value(name) for name in names]), record)
        for record in records
    ]
    rows.sort(key=lambda row: row[0])
    state = state_digest(names, [octets for octets, _ in rows])
    keyed, plan = spool.keyed(state), _plan(item)
    held = spool.snapshot(item.purpose.value, item.dataset.name)
    if held is not None and (held.key_id, held.plan) != (key_id, plan):
        held = None
    if held is not None and (partial or held.state == keyed):
        return None
    found = difference(held, _lines(spool, key_id, item, rows))
    table = Table(
        item.dataset,
        item.columns,
        found.records,
        found.mode,
        found.ops,
        state,
        found.numbers,
    )
    return table, Snapshot(key_id, plan, keyed, found.following, found.rows)


def _lines(
    spool: Spool,
    key_id: bytes,
    item: PlannedDataset,
    rows: Sequence[tuple[bytes, Record]],
) -> list[Line]:
    """Return rows with their tags, under a key of this state and epoch alone."""
    purpose, dataset = item.purpose.value, item.dataset
    names = (b"rows", purpose.encode(), dataset.name.encode(), key_id)
    secret = spool.keyed(b"\x00".join(names))
    return [
        Line(
            record,
            _tag(secret, _KEY + row_octets([record.value(k) for k in dataset.key])),
            _tag(secret, _WHOLE + octets),
        )
        for octets, record in rows
    ]


def difference(held: Snapshot | None, lines: Sequence[Line]) -> Difference:
    """Return what to send so that who holds one state comes to another.

    Args:
        held: what the reader has; None for nothing.
        lines: the state to come to, in the order in which new rows take numbers.
    """
    if held is not None and len(held.rows) % _ROW.size == 0:
        found = _changes(held, lines)
        spent = found.following > limits.ROW_NUMBER
        if not spent and 2 * len(found.records) <= len(lines):
            return found
    records = tuple(line.record for line in lines)
    rows = b"".join(_packed(number, line) for number, line in enumerate(lines))
    return Difference(Mode.FULL, records, (), (), len(lines), rows)


def _changes(held: Snapshot, lines: Sequence[Line]) -> Difference:
    # highest number first, so that `pop` takes the lowest
    before = list(_ROW.iter_unpack(held.rows))[::-1]
    alike: dict[bytes, list[int]] = {}
    for number, _, whole in before:
        alike.setdefault(whole, []).append(number)
    now: dict[int, Line] = {}
    new: list[Line] = []
    for line in lines:
        numbers = alike.get(line.whole)
        if numbers:
            now[numbers.pop()] = line
        else:
            new.append(line)
    gone: dict[bytes, list[int]] = {}
    for number, key, _ in before:
        if number not in now:
            gone.setdefault(key, []).append(number)
    changed: dict[int, Line | None] = {}
    added: list[Line] = []
    for line in new:
        numbers = gone.get(line.key)
        if numbers:
            changed[numbers.pop()] = line
        else:
            added.append(line)
    changed |= dict.fromkeys(
        (number for numbers in gone.values() for number in numbers), None
    )
    following = held.following + len(added)
    steps = [
        (number, Op.REMOVE if line is None else Op.CHANGE, line)
        for number, line in sorted(changed.items(), key=lambda step: step[0])
    ]
    steps += [
        (number, Op.ADD, line) for number, line in enumerate(added, held.following)
    ]
    now |= {number: line for number, _, line in steps if line is not None}
    return Difference(
        Mode.DELTA,
        tuple(line.record if line is not None else None for _, _, line in steps),
        tuple(op for _, op, _ in steps),
        tuple(number for number, _, _ in steps),
        following,
        b"".join(_packed(number, now[number]) for number in sorted(now)),
    )


def _packed(number: int, line: Line) -> bytes:
    return _ROW.pack(number, line.key, line.whole)


def _tag(secret: bytes, content: bytes) -> bytes:
    return hmac.digest(secret, content, "sha256")[:TAG_BYTES]


def _plan(item: PlannedDataset) -> bytes:
    """Return the digest of what makes a record of a row."""
    told: list[cbor.Plain] = [
        [column.name, column.type.value, format_call(item.calls[column.name])]
        for column in item.columns
    ]
    return hashlib.sha256(cbor.encode([list(item.dataset.key), told])).digest()
