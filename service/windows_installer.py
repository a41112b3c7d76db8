# SPDX-License-Identifier: Apache-2.0
# mypy: disable-error-code="unreachable"
# (all below the guard, seen from linux)
"""The service that installs releases, as Windows' service manager knows it.

Rules: the system's, and started on demand; the agent may start it and do nothing else
with it; while a release is tried it runs from a copy of the programs, and begins with
the machine, so that nothing that is installed can take the way back away.
Not here: what it does (`windows_install.py`), the agent's own service
(`windows_service.py`), how any is had, begun and ended (`windows_manager.py`).
"""

import sys
import time
from contextlib import suppress
from pathlib import Path, PureWindowsPath

import win32security as security
import win32service

from agent.host.access import DEFAULT_INSTALLER
from service import windows_rights as rights
from service.contract import AbsentError
from service.windows_manager import (
    Wanted,
    begun,
    ended,
    had,
    halted,
    opened,
    settle,
)

if sys.platform != "win32":
    reason = "service.windows_installer is for Windows"
    raise ImportError(reason)

_AGAIN_SECONDS, _LOOK_SECONDS = 60.0, 0.1


def set_up() -> None:
    """Have it, set as it should be; one that tries a release stays as it is.

    Raises:
        ServiceError: the system refuses.
    """
    # loads the agent: the service manager waits for no import
    from agent.updates import handover  # noqa: PLC0415 - as said

    with had(_wanted(rights.PROGRAMS, with_machine=False)) as one:
        _close(one)
    if handover.trial(DEFAULT_INSTALLER) is None:
        run_from(rights.PROGRAMS, with_machine=False)


def _close(one: int) -> None:
    """Have nobody else change it, and say what it is."""
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
    with opened(win32service.SERVICE_CHANGE_CONFIG, rights.INSTALLER) as one:
        settle(one, _wanted(programs, with_machine=with_machine))


def _wanted(programs: Path, *, with_machine: bool) -> Wanted:
    return Wanted(
        name=rights.INSTALLER,
        title=rights.INSTALLER_TITLE,
        command=rights.installer_command(PureWindowsPath(programs)),
        account="LocalSystem",
        at_start=with_machine,
    )


def start() -> None:
    """Start it, and wait for nothing; one that runs is left to it.

    Raises:
        ServiceError: it is not there, or cannot begin.
    """
    with opened(win32service.SERVICE_START, rights.INSTALLER) as one:
        begun(one)


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
    with opened(win32service.SERVICE_START, rights.INSTALLER) as one:
        while wait() and time.monotonic() < until:
            if begun(one):
                return True
            time.sleep(_LOOK_SECONDS)
    return False


def remove() -> None:
    """Have no such service any more; one that runs is ended, for it can go on later.

    Raises:
        ServiceError: the system refuses.
    """
    every = win32service.SERVICE_ALL_ACCESS
    with suppress(AbsentError), opened(every, rights.INSTALLER) as one:
        halted(one)
        win32service.DeleteService(one)
