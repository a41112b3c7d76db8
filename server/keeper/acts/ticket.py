# SPDX-License-Identifier: Apache-2.0
"""The act `ticket`: opens a ticket, closes it, changes its devices, or lists all.

Rules: who asks is in the ledger.
Not here: what tickets are (`server/keeper/tickets.py`).
"""

from collections.abc import Generator, Mapping

from server.errors import UsageError
from server.keeper import facts, tickets
from server.keeper.desk import Desk
from server.register.tickets import Held, TicketNote

NAME = "ticket"


def answer(
    desk: Desk, message: Mapping[str, object], user: str, now: int
) -> Generator[dict[str, object], None, None]:
    """Yield the tickets, after the change that is asked for.

    Args:
        desk: what the keeper works with.
        message: "do" is "list", "close" with "ticket", "open" with "ticket",
            "seconds" and "devices", "attach" with "ticket", "device" and "age" (in
            seconds, of what is shown; 0 for all), "detach" with "ticket" and "device",
            or "refused" with "counts"; "source" says by which way it came.
        user: who asks.
        now: the system's time.

    Raises:
        UsageError: the change is not possible, with what is.
    """
    by = tickets.By(user, str(message.get("source", tickets.SOURCES[0])))
    if by.source not in tickets.SOURCES:
        msg = "a ticket is changed by one of typed, webhook and api"
        raise UsageError(msg)
    match message:
        case {"do": "list"}:
            pass
        case {
            "do": "open",
            "ticket": str(name),
            "seconds": int(seconds),
            "devices": [*devices],
        }:
            bound = tuple(str(one) for one in devices)
            tickets.open_ticket(desk, name, now + seconds, bound, by, now)
        case {"do": "close", "ticket": str(name)}:
            tickets.close_ticket(desk, name, by, now)
        case {
            "do": "attach",
            "ticket": str(name),
            "device": str(device),
            "age": int(age),
        }:
            since = max(0, now - age) if age else 0
            tickets.attach(desk, name, device, by, now, since=since)
        case {"do": "detach", "ticket": str(name), "device": str(device)}:
            tickets.detach(desk, name, device, by, now)
        case {"do": "refused", "counts": {**counts}}:
            told = {str(name): int(str(count)) for name, count in counts.items()}
            tickets.refused(desk, by.source, told, now)
        case _:
            msg = "ask to open, close, attach, detach or list"
            raise UsageError(msg)
    ends: dict[bytes, int] = {}
    for key, keep in facts.kept(desk):
        ends[key.ticket] = max(keep.key_dies, ends.get(key.ticket, 0))
    lines = [
        _line(held, note, now) | {"data_until": ends.get(held.digest)}
        for held, note in tickets.listed(desk)
    ]
    yield {"end": {"tickets": lines}}


def _line(held: Held, note: TicketNote, now: int) -> dict[str, object]:
    return {
        "ticket": note.name,
        "open": held.is_open(now),
        "opened": held.opened,
        "until": held.until,
        "closed": held.closed,
        "devices": [device.hex() for device in note.devices],
        "since": {one.device.hex(): one.since for one in note.windows or ()},
    }
