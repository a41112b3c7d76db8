# SPDX-License-Identifier: Apache-2.0
"""Makes an enrolment token: its bounds, its secret, and what the ledger says of it.

Rules: a token is neither for ever nor for everyone; the ledger names it by digits of
its secret's digest.
Not here: who issues and keeps it (`server/authority.py`), its form (`wire/token.py`).
"""

import secrets
from dataclasses import dataclass

from server.errors import UsageError
from server.store.interface import Spot
from wire.cbor import Plain
from wire.policy_check import DAY
from wire.token import SECRET_BYTES, Token, secret_digest

SECONDS_MAXIMUM = 30 * DAY
"""A token that lies around for longer is found by others."""
USES_MAXIMUM = 10_000
"""The machines of a large client, enrolled by one script."""
ID_BYTES = 8
"""So much of its digest names a token in the ledger."""


@dataclass(frozen=True, slots=True)
class Wanted:
    """What a person wants of a token.

    Attributes:
        valid: seconds until it expires.
        uses: how many machines may enrol with it.
        spot: their site and their tags.
    """

    valid: int
    uses: int
    spot: Spot


def made(
    url: str, tenant: bytes, pins: tuple[bytes, bytes], wanted: Wanted, now: int
) -> Token:
    """Return a token with a new secret.

    Args:
        url: the collector's address.
        tenant: 16 bytes.
        pins: digests of the CA's key and of the root.
        wanted: by the person.
        now: seconds since the epoch.

    Raises:
        UsageError: it is out of bounds.
    """
    if not 0 < wanted.valid <= SECONDS_MAXIMUM:
        msg = f"a token is valid for 30d at most, not for {wanted.valid} seconds"
        raise UsageError(msg)
    if not 0 < wanted.uses <= USES_MAXIMUM:
        msg = f"a token has 1 to {USES_MAXIMUM} uses"
        raise UsageError(msg)
    secret = secrets.token_bytes(SECRET_BYTES)
    return Token(url, tenant, secret, *pins, now + wanted.valid)


def line(token: Token, wanted: Wanted, by: str) -> dict[str, Plain]:
    """Return what the ledger says of a token."""
    where: dict[str, Plain] = {}
    if wanted.spot.site:
        where["site"] = wanted.spot.site
    if wanted.spot.tags:
        where["tags"] = list(wanted.spot.tags)
    return {
        "by": by,
        "token": secret_digest(token.secret)[:ID_BYTES],
        "uses": wanted.uses,
        "not_after": token.not_after,
        **where,
    }
