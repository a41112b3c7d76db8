# SPDX-License-Identifier: Apache-2.0
"""Figures of a process about itself, in the text format that Prometheus reads.

Rules: what can be counted is declared, with its labels and each value that these may
have, so no figure can name a device, a person or a client, and none grows without
bound; a value that is not declared counts as `other`; any thread may count.
Not here: showing them (`listening.py`), what is counted (`server/gate/figures.py`,
`server/watch/fleet.py`).
"""

import threading
from bisect import bisect_left
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from enum import Enum
from itertools import product

MEDIA = "text/plain; version=0.0.4; charset=utf-8"
PREFIX = "discreet_"
OTHER = "other"
SECONDS = (0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1.0, 2.5, 5.0, 10.0, 30.0)
"""Bounds of what takes time: from a flush of a disk to an agent's patience."""


class Kind(Enum):
    """What a figure is."""

    COUNTER = "counter"
    """It only rises, from the start of its process."""
    GAUGE = "gauge"
    SECONDS = "histogram"
    """How long something took, by bounds."""


@dataclass(frozen=True, slots=True)
class Figure:
    """A figure that there may be.

    Attributes:
        name: without the prefix; a counter's ends in `_total`.
        kind: what it is.
        words: what it says, in a sentence.
        labels: what tells its values apart, each with all values that it may have.
    """

    name: str
    kind: Kind
    words: str
    labels: Mapping[str, Sequence[str]] = field(default_factory=dict)


BOUNDS = (*(f"{most:g}" for most in SECONDS), "+Inf")
"""Of a time's buckets, as they are written."""


def series(figure: Figure, at: Sequence[str] = ()) -> str:
    """Return how a value's line begins.

    Args:
        figure: a counter or a gauge.
        at: values of its labels, in their order.
    """
    name = f"{PREFIX}{figure.name}"
    pairs = ",".join(
        f'{label}="{one}"' for label, one in zip(figure.labels, at, strict=True)
    )
    return f"{name}{{{pairs}}}" if pairs else name


def places(figure: Figure) -> Iterator[tuple[str, ...]]:
    """Yield all values that the labels of a figure may have where it is shown."""
    return product(*(dict.fromkeys((*one, OTHER)) for one in figure.labels.values()))


class Figures:
    """The figures of one process."""

    def __init__(
        self,
        declared: Sequence[Figure],
        looked: Callable[["Figures"], None] = lambda _: None,
    ) -> None:
        """Begin with none counted.

        Args:
            declared: what there may be.
            looked: called before each look, to set what is not counted as it goes.
        """
        self._declared = {figure.name: figure for figure in declared}
        self._looked = looked
        self._lock = threading.Lock()
        self._values: dict[str, dict[tuple[str, ...], float]] = {}
        self._buckets: dict[str, list[int]] = {}
        for figure in declared:
            if figure.kind is Kind.SECONDS:
                self._buckets[figure.name] = [0] * (len(SECONDS) + 1)
                self._values[figure.name] = {(): 0.0}
            elif figure.kind is Kind.COUNTER:
                every = product(*figure.labels.values())
                self._values[figure.name] = dict.fromkeys(every, 0.0)

    def count(self, name: str, *labels: str, more: float = 1) -> None:
        """Let a counter rise.

        Args:
            name: of a declared figure.
            labels: values, in the order of its labels.
            more: by how much.
        """
        values = self._values[name]
        at = labels if labels in values else self._at(name, labels)
        with self._lock:
            values[at] = values.get(at, 0) + more

    def set(self, name: str, value: float, *labels: str) -> None:
        """Say what a gauge shows now."""
        at = self._at(name, labels)
        with self._lock:
            self._values.setdefault(name, {})[at] = value

    def more(self, name: str, value: float, *labels: str) -> None:
        """Add to what a gauge shows since the look began."""
        at = self._at(name, labels)
        with self._lock:
            values = self._values.setdefault(name, {})
            values[at] = values.get(at, 0) + value

    def took(self, name: str, seconds: float) -> None:
        """Count something that took a time."""
        place = bisect_left(SECONDS, seconds)
        with self._lock:
            self._buckets[name][place] += 1
            self._values[name][()] += seconds

    def text(self) -> str:
        """Return all, as Prometheus reads it."""
        with self._lock:
            for figure in self._declared.values():
                if figure.kind is Kind.GAUGE:  # what cannot be seen now is not shown
                    self._values.pop(figure.name, None)
        self._looked(self)
        with self._lock:
            return "".join(
                line + "\n"
                for figure in self._declared.values()
                if figure.name in self._values
                for line in self._lines(figure)
            )

    def _at(self, name: str, labels: Sequence[str]) -> tuple[str, ...]:
        known = self._declared[name].labels.values()
        return tuple(
            one if one in every else OTHER
            for one, every in zip(labels, known, strict=True)
        )

    def _lines(self, figure: Figure) -> Iterator[str]:
        name, values = f"{PREFIX}{figure.name}", self._values[figure.name]
        yield f"# HELP {name} {figure.words}"
        yield f"# TYPE {name} {figure.kind.value}"
        if figure.kind is Kind.SECONDS:
            total = 0
            for bound, count in zip(BOUNDS, self._buckets[figure.name], strict=True):
                total += count
                yield f'{name}_bucket{{le="{bound}"}} {total}'
            yield f"{name}_sum {values[()]:.9g}"
            yield f"{name}_count {total}"
            return
        for at, value in sorted(values.items()):
            yield f"{series(figure, at)} {value:.15g}"
