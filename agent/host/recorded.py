# SPDX-License-Identifier: Apache-2.0
"""Facts of a recorded machine, in place of what its kernel would answer.

Rules: what was not recorded is not found; a fact of another kind is none.
Not here: asking a running kernel (`linux.py`).
"""

from collections.abc import Mapping, Sequence
from typing import TypeVar

from agent.errors import NotFoundError, UnsupportedError
from agent.host.interface import (
    GatewayFacts,
    InterfaceFacts,
    NeighbourFacts,
    ProbeVerb,
    RadioFacts,
    SessionFacts,
    SidecarFacts,
    SidecarVerb,
)

Fact = TypeVar(
    "Fact", InterfaceFacts, GatewayFacts, NeighbourFacts, RadioFacts, SessionFacts
)


def recorded(facts: Mapping[str, object], name: str, kind: type[Fact]) -> list[Fact]:
    """Return the facts of one name.

    Args:
        facts: of the recorded machine.
        name: what is asked for.
        kind: what they are.

    Raises:
        NotFoundError: they were not recorded.
    """
    found = facts.get(name, ())
    if not isinstance(found, Sequence):
        reason = "not-recorded"
        raise NotFoundError(reason)
    return [fact for fact in found if isinstance(fact, kind)]


def recorded_sidecar(
    facts: Mapping[str, object], verb: SidecarVerb, columns: frozenset[str]
) -> SidecarFacts:
    """Return the recorded rows of a verb: "sidecar" -> verb -> rows.

    Raises:
        UnsupportedError: nothing is recorded.
    """
    return _rows(facts, "sidecar", verb, columns, "no-scapy")


def recorded_probe(
    facts: Mapping[str, object], verb: ProbeVerb, columns: frozenset[str]
) -> SidecarFacts:
    """Return the recorded rows of a verb: "probe" -> verb -> rows.

    Raises:
        UnsupportedError: nothing is recorded.
    """
    return _rows(facts, "probe", verb, columns, "no-such-probe-here")


def _rows(
    facts: Mapping[str, object],
    who: str,
    verb: SidecarVerb | ProbeVerb,
    columns: frozenset[str],
    lacking: str,
) -> SidecarFacts:
    """Return the rows that were recorded of who was asked; else why there are none."""
    known = facts.get(who)
    rows = known.get(verb.value) if isinstance(known, Mapping) else None
    if not isinstance(rows, Sequence):
        raise UnsupportedError(lacking)
    return SidecarFacts(
        tuple({name: row[name] for name in columns & row.keys()} for row in rows)
    )
