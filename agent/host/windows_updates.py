# SPDX-License-Identifier: Apache-2.0
# mypy: disable-error-code="unreachable"
# (all below the guard, seen from linux)
"""What Windows knows of its updates, and whether it waits for a restart.

Rules: the Windows Update Agent is asked offline: it goes to no server; nothing is
downloaded, installed, hidden or set; of files that wait to be renamed only that there
are some is told.
Not here: what the rows mean (`agent/collectors`).
Sources: IUpdateSearcher (Search with Online = False, QueryHistory),
IAutomaticUpdatesResults, the keys of servicing, of Windows Update and of the Session
Manager.
"""

import sys
import winreg
from calendar import timegm
from collections.abc import Callable, Iterator, Mapping
from datetime import datetime

import pythoncom
import pywintypes
import win32com.client

from agent.errors import DeniedError, HostError, UnsupportedError
from agent.host.windows_interface import UPDATE_ROWS
from agent.host.windows_named import Source
from wire.values import Value

if sys.platform != "win32":
    reason = "agent.host.windows_updates is for Windows"
    raise ImportError(reason)

Row = Mapping[str, Value]

_SESSION = "Microsoft.Update.Session"
_WAITING = "IsInstalled=0 and IsHidden=0"
_DENIED = frozenset({0x80070005, 0x80240044})
"""E_ACCESSDENIED, WU_E_PER_MACHINE_UPDATE_ACCESS_DENIED."""
_NO_AGENT = frozenset(
    {0x80040154, 0x800401F3, 0x80004001, 0x80004002, 0x80070424, 0x80070422, 0x800706BA}
)
"""Class not registered, not implemented, no such interface, no such service, service
disabled, no answer: as in Wine, or where Windows Update was removed."""
_NONE = "no-update-agent"
_VERSION = "SOFTWARE\\Microsoft\\Windows\\CurrentVersion"
_SERVICING = f"{_VERSION}\\Component Based Servicing\\RebootPending"
_UPDATES = f"{_VERSION}\\WindowsUpdate\\Auto Update\\RebootRequired"
_MANAGER = "SYSTEM\\CurrentControlSet\\Control\\Session Manager"
_RENAMES = "PendingFileRenameOperations"
_ACCESS = winreg.KEY_READ | winreg.KEY_WOW64_64KEY


def rows(source: Source, fields: frozenset[str]) -> Iterator[Row]:
    """Yield the rows of one of the sources of updates.

    Raises:
        HostError: this Windows has no Update Agent, or refuses.
    """
    if source is Source.PENDING_RESTART:
        yield _pending_restart(fields)
        return
    pythoncom.CoInitialize()
    try:
        yield from list(_ASKED[source](fields))
    except pywintypes.com_error as error:
        raise _host_error(error) from None  # it may hold a value
    except AttributeError:
        raise UnsupportedError(_NONE) from None  # an agent that cannot be asked this
    finally:
        pythoncom.CoUninitialize()


def _waiting(fields: frozenset[str]) -> Iterator[Row]:
    searcher = win32com.client.Dispatch(_SESSION).CreateUpdateSearcher()
    searcher.Online = False
    found = searcher.Search(_WAITING).Updates
    for index in range(min(int(found.Count), UPDATE_ROWS)):
        update = found.Item(index)
        yield {name: _WAITING_FIELDS[name](update) for name in fields}


def _history(fields: frozenset[str]) -> Iterator[Row]:
    searcher = win32com.client.Dispatch(_SESSION).CreateUpdateSearcher()
    count = int(searcher.GetTotalHistoryCount())
    if not count:
        return
    found = searcher.QueryHistory(0, min(count, UPDATE_ROWS))
    for index in range(int(found.Count)):
        entry = found.Item(index)
        yield {name: _HISTORY_FIELDS[name](entry) for name in fields}


def _times(fields: frozenset[str]) -> Iterator[Row]:
    results = win32com.client.Dispatch("Microsoft.Update.AutoUpdate").Results
    yield {name: _seconds(getattr(results, _TIMES_FIELDS[name])) for name in fields}


def _seconds(value: object) -> int | None:
    """Return a date of COM, which the Update Agent gives in UTC; None where absent."""
    if not isinstance(value, datetime):
        return None
    seconds = timegm(value.timetuple())
    return seconds if seconds > 0 else None  # a date of 1899 stands for none


_Read = Callable[..., Value]
_WAITING_FIELDS: Mapping[str, _Read] = {
    "title": lambda update: str(update.Title or ""),
    "kb": lambda update: ",".join(
        str(update.KBArticleIDs.Item(index))
        for index in range(update.KBArticleIDs.Count)
    ),
    "update": lambda update: str(update.Identity.UpdateID),
    "severity": lambda update: str(update.MsrcSeverity or ""),
    "categories": lambda update: ",".join(
        str(update.Categories.Item(index).CategoryID)
        for index in range(update.Categories.Count)
    ),
    "downloaded": lambda update: bool(update.IsDownloaded),
}
_HISTORY_FIELDS: Mapping[str, _Read] = {
    "title": lambda entry: str(entry.Title or ""),
    "update": lambda entry: str(entry.UpdateIdentity.UpdateID),
    "date": lambda entry: _seconds(entry.Date),
    "operation": lambda entry: int(entry.Operation),
    "result": lambda entry: int(entry.ResultCode),
}
_TIMES_FIELDS = {
    "searched": "LastSearchSuccessDate",
    "installed": "LastInstallationSuccessDate",
}
_ASKED: Mapping[Source, Callable[[frozenset[str]], Iterator[Row]]] = {
    Source.UPDATES: _waiting,
    Source.UPDATE_LOG: _history,
    Source.UPDATE_TIMES: _times,
}


def _pending_restart(fields: frozenset[str]) -> Row:
    asked: Mapping[str, Callable[[], bool]] = {
        "servicing": lambda: _there(_SERVICING),
        "updates": lambda: _there(_UPDATES),
        "renames": lambda: _there(_MANAGER, _RENAMES),
    }
    return {name: asked[name]() for name in fields}


def _there(path: str, value: str | None = None) -> bool:
    """Tell whether a key of the machine exists, or whether a value of it holds any."""
    try:
        with winreg.OpenKeyEx(winreg.HKEY_LOCAL_MACHINE, path, 0, _ACCESS) as key:
            return value is None or bool(winreg.QueryValueEx(key, value)[0])
    except FileNotFoundError:
        return False


def _host_error(error: object) -> HostError:
    code = int(getattr(error, "hresult", 0) or 0)
    more = getattr(error, "excepinfo", None)
    if more and len(more) > 5 and more[5]:  # noqa: PLR2004 - scode of EXCEPINFO
        code = int(more[5])
    code &= 0xFFFFFFFF
    if code in _DENIED:
        return DeniedError("access-denied")
    if code in _NO_AGENT:
        return UnsupportedError(_NONE)
    return HostError("update-agent-failed")
