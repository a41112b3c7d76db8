# SPDX-License-Identifier: Apache-2.0
"""The act `clock`: what time the keeper deletes by, and how far it is behind.

Rules: it changes nothing.
Not here: the clock (`server/keeper/clock.py`).
"""

from collections.abc import Generator, Mapping

from server.keeper.bounds import CLOCK_BEHIND_SECONDS
from server.keeper.desk import Desk

NAME = "clock"


def answer(
    desk: Desk,
    message: Mapping[str, object],
    user: str,
    now: int,
) -> Generator[dict[str, object], None, None]:
    """Yield the clock's state."""
    believed, behind = desk.clock.now(), desk.clock.behind()
    late = behind > CLOCK_BEHIND_SECONDS
    yield {"end": {"system": now, "now": believed, "behind": behind, "late": late}}
