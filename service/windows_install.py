# SPDX-License-Identifier: Apache-2.0
# mypy: disable-error-code="unreachable"
# (all below the guard, seen from linux)
"""What the service that installs releases runs: first a copy of itself, then the work.

Rules: started from the installed programs it only looks whether a release waits,
copies them, and has itself started from the copy; the copy does the work, for Windows
Installer replaces the programs meanwhile, and a release that cannot start has no part
in its own way back; each step can be cut off, and is gone on with at the next start;
when nothing is tried any more, the copy goes.
Stated limit: Windows takes no network from a service; its code asks for none.
Not here: the work (`agent/updates/installing.py`), the service's settings
(`windows_installer.py`).
"""

import shutil
import subprocess
import sys
import time
from collections.abc import Sequence
from contextlib import suppress
from os import _exit
from pathlib import Path

import servicemanager
import win32service

from agent.host.access import DEFAULT_INSTALLER, DEFAULT_STATE
from service import windows_installer, windows_rights
from service.contract import ServiceError
from service.windows_log import Sentences

if sys.platform != "win32":
    reason = "service.windows_install is for Windows"
    raise ImportError(reason)

COPY = DEFAULT_INSTALLER / "program"
"""Of the programs; in a folder that only the system and administrators write."""
_CODE = Path("app", "wire", "release.py")
_GO_ON, _TIDY = "go-on", "tidy"
_END_MILLISECONDS = 10_000
_LET_GO_SECONDS, _LOOK_SECONDS = 30.0, 0.1
_DEFECT = 70


class _Service:
    """The one service of this process."""

    def begun(self, names: Sequence[str]) -> "_Service":
        """Be made by the service manager's thread."""
        self._handle = servicemanager.RegisterServiceCtrlHandler(
            *(names[0], self.hear, True)
        )
        return self

    def SvcRun(self) -> None:  # noqa: N802 - servicemanager's own name
        """Do what there is to be done, and end."""
        self._tell(win32service.SERVICE_RUNNING)
        sys.stdout = Sentences(servicemanager.LogInfoMsg)
        sys.stderr = Sentences()
        try:
            step()
        except (ServiceError, OSError) as problem:
            why = problem if isinstance(problem, ServiceError) else "the disk refuses"
            sys.stderr.write(f"no update is installed: {why}")
        except Exception as problem:  # noqa: BLE001 - boundary: a trace can carry a value; its type cannot
            kind = type(problem).__name__
            sys.stderr.write(f"the installer met a defect: {kind}; report it")
        finally:
            self._tell(win32service.SERVICE_STOPPED)

    def hear(self, control: int, _event: int = 0, _data: object = None) -> int:
        """Take a control: it ends at once, for the work may be cut off anywhere."""
        if control == win32service.SERVICE_CONTROL_STOP:
            self._tell(win32service.SERVICE_STOPPED)
            _exit(0)
        return 0

    def _tell(self, state: int) -> None:
        running = state == win32service.SERVICE_RUNNING
        accepted = win32service.SERVICE_ACCEPT_STOP if running else 0
        own = win32service.SERVICE_WIN32_OWN_PROCESS
        win32service.SetServiceStatus(
            self._handle, (own, state, accepted, 0, 0, 0, _END_MILLISECONDS)
        )


def step() -> None:
    """Do the next step: copy, or work.

    Raises:
        ServiceError: the system refuses.
        OSError: the disk does.
    """
    from agent.updates import handover  # noqa: PLC0415 - the dispatcher waits for none

    if Path(sys.executable).parent == COPY:
        _work()
        if handover.trial(DEFAULT_INSTALLER) is None:
            _leave()
    elif _waits():
        shutil.rmtree(COPY, ignore_errors=True)
        try:
            shutil.copytree(windows_rights.PROGRAMS, COPY)
        except OSError:  # of a full disk nothing is left
            shutil.rmtree(COPY, ignore_errors=True)
            raise
        windows_installer.run_from(COPY, with_machine=True)
        _spawn(COPY, _GO_ON)
    elif COPY.exists():  # a cut came as it went
        _leave()


def _leave() -> None:
    """Have the copy removed; until it is gone, the next start goes on with that."""
    windows_installer.run_from(windows_rights.PROGRAMS, with_machine=True)
    _spawn(windows_rights.PROGRAMS, _TIDY)


def _waits() -> bool:
    """Tell whether a release is tried, or waits and may be."""
    from agent.state import State  # noqa: PLC0415 - as of `step`
    from agent.updates import handover  # noqa: PLC0415 - as of `step`

    if handover.trial(DEFAULT_INSTALLER) is not None:
        return True
    word = handover.told(State(DEFAULT_STATE).update, handover.READY)
    struck = handover.struck(DEFAULT_INSTALLER, int(time.time()))
    return word is not None and word.version not in struck


def _work() -> None:
    from agent.updates import handover, install_program  # noqa: PLC0415 - loads tuf
    from agent.updates.packagers import windows_installer as packager  # noqa: PLC0415
    from agent.updates.registered import registered  # noqa: PLC0415 - for the work

    mark = DEFAULT_INSTALLER / handover.INSTALLING
    install_program.main(packager(windows_rights.PROGRAMS / _CODE, mark, registered))


def _spawn(programs: Path, action: str) -> None:
    """Start what waits for this service's end."""
    subprocess.Popen(  # noqa: S603 - our own program, in a folder of administrators'
        [programs / "pythonw.exe", "-I", "-m", "service.windows_install", action],
        stdin=subprocess.DEVNULL,
        stdout=subprocess.DEVNULL,
        stderr=subprocess.DEVNULL,
        creationflags=subprocess.CREATE_NO_WINDOW,
        cwd=programs,
    )


def _removed() -> bool:
    """Remove the copy, once the process that it was has let go of it.

    Raises:
        ServiceError: the service is not there.
    """
    until = time.monotonic() + _LET_GO_SECONDS
    while COPY.exists() and time.monotonic() < until:
        shutil.rmtree(COPY, ignore_errors=True)
        time.sleep(_LOOK_SECONDS)
    if COPY.exists():
        return False
    windows_installer.run_from(windows_rights.PROGRAMS, with_machine=False)
    return True


def main(arguments: Sequence[str]) -> int:
    """Run as the service, or do what waits for its end; return 0 where it went well."""
    servicemanager.Initialize(windows_rights.SERVICE, servicemanager.__file__)
    if not arguments:
        servicemanager.PrepareToHostSingle(_Service().begun)
        servicemanager.StartServiceCtrlDispatcher()
        return 0
    done = False
    with suppress(ServiceError):
        if arguments[0] == _GO_ON:
            done = windows_installer.start_again()
        elif windows_installer.wait():
            done = _removed()
    if not done:
        servicemanager.LogErrorMsg("the installer of updates could not go on")
    return 0 if done else _DEFECT


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
