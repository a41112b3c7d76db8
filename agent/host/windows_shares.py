# SPDX-License-Identifier: Apache-2.0
# mypy: disable-error-code="unreachable"
# (all below the guard, seen from linux)
"""The folders that this Windows machine shares.

Rules: levels without permission lists; remarks, users and passwords of a share are
dropped here; paths are an administrator's, names everybody's.
Not here: what a type means (`agent/collectors/shares.py`).
Source: NetShareEnum, SHARE_INFO_1 and SHARE_INFO_2.
"""

import sys
from collections.abc import Iterator, Mapping

import pywintypes
import win32net

from agent.errors import UnsupportedError
from wire.values import Value

if sys.platform != "win32":
    reason = "agent.host.windows_shares is for Windows"
    raise ImportError(reason)

_NAMES, _PATHS = 1, 2
"""SHARE_INFO_1 for names and types; SHARE_INFO_2 has the path as well."""
_DENIED = 5
_NO_SERVER = frozenset({50, 2114})
"""ERROR_NOT_SUPPORTED, as in Wine; NERR_ServerNotStarted: sharing is switched off."""
_UNSIGNED = 1 << 32
"""STYPE_SPECIAL is the sign of a signed number."""


def shares(fields: frozenset[str]) -> Iterator[Mapping[str, Value]]:
    """Yield the shares; without their paths where those are not ours to read.

    Raises:
        UnsupportedError: this machine shares nothing, for its server does not run.
    """
    try:
        yield from _listed(_PATHS if "folder" in fields else _NAMES)
    except pywintypes.error as problem:
        if problem.winerror in _NO_SERVER:
            reason = "no-file-server"
            raise UnsupportedError(reason) from None
        if problem.winerror != _DENIED or "folder" not in fields:
            raise
        yield from _listed(_NAMES)


def _listed(level: int) -> Iterator[Mapping[str, Value]]:
    resume = 0
    while True:
        found, _, resume = win32net.NetShareEnum(None, level, resume)
        for item in found:
            kind = int(item["type"])
            yield {
                "name": str(item["netname"]),
                "folder": str(item["path"] or "") if level == _PATHS else None,
                "type": kind + _UNSIGNED if kind < 0 else kind,
            }
        if not resume:
            return
