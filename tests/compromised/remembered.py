# SPDX-License-Identifier: Apache-2.0
"""What the work of an order makes of files that stay as they are, made once.

Rules: each order is opened, judged, refused or run by the agent's own code, with all
that it looks up; only what a new child would make of the very same bundle, restrictions
and catalogue again is what the last one made of them, and who decides that they are the
same is the agent itself, whose resident process goes by that (`agent/obeyed.py`).
Not here: the device (`machine.py`), real children (`whole.py`).
"""

from collections.abc import Iterator
from contextlib import contextmanager
from functools import cache
from unittest.mock import patch

from agent.catalogue import declared
from agent.effective import effective_policy
from agent.errors import TrustError
from agent.identity import Identity
from agent.obeyed import Mark, Obeyed
from agent.orders import run_work
from agent.plan import Plan, make_plan
from agent.state import State
from wire.catalogue import Catalogue, System
from wire.policy import Policy
from wire.trust import Trusted

_Marks = tuple[Mark | None, Mark | None]
_declared = cache(declared)


class Remembered:
    """What one device's children would make again and again."""

    def __init__(self, obeyed: Obeyed) -> None:
        """Remember nothing yet.

        Args:
            obeyed: what the resident process of the device obeys.
        """
        self._obeyed = obeyed
        self._narrowed: tuple[_Marks, Policy] | None = None
        self._planned: tuple[Policy, System, Plan] | None = None

    @contextmanager
    def at_work(self) -> Iterator[None]:
        """Have an order's work use it until the end of the block."""
        with (
            patch.object(run_work, "declared", _declared),
            patch.object(run_work, "trusted", self._trusted),
            patch.object(run_work, "effective_policy", self._policy),
            patch.object(run_work, "make_plan", self._plan),
        ):
            yield

    def _trusted(self, state: State, who: Identity, now: int) -> Trusted:
        del state, who
        found = self._obeyed.trust(now)
        if found is None:
            msg = "no valid bundle is here"
            raise TrustError(msg)
        return found

    def _policy(self, state: State, policy: Policy, catalogue: Catalogue) -> Policy:
        marks, held = self._obeyed.marks(), self._narrowed
        if held is None or None in marks or held[0] != marks:
            held = marks, effective_policy(state, policy, catalogue)
            self._narrowed = held
        return held[1]

    def _plan(self, policy: Policy, catalogue: Catalogue, system: System) -> Plan:
        held = self._planned
        if held is None or held[:2] != (policy, system):
            held = policy, system, make_plan(policy, catalogue, system)
            self._planned = held
        return held[2]
