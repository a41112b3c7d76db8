# SPDX-License-Identifier: Apache-2.0
"""The ZIP file of a package: the same files make the same octets.

Rules: members are stored, sorted, and of one date; reading accepts nothing that packing
would not have written, so an octet between members is found too; all is bounded.
Not here: what is in the files (`building.py`), whose they are (`verifying.py`).
"""

import io
import zipfile
from collections.abc import Mapping
from pathlib import Path

from server.errors import StateError, TrustError
from wire import limits

PAPER = "evidence.cbor"
"""The signed paper's name; it names every other file."""
_DATE = (1980, 1, 1, 0, 0, 0)
"""The first that a ZIP file can say."""
_MODE = 0o100644 << 16
_SPARE_BYTES = 4 * limits.MIB
"""Heads of 4,096 members, at 150 octets and twice their names."""


def pack(files: Mapping[str, bytes]) -> bytes:
    """Return the ZIP file of these members."""
    out = io.BytesIO()
    with zipfile.ZipFile(out, "w", zipfile.ZIP_STORED) as archive:
        for name, octets in sorted(files.items()):
            member = zipfile.ZipInfo(name, _DATE)
            member.create_system = 3  # the same on every system
            member.external_attr = _MODE
            archive.writestr(member, octets)
    return out.getvalue()


def read(path: Path) -> bytes:
    """Return the octets of a package, under a bound.

    Raises:
        StateError: there is no such file, or it is too large for a package.
    """
    most = limits.EVIDENCE_PACKAGE_BYTES + _SPARE_BYTES
    try:
        with path.open("rb") as file:
            octets = file.read(most + 1)
    except OSError as error:
        msg = f"cannot read {path}: {error.strerror}"
        raise StateError(msg) from None
    if len(octets) > most:
        msg = f"{path} is larger than a package of evidence can be"
        raise StateError(msg)
    return octets


def unpack(octets: bytes) -> dict[str, bytes]:
    """Return the members of a package.

    Raises:
        TrustError: it is not octet for octet what its members make.
    """
    files: dict[str, bytes] = {}
    try:
        with zipfile.ZipFile(io.BytesIO(octets)) as archive:
            members = archive.infolist()
            if len(members) > limits.EVIDENCE_FILES + 1:
                raise _altered()
            for member in members:
                if member.compress_type != zipfile.ZIP_STORED:
                    raise _altered()
                files[member.filename] = archive.read(member)
    except (zipfile.BadZipFile, ValueError, NotImplementedError, RuntimeError, OSError):
        raise _altered() from None
    except EOFError:
        raise _altered() from None
    if pack(files) != octets:
        raise _altered()
    return files


def _altered() -> TrustError:
    return TrustError(
        "this is no package of evidence as it was written: get it anew from whom you "
        "have it"
    )
