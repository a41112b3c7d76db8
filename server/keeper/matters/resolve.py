# SPDX-License-Identifier: Apache-2.0
"""The matter `resolve`: a recipient is told what stand-ins of a release mean.

Rules: it carries the recipient's signed question, and its terms say in words what is
asked there and nothing else; what may not be told now is refused before anybody
is asked, and again when it is approved; nothing is opened before.
Not here: finding what is meant (`server/keeper/sharing/resolving.py`), who approves
(`server/keeper/people.py`).
"""

from collections.abc import Sequence

from server.errors import DeniedError, UsageError
from server.keeper.desk import Desk
from server.keeper.sharing import resolving
from server.keeper.sharing.resolving import Asked
from wire.papers.decision import Decided
from wire.papers.matter import Matter
from wire.papers.resolve import Resolve

RECIPIENT, RELEASE, REASON = "recipient", "release", "why"
STAND_IN = "stand-in {:02}"


def terms_of(question: Resolve) -> dict[str, str]:
    """Return what a question asks, in the words of a matter."""
    return {
        RECIPIENT: question.recipient,
        RELEASE: question.release.hex(),
        REASON: question.reason,
    } | {
        STAND_IN.format(number): stand_in
        for number, stand_in in enumerate(question.stand_ins, 1)
    }


def check(desk: Desk, matter: Matter, now: int) -> dict[str, int]:
    """Refuse what could not be told now; count what is asked.

    Returns:
        `stand_ins` that it is about.

    Raises:
        UsageError: it carries no question, or its words are not the question's.
        DeniedError: nothing of it may be told, and why.
    """
    asked = _asked(desk, matter, now)
    resolving.require_room(desk, asked)
    desk.ledger.add("resolution-asked", resolving.body_of(asked, matter.case), now)
    return {"stand_ins": len(asked.question.stand_ins)}


def ready(desk: Desk, matter: Matter, now: int) -> None:
    """Refuse an approval of what may not be told any more.

    Raises:
        DeniedError: it may not, and why.
    """
    resolving.require_room(desk, _asked(desk, matter, now))


def do(desk: Desk, matter: Matter, decided: Sequence[Decided], now: int) -> bool:
    """Find what is meant and keep the sealed answer; the case ends with it.

    A keeper that was killed and finds, when it is back, that the grant is over tells
    nothing, and the case ends without an answer.
    """
    try:
        asked = _asked(desk, matter, now)
        resolving.resolve(desk, asked, matter.case, now)
    except DeniedError as error:
        desk.ledger.add("denied", {"user": "keeper", "denied": error.reason}, now)
    return True


def _asked(desk: Desk, matter: Matter, now: int) -> Asked:
    if matter.paper is None or matter.scope is not None:
        msg = "it carries the recipient's signed question, and no scope"
        raise UsageError(msg)
    asked = resolving.read(desk, matter.paper, now)
    words = {item.name: item.text for item in matter.terms}
    if words != terms_of(asked.question):
        msg = "its words are not those of the question that it carries"
        raise UsageError(msg)
    return asked
