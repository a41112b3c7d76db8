# SPDX-License-Identifier: Apache-2.0
# mypy: disable-error-code="unreachable"
# (all below the guard, seen from win32)
"""Asks the process that reads what only root can; the agent's end of its socket.

Rules: a question is a verb and columns, and no more; what answers must be what root has
put there; an answer that is not what was asked for is none.
Not here: the other end (`agent/privileged`), what the verbs are (`root.py`).
"""

import json
import os
import sys
from collections.abc import Mapping, Sequence
from pathlib import Path

from agent.budget import COLLECTOR_SECONDS
from agent.errors import (
    BudgetError,
    DeniedError,
    HostError,
    NotFoundError,
    OverBudgetError,
    TooLargeError,
    UnsupportedError,
)
from agent.host.interface import RootVerb
from agent.host.local_socket import exchange
from agent.host.meter import Meter

if sys.platform == "win32":
    reason = "agent.host.root_socket is for Linux"
    raise ImportError(reason)

SOCKET = Path("/run/discreet-agent/root")
"""Made by systemd, in a directory of root's."""
VARIABLE = "DISCREET_AGENT_ROOT"
"""Names another socket than the default one."""
QUESTION_BYTES = 1_024
"""A verb and all columns of the widest one have 400."""
ANSWER_BYTES = 8 * 1024 * 1024
"""As much as one program's output."""
OK, NO = b"ok\n", b"no "
"""How an answer begins: with rows, or with a kind of error and a reason."""
ERRORS: Mapping[str, type[HostError]] = {
    "budget": BudgetError,
    "denied": DeniedError,
    "failed": HostError,
    "not-found": NotFoundError,
    "over-budget": OverBudgetError,
    "too-large": TooLargeError,
    "unsupported": UnsupportedError,
}
NEEDS_ROOT = "needs-root"
"""Reason where nobody answers."""
_NONE = "no-answer-of-root"


def place() -> Path:
    """Return where the socket is."""
    return Path(os.environ.get(VARIABLE) or SOCKET)


def question(verb: RootVerb, columns: frozenset[str]) -> bytes:
    """Return a question as it is sent."""
    return f"{verb.value} {','.join(sorted(columns))}\n".encode("ascii")


def ask(
    verb: RootVerb, columns: frozenset[str], meter: Meter, *, there: bool = True
) -> Sequence[dict[str, str]]:
    """Ask for declared columns of a verb.

    Args:
        verb: what is asked.
        columns: columns asked for.
        meter: counts what comes.
        there: false for a recorded machine, which has nobody at the other end.

    Raises:
        DeniedError: nobody answers here, or not for that.
        HostError: as it met the one at the other end.
    """
    if not there:
        raise DeniedError(NEEDS_ROOT)
    path = place()
    try:
        told = exchange(
            path,
            question(verb, columns),
            COLLECTOR_SECONDS,
            ANSWER_BYTES,
            {0, os.geteuid()},
        )
    except TimeoutError:
        raise BudgetError(_NONE) from None
    except OSError:
        raise DeniedError(NEEDS_ROOT) from None  # the cause holds the path
    meter.take(len(told))
    return _rows(told)


def _rows(told: bytes) -> Sequence[dict[str, str]]:
    if told.startswith(NO):
        kind, _, why = told[len(NO) :].decode("ascii", "replace").partition(" ")
        raise ERRORS.get(kind, HostError)(why.strip() or _NONE)
    if not told.startswith(OK):
        raise HostError(_NONE)
    try:
        rows: object = json.loads(told[len(OK) :])
    except (ValueError, RecursionError):
        raise HostError(_NONE) from None
    if not isinstance(rows, list):
        raise HostError(_NONE)
    return [_row(row) for row in rows]


def _row(row: object) -> dict[str, str]:
    if not isinstance(row, dict):
        raise HostError(_NONE)
    return {str(name): str(value) for name, value in row.items()}
