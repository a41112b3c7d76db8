# SPDX-License-Identifier: Apache-2.0
"""Reads grants and their recipients from the register, and judges them as of now.

Rules: what refuses is said in one sentence and by its slug; a grant is judged by the
register, policy and config.toml of the moment, whatever it was when people approved.
Not here: the judgement (`permitted.py`), asking for a grant (`matters/share.py`).
"""

from server.errors import DeniedError
from server.keeper.desk import Desk
from server.keeper.questions import begun_by
from server.keeper.sharing.permitted import Permission, Registered, permitted
from server.register import recipients
from server.register.recipients import Granted
from wire.papers.grant import Grant, read_grant
from wire.papers.recipient import read_recipient


def registered(desk: Desk, name: str) -> Registered | None:
    """Return a recipient as the register has it now; None where nobody is."""
    with desk.register.view() as connection:
        entry = recipients.find(connection, name)
    if entry is None:
        return None
    public = desk.keyring.keeper_key().public
    recipient = read_recipient(entry.octets, public)
    return Registered(recipient, entry.suspended is not None)


def every(desk: Desk) -> list[Granted]:
    """Return all grants."""
    with desk.register.view() as connection:
        return recipients.grants(connection)


def begun(desk: Desk, digits: str) -> Granted:
    """Return the one grant whose id begins with these digits.

    Raises:
        UsageError: none does, or more than one.
    """
    known = {one.id: one for one in every(desk)}
    return begun_by(digits, known, "grant", "share list")


def opened(desk: Desk, granted: Granted) -> Grant:
    """Return a grant of the register."""
    return read_grant(granted.octets, desk.keyring.keeper_key().public)


def judged(
    desk: Desk, grant: Grant, now: int, *, revoked: bool = False
) -> tuple[Registered | None, Permission]:
    """Return a grant's recipient and what it permits now; see `permitted`."""
    held = registered(desk, grant.recipient)
    policy, countries = desk.policy(now).policy, desk.settings().countries
    return held, permitted(grant, held, policy, countries, now, revoked=revoked)


def require(
    desk: Desk, grant: Grant, now: int, *, revoked: bool = False
) -> tuple[Registered, Permission]:
    """Return a grant's recipient and what it permits now.

    Raises:
        DeniedError: it permits nothing, and why.
    """
    held, permission = judged(desk, grant, now, revoked=revoked)
    if permission.refused or held is None:
        raise DeniedError(permission.refused, permission.sentence)
    return held, permission
