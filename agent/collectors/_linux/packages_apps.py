# SPDX-License-Identifier: Apache-2.0
"""Applications that snapd and flatpak installed for the whole machine.

Rules: what a person installed for themselves is not looked for: its paths hold their
name; neither has a type of purl.
Not here: the packages of distributions (`_linux/dpkg.py`, `_linux/packages_lists.py`).
Sources: meta/snap.yaml of each current snap, flatpak's deploy data (a GVariant).
"""

import re
from collections.abc import Iterator

from agent.budget import SMALL_FILE_BYTES
from agent.collectors._shared.gather import names, text
from agent.errors import DeniedError, HostError, NotFoundError
from agent.host.interface import Host
from agent.rows import Want
from wire.values import Value

SNAPS = ("/snap", "/var/lib/snapd/snap")
FLATPAKS = "/var/lib/flatpak/app"

_SNAP_LINE = re.compile(rb"(?m)^(name|version):[ \t]*([^\n]*)$")
_ARCHITECTURE = re.compile(rb"(?m)^architectures:[ \t]*(?:\[|\n[ \t]*-)[ \t]*([\w-]+)")
_APPDATA = re.compile(rb"appdata-version\0+([^\0]{1,255})\0+s")
"""A key of the deploy data, padded; its value; and the value's type."""


def parse_snap(data: bytes) -> dict[str, Value] | None:
    """Return the package of a snap.yaml; None where it cannot be read."""
    found = {text(m[1]): _scalar(m[2]) for m in _SNAP_LINE.finditer(data)}
    name, version = found.get("name"), found.get("version")
    if not name or not version:
        return None
    architecture = _ARCHITECTURE.search(data)
    return {
        "package_manager": "snap",
        "name": name,
        "version": version,
        "architecture": text(architecture[1]) if architecture else None,
    }


def _scalar(value: bytes) -> str | None:
    """Return a plain or quoted scalar of YAML."""
    words = text(value).strip()
    if words[:1] in {'"', "'"} and words[-1:] == words[:1]:
        return words[1:-1].strip() or None
    return words.partition(" #")[0].strip() or None


def parse_deploy(data: bytes) -> str | None:
    """Return the version that the deploy data of a flatpak names."""
    found = _APPDATA.search(data)
    return text(found[1]).strip() or None if found else None


def read_snaps(host: Host, want: Want) -> Iterator[dict[str, Value] | None]:
    """Yield the current snaps; none where snapd is not."""
    folder = next((path for path in SNAPS if names(host, path)), "")
    for name in names(host, folder) if folder else ():
        want.check()
        try:
            path = f"{folder}/{name}/current/meta/snap.yaml"
            data = host.read_part(path, 0, SMALL_FILE_BYTES)
        except NotFoundError:  # the folder of programs
            continue
        except DeniedError:
            yield None
            continue
        yield parse_snap(data)


def read_flatpaks(host: Host, want: Want) -> Iterator[dict[str, Value] | None]:
    """Yield the current applications of flatpak; none where it is not."""
    for name in names(host, FLATPAKS):
        want.check()
        place = f"{FLATPAKS}/{name}/current"
        try:
            architecture, _, branch = host.link(place).strip("/").rpartition("/")
            path = f"{place}/active/deploy"
            data = host.read_part(path, 0, SMALL_FILE_BYTES)
        except HostError:  # half removed, or not ours
            yield None
            continue
        yield {
            "package_manager": "flatpak",
            "name": name,
            "version": parse_deploy(data) or branch,
            "architecture": architecture.rpartition("/")[2] or None,
        }
