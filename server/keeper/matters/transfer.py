# SPDX-License-Identifier: Apache-2.0
"""The matter `transfer`: an acquirer of the business gets the client's live records.

Rules: nobody is asked to approve before the client was told and had its time to answer;
two approve, one of them counsel, and neither is who asked; nothing is opened.
Not here: when it may go (`server/keeper/transferring/judging.py`), the releases
(`server/keeper/transferring/exporting.py`), who approves (`server/keeper/people.py`).
"""

from collections.abc import Sequence
from typing import TYPE_CHECKING

from server.errors import UsageError
from server.keeper.bounds import TRANSFER_SECONDS
from server.keeper.desk import Desk
from server.keeper.ledger_lines import add_once
from server.keeper.transferring import judging
from server.keeper.transferring.judging import Handover
from server.keeper.transferring.portions import live_keys
from server.keeper.transferring.rows import scopes
from wire.papers.decision import Decided
from wire.papers.matter import Matter
from wire.papers.recipient import recipient_digest

if TYPE_CHECKING:
    from wire.cbor import Plain


def check(desk: Desk, matter: Matter, now: int) -> dict[str, int]:
    """Refuse what may not go now; count what would be opened for it.

    Returns:
        `purposes`, `datasets` and `columns` of the policy in force, and the envelopes
        and records under live keys.

    Raises:
        UsageError: it does not say what it must.
        DeniedError: it may not go now, and why and until when.
    """
    handover = judging.drawn(desk, matter, now)
    moment = max(now, desk.clock.latest())
    if not moment < handover.until <= moment + TRANSFER_SECONDS:
        days = TRANSFER_SECONDS // 86_400
        msg = f"the last day of a transfer lies ahead, within {days} days"
        raise UsageError(msg)
    desk.ledger.add("transfer-asked", _body(handover), now)
    policy = desk.policy(now).policy
    datasets = [one for purpose in handover.purposes for one in scopes(policy, purpose)]
    uses = [
        desk.store.sealed_to(desk.tenant, key)
        for purpose in handover.purposes
        for key in live_keys(desk, purpose, moment)
    ]
    return {
        "purposes": len(handover.purposes),
        "datasets": len({one.name for one in datasets}),
        "columns": sum(len(one.columns) for one in datasets),
        "envelopes": sum(use.envelopes for use in uses),
        "records": sum(use.records for use in uses),
    }


def do(desk: Desk, matter: Matter, decided: Sequence[Decided], now: int) -> bool:
    """Write down that it was approved; the case ends with it, and exports begin."""
    body: dict[str, Plain] = {
        "case": matter.case,
        "recipient": matter.term(judging.RECIPIENT) or "",
        "count": len(decided),
    }
    add_once(desk, "transfer-approved", body, ("case",), 0)
    return True


def _body(handover: Handover) -> "dict[str, Plain]":
    return {
        "case": handover.case,
        "recipient": handover.recipient.name,
        "notice": handover.notice.id,
        "purposes": [purpose.value for purpose in handover.purposes],
        "until": handover.until,
        "digest": recipient_digest(handover.recipient),
    }
