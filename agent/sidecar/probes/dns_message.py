# SPDX-License-Identifier: Apache-2.0
"""Messages of the DNS: one question, and the answers to it.

Rules: pure; any bytes give rows or none, never an exception; a pointer only ever leads
back, so no name is endless.
Not here: sending (`lookup.py`).
Sources: RFC 1035, RFC 6891, RFC 2782.
"""

import socket
import struct
from collections.abc import Iterator
from dataclasses import dataclass

TYPES = {
    "a": 1,
    "ns": 2,
    "cname": 5,
    "ptr": 12,
    "mx": 15,
    "txt": 16,
    "aaaa": 28,
    "srv": 33,
}
_NAMES = {number: name for name, number in TYPES.items()}
_OUTCOMES = {
    0: "answered",
    1: "malformed",
    2: "server-failure",
    3: "name-not-found",
    4: "not-implemented",
    5: "refused",
}
_HEAD = struct.Struct(">6H")
_FIXED = struct.Struct(">HHIH")
_QUERY, _RESPONSE, _CUT, _CODE = 0x0100, 0x8000, 0x0200, 0x000F
_OPT, _SIZE = 41, 1_232
_POINTER, _LABEL = 0xC0, 63
_RECORDS = 64
_TEXT = 500


@dataclass(frozen=True, slots=True)
class Reply:
    """What a resolver says.

    Attributes:
        outcome: its code as a word; "cut" where the answer did not fit.
        records: type, time to live and content of each answer.
    """

    outcome: str
    records: tuple[tuple[str, int, str], ...]


def ask(number: int, name: str, record: str) -> bytes:
    """Return the message that asks for records of a name."""
    labels = name.removesuffix(".").split(".")
    wire = b"".join(bytes([len(item)]) + item.encode("ascii") for item in labels)
    question = wire + b"\0" + struct.pack(">HH", TYPES[record], 1)
    extra = b"\0" + struct.pack(">HHIH", _OPT, _SIZE, 0, 0)
    return _HEAD.pack(number, _QUERY, 1, 0, 0, 1) + question + extra


def parse(data: bytes, number: int) -> Reply | None:
    """Return the answer of a message; None where it is none to this question."""
    try:
        told, flags, questions, answers, _, _ = _HEAD.unpack_from(data)
        if told != number or not flags & _RESPONSE:
            return None
        at = _HEAD.size
        for _ in range(min(questions, 2)):
            at = _name(data, at)[1] + 4
        records = tuple(_records(data, at, min(answers, _RECORDS)))
    except (struct.error, IndexError, ValueError):
        return Reply("malformed", ())
    outcome = _OUTCOMES.get(flags & _CODE, "other-failure")
    return Reply("cut" if flags & _CUT else outcome, records)


def _records(data: bytes, at: int, count: int) -> Iterator[tuple[str, int, str]]:
    for _ in range(count):
        at = _name(data, at)[1]
        kind, _, lifetime, length = _FIXED.unpack_from(data, at)
        at += _FIXED.size
        if at + length > len(data):
            raise ValueError
        name = _NAMES.get(kind)
        if name is not None:
            yield name, lifetime, _content(data, at, length, name)
        at += length


def _content(data: bytes, at: int, length: int, name: str) -> str:
    held = data[at : at + length]
    if name == "a" and length == 4:  # noqa: PLR2004 - octets of an address
        return socket.inet_ntop(socket.AF_INET, held)
    if name == "aaaa" and length == 16:  # noqa: PLR2004 - as above
        return socket.inet_ntop(socket.AF_INET6, held)
    if name == "txt":
        parts = []
        while held:
            parts.append(held[1 : 1 + held[0]])
            held = held[1 + held[0] :]
        return _shown(b"".join(parts))
    if name == "mx":
        rank = struct.unpack_from(">H", held)[0]
        return f"{rank} {_name(data, at + 2)[0]}"
    if name == "srv":
        rank, weight, port = struct.unpack_from(">HHH", held)
        return f"{rank} {weight} {port} {_name(data, at + 6)[0]}"
    if name in {"a", "aaaa"}:
        raise ValueError
    return _name(data, at)[0]


def _name(data: bytes, at: int) -> tuple[str, int]:
    """Return a name, and where what follows it begins."""
    labels: list[str] = []
    end = 0
    limit = at
    while (size := data[at]) != 0:
        if size & _POINTER == _POINTER:
            end = end or at + 2
            target = (size & _LABEL) << 8 | data[at + 1]
            if target >= limit:
                raise ValueError
            at = limit = target
            continue
        if size > _LABEL or at + size >= len(data):
            raise ValueError
        labels.append(_shown(data[at + 1 : at + 1 + size]))
        at += 1 + size
    return ".".join(labels) or ".", end or at + 1


def _shown(octets: bytes) -> str:
    """Return octets as text without what cannot be shown."""
    text = octets[:_TEXT].decode("utf-8", "replace")
    return "".join(char if char.isprintable() else "?" for char in text)
