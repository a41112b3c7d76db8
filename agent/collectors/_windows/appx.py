# SPDX-License-Identifier: Apache-2.0
"""Packages of Windows beside its Uninstall keys: AppX of the machine and Chocolatey's.

Rules: an AppX package is told by its full name, which holds all there is to tell; who
has it is not told; parts of one (languages, scales) are left out; authors of a package
are people and are not read.
Not here: the Uninstall keys (`_windows/uninstall.py`).
Sources: the key AppxAllUserStore; the nuspec of each folder of Chocolatey.
"""

import re
from collections.abc import Iterator

from agent.collectors._shared.gather import names, small, text
from agent.collectors._shared.markup import plain
from agent.collectors._windows.steps import PEOPLE, registry_keys
from agent.errors import HostError
from agent.host.interface import Host
from agent.rows import Want
from wire.values import Value

STORE = "HKLM\\SOFTWARE\\Microsoft\\Windows\\CurrentVersion\\Appx\\AppxAllUserStore"
CHOCOLATEY = "C:\\ProgramData\\chocolatey\\lib"

_EVERYONE = "Applications"
_PARTS = 5
_WHOLE = frozenset({"", "~", "neutral"})
"""What stands for a part in the name of a whole package, or of a bundle."""
_ARCHITECTURES = {"x64": "amd64"}
_PUBLISHERS = {
    "8wekyb3d8bbwe": "Microsoft Corporation",
    "cw5n1h2txyewy": "Microsoft Windows",
}
"""A publisher's id is a digest of its certificate's name; these two are Microsoft's."""
_TAG = re.compile(rb"<(id|version)>([^<]*)</")


def parse_full_name(name: str) -> dict[str, Value] | None:
    """Return the package of name_version_architecture_part_publisher."""
    parts = name.split("_")
    if len(parts) != _PARTS or not parts[0] or not parts[1]:
        return None
    if parts[3].lower() not in _WHOLE:
        return None
    return {
        "package_manager": "appx",
        "name": parts[0],
        "version": parts[1],
        "architecture": _ARCHITECTURES.get(parts[2], parts[2]) or None,
        "vendor_name": _PUBLISHERS.get(parts[4], parts[4]) or None,
    }


def parse_nuspec(data: bytes) -> dict[str, Value] | None:
    """Return the package of a nuspec; None where it cannot be read."""
    found: dict[str, str | None] = {}
    for label, value in _TAG.findall(data):
        found.setdefault(text(label), plain(value))
    if not found.get("id") or not found.get("version"):
        return None
    return {
        "package_manager": "chocolatey",
        "name": found["id"],
        "version": found["version"],
    }


def read_appx(host: Host, want: Want) -> Iterator[dict[str, Value]]:
    """Yield the AppX packages of the machine and of its people, each once."""
    seen: set[str] = set()
    for store in registry_keys(host, STORE):
        if store != _EVERYONE and not store.startswith(PEOPLE):
            continue
        for name in registry_keys(host, f"{STORE}\\{store}"):
            want.check()
            package = parse_full_name(name)
            if package and name not in seen:
                seen.add(name)
                yield package


def read_chocolatey(host: Host, want: Want) -> Iterator[dict[str, Value]]:
    """Yield the packages of Chocolatey; none where it is not."""
    for name in names(host, CHOCOLATEY):
        want.check()
        try:
            data = small(host, f"{CHOCOLATEY}\\{name}\\{name}.nuspec")
        except HostError:  # no folder, or no such text
            continue
        if package := parse_nuspec(data):
            yield package
