# SPDX-License-Identifier: Apache-2.0
# mypy: disable-error-code="unreachable"
# (all below the guard, seen from linux)
"""Windows Management Instrumentation of this machine, over COM.

Rules: SELECT of named properties of a named class, nothing else: no method, no event,
no other machine; values are texts, numbers, truths or lists of numbers, the rest is
left out; COM is started for one question and ended with it.
Not here: which classes and properties there are (`windows_classes.py`).
Source: Win32_* and MSFT_* providers; SWbemServices.ExecQuery, forward-only.
"""

import sys
from collections.abc import Iterator, Mapping

import pythoncom
import pywintypes
import win32com.client

from agent.errors import DeniedError, HostError, NotFoundError, UnsupportedError
from agent.host.windows_classes import WMI_ROWS, WmiClass
from wire.values import Value

if sys.platform != "win32":
    reason = "agent.host.windows_wmi is for Windows"
    raise ImportError(reason)

_FORWARD_ONLY = 0x30
"""wbemFlagForwardOnly | wbemFlagReturnImmediately: rows are not kept by the service."""
_DENIED = frozenset({0x80041003, 0x80070005})
"""WBEM_E_ACCESS_DENIED, E_ACCESSDENIED."""
_NO_CLASS = frozenset({0x80041010, 0x8004100E, 0x80041002, 0x80041013})
"""WBEM_E_INVALID_CLASS, _INVALID_NAMESPACE, _NOT_FOUND, _PROVIDER_LOAD_FAILURE."""
_NO_COM = frozenset({0x80040154, 0x800401F3, 0x800401E4, 0x80004001, 0x800706BA})
"""Class not registered, no such moniker, not implemented, no service: as in Wine."""


def rows(wanted: WmiClass, properties: frozenset[str]) -> list[Mapping[str, Value]]:
    """Return the instances of a class, with the named properties only.

    Raises:
        HostError: the machine has no such class, or refuses.
    """
    pythoncom.CoInitialize()
    try:
        return list(_ask(wanted, sorted(properties)))
    except pywintypes.com_error as error:
        raise _host_error(error) from None  # it may hold a value
    finally:
        pythoncom.CoUninitialize()


def _ask(wanted: WmiClass, properties: list[str]) -> Iterator[Mapping[str, Value]]:
    service = win32com.client.GetObject(
        f"winmgmts:{{impersonationLevel=impersonate}}!\\\\.\\{wanted.namespace}"
    )
    query = f"SELECT {', '.join(properties)} FROM {wanted.value}"  # noqa: S608 - of a fixed list
    found = service.ExecQuery(query, "WQL", _FORWARD_ONLY)
    for count, item in enumerate(found):
        if count >= WMI_ROWS:
            return
        values = {name: _value(getattr(item, name)) for name in properties}
        yield {name: value for name, value in values.items() if value is not None}


def _value(value: object) -> Value:
    """Return a property's value; a list of numbers as text, joined by commas."""
    if isinstance(value, bool | int | float | str):
        return value
    if isinstance(value, tuple) and all(isinstance(item, int) for item in value):
        return ",".join(map(str, value))
    return None


def _host_error(error: object) -> HostError:
    code = _code(error)
    if code in _DENIED:
        return DeniedError("access-denied")
    if code in _NO_CLASS:
        return NotFoundError("no-such-wmi-class")
    if code in _NO_COM:
        return UnsupportedError("no-wmi")
    return HostError("wmi-failed")


def _code(error: object) -> int:
    """Return the HRESULT of a COM error; of a late one, that of its cause."""
    code = int(getattr(error, "hresult", 0) or 0)
    more = getattr(error, "excepinfo", None)
    if more and len(more) > 5 and more[5]:  # noqa: PLR2004 - scode of EXCEPINFO
        code = int(more[5])
    return code & 0xFFFFFFFF
