# SPDX-License-Identifier: Apache-2.0
"""Starts one pass in its child and takes its report.

Rules: while a child runs its parent does nothing to the spool; it is closed where the
child opens it; the parent never loads what the child needs: readers, redaction and
their libraries (but for what comes often: `shortcut.py`); a child that crashes or hangs
loses nothing, for its transaction did not happen; what it was reading then has a
strike; what a pass cost is told however it ended.
Not here: the child's side (`pass_work.py`), when a pass is due (`schedule.py`).
"""

from dataclasses import dataclass

from agent import report
from agent.budget import (
    CHILD_REPORT_BYTES,
    PASS_MEMORY_BYTES,
    PASS_PROCESSOR_SECONDS,
    PASS_SECONDS,
)
from agent.errors import AgentError
from agent.fared import remember
from agent.figures import Figures
from agent.governor.blame import is_kill, is_kill_of
from agent.governor.intents import Intents
from agent.governor.strikes import strike
from agent.host.boot import boot_id
from agent.host.child import in_child
from agent.host.ended import Ceiling, Ended
from agent.host.interface import Host
from agent.outcome import FAILED, KILLED_THE_AGENT, Outcome
from agent.report import PassReport
from agent.schedule import DUE
from agent.shortcut import Part
from agent.spool.handed import take
from agent.state import State
from wire.release import __version__

_CEILING = Ceiling(PASS_MEMORY_BYTES, PASS_PROCESSOR_SECONDS, low=True)


@dataclass(frozen=True, slots=True)
class Ran:
    """A pass and what it cost.

    Attributes:
        report: counts and outcomes.
        seconds: processor time of the child.
        memory: its largest resident set, bytes.
    """

    report: PassReport
    seconds: float
    memory: int


class KilledError(AgentError):
    """A pass was killed by what it was reading.

    Attributes:
        dataset: what that was.
    """

    def __init__(self, sentence: str, dataset: str) -> None:
        """Keep what was being read."""
        super().__init__(sentence)
        self.dataset = dataset


def pass_in_child(
    state: State,
    now: int,
    *,
    over: str = DUE,
    figures: Figures | None = None,
    host: Host | None = None,
    part: Part | None = None,
) -> Ran:
    """Run one pass in a child.

    Args:
        state: the state directory; no spool of it may be open in this process, but that
            into which a part hands over.
        now: signed time, seconds since the epoch.
        over: EVERYTHING, DUE, PRESSING, or the name of one dataset.
        figures: what the agent has cost and done up to here.
        host: another machine than this one, for tests.
        part: does in place of the whole pass.

    Raises:
        KilledError: what it was reading killed it.
        AgentError: as the child met it, or the child crashed or was killed; it says
            what was spent.
    """

    def work() -> bytes:
        from agent.pass_work import work as run  # noqa: PLC0415 - the child's alone

        return run(state, now, over, known, host)

    known = figures or Figures()
    arguments = [str(state.directory), str(now), over, known.text()]
    boot = boot_id()
    intents = Intents(state.intent, boot)
    left = intents.left()
    if left is not None and is_kill_of(left, boot):  # the agent died with its pass
        _blame(state, left.dataset, now)
    try:
        ended = in_child(
            part.work if part else work,
            PASS_SECONDS,
            CHILD_REPORT_BYTES,
            arguments,
            _CEILING,
        )
        if not ended.report:
            raise _crash(state, intents, ended, now)
    except OSError as problem:
        msg = "the pass cannot start: this machine is out of memory, processes or files"
        raise AgentError(msg) from problem
    finally:  # told to end, the agent ends its child itself: that is no kill
        intents.done()
    ran = Ran(_told(ended, part), ended.seconds, ended.memory)
    remember(state, ran.report.outcomes)
    return ran


def _told(ended: Ended, part: Part | None) -> PassReport:
    """Return a child's report; what a quick one hands over is put away.

    Raises:
        AgentError: as the child met it, or the disk refuses.
    """
    into = part and part.into
    try:
        return take(into, ended.report) if into else report.decode(ended.report)
    except AgentError as problem:
        problem.spent = ended.seconds
        raise


def _crash(state: State, intents: Intents, ended: Ended, now: int) -> AgentError:
    """Return why a child answered nothing, and blame what it was reading."""
    why = "took too long and was ended" if ended.timed_out else "crashed"
    msg = f"the pass {why}; nothing was lost, it runs again at its next time"
    left = intents.left() if is_kill(ended) else None
    found = AgentError(msg)
    if left is not None:
        _blame(state, left.dataset, now)
        found = KilledError(f"{msg} (it was reading {left.dataset})", left.dataset)
    found.spent = ended.seconds
    return found


def _blame(state: State, dataset: str, now: int) -> None:
    """Give a dataset a strike, and have `status` show it."""
    strike(state.strikes, dataset, now, __version__)
    remember(state, [Outcome(dataset, FAILED, KILLED_THE_AGENT)])
