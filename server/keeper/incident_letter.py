# SPDX-License-Identifier: Apache-2.0
"""The letter that tells the client of an incident (GDPR, article 33(2) and (3)).

Rules: it says what sort of breach it is, since when it is known, how many devices,
columns and recipients it touched, and whom to ask; of the record it has what a person
gives for it, and no more; it is due a day after the incident became known.
Not here: the notice and its delivery (`notices.py`).
"""

import datetime as dt

from server.errors import UsageError
from server.keeper import notices
from server.keeper.desk import Desk
from server.keeper.incident_record import find
from server.keeper.notices import CLIENT, Telling
from server.register import notices as register
from server.register.incident_duties import CLIENT_SECONDS
from server.register.incidents import About, Held, Nature, Touched
from server.register.notices import NoticeKind

_NATURES = {
    Nature.CONFIDENTIALITY: "somebody may have seen what they should not",
    Nature.INTEGRITY: "something may have been altered",
    Nature.AVAILABILITY: "something is lost, or cannot be reached",
}
_ABOUT = {
    About.KEY: "a key",
    About.DEVICE: "a device",
    About.PERSON: "a person who reads",
    About.TECHNICIAN: "a technician",
}


def write(desk: Desk, name: str, words: str, now: int) -> bytes:
    """Write the notice to the client; returns its id.

    Args:
        desk: what the keeper works with.
        name: the incident.
        words: what a person adds: likely effects, measures, what the client can do.
        now: seconds since the epoch.

    Raises:
        UsageError: the incident is closed, the client is told already, or it is not
            told whom to ask.
    """
    with desk.ending:
        held = find(desk, name)
        if held.incident.closed is not None:
            msg = "this incident is closed: open another one"
            raise UsageError(msg)
        number = held.incident.number
        told = Telling(NoticeKind.BREACH, CLIENT, number, _text(desk, held, words))
        with desk.register.view() as connection:
            if register.find(connection, told.id) is not None:
                msg = "the client's notice is written: see notice list, and deliver it"
                raise UsageError(msg)
        return notices.due(desk, told, held.incident.known + CLIENT_SECONDS, now)


def _text(desk: Desk, held: Held, words: str) -> str:
    one, who = held.incident, desk.settings().controller
    asked = ", ".join(filter(None, (who.officer, who.contact)))
    if not asked:
        msg = "say under [controller] of config.toml whom the client can ask"
        raise UsageError(msg)
    lines = [
        "A personal data breach (GDPR, article 33)",
        "",
        f"Incident: {one.name}.",
        f"Became known: {_moment(one.known)}.",
        f"Kind: {one.nature.value}: {_NATURES[one.nature]}.",
        f"It concerns {_ABOUT[one.about]}.",
        *_touched(held.touched),
        f"Whom to ask: {asked}.",
    ]
    return "\n".join([*lines, "", words.strip()]).rstrip()


def _touched(touched: Touched | None) -> list[str]:
    if touched is None:
        return ["What it touched is not known yet."]
    return [
        f"Devices that it touched: {touched.devices}.",
        f"Columns: {touched.columns}. Recipients: {touched.recipients}.",
    ]


def _moment(seconds: int) -> str:
    return dt.datetime.fromtimestamp(seconds, dt.UTC).isoformat()
