# SPDX-License-Identifier: Apache-2.0
"""Updates that wait on Linux, as each package manager tells without the network.

Rules: lists of packages are never refreshed; a manager without lists is not asked, for
its answer would be that all is well.
Not here: apt's own lists (`_linux/apt.py`), the columns' meaning (`patches.py`).
Sources: apt-get(8), dnf(8), zypper(8), apk(8), pacman(8); each ran here but apk.
"""

import re
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass

from agent.collectors._linux import apt
from agent.collectors._linux.dpkg import STATUS
from agent.collectors._shared.gather import names, small, text, there
from agent.collectors._shared.markup import plain
from agent.errors import UnsupportedError
from agent.host.interface import Host, Program
from agent.rows import Want
from wire.values import Value

Update = Mapping[str, Value]

APT = (
    "-s",
    *("-o", "Debug::NoLocking=true"),
    *("-o", "APT::Get::Show-User-Simulation-Note=false"),
    *("-o", "Dir::Cache::pkgcache="),
    *("-o", "Dir::Cache::srcpkgcache="),
    "--with-new-pkgs",
    "upgrade",
)
"""Simulated; without its caches, which it would write."""
DNF_UPGRADES = (
    *("-q", "-C", "--setopt=logfilelevel=0"),
    *("repoquery", "--upgrades", "--latest-limit=1"),
    *("--queryformat", "%{name}\\t%{evr}\\t%{arch}\\t%{repoid}\\n"),
)
DNF_ADVISORIES = ("-q", "-C", "--setopt=logfilelevel=0", "updateinfo", "list")
RPM_VERSIONS = (
    "-qa",
    "--queryformat",
    "%{NAME}\\t%{EPOCHNUM}:%{VERSION}-%{RELEASE}\\t%{ARCH}\\n",
)
ZYPPER = (
    *("--non-interactive", "--no-refresh", "--xmlout"),
    *("list-updates", "-t", "package", "-t", "patch"),
)
APK = ("--no-network", "version", "-l", "<")
PACMAN = ("-Qu",)

_RPM_FOLDERS = ("/var/lib/rpm", "/usr/lib/sysimage/rpm")
_ZYPP_REPOSITORIES = "/etc/zypp/repos.d"
_ZYPP_LISTS = "/var/cache/zypp/raw"
_INST = re.compile(
    rb"Inst ([^\s:]+)(?::\S+)? \[([^\]\s]+)\] \((\S+) ([^\[\]]*?) ?\[([^\]\s]*)\]\)"
)
_ADVISED = re.compile(rb"(\S+)-([^\s-]+-[^\s-]+)\.([a-z0-9_]+)\Z")
_APK_LINE = re.compile(rb"(\S+?)-([0-9][^\s-]*-r[0-9]+)\s+<\s+(\S+)")
_PACMAN_LINE = re.compile(rb"(\S+) (\S+) -> (\S+)(?: \[ignored\])?\Z")
_ATTRIBUTE = re.compile(rb'([a-z_-]+)="([^"]*)"')
_SUMMARY = re.compile(rb"<summary>([^<]*)</summary>")
_ALIAS = re.compile(rb'<source [^>]*alias="([^"]*)"')
_SECTION = re.compile(rb"\[([^\]\n]+)\]")
_OFF = re.compile(rb"(?m)^enabled\s*=\s*(?:0|no|false|off)\s*$")
_SEVERITIES = ("critical", "important", "moderate", "low")
_DNF_FIELDS = 4
_RPM_FIELDS = 3


def parse_apt(data: bytes) -> Iterator[Update]:
    """Yield the packages that a simulated upgrade would update."""
    for raw in data.split(b"\n"):
        found = _INST.match(raw)
        if not found:
            continue
        name, current, version, sources, architecture = map(text, found.groups())
        known = [source for source in sources.split(", ") if ":" in source]
        yield {
            "uid": name,
            "version": version,
            "current_version": current,
            "architecture": architecture or None,
            "security": any(_of_security(source) for source in known),
            "install_state": "pending",
            "source": ", ".join(known) or None,  # the rest are names of hosts
        }


def _of_security(source: str) -> bool:
    label, _, place = source.partition(":")
    return apt.is_security(label, place.rpartition("/")[2])


