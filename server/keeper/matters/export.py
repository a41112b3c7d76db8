# SPDX-License-Identifier: Apache-2.0
"""The matter `export`: a person gets all that is held under an identifier.

Rules: who is found by nothing gets nothing; what a person would approve is counted
first, and what laws and holds keep of it; the archive waits for whoever fetches it,
locked.
Not here: writing it (`server/keeper/rights/exporting.py`), fetching it
(`server/keeper/acts/subject.py`).
"""

from collections.abc import Sequence

from server.keeper.desk import Desk
from server.keeper.ledger_lines import add_once
from server.keeper.rights import exporting, finding
from server.keeper.rights.finding import Found
from server.keeper.rights.whose import require_instruction, subject_of
from wire.papers.decision import Decided
from wire.papers.matter import Matter


def check(desk: Desk, matter: Matter, now: int) -> dict[str, int]:
    """Refuse whom nothing is held of; count the rest.

    Raises:
        UsageError: it names no subject.
        DeniedError: nothing is found, or the client has to answer.
    """
    subject = subject_of(matter)
    require_instruction(desk, matter)
    found = Found()
    for _ in exporting.pieces(desk, subject, found, now):
        pass
    finding.require_found(desk, matter, found, now)
    kept = {"kept": found.kept.total(), "withheld": found.withheld.total()}
    return finding.counts(desk, found) | kept


def do(desk: Desk, matter: Matter, decided: Sequence[Decided], now: int) -> bool:
    """Write the archive; the case ends with it."""
    found = exporting.export(desk, matter.case, subject_of(matter), now)
    body = finding.told(matter, found)
    add_once(desk, "subject-exported", body, ("case",), 0)
    return True
