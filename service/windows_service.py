# SPDX-License-Identifier: Apache-2.0
# mypy: disable-error-code="unreachable"
# (all below the guard, seen from linux)
"""Tells Windows' service manager of the agent's service, and asks it.

Rules: what is set is set anew each time, so that a service that somebody changed is as
it should be again; a setting that this system does not know is named, never hidden.
Stated limit: Wine's service manager knows no service SIDs, privileges, delayed starts
or flags of failures: that Windows holds to them was not seen here.
Not here: what is set (`windows_rights.py`), what runs (`windows_host.py`), how any
service is had, begun and ended (`windows_manager.py`).
Source: ChangeServiceConfig2, learn.microsoft.com/windows/win32/services.
"""

import sys
import winreg
from contextlib import suppress
from pathlib import Path, PureWindowsPath

import pywintypes
import servicemanager
import win32net
import win32security
import win32service

from service import windows_rights as rights
from service.contract import AbsentError, ServiceError
from service.windows_manager import Wanted, begun, had, halted, opened, said, settle, up

if sys.platform != "win32":
    reason = "service.windows_service is for Windows"
    raise ImportError(reason)

_UNKNOWN, _IS_MEMBER = 124, 1378
"""ERROR_INVALID_LEVEL, ERROR_MEMBER_IN_ALIAS."""
_MILLISECONDS = 1_000
_SOURCES = r"SYSTEM\CurrentControlSet\Services\EventLog\Application"
_KINDS = 7
"""Errors, warnings and information."""


def set_up(python: PureWindowsPath) -> tuple[str, ...]:
    """Have the service, set as it should be; return what this system does not know.

    Args:
        python: the program that runs it.

    Raises:
        ServiceError: the system refuses.
    """
    one = Wanted(
        name=rights.SERVICE,
        title=rights.TITLE,
        command=rights.command_line(python),
        account=rights.ACCOUNT,
        at_start=True,
    )
    with had(one) as service:
        settle(service, one)
        return tuple(name for name, item in _settings() if not _set(service, item))


def _settings() -> tuple[tuple[str, tuple[int, object]], ...]:
    """Return what else is set, each by a name for people."""
    restarts = {
        "ResetPeriod": rights.FORGET_FAILURES,
        "RebootMsg": "",
        "Command": "",
        "Actions": [
            (win32service.SC_ACTION_RESTART, seconds * _MILLISECONDS)
            for seconds in rights.RESTARTS
        ],
    }
    scm = win32service
    return (
        ("service-sid", (scm.SERVICE_CONFIG_SERVICE_SID_INFO, 3)),  # restricted
        (
            "privileges",
            (scm.SERVICE_CONFIG_REQUIRED_PRIVILEGES_INFO, list(rights.PRIVILEGES)),
        ),
        ("delayed-start", (scm.SERVICE_CONFIG_DELAYED_AUTO_START_INFO, True)),
        ("restarts", (scm.SERVICE_CONFIG_FAILURE_ACTIONS, restarts)),
        ("restarts-of-errors", (scm.SERVICE_CONFIG_FAILURE_ACTIONS_FLAG, True)),
        (
            "preshutdown",
            (scm.SERVICE_CONFIG_PRESHUTDOWN_INFO, rights.PRESHUTDOWN_MILLISECONDS),
        ),
        ("description", (scm.SERVICE_CONFIG_DESCRIPTION, rights.TOLD)),
    )


def _set(service: int, item: tuple[int, object]) -> bool:
    try:
        win32service.ChangeServiceConfig2(service, *item)
    except pywintypes.error as problem:
        if problem.winerror != _UNKNOWN:
            raise
        return False
    return True


def register_events() -> None:
    """Have the Application log know the service's messages.

    Raises:
        ServiceError: the system refuses.
    """
    messages = str(Path(servicemanager.__file__))
    with said(), winreg.CreateKey(winreg.HKEY_LOCAL_MACHINE, _source()) as key:
        winreg.SetValueEx(key, "EventMessageFile", 0, winreg.REG_EXPAND_SZ, messages)
        winreg.SetValueEx(key, "TypesSupported", 0, winreg.REG_DWORD, _KINDS)


def forget_events() -> None:
    """Have the Application log know no such source any more."""
    with suppress(OSError):
        winreg.DeleteKey(winreg.HKEY_LOCAL_MACHINE, _source())


def may_read_logs(*, wanted: bool) -> bool:
    """Have the service in the group that reads event logs, or not; false if it failed.

    A domain controller has that group for all of them together.
    """
    group = win32security.ConvertStringSidToSid(rights.LOG_READERS)
    own = win32security.ConvertStringSidToSid(rights.service_sid(rights.SERVICE))
    try:
        name, _, _ = win32security.LookupAccountSid(None, group)
        if wanted:
            win32net.NetLocalGroupAddMembers(None, name, 0, [{"sid": own}])
        else:
            win32net.NetLocalGroupDelMembers(None, name, [rights.ACCOUNT])
    except pywintypes.error as problem:
        return wanted and problem.winerror == _IS_MEMBER
    return True


def start() -> None:
    """Start it and wait until it says that it works.

    Raises:
        ServiceError: it does not.
    """
    wanted = win32service.SERVICE_START | win32service.SERVICE_QUERY_STATUS
    with opened(wanted, rights.SERVICE) as one:
        begun(one)
        if not up(one):
            msg = (
                "the service has started and did not stay up: the Application log of "
                f"the Event Viewer says why, under {rights.SERVICE}"
            )
            raise ServiceError(msg)


def stop() -> None:
    """Stop it and wait until it has ended.

    Raises:
        ServiceError: it does not.
    """
    wanted = win32service.SERVICE_STOP | win32service.SERVICE_QUERY_STATUS
    with opened(wanted, rights.SERVICE) as one:
        if not halted(one):
            msg = "the service does not stop: end its process in the Task Manager"
            raise ServiceError(msg)


def remove() -> None:
    """Have no such service any more; one that runs is stopped.

    Raises:
        ServiceError: the system refuses.
    """
    with suppress(AbsentError):
        stop()
        with opened(win32service.SERVICE_ALL_ACCESS, rights.SERVICE) as one:
            win32service.DeleteService(one)


def _source() -> str:
    return rf"{_SOURCES}\{rights.SERVICE}"
