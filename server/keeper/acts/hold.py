# SPDX-License-Identifier: Apache-2.0
"""The act `hold`: which holds there are, and how much each keeps.

Rules: nothing is opened; counts are the store's.
Not here: asking for a hold (`case.py`), keeping it (`server/keeper/holding.py`).
"""

from collections.abc import Generator, Mapping

from server.keeper.desk import Desk
from server.register import holds

NAME = "hold"


def answer(
    desk: Desk,
    message: Mapping[str, object],
    user: str,
    now: int,
) -> Generator[dict[str, object], None, None]:
    """Yield all holds, the oldest first."""
    with desk.register.view() as connection:
        found = holds.every(connection)
    told = []
    for hold in found:
        kept = [item.records for item in desk.store.extracts(desk.tenant, hold.case)]
        told.append(
            {
                "case": hold.case.hex(),
                "placed": hold.placed,
                "review": hold.review,
                "released": hold.released or 0,
                "overdue": hold.released is None and hold.review <= now,
                "envelopes": len(kept),
                "rows": sum(kept),
            }
        )
    yield {"end": {"holds": told}}
