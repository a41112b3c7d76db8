# SPDX-License-Identifier: Apache-2.0
"""The lists of packages of Alpine's apk and Arch's pacman.

Rules: packagers and maintainers are people and are not read; what has no name or
version is told as None.
Not here: dpkg (`_linux/dpkg.py`), rpm (`_linux/packages_rpm.py`), what could be updated
(`_linux/updates.py`).
Sources: apk's installed database (apk-v2), pacman's local database (alpm-db-desc).
"""

from collections.abc import Iterator
from itertools import pairwise

from agent.budget import SMALL_FILE_BYTES
from agent.collectors._shared.gather import names, number, text
from agent.errors import DeniedError, NotFoundError
from agent.host.interface import Host
from agent.rows import Want
from wire.values import Value

APK = ("/lib/apk/db/installed", "/usr/lib/apk/db/installed")
PACMAN = "/var/lib/pacman/local"

_APK_FIELDS = {b"P": "name", b"V": "version", b"A": "architecture", b"o": "source"}
_APK_SIZE = b"I"
_DESC_FIELDS = {
    b"%NAME%": "name",
    b"%VERSION%": "version",
    b"%ARCH%": "architecture",
    b"%BASE%": "source",
}
_DESC_NUMBERS = {b"%SIZE%": "size", b"%INSTALLDATE%": "install_time"}


def parse_apk(data: bytes) -> Iterator[dict[str, Value] | None]:
    """Yield each package of apk's database; None for one that cannot be read."""
    for part in data.split(b"\n\n"):
        if not part.strip():
            continue
        found: dict[str, Value] = {"package_manager": "apk"}
        for line in part.split(b"\n"):
            label, _, value = line.partition(b":")
            if label in _APK_FIELDS:
                found.setdefault(_APK_FIELDS[label], text(value.strip()) or None)
            elif label == _APK_SIZE:
                found["size"] = number(value.strip())
            elif label == b"F":  # from here on files
                break
        yield found if found.get("name") and found.get("version") else None


def parse_desc(data: bytes) -> dict[str, Value] | None:
    """Return the package of a desc file of pacman; None where it cannot be read."""
    found: dict[str, Value] = {"package_manager": "pacman"}
    lines = data.split(b"\n")
    for label, value in pairwise(lines):
        if label in _DESC_FIELDS:
            found[_DESC_FIELDS[label]] = text(value.strip()) or None
        elif label in _DESC_NUMBERS:
            found[_DESC_NUMBERS[label]] = number(value.strip())
    return found if found.get("name") and found.get("version") else None


def read_apk(host: Host) -> Iterator[dict[str, Value] | None]:
    """Yield the packages of apk; none where it keeps no database."""
    for path in APK:
        try:
            yield from parse_apk(host.read(path))
        except NotFoundError:
            continue
        return


def read_pacman(host: Host, want: Want) -> Iterator[dict[str, Value] | None]:
    """Yield the packages of pacman."""
    for name in names(host, PACMAN):
        want.check()
        try:
            data = host.read_part(f"{PACMAN}/{name}/desc", 0, SMALL_FILE_BYTES)
        except NotFoundError:  # the database's version, or just removed
            continue
        except DeniedError:
            yield None
            continue
        yield parse_desc(data)
