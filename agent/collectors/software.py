# SPDX-License-Identifier: Apache-2.0
"""Software: installed packages, the same set as the package manager's own list.

Rules: maintainers are people and are not read; no file name of a package is read but
the date of its list; a package without a version is counted as skipped; what people
installed for themselves is told on Windows alone, and never whose it is.
Not here: the lists' forms (`_linux/dpkg.py`, `_linux/packages_*.py`,
`_windows/uninstall.py`), missing updates (`patches.py`), programs that are running
(`processes.py`).
Sources: dpkg, rpm, apk, pacman, snapd, flatpak, pip, npm; the Uninstall keys, AppX and
Chocolatey of Windows; purl-spec.
"""

from collections.abc import Iterator, Mapping

from agent.collectors._linux.dpkg import has_dpkg, read_dpkg
from agent.collectors._linux.packages_apps import read_flatpaks, read_snaps
from agent.collectors._linux.packages_languages import read_npm, read_pip
from agent.collectors._linux.packages_lists import APK, PACMAN, read_apk, read_pacman
from agent.collectors._linux.packages_rpm import has_rpm, read_rpm
from agent.collectors._shared.declare import harmless, quasi
from agent.collectors._shared.gather import take, there
from agent.collectors._shared.purl import distribution, purl
from agent.errors import UnsupportedError
from agent.host.interface import Host
from agent.rows import Reader, Reading, Want
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

Packages = Iterator[dict[str, Value] | None]


def _packages(host: Host, want: Want) -> Packages:
    """Yield the packages of each manager that keeps a list here."""
    managers = 0
    if has_dpkg(host):
        managers += 1
        yield from read_dpkg(host, want)
    if has_rpm(host):
        managers += 1
        yield from read_rpm(host)
    if any(there(host, path) for path in APK):
        managers += 1
        yield from read_apk(host)
    if there(host, PACMAN):
        managers += 1
        yield from read_pacman(host, want)
    if not managers:
        reason = "no-package-database"
        raise UnsupportedError(reason)
    yield from _beside(host, want)


def _beside(host: Host, want: Want) -> Packages:
    """Yield what was installed for all beside the distribution's, each once."""
    seen: set[tuple[Value, ...]] = set()
    for read in (read_snaps, read_flatpaks, read_pip, read_npm):
        for package in read(host, want):
            key = tuple(package.get(name) for name in DATASET.key) if package else ()
            if package is None or key not in seen:
                seen.add(key)
                yield package


def _with_purls(host: Host, want: Want) -> Packages:
    release = distribution(host) if "purl" in want else None
    for package in _packages(host, want):
        if package is not None and release:
            package["purl"] = purl(package, release)
        yield package


def read_linux(host: Host, want: Want) -> Reading:
    """Read one row for each installed package."""
    return take(want, _with_purls(host, want) if want.columns else ())


def _programs(host: Host, want: Want) -> Iterator[Mapping[str, Value]]:
    from agent.collectors._windows import appx, uninstall  # noqa: PLC0415 - Linux has no use of them

    yield from uninstall.read_programs(host, want)
    yield from appx.read_appx(host, want)
    yield from appx.read_chocolatey(host, want)


def read_windows(host: Host, want: Want) -> Reading:
    """Read one row for each installed program."""
    return take(want, _programs(host, want) if want.columns else ())


READERS: Mapping[System, Reader] = {
    System.LINUX: read_linux,
    System.WINDOWS: read_windows,
}
