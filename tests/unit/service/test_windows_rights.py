# SPDX-License-Identifier: Apache-2.0
"""What the Windows service may do, and who may touch what it keeps.

Rules: compared with what Windows itself derives.
Not here: that it is set (`tests/wine/test_wine_package.py`).
"""

import re
from pathlib import PureWindowsPath

from service.windows_rights import (
    ADMINISTRATORS,
    SERVICE,
    SYSTEM,
    command_line,
    data_access,
    owners,
    parent_access,
    program_access,
    service_sid,
)

INSTALLER = "S-1-5-80-956008885-3418522649-1831038044-1853292631-2271478464"
"""NT SERVICE\\TrustedInstaller, which is the same on every Windows."""
ENTRY = re.compile(r"\(A;OICI;([^;]+);;;([^)]+)\)")
READ = {"0x1200a9"}


def writers(access: str) -> set[str]:
    """Return who may do more than read."""
    return {sid for right, sid in ENTRY.findall(access) if right not in READ}


def test_a_service_has_the_identifier_that_windows_gives_it() -> None:
    """The identifier follows from the name, whatever its case."""
    assert service_sid("TrustedInstaller") == INSTALLER
    assert service_sid("TRUSTEDINSTALLER") == INSTALLER


def test_only_the_service_writes_beside_the_system() -> None:
    """Service, system and administrators write data; the latter two programs."""
    own = service_sid(SERVICE)
    assert writers(data_access()) == {SYSTEM, ADMINISTRATORS, own}
    assert writers(program_access()) == {SYSTEM, ADMINISTRATORS}
    assert writers(parent_access()) == {SYSTEM, ADMINISTRATORS}
    assert owners() == {SYSTEM, ADMINISTRATORS, own}


def test_nothing_is_inherited() -> None:
    """Each list is protected from what is above it."""
    for access in (data_access(), parent_access(), program_access()):
        assert access.startswith(f"O:{ADMINISTRATORS}G:{SYSTEM}D:P(")


def test_the_program_is_quoted() -> None:
    """No other program is meant by a path with a space."""
    python = PureWindowsPath(r"C:\Program Files\Discreet\Agent\python.exe")
    assert command_line(python).startswith(f'"{python}" -I -m service agent run')
