# SPDX-License-Identifier: Apache-2.0
"""What the agent asks its sidecar, and what comes back: bounded, checked on arrival.

Rules: a question holds all that is to be done and every limit; an answer holds texts of
named columns, or a reason of a fixed list; what does not fit is refused whole.
Not here: who may ask (`seam.py`), doing it (`work.py`).
"""

from collections.abc import Mapping
from dataclasses import asdict, dataclass
from enum import Enum

from agent.budget import (
    SIDECAR_ANSWER_BYTES,
    SIDECAR_MEMORY_BYTES,
    SIDECAR_PROCESSOR_SECONDS,
    SIDECAR_ROWS,
    TEXT_BYTES,
)
from agent.errors import DeniedError, HostError, UnsupportedError
from wire import cbor
from wire.errors import WireError

QUESTION_BYTES = 16 * 1024
"""A question travels as an argument: sixteen links at 100 bytes, and some room."""


class Task(Enum):
    """What a sidecar can do; there is nothing else."""

    SCAN = "scan"
    """Ask by ARP who is in a network."""
    LISTEN = "listen"
    """Wait for what switches say of themselves."""
    CAPTURE = "capture"
    """Look at the headers of packets, of one of the fixed filters."""


@dataclass(frozen=True, slots=True)
class Link:
    """One interface, and for a scan what is asked there.

    Attributes:
        interface: its name.
        mac: its hardware address; empty where nothing is sent.
        address: its own IPv4 address; empty where nothing is sent.
        range: the addresses to ask for, "10.1.0.0/24"; empty where nothing is sent.
    """

    interface: str
    mac: str = ""
    address: str = ""
    range: str = ""


@dataclass(frozen=True, slots=True)
class Question:
    """One task with its limits.

    Attributes:
        task: what to do.
        links: where.
        milliseconds: how long it may listen, or wait for the last answers.
        rate: packets it may send in a second.
        packets: frames it may look at; then it stops and says so.
        filter: name of a filter, for a capture.
        memory: most bytes of address space.
        processor: most seconds of processor time.
        parent: process that asks; a sidecar ends with it.
    """

    task: Task
    links: tuple[Link, ...]
    milliseconds: int
    rate: int = 0
    packets: int = 0
    filter: str = ""
    memory: int = SIDECAR_MEMORY_BYTES
    processor: int = SIDECAR_PROCESSOR_SECONDS
    parent: int = 0


def encode_question(question: Question) -> str:
    """Return a question as an argument of a program."""
    links: list[cbor.Plain] = [_plain(asdict(link)) for link in question.links]
    plain: cbor.Plain = {
        "task": question.task.value,
        "links": links,
        "milliseconds": question.milliseconds,
        "rate": question.rate,
        "packets": question.packets,
        "filter": question.filter,
        "memory": question.memory,
        "processor": question.processor,
        "parent": question.parent,
    }
    return cbor.encode(plain).hex()


def _plain(texts: Mapping[str, str]) -> cbor.Plain:
    return {name: value for name, value in texts.items()}  # noqa: C416 - other types


def decode_question(argument: str) -> Question:
    """Return the question of an argument.

    Raises:
        WireError: it is none.
        ValueError: it is none.
        TypeError: it is none.
    """
    plain = cbor.decode(bytes.fromhex(argument), QUESTION_BYTES)
    if not isinstance(plain, dict):
        raise TypeError
    told: dict[str, object] = {str(name): value for name, value in plain.items()}
    links = told.pop("links")
    if not isinstance(links, list):
        raise TypeError
    made = tuple(Link(**{str(n): str(v) for n, v in _map(item)}) for item in links)
    task = Task(told.pop("task"))
    name = str(told.pop("filter"))
    numbers = {key: _number(value) for key, value in told.items()}
    return Question(task, made, filter=name, **numbers)


def _map(item: object) -> list[tuple[object, object]]:
    if not isinstance(item, dict):
        raise TypeError
    return list(item.items())


def _number(value: object) -> int:
    if not isinstance(value, int):
        raise TypeError
    return value


NO_SCAPY = "no-scapy"
BAD_SCAPY = "scapy-not-usable"
NO_CAPTURE_DRIVER = "no-capture-driver"
NEEDS_RAW = "needs-net-raw"
NO_SUCH_LINK = "interface-not-opened"
RIGHTS_KEPT = "rights-not-dropped"
NO_PROBE = "no-such-probe-here"
OUT_OF_MEMORY = "sidecar-memory-budget"
_REASONS: Mapping[str, type[HostError]] = {
    NO_SCAPY: UnsupportedError,
    BAD_SCAPY: UnsupportedError,
    NO_CAPTURE_DRIVER: UnsupportedError,
    NO_PROBE: UnsupportedError,
    NEEDS_RAW: DeniedError,
    NO_SUCH_LINK: HostError,
    RIGHTS_KEPT: HostError,
    OUT_OF_MEMORY: HostError,
}
"""All that a sidecar may say instead of rows, and what it is for the agent."""


@dataclass(frozen=True, slots=True)
class Answer:
    """What a sidecar found.

    Attributes:
        rows: texts by column.
        truncated: whether a limit stopped it.
    """

    rows: tuple[dict[str, str], ...]
    truncated: bool = False


def encode_answer(answer: Answer) -> bytes:
    """Return an answer as bytes."""
    rows: list[cbor.Plain] = [_plain(row) for row in answer.rows]
    return cbor.encode({"rows": rows, "truncated": answer.truncated})


def encode_reason(reason: str) -> bytes:
    """Return a reason for no answer as bytes."""
    return cbor.encode({"reason": reason})


def decode_answer(octets: bytes, columns: frozenset[str]) -> Answer:
    """Return the answer that bytes hold.

    Args:
        octets: what the sidecar wrote.
        columns: those that it may speak of.

    Raises:
        HostError: the reason it gave, or that these are no answer.
    """
    try:
        plain = cbor.decode(octets, SIDECAR_ANSWER_BYTES)
    except WireError:
        raise _unfit() from None
    if not isinstance(plain, dict):
        raise _unfit()
    reason = plain.get("reason")
    if isinstance(reason, str) and reason in _REASONS:
        raise _REASONS[reason](reason)
    rows, truncated = plain.get("rows"), plain.get("truncated")
    if not isinstance(rows, list) or not isinstance(truncated, bool):
        raise _unfit()
    if len(rows) > SIDECAR_ROWS:
        raise _unfit()
    return Answer(tuple(_row(row, columns) for row in rows), truncated)


def _row(row: cbor.Plain, columns: frozenset[str]) -> dict[str, str]:
    if not isinstance(row, dict):
        raise _unfit()
    found: dict[str, str] = {}
    for name, value in row.items():
        if name not in columns or not isinstance(value, str):
            raise _unfit()
        if len(value) > TEXT_BYTES or not value.isprintable():
            raise _unfit()
        found[str(name)] = value
    return found


def _unfit() -> HostError:
    return HostError("sidecar-answer-unfit")
