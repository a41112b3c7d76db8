# SPDX-License-Identifier: Apache-2.0
"""Updates that apt's own lists offer, without running apt.

Rules: the lists are read and never refreshed, packed as they are, a piece at a time;
only stanzas of installed packages are looked into; held packages are left out; of all
versions that one counts which apt's priorities prefer; where they follow rules that are
not known here, or a list cannot be unpacked, apt is asked (`_linux/updates.py`).
Stated limit: whether an update's dependencies can be met is not looked at, nor is
`apt-get` when it lists what may be upgraded.
Not here: the administrator's rules (`apt_pins.py`), unpacking (`agent/host/packed.py`),
apt's output, other package managers (`_linux/updates.py`).
Sources: the Packages and Release files of a Debian repository, apt_preferences(5).
"""

from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field

from agent.budget import (
    APT_LIST_BYTES,
    APT_LIST_CHUNK_BYTES,
    APT_RELEASE_BYTES,
    APT_STANZA_BYTES,
)
from agent.collectors._linux import apt_pins
from agent.collectors._linux.dpkg import STATUS, parse_updatable
from agent.collectors._linux.dpkg import field as stanza_field
from agent.collectors._linux.versions import debian_key
from agent.collectors._shared.gather import names, number, small, text
from agent.errors import HostError, TooLargeError, UnsupportedError
from agent.host.interface import Host
from agent.host.packed import FORMS, unpack
from agent.rows import Want
from wire.values import Value

LISTS = "/var/lib/apt/lists"
_ARCHIVES = "/var/cache/apt/archives"
_PACKAGES = "_Packages"
_RELEASES = ("InRelease", "Release")
_PREFERENCES = "/etc/apt/preferences"
_SETTINGS = "/etc/apt/apt.conf"
_DEFAULT_RELEASE = b"default-release"
_MARK = b"\n\nPackage: "
"""What begins a stanza, once two line feeds are put before the list."""
_WHOLE = 100
"""Phased-Update-Percentage of an update that every machine is offered."""
_USUAL, _UPGRADES_ONLY, _NOT_AUTOMATIC, _INSTALLED = 500, 100, 1, 100
"""apt's priorities of suites, and of what is installed."""


@dataclass(frozen=True, slots=True)
class Archive:
    """One suite of a repository.

    Attributes:
        source: "label:version/suite", as apt writes it.
        security: whether it is one of security updates.
        priority: what apt gives its versions, where nobody says otherwise.
        suite: what rules know it by, in apt's letters.
    """

    source: str = ""
    security: bool = False
    priority: int = _USUAL
    suite: Mapping[str, str] = field(default_factory=dict)


@dataclass(slots=True)
class _Offer:
    """One version of a package, in all lists that have it."""

    priority: int
    rule: int | None
    sources: list[str]
    security: bool
    phased: bool


@dataclass(slots=True)
class _Package:
    """An installed package, and the versions of it that are not older."""

    name: str
    architecture: str
    version: str
    offers: dict[str, _Offer] = field(default_factory=dict)


def lists(host: Host) -> Sequence[str]:
    """Return the names of the package lists, packed ones too."""
    return [name for name in names(host, LISTS) if _PACKAGES in name]


def _form(name: str) -> str:
    """Return how a list is packed; empty where it is plain."""
    return name.rpartition(_PACKAGES)[2].removeprefix(".")


def _folder(host: Host, path: str) -> Iterator[bytes]:
    folder = f"{path}.d"
    for place in (path, *(f"{folder}/{name}" for name in names(host, folder))):
        yield small(host, place)


def read_pins(
    host: Host, found: Sequence[str], installed: Iterable[str]
) -> list[apt_pins.Pin] | None:
    """Return the administrator's rules; None where apt is to be asked.

    Args:
        host: the machine.
        found: the names of the lists.
        installed: the names of the packages.
    """
    if not all(_form(name) in ("", *FORMS) for name in found):
        return None
    if any(_DEFAULT_RELEASE in c.lower() for c in _folder(host, _SETTINGS)):
        return None
    packages = frozenset(installed)
    folder = f"{_PREFERENCES}.d"
    files = [f"{folder}/{n}" for n in names(host, folder) if apt_pins.is_read(n)]
    pins: list[apt_pins.Pin] = []
    for path in (_PREFERENCES, *files):
        content = small(host, path)
        rules = apt_pins.parse_pins(content, packages) if content else []
        if rules is None:
            return None
        pins += rules
    return pins