def parse_dnf(data: bytes) -> Iterator[dict[str, Value]]:
    """Yield the packages of repoquery, in the form of DNF_UPGRADES."""
    for raw in data.split(b"\n"):
        fields = [text(field) for field in raw.split(b"\t")]
        if len(fields) != _DNF_FIELDS or not fields[0] or not fields[1]:
            continue
        yield {
            "uid": fields[0],
            "version": fields[1].removeprefix("0:"),
            "architecture": fields[2] or None,
            "install_state": "pending",
            "source": fields[3] or None,
        }


def parse_advisories(data: bytes) -> dict[tuple[str, str], str]:
    """Return the severity of each package that an advisory of security names.

    dnf 4 writes "Important/Sec." before the package, dnf 5 "security Important"; one
    that says nothing of severity has an empty one.
    """
    found: dict[tuple[str, str], str] = {}
    for raw in data.split(b"\n"):
        words = raw.split()
        kinds = [text(word).lower() for word in words[1:3]]
        of_security = "security" in kinds or any(k.endswith("/sec.") for k in kinds)
        package = next(filter(None, map(_ADVISED.match, words[2:])), None)
        if not of_security or not package:
            continue
        stated = {kind.removesuffix("/sec.") for kind in kinds}
        severity = next((s for s in _SEVERITIES if s in stated), "")
        key = (text(package[1]), text(package[3]))
        if _rank(severity) <= _rank(found.get(key, "")):
            found[key] = severity
    return found


def _rank(severity: str) -> int:
    return _SEVERITIES.index(severity) if severity else len(_SEVERITIES)


def parse_versions(data: bytes) -> dict[tuple[str, str], str | None]:
    """Return the version of each package of rpm's list; None where it has several."""
    found: dict[tuple[str, str], str | None] = {}
    for raw in data.split(b"\n"):
        fields = [text(field) for field in raw.split(b"\t")]
        if len(fields) == _RPM_FIELDS:
            key = (fields[0], fields[2])
            found[key] = None if key in found else fields[1].removeprefix("0:")
    return found


def parse_zypper(data: bytes) -> Iterator[Update]:
    """Yield the packages and patches of zypper's list-updates."""
    for part in data.split(b"<update ")[1:]:
        head, _, rest = part.partition(b">")
        found = {text(name): plain(value) for name, value in _ATTRIBUTE.findall(head)}
        name, kind = found.get("name"), found.get("kind")
        if not name or kind not in {"package", "patch"}:
            continue
        alias, summary = _ALIAS.search(rest), _SUMMARY.search(rest)
        patch = kind == "patch"
        severity = (found.get("severity") or "").lower()
        yield {
            "uid": name,
            "title": plain(summary[1]) if patch and summary else None,
            "version": found.get("edition"),
            "current_version": found.get("edition-old"),
            "architecture": found.get("arch"),
            "security": found.get("category") == "security" if patch else None,
            "severity": severity if severity in _SEVERITIES else None,
            "install_state": "pending",
            "source": plain(alias[1]) if alias else None,
        }


def parse_apk(data: bytes) -> Iterator[Update]:
    """Yield the packages that apk lists as older than their repository's."""
    for raw in data.split(b"\n"):
        if found := _APK_LINE.match(raw):
            yield _plain_update(*map(text, found.groups()))


def parse_pacman(data: bytes) -> Iterator[Update]:
    """Yield the packages that pacman -Qu lists, but for ignored ones."""
    for raw in data.split(b"\n"):
        found = _PACMAN_LINE.match(raw.strip())
        if found and not raw.rstrip().endswith(b"]"):
            yield _plain_update(*map(text, found.groups()))


def _plain_update(name: str, current: str, version: str) -> Update:
    return {
        "uid": name,
        "version": version,
        "current_version": current,
        "install_state": "pending",
    }


def _read_apt(host: Host, want: Want) -> Iterator[Update]:
    ready = apt.downloaded(host) if "install_state" in want else frozenset()
    for row in host.once("apt", lambda: _ask_apt(host, want)):
        state = "downloaded" if apt.file_name(row) in ready else row["install_state"]
        yield {**row, "install_state": state}


def _ask_apt(host: Host, want: Want) -> Sequence[Update]:
    rows = apt.read_lists(host, want)
    if rows is not None:
        return rows
    return list(parse_apt(host.run(Program.APT_GET, *APT)))


