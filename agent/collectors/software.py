# SPDX-License-Identifier: Apache-2.0
"""Software: installed packages, the same set as the package manager's own list.

Rules: maintainers are people and are not read; no file name of a package is read but
the date of its list; a package without a version is counted as skipped.
Not here: missing updates (part 2), programs that are running (`processes.py`).
Sources: dpkg's status file (deb822), rpm --queryformat, purl-spec (deb, rpm).
"""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass

from agent.collectors import _uninstall
from agent.collectors._declare import harmless, quasi
from agent.collectors._gather import (
    names,
    number,
    pick,
    settings,
    small,
    text,
    there,
    times,
)
from agent.errors import (
    BudgetError,
    DeniedError,
    HostError,
    NotFoundError,
    UnsupportedError,
)
from agent.host.interface import FileFacts, Host, Program
from agent.rows import Example, Reader, Reading, Row, Want
from wire.catalogue import Dataset, Kind, System, ValueType
from wire.values import Value

TEXT = ValueType.TEXT

DATASET = Dataset(
    "software",
    Kind.SNAPSHOT,
    "Installed software packages and their versions.",
    ("package_manager", "name", "architecture", "version"),
    (
        harmless("name", TEXT, "Says what is installed."),
        harmless("version", TEXT, "Finds versions with known security holes."),
        harmless("vendor_name", TEXT, "Says who publishes updates for it."),
        harmless("architecture", TEXT, "Says which update fits."),
        harmless("package_manager", TEXT, "Says which tool updates it."),
        harmless("source", TEXT, "Security notices name the source package."),
        harmless("size", ValueType.BYTES, "Finds what fills the disk."),
        harmless("purl", TEXT, "Looks it up in lists of known security holes."),
        quasi("install_time", ValueType.TIMESTAMP, "Says since when it is there."),
    ),
)

_STATUS = "/var/lib/dpkg/status"
_STATUS_FOLDER = "/var/lib/dpkg/status.d"
_INFO = "/var/lib/dpkg/info"
_RPM_FOLDERS = ("/var/lib/rpm", "/usr/lib/sysimage/rpm")
_INSTALLED = b" installed"
_RPM_FIELDS = (
    ("name", "%{NAME}"),
    ("version", "%{EPOCHNUM}:%{VERSION}-%{RELEASE}"),
    ("architecture", "%{ARCH}"),
    ("vendor_name", "%{VENDOR}"),
    ("source", "%{SOURCERPM}"),
    ("size", "%{SIZE}"),
    ("install_time", "%{INSTALLTIME}"),
)
RPM_FORMAT = "\\t".join(tag for _, tag in _RPM_FIELDS) + "\\n"
"""One line a package; rpm itself turns the escapes into characters."""
_NONE = b"(none)"
_KEY = "gpg-pubkey"
"""rpm lists the keys it trusts as packages of this name."""
_KIBIBYTE = 1024
_UNRESERVED = frozenset(
    b"abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789-._~:"
)

Package = Mapping[str, Value]


@dataclass(frozen=True, slots=True)
class Distribution:
    """Whose packages these are: ID and VERSION_ID of os-release."""

    name: str
    version: str


def _field(stanza: bytes, label: bytes) -> str:
    """Return a field of a stanza that starts with a line feed.

    A continuation line starts with a space, so a label after a line feed is a field.
    """
    begin = stanza.find(label)
    if begin < 0:
        return ""
    begin += len(label)
    end = stanza.find(b"\n", begin)
    return text(stanza[begin : end if end >= 0 else len(stanza)].strip())


def parse_dpkg(data: bytes, *, listed: bool = True) -> Iterator[Package | None]:
    """Yield the installed packages of a dpkg status file.

    Args:
        data: the file's stanzas.
        listed: whether a Status field says what is installed; images without dpkg
            have one file for each package and no such field.

    Yields:
        The columns, or None for an installed package that cannot be read.
    """
    for part in data.split(b"\n\n"):
        stanza = b"\n" + part
        if listed and not _is_installed(stanza):
            continue
        name = _field(stanza, b"\nPackage: ")
        version = _field(stanza, b"\nVersion: ")
        if name and version:
            kibibytes = number(_field(stanza, b"\nInstalled-Size: "))
            source = _field(stanza, b"\nSource: ").partition(" ")[0]
            yield {
                "package_manager": "dpkg",
                "name": name,
                "version": version,
                "architecture": _field(stanza, b"\nArchitecture: ") or None,
                "vendor_name": _field(stanza, b"\nOrigin: ") or None,
                "source": source or name,
                "size": times(kibibytes, _KIBIBYTE),
            }
        elif listed or part.strip():
            yield None


