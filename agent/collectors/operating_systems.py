# SPDX-License-Identifier: Apache-2.0
"""Operating systems: which one runs, in which version.

Rules: a product key has no code path.
Not here: installed packages (`software.py`).
Sources: os-release(5), uname, the age of files that only the installer writes.
"""

from collections.abc import Mapping

from agent.collectors._declare import harmless, quasi
from agent.collectors._gather import Source, read_sources, settings, small
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


READERS: Mapping[System, Reader] = {System.LINUX: read_linux}

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
)
