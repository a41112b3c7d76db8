# SPDX-License-Identifier: Apache-2.0
"""What a pass over what is due goes by, as its parent hands it over.

Rules: a value; cheap to load.
Not here: what is made of it (`part_work.py`, `quick.py`).
"""

from dataclasses import dataclass

from agent.figures import Figures
from agent.identity import Identity
from agent.state import State
from wire.trust import Trusted


@dataclass(frozen=True, slots=True)
class Given:
    """Whose pass it is, and when.

    Attributes:
        state: the state directory.
        who: the device.
        trust: what is trusted, as it was checked at this turn.
        now: signed time, seconds since the epoch.
        figures: what the agent has cost and done up to here.
    """

    state: State
    who: Identity
    trust: Trusted
    now: int
    figures: Figures