def parse_release(data: bytes, name: str = "") -> Archive:
    """Return what the head of a Release file says of its suite.

    Args:
        data: the head.
        name: of the list, which begins with the host that it comes from.
    """
    head = b"\n" + data

    def of(label: bytes) -> str:
        return text(stanza_field(head, b"\n" + label + b":"))

    label, suite, version = of(b"Label"), of(b"Suite"), of(b"Version")
    priority = _USUAL
    if of(b"NotAutomatic") == "yes":
        upgrades = of(b"ButAutomaticUpgrades") == "yes"
        priority = _UPGRADES_ONLY if upgrades else _NOT_AUTOMATIC
    place = "/".join(part for part in (version, suite) if part)
    known = {
        "a": suite,
        "n": of(b"Codename"),
        "l": label,
        "o": of(b"Origin"),
        "v": version,
        "host": name.partition("_")[0].partition(":")[0],
        "c": name.partition("_binary-")[0].rpartition("_")[2],
    }
    return Archive(
        ":".join(part for part in (label, place) if part),
        is_security(label, suite),
        priority,
        known,
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
            return parse_release(head, name)
    return Archive()


def _pieces(host: Host, path: str) -> Iterator[bytes]:
    """Yield a file, a piece at a time."""
    offset = 0
    while piece := host.read_part(path, offset, APT_LIST_CHUNK_BYTES):
        yield piece
        offset += len(piece)


def parse_list(
    pieces: Iterable[bytes], wanted: Mapping[bytes, object]
) -> Iterator[tuple[bytes, bytes]]:
    """Yield the names and stanzas of wanted packages, the name's own field left out.

    Args:
        pieces: the list; a stanza may lie across several.
        wanted: by the packages' names.

    Raises:
        HostError: it is no such list, or is too large.
    """
    rest, size = b"\n\n", 0
    for piece in pieces:
        size += len(piece)
        if size > APT_LIST_BYTES:
            reason = "package-list-too-large"
            raise TooLargeError(reason)
        *whole, rest = (rest + piece).split(_MARK)
        for stanza in whole:
            name = stanza[: stanza.find(b"\n")]
            if name in wanted:
                yield name, stanza
        if len(rest) > APT_STANZA_BYTES:
            reason = "not-a-package-list"
            raise HostError(reason)
    name = rest[: rest.find(b"\n")]
    if name in wanted:
        yield name, rest


def _installed(host: Host) -> dict[bytes, list[_Package]]:
    found: dict[bytes, list[_Package]] = {}
    for name, architecture, version in parse_updatable(host.read(STATUS)):
        package = _Package(text(name), architecture, version)
        found.setdefault(name, []).append(package)
    return found


def _is_phased(stanza: bytes) -> bool:
    """Tell whether a version is offered to a part of all machines only."""
    part = number(stanza_field(stanza, b"\nPhased-Update-Percentage:"))
    return part is not None and part < _WHOLE


class _Lists:
    """Looks through the lists for what is better than what is installed."""

    def __init__(
        self, installed: Mapping[bytes, list[_Package]], pins: Sequence[apt_pins.Pin]
    ) -> None:
        self._installed = installed
        self._pins = pins

    def look(self, archive: Archive, pieces: Iterable[bytes]) -> None:
        """Remember the versions that one list offers."""
        known = apt_pins.general(self._pins, archive.suite)
        usual = archive.priority if known is None else known
        for name, stanza in parse_list(pieces, self._installed):
            of = text(stanza_field(stanza, b"\nArchitecture:"))
            version = text(stanza_field(stanza, b"\nVersion:"))
            for package in self._installed[name]:
                if of == package.architecture or "all" in (of, package.architecture):
                    rule = apt_pins.special(self._pins, package.name, archive.suite)
                    self._offer(package, version, archive, usual, rule, stanza)

    def _offer(
        self,
        package: _Package,
        version: str,
        archive: Archive,
        priority: int,
        rule: int | None,
        stanza: bytes,
    ) -> None:
        if not version:
            return
        offer = package.offers.get(version)
        if offer is None:
            phased = version != package.version and _is_phased(stanza)
            offer = _Offer(priority, rule, [], security=False, phased=phased)
            package.offers[version] = offer
        offer.priority = max(offer.priority, priority)
        if rule is not None:
            offer.rule = rule if offer.rule is None else min(rule, offer.rule)
        offer.security |= archive.security
        if archive.source and archive.source not in offer.sources:
            offer.sources.append(archive.source)

    def priority(self, offer: _Offer) -> int:
        """Return what apt compares versions by before it compares their numbers."""
        if offer.rule is None:
            return offer.priority
        return self._pins[offer.rule].priority

    def row(self, package: _Package) -> dict[str, Value] | None:
        """Return the update of a package; None where there is none."""
        own = package.offers.pop(package.version, None)
        if not package.offers:
            return None
        least = debian_key(package.version)
        keys = {version: debian_key(version) for version in package.offers}
        newer = {v: o for v, o in package.offers.items() if keys[v] > least}
        best = max(newer, key=lambda v: (self.priority(newer[v]), keys[v]), default="")
        floor = _INSTALLED if own is None else max(_INSTALLED, self.priority(own))
        if not best or self.priority(newer[best]) < floor:
            return None
        chosen = newer[best]
        security = any(offer.security for offer in newer.values())
        return {
            "uid": package.name,
            "version": best,
            "current_version": package.version,
            "architecture": package.architecture or None,
            "security": security,
            "install_state": "phased" if chosen.phased and not security else "pending",
            "source": ", ".join(chosen.sources) or None,
        }


def read_lists(host: Host, want: Want) -> list[dict[str, Value]] | None:
    """Return the packages for which the lists have a version that apt prefers.

    Args:
        host: the machine.
        want: the time that there is.

    Returns:
        None where apt is to be asked.
    """
    found = lists(host)
    installed = _installed(host)
    packages = [package for same in installed.values() for package in same]
    pins = read_pins(host, found, (package.name for package in packages))
    if pins is None:
        return None
    known = names(host, LISTS)
    looking = _Lists(installed, pins)
    for name in found:
        pieces = _pieces(host, f"{LISTS}/{name}")
        form = _form(name)
        try:
            content = unpack(form, pieces) if form else pieces
            looking.look(_archive(host, name, known), _timed(want, content))
        except UnsupportedError:  # what unpacks it is not installed
            return None
    rows = (looking.row(package) for package in packages)
    return [row for row in rows if row]


def _timed(want: Want, pieces: Iterable[bytes]) -> Iterator[bytes]:
    for piece in pieces:
        want.check()
        yield piece


def downloaded(host: Host) -> frozenset[str]:
    """Return the names of the packages that lie ready to be installed."""
    return frozenset(names(host, _ARCHIVES))


def file_name(row: Mapping[str, Value]) -> str:
    """Return the name that apt gives a downloaded package."""
    version = str(row.get("version")).replace(":", "%3a")
    return f"{row.get('uid')}_{version}_{row.get('architecture')}.deb"
