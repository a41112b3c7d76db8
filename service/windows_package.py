# SPDX-License-Identifier: Apache-2.0
# mypy: disable-error-code="unreachable"
# (all below the guard, seen from linux)
"""What the Windows package runs as the system, beside what Windows Installer does.

Rules: run by the package's own Python from its own folder, which only administrators
write, without a window; the token reaches no log, and no file but `enrol.toml`; each
action can be done again; an error is a sentence in the Application log, and a code.
Not here: the package (`packaging/windows`), what becomes of the token
(`agent/enrol_file.py`).
"""

import json
import shutil
import sys
from collections.abc import Callable, Sequence
from contextlib import suppress
from pathlib import Path

import servicemanager

from agent import enrol_file
from agent.__main__ import main as agent
from agent.errors import AgentError
from agent.host.access import DEFAULT_INSTALLER, DEFAULT_STATE, DEFAULT_UPDATE_ROOT
from agent.state import State, read, write
from agent.update_budget import UPDATE_METADATA_BYTES
from agent.updates.handover import INSTALLING
from service import windows, windows_folders, windows_installer, windows_rights
from service.contract import ServiceError
from service.windows_log import Sentences

if sys.platform != "win32":
    reason = "service.windows_package is for Windows"
    raise ImportError(reason)

_SETTINGS = "agent.toml"
"""What an administrator may set; of the package all lines are comments."""
_WRONG, _DEFECT = 1, 70


def prepare(url: str = "", token: str = "", update_root: str = "") -> None:
    """Have service, folders and rights; leave the token where the agent looks.

    Args:
        url: the collector's address; empty for what the token says.
        token: of enrolment; empty where the machine is enrolled, or will be by hand.
        update_root: a file of the root of updates; empty where it is brought by hand.

    Raises:
        ServiceError: the system refuses.
        AgentError: the disk does.
    """
    programs = Path(sys.executable).parent
    for folder in (programs.parent, programs):
        windows_folders.close(folder, windows_rights.program_access())
    for sentence in windows.set_up():
        servicemanager.LogWarningMsg(sentence)
    template, settings = programs / _SETTINGS, DEFAULT_STATE / _SETTINGS
    if template.exists() and not settings.exists():
        write(settings, template.read_bytes())
    if token:
        # JSON's strings are TOML's
        lines = [f"url = {json.dumps(url)}\n"] if url else []
        lines.append(f"token = {json.dumps(token)}\n")
        write(DEFAULT_STATE / enrol_file.NAME, "".join(lines).encode())
    if update_root:
        root = read(Path(update_root), UPDATE_METADATA_BYTES)
        if root is None:
            msg = "UPDATE_ROOT names no file: give the path of update-root.json"
            raise ServiceError(msg)
        write(DEFAULT_UPDATE_ROOT, root)


def withdraw(before: str = "") -> None:
    """Take the token away again: the installation is rolled back.

    Args:
        before: what was installed and is again, or still; empty for nothing.
    """
    with suppress(AgentError):
        found = enrol_file.find(State(DEFAULT_STATE), DEFAULT_STATE)
        if found is not None:
            found.remove()
    if not before:
        windows_installer.remove()


def remove() -> None:
    """Say farewell and leave nothing on this machine: the programs are taken off it.

    Where an update takes them off, which Windows Installer tells itself, nothing is
    said or removed in any case: a device must not leave by an update.
    """
    if (DEFAULT_INSTALLER / INSTALLING).exists():
        return
    agent(["forget", "--yes"])
    windows.take_away()
    for folder in (DEFAULT_STATE, DEFAULT_INSTALLER):
        shutil.rmtree(folder, ignore_errors=True)
    with suppress(OSError):  # others of ours may be in it
        DEFAULT_STATE.parent.rmdir()


_ACTIONS: dict[str, Callable[..., None]] = {
    "prepare": prepare,
    "withdraw": withdraw,
    "remove": remove,
}


def main(arguments: Sequence[str]) -> int:
    """Do one action.

    Returns:
        0 where all went well.
    """
    sys.stderr = Sentences()
    servicemanager.Initialize(windows_rights.SERVICE, servicemanager.__file__)
    try:
        action, *words = arguments
        _ACTIONS[action](*words)
    except (ServiceError, AgentError) as problem:
        servicemanager.LogErrorMsg(f"the installation failed: {problem}")
        return _WRONG
    except Exception as problem:  # noqa: BLE001 - boundary: a trace can carry a value; its type cannot
        kind = type(problem).__name__
        servicemanager.LogErrorMsg(f"the installation met a defect: {kind}; report it")
        return _DEFECT
    return 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
