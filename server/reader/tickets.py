# SPDX-License-Identifier: Apache-2.0
"""What a ticket allows at this moment.

Rules: a ticket that the keeper knows is obeyed wherever it is named: one that is closed
or expired allows nothing, and one that is bound to devices allows no other; support is
read under an open one only, unless config.toml says that it need not be; a person has
the keys of epochs and of the ticket that is named, and of no other ticket.
Not here: opening and closing them (`server/keeper/tickets.py`), which only the keeper
may, or how often this is asked (`requests.py`).
"""

from dataclasses import replace
from pathlib import Path

from server.errors import DeniedError
from server.keyring import KeyKind, Keyring, ScopedKeys, case_scope
from server.reader.grants import Grant
from server.register import tickets
from server.register.looking import looking
from server.register.tickets import NOTE, TICKET_NOTE, Held, digest_of
from wire.purposes import Purpose

REQUIRED = (
    "support is read under an open ticket: open one and name it, by discreet-server "
    "ticket open T-1 and --ticket T-1; an operator who lets it be read without one has "
    'tickets = "off" under [keeper] in config.toml'
)


def under_ticket(
    register: Path,
    keyring: Keyring,
    tenant: bytes,
    grant: Grant,
    now: int,
    *,
    required: bool,
) -> Grant:
    """Return a grant with what its ticket says: the matter, and its devices.

    Args:
        register: the keeper's.
        keyring: opens the ticket's note.
        tenant: 16 bytes.
        grant: names the ticket.
        now: seconds since the epoch.
        required: whether support needs a ticket that the keeper knows.

    Raises:
        DeniedError: the ticket allows nothing, or there must be one.
        StateError: the register cannot be read.
        TrustError: the ticket's note was altered.
    """
    begins = devices_of(register, keyring, tenant, grant.ticket, now)
    if begins is not None:
        matter = digest_of(tenant, grant.ticket)
        return replace(grant, devices=tuple(begins), begins=begins, matter=matter)
    if required and grant.purpose is Purpose.SUPPORT:
        reason = "no-such-ticket" if grant.ticket else "no-ticket"
        raise DeniedError(reason, REQUIRED)
    return grant


def keys_under(keyring: Keyring, tenant: bytes, grant: Grant, now: int) -> ScopedKeys:
    """Return the keys with which a person reads: of no ticket but the grant's.

    Args:
        keyring: the opening keys.
        tenant: 16 bytes.
        grant: from `under_ticket`.
        now: seconds since the epoch.
    """
    return keyring.scoped(tenant, grant.purpose, now).of_ticket(grant.matter)


def devices_of(
    register: Path, keyring: Keyring, tenant: bytes, ticket: str, now: int
) -> dict[bytes, int] | None:
    """Return the devices to which an open ticket is bound; none for all.

    Args:
        register: the keeper's.
        keyring: opens the ticket's note.
        tenant: 16 bytes.
        ticket: its id, or empty.
        now: seconds since the epoch.

    Returns:
        The devices, each with the second from which on what it made is shown; None
        where the keeper knows no such ticket.

    Raises:
        DeniedError: it is closed or expired.
        StateError: the register cannot be read.
        TrustError: the ticket's note was altered.
    """
    held = _held(register, tenant, ticket) if ticket else None
    if held is None:
        return None
    if not held.is_open(now):
        reason = "ticket-closed"
        msg = "this ticket is closed or expired: nothing is read under it any more"
        raise DeniedError(reason, msg)
    scope = case_scope(KeyKind.TICKET, held.digest)
    note = keyring.cases.open_note(scope, NOTE, held.note)
    return {} if note is None else TICKET_NOTE.decode(note).begins()


def _held(register: Path, tenant: bytes, name: str) -> Held | None:
    with looking(register) as connection:
        if connection is None:  # no keeper ran yet, so no ticket was opened
            return None
        return tickets.find(connection, digest_of(tenant, name))
