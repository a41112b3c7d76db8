# SPDX-License-Identifier: Apache-2.0
"""Where a bug is planted in a machine; as it is shipped, nowhere.

Rules: each is a function that is handed the real thing and does the real thing.
Not here: the bugs (`planted/`).
"""

from collections.abc import Callable
from dataclasses import dataclass
from typing import TYPE_CHECKING

from agent import anew
from agent.sealing import Group, Sealer
from agent.spool.handed import take
from agent.spool.last_sent import LastSentFile
from agent.spool.spool import Spool
from agent.state import State

if TYPE_CHECKING:
    from simulation.machine import Machine


def put(spool: Spool, sealer: Sealer, group: Group) -> None:
    """Seal a group and put it into the spool, as a pass does."""
    with spool.transaction() as change:
        sealer.put(change, group)


def as_it_is(spool: Spool) -> Spool:
    """Return the spool itself."""
    return spool


def remembered(last: LastSentFile) -> LastSentFile:
    """Return the file of what has left."""
    return last


@dataclass(slots=True)
class Bugs:
    """What of a machine is not as it is shipped; nothing but where a bug is planted."""

    spool: Callable[[Spool], Spool] = as_it_is
    last: Callable[[LastSentFile], LastSentFile] = remembered
    put: Callable[[Spool, Sealer, Group], None] = put
    take: Callable[[Spool, bytes], object] = take
    hand_over: Callable[[State, int], None] = anew.hand_over
    before: Callable[["Machine", str], None] = lambda _, __: None
    after: Callable[["Machine", str], None] = lambda _, __: None
