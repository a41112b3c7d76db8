# SPDX-License-Identifier: Apache-2.0
"""Who may ask the office what: a person who is signed in, as `may` decides.

Rules: whose session it is is looked up here, whoever hands it on; what is denied is in
the ledger before it is told; an act that does not exist is denied to everybody.
Not here: the acts (`acts/`), sessions (`server/access/signed_in.py`).
"""

from collections.abc import Generator

from server.access import signed_in
from server.access.model import SENTENCES, may
from server.errors import DeniedError, UsageError
from server.layout import Layout
from server.office.acts import Message, acts
from server.orders.desk import Lend, open_desk, opened_store


def answer(
    layout: Layout,
    message: Message,
    user: str,
    now: int,
    lend: Lend = opened_store,
) -> Generator[Message, None, None]:
    """Yield the answers to what somebody asks.

    Args:
        layout: the installation.
        message: the question; "act" names the act, "session" is what the browser has.
        user: of the operating system, who hands the question on.
        now: seconds since the epoch.
        lend: has the store.

    Raises:
        DeniedError: nobody is signed in by this session, or the person may not.
        UsageError: there is no such act.
    """
    del user
    question = dict(message)
    name, secret = str(question.pop("act", "")), str(question.pop("session", ""))
    act = acts().get(name)
    if act is None:
        msg = "the office does not know this act: restart `serve`"
        raise UsageError(msg)
    with open_desk(layout, lend) as desk:
        person = signed_in.person_of(layout.people, secret, now)
        verdict = may(person, act.action, desk.tenant, act.purpose, now)
        if (reason := verdict.reason) is not None:
            word = act.action.value
            body = {"person": person.name, "action": word, "denied": reason.value}
            desk.ledger.add("access-denied", body, now)
            raise DeniedError(reason.value, SENTENCES[reason])
        yield from act.answer(desk, question, person, now)
