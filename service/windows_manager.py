# SPDX-License-Identifier: Apache-2.0
# mypy: disable-error-code="unreachable"
# (all below the guard, seen from linux)
"""What Windows' service manager does with any service: have it, begin it, end it.

Rules: a service that is there already is opened, one that runs is begun, one that does
not is ended: a verb that is done is done again without harm; what Windows says is
turned into a sentence here alone.
Not here: which services there are and how each is set (`windows_service.py`,
`windows_installer.py`).
Source: services, learn.microsoft.com/windows/win32/services.
"""

import sys
import time
from collections.abc import Container, Iterator
from contextlib import contextmanager
from dataclasses import dataclass

import pywintypes
import win32service

from service.contract import (
    AbsentError,
    DeniedError,
    ServiceError,
)

if sys.platform != "win32":
    reason = "service.windows_manager is for Windows"
    raise ImportError(reason)

_ABSENT, _DENIED = 1060, 5
"""ERROR_SERVICE_DOES_NOT_EXIST, ERROR_ACCESS_DENIED."""
_BUSY, _NOT_RUNNING = 1056, 1062
"""ERROR_SERVICE_ALREADY_RUNNING, ERROR_SERVICE_NOT_ACTIVE."""
_WAIT_SECONDS, _LOOK_SECONDS = 60.0, 0.1
_UP = {win32service.SERVICE_RUNNING, win32service.SERVICE_STOP_PENDING}


@dataclass(frozen=True, slots=True)
class Wanted:
    """A service as it should be.

    Attributes:
        name: by which the manager knows it.
        title: by which people do.
        command: that it runs; quoted, so that no other program is meant by it.
        account: whose it is.
        at_start: whether it starts with the machine.
    """

    name: str
    title: str
    command: str
    account: str
    at_start: bool

    @property
    def fixed(self) -> tuple[int, int, int, str, None]:
        """Return kind, start, what an error means, command and group."""
        scm = win32service
        start = scm.SERVICE_AUTO_START if self.at_start else scm.SERVICE_DEMAND_START
        own, normal = scm.SERVICE_WIN32_OWN_PROCESS, scm.SERVICE_ERROR_NORMAL
        return own, start, normal, self.command, None


@contextmanager
def had(one: Wanted) -> Iterator[int]:
    """Give the handle, for every right, of a service that is made where there is none.

    One that is there is given as it is: `settle` sets it.

    Raises:
        ServiceError: the system refuses.
    """
    needed = win32service.SC_MANAGER_CONNECT | win32service.SC_MANAGER_CREATE_SERVICE
    every = win32service.SERVICE_ALL_ACCESS
    with _manager(needed) as manager:
        try:
            service = win32service.OpenService(manager, one.name, every)
        except pywintypes.error as problem:
            if problem.winerror != _ABSENT:
                raise
            service = win32service.CreateService(
                *(manager, one.name, one.title, every, *one.fixed),
                *(False, None, one.account, None),
            )
        try:
            yield service
        finally:
            win32service.CloseServiceHandle(service)


def settle(service: int, one: Wanted) -> None:
    """Set a service as it should be, whoever changed it.

    Raises:
        pywintypes.error: the system refuses.
    """
    win32service.ChangeServiceConfig(
        *(service, *one.fixed, False, None, one.account, "", one.title)
    )


@contextmanager
def opened(access: int, name: str) -> Iterator[int]:
    """Give a service's handle.

    Raises:
        ServiceError: it is not there, or not for this user.
    """
    with _manager(win32service.SC_MANAGER_CONNECT) as manager:
        service = win32service.OpenService(manager, name, access)
        try:
            yield service
        finally:
            win32service.CloseServiceHandle(service)


def begun(service: int) -> bool:
    """Begin a service; tell whether it was, false where it runs already.

    Raises:
        pywintypes.error: it cannot begin.
    """
    try:
        win32service.StartService(service, None)
    except pywintypes.error as problem:
        if problem.winerror != _BUSY:
            raise
        return False
    return True


def halted(service: int) -> bool:
    """Tell a service to end and wait until it has; tell whether it has.

    Raises:
        pywintypes.error: it cannot be told.
    """
    try:
        win32service.ControlService(service, win32service.SERVICE_CONTROL_STOP)
    except pywintypes.error as problem:
        if problem.winerror != _NOT_RUNNING:
            raise
    return ended(service)


def ended(service: int) -> bool:
    """Wait until a service has ended; tell whether it has."""
    return _after(service, _UP) not in _UP


def up(service: int) -> bool:
    """Wait until a service that was begun says that it works; tell whether it does."""
    state = _after(service, {win32service.SERVICE_START_PENDING})
    return bool(state == win32service.SERVICE_RUNNING)


def _after(service: int, states: Container[int]) -> int:
    """Return the state after some, or one of them where that takes too long."""
    until = time.monotonic() + _WAIT_SECONDS
    while True:
        state = int(win32service.QueryServiceStatus(service)[1])
        if state not in states or time.monotonic() >= until:
            return state
        time.sleep(_LOOK_SECONDS)


@contextmanager
def _manager(access: int) -> Iterator[int]:
    """Give the service manager's handle."""
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
