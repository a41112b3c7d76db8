# SPDX-License-Identifier: Apache-2.0
"""Shares: folders that other machines may open.

Rules: what is in a folder and who opens it is not read, nor on Windows who may; a file
that is not ours to read is counted as skipped.
Not here: the files' forms (`_linux/exports.py`), folders of others that are mounted
here (`file_systems.py`), printers that are shared (`printers.py`).
Sources: smb.conf, Samba's user shares, /etc/exports; NetShareEnum of Windows
(`agent/host/windows_shares.py`).
"""

from collections.abc import Iterator, Mapping
from dataclasses import replace

from agent.budget import SMALL_FILE_BYTES
from agent.collectors._linux.exports import parse_exports, parse_samba, parse_user_share
from agent.collectors._shared.declare import free_text, harmless, only_linux
from agent.collectors._shared.gather import pick, take, there
from agent.collectors._windows.steps import fields_for, figure, words
from agent.errors import (
    BudgetError,
    DeniedError,
    HostError,
    NotFoundError,
    UnsupportedError,
)
from agent.host.interface import READ_LIMIT, Host
from agent.host.windows_door import windows
from agent.host.windows_named import Source
from agent.rows import Example, Reader, Reading, Row, Want
from wire.catalogue import Dataset, Kind, System, ValueType
from wire.values import Value

TEXT = ValueType.TEXT

DATASET = Dataset(
    "shares",
    Kind.SNAPSHOT,
    "Folders that other machines may open.",
    ("protocol", "name", "path"),
    (
        harmless("protocol", TEXT, "Says which service offers it."),
        free_text("name", "Lets a technician find the share that is meant."),
        free_text("path", "Says which folder is open."),
        only_linux(
            harmless("read_only", ValueType.BOOLEAN, "Shows what others can change.")
        ),
        only_linux(
            harmless("everyone", ValueType.BOOLEAN, "Shows folders open to anybody.")
        ),
    ),
)

_SAMBA = "/etc/samba/smb.conf"
_USER_SHARES = "/var/lib/samba/usershares"
_EXPORTS = "/etc/exports"
_MORE_EXPORTS = "/etc/exports.d"
_SUFFIX = ".exports"
_PLACES = (_SAMBA, _USER_SHARES, _EXPORTS, _MORE_EXPORTS)


class _Sources:
    """Reads files, and counts those that are not ours to read."""

    def __init__(self, host: Host) -> None:
        self._host = host
        self.denied = 0

    def read(self, path: str, limit: int = READ_LIMIT) -> bytes:
        try:
            return self._host.read(path, limit)
        except NotFoundError:
            return b""
        except BudgetError:
            raise
        except HostError:  # not ours, a folder, or too large for what it should be
            self.denied += 1
            return b""

    def list(self, path: str) -> list[str]:
        try:
            return [f"{path}/{name}" for name in self._host.list(path)]
        except NotFoundError:
            return []
        except DeniedError:
            self.denied += 1
            return []


def _each(sources: _Sources, want: Want) -> Iterator[Mapping[str, Value]]:
    yield from parse_samba(sources.read(_SAMBA))
    for path in sources.list(_USER_SHARES):
        want.check()
        share = parse_user_share(sources.read(path, SMALL_FILE_BYTES))
        if share:
            yield share
    exports = [path for path in sources.list(_MORE_EXPORTS) if path.endswith(_SUFFIX)]
    want.check()
    tables = [sources.read(path) for path in (_EXPORTS, *exports)]
    yield from parse_exports(b"\n\n".join(tables))  # a folder in two files is one


def read_linux(host: Host, want: Want) -> Reading:
    """Read one row for each shared folder."""
    if not any(there(host, path) for path in _PLACES):
        reason = "no-file-server"
        raise UnsupportedError(reason)
    sources = _Sources(host)
    rows: list[Row] = []
    for values in _each(sources, want):
        want.check()
        if len(rows) >= want.rows:
            return Reading(rows, skipped=sources.denied, truncated=True)
        rows.append(pick(want, values))
    if sources.denied and not rows:
        reason = "access-denied"
        raise DeniedError(reason)
    return Reading(rows, skipped=sources.denied)


_FIELDS = {"name": "name", "path": "folder"}
_KIND, _DISK = 0x0FFF_FFFF, 0
"""STYPE_MASK and STYPE_DISKTREE of lmshare.h; the rest says special or temporary."""


def parse_share(row: Mapping[str, Value]) -> dict[str, Value]:
    """Return the columns of a share of Windows; none of one that is no folder."""
    kind = figure(row.get("type"))
    if kind is None or kind & _KIND != _DISK:
        return {}
    name, path = words(row.get("name")), words(row.get("folder"))
    return {"protocol": "smb", "name": name, "path": path}


def read_windows(host: Host, want: Want) -> Reading:
    """Read one row for each shared folder, those for administrators among them."""
    if not want.columns:
        return Reading([])
    fields = fields_for(want, _FIELDS) | {"type"}
    rows = windows(host).ask(Source.SHARES, fields)
    found = [share for share in map(parse_share, rows) if share]
    hidden = sum(share["path"] is None for share in found) if "path" in want else 0
    return replace(take(want, found), skipped=hidden)


