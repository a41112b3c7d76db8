# SPDX-License-Identifier: Apache-2.0
"""The act `evidence`: lists packages, asks for one, and hands one out.

Rules: asking and handing out are in the ledger before they count; what is listed says
who asked, why, and what the package's digest is.
Not here: building (`server/keeper/packing.py`), what is in one (`server/evidence`).
"""

from collections.abc import Generator, Mapping

from server.errors import UsageError
from server.keeper import packing
from server.keeper.bounds import EVIDENCE_KEEP_SECONDS
from server.keeper.desk import Desk
from server.keeper.questions import octets_of, text_of
from server.register import packages
from server.register.packages import Package, State

NAME = "evidence"
Answer = dict[str, object]


def answer(
    desk: Desk, message: Mapping[str, object], user: str, now: int
) -> Generator[Answer, None, None]:
    """Yield the list, the id of what is built, or a package in pieces.

    Raises:
        UsageError: the question is none, or cannot be met.
        StateError: a package is not the file that was built.
    """
    match text_of(message, "step"):
        case "list":
            with desk.register.view() as connection:
                found = packages.every(connection)
            yield {"end": {"packages": [_told(one) for one in found]}}
        case "build":
            number = packing.ask(desk, user, text_of(message, "reason"), now)
            yield {"end": {"package": number.hex()}}
        case "fetch":
            yield from packing.pieces(desk, octets_of(message, "package"), user, now)
            yield {"end": {}}
        case _:
            msg = "the keeper does not understand this question: restart `serve`"
            raise UsageError(msg)


def _told(one: Package) -> Answer:
    held = one.contents
    counts = ("size", "entries", "files", "certificates", "lines", "pending", "overdue")
    return {
        "package": one.id.hex(),
        "asked": one.asked,
        "by": one.by,
        "reason": one.reason,
        "state": one.state.value,
        "done": one.step,
        "of": packing.STEPS,
        "told": one.told,
        "made": one.made,
        "until": one.made + EVIDENCE_KEEP_SECONDS if one.state is State.READY else 0,
        "digest": held.digest.hex() if held else "",
        **{name: getattr(held, name) if held else 0 for name in counts},
    }
