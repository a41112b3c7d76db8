# SPDX-License-Identifier: Apache-2.0
"""Reads [updates] of a policy: which release of the agent its devices take.

Rules: without the table there are no updates; a stage is a whole number of per cent.
Not here: what becomes of it (`wire/updates.py`), what is trusted (`agent/updates`).
"""

from wire.errors import PolicyError
from wire.policy_toml import Table
from wire.updates import ALL, Updates, read_version

_KEY = "updates"


def read_updates(top: Table) -> Updates | None:
    """Return what a policy says of updates; None where it says nothing."""
    if _KEY not in top.entries:
        return None
    table = top.table(_KEY)
    if table is None:
        return None
    table.only("channel", "stage", "version")
    channel = table.slug("channel") or ""
    return Updates(channel, _stage(table), _version(table))


def _stage(table: Table) -> int:
    found = table.entries.get("stage", ALL)
    if type(found) is int and 1 <= found <= ALL:
        return found
    reason = f"stage is per cent of the devices, from 1 to {ALL}"
    table.refuse(f"{reason}; leave [updates] out for none", "stage")
    return ALL


def _version(table: Table) -> str | None:
    if "version" not in table.entries:
        return None
    found = table.text("version") or ""
    try:
        return str(read_version(found)) if found else None
    except PolicyError as error:
        table.refuse(str(error), "version")
        return None
