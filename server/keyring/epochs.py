# SPDX-License-Identifier: Apache-2.0
"""The keys of epochs: one for each purpose, retention class and time.

Rules: an epoch whose key was destroyed gets no other, whatever the clock says; the
last second of a key is fixed when it is made and never moves away.
Not here: which epochs there must be (`server/epochs.py`), their end (`destroying.py`).
"""

import secrets
import sqlite3
from collections.abc import Sequence
from dataclasses import dataclass

from server.errors import TrustError
from server.keyring.schema import EPOCH, Spot, pseudonym_context, scope_of
from server.keyring.tombstones import stands_on
from server.keyring.wrapping import Wrapping
from wire.crypto.opening import OpeningKey
from wire.crypto.sealing import key_id
from wire.keys import PseudonymKey, PurposeKey
from wire.purposes import Purpose
from wire.stand_ins import KEY_BYTES


@dataclass(frozen=True, slots=True)
class LiveKey:
    """What is known of a key that is not destroyed.

    Attributes:
        key_id: 16 bytes.
        purpose: for which purpose.
        retention: retention class within the purpose.
        epoch: number of the epoch.
        start: its first second.
        end: first second after it.
        created: when it was made; 0 where that was not kept.
        maximum_age: seconds after its end that it may be kept; 0 where that was not
            kept.
        until: from this second on it may not open.
        ticket: digest of the ticket whose key it is, whose time `start` and `end` are;
            empty for an epoch's.
    """

    key_id: bytes
    purpose: Purpose
    retention: str
    epoch: int
    start: int
    end: int
    created: int
    maximum_age: int
    until: int
    ticket: bytes = b""


def add(  # noqa: PLR0913 - what one key is for and for how long
    wrapping: Wrapping,
    connection: sqlite3.Connection,
    spot: Spot,
    retention: str,
    epoch: int,
    *,
    maximum_age: int,
    now: int,
) -> bytes | None:
    """Return the public key of an epoch; arguments are those of `Keyring.add_epoch`."""
    found: tuple[bytes] | None = connection.execute(
        "SELECT public FROM epochs WHERE tenant = ? AND purpose = ?"
        " AND start = ? AND end = ? AND retention = ? AND ticket = x''",
        (*spot, retention),
    ).fetchone()
    if found is not None:
        return found[0]
    if stands_on(connection, spot, retention):
        return None
    key = OpeningKey.generate()
    number, scope = key_id(key.public), scope_of(spot.tenant, spot.purpose)
    connection.execute(
        "INSERT INTO epochs VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, x'')",
        (
            *(number, spot.tenant, spot.purpose, retention, epoch, spot.start),
            *(spot.end, key.public, now, maximum_age, spot.end + maximum_age),
        ),
    )
    wrapping.keep(scope, EPOCH + number, key.seed())
    if connection.execute(
        "INSERT OR IGNORE INTO pseudonyms VALUES (?, ?, ?, ?)", spot
    ).rowcount:
        secret = secrets.token_bytes(KEY_BYTES)
        wrapping.keep(scope, pseudonym_context(spot), secret)
    return key.public


def require_tenant(connection: sqlite3.Connection, tenant: bytes, give: str) -> None:
    """Check that all keys are a tenant's.

    Args:
        connection: to the keyring's tables.
        tenant: 16 bytes.
        give: what to do about it, for the sentence.

    Raises:
        TrustError: some are another's.
    """
    rows = connection.execute(
        "SELECT tenant FROM epochs UNION SELECT tenant FROM cases"
    ).fetchall()
    if set(rows) - {(tenant,)}:
        msg = f"this keyring belongs to another installation: {give}"
        raise TrustError(msg)


def public_keys(connection: sqlite3.Connection, tenant: bytes) -> list[PurposeKey]:
    """Return a tenant's public keys, by purpose, retention class and start."""
    rows = connection.execute(
        "SELECT purpose, retention, epoch, start, end, public FROM epochs"
        " WHERE tenant = ? ORDER BY purpose, retention, start, end",
        (tenant,),
    ).fetchall()
    return [PurposeKey(Purpose(purpose), *rest) for purpose, *rest in rows]


def live(connection: sqlite3.Connection, tenant: bytes) -> list[LiveKey]:
    """Return a tenant's keys, the first to end first."""
    rows = connection.execute(
        "SELECT key_id, purpose, retention, epoch, start, end, created, maximum_age,"
        " until, ticket FROM epochs WHERE tenant = ? ORDER BY until, key_id",
        (tenant,),
    ).fetchall()
    return [LiveKey(number, Purpose(name), *rest) for number, name, *rest in rows]


def know_age(connection: sqlite3.Connection, number: bytes, maximum_age: int) -> None:
    """Learn a key's maximum age; arguments are those of `Keyring.know_age`."""
    connection.execute(
        "UPDATE epochs SET until = min(until, end + ?)"
        " WHERE key_id = ? AND maximum_age = 0",
        (maximum_age, number),
    )
    connection.execute(
        "UPDATE epochs SET maximum_age = ?"
        " WHERE key_id = ? AND maximum_age NOT BETWEEN 1 AND ?",
        (maximum_age, number, maximum_age),
    )


def lower(connection: sqlite3.Connection, number: bytes, until: int) -> None:
    """Let a key end sooner; arguments are those of `Keyring.lower`."""
    connection.execute(
        "UPDATE epochs SET until = min(until, ?) WHERE key_id = ?", (until, number)
    )


def pseudonym_keys(
    wrapping: Wrapping,
    connection: sqlite3.Connection,
    tenant: bytes,
    purposes: Sequence[Purpose],
    now: int,
) -> list[PseudonymKey]:
    """Return pseudonym keys; arguments are those of `Keyring.pseudonym_keys`."""
    rows: list[tuple[str, int, int]] = connection.execute(
        "SELECT purpose, start, end FROM pseudonyms"
        " WHERE tenant = ? AND end > ? ORDER BY purpose, start, end",
        (tenant, now),
    ).fetchall()
    wanted = {purpose.value for purpose in purposes}
    return [
        PseudonymKey(
            Purpose(purpose),
            start,
            end,
            wrapping.secret(
                scope_of(tenant, purpose),
                pseudonym_context(Spot(tenant, purpose, start, end)),
            ),
        )
        for purpose, start, end in rows
        if purpose in wanted
    ]
