# SPDX-License-Identifier: Apache-2.0
# mypy: disable-error-code="unreachable"
# (all below the guard, seen from linux)
"""When an agent on Windows looks for a release: what a timer of systemd is elsewhere.

Rules: in a thread beside the agent, which loads nothing for it; each look is a
short-lived child of this account, in a job that ends with its time or its parent; what
a look finds is started to be installed by the system's own service, and is not brought
to it. Where no package is, nothing is looked for.
Not here: the look (`agent/commands/update.py`), who installs (`windows_install.py`).
"""

import json
import random
import sys
import threading

from agent.host.spawned import spawn
from agent.logs import Log, Sink
from agent.update_budget import (
    UPDATE_EVERY_SECONDS,
    UPDATE_FIRST_SECONDS,
    UPDATE_MEMORY_BYTES,
    UPDATE_SECONDS,
    UPDATE_SPREAD_SECONDS,
    UPDATE_TEXT_BYTES,
)
from agent.updates.words import READY
from service import windows_installer
from service.contract import ServiceError

if sys.platform != "win32":
    reason = "service.windows_looks is for Windows"
    raise ImportError(reason)

_EVENT = "update"


def begin(ended: threading.Event, sink: Sink, *, at_once: bool) -> None:
    """Look four times a day, until the agent has ended.

    Args:
        ended: is set then.
        sink: takes how each look ended.
        at_once: whether the first is now, not at this device's own moment.
    """
    log = Log(sink=sink)
    threading.Thread(target=_go_on, args=(ended, log, at_once), daemon=True).start()


def _go_on(ended: threading.Event, log: Log, at_once: bool) -> None:  # noqa: FBT001 - of a thread
    spread = random.SystemRandom()
    pause = 0.0 if at_once else UPDATE_FIRST_SECONDS + _spread(spread)
    while not ended.wait(pause):
        _look(ended, log)
        pause = UPDATE_EVERY_SECONDS + _spread(spread)


def _spread(by: random.Random) -> float:
    return by.random() * UPDATE_SPREAD_SECONDS


def _look(ended: threading.Event, log: Log) -> None:
    """Look once, and have installed what is found."""
    try:
        said = spawn(
            ("update", "--json"),
            UPDATE_SECONDS,
            UPDATE_TEXT_BYTES,
            "agent",
            memory=UPDATE_MEMORY_BYTES,
            low=True,
            meanwhile=ended.is_set,
        ).report
        found = str(json.loads(said)["found"]) if said else "failed"
        if found == READY:
            windows_installer.start()
    except (OSError, ServiceError):
        found = "failed"
    tell = log.warning if found == "failed" else log.info
    tell(_EVENT, outcome=found)
