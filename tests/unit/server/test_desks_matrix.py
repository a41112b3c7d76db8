# SPDX-License-Identifier: Apache-2.0
"""The same acts by the console's other way: office, keeper and reader, by a session.

Rules: what is asked is all that they let through, found in their own tables, so that a
new act is asked too; which act it is says `tests/access_ways.py`, and each verdict is
the model's, as it is for the console's routes; a denial that is not expected by its
slug is no success.
Not here: the model (`tests/access_model.py`), routes (`test_console_matrix.py`), what
is answered (`test_by_session.py`, `test_reader.py`).
"""

import itertools
import time
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, replace

import pytest
from access_model import NOW, THEIRS, expected
from access_room import DAY, ROOT
from access_ways import CHOSEN, DESKS, SUPPORT
from desk_room import ASKED
from desk_room import Room as Reading
from orders_room import Collector, asking

from server.access import people, sessions
from server.access.actions import PURPOSES, RULES, Action, Role
from server.access.bounds import INVITATION_SECONDS
from server.access.changing import People
from server.access.model import Held, Person
from server.access.register import open_people
from server.errors import DeniedError, UsageError
from server.keeper import acts as keeper_acts
from server.keeper.by_session import TABLE
from server.ledger import SqliteLedger
from server.office.acts import acts as office_acts
from server.office.door import answer
from server.person import user_name
from server.reader import process as reader
from wire.purposes import Purpose

pytestmark = pytest.mark.slow
ONLY_SUPPORT = frozenset({Purpose.SUPPORT})
STAFFED = [one for one in Role if one is not Role.READER]
"""Roles that the register gives."""
READS: Mapping[str, dict[str, object]] = {
    "tables": {"sql": ""},
    "query": {},
    "page": {"sql": "", "form": "page"},
    "file": {"file": True},
    "export": {"sql": "", "form": "ocsf", "to": "test"},
    "account": {"job": "account", "sql": ""},
}
"""What the reader is asked, each for a purpose and a reason."""
POLICY = {
    "provision": {"administrator", "technician"},
    "support": {"technician"},
    "administration": {"administrator", "technician"},
    "security": {"security"},
}
"""Whom the policy in force, `standard`, lets read: it narrows the table."""
READER_SAYS = {
    "": "unknown-purpose",
    "improvement": "no-person-may-read",
    "account": "purpose-collects-nothing",
    "communication": "purpose-collects-nothing",
    "compliance": "purpose-collects-nothing",
}
"""How the reader says that a purpose is none for persons."""


@dataclass(frozen=True)
class Question:
    """One question to a desk, by the name that `access_ways.py` has it by."""

    desk: str
    name: str
    fields: Mapping[str, object]
    purpose: Purpose | None = None


def questions() -> Iterator[Question]:
    """Yield everything that a session may ask."""
    for name in office_acts():
        purpose = Purpose.SUPPORT if _purpose("office", name) == SUPPORT else None
        yield Question("office", name, {"act": name}, purpose)
    for name, opened in TABLE.items():
        for step in opened.actions:
            more = {opened.step: step} if opened.step else {}
            yield Question("keeper", f"{name}:{step}", {"act": name} | more)
    for name, purpose in itertools.product(READS, (None, *Purpose)):
        assert _purpose("reader", name) == CHOSEN
        named = {"purpose": purpose.value if purpose else ""}
        yield Question("reader", name, ASKED | READS[name] | named, purpose)


def _purpose(desk: str, name: str) -> str:
    return DESKS[desk, name].purpose


def wanted(question: Question, person: Person, tenant: bytes) -> str:
    """Return the slug with which a person is to be denied; empty for none."""
    (held,), named = person.held, question.purpose.value if question.purpose else ""
    action = DESKS[question.desk, question.name].action
    said = expected(held.role.value, action, question.purpose, person, tenant)
    if question.desk != "reader":
        return said
    if said in {"no-purpose", "no-person-may"}:
        return READER_SAYS[named]
    return said or ("" if held.role.value in POLICY[named] else "no-reader-role")


