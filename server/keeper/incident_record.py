# SPDX-License-Identifier: Apache-2.0
"""Writes an incident down: what became known, what is recorded, who was told, its end.

Rules: each step is in the ledger before it counts, by digest; words lie locked under
the incident's own key and end with it; it closes only with facts, effects and what was
done, and once everybody was told who is to be.
Not here: by when (`server/register/incident_duties.py`), what a key, device or person
touched (`server/incidents.py`), the letter to the client (`incident_letter.py`).
Source: docs/adr/0033-an-incident-is-a-record-with-clocks.md.
"""

import hashlib
import secrets
from dataclasses import dataclass
from typing import TYPE_CHECKING

from server.errors import UsageError
from server.keeper import case_words
from server.keeper.bounds import INCIDENT_KNOWN_SECONDS, INCIDENT_TEXT_BYTES
from server.keeper.desk import Desk
from server.keyring import KeyKind
from server.register import incident_duties, incidents, notices
from server.register.incident_duties import SETTLED, Duty, Standing
from server.register.incidents import (
    RECORD,
    Held,
    Incident,
    Part,
    Recorded,
    Told,
    Touched,
    Whom,
)
from wire.crypto.sealing import key_id
from wire.policy_toml import is_slug

if TYPE_CHECKING:
    from wire.cbor import Plain

NUMBER_BYTES = 16
SALT_BYTES = 16
"""Before each text, so that nobody guesses a short one by its digest."""

WHY = {Whom.AUTHORITY: Part.WHY_AUTHORITY, Whom.PEOPLE: Part.WHY_PEOPLE}
"""Where it is recorded why somebody is told late, or need not be told."""


@dataclass(frozen=True, slots=True)
class Said:
    """That somebody was told, or need not be.

    Attributes:
        whom: authority or people.
        proof: digest of the file that shows it; empty where they need not be told.
        why: why they need not be told, or are told late; empty otherwise.
    """

    whom: Whom
    proof: bytes
    why: str


def find(desk: Desk, name: str) -> Held:
    """Return an incident.

    Raises:
        UsageError: there is none of this name.
    """
    with desk.register.view() as connection:
        found = [one for one in incidents.every(connection) if _is(one, name)]
    if not found:
        msg = "there is no such incident: discreet-server incident list shows all"
        raise UsageError(msg)
    return found[0]


def duties(desk: Desk, held: Held, now: int) -> tuple[Duty, ...]:
    """Return who is to be told of an incident, and how that stands."""
    with desk.register.view() as connection:
        known = incident_duties.of_breaches(notices.every(connection))
    processor = desk.settings().controller.processor
    return incident_duties.duties(held, known, now, processor=processor)


def start(desk: Desk, asked: Incident, subject: str, user: str, now: int) -> None:
    """Open an incident.

    Args:
        desk: what the keeper works with.
        asked: the incident; its number is drawn here.
        subject: which key, device, person or technician.
        user: who opens it.
        now: seconds since the epoch.

    Raises:
        UsageError: its name is used, or it became known at no time that can be.
    """
    if not is_slug(asked.name):
        msg = "name an incident with lower-case words and hyphens, such as inc-2026-07"
        raise UsageError(msg)
    if not 0 <= now - asked.known <= INCIDENT_KNOWN_SECONDS:
        msg = "it became known in the past, and within a year: say when with --known"
        raise UsageError(msg)
    salted = _salted(subject)
    with desk.ending:
        with desk.register.view() as connection:
            if any(_is(one, asked.name) for one in incidents.every(connection)):
                msg = "there is an incident of this name: give another one"
                raise UsageError(msg)
        number = secrets.token_bytes(NUMBER_BYTES)
        desk.keyring.cases.add(desk.tenant, KeyKind.CASE, number, now)
        note = _locked(desk, number, Part.SUBJECT, salted, now)
        body: dict[str, Plain] = {
            "by": user,
            "incident": asked.name,
            "kind": asked.nature.value,
            "about": asked.about.value,
            "known": asked.known,
            "digest": note.digest,
        }
        desk.ledger.add("incident-opened", body, now)
        whole = Incident(
            *(number, asked.name, asked.nature, asked.about, asked.known, now)
        )
        with desk.register.transaction() as connection:
            incidents.add(connection, whole)
            incidents.record(connection, number, Part.SUBJECT, note)


def write(desk: Desk, name: str, part: Part, text: str, user: str, now: int) -> None:
    """Record a part of an open incident, in place of what was recorded before.

    Raises:
        UsageError: it is closed, or the text is empty or too long.
    """
    with desk.ending:
        number = _open(find(desk, name)).number
        note = _locked(desk, number, part, _salted(text), now)
        body: dict[str, Plain] = {
            "by": user,
            "incident": name,
            "part": part.value,
            "digest": note.digest,
        }
        desk.ledger.add("incident-recorded", body, now)
        with desk.register.transaction() as connection:
            incidents.record(connection, number, part, note)


