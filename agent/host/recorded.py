# SPDX-License-Identifier: Apache-2.0
"""Facts of a recorded machine, in place of what its kernel would answer.

Rules: what was not recorded is not found; a fact of another kind is none.
Not here: asking a running kernel (`linux.py`).
"""

from collections.abc import Mapping, Sequence
from typing import TypeVar

from agent.errors import NotFoundError
from agent.host.interface import (
    GatewayFacts,
    InterfaceFacts,
    NeighbourFacts,
    SessionFacts,
)

Fact = TypeVar("Fact", InterfaceFacts, GatewayFacts, NeighbourFacts, SessionFacts)


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