@dataclass
class Desks:
    """Office, keeper and reader of one collector."""

    collector: Collector
    reading: Reading

    @property
    def tenant(self) -> bytes:
        """Return the tenant's 16 bytes."""
        return self.collector.tenant

    def entered(
        self, *held: Held, trained: bool = True, fresh: bool = True
    ) -> tuple[Person, str]:
        """Return somebody with these roles, and the secret of their session."""
        layout, now = self.collector.room.site.layout, int(time.time())
        register, ledger = open_people(layout.people), SqliteLedger(layout.ledger)
        try:
            all_of_them = People(register, ledger, self.tenant)
            until = now + INVITATION_SECONDS
            number, _ = all_of_them.invite(ROOT, "Ann", [*held], until, now)
            if trained:
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
        times = NOW if fresh else 0, NOW + DAY if trained else 0  # the model's clock
        verified, until = times
        return replace(entry.person, verified=verified, trained_until=until), secret

    def told(self, question: Question, secret: str, user: str = "service") -> str:
        """Return the slug of a denial; empty where the person may."""
        try:
            next(self._answers(question, secret, user), None)
        except DeniedError as error:
            return error.reason
        except UsageError:
            return ""  # an empty question, by who may ask it
        return ""

    def _answers(self, question: Question, secret: str, user: str) -> Iterator[object]:
        asked, now = {**question.fields, "session": secret}, int(time.time())
        if question.desk == "office":
            yield from answer(self.collector.room.site.layout, asked, "service", now)
        elif question.desk == "keeper":
            with self.collector.room.keeper() as desk:
                yield from keeper_acts.answer(desk, asked, "service", now)
        else:
            yield from reader._asked(self.reading.desk, asked, user, now)


@pytest.fixture(scope="module")
def desks(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Desks]:
    """Return the desks of a collector with a device and a ticket."""
    with asking(tmp_path_factory.mktemp("desks")) as made:
        reading = Reading(made.room.site)
        yield Desks(made, reading)
        reading.ledger.close()


def kinds(role: Role, tenant: bytes) -> Iterator[tuple[Held, dict[str, bool]]]:
    """Yield the people of a role: by tenant, purposes, training and presence."""
    full = PURPOSES.get(role, frozenset())
    each = {full, *(frozenset({one}) for one in full)}
    for where, purposes in itertools.product((tenant, THEIRS), each):
        yield Held(role, where, purposes), {}
    yield Held(role, None, full), {}
    for lacking in ("trained", "fresh"):
        yield Held(role, tenant, full), {lacking: False}


def test_every_way_through_a_desk_is_known() -> None:
    """What a desk lets through is written down with its act, and nothing else is."""
    assert {(one.desk, one.name) for one in questions()} == set(DESKS)


@pytest.mark.parametrize("role", STAFFED)
def test_every_question_is_decided_as_the_model_says(desks: Desks, role: Role) -> None:
    """By each desk each act is denied and allowed as by the console's page."""
    wrong = []
    for held, lacks in kinds(role, desks.tenant):
        person, secret = desks.entered(held, **lacks)
        for question in questions():
            told = desks.told(question, secret)
            if told != (due := wanted(question, person, desks.tenant)):
                wrong.append((question, held, lacks, told, due))
    assert wrong == []


@pytest.mark.parametrize("role", STAFFED)
def test_a_role_for_another_client_adds_nothing(desks: Desks, role: Role) -> None:
    """Who has strong roles for another client may here what their role here may."""
    mine = Held(role, desks.tenant, PURPOSES.get(role, frozenset()))
    others = [
        Held(one, THEIRS, PURPOSES.get(one, frozenset()))
        for one in (Role.TECHNICIAN, Role.OPERATOR, Role.PRIVACY_OFFICER)
    ]
    person, secret = desks.entered(mine, *others)
    alone = replace(person, held=(mine,))
    wrong = []
    for question in questions():
        told = desks.told(question, secret)
        due = wanted(question, alone, desks.tenant)
        if told not in {due, "other-tenant" if due else due}:
            wrong.append((question, told, due))
    assert wrong == []


@pytest.mark.parametrize("taken", [Action.READ, Action.EXPORT_TABLES, Action.ACCOUNT])
def test_who_may_read_may_do_no_more_by_that(
    desks: Desks, monkeypatch: pytest.MonkeyPatch, taken: Action
) -> None:
    """Each act over data is denied by its own line of the table, by whichever way."""
    rule = RULES[taken]
    fewer = rule.roles - {Role.TECHNICIAN, Role.READER}
    monkeypatch.setitem(RULES, taken, replace(rule, roles=fewer))
    _, secret = desks.entered(Held(Role.TECHNICIAN, desks.tenant, ONLY_SUPPORT))
    for question in questions():
        if question.desk == "reader" and question.purpose is Purpose.SUPPORT:
            denied = DESKS["reader", question.name].action == taken.value
            due = "no-role" if denied else ""
            assert desks.told(question, secret) == due, question
            assert desks.told(question, "", user_name()) == due, question


def test_a_role_for_another_purpose_adds_nothing(desks: Desks) -> None:
    """Whom the policy lets read for one purpose reads for no other by that role."""
    some = frozenset({Purpose.PROVISION})
    person, secret = desks.entered(
        Held(Role.ADMINISTRATOR, desks.tenant, PURPOSES[Role.ADMINISTRATOR]),
        Held(Role.TECHNICIAN, desks.tenant, some),
    )
    admin = next(one for one in person.held if one.role is Role.ADMINISTRATOR)
    alone = replace(person, held=(admin,))
    for question in questions():
        if question.desk == "reader":
            due = wanted(question, alone, desks.tenant)
            assert desks.told(question, secret) == due, question
