# SPDX-License-Identifier: Apache-2.0
"""Tickets from their opening to the end of their key.

Rules: each change is in the ledger before it counts; a ticket has an end from its first
second, and from then on what it brought is kept as any key's; the key of its note, and
with it its name, dies a fixed time after its end, and not before the last of its data.
Not here: what a ticket allows (`server/reader/tickets.py`).
"""

import re
import sqlite3
from collections.abc import Mapping
from dataclasses import dataclass, replace
from typing import TYPE_CHECKING

from server.devices import find_in
from server.errors import UsageError
from server.keeper import ending, ends, facts
from server.keeper.desk import Desk
from server.keyring import KeyKind, case_scope
from server.register import tickets
from server.register.tickets import (
    NOTE,
    TICKET_NOTE,
    Held,
    TicketNote,
    Window,
    digest_of,
)
from server.ticket_keys import end_of, keys_of
from wire import limits
from wire.crypto.sealing import key_id

if TYPE_CHECKING:
    from wire.cbor import Plain

CLOSED, ATTACHED, DETACHED = "ticket-closed", "ticket-attached", "ticket-detached"
SOURCES = ("typed", "webhook", "api")
"""How a ticket may come to be opened or closed by somebody."""
_EXPIRED = "expired"
_NAME = re.compile(r"[A-Za-z0-9][A-Za-z0-9._/#-]{0,63}\Z")
"""An id and no words: what a ticket is about stays where tickets are."""


@dataclass(frozen=True, slots=True)
class By:
    """Who changes a ticket, and how.

    Attributes:
        user: the user of this machine who asks.
        source: one of SOURCES, or that it expired.
    """

    user: str
    source: str = SOURCES[0]


def open_ticket(
    desk: Desk, name: str, until: int, devices: tuple[str, ...], by: By, now: int
) -> None:
    """Open a ticket.

    Args:
        desk: what the keeper works with.
        name: its id.
        until: it allows nothing from this second on.
        devices: ids' first digits or labels, to which it is bound; none for all.
        by: who opens it, and how.
        now: the system's time.

    Raises:
        UsageError: its name or end will not do, or there is or was such a ticket.
    """
    if not _NAME.match(name):
        msg = "a ticket is named by an id of letters, digits and . _ / # -, up to 64"
        raise UsageError(msg)
    if not now < until <= now + limits.TICKET_SECONDS:
        days = limits.TICKET_SECONDS // 86_400
        msg = f"a ticket is open for up to {days} days: give it a nearer end"
        raise UsageError(msg)
    bound = sorted({find_in(desk.store, desk.tenant, one).device for one in devices})
    digest = digest_of(desk.tenant, name)
    with desk.ending, desk.register.transaction() as connection:
        if tickets.find(connection, digest) is not None:
            msg = "there is or was a ticket of this id: give another, such as ID-2"
            raise UsageError(msg)
        body: dict[str, Plain] = {"by": by.user, "ticket": name, "source": by.source}
        body |= {"until": until, "devices": [*bound]}
        desk.ledger.add("ticket-opened", body, now)
        desk.keyring.cases.add(desk.tenant, KeyKind.TICKET, digest, now)
        note = TICKET_NOTE.encode(TicketNote(name, tuple(bound)))
        locked = desk.keyring.cases.seal_note(
            case_scope(KeyKind.TICKET, digest), NOTE, note
        )
        held = Held(digest, now, until, None, locked)
        tickets.add(connection, held)
        for statement in facts.published(desk)[-1:]:
            where = desk.layout.register
            policy = statement.policy
            keys_of(desk.keyring, where, desk.tenant, held, policy, now)


def attach(
    desk: Desk, name: str, device: str, by: By, now: int, *, since: int = 0
) -> None:
    """Bind one more device to an open ticket that is bound to devices.

    Args:
        desk: what the keeper works with.
        name: the ticket's id.
        device: id's first digits or label.
        by: who attaches it, and how.
        now: the system's time.
        since: what it made before this second stays unread under the ticket.

    Raises:
        UsageError: no such ticket is open, it is for all devices or has this one, or
            there is no such device.
    """
    found = find_in(desk.store, desk.tenant, device).device
    with desk.ending, desk.register.transaction() as connection:
        held, note = _bound(desk, connection, name, now)
        if found in note.devices:
            msg = "the ticket has this device already: ticket list shows its devices"
            raise UsageError(msg)
        if len(note.devices) >= limits.SCOPE_DEVICES:
            msg = f"a ticket has {limits.SCOPE_DEVICES} devices at most: open another"
            raise UsageError(msg)
        desk.ledger.add(ATTACHED, _line(held, name, found, by), now)
        _rebind(desk, connection, held, name, {**note.begins(), found: since})


def detach(desk: Desk, name: str, device: str, by: By, now: int) -> None:
    """Take a device from an open ticket: its rows are shown no more within a second.

    Args:
        desk: what the keeper works with.
        name: the ticket's id.
        device: id's first digits or label.
        by: who detaches it, and how.
        now: the system's time.

    Raises:
        UsageError: no such ticket is open, or it does not have this device, or no
            other: without one it would be for all.
    """
    found = find_in(desk.store, desk.tenant, device).device
    with desk.ending, desk.register.transaction() as connection:
        held, note = _bound(desk, connection, name, now)
        left = {one: at for one, at in note.begins().items() if one != found}
        if len(left) == len(note.devices):
            msg = "the ticket does not have this device: ticket list shows its devices"
            raise UsageError(msg)
        if not left:
            msg = (
                "a ticket without a device would be for all of them: close it, or "
                "attach another device first"
            )
            raise UsageError(msg)
        desk.ledger.add(DETACHED, _line(held, name, found, by), now)
        _rebind(desk, connection, held, name, left)


