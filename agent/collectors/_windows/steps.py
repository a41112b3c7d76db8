# SPDX-License-Identifier: Apache-2.0
"""Small steps that readers of Windows share: bounded values, absent keys.

Rules: what a key does not hold is absent; every text is bounded and every number fits.
Not here: one dataset's keys and fields (each collector's own file).
"""

from collections.abc import Mapping, Sequence

from agent.collectors._shared.gather import text
from agent.errors import DeniedError, NotFoundError
from agent.host.interface import Host
from agent.host.windows_door import windows
from agent.rows import Want
from wire.limits import SEQUENCE
from wire.values import Value

PROFILES = "HKLM\\SOFTWARE\\Microsoft\\Windows NT\\CurrentVersion\\ProfileList"
PEOPLE = ("S-1-5-21-", "S-1-12-1-")
"""Accounts of this machine or of a domain, and of Entra ID."""


def words(value: Value) -> str | None:
    """Return a text without its white space, bounded; None where there is none."""
    if not isinstance(value, str):
        return None
    return text(value.encode("utf-8", "replace")).strip() or None


def figure(value: Value) -> int | None:
    """Return a whole number of at most 63 bits; None for anything else."""
    if isinstance(value, bool) or not isinstance(value, int):
        return None
    return value if 0 <= value <= SEQUENCE else None


def registry(host: Host, path: str, *names: str) -> Mapping[str, str | int]:
    """Return the named values of a key; none where it is absent or not ours to read."""
    try:
        return windows(host).registry(path, frozenset(names))
    except (NotFoundError, DeniedError):
        return {}


def registry_keys(host: Host, path: str) -> Sequence[str]:
    """Return the subkeys of a key; none where it is absent or not ours to read."""
    try:
        return windows(host).registry_keys(path)
    except (NotFoundError, DeniedError):
        return ()


def fields_for(want: Want, columns: Mapping[str, str]) -> frozenset[str]:
    """Return the fields of a source that serve wanted columns."""
    return frozenset(field for column, field in columns.items() if column in want)
