# SPDX-License-Identifier: Apache-2.0
"""Package URLs: a package's name for lists of known security holes.

Rules: pure; a manager that purl-spec has no type for gives none.
Not here: who installed what (`software.py`).
Source: purl-spec and its types deb, rpm, apk, alpm, pypi, npm.
"""

import re
from collections.abc import Mapping
from dataclasses import dataclass
from functools import lru_cache

from agent.collectors._shared.gather import settings, small
from agent.errors import BudgetError, HostError
from agent.host.interface import Host
from wire.values import Value

Package = Mapping[str, Value]

_PLAIN = re.compile(r"[A-Za-z0-9.\-_~:]*\Z").match
_KEPT = frozenset(
    b"abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789-._~:"
)
_OF_DISTRIBUTION = {"dpkg": "deb", "rpm": "rpm", "apk": "apk", "pacman": "alpm"}
_RUNS = re.compile(r"[-_.]+")
"""What PyPI writes as one dash."""
_TAILS = 1_024
"""Endings that are remembered: a few architectures, and epochs of rpm."""


@dataclass(frozen=True, slots=True)
class Distribution:
    """Whose packages these are: ID and VERSION_ID of os-release."""

    name: str
    version: str


def distribution(host: Host) -> Distribution:
    """Return whose packages these are; a damaged file is no reason to list none."""
    for path in ("/etc/os-release", "/usr/lib/os-release"):
        try:
            found = settings(small(host, path))
        except BudgetError:
            raise
        except HostError:  # a folder in its place, or larger than any such file
            continue
        if found:
            return Distribution(found.get("ID", "linux"), found.get("VERSION_ID", ""))
    return Distribution("linux", "")


def purl(package: Package, release: Distribution) -> str | None:
    """Return a package's purl, with the distribution it is of; None where none fits."""
    manager, name = str(package["package_manager"]), str(package["name"])
    version, epoch = str(package["version"]), ""
    if manager == "pip":
        return f"pkg:pypi/{quote(_RUNS.sub('-', name).lower())}@{quote(version)}"
    if manager == "npm":
        scoped = "/".join(map(quote, name.split("/")))
        return f"pkg:npm/{scoped}@{quote(version)}"
    kind = _OF_DISTRIBUTION.get(manager)
    if kind is None:
        return None
    if kind == "rpm":
        epoch, _, version = version.rpartition(":")
    tail = _tail(str(package.get("architecture") or ""), release, epoch)
    place = f"pkg:{kind}/{quote(release.name.lower())}"
    return f"{place}/{quote(name)}@{quote(version)}{tail}"


@lru_cache(_TAILS)
def _tail(architecture: str, release: Distribution, epoch: str) -> str:
    tail = "&".join(
        f"{key}={quote(value)}"
        for key, value in (
            ("arch", architecture),
            ("distro", release.version and f"{release.name}-{release.version}"),
            ("epoch", epoch),
        )
        if value
    )
    return f"?{tail}" if tail else ""


def quote(part: str) -> str:
    """Percent-encode as purl-spec says; most parts need nothing."""
    if _PLAIN(part):
        return part
    data = part.encode()
    return "".join(chr(byte) if byte in _KEPT else f"%{byte:02X}" for byte in data)
