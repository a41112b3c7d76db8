# SPDX-License-Identifier: Apache-2.0
"""Where a PostgreSQL store is, checked before anything connects.

Rules: over a network TLS with a verified name is not a choice; no password stands in an
address, for addresses are in files and process lists; what is shown of an address tells
neither its user nor its parameters.
Not here: connecting (`connections.py`).
"""

from collections.abc import Mapping
from dataclasses import dataclass

import psycopg
from psycopg.conninfo import conninfo_to_dict, make_conninfo

from server.errors import UsageError

CONNECT_SECONDS = 5
"""A machine that is down answers nothing; one that is up answers in milliseconds."""
SILENT_MILLISECONDS = 10_000
"""After so long without an answer to what was sent the connection is over."""
_VERIFIED = "verify-full"


@dataclass(frozen=True, slots=True)
class Where:
    """A store's address.

    Attributes:
        conninfo: for libpq.
        shown: host and database, for sentences.
    """

    conninfo: str
    shown: str


def where(address: str, user: str | None = None) -> Where:
    """Return a checked address.

    Args:
        address: postgresql://USER@HOST/DATABASE?PARAMETERS.
        user: the database role to sign in as; None for the address's own.

    Raises:
        UsageError: it is none, has a password, or leaves TLS out.
    """
    try:
        given = conninfo_to_dict(address)
    except psycopg.Error:
        msg = "the store's address must be postgresql://USER@HOST/DATABASE"
        raise UsageError(msg) from None
    if given.get("password"):
        msg = (
            "the store's address has a password: put it into a file that PGPASSFILE "
            "names, or use a client certificate (sslcert, sslkey)"
        )
        raise UsageError(msg)
    hosts = str(given.get("host") or given.get("hostaddr") or "").split(",")
    if any(hosts) and not all(host.startswith(("/", "@")) for host in hosts):
        _check_tls(given)
    chosen = {
        **given,
        **({"user": user} if user else {}),
        "application_name": "discreet",
        "connect_timeout": given.get("connect_timeout", CONNECT_SECONDS),
        "tcp_user_timeout": SILENT_MILLISECONDS,
        "target_session_attrs": "read-write",
    }
    name = given.get("dbname") or given.get("user") or ""
    return Where(make_conninfo("", **chosen), f"{name} at {','.join(hosts) or 'here'}")


def _check_tls(given: Mapping[str, object]) -> None:
    if given.get("sslmode", "") != _VERIFIED or not given.get("sslrootcert"):
        msg = (
            "a store on another machine is reached over TLS alone: add "
            "sslmode=verify-full and sslrootcert=FILE to its address"
        )
        raise UsageError(msg)
