# SPDX-License-Identifier: Apache-2.0
"""Operating systems: which one runs, in which version.

Rules: a product key has no code path.
Not here: installed packages (`software.py`).
Sources: os-release(5), uname, the age of files that only the installer writes;
on Windows the keys CurrentVersion and Nls/Language.
"""

from collections.abc import Mapping
from locale import windows_locale

from agent.collectors._shared.declare import harmless, quasi
from agent.collectors._shared.gather import (
    Source,
    number,
    read_sources,
    settings,
    small,
)
from agent.collectors._windows.steps import figure, registry, words
from agent.errors import DeniedError, NotFoundError
from agent.host.interface import FileFacts, Host, KernelFacts
from agent.rows import Example, Reader, Reading, Want
from wire.catalogue import Dataset, Kind, System, ValueType
from wire.values import Value

TEXT = ValueType.TEXT

DATASET = Dataset(
    "operating_systems",
    Kind.SNAPSHOT,
    "The operating system: its name, version and age.",
    ("os.type",),
    (
        harmless("os.type", TEXT, "Linux and Windows are looked after differently."),
        harmless("os.name", TEXT, "Says which security notices apply."),
        harmless("os.version", TEXT, "Shows versions whose support has ended."),
        harmless("os.build_id", TEXT, "Tells builds of one version apart."),
        harmless("kernel_release", TEXT, "Shows a kernel with known security holes."),
        harmless("edition", TEXT, "Says which functions there are."),
        quasi("install_date", ValueType.TIMESTAMP, "Shows machines set up long ago."),
        quasi("lang", TEXT, "Lets a technician expect the language of messages."),
    ),
)

_RELEASE_COLUMNS = ("os.name", "os.version", "os.build_id", "edition")
_RELEASE_FILES = ("/etc/os-release", "/usr/lib/os-release")
_LANGUAGE_FILES = ("/etc/locale.conf", "/etc/default/locale")
_INSTALLER_FILES = ("/var/log/installer", "/etc/machine-id", "/lost+found")
"""Written when the system was installed and not since; the first one counts."""

_CURRENT_VERSION = "HKLM\\SOFTWARE\\Microsoft\\Windows NT\\CurrentVersion"
_CURRENT = {
    "os.name": ("ProductName", "CurrentBuild"),
    "os.version": ("DisplayVersion", "ReleaseId"),
    "os.build_id": ("CurrentBuild", "UBR"),
    "edition": ("EditionID",),
    "install_date": ("InstallDate",),
}
_ELEVEN = 22_000
"""First build of Windows 11, whose ProductName still says 10."""
_NLS = "HKLM\\SYSTEM\\CurrentControlSet\\Control\\Nls\\Language"


def parse_release(data: bytes) -> dict[str, Value]:
    """Return name, version, build and edition of an os-release file."""
    found = settings(data)
    return {
        "os.name": found.get("NAME") or found.get("ID"),
        "os.version": found.get("VERSION_ID") or None,
        "os.build_id": found.get("BUILD_ID") or found.get("IMAGE_VERSION") or None,
        "edition": found.get("VARIANT") or None,
    }


def _first(host: Host, paths: tuple[str, ...]) -> bytes:
    return next((data for path in paths if (data := small(host, path))), b"")


def _read_type(_host: Host, _want: Want) -> Mapping[str, Value]:
    return {"os.type": "linux"}


def _read_release(host: Host, _want: Want) -> Mapping[str, Value]:
    return parse_release(_first(host, _RELEASE_FILES))


def _read_kernel(host: Host, _want: Want) -> Mapping[str, Value]:
    try:
        return {"kernel_release": host.kernel().release}
    except NotFoundError:
        return {}


def _read_install_date(host: Host, _want: Want) -> Mapping[str, Value]:
    for path in _INSTALLER_FILES:
        try:
            return {"install_date": host.facts(path).modified}
        except (NotFoundError, DeniedError):
            continue
    return {}


def _read_language(host: Host, _want: Want) -> Mapping[str, Value]:
    return {"lang": settings(_first(host, _LANGUAGE_FILES)).get("LANG") or None}


_SOURCES: tuple[Source, ...] = (
    (("os.type",), _read_type),
    (_RELEASE_COLUMNS, _read_release),
    (("kernel_release",), _read_kernel),
    (("install_date",), _read_install_date),
    (("lang",), _read_language),
)


def read_linux(host: Host, want: Want) -> Reading:
    """Read the one row of the running system."""
    return read_sources(host, want, _SOURCES)


def parse_current(found: Mapping[str, str | int]) -> dict[str, Value]:
    """Return name, version, build and edition of the CurrentVersion key."""
    build, revision = words(found.get("CurrentBuild")), found.get("UBR")
    name = words(found.get("ProductName"))
    if name and (number(build) or 0) >= _ELEVEN:
        name = name.replace("Windows 10", "Windows 11")
    installed = figure(found.get("InstallDate"))
    return {
        "os.name": name,
        "os.version": words(found.get("DisplayVersion"))
        or words(found.get("ReleaseId")),
        "os.build_id": f"{build}.{revision}" if build and revision else build,
        "edition": words(found.get("EditionID")),
        "install_date": installed or None,
    }


