# SPDX-License-Identifier: Apache-2.0
"""The quick pass of the agent's story: a child seals, the agent takes what it has.

Rules: the resident agent's own way, from the fork to what is told of the pass; it is
due until the spool remembers it or it is told of, whichever comes first: so what is put
without being remembered comes twice, and what is remembered or told of without being
put is lost.
Not here: what is read (`story.py`), who kills it (`kill.py`).
"""

from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from typing import Any, cast

from agent import report
from agent.device import Device
from agent.fared import recall, remember
from agent.outcome import OK, Outcome
from agent.passes import pass_in_child
from agent.report import PassReport, Sealed
from agent.sealing import Group, Sealer
from agent.shortcut import Part
from agent.spool.change import Transaction
from agent.spool.handed import Handed
from agent.spool.spool import Spool

BEFORE_COMMIT, STEP_BY_STEP = "handed-before-commit", "handed-step-by-step"
"""Defects to plant: told of before it is taken, and taken in many transactions."""


def quick_pass(
    device: Device, sealer: Sealer, groups: Sequence[Group], planted: str
) -> None:
    """Have groups sealed in a child and handed over, unless the pass is over.

    Args:
        device: at work; its spool stays open over the fork, as the resident one's.
        sealer: of this moment.
        groups: what was read; the last says of which dataset this was a pass.
        planted: a defect; none where empty.
    """
    purpose, (name,) = groups[-1].purpose.value, groups[-1].passes
    told = any(outcome.collector == name for outcome in recall(device.state))
    if told or (purpose, name) in device.spool.passes():
        return
    at = device.spool.place()
    outcomes = (Outcome(name, OK),)

    def work() -> bytes:
        handed, done = Handed(at), Sealed()
        for group in groups:
            done = done.plus(sealer.put(handed, group))
        if planted == BEFORE_COMMIT:
            remember(device.state, outcomes)
        return handed.told(report.encode(PassReport(outcomes, done, 0, more=False)))

    if planted == STEP_BY_STEP:
        device.spool.__class__ = _StepByStep
    pass_in_child(device.state, sealer.now, part=Part(work, device.spool))


class _StepByStep(Spool):
    """A spool in which every change is a transaction of its own."""

    @contextmanager
    def transaction(self) -> Iterator[Transaction]:
        """Change one thing after the other."""
        yield cast("Transaction", _EachAlone(self))


class _EachAlone:
    """What may change in a spool, and is committed at once."""

    def __init__(self, spool: Spool) -> None:
        self._spool = spool

    def __getattr__(self, name: str) -> Callable[..., object]:
        def step(*what: Any) -> object:  # noqa: ANN401 - whatever a change takes
            with Spool.transaction(self._spool) as change:
                return getattr(change, name)(*what)

        return step
