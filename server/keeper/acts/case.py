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
from server.register import cases

NAME = "case"
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
        yield {"end": step(desk, message, now)}


def _ask(desk: Desk, message: Mapping[str, object], now: int) -> Answer:
    matter, decision = octets_of(message, "matter"), octets_of(message, "decision")
    return {"counts": casework.ask(desk, matter, decision, now)}


def _list(desk: Desk, message: Mapping[str, object], now: int) -> Answer:
    with desk.register.view() as connection:
        found = cases.every(connection)
    return {
        "cases": [
            {
                "id": case.id.hex(),
                "kind": case.kind,
                "state": case.state.value,
                "opened": case.opened,
                "closed": case.closed or 0,
            }
            for case in found
        ]
    }


def _show(desk: Desk, message: Mapping[str, object], now: int) -> Answer:
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


def _decide(desk: Desk, message: Mapping[str, object], now: int) -> Answer:
    number, decision = octets_of(message, "case"), octets_of(message, "decision")
    return {"state": casework.decide(desk, number, decision, now).value}


_STEPS: Mapping[str, Callable[[Desk, Mapping[str, object], int], Answer]] = {
    "ask": _ask,
    "list": _list,
    "show": _show,
    "decide": _decide,
}
