# SPDX-License-Identifier: Apache-2.0
"""rpm's list of packages, as rpm itself prints it.

Rules: packagers are people and are not asked for; the keys that rpm trusts are no
packages.
Not here: other lists, what could be updated (`_linux/updates.py`).
Source: rpm --queryformat; its database is read by no other program, for it has three
forms and a journal.
"""

from collections.abc import Iterator

from agent.collectors._shared.gather import number, text
from agent.errors import DeniedError, NotFoundError
from agent.host.interface import Host, Program
from wire.values import Value

FOLDERS = ("/var/lib/rpm", "/usr/lib/sysimage/rpm")
_DATABASES = frozenset({"rpmdb.sqlite", "Packages", "Packages.db"})
_FIELDS = (
    ("name", "%{NAME}"),
    ("version", "%{EPOCHNUM}:%{VERSION}-%{RELEASE}"),
    ("architecture", "%{ARCH}"),
    ("vendor_name", "%{VENDOR}"),
    ("source", "%{SOURCERPM}"),
    ("size", "%{SIZE}"),
    ("install_time", "%{INSTALLTIME}"),
)
RPM_FORMAT = "\\t".join(tag for _, tag in _FIELDS) + "\\n"
"""One line a package; rpm itself turns the escapes into characters."""
_NONE = b"(none)"
_KEY = "gpg-pubkey"
"""rpm lists the keys it trusts as packages of this name."""


def parse_rpm(data: bytes) -> Iterator[dict[str, Value] | None]:
    """Yield the package of each line that RPM_FORMAT makes; None for another form."""
    for raw in data.split(b"\n"):
        if not raw:
            continue
        fields = raw.split(b"\t")
        if len(fields) != len(_FIELDS) or not fields[0] or not fields[1]:
            yield None
            continue
        found = {
            column: "" if field == _NONE else text(field)
            for (column, _), field in zip(_FIELDS, fields, strict=True)
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


def has_rpm(host: Host) -> bool:
    """Tell whether rpm keeps a database here."""
    return any(_in_use(host, path) for path in FOLDERS)


def _in_use(host: Host, folder: str) -> bool:
    """Tell whether a folder holds a database: Debian's rpm brings an empty one."""
    try:
        return not _DATABASES.isdisjoint(host.list(folder))
    except NotFoundError:
        return False
    except DeniedError:  # rpm says what is wrong with it
        return True


def read_rpm(host: Host) -> Iterator[dict[str, Value] | None]:
    """Yield the packages of rpm's database."""
    return parse_rpm(host.run(Program.RPM, "-qa", "--queryformat", RPM_FORMAT))
