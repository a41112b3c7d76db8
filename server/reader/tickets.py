# SPDX-License-Identifier: Apache-2.0
"""What a ticket allows at this moment.

Rules: a ticket that the keeper knows is obeyed wherever it is named: one that is closed
or expired allows nothing, and one that is bound to devices allows no other; where
config.toml requires tickets, support is read under an open one only.
Not here: opening and closing them (`server/keeper/tickets.py`), which only the keeper
may, or how often this is asked (`requests.py`).
"""

from pathlib import Path

from server.errors import DeniedError
from server.keyring import KeyKind, Keyring, case_scope
from server.reader.grants import Grant
from server.register import tickets
from server.register.looking import looking
from server.register.tickets import NOTE, TICKET_NOTE, Held, digest_of
from wire.purposes import Purpose


def bound_to(
    register: Path,
    keyring: Keyring,
    tenant: bytes,
    grant: Grant,
    now: int,
    *,
    required: bool,
) -> dict[bytes, int]:
    """Return the devices to which a grant's ticket is bound; none for all.

    Each is there with the second from which on what it made is shown; 0 for all of it.

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
    found = devices_of(register, keyring, tenant, grant.ticket, now)
    if found is None:
        if required and grant.purpose is Purpose.SUPPORT:
            msg = (
                "support is read under an open ticket: name it with --ticket, after "
                "discreet-server ticket open"
            )
            reason = "no-such-ticket" if grant.ticket else "no-ticket"
            raise DeniedError(reason, msg)
        return {}
    return found


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
    note = keyring.open_note(scope, NOTE, held.note)
    return {} if note is None else TICKET_NOTE.decode(note).begins()


def _held(register: Path, tenant: bytes, name: str) -> Held | None:
    with looking(register) as connection:
        if connection is None:  # no keeper ran yet, so no ticket was opened
            return None
        return tickets.find(connection, digest_of(tenant, name))
