# SPDX-License-Identifier: Apache-2.0
"""What the ledger says of readings: who asked for what, and what was opened.

Rules: ids, names and counts; never a value from data, and of SQL its digest alone.
Not here: when it is written (`requests.py`), which names a body has
(`server/ledger_acts.py`), who asks what was touched (`server/incidents.py`).
"""

from collections.abc import Collection

from server.errors import DeniedError
from server.reader.fold import Broken
from server.reader.grants import REASON_CHARS, Grant, Wish
from server.reader.opened import Opened
from wire.cbor import Plain
from wire.purposes import Purpose

DEVICES_NAMED = 64
"""Device ids in one line of the ledger: 1 KiB; who reads more reads the fleet."""


def touched_by(opened: Opened, grant: Grant) -> dict[str, Plain]:
    """Return what the ledger's body says was opened: what an incident asks for.

    Where there are more devices than a body names, it names none and says how many:
    the answer then is all that there were.
    """
    shown = [name for name, table in opened.tables.items() if len(table)]
    body: dict[str, Plain] = {
        "datasets": [*shown],
        "columns": {name: len(grant.columns.get(name, ())) for name in shown},
        "keys": [*sorted(opened.keys)],
        "envelopes": opened.envelopes,
    }
    if len(opened.devices) > DEVICES_NAMED:
        body["every"] = len(opened.devices)
    else:
        body["devices"] = [*sorted(opened.devices)]
    if opened.blocks:
        body["blocks"] = opened.blocks
    return body


def entry_of(grant: Grant) -> dict[str, Plain]:
    """Return what the ledger's body says of a grant, whatever it is used for."""
    body: dict[str, Plain] = {
        "user": grant.user,
        "role": grant.role,
        "purpose": grant.purpose.value,
        "reason": grant.reason,
        "until": grant.until,
        "policy": grant.policy,
    }
    if grant.ticket:
        body["ticket"] = grant.ticket
    return body


def resync_of(purpose: Purpose, asked: Collection[Broken]) -> dict[str, Plain]:
    """Return the ledger's body of states that devices were asked for."""
    return {
        "purpose": purpose.value,
        "datasets": [*sorted({one.dataset for one in asked})],
        "devices": len({one.device for one in asked}),
    }


def denial_of(wish: Wish, error: DeniedError) -> dict[str, Plain]:
    """Return the ledger's body of a denial, without words that do not print."""
    body: dict[str, Plain] = {"user": wish.user, "denied": error.reason}
    for name, words in (("purpose", wish.purpose), ("reason", wish.reason)):
        if words.isprintable():
            body[name] = words[:REASON_CHARS]
    return body
