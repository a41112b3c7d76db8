# SPDX-License-Identifier: Apache-2.0
"""Disk encryption: which file systems a thief could read.

Rules: keys, passwords and recovery keys have no code path: on Linux no device is
opened, of Windows' volumes five properties are read; a file system of which it is not
known has a row without the answer, and is counted as skipped.
Stated limits: encryption inside a file system (ZFS, fscrypt, EFS) and by the disk
itself is not seen; Windows tells how far it is only by a method, which is not called.
Not here: disks (`storage_devices.py`), how full file systems are (`file_systems.py`).
Sources: /proc/self/mounts with `_linux/layers.py`; Win32_EncryptableVolume.
"""

from collections.abc import Iterator, Mapping
from dataclasses import replace

from agent.collectors._linux.layers import Layers
from agent.collectors._linux.mounts import Mount, parse_mounts
from agent.collectors._shared.declare import harmless, quasi
from agent.collectors._shared.gather import pick, take, text
from agent.collectors._windows.steps import fields_for, figure, words
from agent.errors import NotFoundError, UnsupportedError
from agent.host.interface import Host
from agent.host.windows_classes import WmiClass
from agent.host.windows_door import windows
from agent.rows import Reader, Reading, Row, Want
from wire.catalogue import Column, Dataset, Kind, System, ValueType
from wire.values import Value

TEXT, FLAG = ValueType.TEXT, ValueType.BOOLEAN


def _only_windows(column: Column) -> Column:
    return replace(column, systems=(System.WINDOWS,))


DATASET = Dataset(
    "disk_encryption",
    Kind.SNAPSHOT,
    "Which file systems are encrypted, and how.",
    ("system.device", "system.filesystem.mountpoint"),
    (
        quasi("system.device", TEXT, "Says which disk is not encrypted."),
        quasi(
            "system.filesystem.mountpoint",
            TEXT,
            "Says which part of the machine is not encrypted.",
            "shorten_path",
            "path",
        ),
        harmless("encrypted", FLAG, "Shows disks that a thief could read."),
        harmless("method", TEXT, "Shows methods that are too weak."),
        _only_windows(
            harmless("protection_on", FLAG, "Shows encryption that is suspended.")
        ),
        _only_windows(
            harmless("state", TEXT, "Shows encryption that was never finished.")
        ),
    ),
)

_ASKED = ("encrypted", "method")
_OVERLAY = b"overlay"


def _row(want: Want, mount: Mount, layers: Layers) -> tuple[Row, bool]:
    """Return a row, and whether its answer is known where it is wanted."""
    own = mount.device.startswith(b"/dev/")
    values: dict[str, Value] = {
        "system.device": text(mount.device) if own else None,
        "system.filesystem.mountpoint": text(mount.point),
    }
    known = True
    if want.any(*_ASKED):
        encrypted, methods = layers.below(text(mount.device), text(mount.kind))
        known = encrypted is not None
        values["encrypted"] = encrypted
        values["method"] = ",".join(sorted(methods)) or None
    return pick(want, values), known


def read_linux(host: Host, want: Want) -> Reading:
    """Read one row for each file system on a device of this machine."""
    rows: list[Row] = []
    unknown = 0
    if not want.columns:
        return Reading(rows)
    layers = Layers(host, want)
    for mount in parse_mounts(host.read("/proc/self/mounts")):
        want.check()
        if mount.network or mount.kind == _OVERLAY:
            continue
        if len(rows) >= want.rows:
            return Reading(rows, skipped=unknown, truncated=True)
        row, known = _row(want, mount, layers)
        rows.append(row)
        unknown += not known
    return Reading(rows, skipped=unknown)


_PREFIX = "\\\\?\\"
_PROPERTIES = {
    "system.device": "DeviceID",
    "system.filesystem.mountpoint": "DriveLetter",
    "encrypted": "ConversionStatus",
    "state": "ConversionStatus",
    "method": "EncryptionMethod",
    "protection_on": "ProtectionStatus",
}
_STATES: Mapping[int | None, str] = {
    0: "decrypted",
    1: "encrypted",
    2: "encrypting",
    3: "decrypting",
    4: "encryption-paused",
    5: "decryption-paused",
}
_ENCRYPTED = 1
_METHODS: Mapping[int | None, str] = {
    1: "bitlocker-aes-128-diffuser",
    2: "bitlocker-aes-256-diffuser",
    3: "bitlocker-aes-128",
    4: "bitlocker-aes-256",
    5: "bitlocker-hardware",
    6: "bitlocker-xts-aes-128",
    7: "bitlocker-xts-aes-256",
}
_ON_OFF: Mapping[int | None, bool] = {0: False, 1: True}
"""ProtectionStatus: 2 is a locked volume, of which it is not known."""


def parse_volume(row: Mapping[str, Value]) -> dict[str, Value]:
    """Return the columns of one volume of Windows."""
    device = words(row.get("DeviceID"))
    letter = words(row.get("DriveLetter"))
    state = figure(row.get("ConversionStatus"))
    return {
        "system.device": device and device.removeprefix(_PREFIX).rstrip("\\"),
        "system.filesystem.mountpoint": letter and f"{letter}\\",
        "encrypted": state == _ENCRYPTED if state in _STATES else None,
        "state": _STATES.get(state),
        "method": _METHODS.get(figure(row.get("EncryptionMethod"))),
        "protection_on": _ON_OFF.get(figure(row.get("ProtectionStatus"))),
    }


def _volumes(host: Host, want: Want) -> Iterator[Mapping[str, Value]]:
    properties = fields_for(want, _PROPERTIES)
    try:
        rows = windows(host).wmi(WmiClass.VOLUME, properties)
    except NotFoundError:
        reason = "no-bitlocker"
        raise UnsupportedError(reason) from None
    for row in rows:
        yield parse_volume(row)


def read_windows(host: Host, want: Want) -> Reading:
    """Read one row for each volume that could be encrypted; administrators only."""
    return take(want, _volumes(host, want) if want.columns else ())


READERS: Mapping[System, Reader] = {
    System.LINUX: read_linux,
    System.WINDOWS: read_windows,
}
