# SPDX-License-Identifier: Apache-2.0
"""Packages of Python and Node that were installed for the whole machine.

Rules: what a distribution's package brought is left out, for its own list has it and
its version tells more; what a person installed for themselves is not looked for.
Not here: environments and projects of people.
Sources: dist-info folders (PEP 376: INSTALLER, and their own names), package.json.
"""

import json
import re
from collections.abc import Iterator

from agent.collectors._shared.gather import line, names, small, text
from agent.errors import TooLargeError
from agent.host.interface import Host
from agent.rows import Want
from wire.values import Value

NODE = ("/usr/lib/node_modules", "/usr/local/lib/node_modules")
_LIBRARIES = ("/usr/lib", "/usr/local/lib", "/usr/lib64", "/usr/local/lib64")
_PYTHON = re.compile(r"python3(?:\.[0-9]+)?\Z")
_PACKAGES = ("dist-packages", "site-packages")
_INFO = ".dist-info"
_DISTRIBUTIONS = frozenset({"", "debian", "rpm", "apk", "portage"})
"""What INSTALLER says, if anything, of what the distribution brought."""


def parse_info(name: str) -> tuple[str, str] | None:
    """Return name and version of a dist-info folder; None where it tells none."""
    stem, dash, version = name.removesuffix(_INFO).rpartition("-")
    return (stem, version) if dash and stem and version else None


def parse_package_json(data: bytes) -> dict[str, Value] | None:
    """Return the package of a package.json; None where it cannot be read."""
    try:
        found = json.loads(data)
    except (ValueError, RecursionError):
        return None
    if not isinstance(found, dict):
        return None
    name, version = found.get("name"), found.get("version")
    if not isinstance(name, str) or not isinstance(version, str):
        return None
    name, version = (text(word.encode("utf-8", "replace")) for word in (name, version))
    if not name or not version:
        return None
    return {"package_manager": "npm", "name": name, "version": version}


def read_pip(host: Host, want: Want) -> Iterator[dict[str, Value] | None]:
    """Yield the packages that pip and its like installed for all."""
    for library in _LIBRARIES:
        for python in filter(_PYTHON.match, names(host, library)):
            for kind in _PACKAGES:
                yield from _read_folder(host, want, f"{library}/{python}/{kind}")


def _read_folder(
    host: Host, want: Want, folder: str
) -> Iterator[dict[str, Value] | None]:
    for name in names(host, folder):
        if not name.endswith(_INFO):
            continue
        want.check()
        installer = (line(host, f"{folder}/{name}/INSTALLER") or "").lower()
        if installer in _DISTRIBUTIONS:
            continue
        found = parse_info(name)
        yield found and {
            "package_manager": "pip",
            "name": found[0],
            "version": found[1],
        }


def read_npm(host: Host, want: Want) -> Iterator[dict[str, Value] | None]:
    """Yield the packages that npm installed for all."""
    for folder in NODE:
        for name in names(host, folder):
            below = names(host, f"{folder}/{name}") if name.startswith("@") else ()
            for item in [f"{name}/{part}" for part in below] or [name]:
                want.check()
                try:
                    data = small(host, f"{folder}/{item}/package.json")
                except TooLargeError:
                    yield None
                    continue
                if data:
                    yield parse_package_json(data)
