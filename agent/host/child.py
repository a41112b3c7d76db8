# SPDX-License-Identifier: Apache-2.0
"""Runs one pass in a short-lived child, so that rows are gone when it exits.

Rules: forked on Linux, spawned on Windows; the child answers with counts, and with what
it sealed where nobody else may put it away, and ends without running anything of the
parent's; one that hangs, or that nobody waits for any more, is told to end, so that it
ends what it has started, and then killed; its cost is measured.
Not here: what the child does (`agent/passes.py`).
"""

import sys
from collections.abc import Callable, Sequence

from agent.host.ended import FREE, Ceiling, Ended, Meanwhile, never

if sys.platform == "win32":

    def in_child(
        work: Callable[[], bytes],
        seconds: float,
        limit: int,
        arguments: Sequence[str] = (),
        ceiling: Ceiling = FREE,
        meanwhile: Meanwhile = never,
    ) -> Ended:
        """Run the same work in a spawned child and return what it answered.

        Args:
            work: not called here: it lives in this process.
            seconds: wall time after which the child is killed.
            limit: most bytes of an answer.
            arguments: tell `agent.pass_child` to do the same.
            ceiling: what it may take of the machine.
            meanwhile: called while the child runs; true ends it.

        Raises:
            OSError: no child can start.
        """
        del work
        from agent.host.spawned import spawn  # noqa: PLC0415 - loads pywin32

        return spawn(
            arguments,
            seconds,
            limit,
            memory=ceiling.memory,
            processor=ceiling.processor,
            low=ceiling.low,
            leaves=ceiling.leaves,
            meanwhile=meanwhile,
        )

else:
    import gc
    import os
    import select
    import signal
    import time
    from contextlib import suppress
    from dataclasses import replace
    from types import FrameType

    from agent.host.ceiling import born_with, lower

    _KIB = 1024
    _CHUNK = 65_536
    _LOOK_SECONDS = 0.5
    """A signal that comes just before a wait does not end it: it is heard after it."""
    _ENDING = (signal.SIGTERM, signal.SIGINT)
    """Held back over the fork, so that no child runs the parent's handlers."""
    _CRASHED = 70
    """Exit code of a child that raised: EX_SOFTWARE of sysexits.h."""
    _GRACE_SECONDS = 0.5
    """In which a child that was told to end kills the programs that it has started."""

    class _ToldToEnd(BaseException):
        """A child is to end: what it has begun to run ends with it."""

    def in_child(
        work: Callable[[], bytes],
        seconds: float,
        limit: int,
        arguments: Sequence[str] = (),
        ceiling: Ceiling = FREE,
        meanwhile: Meanwhile = never,
    ) -> Ended:
        """Run work in a forked child and return what it answered.

        Args:
            work: runs in the child; its answer travels through a pipe.
            seconds: wall time after which the child is killed.
            limit: most bytes of an answer.
            arguments: not needed: a forked child has all of its parent's.
            ceiling: what it may take of the machine.
            meanwhile: called while the child runs, twice a second; true ends it.
        """
        del arguments
        sys.stdout.flush()
        sys.stderr.flush()
        reading, writing = os.pipe()
        if ceiling.memory:
            ceiling = replace(ceiling, memory=born_with() + ceiling.memory)
        mask = signal.pthread_sigmask(signal.SIG_BLOCK, _ENDING)
        process = os.fork()
        if process == 0:
            _in_child(work, reading, writing, mask, ceiling)
        report: bytes | None = None
        try:
            signal.pthread_sigmask(signal.SIG_SETMASK, mask)
            os.close(writing)
            report = _read(reading, time.monotonic() + seconds, limit, meanwhile)
        finally:
            if report is None:  # too late, or this process is told to end
                _end(process, reading)
            os.close(reading)
            _, status, usage = os.wait4(process, 0)
        sound = report is not None and os.waitstatus_to_exitcode(status) == 0
        return Ended(
            report if sound and report is not None else b"",
            report is None,
            os.WTERMSIG(status) if os.WIFSIGNALED(status) else 0,
            usage.ru_utime + usage.ru_stime,
            usage.ru_maxrss * _KIB,
        )

    def _end(process: int, reading: int) -> None:
        """Have a child end what it has started, and itself; then kill it."""
        os.kill(process, signal.SIGTERM)
        deadline = time.monotonic() + _GRACE_SECONDS
        left = _GRACE_SECONDS
        while left > 0:
            ready, _, _ = select.select([reading], [], [], left)
            if not ready or not os.read(reading, _CHUNK):
                break
            left = deadline - time.monotonic()
        os.kill(process, signal.SIGKILL)

    def _told(_number: int, _frame: FrameType | None) -> None:
        signal.signal(signal.SIGTERM, signal.SIG_DFL)  # a second one ends it at once
        raise _ToldToEnd

    def _in_child(
        work: Callable[[], bytes],
        reading: int,
        writing: int,
        mask: set[signal.Signals | int],
        ceiling: Ceiling,
    ) -> None:
        """Do the work and leave; never returns to the parent's code."""
        code = _CRASHED
        try:
            os.close(reading)
            gc.disable()  # it ends soon, and a walk would copy the parent's pages
            # The parent's wakeup descriptor is shared: a reader's alarm would end it.
            signal.set_wakeup_fd(-1)
            signal.signal(signal.SIGINT, signal.SIG_DFL)
            signal.signal(signal.SIGTERM, _told)
            signal.pthread_sigmask(signal.SIG_SETMASK, mask)
            if ceiling.low:
                lower(ceiling.memory, ceiling.processor)
            answer = work()
            while answer:
                answer = answer[os.write(writing, answer) :]
            code = 0
        except _ToldToEnd:
            os.kill(os.getpid(), signal.SIGTERM)
        except BaseException:  # noqa: BLE001, S110 - boundary: a trace could carry a value; the parent sees the exit code
            pass
        finally:
            os._exit(code)

    def _read(
        reading: int, deadline: float, limit: int, meanwhile: Meanwhile
    ) -> bytes | None:
        """Return all that a child writes, or None when it is to be ended."""
        parts: list[bytes] = []
        while True:
            left = deadline - time.monotonic()
            ready: list[int] = []
            with suppress(InterruptedError):
                wait = min(max(0.0, left), _LOOK_SECONDS)
                ready, _, _ = select.select([reading], [], [], wait)
            if not ready and left > _LOOK_SECONDS and not meanwhile():
                continue
            if not ready:
                return None
            part = os.read(reading, _CHUNK)
            if not part or sum(map(len, parts)) > limit:
                return b"".join(parts)
            parts.append(part)
