# SPDX-License-Identifier: Apache-2.0
"""The matter `annotate`: what a subject says of their data is shown with it.

Rules: data is never changed, for its device has signed it: the note says what is right;
it is shown with every reading and export of the subject's rows until it is lifted.
Not here: showing it (`server/reader/marked.py`), lifting it (`lift.py`).
Source: GDPR, article 16.
"""

from collections.abc import Sequence

from server.errors import UsageError
from server.keeper.desk import Desk
from server.keeper.rights import finding, marking
from server.keeper.rights.whose import require_instruction, subject_of
from server.register.rights import ANNOTATIONS
from wire.papers.decision import Decided
from wire.papers.matter import Matter

NOTE = "note"


def check(desk: Desk, matter: Matter, now: int) -> dict[str, int]:
    """Refuse whom nothing is held of; count to what the note would belong.

    Raises:
        UsageError: it names no subject, or says nothing.
        DeniedError: nothing is found, or the client has to answer.
    """
    subject = subject_of(matter)
    _text(matter)
    require_instruction(desk, matter)
    return finding.counts(desk, finding.find(desk, matter, subject, now))


def do(desk: Desk, matter: Matter, decided: Sequence[Decided], now: int) -> bool:
    """Put the note there; its case goes on until it is lifted."""
    subject, text = subject_of(matter), _text(matter)
    marking.place(desk, ANNOTATIONS, matter.case, subject, now, text)
    return False


def _text(matter: Matter) -> str:
    text = (matter.term(NOTE) or "").strip()
    if not text or not text.isprintable():
        msg = "say with --note, in one line, what is right"
        raise UsageError(msg)
    return text
