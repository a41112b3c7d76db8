# SPDX-License-Identifier: Apache-2.0
# mypy: disable-error-code="unreachable"
# (all below the guard, seen from linux)
"""The service that installs releases, as Windows' service manager knows it.

Rules: the system's, and started on demand; the agent may start it and do nothing else
with it; while a release is tried it runs from a copy of the programs, and begins with
the machine, so that nothing that is installed can take the way back away.
Not here: what it does (`windows_install.py`), the agent's own service
(`windows_service.py`).
"""

import sys
import time
from contextlib import suppress
from pathlib import Path, PureWindowsPath

import pywintypes
import win32security as security
import win32service

from agent.host.access import DEFAULT_INSTALLER
from agent.updates import handover
from service import windows_rights as rights
from service.contract import AbsentError
from service.windows_service import ended, opened, opened_manager, said

if sys.platform != "win32":
    reason = "service.windows_installer is for Windows"
    raise ImportError(reason)

_ABSENT, _BUSY, _NOT_RUNNING = 1060, 1056, 1062
_AGAIN_SECONDS, _LOOK_SECONDS = 60.0, 0.1
_OWN = win32service.SERVICE_WIN32_OWN_PROCESS
_NORMAL = win32service.SERVICE_ERROR_NORMAL


def set_up() -> None:
    """Have it, set as it should be; one that tries a release stays as it is.

    Raises:
        ServiceError: the system refuses.
    """
    command = rights.installer_command(PureWindowsPath(rights.PROGRAMS))
    needed = win32service.SC_MANAGER_CONNECT | win32service.SC_MANAGER_CREATE_SERVICE
    with opened_manager(needed) as manager, said():
        every = win32service.SERVICE_ALL_ACCESS
        try:
            one = win32service.OpenService(manager, rights.INSTALLER, every)
        except pywintypes.error as problem:
            if problem.winerror != _ABSENT:
                raise
            one = win32service.CreateService(
                *(manager, rights.INSTALLER, rights.INSTALLER_TITLE, every, _OWN),
                *(win32service.SERVICE_DEMAND_START, _NORMAL, command),
                *(None, False, None, None, None),
            )
        try:
            _settle(one)
        finally:
            win32service.CloseServiceHandle(one)
    if handover.trial(DEFAULT_INSTALLER) is None:
        run_from(rights.PROGRAMS, with_machine=False)


def _settle(one: int) -> None:
    found = security.ConvertStringSecurityDescriptorToSecurityDescriptor(
        rights.installer_control(), security.SDDL_REVISION_1
    )
    dacl = security.DACL_SECURITY_INFORMATION
    win32service.SetServiceObjectSecurity(one, dacl, found)
    win32service.ChangeServiceConfig2(
        one, win32service.SERVICE_CONFIG_DESCRIPTION, rights.INSTALLER_TOLD
    )


def run_from(programs: Path, *, with_machine: bool) -> None:
    """Have it run from a folder of programs when it is started next.

    Args:
        programs: the folder.
        with_machine: whether it starts with the machine, too.

    Raises:
        ServiceError: the system refuses.
    """
    start = (
        win32service.SERVICE_AUTO_START
        if with_machine
        else win32service.SERVICE_DEMAND_START
    )
    command = rights.installer_command(PureWindowsPath(programs))
    with opened(win32service.SERVICE_CHANGE_CONFIG, rights.INSTALLER) as one, said():
        win32service.ChangeServiceConfig(
            *(one, _OWN, start, _NORMAL, command, None, False, None),
            *("LocalSystem", "", rights.INSTALLER_TITLE),
        )


def start() -> None:
    """Start it, and wait for nothing; one that runs is left to it.

    Raises:
        ServiceError: it is not there, or cannot begin.
    """
    with opened(win32service.SERVICE_START, rights.INSTALLER) as one, said():
        try:
            win32service.StartService(one, None)
        except pywintypes.error as problem:
            if problem.winerror != _BUSY:
                raise


def wait() -> bool:
    """Wait until it has ended; tell whether it has.

    Raises:
        ServiceError: it is not there.
    """
    with opened(win32service.SERVICE_QUERY_STATUS, rights.INSTALLER) as one:
        return ended(one)


def start_again() -> bool:
    """Start it once it has ended, and its process too; tell whether it was.

    Raises:
        ServiceError: it is not there, or cannot begin.
    """
    until = time.monotonic() + _AGAIN_SECONDS
    with opened(win32service.SERVICE_START, rights.INSTALLER) as one, said():
        while wait() and time.monotonic() < until:
            try:
                win32service.StartService(one, None)
            except pywintypes.error as problem:
                if problem.winerror != _BUSY:
                    raise
                time.sleep(_LOOK_SECONDS)
            else:
                return True
    return False


def remove() -> None:
    """Have no such service any more; one that runs is ended, for it can go on later.

    Raises:
        ServiceError: the system refuses.
    """
    every = win32service.SERVICE_ALL_ACCESS
    with suppress(AbsentError), opened(every, rights.INSTALLER) as one:
        try:
            win32service.ControlService(one, win32service.SERVICE_CONTROL_STOP)
        except pywintypes.error as problem:
            if problem.winerror != _NOT_RUNNING:
                raise
        ended(one)
        win32service.DeleteService(one)
