# SPDX-License-Identifier: Apache-2.0
"""Whether the pass that is due may be a quick one, decided by the resident agent.

Rules: cheap to load; `quick.py` and what it needs are loaded where the policy reads
something every minute or two, and nowhere else.
Not here: what a quick pass is (`quick.py`).
"""

import sys
from collections.abc import Callable, Collection
from dataclasses import dataclass
from functools import partial
from typing import TYPE_CHECKING

from agent.budget import QUICK_SECONDS
from agent.device import Bench
from agent.figures import Figures
from agent.obeyed import Mark
from wire.catalogue import System
from wire.policy import Policy
from wire.purposes import Purpose
from wire.trust import Trusted

if TYPE_CHECKING:  # it is loaded where it is needed
    from agent.plan import Plan

NAMES = frozenset({"host_metrics"})
"""The datasets that are declared `resident`."""
Marks = tuple[Mark | None, Mark | None]


@dataclass(slots=True)
class Shortcut:
    """What is known of the bundle and the restrictions under which passes went well.

    Attributes:
        proved: of the last whole pass that went well.
    """

    proved: Marks | None = None
    _planned: "tuple[Marks, Plan] | None" = None

    def work(
        self,
        bench: Bench,
        trust: Trusted,
        policy: Policy,
        found: Collection[tuple[Purpose, str]],
        now: int,
        figures: Figures,
    ) -> Callable[[], bytes] | None:
        """Return the quick pass over what is due; None where it must be a whole one.

        Args:
            bench: the device.
            trust: what is trusted.
            policy: in force.
            found: what is due.
            now: signed time, seconds since the epoch.
            figures: what the agent has cost and done up to here.
        """
        marks = bench.obeyed.marks()
        if None in marks or marks != self.proved or not _is_often(policy, found):
            return None
        if sys.platform == "win32":  # its children inherit nothing
            return None
        else:  # noqa: RET505 - mypy takes one branch for each
            from agent import quick  # noqa: PLC0415 - see above

            if self._planned is None or self._planned[0] != marks:
                self._planned = marks, quick.planned(policy, System.LINUX, NAMES)
            items = quick.chosen(self._planned[1], found)
            state, who = bench.state, bench.who
            work = partial(quick.work, state, who, trust, items, now, figures)
            return work if items else None

    def ended(self, marks: Marks, *, quick: bool, well: bool) -> None:
        """Take how a pass ended: after one that did not end well comes a whole one.

        Args:
            marks: of the bundle and the restrictions under which it began.
            quick: whether it was a quick one, which proves nothing.
            well: whether it ended well.
        """
        if not quick or not well:
            self.proved = marks if well else None


def _is_often(policy: Policy, found: Collection[tuple[Purpose, str]]) -> bool:
    """Tell whether all that is due may be quick, and some of it comes often."""
    if not all(name in NAMES for _, name in found):
        return False
    return any(
        rule.every is not None and rule.every <= QUICK_SECONDS
        for rules in policy.purposes
        for rule in rules.datasets
        if (rules.purpose, rule.dataset) in found
    )
