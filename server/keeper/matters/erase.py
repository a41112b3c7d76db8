# SPDX-License-Identifier: Apache-2.0
"""The matter `erase`: what is held of a person or device goes, up to now.

Rules: who is found by nothing is refused, and nothing happens; what would go is counted
before anybody approves; more than a few in an hour need two people.
Not here: the steps (`server/keeper/rights/erasure.py`).
"""

from collections.abc import Sequence

from server.errors import DeniedError, StateError
from server.keeper.bounds import ERASURES_AN_HOUR, HOUR_SECONDS
from server.keeper.desk import Desk
from server.keeper.people import SECOND
from server.keeper.rights import erasure, finding
from server.keeper.rights.whose import require_instruction, subject_of
from server.register import cases
from wire.papers.decision import Decided
from wire.papers.matter import Matter, MatterKind


def check(desk: Desk, matter: Matter, now: int) -> dict[str, int]:
    """Refuse whom nothing is held of; count the rest.

    Raises:
        UsageError: it names no subject.
        DeniedError: nothing is found, the client has to answer, or too many were asked
            for and two people are not to approve.
    """
    subject = subject_of(matter)
    require_instruction(desk, matter)
    if matter.term(SECOND) is None and _lately(desk, now) >= ERASURES_AN_HOUR:
        reason = "many-erasures"
        msg = (
            f"more than {ERASURES_AN_HOUR} erasures in an hour need a second person "
            "who approves: ask with --second, or wait"
        )
        raise DeniedError(reason, msg)
    return finding.counts(desk, finding.find(desk, matter, subject, now))


def do(desk: Desk, matter: Matter, decided: Sequence[Decided], now: int) -> bool:
    """Begin the erasure; the case ends with its certificate.

    Raises:
        StateError: the keeper has still to look what was erased before.
    """
    if desk.keyring.renewing():
        msg = "this is approved, and begins when the keeper has looked what ended"
        raise StateError(msg)
    erasure.begin(desk, matter.case, decided, now)
    return False


def _lately(desk: Desk, now: int) -> int:
    """Return how many erasures were asked for within an hour, by anybody."""
    with desk.register.view() as connection:
        found = cases.every(connection)
    kind = MatterKind.ERASE.value
    return sum(one.kind == kind and one.opened > now - HOUR_SECONDS for one in found)
