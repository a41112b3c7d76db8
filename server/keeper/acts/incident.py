# SPDX-License-Identifier: Apache-2.0
"""The act `incident`: opens, records, tells, closes, lists and shows incidents.

Rules: what is asked is checked here, what is done is written down there; a list says
how much time is left to whom; words are shown by one incident at a time.
Not here: writing down (`server/keeper/incident_record.py`), what was touched
(`server/incidents.py`).
"""

from collections.abc import Callable, Generator, Mapping

from server.errors import UsageError
from server.keeper import incident_letter, incident_record
from server.keeper.desk import Desk
from server.keeper.incident_record import Said
from server.keeper.questions import (
    choice_of,
    number_of,
    octets_of,
    step_of,
    text_of,
)
from server.register import incidents
from server.register.incident_duties import Duty
from server.register.incidents import (
    RECORD,
    About,
    Held,
    Incident,
    Nature,
    Touched,
    Whom,
)

NAME = "incident"
PROOF_BYTES = 32
Answer = dict[str, object]


def answer(
    desk: Desk, message: Mapping[str, object], user: str, now: int
) -> Generator[Answer, None, None]:
    """Yield the one answer.

    Raises:
        UsageError: the question is none, or the change is not possible.
    """
    step = step_of(message, _STEPS)
    yield {"end": step(desk, message, user, now)}


def _list(desk: Desk, message: Mapping[str, object], user: str, now: int) -> Answer:
    with desk.register.view() as connection:
        found = incidents.every(connection)
    return {"incidents": [_told(desk, one, now) for one in found]}


def _show(desk: Desk, message: Mapping[str, object], user: str, now: int) -> Answer:
    held = incident_record.find(desk, text_of(message, "incident"))
    said = incident_record.words(desk, held)
    told = _told(desk, held, now)
    return told | {"words": {part.value: text for part, text in said.items()}}


def _open(desk: Desk, message: Mapping[str, object], user: str, now: int) -> Answer:
    asked = Incident(
        b"",
        text_of(message, "incident"),
        choice_of(Nature, message, "nature"),
        choice_of(About, message, "about"),
        number_of(message, "known"),
        now,
    )
    incident_record.start(desk, asked, text_of(message, "subject"), user, now)
    return _named(desk, message, now)


def _record(desk: Desk, message: Mapping[str, object], user: str, now: int) -> Answer:
    name, given = text_of(message, "incident"), message.get("parts")
    if not isinstance(given, dict):
        given = {}
    parts = [(part, text) for part in RECORD if (text := given.get(part.value))]
    if not parts:
        msg = "give facts, effects or action: what happened, its effects, what was done"
        raise UsageError(msg)
    for part, text in parts:
        incident_record.write(desk, name, part, str(text), user, now)
    return _named(desk, message, now)


def _attach(desk: Desk, message: Mapping[str, object], user: str, now: int) -> Answer:
    counts = (number_of(message, name) for name in ("devices", "columns", "recipients"))
    touched = Touched(_digest(message, "digest"), *counts)
    name = text_of(message, "incident")
    incident_record.attach(desk, name, touched, user, now)
    return _named(desk, message, now)


def _tell(desk: Desk, message: Mapping[str, object], user: str, now: int) -> Answer:
    name, whom = text_of(message, "incident"), choice_of(Whom, message, "whom")
    why = text_of(message, "why")
    if whom is Whom.CLIENT:
        notice = incident_letter.write(desk, name, why, now)
        return _named(desk, message, now) | {"notice": notice.hex()}
    proof = _digest(message, "proof") if text_of(message, "proof") else b""
    if not proof and not why:
        msg = "prove it with --proof, or say with --not-needed why it is not needed"
        raise UsageError(msg)
    incident_record.tell(desk, name, Said(whom, proof, why), user, now)
    return _named(desk, message, now)


def _close(desk: Desk, message: Mapping[str, object], user: str, now: int) -> Answer:
    incident_record.close(desk, text_of(message, "incident"), user, now)
    return _named(desk, message, now)


def _digest(message: Mapping[str, object], name: str) -> bytes:
    digest = octets_of(message, name)
    if len(digest) != PROOF_BYTES:
        msg = "a file is named by its SHA-256 digest"
        raise UsageError(msg)
    return digest


def _named(desk: Desk, message: Mapping[str, object], now: int) -> Answer:
    held = incident_record.find(desk, text_of(message, "incident"))
    return _told(desk, held, now)


def _told(desk: Desk, held: Held, now: int) -> Answer:
    one, touched = held.incident, held.touched
    return {
        "name": one.name,
        "nature": one.nature.value,
        "about": one.about.value,
        "known": one.known,
        "opened": one.opened,
        "closed": one.closed or 0,
        "told": [_duty(duty, now) for duty in incident_record.duties(desk, held, now)],
        "recorded": [part.value for part in RECORD if part in held.parts],
        "touched": None
        if touched is None
        else {
            "digest": touched.digest.hex(),
            "devices": touched.devices,
            "columns": touched.columns,
            "recipients": touched.recipients,
        },
    }


def _duty(duty: Duty, now: int) -> Answer:
    return {
        "whom": duty.whom.value,
        "due": duty.due or 0,
        "left": duty.left(now),
        "state": duty.standing.value,
    }


_STEPS: Mapping[str, Callable[[Desk, Mapping[str, object], str, int], Answer]] = {
    "attach": _attach,
    "close": _close,
    "list": _list,
    "open": _open,
    "record": _record,
    "show": _show,
    "tell": _tell,
}