def attach(desk: Desk, name: str, touched: Touched, user: str, now: int) -> None:
    """Note what the incident query said, by its answer's digest and counts.

    Raises:
        UsageError: the incident is closed.
    """
    with desk.ending:
        number = _open(find(desk, name)).number
        body: dict[str, Plain] = {
            "by": user,
            "incident": name,
            "digest": touched.digest,
            "devices": touched.devices,
            "columns": touched.columns,
            "recipients": touched.recipients,
        }
        desk.ledger.add("incident-attached", body, now)
        with desk.register.transaction() as connection:
            incidents.attach(connection, number, touched)


def tell(desk: Desk, name: str, said: Said, user: str, now: int) -> None:
    """Note that authority or people were told, or why they need not be.

    Raises:
        UsageError: they were told, or what is needed for it is missing.
    """
    with desk.ending:
        held, whom = find(desk, name), said.whom
        number = _open(held).number
        (duty,) = (one for one in duties(desk, held, now) if one.whom is whom)
        if whom in held.told:
            msg = f"{whom.value}: {duty.standing.value} already, and that stays"
            raise UsageError(msg)
        if said.proof and duty.standing is Standing.OVERDUE and not said.why:
            msg = "the time is over: say with --reason why it is told late"
            raise UsageError(msg)
        if said.why:
            write(desk, name, WHY[whom], said.why, user, now)
        digest = said.proof or find(desk, name).parts[WHY[whom]].digest
        body: dict[str, Plain] = {
            "by": user,
            "incident": name,
            "to": whom.value,
            "act": "told" if said.proof else "not-needed",
            "digest": digest,
        }
        desk.ledger.add("incident-told", body, now)
        with desk.register.transaction() as connection:
            told = Told(now, digest, needed=bool(said.proof))
            incidents.tell(connection, number, whom, told)


def close(desk: Desk, name: str, user: str, now: int) -> None:
    """Close an incident.

    Raises:
        UsageError: something is not recorded, or somebody not told.
    """
    with desk.ending:
        held = find(desk, name)
        number = _open(held).number
        lacking = [part.value for part in RECORD if part not in held.parts]
        if lacking:
            msg = f"record first, with incident record: {', '.join(lacking)}"
            raise UsageError(msg)
        waits = [
            one.whom.value
            for one in duties(desk, held, now)
            if one.standing not in SETTLED
        ]
        if waits:
            msg = f"tell first, or say why not, with incident tell: {', '.join(waits)}"
            raise UsageError(msg)
        desk.ledger.add("incident-closed", {"by": user, "incident": name}, now)
        with desk.register.transaction() as connection:
            incidents.close(connection, number, now)


def words(desk: Desk, held: Held) -> dict[Part, str]:
    """Return the words of an incident, each of them the one of its digest.

    Raises:
        StateError: they have ended.
        TrustError: one was altered.
    """
    found = {}
    for part, recorded in held.parts.items():
        name = part.value.encode()
        octets = case_words.opened(desk, held.incident.number, name, recorded.note)
        found[part] = octets[SALT_BYTES:].decode()
    return found


def forget(desk: Desk, held: Held, now: int) -> None:
    """End all that is recorded of an incident: its key dies, and nothing is left.

    Args:
        desk: what the keeper works with; `ending` is held.
        held: an incident whose time is over.
        now: seconds since the epoch.
    """
    number = held.incident.number
    key = desk.keyring.cases.opening(desk.tenant, KeyKind.CASE, number)
    if key is not None:
        desk.keyring.destroy([key_id(key.public)], "case-ended", now)
    with desk.register.transaction() as connection:
        incidents.forget(connection, number)


def _salted(text: str) -> bytes:
    """Return a text behind a salt.

    Raises:
        UsageError: the text is empty or too long.
    """
    octets = text.strip().encode()
    if not 0 < len(octets) <= INCIDENT_TEXT_BYTES:
        msg = f"a text has 1 to {INCIDENT_TEXT_BYTES} bytes: say more, or less"
        raise UsageError(msg)
    return secrets.token_bytes(SALT_BYTES) + octets


def _locked(desk: Desk, number: bytes, part: Part, salted: bytes, now: int) -> Recorded:
    """Return a part of the record, locked, with the digest of salt and text."""
    note = case_words.sealed(desk, number, part.value.encode(), salted)
    return Recorded(now, hashlib.sha256(salted).digest(), note)


def _open(held: Held) -> Incident:
    if held.incident.closed is not None:
        msg = "this incident is closed: open another one"
        raise UsageError(msg)
    return held.incident


def _is(held: Held, name: str) -> bool:
    return held.incident.name == name
