# SPDX-License-Identifier: Apache-2.0
"""Starts a sidecar and takes its answer, within time and size.

Rules: this program's own interpreter, isolated, on a fixed module, in a process that
has nothing of this one's memory; whatever happens to it is an outcome.
Not here: what may be asked (`seam.py`), the limits it sets itself (`confined.py`).
"""

import os
import signal
import sys
from collections.abc import Sequence
from dataclasses import replace

from agent.budget import SIDECAR_ANSWER_BYTES, SIDECAR_START_SECONDS
from agent.errors import BudgetError, HostError
from agent.sidecar.probe_question import Probe, encode_probe
from agent.sidecar.question import Question, encode_question

MODULE = "agent.sidecar.child"
PROBE_MODULE = "agent.sidecar.probe_child"
_LATE = "sidecar-time-budget"
_CRASHED = "sidecar-crashed"
_PROCESSOR = "sidecar-processor-budget"


def run(question: Question) -> bytes:
    """Return what a sidecar answers to a question.

    Raises:
        HostError: it could not be started, did not end well, or not in time.
    """
    question = replace(question, parent=os.getpid())
    seconds = question.milliseconds / 1_000 + SIDECAR_START_SECONDS
    return start(("-I", "-m", MODULE), encode_question(question), question, seconds)


def run_probe(probe: Probe) -> bytes:
    """Return what a probe answers.

    Raises:
        HostError: it could not be started, did not end well, or not in time.
    """
    probe = replace(probe, parent=os.getpid())
    seconds = probe.milliseconds / 1_000 + SIDECAR_START_SECONDS
    return start(("-I", "-m", PROBE_MODULE), encode_probe(probe), probe, seconds)


if sys.platform == "win32":

    def start(
        program: Sequence[str],
        argument: str,
        question: Question | Probe,
        seconds: float,
    ) -> bytes:
        """Run a module in a job that limits it, and return its output.

        Raises:
            HostError: it did not end well.
        """
        from agent.host.spawned import spawn  # noqa: PLC0415 - loads pywin32

        try:
            ended = spawn(
                (argument,),
                seconds,
                SIDECAR_ANSWER_BYTES,
                program[-1],
                memory=question.memory,
                alone=True,
            )
        except OSError:
            raise HostError(_CRASHED) from None
        if ended.timed_out:
            raise BudgetError(_LATE)
        if not ended.report:
            raise HostError(_CRASHED)
        return ended.report

else:
    from agent.host.program import completed

    def start(
        program: Sequence[str],
        argument: str,
        question: Question | Probe,
        seconds: float,
    ) -> bytes:
        """Run this interpreter, and return its output.

        Args:
            program: its arguments before the question.
            argument: the question.
            question: the same, for its limits.
            seconds: wall time after which it is killed.

        Raises:
            HostError: it did not end well.
        """
        del question  # its limits are set by the child itself
        command = (sys.executable, *program, argument)
        try:
            output, code = completed(command, seconds, SIDECAR_ANSWER_BYTES)
        except BudgetError:
            raise BudgetError(_LATE) from None
        if code == -signal.SIGXCPU:
            raise BudgetError(_PROCESSOR)
        if code:
            raise HostError(_CRASHED)
        return output
