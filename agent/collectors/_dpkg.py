# SPDX-License-Identifier: Apache-2.0
"""dpkg's list of packages: which are installed, in which version.

Rules: maintainers are people and are not read; pure; what has no name or version is
told as None.
Not here: other lists (`_packages_*.py`), what could be updated (`_apt.py`).
Source: dpkg's status file (deb822).
"""

from collections.abc import Iterator, Mapping

from agent.collectors._gather import number, text, times
from wire.values import Value

STATUS = "/var/lib/dpkg/status"
STATUS_FOLDER = "/var/lib/dpkg/status.d"
"""Where images without dpkg have a file for each package."""

_INSTALLED = b" installed"
_HOLD = b" hold "
_KIBIBYTE = 1024


def field(stanza: bytes, label: bytes) -> bytes:
    """Return a field of a stanza that starts with a line feed.

    A continuation line starts with a space, so a label after a line feed is a field.
    """
    begin = stanza.find(label)
    if begin < 0:
        return b""
    begin += len(label)
    end = stanza.find(b"\n", begin)
    return (stanza[begin:end] if end >= 0 else stanza[begin:]).strip()


def parse_dpkg(
    data: bytes, *, listed: bool = True
) -> Iterator[Mapping[str, Value] | None]:
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
        if listed and not _status(stanza).endswith(_INSTALLED):
            continue
        name = text(field(stanza, b"\nPackage: "))
        version = text(field(stanza, b"\nVersion: "))
        if name and version:
            kibibytes = number(field(stanza, b"\nInstalled-Size: "))
            source = text(field(stanza, b"\nSource: ").partition(b" ")[0])
            yield {
                "package_manager": "dpkg",
                "name": name,
                "version": version,
                "architecture": text(field(stanza, b"\nArchitecture: ")) or None,
                "vendor_name": text(field(stanza, b"\nOrigin: ")) or None,
                "source": source or name,
                "size": times(kibibytes, _KIBIBYTE),
            }
        elif listed or part.strip():
            yield None


def _status(stanza: bytes) -> bytes:
    return field(stanza, b"\nStatus:")


def parse_updatable(data: bytes) -> Iterator[tuple[bytes, str, str]]:
    """Yield name, architecture and version of each package that may be updated.

    Args:
        data: a dpkg status file; what is held in it stays as it is.
    """
    for part in data.split(b"\n\n"):
        stanza = b"\n" + part
        status = b" " + _status(stanza)
        if status.endswith(_INSTALLED) and not status.startswith(_HOLD):
            name, version = field(stanza, b"\nPackage: "), field(stanza, b"\nVersion: ")
            if name and version:
                yield name, text(field(stanza, b"\nArchitecture: ")), text(version)
