# SPDX-License-Identifier: Apache-2.0
# mypy: disable-error-code="unreachable"
# (all below the guard, seen from linux)
"""Tasks of this machine's Task Scheduler, over COM.

Rules: reads and changes nothing; of an action only its program's name is kept, its
arguments, folder and the task's author and text are not asked for; no other machine.
Not here: what the numbers mean (`agent/collectors/scheduled_tasks.py`).
Source: ITaskService, IRegisteredTask, ITaskDefinition of taskschd.
"""

import datetime as dt
import sys
from collections.abc import Callable, Iterator, Mapping
from typing import Protocol

import pythoncom
import pywintypes
import win32com.client

from agent.errors import DeniedError, HostError, UnsupportedError
from agent.host.command_name import program_of_path
from agent.host.windows_interface import TASKS
from wire.values import Value

if sys.platform != "win32":
    reason = "agent.host.windows_tasks is for Windows"
    raise ImportError(reason)

_HIDDEN = 1
"""TASK_ENUM_HIDDEN: a hidden task runs as any other."""
_EXECUTE = 0
"""TASK_ACTION_EXEC: the one kind of action that runs a program."""
_FIRST_YEAR = 2000
"""1899-12-30 and 1999-11-30 are what the scheduler says for never."""
_UNSIGNED = 0xFFFFFFFF
_DENIED = 0x80070005
"""E_ACCESSDENIED."""


class _Object(Protocol):
    """Any object of COM: its properties are known to Windows only."""

    def __getattr__(self, name: str) -> "_Object": ...
    def __call__(self, *arguments: object) -> "_Object": ...
    def __iter__(self) -> "Iterator[_Object]": ...


def tasks(fields: frozenset[str]) -> Iterator[Mapping[str, Value]]:
    """Yield one row for each task that this account may see.

    Raises:
        UnsupportedError: the scheduler is not there or cannot be asked, as in Wine.
        HostError: it refuses.
    """
    pythoncom.CoInitialize()
    try:
        yield from _tasks(fields)
    except AttributeError:  # it answers to no name: no late binding
        reason = "no-task-scheduler"
        raise UnsupportedError(reason) from None
    except pywintypes.com_error as error:
        raise _host_error(error) from None  # it may hold a value
    finally:
        pythoncom.CoUninitialize()


def _tasks(fields: frozenset[str]) -> Iterator[Mapping[str, Value]]:
    service = win32com.client.Dispatch("Schedule.Service")
    service.Connect()
    folders = [service.GetFolder("\\")]
    count = 0
    while folders:
        folder = folders.pop()
        folders += list(folder.GetFolders(0))
        for task in folder.GetTasks(_HIDDEN):
            count += 1
            if count > TASKS:
                return
            yield {field: _told(_READ[field], task) for field in fields}


def _told(read: Callable[[_Object], Value], task: _Object) -> Value:
    """Return a field; None where the task has none, is damaged or not ours to see."""
    try:
        return read(task)
    except (pywintypes.com_error, AttributeError, OSError, TypeError, ValueError):
        return None


def _moment(found: object) -> int | None:
    """Return seconds since the epoch of a local time; None for never."""
    if not isinstance(found, dt.datetime) or found.year < _FIRST_YEAR:
        return None
    return int(found.replace(tzinfo=None).timestamp())


def _program(task: _Object) -> str | None:
    for action in task.Definition.Actions:
        if int(str(action.Type)) == _EXECUTE:
            return program_of_path(str(action.Path))
    return None


def _account(task: _Object) -> str | None:
    principal = task.Definition.Principal
    return str(principal.UserId or principal.GroupId or "") or None


def _triggers(task: _Object) -> str:
    return ",".join(str(trigger.Type) for trigger in task.Definition.Triggers)


def _host_error(error: object) -> HostError:
    code = int(getattr(error, "hresult", 0) or 0) & _UNSIGNED
    if code == _DENIED:
        return DeniedError("access-denied")
    return UnsupportedError("no-task-scheduler")


_READ: Mapping[str, Callable[[_Object], Value]] = {
    "name": lambda task: str(task.Path),
    "enabled": lambda task: bool(task.Enabled),
    "last_run": lambda task: _moment(task.LastRunTime),
    "last_result": lambda task: int(str(task.LastTaskResult)) & _UNSIGNED,
    "next_run": lambda task: _moment(task.NextRunTime),
    "run_as": _account,
    "triggers": _triggers,
    "program": _program,
}
