# SPDX-License-Identifier: Apache-2.0
"""Figures of a process, as its text tells them, as a request of OTLP's metrics.

Rules: what is not in the text is not in the request, so nothing gets a label that was
not declared; counters and times are cumulative, since the start that the text names; a
name and its unit become the text's own name again where a receiver writes Prometheus'.
Not here: the text (`server/figures/kept.py`), when it is pushed (`pushing.py`).
"""

import re
import struct
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field

from server.figures.kept import PREFIX, Kind
from server.formats import protobuf
from server.formats.otlp import NANOSECONDS, SCHEMA, attribute

STARTED = "_started_timestamp_seconds"
"""End of the gauge that says since when a text's counters count."""
_TYPE = re.compile(rf"# TYPE ({PREFIX}\w+) (\w+)")
_HELP = re.compile(rf"# HELP ({PREFIX}\w+) (.+)")
_SAMPLE = re.compile(rf"({PREFIX}\w+)(?:\{{([^}}]*)\}})? (\S+)")
_LABEL = re.compile(r'(\w+)="([^"]*)"')
_UNITS = {"_seconds": "s", "_bytes": "By"}
_CUMULATIVE = 2


@dataclass(frozen=True, slots=True)
class Part:
    """A process of the collector, and what it tells.

    Attributes:
        service: how it is called.
        instance: tells it from the same part of another collector.
        release: of the product.
        text: its figures, as Prometheus reads them.
    """

    service: str
    instance: str
    release: str
    text: str


@dataclass(slots=True)
class _Family:
    name: str
    words: str
    kind: str = ""
    samples: list[tuple[str, dict[str, str], float]] = field(default_factory=list)


def request(parts: Sequence[Part], now: int) -> bytes:
    """Return a request with every figure of some processes.

    Args:
        parts: the processes.
        now: seconds since the epoch.
    """
    return b"".join(protobuf.message(1, _resource(part, now)) for part in parts)


def _resource(part: Part, now: int) -> bytes:
    told = {
        "service.name": part.service,
        "service.instance.id": part.instance,
        "service.version": part.release,
    }
    resource = b"".join(attribute(1, key, value) for key, value in told.items())
    families = list(_families(part.text))
    start = _start(families)
    scope = protobuf.text(1, "discreet.figures") + protobuf.text(2, part.release)
    metrics = (protobuf.message(2, _metric(one, start, now)) for one in families)
    scoped = protobuf.message(1, scope) + b"".join(metrics)
    return (
        protobuf.message(1, resource)
        + protobuf.message(2, scoped)
        + protobuf.text(3, SCHEMA)
    )


def _families(text: str) -> Iterator[_Family]:
    family: _Family | None = None
    for line in text.splitlines():
        if found := _HELP.fullmatch(line):
            if family is not None:
                yield family
            family = _Family(found[1], found[2])
        elif family is None:
            continue
        elif found := _TYPE.fullmatch(line):
            family.kind = found[2]
        elif found := _SAMPLE.fullmatch(line):
            labels = dict(_LABEL.findall(found[2] or ""))
            family.samples.append((found[1], labels, float(found[3])))
    if family is not None:
        yield family


def _start(families: Sequence[_Family]) -> int:
    """Return since when counters count; 0, OTLP's unknown, if it is not told."""
    named = [one for one in families if one.name.endswith(STARTED) and one.samples]
    return int(named[0].samples[0][2]) if named else 0


def _metric(family: _Family, start: int, now: int) -> bytes:
    name = family.name.removeprefix(PREFIX).removesuffix("_total")
    end = next((one for one in _UNITS if name.endswith(one)), "")
    unit = _UNITS.get(end, "")
    head = protobuf.text(1, f"discreet.{name.removesuffix(end)}")
    head += protobuf.text(2, family.words) + protobuf.text(3, unit)
    times = protobuf.fixed(3, now * NANOSECONDS)
    since = protobuf.fixed(2, start * NANOSECONDS) + times
    if family.kind == Kind.SECONDS.value:
        point = protobuf.message(1, since + _buckets(family))
        return head + protobuf.message(9, point + protobuf.whole(2, _CUMULATIVE))
    counts = family.kind == Kind.COUNTER.value
    points = b"".join(
        protobuf.message(
            1,
            (since if counts else times)
            + protobuf.real(4, value)
            + b"".join(attribute(7, *pair) for pair in labels.items()),
        )
        for _, labels, value in family.samples
    )
    if not counts:
        return head + protobuf.message(5, points)
    points += protobuf.whole(2, _CUMULATIVE) + protobuf.whole(3, 1)
    return head + protobuf.message(7, points)


def _buckets(family: _Family) -> bytes:
    """Return count, sum, counts between bounds, and the bounds."""
    bounds: list[float] = []
    counts: list[int] = []
    total = summed = 0.0
    for name, labels, value in family.samples:
        if name.endswith("_bucket"):
            counts.append(int(value) - sum(counts))
            if labels["le"] != "+Inf":
                bounds.append(float(labels["le"]))
        elif name.endswith("_sum"):
            summed = value
        else:
            total = value
    return (
        protobuf.fixed(4, int(total))
        + protobuf.real(5, summed)
        + protobuf.message(6, struct.pack(f"<{len(counts)}Q", *counts))
        + protobuf.message(7, struct.pack(f"<{len(bounds)}d", *bounds))
    )