def _read_dnf(host: Host, want: Want) -> Iterator[Update]:
    rows = list(parse_dnf(host.run(Program.DNF, *DNF_UPGRADES)))
    advised: dict[tuple[str, str], str] = {}
    versions: dict[tuple[str, str], str | None] = {}
    if rows and want.any("security", "severity"):
        advised = parse_advisories(host.run(Program.DNF, *DNF_ADVISORIES))
    if rows and "current_version" in want:
        versions = parse_versions(host.run(Program.RPM, *RPM_VERSIONS))
    for row in rows:
        key = (str(row["uid"]), str(row["architecture"]))
        row["security"] = key in advised
        row["severity"] = advised.get(key) or None
        row["current_version"] = versions.get(key)
        yield row


def _read_zypper(host: Host, _want: Want) -> Iterator[Update]:
    return parse_zypper(host.run(Program.ZYPPER, *ZYPPER))


def _read_apk(host: Host, _want: Want) -> Iterator[Update]:
    return parse_apk(host.run(Program.APK, *APK))


def _read_pacman(host: Host, _want: Want) -> Iterator[Update]:
    return parse_pacman(host.run(Program.PACMAN, *PACMAN))


def _ending(host: Host, folder: str, ending: str) -> list[str]:
    found = names(host, folder)
    return [f"{folder}/{name}" for name in found if name.endswith(ending)]


def _apt_lists(host: Host) -> Sequence[str]:
    """Return the folder that apt fetches into: lists keep their server's date."""
    return [f"{apt.LISTS}/partial", apt.LISTS] if apt.lists(host) else []


def _dnf_lists(host: Host) -> Sequence[str]:
    found = _ending(host, "/var/cache/dnf", ".solv")
    folder = "/var/cache/libdnf5"
    return [*found, *(f"{folder}/{n}/repodata/repomd.xml" for n in names(host, folder))]


def _zypper_lists(host: Host) -> Sequence[str]:
    """Return the lists of each repository; none where one was never fetched.

    zypper would fetch that one now, whatever it is told.
    """
    found: list[str] = []
    for path in _ending(host, _ZYPP_REPOSITORIES, ".repo"):
        content = small(host, path)
        section = _SECTION.search(content)
        if section and not _OFF.search(content):
            found.append(f"{_ZYPP_LISTS}/{text(section[1])}/repodata")
    return found if all(there(host, path) for path in found) else []


def _apk_lists(host: Host) -> Sequence[str]:
    folder = "/var/cache/apk"
    return [f"{folder}/{n}" for n in names(host, folder) if n.startswith("APKINDEX.")]


def _pacman_lists(host: Host) -> Sequence[str]:
    return _ending(host, "/var/lib/pacman/sync", ".db")


@dataclass(frozen=True, slots=True)
class Manager:
    """One package manager.

    Attributes:
        name: of the program that updates.
        places: where its list of installed packages is.
        lists: the paths of its lists of what there is, as far as they are fetched.
        read: the updates that wait.
    """

    name: str
    places: tuple[str, ...]
    lists: Callable[[Host], Sequence[str]]
    read: Callable[[Host, Want], Iterator[Update]]


MANAGERS = (
    Manager("apt", (STATUS,), _apt_lists, _read_apt),
    Manager("dnf", _RPM_FOLDERS, _dnf_lists, _read_dnf),
    Manager("zypper", _RPM_FOLDERS, _zypper_lists, _read_zypper),
    Manager("apk", ("/lib/apk/db/installed",), _apk_lists, _read_apk),
    Manager("pacman", ("/var/lib/pacman/local",), _pacman_lists, _read_pacman),
)


def present(host: Host) -> list[Manager]:
    """Return the package managers that have packages here.

    Raises:
        UnsupportedError: there is none.
    """
    found = [m for m in MANAGERS if any(there(host, path) for path in m.places)]
    if not found:
        reason = "no-package-manager"
        raise UnsupportedError(reason)
    return found


def managers(host: Host) -> list[Manager]:
    """Return the package managers that have lists to compare with.

    Raises:
        UnsupportedError: there is none, or none with lists.
    """
    found = [manager for manager in present(host) if manager.lists(host)]
    if not found:
        reason = "no-package-lists"
        raise UnsupportedError(reason)
    return found


def read_updates(host: Host, want: Want, manager: Manager) -> Iterator[Update]:
    """Yield the updates that wait for one manager, each once."""
    seen: set[tuple[Value, ...]] = set()
    for row in manager.read(host, want):
        key = (row.get("uid"), row.get("version"), row.get("architecture"))
        if key not in seen:
            seen.add(key)
            yield {"package_manager": manager.name, **row}
