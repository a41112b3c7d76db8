# SPDX-License-Identifier: Apache-2.0
"""The act `diagnostics`: what can be asked of devices, and who may sign it.

Rules: nothing of telemetry is opened; what the policy in force does not name for
support is told as such.
Not here: asking (`draft.py`), what diagnostics are (`wire/diagnostics.py`).
"""

from collections.abc import Generator, Iterator

from server.access.actions import Action
from server.access.model import Person
from server.office.acts import Message
from server.orders.desk import Desk
from wire.catalogue import Dataset
from wire.diagnostics import Parameter, wanted
from wire.purposes import Purpose
from wire.technicians import Technician

NAME = "diagnostics"
ACTION = Action.DIAGNOSE_SEE
PURPOSE = Purpose.SUPPORT


def answer(
    desk: Desk, question: Message, person: Person, now: int
) -> Generator[Message, None, None]:
    """Yield what can be asked, and the technicians whom the root names."""
    del question, person, now
    permitted = desk.permitted()
    removed = desk.authority.removals().last().technicians
    yield {
        "end": {
            "diagnostics": [
                told
                for one in desk.catalogue.datasets.values()
                for told in _declared(one, permitted=one.name in permitted)
            ],
            "technicians": [
                _technician(one)
                for one in desk.authority.root().technicians
                if one.identity not in removed
            ],
        }
    }


def _declared(one: Dataset, *, permitted: bool) -> Iterator[Message]:
    asked = one.diagnostic
    if asked is None:
        return
    yield {
        "name": one.name,
        "title": one.title,
        "permitted": permitted,
        "consent": asked.consent.value,
        "sensitive": asked.sensitive,
        "seconds": asked.caps.seconds,
        "rows": asked.caps.rows,
        "columns": {column.name: column.type.value for column in one.columns},
        "parameters": [_parameter(item) for item in asked.parameters],
    }


def _parameter(item: Parameter) -> Message:
    return {
        "name": item.name,
        "type": item.type.value,
        "reason": item.reason,
        "default": item.default,
        "wanted": wanted(item),
        "minimum": item.minimum,
        "maximum": item.maximum,
        "longest": item.longest,
        "choices": list(item.choices),
    }


def _technician(one: Technician) -> Message:
    return {
        "name": one.name,
        "asks": one.asks,
        "approves": one.approves,
        "origin": one.origin or "",
    }