READERS: Mapping[System, Reader] = {
    System.LINUX: read_linux,
    System.WINDOWS: read_windows,
}

EXAMPLES = (
    Example(
        System.LINUX,
        "Composed: Samba with a printer and a share that is off, a user's own, NFS.",
        rows=(
            {
                "protocol": "smb",
                "name": "homes",
                "read_only": False,
                "everyone": False,
            },
            {
                "protocol": "smb",
                "name": "Buchhaltung",
                "path": "/srv/Buchhaltung 2024",
                "read_only": True,
                "everyone": False,
            },
            {
                "protocol": "smb",
                "name": "scan",
                "path": "/srv/scan",
                "read_only": False,
                "everyone": True,
            },
            {
                "protocol": "smb",
                "name": "public",
                "path": "/home/ada/Public",
                "read_only": True,
                "everyone": True,
            },
            {
                "protocol": "nfs",
                "path": "/srv/nfs",
                "read_only": False,
                "everyone": False,
            },
            {
                "protocol": "nfs",
                "path": "/srv/open space",
                "read_only": True,
                "everyone": True,
            },
            {
                "protocol": "nfs",
                "path": "/srv/iso images",
                "read_only": True,
                "everyone": False,
            },
        ),
        files={
            _SAMBA: b"# by hand\n[global]\n  workgroup = EXAMPLE\n"
            b"  map to guest = bad user\n\n[homes]\n  browseable = no\n"
            b"  read only = no\n; [old]\n[Buchhaltung]\n  PATH = /srv/Buchhaltung \\\n"
            b"2024\n  valid users = ada, @accounts\n[scan]\n  directory=/srv/scan\n"
            b"  Write able = Yes\n  public = yes\n[printers]\n  path = /var/tmp\n"
            b"[HP]\n  print ok = yes\n  path = /tmp\n[gone]\n  available = no\n",
            f"{_USER_SHARES}/public": b"#VERSION 2\npath=/home/ada/Public\ncomment=\n"
            b"usershare_acl=S-1-1-0:R,S-1-5-21-1-2-3-1000:r\nguest_ok=y\n"
            b"sharename=public\n",
            _EXPORTS: b"# clients\n/srv/nfs  10.0.0.0/24(rw,sync) backup(ro) # both\n"
            b'"/srv/open space" *(ro,all_squash)\n\n'
            b"/srv/iso\\040images -ro,async \\\n    10.0.0.7 10.0.0.8\n",
            f"{_MORE_EXPORTS}/README": b"/no/export *(rw)\n",
        },
    ),
    Example(
        System.LINUX,
        "Composed: exports without a client, twice the same folder, an extra file.",
        rows=(
            {
                "protocol": "nfs",
                "path": "/a",
                "read_only": False,
                "everyone": True,
            },
        ),
        files={
            _EXPORTS: b"/a 10.0.0.1(ro)\n",
            f"{_MORE_EXPORTS}/a.exports": b"/a (rw)\n",
        },
    ),
    Example(
        System.LINUX,
        "Composed: junk, a folder for all shares, a section that is never closed.",
        rows=(
            {
                "protocol": "smb",
                "name": "\ufffd",
                "path": "/x",
                "read_only": True,
                "everyone": False,
            },
        ),
        files={
            _SAMBA: b"path = /x\0\n[\xff]\nread only = perhaps\n=\n\\\n[cut",
            f"{_USER_SHARES}/half": b"#VERSION 2\npath=/ho",
            _EXPORTS: b'\xff\xfe\n"\n"unended *\nrelative *(rw)\n\\\n',
        },
    ),
    Example(
        System.LINUX,
        "Composed: an empty list of exports, as Debian installs it.",
        rows=(),
        files={_EXPORTS: b""},
    ),
    Example(
        System.WINDOWS,
        "Composed: a person's folder, a drive for administrators, a printer, a pipe.",
        rows=(
            {"protocol": "smb", "name": "C$", "path": "C:\\"},
            {"protocol": "smb", "name": "Ada", "path": "C:\\Users\\ada\\Documents"},
        ),
        facts={
            "shares": (
                {"name": "C$", "folder": "C:\\", "type": 0x8000_0000},
                {"name": "Ada", "folder": "C:\\Users\\ada\\Documents", "type": 0},
                {"name": "HP", "folder": "HP LaserJet,LocalsplOnly", "type": 1},
                {"name": "IPC$", "folder": "", "type": 0x8000_0003},
            )
        },
    ),
    Example(
        System.WINDOWS,
        "Composed: paths that are not ours to read, and types that are none.",
        rows=({"protocol": "smb", "name": "scan"}, {"protocol": "smb"}),
        facts={
            "shares": (
                {"name": "scan", "folder": None, "type": 0x4000_0000},
                {"name": "x", "type": -1},
                {"name": "y", "type": "0"},
                {"name": "\0", "folder": " ", "type": 0},
            )
        },
    ),
    Example(System.WINDOWS, "Composed: nothing is shared.", rows=()),
)
