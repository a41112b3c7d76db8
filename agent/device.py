# SPDX-License-Identifier: Apache-2.0
"""An enrolled device at work: its state directory, its identity and its open spool.

Rules: a value that keeps the three together; it opens and closes nothing.
Not here: the three themselves (`state.py`, `identity.py`, `spool.py`).
"""

from dataclasses import dataclass

from agent.identity import Identity
from agent.spool import Spool
from agent.state import State


@dataclass(frozen=True, slots=True)
class Device:
    """What every exchange with the collector needs of a device."""

    state: State
    who: Identity
    spool: Spool
