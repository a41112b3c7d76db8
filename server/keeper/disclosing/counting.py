# SPDX-License-Identifier: Apache-2.0
"""When people were last told how much a disclosure would be.

Rules: the ledger is what remembers; a count of long ago stands for nothing, for it is
of another set than the one that would be given.
Not here: counting (`server/keeper/matters/disclose.py`), the records (`records.py`).
"""

from typing import TYPE_CHECKING

from server.errors import DeniedError
from server.keeper.bounds import DISCLOSURE_COUNT_SECONDS
from server.keeper.desk import Desk
from server.keeper.disclosing.records import Found
from wire.papers.matter import MATTER, Matter, matter_digest

if TYPE_CHECKING:
    from wire.cbor import Plain

COUNTED = "disclosure-counted"
_DAY = 86_400


def tell(desk: Desk, matter: Matter, found: Found, now: int) -> None:
    """Write down how much was counted."""
    body: dict[str, Plain] = {
        "case": matter.case,
        "rows": found.rows.total(),
        "envelopes": found.envelopes + found.extracts,
        "digest": matter_digest(MATTER.encode(matter)),
    }
    desk.ledger.add(COUNTED, body, now)


def counted(desk: Desk, case: bytes) -> int | None:
    """Return when a case's records were last counted; None where nobody did."""
    times = [
        entry.time
        for entry in desk.ledger.entries(0)
        if entry.act == COUNTED and (entry.body or {}).get("case") == case
    ]
    return max(times, default=None)


def require_fresh(desk: Desk, case: bytes, now: int) -> None:
    """Refuse to go on with what was counted too long ago.

    Args:
        desk: what the keeper works with.
        case: of the disclosure.
        now: seconds since the epoch.

    Raises:
        DeniedError: it was, or nobody counted.
    """
    last = counted(desk, case)
    late = max(now, desk.clock.latest()) - DISCLOSURE_COUNT_SECONDS
    if last is None or last < late:
        days = DISCLOSURE_COUNT_SECONDS // _DAY
        reason = "counted-too-long-ago"
        msg = (
            f"what is in the scope was counted more than {days} days ago: count it "
            "again with disclose dry-run, look at it, and decide then"
        )
        raise DeniedError(reason, msg)
