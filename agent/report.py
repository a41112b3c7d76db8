# SPDX-License-Identifier: Apache-2.0
"""What a pass came to, and how its child tells its parent.

Rules: counts, slugs and sentences without a value; strict on the way back, for the
child has read hostile sources.
Not here: making the counts (`pipeline.py`).
"""

from dataclasses import dataclass, fields

from agent import errors
from agent.budget import CHILD_REPORT_BYTES
from agent.outcome import Outcome
from wire import cbor
from wire.cbor import Plain
from wire.errors import WireError

_MICROSECONDS = 1_000_000
_DURATION, _PROCESSOR = 3, 8
"""Where an outcome has its times, which travel as whole microseconds."""


@dataclass(frozen=True, slots=True)
class Sealed:
    """What was sealed, in numbers; `octets` is the size on the wire."""

    envelopes: int = 0
    records: int = 0
    octets: int = 0

    def plus(self, other: "Sealed") -> "Sealed":
        """Return the sum."""
        return Sealed(
            self.envelopes + other.envelopes,
            self.records + other.records,
            self.octets + other.octets,
        )


@dataclass(frozen=True, slots=True)
class PassReport:
    """A pass in numbers and slugs; without any value."""

    outcomes: tuple[Outcome, ...]
    sealed: Sealed
    withheld: int
    more: bool


def encode(report: PassReport) -> bytes:
    """Return a report as bytes."""
    outcomes: list[Plain] = []
    for item in report.outcomes:
        cells = _cells(item)
        cells[_DURATION] = round(item.duration * _MICROSECONDS)
        cells[_PROCESSOR] = round(item.processor * _MICROSECONDS)
        outcomes.append(cells)
    return cbor.encode(
        {
            "outcomes": outcomes,
            "sealed": _cells(report.sealed),
            "withheld": report.withheld,
            "more": report.more,
        }
    )


def _cells(item: Outcome | Sealed) -> list[Plain]:
    """Return the fields of an item; `astuple` would load what copies each."""
    return [getattr(item, one.name) for one in fields(item)]


def encode_failure(kind: type[errors.AgentError], sentence: str) -> bytes:
    """Return the error that ended a pass as bytes."""
    return cbor.encode({"error": kind.__name__, "sentence": sentence})


def decode(octets: bytes) -> PassReport:
    """Return a child's report.

    Raises:
        AgentError: what the child met, as it met it, or it is no report.
    """
    try:
        return _decode(octets)
    except (WireError, LookupError, ValueError, TypeError) as problem:
        msg = "the pass answered something else than a report; it runs again later"
        raise errors.AgentError(msg) from problem


def _decode(octets: bytes) -> PassReport:
    found = cbor.decode(octets, CHILD_REPORT_BYTES + 1)
    if not isinstance(found, dict):
        msg = "a report is a map"
        raise TypeError(msg)
    if "error" in found:
        kind = getattr(errors, str(found["error"]), errors.AgentError)
        raise kind(str(found["sentence"]))
    outcomes: list[Outcome] = []
    for cells in _list(found["outcomes"]):
        name, outcome, reason, duration, *rest = _list(cells)
        rows, skipped, withheld = (_number(cell) for cell in rest[:3])
        seconds = _number(duration) / _MICROSECONDS
        outcomes.append(
            Outcome(
                str(name),
                str(outcome),
                str(reason),
                seconds,
                rows,
                skipped,
                withheld,
                rest[3] is True,
                _number(rest[4]) / _MICROSECONDS,
                _number(rest[5]),
            )
        )
    sealed = Sealed(*(_number(cell) for cell in _list(found["sealed"])))
    return PassReport(
        tuple(outcomes), sealed, _number(found["withheld"]), found["more"] is True
    )


def _list(found: Plain) -> list[Plain]:
    return found if isinstance(found, list) else []


def _number(found: Plain) -> int:
    return found if isinstance(found, int) else 0
