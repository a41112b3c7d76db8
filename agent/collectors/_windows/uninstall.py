# SPDX-License-Identifier: Apache-2.0
"""Installed programs of Windows: its Uninstall keys.

Rules: no command, path or icon of a program is read; what Windows hides from its own
list of programs (parts of others, system components) is left out.
Not here: the declaration and other lists (`software.py`).
Sources: the keys that Apps & features shows: of the machine in both views, and of each
signed-in person.
"""

from collections.abc import Iterator, Mapping
from datetime import UTC, datetime

from agent.collectors._shared.gather import times
from agent.collectors._windows.steps import (
    PEOPLE,
    figure,
    registry,
    registry_keys,
    words,
)
from agent.host.interface import Host
from agent.rows import Example, Want
from wire.catalogue import System
from wire.values import Value

_KEY = "Microsoft\\Windows\\CurrentVersion\\Uninstall"
_MACHINE = (
    (f"HKLM\\SOFTWARE\\{_KEY}", "amd64"),
    (f"HKLM\\SOFTWARE\\WOW6432Node\\{_KEY}", "x86"),
)
_VALUES = {
    "name": "DisplayName",
    "version": "DisplayVersion",
    "vendor_name": "Publisher",
    "size": "EstimatedSize",
    "install_time": "InstallDate",
    "package_manager": "WindowsInstaller",
}
_ALWAYS = ("DisplayName", "ParentKeyName", "SystemComponent")
_KIBIBYTE = 1024
_DATE_DIGITS = 8


def parse_program(
    found: Mapping[str, str | int], architecture: str | None
) -> dict[str, Value] | None:
    """Return the columns of one Uninstall key; None where it is no program.

    Args:
        found: the key's values.
        architecture: of the view it is in; None where a view tells nothing.
    """
    name = words(found.get("DisplayName"))
    if not name or found.get("SystemComponent") == 1 or found.get("ParentKeyName"):
        return None
    return {
        "name": name,
        "version": words(found.get("DisplayVersion")),
        "vendor_name": words(found.get("Publisher")),
        "architecture": architecture,
        "package_manager": "msi" if found.get("WindowsInstaller") == 1 else "windows",
        "size": times(figure(found.get("EstimatedSize")), _KIBIBYTE),
        "install_time": _date(words(found.get("InstallDate"))),
    }


def _date(text: str | None) -> int | None:
    """Return the time of YYYYMMDD, as installers write it."""
    if text is None or len(text) != _DATE_DIGITS:
        return None
    try:
        return int(datetime.strptime(text, "%Y%m%d").replace(tzinfo=UTC).timestamp())
    except ValueError:
        return None


def _keys(host: Host) -> Iterator[tuple[str, str | None]]:
    yield from _MACHINE
    for sid in registry_keys(host, "HKU"):
        if sid.startswith(PEOPLE) and not sid.endswith("_Classes"):
            yield f"HKU\\{sid}\\SOFTWARE\\{_KEY}", None


def read_programs(host: Host, want: Want) -> Iterator[Mapping[str, Value]]:
    """Yield the installed programs, each once."""
    names = {name for column, name in _VALUES.items() if column in want} | set(_ALWAYS)
    seen: set[tuple[Value, ...]] = set()
    for path, architecture in _keys(host):
        for key in registry_keys(host, path):
            found = parse_program(
                registry(host, f"{path}\\{key}", *names), architecture
            )
            want.check()
            if found is None or tuple(found.values()) in seen:
                continue
            seen.add(tuple(found.values()))  # several people may have the same one
            yield found


EXAMPLES = (
    Example(
        System.WINDOWS,
        "One program of each view and one of a person; a part of another is left out.",
        rows=(
            {
                "name": "7-Zip 24.08 (x64)",
                "version": "24.08",
                "vendor_name": "Igor Pavlov",
                "architecture": "amd64",
                "package_manager": "windows",
                "size": 5_840_896,
            },
            {
                "name": "Contoso VPN",
                "version": "3.1.4",
                "architecture": "x86",
                "package_manager": "msi",
                "install_time": 1718409600,
            },
            {
                "name": "Editor",
                "version": "1.95.3",
                "package_manager": "windows",
            },
        ),
        facts={
            "registry": {
                f"{_MACHINE[0][0]}\\7-Zip": {
                    "DisplayName": "7-Zip 24.08 (x64)",
                    "DisplayVersion": "24.08",
                    "Publisher": "Igor Pavlov",
                    "EstimatedSize": 5704,
                    "UninstallString": '"C:\\Program Files\\7-Zip\\Uninstall.exe"',
                },
                f"{_MACHINE[0][0]}\\Part": {
                    "DisplayName": "Part of another",
                    "SystemComponent": 1,
                },
                f"{_MACHINE[1][0]}\\{{0C0FFEE0}}": {
                    "DisplayName": "Contoso VPN",
                    "DisplayVersion": "3.1.4",
                    "WindowsInstaller": 1,
                    "InstallDate": "20240615",
                },
                f"HKU\\S-1-5-21-1-2-3-1001\\SOFTWARE\\{_KEY}\\Editor": {
                    "DisplayName": "Editor",
                    "DisplayVersion": "1.95.3",
                },
                f"HKU\\S-1-5-18\\SOFTWARE\\{_KEY}\\Own": {"DisplayName": "Own"},
            }
        },
    ),
    Example(
        System.WINDOWS,
        "Values of the wrong kind, and one program that two people have.",
        rows=({"name": "Tool\ufffd", "package_manager": "windows"},),
        facts={
            "registry": {
                f"{_MACHINE[0][0]}\\Junk": {"DisplayName": 7, "InstallDate": "x"},
                f"HKU\\S-1-12-1-1\\SOFTWARE\\{_KEY}\\Tool": {
                    "DisplayName": " Tool\ufffd\0 ",
                    "EstimatedSize": -5,
                    "InstallDate": "20241399",
                },
                f"HKU\\S-1-12-1-2\\SOFTWARE\\{_KEY}\\Tool": {
                    "DisplayName": "Tool\ufffd",
                    "EstimatedSize": "big",
                },
            }
        },
    ),
)