def _is_installed(stanza: bytes) -> bool:
    begin = stanza.find(b"\nStatus: ")
    if begin < 0:
        return False
    end = stanza.find(b"\n", begin + 1)
    status = stanza[begin : end if end >= 0 else len(stanza)]
    return status.rstrip().endswith(_INSTALLED)


def parse_rpm(data: bytes) -> Iterator[Package | None]:
    """Yield the package of each line that RPM_FORMAT makes; None for another form."""
    for raw in data.split(b"\n"):
        if not raw:
            continue
        fields = raw.split(b"\t")
        if len(fields) != len(_RPM_FIELDS) or not fields[0] or not fields[1]:
            yield None
            continue
        found = {
            column: "" if field == _NONE else text(field)
            for (column, _), field in zip(_RPM_FIELDS, fields, strict=True)
        }
        if found["name"] == _KEY:
            continue
        yield {
            "package_manager": "rpm",
            "name": found["name"],
            "version": found["version"].removeprefix("0:"),
            "architecture": found["architecture"] or None,
            "vendor_name": found["vendor_name"] or None,
            "source": found["source"] or None,
            "size": number(found["size"]),
            "install_time": number(found["install_time"]),
        }


def purl(package: Package, release: Distribution) -> str:
    """Return a package's purl, with the distribution it is of."""
    version, epoch, kind = str(package["version"]), "", "deb"
    if package["package_manager"] == "rpm":
        kind = "rpm"
        epoch, _, version = version.rpartition(":")
    tail = "&".join(
        f"{key}={_quote(value)}"
        for key, value in (
            ("arch", str(package["architecture"] or "")),
            ("distro", release.version and f"{release.name}-{release.version}"),
            ("epoch", epoch),
        )
        if value
    )
    name = f"{_quote(release.name.lower())}/{_quote(str(package['name']))}"
    return f"pkg:{kind}/{name}@{_quote(version)}{tail and '?'}{tail}"


def _quote(part: str) -> str:
    """Percent-encode as purl-spec says; most parts need nothing."""
    data = part.encode()
    if _UNRESERVED.issuperset(data):
        return part
    return "".join(
        chr(byte) if byte in _UNRESERVED else f"%{byte:02X}" for byte in data
    )


def _distribution(host: Host) -> Distribution:
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


def _read_dpkg(host: Host) -> Iterator[Package | None]:
    try:
        yield from parse_dpkg(host.read(_STATUS))
    except NotFoundError:
        if not there(host, _STATUS_FOLDER):
            raise
    for name in names(host, _STATUS_FOLDER):
        if not name.endswith(".md5sums"):
            data = small(host, f"{_STATUS_FOLDER}/{name}")
            yield from parse_dpkg(data, listed=False)


def _in_use(host: Host, folder: str) -> bool:
    """Tell whether rpm keeps packages in a folder: Debian's rpm brings an empty one."""
    try:
        return bool(host.list(folder))
    except NotFoundError:
        return False
    except DeniedError:  # rpm says what is wrong with it
        return True


def _packages(host: Host) -> Iterator[Package | None]:
    """Yield the packages of each manager that keeps a list here."""
    managers = 0
    if there(host, _STATUS) or there(host, _STATUS_FOLDER):
        managers += 1
        yield from _read_dpkg(host)
    if any(_in_use(host, folder) for folder in _RPM_FOLDERS):
        managers += 1
        yield from parse_rpm(host.run(Program.RPM, "-qa", "--queryformat", RPM_FORMAT))
    if not managers:
        reason = "no-package-database"
        raise UnsupportedError(reason)


def _install_time(host: Host, package: Package, lists: frozenset[str]) -> Value:
    """Return the date of a dpkg package's file list, written when it was installed."""
    name = package["name"]
    for stem in (f"{name}:{package['architecture']}", name):
        if f"{stem}.list" in lists:
            try:
                return host.facts(f"{_INFO}/{stem}.list").modified
            except NotFoundError:  # removed since it was listed
                return None
    return None


def read_linux(host: Host, want: Want) -> Reading:
    """Read one row for each installed package."""
    dated = "install_time" in want
    lists = frozenset(names(host, _INFO)) if dated else frozenset()
    release = _distribution(host) if "purl" in want else None
    rows: list[Row] = []
    skipped = 0
    for package in _packages(host) if want.columns else ():
        want.check()
        if package is None:
            skipped += 1
            continue
        if len(rows) >= want.rows:
            return Reading(rows, skipped=skipped, truncated=True)
        values = dict(package)
        if release:
            values["purl"] = purl(package, release)
        if dated and "install_time" not in package:
            values["install_time"] = _install_time(host, package, lists)
        rows.append(pick(want, values))
    return Reading(rows, skipped=skipped)


