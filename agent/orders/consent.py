# SPDX-License-Identifier: Apache-2.0
"""What a person at this machine has settled of diagnostics, in `local.toml`.

Rules: only who may write the state directory can say it, and no server is asked; what
is not settled is as the diagnostic declares; a file that cannot be understood forbids.
Not here: asking (`turn.py`), what else the file restricts (`agent/effective.py`).
"""

from collections.abc import Mapping
from dataclasses import dataclass, field

from agent.state import State, read
from wire import limits
from wire.diagnostics import Consent

ADMINISTRATOR = "administrator"
"""Who answers: one who may read the agent's own files."""
AT_SCREEN = "at-the-screen"
"""Who answers: one who sits at the machine; no name is written down."""


@dataclass(frozen=True, slots=True)
class Consents:
    """What is settled.

    Attributes:
        named: by diagnostic.
        default: for all others; None for as each declares.
    """

    named: Mapping[str, Consent] = field(default_factory=dict)
    default: Consent | None = None


def consents(state: State) -> Consents:
    """Return what is settled on this machine.

    Raises:
        StateError: the file cannot be read.
        PolicyError: it cannot be understood.
    """
    source = read(state.restrictions, limits.POLICY_SOURCE_BYTES)
    if source is None:
        return Consents()
    from wire.restriction import (  # noqa: PLC0415 - few machines have a local.toml
        parse_restriction,
    )

    found = parse_restriction(source, state.restrictions.name)
    return Consents(dict(found.consents), found.consent)
