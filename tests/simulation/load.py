# SPDX-License-Identifier: Apache-2.0
"""What a machine under the policy `standard` seals, pass by pass.

Rules: how often, and into how many envelopes, is the policy's own; how many bytes is
what `bench/volume.py` measures on a machine with so many packages, and each inventory
is taken for one that has changed as a whole, which is the most that it can be.
Not here: its log (`source.py`), what becomes of it (`outage.py`), whether the agent
still seals so much (`tests/fault/test_load.py`).
"""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass, replace
from functools import cache

import policies
from agent.room import CLASSES
from agent.spool.change import SpoolClass
from agent.spool.quotas import quota
from simulation.sealed import Sealing, sized
from wire.policy import Policy
from wire.policy_source import compile_policy

PACKAGES = 867
OCTETS: Mapping[SpoolClass, Mapping[int, int]] = {
    SpoolClass.METRIC: {900: 2_420, 21_600: 3_061, 86_400: 5_773},
    SpoolClass.SNAPSHOT: {21_600: 52_730, 86_400: 95_399},
}
"""Bytes of a class in a pass of a cadence and all shorter ones."""
LINE_OCTETS = 101.0
"""Bytes of a log line, of a hundred that share an envelope."""
LINES = 0.1
"""Lines a second: 8,640 a day of those whose text the policy takes. An idle server has
some hundred, and on a busy one `only_events` leaves out what is written most."""


@dataclass(frozen=True, slots=True)
class Part:
    """What a pass seals for one class.

    Attributes:
        every: how often there is such a pass, seconds.
        kind: the class.
        envelopes: how many, one for each purpose and retention class.
        octets: bytes of each.
    """

    every: int
    kind: SpoolClass
    envelopes: int
    octets: float

    def seal(self) -> Sealing:
        """Return what seals into one of its envelopes."""
        return sized(lambda _: self.octets)


@dataclass(frozen=True, slots=True)
class Load:
    """What passes seal.

    Attributes:
        parts: of all classes and cadences; a longer one has all of the shorter ones.
        line: bytes of each log line.
    """

    parts: tuple[Part, ...]
    line: float = LINE_OCTETS

    def due(self, before: float, now: float) -> Iterator[Part]:
        """Yield what a pass seals that is the first one since another."""
        for kind in SpoolClass:
            begun = [
                part
                for part in self.parts
                if part.kind is kind and now // part.every > before // part.every
            ]
            yield from sorted(begun, key=lambda part: part.every)[-1:]

    def seal_lines(self) -> Sealing:
        """Return what seals log lines."""
        return sized(lambda header: header.records * self.line)

    def octets(self, seconds: float) -> dict[SpoolClass, float]:
        """Return the bytes of each class in so many seconds, but for least sizes."""
        found = {SpoolClass.EVENT: seconds * LINES * self.line}
        for kind in {part.kind for part in self.parts}:
            ladder = sorted(
                (part for part in self.parts if part.kind is kind),
                key=lambda part: -part.every,
            )
            taken = 0.0  # passes of longer cadences are passes of shorter ones too
            for part in ladder:
                passes = seconds / part.every
                size = (passes - taken) * part.envelopes * part.octets
                found[kind] = found.get(kind, 0.0) + size
                taken = passes
        return found


def classes(policy: Policy, every: int) -> dict[SpoolClass, int]:
    """Return how many envelopes of each class a pass seals that comes so often.

    Args:
        policy: whose cadences they are.
        every: seconds; all that comes oftener is read with it.
    """
    kinds = policies.catalogue().datasets
    groups = {
        (rules.purpose, rule.retention, kinds[rule.dataset].kind)
        for rules in policy.purposes
        for rule in rules.datasets
        if rule.every is not None and rule.every <= every
    }
    found: dict[SpoolClass, int] = {}
    for *_, kind in groups:
        found[CLASSES[kind]] = found.get(CLASSES[kind], 0) + 1
    return found


@cache
def standard() -> Load:
    """Return the load of the policy `standard`."""
    text, catalogue = policies.preset("standard"), policies.catalogue()
    policy = compile_policy(text, catalogue, "standard.toml")
    parts = [
        Part(every, kind, count, octets[every] / count)
        for kind, octets in OCTETS.items()
        for every in octets
        for count in [classes(policy, every)[kind]]
    ]
    return Load(tuple(parts))


def filling(seconds: float, share: float) -> Load:
    """Return the same load with sizes that fill a part of each quota in some time.

    Args:
        seconds: the time.
        share: of each class's quota.
    """
    load = standard()
    factors = {
        kind: share * quota(kind) / octets
        for kind, octets in load.octets(seconds).items()
    }
    parts = tuple(
        replace(part, octets=part.octets * factors[part.kind]) for part in load.parts
    )
    return Load(parts, load.line * factors[SpoolClass.EVENT])
