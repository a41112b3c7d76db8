# SPDX-License-Identifier: Apache-2.0
"""Updates that apt's own lists offer, without running apt.

Rules: the lists are read and never refreshed; held packages are left out; where the
administrator prefers versions by rules of their own, or a list is compressed, apt is
asked (`_linux/updates.py`) instead of guessed after.
Not here: apt's output, other package managers (`_linux/updates.py`).
Sources: the Packages and Release files of a Debian repository, apt_preferences(5).
"""

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field

from agent.budget import APT_LIST_BYTES, APT_LIST_CHUNK_BYTES, APT_RELEASE_BYTES
from agent.collectors._linux.dpkg import STATUS, parse_updatable
from agent.collectors._linux.dpkg import field as stanza_field
from agent.collectors._linux.versions import newer
from agent.collectors._shared.gather import names, number, small, text
from agent.errors import HostError, TooLargeError
from agent.host.interface import Host
from agent.rows import Want
from wire.values import Value

LISTS = "/var/lib/apt/lists"
_ARCHIVES = "/var/cache/apt/archives"
_PACKAGES = "_Packages"
_RELEASES = ("InRelease", "Release")
_PREFERENCES = "/etc/apt/preferences"
_SETTINGS = "/etc/apt/apt.conf"
_PREFERS = (b"pin:", b"default-release")
_WHOLE = 100
"""Phased-Update-Percentage of an update that every machine is offered."""


@dataclass(frozen=True, slots=True)
class Archive:
    """One suite of a repository.

    Attributes:
        source: "label:version/suite", as apt writes it.
        security: whether it is one of security updates.
        automatic: whether its versions are installed by themselves.
        upgrades: whether what was once installed from it is updated from it.
    """

    source: str = ""
    security: bool = False
    automatic: bool = True
    upgrades: bool = True


@dataclass(slots=True)
class _Package:
    """An installed package, and the best that was found for it."""

    name: str
    architecture: str
    version: str
    automatic: bool = False
    best: dict[bool, tuple[str, str, bool]] = field(default_factory=dict)
    security: bool = False


def lists(host: Host) -> Sequence[str]:
    """Return the names of the package lists, compressed ones too."""
    return [name for name in names(host, LISTS) if _PACKAGES in name]


def readable(host: Host, found: Sequence[str]) -> bool:
    """Tell whether the lists alone say what apt would do."""
    return all(name.endswith(_PACKAGES) for name in found) and not _prefers(host)


def _prefers(host: Host) -> bool:
    for place in (_PREFERENCES, _SETTINGS):
        folder = f"{place}.d"
        for path in (place, *(f"{folder}/{name}" for name in names(host, folder))):
            content = small(host, path).lower()
            if any(word in content for word in _PREFERS):
                return True
    return False


def parse_release(data: bytes) -> Archive:
    """Return what the head of a Release file says of its suite."""
    head = b"\n" + data
    label, suite = (
        text(stanza_field(head, name)) for name in (b"\nLabel:", b"\nSuite:")
    )
    version = text(stanza_field(head, b"\nVersion:"))
    manual = stanza_field(head, b"\nNotAutomatic:") == b"yes"
    upgrades = stanza_field(head, b"\nButAutomaticUpgrades:") == b"yes"
    place = "/".join(part for part in (version, suite) if part)
    return Archive(
        ":".join(part for part in (label, place) if part),
        is_security(label, suite),
        not manual,
        not manual or upgrades,
    )


def is_security(label: str, suite: str) -> bool:
    """Tell whether a suite is one of security updates, by its label or its name."""
    return suite.endswith("-security") or "security" in label.lower()


def _archive(host: Host, name: str, known: Sequence[str]) -> Archive:
    """Return the suite that a list is of: the one whose name its own begins with."""
    for kind in _RELEASES:
        stems = [item.removesuffix(kind) for item in known if item.endswith(kind)]
        stem = max((s for s in stems if name.startswith(s)), key=len, default="")
        if stem:
            head = host.read_part(f"{LISTS}/{stem}{kind}", 0, APT_RELEASE_BYTES)
            return parse_release(head)
    return Archive()


def _stanzas(host: Host, path: str, want: Want) -> Iterator[bytes]:
    """Yield the stanzas of a list, a piece of the file at a time."""
    rest, offset = b"", 0
    while offset <= APT_LIST_BYTES:
        want.check()
        piece = host.read_part(path, offset, APT_LIST_CHUNK_BYTES)
        offset += len(piece)
        *whole, rest = (rest + piece).split(b"\n\n")
        yield from whole
        if len(rest) > APT_LIST_CHUNK_BYTES:
            reason = "not-a-package-list"
            raise HostError(reason)
        if not piece:
            yield rest
            return
    reason = "package-list-too-large"
    raise TooLargeError(reason)


def _installed(host: Host) -> dict[bytes, list[_Package]]:
    found: dict[bytes, list[_Package]] = {}
    for name, architecture, version in parse_updatable(host.read(STATUS)):
        package = _Package(text(name), architecture, version)
        found.setdefault(b"Package: " + name, []).append(package)
    return found


def _consider(package: _Package, archive: Archive, stanza: bytes) -> None:
    """Remember a version that is newer than all so far."""
    version = text(stanza_field(stanza, b"\nVersion:"))
    if version == package.version:
        package.automatic |= archive.automatic
        return
    if not newer(version, package.version):
        return
    package.security |= archive.security
    best = package.best.get(archive.automatic)
    if best and version == best[0]:
        sources = (*best[1].split(", "), archive.source)
        joined = ", ".join(dict.fromkeys(filter(None, sources)))
        package.best[archive.automatic] = (version, joined, best[2])
    elif not best or newer(version, best[0]):
        part = number(stanza_field(stanza, b"\nPhased-Update-Percentage:"))
        phased = part is not None and part < _WHOLE
        package.best[archive.automatic] = (version, archive.source, phased)


def read_lists(
    host: Host, want: Want, found: Sequence[str]
) -> Iterator[Mapping[str, Value]]:
    """Yield the packages for which the lists have a newer version.

    Args:
        host: the machine.
        want: what is asked for.
        found: the names of the lists.
    """
    installed = _installed(host)
    known = names(host, LISTS)
    for name in found:
        archive = _archive(host, name, known)
        if not archive.upgrades:
            continue
        for stanza in _stanzas(host, f"{LISTS}/{name}", want):
            for package in installed.get(stanza[: stanza.find(b"\n")], ()):
                of = text(stanza_field(stanza, b"\nArchitecture:"))
                if of == package.architecture or "all" in (of, package.architecture):
                    _consider(package, archive, stanza)
    for packages in installed.values():
        for package in packages:
            best = package.best.get(True)
            if best is None and not package.automatic:
                best = package.best.get(False)
            if best:
                yield _row(package, best)


def _row(package: _Package, best: tuple[str, str, bool]) -> dict[str, Value]:
    version, source, phased = best
    return {
        "uid": package.name,
        "version": version,
        "current_version": package.version,
        "architecture": package.architecture or None,
        "security": package.security,
        "install_state": "phased" if phased and not package.security else "pending",
        "source": source or None,
    }


def downloaded(host: Host) -> frozenset[str]:
    """Return the names of the packages that lie ready to be installed."""
    return frozenset(names(host, _ARCHIVES))


def file_name(row: Mapping[str, Value]) -> str:
    """Return the name that apt gives a downloaded package."""
    version = str(row.get("version")).replace(":", "%3a")
    return f"{row.get('uid')}_{version}_{row.get('architecture')}.deb"