READERS: Mapping[System, Reader] = {
    System.LINUX: read_linux,
    System.WINDOWS: _uninstall.read_windows,
}

EXAMPLES = (
    Example(
        System.LINUX,
        "Debian: one installed package, one removed, one described over lines.",
        rows=(
            {
                "name": "g++",
                "version": "4:12.2.0-3",
                "architecture": "amd64",
                "package_manager": "dpkg",
                "source": "gcc-defaults",
                "size": 13312,
                "purl": "pkg:deb/debian/g%2B%2B@4:12.2.0-3?arch=amd64&distro=debian-12",
                "install_time": 1750000000,
            },
            {
                "name": "code",
                "version": "1.95.3",
                "architecture": "amd64",
                "vendor_name": "Microsoft",
                "package_manager": "dpkg",
                "source": "code",
                "purl": "pkg:deb/debian/code@1.95.3?arch=amd64&distro=debian-12",
            },
        ),
        files={
            "/etc/os-release": b"ID=debian\nVERSION_ID=12\n",
            _STATUS: b"Package: g++\nStatus: install ok installed\n"
            b"Maintainer: Ada <ada@example.test>\nInstalled-Size: 13\n"
            b"Architecture: amd64\nSource: gcc-defaults (1.203)\n"
            b"Version: 4:12.2.0-3\n\n"
            b"Package: gone\nStatus: deinstall ok config-files\nVersion: 1\n\n"
            b"Package: code\nStatus: hold ok installed\nArchitecture: amd64\n"
            b"Description: editor\n Version: 9\n .\n Package: x\n"
            b"Version: 1.95.3\nOrigin: Microsoft\n",
            f"{_INFO}/g++.list": b"/.\n",
        },
        facts={
            "facts": {f"{_INFO}/g++.list": FileFacts(3, 1750000000, 1, 1, 0, 0o644)}
        },
    ),
    Example(
        System.LINUX,
        "Fedora: two packages and a key, one of the packages with an epoch.",
        rows=(
            {
                "name": "bash",
                "version": "5.2.32-1.fc41",
                "architecture": "x86_64",
                "vendor_name": "Fedora Project",
                "package_manager": "rpm",
                "source": "bash-5.2.32-1.fc41.src.rpm",
                "size": 8000000,
                "install_time": 1730000000,
                "purl": "pkg:rpm/fedora/bash@5.2.32-1.fc41"
                "?arch=x86_64&distro=fedora-41",
            },
            {
                "name": "vim",
                "version": "2:9.1-1",
                "package_manager": "rpm",
                "purl": "pkg:rpm/fedora/vim@9.1-1?distro=fedora-41&epoch=2",
            },
        ),
        files={
            "/usr/lib/os-release": b'ID="fedora"\nVERSION_ID=41\n',
            "/usr/lib/sysimage/rpm/rpmdb.sqlite": b"",
        },
        programs={
            f"rpm -qa --queryformat {RPM_FORMAT}": b"bash\t0:5.2.32-1.fc41\tx86_64\t"
            b"Fedora Project\tbash-5.2.32-1.fc41.src.rpm\t8000000\t1730000000\n"
            b"gpg-pubkey\t0:e99d6ad1-64d2612c\t(none)\t(none)\t(none)\t0\t1730000000\n"
            b"vim\t2:9.1-1\t(none)\t(none)\t(none)\tbig\t(none)\n"
        },
    ),
    Example(
        System.LINUX,
        "An image without dpkg, and junk between the stanzas.",
        rows=(
            {
                "name": "tzdata\ufffd",
                "version": "2024a",
                "package_manager": "dpkg",
                "source": "tzdata\ufffd",
                "purl": "pkg:deb/linux/tzdata%EF%BF%BD@2024a",
            },
        ),
        files={
            f"{_STATUS_FOLDER}/tzdata": b"Package: tzdata\xff\nVersion: 2024a\n"
            b"Installed-Size: -5\n",
            f"{_STATUS_FOLDER}/junk": b"\xff\xfe\0\n\n\n\nPackage:\nVersion: \n",
            f"{_STATUS_FOLDER}/tzdata.md5sums": b"Package: no\nVersion: 1\n",
        },
    ),
    *_uninstall.EXAMPLES,
)
