# SPDX-License-Identifier: Apache-2.0
"""What pass will do for what is due: a whole one, a part, or a quick one.

Rules: anything but a whole pass comes only after a whole one went well under the very
same bundle and `local.toml`, so that a file which a whole pass would refuse stops it
too. Cheap to load: what a part needs is loaded in its child; what a quick pass needs
stays loaded where the policy reads something every minute or two, and what plans and
declares that which comes every five minutes, where all that is due does.
Not here: what they do (`pass_work.py`, `part_work.py`, `quick.py`).
"""

import sys
from collections.abc import Callable, Sequence
from contextlib import suppress
from dataclasses import dataclass
from functools import partial
from typing import TYPE_CHECKING

from agent.budget import PREPARED_SECONDS, QUICK_SECONDS
from agent.device import Bench
from agent.errors import AgentError
from agent.given import Given
from agent.obeyed import Mark
from agent.schedule import Due
from agent.spool.spool import Spool
from wire.catalogue import System
from wire.errors import WireError
from wire.policy import Policy

if TYPE_CHECKING:  # it is loaded where it is needed
    from agent.plan import Plan

NAMES = frozenset({"host_metrics"})
"""The datasets that are declared `resident`."""
Marks = tuple[Mark | None, Mark | None]


@dataclass(frozen=True, slots=True)
class Part:
    """What will do in place of a whole pass.

    Attributes:
        work: runs in the forked child; returns the report.
        into: the open spool that takes what a quick one hands over; None for one that
            opens the spool itself, which is open nowhere else then.
    """

    work: Callable[[], bytes]
    into: Spool | None = None


@dataclass(slots=True)
class Shortcut:
    """What is known of the bundle and the restrictions under which passes went well.

    Attributes:
        proved: of the last whole pass that went well.
    """

    proved: Marks | None = None
    _planned: "tuple[Marks, Plan] | None" = None
    _prepared: "tuple[Marks, Due, Plan] | None" = None

    def work(
        self, bench: Bench, policy: Policy, found: Due, given: Given
    ) -> Part | None:
        """Return what reads all that is due; None where it must be a whole pass.

        Args:
            bench: the device, at work.
            policy: in force.
            found: what is due.
            given: what the pass goes by.
        """
        marks = bench.obeyed.marks()
        if None in marks or marks != self.proved:
            return None
        if sys.platform == "win32":  # its children inherit nothing
            return None
        else:  # noqa: RET505 - mypy takes one branch for each
            with bench.at_work() as device:
                quick = self._quick(marks, policy, found, given, device.spool)
            if quick is not None:
                return quick
            plan = self._often(marks, policy, found, given)
            return Part(partial(_part, given, policy, found, plan))

    def _quick(
        self, marks: Marks, policy: Policy, found: Due, given: Given, spool: Spool
    ) -> Part | None:
        """Return the quick pass over what is due; None where it would not do."""
        if not _is_often(policy, found):
            return None
        from agent import quick  # noqa: PLC0415 - see above

        if self._planned is None or self._planned[0] != marks:
            told = given.trust.policy.policy
            plan = quick.planned(told, policy, System.LINUX, NAMES)
            self._planned = marks, plan
        items = quick.chosen(self._planned[1], found)
        at = quick.place(spool, given, items) if items else None
        if at is None:
            return None
        agent = quick.agent(given, items)
        return Part(partial(quick.work, agent, items, given.now, at), spool)

    def _often(
        self, marks: Marks, policy: Policy, found: Due, given: Given
    ) -> "Plan | None":
        """Return the plan of what comes often; None where the child makes its own.

        It is made once, and what it reads by is loaded here, and not in each child.
        """
        if not _comes_within(policy, found, PREPARED_SECONDS):
            return None
        if self._prepared is None or self._prepared[:2] != (marks, found):
            from agent.part import part_of  # noqa: PLC0415 - see above

            self._prepared = None
            with suppress(AgentError, WireError):  # the child says what is wrong
                told = given.trust.policy.policy
                plan = part_of(told, policy, System.LINUX, found)
                self._prepared = marks, found, plan
        return self._prepared and self._prepared[2]

    def ended(self, marks: Marks, *, part: bool, well: bool) -> None:
        """Take how a pass ended: after one that did not end well comes a whole one.

        Args:
            marks: of the bundle and the restrictions under which it began.
            part: whether it was not a whole one, which proves nothing.
            well: whether it ended well.
        """
        if not part or not well:
            self.proved = marks if well else None


def _part(given: Given, policy: Policy, found: Due, plan: "Plan | None") -> bytes:
    from agent import part_work  # noqa: PLC0415 - the child's alone

    return part_work.work(given, policy, found, plan)


def _is_often(policy: Policy, found: Due) -> bool:
    """Tell whether all that is due may be quick, and some of it comes often."""
    quick = all(name in NAMES for _, name in found)
    return quick and any(every <= QUICK_SECONDS for every in _cadences(policy, found))


def _comes_within(policy: Policy, found: Due, seconds: int) -> bool:
    """Tell whether all that is due comes so often."""
    return all(every <= seconds for every in _cadences(policy, found))


def _cadences(policy: Policy, found: Due) -> Sequence[int]:
    """Return how often each of what is due comes, in seconds."""
    return [
        rule.every
        for rules in policy.purposes
        for rule in rules.datasets
        if (rules.purpose, rule.dataset) in found and rule.every is not None
    ]
