# SPDX-License-Identifier: Apache-2.0
"""Figures of a process, as its text tells them, as a request of OTLP's metrics.

Rules: of a text only numbers are taken, of the figures that are declared for its
process, and names, words and labels are the declaration's own: a text can be that of a
gate that somebody else has; one with a number that cannot be is left out whole, and no
other part with it; counters and times are cumulative, since the start that the text
names; a name and its unit become the text's own name again where a receiver writes
Prometheus'.
Not here: the text (`server/figures/kept.py`), when it is pushed (`pushing.py`).
"""

import math
import struct
from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from server.figures.kept import BOUNDS, PREFIX, SECONDS, Figure, Kind, places, series
from server.formats import protobuf
from server.formats.otlp import NANOSECONDS, SCHEMA, attribute

STARTED = "_started_timestamp_seconds"
"""End of the gauge that says since when a text's counters count."""
_UNITS = {"_seconds": "s", "_bytes": "By"}
_CUMULATIVE = 2
_MOST_COUNT = 1 << 53
"""Up to here a double tells whole numbers apart."""


@dataclass(frozen=True, slots=True)
class Part:
    """A process of the collector, and what it tells.

    Attributes:
        service: how it is called.
        instance: tells it from the same part of another collector.
        release: of the product.
        text: its figures, as Prometheus reads them.
        declared: the figures that it may tell.
    """

    service: str
    instance: str
    release: str
    text: str
    declared: Sequence[Figure]


@dataclass(frozen=True, slots=True)
class Request:
    """What is pushed at a time.

    Attributes:
        octets: the request.
        left_out: services that told no figure, or one that cannot be.
    """

    octets: bytes
    left_out: tuple[str, ...]


def request(parts: Sequence[Part], now: int) -> Request:
    """Return a request with every figure of some processes.

    Args:
        parts: the processes.
        now: seconds since the epoch.
    """
    built: list[bytes] = []
    left_out: list[str] = []
    for part in parts:
        try:
            built.append(protobuf.message(1, _resource(part, now)))
        except ValueError:
            left_out.append(part.service)
    return Request(b"".join(built), tuple(left_out))


def _resource(part: Part, now: int) -> bytes:
    told = {
        "service.name": part.service,
        "service.instance.id": part.instance,
        "service.version": part.release,
    }
    resource = b"".join(attribute(1, key, value) for key, value in told.items())
    numbers = _numbers(part.text)
    start = _start(part.declared, numbers, now)
    every = [_metric(figure, numbers, start, now) for figure in part.declared]
    metrics = b"".join(protobuf.message(2, one) for one in every if one)
    if not metrics:
        msg = "it tells no figure"
        raise ValueError(msg)
    scope = protobuf.text(1, "discreet.figures") + protobuf.text(2, part.release)
    scoped = protobuf.message(1, scope) + metrics
    return (
        protobuf.message(1, resource)
        + protobuf.message(2, scoped)
        + protobuf.text(3, SCHEMA)
    )


def _numbers(text: str) -> dict[str, str]:
    """Return the numbers of a text as they stand there, by how their lines begin."""
    split = (line.rpartition(" ") for line in text.splitlines() if line[:1] != "#")
    return {begun: number for begun, _, number in split}


def _real(numbers: Mapping[str, str], begun: str) -> float:
    """Return a number by how its line begins.

    Raises:
        ValueError: it is none that a figure can have.
    """
    found = float(numbers.get(begun, ""))
    if not (math.isfinite(found) and found >= 0):
        msg = "a figure cannot have this number"
        raise ValueError(msg)
    return found


def _whole(numbers: Mapping[str, str], begun: str) -> int:
    """Return a count by how its line begins.

    Raises:
        ValueError: it is none.
    """
    found = _real(numbers, begun)
    if found > _MOST_COUNT or not found.is_integer():
        msg = "a count cannot be this number"
        raise ValueError(msg)
    return int(found)


def _start(declared: Sequence[Figure], numbers: Mapping[str, str], now: int) -> int:
    """Return since when counters count; 0, OTLP's unknown, if no time of the past."""
    named = [one for one in declared if one.name.endswith(STARTED)]
    if not named or series(named[0]) not in numbers:
        return 0
    found = int(_real(numbers, series(named[0])))
    return found if found <= now else 0


def _metric(figure: Figure, numbers: Mapping[str, str], start: int, now: int) -> bytes:
    """Return a figure's metric; nothing where the text does not tell it."""
    name = figure.name.removesuffix("_total")
    end = next((one for one in _UNITS if name.endswith(one)), "")
    unit = _UNITS.get(end, "")
    head = protobuf.text(1, f"discreet.{name.removesuffix(end)}")
    head += protobuf.text(2, figure.words) + protobuf.text(3, unit)
    times = protobuf.fixed(3, now * NANOSECONDS)
    since = protobuf.fixed(2, start * NANOSECONDS) + times
    if figure.kind is Kind.SECONDS:
        taken = _buckets(figure, numbers)
        point = protobuf.message(1, since + taken)
        whole = head + protobuf.message(9, point + protobuf.whole(2, _CUMULATIVE))
        return whole if taken else b""
    counts = figure.kind is Kind.COUNTER
    points = b"".join(
        protobuf.message(
            1,
            (since if counts else times)
            + protobuf.real(4, _real(numbers, begun))
            + b"".join(
                attribute(7, *pair) for pair in zip(figure.labels, at, strict=True)
            ),
        )
        for at in places(figure)
        if (begun := series(figure, at)) in numbers
    )
    if not points:
        return b""
    if not counts:
        return head + protobuf.message(5, points)
    points += protobuf.whole(2, _CUMULATIVE) + protobuf.whole(3, 1)
    return head + protobuf.message(7, points)


def _buckets(figure: Figure, numbers: Mapping[str, str]) -> bytes:
    """Return count, sum, counts between bounds, and the bounds; nothing if untold."""
    name = f"{PREFIX}{figure.name}"
    if f"{name}_count" not in numbers:
        return b""
    total = _whole(numbers, f"{name}_count")
    below = [_whole(numbers, f'{name}_bucket{{le="{bound}"}}') for bound in BOUNDS]
    if below != sorted(below) or below[-1] != total:
        msg = "a time's counts do not rise to their sum"
        raise ValueError(msg)
    counts = [most - least for least, most in zip([0, *below], below, strict=False)]
    return (
        protobuf.fixed(4, total)
        + protobuf.real(5, _real(numbers, f"{name}_sum"))
        + protobuf.message(6, struct.pack(f"<{len(counts)}Q", *counts))
        + protobuf.message(7, struct.pack(f"<{len(SECONDS)}d", *SECONDS))
    )
