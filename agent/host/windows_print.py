# SPDX-License-Identifier: Apache-2.0
# mypy: disable-error-code="unreachable"
# (all below the guard, seen from linux)
"""The printers of this Windows machine, as its spooler lists them.

Rules: local queues only, so that no print server is asked; of a port its kind; jobs,
places, comments and server names are dropped here.
Not here: what the numbers mean (`agent/collectors/printers.py`).
Source: EnumPrinters, PRINTER_INFO_2 and PRINTER_INFO_4.
"""

import sys
from collections.abc import Iterator, Mapping

import pywintypes
import win32print

from agent.errors import UnsupportedError
from agent.host.printer_ports import kind
from wire.values import Value

if sys.platform != "win32":
    reason = "agent.host.windows_print is for Windows"
    raise ImportError(reason)

_LOCAL = 0x2
"""PRINTER_ENUM_LOCAL."""
_WHOLE = 2
_NO_SPOOLER = frozenset({1722, 1753})
"""RPC_S_SERVER_UNAVAILABLE, EPT_S_NOT_REGISTERED: the spooler is switched off."""


def printers(_fields: frozenset[str]) -> Iterator[Mapping[str, Value]]:
    """Yield the local queues.

    Raises:
        UnsupportedError: the spooler does not run.
    """
    try:
        listed = win32print.EnumPrinters(_LOCAL, None, _WHOLE)
    except pywintypes.error as problem:
        if problem.winerror in _NO_SPOOLER:
            reason = "no-spooler"
            raise UnsupportedError(reason) from None
        raise
    for item in listed:
        yield {
            "name": str(item["pPrinterName"]),
            "driver": str(item["pDriverName"] or ""),
            "connection": kind(str(item["pPortName"] or "")),
            "state": int(item["Status"]),
            "attributes": int(item["Attributes"]),
        }
