# SPDX-License-Identifier: Apache-2.0
"""The act `subject`: looks for one, lists rights and their clocks, hands archives out.

Rules: who looks has signed that, and has a role that may; a password is told once.
Not here: asking for a right and deciding on it (`case.py`), what each does
(`server/keeper/matters`).
"""

from collections.abc import Callable, Generator, Mapping

from policies import catalogue
from server.errors import UsageError
from server.keeper import casework, people
from server.keeper.desk import Desk
from server.keeper.ledger_lines import noting_denials
from server.keeper.people import Verdict
from server.keeper.questions import octets_of, step_of, text_of
from server.keeper.rights import clocks, exporting, finding
from server.keeper.rights.whose import subject_of
from server.reader.subjects import blind
from server.register import rights
from wire.papers.matter import MatterKind, read_matter

NAME = "subject"
Answer = dict[str, object]


def answer(
    desk: Desk, message: Mapping[str, object], user: str, now: int
) -> Generator[Answer, None, None]:
    """Yield the one answer.

    Raises:
        UsageError: the question is none.
        DeniedError: who asks may not, or nothing is found.
    """
    step = step_of(message, _STEPS)
    with noting_denials(desk, user, now):
        yield {"end": step(desk, message, user, now)}


def _find(desk: Desk, message: Mapping[str, object], user: str, now: int) -> Answer:
    matter = read_matter(octets_of(message, "matter"))
    if matter.tenant != desk.tenant or matter.kind is not MatterKind.EXPORT:
        msg = "the keeper looks for subjects of its own tenant, as for an export"
        raise UsageError(msg)
    signed = octets_of(message, "decision")
    present = casework.present_people(desk, now)
    verdict = people.take(Verdict(), matter, signed, present, now)
    subject, (asks, _) = subject_of(matter), verdict.counted[-1]
    found = finding.find(desk, matter, subject, now, asks.person)
    return {
        "rows": [
            [purpose, dataset, rows]
            for (purpose, dataset), rows in sorted(found.rows.items())
        ],
        "devices": sorted(device.hex() for device in found.devices),
        "envelopes": found.envelopes,
        "given": [
            [made.recipient, made.id.hex(), made.made]
            for made in finding.given(desk, found)
        ],
        "skipped": dict(sorted(found.skipped.items())),
        "blind": [
            [one.purpose.value, f"{one.dataset}.{one.column}", one.transform]
            for one in blind(desk.policy(now).policy, catalogue(), subject)
        ],
    }


def _list(desk: Desk, message: Mapping[str, object], user: str, now: int) -> Answer:
    return {
        "rights": [
            {
                "case": one.case.id.hex(),
                "kind": one.case.kind,
                "state": one.state,
                "asked": one.case.opened,
                "due": one.due,
                "days": one.days_left(now),
                "extended": one.extended,
                "waits": one.waits,
            }
            for one in clocks.every(desk)
        ]
    }


def _extend(desk: Desk, message: Mapping[str, object], user: str, now: int) -> Answer:
    number = casework.numbered(desk, text_of(message, "case"))
    due = clocks.extend(desk, number, text_of(message, "reason"), user, now)
    return {"due": due}


def _fetch(desk: Desk, message: Mapping[str, object], user: str, now: int) -> Answer:
    """Tell where an archive waits and, this once, its password."""
    number = casework.numbered(desk, text_of(message, "case"))
    password, path = (
        exporting.password_of(desk, number),
        exporting.path_of(desk, number),
    )
    if password is None or not path.exists():
        msg = "no archive waits for this case: it was fetched, or waited for too long"
        raise UsageError(msg)
    desk.ledger.add("subject-fetched", {"by": user, "case": number}, now)
    with desk.register.transaction() as connection:
        rights.remove(connection, rights.EXPORTS, number)
    return {"path": str(path), "password": password}


_STEPS: Mapping[str, Callable[[Desk, Mapping[str, object], str, int], Answer]] = {
    "find": _find,
    "list": _list,
    "extend": _extend,
    "fetch": _fetch,
}
