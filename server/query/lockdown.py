# SPDX-License-Identifier: Apache-2.0
# mypy: disable-error-code="unreachable"
# (all below the guard, seen from win32)
"""What the query child gives up before it sees a person's SQL.

Rules: everything is given up for good and checked by a test from inside; what the
kernel does not offer (namespaces in some containers) is skipped, for the limit of zero
new files also stops every socket; DuckDB's own lock is the second fence, not the only.
Not here: leaving the network (`server/desk/leaving.py`), the wall clock
(`server/query/run.py`).
"""

import resource
import sys

import duckdb

from server.query.limits import QueryLimits

if sys.platform == "win32":
    reason = "a collector's reader runs on Linux"
    raise ImportError(reason)

_ONE_THREAD: dict[str, str | bool | int | float | list[str]] = {
    "threads": "1",
    "async_threads": "1",
}
"""`async_threads` exists from DuckDB 2 on; each costs 75 MB of address space."""
SETTINGS = (
    "SET TimeZone = 'UTC'",
    "SET temp_directory = ''",
    "SET autoinstall_known_extensions = false",
    "SET autoload_known_extensions = false",
    "SET python_enable_replacements = false",
    "SET enable_external_access = false",
    "SET lock_configuration = true",
)
"""In this order: the last makes all of them final."""


def bound(limits: QueryLimits) -> None:
    """Bound this process: time, memory, no core, no writing to any file."""
    for what, most in (
        (resource.RLIMIT_AS, limits.address_space),
        (resource.RLIMIT_CORE, 0),
        (resource.RLIMIT_FSIZE, 0),
    ):
        resource.setrlimit(what, (most, most))
    # at the first limit SIGXCPU tells the parent why; the second cannot be caught
    resource.setrlimit(resource.RLIMIT_CPU, (limits.seconds, limits.seconds + 1))


def connect(limits: QueryLimits) -> duckdb.DuckDBPyConnection:
    """Return an empty in-memory DuckDB that is locked already."""
    try:
        database = duckdb.connect(":memory:", config=_ONE_THREAD)
    except (duckdb.CatalogException, duckdb.InvalidInputException):
        database = duckdb.connect(":memory:", config={"threads": "1"})
    database.execute(f"SET memory_limit = '{limits.memory // 1024}KiB'")
    for setting in SETTINGS:
        database.execute(setting)
    return database


def close_doors() -> None:
    """Allow no new file, socket, process or thread from now on."""
    for what in (resource.RLIMIT_NOFILE, resource.RLIMIT_NPROC):
        resource.setrlimit(what, (0, 0))