def close_ticket(desk: Desk, name: str, by: By, now: int) -> None:
    """Close a ticket: what is read under it ends within a second.

    Raises:
        UsageError: no such ticket is open.
    """
    digest = digest_of(desk.tenant, name)
    times = now, desk.clock.latest()
    with desk.ending, desk.register.transaction() as connection:
        held = tickets.find(connection, digest)
        if held is None or held.closed is not None:
            msg = "no such ticket is open: discreet-server ticket list shows them"
            raise UsageError(msg)
        _close(desk, connection, held, by, times)


def refused(desk: Desk, source: str, counts: Mapping[str, int], now: int) -> None:
    """Write down what was refused before it came to the keeper.

    Args:
        desk: what the keeper works with.
        source: where it came from.
        counts: how often, by reason.
        now: the system's time.
    """
    denied = ", ".join(sorted(counts))[: limits.REASON_CHARS]
    count = sum(counts.values())
    body: dict[str, Plain] = {"source": source, "denied": denied, "count": count}
    desk.ledger.add("ticket-refused", body, now)


def listed(desk: Desk) -> list[tuple[Held, TicketNote]]:
    """Return all tickets whose key lives, the oldest first."""
    with desk.register.view() as connection:
        held = tickets.every(connection)
    return [(one, note) for one in held if (note := _note(desk, one)) is not None]


def names(desk: Desk) -> dict[bytes, str]:
    """Return the id of each ticket that is known, by its digest."""
    return {held.digest: note.name for held, note in listed(desk)}


def sweep(desk: Desk, now: int) -> None:
    """Close what expired, and end the keys of what was closed long enough ago.

    Closing goes by the system's time, ending by the believed one.
    """
    believed = desk.clock.now()
    times = now, max(now, believed)  # a clock that was set back ends nothing early
    with desk.register.view() as connection:
        held = tickets.every(connection)
    for one in held:
        if one.closed is None and one.until <= now:
            with desk.ending, desk.register.transaction() as connection:
                _close(desk, connection, one, By("keeper", _EXPIRED), times)
        elif one.closed is not None:
            _shut(desk, one)
            if ends.ticket(one) <= believed:
                _end(desk, one)


def _bound(
    desk: Desk, connection: sqlite3.Connection, name: str, now: int
) -> tuple[Held, TicketNote]:
    """Return an open ticket that is bound to devices, and its note.

    Raises:
        UsageError: no such ticket is open, or it is for all devices.
    """
    held = tickets.find(connection, digest_of(desk.tenant, name))
    note = None if held is None or not held.is_open(now) else _note(desk, held)
    if held is None or note is None:
        msg = "no such ticket is open: discreet-server ticket list shows them"
        raise UsageError(msg)
    if not note.devices:
        msg = (
            "this ticket is for all devices: to narrow it, close it and open another "
            "for those alone"
        )
        raise UsageError(msg)
    return held, note


def _rebind(
    desk: Desk,
    connection: sqlite3.Connection,
    held: Held,
    name: str,
    begins: Mapping[bytes, int],
) -> None:
    windows = tuple(Window(*one) for one in sorted(begins.items()) if one[1])
    note = TICKET_NOTE.encode(TicketNote(name, tuple(sorted(begins)), windows or None))
    scope = case_scope(KeyKind.TICKET, held.digest)
    tickets.bind(
        connection, held.digest, desk.keyring.cases.seal_note(scope, NOTE, note)
    )


def _line(held: Held, name: str, device: bytes, by: By) -> "dict[str, Plain]":
    """Return what the ledger says of a device that comes or goes."""
    body: dict[str, Plain] = {"by": by.user, "ticket": name, "source": by.source}
    return body | {"until": held.until, "devices": [device]}


def _close(
    desk: Desk,
    connection: sqlite3.Connection,
    held: Held,
    by: By,
    times: tuple[int, int],
) -> None:
    """Close a ticket, at the system's time and the one that data is kept by."""
    now, closed = times
    note = _note(desk, held)
    body: dict[str, Plain] = {"by": by.user, "source": by.source, "until": held.until}
    if note is not None:
        body["ticket"] = note.name
    desk.ledger.add(CLOSED, body, now)
    tickets.close(connection, held.digest, closed)
    _shut(desk, replace(held, closed=closed))


def _shut(desk: Desk, held: Held) -> None:
    """Let the time of what a closed ticket brought begin, unless it has.

    A keyring that was set back, or a keeper that died meanwhile, is no reason to keep
    anything until the ticket would have expired.
    """
    end = end_of(held)
    if any(
        key.end > end for key in desk.keyring.tickets.live(desk.tenant, held.digest)
    ):
        desk.keyring.tickets.close(desk.tenant, held.digest, end)


def _end(desk: Desk, held: Held) -> None:
    """Let the key of a ticket's note die by a destruction like any other; forget it.

    As long as something of it is here, the ticket is known that names it.
    """
    if desk.keyring.tickets.live(desk.tenant, held.digest):
        return
    key = desk.keyring.cases.opening(desk.tenant, KeyKind.TICKET, held.digest)
    with desk.ending:
        busy = {one for work in ending.under_way(desk) for one in work.plan.keys}
        if key is not None and key_id(key.public) not in busy:
            ending.begin(desk, [key_id(key.public)], CLOSED)
        if key is None:
            with desk.register.transaction() as connection:
                tickets.forget(connection, held.digest)


def _note(desk: Desk, held: Held) -> TicketNote | None:
    scope = case_scope(KeyKind.TICKET, held.digest)
    octets = desk.keyring.cases.open_note(scope, NOTE, held.note)
    return None if octets is None else TICKET_NOTE.decode(octets)
