# SPDX-License-Identifier: Apache-2.0
"""The act `case`: asks, lists, shows, or takes a decision.

Rules: who decides is who signed, not who connects; a refused decision is in the ledger.
Not here: what becomes of them (`server/keeper/casework.py`).
"""

from collections.abc import Callable, Generator, Mapping

from server.keeper import case_words, casework, people
from server.keeper.desk import Desk
from server.keeper.ledger_lines import noting_denials
from server.keeper.questions import octets_of, step_of, text_of
from server.register import cases, reviews

NAME = "case"
OVER = "over"
Answer = dict[str, object]


def answer(
    desk: Desk, message: Mapping[str, object], user: str, now: int
) -> Generator[Answer, None, None]:
    """Yield the one answer.

    Raises:
        UsageError: the question is none.
        DeniedError: a decision does not count.
    """
    step = step_of(message, _STEPS)
    with noting_denials(desk, user, now):
        yield {"end": step(desk, message, user, now)}


def _ask(desk: Desk, message: Mapping[str, object], user: str, now: int) -> Answer:
    matter, decision = octets_of(message, "matter"), octets_of(message, "decision")
    return {"counts": casework.ask(desk, matter, decision, now)}


def _list(desk: Desk, message: Mapping[str, object], user: str, now: int) -> Answer:
    with desk.register.view() as connection:
        found = cases.every(connection)
        uses = {one.case.id: one for one in reviews.uses(connection)}
    due = {number: one.due for number, one in uses.items() if one.due is not None}
    return {
        "cases": [
            {
                "id": case.id.hex(),
                "kind": case.kind,
                "state": case.state.value,
                "opened": case.opened,
                "closed": case.closed or 0,
                "review": due.get(case.id, 0),
                "late": case.id in due and uses[case.id].late(now),
            }
            for case in found
        ]
    }


def _show(desk: Desk, message: Mapping[str, object], user: str, now: int) -> Answer:
    number = casework.numbered(desk, text_of(message, "case"))
    held = case_words.open_case(desk, number)
    verdict = casework.verdict_of(desk, held, now)
    need = people.needs(held.matter.kind)
    return {
        "matter": held.octets.hex(),
        "state": held.case.state.value,
        "opened": held.case.opened,
        "closed": held.case.closed or 0,
        "approvals": need.count,
        "approves": sorted(role.value for role in need.approves),
        "among": "" if need.among is None else need.among.value,
        "decisions": [
            {
                "act": said.act.value,
                "person": said.person,
                "role": said.role.value,
                "time": said.time,
                "reason": said.reason,
            }
            for said, _ in verdict.counted
        ],
    }


def _decide(desk: Desk, message: Mapping[str, object], user: str, now: int) -> Answer:
    number, decision = octets_of(message, "case"), octets_of(message, "decision")
    return {"state": casework.decide(desk, number, decision, now).value}


def _review(desk: Desk, message: Mapping[str, object], user: str, now: int) -> Answer:
    number = casework.numbered(desk, text_of(message, "case"))
    over, reason = text_of(message, "said") == OVER, text_of(message, "reason")
    casework.review(desk, number, reason, user, now, over=over)
    with desk.register.view() as connection:
        (use,) = (one for one in reviews.uses(connection) if one.case.id == number)
    return {"review": use.due or 0}


_STEPS: Mapping[str, Callable[[Desk, Mapping[str, object], str, int], Answer]] = {
    "ask": _ask,
    "list": _list,
    "review": _review,
    "show": _show,
    "decide": _decide,
}
