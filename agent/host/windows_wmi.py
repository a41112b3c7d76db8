# SPDX-License-Identifier: Apache-2.0
# mypy: disable-error-code="unreachable"
# (all below the guard, seen from linux)
"""Windows Management Instrumentation of this machine, over COM.

Rules: SELECT of named properties of a named class, nothing else: no method, no event,
no other machine; values are texts, numbers, truths or lists of numbers, the rest is
left out; COM is started for one question, in a thread of its own, and ended with it; a
provider that does not answer is left behind.
Not here: which classes and properties there are (`windows_classes.py`).
Source: Win32_* and MSFT_* providers; SWbemServices.ExecQuery, forward-only.
"""

import sys
from collections.abc import Callable, Iterator, Mapping

import pythoncom
import pywintypes
import win32com.client

from agent.errors import (
    DeniedError,
    HostError,
    NotFoundError,
    UnsupportedError,
)
from agent.host.left_behind import within
from agent.host.windows_classes import WMI_ROWS, WMI_SECONDS, WmiClass
from wire.values import Value

if sys.platform != "win32":
    reason = "agent.host.windows_wmi is for Windows"
    raise ImportError(reason)

_FORWARD_ONLY = 0x30
"""wbemFlagForwardOnly | wbemFlagReturnImmediately: rows are not kept by the service."""
_DENIED = frozenset({0x80041003, 0x80070005})
"""WBEM_E_ACCESS_DENIED, E_ACCESSDENIED."""
_NO_PROPERTY = 0x80041002
"""WBEM_E_NOT_FOUND, of a property that this edition's class does not have."""
_NO_CLASS = frozenset(
    {_NO_PROPERTY, 0x80041010, 0x8004100E, 0x80041013, 0x80041017, 0x8004100C}
)
"""Also WBEM_E_INVALID_CLASS, _INVALID_NAMESPACE, _PROVIDER_LOAD_FAILURE,
_INVALID_QUERY (a property that older editions lack), _NOT_SUPPORTED (by the board)."""
_NO_COM = frozenset({0x80040154, 0x800401F3, 0x800401E4, 0x80004001, 0x800706BA})
"""Class not registered, no such moniker, not implemented, no service: as in Wine."""
_Row = Mapping[str, Value]


def rows(wanted: WmiClass, properties: frozenset[str]) -> list[_Row]:
    """Return the instances of a class, with the named properties only.

    Raises:
        HostError: the machine has no such class, refuses, or does not answer in time.
    """
    return within(WMI_SECONDS, "wmi-time", lambda: _work(wanted, sorted(properties)))


def _work(wanted: WmiClass, properties: list[str]) -> list[_Row]:
    """Return the rows; what COM says may hold a value, so it is dropped."""
    pythoncom.CoInitialize()
    try:
        return list(_ask(wanted, properties))
    except pywintypes.com_error as error:
        raise _host_error(error) from None
    except (AttributeError, TypeError, ValueError):  # an object of another form
        reason = "wmi-failed"
        raise HostError(reason) from None
    finally:
        pythoncom.CoUninitialize()


def _ask(wanted: WmiClass, properties: list[str]) -> Iterator[_Row]:
    service = win32com.client.GetObject(
        f"winmgmts:{{impersonationLevel=impersonate}}!\\\\.\\{wanted.namespace}"
    )
    query = f"SELECT {', '.join(properties)} FROM {wanted.value}"  # noqa: S608 - of a fixed list
    found = service.ExecQuery(query, "WQL", _FORWARD_ONLY)
    for count, item in enumerate(found):
        if count >= WMI_ROWS:
            return
        held = item.Properties_.Item
        values = {name: _property(held, name) for name in properties}
        yield {name: value for name, value in values.items() if value is not None}


def _property(held: Callable[[str], object], name: str) -> Value:
    """Return a property's value; None where the instance has no such property."""
    try:
        return _value(getattr(held(name), "Value", None))
    except pywintypes.com_error as error:
        if _code(error) == _NO_PROPERTY:
            return None
        raise


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
