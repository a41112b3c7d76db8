# SPDX-License-Identifier: Apache-2.0
"""The statements by which Citus spreads a PostgreSQL store over machines, by tenant.

Rules: every table whose key starts with the tenant is distributed by it, all of one
tenant on one machine, so every statement of the store stays on one; the others are
small and on all of them; nothing of the store needs Citus.
Not here: the tables (`schema.py`).
"""

from collections.abc import Iterator

import psycopg
from psycopg import sql

from server.errors import StateError
from server.store.postgres.schema import SCHEMA
from server.store.postgres.where import Where

BY_TENANT = (
    *("devices", "tokens", "bundles", "anchors", "revocations", "pseudonyms", "usage"),
    *("chains", "lost", "gaps", "places", "envelopes", "resyncs", "blocks"),
    *("remainders", "extracts", "ended", "epochs", "orders", "calls"),
    *("policies", "placements", "refusals", "refused"),
)
EVERYWHERE = ("version", "worn")


def statements() -> Iterator[str]:
    """Yield the statements, without semicolons."""
    first, *others = BY_TENANT
    yield f"SELECT create_distributed_table('{SCHEMA}.{first}', 'tenant')"
    for name in others:
        yield (
            f"SELECT create_distributed_table('{SCHEMA}.{name}', 'tenant',"
            f" colocate_with => '{SCHEMA}.{first}')"
        )
    for name in EVERYWHERE:
        yield f"SELECT create_reference_table('{SCHEMA}.{name}')"


def apply(where: Where) -> None:
    """Distribute the tables, in one transaction.

    Args:
        where: the coordinator's database; its user owns the tables.

    Raises:
        StateError: Citus is not there, or the user may not.
    """
    try:
        with psycopg.connect(where.conninfo) as connection:
            for statement in statements():
                connection.execute(sql.SQL(statement))
    except psycopg.Error as error:
        msg = (
            f"the store {where.shown} was not distributed ({type(error).__name__}): "
            "run CREATE EXTENSION citus on its coordinator and sign in as the owner of "
            "its tables, once"
        )
        raise StateError(msg) from None
