# SPDX-License-Identifier: Apache-2.0
"""Starts one pass in its child and takes its report.

Rules: the parent holds no open spool while a child runs and never loads what the child
needs: readers, redaction and their libraries; a child that crashes or hangs loses
nothing, for its transaction did not happen.
Not here: the child's side (`pass_work.py`), when a pass is due (`schedule.py`).
"""

from dataclasses import dataclass

from agent import report
from agent.budget import CHILD_REPORT_BYTES, PASS_SECONDS
from agent.errors import AgentError
from agent.fared import remember
from agent.figures import Figures
from agent.host.child import in_child
from agent.host.interface import Host
from agent.pass_child import DUE
from agent.report import PassReport
from agent.state import State


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


def pass_in_child(
    state: State,
    now: int,
    *,
    over: str = DUE,
    figures: Figures | None = None,
    host: Host | None = None,
) -> Ran:
    """Run one pass in a child.

    Args:
        state: the state directory; no spool of it may be open in this process.
        now: signed time, seconds since the epoch.
        over: EVERYTHING, DUE, or the name of one dataset.
        figures: what the agent has cost and done up to here.
        host: another machine than this one, for tests.

    Raises:
        AgentError: as the child met it, or the child crashed or was killed.
    """

    def work() -> bytes:
        from agent.pass_work import work as run  # noqa: PLC0415 - the child's alone

        return run(state, now, over, known, host)

    known = figures or Figures()
    arguments = [str(state.directory), str(now), over, known.text()]
    try:
        ended = in_child(work, PASS_SECONDS, CHILD_REPORT_BYTES, arguments)
    except OSError as problem:
        msg = "the pass cannot start: this machine is out of memory, processes or files"
        raise AgentError(msg) from problem
    if not ended.report:
        why = "took too long and was ended" if ended.timed_out else "crashed"
        msg = f"the pass {why}; nothing was lost, it runs again at its next time"
        raise AgentError(msg)
    ran = Ran(report.decode(ended.report), ended.seconds, ended.memory)
    remember(state, ran.report.outcomes)
    return ran
