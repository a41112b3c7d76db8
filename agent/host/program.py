# SPDX-License-Identifier: Apache-2.0
# mypy: disable-error-code="unreachable"
# (all below the guard, seen from win32)
"""Running one program of the Host's fixed list.

Rules: absolute path, no shell, fixed environment, nothing on standard input, its own
process group, killed with all its children when time or output is over.
Not here: which programs there are (`interface.Program`).
"""

import os
import selectors
import signal
import subprocess
import sys
import time
from collections.abc import Container, Mapping, Sequence
from dataclasses import dataclass

from agent.errors import (
    BudgetError,
    DeniedError,
    HostError,
    NotFoundError,
    TooLargeError,
)
from agent.host.ceiling import roof
from agent.host.interface import PROGRAM_MEMORY_BYTES

if sys.platform == "win32":
    reason = "agent.host.program is for Linux"
    raise ImportError(reason)

ENVIRONMENT: Mapping[str, str] = {
    "LC_ALL": "C",
    "PATH": "/usr/sbin:/usr/bin:/sbin:/bin",
}
"""All that a program sees: fixed output language, no path or setting of a user."""
_CHUNK = 64 * 1024
"""A pipe of Linux holds 64 KiB."""


@dataclass(frozen=True, slots=True)
class User:
    """Whose program it is, where it is not only the agent's.

    Attributes:
        environment: what the program sees beside what every program does.
        number: of the user as whom it runs; None for the agent's own.
        group: their own group; they have no other for it.
    """

    environment: Mapping[str, str]
    number: int | None = None
    group: int | None = None


TOLD = User({"LC_ALL": "C.UTF-8"})
"""Of a program that shows people a text: one in C shows numbers for umlauts."""


def run_program(
    arguments: Sequence[str],
    seconds: float,
    limit: int,
    codes: Container[int] = (0,),
    user: User | None = None,
) -> bytes:
    """Run a program and return its standard output.

    Args:
        arguments: absolute path of the program, then its arguments.
        seconds: after this it is killed.
        limit: most bytes of output.
        codes: exit codes that are no failure.
        user: whose it is; None for the agent's own.

    Raises:
        NotFoundError: it is not installed.
        DeniedError: it may not be run.
        BudgetError: it did not end in time.
        TooLargeError: its output is over the limit.
        HostError: it ended with an error.
    """
    output, code = completed(arguments, seconds, limit, user)
    if code not in codes:
        reason = "program-failed"
        raise HostError(reason)
    return output


def completed(
    arguments: Sequence[str], seconds: float, limit: int, user: User | None = None
) -> tuple[bytes, int]:
    """Run a program to its end, and return its output and exit code.

    Args:
        arguments: absolute path of the program, then its arguments.
        seconds: after this it is killed.
        limit: most bytes of output.
        user: whose it is; None for the agent's own.

    Returns:
        Standard output and exit code; minus the signal that ended it.

    Raises:
        HostError: as `run_program` does, but for an exit code.
    """
    deadline = time.monotonic() + seconds
    try:
        process = subprocess.Popen(  # noqa: S603 - fixed absolute path, no shell
            arguments,
            stdin=subprocess.DEVNULL,
            stdout=subprocess.PIPE,
            stderr=subprocess.DEVNULL,
            env=ENVIRONMENT if user is None else {**ENVIRONMENT, **user.environment},
            cwd="/",
            start_new_session=True,
            user=user.number if user else None,
            group=user.group if user else None,
            extra_groups=() if user and user.number is not None else None,
        )
    except FileNotFoundError:
        reason = "program-not-installed"
        raise NotFoundError(reason) from None  # the cause holds the path
    except PermissionError:
        reason = "program-denied"
        raise DeniedError(reason) from None  # the cause holds the path
    except OSError:
        reason = "program-not-started"
        raise HostError(reason) from None  # the cause holds the path
    roof(process.pid, PROGRAM_MEMORY_BYTES)
    try:
        output = _take(process, deadline, limit)
        code = process.wait(max(0.0, deadline - time.monotonic()))
    except subprocess.TimeoutExpired:
        raise _late() from None  # the cause holds the arguments
    finally:
        _end(process)
    return output, code


def _take(process: subprocess.Popen[bytes], deadline: float, limit: int) -> bytes:
    """Return all output up to its end, within time and size."""
    pipe = process.stdout
    if pipe is None:
        reason = "program-without-output"
        raise HostError(reason)
    chunks: list[bytes] = []
    size = 0
    with selectors.DefaultSelector() as selector:
        selector.register(pipe, selectors.EVENT_READ)
        while True:
            left = deadline - time.monotonic()
            if left <= 0 or not selector.select(left):
                raise _late()
            chunk = os.read(pipe.fileno(), _CHUNK)
            if not chunk:
                return b"".join(chunks)
            chunks.append(chunk)
            size += len(chunk)
            if size > limit:
                reason = "program-output-too-large"
                raise TooLargeError(reason)


def _late() -> BudgetError:
    return BudgetError("program-time-budget")


def _end(process: subprocess.Popen[bytes]) -> None:
    """Kill what is left of the program's process group and collect it."""
    if process.returncode is None:  # not collected yet, so its number is still its own
        os.killpg(process.pid, signal.SIGKILL)
        process.wait()
    if process.stdout is not None:
        process.stdout.close()
