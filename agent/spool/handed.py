# SPDX-License-Identifier: Apache-2.0
"""Changes of the spool that a pass's child hands over, for its parent to make.

Rules: the child is told its place in the chain, seals and signs for it, and opens no
spool; what it hands over are sealed octets, names and counts; the parent makes all of
it in one transaction or nothing, and only where each envelope says itself that it is
the next of this chain; what is of another form is refused.
Not here: what a change does (`change.py`), which passes do so (`agent/quick.py`).
Source: docs/adr/0080-a-quick-pass-opens-no-spool.md.
"""

from typing import NoReturn

from agent import report
from agent.budget import CHILD_REPORT_BYTES
from agent.errors import AgentError
from agent.report import PassReport
from agent.spool.change import Filed, Place, SpoolClass, Transaction
from agent.spool.spool import Spool
from wire import cbor
from wire.cbor import Plain
from wire.envelope import digest, read
from wire.errors import WireError
from wire.purposes import Purpose

_PUT, _NOTE, _PASS = "put", "note", "pass"


class Handed:
    """Takes changes as a transaction does, and writes them down."""

    def __init__(self, place: Place) -> None:
        """Begin at a place of the chain."""
        self._place = place
        self._steps: list[Plain] = []

    def told(self, answer: bytes) -> bytes:
        """Return a report, encoded, and the changes beside it."""
        return cbor.encode({"report": answer, "steps": self._steps})

    def place(self) -> Place:
        """Return where the next envelope goes."""
        return self._place

    def put(self, place: Place, octets: bytes, filed: Filed) -> None:
        """Hand over the envelope that was sealed for a place."""
        of = [filed.purpose.value, filed.retention, filed.kind.value, filed.records]
        times = [filed.since, filed.created, filed.expires]
        self._steps.append([_PUT, octets, *of, *times])
        following = place.sequence + 1
        self._place = Place(place.incarnation, following, digest(octets))

    def note(self, act: str, body: dict[int | str, Plain], now: int) -> None:
        """Hand over an act for the agent's ledger."""
        self._steps.append([_NOTE, act, body, now])

    def set_pass(self, purpose: str, dataset: str, now: int) -> None:
        """Hand over when a dataset was read for a purpose."""
        self._steps.append([_PASS, purpose, dataset, now])

    def _never(self, *_: object) -> NoReturn:
        msg = "only metrics are handed over"
        raise TypeError(msg)

    set_cursor = set_snapshot = count = _never


def take(spool: Spool, octets: bytes) -> PassReport:
    """Make the changes that a child has handed over, and return its report.

    Args:
        spool: open, and as it was when the child was told its place.
        octets: what the child has answered.

    Raises:
        AgentError: as the child met it, or it is another answer: nothing is changed.
        StateError: the disk refuses: nothing is changed.
    """
    try:
        answer, steps = _parts(octets)
        told = report.decode(answer)
        with spool.transaction() as change:
            for step in steps:
                _make(change, step)
    except (WireError, ValueError) as problem:
        msg = "the pass handed over something else than sealed data; it runs again"
        raise AgentError(msg) from problem
    return told


def _parts(octets: bytes) -> tuple[bytes, list[Plain]]:
    match cbor.decode(octets, CHILD_REPORT_BYTES + 1):
        case {"report": bytes() as answer, "steps": list() as steps}:
            return answer, steps
    raise ValueError


def _make(change: Transaction, step: Plain) -> None:
    match step:
        case [
            "put",
            bytes() as octets,
            str() as purpose,
            str() as retention,
            int() as kind,
            int() as records,
            int() as since,
            int() as created,
            int() as expires,
        ]:
            filed = Filed(
                *(Purpose(purpose), retention, SpoolClass(kind)),
                *(records, since, created, expires),
            )
            change.put(_next(change, octets), octets, filed)
        case ["note", str() as act, dict() as body, int() as now]:
            change.note(act, body, now)
        case ["pass", str() as purpose, str() as dataset, int() as now]:
            change.set_pass(purpose, dataset, now)
        case _:
            raise ValueError


def _next(change: Transaction, octets: bytes) -> Place:
    """Return the next place of the chain, for which the envelope must be sealed."""
    _, header = read(octets)
    place = Place(header.incarnation, header.sequence, header.previous)
    if place != change.place():
        raise ValueError
    return place
