# SPDX-License-Identifier: Apache-2.0
"""The round `cases`: what lapsed, what was approved and not done, what ended long ago.

Rules: words end by the time that is believed; all else goes by the system's.
Not here: cases (`server/keeper/casework.py`).
"""

from server.errors import ServerError
from server.keeper import case_words, casework, ends
from server.keeper.bounds import CASES_SECONDS
from server.keeper.desk import Desk
from server.keeper.people import Standing
from server.register import cases
from server.register.cases import Case, State

EVERY_SECONDS = CASES_SECONDS


def turn(desk: Desk, now: int) -> None:
    """Look at all cases.

    What stops one stops no other.

    Raises:
        ServerError: what stopped the first that was stopped.
    """
    casework.present_people(desk, now)
    with desk.register.view() as connection:
        found = cases.every(connection)
    believed, stopped = desk.clock.now(), None
    for case in found:
        try:
            with desk.ending:
                _look(desk, case, believed, now)
        except ServerError as error:
            stopped = stopped or error
    if stopped is not None:
        raise stopped


def _look(desk: Desk, case: Case, believed: int, now: int) -> None:
    """Do with one case what it waits for."""
    if case.closed is not None:
        if ends.case(case) <= believed:
            casework.forget(desk, case.id, now)
    elif case.state in {State.ASKED, State.APPROVED}:
        _go_on(desk, case.id, now)


def _go_on(desk: Desk, number: bytes, now: int) -> None:
    """Do what is approved and not done, and end what lapsed."""
    held = case_words.open_case(desk, number)
    verdict = casework.verdict_of(desk, held, now)
    if held.case.state is State.APPROVED and verdict.standing is Standing.APPROVED:
        casework.carry_out(desk, number, verdict, now)
    elif verdict.standing in {Standing.LAPSED, Standing.NOBODY}:
        casework.lapse(desk, held.case, now)
