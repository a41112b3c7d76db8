# SPDX-License-Identifier: Apache-2.0
"""What may be asked of the keeper through the console, and who may ask it.

Rules: what is not in the table is let through for nobody; whose session it is is looked
up here, whoever hands it on; what is denied is in the ledger before it is told; a case
is decided by a signature, and by no session.
Not here: the acts (`acts/`), sessions (`server/access/signed_in.py`).
"""

from collections.abc import Mapping
from dataclasses import dataclass

from server.access import signed_in
from server.access.actions import Action
from server.access.model import SENTENCES, Reason, may
from server.errors import DeniedError
from server.keeper.desk import Desk
from server.own_records import KINDS, LIST


@dataclass(frozen=True, slots=True)
class Open:
    """What of an act may be asked.

    Attributes:
        step: the field by which the act tells its steps apart; empty for one step.
        actions: which each step is.
    """

    step: str
    actions: Mapping[str, Action]


def _one(action: Action) -> Open:
    return Open("", {"": action})


TABLE: Mapping[str, Open] = {
    "alert": Open(
        "step",
        {
            "list": Action.ALERT_SEE,
            "show": Action.ALERT_SEE,
            "acknowledge": Action.ALERT_ACKNOWLEDGE,
            "snooze": Action.ALERT_ACKNOWLEDGE,
            "resend": Action.ALERT_RESEND,
        },
    ),
    "certificates": _one(Action.CERTIFICATE_SEE),
    "contract": Open("do", {"show": Action.CONTRACT_SEE}),
    "evidence": Open(
        "step",
        {
            "list": Action.EVIDENCE_SEE,
            "build": Action.EVIDENCE_BUILD,
            "fetch": Action.EVIDENCE_FETCH,
        },
    ),
    "finding": Open("step", {"list": Action.FINDING_SEE}),
    "hold": _one(Action.HOLD_SEE),
    "incident": Open("step", {"list": Action.INCIDENT_SEE}),
    "overdue": _one(Action.CASE_SEE),
    "recipient": Open("do", {"list": Action.RECIPIENT_SEE}),
    "retention": _one(Action.RETENTION_SEE),
    "share": Open("step", {"list": Action.SHARE_SEE}),
    "subject": Open("step", {"list": Action.SUBJECT_SEE}),
    "ticket": Open(
        "do",
        {
            "list": Action.TICKET_SEE,
            "open": Action.TICKET_OPEN,
            "attach": Action.TICKET_OPEN,
            "close": Action.TICKET_CLOSE,
            "detach": Action.TICKET_CLOSE,
        },
    ),
    "transfer": Open("step", {"status": Action.SHARE_SEE}),
    "why": Open(
        "kind",
        {"": Action.WHY, LIST: Action.CASE_SEE}
        | {name: kind.action for name, kind in KINDS.items()},
    ),
}
"""Act > what of it may be asked by a session."""
_OURS = frozenset({"source"})
"""Fields by which other processes say on whose behalf they ask."""


def admitted(
    desk: Desk, act: str, question: Mapping[str, object], secret: str, now: int
) -> tuple[dict[str, object], str]:
    """Return a question as it is to be answered, and the id of who asks.

    Args:
        desk: what the keeper works with.
        act: its name.
        question: its fields.
        secret: of the session, as the browser has it.
        now: the system's time, in seconds since the epoch.

    Raises:
        DeniedError: nobody is signed in by this session, or the person may not.
    """
    person = signed_in.person_of(desk.layout.people, secret, now)
    opened = TABLE.get(act)
    step = str(question.get(opened.step, "")) if opened and opened.step else ""
    action = opened.actions.get(step) if opened else None
    if action is None:
        reason, word = Reason.NO_PERSON_MAY, f"keeper.{act}"
    else:
        verdict, word = may(person, action, desk.tenant, None, now), action.value
        if verdict.reason is None:
            kept = {k: v for k, v in question.items() if k not in _OURS}
            return kept, person.name
        reason = verdict.reason
    body = {"person": person.name, "action": word, "denied": reason.value}
    desk.ledger.add("access-denied", body, now)
    raise DeniedError(reason.value, SENTENCES[reason])
