# SPDX-License-Identifier: Apache-2.0
"""Whether a transfer that people decided on may be exported now.

Rules: their signatures are checked again, by who may decide now; what an erasure or a
restriction is about that is not decided or not done could go, so nothing does; each
refusal is in the ledger.
Not here: when the client's time has passed (`judging.py`), exporting (`exporting.py`).
"""

from dataclasses import dataclass
from typing import TYPE_CHECKING

from server.errors import DeniedError, UsageError
from server.keeper import case_words, people
from server.keeper.desk import Desk
from server.keeper.people import Standing, Verdict
from server.keeper.transferring import judging
from server.keeper.transferring.judging import Handover
from server.register import cases
from server.register.cases import State
from wire.papers.matter import MatterKind, matter_digest

if TYPE_CHECKING:
    from wire.cbor import Plain


@dataclass(frozen=True, slots=True)
class Approved:
    """A transfer that people approved and that may go now.

    Attributes:
        handover: what it is.
        granted: digest of its matter, by which releases name it.
        verdict: of the people.
        counted: when who asked was told how much it is, in seconds since the epoch.
    """

    handover: Handover
    granted: bytes
    verdict: Verdict
    counted: int


def approved(desk: Desk, number: bytes, now: int) -> Approved:
    """Return a transfer that may go now.

    Args:
        desk: what the keeper works with.
        number: its case.
        now: the system's time.

    Raises:
        UsageError: there is no such case, or it is no transfer.
        DeniedError: it was not approved, is over, or may not go now.
    """
    held = case_words.open_case(desk, number)
    if held.matter.kind is not MatterKind.TRANSFER:
        msg = "this case is no transfer: discreet-server transfer status shows all"
        raise UsageError(msg)
    handover = judging.drawn(desk, held.matter, now)
    present, done = desk.settings().people, held.case.closed or now
    verdict = people.check(held.matter, held.decisions, present, done)
    body: dict[str, Plain] = {"case": number, "recipient": handover.recipient.name}
    with judging.noting(desk, body, now):
        if (held.case.state, verdict.standing) != (State.DONE, Standing.APPROVED):
            reason = "not-approved"
            msg = "nobody who may decide now has approved this: see case show"
            raise DeniedError(reason, msg)
        if max(now, desk.clock.latest()) > handover.until:
            reason = "transfer-over"
            msg = "the last day of this transfer is past: ask for another one"
            raise DeniedError(reason, msg)
        _require_rights(desk)
    return Approved(handover, matter_digest(held.octets), verdict, held.case.opened)


def _require_rights(desk: Desk) -> None:
    """Refuse while an erasure is not done, or a restriction waits for people.

    Raises:
        DeniedError: some are open.
    """
    waits = {State.ASKED, State.APPROVED}
    with desk.register.view() as connection:
        found = [one for one in cases.every(connection) if one.closed is None]
    count = sum(
        one.kind == MatterKind.ERASE.value
        or (one.kind == MatterKind.RESTRICT.value and one.state in waits)
        for one in found
    )
    if count:
        reason = "rights-open"
        msg = (
            f"{count} erasures or restrictions are not decided or not done: what they "
            "are about might go; decide on them first (case list)"
        )
        raise DeniedError(reason, msg)
