# SPDX-License-Identifier: Apache-2.0
"""dpkg's list of packages: which are installed, in which version, since when.

Rules: maintainers are people and are not read; no file name of a package is read but
the date of its list; what has no name or version is told as None.
Not here: other lists (`_linux/packages_*.py`), what could be updated (`_linux/apt.py`).
Source: dpkg's status file (deb822).
"""

import re
from collections.abc import Iterator, Mapping

from agent.budget import TEXT_BYTES
from agent.collectors._shared.gather import names, number, small, text, there, times
from agent.errors import DeniedError, NotFoundError
from agent.host.interface import Host
from agent.rows import Want
from wire.values import Value

STATUS = "/var/lib/dpkg/status"
STATUS_FOLDER = "/var/lib/dpkg/status.d"
"""Where images without dpkg have a file for each package."""
INFO = "/var/lib/dpkg/info"

_LIST = ".list"
_INSTALLED = b" installed"
_HOLD = b" hold "
_KIBIBYTE = 1024
_FIELDS = re.compile(
    rb"\n(Package|Status|Version|Architecture|Source|Installed-Size|Origin):"
    rb"[ \t]*([^\n]{0,%d})" % TEXT_BYTES
).findall
"""A continuation line starts with a space, so a name after a line feed is a field."""


def field(stanza: bytes, label: bytes) -> bytes:
    """Return the field of a stanza whose label follows a line feed."""
    begin = stanza.find(label)
    if begin < 0:
        return b""
    begin += len(label)
    end = stanza.find(b"\n", begin)
    return (stanza[begin:end] if end >= 0 else stanza[begin:]).strip()


def parse_dpkg(
    data: bytes, *, listed: bool = True
) -> Iterator[dict[str, Value] | None]:
    """Yield the installed packages of a dpkg status file.

    Args:
        data: the file's stanzas.
        listed: whether a Status field says what is installed; images without dpkg
            have one file for each package and no such field.

    Yields:
        The columns, or None for an installed package that cannot be read.
    """
    for part in data.replace(b"\0", b"").split(b"\n\n"):
        get = dict(_FIELDS(b"\n" + part)).get
        if listed and not get(b"Status", b"").rstrip().endswith(_INSTALLED):
            continue
        name, version = _text(get(b"Package")), _text(get(b"Version"))
        if name and version:
            source = _text(get(b"Source", b"").partition(b" ")[0])
            kibibytes = number(get(b"Installed-Size", b"").strip())
            yield {
                "package_manager": "dpkg",
                "name": name,
                "version": version,
                "architecture": _text(get(b"Architecture")),
                "vendor_name": _text(get(b"Origin")),
                "source": source or name,
                "size": times(kibibytes, _KIBIBYTE),
            }
        elif listed or part.strip():
            yield None


def _text(value: bytes | None) -> str | None:
    """Return a field, which is bounded already and holds no NUL."""
    return value.rstrip().decode("utf-8", "replace") or None if value else None


def parse_updatable(data: bytes) -> Iterator[tuple[bytes, str, str]]:
    """Yield name, architecture and version of each package that may be updated.

    Args:
        data: a dpkg status file; what is held in it stays as it is.
    """
    for part in data.split(b"\n\n"):
        stanza = b"\n" + part
        status = b" " + field(stanza, b"\nStatus:")
        if status.endswith(_INSTALLED) and not status.startswith(_HOLD):
            name = field(stanza, b"\nPackage: ")
            version = text(field(stanza, b"\nVersion: "))
            if name and version:
                yield name, text(field(stanza, b"\nArchitecture: ")), version


def has_dpkg(host: Host) -> bool:
    """Tell whether dpkg keeps a list here."""
    return there(host, STATUS) or there(host, STATUS_FOLDER)


def _read(host: Host) -> Iterator[dict[str, Value] | None]:
    try:
        yield from parse_dpkg(host.read(STATUS))
    except NotFoundError:
        if not there(host, STATUS_FOLDER):
            raise
    for name in names(host, STATUS_FOLDER):
        if not name.endswith(".md5sums"):
            data = small(host, f"{STATUS_FOLDER}/{name}")
            yield from parse_dpkg(data, listed=False)


def read_dpkg(host: Host, want: Want) -> Iterator[dict[str, Value] | None]:
    """Yield the packages, with the date of their file lists where it is asked for."""
    dates: Mapping[str, int] = {}
    if "install_time" in want:
        try:
            dates = host.dates(INFO, _LIST)
        except (NotFoundError, DeniedError):
            dates = {}
    for package in _read(host):
        if dates and package:
            name = package["name"]
            known = dates.get(str(name))
            if known is None:  # several architectures may have it
                known = dates.get(f"{name}:{package['architecture']}")
            package["install_time"] = known
        yield package
