# SPDX-License-Identifier: Apache-2.0
# mypy: disable-error-code="unreachable"
# (all below the guard, seen from linux)
"""Tells Windows' service manager of the agent's service, and asks it.

Rules: what is set is set anew each time, so that a service that somebody changed is as
it should be again; a setting that this system does not know is named, never hidden.
Stated limit: Wine's service manager knows no service SIDs, privileges, delayed starts
or flags of failures: that Windows holds to them was not seen here.
Not here: what is set (`windows_rights.py`), what runs (`windows_host.py`).
Source: ChangeServiceConfig2, learn.microsoft.com/windows/win32/services.
"""

import sys
import time
import winreg
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from pathlib import Path, PureWindowsPath

import pywintypes
import servicemanager
import win32net
import win32security
import win32service

from service import windows_rights as rights
from service.contract import (
    AbsentError,
    DeniedError,
    ServiceError,
)

if sys.platform != "win32":
    reason = "service.windows_service is for Windows"
    raise ImportError(reason)

_ABSENT, _DENIED, _UNKNOWN, _BUSY = 1060, 5, 124, 1056
"""ERROR_SERVICE_DOES_NOT_EXIST, ERROR_ACCESS_DENIED, ERROR_INVALID_LEVEL,
ERROR_SERVICE_ALREADY_RUNNING."""
_NOT_RUNNING, _IS_MEMBER = 1062, 1378
"""ERROR_SERVICE_NOT_ACTIVE, ERROR_MEMBER_IN_ALIAS."""
_MILLISECONDS = 1_000
_WAIT_SECONDS, _LOOK_SECONDS = 60.0, 0.1
_SOURCES = r"SYSTEM\CurrentControlSet\Services\EventLog\Application"
_KINDS = 7
"""Errors, warnings and information."""


@contextmanager
def opened(access: int, name: str = rights.SERVICE) -> Iterator[int]:
    """Give a service's handle.

    Raises:
        ServiceError: it is not there, or not for this user.
    """
    with opened_manager(win32service.SC_MANAGER_CONNECT) as manager, said():
        service = win32service.OpenService(manager, name, access)
        try:
            yield service
        finally:
            win32service.CloseServiceHandle(service)


def set_up(python: PureWindowsPath) -> tuple[str, ...]:
    """Have the service, set as it should be; return what this system does not know.

    Args:
        python: the program that runs it.

    Raises:
        ServiceError: the system refuses.
    """
    fixed = (
        win32service.SERVICE_WIN32_OWN_PROCESS,
        win32service.SERVICE_AUTO_START,
        win32service.SERVICE_ERROR_NORMAL,
        rights.command_line(python),
        None,  # of no group
    )
    needed = win32service.SC_MANAGER_CONNECT | win32service.SC_MANAGER_CREATE_SERVICE
    with opened_manager(needed) as manager, said():
        every = win32service.SERVICE_ALL_ACCESS
        try:
            service = win32service.OpenService(manager, rights.SERVICE, every)
        except pywintypes.error as problem:
            if problem.winerror != _ABSENT:
                raise
            service = win32service.CreateService(
                *(manager, rights.SERVICE, rights.TITLE, every, *fixed),
                *(False, None, rights.ACCOUNT, None),
            )
        try:
            win32service.ChangeServiceConfig(
                *(service, *fixed, False, None, rights.ACCOUNT, "", rights.TITLE)
            )
            return tuple(name for name, item in _settings() if not _set(service, item))
        finally:
            win32service.CloseServiceHandle(service)


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
    with opened(win32service.SERVICE_START | win32service.SERVICE_QUERY_STATUS) as one:
        try:
            win32service.StartService(one, None)
        except pywintypes.error as problem:
            if problem.winerror != _BUSY:
                raise
        if _waited(one, win32service.SERVICE_START_PENDING) != (
            win32service.SERVICE_RUNNING
        ):
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
    with opened(win32service.SERVICE_STOP | win32service.SERVICE_QUERY_STATUS) as one:
        try:
            win32service.ControlService(one, win32service.SERVICE_CONTROL_STOP)
        except pywintypes.error as problem:
            if problem.winerror != _NOT_RUNNING:
                raise
        if _waited(one, win32service.SERVICE_STOP_PENDING) != (
            win32service.SERVICE_STOPPED
        ):
            msg = "the service does not stop: end its process in the Task Manager"
            raise ServiceError(msg)


def remove() -> None:
    """Have no such service any more; one that runs is stopped.

    Raises:
        ServiceError: the system refuses.
    """
    with suppress(AbsentError):
        stop()
        with opened(win32service.SERVICE_ALL_ACCESS) as one:
            win32service.DeleteService(one)


def ended(service: int) -> bool:
    """Wait until a service has ended; tell whether it has."""
    running = {win32service.SERVICE_RUNNING, win32service.SERVICE_STOP_PENDING}
    until = time.monotonic() + _WAIT_SECONDS
    while win32service.QueryServiceStatus(service)[1] in running:
        if time.monotonic() >= until:
            return False
        time.sleep(_LOOK_SECONDS)
    return True


def _waited(service: int, pending: int) -> int:
    """Return the state after the pending one, or that one where it takes too long."""
    until = time.monotonic() + _WAIT_SECONDS
    state = int(win32service.QueryServiceStatus(service)[1])
    while state == pending and time.monotonic() < until:
        time.sleep(_LOOK_SECONDS)
        state = int(win32service.QueryServiceStatus(service)[1])
    return state


def _source() -> str:
    return rf"{_SOURCES}\{rights.SERVICE}"


@contextmanager
def opened_manager(access: int) -> Iterator[int]:
    """Give the service manager's handle.

    Raises:
        ServiceError: not for this user.
    """
    with said():
        manager = win32service.OpenSCManager(None, None, access)
        try:
            yield manager
        finally:
            win32service.CloseServiceHandle(manager)


@contextmanager
def said() -> Iterator[None]:
    """Turn what Windows says into a sentence.

    Raises:
        ServiceError: what it says.
    """
    try:
        yield
    except (pywintypes.error, OSError) as problem:
        code = getattr(problem, "winerror", None)
        if code == _ABSENT:
            msg = "it is not a service here: discreet-service agent install"
            raise AbsentError(msg) from None
        if code == _DENIED:
            msg = "Windows refuses: do it from a terminal of an administrator"
            raise DeniedError(msg) from None
        msg = f"the service manager refuses, with its error {code}"
        raise ServiceError(msg) from None
