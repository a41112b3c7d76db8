# SPDX-License-Identifier: Apache-2.0
"""What says, beside anchors, whose key signed them: the roots and who the keeper is.

Rules: what lies there is what was signed, a file for each version, written once; who
verifies trusts nothing of it but what a root digest from elsewhere leads to; an anchor
counts when it says it was made in the time of the keeper that signed it.
Not here: anchors (`server/anchors.py`), the way itself (`wire/papers/keeper.py`).
Source: docs/spec/keeper.md, "Trust".
"""

import re
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

from server import anchors
from server.errors import TrustError, UsageError
from server.key_files import have_directory, read_open, replace_file
from server.statements import Statements
from wire import limits
from wire.errors import WireError
from wire.papers.keeper import KeeperStatement, check_time, keeper_of
from wire.papers.note import Checkpoint
from wire.signed import SignedKind

_KINDS = {"root": SignedKind.ROOT, "keeper": SignedKind.KEEPER}
_NAME = re.compile(r"(root|keeper)-\d{6}\.cbor\Z", re.ASCII)


@dataclass(frozen=True, slots=True)
class Keepers:
    """Who the keeper was, as a pinned root says.

    Attributes:
        statements: that the newest root's keys role signed, the oldest first.
    """

    statements: tuple[KeeperStatement, ...]

    @property
    def publics(self) -> set[bytes]:
        """Return the keys that may have signed an anchor."""
        return {one.public for one in self.statements}

    @property
    def tenant(self) -> bytes:
        """Return whose keeper it is."""
        return self.statements[-1].tenant


def lay(statements: Statements, tenant: bytes, directory: Path) -> None:
    """Write what is not there yet of roots and keeper's statements.

    Args:
        statements: everything that this collector signed.
        tenant: 16 bytes.
        directory: the installation's own anchors.

    Raises:
        StateError: it cannot be written.
    """
    have_directory(directory)
    for name, kind in _KINDS.items():
        for version, octets in enumerate(statements.every(tenant, kind), 1):
            path = directory / f"{name}-{version:06d}.cbor"
            if not path.exists():
                replace_file(path, octets)


def hand_out(directory: Path, outside: Path) -> None:
    """Copy what a place outside lacks.

    Raises:
        StateError: it cannot be read or written.
    """
    for path in _files(directory):
        if not (outside / path.name).exists():
            replace_file(outside / path.name, _octets(path))


def keepers(directory: Path, digest: bytes) -> Keepers:
    """Return who the keeper was, of which nothing but a digest is trusted.

    Args:
        directory: of anchors.
        digest: the root digest of the collector, from elsewhere.

    Raises:
        UsageError: no roots or no statement lies there.
        TrustError: they do not lead from that digest to a keeper.
    """
    found: dict[str, list[bytes]] = {name: [] for name in _KINDS}
    for path in _files(directory):
        found[path.name.partition("-")[0]].append(_octets(path))
    if not all(found.values()):
        msg = f"{directory} has no roots beside its anchors: name the key with --key"
        raise UsageError(msg)
    counting, why = [], ""
    for octets in found["keeper"]:
        try:
            counting.append(keeper_of(found["root"], octets, digest, None))
        except WireError as error:
            why = str(error)  # of a keys role that a newer root took away
    if not counting:
        msg = f"the roots of {directory} do not lead to a keeper: {why}"
        raise TrustError(msg)
    return Keepers(tuple(counting))


def check_times(directory: Path, found: Sequence[Checkpoint], who: Keepers) -> None:
    """Require that each anchor was made in the time of the keeper that signed it.

    Args:
        directory: of anchors.
        found: its checkpoints, as `anchors.read` returns them.
        who: from `keepers`.

    Raises:
        TrustError: one was not.
    """
    for kept, one in zip(anchors.kept(directory), found, strict=True):
        why = ""
        for statement in who.statements:
            if statement.public == one.signer:
                try:
                    check_time(statement, kept.made, who.tenant)
                except WireError as error:
                    why = str(error)
                else:
                    why = ""
                    break
        if why:
            msg = f"anchor {kept.path.name} does not hold: {why}"
            raise TrustError(msg)


def _files(directory: Path) -> list[Path]:
    try:
        return sorted(path for path in directory.iterdir() if _NAME.match(path.name))
    except OSError:
        msg = f"{directory} is no directory of anchors that this user can read"
        raise UsageError(msg) from None


def _octets(path: Path) -> bytes:
    return read_open(path, limits.MESSAGE_BYTES + 1)
