# SPDX-License-Identifier: Apache-2.0
"""What the agent's Windows service is called, runs as, may do, and who may touch it.

Rules: an account of its own that has no password and exists for this service alone; a
token that writes only where the service itself is named; no privilege but to pass
through folders; nobody else writes what it keeps or what it runs.
Not here: how Windows is told (`windows_service.py`, `windows_folders.py`).
Source: ADR 48; service SIDs and access lists, learn.microsoft.com/windows/win32.
"""

import hashlib
import struct
from pathlib import Path, PureWindowsPath

SERVICE = "DiscreetAgent"
TITLE = "Discreet agent"
TOLD = (
    "Collects what a signed policy allows, for a purpose; seals it before it stores. "
    "discreet-agent preview shows what leaves this machine."
)
PROGRAMS = Path("C:/Program Files/Discreet/Agent")
"""Where the package installs; another place cannot be chosen."""
ACCOUNT = rf"NT SERVICE\{SERVICE}"
INSTALLER = "DiscreetAgentInstall"
"""The service that installs releases which were verified: the system's, as Windows
Installer wants it; it runs for minutes in a year."""
INSTALLER_TITLE = "Discreet agent: installer of updates"
INSTALLER_TOLD = (
    "Installs a release of the agent that was verified anew, and puts the one before "
    "back where the new one does not work. Runs only then."
)
PRIVILEGES = ("SeChangeNotifyPrivilege",)
"""To pass through folders that it may not list, as every account may."""
RELOAD = 128
"""The first control code of a service's own; `sc control DiscreetAgent 128`."""
RESTARTS = (5, 60, 300)
"""Seconds until it is started again after a first, a second and any further failure."""
FORGET_FAILURES = 86_400
"""Seconds without a failure after which the next one is a first one again."""
PRESHUTDOWN_MILLISECONDS = 20_000
"""That Windows waits for it as the machine goes down: several times what it needs."""
SYSTEM, ADMINISTRATORS, USERS = "S-1-5-18", "S-1-5-32-544", "S-1-5-32-545"
LOG_READERS = "S-1-5-32-573"
"""The group that may read event logs: what the Security log needs."""
_FULL, _MODIFY, _READ = "FA", "0x1301bf", "0x1200a9"
"""Of files: all; all but changing rights and owner; reading and running."""


def service_sid(name: str) -> str:
    """Return the security identifier that Windows derives from a service's name."""
    octets = hashlib.sha1(name.upper().encode("utf-16-le")).digest()  # noqa: S324 - Windows' own rule
    return "S-1-5-80-" + "-".join(map(str, struct.unpack("<5I", octets)))


def data_access() -> str:
    """Return the access list of the data directory, in Windows' own notation (SDDL)."""
    own = service_sid(SERVICE)
    return _list((SYSTEM, _FULL), (ADMINISTRATORS, _FULL), (own, _MODIFY))


def parent_access() -> str:
    """Return that of the directory above: nobody puts another in the agent's place."""
    own = service_sid(SERVICE)
    return _list((SYSTEM, _FULL), (ADMINISTRATORS, _FULL), (own, _READ))


def program_access() -> str:
    """Return that of the installed programs: all may run them, nobody change them."""
    return _list((SYSTEM, _FULL), (ADMINISTRATORS, _FULL), (USERS, _READ))


def installer_control() -> str:
    """Return who may start the service that installs: the agent may start it, no more.

    Letters are of services: CC to RC are all that one can do with one but for rights.
    """
    every, start = "CCDCLCSWRPWPDTLOCRSDRCWDWO", "LCRP"
    own = service_sid(SERVICE)
    entries = ((SYSTEM, every), (ADMINISTRATORS, every), (own, start))
    return "D:P" + "".join(f"(A;;{right};;;{sid})" for sid, right in entries)


def owners() -> frozenset[str]:
    """Return who may have made the data directory, for it to be believed."""
    return frozenset({SYSTEM, ADMINISTRATORS, service_sid(SERVICE)})


def command_line(python: PureWindowsPath) -> str:
    """Return what the service runs; quoted, so that no other program is meant by it."""
    return f'"{python}" -I -m service agent run --wait'


def installer_command(programs: PureWindowsPath) -> str:
    """Return what the service that installs runs, of a folder of programs."""
    return f'"{programs / "pythonw.exe"}" -I -m service.windows_install'


def _list(*entries: tuple[str, str]) -> str:
    """Return a list that inherits nothing, and is inherited by all below."""
    rights = "".join(f"(A;OICI;{right};;;{sid})" for sid, right in entries)
    return f"O:{ADMINISTRATORS}G:{SYSTEM}D:P{rights}"
