# SPDX-License-Identifier: Apache-2.0
"""Incidents in a package: kind, times, who was told, and digests of what is recorded.

Rules: no word of the record is here, and no name of what it is about; who was told late
or is not told yet is called so.
Not here: the register (`server/register/incidents.py`), the words (the keeper alone).
"""

from collections.abc import Sequence

from server.register.incident_duties import Duty, Standing, duties, of_breaches
from server.register.incidents import RECORD, Held
from server.register.notices import Notice

Plain = dict[str, object]


def incidents(
    found: Sequence[Held], known: Sequence[Notice], as_of: int, *, processor: bool
) -> Plain:
    """Return the incidents as they stand.

    Args:
        found: of the register.
        known: notices of the register.
        as_of: seconds since the epoch.
        processor: whether the client answers, and not the provider.
    """
    breaches = of_breaches(known)
    pairs = [(one, duties(one, breaches, as_of, processor=processor)) for one in found]
    late = sum(
        duty.standing is Standing.OVERDUE
        for one, told in pairs
        if one.incident.closed is None
        for duty in told
    )
    return {
        "open": sum(one.incident.closed is None for one in found),
        "overdue": late,
        "list": [_plain(*pair) for pair in pairs],
    }


def _plain(held: Held, told: Sequence[Duty]) -> Plain:
    one, touched = held.incident, held.touched
    return {
        "incident": one.name,
        "nature": one.nature.value,
        "about": one.about.value,
        "known": one.known,
        "opened": one.opened,
        "closed": one.closed,
        "told": {
            duty.whom.value: {"due": duty.due, "state": duty.standing.value}
            for duty in told
        },
        "recorded": {
            part.value: held.parts[part].digest.hex()
            for part in RECORD
            if part in held.parts
        },
        "touched": None
        if touched is None
        else {
            "file": touched.digest.hex(),
            "devices": touched.devices,
            "columns": touched.columns,
            "recipients": touched.recipients,
        },
    }