def _read_current(host: Host, want: Want) -> Mapping[str, Value]:
    names = {name for column in want.columns for name in _CURRENT.get(column, ())}
    return parse_current(registry(host, _CURRENT_VERSION, *names))


def _read_windows_language(host: Host, _want: Want) -> Mapping[str, Value]:
    code = words(registry(host, _NLS, "InstallLanguage").get("InstallLanguage"))
    try:
        return {"lang": windows_locale.get(int(code or "", 16))}
    except ValueError:
        return {}


_WINDOWS_SOURCES: tuple[Source, ...] = (
    (("os.type",), lambda _host, _want: {"os.type": "windows"}),
    (tuple(_CURRENT), _read_current),
    (("kernel_release",), _read_kernel),
    (("lang",), _read_windows_language),
)


def read_windows(host: Host, want: Want) -> Reading:
    """Read the one row of the running system."""
    return read_sources(host, want, _WINDOWS_SOURCES)


READERS: Mapping[System, Reader] = {
    System.LINUX: read_linux,
    System.WINDOWS: read_windows,
}

EXAMPLES = (
    Example(
        System.LINUX,
        "Fedora Server, after its own os-release.",
        rows=(
            {
                "os.type": "linux",
                "os.name": "Fedora Linux",
                "os.version": "41",
                "os.build_id": "41.20241024.0",
                "kernel_release": "6.11.4-301.fc41.x86_64",
                "edition": "Server Edition",
                "install_date": 1730000000,
                "lang": "de_CH.UTF-8",
            },
        ),
        files={
            "/etc/os-release": b'NAME="Fedora Linux"\nVERSION_ID=41\nID=fedora\n'
            b'VARIANT="Server Edition"\nBUILD_ID=41.20241024.0\n',
            "/etc/locale.conf": b"LANG=de_CH.UTF-8\n",
        },
        facts={
            "kernel": KernelFacts(
                "Linux", "web1", "6.11.4-301.fc41.x86_64", "#1 SMP", "x86_64"
            ),
            "facts": {"/etc/machine-id": FileFacts(33, 1730000000, 1, 1, 0, 0o444)},
        },
    ),
    Example(
        System.LINUX,
        "Debian, described under /usr/lib only.",
        rows=(
            {
                "os.type": "linux",
                "os.name": "Debian GNU/Linux",
                "os.version": "12",
                "lang": "C.UTF-8",
            },
        ),
        files={
            "/usr/lib/os-release": b"NAME='Debian GNU/Linux'\nVERSION_ID=\"12\"\n",
            "/etc/default/locale": b"#  File generated by update-locale\nLANG=C.UTF-8",
        },
    ),
    Example(
        System.LINUX,
        "An os-release of junk gives the type alone.",
        rows=({"os.type": "linux"},),
        files={
            "/etc/os-release": b"\xff\xfe\0NAME\n===\n#NAME=x\nVERSION_ID=\n",
            "/etc/locale.conf": b"LANG\n\n=\n",
        },
    ),
    Example(
        System.WINDOWS,
        "Windows 11 Pro, whose key still calls it 10.",
        rows=(
            {
                "os.type": "windows",
                "os.name": "Windows 11 Pro",
                "os.version": "23H2",
                "os.build_id": "22631.4460",
                "kernel_release": "10.0.22631",
                "edition": "Professional",
                "install_date": 1700000000,
                "lang": "de_CH",
            },
        ),
        facts={
            "kernel": KernelFacts("Windows", "pc", "10.0.22631", "", "x86_64"),
            "registry": {
                _CURRENT_VERSION: {
                    "ProductName": "Windows 10 Pro",
                    "DisplayVersion": "23H2",
                    "ReleaseId": "2009",
                    "CurrentBuild": "22631",
                    "UBR": 4460,
                    "EditionID": "Professional",
                    "InstallDate": 1700000000,
                },
                _NLS: {"InstallLanguage": "0807"},
            },
        },
    ),
    Example(
        System.WINDOWS,
        "A server of 2016, and values of the wrong kind.",
        rows=(
            {
                "os.type": "windows",
                "os.name": "Windows Server 2016 Standard",
                "os.version": "1607",
                "os.build_id": "14393",
                "kernel_release": "10.0.14393",
            },
        ),
        facts={
            "kernel": KernelFacts("Windows", "srv", "10.0.14393", "", "x86_64"),
            "registry": {
                _CURRENT_VERSION: {
                    "ProductName": "Windows Server 2016 Standard",
                    "ReleaseId": "1607",
                    "CurrentBuild": "14393",
                    "EditionID": 5,
                    "InstallDate": "yesterday",
                },
                _NLS: {"InstallLanguage": "English"},
            },
        },
    ),
)
