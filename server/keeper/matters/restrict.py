# SPDX-License-Identifier: Apache-2.0
"""The matter `restrict`: a subject's rows are kept, and shown to nobody.

Rules: who is found by nothing is refused; it is in force until it is lifted.
Not here: withholding rows (`server/reader/marked.py`), lifting it (`lift.py`).
Source: GDPR, article 18.
"""

from collections.abc import Sequence

from server.keeper.desk import Desk
from server.keeper.rights import finding, marking
from server.keeper.rights.whose import subject_of
from server.register.rights import RESTRICTIONS
from wire.papers.decision import Decided
from wire.papers.matter import Matter


def check(desk: Desk, matter: Matter, now: int) -> dict[str, int]:
    """Refuse whom nothing is held of; count what would be withheld.

    Raises:
        UsageError: it names no subject.
        DeniedError: nothing is found, or the client has to answer.
    """
    return finding.counted(desk, matter, now)


def do(desk: Desk, matter: Matter, decided: Sequence[Decided], now: int) -> bool:
    """Put it into force; its case goes on until it is lifted."""
    marking.place(desk, RESTRICTIONS, matter.case, subject_of(matter), now)
    return False
