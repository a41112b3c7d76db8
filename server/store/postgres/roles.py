# SPDX-License-Identifier: Apache-2.0
"""Who may do what in a PostgreSQL store: a database role for each process.

Rules: a role has what its process does and nothing else: a gate reads no sealed octet
and deletes nothing sealed, a reader deletes nothing at all, the office never sees what
is sealed; roles own nothing, so none can change a table; what is granted is granted
from nothing, so a right that a former release gave is taken back.
Not here: passwords and certificates, which the database's administrator gives.
"""

from collections.abc import Iterator, Mapping

import psycopg
from psycopg import sql

from server.errors import StateError
from server.processes import Process
from server.store.postgres.schema import SCHEMA
from server.store.postgres.where import Where

_MESSAGES = (
    "bundles",
    "anchors",
    "revocations",
    "pseudonyms",
    "resyncs",
    *("policies", "placements"),
)
_KNOWN = ("devices", "chains", "lost", "usage", "places", "ended", "epochs")
_ASKED = ("orders", "calls", "call_numbers")
_REFUSED = ("refusals", "refused")
_SEALED = ("envelopes", "blocks", "remainders", "extracts")
_SAID = "said, said_accepted, said_marked, said_at, said_first, doubted"
_ANSWERED = "state, reason, done, steps, changed, octets"
_TOLD = "said, alarms, lossy, waiting, waited"
_LOCK = "UPDATE (seen)"
"""On devices: what a row's lock needs; it says nothing but when one was heard."""
Rights = Mapping[str, tuple[str, ...]]
_GRANTS: Mapping[Process, Rights] = {
    Process.GATE: {
        "SELECT": ("version", "tokens", *_MESSAGES, *_KNOWN, *_ASKED, *_REFUSED),
        "INSERT": (
            *("devices", "chains", "usage", "places", "envelopes", "gaps"),
            *_REFUSED,
        ),
        f"UPDATE (sealing, agent, system, seen, queue, state, {_TOLD})": ("devices",),
        "UPDATE (uses)": ("tokens",),
        f"UPDATE (sequence, digest, highest, {_SAID})": ("chains",),
        "UPDATE (octets)": ("usage",),
        f"UPDATE ({_ANSWERED})": ("orders",),
        "UPDATE (count)": ("refusals",),
        "UPDATE (gate, count, last)": ("refused",),
        "DELETE": ("chains", "usage", "pseudonyms"),
    },
    Process.READER: {
        "SELECT": (*("version", "gaps", *_MESSAGES, *_KNOWN, *_ASKED, *_SEALED),),
        "INSERT": ("lost", "resyncs", "blocks", "pseudonyms"),
        "UPDATE": ("resyncs", "blocks", "pseudonyms"),
        "UPDATE (sequence, digest, marked, mark)": ("chains",),
        _LOCK: ("devices",),
    },
    Process.KEEPER: {
        "SELECT": (
            *("version", "gaps", "worn", "tokens", *_REFUSED),
            *(*_MESSAGES, *_KNOWN, *_ASKED, *_SEALED),
        ),
        "INSERT": ("ended", "remainders", "extracts", "worn", "anchors"),
        "UPDATE": ("extracts", "anchors", "worn"),
        "UPDATE (spent)": ("places",),
        "UPDATE (state)": ("devices",),
        "DELETE": (
            *("devices", "chains", "lost", "gaps", "places", "usage", "worn"),
            *("pseudonyms", "placements", "resyncs", "orders", "calls", "tokens"),
            *_REFUSED,
            *_SEALED,
        ),
    },
    Process.OFFICE: {
        "SELECT": (
            *("version", "gaps", "tokens"),
            *(*_MESSAGES, *_KNOWN, *_ASKED, *_REFUSED),
        ),
        "INSERT": (
            *("tokens", "bundles", "anchors", "revocations", "epochs"),
            *("orders", "calls", "policies", "placements"),
        ),
        "UPDATE": (
            *("bundles", "anchors", "revocations", "orders", "policies", "placements"),
        ),
        "UPDATE (state, label, name, site, tags)": ("devices",),
        "USAGE": ("call_numbers",),
        "DELETE": ("orders", "calls", "pseudonyms"),
    },
}
_FUNCTIONS: Mapping[Process, tuple[str, ...]] = {
    Process.GATE: (),
    Process.READER: (),
    Process.KEEPER: ("drop_period(integer)", "renew(text)"),
    Process.OFFICE: ("make_period(integer)",),
}


def statements() -> Iterator[str]:
    """Yield the statements that make the roles what they are, without semicolons."""
    for role in Process:
        yield (
            "DO $$ BEGIN IF NOT EXISTS (SELECT 1 FROM pg_roles WHERE rolname ="  # noqa: S608 - constant names
            f" '{role.value}') THEN CREATE ROLE {role.value} LOGIN NOINHERIT;"
            " END IF; END $$"
        )
        for what in ("TABLES", "SEQUENCES", "FUNCTIONS"):
            yield f"REVOKE ALL ON ALL {what} IN SCHEMA {SCHEMA} FROM {role.value}"
        yield f"GRANT USAGE ON SCHEMA {SCHEMA} TO {role.value}"
        for right, names in _GRANTS[role].items():
            every = ", ".join(f"{SCHEMA}.{name}" for name in dict.fromkeys(names))
            yield f"GRANT {right} ON {every} TO {role.value}"
        for name in _FUNCTIONS[role]:
            yield f"GRANT EXECUTE ON FUNCTION {SCHEMA}.{name} TO {role.value}"


def apply(where: Where) -> None:
    """Make the roles and give them their rights, in one transaction.

    Args:
        where: the database; its user owns the tables and may make roles.

    Raises:
        StateError: it may not, or there are no tables yet.
    """
    try:
        with psycopg.connect(where.conninfo) as connection:
            for statement in statements():
                connection.execute(sql.SQL(statement))
    except psycopg.Error as error:
        msg = (
            f"roles of the store {where.shown} were not changed "
            f"({type(error).__name__}): sign in as the owner of its tables, who may "
            "make roles, after `discreet-server store migrate`"
        )
        raise StateError(msg) from None
