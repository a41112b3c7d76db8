# SPDX-License-Identifier: Apache-2.0
"""The same acts by the console's other way: office and keeper, asked by a session.

Rules: what is asked is what both let through, found in their own tables, so that a new
act is asked too; each verdict is the model's, as it is for the console's routes.
Not here: the model (`tests/access_model.py`), routes (`test_console_matrix.py`), what
is answered (`test_by_session.py`).
"""

import time
from collections.abc import Iterator
from dataclasses import dataclass, replace

import pytest
from access_model import NOW, THEIRS, expected
from access_room import DAY, ROOT
from orders_room import Collector, asking

from server.access import people, sessions
from server.access.actions import PURPOSES, Action, Role
from server.access.bounds import INVITATION_SECONDS
from server.access.changing import People
from server.access.model import Held, Person, Reason
from server.access.register import open_people
from server.errors import DeniedError, ServerError
from server.keeper import acts as keeper_acts
from server.keeper.by_session import TABLE
from server.ledger import SqliteLedger
from server.office.acts import acts as office_acts
from server.office.door import answer
from wire.purposes import Purpose

pytestmark = pytest.mark.slow
REASONS = {one.value for one in Reason}


@dataclass(frozen=True)
class Question:
    """One question to a desk, and the act that it is."""

    desk: str
    fields: dict[str, object]
    action: Action
    purpose: Purpose | None


def questions() -> Iterator[Question]:
    """Yield everything that a session may ask."""
    for name, act in office_acts().items():
        yield Question("office", {"act": name}, act.action, act.purpose)
    for name, opened in TABLE.items():
        for step, action in opened.actions.items():
            fields: dict[str, object] = {"act": name}
            more = {opened.step: step} if opened.step else {}
            yield Question("keeper", fields | more, action, None)


@pytest.fixture(scope="module")
def collector(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Collector]:
    """Return a collector with a device and a ticket."""
    with asking(tmp_path_factory.mktemp("desks")) as made:
        yield made


def entered(collector: Collector, held: Held, *, fresh: bool) -> tuple[Person, str]:
    """Return somebody with one role, and the secret of their session."""
    layout, now = collector.room.site.layout, int(time.time())
    register, ledger = open_people(layout.people), SqliteLedger(layout.ledger)
    try:
        all_of_them = People(register, ledger, collector.tenant)
        until = now + INVITATION_SECONDS
        number, _ = all_of_them.invite(ROOT, "Ann", [held], until, now)
        all_of_them.attest(ROOT, number, now + 365 * DAY, now)
        how = sessions.PASSKEY if fresh else sessions.ELSEWHERE
        with register.writing() as connection:
            secret = sessions.begin(connection, number, how, now)
        with register.reading() as connection:
            entry = people.find(connection, number)
    finally:
        register.close()
        ledger.close()
    assert entry is not None
    verified = NOW if fresh else 0  # on the model's clock
    return replace(entry.person, verified=verified, trained_until=NOW + DAY), secret


def told(collector: Collector, question: Question, secret: str) -> str:
    """Return the slug of a denial; empty where the person may."""
    asked, now = question.fields | {"session": secret}, int(time.time())
    try:
        if question.desk == "office":
            list(answer(collector.room.site.layout, asked, "service", now))
        else:
            with collector.room.keeper() as desk:
                list(keeper_acts.answer(desk, asked, "service", now))
    except DeniedError as error:
        return error.reason if error.reason in REASONS else ""
    except ServerError:
        return ""  # an empty question, by who may ask it
    return ""


@pytest.mark.parametrize("role", [one for one in Role if one is not Role.READER])
def test_every_question_is_decided_as_the_model_says(
    collector: Collector, role: Role
) -> None:
    """By office and keeper each act is denied and allowed as by the console's page."""
    full, wrong = PURPOSES.get(role, frozenset()), []
    for tenant, fresh in (
        (collector.tenant, True),
        (collector.tenant, False),
        (THEIRS, True),
    ):
        person, secret = entered(collector, Held(role, tenant, full), fresh=fresh)
        for question in questions():
            wanted = expected(
                role.value,
                question.action.value,
                question.purpose,
                person,
                collector.tenant,
            )
            found = told(collector, question, secret)
            if found != wanted:
                wrong.append((question, tenant, fresh, found, wanted))
    assert wrong == []
