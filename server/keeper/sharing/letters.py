# SPDX-License-Identifier: Apache-2.0
"""Draws the secrets of stand-ins, and keeps them locked under keys of the keyring.

Rules: a recipient has one secret, of which each purpose has another key, so that what
it got for two purposes it cannot compare; a grant's secret opens as long as its case.
Not here: what is made of them (`standins.py`, `watermark.py`).
"""

import hashlib
import secrets
from collections.abc import Iterable

from server.errors import StateError
from server.keeper.desk import Desk
from server.keeper.sharing.standins import StandInKeys
from server.keyring import KeyKind, case_scope
from server.register import standins
from wire.crypto.derived import KEY_BYTES, derived
from wire.crypto.sealing import key_id
from wire.papers.grant import Grant

_NOTE = b"stand-ins"
_NAME = b"discreet/1/recipient-name\x00"
_USE = b"stand-ins for "
_ID_BYTES = 16


def keys_of(desk: Desk, grant: Grant, now: int) -> StandInKeys:
    """Return what makes the stand-ins of a grant.

    Args:
        desk: what the keeper works with.
        grant: for which recipient and purpose.
        now: seconds since the epoch.

    Raises:
        StateError: the key of its case has ended.
    """
    named = _named(grant.recipient)
    desk.keyring.cases.add(desk.tenant, KeyKind.CASE, named, now)
    whose, own = _secret(desk, named), _secret(desk, grant.id)
    purpose = _USE + grant.purpose.value.encode()
    return StandInKeys(derived(whose, bytes(KEY_BYTES), purpose), own)


def grant_secrets(desk: Desk, grants: Iterable[bytes]) -> dict[bytes, bytes]:
    """Return the secrets of those grants that have one which still opens, by id."""
    found = {grant: _known(desk, grant) for grant in grants}
    return {grant: secret for grant, secret in found.items() if secret is not None}


def forget_grant(desk: Desk, grant: bytes) -> None:
    """End the secret of a grant, by its id; what locks it ends with its case."""
    with desk.register.transaction() as connection:
        standins.forget(connection, grant)


def forget_recipient(desk: Desk, recipient: str, now: int) -> None:
    """End the secret of a recipient: its key dies, and nothing of it is left.

    Args:
        desk: what the keeper works with; `ending` is held.
        recipient: its name.
        now: seconds since the epoch.

    Raises:
        StateError: the keyring refuses.
    """
    named = _named(recipient)
    key = desk.keyring.cases.opening(desk.tenant, KeyKind.CASE, named)
    if key is not None:
        desk.keyring.destroy([key_id(key.public)], "recipient-over", now)
    with desk.register.transaction() as connection:
        standins.forget(connection, named)


def _named(recipient: str) -> bytes:
    """Return by what a recipient's secret is named."""
    return hashlib.sha256(_NAME + recipient.encode()).digest()[:_ID_BYTES]


def _secret(desk: Desk, name: bytes) -> bytes:
    """Return the secret of a name, drawn now where there is none."""
    if _known(desk, name) is None:
        scope = case_scope(KeyKind.CASE, name)
        note = desk.keyring.cases.seal_note(
            scope, _NOTE, secrets.token_bytes(KEY_BYTES)
        )
        with desk.register.transaction() as connection:
            standins.add(connection, name, note)
    found = _known(desk, name)
    if found is None:
        msg = "the key of this grant's case has ended: ask for a new grant"
        raise StateError(msg)
    return found


def _known(desk: Desk, name: bytes) -> bytes | None:
    with desk.register.view() as connection:
        note = standins.find(connection, name)
    if note is None:
        return None
    return desk.keyring.cases.open_note(case_scope(KeyKind.CASE, name), _NOTE, note)
