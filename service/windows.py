# SPDX-License-Identifier: Apache-2.0
# mypy: disable-error-code="unreachable"
# (all below the guard, seen from linux)
"""Windows' service manager as a Manager: see `contract.py`.

Rules: the agent alone: a collector runs on Linux; folders are closed before anything
is put into them; a setting that this system does not know is said, never passed over.
Not here: each verb's work (`windows_service.py`, `windows_folders.py`), the package
(`windows_package.py`).
"""

import sys
from collections.abc import Sequence
from pathlib import PureWindowsPath

import pywintypes
import win32service

from agent.host.access import DEFAULT_INSTALLER, DEFAULT_STATE
from service import (
    windows_folders,
    windows_installer,
    windows_manager,
    windows_rights,
    windows_service,
)
from service.contract import (
    AbsentError,
    Condition,
    Part,
    Status,
    StoppedError,
    UnsupportedError,
)

if sys.platform != "win32":
    reason = "service.windows is for Windows"
    raise ImportError(reason)

_CONDITIONS = {
    win32service.SERVICE_STOPPED: Condition.STOPPED,
    win32service.SERVICE_START_PENDING: Condition.STARTING,
    win32service.SERVICE_RUNNING: Condition.RUNNING,
    win32service.SERVICE_STOP_PENDING: Condition.STOPPING,
}
_NEVER_RAN = 1077
"""ERROR_SERVICE_NEVER_STARTED, since the machine did."""
_REFUSED = {1061: "it is starting or stopping", 1062: "it does not run"}


class Windows:
    """Windows' service manager."""

    def install(self, part: Part) -> None:
        """Make it a service that starts now and with the machine."""
        _require_agent(part)
        _say(set_up())
        windows_service.stop()
        windows_service.start()

    def remove(self, part: Part) -> None:
        """Stop it and have no service of it any more; its state stays."""
        _require_agent(part)
        windows_service.remove()
        take_away()

    def start(self, part: Part) -> None:
        """Start it; return when it says that it works."""
        _require_agent(part)
        windows_service.start()

    def stop(self, part: Part) -> None:
        """Stop it; return when it has ended."""
        _require_agent(part)
        windows_service.stop()

    def reload(self, part: Part) -> None:
        """Have it read its settings anew, without a restart."""
        _require_agent(part)
        wanted = win32service.SERVICE_USER_DEFINED_CONTROL
        with windows_manager.opened(wanted, windows_rights.SERVICE) as one:
            try:
                win32service.ControlService(one, windows_rights.RELOAD)
            except pywintypes.error as problem:
                why = _REFUSED.get(problem.winerror)
                if why is None:
                    raise
                msg = f"{why}: discreet-service agent start"
                raise StoppedError(msg) from None

    def status(self, part: Part) -> Status:
        """Tell how it is."""
        _require_agent(part)
        wanted = win32service.SERVICE_QUERY_STATUS | win32service.SERVICE_QUERY_CONFIG
        try:
            with windows_manager.opened(wanted, windows_rights.SERVICE) as one:
                facts = win32service.QueryServiceStatusEx(one)
                at_start = win32service.QueryServiceConfig(one)[1]
        except AbsentError:
            return Status(Condition.ABSENT)
        code = facts["Win32ExitCode"]
        condition = _CONDITIONS.get(facts["CurrentState"], Condition.FAILED)
        if condition is Condition.STOPPED and code not in (0, _NEVER_RAN):
            detail = "the Application log of the Event Viewer says why"
            condition = Condition.FAILED
        else:
            detail = f"process {facts['ProcessId']}" if facts["ProcessId"] else ""
        return Status(condition, detail, at_start == win32service.SERVICE_AUTO_START)

    def run(self, part: Part, words: Sequence[str]) -> int:
        """Run it in this process; what the service manager calls."""
        _require_agent(part)
        from service import windows_host  # noqa: PLC0415 - where it runs only

        return windows_host.run(part, words)


def set_up() -> tuple[str, ...]:
    """Have folders, event source and service; return what a person should know.

    Raises:
        ServiceError: the system refuses.
    """
    found = []
    parent = windows_rights.parent_access()
    for path, access in (
        (DEFAULT_STATE.parent, parent),
        (DEFAULT_STATE, windows_rights.data_access()),
        (DEFAULT_INSTALLER, parent),
    ):
        aside = windows_folders.make(path, access)
        if aside is not None:
            found.append(f"what others had made was set aside, in {aside}")
    windows_service.register_events()
    python = PureWindowsPath(sys.executable).with_name("python.exe")
    unknown = windows_service.set_up(python)
    windows_installer.set_up()
    if unknown:
        found.append(f"this system does not know of a service: {', '.join(unknown)}")
    if not windows_service.may_read_logs(wanted=True):
        found.append(
            "the Security log is closed to the agent: add its account to the group "
            "Event Log Readers, for sign-ins to be seen"
        )
    return tuple(found)


def take_away() -> None:
    """Have no installer, no event source and no right to logs any more."""
    windows_installer.remove()
    windows_service.may_read_logs(wanted=False)
    windows_service.forget_events()


def _say(found: Sequence[str]) -> None:
    for sentence in found:
        sys.stderr.write(f"discreet-service: {sentence}\n")


def _require_agent(part: Part) -> None:
    if part is not Part.AGENT:
        msg = "a collector runs on Linux: Windows can have the agent alone as a service"
        raise UnsupportedError(msg)
