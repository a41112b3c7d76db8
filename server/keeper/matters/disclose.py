# SPDX-License-Identifier: Apache-2.0
"""The matter `disclose`: data is given to an authority that asks for it by law.

Rules: what is in the scope is counted when it is asked for, and the ledger says so
before anything is opened; nothing in the scope is nothing to approve, and what was
counted too long ago is counted again before it is approved or given.
Not here: what it must name, which records, handing them over
(`server/keeper/disclosing`).
"""

from collections.abc import Sequence
from typing import TYPE_CHECKING

from server.errors import DeniedError
from server.keeper.desk import Desk
from server.keeper.disclosing import counting, naming, production, sealing
from server.keeper.disclosing.records import Found, pieces
from server.keeper.terms import scope_of
from wire.papers.decision import Decided
from wire.papers.matter import Matter

if TYPE_CHECKING:
    from wire.cbor import Plain


def check(desk: Desk, matter: Matter, now: int) -> dict[str, int]:
    """Refuse what does not name all that it must, and count what would be given.

    Raises:
        UsageError: something is missing or wrong.
        DeniedError: a column is not needed, or nothing is in the scope.
    """
    scope = naming.check(desk, matter, now)
    sealing.recipient_of(desk, matter, scope, now)
    said: dict[str, Plain] = {
        "case": matter.case,
        "kind": matter.kind.value,
        "datasets": [*sorted(one.name for one in scope.datasets)],
    }
    desk.ledger.add("disclosure-asked", said, now)
    found = Found()
    for _ in pieces(desk, matter, scope, found):
        pass
    if not found.rows:
        reason = "empty-scope"
        msg = "nothing is in that scope: there is nothing to disclose"
        raise DeniedError(reason, msg)
    counting.tell(desk, matter, found, now)
    return found.counts()


def ready(desk: Desk, matter: Matter, now: int) -> None:
    """Refuse an approval of what nobody counted of late.

    Raises:
        DeniedError: it was counted too long ago.
    """
    counting.require_fresh(desk, matter.case, now)


def do(desk: Desk, matter: Matter, decided: Sequence[Decided], now: int) -> bool:
    """Write the archive and the client's notice; the case ends with it.

    Raises:
        DeniedError: it was counted too long ago, as by a keeper that was killed and
            came back late.
    """
    counting.require_fresh(desk, matter.case, now)
    production.produce(desk, matter, scope_of(desk, matter), decided, now)
    return True
